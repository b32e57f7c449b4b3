"""Which columns hold keys of other rows: by foreign keys, by ``references:`` of the rules, by what the application says
of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.names import ColumnName, TableName
from masker.ruleset.ahead import absent
from masker.ruleset.claims import Claims, find_table
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.facts import Facts, ModelFacts
from masker.ruleset.types import Link, ReferenceRule
from masker.ruleset.wording import name_parts


def links(claims: Claims, problems: list[Problem]) -> tuple[Link, ...]:
    """What refers to what in the catalog of *claims*. Rules that name what is not there are added to *problems*."""
    catalog, facts = claims.catalog, claims.ruleset.facts
    classes = _classes(facts, catalog)
    found: dict[ColumnName, Link] = {}
    for table in catalog.tables.values():
        for name, model in _models_of(table, catalog, facts):
            for link in _of_facts(table, name, model, facts, classes, catalog):
                found.setdefault(link.column, link)
    for table in catalog.tables.values():
        ruled: set[str] = set()
        for rule in claims.references(table):
            if rule.column not in ruled:
                ruled.add(rule.column)
                told = _of_rule(table, rule, classes, claims)
                if isinstance(told, Problem):
                    problems.append(told)
                elif told is not None:
                    found[told.column] = told
    return (*_declared(catalog), *found.values())


def _declared(catalog: Catalog) -> Iterator[Link]:
    """Those of foreign keys, for a table and whatever inherits from it."""
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            for column, referenced in zip(key.columns, key.referenced_columns, strict=True):
                for name in (table.name, *catalog.descendants(table.name)):
                    yield Link(
                        column=ColumnName(name, column),
                        said=f"the foreign key {key.name}",
                        target=ColumnName(key.references, referenced),
                        is_declared=True,
                    )


def _classes(facts: Facts, catalog: Catalog) -> Mapping[str, ColumnName]:
    """The key of each class's table that is there, by what polymorphic columns and global ids hold."""
    found: dict[str, ColumnName] = {}
    for name, model in facts.models.items():
        table = find_table(model.table, catalog)
        if isinstance(table, TableName) and (key := _key(catalog.tables[table], model)) is not None:
            found[name] = key
            found.setdefault(facts.stored_as(name), key)
    return found


def _key(table: Table, model: ModelFacts | None = None) -> ColumnName | None:
    """The one column of the table's key."""
    key = (model.primary_key if model is not None else ()) or table.primary_key
    return table.column_name(key[0]) if len(key) == 1 and table.column(key[0]) is not None else None


def _models_of(table: Table, catalog: Catalog, facts: Facts) -> Iterator[tuple[str, ModelFacts]]:
    """The classes that keep rows in *table*, or in a parent of it."""
    for name in (table.name, *catalog.ancestors(table.name)):
        yield from facts.of_table(f"{name.schema}.{name.name}")


def _of_facts(
    table: Table, name: str, model: ModelFacts, facts: Facts, classes: Mapping[str, ColumnName], catalog: Catalog
) -> Iterator[Link]:
    for column, association in model.belongs_to.items():
        if table.column(column) is None or association.to not in facts.models:
            continue
        target = find_table(facts.models[association.to].table, catalog)
        if isinstance(target, tuple):
            continue
        to = catalog.tables[target]
        key = to.column_name(association.key) if association.key is not None else classes.get(association.to)
        if key is not None and to.column(key.name) is not None:
            yield Link(column=table.column_name(column), said=f"facts: {name} belongs to {association.to}", target=key)
    for column, pair in model.polymorphic.items():
        if table.column(column) is not None and table.column(pair.type) is not None:
            wanted = {facts.stored_as(c) for c in pair.classes if c in facts.models}
            yield Link(
                column=table.column_name(column),
                said=f"facts: {name} is polymorphic by {pair.type}",
                classes={c: key for c, key in classes.items() if not wanted or c in wanted},
                type=pair.type,
            )


def _of_rule(
    table: Table, rule: ReferenceRule, classes: Mapping[str, ColumnName], claims: Claims
) -> Link | Problem | None:
    """What *rule* says of a column of *table*; None where a migration has still to make it."""
    schema = claims.ruleset.schema
    ahead = schema.columns(table.name) if schema is not None else frozenset()
    for name in filter(None, (rule.column, rule.type)):
        if table.column(name) is None and name in ahead:
            claims.waiting.add(table.name, name)
            return None
        if table.column(name) is None:
            meant = did_you_mean(name, [c.name for c in table.columns], prefix=f"{table.name}.")
            return Problem(
                f"{table.name}.{name}",
                "references: there is no such column",
                absent(meant, "remove the reference, or correct the name", schema, "column"),
                rule.position,
            )
    said = f"references, {rule.position}"
    if rule.to is not None:
        target = _target(rule.to, table, rule, claims.catalog)
        if isinstance(target, Problem):
            return target
        return Link(
            column=table.column_name(rule.column), said=said, target=target, other=rule.other, position=rule.position
        )
    own: dict[str, ColumnName] = {}
    for name, written in rule.classes.items():
        target = _target(written, table, rule, claims.catalog)
        if isinstance(target, Problem):
            return target
        own[name] = target
    return Link(
        column=table.column_name(rule.column),
        said=said,
        classes={**classes, **own},
        type=rule.type,
        is_global_id=rule.is_global_id,
        other=rule.other,
        position=rule.position,
    )


def _target(written: str, table: Table, rule: ReferenceRule, catalog: Catalog) -> ColumnName | Problem:
    """The column that *written* means: ``table.column``, ``schema.table.column``, or a table for its primary key. A
    table without a schema is looked for beside *table* first."""
    subject = f"{table.name}.{rule.column}"
    parts = name_parts(written) or ()
    for of_table, column in ((parts[:-1], parts[-1] if len(parts) > 1 else None), (parts, None)):
        found = _find(of_table, table, catalog)
        if found is None:
            continue
        if column is not None and found.column(column) is not None:
            return found.column_name(column)
        if column is None and (key := _key(found)) is not None:
            return key
    known = [
        f"{other.name}.{c.name}"
        for other in catalog.tables.values()
        for c in other.columns
        if c.name in other.primary_key
    ]
    return Problem(
        subject,
        f"references: there is no column {written}",
        did_you_mean(written, known)
        or "expected table.column, such as `users.id`, or a table with a key of one column",
        rule.position,
    )


def _find(parts: tuple[str, ...], table: Table, catalog: Catalog) -> Table | None:
    if not parts or len(parts) > 2:
        return None
    beside = TableName(table.name.schema, parts[0])
    if len(parts) == 1 and beside in catalog.tables:
        return catalog.tables[beside]
    name = TableName(*parts) if len(parts) == 2 else TableName("public", parts[0])
    if len(parts) == 1 and name not in catalog.tables:
        having = [other for other in catalog.tables if other.name == parts[0]]
        return catalog.tables[having[0]] if len(having) == 1 else None
    return catalog.tables.get(name)
