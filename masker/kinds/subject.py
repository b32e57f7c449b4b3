"""What a table is about: people, companies, what is on offer, messages, or something of the machinery."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from masker.catalog.types import Table, TypeClass
from masker.kinds.groups import CATALOGUE, COMPANY, CONTAINERS, MESSAGES, PERSON, PLACES
from masker.kinds.kind import Kind
from masker.kinds.phrases import Head, head_of
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import listed, singular, split


class Subject(StrEnum):
    """What the rows of a table stand for."""

    PERSON = "people"
    COMPANY = "companies"
    ADDRESS = "addresses"
    TRANSACTION = "what somebody did"
    MESSAGE = "messages"
    CREDENTIAL = "credentials"
    CATALOGUE = "what is on offer"
    PLACE = "places"
    MACHINERY = "machinery"
    UNKNOWN = "something"


_ADDRESSES = listed(
    """
    address addresse residence adresse anschrift juusho jusho direccion domicilio
    """
)
_TRANSACTIONS = listed(
    """
    order invoice payment booking reservation appointment registration application subscription donation
    shipment delivery purchase transaction checkout cart quote estimate lease rental claim referral consent
    visit admission rsvp bestellung rechnung buchung anmeldung spende commande facture reservation inscription
    pedido factura reserva vote proposal intake submission cancellation return refund transfer payout charge
    dispute waitlist sponsorship session_booking interview enrollment enrolment placement order_address
    shipping_address preorder certificate bill contract agreement policy_holder dossier case individual_request
    card credit_card bank_account
    """
)
#: Words for people that rows of other things are called by as often: trees, tenants, organisations.
_NOT_OWNING = frozenset(
    {"parent", "account", "partner", "agent", "client", "principal", "entity", "identity", "family"}
)
_REACHED = frozenset({"email_address", "phone_number"})
_CREDENTIALS = listed(
    """
    token credential key secret authentication identity authorization api_key session_token webhook integration
    connection oauth provider_account login passkey authenticator factor omniauth account_token social_account
    device auth connection_key access_code backup_code recovery_code verification_code confirmation_code otp
    one_time_password
    """
)
_MACHINERY = listed(
    """
    job queue log cache event session migration webhook_event process lock worker execution
    """
)


#: Whose addresses are those of an office, not of the row.
_OF_OFFICES = frozenset(
    {"contact", "support", "sender", "from", "reply", "info", "admin", "notification", "office", "press", "sponsor"}
)

#: Subjects of which an office's address says nothing of people.
_OFFICES_KEEP = frozenset({Subject.UNKNOWN, Subject.PLACE, Subject.CATALOGUE})

#: Columns that only what an application shows has.
_OF_THINGS_SHOWN = frozenset(
    {
        *{"slug", "color", "colour", "icon", "position", "meta_title", "meta_description", "sort_order"},
        *{"display_order", "permalink", "ordering", "btn_text", "button_text", "cta_text", "meta_keywords"},
    }
)

#: Words for tables of texts that whoever runs the application writes.
_OWN_TEXTS = listed(
    """
    template setting layout snippet cms config configuration theme landing splashpage
    """
)


@dataclass(frozen=True, slots=True)
class About:
    """A table's *subject*, the *word* of its name that says so, and whether it *has people* or a *place* in it by its
    columns. It *is part* of what the word names if its own name goes on after it, and *is owned* if its rows belong to
    people. What it *is own text* of is written by who runs the application: templates, settings, pages. *is by
    columns*: its name says nothing of its subject, what it has does. It *is close* to people if its rows belong to
    them, or to what they did or wrote. It *names recipients* if a column of it says who gets it."""

    subject: Subject
    word: str
    has_people: bool
    has_place: bool
    is_part: bool = False
    is_owned: bool = False
    is_own_text: bool = False
    is_by_columns: bool = False
    is_close: bool = False
    names_recipient: bool = False

    @property
    def is_personal(self) -> bool:
        return self.subject in {Subject.PERSON, Subject.ADDRESS, Subject.TRANSACTION, Subject.MESSAGE} or (
            self.has_people and self.subject is not Subject.CATALOGUE
        )


def about(table: Table) -> About:
    """What *table* is about, by its name and by what else it holds."""
    kinds = {
        head.kind
        for column in table.columns
        if column.type.kind in {TypeClass.TEXT, TypeClass.DATE, TypeClass.TIMESTAMP, TypeClass.INTEGER}
        and (head := head_of(column.name)) is not None
        and not head.obscured
        and head.kind is not None
    }
    heads = [
        head
        for column in table.columns
        if column.type.kind is TypeClass.TEXT and (head := head_of(column.name)) is not None and not head.obscured
    ]
    texts = {head.kind for head in heads}
    subject, word = subject_of(table.name.name)
    own_addresses = {head.kind for head in heads if head.kind is Kind.EMAIL and not set(head.before) & _OF_OFFICES}
    is_ones_own = any(head.kind is Kind.EMAIL and _is_ones_own(head) for head in heads)
    is_reached = bool(own_addresses) or (Kind.EMAIL in texts and subject not in _OFFICES_KEEP)
    is_called = any(head.kind is Kind.PHONE and not set(head.before) & _OF_OFFICES for head in heads)
    is_known = is_reached and (is_ones_own or subject is not Subject.UNKNOWN)
    reached = is_known or is_called or Kind.IBAN in texts
    is_one = bool(texts & {Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.PASSWORD})
    named = is_one or (
        reached and subject not in {Subject.PLACE, Subject.CATALOGUE} and any(map(_names_somebody, heads))
    )
    has_place = bool(texts & {Kind.STREET, Kind.POSTAL_CODE, Kind.ADDRESS})
    has_people = named or Kind.BIRTH in kinds
    if (is_ones_own or is_one) and (
        (own_addresses and subject is Subject.UNKNOWN and named) or (subject is Subject.PLACE and is_one)
    ):
        subject = Subject.PERSON if not texts & {Kind.COMPANY} or Kind.PASSWORD in texts else Subject.TRANSACTION
    words = split(table.name.name)
    names = {column.name for column in table.columns}
    is_by_columns = False
    is_anybodys = subject is Subject.PLACE and any(name.endswith("able_type") for name in names)
    is_offered = subject is Subject.CATALOGUE and singular(words[-1]) in word.split("_")
    whose = PERSON - _NOT_OWNING - (_MAKERS if is_offered else frozenset())
    is_owned = is_anybodys or any(_belongs_to(name, whose) for name in names if not (is_offered and word in FOR_ALL))
    is_close = is_owned or any(_belongs_to_deeds(name) for name in names)
    is_named = is_reached and any(head.kind is Kind.FULL_NAME and set(head.phrase) & PERSON for head in heads)
    if (subject in {Subject.PLACE, Subject.CATALOGUE} and Kind.AUTHORITY in texts) or (
        subject is Subject.PLACE and own_addresses and is_named
    ):
        # What has a number in a register, or an address and somebody to ask for, is somebody's.
        subject = Subject.COMPANY
    elif word == "event" and names & {"name", "title"} and not is_one:
        # Something held, not something that happened in the application.
        subject, is_by_columns = Subject.CATALOGUE, True
    elif word == "job" and names & {"title", "salary", "company"} and not is_one:
        # A job that is offered, not one that is done in a queue.
        subject, is_by_columns = Subject.CATALOGUE, True
    elif is_by_columns := not is_owned and not has_people and _is_shown(subject, word, names):
        subject = Subject.CATALOGUE
    elif subject is Subject.PERSON and words[-1:] and singular(words[-1]) in _SETS_OF_PEOPLE and not is_one:
        # What people are put in is described by whoever made it.
        subject, is_by_columns = Subject.CATALOGUE, True
    elif subject is Subject.UNKNOWN and word in _DEFINED and not has_people:
        subject, is_by_columns = Subject.CATALOGUE, True
    elif subject is Subject.UNKNOWN and not (is_close or has_people) and (whole := _more_of(words)) is not None:
        subject, word, is_by_columns = Subject.CATALOGUE, whole, True
    is_own_text = not is_owned and (bool(_OWN_TEXTS & {singular(each) for each in words}) or _is_for_occasions(heads))
    is_part = bool(words) and singular(words[-1]) not in word.split("_")
    names_recipient = is_owned or any(head.kind is Kind.FULL_NAME and head.phrase[-1] in PERSON for head in heads)
    return About(
        subject, word, has_people, has_place, is_part, is_owned, is_own_text, is_by_columns, is_close, names_recipient
    )


#: Whose address a row may have that is about them.
_WHOSE = listed(
    """
    user customer member subscriber guest client recipient applicant person student patient attendee donor
    """
)


def _is_ones_own(head: Head) -> bool:
    """Whether an address is the row's own, rather than of somebody who answers for it (`portfolio_manager_email`)."""
    before = [word for word in head.before if not (word in MODIFIERS or word.isdigit())]
    return not before or (len(before) == 1 and before[0] in _WHOSE)


def _names_somebody(head: Head) -> bool:
    """Whether *head* is of a name that can be a person's: no logo's, and no course's."""
    if head.kind is not None:
        return head.kind in {Kind.FULL_NAME, Kind.USER_NAME}
    before = [word for word in head.before if not (word in MODIFIERS or word.isdigit())]
    return head.phrase[-1] == "name" and (not before or before[-1] in PERSON)


def _is_for_occasions(heads: list[Head]) -> bool:
    """Whether a table has a subject and a body for each of several occasions (`accept_subject`, `reject_subject`), as
    texts have that go out by themselves. What somebody writes has one."""
    subjects, bodies = (
        {head.before for head in heads if head.before and head.phrase[-1] in words} for words in (_SUBJECTS, _BODIES)
    )
    return len(subjects & bodies) > 1


_SUBJECTS, _BODIES = frozenset({"subject", "title"}), frozenset({"body", "text", "content", "message"})


def _is_shown(subject: Subject, word: str, names: set[str]) -> bool:
    """Whether a table of nobody's has what only things on offer have: a place in a list, a colour, a price."""
    if subject is Subject.UNKNOWN:
        return bool(names & _OF_THINGS_SHOWN)
    return word == "ticket" and any(name.startswith("price") for name in names)


def _more_of(words: tuple[str, ...]) -> str | None:
    """What a table, whose last word says nothing, has more of: the word before it for what is on offer, or a place."""
    return next((word for each in reversed(words[:-1]) if (word := singular(each)) in CATALOGUE | PLACES), None)


def _belongs_to(name: str, people: frozenset[str]) -> bool:
    words = split(name)
    return words[-1:] == ("id",) and singular(words[-2] if len(words) > 1 else "") in people


#: Who makes what is on offer, or looks after it.
_MAKERS = listed(
    """
    creator author admin administrator manager organizer organiser coordinator tutor teacher instructor trainer mentor
    coach moderator facilitator maintainer assignee supervisor director officer
    """
)

#: What is published for everybody, by whoever it names.
FOR_ALL = listed(
    """
    announcement banner faq guideline tutorial course lesson chapter quiz exam textbook patch_note release_note
    """
)


#: What people did or wrote.
_DEEDS = frozenset({Subject.TRANSACTION, Subject.MESSAGE, Subject.ADDRESS, Subject.PERSON, Subject.CREDENTIAL})


def _belongs_to_deeds(name: str) -> bool:
    return name.endswith(("able_type", "owner_type")) or (
        name.endswith("_id") and len(name) > 3 and subject_of(name[:-3])[0] in _DEEDS
    )


_SETS_OF_PEOPLE = frozenset({"list", "group", "segment", "cohort", "pool"})

#: What is set up once for all, unless people are in it.
_DEFINED = frozenset({"form", "survey", "questionnaire"})

#: What is asked and answered by those who set an exam or write a guide.
_ASKED = listed(
    """
    mcq quiz exam test faq poll exercise lesson course
    """
)


@lru_cache(maxsize=10_000)
def subject_of(name: str) -> tuple[Subject, str]:
    """What a table called *name* is about, and by which word.

    >>> [subject.value for subject, _ in map(subject_of, ('user_profiles', 'product_images', 'delayed_jobs'))]
    ['people', 'what is on offer', 'machinery']
    """
    words = [singular(word) for word in split(name)]
    end = len(words)
    while end:
        word, pair = words[end - 1], "_".join(words[max(0, end - 2) : end])
        for known in (pair, word):
            is_of_things = word == "family" and end > 1 and words[end - 2] not in PERSON
            for subject, words_of in (
                (Subject.PERSON, _REACHED),
                (Subject.MESSAGE, MESSAGES),
                (Subject.ADDRESS, _ADDRESSES),
                (Subject.TRANSACTION, _TRANSACTIONS),
                (Subject.CREDENTIAL, _CREDENTIALS),
                (Subject.PLACE, PLACES),
                (Subject.CATALOGUE, CATALOGUE),
                (Subject.MACHINERY, _MACHINERY),
                (Subject.PERSON, PERSON),
                (Subject.COMPANY, COMPANY),
            ):
                if known in words_of and not (known == word and word in CONTAINERS and end > 1):
                    if subject is Subject.MESSAGE and set(words[: end - 1]) & _ASKED:
                        return Subject.CATALOGUE, known
                    if is_of_things:
                        return Subject.CATALOGUE, known
                    return subject, known
        if not (word in CONTAINERS or word.isdigit() or word in MODIFIERS):
            break
        end -= 1
    return Subject.UNKNOWN, words[-1] if words else name
