"""What every rule says of a column: the base of the masks' own models, which stand beside their expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from masker.masks.locales import LOCALES
from masker.model import Model

if TYPE_CHECKING:
    LocaleName = str
else:
    LocaleName = Literal[tuple(LOCALES)]


#: More than 0% and 100% at most, as text.
_PERCENTAGES = r"^\s*(100(\.0+)?|[1-9]\d?(\.\d+)?|0\.\d*[1-9]\d*)\s*%\s*$"

#: A share as it may be written.
ShareText = Annotated[str, Field(pattern=_PERCENTAGES)] | Annotated[float, Field(gt=0, le=1)]


def read_share(value: Any) -> Any:
    """A share between 0 and 1, of ``5%`` or a number."""
    if isinstance(value, str):
        match = _PERCENT.match(value.strip())
        if match is None:
            raise ValueError("expected a share, such as `10%`")
        value = float(match[1]) / 100
    share = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(share, float) and not 0 < share <= 1:
        raise ValueError("expected more than 0% and 100% at most")
    return share


_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%\Z")


#: What a rule says of which rows it is, and why, besides how it renders a value.
ABOUT_ROWS = ("where", "unless", "null", "share", "unique", "reason")


class MaskRule(Model):
    """The decision for one column.

    *by* is who the value belongs to: columns of the row, or ``value``; default the row's key. *scope* is what it stands
    for: columns that share a scope and an identity get equal results; default this very column. A value stays as it is
    where *where* is false or *unless* is true; what a condition cannot decide is masked. *share* (0 … 1) of the masked
    rows become NULL.
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
    null: Literal["keep", "mask"] | None = Field(
        default=None,
        description="`keep` (default): NULL stays NULL; `mask`: it gets a value too, where the mask needs no original",
    )
    share: Annotated[float | None, BeforeValidator(read_share, json_schema_input_type=ShareText | None)] = Field(
        default=None,
        gt=0,
        le=1,
        description="of the rows that are masked so many become NULL, as `10%`, drawn by who they belong to",
    )
    unique: bool = Field(
        default=False,
        description="true: no two rows may get one value; refused where the mask cannot keep that, and verified",
    )
    reason: str | None = Field(
        default=None, min_length=1, description="why it is decided so, for those who read the rules and the plan"
    )

    @classmethod
    def summary(cls) -> str:
        """What the mask makes, in one line."""
        return " ".join((cls.__doc__ or "").split())

    @property
    def is_by_value(self) -> bool:
        return self.by == ("value",)


def require_unsaid(rule: MaskRule, *words: str) -> None:
    """Raises ValueError where *rule* says something by one of *words*, which its mask does nothing with."""
    for word in words:
        if getattr(rule, word) not in (None, False):
            raise ValueError(f"the mask {rule.mask} does nothing with {word}: leave it out")


def require_of_values(rule: MaskRule, beside: str) -> None:
    """Raises ValueError where *rule*, the mask of values within a column's, says what only the column's can, which is
    written *beside* it."""
    for word in ABOUT_ROWS:
        if getattr(rule, word) not in (None, False):
            raise ValueError(
                f"{word} stands beside `{beside}`, for the whole column: a value in it does nothing with it"
            )
    if getattr(rule, "keep", None) is not None and rule.mask in {"token", "lorem"}:
        raise ValueError(f"keep: the mask {rule.mask} keeps ends of whole columns, not of values in them")


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
