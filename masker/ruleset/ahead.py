"""The application's own schema: where its release is ahead of production, rules may name tables and columns before a
migration has made them; where no production is at hand, what production still has may be called so, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.wording import name_parts
from masker.schemas.read import Schema, read_schema


@dataclass(frozen=True, slots=True)
class ApplicationSchema:
    """What the application's schema *file* defines, as rules ask for it. With *is_alone* no database is at hand, and
    the file's own catalog stands for it."""

    schema: Schema
    is_alone: bool = False

    @property
    def file(self) -> str:
        return self.schema.file

    @property
    def catalog(self) -> Catalog:
        return self.schema.catalog

    def columns(self, table: TableName) -> frozenset[str]:
        """The columns of *table*; none where the file has no such table. A table without a schema stands for that of
        every schema."""
        return frozenset(
            column.name
            for name in {table, self._everywhere(table)} & self.catalog.tables.keys()
            for column in self.catalog.tables[name].columns
        )

    def _everywhere(self, table: TableName) -> TableName:
        name = TableName("public", table.name)
        return name if name in self.schema.without_schema else table

    def table(self, written: str) -> TableName | None:
        """The table that a rule file calls *written*, if there is one here."""
        parts = name_parts(written)
        if parts is None or len(parts) > 2:
            return None
        name = TableName(*parts) if len(parts) == 2 else TableName("public", parts[0])
        return name if self._everywhere(name) in self.catalog.tables else None

    @property
    def names(self) -> Iterator[str]:
        """The tables as rules may call them."""
        for table in self.catalog.tables:
            yield table.name if table.schema == "public" else f"{table.schema}.{table.name}"

    def unread(self) -> Iterator[Note]:
        """What of the file is not understood, each with its place. Where the file is alone, what bears on columns is
        no note."""
        for each in self.schema.unread:
            if each.bears and self.is_alone:
                continue
            yield Note(
                subject=str(each.position), text=f"{each.what}: it is not read, and what it makes is not known here"
            )


class Waiting:
    """Rules for what the application's schema has and the database at hand has not."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {}
        self._gone: dict[str, dict[str, None]] = {}

    def add(self, table: object, column: str | None = None) -> None:
        """A rule of *column*, or all of those of *table*."""
        self._found.setdefault(str(table), {}).update({column: None} if column is not None else {})

    def gone(self, table: object, column: str | None = None) -> None:
        """The same of what the schema alone does not have."""
        self._gone.setdefault(str(table), {}).update({column: None} if column is not None else {})

    def notes(self, file: str) -> Iterator[Note]:
        """One of each table; *file* is where the schema stands."""
        for table, columns in self._gone.items():
            what = f"{file} has no {', '.join(columns)}" if columns else f"{file} has no such table"
            yield Note(subject=table, text=f"{what}: rules for that are of use only while production still has it")
        for table, columns in self._found.items():
            what = (
                f"it has no {', '.join(columns)} yet; {file} has" if columns else f"it is not there yet; {file} has it"
            )
            yield Note(subject=table, text=f"{what}, and rules for that wait until a migration has made it")


def is_slip(word: str, known: Iterable[str], named: Iterable[str]) -> bool:
    """Whether *word* looks like one of *known* that is not *named* as well; what differs in its case alone is one."""
    known, named = set(known), set(named)
    close = get_close_matches(word.lower(), {each.lower() for each in known}, n=1, cutoff=0.6)
    lower = {each.lower() for each in named - {word}}
    return any(each.lower() in close and each.lower() not in lower for each in known)


def absent(meant: str | None, otherwise: str, schema: ApplicationSchema | None, what: str) -> str:
    """What to do about a rule for a table or column (*what*) that is not there: the near miss, or *otherwise*, and
    where else it could be."""
    later = (
        f"{schema.file} has no such {what}{'' if schema.is_alone else ' either'}"
        if schema is not None
        else "if a migration is to make it, give --schema db/schema.rb"
    )
    return f"{meant} ({later})" if meant else f"{otherwise}; {later}"


def parse_schema(text: str, file: str) -> ApplicationSchema | Problem:
    """*text* as Rails dumps a schema: Ruby (``db/schema.rb``), or SQL (``db/structure.sql``)."""
    found = read_schema(text, file)
    return found if isinstance(found, Problem) else ApplicationSchema(found)
