"""A rule for a column, guessed from what it seems to hold, as a start for whoever knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from masker.catalog.types import Catalog, Column, Table, TypeClass
from masker.kinds.classify import SURE, Witnesses
from masker.kinds.kind import Kind
from masker.kinds.saying import Verdict
from masker.ruleset.by_kind import candidates, keeps_apart
from masker.ruleset.documents import Leaf
from masker.ruleset.wording import flow

#: Keys of documents that are the application's words.
_STAYING = frozenset(
    {"kind", "status", "state", "locale", "format", "version", "algorithm", "size", "count", "enabled"}
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule as it is written in a file, and why it was guessed. *others* serve where it cannot."""

    text: str
    reason: str
    others: tuple[str, ...] = ()

    @property
    def is_keep(self) -> bool:
        return self.text == "keep"


def suggest_column(
    column: Column, table: Table, leaves: Sequence[Leaf] = (), *, catalog: Catalog | None = None
) -> Suggestion:
    """A rule for *column* of *table*, of *catalog*, whose documents have *leaves*. It is a guess: who knows the data
    decides."""
    found = suggestion(Witnesses().verdict(column, table), column, table, leaves)
    of = catalog.partitioned_by(table.name, column.name) if catalog is not None else None
    if of is not None and not found.is_keep:
        why = f"{of} is partitioned by it, and masked rows would belong elsewhere; `rows: none` leaves them out"
        return Suggestion("keep", f"{found.reason}, but {why}")
    return found


def suggestion(verdict: Verdict, column: Column, table: Table, leaves: Sequence[Leaf] = ()) -> Suggestion:
    """A rule for *column* of *table*, which holds what *verdict* says."""
    search = _of_search(column, table)
    written = candidates(verdict.kind, column, table, leaves, lambda leaf: _of_leaf(leaf, table))
    if verdict.kind is Kind.ENCRYPTED and (own := _encrypted(verdict, column)) is not None:
        written = [own, *written]
    if verdict.kind.is_personal and search is not None:
        written = [search, *written]
    reason = (
        verdict.reason
        if verdict.confidence >= SURE or verdict.kind.is_personal
        else f"{verdict.reason}; look before you keep it"
    )
    fitting = [rule for rule in written if keeps_apart(rule, column, table)] or written
    if fitting[0] != written[0]:
        reason += ", and no two may be equal"
    return Suggestion(fitting[0], reason, tuple(fitting[1:]))


#: What can be encrypted anew, by what else is said of a column.
_ENCRYPTED = {
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
    Kind.GIVEN_NAME: "first_name",
    Kind.FAMILY_NAME: "last_name",
    Kind.FULL_NAME: "full_name",
}


def _encrypted(verdict: Verdict, column: Column) -> str | None:
    """A text under the preview's own keys, where the application itself says that it encrypts the column and NULL would
    not do."""
    if column.type.kind is not TypeClass.TEXT or not any(s.witness == "application" for s in verdict.sayings):
        return None
    of = next((_ENCRYPTED[s.kind] for s in verdict.sayings if s.kind in _ENCRYPTED), None)
    return None if of is None and column.takes_null else flow({"mask": "encrypted", "of": of or "token"})


def _of_leaf(column: Column, table: Table) -> str | None:
    verdict = Witnesses().verdict(column, table)
    if not verdict.kind.is_personal:
        return "keep" if verdict.kind is Kind.CLASS_NAME or column.name.rpartition("_")[2] in _STAYING else None
    return candidates(verdict.kind, column, table)[0]


def _of_search(column: Column, table: Table) -> str | None:
    """What is searched in, made anew of the masked texts of the row."""
    if column.type.name != "tsvector":
        return None
    witnesses = Witnesses()
    # What stays as it is would make the value that was there.
    texts = [
        c.name
        for c in table.columns
        if c.type.kind is TypeClass.TEXT
        and not c.generated
        and witnesses.verdict(c, table).kind
        in {Kind.FREE_TEXT, Kind.FULL_NAME, Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.COMPANY}
    ]
    return flow({"mask": "derived", "of": texts, "kind": "search_vector"}) if texts else None
