"""``history``: earlier values of rows, as PaperTrail, Audited and Logidze keep them, masked as those rows are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.classes import tables_by_class
from masker.masks.ends import around, middle
from masker.masks.json_rule import Json
from masker.masks.mask import Card, Context, Mask, Obstacle, OtherColumn, OtherTable, Uniqueness
from masker.masks.permute import Permute
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import cast, literal, paren, text
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.masks.sql.identity import Identity

#: Columns that say whose values they are: the class and the key of its row.
_PAIRS = (("item_type", "item_id"), ("auditable_type", "auditable_id"), ("loggable_type", "loggable_id"))

#: What Logidze calls its column.
_LOG = "log_data"

#: Masks that read more of a row than the value at hand.
_OF_ROWS = frozenset({"sql", "template", "derived", "array", "hstore", "history", "redact_text", "encrypted"})

#: Masks that make of two values of one row two again.
_MOVING = frozenset({"date_shift", "date_noise", "noise", "geo", "digits"})

_NULL = cast(literal("null"), "jsonb")

_DAY = (
    "(?:(?!0000)[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    "|(?:0[13578]|1[02])-31)|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
_HOUR = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?"
_ZONE = "(?: ?(?:Z|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?))?"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_GROUPS = "[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})"

#: What a value has to look like before it is read as its column's type, by the type: in doubt nothing stays of it,
#: since what cannot be read ends the statement.
_FORMS = {
    TypeClass.INTEGER: "^-?[0-9]{1,18}$",
    TypeClass.NUMBER: "^-?[0-9]{1,30}([.][0-9]{1,30})?$",
    TypeClass.DATE: f"^{_DAY}$",
    TypeClass.TIMESTAMP: f"^{_DAY}[T ]{_HOUR}{_ZONE}$",
    TypeClass.UUID: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    TypeClass.INET: (
        f"^{_OCTET}(?:[.]{_OCTET}){{3}}(?:/(?:[0-9]|[12][0-9]|3[0-2]))?$|^{_GROUPS}{{7}}$"
        f"|^(?!:*(?:[0-9a-fA-F]+:+){{7}}[0-9a-fA-F])(?:{_GROUPS}{{0,5}})?::(?:{_GROUPS}{{0,5}})?$"
    ),
}

_LIMITS = {"int2": 1 << 15, "int4": 1 << 31, "int8": 1 << 63}


class History(MaskRule):
    """Earlier values of rows (PaperTrail, Audited, Logidze), each masked by the rule of the column it was in: old and
    new ones stay different; of a column that there is not, or whose class nobody knows, nothing stays."""

    mask: Literal["history"] = "history"
    type: str | None = Field(
        default=None,
        min_length=1,
        description="the column with the class of the row; default: `item_type`, `auditable_type`, `loggable_type`",
    )
    id: str | None = Field(
        default=None, min_length=1, description="the column with its key; default: `item_id`, `auditable_id` …"
    )
    classes: dict[str, str] | None = Field(
        default=None,
        min_length=1,
        description=(
            "the table of each class, as `{User: users}`, all others then being unknown; default: by `facts:`, else as"
            " Rails names tables"
        ),
    )


def _pair(rule: History, context: Context) -> tuple[str, str] | None:
    """The columns of class and key; None where the document is about its own row."""
    if rule.type is not None:
        return rule.type, rule.id or f"{rule.type.removesuffix('_type')}_id"
    return next((pair for pair in _PAIRS if all(map(context.table.column, pair))), None)


def _render(original: exp.Expression, column: Column, rule: History, context: Context) -> exp.Expression:
    """The document, by the class of its row. A class that nobody knows leaves its keys alone."""
    document = original if column.type.kind is TypeClass.JSONB else cast(original, "jsonb")
    pair = _pair(rule, context)
    if pair is None:
        own = context.other(f"{context.table.name.schema}.{context.table.name.name}", "rules")
        masked = _document(document, column, own, None, context)
    else:
        kind, key = pair
        branches = [
            exp.If(
                this=exp.In(this=text(column_expression(kind)), expressions=[literal(name) for name in sorted(names)]),
                true=_document(document, column, other, context.table.column(key), context),
            )
            for other, names in _by_table(rule, context)
        ]
        masked = exp.Case(ifs=branches, default=_document(document, column, None, None, context))
        if not branches:
            masked = _document(document, column, None, None, context)
    return masked if column.type.kind is TypeClass.JSONB else cast(paren(masked), "json")


def _by_table(rule: History, context: Context) -> Iterator[tuple[OtherTable, set[str]]]:
    """Each table with the classes whose rows it holds."""
    classes = rule.classes or tables_by_class(context.others(), context.classes)
    names: dict[str, set[str]] = defaultdict(set)
    for name, table in classes.items():
        names[table].add(name)
    for table in sorted(names):
        if (other := context.other(table, "rules")) is not None:
            yield other, names[table]


def _document(
    document: exp.Expression, column: Column, other: OtherTable | None, key: Column | None, context: Context
) -> exp.Expression:
    """What is left of *document*, of a row of *other* that *key* names (None: of the row itself)."""
    if column.name != _LOG:
        return _fields(document, other, key, context)
    # Logidze: {"v": 2, "h": [{"v": 1, "ts": …, "c": {values}, "m": {"_r": who did it}}, …]}
    changes = _fields(formula("\"masker entry\" -> 'c'"), other, key, context)
    return formula(
        "CASE WHEN jsonb_typeof({d} -> 'h') = 'array' THEN jsonb_build_object('v', {d} -> 'v', 'h', (SELECT"
        " coalesce(jsonb_agg(jsonb_build_object('v', \"masker entry\" -> 'v', 'ts', \"masker entry\" -> 'ts', 'c',"
        " {changes}) || CASE WHEN \"masker entry\" -> 'm' -> '_r' IS NULL THEN '{}' ELSE jsonb_build_object('m',"
        " jsonb_build_object('_r', \"masker entry\" -> 'm' -> '_r')) END ORDER BY \"masker turn\"), '[]') FROM"
        ' jsonb_array_elements({d} -> \'h\') WITH ORDINALITY AS "masker log" ("masker entry", "masker turn")))'
        " ELSE CAST('null' AS jsonb) END",
        d=document,
        changes=changes,
    )


def _fields(document: exp.Expression, other: OtherTable | None, key: Column | None, context: Context) -> exp.Expression:
    """Each field by the rule of its column, whether it is one value or a pair of the old and the new one."""
    kept = "{}"
    leaves: list[exp.If] = []
    if other is not None:
        names = [c.name for c in other.table.columns if not c.generated and c.name not in other.masked]
        kept = "{" + ",".join(f'"{name.translate(_ESCAPED)}"' for name in names) + "}"
        leaves = [
            exp.If(this=literal(name), true=made)
            for name, found in other.columns.items()
            if (made := _value(found, key, context)) is not None
        ]
    value = exp.Case(this=formula('"masker key"'), ifs=leaves, default=_NULL.copy()) if leaves else _NULL.copy()
    gathered = formula(
        'SELECT CASE WHEN jsonb_typeof("masker field") = \'array\' THEN coalesce(jsonb_agg("masker made" ORDER BY'
        ' "masker place"), \'[]\') ELSE jsonb_agg("masker made") -> 0 END FROM (SELECT {value} AS "masker made",'
        ' "masker place" FROM jsonb_array_elements(CASE WHEN jsonb_typeof("masker field") = \'array\' THEN'
        ' "masker field" ELSE jsonb_build_array("masker field") END) WITH ORDINALITY AS "masker values"'
        ' ("masker value", "masker place")) AS "masker all"',
        value=value,
    )
    return formula(
        "CASE WHEN jsonb_typeof({d}) = 'object' THEN (SELECT coalesce(jsonb_object_agg(\"masker key\", CASE WHEN"
        ' "masker key" = ANY (CAST({kept} AS text[])) THEN "masker field" ELSE {gathered} END), \'{}\') FROM'
        ' jsonb_each({d}) AS "masker fields" ("masker key", "masker field")) ELSE CAST(\'null\' AS jsonb) END',
        d=document,
        kept=kept,
        gathered=gathered,
    )


_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def _reads_row(rule: MaskRule) -> bool:
    """Whether the value at hand is not all that *rule* reads: of its row there is nothing beside a document."""
    if isinstance(rule, Json):
        return any(_reads_row(leaf) or not (leaf.by is None or leaf.is_by_value) for leaf in rule.leaves.values())
    return rule.mask in _OF_ROWS or (isinstance(rule, Permute) and rule.classes is not None)


def _value(found: OtherColumn, key: Column | None, context: Context) -> exp.Expression | None:
    """What becomes of one value, jsonb to jsonb; None where nothing may stay."""
    mask, rule, kind = context.masks[found.rule.mask], found.rule, found.shape.type
    value = formula('"masker value"')
    if rule.mask == "null" or _reads_row(rule):
        return None
    if isinstance(rule, Permute) and rule.other == "error":
        # One old text that holds no key is no reason to end a run.
        rule = rule.model_copy(update={"other": "null"})
    said = formula("\"masker value\" #>> '{}'")
    inner = _context(found, said, key, context)
    if isinstance(rule, Json):
        shape = replace(found.shape, type=_JSONB)
        made = mask.render(value, shape, rule, inner)
        return formula(
            "CASE WHEN jsonb_typeof({v}) = 'object' THEN {made} ELSE {null} END", v=value, made=made, null=_NULL
        )
    if kind.kind is TypeClass.TEXT:
        between, shape = middle(said, found.shape, rule)
        made = around(said, rule, mask.render(between, shape, rule, inner))
        if kind.length is not None:
            made = cast(paren(made), f"character varying({kind.length})")
        stays = "OR {said} = ''" if mask.keeps_empty else ""
        return formula(
            f"CASE WHEN jsonb_typeof({{v}}) = 'null' {stays} THEN {{v}} ELSE to_jsonb(CAST({{made}} AS text)) END",
            v=value,
            said=said,
            made=made,
        )
    if kind.kind not in _FORMS or kind.name == "money":
        return None
    made = cast(paren(mask.render(cast(said, kind.base), found.shape, rule, inner)), kind.base)
    fits = formula("{said} ~ {form}", said=said, form=_FORMS[kind.kind])
    if kind.name in _LIMITS:
        limit = _LIMITS[kind.name]
        fits = formula("{fits} AND abs(CAST({said} AS numeric)) < {limit}", fits=fits, said=said, limit=limit)
    return formula(
        "CASE WHEN {fits} THEN CASE WHEN jsonb_typeof({v}) = 'number' THEN to_jsonb({made}) ELSE"
        " to_jsonb({written}) END ELSE {null} END"
        if kind.kind in {TypeClass.INTEGER, TypeClass.NUMBER}
        else "CASE WHEN {fits} THEN to_jsonb({written}) ELSE {null} END",
        fits=fits,
        v=value,
        made=made,
        written=_written(made, said, kind),
        null=_NULL,
    )


_JSONB = ColumnType(oid=3802, sql="jsonb", base="jsonb", name="jsonb", kind=TypeClass.JSONB)


def _written(made: exp.Expression, said: exp.Expression, kind: ColumnType) -> exp.Expression:
    """*made* as applications write it into JSON."""
    if kind.kind is not TypeClass.TIMESTAMP:
        return text(paren(made))
    at = formula("timezone('UTC', {made})", made=made) if kind.name == "timestamptz" else made
    return formula(
        "to_char({at}, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS') || CASE WHEN {said} LIKE '%Z' THEN 'Z' ELSE '' END",
        at=at,
        said=said,
    )


def _context(found: OtherColumn, said: exp.Expression, key: Column | None, context: Context) -> Context:
    """Whose value it is. What a mask draws by an identity goes by the value, so that old and new ones differ; what it
    moves goes by the row, as in the row itself."""
    own = found.context.identity
    identity = own
    if own.by_value or found.rule.mask not in _MOVING:
        identity = _by_value(own, found.shape, said)
    elif key is not None:
        named = tuple(column.name for column in own.columns)
        same = named == found.context.table.primary_key and own.columns[0].type.kind is key.type.kind
        identity = (
            replace(own, columns=(key,), fallback=(key,))
            if same and len(named) == 1
            else _by_value(own, key, text(column_expression(key.name)))
        )
    return replace(
        found.context,
        identity=identity,
        bindings=context.bindings,
        is_unique=False,
        has_unique_index=False,
        meets_unique=False,
        fits=None,
    )


def _by_value(own: Identity, column: Column, value: exp.Expression) -> Identity:
    return replace(
        own,
        columns=(column,),
        by_value=True,
        value=value,
        ordinal=None,
        tells_rows_apart=False,
        as_text=frozenset(),
        in_lower_case=own.in_lower_case if own.by_value else frozenset(),
    )


def _problem(column: Column, rule: History, context: Context) -> Obstacle | None:
    pair = _pair(rule, context)
    for name in pair or ():
        if context.table.column(name) is None:
            return Obstacle(f"there is no column {name}", "say by `type` and `id` which columns name the row")
    if pair is None and column.name != _LOG:
        return Obstacle(
            "no column says whose values they are", "say by `type` and `id` which columns hold the class and the key"
        )
    unknown = [table for table in _said(rule).values() if context.other(table, "rules") is None]
    if unknown:
        return Obstacle(f"classes: there is no table {unknown[0]}", "name tables as `users`, or `schema.users`")
    return None


def _said(rule: History) -> Mapping[str, str]:
    return rule.classes or {}


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.JSON, TypeClass.JSONB}


HISTORY = Mask(
    rule=History,
    card=Card(
        serves="json, jsonb",
        accepts=_accepts,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the masks of the rows' columns make them",
        example='{"h": [{"c": {"gone": null, "name": "Ann"}, "v": 1, "ts": 5}], "v": 1}',
        cost=15.0,
        reads_row=True,
        reads_tables=True,
        shows="what the rules keep of the rows",
        way_out=(
            "YAML, which PaperTrail and Audited write into text, cannot be read by a server: let them write jsonb"
            " (convert the rows once), use null, or `rows: none`"
        ),
    ),
    render=_render,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
