"""Plans by their shape: what the planner would do, in which order, with which index; not what it thinks that this
costs.

The shape of a plan is the tree of its nodes in the planner's order, so that the order of joins, and which side is
outer, is part of it. Of a node it holds the type, the kind of a join, how an aggregate is computed, the relation with
its alias, the index and the direction it is read in. It does not hold costs, estimates of rows and widths, conditions,
sort keys, columns or numbers of workers: those hold values, or follow from the query. The bitmaps of an AND or OR, and
the members of a parallel append, have an order of their costs alone: they are compared as a set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masker.names import TableName, shown

#: Nodes whose inputs stand in the order of their costs.
_UNORDERED = frozenset({"BitmapAnd", "BitmapOr"})

#: Nodes of which a difference names so many.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Node:
    """A node: what it does in words, to which relation, and its inputs in order."""

    does: str
    relation: TableName | None
    inputs: tuple[Node, ...] = ()


def shape(plan: Mapping[str, Any]) -> Node:
    """The shape of *plan*, a node of EXPLAIN's JSON made VERBOSE."""
    inputs = [shape(each) for each in plan.get("Plans", ())]
    kind = str(plan["Node Type"])
    if kind in _UNORDERED or (kind == "Append" and plan.get("Parallel Aware")):
        inputs.sort(key=repr)
    name = plan.get("Relation Name")
    relation = TableName(str(plan.get("Schema", "")), str(name)) if name is not None else None
    return Node(_does(plan, kind, relation), relation, tuple(inputs))


def relations(node: Node) -> frozenset[TableName]:
    """Every relation that is read or written."""
    return frozenset(each.relation for each in _nodes(node) if each.relation is not None)


def difference(source: Node, target: Node) -> tuple[str, str, frozenset[TableName]]:
    """What each side does that the other does not, in words, and the relations it is done to. Both differ."""
    here, there = Counter(_named(source)), Counter(_named(target))
    only_here, only_there = here - there, there - here
    touched = frozenset(relation for _, relation in (*only_here, *only_there) if relation is not None)
    if not only_here and not only_there:
        return _order(source), _order(target), touched or relations(source)
    return _list(only_here), _list(only_there), touched or relations(source) | relations(target)


def _does(plan: Mapping[str, Any], kind: str, relation: TableName | None) -> str:
    words = [kind]
    if (join := plan.get("Join Type")) is not None:
        words.append(f"({join})")
    if (strategy := plan.get("Strategy")) is not None:
        words.append(f"({strategy})")
    if (mode := plan.get("Partial Mode", "Simple")) != "Simple":
        words.append(f"({mode})")
    if (operation := plan.get("Operation")) is not None:
        words.append(f"({operation})")
    if (index := plan.get("Index Name")) is not None:
        words.append(f"using {shown(str(index))}")
    if (direction := plan.get("Scan Direction", "Forward")) != "Forward":
        words.append(f"({direction})")
    if relation is not None:
        words.append(f"on {relation}")
        words += [shown(str(alias))] if (alias := plan.get("Alias", relation.name)) != relation.name else []
    words += [f"of {shown(str(plan[key]))}" for key in ("CTE Name", "Function Name") if key in plan]
    return " ".join(words)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for each in node.inputs:
        yield from _nodes(each)


def _named(node: Node) -> list[tuple[str, TableName | None]]:
    return [(each.does, each.relation) for each in _nodes(node)]


def _list(found: Mapping[tuple[str, TableName | None], int]) -> str:
    # What reads a relation or an index says more than what is done to the rows afterwards.
    names = [does for does, relation in sorted(found, key=lambda each: each[1] is None and " using " not in each[0])]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more if names else "nothing more"


def _order(node: Node) -> str:
    read: Sequence[str] = [str(each.relation) for each in _nodes(node) if each.relation is not None]
    more = " …" if len(read) > 2 * _NAMED else ""
    return f"in the order {', '.join(read[: 2 * _NAMED])}{more}"
