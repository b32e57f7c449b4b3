"""The rule file as models: what both the parser and the JSON Schema for editors are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from masker.masks.any_mask import AnyMask
from masker.masks.lists import BESIDE
from masker.masks.rule import LocaleName
from masker.model import Model
from masker.ruleset.facts import Facts, parse_facts
from masker.ruleset.subset_model import Subset

#: Keys of an entry of ``defaults`` that say what it matches; the others are the mask and its arguments.
MATCHING = ("columns", "types", "tables")


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _number(value: Any) -> Any:
    # Python's True and 1.0 equal 1, a file's do not.
    return value if type(value) is int else str(value)


def _split(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    matching = {key: value for key, value in entry.items() if key in MATCHING}
    return {**matching, "rule": {key: value for key, value in entry.items() if key not in MATCHING}}


def _null_as_text(value: Any) -> Any:
    return "null" if value is None else value


def _reference(value: Any) -> Any:
    if value == "global_id":
        return {"global_id": True}
    return {"to": value} if isinstance(value, str) else value


def _facts(value: Any, info: ValidationInfo) -> Any:
    """Facts in a file beside the rules, by its path from there; what stands in the rules themselves goes on as it
    is."""
    if not isinstance(value, str):
        return value
    if info.context is None or BESIDE not in info.context:
        raise ValueError(f"file: {value} stands beside no rule file")
    found = parse_facts(info.context[BESIDE](value), value)
    if isinstance(found, list):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ValueError(f"{found[0].position or value}: {found[0].found}{more}")  # noqa: TRY004 - no type is wrong
    return found


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]


class ReferenceModel(Model):
    """What a column refers to where no foreign key says so: `users.id`, or rows of several tables."""

    to: Text | None = Field(default=None, description="the column whose values it holds, as `users.id`")
    type: Text | None = Field(
        default=None, description="the column beside it that holds the class's name (polymorphic)"
    )
    classes: dict[Text, Text] = Field(
        default_factory=dict,
        description="by what `type` or a global id holds: the table, or `table.column`; beside those of the facts",
    )
    global_id: bool = Field(default=False, description="true: it holds texts such as `gid://app/User/1`")
    other: Annotated[Literal["error", "keep", "null"], BeforeValidator(_null_as_text)] = Field(
        default="error",
        description="of a text that holds no id (a name, an address): it ends the run, stays, or becomes NULL",
    )

    @model_validator(mode="after")
    def _says_one(self) -> ReferenceModel:
        if [self.to is not None, self.type is not None, self.global_id].count(True) != 1:
            raise ValueError("expected one of to, type and global_id, such as `users.id` or `{type: item_type}`")
        if self.to is not None and self.classes:
            raise ValueError("classes go with type or global_id: leave them out")
        return self


Reference = Annotated[ReferenceModel, BeforeValidator(_reference, json_schema_input_type=Text | ReferenceModel)]


class TableModel(Model):
    """The rules of one table."""

    columns: dict[str, AnyMask] = Field(
        default_factory=dict, description="the mask of each column: `keep`, `email`, `{mask: token, length: 20}` …"
    )
    references: dict[Text, Reference] = Field(
        default_factory=dict,
        description=(
            "by column: what it refers to where no foreign key says so: `users.id`, also from an array of ids;"
            " `{type: item_type}` for rows of several classes; `global_id`"
        ),
    )
    rows: Text | None = Field(
        default=None, description="`all`, `none` (structure only), or the condition rows are copied under"
    )
    where: Text | None = Field(
        default=None, description="the condition rows are masked under; the others stay as they are"
    )
    strategy: Literal["rewrite", "batches"] | None = Field(
        default=None,
        description=(
            "how `masker mask` changes the table in place: by one rewrite (as it chooses if it can), or in batches of"
            " rows"
        ),
    )


class DefaultModel(Model):
    """A rule for columns that no table decides, by pattern. The first that matches wins."""

    columns: Texts = Field(description="glob or globs of column names, such as `*_token`; case does not matter")
    types: Texts | None = Field(default=None, description="types it is limited to, such as [text, varchar, citext]")
    tables: Texts | None = Field(default=None, description="glob or globs of table names it is limited to")
    rule: AnyMask


DefaultEntry = Annotated[DefaultModel, BeforeValidator(_split)]


class TolerateModel(Model):
    """What is carried where production's own rows break what it says of them."""

    foreign_keys: Literal["not_valid"] | None = Field(
        default=None, description="keys that rows of production break are NOT VALID on the preview"
    )
    checks: Literal["not_valid"] | None = Field(
        default=None, description="check constraints that rows of production break are NOT VALID on the preview"
    )
    unique: Literal["not_unique"] | None = Field(
        default=None,
        description=(
            "unique indexes, unique constraints and primary keys under which a value stands twice on production are"
            " plain indexes on the preview"
        ),
    )


class RuleFileModel(Model):
    """Rules of masker: what becomes of each column."""

    version: Annotated[Literal[1], BeforeValidator(_number)] = Field(description="of this format")
    locale: LocaleName | None = Field(default=None, description="word lists of names, addresses and numbers")
    include: Texts | None = Field(
        default=None,
        description=(
            "rule sets that come with masker, files of your own (`../shared/base.yml`) and of installed Python packages"
            " (`acme_rules:base.yml`); their rules give way to the file's own"
        ),
    )
    locked: bool = Field(
        default=False,
        description="true, in a file that others include: they may decide its columns otherwise by null alone",
    )
    tables: dict[str, TableModel] = Field(
        default_factory=dict,
        description=(
            "by name, `schema.table` outside of public, or by glob: `log_*`, `tenant_*.users`; names win over globs"
        ),
    )
    defaults: Annotated[tuple[DefaultEntry, ...], BeforeValidator(_frozen)] = Field(
        default=(), description="by pattern, for what no table decides"
    )
    undecided: Annotated[Literal["error", "keep", "null"], BeforeValidator(_null_as_text)] = Field(
        default="error",
        description="what becomes of a column that can hold something personal and that no rule decides",
    )
    large_objects: Literal["keep", "none"] | None = Field(
        default=None, description="what becomes of pg_largeobject, where the source has any"
    )
    facts: Annotated[Facts | None, BeforeValidator(_facts, json_schema_input_type=Text | Facts | None)] = Field(
        default=None,
        description=(
            "what the application says of its data: the path of a facts.json from this file, or the same as a mapping"
        ),
    )
    tolerate: TolerateModel | None = Field(
        default=None,
        description=(
            "what a copy carries where rows of production itself break its keys, checks and unique indexes, instead of"
            " refusing them"
        ),
    )
    subset: Subset | None = Field(
        default=None,
        description=(
            "some rows of production instead of all: those that it begins with, by table as `{share: 5%}` or `{where:"
            " …}`, and whatever they need"
        ),
    )
