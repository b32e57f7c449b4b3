"""Foreign keys that are true in data, and constraints whose triggers fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.at_once import at_once, filled
from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.queries import queries
from masker.verify.privileges import describe_constraint_triggers
from masker.verify.schema import encoding_of

_SQL = queries(__name__)

#: Rows of a referencing table up to which all are looked up; of a larger one a share that comes to about half of this.
_MOST_ROWS = 50_000_000

#: Every foreign key that claims to hold: its tables, its columns in pairs, how each pair is compared. Those of
#: partitions are their parent's.
_KEYS = _SQL["keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    referencing: str
    referenced: str
    operator: tuple[str, str]
    collation: tuple[str, str] | None

    def match(self) -> sql.Composed:
        collated = sql.SQL(" COLLATE {}").format(sql.Identifier(*self.collation)) if self.collation else sql.SQL("")
        schema, name = self.operator
        operator = sql.SQL("OPERATOR({}.{})").format(sql.Identifier(schema), sql.SQL(name))
        return sql.SQL("p.{}{} {} f.{}{}").format(
            sql.Identifier(self.referenced), collated, operator, sql.Identifier(self.referencing), collated
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencingKey:
    """A foreign key that claims to hold; *only* says of its two tables whether their children are left out."""

    name: str
    referencing: TableName
    referenced: TableName
    only: tuple[bool, bool]
    rows: float
    is_full: bool
    has_period: bool
    pairs: tuple[_Pair, ...]

    @property
    def subject(self) -> str:
        return f"{self.name} of {self.referencing}"

    def orphans(self, *, rows: sql.Composed | None = None, is_whole: bool = False) -> sql.Composed:
        """SQL of the number of rows that reference no row: of *rows*, an item of FROM, or of all rows, or of a share of
        them where not the *whole* table is looked up."""
        pairs = self.pairs[:-1] if self.has_period else self.pairs
        referencing, referenced = (
            sql.SQL("ONLY {}" if only else "{}").format(sql.Identifier(t.schema, t.name))
            for only, t in zip(self.only, (self.referencing, self.referenced), strict=True)
        )
        share = (
            sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(50 * _MOST_ROWS / self.rows))
            if self.rows > _MOST_ROWS and not is_whole and rows is None
            else sql.SQL("")
        )
        given = sql.SQL(" OR " if self.is_full else " AND ").join(
            sql.SQL("f.{} IS NOT NULL").format(sql.Identifier(p.referencing)) for p in self.pairs
        )
        match = sql.SQL(" AND ").join(p.match() for p in pairs) if pairs else sql.SQL("true")
        missing = sql.SQL("NOT EXISTS (SELECT FROM {} AS p WHERE {})").format(referenced, match)
        if self.has_period:
            period = self.pairs[-1]
            covered = sql.SQL("f.{} <@ (SELECT range_agg(p.{}) FROM {} AS p WHERE {})").format(
                sql.Identifier(period.referencing), sql.Identifier(period.referenced), referenced, match
            )
            missing = sql.SQL("(pg_catalog.isempty(f.{}) OR {}) IS NOT TRUE").format(
                sql.Identifier(period.referencing), covered
            )
        return sql.SQL("SELECT count(*) FROM {} AS f{} WHERE ({}) AND {}").format(
            rows or referencing, share, given, missing
        )


def read_keys(conn: psycopg.Connection, *, all_of_them: bool = False) -> list[ReferencingKey]:
    """Every foreign key of *conn*'s database that claims to hold, or *all of them* that are enforced. Raises
    psycopg.Error."""
    return as_keys(at_once(conn, [keys_question(conn, all_of_them=all_of_them)])[0])


def keys_question(conn: psycopg.Connection, *, all_of_them: bool = False) -> str:
    """What is asked for that, to be put with other questions; :func:`as_keys` reads the answer."""
    return filled(conn, _KEYS, {"hidden": list(HIDDEN_SCHEMAS), "all": all_of_them})


def as_keys(rows: Sequence[tuple[object, ...]]) -> list[ReferencingKey]:
    return [_key(row) for row in rows]


def check_foreign_keys(conn: psycopg.Connection) -> Iterator[Finding]:
    """A finding for each foreign key that some row breaks, and one for all others. Looks up every row of tables of up
    to 50 million, of larger ones a share. Raises psycopg.Error if the keys cannot be read."""
    good = 0
    for key in read_keys(conn):
        try:
            found = conn.execute(key.orphans()).fetchone()
        except psycopg.Error as error:
            detail = f"the server could not answer: {ServerFault.from_error(error).text}"
            yield Finding(check="foreign keys", subject=key.subject, outcome=Outcome.NOT_RUN, detail=detail)
            continue
        orphans = int(found[0]) if found else 0
        good += not orphans
        if orphans:
            detail = f"{orphans:,} rows reference no row of {key.referenced}"
            yield Finding(check="foreign keys", subject=key.subject, outcome=Outcome.FAILED, detail=detail)
    if good:
        yield Finding(check="foreign keys", subject=f"{good:,} true in every row looked up", outcome=Outcome.PASSED)


def check_constraint_triggers(conn: psycopg.Connection) -> Iterator[Finding]:
    """A finding for each constraint that writes do not have to keep, since its triggers are disabled. Raises
    psycopg.Error."""
    enabled = describe_constraint_triggers(conn, encoding_of(conn))
    disabled = sorted(name for name, states in enabled.items() if set(states) - {"O", "A"})
    for name in disabled:
        yield Finding(
            check="constraints",
            subject=name,
            outcome=Outcome.FAILED,
            detail="its triggers are disabled, so that nothing keeps it",
        )
    if enabled and not disabled:
        yield Finding(check="constraints", subject=f"{len(enabled):,} with triggers that fire", outcome=Outcome.PASSED)


def _key(row: tuple[object, ...]) -> ReferencingKey:
    name, schema, table, kind, rows, r_schema, r_table, r_kind, match, has_period, pairs = row
    return ReferencingKey(
        name=str(name),
        referencing=TableName(str(schema), str(table)),
        referenced=TableName(str(r_schema), str(r_table)),
        only=(kind == "r", r_kind == "r"),
        rows=float(str(rows)),
        is_full=match == "f",
        has_period=bool(has_period),
        pairs=tuple(
            _Pair(referencing=f, referenced=p, operator=(os, o), collation=(cs, c) if c is not None else None)
            for f, p, os, o, cs, c in pairs  # type: ignore[attr-defined]
        ),
    )
