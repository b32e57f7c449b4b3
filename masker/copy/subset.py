"""The rows of a subset looked for on the source, within the run's snapshot, and how a copy reads these alone.

Nothing is made on the source, no temporary table either. The rows of each table are known by their ctids, which stay
what they are while the snapshot is held and the table's file is the same, which is made sure of whenever it is read; a
session is given them as a setting, once, as it is given the seeds of masks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

import psycopg

from masker.catalog.types import Catalog
from masker.copy.reading import Reading
from masker.copy.server.small_tables import held
from masker.errors import Problem, RuleErrors
from masker.masks.sql.bindings import Seed, derive
from masker.names import TableName, quote, quote_literal
from masker.notes import Note
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import server_errors
from masker.postgres.hold import Hold
from masker.postgres.places import ask_places
from masker.postgres.pump import SideFault
from masker.sides import Side
from masker.tables.assembled import require_assembled
from masker.tables.closure import Question, Rows, closed
from masker.tables.digest import key_digest
from masker.tables.places import Place, as_array
from masker.tables.subset import RootRows, SubsetPlan

#: Bits of a row's digest by which it is drawn.
_DRAWN_BITS = 52

#: Characters of a setting that hold the rows of one table, of the gigabyte that a text may have.
_MOST = 900_000_000

#: SQL of whether a row is among those that a setting holds. Beside other tables as rows of a query, which are hashed or
#: looked up one by one: an array would be searched for each row, whole. Of a table alone as the array, whose places are
#: read in the order of the file, at a quarter of the time or less; the cast keeps it from being taken for a query.
_AMONG = "ctid IN (SELECT unnest((SELECT current_setting({})::tid[])))"
_SCANNED = "ctid = ANY ((SELECT current_setting({})::tid[])::tid[])"

#: What the sessions that look for rows are set to: the way that reads the fewest pages, whichever they are, on no more
#: processes than there are sessions.
_PLANNER = {"random_page_cost": "1", "seq_page_cost": "1", "max_parallel_workers_per_gather": "0"}

#: Tables that a note names.
_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class SubsetRows:
    """What was found: the rows of each table of which not all come, by *settings* the ctids as lanes are given them,
    and *notes* for the plan."""

    tables: Mapping[TableName, Rows]
    settings: Mapping[str, str]
    notes: tuple[Note, ...]

    def limited(self, reading: Reading, catalog: Catalog) -> Reading:
        """*reading*, of these rows alone."""
        reads = dict(reading.tables)
        for name, rows in self.tables.items():
            read = reads[name]
            own = f"({read.predicate}) AND " if read.predicate is not None else ""
            setting = quote_literal(setting_of(catalog, name))
            those, scanned = (_AMONG.format(setting), _SCANNED.format(setting)) if rows.places else ("false", "false")
            reads[name] = replace(read, predicate=f"{own}{those}", scanned=f"{own}{scanned}", taken=rows.taken)
        return replace(reading, tables=reads)


def setting_of(catalog: Catalog, table: TableName) -> str:
    """The name of the setting that holds the rows of *table*."""
    return f"masker.subset_{catalog.tables[table].oid}"


@dataclass(frozen=True)
class Snapshot:
    """How the source is reached: as lanes reach it. *values* are of the settings that conditions read."""

    source: Endpoint
    hold: Hold
    name: str
    encoding: str
    values: Mapping[str, str] = field(repr=False)


def rows_of_subset(
    plan: SubsetPlan, catalog: Catalog, snapshot: Snapshot, *, sessions: int, key: bytes, is_key_given: bool
) -> SubsetRows:
    """The rows that *plan* comes to, drawn by *key*, looked for on so many *sessions*. Raises SourceError, or
    RuleErrors for conditions that mean something else within a statement than alone."""
    statements = [_root_sql(rows, catalog, plan.conditions) for rows in plan.roots]
    if problems := list(require_assembled(statements, plan.texts)):
        raise RuleErrors(problems)
    with contextlib.ExitStack() as stack:
        conns = [stack.enter_context(contextlib.closing(_joined(snapshot))) for _ in range(sessions)]
        found = closed(plan, SourceRows(conns, catalog, plan, key))
    arrays = {name: as_array(rows.places) for name, rows in found.items() if rows.places}
    if too_many := [name for name, array in arrays.items() if len(array) > _MOST]:
        raise RuleErrors([_too_many(name, found[name], plan) for name in too_many])
    settings = {setting_of(catalog, name): array for name, array in arrays.items()}
    return SubsetRows(
        tables=found,
        settings=settings,
        notes=tuple(_notes(plan, catalog, is_key_given=is_key_given)),
    )


def _too_many(table: TableName, rows: Rows, plan: SubsetPlan) -> Problem:
    return Problem(
        f"subset: {table}",
        f"{rows.taken.rows:,} rows of it come, more than a session can be told of",
        "take a smaller share, or have the table come with all rows (`whole:`)",
        plan.roots[0].root.position,
    )


def _notes(plan: SubsetPlan, catalog: Catalog, *, is_key_given: bool) -> Iterator[Note]:
    if any(rows.root.share is not None for rows in plan.roots) and not is_key_given:
        yield Note(
            subject="subset",
            text="without a key (--key-file) each run draws other rows, this plan's are not those of the next run",
        )
    if plan.unsaid:
        yield Note(
            subject="subset",
            text=f"not followed, since nothing says what they refer to: {_listed(plan.unsaid)}; write it under"
            " `references:` of the table, or give facts",
        )
    for name, why in plan.empty.items():
        yield Note(subject=f"subset: {name}", text=f"none of its rows come: {why}")
    whole = sorted(name for name in plan.whole if catalog.tables[name].pages)
    if whole:
        yield Note(
            subject="subset",
            text=f"with all rows, since nothing leads to them, or as the rules say: {_listed(whole)}",
        )


def _listed(names: Sequence[object]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(map(str, names[:_NAMED]))}{more}"


def _joined(snapshot: Snapshot) -> psycopg.Connection:
    """A session in the snapshot, ended with whoever holds it."""
    conn = connect(snapshot.source, settings={"client_encoding": snapshot.encoding, **snapshot.values, **_PLANNER})
    try:
        with server_errors(Side.SOURCE, "the rows of the subset were looked for"):
            # A plan made for some rows is none for others.
            conn.prepare_threshold = None
            snapshot.hold.join(conn, snapshot.name)
    except BaseException:
        conn.close()
        raise
    return conn


def _root_sql(rows: RootRows, catalog: Catalog, conditions: Mapping[TableName, str]) -> str:
    """The query of the rows that a subset begins with in one table; with a share its seed and the bound are
    parameters."""
    table = catalog.tables[rows.table]
    limits = [f"({limit})" for limit in (conditions.get(rows.table), rows.condition) if limit is not None]
    if rows.root.share is not None:
        key = [(quote(name), column.type) for name in rows.key if (column := table.column(name)) is not None]
        limits.append(f"({key_digest(key, '$1::bigint')}) & {2**_DRAWN_BITS - 1} < $2::bigint")
    return f"SELECT ctid FROM ONLY {rows.table.sql} WHERE {' AND '.join(limits)}"  # noqa: S608


class SourceRows:
    """Sessions of the source in transactions of one snapshot, which are asked for rows. Shares are drawn by *key*."""

    def __init__(self, conns: Sequence[psycopg.Connection], catalog: Catalog, plan: SubsetPlan, key: bytes) -> None:
        self._conns, self._catalog, self._plan, self._key = conns, catalog, plan, key
        self._idle: SimpleQueue[psycopg.Connection] = SimpleQueue()
        for conn in conns:
            self._idle.put(conn)

    def roots(self, rows: RootRows) -> Sequence[Place]:
        """The rows that the subset begins with in one table."""
        query = _root_sql(rows, self._catalog, self._plan.conditions)
        if rows.root.share is None:
            return self._ask(query, (rows.table,))
        # Partitions of one table draw alike.
        seed = derive(self._key, {"seed": Seed("subset", str(rows.root.table))})["seed"]
        return self._ask(query, (rows.table,), numbers=[int(seed), round(rows.root.share * 2**_DRAWN_BITS)])

    def rows(self, questions: Sequence[Question]) -> Iterable[Sequence[Place]]:
        """The rows that each of *questions* gives, in their order, asked on all sessions. Raises SourceError."""
        with ThreadPoolExecutor(len(self._conns), thread_name_prefix="subset") as pool:
            answers = [pool.submit(self._ask, each.query, each.tables, among=each.keys) for each in questions]
            try:
                return [answer.result() for answer in answers]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for conn in self._conns:
                    with contextlib.suppress(psycopg.Error):
                        conn.cancel_safe(timeout=2.0)
                raise

    def _ask(
        self,
        query: str,
        tables: Sequence[TableName],
        *,
        numbers: Sequence[int] = (),
        among: Sequence[Place] | None = None,
    ) -> list[Place]:
        conn = self._idle.get()
        doing = f"rows of the subset were looked for in {', '.join(map(str, dict.fromkeys(tables)))}"
        try:
            with server_errors(Side.SOURCE, doing):
                try:
                    with held(conn, [(name, self._catalog.tables[name].oid) for name in dict.fromkeys(tables)]):
                        return ask_places(conn, query, numbers, among)
                except SideFault as caught:
                    raise caught.fault.to_error(Side.SOURCE, doing) from None
        finally:
            self._idle.put(conn)
