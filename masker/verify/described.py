"""What a run leaves in the target about what it made: each object's digest, so that a later look can name what differs,
without the source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS, read_sequence_values
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.large_objects import describe_large_objects
from masker.postgres.marker import DESCRIBED
from masker.postgres.target import describe_database
from masker.verify.matviews import view_contents
from masker.verify.privileges import describe_privileges, describe_surroundings
from masker.verify.schema import ObjectKey, describe, encoding_of

#: Bytes of a digest that are kept, as hexadecimal digits.
_DIGITS = 24

#: Kinds whose definition is kept as it is: numbers that are compared by size.
_NUMBERS = frozenset({"pages of", "rows of"})

#: Which transactions have ended, and the one that asks, which ends with that. Between the last that had ended and its
#: own number all are in progress.
_SNAPSHOT = """
SELECT CASE WHEN own < pg_snapshot_xmax(s)::text::int8 OR own IS NULL THEN s::text ELSE
concat(pg_snapshot_xmin(s), ':', own + 1, ':', (SELECT string_agg(x::text, ',' ORDER BY x) FROM (SELECT
pg_snapshot_xip(s)::text::int8 UNION SELECT generate_series(pg_snapshot_xmax(s)::text::int8, own - 1)) AS progress(x)))
END FROM (SELECT pg_current_snapshot(), pg_current_xact_id_if_assigned()::text::int8) AS now(s, own)
"""

_SEQUENCES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
  AND x.deptype = 'e')
"""

_PAGES = """
SELECT format('%%I.%%I', n.nspname, c.relname), pg_relation_size(c.oid) / current_setting('block_size')::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
"""

#: Tables whose rows are counted when the run ends, so that missing ones can be told of.
_TABLES = """
SELECT n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
AND n.nspname <> ALL(%(hidden)s)
"""

Described = dict[ObjectKey, str]


def describe_everything(
    conn: psycopg.Connection,
    *,
    database: Mapping[str, str] | None = None,
    large_objects: Mapping[str, str] | None = None,
) -> Described:
    """The digest of every object of *conn*'s database: definitions, owners, privileges, where sequences stand, what
    materialized views and large objects hold, how large tables are.

    *database* is what is to be said of the database itself, where it has not its own name and settings yet;
    *large_objects* are their digests, where they have just been looked at. Costs reading all materialized views and
    large objects. Raises psycopg.Error.
    """
    encoding = encoding_of(conn)
    found: Described = dict(describe(conn, same_major=True))
    found.update(describe_privileges(conn, members=True))
    found.update(describe_surroundings(conn, encoding))
    found.update(
        {("database", what): text for what, text in (describe_database(conn) if database is None else database).items()}
    )
    hidden = {"hidden": list(HIDDEN_SCHEMAS)}
    names = [TableName(schema, name) for schema, name in conn.execute(_SEQUENCES, hidden).fetchall()]
    found.update(
        {
            ("value of sequence", str(n)): f"{value} {called}"
            for n, (value, called) in read_sequence_values(conn, names).items()
        }
    )
    found.update({("content of materialized view", name): digest for name, digest in view_contents(conn).items()})
    digests = describe_large_objects(conn) if large_objects is None else large_objects
    found.update({("large object", name): digest for name, digest in digests.items()})
    found.update({("pages of", name): str(pages) for name, pages in conn.execute(_PAGES, hidden).fetchall()})
    return {
        key: (
            text
            if key[0] in _NUMBERS
            else hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
        )
        for key, text in found.items()
    }


def keep_everything(
    conn: psycopg.Connection,
    rows: Mapping[TableName, int],
    *,
    database: Mapping[str, str] | None = None,
    large_objects: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Write down what *conn*'s database is now. Returns what the marker has to say of that: a digest, and which
    transactions had ended.

    *rows* are numbers of rows that are known; other tables are counted. *database* and *large_objects* as in
    :func:`describe_everything`. Raises psycopg.Error.
    """
    described = describe_everything(conn, database=database, large_objects=large_objects)
    for schema, table, identity in conn.execute(_TABLES, {"hidden": list(HIDDEN_SCHEMAS)}).fetchall():
        name = TableName(schema, table)
        count = rows[name] if name in rows else _count(conn, name)
        if count is not None:
            described["rows of", identity] = str(count)
    digest = keep_described(conn, described)
    row = conn.execute(_SNAPSHOT).fetchone()
    return {"described": digest, "snapshot": str(row[0]) if row else ""}


def keep_described(conn: psycopg.Connection, described: Described) -> str:
    """Write *described* into the target, instead of what stood there. Returns a digest of it, for the marker."""
    rows = sorted((kind, identity, digest) for (kind, identity), digest in described.items())
    conn.execute(sql.SQL("TRUNCATE {}").format(DESCRIBED))
    kinds, identities, digests = zip(*rows, strict=True) if rows else ((), (), ())
    conn.execute(
        sql.SQL("INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])").format(DESCRIBED),
        [list(kinds), list(identities), list(digests)],
    )
    return _digest(rows)


def read_described(conn: psycopg.Connection) -> tuple[Described, str]:
    """What a run has kept, and its digest as it is now. Raises psycopg.Error."""
    rows = sorted(
        tuple(row)
        for row in conn.execute(sql.SQL("SELECT kind, identity, digest FROM {}").format(DESCRIBED)).fetchall()
    )
    return {(kind, identity): digest for kind, identity, digest in rows}, _digest(rows)


def unlike_kept(
    conn: psycopg.Connection, kept_digest: str | None, *, told: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """A finding for each object that is not what the run left, those of the subjects *told* left out, and one for all
    that are. *kept_digest* is the marker's."""
    try:
        kept, digest = read_described(conn)
        if kept_digest is None or kept_digest != digest:
            detail = (
                "the marker keeps no digest of it: an older masker wrote it"
                if kept_digest is None
                else "what the run wrote down of it was altered since"
            )
            yield Finding(
                check="described",
                subject="what the run left",
                outcome=Outcome.NOT_RUN if kept_digest is None else Outcome.FAILED,
                detail=detail,
            )
            return
        now = describe_everything(conn)
        kept = {key: digest for key, digest in kept.items() if key[0] != "rows of"}
    except psycopg.Error as error:
        detail = f"the server could not answer: {ServerFault.from_error(error).text}"
        yield Finding(check="described", subject="what the run left", outcome=Outcome.NOT_RUN, detail=detail)
        return
    bad = [(key, how) for key, how in differences(kept, now) if " ".join(key) not in told]
    for (kind, identity), how in bad:
        yield Finding(check="described", subject=f"{kind} {identity}", outcome=Outcome.FAILED, detail=how)
    if not bad:
        yield Finding(check="described", subject=f"{len(kept):,} objects are what the run left", outcome=Outcome.PASSED)


def differences(kept: Described, now: Described) -> Iterator[tuple[ObjectKey, str]]:
    """Each object that *now* is another than *kept*, and how."""
    for key in sorted(kept.keys() | now.keys()):
        before, after = kept.get(key), now.get(key)
        if before == after:
            continue
        if key[0] == "pages of":
            if before is not None and after is not None and int(after) > int(before):
                yield (
                    key,
                    (
                        f"its file has grown from {int(before):,} to {int(after):,} pages since the run: rows were"
                        " written, and dead ones may hold what stood there"
                    ),
                )
        elif after is None:
            yield key, "is gone since the run"
        elif before is None:
            yield key, "was not there when the run ended"
        else:
            yield key, "is not what the run left"


def _count(conn: psycopg.Connection, name: TableName) -> int | None:
    """How many rows the table has; None where row security hides them from the role."""
    try:
        with conn.transaction():
            row = conn.execute(
                sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(name.schema, name.name))
            ).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    return int(row[0]) if row else 0


def _digest(rows: list[tuple[str, str, str]]) -> str:
    total = hashlib.sha256()
    for row in rows:
        total.update("\0".join(row).encode("utf-8", "surrogateescape") + b"\n")
    return total.hexdigest()
