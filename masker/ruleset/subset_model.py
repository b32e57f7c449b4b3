"""``subset:`` of a rule file as a model: which rows a copy begins with, and what comes with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from masker.masks.rule import ShareText, read_share
from masker.model import Model

_Text = Annotated[str, Field(min_length=1)]


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


_Names = Annotated[
    tuple[_Text, ...], BeforeValidator(_listed, json_schema_input_type=_Text | list[_Text]), Field(min_length=1)
]


def _long_form(value: Any) -> Any:
    """Roots alone, ``{users: {share: 5%}}``, stand for a mapping that has nothing else."""
    if isinstance(value, dict) and value and not value.keys() & SubsetModel.model_fields.keys():
        return {"roots": value}
    return value


class RootModel(Model):
    """Rows of one table that the subset begins with."""

    share: Annotated[float | None, BeforeValidator(read_share, json_schema_input_type=ShareText | None)] = Field(
        default=None,
        description="of its rows so many, as `5%`, drawn by a hash of their key: with a key the same each time",
    )
    where: _Text | None = Field(default=None, description="the condition of its rows; with `share` that of these")

    @model_validator(mode="after")
    def _says_which(self) -> RootModel:
        if self.share is None and self.where is None:
            raise ValueError(
                "expected share, where or both, such as `{share: 5%}`; `whole:` takes tables with all rows"
            )
        return self


class SubsetModel(Model):
    """Some rows of production and all that they need: no key of theirs leads nowhere."""

    roots: dict[_Text, RootModel] = Field(
        min_length=1, description='by table: the rows it begins with, `{share: 5%}` or `{where: "id in (3, 8)"}`'
    )
    children: _Names = Field(
        default=("all",),
        description=(
            "which rows come because they refer to one that the subset begins with, or to such a row in turn: `all`,"
            " `none`, or references by `table` or `table.column`. What a row refers to always comes"
        ),
    )
    without: _Names | None = Field(
        default=None, description="references, by `table` or `table.column`, that are not followed so"
    )
    along: _Names | None = Field(
        default=None,
        description=(
            "references, by `table` or `table.column`, whose rows come along wherever the rows that they refer to come,"
            " for what belongs to these: lines of an order, translations"
        ),
    )
    whole: _Names | None = Field(
        default=None, description="tables, by name or glob, that come with all rows; what they refer to comes, too"
    )
    others: Literal["whole", "none"] = Field(
        default="whole",
        description=(
            "tables that no reference leads to from the subset: with all rows, or none. Those that refer to a table of"
            " which only some rows come have none"
        ),
    )


Subset = Annotated[
    SubsetModel, BeforeValidator(_long_form, json_schema_input_type=SubsetModel | dict[_Text, RootModel])
]
