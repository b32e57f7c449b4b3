"""Columns that hold which of a list was chosen, what is done with a thing, or who somebody is, by a word of their
names alone."""

from __future__ import annotations

from masker.catalog.types import Column, TypeClass
from masker.kinds.groups import CATALOGUE, COMPANY, PERSON
from masker.kinds.kind import Kind
from masker.kinds.name import Found
from masker.kinds.phrases import Head
from masker.kinds.typed import DOCUMENTS
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import counts_them, listed, singular, split

#: Words for what is on offer that say something of somebody who has, visits or suffers it, or in which people write.
_TELLING = listed(
    """
    question answer announcement book drug disease vaccine medicine food crime school university faculty facility bank
    branch degree exercise workout skill work song film movie game license property area material parameter vehicle_type
    component report metric source extension set value item
    """
)

#: What is listed in the plural and chosen from, though one of it alone is written by somebody.
_LISTED = listed(
    """
    reason goal objective
    """
)

#: What becomes of something, behind its name.
_DONE = listed(
    """
    taught served given offered provided selected chosen available required allowed enabled taken completed covered
    """
)


def chosen(column: Column, head: Head | None) -> Found | None:
    """That *column* tells which of a list of choices it is, if its name, whose *head* is known or not, says so."""
    words = [singular(word) for word in split(column.name)]
    while len(words) > 1 and words[-1] in _DONE:
        words = words[:-1]
    is_list = column.type.kind is TypeClass.ARRAY or column.type.kind in DOCUMENTS
    if is_list and head is not None and not head.obscured and head.kind is Kind.FREE_TEXT:
        if head.phrase[-1] in _LISTED and counts_them(column.name):
            return Kind.FLAG_LIST, 0.62, f"its name says a list of {words[-1]}s"
        return None
    if head is not None and not head.obscured:
        return None
    if not words or words[-1] not in CATALOGUE - _TELLING or words[-1] in COMPANY:
        return None
    if is_list:
        return Kind.FLAG_LIST, 0.6, f"its name says which {words[-1]}"
    return Kind.CODE, 0.6, f"its name says which {words[-1]}"


#: What a name begins with that says what is done with a thing, or which of it is meant.
_ASKS = frozenset({"which", "whether", "show", "hide", "use", "allow", "require", "enable", "disable", "include"})


def asked(column: Column, head: Head | None) -> Found | None:
    """That *column* answers a question of the application's about what stands behind the question's word."""
    first = split(column.name)[:1]
    if head is None or not head.before or column.type.kind not in {TypeClass.TEXT, TypeClass.INTEGER}:
        return None
    if first[0] not in _ASKS and not (first[0] in _STATES and head.kind is not Kind.TRAIT):
        return None
    return Kind.CODE, 0.7, f"its name asks: {first[0]} {head.words}"


#: … or whether somebody has one, which for a trait is the trait.
_STATES = frozenset({"has", "is", "needs"})

#: Words for people that are called so for other reasons as well.
_OF_OTHERS = listed(
    """
    account family identity entity client agent host principal credit cast parent child kid lead foyer profile personnel
    household holder individual partner lender people staff admin source guest player contact
    """
)


def somebody(column: Column) -> str | None:
    """Who *column* names by its own name, which is a word for one of people and no more."""
    words = split(column.name)
    last = words[-1] if words else ""
    is_one = last in PERSON - _OF_OTHERS and singular(last) == last
    is_one &= all(word in MODIFIERS | PERSON | CATALOGUE | COMPANY for word in words[:-1])
    return last if is_one and column.type.name in {"varchar", "text", "citext"} else None
