"""Columns that have to agree: those of one scope, identity, mask and arguments, whatever length, type or index each of
them has.

They are masked by one function: it fits the shortest of them, keeps values apart if one of them is unique, takes A and
a for one if one of them does, and reads identities in one way. What no function can hold together is refused, with both
places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.types import Catalog, Column, ColumnType, Table, TypeClass
from masker.errors import Problem
from masker.masks.cases import Cases, place_of, rules_of
from masker.masks.fixed import Fixed
from masker.masks.genders import Given
from masker.masks.history import History
from masker.masks.json_path import node_path
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.own_sql import Sql
from masker.masks.parts import InParts
from masker.masks.password import Password
from masker.masks.redact_rule import RedactText
from masker.masks.rule import ABOUT_ROWS, MaskRule
from masker.masks.sql.identity import Identity, hides_keys
from masker.masks.together import ALONE, Member, Together
from masker.names import ColumnName
from masker.ruleset.types import TableDecision
from masker.tables.identities import identity_of

#: Masks whose result does not come from an identity.
_NOT_DRAWN = (Keep, Null, Fixed, Password, Sql, Json, RedactText, History)

#: What a rule says besides how it renders a value.
_NOT_RENDERED = {"by", "scope", "locale", *ABOUT_ROWS}

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)

#: Types that one function serves, by what they are called here.
_FAMILIES = {TypeClass.TEXT: "text", TypeClass.DATE: "date", TypeClass.TIMESTAMP: "date"}


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """All masked columns and leaves by what each has to agree with, and what cannot."""

    by_member: Mapping[tuple[ColumnName, str], Together] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, column: ColumnName, of_list: str = "") -> Together:
        """What the column's mask has in common with others, or *of_list* (:func:`~masker.masks.cases.place_of`) one of
        its masks."""
        return self.by_member.get((column, of_list), ALONE)

    def leaves(self, column: ColumnName, rule: MaskRule) -> Mapping[str, Together]:
        """By the path of each leaf of *column* that agrees with something."""
        paths = [node_path(path) for path in rule.leaves] if isinstance(rule, Json) else []
        return {path: found for path in paths if (found := self.by_member.get((column, path))) is not None}

    def groups(self) -> Sequence[tuple[Member, ...]]:
        """Columns that have to agree, where they are more than one; leaves left out."""
        found = {id(together): tuple(m for m in together.members if not m.path) for together in self.by_member.values()}
        return [members for members in found.values() if len(members) > 1]


def agreement(decisions: Iterable[TableDecision], catalog: Catalog) -> Agreement:
    """What has to agree with what under *decisions*."""
    members = [
        pair
        for decision in decisions
        if decision.rows != "none" and decision.table.has_storage
        for pair in _members(decision, catalog)
    ]
    readings = _readings([member for member, _ in members])
    groups: dict[object, list[Member]] = defaultdict(list)
    wider: dict[object, dict[str, Member]] = defaultdict(dict)
    for member, (rule, locale) in members:
        family = _family(member)
        kind = (
            member.identity.scope,
            _kinds(member, readings),
            type(rule),
            rule.model_dump_json(exclude=_NOT_RENDERED),
            locale,
            _piece(member, rule),
        )
        groups[kind, family].append(member)
        if rule.scope is not None and (member.identity.by_value or rule.mask != "ip"):
            wider[kind].setdefault(family, member)
    by_member = {
        (m.column, m.path): together
        for group in groups.values()
        for together in [_together(group, readings)]
        for m in group
    }
    problems = (
        *_of_other_types(wider.values()),
        *_of_other_case([member for member, _ in members], readings),
        *_of_other_gender([(member, rule) for member, (rule, _) in members], readings),
    )
    return Agreement(by_member=by_member, problems=problems)


def is_unique(table: Table, column: str) -> bool:
    """Whether a unique index or constraint rests on *column*, expressions and partial ones included."""
    return any(
        index.is_unique and (column in index.columns or column in index.expression_columns) for index in table.indexes
    )


def _members(decision: TableDecision, catalog: Catalog) -> Iterator[tuple[Member, tuple[MaskRule, str]]]:
    table = decision.table
    each = [
        (
            replace(
                found,
                rule=rule,
                locale=rule.locale or found.locale,
                position=found.places.get(place_of(at), found.position),
            ),
            at,
            found,
        )
        for found in decision.columns.values()
        for at, rule in enumerate(rules_of(found.rule))
    ]
    for found, at, whole in each:
        name, rule = table.column_name(found.column.name), found.rule
        identity = identity_of(found, decision, catalog)
        if isinstance(identity, Problem):
            continue
        if isinstance(rule, Json):
            for path, leaf in rule.leaves.items():
                if leaf.scope is not None and not isinstance(leaf, _NOT_DRAWN):
                    place = found.places.get(path, found.position)
                    own = _leaf_identity(leaf, identity, decision)
                    yield (
                        Member(column=name, position=place, identity=own, type=_TEXT, path=node_path(path)),
                        (leaf, leaf.locale or found.locale),
                    )
        elif not isinstance(rule, _NOT_DRAWN):
            plainly = any(index.is_unique and name.name in index.columns for index in table.indexes)
            yield (
                Member(
                    column=name,
                    position=found.position,
                    identity=identity,
                    type=found.column.type,
                    is_unique=is_unique(table, name.name) or rule.unique,
                    is_plainly_unique=plainly,
                    path=place_of(at) if isinstance(whole.rule, Cases) else "",
                ),
                (rule, found.locale),
            )


def _leaf_identity(leaf: MaskRule, identity: Identity, decision: TableDecision) -> Identity:
    """As :mod:`masker.masks.json` makes it, for what it has in common with others."""
    identity = replace(identity, scope=leaf.scope or identity.scope)
    if leaf.is_by_value:
        return replace(identity, columns=(Column(name="", number=0, type=_TEXT, is_nullable=True),), by_value=True)
    if leaf.by is not None:
        columns = tuple(c for name in leaf.by if (c := decision.table.column(name)) is not None)
        masked = {name for name, found in decision.columns.items() if not isinstance(found.rule, Keep)}
        return replace(
            identity,
            columns=columns,
            by_value=False,
            is_kept=not masked & set(leaf.by),
            hides_keys=hides_keys(columns, identity.fallback, masked),
        )
    return identity


@dataclass(frozen=True, slots=True)
class _Reading:
    """Of the identities of one scope and one number of columns: which columns are read by their text, which in lower
    case, whose case is none, and whether some go by key columns that are read as values are."""

    as_text: frozenset[int]
    in_lower_case: frozenset[int]
    without_case: Mapping[int, Member]
    has_keys: bool


_Readings = Mapping[tuple[str, int], _Reading]


def _readings(members: Sequence[Member]) -> _Readings:
    by_scope: dict[tuple[str, int], list[Member]] = defaultdict(list)
    for member in members:
        by_scope[_scope(member)].append(member)
    return {scope: _reading(found, scope[1]) for scope, found in by_scope.items()}


def _scope(member: Member) -> tuple[str, int]:
    return member.identity.scope, len(member.identity.columns)


def _reading(members: Sequence[Member], arity: int) -> _Reading:
    as_text, without_case = set(), {}
    for at in range(arity):
        # A value of its own is no key that another table might hold as text.
        kinds = {_kind(m.identity.columns[at].type) for m in members if not m.identity.by_value}
        if "value" in kinds and len(kinds) > 1:
            as_text.add(at)
        texts = [m for m in members if m.identity.columns[at].type.kind is TypeClass.TEXT]
        folding = [m for m in texts if m.identity.columns[at].type.is_citext]
        if folding and len(folding) < len(texts):
            without_case[at] = folding[0]
    has_keys = any(not m.identity.by_value and _kind(m.identity.columns[0].type) == "value" for m in members)
    return _Reading(frozenset(as_text), frozenset(without_case), without_case, has_keys)


def _kind(kind: ColumnType) -> str:
    return kind.kind.value if kind.kind in {TypeClass.INTEGER, TypeClass.UUID} else "value"


def _kinds(member: Member, readings: _Readings) -> tuple[str, ...]:
    """How a member's identity is read: two of one scope that are read alike give equal numbers for equal identities."""
    identity = member.identity
    if identity.by_value:
        return ("value",)
    as_text = readings[_scope(member)].as_text
    return tuple("value" if at in as_text else _kind(c.type) for at, c in enumerate(identity.columns))


def _piece(member: Member, rule: MaskRule) -> int:
    """Which piece of a value *member* holds, of which each has its own; 0 where it holds the whole."""
    parts = rule.parts if isinstance(rule, InParts) else None
    return parts.index(member.column.name) + 1 if parts and member.column.name in parts else 0


def _family(member: Member) -> str:
    kind = member.type.kind
    return kind.value if member.identity.by_value and kind is not TypeClass.TEXT else _FAMILIES.get(kind, kind.value)


def _together(members: Sequence[Member], readings: _Readings) -> Together:
    reading = readings[_scope(members[0])]
    limited = [m for m in members if m.type.kind is TypeClass.TEXT and m.type.length is not None]
    shortest = min(limited, key=lambda m: m.type.length or 0, default=None)
    is_kept = all(m.identity.is_kept for m in members)
    hides = any(m.identity.hides_keys for m in members)
    read = [replace(m.identity, is_kept=is_kept, as_text=reading.as_text) for m in members]
    return Together(
        members=tuple(members),
        length=shortest.type.length if shortest else None,
        shortest=shortest,
        unique=next((m for m in members if m.is_unique), None),
        is_kept=is_kept,
        hides_keys=hides,
        tag_room=max(identity.tag_length for identity in read),
        as_text=reading.as_text,
        in_lower_case=reading.in_lower_case,
        meets_keys=reading.has_keys,
    )


def _of_other_types(kinds: Iterable[Mapping[str, Member]]) -> Iterator[Problem]:
    """Columns of one scope and mask whose types no function makes equal values of."""
    for found in kinds:
        first, *others = found.values()
        for other in others:
            yield Problem(
                str(other.column),
                f"it is {other.type.sql} and {first.place} is {first.type.sql}: they share scope {other.identity.scope}"
                " and mask, and cannot agree",
                "give them scopes of their own, or other masks",
                other.position,
            )


def _of_other_gender(members: Iterable[tuple[Member, MaskRule]], readings: _Readings) -> Iterator[Problem]:
    """Given names of one scope of which some go by the row's gender and some do not: one person would have two."""
    found: dict[object, list[tuple[Member, Given]]] = defaultdict(list)
    for member, rule in members:
        if isinstance(rule, Given) and rule.scope is not None:
            found[member.identity.scope, _kinds(member, readings)].append((member, rule))
    for people in found.values():
        first = next((member for member, rule in people if rule.gender is not None), None)
        for member, rule in people if first is not None else ():
            if rule.gender is None and first is not None:
                yield Problem(
                    str(member.column),
                    f"its given name goes by no gender, and that of {first.place} does: they share scope"
                    f" {member.identity.scope}, and cannot agree",
                    "write `gender` in both, or give one of them a scope of its own",
                    member.position,
                )


def _of_other_case(members: Sequence[Member], readings: _Readings) -> Iterator[Problem]:
    """Unique columns that tell A from a, in a scope with one that does not."""
    for member in members:
        for at, folding in readings[_scope(member)].without_case.items():
            if (
                member.is_plainly_unique
                and not member.type.is_citext
                and not member.identity.columns[at].type.is_citext
            ):
                yield Problem(
                    str(member.column),
                    f"a unique index tells A from a in it, and {folding.place}, which is citext, does not: in scope"
                    f" {member.identity.scope} both would get one value",
                    "give both columns one type, or scopes of their own",
                    member.position,
                )
