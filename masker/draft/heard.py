"""What each witness says of one column, for whoever asks why a draft has it as it has."""

from __future__ import annotations

from masker.catalog.types import Catalog, Column, Table
from masker.draft.application import said_by_application
from masker.kinds.classify import Witnesses, verdict_of
from masker.kinds.references import keys_of
from masker.ruleset.explain import aligned
from masker.ruleset.facts import Facts


def heard(column: Column, table: Table, catalog: Catalog, facts: Facts) -> str:
    """The verdict on *column* of *table* and what led to it, a line for each witness, the surest first. *facts* are
    what the application says of itself."""
    own = keys_of(each for each in catalog.tables.values() if each.extension is None)
    sayings = list(Witnesses(said_by_application(facts, catalog), own).sayings(column, table))
    verdict = verdict_of(sayings, column)
    lines = [("seems", f"{verdict.kind}, {verdict.confidence:.0%}", "")]
    lines += [
        (f"by {each.witness}", f"{each.kind}, {each.confidence:.0%}", each.reason)
        for each in sorted(sayings, key=lambda each: -each.confidence)
    ]
    return aligned(lines)
