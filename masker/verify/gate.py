"""The gate: a marker, written last, that says of this very database that it was masked and verified.

What a restore or a crash leaves has none, or one that was written for another database. With a key, the marker is
sealed: nobody without the key can write one that passes with it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import psycopg
from pydantic import ValidationError

from masker.catalog.read import read_server
from masker.errors import Refused
from masker.findings import Finding, Findings, Outcome
from masker.masks.numbers import Shapes
from masker.names import TableName
from masker.postgres.marker import Marker, read_marker
from masker.ruleset.numbers import recorded

_SEAL = "seal"

#: A restore over a masked database makes its tables anew and leaves the marker where it was: their oids tell.
_OIDS = """
SELECT n.nspname, c.relname, c.oid::int8 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)'
AND n.nspname NOT IN ('information_schema', 'masker') ORDER BY 1, 2
"""


def key_id(key: bytes) -> str:
    """Names a key without telling it."""
    return hmac.digest(key, b"masker/v1/key id", hashlib.sha256).hex()[:16]


def sealed(conn: psycopg.Connection, record: Mapping[str, Any], state: str, key: bytes | None) -> dict[str, Any]:
    """*record* with the identity of *conn*'s database and of its tables and, with a *key*, a seal over all of it."""
    server = read_server(conn)
    tables = [list(row) for row in conn.execute(_OIDS).fetchall()]
    whole = {
        **record,
        "database_oid": server.database_oid,
        "system_identifier": str(server.system_identifier),
        "tables": tables,
    }
    return {**whole, _SEAL: _seal(whole, state, key)} if key is not None else whole


def resealed(record: Mapping[str, Any], state: str, key: bytes | None) -> dict[str, Any]:
    """A marker's whole *record* for another *state* of the same database."""
    whole = {name: value for name, value in record.items() if name != _SEAL}
    return {**whole, _SEAL: _seal(whole, state, key)} if key is not None else whole


def digests(findings: Findings, rules: str, report: str) -> dict[str, str]:
    """Digests of the rules, of what verification found and of what the run's *report* is made of; of what there is,
    :mod:`masker.verify.described` keeps one each."""
    found = sorted([f.check, f.subject, str(f.outcome)] for f in findings.all)
    return {"rules": rules, "findings": _digest(found), "report": report}


def kept_numbers(marker: Marker | None, key: bytes | None) -> Shapes:
    """What steered the draws of the run that *marker* is of; with a *key* only where it was that run's."""
    if marker is None or (key is not None and marker.record.get("key") != key_id(key)):
        return {}
    return numbers_of_run(marker.record, marker.run)


def numbers_of_run(record: Mapping[str, Any], run: str) -> Shapes:
    """The numbers in the *record* of *run*. Raises Refused where they say something that this version does not know."""
    try:
        return recorded(record.get("shape", ()))
    except ValidationError:
        raise Refused(
            f"target: the numbers that run {run} drew by were kept by another version of masker",
            hint="use that version, or put its file of numbers beside the rules and fill the target anew",
        ) from None


def check_gate(conn: psycopg.Connection, key: bytes | None) -> Finding:
    """Whether *conn*'s database carries a valid marker of its own."""
    marker = read_marker(conn)
    problem = gate_problem(conn, marker, key)
    return Finding(
        check="gate",
        subject=conn.info.dbname,
        outcome=Outcome.FAILED if problem else Outcome.PASSED,
        detail=problem or "",
    )


def gate_problem(conn: psycopg.Connection, marker: Marker | None, key: bytes | None) -> str | None:
    """Why *marker* does not say that *conn*'s database is fit to be used; None if it does."""
    if marker is None:
        return "it carries no marker: masker has not finished with it"
    if (stranger := strangeness(conn, marker)) is not None:
        return stranger
    if marker.state == "unverified":
        return f"run {marker.run} has published it without proof of its rows (--verify none)"
    if marker.state != "verified":
        return f"run {marker.run} began and has not ended well"
    if key is not None:
        seal = marker.record.get(_SEAL)
        expected = _seal({k: v for k, v in marker.record.items() if k != _SEAL}, marker.state, key)
        if seal is None:
            return f"the marker of run {marker.run} is not sealed, and a key was given"
        if not hmac.compare_digest(str(seal), expected):
            return f"the marker of run {marker.run} was sealed with another key, or altered"
    return None


def was_written_here(conn: psycopg.Connection, marker: Marker) -> bool:
    """Whether *marker* was written for *conn*'s database, whatever has become of its tables since."""
    identity = marker.record.get("system_identifier")
    return marker.is_its_own and (identity is None or identity == str(read_server(conn).system_identifier))


def strangeness(conn: psycopg.Connection, marker: Marker) -> str | None:
    """How it shows that *marker* was not written for the database and the tables it stands beside; None if it was."""
    if not was_written_here(conn, marker):
        return f"its marker was written by run {marker.run} for another database and copied here"
    marked = {(schema, name): oid for schema, name, oid in marker.record.get("tables", ())}
    anew = [TableName(s, n) for s, n, oid in conn.execute(_OIDS).fetchall() if marked.get((s, n), oid) != oid]
    if anew:
        return f"{len(anew)} of its tables ({anew[0]} …) were made anew after run {marker.run}, as a restore does"
    return None


def _seal(record: Mapping[str, Any], state: str, key: bytes) -> str:
    subkey = hmac.digest(key, b"masker/v1/gate", hashlib.sha256)
    return hmac.digest(
        subkey, json.dumps([state, record], sort_keys=True, ensure_ascii=True).encode(), hashlib.sha256
    ).hex()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
