"""What a database holds, counted and summed up under one key, and held against what a manifest says."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql

from masker.catalog.read import read_catalog, read_sequence_values
from masker.dumps.manifest import Content
from masker.findings import Finding, Outcome
from masker.postgres.large_objects import describe_large_objects
from masker.verify.schema import describe

#: By which values are written: what a session of another server would write as well.
_WRITTEN = {
    "search_path": "pg_catalog",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "xmloption": "content",
    "row_security": "off",
}

#: Kinds that a restore by a role that is no superuser cannot make, or makes anew in another form.
_NOT_RESTORED = frozenset({"event trigger", "publication", "subscription"})

#: The row's name is nobody's column's.
_ROW = sql.Identifier("masker's row")

_SUM = sql.SQL(
    "SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(%s || ({row}.*)::text, 'UTF8')), 'hex'),"
    " 16))::bit(64)::int8::numeric), 0)::text FROM ONLY {table} AS {row}"
)


def read_content(conn: psycopg.Connection, salt: str) -> Content:
    """All that *conn*'s database holds, sums under *salt*. Costs reading every row. Raises psycopg.Error."""
    catalog = read_catalog(conn)
    objects = {
        f"{kind} {identity}": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]
        for (kind, identity), text in describe(conn, same_major=False).items()
        if kind not in _NOT_RESTORED
    }
    values = read_sequence_values(conn, [sequence.name for sequence in catalog.sequences])
    with conn.transaction():
        conn.execute(
            sql.SQL("SELECT {}").format(
                sql.SQL(", ").join(
                    sql.SQL("set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
                    for name, value in _WRITTEN.items()
                )
            )
        )
        tables = {}
        for table in catalog.tables.values():
            if table.kind == "r" and table.extension is None:
                query = _SUM.format(row=_ROW, table=sql.Identifier(table.name.schema, table.name.name))
                row = conn.execute(query, [salt]).fetchone()
                tables[str(table.name)] = (int(row[0]), str(row[1])) if row else (0, "0")
    return Content(
        tables=tables,
        sequences={str(name): f"{value} {called}" for name, (value, called) in values.items()},
        large_objects={
            name: hmac.digest(salt.encode(), digest.encode(), hashlib.sha256).hex()
            for name, digest in describe_large_objects(conn).items()
        },
        objects=objects,
    )


def differences(expected: Content, found: Content) -> Iterator[Finding]:
    """A finding for each table, and for each kind of what is beside tables."""
    for name in sorted({*expected.tables, *found.tables}):
        then, now = expected.tables.get(name), found.tables.get(name)
        if then is None or now is None:
            yield _finding("rows", name, "the dump does not have it" if then is None else "the dump has it")
            continue
        yield _finding("rows", name, "" if then[0] == now[0] else f"{now[0]:,} here, {then[0]:,} in the dump")
        yield _finding("proof", name, "" if then[1] == now[1] else "its rows do not hold what those of the dump do")
    yield from _alike("sequences", expected.sequences, found.sequences)
    yield from _alike("large objects", expected.large_objects, found.large_objects)
    yield from _alike("schema", expected.objects, found.objects)


def _alike(check: str, expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Finding]:
    bad = [name for name in sorted({*expected, *found}) if expected.get(name) != found.get(name)]
    for name in bad:
        how = "is missing" if name not in found else "is not in the dump" if name not in expected else "is another"
        yield _finding(check, name, how)
    if not bad:
        yield _finding(check, f"{len(expected):,} are those of the dump", "")


def _finding(check: str, subject: str, detail: str) -> Finding:
    return Finding(check=check, subject=subject, outcome=Outcome.FAILED if detail else Outcome.PASSED, detail=detail)
