"""``json``: leaves of documents masked by path; everything no path names is kept, masked by its kind or dropped, as the
rule says."""

from __future__ import annotations

import json as encoder
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.by_kind import by_kind
from masker.masks.derived import Derived
from masker.masks.ends import around, middle
from masker.masks.fixed import Fixed
from masker.masks.json_rule import Json, json_steps, node_path
from masker.masks.keep import Keep
from masker.masks.locales import LOCALES
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.null import Null
from masker.masks.once import once
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, concat, equals, is_null, literal, paren
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.identity import Identity
from masker.masks.sql.judged import ExpressionError
from masker.masks.template import Template
from masker.masks.together import ALONE

#: Nothing is kept, and nothing dropped, because a rule is silent.
OTHER_IS_OPEN = Obstacle(
    "it is not said what becomes of everything its paths do not name",
    "add `other: mask` (each text and number becomes one that looks alike), `other: keep` (copied as it is) or `other:"
    " drop`",
)

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)


@dataclass(slots=True)
class _Node:
    """One step of the paths: the rule of a leaf, or what lies below it by key, or (*elements*) what each element of a
    list is."""

    path: str
    rule: MaskRule | None = None
    keys: dict[str, _Node] = field(default_factory=dict)
    elements: _Node | None = None


def _tree(rule: Json) -> _Node:
    root = _Node("")
    for path, leaf in rule.leaves.items():
        node = root
        for step in json_steps(path):
            if step is None:
                node.elements = node.elements or _Node(f"{node.path}[*]")
                node = node.elements
            else:
                node = node.keys.setdefault(step, _Node(f"{node.path}.{step}"))
        node.rule = leaf
    return root


def _document(original: exp.Expression, column: Column, rule: Json, context: Context) -> exp.Expression:
    """The document with its leaves masked. A value of another shape than a path expects is no leaf and becomes null."""
    document = original if column.type.kind is TypeClass.JSONB else cast(original, "jsonb")
    masked = _render(_tree(rule), document, rule, context, depth=0)
    return masked if column.type.kind is TypeClass.JSONB else cast(masked, "json")


def _render(node: _Node, value: exp.Expression, rule: Json, context: Context, depth: int) -> exp.Expression:
    kind = call("jsonb_typeof", value.copy())
    if node.rule is not None:
        return _leaf(node, value, context)
    branches: list[tuple[exp.Expression, exp.Expression]] = []
    if node.keys:
        branches.append((equals(kind, "object"), _object(node, value, rule, context, depth)))
    if node.elements is not None:
        branches.append((equals(kind.copy(), "array"), _array(node.elements, value, rule, context, depth)))
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
    item = _render(node, element, rule, inner, depth + 1)
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


def _ordinal(identity: Identity, number: exp.Expression) -> exp.Expression:
    if identity.ordinal is None:
        return number
    return call("hashint8extended", number, identity.ordinal.copy())


def _leaf(node: _Node, value: exp.Expression, context: Context) -> exp.Expression:
    rule = node.rule
    if isinstance(rule, Keep):
        return value
    null = cast(literal("null"), "jsonb")
    if rule is None or isinstance(rule, Null):
        return null
    if isinstance(rule, Fixed):
        return case(
            (equals(call("jsonb_typeof", value), "null"), null),
            default=cast(literal(encoder.dumps(rule.value)), "jsonb"),
        )
    text = _text_of(value)
    inner = _leaf_context(node, rule, text, context)
    mask = context.masks[rule.mask]
    try:
        between, shape = middle(text.copy(), _leaf_column(node, context), rule)
        made = once(lambda inside: mask.render(between, shape, rule, inside), inner)
        rendered = around(text, rule, made)
    except ExpressionError as error:
        raise type(error)([replace(fault, text=f"${node.path}: {fault.text}") for fault in error.faults]) from None
    together = context.leaves.get(node.path, ALONE)
    if together.length is not None:
        rendered = cast(paren(rendered), f"character varying({together.length})")
    masked = call("to_jsonb", cast(rendered, "text"))
    kind = call("jsonb_typeof", value.copy())
    is_scalar = exp.In(this=kind, expressions=[literal("string"), literal("number"), literal("boolean")])
    if not mask.keeps_empty:
        return case((is_scalar, masked), default=null)
    is_empty = equals(text.copy(), "")
    return case((is_empty, value.copy()), (is_scalar, masked), default=null)


def _text_of(value: exp.Expression) -> exp.Expression:
    """What a leaf says, as text: of a key's value in one step."""
    if isinstance(value, exp.Anonymous) and value.this == "jsonb_object_field":
        return call("jsonb_object_field_text", *(argument.copy() for argument in value.expressions))
    return exp.Paren(this=exp.JSONBExtractScalar(this=value.copy(), expression=literal("{}")))


def _leaf_context(node: _Node, rule: MaskRule, text: exp.Expression, context: Context) -> Context:
    together = context.leaves.get(node.path, ALONE)
    identity = together.identity(_leaf_identity(node, rule, text, context))
    return replace(
        context,
        identity=identity,
        locale=LOCALES[rule.locale] if rule.locale else context.locale,
        is_unique=False,
        meets_unique=together.unique is not None,
        fits=None,
    )


def _leaf_column(node: _Node, context: Context) -> Column:
    return context.leaves.get(node.path, ALONE).shape(Column(name=node.path, number=0, type=_TEXT, is_nullable=True))


def _leaf_identity(node: _Node, rule: MaskRule, text: exp.Expression, context: Context) -> Identity:
    identity = context.identity.within(node.path)
    if rule.scope is not None:
        identity = replace(identity, scope=rule.scope)
    if rule.is_by_value:
        return replace(
            identity,
            columns=(_leaf_column(node, context),),
            by_value=True,
            value=text,
            ordinal=None,
            tells_rows_apart=False,
        )
    if rule.by is not None:
        columns = tuple(c for name in rule.by if (c := context.table.column(name)) is not None)
        own = tuple(c for name in context.table.row_key if (c := context.table.column(name)) is not None)
        # Whoever the columns name has one value, in whichever element it stands.
        return replace(
            identity,
            columns=columns,
            by_value=False,
            value=None,
            ordinal=None,
            is_kept=set(rule.by) <= context.kept_columns,
            fallback=own or identity.columns,
        )
    return identity


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
    for path, leaf in rule.leaves.items():
        if isinstance(leaf, Keep):
            continue
        node, inner, depth = _Node(""), context, 0
        for step in json_steps(path):
            node = _Node(f"{node.path}[*]" if step is None else f"{node.path}.{step}")
            if step is None:
                number = column_expression(numbers(depth))
                inner = replace(inner, identity=replace(inner.identity, ordinal=_ordinal(inner.identity, number)))
                depth += 1
        text, chance = column_expression(LEAF), context.masks[leaf.mask].chance
        between, shape = middle(text, _leaf_column(node, inner), leaf)
        of_leaf = _leaf_context(node, leaf, text, inner)
        found = chance(between, shape, leaf, of_leaf) if chance is not None else None
        yield LeafChance(path=path, rule=leaf, chance=found)


def _problem(column: Column, rule: Json, context: Context) -> Obstacle | None:
    return next(iter(_problems(column, rule, context)), None)


def _problems(column: Column, rule: Json, context: Context) -> Iterator[Obstacle]:
    if rule.other is None:
        yield OTHER_IS_OPEN
    for path, leaf in rule.leaves.items():
        mask = context.masks[leaf.mask]
        if not mask.card.accepts(_TEXT):
            fitting = ", ".join(name for name, other in context.masks.items() if other.card.accepts(_TEXT))
            yield Obstacle(
                f"{path}: the mask {leaf.mask} serves {mask.card.serves}, and a leaf is text", f"leaves take {fitting}"
            )
        for name in leaf.by or ():
            if name != "value" and context.table.column(name) is None:
                yield Obstacle(f"{path}: by: there is no column {name}", "by: takes columns of the table, or `value`")
        made_of = leaf.columns if isinstance(leaf, Template) else leaf.of if isinstance(leaf, Derived) else ()
        if column.name in made_of:
            yield Obstacle(
                f"{path}: {leaf.mask}: {column.name} is the column itself, and its original would show",
                "name other columns",
            )
        node = _Node(node_path(path))
        if reason := mask.problem(_leaf_column(node, context), leaf, _leaf_context(node, leaf, literal(""), context)):
            because = context.leaves.get(node.path, ALONE).because(
                context.table.column_name(column.name), _leaf_column(node, replace(context, leaves={}))
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
        cost=1.1,
        reads_row=True,
        shows="what is kept of the document",
    ),
    render=_document,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
