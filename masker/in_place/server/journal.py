"""What a run of masking in place writes into the target as it goes, so that the next one can go on where it was killed.

Every line is written in the transaction of the work it speaks of: what is said to be done is done, once. All of it is
dropped when the run has ended well; the marker (see :mod:`masker.postgres.target`) stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from masker.catalog.read import read_sequence_values
from masker.catalog.types import Catalog
from masker.findings import Finding, Outcome
from masker.in_place.facts import Facts
from masker.names import TableName
from masker.queries import queries
from masker.tables.evidence import Evidence
from masker.verify.schema import ObjectKey, describe

_SQL = queries(__name__)

_TABLES = _SQL["tables"]

_DROP = "DROP TABLE IF EXISTS masker.progress, masker.before, masker.suspended, masker.batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What a finished step found. *rows* were masked (or left, where rows were deleted). *said* is what tables were to
    hold, and do."""

    rows: int = 0
    findings: tuple[Finding, ...] = ()
    counts: tuple[tuple[TableName, int], ...] = ()
    said: tuple[tuple[TableName, Evidence], ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "findings": [[f.check, f.subject, str(f.outcome), f.detail] for f in self.findings],
            "counts": [[name.schema, name.name, count] for name, count in self.counts],
            "said": [[name.schema, name.name, evidence.document()] for name, evidence in self.said],
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> StepRecord:
        return cls(
            rows=document["rows"],
            findings=tuple(
                Finding(check=c, subject=s, outcome=Outcome(o), detail=d) for c, s, o, d in document["findings"]
            ),
            counts=tuple((TableName(schema, name), count) for schema, name, count in document["counts"]),
            said=tuple(
                (TableName(schema, name), Evidence.read(said)) for schema, name, said in document.get("said", ())
            ),
        )


def begin_progress(conn: psycopg.Connection) -> None:
    """Make the tables a run writes to, empty."""
    conn.execute(_DROP)
    conn.execute(_TABLES.encode())


def drop_progress(conn: psycopg.Connection) -> None:
    """Remove them; the marker stays."""
    conn.execute(_DROP)


def record_step(conn: psycopg.Connection, step: str, record: StepRecord) -> None:
    """Say that *step* is done, inside the transaction that does it."""
    conn.execute("INSERT INTO masker.progress (step, record) VALUES (%s, %s)", [step, json.dumps(record.document())])


def read_steps(conn: psycopg.Connection) -> dict[str, StepRecord]:
    """Every step that is done, by its id."""
    return {
        step: StepRecord.read(record)
        for step, record in conn.execute("SELECT step, record FROM masker.progress").fetchall()
    }


def half_done(conn: psycopg.Connection) -> list[str]:
    """Tables that were cut into batches, not all of which are done."""
    return [
        row[0]
        for row in conn.execute("SELECT DISTINCT relation::regclass::text FROM masker.batch ORDER BY 1").fetchall()
    ]


def describe_target(conn: psycopg.Connection, catalog: Catalog, facts: Facts) -> dict[ObjectKey, str]:
    """All that masking must leave as it is: every object, what is made anew with its privileges, and where sequences
    stand."""
    found = describe(conn, same_major=True)
    for dependent in facts.dependents.values():
        if not dependent.blocker:
            found["dependent", dependent.title] = "\n".join(dependent.create)
    names = [s.name for s in catalog.sequences if s.can_select]
    found.update(
        {
            ("sequence value", str(name)): f"{value} {is_called}"
            for name, (value, is_called) in read_sequence_values(conn, names).items()
        }
    )
    return found


def write_before(conn: psycopg.Connection, described: Mapping[ObjectKey, str]) -> None:
    """Keep what the target was described as before anything was changed."""
    kinds, identities, definitions = (
        zip(*((k, i, d) for (k, i), d in described.items()), strict=True) if described else ((), (), ())
    )
    conn.execute(
        "INSERT INTO masker.before SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])",
        [list(kinds), list(identities), list(definitions)],
    )


def read_before(conn: psycopg.Connection) -> dict[ObjectKey, str]:
    return {
        (kind, identity): definition
        for kind, identity, definition in conn.execute(
            "SELECT kind, identity, definition FROM masker.before"
        ).fetchall()
    }


def suspend(
    conn: psycopg.Connection,
    relation: int,
    statements: Sequence[str],
    restore: Sequence[str],
    record: Mapping[str, Any],
) -> None:
    """Run *statements* and remember what undoes them, and *record* with it."""
    for statement in statements:
        conn.execute(statement.encode())
    conn.execute("INSERT INTO masker.suspended VALUES (%s, %s, %s)", [relation, list(restore), json.dumps(record)])


def restore(conn: psycopg.Connection, relation: int) -> Mapping[str, Any]:
    """Undo :func:`suspend`; what was recorded with it."""
    row = conn.execute(
        "DELETE FROM masker.suspended WHERE relation = %s RETURNING restore, record", [relation]
    ).fetchone()
    if row is None:
        return {}
    for statement in row[0]:
        conn.execute(statement.encode())
    return dict(row[1])
