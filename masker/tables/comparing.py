"""The question how many originals come out of their masks as they were, and how many should by chance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from masker.catalog.types import TypeClass
from masker.masks.json import LEAF, numbers
from masker.masks.json_path import Anywhere, Chosen, Every, Step
from masker.names import quote, quote_literal
from masker.tables.chance import IMPOSSIBLE
from masker.tables.originals import (
    AT,
    FEW,
    HASH,
    NUMBER,
    Questions,
    Rows,
    comparable_text,
    is_drawn,
    masked_rows,
    of_rows,
    result_of,
    type_of,
)
from masker.tables.plan import MaskedColumn, MaskedLeaf

#: Elements of one list of a document that are compared.
_MOST_ELEMENTS = 50


def compare_sql(asked: Questions, rows: Rows, *, is_thin: bool = False) -> str:
    """One row of counts, read by :func:`masker.tables.shown.compared`. *is_thin*: a few of the rows tell what is
    true of most."""
    items, joins, counts = [NUMBER], list[str](), ["count(*)"]
    for at, mask in enumerate((*asked.judged, *asked.others)):
        items += _distinct(asked, at, mask, is_thin=is_thin)
        counts += [f"count(r{at})", f"count(DISTINCT r{at})", f"count(DISTINCT v{at})"]
    for at, mask in enumerate(asked.judged):
        items += _comparison(asked, at, mask)
        impossible = f"e{at} AND p{at} < {IMPOSSIBLE}" if mask.chance else "false"
        counts += [f"count(*) FILTER (WHERE e{at})", f"count(*) FILTER (WHERE {impossible})"]
        if _is_by_row(asked, mask):
            counts.append(
                f"ARRAY[count(*) FILTER (WHERE c{at}), count(*) FILTER (WHERE c{at}), count(*) FILTER (WHERE"
                f" e{at}), coalesce(sum(p{at}), 0)]"
            )
            continue
        draws = f"SELECT count(*) AS n, bool_or(e{at}) AS e, max(p{at}) AS p FROM s WHERE c{at} GROUP BY g{at}"  # noqa: S608
        counts.append(
            f"(SELECT ARRAY[sum(n), count(*), count(*) FILTER (WHERE e), coalesce(sum(p), 0)] FROM ({draws}) AS d)"  # noqa: S608
        )
    for at, (mask, leaf) in enumerate(asked.leaves):
        joins.append(f"CROSS JOIN LATERAL ({_leaf_pairs(asked, mask, leaf)}) AS {quote(f'masker leaf {at}')}")
        items += [f"{quote(f'masker leaf {at}')}.{_of_leaf(name)} AS l{name}{at}" for name in "heprv"]
        same = (
            f"count(*) AS n, count(*) FILTER (WHERE u.e) AS m, count(*) FILTER (WHERE u.e AND u.p < {IMPOSSIBLE}) AS i"
        )
        pairs = f"s, unnest(s.lh{at}, s.le{at}, s.lp{at}) AS u (h, e, p)"
        draws = f"SELECT bool_or(u.e) AS e, max(u.p) AS p, {same} FROM {pairs} GROUP BY u.h"  # noqa: S608
        figures = "sum(n), sum(m), sum(i), count(*), count(*) FILTER (WHERE e), sum(p)"
        counts.append(f"(SELECT ARRAY[{figures}]::float8[] FROM ({draws}) AS d)")  # noqa: S608
        counts.append(
            f"(SELECT ARRAY[count(DISTINCT u.r), count(DISTINCT u.v)] FROM s, unnest(s.lr{at}, s.lv{at}) AS u"  # noqa: S608
            " (r, v))"
        )
    made = {mask.name: mask.sql for mask in (*asked.judged, *(mask for mask, _ in asked.leaves))}
    sample = of_rows(items, joins, masked_rows(asked, made, rows))
    return f"WITH s AS MATERIALIZED ({sample}) SELECT {', '.join(counts)} FROM s"  # noqa: S608


def _compared(asked: Questions, mask: MaskedColumn) -> str:
    kind, name = type_of(asked, mask.name), quote(mask.name)
    empty = [f"{comparable_text(name, kind)} <> ''"] if kind.kind is TypeClass.TEXT else []
    return " AND ".join([f"{name} IS DISTINCT FROM NULL", *is_drawn(asked, mask), *empty])


def _distinct(asked: Questions, at: int, mask: MaskedColumn, *, is_thin: bool) -> Iterator[str]:
    kind, told = type_of(asked, mask.name), _compared(asked, mask)
    result = result_of(mask.name) if mask in asked.judged else f"({mask.sql})"
    for name, value in (("v", quote(mask.name)), ("r", result)):
        yield (
            f"CASE WHEN {f'{FEW} AND ' if is_thin else ''}{told} THEN"
            f" hashtextextended({comparable_text(value, kind)}, 0) END AS {name}{at}"
        )


def _comparison(asked: Questions, at: int, mask: MaskedColumn) -> Iterator[str]:
    kind, compared = type_of(asked, mask.name), _compared(asked, mask)
    original, result = (comparable_text(value, kind) for value in (quote(mask.name), result_of(mask.name)))
    yield f"{compared} AS c{at}"
    yield f"({compared}) AND coalesce({original} = {result}, false) AS e{at}"
    # What nobody knows the chance of is as likely as that a neighbour's result were the original.
    chance = mask.chance or f"coalesce((lag({result}) OVER (ORDER BY {HASH}) = {original})::int::float8, 0)"
    yield f"CASE WHEN {compared} THEN {chance} END AS p{at}"
    if not _is_by_row(asked, mask):
        draws = [f"WHEN {variant.when} THEN {_draw(asked, variant.identity, original)}" for variant in mask.variants]
        draw = f"CASE {' '.join(draws)} END" if draws else _draw(asked, mask.identity, original)
        yield f"hashtextextended({draw}, 0) AS g{at}"


def _is_by_row(asked: Questions, mask: MaskedColumn) -> bool:
    """Whether the mask draws anew for every row."""
    key = set(asked.plan.table.row_key)
    return bool(key) and all(
        key <= set(identity) for identity in [v.identity for v in mask.variants] or [mask.identity]
    )


def _draw(asked: Questions, identity: Sequence[str], original: str, ordinals: Sequence[str] = ()) -> str:
    """The text of whom a value is drawn for, and of the original: pairs that a mask draws for once."""
    if identity == ("value",):
        return original
    # Where nobody is named, the row is who it belongs to.
    own = [f"coalesce({comparable_text(quote(name), type_of(asked, name))}, {AT}::text)" for name in identity] or [
        f"{AT}::text"
    ]
    return f"concat_ws('|', {', '.join([*own, *ordinals, original])})"


def _leaf_pairs(asked: Questions, mask: MaskedColumn, leaf: MaskedLeaf) -> str:
    """For each leaf at the path: the hash of its draw, whether it comes out as it was, the chance of that, and the
    hashes of what comes out and of what was there; as arrays."""
    # Columns of the table are named without it: no name of ours may hide one.
    was, now = _of_leaf("was"), _of_leaf("now")
    steps = [f"(SELECT {quote(mask.name)}::jsonb AS {was}, {result_of(mask.name)}::jsonb AS {now}) AS l"]
    ordinals: list[str] = []
    of = "l"
    for number, step in enumerate(leaf.steps):
        inner = f"l{number}"
        if isinstance(step, str):
            fields = ", ".join(
                f"jsonb_object_field({of}.{side}, {quote_literal(step)}) AS {side}" for side in (was, now)
            )
            steps.append(f"(SELECT {fields}) AS {inner}")
        else:
            name = quote(numbers(len(ordinals)))
            steps.append(_many(step, f"{of}.{was}", f"{of}.{now}", name, inner))
            ordinals.append(f"{inner}.{name}::text")
        of = inner
    text = quote(LEAF)
    steps.append(f"(SELECT {of}.{was} #>> '{{}}' AS {text}) AS t")
    told = [f"jsonb_typeof({of}.{was}) IN ('string', 'number', 'boolean')", f"{text} <> ''", *is_drawn(asked, mask)]
    identity = leaf.by or mask.identity
    draw = _draw(asked, identity, text, [] if leaf.by else ordinals)
    result = f"{of}.{now} #>> '{{}}'"
    values = {
        "h": f"hashtextextended({draw}, 0)",
        "e": f"coalesce({of}.{was} #>> '{{}}' = {result}, false)",
        "p": str(leaf.chance),
        "r": f"hashtextextended({result}, 0)",
        "v": f"hashtextextended({text}, 0)",
    }
    items = ", ".join(f"{value} AS {_of_leaf(name)}" for name, value in values.items())
    paths = " CROSS JOIN LATERAL ".join(steps)
    pairs = f"SELECT {items} FROM {paths} WHERE {' AND '.join(told)} LIMIT {_MOST_ELEMENTS}"  # noqa: S608
    arrays = ", ".join(f"array_agg({_of_leaf(name)}) AS {_of_leaf(name)}" for name in values)
    return f"SELECT {arrays} FROM ({pairs}) AS q"  # noqa: S608


def _many(step: Step, before: str, after: str, name: str, alias: str) -> str:
    """The values that *step* leads to in both, side by side, called *alias*, with a number called *name* for each."""
    was, now = _of_leaf("was"), _of_leaf("now")
    both = (before, after)
    if isinstance(step, Every):
        sides = ", ".join(
            f"jsonb_each(CASE WHEN jsonb_typeof({side}) = 'object' THEN {side} ELSE '{{}}' END)" for side in both
        )
        number = 'hashtextextended(e.k COLLATE "C", 0)'
        both_sides = f"ROWS FROM ({sides}) AS e (k, v, o, w)"
        return f"(SELECT e.v AS {was}, e.w AS {now}, {number} AS {name} FROM {both_sides}) AS {alias}"  # noqa: S608
    if isinstance(step, Anywhere):
        path = quote_literal(f"strict $.**.{json.dumps(step.key, ensure_ascii=False)}")
        sides = ", ".join(f"jsonb_path_query({side}, {path})" for side in both)
        return f"ROWS FROM ({sides}) WITH ORDINALITY AS {alias} ({was}, {now}, {name})"
    sides = ", ".join(
        f"jsonb_array_elements(CASE WHEN jsonb_typeof({side}) = 'array' THEN {side} ELSE '[]' END)" for side in both
    )
    rows = f"ROWS FROM ({sides}) WITH ORDINALITY AS {{}} ({was}, {now}, {name})"
    if not isinstance(step, Chosen):
        return rows.format(alias)
    chosen = f"jsonb_object_field_text(e.{was}, {quote_literal(step.key)}) = {quote_literal(step.value)}"
    return f"(SELECT * FROM {rows.format('e')} WHERE {chosen}) AS {alias}"  # noqa: S608


def _of_leaf(what: str) -> str:
    """What is said of a leaf, under a name that no column of the table bears."""
    return quote(f"masker {what}")
