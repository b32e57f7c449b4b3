"""One masked column: its mask, or the masks of its list, of which rows each is, and how a plan tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.apply import masked
from masker.masks.cases import Cases, chosen, conditions_of, one_of, rules_of
from masker.masks.digits import Digits
from masker.masks.ends import OfMiddle, middle, original_of
from masker.masks.every import MASKS
from masker.masks.json import leaf_chances
from masker.masks.json_path import json_steps
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.masks.locales import LOCALES
from masker.masks.mask import Context, Uniqueness
from masker.masks.own_sql import Sql
from masker.masks.partial import Partial
from masker.masks.redact_rule import RedactText
from masker.masks.rule import MaskRule
from masker.masks.shuffle import Shuffle
from masker.masks.sql.expressions import case, share
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.identity import Identity
from masker.masks.sql.verbatim import render
from masker.ruleset.types import ColumnDecision
from masker.tables.plan import MaskedColumn, MaskedLeaf, Variant
from masker.tables.telling import tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One mask of a column: its *number* in the list, 1 where it is the only one, and what it is rendered from."""

    number: int
    rule: MaskRule
    shape: Column
    context: Context

    @property
    def is_checkable(self) -> bool:
        """Whether what it makes of an original can be told from the original: it is no constant, nor what shows it, nor
        the rule's own SQL."""
        return MASKS[self.rule.mask].chance is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A column that can be masked. Of a list, *number* says which mask a row gets; *kept* whether it stays by a
    condition's leave.

    *goes_by* are the masked columns whose originals the conditions read.
    """

    found: ColumnDecision
    uses: tuple[Use, ...]
    kept: exp.Expression | None = None
    number: exp.Expression | None = None
    goes_by: tuple[str, ...] = ()

    def value(self) -> exp.Expression:
        """The column as the target gets it. Raises ExpressionError."""
        name = self.found.column.name
        if self.number is not None:
            return chosen(
                name, self.number.copy(), [(use.number, masked(use.shape, use.rule, use.context)) for use in self.uses]
            )
        (use,) = self.uses
        value = masked(use.shape, use.rule, use.context)
        if self.kept is None:
            return value
        return exp.Case(ifs=[exp.If(this=self.kept.copy(), true=column_expression(name))], default=value)

    @property
    def shows_its_own(self) -> bool:
        """Whether so much of an original can be read that one which comes out as it was is no fault."""
        return any(MASKS[use.rule.mask].card.of_original for use in self.uses)

    def summary(self, sql: str) -> MaskedColumn:
        """As a plan tells of it and verification checks it; *sql* is the whole expression."""
        rule = self.found.rule
        mask = MASKS[self.uses[0].rule.mask]
        only = self.uses[0] if self.number is None else None
        chance = self._chance()
        identity = only.context.identity if only is not None else None
        return MaskedColumn(
            name=self.found.column.name,
            mask=rule.mask,
            by=rule.by or (),
            identity=_names(identity) if identity is not None else (),
            scope=rule.scope,
            position=self.found.position,
            sql=sql,
            is_constant=only is not None and mask.card.is_constant,
            may_repeat=only is None or mask.card.uniqueness is not Uniqueness.KEPT,
            keeps_null=all(MASKS[use.rule.mask].keeps_null for use in self.uses),
            may_keep=only is None or mask.card.may_keep,
            # What a condition keeps is text that people wrote.
            reads_row=self.kept is not None
            or any(isinstance(each, Keep) for each in rules_of(rule))
            or any(MASKS[use.rule.mask].card.reads_row for use in self.uses),
            sink=_sink(only.rule) if only is not None else None,
            chance=render(chance) if chance is not None else None,
            leaves=tuple(_leaves(only.rule, only.context)) if only is not None else (),
            accepts=tuple(
                name
                for each in rules_of(rule)
                if isinstance(each, Json | Sql | Keep | Shuffle)
                for name in ((self.found.column.name,) if isinstance(each, Shuffle) else each.shows)
            ),
            tells=tells(only.rule, self.found.column.type) if only is not None else "",
            drawn=self._drawn(),
            variants=tuple(self._variants()),
            conditions=conditions_of(rule),
            goes_by=self.goes_by,
            others=_words(rule),
            null=next((each.null for each in rules_of(rule) if each.null is not None), None),
            share=next((each.share for each in rules_of(rule) if each.share is not None), None),
            is_unique=rule.unique,
            ends=_ends(rule, self.found.locale),
            reason=rule.reason,
        )

    def _drawn(self) -> str | None:
        if self.number is not None:
            return render(one_of(self.number, [use.number for use in self.uses if use.is_checkable]))
        return None if self.kept is None else render(exp.Not(this=exp.Paren(this=self.kept.copy())))

    def _chance(self) -> exp.Expression | None:
        if self.number is None:
            (use,) = self.uses
            return _chance(use)
        found = [(one_of(self.number.copy(), [use.number]), _chance(use)) for use in self.uses if use.is_checkable]
        branches = [(when, chance) for when, chance in found if chance is not None]
        return case(*branches, default=share(0)) if branches else share(0)

    def _variants(self) -> Iterator[Variant]:
        if self.number is None:
            return
        for use in self.uses:
            yield Variant(
                when=render(one_of(self.number.copy(), [use.number])),
                mask=use.rule.mask,
                identity=_names(use.context.identity),
                tells=tells(use.rule, self.found.column.type),
                sink=_sink(use.rule),
            )


def _chance(use: Use) -> exp.Expression | None:
    chance = MASKS[use.rule.mask].chance
    if chance is None:
        return None
    inner, shape = middle(original_of(use.shape), use.shape, use.rule)
    return chance(inner, shape, use.rule, use.context)


def _names(identity: Identity) -> tuple[str, ...]:
    return ("value",) if identity.by_value else tuple(c.name for c in identity.columns)


def _sink(rule: MaskRule) -> str | None:
    sink = MASKS[rule.mask].sink
    return sink(rule) if sink is not None else None


def _ends(rule: MaskRule, locale: str) -> str:
    """What of an original stays under *rule*, in words; *locale* is that of rules which say none."""
    found = []
    for one in rules_of(rule):
        if isinstance(one, OfMiddle) and one.keep is not None:
            found.append(str(one.keep))
        elif isinstance(one, Digits | Partial):
            found.extend(f"{word} {kept}" for word, kept in (("first", one.first), ("last", one.last)) if kept)
        elif isinstance(one, RedactText) and not one.finds_others(LOCALES[one.locale or locale]):
            found.append("names of others")
    return ", ".join(found)


def _words(rule: MaskRule) -> tuple[str, ...]:
    """The masks of a list as a plan names them."""
    return tuple(one.mask for one in rule.rules) if isinstance(rule, Cases) else ()


def _leaves(rule: MaskRule, context: Context) -> Iterator[MaskedLeaf]:
    for leaf in leaf_chances(rule, context) if isinstance(rule, Json) else ():
        yield MaskedLeaf(
            path=leaf.path,
            steps=json_steps(leaf.path),
            mask=leaf.rule.mask,
            by=leaf.rule.by or (),
            chance=render(leaf.chance) if leaf.chance is not None else None,
            tells=tells(leaf.rule),
            sink=_sink(leaf.rule),
        )
