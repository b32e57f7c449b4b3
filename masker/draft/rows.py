"""What columns of one row are together: pieces of one number, and a person whose gender a column says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from masker.catalog.types import TypeClass
from masker.draft.model import ColumnDraft, TableDraft, more
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
from masker.kinds.words import listed, romaji, split
from masker.ruleset.by_kind import keeps_apart
from masker.ruleset.wording import flow

#: How many pieces a number of a kind is written in, and the mask that makes them.
_PIECES = {Kind.PHONE: (3, "phone"), Kind.POSTAL_CODE: (2, "postal_code")}

#: Characters that a piece has at most.
_LONGEST = 5

#: A name that a number ends.
_NUMBERED = re.compile(r"(?P<stem>.*[^0-9_])_?0?(?P<at>[1-9])")

_GENDERS = frozenset(
    romaji(word) for word in listed("gender sex sexe sexo genero geschlecht anrede salutation civilite seibetsu 性別")
)
_GIVEN = frozenset({Kind.GIVEN_NAME, Kind.FULL_NAME})
_SCOPE = re.compile(r"\bscope: (\w+)")


def divide(tables: Sequence[TableDraft], locale: str) -> None:
    """Gives columns that hold pieces of one telephone number or postal code one rule: those numbered from 1 that have
    no room for a whole one, or, in Japan, that are as many as it has pieces there."""
    for table in tables:
        for kind, members in _numbered(table):
            count, mask = _PIECES[kind]
            lengths = [column.column.type.length for column in members]
            is_short = all(length is not None and length <= _LONGEST for length in lengths)
            is_unlimited = all(length is None or length > _LONGEST for length in lengths)
            if len(members) != count or not (is_short or (is_unlimited and locale == "ja_JP")):
                continue
            rule = flow({"mask": mask, "parts": [column.column.name for column in members]})
            for column in members:
                column.prefer(rule)
                column.note = "a piece of one number"


def _numbered(table: TableDraft) -> Iterator[tuple[Kind, list[ColumnDraft]]]:
    """Columns of one kind and name but for their number, from 1 on."""
    found: dict[tuple[Kind, str], dict[int, ColumnDraft]] = defaultdict(dict)
    for name, column in table.columns.items():
        match = _NUMBERED.fullmatch(name)
        is_text = column.column.type.kind is TypeClass.TEXT and not column.column.generated
        if (
            match
            and is_text
            and column.is_open
            and column.kind in _PIECES
            and keeps_apart("phone", column.column, table.table)
        ):
            found[column.kind, match["stem"]][int(match["at"])] = column
    for (kind, _), members in found.items():
        if sorted(members) == list(range(1, len(members) + 1)):
            yield kind, [members[at] for at in sorted(members)]


def say_genders(tables: Sequence[TableDraft]) -> None:
    """Has given names go by the column beside them that says of what gender somebody is, where all that share their
    scope can."""
    by_scope: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        for column in table.columns.values():
            if (scope := _SCOPE.search(column.rule)) and not table.empty:
                by_scope[scope[1]].add(str(table.table.name))
    for table in tables:
        genders = {_whose(column): column for column in table.columns.values() if _says_gender(column)}
        told = set[str]()
        for column in _given(table):
            gender, scope = genders.get(_whose(column)), _SCOPE.search(column.rule)
            if gender is None or (scope is not None and len(by_scope[scope[1]]) > 1):
                continue
            if gender.column.type.kind is TypeClass.INTEGER:
                said = f"{{column: {flow(gender.column.name)}, male: [1], female: [2]}}"
                gender.note = f"names go by it if they say so with its numbers, as `gender: {said}`"
                continue
            column.prefer(more(column.rule, gender=gender.column.name))
            told.add(gender.column.name)
        for name in told:
            gender = table.columns[name]
            if gender.rule not in {"keep"} and "choice" not in gender.rule:
                gender.note = (
                    "given names go by what is left of it: `{mask: shuffle, shows_originals: yes}` keeps its ratio"
                )


def _given(table: TableDraft) -> list[ColumnDraft]:
    """What is masked with a given name in it, by a rule that names nobody else's."""
    return [
        column
        for column in table.columns.values()
        if not table.empty
        and column.is_written
        and column.kind in _GIVEN
        and column.mask in {"first_name", "full_name"}
        and " by: " not in column.rule
        and not column.column.generated
    ]


def _says_gender(column: ColumnDraft) -> bool:
    head = head_of(column.column.name)
    last = split(column.column.name)[-1:]
    words = head.phrase if head is not None else last
    return (
        len(words) == 1
        and romaji(words[0]) in _GENDERS
        and column.column.type.kind in {TypeClass.TEXT, TypeClass.ENUM, TypeClass.INTEGER}
    )


def _whose(column: ColumnDraft) -> str:
    """The words before what it holds."""
    head = head_of(column.column.name)
    return "_".join(head.before) if head is not None else ""
