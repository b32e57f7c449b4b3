"""What a table is about: people, companies, what is on offer, messages, or something of the machinery."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from masker.catalog.types import Table, TypeClass
from masker.kinds.groups import CATALOGUE, COMPANY, CONTAINERS, MESSAGES, PERSON, PLACES
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
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
    device auth connection_key
    """
)
_MACHINERY = listed(
    """
    job queue log cache event session migration webhook_event process lock worker execution
    """
)


@dataclass(frozen=True, slots=True)
class About:
    """A table's *subject*, the *word* of its name that says so, and whether it *has people* or a *place* in it by its
    columns. It *is part* of what the word names if its own name goes on after it, and *is owned* if its rows belong to
    people."""

    subject: Subject
    word: str
    has_people: bool
    has_place: bool
    is_part: bool = False
    is_owned: bool = False

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
    texts = {
        head.kind
        for column in table.columns
        if column.type.kind is TypeClass.TEXT and (head := head_of(column.name)) is not None and not head.obscured
    }
    reached = bool(texts & {Kind.EMAIL, Kind.PHONE, Kind.IBAN})
    named = bool(texts & {Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.PASSWORD}) or (
        reached and any(column.name == "name" or column.name.endswith("_name") for column in table.columns)
    )
    has_place = bool(texts & {Kind.STREET, Kind.POSTAL_CODE, Kind.ADDRESS})
    subject, word = subject_of(table.name.name)
    has_people = named or Kind.BIRTH in kinds
    if subject in {Subject.UNKNOWN, Subject.PLACE} and named and Kind.EMAIL in texts:
        subject = Subject.PERSON if not texts & {Kind.COMPANY} or Kind.PASSWORD in texts else Subject.TRANSACTION
    words = split(table.name.name)
    is_part = bool(words) and singular(words[-1]) not in word.split("_")
    is_owned = any(_belongs_to_people(column.name) for column in table.columns)
    return About(subject, word, has_people, has_place, is_part, is_owned)


def _belongs_to_people(name: str) -> bool:
    words = split(name)
    return words[-1:] == ("id",) and singular(words[-2] if len(words) > 1 else "") in PERSON - _NOT_OWNING


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
                    return subject, known
        if not (word in CONTAINERS or word.isdigit() or word in MODIFIERS):
            break
        end -= 1
    return Subject.UNKNOWN, words[-1] if words else name
