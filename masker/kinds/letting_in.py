"""Codes, keys and ids that let somebody in, or see something, who has them."""

from __future__ import annotations

from masker.catalog.types import TypeClass
from masker.kinds.groups import CATALOGUE, PERSON
from masker.kinds.kind import Kind
from masker.kinds.name import Found, Name, owner
from masker.kinds.services import PAYMENT, SOCIAL
from masker.kinds.subject import Subject
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import listed, singular, split

#: What a code beside them says of somebody.
_OF_TRAITS = frozenset(
    {"gender", "sex", "ethnicity", "ethnic", "nationality", "religion", "race", "citizenship", "disability"}
)


def code_of(name: Name) -> Found | None:
    """What a code is of: an authority's number, a trait, what lets somebody in, or the application's own."""
    if set(name.head.before[-1:]) & _OF_TRAITS:
        return Kind.TRAIT, 0.75, f"its name says a code for the {name.head.before[-1]}"
    if (who := owner(name.head.before, PERSON)) is not None:
        return Kind.AUTHORITY, 0.6, f"its name says the code of a {who}"
    if not name.head.before and name.of.subject is Subject.CREDENTIAL:
        return Kind.SECRET, 0.7, "a code in a table of credentials"
    if not name.head.before and name.of.word in _LETS_IN and (_is_somebodys(name) or _is_told_apart(name)):
        return Kind.SECRET, 0.6, f"a code of its own for each {name.of.word}"
    if not name.head.before and _USED_UP & {column.name for column in name.table.columns}:
        return Kind.SECRET, 0.6, "a code that somebody uses up"
    if not name.head.before and _GIVEN_OUT & set(split(name.of.word)) and name.of.names_recipient:
        return Kind.SECRET, 0.6, f"a code in a table of {name.of.word}s that somebody has"
    if name.column.type.kind is TypeClass.TEXT and set(name.head.before[-1:]) & _LETS_IN:
        return Kind.SECRET, 0.6, f"its name says a code for a {name.head.before[-1]}"
    if how_sure(name) == _UNKNOWN and name.of.subject is Subject.PERSON and name.of.has_people:
        # Nobody can tell what it opens.
        return Kind.SECRET, 0.5, f"its name says a code of some {name.head.before[-1]}, in a table of people"
    return Kind.CODE, how_sure(name), f"its name says {name.head.words}"


#: What tells when a code was used.
_USED_UP = frozenset({"claimed_at", "redeemed_at", "used_at", "consumed_at"})

#: What is worth something to whoever has its code.
_GIVEN_OUT = frozenset({"coupon", "voucher", "gift", "gift_card"})

#: What somebody who has its code or key may enter, change or see.
_LETS_IN = listed(
    """
    ticket registration reservation booking invitation appointment rsvp admission reception guest visitor entry
    meeting edit manage management admin host moderator viewer download view override overwrite bypass certificate
    receipt
    """
)


def _is_somebodys(name: Name) -> bool:
    return name.of.is_owned or name.of.word in {"invitation", "invite"}


def _is_told_apart(name: Name) -> bool:
    """Whether no two rows have one value, if only of those that belong together."""
    return any(index.is_unique and name.column.name in index.columns for index in name.table.indexes)


#: What has a code, a key or an id as everything has that an application knows.
_THINGS = listed(
    """
    type status state error group parent unit object record item request source target method model class field table
    entity job task run build deploy process thread queue event action hook template version locale site domain
    project context note text message content path label
    internal public natural sort cache lookup storage idempotency foreign primary partition routing reference
    order invoice
    """
)


def how_sure(name: Name) -> float:
    """How sure it is that a code, a key or an id in a text opens nothing: not so where nobody knows what it is of."""
    before = [singular(word) for word in name.head.before if not (word in MODIFIERS or word.isdigit())]
    if name.column.type.kind is not TypeClass.TEXT or not before or before[-1] in CATALOGUE | _THINGS:
        return 0.75
    return _UNKNOWN


#: So little that, beside what a type says, nobody is sure.
_UNKNOWN = 0.2


def key_of(name: Name) -> Found | None:
    """What a key is: one that opens something, also where nobody can tell what, or one that finds a row."""
    if not name.head.before and "value" in {column.name for column in name.table.columns}:
        return Kind.CODE, 0.75, "a key to the value beside it"
    if not name.head.before and name.of.subject is Subject.CREDENTIAL:
        return Kind.KEY, 0.8, "a key in a table of credentials"
    if name.column.type.kind is TypeClass.TEXT and _LETS_IN & set(name.head.before[-1:]):
        return Kind.SECRET, 0.6, f"its name says a key for a {name.head.before[-1]}"
    before = set(name.head.before[-1:])
    if name.column.type.kind is TypeClass.TEXT and (before & (SOCIAL | PAYMENT) or _opens_something(name)):
        return Kind.KEY, 0.65, f"its name says a key of {name.head.before[-1]}"
    if how_sure(name) == _UNKNOWN and owner(name.head.before, PERSON) is None:
        # Nobody can tell what it opens.
        return Kind.KEY, 0.5, f"its name says a key of some {name.head.before[-1]}"
    return Kind.CODE, 0.75, "its name says a key of the application"


def _opens_something(name: Name) -> bool:
    """Whether a key in a table of credentials is one of them, rather than what finds it."""
    before = name.head.before
    return name.of.subject is Subject.CREDENTIAL and bool(before) and singular(before[-1]) not in CATALOGUE | _THINGS


#: What whoever has such an id may see or do.
SHARES = listed(
    """
    sharing share shared invite invitation access secret unsubscribe edit view download magic login reset
    """
)


def is_in_links(name: Name) -> bool:
    """Whether a text that tells a row apart, beside its key, lets somebody in who has it."""
    column = name.column
    is_beside = name.table.primary_key != (column.name,) and column.name.lower() != "id"
    return is_beside and column.type.kind is TypeClass.TEXT and name.of.word in _LETS_IN - {"entry", "meeting"}
