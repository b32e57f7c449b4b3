"""A schema file as a catalog: the one entrance of this room."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from masker.catalog.types import Catalog
from masker.errors import Position, Problem
from masker.masks.sql.grammar import GrammarError
from masker.names import ColumnName, TableName
from masker.schemas.catalog import catalog_of
from masker.schemas.drafts import Draft, TypeDraft
from masker.schemas.rails import Unreadable, statements_of
from masker.schemas.source import Source
from masker.schemas.statements import Statements

#: What psql is told in a dump, which is no SQL.
_OF_PSQL = re.compile(r"^\\\w+.*$", re.MULTILINE)

#: By which psql runs what is written elsewhere.
_ELSEWHERE = re.compile(r"^\\(?:i|ir|include|include_relative|gexec)\b.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unread:
    """*what* is written at *position*, and has not been understood. If it *bears* on columns, there may be others than
    the catalog has."""

    what: str
    position: Position
    bears: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """What *file* defines, and the *places* of its columns. *unread* is what of it is not in the catalog,
    *without_schema* the tables whose schema it leaves to the search path, as Rails does: the catalog has them in
    public."""

    file: str
    catalog: Catalog
    unread: tuple[Unread, ...] = ()
    places: Mapping[ColumnName, Position] = field(default_factory=dict)
    without_schema: frozenset[TableName] = field(default=frozenset())


def read_schema(text: str, file: str) -> Schema | Problem:
    """*text* as Rails dumps a schema: Ruby (``db/schema.rb``), or SQL (``db/structure.sql``). Its *file*'s name says
    which."""
    unread: list[Unread] = []

    def tell(what: str, position: Position, bears: bool) -> None:
        unread.append(Unread(what, position, bears))

    without_schema: frozenset[TableName] = frozenset()
    draft = Draft()
    sql = _OF_PSQL.sub(lambda line: " " * len(line[0].encode("utf-8", "surrogateescape")), text)
    place = _places(sql, file)
    try:
        if not file.endswith(".rb"):
            for match in _ELSEWHERE.finditer(text):
                begin = len(text[: match.start()].encode("utf-8", "surrogateescape"))
                unread.append(Unread(match[0].strip(), place(begin), bears=True))
        else:
            ruby = statements_of(text, file, tell)
            sql, place, without_schema = ruby.sql, ruby.place, ruby.without_schema
        source = Source(sql, place)
        Statements(source, draft, tell).take_all()
    except Unreadable as error:
        return Problem("schema", error.found, "dump it anew: bin/rails db:schema:dump", error.position)
    except GrammarError as error:
        return Problem(
            "schema",
            f"PostgreSQL's grammar does not read it ({error})",
            "dump it anew: bin/rails db:schema:dump",
            place(max(0, error.offset)),
        )
    if not draft.tables:
        return Problem(
            file,
            "it defines no table",
            "expected db/schema.rb, whose name ends in .rb, or db/structure.sql, as bin/rails db:schema:dump writes"
            " them",
        )

    def unknown(written: TypeDraft) -> None:
        name = f"{written.schema}.{written.name}" if written.schema is not None else written.name
        found = Unread(f"type {name}, which is defined nowhere in it", place(written.offset))
        if all(other.what != found.what for other in unread):
            unread.append(found)

    catalog = catalog_of(draft, file, unknown)
    places = {
        ColumnName(name, column.name): place(column.type.offset)
        for name, table in draft.tables.items()
        for column in table.columns.values()
    }
    return Schema(file, catalog, tuple(unread), places, without_schema)


def _places(sql: str, file: str) -> Callable[[int], Position]:
    whole = sql.encode("utf-8", "surrogateescape")
    begins = [0, *(match.end() for match in re.finditer(rb"\n", whole))]

    def place(offset: int) -> Position:
        line = bisect_right(begins, offset)
        return Position(file, line, len(whole[begins[line - 1] : offset].decode("utf-8", "replace")) + 1)

    return place
