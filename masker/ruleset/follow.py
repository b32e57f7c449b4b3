"""A key that is permuted travels: every column that refers to it, by a foreign key, by the rules or by what the
application says, follows in one permutation. What refers to it and cannot follow is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from masker.catalog.types import Catalog, Column, TypeClass
from masker.errors import Position, Problem
from masker.masks.array import Array
from masker.masks.cases import conditions_of, rules_of
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.permute import Permute, following, following_classes, is_permuted
from masker.masks.rule import MaskRule
from masker.names import ColumnName, TableName
from masker.ruleset.types import ColumnDecision, Link, TableDecision
from masker.ruleset.unsaid import unsaid
from masker.ruleset.wording import key_text

Decisions = Mapping[TableName, TableDecision]


def follow(decisions: Decisions, links: Sequence[Link], catalog: Catalog, problems: list[Problem]) -> Decisions:
    """*decisions*, with one for each column that holds permuted keys."""
    permuted = {
        _node(ColumnName(name, column), catalog): found
        for name, decision in sorted(decisions.items())
        for column, found in decision.columns.items()
        if any(is_permuted(rule) for rule in rules_of(found.rule))
    }
    if not permuted:
        return decisions
    groups = _Groups()
    for link in links:
        if link.target is not None and _is_plain(link.column, catalog) and _is_plain(link.target, catalog):
            groups.join(_node(link.column, catalog), _node(link.target, catalog))
    scopes = _scopes(permuted, links, groups, catalog)
    made = {name: dict(decision.columns) for name, decision in decisions.items()}
    followed: set[ColumnName] = set()
    for node, scope in sorted(scopes.items()):
        rule = following(scope)
        for name in _holders(node, decisions, catalog):
            column = ColumnName(name, node.name)
            followed.add(column)
            _decide(column, rule, *_because(column, links), permuted, decisions, made, problems)
    for link in links:
        found = _rule_of(link, scopes, catalog)
        if found is None or link.column in followed:
            continue
        followed.add(link.column)
        _decide(link.column, found, link.said, link.position, permuted, decisions, made, problems)
    problems += _alone(permuted, scopes, catalog)
    problems += unsaid(decisions, links, scopes, catalog)
    return {name: replace(decision, columns=made[name]) for name, decision in decisions.items()}


class _Groups:
    """Columns that hold the same keys."""

    def __init__(self) -> None:
        self._of: dict[ColumnName, list[ColumnName]] = {}

    def join(self, one: ColumnName, other: ColumnName) -> None:
        """Say that both hold the same keys."""
        first, second = self.of(one), self.of(other)
        if first is not second:
            first += second
            self._of |= dict.fromkeys(second, first)

    def of(self, node: ColumnName) -> list[ColumnName]:
        """All that hold the keys of *node*."""
        return self._of.setdefault(node, [node])


def _scopes(
    permuted: Mapping[ColumnName, ColumnDecision], links: Sequence[Link], groups: _Groups, catalog: Catalog
) -> Mapping[ColumnName, str]:
    """The scope of each column that holds permuted keys as plain numbers: the one its rule names, else the column at
    the end of all references."""
    referring = {_node(link.column, catalog) for link in links if link.target is not None}
    found: dict[ColumnName, str] = {}
    for node, decision in permuted.items():
        if node in found or not _is_plain(node, catalog):
            continue
        group = groups.of(node)
        said = [one.rule.scope for each in sorted(group) if (one := permuted.get(each)) and one.rule.scope]
        ends = sorted(set(group) - referring) or sorted(group)
        scope = said[0] if said else str(ends[0])
        found |= dict.fromkeys(group, scope)
        del decision
    return found


def _rule_of(link: Link, scopes: Mapping[ColumnName, str], catalog: Catalog) -> MaskRule | None:
    """The rule by which *link*'s column follows, None where nothing it refers to is permuted."""
    column = _column(link.column, catalog)
    of = column.type.element if column.type.element is not None else column.type
    other = link.other if of.kind is TypeClass.TEXT else None
    if link.target is not None:
        scope = scopes.get(_node(link.target, catalog))
        if scope is None:
            return None
        rule: Permute = following(scope, other=other)
    else:
        classes = {name: scopes.get(_node(target, catalog), "") for name, target in link.classes.items()}
        if not any(classes.values()):
            return None
        rule = following_classes(classes, by=link.type, other=other)
    if column.type.element is None:
        return rule
    inner = rule.model_copy(update={"scope": None})
    return Array(of=Permute(), by=("value",), scope=rule.scope).model_copy(update={"of": inner})


def _decide(
    column: ColumnName,
    rule: MaskRule,
    because: str,
    at: Position | None,
    permuted: Mapping[ColumnName, ColumnDecision],
    decisions: Decisions,
    made: dict[TableName, dict[str, ColumnDecision]],
    problems: list[Problem],
) -> None:
    decision = decisions[column.table]
    own = decision.columns.get(column.name)
    found = decision.table.column(column.name)
    if found is None or decision.rows == "none":
        return
    first = next(iter(permuted.values()))
    position = own.position if own is not None else at or first.position
    if decision.where is not None:
        problems.append(
            Problem(
                f"{column.table}: where",
                f"some rows would stay as they are, and {column.name} holds keys that are permuted ({because})",
                "keys are permuted in all rows: put the condition beside the masks it is meant for",
                decision.where_position,
            )
        )
    if found.generated:
        problems.append(
            Problem(
                str(column),
                f"it holds permuted keys ({because}), and the database computes it",
                "keep the keys it holds",
                position,
            )
        )
        return
    if own is not None and isinstance(own.rule, Null) and not conditions_of(own.rule):
        return
    if own is not None and not is_permuted(own.rule) and (own.is_named or not isinstance(own.rule, Keep)):
        problems.append(
            Problem(
                str(column),
                f"it holds keys that are permuted ({because}), and the mask {own.rule.mask} would cut it off from them",
                "leave its rule out, so that it follows, or use null",
                own.position,
            )
        )
        return
    if own is not None and is_permuted(own.rule) and _says_more(own.rule):
        problems.append(
            Problem(
                str(column),
                f"{_says_more(own.rule)}: keys are permuted in all rows, else what refers to them would break",
                "leave it out",
                own.position,
            )
        )
        return
    made[column.table][column.name] = ColumnDecision(
        column=found,
        rule=rule.model_copy(update={"reason": own.rule.reason}) if own is not None else rule,
        position=position,
        locale=first.locale,
        is_named=own is not None and own.is_named,
    )


def _says_more(rule: MaskRule) -> str:
    if not isinstance(rule, Permute | Array):
        return "a list of masks"
    said = [word for word in ("where", "unless", "null", "share") if getattr(rule, word) not in (None, False)]
    return said[0] if said else ""


def _alone(
    permuted: Mapping[ColumnName, ColumnDecision], scopes: Mapping[ColumnName, str], catalog: Catalog
) -> Iterator[Problem]:
    """Columns with a rule of their own to be permuted that hold no plain numbers, and refer to nothing permuted."""
    for node, found in permuted.items():
        if node not in scopes and not _is_plain(node, catalog) and found.column.type.element is not None:
            yield Problem(
                str(node),
                "an array is permuted with the keys it holds, and nothing says whose these are",
                f"say it under `references:` of the table, as in `references: {{{key_text(node.name)}: users.id}}`, and"
                " give the key the mask permute",
                found.position,
            )


def _because(column: ColumnName, links: Sequence[Link]) -> tuple[str, Position | None]:
    """Why *column* holds permuted keys, in words, and where that stands."""
    for link in links:
        if link.target is not None and column in (link.column, link.target):
            other = f"to {link.target}" if link.column == column else f"from {link.column}"
            return f"{link.said} {other}", link.position if link.column == column else None
    return "by its own rule", None


def _holders(node: ColumnName, decisions: Decisions, catalog: Catalog) -> Iterator[TableName]:
    for name in (node.table, *dict.fromkeys(catalog.descendants(node.table))):
        if name in decisions and decisions[name].table.column(node.name) is not None:
            yield name


def _node(place: ColumnName, catalog: Catalog) -> ColumnName:
    """*place* as a column of the topmost parent that has it."""
    lineage = [n for n in (place.table, *catalog.ancestors(place.table)) if n in catalog.tables]
    holders = [n for n in lineage if catalog.tables[n].column(place.name) is not None]
    return ColumnName(holders[-1] if holders else place.table, place.name)


def _column(place: ColumnName, catalog: Catalog) -> Column:
    found = catalog.tables[place.table].column(place.name)
    if found is None:
        raise AssertionError(f"{place} is linked and not there")
    return found


def _is_plain(place: ColumnName, catalog: Catalog) -> bool:
    """Whether its values are whole numbers, which may be keys as they are."""
    return _column(place, catalog).type.kind is TypeClass.INTEGER
