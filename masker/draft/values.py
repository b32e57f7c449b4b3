"""The witness of values: in what form those are that the source's statistics or some rows hold, by counts alone."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind
from masker.kinds.saying import Saying
from masker.names import ColumnName

_WITNESS = "values"

#: Values below which a share says nothing, and the share from which it does.
_FEW, _SHARE = 3, 0.7

#: By the form that values have: the kind, and how sure a column is of it that has no others.
_KINDS = {
    "password": (Kind.PASSWORD, 0.97, "hashes of passwords"),
    "secret": (Kind.KEY, 0.97, "keys or tokens of services"),
    "encrypted": (Kind.ENCRYPTED, 0.97, "encrypted texts"),
    "email": (Kind.EMAIL, 0.97, "e-mail addresses"),
    "card": (Kind.CARD, 0.95, "card numbers"),
    "iban": (Kind.IBAN, 0.95, "IBANs"),
    "ip": (Kind.IP, 0.93, "IP addresses"),
    "user_agent": (Kind.USER_AGENT, 0.93, "what browsers say of themselves"),
    "phone": (Kind.PHONE, 0.88, "telephone numbers"),
    "postal_code": (Kind.POSTAL_CODE, 0.88, "postal codes"),
    "full_name": (Kind.FULL_NAME, 0.85, "names of people"),
    "given_name": (Kind.GIVEN_NAME, 0.83, "given names"),
    "family_name": (Kind.FAMILY_NAME, 0.8, "family names"),
    "katakana": (Kind.FULL_NAME, 0.6, "short texts in katakana"),
    "url": (Kind.URL, 0.6, "links"),
    "random": (Kind.TOKEN, 0.72, "random characters"),
    "company": (Kind.COMPANY, 0.8, "companies by what they end in"),
    "file_name": (Kind.FILE_NAME, 0.6, "names of files"),
    # Where a name says more, it knows better.
    "sentence": (Kind.FREE_TEXT, 0.57, "sentences"),
}

#: Half of them are enough, where the rest is empty words: nobody keeps such a thing by chance.
_TELLING = frozenset({"password", "secret", "encrypted", "email", "card"})


def said_by_values(forms: Mapping[ColumnName, Mapping[str, int]]) -> Mapping[ColumnName, list[Saying]]:
    """What the *forms* of values say of their columns: of each the number of values, under ``""``, and of those of each
    form."""
    found: dict[ColumnName, list[Saying]] = {}
    for name, counts in forms.items():
        count = counts[""]
        for form, (kind, confidence, what) in _KINDS.items():
            share = counts.get(form, 0) / count if count else 0.0
            if count >= _FEW and share >= (0.3 if form in _TELLING else _SHARE):
                said = Saying(_WITNESS, kind, round(confidence * (0.8 + 0.2 * share), 2), f"{share:.0%} are {what}")
                found.setdefault(name, []).append(said)
                break
    return found
