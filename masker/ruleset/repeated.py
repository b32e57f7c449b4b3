"""Suggested rules for values that repeat as what belongs to something does: equal ones stay equal, in every column that
holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from masker.catalog.types import Catalog, Column, Table
from masker.masks.email import Email
from masker.names import ColumnName, TableName
from masker.ruleset.types import Resolution
from masker.ruleset.wording import key_text

#: Masks that make values of their own, and whole names, which are pairs. Single names and places repeat by the numbers
#: that steer their draws.
_MASKS = frozenset({"email", "token", "lorem", "phone", "ip", "full_name"})

#: Addresses that a unique index tells apart by their letters, and such that it does not, cannot agree.
_EMAIL, _EMAIL_OF_CITEXT = (
    "{mask: email, by: value, scope: email, length: keep}",
    "{mask: email, by: value, scope: email_citext, length: keep}",
)


class Repeated:
    """What becomes of guesses where values repeat: *repeating* are the columns of *catalog* of which the server's
    statistics say so."""

    def __init__(self, repeating: Collection[ColumnName], catalog: Catalog) -> None:
        self._repeating = frozenset(repeating)
        held: dict[str, set[TableName]] = defaultdict(set)
        for table in catalog.tables.values():
            for column in table.columns:
                if not table.parents:
                    held[column.name].add(table.name)
        self._shared = {name for name, tables in held.items() if len(tables) > 1}

    def rule(self, written: str, column: Column, table: Table) -> str:
        """*written*, what was guessed for *column*, by value where its values repeat."""
        if written not in _MASKS or table.column_name(column.name) not in self._repeating:
            return written
        if written == "email":
            return _address(column)
        scope = f", scope: {key_text(column.name)}" if written == "token" and column.name in self._shared else ""
        return f"{{mask: {written}, by: value{scope}}}"

    def addresses(self, resolution: Resolution) -> Iterator[tuple[TableName, Column, str]]:
        """Columns whose e-mail addresses a rule set masks row by row, where those of some column repeat: what to write
        of them instead."""
        if not any("mail" in name.name.lower() for name in self._repeating):
            return
        for name, decision in resolution.tables.items():
            if decision.rows == "none" or decision.table.parents:
                continue
            for column in decision.table.columns:
                found = decision.columns.get(column.name)
                if (
                    found is not None
                    and isinstance(found.rule, Email)
                    and found.rule.by is None
                    and found.rule.scope is None
                ):
                    yield name, column, _address(column)


def _address(column: Column) -> str:
    return _EMAIL_OF_CITEXT if column.type.is_citext else _EMAIL
