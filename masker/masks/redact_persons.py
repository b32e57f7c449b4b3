"""Whose originals ``redact_text`` seeks in a text: the row's own, and those of the persons that it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.ends import beside_others
from masker.masks.mask import Context, Obstacle, OtherTable, is_text
from masker.masks.redact_rule import Person, RedactText
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import Formula, formula
from masker.masks.sql.judged import Named
from masker.names import quote

#: What originals of columns tell by which texts are searched for them, without being told to.
_NAMING = frozenset({"name", "family", "given", "email", "number"})

#: Columns that one text is searched for.
_MOST = 24


@dataclass(frozen=True, slots=True)
class Sought:
    """A column sought in texts: its original and what became of it, as SQL, and what it tells."""

    original: exp.Expression
    masked: exp.Expression
    tells: str


def _tells(other: OtherTable, name: str, context: Context) -> str:
    found = other.columns.get(name)
    return "" if found is None else context.masks[found.rule.mask].card.tells(found.rule, found.shape.type.kind)


def _naming(other: OtherTable, context: Context, but: str = "") -> tuple[str, ...]:
    """The columns whose originals name somebody."""
    return tuple(
        name
        for name, found in other.columns.items()
        if name != but and is_text(found.shape.type) and _tells(other, name, context) in _NAMING
    )


def own_sought(column: Column, rule: RedactText, context: Context) -> list[Sought]:
    own = context.other(_form(context.table.name.schema, context.table.name.name), "rules")
    if own is None:
        return []
    names = rule.names if rule.names is not None else _naming(own, context, column.name)
    return [
        Sought(
            beside_others(column_expression(name), context.table.column(name)),
            beside_others(context.stand_in(Named(name, is_original=False)), context.table.column(name)),
            _tells(own, name, context),
        )
        for name in names
    ]


def _form(schema: str, name: str) -> str:
    return f"{schema}.{name}"


def sought_persons(rule: RedactText, context: Context) -> Iterator[tuple[Person, OtherTable | None]]:
    """Those of the rule, or those that foreign keys name and of whom something is sought."""
    if rule.persons is not None:
        for person in rule.persons:
            yield person, context.other(person.table, "rows")
        return
    for key in context.table.foreign_keys:
        if len(key.columns) == 1 and key.references != context.table.name:
            table = _form(key.references.schema, key.references.name)
            other = context.other(table, "rules")
            if other is not None and _naming(other, context):
                context.other(table, "rows")
                yield Person(table=table, by=key.columns[0], key=key.referenced_columns[0]), other


def _key(person: Person, other: OtherTable) -> str | None:
    key = other.table.primary_key
    return person.key or (key[0] if len(key) == 1 else None)


@dataclass(frozen=True, slots=True)
class Row:
    """A person's row: *originals* and *masked* are arrays of the columns sought, in their order."""

    originals: exp.Expression
    masked: exp.Expression
    sought: list[Sought]


def row_of_person(number: int, person: Person, other: OtherTable, context: Context) -> Row:
    names = person.names if person.names is not None else _naming(other, context)

    def array(values: list[exp.Expression]) -> exp.Expression:
        # Everything of the other table gets a name of ours, so that none of the row's own columns is hidden behind one.
        items = ", ".join(f"{{v{at}}}" for at in range(len(values)))
        return formula(
            f'SELECT "masker person" FROM (SELECT {quote(_key(person, other) or "")} AS "masker key", ARRAY[{items}] AS'  # noqa: S608
            f' "masker person" FROM {other.table.name.sql}) AS "masker persons" WHERE "masker key" = {{by}}',
            by=column_expression(person.by),
            **{
                f"v{at}": beside_others(value, other.table.column(name))
                for at, (name, value) in enumerate(zip(names, values, strict=True))
            },
        )

    return Row(
        array([column_expression(name) for name in names]),
        array([Formula(texts=[f"({other.values[name]})"]) for name in names]),
        [
            Sought(
                formula(f'("masker of_{number}")[{at}]'),
                formula(f'("masker to_{number}")[{at}]'),
                _tells(other, name, context),
            )
            for at, name in enumerate(names, 1)
        ],
    )


def problem(column: Column, rule: RedactText, context: Context) -> Obstacle | None:
    return next(_problems(column, rule, context), None)


def _problems(column: Column, rule: RedactText, context: Context) -> Iterator[Obstacle]:
    own = context.other(_form(context.table.name.schema, context.table.name.name), "rules")
    for name in rule.names or ():
        if name == column.name or (own is not None and name not in own.masked):
            yield Obstacle(
                f"names: {name} is no other masked column of the row, so that there is nothing to put in its place",
                "name masked columns of the same table",
            )
    count = len(rule.names or (_naming(own, context, column.name) if own is not None else ()))
    for person, other in sought_persons(rule, context):
        if other is None:
            yield Obstacle(f"persons: there is no table {person.table}", "name tables that are read, as `users`")
            return
        yield from _of_one(person, other, context)
        count += len(person.names if person.names is not None else _naming(other, context))
    if count > _MOST:
        yield Obstacle(f"{count} columns would be sought in it, expected {_MOST} at most", "name them by `names`")


def _of_one(person: Person, other: OtherTable, context: Context) -> Iterator[Obstacle]:
    """What is wrong with one person."""
    by, key = context.table.column(person.by), _key(person, other)
    there = other.table.column(key) if key is not None else None
    if other.table.name == context.table.name:
        yield Obstacle("persons: its own table", "name another table; columns of the row itself stand in `names`")
    if by is None:
        yield Obstacle(f"persons: by: there is no column {person.by}", "name a column of the same table")
    elif there is None:
        yield Obstacle(
            f"persons: {person.table} has no column {person.key}"
            if person.key is not None
            else f"persons: {person.table} has no primary key of one column",
            "say by `key` which column there names a person",
        )
    elif there.type.kind is not by.type.kind:
        yield Obstacle(f"persons: {person.by} is {by.type.sql}, and {key} of {person.table} is {there.type.sql}")
    names = person.names if person.names is not None else _naming(other, context)
    if not names:
        yield Obstacle(
            f"persons: no column of {person.table} is masked as a name, an e-mail or a telephone number",
            "say by `names` what is sought",
        )
    for name in names:
        if name not in other.values:
            yield Obstacle(
                f"persons: {person.table}.{name} is no masked column that can be read from here",
                "name columns there that a rule masks, and none that reads other tables itself",
            )
