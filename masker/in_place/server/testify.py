"""What a table says of its own rows before and after they are masked where they stand, asked so that no row's value
gets into the log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg

from masker.postgres.quietly import answer
from masker.tables.evidence import Evidence
from masker.tables.witness import ALL, Witness, sieve
from masker.verify.witness import draw, prove, same_sample

_CTID = re.compile(r"\(\d+,\d+\)")


def expected(conn: psycopg.Connection, asked: Witness, *, is_sample: bool, rows: float, pages: int) -> Evidence:
    """What all rows must become. *rows* is an estimate. Raises ServerFault, or psycopg.Error for what happened to the
    session."""
    sample = draw(conn, asked, is_sample=is_sample, rows=rows, pages=pages, ask=_quietly)
    return prove(conn, asked, sample, source=True, ask=_quietly)


def expected_of(conn: psycopg.Connection, asked: Witness, *, sieve: int | None, condition: str) -> Evidence:
    """What the rows of *condition* must become; *sieve* is that of the whole table. Raises like :func:`expected`."""
    sample = same_sample(conn, asked, sieve=sieve, source=True, condition=condition, ask=_quietly)
    return prove(conn, asked, sample, source=True, condition=condition, ask=_quietly)


def found(conn: psycopg.Connection, asked: Witness, *, sieve: int | None, condition: str | None = None) -> Evidence:
    """What stands there. Raises like :func:`expected`."""
    sample = same_sample(conn, asked, sieve=sieve, condition=condition, ask=_quietly)
    return prove(conn, asked, sample, source=False, condition=condition, ask=_quietly)


def sieve_of(asked: Witness, *, is_sample: bool, rows: int) -> int | None:
    """What rows of a table of *rows* have to pass to be proved, None if all are."""
    return wanted if is_sample and asked.key and (wanted := sieve(rows)) != ALL else None


def _quietly(conn: psycopg.Connection, query: str, ctids: Sequence[str] | None, width: int) -> Sequence[Sequence[Any]]:
    if ctids is not None:
        listed = ",".join(f'"{ctid}"' for ctid in ctids)
        query = query.replace("$1::text[]", f"'{{{listed}}}'::text[]")
    return [
        [_CTID.findall(value) if value is not None and value.startswith("{") else value for value in row]
        for row in answer(conn, query, width)
    ]
