"""How often the values of columns repeat, as the server's statistics have it, or as a sample shows it: numbers, never a
value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from masker.at_once import taken_back
from masker.catalog.types import Catalog
from masker.masks.numbers import Measured, Shapes
from masker.names import ColumnName
from masker.notes import Note
from masker.postgres.errors import server_errors
from masker.postgres.quantiles import measure_spread
from masker.postgres.ranges import ranges
from masker.postgres.sampled import ROWS_OF_A_PAGE, SAMPLE, portion, sampled_from
from masker.postgres.several import in_groups, made_ahead
from masker.ruleset.types import Resolution
from masker.sides import Side
from masker.tables.pools import Found, Steering, columns_of, domain_notes, pool_notes, shapes_of, steering

_COMMON = 100

#: Texts, so that what stands for NULL in masks stands for it here: the empty one. Where it is among the most common
#: values, its place alone is told.
_STATISTICS = """
SELECT w.at::int, s.null_frac::float8, s.n_distinct::float8, s.most_common_freqs::float8[],
array_position(s.most_common_vals::text::text[], ''), s.avg_width
FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[], %(trees)s::bool[]) WITH ORDINALITY
AS w (schema, name, attribute, tree, at)
JOIN pg_catalog.pg_stats s ON s.schemaname = w.schema AND s.tablename = w.name AND s.attname = w.attribute
AND s.inherited = w.tree
"""

_OF_SAMPLE = """
SELECT {at}::int, (SELECT count(*) FROM s), coalesce(sum(c), 0)::int8, count(*), count(*) FILTER (WHERE c = 1),
(array_agg(c ORDER BY c DESC))[:{common}], coalesce(sum(c * octet_length(v::text))::float8 / nullif(sum(c), 0), 0)
FROM (SELECT v, count(*) AS c FROM s WHERE v <> '' GROUP BY v) AS g
"""


#: What counts of an address: the empty text is none.
_DOMAIN = "split_part(lower({}::text), '@', 2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What steers draws already, and *where* that stands. *is_all*: nothing besides is measured."""

    shapes: Shapes = field(default_factory=dict)
    where: str = ""
    is_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """What steers draws from lists, and what the plan says of it."""

    shapes: Shapes = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def shape(conn: psycopg.Connection, resolution: Resolution, catalog: Catalog, frozen: Frozen, side: Side) -> Shaped:
    """What steers the draws of *resolution*: as it is *frozen*, the rest as it is measured on *conn*."""
    steered = steering(resolution, catalog)
    drawn = {one.drawn for one in steered}
    kept = {of: numbers for of, numbers in frozen.shapes.items() if of in drawn}
    to_measure = [] if frozen.is_all else [one for one in steered if one.drawn not in kept]
    wanted, of_domains = (tuple(one for one in steered if one.is_of_domains is is_so) for is_so in (False, True))
    found = {
        **measure(conn, list(columns_of(one for one in to_measure if not (one.is_spread or one.is_of_domains))), side),
        **measure_spread(conn, [one for one in to_measure if one.is_spread], side),
    }
    counted = measure_domains(conn, [one for one in to_measure if one.is_of_domains], side)
    shapes = {**shapes_of(wanted, found, kept), **shapes_of(of_domains, counted, kept)}
    keys = ranges(conn, resolution, catalog, frozen.shapes, side, is_all=frozen.is_all)
    notes = (
        *pool_notes(wanted, found, shapes, kept, frozen.where),
        *domain_notes(of_domains, shapes, kept, frozen.where),
        *keys.notes,
    )
    return Shaped(shapes={**shapes, **keys.shapes}, notes=notes)


def measure(conn: psycopg.Connection, wanted: Sequence[Steering], side: Side) -> Mapping[ColumnName, Found]:
    """The numbers of the columns of *wanted*; a column that has no values has none. One question for all, and another
    where samples are needed: of tables that were never analyzed, and of large ones, of which statistics count too few
    distinct values."""
    if not wanted:
        return {}
    columns = list({one.column: one for one in wanted}.values())
    with server_errors(side, "its statistics were read"):
        known = {row[0] - 1: row[1:] for row in conn.execute(_STATISTICS, _named(columns)).fetchall()}
    asked = [at for at, one in enumerate(columns) if at not in known or not 0 <= one.rows <= SAMPLE]
    samples = _sampled_of(conn, columns, asked, side)
    found: dict[ColumnName, Found] = {}
    for at, one in enumerate(columns):
        sampled = _sampled(one, samples[at]) if at in samples else None
        told = _told(one, known[at], sampled) if at in known else None
        if told is not None:
            found[one.column] = Found(measured=told, origin="statistics")
        elif sampled is not None:
            found[one.column] = Found(measured=sampled, origin="sample")
    return found


def measure_domains(conn: psycopg.Connection, wanted: Sequence[Steering], side: Side) -> Mapping[ColumnName, Found]:
    """How often the domains of the addresses in the columns of *wanted* repeat, by a sample of each, since no
    statistics say; nothing of a column that has none."""
    columns = list({one.column: one for one in wanted}.values())
    if not columns:
        return {}
    rows = _sampled_of(conn, columns, range(len(columns)), side)
    sampled = {columns[at].column: _sampled(columns[at], row) for at, row in rows.items()}
    return {column: Found(measured=one, origin="sample") for column, one in sampled.items() if one is not None}


def _sampled_of(
    conn: psycopg.Connection, columns: Sequence[Steering], asked: Sequence[int], side: Side
) -> Mapping[int, Sequence[Any]]:
    """The samples of those *columns* that are *asked*, by their numbers: of some tables at a time, a tree by itself,
    and each time taken back, so that no transaction holds locks on all of them."""
    groups = [
        *in_groups([at for at in asked if not columns[at].is_tree]),
        *([at] for at in asked if columns[at].is_tree),
    ]
    made = made_ahead(_samples(columns, group).as_string() for group in groups)
    with server_errors(side, "rows were sampled"):
        return {row[0]: row[1:] for query in made for row in taken_back(conn, [query])[0]}


def _named(columns: Sequence[Steering]) -> dict[str, Any]:
    return {
        "schemas": [one.column.table.schema for one in columns],
        "tables": [one.column.table.name for one in columns],
        "columns": [one.column.name for one in columns],
        "trees": [one.is_tree for one in columns],
    }


def _told(one: Steering, row: Sequence[Any], sampled: _Sampled | None) -> Measured | None:
    """What statistics say, with the rows they were taken of. Of large tables they count too few: a sample may know of
    more."""
    null_share, n_distinct, shares, empty_at, width = row
    rows = one.rows if one.rows >= 0 else sampled.values / max(1 - null_share, 1e-6) if sampled is not None else -1.0
    if rows <= 0:
        return None
    common = list(shares or ())
    empty = common.pop(empty_at - 1) if empty_at is not None else 0.0
    filled = max(0.0, 1 - null_share - empty)
    distinct = (n_distinct if n_distinct >= 0 else -n_distinct * rows) - (1 if empty else 0)
    values = filled * rows
    if values < 1 or distinct < 1:
        return None
    if sampled is not None:
        distinct = min(max(distinct, sampled.distinct), sampled.most)
    # Short texts are stored with one byte more, and empty ones are counted too.
    width = max(0.0, (width * (1 - null_share) - (1 - null_share)) / filled)
    return Measured(
        values=values,
        distinct=min(distinct, values),
        common=tuple(share / filled for share in common),
        width=width,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sampled(Measured):
    """What a sample shows; of *most* distinct values it is a sample at most."""

    most: float


def _sampled(one: Steering, row: Sequence[Any]) -> _Sampled | None:
    """An estimate from some rows: what came once stands for more of its kind, the more the smaller the sample."""
    rows, values, distinct, once, counts, width = row
    if not values:
        return None
    looked_at = portion(one)
    whole = (
        one.rows
        if one.rows > rows
        else rows
        if rows < SAMPLE and looked_at == 1
        else max(rows, one.pages * ROWS_OF_A_PAGE)
    )
    scale = max(1.0, whole / max(rows, 1))
    # The guaranteed-error estimator: https://dl.acm.org/doi/10.1145/335168.335230
    estimate = math.sqrt(scale) * once + (distinct - once)
    shares = tuple(count / values for count in counts if count >= (1 if scale == 1 else 3))
    most = scale * once + (distinct - once)
    return _Sampled(
        values=values * scale, distinct=min(estimate, values * scale), common=shares, width=width, most=most
    )


def _samples(columns: Sequence[Steering], asked: Sequence[int]) -> sql.Composed:
    parts = []
    for at in asked:
        one = columns[at]
        counted = sql.SQL(_OF_SAMPLE).format(at=sql.Literal(at), common=sql.Literal(_COMMON))
        parts.append(
            sql.SQL("(WITH s AS MATERIALIZED (SELECT {} AS v FROM {} LIMIT {}) {})").format(
                sql.SQL(_DOMAIN if one.is_of_domains else "{}").format(sql.Identifier(one.column.name)),
                sampled_from(one),
                sql.Literal(SAMPLE),
                counted,
            )
        )
    return sql.SQL(" UNION ALL ").join(parts)
