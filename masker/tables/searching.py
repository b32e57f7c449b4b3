"""The question in which texts of the target originals would stand: first of whole rows, then column by column, beside
neighbours' originals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from masker.catalog.types import ColumnType, TypeClass
from masker.names import quote
from masker.tables.digest import stable_text
from masker.tables.originals import (
    BASE,
    FEW,
    NUMBER,
    ROW,
    Questions,
    Rows,
    is_masked,
    masked_rows,
    of_rows,
    result_of,
    type_of,
)
from masker.tables.telling import NOTHING, SEARCHED_TEXTS, Sought, found_in

#: Bytes of a value that is searched, as it is stored; larger ones are passed over.
_MOST_BYTES = 262_144

#: Texts that one call puts together.
_ARGUMENTS = 90

_PARENT = quote("masker parent")
_SIGN, _LENGTH = (quote(f"masker {name}") for name in ("sign", "length"))

#: Rows beside each other whose originals tell how often one stands in a text by chance.
NEIGHBOURS = 4
_BACK = range(1, NEIGHBOURS + 1)


def search_sql(asked: Questions, rows: Rows, *, is_thin: bool = False) -> str:
    """One row of counts, read by :func:`masker.tables.shown.found`: how many rows, and for each of :attr:`searched`
    and each original, in how many its own stands. *is_thin*: a few of the rows tell what is true of most."""
    everything = range(len(asked.originals))
    items = [NUMBER, *_search(asked, asked.searched, everything, is_quick=True)]
    counts = ["count(*)"]
    counts += [
        f"count(*) FILTER (WHERE {found_in(f'x{text}', f's{at}', original.sought, asked.wide)})"
        for text in range(len(asked.searched))
        for at, original in enumerate(asked.originals)
    ]
    read = of_rows(
        items, _joins(asked, everything, is_quick=True), _texts(asked, asked.searched, rows, is_thin=is_thin)
    )
    return f"SELECT {', '.join(counts)} FROM ({read} OFFSET 0) AS s"  # noqa: S608


def neighbours_sql(asked: Questions, rows: Rows, columns: Sequence[str], wanted: Sequence[int]) -> str:
    """One row of counts, read by :func:`masker.tables.shown.told_apart`: for each of *columns* and each of the
    originals numbered *wanted*, in how many rows its own stands, how many chances those were, how many there are,
    and how many put one of its :data:`NEIGHBOURS` there. A row whose neighbour has the same original says nothing.

    Each text that somebody wrote is a chance; what a mask makes is one for each original, in however many rows.
    """
    texts = [(name,) for name in columns]
    items = [NUMBER, *_search(asked, texts, wanted)]
    neighbours = [
        f"lag(s{at}{half}, {back}) OVER w AS n{back}_{at}{half}" for at in wanted for back in _BACK for half in "ab"
    ]
    made = {mask.name for mask in asked.plan.masked if not asked.holds_texts(mask)}
    counts = [
        count
        for text, column in enumerate(columns)
        for at in wanted
        for count in _chances(asked, text, at, is_made=column in made)
    ]
    read = of_rows(items, _joins(asked, wanted), _texts(asked, texts, rows))
    ordered = f"SELECT *, {', '.join(neighbours)} FROM s WINDOW w AS (ORDER BY o)"  # noqa: S608
    return f"WITH s AS MATERIALIZED ({read}) SELECT {', '.join(counts)} FROM ({ordered}) AS t"  # noqa: S608


def _chances(asked: Questions, text: int, at: int, *, is_made: bool) -> Iterator[str]:
    def chances(whose: str, condition: str) -> str:
        counted = f"DISTINCT ({whose}a, {whose}b)" if is_made else "*"
        return f"count({counted}) FILTER (WHERE {condition})"

    own, beside = f"s{at}", [f"n{back}_{at}" for back in _BACK]
    stands = _stands(asked, text, at, own, beside[0])
    yield f"count(*) FILTER (WHERE {stands})"
    yield chances(own, stands)
    yield chances(own, f"{own}a IS NOT NULL OR {own}b IS NOT NULL")
    yield " + ".join(chances(other, _stands(asked, text, at, other, other)) for other in beside)


def _stands(asked: Questions, text: int, at: int, whose: str, beside: str) -> str:
    """Whether an original stands in a text, and that of the row *beside* is another."""
    found = found_in(f"x{text}", whose, asked.originals[at].sought, asked.wide)
    return f"(s{at}a, s{at}b) IS DISTINCT FROM ({beside}a, {beside}b) AND ({found})"


def _texts(asked: Questions, texts: Sequence[Sequence[str]], rows: Rows, *, is_thin: bool = False) -> str:
    """The rows, and the texts that are searched."""
    masks = {mask.name: mask for mask in asked.plan.masked}
    made = {name: masks[name].sql for names in texts for name in names if name in masks}
    if is_thin:
        made = {
            name: sql if asked.holds_texts(masks[name]) else f"CASE WHEN {FEW} THEN {sql} END"
            for name, sql in made.items()
        }
    found = []
    for at, names in enumerate(texts):
        parts = [_searched(result_of(name) if name in masks else quote(name), type_of(asked, name)) for name in names]
        found.append(f'lower({_lines(parts)} COLLATE pg_catalog."C") AS {_searched_text(at)}')
    rows_of_texts = f"SELECT {', '.join(['*', *found])} FROM ({masked_rows(asked, made, rows)}) AS {BASE} OFFSET 0"  # noqa: S608
    # What the texts have room for is looked at once, and spares what most of them have none for.
    each = [_searched_text(at) for at in range(len(texts))]
    signs = " OR ".join(f"strpos({text}, '@') > 0" for text in each)
    together = each[0] if len(each) == 1 else _lines(each)
    room = (
        f"{signs} AS {_SIGN}, greatest({', '.join(f'char_length({text})' for text in each)}) AS {_LENGTH},"
        f" {together} AS {SEARCHED_TEXTS}"
    )
    return f"SELECT *, {room} FROM ({rows_of_texts}) AS {BASE} OFFSET 0"  # noqa: S608


def _search(
    asked: Questions, texts: Sequence[Sequence[str]], wanted: Sequence[int], *, is_quick: bool = False
) -> Iterator[str]:
    """The texts, and what is sought in them, where any has room for it. *is_quick*: and where a quick look does not
    rule it out, as is right where nobody else's texts are searched for it."""
    yield from (f"{_searched_text(at)} AS x{at}" for at in range(len(texts)))
    keys = [parent.key for parent in asked.parents]
    for at in wanted:
        original = asked.originals[at]
        for half, value in (("a", original.sought.first), ("b", original.sought.second)):
            if original.key is not None:
                yield f"{quote(f'masker parent {keys.index(original.key)}')}.s{at}{half}"
            else:
                condition = " AND ".join([_room(original.sought), *is_masked(asked)])
                yield _named(_where_it_may_stand(original.sought, condition, value, is_quick=is_quick), at, half)


def _joins(asked: Questions, wanted: Sequence[int], *, is_quick: bool = False) -> list[str]:
    """The rows that are referenced, each looked up by the index that every foreign key has, where a text has
    room."""
    joins = []
    for at, parent in enumerate(asked.parents):
        of_parent = [
            (number, asked.originals[number].sought) for number in wanted if asked.originals[number].key == parent.key
        ]
        if not of_parent:
            continue
        items = [
            _named(_where_it_may_stand(what, _room(what), value, is_quick=is_quick), number, half)
            for number, what in of_parent
            for half, value in (("a", what.first), ("b", what.second))
        ]
        pairs = zip(parent.key.columns, parent.key.referenced_columns, strict=True)
        conditions = [f"{_PARENT}.{quote(theirs)} = {ROW}.{quote(mine)}" for mine, theirs in pairs]
        conditions += [f"({parent.plan.where}) IS NOT FALSE"] if parent.plan.where else []
        conditions.append(f"({' OR '.join(dict.fromkeys(_room(what) for _, what in of_parent))})")
        where = " AND ".join(conditions)
        lookup = f"SELECT {', '.join(items)} FROM {parent.relation} AS {_PARENT} WHERE {where} LIMIT 1"  # noqa: S608
        joins.append(f"LEFT JOIN LATERAL ({lookup}) AS {quote(f'masker parent {at}')} ON true")
    return joins


def _lines(texts: Sequence[str]) -> str:
    """*texts* one below the other; a function takes a hundred of them at most."""
    some = [f"concat_ws(E'\\n', {', '.join(texts[at : at + _ARGUMENTS])})" for at in range(0, len(texts), _ARGUMENTS)]
    return some[0] if len(some) == 1 else _lines(some)


def _searched_text(at: int) -> str:
    return quote(f"masker text {at}")


def _room(what: Sought) -> str:
    """Whether any text of the row may have what is sought."""
    return _SIGN if what.needs == "@" else f"{_LENGTH} >= {what.needs}"


def _where_it_may_stand(what: Sought, condition: str, value: str, *, is_quick: bool) -> str:
    if value == NOTHING:
        return value
    look = f" WHEN {what.glimpse} THEN {value}" if is_quick else f" ELSE {value}"
    return f"CASE WHEN ({condition}) IS NOT TRUE THEN NULL{look} END"


def _named(value: str, at: int, half: str) -> str:
    return f'({value})::text COLLATE pg_catalog."C" AS s{at}{half}'


def _searched(value: str, kind: ColumnType) -> str:
    match kind.kind:
        case TypeClass.BYTEA:
            text = f"encode({value}, 'escape')"
        case TypeClass.JSON | TypeClass.JSONB:
            # The letter of an escaped line break is no part of the word behind it.
            text = f"replace({stable_text(value, kind)}, '\\n', ' ')"
        case _:
            text = stable_text(value, kind)
    return f"CASE WHEN pg_column_size({value}) <= {_MOST_BYTES} THEN {text} END"
