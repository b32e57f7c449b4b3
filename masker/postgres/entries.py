"""A schema dump as entries: what pg_dump wrote between two of its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from masker.names import quote

#: A heading, or whatever a heading's text may stand in without being one: another comment, a string, a quoted name, a
#: function's body.
_HEADING = re.compile(
    r"^--\n-- (?:TOC entry .*\n-- )?Name: (?P<name>.*); Type: (?P<type>[A-Z][A-Z ]*); Schema: (?P<schema>.*?); Owner:"
    r" ?(?P<owner>.*)\n--\n"
    r"""|--.*\n|'[^']*'|"[^"]*"|\$(?P<tag>(?:[^\W\d]\w*)?)\$(?s:.*?)\$(?P=tag)\$""",
    re.MULTILINE,
)

#: pg_dump sets a table's access method before it, at the end of the entry above, where it differs from the last
#: table's.
_ACCESS_METHOD = re.compile(r"^SET default_table_access_method = (?P<method>.+);\s*\Z", re.MULTILINE)
_HAVE_ACCESS_METHOD = frozenset({"TABLE", "MATERIALIZED VIEW"})

_END = "\n--\n-- PostgreSQL database dump complete\n--\n"

#: Entry types that pg_dump writes after the data. The first of them marks the boundary.
POST_DATA = frozenset({
    "CHECK CONSTRAINT", "CONSTRAINT", "EVENT TRIGGER", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "POLICY",
    "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "ROW SECURITY", "RULE", "STATISTICS",
    "SUBSCRIPTION", "TRIGGER",
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
        return f"{self.type.lower()} {self.schema}.{self.name}" if self.schema else f"{self.type.lower()} {self.name}"


def read_entries(script: str) -> tuple[SchemaEntry, ...]:
    """The entries of a plain-format schema dump, in its order.

    What stands before the first and after the last is left out: settings of a session and psql's own commands.
    """
    script = script.rpartition(_END)[0] or script
    headings = [found for found in _HEADING.finditer(script) if found["type"]]
    entries = []
    is_post_data = False
    method = _ACCESS_METHOD.search(script[: headings[0].start()]) if headings else None
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        body = script[heading.end() : following.start() if following else len(script)]
        kind = heading["type"].strip()
        is_post_data = is_post_data or kind in POST_DATA
        schema = "" if heading["schema"] == "-" else heading["schema"]
        next_method = _ACCESS_METHOD.search(body)
        body = (body[: next_method.start()] if next_method else body).strip() + "\n"
        if kind in _HAVE_ACCESS_METHOD and method and method["method"] != "heap":
            body = f"{method[0].strip()}\n{body}SET default_table_access_method = heap;\n"
        method = next_method or method
        entries.append(SchemaEntry(kind, schema, heading["name"], body, is_post_data))
    return tuple(entries)


def plain_name(identifier: str) -> str:
    """*identifier* as pg_dump writes it, which is bare where that is allowed."""
    return identifier if re.fullmatch(r"[a-z_][a-z0-9_]*", identifier) else quote(identifier)
