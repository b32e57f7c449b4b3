"""A schema dump as entries: what pg_dump wrote between two of its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from masker.names import TableName

_HEADING = re.compile(
    r"^--\n-- (?:TOC entry .*\n-- )?Name: (?P<name>.*); Type: (?P<type>[A-Z][A-Z ]*); Schema: (?P<schema>.*?); Owner: ?(?P<owner>.*)\n--\n",
    re.MULTILINE,
)

#: psql's own commands, which pg_dump writes since 2025 and a server does not know.
_META_COMMAND = re.compile(r"^\\(?:un)?restrict .*\n", re.MULTILINE)

#: Settings that newer pg_dumps write and older servers do not know; they matter to a psql session, not to ours.
_SESSION_SETTING = re.compile(
    r"^SET (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding|client_min_messages|standard_conforming_strings|row_security) = .*;\n",
    re.MULTILINE,
)

#: Entry types that pg_dump writes after the data. The first of them marks the boundary.
POST_DATA = frozenset({
    "CHECK CONSTRAINT", "CONSTRAINT", "EVENT TRIGGER", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "POLICY", "PUBLICATION", "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA", "ROW SECURITY", "RULE", "STATISTICS", "SUBSCRIPTION", "TRIGGER",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    """One object's statements. *schema* is empty for what lives in none; *is_post_data* as pg_dump sorts it."""

    type: str
    schema: str
    name: str
    sql: str
    is_post_data: bool

    def __str__(self) -> str:
        return f"{self.type.lower()} {self.name if not self.schema else TableName(self.schema, self.name)}"


def read_entries(script: str) -> tuple[SchemaEntry, ...]:
    """The entries of a plain-format schema dump, in its order, the statements before the first heading left out."""
    script = _SESSION_SETTING.sub("", _META_COMMAND.sub("", script))
    headings = list(_HEADING.finditer(script))
    entries = []
    is_post_data = False
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        body = script[heading.end() : following.start() if following else len(script)]
        if following is None:
            body = body.partition("\n--\n-- PostgreSQL database dump complete")[0]
        kind = heading["type"].strip()
        is_post_data = is_post_data or kind in POST_DATA
        schema = "" if heading["schema"] == "-" else heading["schema"]
        entries.append(SchemaEntry(kind, schema, heading["name"], body.strip() + "\n", is_post_data))
    return tuple(entries)
