"""What a head that is known means where a table is of what is on offer, or of things that nothing leads to people
from."""

from __future__ import annotations

from collections.abc import Callable

from masker.catalog.types import TypeClass
from masker.kinds.groups import CATALOGUE, PERSON
from masker.kinds.kind import Kind
from masker.kinds.name import EITHER, Found, Name, is_presented, owner
from masker.kinds.subject import FOR_ALL, Subject
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import listed, singular, split

#: Words of what reaches a service, by tables or before what it is set up with.
SERVICES = listed(
    """
    hook webhook integration connector gateway smtp sms oauth saml ldap sso
    """
)


def _shown_of_things(name: Name, kind: Kind) -> Found | None:
    """Documents and search texts of what everybody may see."""
    if name.of.subject is not Subject.CATALOGUE or name.of.is_owned or name.of.has_people:
        return None
    if kind is Kind.DOCUMENT:
        return Kind.SETTINGS, 0.6, f"its name says {name.head.words}, in a table of {name.of.word}"
    return None


def _described(name: Name, kind: Kind) -> Found | None:
    """What a product or a programme is described by, and how old it is, is said of that, whoever has it."""
    before = name.head.before[-1:]
    if not kind.is_personal:
        return None
    if before and before[0] in CATALOGUE - PERSON - _SUFFERED and name.head.phrase[-1] in _DESCRIBED:
        return Kind.LABEL, 0.62, f"its name says {name.head.words} of a {before[0]}"
    return None


_DESCRIBED = frozenset({"description", "age", "introduction", "tagline", "slogan"})

#: What describes who has it.
_SUFFERED = frozenset(
    {"disease", "drug", "medicine", "vaccine", "crime", "pet", "animal", "work", "skill", "procedure"}
)


def _earned_by_whom(name: Name, kind: Kind) -> Found | None:
    """What a job pays that is offered is there to be read."""
    if kind is Kind.INCOME and name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or name.of.has_people):
        return Kind.AMOUNT, 0.6, f"its name says {name.head.words}, in a table of {name.of.word}"
    return None


def _shown_by_companies(name: Name, kind: Kind) -> Found | None:
    """A picture and what describes who may be people or companies, beside what companies show, is a company's."""
    is_companys = name.of.word in EITHER and not name.of.has_people and is_presented(name.table)
    is_shown = kind is Kind.PICTURE or name.head.phrase[-1] in {"image", "description"}
    if is_companys and is_shown and not name.of.is_owned:
        return Kind.LABEL, 0.6, f"its name says {name.head.words}, of a {name.of.word}, beside what companies show"
    return None


#: Whose region is one of a provider's.
_HOSTED = frozenset({"bucket", "s3", "aws", "cluster", "server", "cloud", "storage", "deployment"})


def _hosted(name: Name, kind: Kind) -> Found | None:
    """Where a service stores what it has, by the provider's word for it."""
    words = {*name.head.before, *(singular(word) for word in split(name.table.name.name))}
    if kind is Kind.REGION and words & _HOSTED and not name.of.has_place:
        return Kind.CODE, 0.7, f"its name says {name.head.words}, of a {min(words & _HOSTED)}"
    return None


def _published(name: Name, kind: Kind) -> Found | None:
    """What an announcement says is for everybody to read."""
    is_whole = not (name.of.is_part or name.of.is_owned or name.of.has_people)
    if kind is Kind.FREE_TEXT and name.of.subject is Subject.CATALOGUE and name.of.word in FOR_ALL and is_whole:
        return Kind.LABEL, 0.65, f"its name says {name.head.words}, in a table of {name.of.word.replace('_', ' ')}"
    return None


def _id_of_things(name: Name, kind: Kind) -> Found | None:
    """What is on offer has an id at a service, too."""
    is_everybodys = name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or name.of.has_people)
    is_one = name.head.phrase[-1] in {"id", "uid"} and "account" not in name.head.phrase
    if kind is Kind.EXTERNAL_ID and is_one and is_everybodys and not owner(name.head.before, PERSON):
        return Kind.CODE, 0.6, f"its name says {name.head.words}, of a {name.of.word}"
    return None


def _of_things(name: Name, kind: Kind) -> Found | None:
    """A trait, a region or a link of what nothing leads to people from: somebody should look all the same."""
    of, before = name.of, name.head.before
    if of.is_personal or of.is_close or of.is_owned or of.has_people or of.subject is Subject.CREDENTIAL:
        return None
    if any(word in PERSON for word in (*before, *map(singular, split(name.table.name.name)))):
        return None
    if kind is Kind.TRAIT and before and not set(before) <= MODIFIERS:
        return Kind.CODE, 0.54, f"its name says {name.head.words}, where nothing leads to people"
    if kind in {Kind.REGION, Kind.GEO} and name.column.type.kind is TypeClass.TEXT and not of.has_place:
        return Kind.LABEL, 0.54, f"its name says {name.head.words}, where nothing leads to people"
    is_entered = bool(SERVICES & {*before, *(singular(word) for word in split(name.table.name.name))})
    if kind is Kind.URL and of.subject in {Subject.UNKNOWN, Subject.PLACE} and not is_entered:
        return Kind.LABEL, 0.54, f"its name says {name.head.words}, where nothing leads to people"
    return None


OFFERED: tuple[Callable[[Name, Kind], Found | None], ...] = (
    _shown_of_things,
    _described,
    _earned_by_whom,
    _shown_by_companies,
    _hosted,
    _published,
    _id_of_things,
    _of_things,
)
