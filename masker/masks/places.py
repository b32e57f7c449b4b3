"""Postal codes and addresses."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import Address, PostalCode
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, concat, literal, modulo, share, text
from masker.masks.people import pick, picked, shares
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Chome, block and house.
_BLOCKS = Words(
    "Japanese blocks", tuple(f"{chome}-{block}-{house}" for chome in range(1, 10) for block in range(1, 31) for house in range(1, 21))
)

#: Numbers that codes, houses and doors are drawn from, first and last.
_JAPANESE_CODES, _AMERICAN_CODES = (10_000, 9_989_999), (501, 99_950)
_HOUSES, _DOORS = (100, 9999), (101, 999)

#: Characters that every address has more of than of its first part, and how often houses begin with the commonest digit, 1.
_LONGEST_ADDRESS = 40
_FIRST_DIGIT = 0.12

_HYPHENED_CODE = 8
_LONG_ZIP = 10  # characters of 12345-6789


def postal_code(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """Seven digits for Japan, five or nine for the United States, with a hyphen where the original has one."""
    del rule
    number = context.identity.number("postal code", context.bindings)
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    if context.locale == "ja_JP":
        bare, hyphened = literal("FM0000000"), literal('FM000"-"0000')
        has_no_room = column.type.length is not None and column.type.length < _HYPHENED_CODE
        return call("to_char", _between(number, *_JAPANESE_CODES), bare if has_no_room else case((has_hyphen, hyphened), default=bare))
    short, long = literal("FM00000"), literal('FM00000"-0001"')
    is_narrow = column.type.length is not None and column.type.length < _LONG_ZIP
    return call("to_char", _between(number, *_AMERICAN_CODES), short if is_narrow else case((has_hyphen, long), default=short))


def address(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """An address of the locale, or the part of it that the rule names; parts of one scope belong to one address."""
    del original, column
    parts = _japanese(context) if context.locale == "ja_JP" else _american(context)
    return parts[rule.part]


def _japanese(context: Context) -> dict[str, exp.Expression]:
    region, city, town = (_word(name, context) for name in ("region", "city", "street"))
    block = pick(_BLOCKS, _number("block", context), context)
    building = concat(_word("building", context), text(_between(_number("door", context), *_DOORS)))
    street = concat(town, block)
    return {"full": concat(region, city, street), "region": region, "city": city, "street": street, "building": building}


def _american(context: Context) -> dict[str, exp.Expression]:
    region, city, road = (_word(name, context) for name in ("region", "city", "street"))
    street = concat(text(_between(_number("block", context), *_HOUSES)), " ", road)
    building = concat(_word("building", context), " ", text(_between(_number("door", context), 1, 999)))
    code = call("to_char", _between(context.identity.number("postal code", context.bindings), *_AMERICAN_CODES), literal("FM00000"))
    return {
        "full": concat(street, ", ", city, ", ", region, " ", code),
        "region": region,
        "city": city,
        "street": street,
        "building": building,
    }


def _postal_chance(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    del original, column, rule
    least, most = _JAPANESE_CODES if context.locale == "ja_JP" else _AMERICAN_CODES
    return share(1 / (most - least + 1))


def _address_chance(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """Regions and cities are looked up; what is put together of several lists is met as seldom as it has forms."""
    if rule.part in {"region", "city"}:
        return picked(original, word_list(context.locale, rule.part), column, context)
    limit = column.type.length
    if limit is not None and limit < _LONGEST_ADDRESS:
        # So little of it is left that its first list, or the first digits of a house, may be all there is.
        if context.locale != "ja_JP" and rule.part != "building":
            return share(_FIRST_DIGIT / 10 ** (min(limit, 3) - 1))
        first = {"full": "region", "street": "street", "building": "building"}[rule.part]
        return share(max(of for _, of in shares(word_list(context.locale, first), limit).entries))
    street = len(word_list(context.locale, "street").entries) * (len(_BLOCKS.entries) if context.locale == "ja_JP" else _between_count(_HOUSES))
    building = len(word_list(context.locale, "building").entries) * _between_count(_DOORS)
    town = len(word_list(context.locale, "city").entries) * len(word_list(context.locale, "region").entries)
    return share(1 / {"street": street, "building": building, "full": street * town}[rule.part])


def _number(part: str, context: Context) -> exp.Expression:
    return context.identity.number(part, context.bindings)


def _word(name: str, context: Context) -> exp.Expression:
    return pick(word_list(context.locale, name), _number(name, context), context)


def _between_count(span: tuple[int, int]) -> int:
    return span[1] - span[0] + 1


def _between(number: exp.Expression, least: int, most: int) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=literal(least), expression=modulo(number, most - least + 1)))


POSTAL_CODE = Mask(
    name="postal_code",
    rule=PostalCode,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=postal_code,
    chance=_postal_chance,
    example="099-1696, 57847",
)
ADDRESS = Mask(
    name="address",
    rule=Address,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=address,
    chance=_address_chance,
    example="福井県横浜市瀬谷区吾妻橋2-11-13",
)
