"""The rule file as models: what both the parser and the JSON Schema for editors are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from masker.masks.rule import LocaleName
from masker.masks.table import AnyMask
from masker.model import Model

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


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]


class TableModel(Model):
    """The rules of one table."""

    columns: dict[str, AnyMask] = Field(
        default_factory=dict, description="the mask of each column: `keep`, `email`, `{mask: token, length: 20}` …"
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
        default=None, description="rule sets that come with masker; their rules give way to the file's own"
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
    tolerate: TolerateModel | None = Field(
        default=None,
        description=(
            "what a copy carries where rows of production itself break its keys, checks and unique indexes, instead of"
            " refusing them"
        ),
    )
