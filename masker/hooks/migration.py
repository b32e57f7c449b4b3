"""The application's migrations, run on a new preview before it is published: what they did, how long, and whether the
rules decide what they have added."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from masker.catalog.read import read_catalog
from masker.errors import Problem, RuleErrors, TargetError
from masker.hooks.event import Event
from masker.hooks.process import run_command
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.ruleset.resolve import resolve, undecided_columns
from masker.ruleset.types import RuleSet
from masker.sides import Side
from masker.stages import Restored

_SQL = queries(__name__)

#: Between two looks at locks.
_LOOK_S = 0.05

#: Seconds that sessions of a command get to go once it has ended, before they are ended.
_PATIENCE_S = 5.0

#: What Rails says of each migration when it is done.
_MIGRATED = re.compile(r"(?m)^== (?:(\d+) )?(\w+): migrated \((\d+\.\d+)s\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """*versions* were applied, which took *seconds* in all; *each* by its name, as far as the command says. *rewritten*
    tables were written anew, *locked* ones were held against all others for so many seconds, seen from outside."""

    seconds: float
    versions: tuple[str, ...]
    each: Mapping[str, float]
    rewritten: tuple[str, ...]
    locked: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "seconds": round(self.seconds, 3),
            "versions": list(self.versions),
            "migrations": [{"name": name, "seconds": seconds} for name, seconds in self.each.items()],
            "rewritten": list(self.rewritten),
            "locked": [{"table": table, "seconds": round(seconds, 2)} for table, seconds in self.locked.items()],
        }

    def lines(self) -> list[str]:
        """For a person."""
        told = [f"migrated in {self.seconds:.1f} s: {len(self.versions)} migration{'s' * (len(self.versions) != 1)}"]
        told += [f"  {name} {seconds:.1f} s" for name, seconds in self.each.items()]
        told += [f"  rewritten: {', '.join(self.rewritten)}"] if self.rewritten else []
        held = (f"{table} {seconds:.1f} s" for table, seconds in self.locked.items())
        return told + ([f"  held against all others: {', '.join(held)}"] if self.locked else [])


def migrate(
    restored: Restored, command: str, event: Event, rules: RuleSet, *, log: Path, time_limit_s: float, folder: Path
) -> Migrated:
    """Run *command* on *restored*. Raises HookFailed where it fails, RuleErrors where it has added a column that no
    rule decides."""
    before, versions = _state(restored)
    started = time.monotonic()
    with _Locks(restored) as locks:
        said = run_command(
            command,
            log=log,
            told=b"",
            variables={**event.variables(), "MASKER_STAGE": "migrate"},
            time_limit_s=time_limit_s,
            folder=folder,
            what="migrate",
        )
    seconds = time.monotonic() - started
    after, now = _state(restored)
    _require_decided(restored, rules, command)
    _analyze(restored, [name for name, state in after.items() if before.get(name) != state])
    return Migrated(
        seconds=seconds,
        versions=tuple(version for version in now if version not in versions),
        each={" ".join(filter(None, (version, name))): float(took) for version, name, took in _MIGRATED.findall(said)},
        rewritten=tuple(
            str(name) for name in sorted(before) if after.get(name, before[name]).file != before[name].file
        ),
        locked=locks.held,
    )


def leave_alone(restored: Restored, *, patience_s: float = _PATIENCE_S) -> None:
    """Return when no session of a command is left in a shadow, which is renamed only then. Raises TargetError where one
    stays."""
    if not restored.is_shadow:
        return
    deadline, are_ended = time.monotonic() + patience_s, False
    with connect(parse_url(restored.url, Side.TARGET)) as conn, server_errors(Side.TARGET, "sessions were looked for"):
        while others := conn.execute(_SQL["others"]).fetchall():
            if time.monotonic() > deadline:
                if are_ended:
                    raise TargetError(
                        f"target {restored.name}: sessions {', '.join(str(pid) for pid, _ in others)} of a command stay"
                        " in what is to be published, expected none",
                        hint="let the command end them, or their role be one that masker's may end",
                    )
                for pid, may_be_ended in others:
                    if may_be_ended:
                        conn.execute("SELECT pg_terminate_backend(%s)", [pid])
                deadline, are_ended = time.monotonic() + patience_s, True
            time.sleep(_LOOK_S)


@dataclass(frozen=True, slots=True)
class _Table:
    """Where a table lies, and its columns with their types."""

    file: int
    columns: str


def _state(restored: Restored) -> tuple[dict[TableName, _Table], tuple[str, ...]]:
    """The tables, and the versions of schema_migrations."""
    with connect(parse_url(restored.url, Side.TARGET)) as conn, server_errors(Side.TARGET, "its tables were listed"):
        tables = {
            TableName(schema, name): _Table(file, columns or "")
            for schema, name, file, columns in conn.execute(_SQL["tables"]).fetchall()
        }
        versions: list[str] = []
        for name in tables:
            if name.name == "schema_migrations":
                query = sql.SQL("SELECT version::text FROM {} ORDER BY 1")
                versions += [
                    v for (v,) in conn.execute(query.format(sql.Identifier(name.schema, name.name))).fetchall()
                ]
        return tables, tuple(versions)


def _analyze(restored: Restored, changed: list[TableName]) -> None:
    """Tell the planner of what the migration has changed: it has forgotten columns of another type, and knows nothing
    of new ones."""
    with connect(parse_url(restored.url, Side.TARGET)) as conn, server_errors(Side.TARGET, "its tables were analyzed"):
        for name in changed:
            conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name.schema, name.name)))


def _require_decided(restored: Restored, rules: RuleSet, command: str) -> None:
    with connect(parse_url(restored.url, Side.TARGET)) as conn, server_errors(Side.TARGET, "its catalog was read"):
        catalog = read_catalog(conn)
    resolution = resolve(rules, catalog)
    # What production has and the migration has taken away is in the rules still: that is no problem here.
    found = [
        Problem(
            str(catalog.tables[name].column_name(column.name)),
            f"{column.type.sql}, added by {command}, decided by no rule",
            "add it to the rules, before the migration is released",
        )
        for name, columns in undecided_columns(resolution, catalog).items()
        for column in columns
    ]
    if found:
        raise RuleErrors(found)


class _Locks:
    """Tables that others hold against everybody, looked at from a session of its own while a command runs."""

    def __init__(self, restored: Restored) -> None:
        self._restored = restored
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.held: dict[str, float] = {}

    def __enter__(self) -> _Locks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        try:
            with connect(parse_url(self._restored.url, Side.TARGET)) as conn:
                last = time.monotonic()
                while not self._stop.wait(_LOOK_S):
                    now = time.monotonic()
                    for schema, name in conn.execute(_SQL["locks"]).fetchall():
                        table = str(TableName(schema, name))
                        self.held[table] = self.held.get(table, 0.0) + now - last
                    last = now
        except psycopg.Error:
            return  # how long locks were held is told where it could be seen
