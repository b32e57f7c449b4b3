"""The beginning and the end of a text that a mask leaves as they are, for masks of what is between."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ConfigDict, Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, column, concat, text
from masker.masks.sql.formula import formula
from masker.model import Model

#: The database's own collation.
_DEFAULT = 'pg_catalog."default"'


class Ends(Model):
    """What of a text stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    first: int = Field(default=0, ge=0, le=64, description="characters at the beginning")
    last: int = Field(default=0, ge=0, le=64, description="characters at the end")
    prefix: str | None = Field(default=None, min_length=1, max_length=64, description="this, where a text begins so")
    suffix: str | None = Field(default=None, min_length=1, max_length=64, description="this, where a text ends so")

    @model_validator(mode="after")
    def _says_something(self) -> Ends:
        if (self.first and self.prefix) or (self.last and self.suffix):
            raise ValueError("takes either first or prefix, and either last or suffix")
        if not self.most:
            raise ValueError("takes first or prefix, last or suffix, or one of each")
        return self

    @property
    def most(self) -> int:
        """Characters that stay at most."""
        return self.first + self.last + len(self.prefix or "") + len(self.suffix or "")

    def __str__(self) -> str:
        return ", ".join(f"{name} {kept}" for name, kept in self.model_dump().items() if kept)


class OfMiddle(MaskRule):
    """Base of the rules of masks that can leave both ends of a text as they are."""

    keep: Ends | None = Field(
        default=None,
        description="ends of the original that stay and can be read, as `{first: 2, last: 4}`, `{prefix: sk_live_}`;"
        " nothing stays of a text of which more than half would",
    )


def original_of(target: Column) -> exp.Expression:
    """The column *target* as masks read it: patterns and substrings are not sought under a nondeterministic
    collation."""
    if not target.compares_loosely:
        return column(target.name)
    return exp.Paren(this=exp.Collate(this=column(target.name), expression=exp.Var(this=_DEFAULT)))


def beside_others(value: exp.Expression, target: Column | None) -> exp.Expression:
    """*value* of the column *target* as a text that can stand beside those of other columns, which have collations of
    their own."""
    if target is None or target.collation in {None, _DEFAULT}:
        return text(value)
    return exp.Paren(this=exp.Collate(this=text(value), expression=exp.Var(this=_DEFAULT)))


def middle(original: exp.Expression, target: Column, rule: MaskRule) -> tuple[exp.Expression, Column]:
    """What of *original* is masked, and *target* as wide as there is room for it."""
    ends = rule.keep if isinstance(rule, OfMiddle) else None
    if ends is None:
        return original, target
    written, (head, tail) = text(original.copy()), _kept(original, ends)
    inner = formula("substr({v}, {h} + 1, length({v}) - {h} - {t})", v=written, h=head, t=tail)
    limit = target.type.length
    if limit is None:
        return inner, target
    return inner, replace(target, type=replace(target.type, length=limit - ends.most))


def around(original: exp.Expression, rule: MaskRule, value: exp.Expression) -> exp.Expression:
    """The masked *value* between the ends of *original* that stay."""
    ends = rule.keep if isinstance(rule, OfMiddle) else None
    if ends is None:
        return value
    head, tail = _kept(original, ends)
    written = text(original.copy())
    return concat(call("left", written, head), value, call("right", written.copy(), tail))


def _kept(original: exp.Expression, ends: Ends) -> tuple[exp.Expression, exp.Expression]:
    """How many characters stay at the beginning and at the end."""
    written = text(original)
    sizes = []
    for count, fixed, side in ((ends.first, ends.prefix, "left"), (ends.last, ends.suffix, "right")):
        if fixed is None:
            sizes.append(formula("{n}", n=count))
        else:
            found = call(side, written.copy(), len(fixed))
            sizes.append(
                formula("CASE WHEN {found} = {fixed} THEN {n} ELSE 0 END", found=found, fixed=fixed, n=len(fixed))
            )
    fits = "CASE WHEN length({v}) >= 2 * ({h} + {t}) THEN {n} ELSE 0 END"
    head, tail = sizes
    return formula(fits, v=written, h=head, t=tail, n=head), formula(fits, v=written, h=head, t=tail, n=tail)
