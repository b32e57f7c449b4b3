"""Which originals of a table are sought, and in what text: in its own columns, and for its rows in those of the tables
that they reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog, ColumnType, ForeignKey, Table, TypeClass
from masker.names import TableName, quote, quote_literal
from masker.tables.originals import Original, Parent, Questions, comparable_text
from masker.tables.plan import TablePlan
from masker.tables.telling import Told, sought, wide_space

_TEXTS = frozenset(
    {
        TypeClass.TEXT,
        TypeClass.JSON,
        TypeClass.JSONB,
        TypeClass.BYTEA,
        TypeClass.INET,
        TypeClass.CIDR,
        TypeClass.UUID,
        TypeClass.COMPOSITE,
        TypeClass.OTHER,
    }
)


def questions(plan: TablePlan, plans: Mapping[TableName, TablePlan], catalog: Catalog) -> Questions:
    """What to ask of the rows of *plan*; *plans* are those of all tables."""
    masks, wide = {mask.name: mask for mask in plan.masked}, wide_space(catalog.server.encoding)
    parents = [
        parent
        for name in (plan.table.name, *catalog.ancestors(plan.table.name))
        if name in catalog.tables
        for key in catalog.tables[name].foreign_keys
        if (parent := _parent(plan.table, key, plans, catalog)) is not None
    ]
    originals = [Original(sought=found, table=plan.table.name) for found in sought(list(_told(plan)), wide)]
    originals += [
        Original(sought=found, table=p.key.references, key=p.key)
        for p in parents
        for found in sought(list(_told(p.plan)), wide)
    ]
    texts = []
    for column in plan.table.columns:
        mask = masks.get(column.name)
        if (
            not column.generated
            and _is_text(column.type)
            and not (mask is not None and mask.is_constant and mask.drawn is None)
        ):
            keeping = plan.keeping.get(column.name)
            own = (column.name,) if mask is not None and mask.reads_own else ()
            texts.append(
                (
                    column,
                    frozenset(
                        (*own, *(mask.accepts if mask is not None else keeping.shows if keeping is not None else ()))
                    ),
                )
            )
    made = [mask for mask in plan.masked if not mask.is_constant and mask.mask != "json"]
    # Whether a mask that can keep nothing has kept something is a question to all rows (masker.tables.witness).
    return Questions(
        plan=plan,
        judged=tuple(m for m in made if m.may_keep),
        others=tuple(m for m in made if not m.may_keep),
        leaves=tuple((m, leaf) for m in plan.masked for leaf in m.leaves if leaf.chance is not None),
        texts=tuple(texts),
        originals=tuple(originals) if texts else (),
        parents=tuple(parents) if texts else (),
        wide=wide,
    )


def _parent(table: Table, key: ForeignKey, plans: Mapping[TableName, TablePlan], catalog: Catalog) -> Parent | None:
    """The table that *key* references, if it has telling originals and can be looked up by an index."""
    referenced = catalog.tables.get(key.references)
    holders = [key.references, *catalog.descendants(key.references)]
    plan = next((plans[name] for name in holders if name in plans and plans[name].table.has_storage), None)
    if referenced is None or plan is None or not any(_told(plan)):
        return None
    mine, theirs = (
        [t.column(name) for name in names] for t, names in ((table, key.columns), (referenced, key.referenced_columns))
    )
    # The operators of an extension's types are not found on an empty search path, and others would read every row.
    if any(column is None or column.type.extension is not None for column in (*mine, *theirs)):
        return None
    return Parent(
        key=key, plan=plan, relation=referenced.name.sql if referenced.kind == "p" else f"ONLY {referenced.name.sql}"
    )


def _told(plan: TablePlan) -> Iterator[Told]:
    """The originals of *plan* that give somebody away."""
    for mask in plan.masked:
        column = plan.table.column(mask.name)
        if column is None:
            continue
        text = comparable_text(quote(mask.name), column.type)
        if mask.tells:
            yield Told(column=mask.name, text=_where_masked(text, mask.drawn), tells=mask.tells, sink=mask.sink)
        for variant in mask.variants:
            if variant.tells:
                yield Told(
                    column=mask.name, text=_where_masked(text, variant.when), tells=variant.tells, sink=variant.sink
                )
        for leaf in mask.leaves:
            if leaf.tells and all(isinstance(step, str) for step in leaf.steps):
                keys = ", ".join(quote_literal(str(step)) for step in leaf.steps)
                text = f'(jsonb_extract_path_text({quote(mask.name)}::jsonb, {keys}) COLLATE pg_catalog."C")'
                yield Told(
                    column=mask.name,
                    path=leaf.path,
                    text=_where_masked(text, mask.drawn),
                    tells=leaf.tells,
                    sink=leaf.sink,
                )


def _where_masked(text: str, condition: str | None) -> str:
    """*text*, NULL in rows that are masked otherwise, or not at all by the rule's leave."""
    return f"(CASE WHEN {condition} THEN {text} END)" if condition is not None else text


def _is_text(kind: ColumnType) -> bool:
    if kind.kind is TypeClass.ARRAY:
        return kind.element is None or _is_text(kind.element)
    return kind.kind in _TEXTS
