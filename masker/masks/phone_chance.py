"""How likely a telephone number is one that was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.locale import Phones, Service
from masker.masks.mask import Context
from masker.masks.parts import InParts, number_of, pieces_of
from masker.masks.phone_kinds import LANDLINE
from masker.masks.sql.expressions import case, literal, share, text
from masker.masks.sql.formula import formula
from masker.masks.sql.wide import digits_of


def chance_of_piece(original: exp.Expression, column: Column, rule: InParts, context: Context) -> exp.Expression:
    """What no digit is drawn for is the same for all; the rest is as rare as there are digits."""
    phones = context.locale.phones
    if phones.areas:
        return _chance_of_group(digits_of(text(original)), number_of(column, rule), phones)
    piece = pieces_of(phones.in_parts)[number_of(column, rule) - 1]
    same = piece.rstrip("_")
    drawn = len(piece) - len(same)
    begins = formula("left({same}, length({v})) = left({v}, {length})", v=text(original), same=same, length=len(same))
    chance = formula(
        "power({tenth}, greatest(0, least(length({v}) - {same}, {drawn})))",
        tenth=share(0.1),
        v=text(original),
        same=len(same),
        drawn=drawn,
    )
    return case((begins, chance), default=share(0))


def _chance_of_group(digits: exp.Expression, number: int, phones: Phones) -> exp.Expression:
    """An area code or what stands for one; an exchange that there is not; or any digits behind it."""
    codes = {begins.partition("-")[0] for _, begins in phones.areas} | {one.begins for one in phones.services}
    listed = "|".join(sorted(codes | {pieces_of(phones.in_parts)[0]}))
    exchanges = "|".join(sorted({begins.partition("-")[2] for _, begins in phones.areas}))
    services = "|".join(str(n) for one in phones.services for n in _blocks(one))
    match number:
        case 1:
            # What there is no room for is cut.
            is_one, chance = formula("strpos({listed}, {bar} || {d}) > 0", listed=f"|{listed}", bar="|", d=digits), 1.0
            return case((is_one, share(chance)), default=share(0))
        case 2:
            found = [
                (formula("{d} ~ {pattern}", d=digits, pattern=f"^({services})$"), share(1 / 2)),
                (
                    formula("{d} ~ {pattern}", d=digits, pattern=f"^({exchanges})"),
                    formula("power({tenth}, length({d}) - 1)", tenth=share(0.1), d=digits),
                ),
            ]
            return case(*found, default=share(0))
        case _:
            return formula("power({tenth}, length({d}))", tenth=share(0.1), d=digits)


def _blocks(one: Service) -> range:
    """The groups of three digits that numbers of a service have behind what they begin with."""
    behind = 10 ** (len(pieces_of(one.hyphenated)[2]))
    return range(one.first // behind, (one.first + one.drawn) // behind)


def chance_of(original: exp.Expression, column: Column, rule: InParts, context: Context) -> exp.Expression:
    """Nothing but a number that is reserved already can come out."""
    if rule.parts is not None:
        return chance_of_piece(original, column, rule, context)
    phones = context.locale.phones
    if not phones.areas:
        reserved = [exp.Like(this=text(original.copy()), expression=literal(pattern)) for pattern in phones.reserved]
        return case(*((condition, share(1 / phones.drawn)) for condition in reserved), default=share(0))
    # The rarer the more digits are drawn: a longer beginning leaves fewer.
    known = {pattern.rstrip("%"): 1 / phones.drawn for pattern in phones.reserved}
    for _, begins in phones.areas:
        digits = begins.replace("-", "")
        known[digits] = max(known.get(digits, 0.0), 10.0 ** (len(digits) - LANDLINE))
    known |= {f"{one.begins}{block}": 1 / one.drawn for one in phones.services for block in _blocks(one)}
    by_chance: dict[float, list[str]] = defaultdict(list)
    for begins, chance in sorted(known.items()):
        by_chance[chance].append(begins)
    found = [(_begins(original, begins), share(chance)) for chance, begins in by_chance.items()]
    # Taking the digits is what costs, and hardly an original begins like any of them.
    return case((_begins(original, sorted(known)), case(*found, default=share(0))), default=share(0))


def _begins(original: exp.Expression, with_one_of: Iterable[str]) -> exp.Expression:
    pattern = f"^({'|'.join(with_one_of)})"
    return formula("{d} ~ {pattern}", d=digits_of(text(original)), pattern=pattern)
