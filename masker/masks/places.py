"""Postal codes and addresses."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import Address, PostalCode
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, concat, literal, modulo, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Chome, block and house.
_BLOCKS = Words(
    "Japanese blocks", tuple(f"{chome}-{block}-{house}" for chome in range(1, 10) for block in range(1, 31) for house in range(1, 21))
)

_LONG_ZIP = 10  # characters of 12345-6789


def postal_code(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """Seven digits for Japan, five or nine for the United States, with a hyphen where the original has one."""
    del rule
    number = context.identity.number("postal code", context.bindings)
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    if context.locale == "ja_JP":
        return call(
            "to_char", _between(number, 10_000, 9_989_999), case((has_hyphen, literal('FM000"-"0000')), default=literal("FM0000000"))
        )
    short, long = literal("FM00000"), literal('FM00000"-0001"')
    is_narrow = column.type.length is not None and column.type.length < _LONG_ZIP
    return call("to_char", _between(number, 501, 99_950), short if is_narrow else case((has_hyphen, long), default=short))


def address(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """An address of the locale, or the part of it that the rule names; parts of one scope belong to one address."""
    del original, column
    parts = _japanese(context) if context.locale == "ja_JP" else _american(context)
    return parts[rule.part]


def _japanese(context: Context) -> dict[str, exp.Expression]:
    region, city, town = (_word(name, context) for name in ("region", "city", "street"))
    block = pick(_BLOCKS, _number("block", context), context)
    building = concat(_word("building", context), text(_between(_number("door", context), 101, 999)))
    street = concat(town, block)
    return {"full": concat(region, city, street), "region": region, "city": city, "street": street, "building": building}


def _american(context: Context) -> dict[str, exp.Expression]:
    region, city, road = (_word(name, context) for name in ("region", "city", "street"))
    street = concat(text(_between(_number("block", context), 100, 9999)), " ", road)
    building = concat(_word("building", context), " ", text(_between(_number("door", context), 1, 999)))
    code = call("to_char", _between(context.identity.number("postal code", context.bindings), 501, 99_950), literal("FM00000"))
    return {
        "full": concat(street, ", ", city, ", ", region, " ", code),
        "region": region,
        "city": city,
        "street": street,
        "building": building,
    }


def _number(part: str, context: Context) -> exp.Expression:
    return context.identity.number(part, context.bindings)


def _word(name: str, context: Context) -> exp.Expression:
    return pick(word_list(context.locale, name), _number(name, context), context)


def _between(number: exp.Expression, least: int, most: int) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=literal(least), expression=modulo(number, most - least + 1)))


POSTAL_CODE = Mask(
    name="postal_code",
    rule=PostalCode,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=postal_code,
    example="099-1696, 57847",
)
ADDRESS = Mask(
    name="address",
    rule=Address,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=address,
    example="福井県横浜市瀬谷区吾妻橋2-11-13",
)
