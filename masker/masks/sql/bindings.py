"""How keys and word lists reach the server: by name in the expression, by value only as bind parameters of the session.

An expression never holds a key. In flight it reads a session setting through an uncorrelated sub-select, which the
server evaluates once a statement (an InitPlan), so that the text of a statement is the same in every run and says
nothing. In place, where a rewrite's expressions may hold no sub-select, temporary functions read the settings: declared
immutable, they are computed once, when the statement is planned.

Seeds and pads share settings: see :mod:`masker.masks.sql.fields`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from sqlglot import exp

from masker.masks.sql.expressions import call, cast
from masker.masks.sql.fields import FIELD

#: Under which name the values fixed for a run hold its one time.
INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Seed:
    """A 64-bit seed of *scope* and *part*, for numbers made from key columns."""

    scope: str
    part: str


@dataclass(frozen=True, slots=True)
class Pad:
    """The inner or outer pad (64 bytes) of HMAC-SHA256 under the subkey of *scope*. Numbers made from values take the
    inner one alone."""

    scope: str
    side: str  # inner | outer


@dataclass(frozen=True, slots=True)
class Words:
    """A word list as a jsonb array of strings."""

    name: str
    entries: tuple[str, ...]

    def __hash__(self) -> int:
        # Tuples are hashed anew each time, and a list is looked up for every column that draws from it.
        return hash((self.name, len(self.entries)))


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each word comes out of a list, as a jsonb object: the share of every word by the word."""

    name: str
    entries: tuple[tuple[str, float], ...]

    def __hash__(self) -> int:
        return hash((self.name, len(self.entries)))


@dataclass(frozen=True, slots=True)
class Known:
    """A value fixed for the run that must not stand in a statement, such as the hash of the preview's password."""

    name: str
    value: str

    def __repr__(self) -> str:
        return f"Known({self.name!r}, …)"


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes that others are cut from, in constant time wherever they begin."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"Bytes({self.name!r}, …)"


@dataclass(frozen=True, slots=True)
class Locked:
    """A text shaped like a bcrypt hash, of which nobody knows a password."""

    name: str


#: From the digits of base64 to those of bcrypt.
_BCRYPT_DIGITS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


@dataclass(frozen=True, slots=True)
class Instant:
    """The one time that all words for the current time mean during a run, as text with its zone; empty where none is
    needed."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """A setting that a session of the server's own would have, such as its time zone: what people write is read by
    it."""

    name: str
    value: str


Binding = Seed | Pad | Words | Shares | Bytes | Known | Locked | Instant | Own


def setting_name(binding: Binding) -> str:
    """The session setting that carries *binding*, with the field of it if it shares one: the same name in every run,
    whatever the key."""
    match binding:
        case Seed(scope, part):
            field = _short(f"{scope}\0{part}")
            return f"masker.seeds_{field[:2]}{FIELD}{field}"
        case Pad(scope, side):
            field = _short(f"{scope}\0{side}")
            return f"masker.pads_{field[:2]}{FIELD}{field}"
        case Words() | Shares():
            return _list_name(binding)
        case Bytes(name, content):
            kind, identity = "bytes", f"{name}\0{len(content)}\0{_hash_of_bytes(content)}"
        case Known(name, _):
            kind, identity = "known", name
        case Locked(name):
            kind, identity = "locked", name
        case Instant():
            kind, identity = "instant", ""
        case Own(name, _):
            return name
    return f"masker.{kind}_{_short(identity)}"


def _short(identity: str) -> str:
    return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()


@cache
def _list_name(binding: Words | Shares) -> str:
    if isinstance(binding, Words):
        kind, entries = "words", binding.entries
    else:
        kind, entries = "shares", tuple(f"{word}\0{share!r}" for word, share in binding.entries)
    identity = f"{binding.name}\0{len(entries)}\0{hash_of(entries)}"
    return f"masker.{kind}_{_short(identity)}"


def hash_of(entries: tuple[str, ...]) -> str:
    """A digest of a word list."""
    return hashlib.blake2b("\0".join(entries).encode(), digest_size=8).hexdigest()


@cache
def _hash_of_bytes(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


#: The session's functions ``pg_temp.NAME(setting text)`` that read a setting, and ``NAME(setting text, field text)``
#: that read a field of one, by the type they return.
FUNCTIONS: Mapping[str, str] = {
    "bigint": "masker_bigint",
    "bytea": "masker_bytea",
    "jsonb": "masker_jsonb",
    "text": "masker_text",
    "timestamptz": "masker_instant",
}


class Bindings(Protocol):
    """Makes the expression that stands for a binding where it is used. *may_nest*: a sub-select may stand there."""

    may_nest: bool

    def digest(self, value: exp.Expression, scope: str) -> exp.Expression | None:
        """What the digest of *value* in *scope* is called where it is known already, None elsewhere."""

    def seed(self, scope: str, part: str) -> exp.Expression:
        """A bigint."""

    def pad(self, scope: str, side: str) -> exp.Expression:
        """A bytea of 64 bytes."""

    def words(self, words: Words) -> exp.Expression:
        """A jsonb array of strings."""

    def shares(self, shares: Shares) -> exp.Expression:
        """A jsonb object of numbers."""

    def blob(self, content: Bytes) -> exp.Expression:
        """A bytea."""

    def known(self, known: Known | Locked) -> exp.Expression:
        """A text."""

    def instant(self, instant: Instant) -> exp.Expression:
        """A timestamptz."""

    def own(self, *settings: Own) -> None:
        """Have the session read and compute under *settings*."""


class SessionBindings:
    """Bindings for a SELECT: each a sub-select over a session setting. *used* is what the session has to set
    beforehand."""

    may_nest = True

    def __init__(self) -> None:
        self.used: dict[str, Binding] = {}

    def digest(self, value: exp.Expression, scope: str) -> exp.Expression | None:
        """None: each is computed where it is needed."""
        del value, scope
        return None

    def _setting(self, binding: Binding, type_sql: str) -> exp.Expression:
        name = setting_name(binding)
        self.used[name] = binding
        setting, _, field = name.partition(FIELD)
        value = call("current_setting", setting)
        if field:
            value = call("jsonb_object_field_text", cast(value, "jsonb"), field)
        return exp.Subquery(this=exp.Select(expressions=[cast(value, type_sql)]))

    def seed(self, scope: str, part: str) -> exp.Expression:
        return self._setting(Seed(scope, part), "bigint")

    def pad(self, scope: str, side: str) -> exp.Expression:
        return self._setting(Pad(scope, side), "bytea")

    def words(self, words: Words) -> exp.Expression:
        return self._setting(words, "jsonb")

    def shares(self, shares: Shares) -> exp.Expression:
        return self._setting(shares, "jsonb")

    def blob(self, content: Bytes) -> exp.Expression:
        return self._setting(content, "bytea")

    def known(self, known: Known | Locked) -> exp.Expression:
        return self._setting(known, "text")

    def instant(self, instant: Instant) -> exp.Expression:
        return self._setting(instant, "timestamptz")

    def own(self, *settings: Own) -> None:
        self.used.update({setting.name: setting for setting in settings})


class FunctionBindings(SessionBindings):
    """Bindings for a rewrite's ``USING`` and for updates in place: calls of the session's own :data:`FUNCTIONS`.

    *stem* is put into the names of the settings: there functions of the schema run beside them, which cannot know it.
    *may_nest* where nothing but updates computes them: a ``USING`` takes no sub-select.
    """

    def __init__(self, stem: str = "", *, may_nest: bool = False) -> None:
        super().__init__()
        self.may_nest = may_nest
        self._stem = stem

    def _setting(self, binding: Binding, type_sql: str) -> exp.Expression:
        name = setting_name(binding).replace(".", f".{self._stem}", 1)
        self.used[name] = binding
        return call(f"pg_temp.{FUNCTIONS[type_sql]}", *filter(None, name.split(FIELD)))


#: A list as a statement reads it, and what the lists of one are called where they are read once for all of it.
_LIST = re.compile(r"\(SELECT CAST\(CURRENT_SETTING\('(masker\.(?:words|shares)_[0-9a-f]+)'\) AS jsonb\)\)")
_LISTS = "masker lists"


def lists_once(query: str) -> str:
    """*query*, a SELECT of many questions, each list of words read once in it: what a setting holds is read anew
    wherever it stands, which for some thousand words takes longer than a small table does."""
    names = {name: f'"list {at}"' for at, name in enumerate(dict.fromkeys(_LIST.findall(query)))}
    if not names:
        return query
    read = ", ".join(f"CAST(current_setting('{name}') AS jsonb) AS {column}" for name, column in names.items())
    asked = _LIST.sub(lambda found: f'(SELECT {names[found[1]]} FROM "{_LISTS}")', query)  # noqa: S608
    return f'WITH "{_LISTS}" AS MATERIALIZED (SELECT {read}) {asked}'


def settled(value: exp.Expression, bindings: Bindings) -> exp.Expression:
    """*value*, which depends on no row, computed once a statement. In a rewrite, which may hold no sub-select, the
    server does so by itself."""
    return exp.Subquery(this=exp.Select(expressions=[value])) if bindings.may_nest else value


def derive(key: bytes, used: Mapping[str, Binding]) -> dict[str, str]:
    """The values of the session settings *used*, from the run's *key* (32 bytes or more)."""
    return {name: _value(key, binding) for name, binding in used.items()}


def _value(key: bytes, binding: Binding) -> str:
    match binding:
        case Seed(scope, part):
            digest = _subkey(key, "seed", scope, part)
            return str(int.from_bytes(digest[:8], "big", signed=True))
        case Pad(scope, side):
            mask = 0x36 if side == "inner" else 0x5C
            padded = _subkey(key, "value", scope).ljust(64, b"\0")
            return "\\x" + bytes(b ^ mask for b in padded).hex()
        case Words(_, entries):
            return json.dumps(entries, ensure_ascii=False)
        case Shares(_, entries):
            return json.dumps(dict(entries), ensure_ascii=False)
        case Bytes(_, content):
            # Letters stand for themselves in what a bytea is read from, at half the length.
            return content.decode() if content.isascii() and b"\\" not in content else "\\x" + content.hex()
        case Known(_, value) | Instant(value) | Own(_, value):
            return value
        case Locked(name):
            digits = (
                base64.b64encode(_subkey(key, "locked", name) + _subkey(key, "locked", name, "continued"))
                .decode()
                .replace("+", ".")
            )
            # Two bits of the salt's last character are in use; libraries that read strictly refuse a hash with more.
            return f"$2a$12${digits[:21]}O{digits[22:53]}"


def bcrypt_salt(key: bytes, name: str, cost: int) -> bytes:
    """The salt of the hash called *name*, as bcrypt reads it: one key gives one hash from run to run."""
    digits = base64.b64encode(_subkey(key, "salt", name)[:16]).rstrip(b"=")
    return b"$2a$%02d$" % cost + digits.translate(_BCRYPT_DIGITS)


def _subkey(key: bytes, *path: str) -> bytes:
    """HMAC-SHA256 of the path under *key*; parts are length-prefixed, so no two paths read alike."""
    message = b"masker/v1" + b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in path)
    return hmac.digest(key, message, hashlib.sha256)
