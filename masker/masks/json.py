"""``json``: leaves of documents masked by path; everything no path names is kept, masked by its kind or dropped, as the
rule says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.by_kind import by_kind, is_data
from masker.masks.derived import Derived
from masker.masks.json_anywhere import anywhere, keys_anywhere
from masker.masks.json_leaf import NUMERIC, TEXT, is_of_numbers, leaf, leaf_chance, leaf_column, leaf_context
from masker.masks.json_path import Anywhere, Chosen, Every, Step, json_steps, node_path, node_step
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, concat, equals, is_null, literal
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.masks.sql.identity import Identity
from masker.masks.template import Template
from masker.masks.together import ALONE

#: Nothing is kept, and nothing dropped, because a rule is silent.
OTHER_IS_OPEN = Obstacle(
    "it is not said what becomes of everything its paths do not name",
    "add `other: mask` (each text and number becomes one that looks alike), `other: keep` (copied as it is) or `other:"
    " drop`",
)


@dataclass(slots=True)
class _Node:
    """One step of the paths: the rule of a leaf, or what lies below it by key (*every*: by any), or (*elements*) what
    each element of a list is, or those that are *chosen*."""

    path: str
    rule: MaskRule | None = None
    keys: dict[str, _Node] = field(default_factory=dict)
    every: _Node | None = None
    elements: _Node | None = None
    chosen: dict[Chosen, _Node] = field(default_factory=dict)

    def below(self, step: Step) -> _Node:
        """The node that *step* leads to, made if it is new."""
        made = _Node(self.path + node_step(step))
        match step:
            case None:
                self.elements = self.elements or made
                return self.elements
            case Every():
                self.every = self.every or made
                return self.every
            case Chosen():
                return self.chosen.setdefault(step, made)
            case Anywhere():
                raise AssertionError("what stands anywhere has no place in a tree")
        return self.keys.setdefault(step, made)


def _tree(rule: Json) -> _Node:
    root = _Node("")
    for path, decided in rule.leaves.items():
        node = root
        for step in json_steps(path):
            node = node.below(step)
        node.rule = decided
    return root


def _document(original: exp.Expression, column: Column, rule: Json, context: Context) -> exp.Expression:
    """The document with its leaves masked. A value of another shape than a path expects is no leaf and becomes null."""
    document = original if column.type.kind is TypeClass.JSONB else cast(original, "jsonb")
    if deep := keys_anywhere(rule):
        masked = anywhere(document, deep, rule, context)
    else:
        masked = _render(_tree(rule), document, rule, context, depth=0)
    return masked if column.type.kind is TypeClass.JSONB else cast(masked, "json")


def _render(node: _Node, value: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    kind = call("jsonb_typeof", value.copy())
    if node.rule is not None:
        return leaf(node.path, node.rule, value, context)
    branches: list[tuple[exp.Expression, exp.Expression]] = []
    if node.keys:
        branches.append((equals(kind, "object"), _object(node, value, rule, context, depth)))
    if node.every is not None:
        branches.append((equals(kind, "object"), _every(node.every, value, rule, context, depth)))
    if node.elements is not None or node.chosen:
        branches.append((equals(kind.copy(), "array"), _array(node, value, rule, context, depth)))
    other = by_kind(value.copy(), context) if rule.other == "mask" else cast(literal("null"), "jsonb")
    return case(*branches, default=other) if branches else other


def _object(node: _Node, value: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    """The object with what the paths name put in its place, or, where the rest is dropped, one of these alone; a key
    that is not there stays away."""
    fields = [(key, call("jsonb_object_field", value.copy(), key), child) for key, child in node.keys.items()]
    if rule.other != "drop":
        document = by_kind(value.copy(), context) if rule.other == "mask" else value.copy()
        for key, found, child in fields:
            # Nothing but a value may go in: of NULL the whole document would become NULL.
            made = call("coalesce", _render(child, found, rule, context, depth), cast(literal("null"), "jsonb"))
            document = call("jsonb_set", document, cast(literal(_path_to(key)), "text[]"), made, exp.false())
        return document
    parts: list[exp.Expression] = [cast(literal("{}"), "jsonb")]
    for key, found, child in fields:
        one = call("jsonb_build_object", key, _render(child, found, rule, context, depth))
        parts.append(case((is_null(found.copy()), cast(literal("{}"), "jsonb")), default=one))
    return concat(*parts)


def _path_to(key: str) -> str:
    """A list of one text, as PostgreSQL reads it."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"{escaped}"}}'


def _array(node: _Node, value: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    """Each element masked in its place; elements differ in who they belong to by their number."""
    names = f"masker element {depth}", numbers(depth)  # no column of the table may hide behind them
    element, number = (column_expression(name) for name in names)
    inner = replace(context, identity=replace(context.identity, ordinal=_ordinal(context.identity, number)))
    if node.elements is not None:
        item = _render(node.elements, element, rule, inner, depth + 1)
    else:
        item = _chosen(node, element, rule, inner, depth + 1)
    alias = exp.TableAlias(
        this=exp.to_identifier(f"masker list {depth}", quoted=True),
        columns=[exp.to_identifier(name, quoted=True) for name in names],
    )
    source = exp.Table(this=call("jsonb_array_elements", value.copy()), ordinality=True, alias=alias)
    gathered = exp.Anonymous(
        this="jsonb_agg",
        expressions=[exp.Order(this=item, expressions=[exp.Ordered(this=number.copy(), nulls_first=False)])],
    )
    select = exp.select(call("coalesce", gathered, cast(literal("[]"), "jsonb"))).from_(source)
    return exp.Subquery(this=select)


def _chosen(node: _Node, element: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    """An element under the path that chooses it, any other as what no path names."""
    branches = []
    for step, child in node.chosen.items():
        found = call("jsonb_object_field_text", element.copy(), step.key)
        branches.append((equals(found, step.value), _render(child, element.copy(), rule, context, depth)))
    other = {"keep": element, "mask": by_kind(element.copy(), context)}.get(rule.other or "", _null())
    return case(*branches, default=other)


def _every(node: _Node, value: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    """What stands under each key, in its place; values differ in who they belong to by their key."""
    key, element = column_expression(f"masker key {depth}"), column_expression(f"masker element {depth}")
    own = replace(context.identity, ordinal=_ordinal(context.identity, key_number(key)))
    return formula(
        "SELECT coalesce(jsonb_object_agg({key}, {item}), '{}')"  # noqa: S608
        f' FROM jsonb_each({{v}}) AS "masker object {depth}" ("masker key {depth}", "masker element {depth}")',
        key=key,
        item=_render(node, element, rule, replace(context, identity=own), depth + 1),
        v=value,
    )


def key_number(key: exp.Expression) -> exp.Expression:
    """The number of a key of an object, for what each of them leads to."""
    return formula('hashtextextended({k} COLLATE "C", 0)', k=key)


def _null() -> exp.Expression:
    return cast(literal("null"), "jsonb")


def _ordinal(identity: Identity, number: exp.Expression) -> exp.Expression:
    if identity.ordinal is None:
        return number
    return call("hashint8extended", number, identity.ordinal.copy())


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafChance:
    """A leaf that is masked, and how likely its mask makes what it was; *chance* is None for masks that make the same
    of all.

    It is said of the text :data:`LEAF`, inside of elements that :func:`numbers` count.
    """

    path: str
    rule: MaskRule
    chance: exp.Expression | None


#: What a leaf's original goes by in its chance.
LEAF = "masker leaf"


def numbers(depth: int) -> str:
    """The name of an element's number in the list it stands in, lists within lists counted from 0."""
    return f"masker number {depth}"


def leaf_chances(rule: Json, context: Context) -> Iterator[LeafChance]:
    """Every leaf that *rule* masks."""
    for path, decided in rule.leaves.items():
        if isinstance(decided, Keep):
            continue
        inner, depth = context, 0
        for step in json_steps(path):
            if not isinstance(step, str):
                number = column_expression(numbers(depth))
                inner = replace(inner, identity=replace(inner.identity, ordinal=_ordinal(inner.identity, number)))
                depth += 1
        found = leaf_chance(node_path(path), decided, column_expression(LEAF), inner)
        yield LeafChance(path=path, rule=decided, chance=found)


def _problem(column: Column, rule: Json, context: Context) -> Obstacle | None:
    return next(iter(_problems(column, rule, context)), None)


def _problems(column: Column, rule: Json, context: Context) -> Iterator[Obstacle]:
    if rule.other is None:
        yield OTHER_IS_OPEN
    for path, decided in rule.leaves.items():
        mask = context.masks[decided.mask]
        if not (mask.card.accepts(TEXT) or is_of_numbers(mask)):
            fitting = ", ".join(
                name for name, other in context.masks.items() if other.card.accepts(TEXT) or is_of_numbers(other)
            )
            yield Obstacle(
                f"{path}: the mask {decided.mask} serves {mask.card.serves}, and a leaf is text or a number",
                f"leaves take {fitting}",
            )
        for name in decided.by or ():
            if name != "value" and context.table.column(name) is None:
                yield Obstacle(f"{path}: by: there is no column {name}", "by: takes columns of the table, or `value`")
        made_of = (
            decided.columns if isinstance(decided, Template) else decided.of if isinstance(decided, Derived) else ()
        )
        if column.name in made_of:
            yield Obstacle(
                f"{path}: {decided.mask}: {column.name} is the column itself, and its original would show",
                "name other columns",
            )
        if isinstance(step := json_steps(path)[0], Anywhere) and is_data(step.key):
            yield Obstacle(f"{path}: the key may be data itself, and becomes another", "name where it stands")
        place = node_path(path)
        shape = leaf_column(place, context)
        shape = replace(shape, type=NUMERIC) if is_of_numbers(mask) else shape
        if reason := mask.problem(shape, decided, leaf_context(place, decided, literal(""), context)):
            because = context.leaves.get(place, ALONE).because(
                context.table.column_name(column.name), leaf_column(place, replace(context, leaves={}))
            )
            yield Obstacle(f"{path}: {reason.found}{because}", reason.instead)
    shorter = [
        path
        for path in rule.paths
        for other in rule.paths
        if path != other and json_steps(other)[: len(json_steps(path))] == json_steps(path)
    ]
    if shorter:
        yield Obstacle(
            f"{shorter[0]} is a leaf, and another path goes through it", "name either the leaf or what is inside of it"
        )


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.JSON, TypeClass.JSONB}


JSON = Mask(
    rule=Json,
    card=Card(
        serves="json, jsonb",
        accepts=_accepts,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the leaves' masks make them",
        example='{"email": "norio.1204@example.com"}',
        cost=0.9,
        reads_row=True,
        shows="what is kept of the document",
    ),
    render=_document,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
