"""``token``: random characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.ends import OfMiddle
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.sql.expressions import call, case, cast, concat, equals, literal, paren, share, text
from masker.masks.sql.formula import formula
from masker.masks.sql.turned import WIDEST, key_fits, turned


class Token(OfMiddle):
    """Random characters of the original's length."""

    mask: Literal["token"] = "token"
    alphabet: Literal["hex", "alnum", "base58", "digits"] = "hex"
    prefix: str = Field(default="", max_length=40, description="put in front, such as sk_test_")
    length: int | None = Field(
        default=None, ge=4, le=200, description="characters, prefix included; default: as long as the original"
    )

    @model_validator(mode="after")
    def _is_one_way(self) -> Token:
        if self.keep is not None and (self.prefix or self.length):
            raise ValueError("takes either keep, or prefix and length")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alphabet:
    """How a SHA-256 digest is spelled: an encoding, the *characters* of it that are random, and what stands for letters
    not wanted.

    *least* is how many characters carry 60 bits or more, so that a hundred million tokens do not meet, *commonest* the
    share of the character that comes most often.
    """

    encoding: str
    characters: int
    least: int
    commonest: float
    replaced: tuple[tuple[str, str], ...] = ()


_ALPHABETS = {
    "hex": _Alphabet(encoding="hex", characters=64, least=16, commonest=1 / 16),
    "alnum": _Alphabet(encoding="base64", characters=43, least=12, commonest=2 / 64, replaced=(("+", "x"), ("/", "Z"))),
    "base58": _Alphabet(
        encoding="base64",
        characters=43,
        least=12,
        commonest=2 / 64,
        replaced=(("0", "x"), ("O", "X"), ("I", "y"), ("l", "Y"), ("+", "z"), ("/", "Z")),
    ),
    "digits": _Alphabet(
        encoding="hex", characters=64, least=20, commonest=2 / 16, replaced=tuple(zip("abcdef", "024681", strict=True))
    ),
}

_DIGEST_BYTES = 32
_UNIQUE_BYTES = 8


def _render(original: exp.Expression, column: Column, rule: Token, context: Context) -> exp.Expression:
    """As many characters of the alphabet as the original has bytes, from SHA-256 over the identity's number. A uuid is
    one of version 4."""
    if column.type.kind is TypeClass.UUID:
        return version_4(context)
    if column.type.kind is TypeClass.BYTEA:
        return _bytes(original, context)
    alphabet, limit = _ALPHABETS[rule.alphabet], rule.length or column.type.length
    longest = None if limit is None else limit - len(rule.prefix)
    if rule.length:
        length: exp.Expression = literal(rule.length - len(rule.prefix))
    else:
        # Bytes, so that originals in another script are as wide.
        length = call("octet_length", text(original))
        if rule.prefix:
            length = call("greatest", exp.Paren(this=exp.Sub(this=length, expression=literal(len(rule.prefix)))), 0)
        if context.stays_apart:
            enough = call("greatest", length, alphabet.least)
            characters = _characters(alphabet, enough, longest, context)
            if _may_be_short(rule, context):
                characters = _short(alphabet, length, characters, context)
            return concat(rule.prefix, characters) if rule.prefix else characters
    characters = _characters(alphabet, length, longest, context)
    return concat(rule.prefix, characters) if rule.prefix else characters


def _may_be_short(rule: Token, context: Context) -> bool:
    """Whether few characters are enough to keep values apart: nothing but their number tells them from longer ones."""
    return rule.keep is None and context.identity.is_plain_integer


def _short(alphabet: _Alphabet, length: exp.Expression, other: exp.Expression, context: Context) -> exp.Expression:
    """*length* characters, the last of them the key's digits turned about, where these fit and fewer than *alphabet*
    needs; *other* elsewhere."""
    identity, width = context.identity, call("least", length, WIDEST)
    base, letters = (10, alphabet.replaced) if alphabet is _ALPHABETS["digits"] else (16, ())
    made = formula(
        "left({digest}, {n} - {w}) || {turned}",
        digest=_replaced(call("encode", _digest("token", context), "hex"), letters),
        n=length,
        w=width,
        turned=turned(identity, width, base, "token", context.bindings),
    )
    is_short = formula(
        "{n} < {least} AND {n} > 0 AND {fits}", n=length, least=alphabet.least, fits=key_fits(identity, width, base)
    )
    return case((is_short, _replaced(made, () if letters else alphabet.replaced)), default=other)


def _replaced(characters: exp.Expression, pairs: tuple[tuple[str, str], ...]) -> exp.Expression:
    # A chain of replace() takes half the time of one translate().
    for letter, other in pairs:
        characters = call("replace", characters, letter, other)
    return characters


def version_4(context: Context, part: str = "token") -> exp.Expression:
    """Two numbers as thirty-two digits, the bits for version and variant set. Source: RFC 9562, 5.4."""
    first, second = (context.identity.shown(name, context.bindings) for name in (part, f"{part}, continued"))
    return concat(
        _digits(first, kept="-61441", put="16384"),
        _digits(second, kept="4611686018427387903", put="-9223372036854775808"),
    )


def _digits(number: exp.Expression, *, kept: str, put: str) -> exp.Expression:
    bits = exp.Paren(this=exp.BitwiseAnd(this=paren(number), expression=cast(literal(kept), "bigint")))
    bits = exp.Paren(this=exp.BitwiseOr(this=bits, expression=cast(literal(put), "bigint")))
    return call("lpad", call("to_hex", bits), 16, "0")


def _characters(alphabet: _Alphabet, length: exp.Expression, longest: int | None, context: Context) -> exp.Expression:
    """*length* characters, *longest* at most: one digest is enough for most, two and their repetition for longer
    ones."""
    size = alphabet.characters
    one, two = (call("encode", _digest(part, context), alphabet.encoding) for part in ("token", "token, continued"))
    characters = call("left", one, length)
    if longest is None or longest > size:
        both = concat(call("left", one.copy(), size), call("left", two, size))
        long = call("left", call("repeat", both, _times(length)), length.copy())
        characters = case((exp.LTE(this=paren(length.copy()), expression=literal(size)), characters), default=long)
    return _replaced(characters, alphabet.replaced)


def _bytes(original: exp.Expression, context: Context) -> exp.Expression:
    """As many bytes as the original has."""
    length = call("length", original)
    if context.stays_apart:
        length = call("greatest", length, _UNIQUE_BYTES)
    one, two = _digest("token", context), _digest("token, continued", context)
    long = call("decode", call("repeat", call("encode", concat(one.copy(), two), "hex"), _times(length)), "hex")
    fits = exp.LTE(this=length.copy(), expression=literal(_DIGEST_BYTES))
    return call("substr", case((fits, one), default=long), 1, length)


def _times(length: exp.Expression) -> exp.Expression:
    """How often two digests, 64 or more of what *length* counts, have to be repeated."""
    return exp.Paren(
        this=exp.Add(
            this=exp.Paren(this=exp.BitwiseRightShift(this=paren(length.copy()), expression=literal(6))),
            expression=literal(1),
        )
    )


def _digest(part: str, context: Context) -> exp.Expression:
    return call("sha256", call("int8send", context.identity.number(part, context.bindings)))


def _chance(original: exp.Expression, column: Column, rule: Token, context: Context) -> exp.Expression:
    """A token of few characters may be met by chance, each as often as the alphabet's commonest."""
    if column.type.kind is TypeClass.UUID:
        return share(0)
    if column.type.kind is TypeClass.BYTEA:
        return _power(1 / 256, call("length", original))
    alphabet, length = _ALPHABETS[rule.alphabet], call("octet_length", text(original))
    found = _power(alphabet.commonest, exp.Paren(this=exp.Sub(this=length, expression=literal(len(rule.prefix)))))
    if rule.length:
        return case((equals(length.copy(), rule.length), found), default=share(0))
    least = len(rule.prefix) + (alphabet.least if context.stays_apart and not _may_be_short(rule, context) else 0)
    return case((exp.LT(this=length.copy(), expression=literal(least)), share(0)), default=found) if least else found


def _power(base: float, exponent: exp.Expression) -> exp.Expression:
    """*base* to an exponent, 64 at most: what is rarer is no chance."""
    return call("power", share(base), cast(call("least", exponent, 64), "double precision"))


def _problem(column: Column, rule: Token, context: Context) -> Obstacle | None:
    if column.type.kind is not TypeClass.TEXT:
        if rule.prefix or rule.length or rule.keep is not None or rule.alphabet != "hex":
            return Obstacle(
                f"prefix, length, alphabet and keep are for text, this is {column.type.sql}", "leave them out"
            )
        return None
    limit, least = column.type.length, _ALPHABETS[rule.alphabet].least
    if rule.length and limit is not None and rule.length > limit:
        return Obstacle(f"length: {rule.length} characters do not fit {column.type.sql}")
    for place, size in ((f"a length of {rule.length}", rule.length), (column.type.sql, limit)):
        if rule.prefix and size is not None and len(rule.prefix) >= size:
            return Obstacle(f"prefix: {len(rule.prefix)} characters leave no room in {place}")
    sizes = [size for size in (limit, rule.length) if size is not None]
    if context.stays_apart and sizes and (room := min(sizes) - len(rule.prefix)) < least:
        return Obstacle(
            f"{room} characters are too few to stay unique, {least} {rule.alphabet} characters are needed",
            "use another alphabet, or let it be longer",
        )
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.BYTEA, TypeClass.UUID}


def _tells(rule: Token, kind: TypeClass) -> str:
    del rule
    return "secret" if kind in {TypeClass.TEXT, TypeClass.UUID} else ""


def _fills(rule: Token) -> bool:
    """A length of its own needs no original."""
    return rule.length is not None


TOKEN = Mask(
    rule=Token,
    card=Card(
        serves="text, bytea, uuid",
        accepts=_accepts,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity, of few characters fewer",
        example="1e1967257d35878d",
        cost=0.8,
        fills=_fills,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
