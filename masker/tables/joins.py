"""How many rows have what they refer to, where keys are permuted: asked of both sides by one query, so that a reference
that was cut or led elsewhere is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from masker.catalog.types import Catalog, TypeClass
from masker.masks.cases import conditions_of, rules_of
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.permute import GLOBAL_ID, is_permuted
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.ruleset.types import Link, Resolution

Form = Literal["value", "global id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The rows of *column*'s table, or the elements in them, that hold what stands in *target*: those of *classes* by
    the column *type* or by the global id, all where there are none. *child* and *parents* are the tables that hold the
    rows, each with the condition of those that reach the target."""

    column: ColumnName
    target: ColumnName
    form: Form
    child: tuple[TableName, str | None]
    parents: tuple[tuple[TableName, str | None], ...]
    type: str | None = None
    classes: tuple[str, ...] = ()
    as_text: bool = False
    is_array: bool = False

    @property
    def subject(self) -> str:
        """As findings name it."""
        return f"{self.column} to {self.target}"

    def sql(self, *, source: bool) -> str:
        """A query of one number. On the *source* it counts among the rows that are copied."""
        name, condition = self.child
        items = f"{quote(self.column.name)} AS k" + (f", {quote(self.type)}::text AS t" if self.type else "")
        child = f"SELECT {items} FROM ONLY {name.sql}{_where(condition, source=source)}"  # noqa: S608
        if self.is_array:
            child = f"SELECT e.k{', a.t' if self.type else ''} FROM ({child}) AS a, unnest(a.k) AS e(k)"  # noqa: S608
        if self.form == "global id":
            child = f"SELECT m[3] AS k, m[2] AS t FROM ({child}) AS a, regexp_match(a.k::text, {quote_literal(GLOBAL_ID)}) AS m"  # noqa: S608, E501
        parents = " UNION ALL ".join(
            f"SELECT {quote(self.target.name)} AS k FROM ONLY {name.sql}{_where(condition, source=source)}"  # noqa: S608
            for name, condition in self.parents
        )
        cast = "::text" if self.as_text else ""
        of_class = f" AND c.t IN ({', '.join(quote_literal(each) for each in self.classes)})" if self.classes else ""
        return (
            f"SELECT count(*) FROM ({child}) AS c WHERE c.k{cast} IN (SELECT p.k{cast} FROM ({parents}) AS p){of_class}"  # noqa: S608
        )

    @property
    def tables(self) -> tuple[TableName, ...]:
        """All that it reads."""
        return tuple(dict.fromkeys([self.child[0], *(name for name, _ in self.parents)]))

    def is_in(self, catalog: Catalog) -> bool:
        """Whether *catalog* has all columns that it reads."""
        read = [(self.child[0], self.column.name), *((name, self.target.name) for name, _ in self.parents)]
        read += [(self.child[0], self.type)] if self.type is not None else []
        return all(
            (table := catalog.tables.get(name)) is not None and table.column(column) is not None
            for name, column in read
        )

    def record(self) -> dict[str, Any]:
        """As plain values, for a marker: what is asked of a target, where all rows count."""
        return {
            "column": [self.column.table.schema, self.column.table.name, self.column.name],
            "target": [self.target.table.schema, self.target.table.name, self.target.name],
            "form": self.form,
            "child": [self.child[0].schema, self.child[0].name],
            "parents": [[name.schema, name.name] for name, _ in self.parents],
            "type": self.type,
            "classes": list(self.classes),
            "as_text": self.as_text,
            "is_array": self.is_array,
        }


def read_join(written: Mapping[str, Any]) -> Join:
    """What :meth:`Join.record` has written."""
    column, target = written["column"], written["target"]
    return Join(
        column=ColumnName(TableName(*column[:2]), column[2]),
        target=ColumnName(TableName(*target[:2]), target[2]),
        form=written["form"],
        child=(TableName(*written["child"]), None),
        parents=tuple((TableName(*name), None) for name in written["parents"]),
        type=written["type"],
        classes=tuple(written["classes"]),
        as_text=written["as_text"],
        is_array=written["is_array"],
    )


def _where(condition: str | None, *, source: bool) -> str:
    return f" WHERE ({condition})" if condition and source else ""


def joins(
    resolution: Resolution,
    catalog: Catalog,
    predicates: Mapping[TableName, str | None],
    referred: Mapping[TableName, str | None] | None = None,
) -> Iterator[Join]:
    """Every reference of which one end is permuted. *predicates* are the conditions of the rows that are copied, by
    table that holds rows which are.

    Where these are a subset, every reference that no constraint keeps, too; *referred* are the conditions of rows that
    may be referred to, whether they are copied or not: so that one which leads to a row that was left out is told.
    """
    told: set[tuple[ColumnName, ColumnName]] = set()
    for link in resolution.links:
        if link.column.table not in predicates or _is_nulled(link.column, resolution):
            continue
        by_target: dict[ColumnName, list[str]] = defaultdict(list)
        for name, target in link.classes.items():
            by_target[target].append(name)
        targets = {link.target: []} if link.target is not None else by_target
        for target, classes in targets.items():
            is_permuted_one = _is_permuted(link.column, resolution) or _is_permuted(target, resolution)
            if not is_permuted_one and (referred is None or not _is_of_subset(link, target, resolution, catalog)):
                continue
            if (link.column, target) in told:
                continue
            told.add((link.column, target))
            parents = tuple(
                (name, (predicates if referred is None else referred)[name])
                for name in (target.table, *dict.fromkeys(catalog.descendants(target.table)))
                if name in predicates
            )
            if parents:
                yield _join(link, target, tuple(sorted(classes)), parents, predicates, catalog)


def _join(
    link: Link,
    target: ColumnName,
    classes: tuple[str, ...],
    parents: tuple[tuple[TableName, str | None], ...],
    predicates: Mapping[TableName, str | None],
    catalog: Catalog,
) -> Join:
    own = catalog.tables[link.column.table].column(link.column.name)
    other = catalog.tables[target.table].column(target.name)
    if own is None or other is None:
        raise AssertionError(f"{link.column} is linked to {target}, and one of them is not there")
    kind = own.type.element or own.type
    return Join(
        column=link.column,
        target=target,
        form="global id" if link.is_global_id else "value",
        child=(link.column.table, predicates[link.column.table]),
        parents=parents,
        type=link.type,
        classes=classes,
        as_text=not kind.kind == other.type.kind == TypeClass.INTEGER,
        is_array=own.type.element is not None,
    )


def _is_of_subset(link: Link, target: ColumnName, resolution: Resolution, catalog: Catalog) -> bool:
    """Whether nothing but the copy's own care keeps the reference true, and both of its ends stay as they are."""
    ends = [link.column, target, *([ColumnName(link.column.table, link.type)] if link.type is not None else [])]
    if not all(_is_kept(end, resolution) for end in ends):
        return False
    if not link.is_declared:
        return True
    tables = (link.column.table, *catalog.ancestors(link.column.table))
    return any(
        key.columns == (link.column.name,) and (not key.is_valid or resolution.tolerate.foreign_keys)
        for name in tables
        if name in catalog.tables
        for key in catalog.tables[name].foreign_keys
    )


def _is_kept(place: ColumnName, resolution: Resolution) -> bool:
    decision = resolution.tables.get(place.table)
    found = decision.columns.get(place.name) if decision is not None else None
    return found is None or isinstance(found.rule, Keep)


def _is_permuted(place: ColumnName, resolution: Resolution) -> bool:
    decision = resolution.tables.get(place.table)
    found = decision.columns.get(place.name) if decision is not None else None
    return found is not None and any(is_permuted(rule) for rule in rules_of(found.rule))


def _is_nulled(place: ColumnName, resolution: Resolution) -> bool:
    found = resolution.tables[place.table].columns.get(place.name)
    return found is not None and isinstance(found.rule, Null) and not conditions_of(found.rule)
