"""Who a value belongs to, and which columns agree: one person's, one place's, and one attribute in several tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from masker.catalog.types import Table, TypeClass
from masker.draft.model import ColumnDraft, TableDraft, more
from masker.draft.people import belongs
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import listed, singular
from masker.names import ColumnName
from masker.ruleset.by_kind import keeps_apart

_SCOPE = re.compile(r"\bscope: (\w+)")

_PERSON = frozenset({Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.FULL_NAME})
_PLACE = frozenset({Kind.POSTAL_CODE, Kind.REGION, Kind.CITY, Kind.TOWN, Kind.STREET, Kind.ADDRESS})

#: Kinds that are looked up by their value, whichever table they stand in, and the scope they share.
_SHARED = {Kind.EMAIL: "email", Kind.PHONE: "phone", Kind.USER_NAME: "user_name"}

#: Kinds that agree where columns of one name hold them.
_BY_NAME = frozenset({Kind.PAYMENT_ID, Kind.EXTERNAL_ID, Kind.AUTHORITY, Kind.BANK_ACCOUNT, Kind.IBAN, Kind.DEVICE})

#: Masks that make equal values of equal ones when they are asked to.
_BY_VALUE = frozenset({"email", "token", "phone", "username", "bank_account", "iban", "scramble"})

#: What repeats as what belongs to something does.
_REPEATING = listed(
    """
    email token lorem phone ip full_name company username url user_agent
    """
)


def share(
    tables: Sequence[TableDraft],
    people: Table | None,
    repeating: Collection[ColumnName],
    *,
    has_area_codes: bool = False,
) -> None:
    """Gives the columns of *tables* their scopes. *people* are those of the application; values of *repeating* columns
    are known to repeat. *has_area_codes*: telephone numbers say where somebody lives."""
    _by_value(tables)
    for table in tables:
        _persons(table, people)
        _places(table, has_area_codes=has_area_codes)
    _repeated(tables, repeating)
    _lonely(tables)


def _open(table: TableDraft) -> list[ColumnDraft]:
    return [c for c in table.columns.values() if c.is_written and c.kind.is_personal and not c.column.generated]


def _by_value(tables: Sequence[TableDraft]) -> None:
    """One scope for one attribute in several tables."""
    groups: dict[str, list[tuple[TableDraft, ColumnDraft]]] = defaultdict(list)
    for table in tables:
        for column in [] if table.empty else _open(table):
            if column.column.type.kind is not TypeClass.TEXT:
                continue
            if column.kind in _SHARED and not _is_piece(column) and column.mask in {"email", "phone", "username"}:
                suffix = "_citext" if column.column.type.is_citext else ""
                groups[f"{_SHARED[column.kind]}{suffix}"].append((table, column))
            elif column.kind in _BY_NAME and column.mask in _BY_VALUE:
                groups[column.column.name].append((table, column))
    for scope, members in groups.items():
        if len({table.table.name for table, _ in members}) < 2 or len({column.mask for _, column in members}) > 1:
            continue
        base = min((column.rule for _, column in members), key=len)
        for _, column in members:
            column.prefer(more(base, by="value", scope=scope))
            column.note = "equal values stay equal in all tables"


def _persons(table: TableDraft, people: Table | None) -> None:
    """One scope for the columns that name one person; the application's own people have one in all tables."""
    is_main = people is not None and table.table.name == people.name
    link = belongs(table.table, people) if people is not None else None
    for whose, members in _by_owner(table, _PERSON).items():
        if (is_main or link is not None) and whose in {"", *_own(people)}:
            scope, by = "person", {} if is_main else {"by": link}
        elif len({column.rule for column in members}) > 1:
            scope, by = "_".join(filter(None, (singular(table.table.name.name), whose, "person"))), {}
        else:
            continue
        _give(table, members, {**by, "scope": scope})


def _own(people: Table | None) -> set[str]:
    return {singular(people.name.name)} if people is not None else set()


def _places(table: TableDraft, *, has_area_codes: bool) -> None:
    phones = _by_owner(table, frozenset({Kind.PHONE})) if has_area_codes else {}
    for whose, members in _by_owner(table, _PLACE).items():
        if len({column.rule for column in members}) > 1:
            scope = "_".join(filter(None, (singular(table.table.name.name), whose, "place")))
            _give(table, members, {"scope": scope})
            free = [c for c in phones.get(whose, ()) if c.mask == "phone" and _SCOPE.search(c.rule) is None]
            _give(table, free, {"scope": scope})


def _by_owner(table: TableDraft, kinds: frozenset[Kind]) -> dict[str, list[ColumnDraft]]:
    """Columns of *kinds* by whose they are: the words before what they hold."""
    found: dict[str, list[ColumnDraft]] = defaultdict(list)
    for column in _open(table):
        head = head_of(column.column.name)
        if column.kind in kinds and column.column.type.kind is TypeClass.TEXT and head is not None:
            whose = [w for w in head.before if not ((w in MODIFIERS and w not in {"home", "work"}) or w.isdigit())]
            found["_".join(whose)].append(column)
    return found


def _give(table: TableDraft, members: Sequence[ColumnDraft], arguments: dict[str, object]) -> None:
    """Of columns with one rule, which would hold one value, the first alone gets *arguments*."""
    seen: set[str] = set()
    for column in members:
        if (column.rule in seen and not _is_piece(column)) or column.mask in {
            "token",
            "lorem",
            "digits",
            "keep",
            "null",
        }:
            continue
        seen.add(column.rule)
        written = more(column.rule, **arguments)
        if keeps_apart(written, column.column, table.table):
            column.prefer(written)


def _is_piece(column: ColumnDraft) -> bool:
    """Whether it holds a piece of one value, of which the others have the same rule."""
    return "parts: [" in column.rule


def _repeated(tables: Sequence[TableDraft], repeating: Collection[ColumnName]) -> None:
    for table in tables:
        for column in _open(table):
            if table.table.column_name(column.column.name) in repeating and column.rule in _REPEATING | {
                "{mask: email, length: keep}"
            }:
                column.prefer(more(column.rule, by="value"))


def _lonely(tables: Sequence[TableDraft]) -> None:
    """No scope for a column that agrees with no other."""
    scoped = [
        (found[1], column)
        for table in tables
        for column in ([] if table.empty else _open(table))
        if (found := _SCOPE.search(column.rule)) is not None
    ]
    counts = Counter(scope for scope, _ in scoped)
    for scope, column in scoped:
        if counts[scope] == 1 and len(column.rules) > 1:
            column.rules = column.rules[1:]
            column.note = ""
