"""``db/schema.rb`` as the statements that Rails makes of it on PostgreSQL, each with its line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from masker.errors import Position
from masker.names import TableName, quote_literal
from masker.schemas.rails_types import column_sql, default_sql, sql_type
from masker.schemas.rails_words import listed, own_name, referencing_columns, texts
from masker.schemas.ruby import TEXT, Call, Computed, RubyError, calls
from masker.schemas.source import identifier

_SCHEMA = re.compile(r"ActiveRecord::Schema(?:\[(\d+)\.(\d+)\])?\.define\Z")

#: What Rails writes in the place of a table whose types it does not know.
_NOT_DUMPED = re.compile(r"^[ \t]*# (Could not dump table .*)$", re.MULTILINE)

#: Rails before this one gave times no precision.
_WITH_PRECISION = (7, 0)

#: What Rails keeps beside the application's tables, and hardly a schema.rb has.
_OF_RAILS = {
    "schema_migrations": "CREATE TABLE schema_migrations (version character varying NOT NULL PRIMARY KEY)",
    "ar_internal_metadata": (
        "CREATE TABLE ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying,"
        " created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL)"
    ),
}

#: What changes columns, and a dump does not have.
_OF_COLUMNS = frozenset({
    "execute", "add_column", "add_columns", "add_reference", "add_belongs_to", "add_timestamps", "change_table",
    "change_column", "change_column_default", "change_column_null", "rename_column", "rename_table", "remove_column",
    "remove_columns", "drop_table", "create_join_table", "create_tables", "load", "require", "require_relative", "eval",
    "instance_eval", "instance_exec", "send", "public_send",
})  # fmt: skip

#: What no table has another column by, even where its arguments are not understood.
_WITHOUT_COLUMNS = frozenset({
    "add_index", "add_foreign_key", "add_check_constraint", "add_exclusion_constraint", "add_unique_constraint",
    "change_column_comment", "change_table_comment", "create_enum", "create_function", "create_schema",
    "create_trigger", "create_view", "enable_extension", TEXT,
})  # fmt: skip

_ACTIONS = {"cascade": "CASCADE", "nullify": "SET NULL", "restrict": "RESTRICT", "default": "SET DEFAULT"}


class Unreadable(Exception):
    """A schema.rb that is none; *found* says why."""

    def __init__(self, found: str, position: Position) -> None:
        super().__init__(found)
        self.found = found
        self.position = position


@dataclass(frozen=True, slots=True)
class Statements:
    """The *sql* of all statements; *place* says where in the Ruby a byte of it comes from."""

    sql: str
    place: Callable[[int], Position]
    without_schema: frozenset[TableName]


def statements_of(text: str, file: str, unread: Callable[[str, Position, bool], None]) -> Statements:
    """What Rails does by the schema.rb *text*. *unread* is told of what is not understood. Raises Unreadable."""
    taken = _Rails(file, unread)
    taken.tell_not_dumped(text)
    starts, lines, at = [], [], 0
    parts = taken.all(calls(text))
    for line, sql in parts:
        starts.append(at)
        lines.append(line)
        at += len(sql.encode("utf-8", "surrogateescape"))

    def place(offset: int) -> Position:
        return Position(file, lines[bisect_right(starts, offset) - 1] if lines else 1, 1)

    return Statements("".join(sql for _, sql in parts), place, frozenset(taken.without_schema))


class _Rails:
    def __init__(self, file: str, unread: Callable[[str, Position, bool], None]) -> None:
        self._file = file
        self._unread = unread
        self._has_precision = False
        self.without_schema: set[TableName] = set()
        #: Columns of each table, by which a foreign key's own is found.
        self._columns: dict[str, list[str]] = {}

    def tell_not_dumped(self, text: str) -> None:
        """Tables that are in comments alone."""
        for match in _NOT_DUMPED.finditer(text):
            self._not_read(match[1], text.count("\n", 0, match.start(1)) + 1, bears=True)

    def all(self, found: Iterator[Call | RubyError]) -> list[tuple[int, str]]:
        """Pieces of the statements with their lines: keys come when all tables are there."""
        made: list[tuple[int, str]] = []
        later: list[Call] = []
        for call in found:
            if isinstance(call, RubyError):
                self._not_read(str(call), call.line, bears=call.name not in _WITHOUT_COLUMNS)
            elif (define := _SCHEMA.match(call.name)) is not None:
                version = (int(define[1]), int(define[2])) if define[1] else (0, 0)
                self._has_precision = version >= _WITH_PRECISION
            elif call.name == "create_table":
                made += self._table(call, found)
            elif call.name == "add_foreign_key":
                later.append(call)
            elif call.name != "end":
                made += [(call.line, f"{sql};\n") for sql in self._statement(call)]
        made += [(call.line, f"{sql};\n") for call in later for sql in self._foreign_key(call)]
        if self._columns:
            made += [(1, f"{sql};\n") for name, sql in _OF_RAILS.items() if name not in self._columns]
        return made

    def _not_read(self, what: str, line: int, *, bears: bool = False) -> None:
        self._unread(what, Position(self._file, line, 1), bears)

    def _statement(self, call: Call) -> Iterator[str]:
        arguments, options = call.arguments, call.options
        match call.name, arguments:
            case "enable_extension", [str() as name, *_]:
                schema, _, bare = name.rpartition(".")
                where = f" WITH SCHEMA {identifier(schema)}" if schema else ""
                yield f"CREATE EXTENSION IF NOT EXISTS {identifier(bare)}{where}"
            case "create_schema", [str() as name, *_]:
                yield f"CREATE SCHEMA {identifier(name)}"
            case "create_enum", [str() as name, list() as labels, *_]:
                yield f"CREATE TYPE {_dotted(name)} AS ENUM ({', '.join(map(quote_literal, texts(labels)))})"
            case "add_index", [str() as table, columns, *_]:
                yield self._index(table, columns, options)
            case "add_check_constraint", [str() as table, str() as expression, *_]:
                yield f"ALTER TABLE {_dotted(table)} ADD {self._check(table, expression, options)}"
            case "create_view", [str() as name, *_] if isinstance(options.get("sql_definition"), str):
                kind = "MATERIALIZED VIEW" if options.get("materialized") else "VIEW"
                yield f"CREATE {kind} {_dotted(name)} AS {options['sql_definition'].strip().rstrip(';')}"
            case (("create_function" | "create_trigger"), _) if isinstance(options.get("sql_definition"), str):
                yield options["sql_definition"].strip().rstrip(";")
            case _:
                self._not_read(call.name, call.line, bears=_may_make_columns(call))

    def _table(self, call: Call, rest: Iterator[Call | RubyError]) -> Iterator[tuple[int, str]]:
        if not call.arguments or not isinstance(call.arguments[0], str):
            self._not_read("create_table without a name", call.line, bears=True)
            return
        name, options = call.arguments[0], call.options
        if "." not in name:
            self.without_schema.add(TableName("public", name))
        made = _Table(name, [], [], [])
        key = options.get("primary_key", "id")
        self._own_key(made, call.line, key, options)
        if call.has_block:
            for inner in rest:
                if isinstance(inner, RubyError):
                    self._not_read(str(inner), inner.line, bears=True)
                elif inner.name == "end":
                    break
                else:
                    self._inside(made, inner)
        if isinstance(key, list):
            made.lines.append((call.line, f"PRIMARY KEY ({listed(texts(key))})"))
        self._columns[name] = made.columns
        tail = f" {options['options']}" if isinstance(options.get("options"), str) else ""
        yield call.line, f"CREATE TABLE {_dotted(name)} ("
        for at, (line, sql) in enumerate(made.lines):
            yield line, f"{',' if at else ''}\n{sql}"
        yield made.lines[-1][0] if made.lines and not tail else call.line, f"){tail};\n"
        if isinstance(options.get("comment"), str):
            yield call.line, f"COMMENT ON TABLE {_dotted(name)} IS {quote_literal(options['comment'])};\n"
        yield from ((line, f"{sql};\n") for line, sql in made.later)

    def _own_key(self, made: _Table, line: int, key: Any, options: Mapping[str, Any]) -> None:
        kind = options.get("id", "primary_key")
        if kind is False or isinstance(key, list):
            return
        more: dict[str, Any] = dict(options)
        if isinstance(kind, dict):
            more = {**kind}
            kind = more.pop("type", "primary_key")
        name = str(key)
        made.columns.append(name)
        default = more.get("default")
        if kind == "uuid" and "default" not in more:
            sql, ending = "uuid", " DEFAULT gen_random_uuid()"
        elif kind in {"primary_key", "serial", "bigserial"} or (
            kind in {"integer", "bigint"} and "default" not in more
        ):
            sql = {"serial": "serial", "integer": "serial"}.get(kind, "bigserial")
            ending = ""
        else:
            sql = sql_type(kind, more, has_precision=self._has_precision) or str(kind)
            ending = "" if default is None else f" DEFAULT {default_sql(default, kind, more)}"
        made.lines.append((line, f"  {identifier(name)} {sql}{ending} PRIMARY KEY"))
        if isinstance(options.get("id"), dict) and isinstance(more.get("comment"), str):
            made.later.append((line, _comment(made.name, name, more["comment"])))

    def _inside(self, made: _Table, call: Call) -> None:
        kind, arguments, options = call.name.partition(".")[2], call.arguments, call.options
        if not arguments and kind != "timestamps":
            self._not_read(call.name, call.line, bears=True)
            return
        match kind:
            case "index":
                made.later.append((call.line, self._index(made.name, arguments[0], options)))
            case "check_constraint":
                made.lines.append((call.line, self._check(made.name, str(arguments[0]), options)))
            case "exclusion_constraint":
                made.lines.append((call.line, self._exclusion(made.name, str(arguments[0]), options)))
            case "unique_constraint":
                made.lines.append((call.line, self._unique(made.name, texts(arguments[0]), options)))
            case "foreign_key":
                again = Call("add_foreign_key", call.line, (made.name, *arguments), options)
                self._columns[made.name] = made.columns
                made.later += [(call.line, sql) for sql in self._foreign_key(again)]
            case "timestamps":
                null = "" if options.get("null") else " NOT NULL"
                precision = "(6)" if self._has_precision else ""
                for name in ("created_at", "updated_at"):
                    made.columns.append(name)
                    made.lines.append((call.line, f"  {name} timestamp{precision}{null}"))
            case "references" | "belongs_to":
                for name, sort, more in _reference(arguments, options):
                    self._column(made, call.line, name, sort, more)
            case "column":
                written = str(arguments[1]) if len(arguments) > 1 else str(options.get("type", ""))
                self._column(made, call.line, str(arguments[0]), written, options)
            case _:
                for name in arguments:
                    self._column(made, call.line, str(name), kind, options)

    def _column(self, made: _Table, line: int, name: str, kind: str, options: Mapping[str, Any]) -> None:
        made.columns.append(name)
        if isinstance(default := options.get("default"), Computed):
            self._not_read(f"the default of {made.name}.{name}, {default.text}", line)
            options = {key: value for key, value in options.items() if key != "default"}
        sql = column_sql(kind, options, has_precision=self._has_precision)
        made.lines.append((line, f"  {identifier(name)} {sql}"))
        if isinstance(options.get("comment"), str):
            made.later.append((line, _comment(made.name, name, options["comment"])))

    def _index(self, table: str, columns: Any, options: Mapping[str, Any]) -> str:
        names = texts(columns)
        if isinstance(columns, str) and re.search(r"\W", columns):
            elements = columns
        else:
            elements = ", ".join(
                identifier(name) + _of(options.get("opclass"), name, " {}") + _order(options.get("order"), name)
                for name in names
            )
        bare = table.rpartition(".")[2]
        named = re.findall(r"\w+", columns) if isinstance(columns, str) else names
        name = options.get("name") or f"index_{bare}_on_{'_and_'.join(named)}"
        parts = [
            f"CREATE {'UNIQUE ' if options.get('unique') else ''}INDEX {identifier(str(name))} ON {_dotted(table)}",
            f"USING {options.get('using', 'btree')} ({elements})",
        ]
        if options.get("include"):
            parts.append(f"INCLUDE ({listed(texts(options['include']))})")
        if options.get("nulls_not_distinct"):
            parts.append("NULLS NOT DISTINCT")
        if isinstance(options.get("where"), str):
            parts.append(f"WHERE {options['where']}")
        return " ".join(parts)

    @staticmethod
    def _check(table: str, expression: str, options: Mapping[str, Any]) -> str:
        name = options.get("name") or own_name("chk", f"{table}_{expression}_chk")
        valid = " NOT VALID" if options.get("validate") is False else ""
        return f"  CONSTRAINT {identifier(str(name))} CHECK ({expression}){valid}"

    @staticmethod
    def _exclusion(table: str, expression: str, options: Mapping[str, Any]) -> str:
        name = options.get("name") or own_name("excl", f"{table}_{expression}_excl")
        using = f" USING {options['using']}" if options.get("using") else ""
        where = f" WHERE ({options['where']})" if options.get("where") else ""
        return f"  CONSTRAINT {identifier(str(name))} EXCLUDE{using} ({expression}){where}{_deferring(options)}"

    @staticmethod
    def _unique(table: str, columns: list[str], options: Mapping[str, Any]) -> str:
        name = options.get("name") or own_name("uniq", f"{table}_{'_and_'.join(columns)}_unique")
        nulls = " NULLS NOT DISTINCT" if options.get("nulls_not_distinct") else ""
        return f"  CONSTRAINT {identifier(str(name))} UNIQUE{nulls} ({listed(columns)}){_deferring(options)}"

    def _foreign_key(self, call: Call) -> Iterator[str]:
        if len(call.arguments) < 2 or not all(isinstance(each, str) for each in call.arguments[:2]):
            self._not_read(call.name, call.line)
            return
        table, other = call.arguments[:2]
        options = call.options
        columns = (
            texts(options["column"])
            if "column" in options
            else referencing_columns(other, self._columns.get(table, ()))
        )
        if not columns:
            self._not_read(f"add_foreign_key from {table} to {other}, whose column is not found", call.line)
            return
        if other not in self._columns and "primary_key" not in options:
            self._not_read(f"add_foreign_key to {other}, which is not there", call.line)
            return
        keys = texts(options.get("primary_key", "id"))
        name = options.get("name") or own_name(
            "fk", f"{table}_{'_and_'.join(columns) if len(columns) > 1 else columns[0]}_fk"
        )
        parts = [
            f"ALTER TABLE {_dotted(table)} ADD CONSTRAINT {identifier(str(name))} FOREIGN KEY ({listed(columns)})",
            f"REFERENCES {_dotted(other)} ({listed(keys)})",
        ]
        for word, key in (("UPDATE", "on_update"), ("DELETE", "on_delete")):
            if options.get(key) in _ACTIONS:
                parts.append(f"ON {word} {_ACTIONS[options[key]]}")
        valid = " NOT VALID" if options.get("validate") is False else ""
        yield f"{' '.join(parts)}{_deferring(options)}{valid}"


def _may_make_columns(call: Call) -> bool:
    """Whether *call*, which is not known, may do so: by its name, on another object, or in its block."""
    if call.name in _WITHOUT_COLUMNS:
        return False
    return call.name in _OF_COLUMNS or "." in call.name or call.has_block


@dataclass(slots=True)
class _Table:
    """A table so far: its *lines* of SQL, its *columns*, and the statements that come *later*, with their lines."""

    name: str
    lines: list[tuple[int, str]]
    columns: list[str]
    later: list[tuple[int, str]]


def _comment(table: str, column: str, told: str) -> str:
    return f"COMMENT ON COLUMN {_dotted(table)}.{identifier(column)} IS {quote_literal(told)}"


def _dotted(name: str) -> str:
    return ".".join(map(identifier, name.split(".", 1)))


def _reference(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    own = {key: value for key, value in options.items() if key in {"null", "default", "comment", "array"}}
    for name in map(str, arguments):
        yield f"{name}_id", str(options.get("type", "bigint")), own
        if options.get("polymorphic"):
            yield f"{name}_type", "string", {key: value for key, value in own.items() if key == "null"}


def _of(value: Any, column: str, form: str) -> str:
    """What *value*, one for all columns or one for each, says of *column*."""
    found = value.get(column) if isinstance(value, dict) else value
    return form.format(found) if found else ""


def _order(value: Any, column: str) -> str:
    found = value.get(column) if isinstance(value, dict) else value
    return "" if not found or str(found).lower() == "asc" else f" {str(found).upper()}"


def _deferring(options: Mapping[str, Any]) -> str:
    how = options.get("deferrable")
    if not how:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if how == "deferred" else " DEFERRABLE"
