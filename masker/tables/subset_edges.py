"""What rows refer to, for a subset that has to be closed over it: foreign keys of one or more columns, references that
rules and facts tell of, and the queries by which they are followed. Rows are known by their ctids, which stay what they
are for as long as a snapshot is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from masker.catalog.types import Catalog, TypeClass
from masker.masks.cases import conditions_of
from masker.masks.null import Null
from masker.masks.permute import GLOBAL_ID
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.ruleset.types import Link, Resolution

#: SQL of the rows whose ctids are the parameter.
_KEYED = "ctid = ANY ($1::tid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Rows of the *child* refer by *columns* to rows of the *parent* by its columns *referenced*: those of *classes* by
    the column *type*, or by the global id that they hold, all where there are none. *children* and *parents* are the
    tables that hold the rows. *as_text*: values are compared as texts. A row of the child *leads to one* of the parent
    at most."""

    child: TableName
    columns: tuple[str, ...]
    parent: TableName
    referenced: tuple[str, ...]
    children: tuple[TableName, ...]
    parents: tuple[TableName, ...]
    type: str | None = None
    classes: tuple[str, ...] = ()
    is_array: bool = False
    is_global_id: bool = False
    as_text: bool = False
    leads_to_one: bool = False

    @property
    def by(self) -> str:
        """The columns in words: ``author_id``."""
        return ", ".join(self.columns)

    def up(self, child: TableName, parent: TableName, conditions: Mapping[TableName, str], *, is_keyed: bool) -> str:
        """The query of the rows of *parent* that rows of *child* refer to: those of the parameter with *is_keyed*, else
        all that are copied."""
        held = ", ".join(f"p.{quote(name)}{self._cast}" for name in self.referenced)
        keys = f"SELECT {self._wanted} FROM ({self._rows(child, conditions, is_keyed=is_keyed)}) AS a{self._of_class}"  # noqa: S608
        return f"SELECT p.ctid FROM ONLY {parent.sql} AS p WHERE ({held}) IN ({keys}){_and(parent, conditions)}"  # noqa: S608

    def down(self, child: TableName, parent: TableName, conditions: Mapping[TableName, str], *, is_keyed: bool) -> str:
        """The query of the rows of *child* that refer to rows of *parent*: those of the parameter with *is_keyed*, else
        all that are copied."""
        held = ", ".join(f"p.{quote(name)}{self._cast}" for name in self.referenced)
        which = f" WHERE p.{_KEYED}" if is_keyed else f" WHERE true{_and(parent, conditions)}"
        distinct = "DISTINCT " if self.is_array else ""
        rows = self._rows(child, conditions, is_keyed=False)
        meets = f"({self._wanted}) IN (SELECT {held} FROM ONLY {parent.sql} AS p{which})"  # noqa: S608
        of_class = f"{self._of_class} AND" if self.classes else " WHERE"
        return f"SELECT {distinct}a.at FROM ({rows}) AS a{of_class} {meets}"  # noqa: S608

    @property
    def _cast(self) -> str:
        return '::text COLLATE pg_catalog."C"' if self.as_text else ""

    @property
    def _wanted(self) -> str:
        return ", ".join(f"a.k{at}{self._cast}" for at in range(len(self.columns)))

    @property
    def _of_class(self) -> str:
        return f" WHERE a.t IN ({', '.join(quote_literal(each) for each in self.classes)})" if self.classes else ""

    def _rows(self, child: TableName, conditions: Mapping[TableName, str], *, is_keyed: bool) -> str:
        """What rows of *child* refer to: ``at`` (the ctid), ``k0``, ``k1``, … and, by classes, ``t``."""
        items = ["ctid AS at", *(f"{quote(name)} AS k{at}" for at, name in enumerate(self.columns))]
        items += [f"{quote(self.type)}::text AS t"] if self.type is not None else []
        limits = [f"({conditions[child]})"] if child in conditions else []
        limits += [_KEYED] if is_keyed else []
        where = f" WHERE {' AND '.join(limits)}" if limits else ""
        rows = f"SELECT {', '.join(items)} FROM ONLY {child.sql}{where}"  # noqa: S608
        if self.is_array:
            rows = f"SELECT r.at, e.k0{', r.t' if self.type else ''} FROM ({rows}) AS r, unnest(r.k0) AS e (k0)"  # noqa: S608
        if self.is_global_id:
            rows = f"SELECT r.at, m[3] AS k0, m[2] AS t FROM ({rows}) AS r, regexp_match(r.k0::text, {quote_literal(GLOBAL_ID)}) AS m"  # noqa: S608, E501
        return rows


def _and(table: TableName, conditions: Mapping[TableName, str]) -> str:
    return f" AND ({conditions[table]})" if table in conditions else ""


def edges_of(resolution: Resolution, catalog: Catalog, carried: frozenset[TableName]) -> tuple[Edge, ...]:
    """Every reference between tables whose rows are *carried*, but for those whose columns become NULL."""
    found = [*_declared(resolution, catalog, carried), *_told(resolution, catalog, carried)]
    return tuple(dict.fromkeys(edge for edge in found if edge.children and edge.parents))


def _declared(resolution: Resolution, catalog: Catalog, carried: frozenset[TableName]) -> Iterator[Edge]:
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            if key.references not in catalog.tables:
                continue
            children = _holding(table.name, catalog, carried)
            yield Edge(
                child=table.name,
                columns=key.columns,
                parent=key.references,
                referenced=key.referenced_columns,
                children=tuple(
                    name
                    for name in children
                    if not any(is_nulled(ColumnName(name, column), resolution) for column in key.columns)
                ),
                parents=_holding(key.references, catalog, carried),
                leads_to_one=True,
            )


def _told(resolution: Resolution, catalog: Catalog, carried: frozenset[TableName]) -> Iterator[Edge]:
    for link in resolution.links:
        if link.is_declared or link.column.table not in carried or is_nulled(link.column, resolution):
            continue
        by_target: dict[ColumnName, list[str]] = defaultdict(list)
        for name, target in link.classes.items():
            by_target[target].append(name)
        targets = {link.target: list[str]()} if link.target is not None else by_target
        for target, classes in targets.items():
            yield _edge(link, target, tuple(sorted(classes)), catalog, carried)


def _edge(
    link: Link, target: ColumnName, classes: tuple[str, ...], catalog: Catalog, carried: frozenset[TableName]
) -> Edge:
    own = catalog.tables[link.column.table].column(link.column.name)
    other = catalog.tables[target.table].column(target.name)
    if own is None or other is None:
        raise AssertionError(f"{link.column} is linked to {target}, and one of them is not there")
    kind = own.type.element or own.type
    return Edge(
        child=link.column.table,
        columns=(link.column.name,),
        parent=target.table,
        referenced=(target.name,),
        children=(link.column.table,),
        parents=_holding(target.table, catalog, carried),
        type=link.type,
        classes=classes,
        is_array=own.type.element is not None,
        is_global_id=link.is_global_id,
        leads_to_one=own.type.element is None and _is_key(target, catalog),
        as_text=link.is_global_id or not (kind.kind == other.type.kind == TypeClass.INTEGER or kind == other.type),
    )


def _is_key(target: ColumnName, catalog: Catalog) -> bool:
    """Whether no value of *target* stands in two rows, whichever of its tables holds them."""
    table = catalog.tables[target.table]
    return (target.name,) in table.keys and (table.kind == "p" or not catalog.children.get(target.table))


def _holding(name: TableName, catalog: Catalog, carried: frozenset[TableName]) -> tuple[TableName, ...]:
    return tuple(each for each in dict.fromkeys((name, *catalog.descendants(name))) if each in carried)


def is_nulled(place: ColumnName, resolution: Resolution) -> bool:
    """Whether every row has NULL in the column *place* on the preview."""
    decision = resolution.tables[place.table]
    found = decision.columns.get(place.name)
    return (
        found is not None and isinstance(found.rule, Null) and not conditions_of(found.rule) and decision.where is None
    )
