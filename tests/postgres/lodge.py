"""The lodge: a database in which something hangs on nearly every masked column, its rules, and looks at what became of
it."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import find_postgres
from masker.in_place.run import MaskResult, mask
from masker.settings import InPlaceOptions, Settings
from tests.servers import Server, database_of

KEY = b"0123456789abcdef0123456789abcdef"

RULES = '''\
version: 1
locale: en_US
tables:
  guests:
    columns:
      email: email
      mail: {mask: email, domain: sink.example.com}
      name: {mask: last_name, scope: person}
      phone: phone
      city: {mask: address, part: city}
      bio: lorem
      profile: {mask: json, paths: {$.email: email}, other: keep}
      born: {mask: date_shift, within: 30 days}
  stays:
    columns:
      guest_name: {mask: last_name, by: guest_id, scope: person}
      note: token
  events: {where: "id > 0", columns: {who: token, extra: {mask: json, paths: {$.email: email}, other: mask}}}
  animals: {columns: {owner: token}}
  dogs: {columns: {breed: keep}}
  cards:
    columns:
      holder: {mask: token, by: value}
      number: {mask: token, by: value}
  codes: {columns: {code: {mask: token, by: value, scope: code}, title: keep}}
  uses: {columns: {code: {mask: token, by: value, scope: code}, parent_code: {mask: token, by: value, scope: code}}}
  lists: {columns: {doc: {mask: json, paths: {"$.people[*].email": email}, other: drop}}}
  '"odd ""one"""."Keyless %s"': {columns: {word: {mask: token, by: value}}}
  row_users: {columns: {one: keep}}
  sessions: {rows: none}
  session_marks: {rows: none}
  audits: {rows: none}
  logs: {rows: "at >= '2020-06-01'", columns: {line: token}}
'''

_NOISE = re.compile(r"^(?:-- Dumped .*|\\(?:un)?restrict .*|SET .*|-- PostgreSQL database dump.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodge:
    """A lodge on *server*, owned by a role that is no superuser, and rules for it."""

    server: Server
    url: str
    rules: Path
    canary: str

    def needles(self) -> set[bytes]:
        """Every original there may be."""
        return {f"{self.canary}{n:05}".encode() for n in range(40_000)}

    def survivors(self) -> set[bytes]:
        """Originals that still stand in the server's raw files, the log left out."""
        return self.server.find_in_files(self.needles())

    def mask(
        self,
        *,
        key: bytes | None = KEY,
        options: InPlaceOptions = InPlaceOptions(),  # noqa: B008 - frozen
        workers: int = 2,
    ) -> MaskResult:
        settings = Settings(
            source="", target=self.url, rules=(self.rules,), confirm=database_of(self.url), workers=workers, key=key
        )
        return mask(settings, options, lambda _event: None)

    def script(self) -> str:
        """What pg_dump writes of the schema, owners and privileges included, sorted."""
        return dump(self.url)


def build(server: Server, folder: Path, canary: str, rules: str = RULES) -> Lodge:
    """A new lodge. *canary* is ten characters or so that stand in front of every original."""
    url = server.create_database(owner=server.create_owner())
    script = Path(__file__).with_suffix(".sql").read_text().replace("{canary}", canary)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(script.encode())
    path = folder / "lodge.yml"
    path.write_text(rules)
    return Lodge(server=server, url=url, rules=path, canary=canary)


def dump(url: str) -> str:
    """The schema of *url* as pg_dump writes it, masker's own left out, sorted."""
    newest = max(find_postgres())
    done = subprocess.run(
        [str(find_postgres()[newest] / "pg_dump"), "--schema-only", "--exclude-schema=masker", "--dbname", url],
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return "".join(sorted(re.sub(r"\n{2,}", "\n", _NOISE.sub("", done.stdout.decode())).split("--\n-- Name: ")))


def column(conn: psycopg.Connection, table: str, name: str) -> list[object]:
    """A column of a table in public, in the order of ``id``."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY id").format(sql.Identifier(name), sql.Identifier("public", table))
    return [row[0] for row in conn.execute(query).fetchall()]


def require_equal(expected: str, found: str) -> None:
    """Fail with the lines in which two scripts differ."""
    lines = list(difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=3))
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
