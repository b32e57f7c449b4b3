"""What a delta knows of the rows that it has written is what a look at all of them finds; where something else has
written, it knows nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.delta.apply import Applying
from masker.delta.layout import deltas
from masker.delta.tables import Younger
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.tables.witness import SEED_SETTING, witness
from masker.verify.since import Since
from masker.verify.witness import draw, prove, same_sample

#: Columns are called as the queries call theirs; a unique column has rows moved, which are deleted and inserted.
_TABLES = """
CREATE TABLE public.boats (h bigint PRIMARY KEY, at text NOT NULL{unique}, o integer);
CREATE TABLE public.crews (c bigint, k0 uuid, boat bigint REFERENCES public.boats{acts}, PRIMARY KEY (c, k0));
CREATE TABLE public.tolls (due numeric PRIMARY KEY);
INSERT INTO public.boats SELECT i, 'boat ' || i, i FROM generate_series(1, 1500) AS i;
INSERT INTO public.crews SELECT i, md5(i::text)::uuid, 1 + i % 900 FROM generate_series(1, 3000) AS i;
INSERT INTO public.tolls SELECT i + 0.5 FROM generate_series(1, 1500) AS i;
"""
_CHANGES = (
    "UPDATE public.boats SET o = -o WHERE h % 20 = 0",
    "DELETE FROM public.boats WHERE h > 1000 AND h % 7 = 0",
    "INSERT INTO public.boats SELECT i, 'new ' || i, i FROM generate_series(2001, 2100) AS i",
    "UPDATE public.crews SET boat = 1 WHERE c % 50 = 0",
    "DELETE FROM public.crews WHERE c % 13 = 0",
    "INSERT INTO public.crews SELECT i, md5(i::text)::uuid, 2001 FROM generate_series(4001, 4050) AS i",
    # A key that is equal to what it was, and written in another way.
    "UPDATE public.tolls SET due = due + 0.00 WHERE due < 10",
)
#: A unique value passes from one row to another.
_SWAP = """
BEGIN; UPDATE public.boats SET at = '' WHERE h = 1; UPDATE public.boats SET at = 'boat 1' WHERE h = 2;
UPDATE public.boats SET at = 'boat 2' WHERE h = 1; COMMIT
"""
_SEED = {SEED_SETTING: "4711"}
_SIEVE = 2**18


class Sides:
    """A source, and a preview that is in a delta's transaction: *change* is what has happened since the run before."""

    def __init__(
        self,
        source: str,
        target: str,
        *,
        changes: Sequence[str],
        testers: Sequence[str] = (),
        unique: str = "",
        acts: str = "",
    ) -> None:
        for url in (source, target):
            _execute(url, [_TABLES.format(unique=unique, acts=acts)])
        self.source = connect(parse_url(source, Side.SOURCE), settings=_SEED)
        self.target = connect(parse_url(target, Side.TARGET), settings=_SEED)
        self._horizon, preview = (self._next(conn) for conn in (self.source, self.target))
        self.younger: dict[str, Younger] = {}
        _execute(source, changes)
        _execute(target, testers)
        catalog = read_catalog(self.source)
        self.plans = [TablePlan(table=table, action="copy") for table in catalog.tables.values()]
        self.deltas = deltas(self.plans, catalog, in_utf8=False)
        self.source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.target.execute("BEGIN")
        self.applying = Applying(
            self.target,
            horizon=self._horizon,
            since=Since(timeline=1, started="", tables={}, preview=preview),
            is_stopped=lambda: False,
            on_block=lambda *_: None,
        )

    @staticmethod
    def _next(conn: psycopg.Connection) -> int:
        ((number,),) = conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8").fetchall()
        return int(number)

    def write(self) -> None:
        self.applying.lock(self.deltas)
        for delta in self.deltas:
            asked = witness(delta.table, delta.plan)
            sample = draw(
                self.source,
                asked,
                is_sample=True,
                rows=20_000,  # so that there is one, of which too few rows are taken
                pages=delta.table.pages,
                counts=delta.is_younger(self._horizon),
            )
            self.younger[delta.name.name] = Younger(sample.counted or 0, sample.between)
            sample = same_sample(self.source, asked, sieve=_SIEVE, source=True)
            said = prove(self.source, asked, sample, source=True)
            self.applying.find(self.source, delta, said, younger=self.younger[delta.name.name])
        self.applying.write(self.deltas)

    def expect_known(self) -> None:
        """Of every table, and nothing that a look at all of its rows would not find."""
        for plan in self.plans:
            asked = witness(plan.table, plan)
            known = self.applying.seen(plan.table.name)
            found = same_sample(self.target, asked, sieve=_SIEVE)
            assert known is not None
            assert (known.rows, known.identity) == (found.rows, found.identity)
            assert prove(self.target, asked, known, source=False) == prove(self.target, asked, found, source=False)
            source = same_sample(self.source, asked, sieve=_SIEVE, source=True)
            assert prove(self.target, asked, known, source=False).identity == source.identity

    def close(self) -> None:
        self.source.close()
        self.target.close()


def _execute(url: str, statements: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement.encode())


@pytest.fixture
def opened() -> Iterator[list[Sides]]:
    found: list[Sides] = []
    yield found
    for sides in found:
        sides.close()


@pytest.mark.parametrize(("unique", "more"), [("", ()), (" UNIQUE", ()), (" UNIQUE", (_SWAP,))])
def test_what_was_written_is_known(
    databases: tuple[str, str], opened: list[Sides], unique: str, more: tuple[str, ...]
) -> None:
    testers = (
        "UPDATE public.boats SET o = 7 WHERE h = 40 OR h = 41",
        "DELETE FROM public.crews WHERE c = 9",
        *_CHANGES[2:3],
    )
    sides = Sides(*databases, unique=unique, changes=_CHANGES, testers=testers)
    opened.append(sides)
    sides.write()
    sides.expect_known()
    # All that is younger stands behind what there was, and nothing before is read for it.
    between = sides.younger["crews"].between
    if sides.source.info.server_version >= 140000:
        assert between is not None
        assert int(between[0].strip("()").split(",")[0]) > 15


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO public.boats VALUES (9000, 'another', 1)",
        "UPDATE public.boats SET at = at || '!' WHERE h = 3",
        "DELETE FROM public.boats WHERE h = 900",
        "DELETE FROM public.crews WHERE c = 8",
        "ALTER TABLE public.boats ALTER o TYPE bigint",
    ],
)
def test_where_something_else_has_written_nothing_is_known(
    databases: tuple[str, str], opened: list[Sides], statement: str
) -> None:
    sides = Sides(*databases, changes=_CHANGES[:1], acts=" ON DELETE CASCADE")
    opened.append(sides)
    sides.write()
    sides.expect_known()
    sides.target.execute(statement.encode())
    known = [sides.applying.seen(TableName("public", name)) for name in ("boats", "crews")]
    assert None in known
