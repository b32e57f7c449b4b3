"""Both sides asked what they hold: see :mod:`masker.tables.witness` for the questions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from masker.postgres.connect import READING_SETTINGS
from masker.tables.evidence import MODULUS, Evidence, Sums, Unchanged
from masker.tables.witness import ALL, SAMPLE_ROWS, SEED_SETTING, Witness, passing, sieve
from masker.verify.again import RowDigests

#: A table of fewer pages is read once and proved whole where a sample would have about all of its rows.
_FEW_PAGES = 2500

#: Since that version the first and the last of places can be asked for.
_BOUNDS_SINCE = 140000

#: A sample of more rows than this many times those it should have is drawn again.
_TOO_MANY = 8

_ZONE = "timezone"

#: Rows fetched at once of those that are compared one by one.
_FETCHED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows that are proved. *picked* are the ctids of those that pass *sieve*, of *rows* whose identities sum up to
    *identity*, and *counted* of them meet the condition that was given with the question, from the first to the last
    ctid of *between*.

    All are None where every row is proved, since the proof itself counts them.
    """

    sieve: int | None = None
    rows: int | None = None
    identity: int | None = None
    picked: Sequence[str] | None = None
    counted: int | None = None
    between: tuple[str, str] | None = None


#: Puts a query, with the ctids that are its parameter if it has one, and gives its rows; the last argument is how many
#: columns they have.
Ask = Callable[[psycopg.Connection, str, Sequence[str] | None, int], Sequence[Sequence[Any]]]


def plainly(conn: psycopg.Connection, query: str, ctids: Sequence[str] | None, width: int) -> Sequence[Sequence[Any]]:
    """As anything is asked. Raises psycopg.Error."""
    del width
    # Numbered parameters: a per cent sign may stand in a name.
    return psycopg.RawCursor(conn).execute(query.encode(), [list(ctids)] if ctids is not None else None).fetchall()


def draw(
    conn: psycopg.Connection,
    witness: Witness,
    *,
    is_sample: bool,
    rows: float,
    pages: int,
    ask: Ask = plainly,
    counts: str | None = None,
) -> Sample:
    """The sample of the source's rows: :data:`SAMPLE_ROWS` or more, or all of them. *rows* is an estimate, *counts* a
    condition whose rows are counted on the way. Raises what *ask* does.

    Without a key all rows are proved anyway, and so they are of a small table.
    """
    wanted = sieve(rows)
    if is_proved_whole(witness, is_sample=is_sample, rows=rows, pages=pages):
        return Sample()
    found = _picked(conn, witness, wanted, ask, source=True, counts=counts)
    counted, *between = found[3] or (None,)
    if not min(SAMPLE_ROWS, found[0]) <= len(found[2]) <= _TOO_MANY * SAMPLE_ROWS:
        wanted = sieve(found[0])
        found = _picked(conn, witness, wanted, ask, source=True)
        while len(found[2]) < min(SAMPLE_ROWS, found[0]):
            wanted = min(ALL, 2 * wanted)
            found = _picked(conn, witness, wanted, ask, source=True)
    return Sample(
        sieve=wanted,
        rows=found[0],
        identity=found[1],
        picked=found[2],
        counted=counted,
        between=(str(between[0]), str(between[1])) if counted and between else None,
    )


def is_proved_whole(witness: Witness, *, is_sample: bool, rows: float, pages: int) -> bool:
    """Whether :func:`draw` draws nothing, so that every row is proved."""
    return not is_sample or not witness.key or (sieve(rows) == ALL and pages <= _FEW_PAGES)


def same_sample(
    conn: psycopg.Connection,
    witness: Witness,
    *,
    sieve: int | None,
    source: bool = False,
    condition: str | None = None,
    ask: Ask = plainly,
) -> Sample:
    """Those of the target's rows that pass the *sieve* of a sample of the source's, or all. Raises what *ask* does.

    *condition* limits the rows; with *source* they are originals, and what they must become is what counts.
    """
    if sieve is None:
        return Sample()
    rows, identity, picked, _ = _picked(conn, witness, sieve, ask, source=source, condition=condition)
    return Sample(sieve=sieve, rows=rows, identity=identity, picked=picked)


def proof_settings(bindings: Mapping[str, str]) -> dict[str, str]:
    """What a session on the target has to have in common with the source's, whose settings are *bindings*: the seed of
    digests, and the time zone that rules are read in, which values within composites are written by."""
    return {SEED_SETTING: bindings[SEED_SETTING], _ZONE: bindings.get(_ZONE, "UTC")}


def proof_seed(bindings: Mapping[str, str]) -> dict[str, str]:
    """The seed of digests alone, which a session of masker may have from its beginning: nothing else reads it."""
    return {SEED_SETTING: bindings[SEED_SETTING]}


@contextlib.contextmanager
def under_zone(conn: psycopg.Connection, bindings: Mapping[str, str]) -> Iterator[None]:
    """The time zone of :func:`proof_settings` for *conn*, which has the seed and else masker's own settings; nothing of
    it is left afterwards."""
    zone = proof_settings(bindings)[_ZONE]
    if zone == READING_SETTINGS[_ZONE]:
        yield
        return
    with under(conn, {_ZONE: zone}):
        yield


@contextlib.contextmanager
def under(conn: psycopg.Connection, settings: Mapping[str, str]) -> Iterator[None]:
    """A transaction on *conn* that has *settings*, and nothing of them is left afterwards."""
    with conn.transaction():
        conn.execute(
            "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS s(name, value)",
            [list(settings), list(settings.values())],
        )
        yield


def prove(
    conn: psycopg.Connection,
    witness: Witness,
    sample: Sample,
    *,
    source: bool,
    condition: str | None = None,
    ask: Ask = plainly,
) -> Evidence:
    """What *conn* says of its rows, or those of *condition*. The *source* needs the settings that masks read. Raises
    what *ask* does."""
    buckets: dict[int, Sums] = {}
    unchanged: dict[int, Unchanged] = {}
    for part in witness.parts(source=source):
        end, masked = 3 + len(part), [at for at in witness.masked if at in part] if source else []
        query = witness.proof_sql(source=source, picked=sample.picked is not None, condition=condition, part=part)
        answer = ask(conn, query, sample.picked, end + 2 * len(masked))
        for number, rows_of_it, identity_of_it, *sums in answer:
            before = buckets.get(int(number))
            columns = before.columns if before is not None else (0,) * len(witness.columns)
            columns = (
                (*columns[: part[0]], *map(_kept, sums[: len(part)]), *columns[part[-1] + 1 :]) if part else columns
            )
            buckets[int(number)] = Sums(rows=int(rows_of_it), identity=_kept(identity_of_it), columns=columns)
        for place, at in enumerate(masked):
            first = end + 2 * place
            unchanged[at] = Unchanged(
                compared=sum(int(row[first]) for row in answer), same=sum(int(row[first + 1]) for row in answer)
            )
    rows = sum(sums.rows for sums in buckets.values()) if sample.rows is None else sample.rows
    identity = sum(sums.identity for sums in buckets.values()) % MODULUS if sample.identity is None else sample.identity
    return Evidence(rows=rows, identity=identity, sieve=sample.sieve, buckets=buckets, unchanged=unchanged)


def _picked(
    conn: psycopg.Connection,
    witness: Witness,
    sieve: int,
    ask: Ask,
    *,
    source: bool,
    condition: str | None = None,
    counts: str | None = None,
) -> tuple[int, int, Sequence[str], Sequence[Any]]:
    bounds = counts is not None and conn.info.server_version >= _BOUNDS_SINCE
    query = witness.identity_sql(source=source, picks=passing(sieve), condition=condition, counts=counts, bounds=bounds)
    ((count, identity, picked, *counted),) = ask(conn, query, None, 3 + (counts is not None) + 2 * bounds)
    return int(count), _kept(identity), picked or (), counted


def _kept(total: Decimal | int | str) -> int:
    return int(total) % MODULUS


def ask_rows(
    conn: psycopg.Connection,
    witness: Witness,
    *,
    source: bool,
    picks: str,
    condition: str | None = None,
    masks: bool = True,
    numbers: Sequence[int] = (),
) -> list[RowDigests]:
    """The digests of the rows whose identity *picks*, SQL over ``h`` that may say ``$1`` for the array of *numbers*.
    Raises psycopg.Error.

    On the source without *masks*, what a masked column has is the digest of its original, None where that tells
    nothing.
    """
    items = ["h", "(at::text::point)[0]::bigint", *(f"d{at}" for at in range(len(witness.columns)))]
    if source and not masks:
        for at in witness.masked:
            items[at + 2] = f"CASE WHEN t{at} AND {witness.is_own(at, 'r')} THEN e{at} END"
    cursor = psycopg.RawCursor(conn)
    given = [list(numbers)] if "$1" in picks else None
    if witness.key:
        found = cursor.execute(
            witness.identity_sql(source=source, picks=picks, condition=condition, masks=masks).encode(), given
        ).fetchone()
        rows, given = (
            witness.digests_sql(
                source=source, condition="ctid = ANY ($1::text[]::tid[])", masks=masks, originals=not masks
            ),
            [list(found[2] or ()) if found else []],
        )
        picks = "true"
    else:
        rows = witness.digests_sql(source=source, condition=condition, masks=masks, originals=not masks)
    query = f"SELECT {', '.join(items)} FROM ({rows}) AS r WHERE {picks}"  # noqa: S608
    return [RowDigests(row[0], row[1], tuple(row[2:])) for row in cursor.execute(query.encode(), given).fetchall()]


def stream_rows(
    conn: psycopg.Connection,
    witness: Witness,
    *,
    source: bool,
    without: Container[int] = (),
    condition: str | None = None,
    masks: bool = True,
) -> Iterator[tuple[int, int]]:
    """All rows in the order of their identities, each with one digest of its columns but those numbered *without*.
    Raises psycopg.Error.

    *conn* has to be in a transaction.
    """
    rows = witness.digests_sql(source=source, condition=condition, masks=masks, originals=False)
    whole = witness.whole(without=without) if witness.key else "h"
    with conn.cursor(name="masker_rows") as cursor:
        cursor.itersize = _FETCHED
        cursor.execute(sql.SQL("SELECT h, {} FROM ({}) AS r ORDER BY 1, 2").format(sql.SQL(whole), sql.SQL(rows)))
        yield from cursor
