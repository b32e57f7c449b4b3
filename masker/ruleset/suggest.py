"""Guesses a rule for a column from its name and type, as a start for whoever knows what the column holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from masker.catalog.types import Column, Table, TypeClass
from masker.masks.mask import Uniqueness
from masker.masks.table import MASKS
from masker.names import quote
from masker.ruleset.column_names import HARMLESS, PATTERNS, SEARCHED, SIGN_IN, TELLING_IN_LISTS
from masker.ruleset.documents import Leaf, document_rule
from masker.ruleset.personal import identifies, snake
from masker.ruleset.siblings import of_one_scope
from masker.ruleset.wording import flow


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule as it is written in a file, and why it was guessed."""

    text: str
    reason: str

    @property
    def is_keep(self) -> bool:
        return self.text == "keep"


#: The rule of a list of texts that may hold anything.
_ANY_LIST = "{mask: array, of: lorem, by: value}"

#: The mask of a rule as it is written.
_MASK = re.compile(r"(?:\{mask: )?(\w+)")


def _may_repeat(rule: str, table: Table) -> bool:
    """Whether the mask of *rule* may give two rows of *table* one value that is not simply one for all."""
    written = _MASK.match(rule)
    card = MASKS[written[1]].card if written is not None and written[1] in MASKS else None
    if card is None or card.is_constant:
        return False
    key = [column for name in table.row_key if (column := table.column(name)) is not None]
    has_number = len(key) == 1 and key[0].type.kind is TypeClass.INTEGER
    return card.uniqueness is Uniqueness.LOST or (card.uniqueness is Uniqueness.LIMITED and not has_number)


def suggest_column(column: Column, table: Table, leaves: Sequence[Leaf] = ()) -> Suggestion:
    """A rule for *column* of *table*, whose documents have *leaves*. It is a guess: who knows the data decides."""
    suggestion = (
        _of_document(column, table, leaves)
        or _of_search(column, table)
        or _with_scope(column, table)
        or _of_list(column, table)
        or _by_type(column)
    )
    is_unique = any(index.is_unique and column.name in index.columns for index in table.indexes)
    if is_unique and column.type.kind is TypeClass.TEXT and _may_repeat(suggestion.text, table):
        instead = "username" if SIGN_IN.search(snake(column.name)) else "token"
        return Suggestion(instead, f"{suggestion.reason}, and no two may be equal")
    if (
        is_unique
        and column.type.kind in {TypeClass.INTEGER, TypeClass.NUMBER}
        and suggestion.text.startswith("{mask: fixed")
    ):
        key = [c for name in table.row_key if (c := table.column(name)) is not None]
        if len(key) == 1 and key[0].type.kind is TypeClass.INTEGER and key[0].name != column.name:
            return Suggestion(flow({"sql": quote(key[0].name)}), f"{suggestion.reason}, and no two may be equal")
    return suggestion


def _of_document(column: Column, table: Table, leaves: Sequence[Leaf]) -> Suggestion | None:
    if column.type.kind not in {TypeClass.JSON, TypeClass.JSONB}:
        return None
    rule = document_rule(leaves, lambda leaf: found.text if (found := _by_name(leaf, table)) is not None else None)
    return Suggestion(rule, "its shape stays; keys are looked at in some documents" if leaves else "its shape stays")


def _of_search(column: Column, table: Table) -> Suggestion | None:
    """What is searched in, made anew of the masked texts of the row."""
    # What stays as it is would make the value that was there.
    texts = [
        c.name
        for c in table.columns
        if c.type.kind is TypeClass.TEXT
        and not c.generated
        and SEARCHED.search(snake(c.name))
        and not (_by_name(c, table) or _by_type(c)).is_keep
    ]
    if column.type.name != "tsvector" or not texts:
        return None
    rule = flow({"mask": "derived", "of": texts, "kind": "search_vector"})
    return Suggestion(rule, "it is tsvector, made anew of masked texts; name those that production makes it of")


def _of_list(column: Column, table: Table) -> Suggestion | None:
    """What the name of a list of texts says of its elements, unless it says that they stay."""
    element = column.type.element
    if column.type.kind is not TypeClass.ARRAY or element is None or element.kind is not TypeClass.TEXT:
        return None
    found = _by_name(replace(column, type=element), table)
    return replace(found, text=_ANY_LIST) if found is not None and not found.is_keep else None


def _with_scope(column: Column, table: Table) -> Suggestion | None:
    """The guess by name; columns that name one person or one place together get one scope."""
    found = _by_name(column, table)
    if found is None:
        return None
    others = ((other.name, guess.text) for other in table.columns if (guess := _by_name(other, table)) is not None)
    return replace(found, text=of_one_scope(column.name, found.text, table.name, others))


def _by_name(column: Column, table: Table) -> Suggestion | None:
    name, table_name = snake(column.name), snake(table.name.name)
    for pattern in PATTERNS:
        if (
            column.type.kind in pattern.kinds
            and pattern.names.search(name)
            and (pattern.tables is None or pattern.tables.search(table_name))
        ):
            return Suggestion(_gone(column) or "lorem" if pattern.text == "{gone}" else pattern.text, pattern.reason)
    return None


def _gone(column: Column) -> str | None:
    """The mask that empties *column*, if it may be NULL."""
    return "null" if column.takes_null else None


def _by_type(column: Column) -> Suggestion:
    what, gone = f"it is {column.type.name}", _gone(column)
    match column.type.kind:
        case TypeClass.INET | TypeClass.CIDR:
            return Suggestion("ip", what)
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            return Suggestion("date_shift", what)
        case TypeClass.INTEGER | TypeClass.NUMBER if identifies(snake(column.name), column.type):
            return Suggestion(
                gone or "{mask: fixed, value: 0}", "its name says a number that identifies or reaches somebody"
            )
        case TypeClass.NUMBER:
            return Suggestion("{mask: noise, amount: 0.1}", "its name says a place; of degrees that is 11 km at most")
        case TypeClass.RANGE:
            return Suggestion(gone or "{mask: fixed, value: empty}", f"{what}, whose bounds may say something")
        case TypeClass.TEXT if column.type.name == "text" and not HARMLESS.search(snake(column.name)):
            return Suggestion("lorem", "it is text of any length")
        case TypeClass.TEXT:
            return Suggestion("keep", "its name says nothing personal; look before you keep it")
        case TypeClass.ARRAY if (
            column.type.element is not None
            and column.type.element.kind is TypeClass.TEXT
            and HARMLESS.search(snake(column.name))
            and not TELLING_IN_LISTS.search(snake(column.name))
        ):
            return Suggestion("keep", "its name says nothing personal; look before you keep it")
        case TypeClass.ARRAY if column.type.element is not None and column.type.element.kind is TypeClass.TEXT:
            return Suggestion(_ANY_LIST, "it is a list, which may hold anything")
        case TypeClass.ARRAY:
            return Suggestion(gone or '{mask: fixed, value: "{}"}', "it is a list, which may hold anything")
        case _:
            return Suggestion(gone or '{mask: fixed, value: ""}', f"{what}, which may hold anything")
