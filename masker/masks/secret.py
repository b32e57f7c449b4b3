"""Tokens and passwords."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.arguments import Password, Token
from masker.masks.bindings import Known, Locked
from masker.masks.expressions import call, case, cast, concat, literal, text
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Characters that carry 60 bits or more, so that a hundred million tokens do not meet.
_UNIQUE_CHARACTERS = {"hex": 16, "alnum": 12, "base58": 12, "digits": 20}

#: Characters one SHA-256 gives in each alphabet.
_HASH_CHARACTERS = {"hex": 64, "digits": 64, "alnum": 43, "base58": 43}

_BCRYPT_CHARACTERS = 60


def token(original: exp.Expression, column: Column, rule: Token, context: Context) -> exp.Expression:
    """As many characters of the alphabet as the original has, from SHA-256 over the identity's number."""
    if column.type.kind is TypeClass.UUID:
        return call("encode", call("substr", _hash("token", context), 1, 16), "hex")
    if column.type.kind is TypeClass.BYTEA:
        wanted = exp.Paren(this=exp.Mul(this=literal(2), expression=call("length", original)))
        return call("decode", _characters("hex", wanted, context), "hex")
    length: exp.Expression = literal(rule.length) if rule.length else call("length", text(original))
    if rule.prefix:
        length = call("greatest", exp.Paren(this=exp.Sub(this=length, expression=literal(len(rule.prefix)))), 0)
    if context.is_unique:
        length = call("greatest", length, _UNIQUE_CHARACTERS[rule.alphabet])
    characters = _characters(rule.alphabet, length, context)
    return concat(rule.prefix, characters) if rule.prefix else characters


def _characters(alphabet: str, length: exp.Expression, context: Context) -> exp.Expression:
    """*length* characters: one hash is enough for most, two and their repetition for longer ones."""
    one, two = _spelled(alphabet, "token", context), _spelled(alphabet, "token, continued", context)
    size = _HASH_CHARACTERS[alphabet]
    fits = exp.LTE(this=length.copy(), expression=literal(size))
    times = call("div", cast(length.copy(), "numeric"), 2 * size)
    long = call("repeat", concat(one.copy(), two), exp.Paren(this=exp.Add(this=cast(times, "integer"), expression=literal(1))))
    return call("left", case((fits, one), default=long), length)


def _spelled(alphabet: str, part: str, context: Context) -> exp.Expression:
    digest = _hash(part, context)
    match alphabet:
        case "hex":
            return call("encode", digest, "hex")
        case "digits":
            return call("translate", call("encode", digest, "hex"), "abcdef", "024681")
        case "base58":
            return call("translate", call("encode", digest, "base64"), "0OIl+/=", "xXyYzZ")
        case _:
            return call("translate", call("encode", digest, "base64"), "+/=", "xZ")


def _hash(part: str, context: Context) -> exp.Expression:
    return call("sha256", call("int8send", context.identity.number(part, context.bindings)))


def _token_problem(column: Column, rule: Token, context: Context) -> str | None:
    limit, least = column.type.length, _UNIQUE_CHARACTERS[rule.alphabet]
    if rule.length and limit is not None and rule.length > limit:
        return f"length: {rule.length} characters do not fit {column.type.sql}"
    if limit is not None and len(rule.prefix) >= limit:
        return f"prefix: {len(rule.prefix)} characters leave no room in {column.type.sql}"
    room = min(value for value in (limit, rule.length, 10_000) if value is not None) - len(rule.prefix)
    if context.is_unique and column.type.kind is TypeClass.TEXT and room < least:
        return f"{room} characters are too few to stay unique, {least} {rule.alphabet} characters are needed\nuse another alphabet, or let it be longer"
    return None


def _accepts_token(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.BYTEA, TypeClass.UUID}


def password(original: exp.Expression, column: Column, rule: Password, context: Context) -> exp.Expression:
    """The known hash, or one shaped like bcrypt's of which nobody knows the password; the same for everybody."""
    del original, column
    if rule.known_name in context.known:
        return context.bindings.known(Known(rule.known_name, context.known[rule.known_name]))
    return context.bindings.known(Locked("password"))


def _password_problem(column: Column, rule: Password, context: Context) -> str | None:
    size, limit = len(context.known.get(rule.known_name, "x" * _BCRYPT_CHARACTERS)), column.type.length
    return f"{column.type.sql} is too short for the hash of {size} characters" if limit is not None and limit < size else None


TOKEN = Mask(
    name="token",
    rule=Token,
    serves="text, bytea, uuid",
    uniqueness=Uniqueness.KEPT,
    accepts=_accepts_token,
    render=token,
    problem=_token_problem,
    example="9f86d081884c7d65",
)
PASSWORD = Mask(
    name="password",
    rule=Password,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=password,
    problem=_password_problem,
    example="$2a$12$…",
)
