"""What every rule says of a column: the base of the masks' own models, which stand beside their expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from masker.masks.locales import LOCALES
from masker.model import Model

if TYPE_CHECKING:
    LocaleName = str
else:
    LocaleName = Literal[tuple(LOCALES)]


class MaskRule(Model):
    """The decision for one column.

    *by* is who the value belongs to: columns of the row, or ``value``; default the row's key. *scope* is what it stands
    for: columns that share a scope and an identity get equal results; default this very column. A value stays as it is
    where *where* is false or *unless* is true; what a condition cannot decide is masked.
    """

    mask: str
    by: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    ] = Field(
        default=None,
        description="column or columns that say who the value belongs to, or `value`; default: the primary key",
    )
    scope: str | None = Field(
        default=None, min_length=1, description="columns of one scope agree; default: this column alone"
    )
    locale: LocaleName | None = Field(default=None, description="word lists to use here; default: the file's locale")
    where: str | None = Field(
        default=None,
        min_length=1,
        description="the condition values are masked under, over the row's originals; where it is false they stay",
    )
    unless: str | None = Field(
        default=None, min_length=1, description="the condition values stay as they are under, over the row's originals"
    )

    @classmethod
    def summary(cls) -> str:
        """What the mask makes, in one line."""
        return " ".join((cls.__doc__ or "").split())

    @property
    def is_by_value(self) -> bool:
        return self.by == ("value",)


#: Masked columns whose originals may stand in the column.
Shown = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    Field(
        json_schema_extra={"type": ["string", "array"]},
        description=(
            "masked columns whose originals may stand in this one: `email`, or `users.email` of a table that it"
            " references"
        ),
    ),
]
