"""Several masks of one column, each for the rows that meet its condition; and the conditions under which one mask is
used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from sqlglot import exp

from masker.masks.any_mask import AnyMask
from masker.masks.keep import Keep
from masker.masks.mask import Obstacle
from masker.masks.null import Null
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import case, column, is_null, literal, paren
from masker.model import Model

#: The number of the rows that stay as they are; masks are counted from 1.
KEPT = 0


class Case(Model):
    """The mask of the rows that meet a condition."""

    when: str = Field(
        min_length=1, description="the condition of the rows that get this mask: the first that is true decides"
    )
    rule: AnyMask

    @model_validator(mode="after")
    def _is_one(self) -> Case:
        _require_plain(self.rule, "`when`")
        return self


def _written_case(written: Any) -> Any:
    """A mask with ``when`` among its arguments, taken apart."""
    if not isinstance(written, dict) or isinstance(written.get("rule"), MaskRule):
        return written
    condition = {"when": written["when"]} if "when" in written else {}
    return {**condition, "rule": {key: value for key, value in written.items() if key != "when"}}


def _some(written: Any) -> Any:
    if isinstance(written, (list, tuple)) and not written:
        raise ValueError("no mask has a condition, expected one at least; without one write the mask itself")
    return tuple(written) if isinstance(written, list) else written


def _require_plain(rule: MaskRule, word: str) -> None:
    if rule.mask == "cases":
        raise ValueError(
            "a list of masks within a list of masks; write one list, the first condition that is true decides"
        )
    if rule.mask == "json":
        raise ValueError(
            "json is for all documents of a column; give it `where` or `unless`, or decide the column with one mask"
        )
    if rule.unique or rule.reason is not None:
        raise ValueError("unique and reason are for a column as a whole, a mask of a list does nothing with them")
    if rule.where is not None or rule.unless is not None:
        raise ValueError(f"where and unless are for a mask alone; here {word} says of which rows it is")


class Cases(MaskRule):
    """Several masks by condition: each row has that of the first condition it meets, or else the last."""

    mask: Literal["cases"] = "cases"
    cases: Annotated[
        tuple[Annotated[Case, BeforeValidator(_written_case)], ...],
        BeforeValidator(_some),
    ] = Field(description="masks, each with the condition `when` it is used")
    otherwise: AnyMask = Field(alias="else", description="the mask of rows that meet no condition")

    @field_validator("otherwise")
    @classmethod
    def _is_plain(cls, otherwise: MaskRule) -> MaskRule:
        _require_plain(otherwise, "`else`")
        return otherwise

    @model_validator(mode="after")
    def _says_something(self) -> Cases:
        said = [
            name
            for name in MaskRule.model_fields
            if name not in {"mask", "reason"} and getattr(self, name) not in (None, False)
        ]
        if said:
            raise ValueError(f"{said[0]} is for one mask, expected it within the masks of the list")
        if all(isinstance(rule, Keep) for rule in self.rules):
            raise ValueError("every mask of the list is keep, expected one at least that masks")
        return self

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """Every mask, that of the rows that meet no condition last."""
        return (*(case.rule for case in self.cases), self.otherwise)


def place_of(at: int, word: str = "") -> str:
    """What the place of the list's mask number *at*, from 0, goes by, or that of its *word*."""
    return f"{at} {word}".rstrip()


def rules_of(rule: MaskRule) -> tuple[MaskRule, ...]:
    """The masks that *rule* uses: itself, or those of its list."""
    return rule.rules if isinstance(rule, Cases) else (rule,)


def conditions_of(rule: MaskRule) -> tuple[tuple[str, str], ...]:
    """The conditions of *rule* as they were written, each behind the word it was written with."""
    if isinstance(rule, Cases):
        return tuple(("when", each.when) for each in rule.cases)
    return tuple((word, text) for word, text in (("where", rule.where), ("unless", rule.unless)) if text is not None)


def kept(where: exp.Expression | None, unless: exp.Expression | None) -> exp.Expression | None:
    """Whether a row's value stays as it is; None where no condition says so. What no condition can decide (NULL) is
    masked."""
    found = [exp.Is(this=paren(where), expression=exp.false())] if where is not None else []
    found += [exp.Is(this=paren(unless), expression=exp.true())] if unless is not None else []
    if not found:
        return None
    return found[0] if len(found) == 1 else exp.Or(this=found[0], expression=found[1])


def choice(rule: Cases, conditions: Sequence[exp.Expression]) -> exp.Expression:
    """The number of the mask that a row gets, :data:`KEPT` or from 1 in the order of the list; never NULL.

    A condition that is NULL is met by nobody. A row is kept only where every mask's condition before is known not to be
    met: else the first of those that are NULL decides.
    """

    def number(at: int) -> exp.Expression:
        if not isinstance(rule.rules[at], Keep):
            return literal(at + 1)
        unknown = [
            (is_null(condition.copy()), literal(before + 1))
            for before, condition in enumerate(conditions[:at])
            if not isinstance(rule.rules[before], Keep)
        ]
        return case(*unknown, default=literal(KEPT)) if unknown else literal(KEPT)

    return case(
        *((condition.copy(), number(at)) for at, condition in enumerate(conditions)), default=number(len(conditions))
    )


def chosen(name: str, number: exp.Expression, values: Sequence[tuple[int, exp.Expression]]) -> exp.Expression:
    """Of the masked *values* of the column *name*, each with its number, that of *number*; the original for
    :data:`KEPT`."""
    *others, (_, last) = values
    branches = [(KEPT, column(name)), *others]
    return exp.Case(this=number, ifs=[exp.If(this=literal(at), true=value) for at, value in branches], default=last)


def one_of(number: exp.Expression, numbers: Sequence[int]) -> exp.Expression:
    """Whether *number* is one of *numbers*."""
    if not numbers:
        return exp.false()
    return exp.In(this=paren(number), expressions=[literal(at) for at in numbers])


def unique_problem(rule: Cases) -> Obstacle | None:
    """Why the masks of a list would not keep a unique column's values apart from each other's, though each does its
    own."""
    made = {
        other.model_dump_json(include={"mask", "by", "scope"})
        for other in rule.rules
        if not isinstance(other, Keep | Null)
    }
    if len(made) > 1:
        return Obstacle(
            "a unique index rests on it, and two masks of the list may give two rows one value",
            "use one mask with one `by` and one scope in all of its conditions, beside keep and null",
        )
    return None
