"""A source made by a script, an empty target and rules, and masker on them: for cases that need tables of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

import psycopg

from tests.executable import Done, run
from tests.servers import Server, database_of


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Databases on two servers. *script* has filled the source."""

    production: Server
    preview: Server
    source: str
    target: str
    rules: Path
    script: str = ""

    @classmethod
    def made(cls, production: Server, preview: Server, folder: Path, script: str, rules: str) -> Pair:
        """The *source* is filled by *script*; *rules* are the file after ``version: 1``."""
        pair = cls(
            production=production,
            preview=preview,
            source=production.create_database(),
            target=preview.create_database(),
            rules=folder / "rules.yml",
            script=script,
        )
        pair.decide(rules)
        pair.rows_written(script, pair.source)
        return pair

    @cached_property
    def restored(self) -> str:
        """What the source held at first, as a restore would leave it: for masking in place."""
        url = self.preview.create_database()
        self.rows_written(self.script, url)
        return url

    def decide(self, rules: str) -> None:
        """Write the rules anew."""
        self.rules.write_text("version: 1\n" + dedent(rules))

    def copy(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run("copy", *self._both(), "--confirm", database_of(self.target), *more, env=env)

    def plan(self, *more: str) -> Done:
        return run("plan", "copy", *self._both(), *more)

    def check(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run("rules", "check", "--source", self.source, "--rules", self.rules, *more, env=env)

    def verify(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run("verify", *self._both(), *more, env=env)

    def mask(self, *more: str, env: dict[str, str] | None = None) -> Done:
        where = ("--target", self.restored, "--rules", self.rules, "--confirm", database_of(self.restored))
        return run("mask", *where, "--terminate", *more, env=env)

    def plan_mask(self, *more: str) -> Done:
        return run("plan", "mask", "--target", self.restored, "--rules", self.rules, *more)

    def _both(self) -> list[str | Path]:
        return ["--source", self.source, "--target", self.target, "--rules", self.rules]

    def rows_written(self, statement: str, database: str | None = None) -> None:
        """Execute *statement* on the target, or on *database*."""
        with psycopg.connect(database or self.target, autocommit=True) as conn:
            conn.execute(statement.encode())

    def rows(self, query: str, database: str | None = None) -> list[tuple[object, ...]]:
        """The answer of the target to *query*, or that of *database*."""
        with psycopg.connect(database or self.target) as conn:
            return conn.execute(query.encode()).fetchall()
