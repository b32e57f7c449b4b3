"""What the source is asked of originals: how many come out as they were, and in what text of the target they would stand. Queries only.

Some rows of one table are looked at, and only counts come back. A row's masks are computed as a copy computes them. What the target will
hold of the row is put into one text and searched for the row's own originals and for those of the rows it references. For whatever is
found there, a second question takes the text apart by columns and seeks a neighbour's originals too: what stands there as often is a
word like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from masker.catalog.types import Catalog, Column, ColumnType, ForeignKey, Table, TypeClass
from masker.masks.documents import LEAF, numbers
from masker.names import TableName, quote, quote_literal
from masker.plan.chance import IMPOSSIBLE
from masker.plan.digest import stable_text
from masker.plan.steps import MaskedColumn, MaskedLeaf, TablePlan
from masker.plan.telling import Sought, Told, found_in, sought

#: Bytes of a value that is searched, as it is stored; larger ones are passed over.
MOST_BYTES = 262_144

#: Elements of one list of a document that are compared.
_MOST_ELEMENTS = 50

_TEXTS = frozenset({
    TypeClass.TEXT, TypeClass.JSON, TypeClass.JSONB, TypeClass.BYTEA, TypeClass.INET, TypeClass.CIDR, TypeClass.UUID, TypeClass.COMPOSITE, TypeClass.OTHER,
})  # fmt: skip

_AT, _BASE, _ROW, _PARENT = (quote(f"masker {name}") for name in ("at", "base", "row", "parent"))


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
        return frozenset(f"{table}.{column}" for table in (str(self.table), f"{self.table.schema}.{self.table.name}") for column in self.sought.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which rows are looked at: those whose ctids are the parameter ``$1``, a ``text[]``, else *percent* of the table's blocks, the same
    ones every time, and *limit* rows of them at most."""

    limit: int | None = None
    percent: float = 100.0

    def sql(self, table: TableName, predicate: str | None) -> str:
        sample = f" TABLESAMPLE SYSTEM ({self.percent:.6f}) REPEATABLE (1)" if self.limit is not None and self.percent < 100.0 else ""
        conditions = [f"({predicate})"] if predicate else []
        conditions += ["ctid = ANY ($1::text[]::tid[])"] if self.limit is None else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        limit = f" LIMIT {self.limit}" if self.limit is not None else ""
        return f"SELECT ctid AS {_AT}, * FROM ONLY {table.sql}{sample}{where}{limit}"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A referenced table of whose rows originals are sought, as *plan* masks them."""

    key: ForeignKey
    plan: TablePlan
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked of the rows of one table.

    *judged* are masked columns whose values are compared, *leaves* those of documents; *texts* are searched for *originals*, each column
    with the names of those that its rule lets it show.
    """

    plan: TablePlan
    judged: tuple[MaskedColumn, ...]
    leaves: tuple[tuple[MaskedColumn, MaskedLeaf], ...]
    texts: tuple[tuple[Column, frozenset[str]], ...]
    originals: tuple[Original, ...]
    parents: tuple[Parent, ...]

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to ask."""
        return not (self.judged or self.leaves or self.originals)

    @property
    def searched(self) -> tuple[tuple[str, ...], ...]:
        """The columns whose texts are searched together: those that may show nothing first, then each of the others by itself."""
        strict = tuple(column.name for column, accepted in self.texts if not accepted)
        return (*((strict,) if strict else ()), *((column.name,) for column, accepted in self.texts if accepted))

    def first_sql(self, rows: Rows, *, compare: bool = True) -> str:
        """One row, in the order of :class:`FirstRow`. Without *compare* originals are only sought, not compared."""
        judged, leaves = (self.judged, self.leaves) if compare else ((), ())
        items: list[str] = []
        joins: list[str] = []
        for at, mask in enumerate(judged):
            items += self._comparison(at, mask)
        for at, (mask, leaf) in enumerate(leaves):
            joins.append(f"CROSS JOIN LATERAL ({self._leaf_pairs(mask, leaf)}) AS {quote(f'masker leaf {at}')}")
            items += [f"{quote(f'masker leaf {at}')}.{name} AS l{name}{at}" for name in "hep"]
        items += self._search(self.searched, range(len(self.originals)))
        counts = ["count(*)"]
        for at in range(len(judged)):
            counts += [
                f"count(*) FILTER (WHERE c{at})", f"count(*) FILTER (WHERE e{at})", f"count(*) FILTER (WHERE e{at} AND p{at} < {IMPOSSIBLE})",
                f"count(DISTINCT r{at}) FILTER (WHERE c{at})", f"count(DISTINCT v{at}) FILTER (WHERE c{at})",
            ]  # fmt: skip
            draws = f"SELECT bool_or(e{at}) AS e, max(p{at}) AS p FROM s WHERE c{at} GROUP BY g{at}"  # noqa: S608
            counts.append(f"(SELECT ARRAY[count(*), count(*) FILTER (WHERE e), coalesce(sum(p), 0)] FROM ({draws}) AS d)")  # noqa: S608
        for at in range(len(leaves)):
            same = f"count(*) AS n, count(*) FILTER (WHERE u.e) AS m, count(*) FILTER (WHERE u.e AND u.p < {IMPOSSIBLE}) AS i"
            pairs = f"s, unnest(s.lh{at}, s.le{at}, s.lp{at}) AS u (h, e, p)"
            draws = f"SELECT bool_or(u.e) AS e, max(u.p) AS p, {same} FROM {pairs} GROUP BY u.h"  # noqa: S608
            counts.append(f"(SELECT ARRAY[sum(n), sum(m), sum(i), count(*), count(*) FILTER (WHERE e), sum(p)]::float8[] FROM ({draws}) AS d)")  # noqa: S608
        counts += [f"count(s{at}a)" for at in range(len(self.originals))]
        counts += [
            f"count(*) FILTER (WHERE {found_in(f'x{text}', f's{at}a', f's{at}b', is_name=original.sought.is_name)})"
            for text in range(len(self.searched))
            for at, original in enumerate(self.originals)
        ]
        return f"WITH s AS MATERIALIZED ({self._of_rows(items, joins, rows)}) SELECT {', '.join(counts)} FROM s"  # noqa: S608

    def second_sql(self, rows: Rows, columns: Sequence[str], wanted: Sequence[int]) -> str:
        """One row: for each of *columns* and each of the originals numbered *wanted*, in how many rows its own stands, and a neighbour's.

        A row whose neighbour has the same original says nothing.
        """
        items = [f"hashtextextended({_AT}::text, 0) AS o", *self._search([(name,) for name in columns], wanted)]
        neighbours = [f"lag(s{at}{half}) OVER w AS n{at}{half}" for at in wanted for half in "ab"]
        counts = []
        for text in range(len(columns)):
            for at in wanted:
                is_name = self.originals[at].sought.is_name
                differs = f"(s{at}a, s{at}b) IS DISTINCT FROM (n{at}a, n{at}b)"
                counts += [
                    f"count(*) FILTER (WHERE {differs} AND ({found_in(f'x{text}', f'{whose}{at}a', f'{whose}{at}b', is_name=is_name)}))" for whose in "sn"
                ]
        return (
            f"WITH s AS MATERIALIZED ({self._of_rows(items, [], rows)}) SELECT {', '.join(counts)}"  # noqa: S608
            f" FROM (SELECT *, {', '.join(neighbours)} FROM s WINDOW w AS (ORDER BY o)) AS t"
        )

    def _of_rows(self, items: Sequence[str], joins: Sequence[str], rows: Rows) -> str:
        results = [f"{mask.sql} AS {_result(mask.name)}" for mask in self.plan.masked if not mask.is_constant]
        # Without OFFSET 0 the planner would compute a mask anew wherever its result is looked at.
        masked = f"SELECT {', '.join(['*', *results])} FROM ({rows.sql(self.plan.table.name, self.plan.predicate)}) AS {_BASE} OFFSET 0"  # noqa: S608
        parents = [self._parent_join(at, parent) for at, parent in enumerate(self.parents)]
        return f"SELECT {', '.join(items) or 'true'} FROM ({masked}) AS {_ROW} {' '.join([*parents, *joins])}"  # noqa: S608

    def _is_masked(self) -> list[str]:
        return [f"({self.plan.where}) IS NOT FALSE"] if self.plan.where else []

    def _type(self, name: str) -> ColumnType:
        return next(column.type for column in self.plan.table.columns if column.name == name)

    def _comparison(self, at: int, mask: MaskedColumn) -> Iterator[str]:
        kind, name = self._type(mask.name), quote(mask.name)
        original, result = (_text(value, kind) for value in (name, _result(mask.name)))
        empty = [f"{original} <> ''"] if kind.kind is TypeClass.TEXT else []
        compared = " AND ".join([f"{name} IS DISTINCT FROM NULL", *self._is_masked(), *empty])
        yield f"{compared} AS c{at}"
        yield f"({compared}) AND coalesce({original} = {result}, false) AS e{at}"
        yield f"CASE WHEN {compared} THEN {mask.chance or 'NULL::float8'} END AS p{at}"
        yield f"hashtextextended({self._draw(mask.identity, original)}, 0) AS g{at}"
        yield f"hashtextextended({original}, 0) AS v{at}"
        yield f"hashtextextended({result}, 0) AS r{at}"

    def _draw(self, identity: Sequence[str], original: str, ordinals: Sequence[str] = ()) -> str:
        """The text of whom a value is drawn for, and of the original: pairs that a mask draws for once."""
        if identity == ("value",):
            return original
        if set(self.plan.table.row_key) <= set(identity) and self.plan.table.row_key:
            own = [f"{_AT}::text"]
        else:
            # Where nobody is named, the row is who it belongs to.
            own = [f"coalesce({_text(quote(name), self._type(name))}, {_AT}::text)" for name in identity] or [f"{_AT}::text"]
        return f"concat_ws('|', {', '.join([*own, *ordinals, original])})"

    def _leaf_pairs(self, mask: MaskedColumn, leaf: MaskedLeaf) -> str:
        """For each leaf at the path: the hash of its draw, whether it comes out as it was, and the chance of that; as arrays."""
        steps = [f"(SELECT {quote(mask.name)}::jsonb AS o, {_result(mask.name)}::jsonb AS m) AS l"]
        ordinals: list[str] = []
        of = "l"
        for number, step in enumerate(leaf.steps):
            inner = f"l{number}"
            if step is None:
                sides = ", ".join(f"jsonb_array_elements(CASE WHEN jsonb_typeof({of}.{side}) = 'array' THEN {of}.{side} ELSE '[]' END)" for side in "om")
                name = quote(numbers(len(ordinals)))
                steps.append(f"ROWS FROM ({sides}) WITH ORDINALITY AS {inner} (o, m, {name})")
                ordinals.append(f"{inner}.{name}::text")
            else:
                fields = ", ".join(f"jsonb_object_field({of}.{side}, {quote_literal(step)}) AS {side}" for side in "om")
                steps.append(f"(SELECT {fields}) AS {inner}")
            of = inner
        text = quote(LEAF)
        steps.append(f"(SELECT {of}.o #>> '{{}}' AS {text}) AS t")
        told = [f"jsonb_typeof({of}.o) IN ('string', 'number', 'boolean')", f"{text} <> ''", *self._is_masked()]
        identity = leaf.by or mask.identity
        draw = self._draw(identity, text, [] if leaf.by else ordinals)
        items = f"hashtextextended({draw}, 0) AS h, coalesce({of}.o #>> '{{}}' = {of}.m #>> '{{}}', false) AS e, {leaf.chance} AS p"
        pairs = f"SELECT {items} FROM {' CROSS JOIN LATERAL '.join(steps)} WHERE {' AND '.join(told)} LIMIT {_MOST_ELEMENTS}"  # noqa: S608
        return f"SELECT array_agg(h) AS h, array_agg(e) AS e, array_agg(p) AS p FROM ({pairs}) AS q"  # noqa: S608

    def _search(self, texts: Sequence[Sequence[str]], wanted: Sequence[int]) -> Iterator[str]:
        masks = {mask.name: mask for mask in self.plan.masked}
        for at, names in enumerate(texts):
            parts = ", ".join(_searched(_result(name) if name in masks else quote(name), self._type(name)) for name in names)
            yield f"lower(concat_ws(E'\\n', {parts}) COLLATE pg_catalog.\"C\") AS x{at}"
        keys = [parent.key for parent in self.parents]
        for at in wanted:
            original = self.originals[at]
            for half, value in (("a", original.sought.first), ("b", original.sought.second)):
                if original.key is not None:
                    yield f"{quote(f'masker parent {keys.index(original.key)}')}.s{at}{half}"
                else:
                    masked = " AND ".join(self._is_masked())
                    yield _named(f"CASE WHEN {masked} THEN {value} END" if masked else value, at, half)

    def _parent_join(self, at: int, parent: Parent) -> str:
        """The row that is referenced, looked up by the index that every foreign key has."""
        items = [
            _named(value, number, half)
            for number, original in enumerate(self.originals) if original.key == parent.key
            for half, value in (("a", original.sought.first), ("b", original.sought.second))
        ]  # fmt: skip
        pairs = zip(parent.key.columns, parent.key.referenced_columns, strict=True)
        conditions = [f"{_PARENT}.{quote(theirs)} = {_ROW}.{quote(mine)}" for mine, theirs in pairs]
        conditions += [f"({parent.plan.where}) IS NOT FALSE"] if parent.plan.where else []
        lookup = f"SELECT {', '.join(items)} FROM {parent.relation} AS {_PARENT} WHERE {' AND '.join(conditions)} LIMIT 1"  # noqa: S608
        return f"LEFT JOIN LATERAL ({lookup}) AS {quote(f'masker parent {at}')} ON true"


def _named(value: str, at: int, half: str) -> str:
    return f'({value})::text COLLATE pg_catalog."C" AS s{at}{half}'


def _text(value: str, kind: ColumnType) -> str:
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


def questions(plan: TablePlan, plans: Mapping[TableName, TablePlan], catalog: Catalog) -> Questions:
    """What to ask of the rows of *plan*; *plans* are those of all tables."""
    masks = {mask.name: mask for mask in plan.masked}
    parents = [
        parent for name in (plan.table.name, *catalog.ancestors(plan.table.name)) if name in catalog.tables
        for key in catalog.tables[name].foreign_keys if (parent := _parent(plan.table, key, plans, catalog)) is not None
    ]  # fmt: skip
    originals = [Original(sought=found, table=plan.table.name) for found in sought(list(_told(plan)))]
    originals += [Original(sought=found, table=p.key.references, key=p.key) for p in parents for found in sought(list(_told(p.plan)))]
    texts = []
    for column in plan.table.columns:
        mask = masks.get(column.name)
        if not column.generated and _is_text(column.type) and not (mask is not None and mask.is_constant):
            keeping = plan.keeping.get(column.name)
            texts.append((column, frozenset(mask.accepts if mask is not None else keeping.shows if keeping is not None else ())))
    return Questions(
        plan=plan, judged=tuple(m for m in plan.masked if not m.is_constant and m.mask != "json"),
        leaves=tuple((m, leaf) for m in plan.masked for leaf in m.leaves if leaf.chance is not None), texts=tuple(texts),
        originals=tuple(originals) if texts else (), parents=tuple(parents) if texts else (),
    )  # fmt: skip


def _parent(table: Table, key: ForeignKey, plans: Mapping[TableName, TablePlan], catalog: Catalog) -> Parent | None:
    """The table that *key* references, if it has telling originals and can be looked up by an index."""
    referenced = catalog.tables.get(key.references)
    holders = [key.references, *_below(key.references, catalog)]
    plan = next((plans[name] for name in holders if name in plans and plans[name].table.has_storage), None)
    if referenced is None or plan is None or not any(_told(plan)):
        return None
    mine, theirs = ([t.column(name) for name in names] for t, names in ((table, key.columns), (referenced, key.referenced_columns)))
    # The operators of an extension's types are not found on an empty search path, and others would read every row.
    if any(column is None or column.type.extension is not None for column in (*mine, *theirs)):
        return None
    return Parent(key=key, plan=plan, relation=referenced.name.sql if referenced.kind == "p" else f"ONLY {referenced.name.sql}")


def _below(name: TableName, catalog: Catalog) -> Iterator[TableName]:
    for child in catalog.children.get(name, ()):
        yield child
        yield from _below(child, catalog)


def _told(plan: TablePlan) -> Iterator[Told]:
    """The originals of *plan* that give somebody away."""
    for mask in plan.masked:
        column = plan.table.column(mask.name)
        if column is None:
            continue
        if mask.tells:
            yield Told(column=mask.name, text=_text(quote(mask.name), column.type), tells=mask.tells, sink=mask.sink)
        for leaf in mask.leaves:
            if leaf.tells and None not in leaf.steps:
                keys = ", ".join(quote_literal(str(step)) for step in leaf.steps)
                text = f'(jsonb_extract_path_text({quote(mask.name)}::jsonb, {keys}) COLLATE pg_catalog."C")'
                yield Told(column=mask.name, path=leaf.path, text=text, tells=leaf.tells)


def _is_text(kind: ColumnType) -> bool:
    if kind.kind is TypeClass.ARRAY:
        return kind.element is None or _is_text(kind.element)
    return kind.kind in _TEXTS
