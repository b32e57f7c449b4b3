"""What the source is asked of originals: how many come out as they were, and in what text of the target they would
stand. Queries only.

Some rows of one table are looked at, and only counts come back. A row's masks are computed as a copy computes them.
What the target will hold of the row is put into one text and searched for the row's own originals and for those of the
rows it references. For whatever is found there, a second question takes the text apart by columns and seeks a
neighbour's originals too: what stands there as often is a word like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from masker.catalog.types import Column, ColumnType, ForeignKey, TypeClass
from masker.masks.json import LEAF, numbers
from masker.names import TableName, quote, quote_literal
from masker.tables.chance import IMPOSSIBLE
from masker.tables.digest import stable_text
from masker.tables.plan import MaskedColumn, MaskedLeaf, TablePlan
from masker.tables.telling import SEARCHED_TEXTS, Sought, found_in

#: Rows of a table whose values are compared.
COMPARED_ROWS = 10_000

#: Bytes of a value that is searched, as it is stored; larger ones are passed over.
MOST_BYTES = 262_144

#: Elements of one list of a document that are compared.
_MOST_ELEMENTS = 50

#: Of many rows one in so many tells whether a mask makes one value of all, and whether what masks make holds originals
#: of other columns: both are true of most rows, or of none.
_ONE_IN = 8

#: Texts that one call puts together.
_ARGUMENTS = 90

#: What :class:`Sought` has where there is nothing to seek.
_NOTHING = "NULL"

_AT, _BASE, _ROW, _PARENT, _HASH = (quote(f"masker {name}") for name in ("at", "base", "row", "parent", "hash"))
_SIGN, _LENGTH = (quote(f"masker {name}") for name in ("sign", "length"))

#: A number by which rows are put in an order of chance.
_NUMBER, _FEW = f"{_HASH} AS o", f"{_HASH} & {_ONE_IN - 1} = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An original that is sought: what, in which table it stands, and by which foreign key; None: in the row itself."""

    sought: Sought
    table: TableName
    key: ForeignKey | None = None

    @property
    def title(self) -> str:
        """``email``, ``first_name and last_name``, ``users.email``."""
        prefix = "" if self.key is None else f"{self.table}."
        return " and ".join(f"{prefix}{name}" for name in self.sought.of)

    @property
    def names(self) -> frozenset[str]:
        """What a rule may call it by."""
        if self.key is None:
            return self.sought.columns
        return frozenset(
            f"{table}.{column}"
            for table in (str(self.table), f"{self.table.schema}.{self.table.name}")
            for column in self.sought.columns
        )


#: Rows beside each other whose originals tell how often one stands in a text by chance.
NEIGHBOURS = 4
_BACK = range(1, NEIGHBOURS + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which rows are looked at: *percent* of the table's blocks, the same ones every time, *limit* rows of them at
    most, and those alone that meet the *condition*."""

    limit: int
    percent: float = 100.0
    condition: str | None = None

    def sql(self, table: TableName, predicate: str | None) -> str:
        sample = f" TABLESAMPLE SYSTEM ({self.percent:.6f}) REPEATABLE (1)" if self.percent < 100.0 else ""
        conditions = [f"({condition})" for condition in (predicate, self.condition) if condition]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        place = f"ctid AS {_AT}, hashtextextended(ctid::text, 0) AS {_HASH}"
        return f"SELECT {place}, * FROM ONLY {table.sql}{sample}{where} LIMIT {self.limit}"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A referenced table of whose rows originals are sought, as *plan* masks them."""

    key: ForeignKey
    plan: TablePlan
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked of the rows of one table.

    *judged* are masked columns whose mask may make what was there, *leaves* those of documents; *others* are told of
    only whether they have more than one value. *texts* are searched for *originals*, each column with the names of
    those that its rule lets it show. *wide* is :func:`~masker.tables.telling.wide_space`.
    """

    plan: TablePlan
    judged: tuple[MaskedColumn, ...]
    others: tuple[MaskedColumn, ...]
    leaves: tuple[tuple[MaskedColumn, MaskedLeaf], ...]
    texts: tuple[tuple[Column, frozenset[str]], ...]
    originals: tuple[Original, ...]
    parents: tuple[Parent, ...]
    wide: str

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to ask."""
        return not (self.compares or self.originals)

    @property
    def compares(self) -> bool:
        """Whether there are values to compare."""
        return bool(self.judged or self.others or self.leaves)

    @property
    def searched(self) -> tuple[tuple[str, ...], ...]:
        """The columns whose texts are searched together: those that may show nothing and are kept or read others, what
        other masks make, and each that may show something by itself."""
        made = {mask.name for mask in self.plan.masked if not self._holds_texts(mask)}
        strict = [column.name for column, accepted in self.texts if not accepted]
        together = (tuple(name for name in strict if name not in made), tuple(name for name in strict if name in made))
        return (
            *(names for names in together if names),
            *((column.name,) for column, accepted in self.texts if accepted),
        )

    def _holds_texts(self, mask: MaskedColumn) -> bool:
        """Whether it may hold, in some rows, what people wrote in them: then a few rows do not tell what is true of
        most."""
        return mask.reads_row or self.plan.where is not None

    def examples(self) -> Iterator[str]:
        """The queries as they are put to a table of many rows."""
        if self.compares:
            yield self.compare_sql(Rows(limit=COMPARED_ROWS, percent=1.0), is_thin=True)
        if self.originals:
            yield self.search_sql(Rows(limit=COMPARED_ROWS, percent=1.0), is_thin=True)

    def compare_sql(self, rows: Rows, *, is_thin: bool = False) -> str:
        """One row of counts, read by :func:`masker.tables.shown.compared`. *is_thin*: a few of the rows tell what is
        true of most."""
        items, joins, counts = [_NUMBER], list[str](), ["count(*)"]
        for at, mask in enumerate((*self.judged, *self.others)):
            items += self._distinct(at, mask, is_thin=is_thin)
            counts += [f"count(r{at})", f"count(DISTINCT r{at})", f"count(DISTINCT v{at})"]
        for at, mask in enumerate(self.judged):
            items += self._comparison(at, mask)
            impossible = f"e{at} AND p{at} < {IMPOSSIBLE}" if mask.chance else "false"
            counts += [f"count(*) FILTER (WHERE e{at})", f"count(*) FILTER (WHERE {impossible})"]
            if self._is_by_row(mask):
                counts.append(
                    f"ARRAY[count(*) FILTER (WHERE c{at}), count(*) FILTER (WHERE c{at}), count(*) FILTER (WHERE"
                    f" e{at}), coalesce(sum(p{at}), 0)]"
                )
                continue
            draws = f"SELECT count(*) AS n, bool_or(e{at}) AS e, max(p{at}) AS p FROM s WHERE c{at} GROUP BY g{at}"  # noqa: S608
            counts.append(
                f"(SELECT ARRAY[sum(n), count(*), count(*) FILTER (WHERE e), coalesce(sum(p), 0)] FROM ({draws}) AS d)"  # noqa: S608
            )
        for at, (mask, leaf) in enumerate(self.leaves):
            joins.append(f"CROSS JOIN LATERAL ({self._leaf_pairs(mask, leaf)}) AS {quote(f'masker leaf {at}')}")
            items += [f"{quote(f'masker leaf {at}')}.{_of_leaf(name)} AS l{name}{at}" for name in "heprv"]
            same = (
                f"count(*) AS n, count(*) FILTER (WHERE u.e) AS m, count(*) FILTER (WHERE u.e AND u.p < {IMPOSSIBLE})"
                " AS i"
            )
            pairs = f"s, unnest(s.lh{at}, s.le{at}, s.lp{at}) AS u (h, e, p)"
            draws = f"SELECT bool_or(u.e) AS e, max(u.p) AS p, {same} FROM {pairs} GROUP BY u.h"  # noqa: S608
            figures = "sum(n), sum(m), sum(i), count(*), count(*) FILTER (WHERE e), sum(p)"
            counts.append(f"(SELECT ARRAY[{figures}]::float8[] FROM ({draws}) AS d)")  # noqa: S608
            counts.append(
                f"(SELECT ARRAY[count(DISTINCT u.r), count(DISTINCT u.v)] FROM s, unnest(s.lr{at}, s.lv{at}) AS u"  # noqa: S608
                " (r, v))"
            )
        made = {mask.name: mask.sql for mask in (*self.judged, *(mask for mask, _ in self.leaves))}
        sample = self._of_rows(items, joins, self._made(made, rows))
        return f"WITH s AS MATERIALIZED ({sample}) SELECT {', '.join(counts)} FROM s"  # noqa: S608

    def search_sql(self, rows: Rows, *, is_thin: bool = False) -> str:
        """One row of counts, read by :func:`masker.tables.shown.found`: how many rows, and for each of :attr:`searched`
        and each original, in how many its own stands. *is_thin*: a few of the rows tell what is true of most."""
        everything = range(len(self.originals))
        items = [_NUMBER, *self._search(self.searched, everything, is_quick=True)]
        counts = ["count(*)"]
        counts += [
            "count(*) FILTER (WHERE"
            f" {found_in(f'x{text}', f's{at}a', f's{at}b', wide=self.wide, is_name=original.sought.is_name)})"
            for text in range(len(self.searched))
            for at, original in enumerate(self.originals)
        ]
        read = self._of_rows(
            items, self._joins(everything, is_quick=True), self._texts(self.searched, rows, is_thin=is_thin)
        )
        return f"SELECT {', '.join(counts)} FROM ({read} OFFSET 0) AS s"  # noqa: S608

    def neighbours_sql(self, rows: Rows, columns: Sequence[str], wanted: Sequence[int]) -> str:
        """One row of counts, read by :func:`masker.tables.shown.told_apart`: for each of *columns* and each of the
        originals numbered *wanted*, in how many rows its own stands, how many chances those were, how many there are,
        and how many put one of its :data:`NEIGHBOURS` there. A row whose neighbour has the same original says nothing.

        Each text that somebody wrote is a chance; what a mask makes is one for each original, in however many rows.
        """
        texts = [(name,) for name in columns]
        items = [_NUMBER, *self._search(texts, wanted)]
        neighbours = [
            f"lag(s{at}{half}, {back}) OVER w AS n{back}_{at}{half}" for at in wanted for back in _BACK for half in "ab"
        ]
        made = {mask.name for mask in self.plan.masked if not self._holds_texts(mask)}
        counts = [
            count
            for text, column in enumerate(columns)
            for at in wanted
            for count in self._chances(text, at, is_made=column in made)
        ]
        read = self._of_rows(items, self._joins(wanted), self._texts(texts, rows))
        ordered = f"SELECT *, {', '.join(neighbours)} FROM s WINDOW w AS (ORDER BY o)"  # noqa: S608
        return f"WITH s AS MATERIALIZED ({read}) SELECT {', '.join(counts)} FROM ({ordered}) AS t"  # noqa: S608

    def _chances(self, text: int, at: int, *, is_made: bool) -> Iterator[str]:
        def chances(whose: str, condition: str) -> str:
            counted = f"DISTINCT ({whose}a, {whose}b)" if is_made else "*"
            return f"count({counted}) FILTER (WHERE {condition})"

        own, beside = f"s{at}", [f"n{back}_{at}" for back in _BACK]
        stands = self._stands(text, at, own, beside[0])
        yield f"count(*) FILTER (WHERE {stands})"
        yield chances(own, stands)
        yield chances(own, f"{own}a IS NOT NULL OR {own}b IS NOT NULL")
        yield " + ".join(chances(other, self._stands(text, at, other, other)) for other in beside)

    def _stands(self, text: int, at: int, whose: str, beside: str) -> str:
        """Whether an original stands in a text, and that of the row *beside* is another."""
        is_name = self.originals[at].sought.is_name
        found = found_in(f"x{text}", f"{whose}a", f"{whose}b", wide=self.wide, is_name=is_name)
        return f"(s{at}a, s{at}b) IS DISTINCT FROM ({beside}a, {beside}b) AND ({found})"

    def _of_rows(self, items: Sequence[str], joins: Sequence[str], rows: str) -> str:
        return f"SELECT {', '.join(items)} FROM ({rows}) AS {_ROW} {' '.join(joins)}"  # noqa: S608

    def _made(self, made: Mapping[str, str], rows: Rows) -> str:
        """The rows, and what masks make of them. Without OFFSET 0 the planner would compute a mask anew wherever it is
        looked at."""
        results = [f"{sql} AS {_result(name)}" for name, sql in made.items()]
        base = rows.sql(self.plan.table.name, self.plan.predicate)
        return f"SELECT {', '.join(['*', *results])} FROM ({base}) AS {_BASE} OFFSET 0"  # noqa: S608

    def _texts(self, texts: Sequence[Sequence[str]], rows: Rows, *, is_thin: bool = False) -> str:
        """The rows, and the texts that are searched."""
        masks = {mask.name: mask for mask in self.plan.masked}
        made = {name: masks[name].sql for names in texts for name in names if name in masks}
        if is_thin:
            made = {
                name: sql if self._holds_texts(masks[name]) else f"CASE WHEN {_FEW} THEN {sql} END"
                for name, sql in made.items()
            }
        found = []
        for at, names in enumerate(texts):
            parts = [_searched(_result(name) if name in masks else quote(name), self._type(name)) for name in names]
            found.append(f'lower({_lines(parts)} COLLATE pg_catalog."C") AS {_searched_text(at)}')
        rows_of_texts = f"SELECT {', '.join(['*', *found])} FROM ({self._made(made, rows)}) AS {_BASE} OFFSET 0"  # noqa: S608
        # What the texts have room for is looked at once, and spares what most of them have none for.
        each = [_searched_text(at) for at in range(len(texts))]
        signs = " OR ".join(f"strpos({text}, '@') > 0" for text in each)
        together = each[0] if len(each) == 1 else _lines(each)
        room = (
            f"{signs} AS {_SIGN}, greatest({', '.join(f'char_length({text})' for text in each)}) AS {_LENGTH},"
            f" {together} AS {SEARCHED_TEXTS}"
        )
        return f"SELECT *, {room} FROM ({rows_of_texts}) AS {_BASE} OFFSET 0"  # noqa: S608

    def _is_masked(self) -> list[str]:
        return [f"({self.plan.where}) IS NOT FALSE"] if self.plan.where else []

    def _is_drawn(self, mask: MaskedColumn) -> list[str]:
        return [*self._is_masked(), *([f"({mask.drawn})"] if mask.drawn is not None else [])]

    def _type(self, name: str) -> ColumnType:
        return next(column.type for column in self.plan.table.columns if column.name == name)

    def _compared(self, mask: MaskedColumn) -> str:
        kind, name = self._type(mask.name), quote(mask.name)
        empty = [f"{comparable_text(name, kind)} <> ''"] if kind.kind is TypeClass.TEXT else []
        return " AND ".join([f"{name} IS DISTINCT FROM NULL", *self._is_drawn(mask), *empty])

    def _distinct(self, at: int, mask: MaskedColumn, *, is_thin: bool) -> Iterator[str]:
        kind, told = self._type(mask.name), self._compared(mask)
        result = _result(mask.name) if mask in self.judged else f"({mask.sql})"
        for name, value in (("v", quote(mask.name)), ("r", result)):
            yield (
                f"CASE WHEN {f'{_FEW} AND ' if is_thin else ''}{told} THEN"
                f" hashtextextended({comparable_text(value, kind)}, 0) END AS {name}{at}"
            )

    def _comparison(self, at: int, mask: MaskedColumn) -> Iterator[str]:
        kind, compared = self._type(mask.name), self._compared(mask)
        original, result = (comparable_text(value, kind) for value in (quote(mask.name), _result(mask.name)))
        yield f"{compared} AS c{at}"
        yield f"({compared}) AND coalesce({original} = {result}, false) AS e{at}"
        # What nobody knows the chance of is as likely as that a neighbour's result were the original.
        chance = mask.chance or f"coalesce((lag({result}) OVER (ORDER BY {_HASH}) = {original})::int::float8, 0)"
        yield f"CASE WHEN {compared} THEN {chance} END AS p{at}"
        if not self._is_by_row(mask):
            draws = [f"WHEN {variant.when} THEN {self._draw(variant.identity, original)}" for variant in mask.variants]
            draw = f"CASE {' '.join(draws)} END" if draws else self._draw(mask.identity, original)
            yield f"hashtextextended({draw}, 0) AS g{at}"

    def _is_by_row(self, mask: MaskedColumn) -> bool:
        """Whether the mask draws anew for every row."""
        key = set(self.plan.table.row_key)
        return bool(key) and all(
            key <= set(identity) for identity in [v.identity for v in mask.variants] or [mask.identity]
        )

    def _draw(self, identity: Sequence[str], original: str, ordinals: Sequence[str] = ()) -> str:
        """The text of whom a value is drawn for, and of the original: pairs that a mask draws for once."""
        if identity == ("value",):
            return original
        # Where nobody is named, the row is who it belongs to.
        own = [f"coalesce({comparable_text(quote(name), self._type(name))}, {_AT}::text)" for name in identity] or [
            f"{_AT}::text"
        ]
        return f"concat_ws('|', {', '.join([*own, *ordinals, original])})"

    def _leaf_pairs(self, mask: MaskedColumn, leaf: MaskedLeaf) -> str:
        """For each leaf at the path: the hash of its draw, whether it comes out as it was, the chance of that, and the
        hashes of what comes out and of what was there; as arrays."""
        # Columns of the table are named without it: no name of ours may hide one.
        was, now = _of_leaf("was"), _of_leaf("now")
        steps = [f"(SELECT {quote(mask.name)}::jsonb AS {was}, {_result(mask.name)}::jsonb AS {now}) AS l"]
        ordinals: list[str] = []
        of = "l"
        for number, step in enumerate(leaf.steps):
            inner = f"l{number}"
            if step is None:
                sides = ", ".join(
                    f"jsonb_array_elements(CASE WHEN jsonb_typeof({of}.{side}) = 'array' THEN {of}.{side} ELSE '[]'"
                    " END)"
                    for side in (was, now)
                )
                name = quote(numbers(len(ordinals)))
                steps.append(f"ROWS FROM ({sides}) WITH ORDINALITY AS {inner} ({was}, {now}, {name})")
                ordinals.append(f"{inner}.{name}::text")
            else:
                fields = ", ".join(
                    f"jsonb_object_field({of}.{side}, {quote_literal(step)}) AS {side}" for side in (was, now)
                )
                steps.append(f"(SELECT {fields}) AS {inner}")
            of = inner
        text = quote(LEAF)
        steps.append(f"(SELECT {of}.{was} #>> '{{}}' AS {text}) AS t")
        told = [f"jsonb_typeof({of}.{was}) IN ('string', 'number', 'boolean')", f"{text} <> ''", *self._is_drawn(mask)]
        identity = leaf.by or mask.identity
        draw = self._draw(identity, text, [] if leaf.by else ordinals)
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

    def _search(
        self, texts: Sequence[Sequence[str]], wanted: Sequence[int], *, is_quick: bool = False
    ) -> Iterator[str]:
        """The texts, and what is sought in them, where any has room for it. *is_quick*: and where a quick look does not
        rule it out, as is right where nobody else's texts are searched for it."""
        yield from (f"{_searched_text(at)} AS x{at}" for at in range(len(texts)))
        keys = [parent.key for parent in self.parents]
        for at in wanted:
            original = self.originals[at]
            for half, value in (("a", original.sought.first), ("b", original.sought.second)):
                if original.key is not None:
                    yield f"{quote(f'masker parent {keys.index(original.key)}')}.s{at}{half}"
                else:
                    condition = " AND ".join([_room(original.sought), *self._is_masked()])
                    yield _named(_where_it_may_stand(original.sought, condition, value, is_quick=is_quick), at, half)

    def _joins(self, wanted: Sequence[int], *, is_quick: bool = False) -> list[str]:
        """The rows that are referenced, each looked up by the index that every foreign key has, where a text has
        room."""
        joins = []
        for at, parent in enumerate(self.parents):
            of_parent = [
                (number, self.originals[number].sought) for number in wanted if self.originals[number].key == parent.key
            ]
            if not of_parent:
                continue
            items = [
                _named(_where_it_may_stand(what, _room(what), value, is_quick=is_quick), number, half)
                for number, what in of_parent
                for half, value in (("a", what.first), ("b", what.second))
            ]
            pairs = zip(parent.key.columns, parent.key.referenced_columns, strict=True)
            conditions = [f"{_PARENT}.{quote(theirs)} = {_ROW}.{quote(mine)}" for mine, theirs in pairs]
            conditions += [f"({parent.plan.where}) IS NOT FALSE"] if parent.plan.where else []
            conditions.append(f"({' OR '.join(dict.fromkeys(_room(what) for _, what in of_parent))})")
            where = " AND ".join(conditions)
            lookup = f"SELECT {', '.join(items)} FROM {parent.relation} AS {_PARENT} WHERE {where} LIMIT 1"  # noqa: S608
            joins.append(f"LEFT JOIN LATERAL ({lookup}) AS {quote(f'masker parent {at}')} ON true")
        return joins


def _of_leaf(what: str) -> str:
    """What is said of a leaf, under a name that no column of the table bears."""
    return quote(f"masker {what}")


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
    if value == _NOTHING:
        return value
    look = f" WHEN {what.glimpse} THEN {value}" if is_quick else f" ELSE {value}"
    return f"CASE WHEN ({condition}) IS NOT TRUE THEN NULL{look} END"


def _named(value: str, at: int, half: str) -> str:
    return f'({value})::text COLLATE pg_catalog."C" AS s{at}{half}'


def comparable_text(value: str, kind: ColumnType) -> str:
    """*value* as text, compared and searched by its bytes."""
    return f'({stable_text(value, kind)} COLLATE pg_catalog."C")'


def _result(name: str) -> str:
    return quote(f"masker result {name}")


def _searched(value: str, kind: ColumnType) -> str:
    match kind.kind:
        case TypeClass.BYTEA:
            text = f"encode({value}, 'escape')"
        case TypeClass.JSON | TypeClass.JSONB:
            # The letter of an escaped line break is no part of the word behind it.
            text = f"replace({stable_text(value, kind)}, '\\n', ' ')"
        case _:
            text = stable_text(value, kind)
    return f"CASE WHEN pg_column_size({value}) <= {MOST_BYTES} THEN {text} END"
