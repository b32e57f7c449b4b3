"""E-mail addresses and telephone numbers that reach nobody."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import Email, Phone
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, concat, literal, modulo, share, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness, is_text

_SHORTEST_PHONE = 10

#: Formats of to_char by how the original is written. Japan: 0900 is no mobile prefix and 03-1… no exchange. United States: 555-0100 to
#: 555-0199 are kept for fiction.
_JAPAN = {
    "plus, hyphen": 'FM"+81-90-0"000"-"0000', "plus": 'FM"+81900"0000000', "long, hyphen": 'FM"090-0"000"-"0000', "hyphen": 'FM"03-1"000"-"0000',
    "long": 'FM"0900"0000000', "plain": 'FM"031"0000000',
}  # fmt: skip
_AMERICA = {
    "plus, hyphen": 'FM"+1-"000"-555-01"00', "plus": 'FM"+1"000"55501"00', "parenthesis": 'FM"("000") 555-01"00', "hyphen": 'FM000"-555-01"00',
    "plain": 'FM000"55501"00',
}  # fmt: skip
_AREA_CODES = 800  # 200 to 999


def email(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """``yoko.1204@example.com``: a given name, agreeing with first_name of the scope, and what makes it unique.

    Where the column is too short for all of it, the name is cut or left out. Source: example.com is reserved, RFC 2606.
    """
    del original
    tag = context.identity.tag(context.bindings)
    room = None if column.type.length is None else column.type.length - context.identity.tag_length - len(rule.domain) - 2
    if room is not None and room < 1:
        return concat(tag, f"@{rule.domain}")
    names = word_list(context.locale, "given_romaji")
    dotted = Words(f"{names.name} lower, dotted", tuple(f"{name.lower()}." for name in names.entries))
    name = pick(dotted, context.identity.number("given", context.bindings), context)
    if room is not None and room < max(len(entry) for entry in names.entries):
        name = concat(call("left", call("rtrim", name, "."), room), ".")
    return concat(name, tag, f"@{rule.domain}")


def _email_chance(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """Nobody's address ends in the row's own tag at the sink; one that does was masked before, and may be made again."""
    del column
    end = concat(context.identity.tag(context.bindings), f"@{rule.domain}")
    own = exp.EQ(this=call("right", call("lower", text(original)), call("length", end)), expression=end.copy())
    return case((own, share(1)), default=share(0))


def _email_problem(column: Column, rule: Email, context: Context) -> str | None:
    limit, needed = column.type.length, context.identity.tag_length + len(rule.domain) + 1
    if limit is not None and limit < needed:
        return f"{column.type.sql} is too short for a unique address at {rule.domain}, which may need {needed} characters\nwiden the column, or use a shorter domain or another mask"
    return None


def phone(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """A number nobody has, with the original's hyphens and about its length.

    Source: numbering plans of the Ministry of Internal Affairs and Communications (Japan), NANPA 555 line numbers (United States).
    """
    del column, rule
    number = context.identity.number("phone", context.bindings)
    written = text(original)
    has_plus = _begins(written, "+")
    has_hyphen = exp.GT(this=call("strpos", written.copy(), "-"), expression=literal(0))
    if context.locale == "ja_JP":
        hyphenated = _style(_JAPAN, ("plus, hyphen", has_plus), ("long, hyphen", _is_longer(written, 12)), default="hyphen")
        plain = _style(_JAPAN, ("plus", has_plus.copy()), ("long", _is_longer(written, 10)), default="plain")
        return call("to_char", modulo(number, 10_000_000), case((has_hyphen, hyphenated), default=plain))
    has_parenthesis = _begins(written, "(")
    hyphenated = _style(_AMERICA, ("plus, hyphen", has_plus), ("parenthesis", has_parenthesis), default="hyphen")
    plain = _style(_AMERICA, ("plus", has_plus.copy()), ("parenthesis", has_parenthesis.copy()), default="plain")
    drawn = exp.Paren(this=exp.Add(this=modulo(number, _AREA_CODES * 100), expression=literal(20_000)))
    return call("to_char", drawn, case((has_hyphen, hyphenated), default=plain))


def _phone_chance(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """Nothing but a number that is reserved already can come out."""
    del column, rule
    if context.locale == "ja_JP":
        starts, drawn = ("03-1", "031", "090-0", "0900", "+81900", "+81-90-0"), 10_000_000
        reserved = [_begins(text(original), start) for start in starts]
    else:
        reserved, drawn = [exp.Like(this=text(original.copy()), expression=literal(f"%{line}%")) for line in ("555-01", "55501")], _AREA_CODES * 100
    return case(*((condition, share(1 / drawn)) for condition in reserved), default=share(0))


def _begins(written: exp.Expression, mark: str) -> exp.Expression:
    # LIKE takes a third of the time of starts_with().
    return exp.Like(this=written.copy(), expression=literal(f"{mark}%"))


def _is_longer(written: exp.Expression, characters: int) -> exp.Expression:
    return exp.GT(this=call("length", written.copy()), expression=literal(characters))


def _style(formats: dict[str, str], *branches: tuple[str, exp.Expression], default: str) -> exp.Expression:
    return case(*((condition, literal(formats[name])) for name, condition in branches), default=literal(formats[default]))


def _phone_problem(column: Column, rule: Phone, context: Context) -> str | None:
    del rule, context
    limit = column.type.length
    if limit is not None and limit < _SHORTEST_PHONE:
        return f"{column.type.sql} is too short for a telephone number of {_SHORTEST_PHONE} digits\nuse null, fixed, or {{mask: token, alphabet: digits}}"
    return None


EMAIL = Mask(
    name="email",
    rule=Email,
    serves="text",
    uniqueness=Uniqueness.KEPT,
    accepts=is_text,
    render=email,
    chance=_email_chance,
    problem=_email_problem,
    example="asuka.1204@example.com",
)
PHONE = Mask(
    name="phone",
    rule=Phone,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=phone,
    chance=_phone_chance,
    problem=_phone_problem,
    example="090-0955-6039, 560-555-0139",
)
