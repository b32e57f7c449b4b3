"""What a server tells of columns to whoever guesses their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from masker.names import ColumnName
from masker.ruleset.documents import Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Columns of which the statistics say that values are *repeating*, and the *leaves* that documents of others have.
    *forms* are
    counts of values by their form. No value is in it."""

    repeating: frozenset[ColumnName] = frozenset()
    leaves: Mapping[ColumnName, Sequence[Leaf]] = field(default_factory=dict)
    forms: Mapping[ColumnName, Mapping[str, int]] = field(default_factory=dict)
