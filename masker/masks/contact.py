"""E-mail addresses and telephone numbers that reach nobody."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import Email, Phone
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, concat, equals, literal, modulo, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Characters of a tag at most: sixteen hexadecimal digits, or an integer key with its sign.
_HEX_TAG = 16
_INTEGER_TAGS = {"int2": 6, "int4": 11, "int8": 20}

#: Longest given name in the lists, about; a column with less room gets the name cut.
_NAME = 12


def email(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """``yoko.1204@example.com``: a given name, agreeing with first_name of the scope, and what makes it unique.

    Source: example.com is reserved, RFC 2606.
    """
    del original
    tag = context.identity.tag(context.bindings)
    room = None if column.type.length is None else column.type.length - _tag_length(context) - len(rule.domain) - 2
    if room is not None and room < 1:
        return concat(tag, f"@{rule.domain}")
    names = word_list(context.locale, "given_romaji")
    lower = Words(f"{names.name} lower", tuple(name.lower() for name in names.entries))
    name = pick(lower, context.identity.number("given", context.bindings), context)
    if room is not None and room < _NAME:
        name = call("left", name, room)
    return concat(name, ".", tag, f"@{rule.domain}")


def _tag_length(context: Context) -> int:
    identity = context.identity
    return _INTEGER_TAGS.get(identity.columns[0].type.name, 20) if identity.is_plain_integer else _HEX_TAG


def _email_problem(column: Column, rule: Email, context: Context) -> str | None:
    limit, needed = column.type.length, _tag_length(context) + len(rule.domain) + 1
    if limit is not None and limit < needed:
        return f"{column.type.sql} is too short for a unique address at {rule.domain}, which may need {needed} characters\nwiden the column, or use a shorter domain or another mask"
    return None


#: Formats of to_char by how the original is written. Japan: 0900 is no mobile prefix, 03-1… no exchange. United States: 555-0100 to 0199
#: are kept for fiction.
_JAPAN = {
    "plus, hyphen": 'FM"+81-90-0"000"-"0000',
    "plus": 'FM"+81900"0000000',
    "ten digits, hyphen": 'FM"03-1"000"-"0000',
    "ten digits": 'FM"031"0000000',
    "hyphen": 'FM"090-0"000"-"0000',
    "plain": 'FM"0900"0000000',
}
_AMERICA = {
    "plus, hyphen": 'FM"+1-"000"-555-01"00',
    "plus": 'FM"+1"000"55501"00',
    "parenthesis": 'FM"("000") 555-01"00',
    "hyphen": 'FM000"-555-01"00',
    "plain": 'FM000"55501"00',
}
_AREA_CODES = 800  # 200 to 999


def phone(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """A number nobody has, with the original's hyphens and length.

    Source: numbering plans of the Ministry of Internal Affairs and Communications (Japan), NANPA 555 line numbers (United States).
    """
    del column, rule
    number = context.identity.number("phone", context.bindings)
    has_plus = equals(call("left", text(original.copy()), 1), "+")
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    if context.locale == "ja_JP":
        digits = call("length", call("translate", text(original.copy()), "-() ", ""))
        is_ten = equals(digits, 10)
        style = _style(
            _JAPAN,
            (
                ("plus, hyphen", has_plus, has_hyphen),
                ("plus", has_plus),
                ("ten digits, hyphen", is_ten, has_hyphen),
                ("ten digits", is_ten),
                ("hyphen", has_hyphen),
            ),
        )
        return call("to_char", modulo(number, 10_000_000), style)
    has_parenthesis = equals(call("left", text(original.copy()), 1), "(")
    style = _style(
        _AMERICA, (("plus, hyphen", has_plus, has_hyphen), ("plus", has_plus), ("parenthesis", has_parenthesis), ("hyphen", has_hyphen))
    )
    value = exp.Paren(this=exp.Add(this=literal(20_000), expression=modulo(number, _AREA_CODES * 100)))
    return call("to_char", value, style)


def _style(formats: dict[str, str], branches: tuple[tuple[str, *tuple[exp.Expression, ...]], ...]) -> exp.Expression:
    ifs: list[tuple[exp.Expression, exp.Expression]] = []
    for name, *conditions in branches:
        ifs.append((exp.and_(*(condition.copy() for condition in conditions)), literal(formats[name])))
    return case(*ifs, default=literal(formats["plain"]))


EMAIL = Mask(
    name="email",
    rule=Email,
    serves="text",
    uniqueness=Uniqueness.KEPT,
    accepts=is_text,
    render=email,
    problem=_email_problem,
    example="yoko.1204@example.com",
)
PHONE = Mask(
    name="phone",
    rule=Phone,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=phone,
    example="090-0123-4567, (555) 555-0123",
)
