"""The identifiers of a database as values: one way to print them, one way to quote them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")

#: Schemas of a run that publishes by schema, by number: what it keeps for itself, what it fills, what it has replaced.
#: Nobody else looks into them, and no schema of an application may be called so.
RUN_SCHEMA = "masker_next_0"
NEXT_SCHEMAS = tuple(f"masker_next_{number}" for number in range(1, 17))
OLD_SCHEMAS = tuple(f"masker_old_{number}" for number in range(1, 17))
ASIDE_SCHEMAS = (RUN_SCHEMA, *NEXT_SCHEMAS, *OLD_SCHEMAS)


def quote(identifier: str) -> str:
    """*identifier* as SQL, always in double quotes.

    >>> quote('we"ird')
    '"we""ird"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """*text* as an SQL string literal that reads the same whatever ``standard_conforming_strings`` says.

    >>> quote_literal("it's")
    "'it''s'"
    """
    body = text.replace("'", "''")
    return " E'" + body.replace("\\", "\\\\") + "'" if "\\" in text else f"'{body}'"


def shown(identifier: str) -> str:
    """*identifier* as a person would write it: quoted only where SQL needs it, control characters escaped."""
    if _PLAIN.match(identifier):
        return identifier
    return quote(identifier.encode("unicode_escape").decode("ascii") if not identifier.isprintable() else identifier)


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A relation's schema and name, unquoted."""

    schema: str
    name: str

    def __str__(self) -> str:
        return shown(self.name) if self.schema == "public" else f"{shown(self.schema)}.{shown(self.name)}"

    @property
    def sql(self) -> str:
        """Both parts, quoted."""
        return f"{quote(self.schema)}.{quote(self.name)}"


@dataclass(frozen=True, slots=True, order=True)
class ColumnName:
    """A column of a relation."""

    table: TableName
    name: str

    def __str__(self) -> str:
        return f"{self.table}.{shown(self.name)}"
