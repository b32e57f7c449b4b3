"""The types of an expression's parts, as far as they can be told without a server, and literals that would be read as a
date.

A kind is a type's name in pg_type (``text``, ``_int4``), :data:`LITERAL` for a quoted literal that has no type yet, or
:data:`OPEN` for what cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from masker.masks.sql.harmless import COMPARISONS, GIVE, TESTS

LITERAL = "unknown"
OPEN = "?"

_DAYS = frozenset({"date", "timestamp", "timestamptz"})
_TIMES = frozenset({"time", "timetz"})
_RANGES = frozenset({"daterange", "tsrange", "tstzrange", "datemultirange", "tsmultirange", "tstzmultirange"})
_TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
_NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "money"})

#: Words that PostgreSQL reads as the present, wherever a date or a time is expected.
_PRESENT = re.compile(r"(?<![a-z])(now|today|tomorrow|yesterday)(?![a-z])", re.IGNORECASE)

#: Dates whose parts mean what DateStyle says: 01/02/2024, 1-2-24, 1 2 2024, 02-jan-24.
_BY_STYLE = re.compile(
    r"(?<![\d:./-])\d{1,2}[-/. ]\d{1,2}[-/. ]\d{1,4}(?![\d:])|(?<![\d:./-])\d{1,2}[-/. ]?[a-z]{3,9}[-/.,"
    r" ]+\d{1,2}(?![\d:])",
    re.IGNORECASE,
)


def is_text(kind: str) -> bool:
    return kind in _TEXTS


def may_be_time(kind: str) -> bool:
    """Whether a literal of that kind may be read as a date or a time, alone, in an array or as a bound."""
    return kind == OPEN or kind.removeprefix("_") in _DAYS | _TIMES | _RANGES


def is_time(kind: str) -> bool:
    """Whether it surely is read so."""
    return kind != OPEN and may_be_time(kind)


def literal_problem(text: str, kind: str) -> str | None:
    """Why *text* may not stand where *kind* is expected, and after a line break what to do instead."""
    if found := _PRESENT.search(text):
        return (
            f"'{found[0].lower()}' would be another time for each statement\nwrite now() or current_date, which are one"
            " time for the whole run"
        )
    if kind.removeprefix("_") not in _TIMES and _BY_STYLE.search(text):
        return (
            "which of its numbers is the day depends on the server's DateStyle\nwrite the year first, as in"
            " '2024-01-31'"
        )
    return None


def common(kinds: Iterable[str]) -> str:
    """The kind of CASE, COALESCE or an array's elements: literals take that of the others, and are text among
    themselves."""
    known = [kind for kind in kinds if kind != LITERAL]
    if not known:
        return "text"
    if len(set(known)) == 1 or OPEN in known:
        return OPEN if OPEN in known else known[0]
    # The one that the others are turned into; numbers and texts are not told apart any further.
    for preferred in ("timestamptz", "timestamp", "date", "numeric", "text"):
        if preferred in known:
            return preferred
    return known[0]


def element(kind: str) -> str:
    """What an array holds."""
    return kind[1:] if kind.startswith("_") else OPEN


def array(kind: str) -> str:
    return OPEN if kind == OPEN else f"_{'text' if kind == LITERAL else kind.removeprefix('_')}"


def operation(name: str, left: str, right: str) -> str:
    """The kind that an operator gives."""
    if name in GIVE:
        return GIVE[name]
    if name == "<<" or name == ">>":
        return left if left in _NUMBERS else "bool" if left in {"inet", "cidr"} else OPEN
    if name == "~" and left == "":
        return right
    if name in COMPARISONS or name in TESTS:
        return "bool"
    if name == "||":
        return _joined(left, right)
    if left == "":
        return right
    if name in {"->", "#>", "#-"}:
        return left
    return _computed(name, left, right)


def _joined(left: str, right: str) -> str:
    for kind in (left, right):
        if kind in {"jsonb", "bytea", "bit", "varbit"} or kind.startswith("_"):
            return kind
    return OPEN if left == right == OPEN else "text"


def _computed(name: str, left: str, right: str) -> str:
    pair = {left, right}
    if OPEN in pair or pair == {LITERAL}:
        return OPEN
    if pair <= _NUMBERS | {LITERAL}:
        return common((left, right))
    if name == "-" and left in _DAYS and right in {*_DAYS, LITERAL}:
        return "int4" if pair == {"date"} else "interval"
    for kind in (left, right):
        if kind in _DAYS:
            return "date" if kind == "date" and pair <= {"date", *_NUMBERS} else "timestamp" if kind == "date" else kind
    if pair & _TIMES:
        return "interval" if pair <= _TIMES | {LITERAL} and name == "-" else next(iter(pair & _TIMES))
    if "interval" in pair:
        return "interval"
    return left if left == right else OPEN


def shifts(name: str, kind: str) -> bool:
    """Whether a literal beside *kind* under the operator *name* is an interval rather than a date."""
    return name == "+" and kind in {"timestamp", "timestamptz", *_TIMES, "interval"}


def are_numbers(*found: str) -> bool:
    return set(found) <= _NUMBERS
