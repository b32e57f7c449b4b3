"""Expressions with a sub-select for ALTER TABLE, which takes none but takes functions: each becomes one of the
session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from masker.catalog.types import Column, Table
from masker.masks.sql import grammar
from masker.masks.sql.bindings import FUNCTIONS
from masker.names import quote, quote_literal

#: Of a call of the session's own functions: where keys and word lists are read.
_OWN = frozenset(FUNCTIONS.values())


def wrapped(table: Table, column: Column, sql: str) -> tuple[str, str]:
    """The statement that makes the function for *column* of *table* under the expression *sql*, and its call.

    Its parameters are the columns that the expression reads, by their names, so that its text stays what it is; and
    what it reads of keys, so that the functions of the schema, which may read its text, find no name of a setting in
    it. PL/pgSQL would have variables of its own, of which one may be called as a column is.
    """
    body, settings = _without_settings(sql)
    names = {
        node["fields"][0].get("String", {}).get("sval")
        for kind, node in grammar.nodes(grammar.expression(sql))
        if kind == "ColumnRef" and len(node["fields"]) == 1
    }
    read = [c for c in table.columns if c.name in names]
    digest = hashlib.blake2b(f"{table.name.sql}.{column.name}".encode(), digest_size=8).hexdigest()
    function = f"pg_temp.masker_mask_{digest}"
    parameters = [f"{quote(c.name)} {c.type.unchecked}" for c in read]
    parameters += [f"{quote(name)} {_RETURNED[found.function]}" for name, found in settings.items()]
    made = (
        f"CREATE OR REPLACE FUNCTION {function}({', '.join(parameters)}) RETURNS {column.type.unchecked} LANGUAGE sql"
        f" IMMUTABLE PARALLEL RESTRICTED AS {quote_literal(f'SELECT {body}')}"
    )
    return made, f"{function}({', '.join([*(quote(c.name) for c in read), *(s.text for s in settings.values())])})"


#: Arguments that a function takes at most; PostgreSQL is built with as many.
_ARGUMENTS = 100


def is_too_wide(table: Table, sql: str) -> bool:
    """Whether a function for *sql*, of a row of *table*, might take more arguments than one can."""
    _, settings = _without_settings(sql)
    return len(settings) + sum(quote(c.name) in sql for c in table.columns) > _ARGUMENTS


#: What each of the session's own functions returns.
_RETURNED = {function: type_name for type_name, function in FUNCTIONS.items()}


@dataclass(frozen=True, slots=True)
class _Setting:
    """A call of one of the session's own *functions*, as it stands in the *text*."""

    function: str
    text: str


def _without_settings(sql: str) -> tuple[str, dict[str, _Setting]]:
    """*sql* with names for its calls of the session's own functions, and those calls by name."""
    source, tokens = sql.encode(), grammar.tokens(sql)
    names: dict[str, str] = {}
    settings: dict[str, _Setting] = {}
    body, at = b"", 0
    for number, token in enumerate(tokens):
        word = source[token.start : token.end].decode().lower()
        if (
            word not in _OWN
            or number < 2
            or source[tokens[number - 2].start : tokens[number - 2].end].lower() != b"pg_temp"
        ):
            continue
        last = next(found for found in tokens[number:] if source[found.start : found.end] == b")")
        start = tokens[number - 2].start
        text = source[start : last.end].decode()
        name = names.setdefault(text, f"masker setting {len(names)}")
        settings[name] = _Setting(word, text)
        body += source[at:start] + quote(name).encode()
        at = last.end
    return (body + source[at:]).decode(), settings
