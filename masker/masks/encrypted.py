"""``encrypted``: attributes that the application encrypts (Active Record, Lockbox, attr_encrypted), made anew under the
preview's own keys.

No key goes to a server, and PostgreSQL has no AES-GCM: so many ciphertexts are made beforehand, and each row picks one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import cast, modulo, share, text
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.model import FromEnvironment, Model
from masker.names import ColumnName

Digest = Literal["SHA1", "SHA256", "SHA384", "SHA512"]
Kind = Literal["email", "phone", "first_name", "last_name", "full_name", "token", "digits"]

#: What is different in each of the texts, so that a unique column can be made of them.
_DISTINCT = frozenset({"email", "token", "digits"})

Library = Literal["active_record", "lockbox", "attr_encrypted"]

_OF_ALL: Mapping[str, Any] = dict.fromkeys(("of", "value", "count"), True)

#: What ciphertexts depend on, by library.
_SAID: Mapping[Library, dict[str, Any]] = {
    "active_record": {
        **dict.fromkeys(("of", "value", "deterministic", "digest", "downcase", "count"), True),
        "keys": {"primary", "deterministic", "salt"},
    },
    "lockbox": {**_OF_ALL, "library": True, "key_table": True, "key_attribute": True, "keys": {"master"}},
    "attr_encrypted": {**_OF_ALL, "library": True, "keys": {"key"}},
}
_PARTS = {"text": "", "iv": " iv"}

#: Characters of a ciphertext of a usual text, before there are any.
_USUAL = 160


class Keys(Model):
    """Where the preview's keys are."""

    primary: FromEnvironment = Field(
        default=FromEnvironment(env="ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY"),
        description="`primary_key`; a list of them as JSON, of which the last encrypts",
    )
    deterministic: FromEnvironment = Field(
        default=FromEnvironment(env="ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY"), description="`deterministic_key`"
    )
    salt: FromEnvironment = Field(
        default=FromEnvironment(env="ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT"),
        description="`key_derivation_salt`",
    )
    master: FromEnvironment = Field(
        default=FromEnvironment(env="LOCKBOX_MASTER_KEY"), description="of Lockbox: its master key, 64 hex digits"
    )
    key: FromEnvironment | None = Field(
        default=None, description="of attr_encrypted: the attribute's `key`, 32 characters or 64 hex digits"
    )


class Ciphertext(MaskRule):
    """A ciphertext that the preview's own application reads (Active Record Encryption, Lockbox, attr_encrypted), one of
    many made beforehand under its keys."""

    mask: Literal["encrypted"] = "encrypted"
    of: Kind | None = Field(default=None, description="what is encrypted: a text as the mask of that name makes them")
    value: str | None = Field(default=None, description="or one text for all")
    deterministic: bool | None = Field(
        default=None, description="whether equal texts have equal ciphertexts; default: as `facts:` say, else false"
    )
    digest: Digest | None = Field(
        default=None, description="of the derivation of keys; default: as `facts:` say, else SHA256, as of Rails 7.1"
    )
    downcase: bool | None = Field(
        default=None, description="whether texts are in lower case; default: as `facts:` say, else false"
    )
    library: Library = Field(default="active_record", description="who reads it")
    part: Literal["text", "iv"] = Field(
        default="text", description="of attr_encrypted: the text, or what stands in the column beside it, `…_iv`"
    )
    key_table: str | None = Field(
        default=None, min_length=1, description="of Lockbox, where the model says so: `key_table`; default: the table"
    )
    key_attribute: str | None = Field(
        default=None,
        min_length=1,
        description="of Lockbox: `key_attribute`; default: the column, as `email` of `email_ciphertext`",
    )
    count: int = Field(default=1000, ge=1, le=50_000, description="how many ciphertexts to draw from")
    keys: Keys = Field(
        default=Keys(),
        description=(
            "the preview's keys, each as `{env: NAME}`: `primary`, `deterministic`, `salt`; default:"
            " ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY, …_DETERMINISTIC_KEY, …_KEY_DERIVATION_SALT; of Lockbox `master`,"
            " default LOCKBOX_MASTER_KEY; of attr_encrypted `key`"
        ),
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Ciphertext:
        if (self.of is None) == (self.value is None):
            raise ValueError("takes either `of` or `value`")
        if self.library != "active_record" and (self.deterministic or self.digest or self.downcase):
            raise ValueError(f"deterministic, digest and downcase are Active Record's, {self.library} knows none")
        if self.library != "lockbox" and (self.key_table or self.key_attribute):
            raise ValueError("key_table and key_attribute are Lockbox's")
        if self.library != "attr_encrypted" and self.part != "text":
            raise ValueError("part: iv is attr_encrypted's, others keep it in the text")
        if self.library == "attr_encrypted" and self.keys.key is None:
            raise ValueError("attr_encrypted has a key for each attribute: name the preview's, `keys: {key: {env: …}}`")
        return self

    def known_name(self, locale: str) -> str:
        """Names the ciphertexts that this rule shares with all rules of *locale* that say the same."""
        return f"encrypted:{locale}:{self.model_dump_json(include=_SAID[self.library])}{_PARTS[self.part]}"


def spread_name(key: ColumnName) -> str:
    """Under what stands, among the values that are fixed for a run, how far the numbers in *key* are apart, the first
    and the last counted."""
    return f"spread {key}"


@cache
def _words(name: str, known: str) -> Words:
    """The ciphertexts, or one that looks like them where none were made."""
    if known:
        return Words(name, tuple(json.loads(known)))
    return Words(name, ("{}".ljust(_USUAL),))


def _list(rule: Ciphertext, context: Context) -> Words:
    name = rule.known_name(context.locale.name)
    return _words(name, context.known.get(name, ""))


def _render(original: exp.Expression, column: Column, rule: Ciphertext, context: Context) -> exp.Expression:
    """One of the ciphertexts, by the identity; of a unique column that which is the key's own."""
    del original, column
    words = _list(rule, context)
    if context.stays_apart:
        (key,) = context.identity.columns
        number = modulo(cast(column_expression(key.name), "bigint"), len(words.entries))
        return pick(words, number, context)
    return pick(words, context.identity.number("encrypted", context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: Ciphertext, context: Context) -> exp.Expression:
    """Production's ciphertexts are under other keys; one that was masked before may come again."""
    del column
    words = _list(rule, context)
    return formula(
        "CASE WHEN jsonb_exists({words}, {v}) THEN {one} ELSE {none} END",
        words=context.bindings.words(words),
        v=text(original),
        one=share(1),
        none=share(0),
    )


def _problem(column: Column, rule: Ciphertext, context: Context) -> Obstacle | None:
    if rule.library == "attr_encrypted" and context.stays_apart:
        return Obstacle(
            "a unique index rests on it, and attr_encrypted's text and iv are picked together",
            "use null for both, or drop the index on the preview",
        )
    words, limit = _list(rule, context), column.type.length
    longest = max(map(len, words.entries))
    if limit is not None and limit < longest:
        return Obstacle(
            f"{column.type.sql} is too short for a ciphertext of {longest} characters", "widen the column, or use null"
        )
    if not context.stays_apart:
        return None
    if not context.identity.is_plain_integer or (context.is_unique and context.identity.columns[0].is_nullable):
        return Obstacle(
            "a unique index rests on it, and ciphertexts stay apart by a key of one integer that is copied as it is",
            "name such a column with `by`",
        )
    if rule.of not in _DISTINCT:
        return Obstacle(
            f"a unique index rests on it, and texts of {rule.of or 'one value'} are not all different",
            f"use one of: {', '.join(sorted(_DISTINCT))}",
        )
    spread = context.known.get(spread_name(context.table.column_name(context.identity.columns[0].name)))
    if spread is not None and int(spread) > rule.count:
        return Obstacle(
            f"a unique index rests on it, and there are {rule.count:,} ciphertexts for keys that go over"
            f" {int(spread):,} numbers",
            "raise `count` (50,000 at most), or drop the index on the preview",
        )
    if context.table.rows > rule.count:
        return Obstacle(
            f"a unique index rests on it, and there are {rule.count:,} ciphertexts for {context.table.rows:,.0f} rows",
            "raise `count` (50,000 at most), or drop the index on the preview",
        )
    return None


def _tells(rule: Ciphertext, kind: TypeClass) -> str:
    del rule, kind
    return "secret"


ENCRYPTED = Mask(
    rule=Ciphertext,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LIMITED,
        distinct="as many as `count` at most",
        example='{"p":"…","h":{"iv":"…","at":"…"}}',
        shows="nothing; a blind index (`…_bidx`) beside it is another column, which has to be decided too",
        cost=0.3,
        fills=needs_nothing,
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
