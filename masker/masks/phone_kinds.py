"""Telephone numbers that say what they are for: of a service or of a place, where a country has such."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlglot import exp

from masker.masks.address import PLACE
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Place, Service
from masker.masks.locales.pools import Pool
from masker.masks.mask import Context
from masker.masks.numbers import Numbers
from masker.masks.pick import draw
from masker.masks.sql.expressions import call, case, literal, modulo
from masker.masks.sql.formula import formula

#: Digits of a landline of Japan.
LANDLINE = 10

#: Formats over whose first characters an area is put.
_BEHIND_AREA, _BEHIND_PLAIN_AREA = 'FM"0000"000"-"0000', 'FM"000"0000000'


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an original says of how a number is written: *styled* is the format for most, *begins* whether it begins
    with a mark, *is_long* whether there are too many digits for a landline, *has_hyphen* None where hyphens are to be
    put in any case."""

    styled: exp.Expression
    begins: Callable[[str], exp.Expression]
    is_long: exp.Expression
    has_hyphen: exp.Expression | None

    def either(self, hyphenated: exp.Expression | str, plain: exp.Expression | str) -> exp.Expression:
        if self.has_hyphen is None:
            return literal(hyphenated)
        return case((self.has_hyphen.copy(), literal(hyphenated)), default=literal(plain))


def of_kind(drawn: exp.Expression, form: Form, context: Context) -> exp.Expression:
    """A number of a service or of a place, where the original is one; any other in its style. Where values stay apart
    there are too few of these."""
    phones = context.locale.phones
    other = call("to_char", drawn, form.styled)
    if context.stays_apart or not phones.areas:
        return other
    branches = [
        (form.begins(one.begins), call("to_char", of_service(drawn, one), form.either(one.hyphenated, one.plain)))
        for one in phones.services
    ]
    is_other = exp.Or(this=form.begins("+"), expression=form.is_long)
    area = draw(_areas(context), context.identity.number(PLACE, context.bindings), context)
    area = form.either(area, call("replace", area.copy(), "-", ""))
    return case(*branches, (is_other, other), default=in_area(drawn.copy(), area, form))


def of_service(drawn: exp.Expression, one: Service) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=literal(one.first), expression=modulo(drawn.copy(), one.drawn)))


def in_area(drawn: exp.Expression, area: exp.Expression, form: Form) -> exp.Expression:
    """The last digits of a number behind what begins it."""
    whole = call("to_char", drawn, form.either(_BEHIND_AREA, _BEHIND_PLAIN_AREA))
    return formula("overlay({whole} placing {area} from 1)", whole=whole, area=area)


def _areas(context: Context) -> Pool:
    """What numbers begin with, by the place that ``address`` names."""
    return area_pool(context.locale.name, context.numbers(PLACE))


@cache
def area_pool(locale: str, numbers: Numbers | None) -> Pool:
    """What landlines of a country begin with, by place, places drawn as *numbers* have it."""
    areas = dict(LOCALES[locale].phones.areas)
    return LOCALES[locale].written(Place("{region}"), numbers=numbers).map(areas.__getitem__, "areas")


def fitting_area(first: exp.Expression, context: Context) -> exp.Expression:
    """The beginning of the identity's own area, if its code is as long as the *first* piece; else of one whose is."""
    area = draw(_areas(context), context.identity.number(PLACE, context.bindings), context)
    own = formula("length({first}) = strpos({area}, '-') - 1", first=first, area=area)
    by_length = {begins.index("-"): begins for _, begins in reversed(context.locale.phones.areas)}
    others = [
        (formula("length({first}) <= {n}", first=first, n=length), literal(begins))
        for length, begins in sorted(by_length.items())
    ]
    return case((own, area.copy()), *others[:-1], default=others[-1][1])
