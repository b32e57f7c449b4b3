"""What stored data is computed by functions of the schema, which the catalog does not follow to the rows they read.

A function with a body of parsed SQL (``BEGIN ATOMIC``) says what it reads; of any other only its text can be looked at,
and so it may read whatever it is not seen to leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from masker.names import TableName

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

#: FROM in a call that is spelled with words reads nothing.
_SPELLED = re.compile(r"\b(?:extract|substring|trim|overlay)\s*\([^()]*?\bfrom\b", re.IGNORECASE)

#: Without one of these a text of SQL or PL/pgSQL names no relation and runs no text.
_READS = re.compile(r"\b(?:from|table|execute|call)\b", re.IGNORECASE)

_TEXTS = frozenset({"sql", "plpgsql"})
_COMPILED = frozenset({"c", "internal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that is none of the server's own.

    *uses* are the functions its parsed body calls, *reads* whether that names relations; both are of use where
    *is_parsed*. *operators* are the names of operators it stands behind.
    """

    oid: int
    title: str
    name: str
    language: str
    is_immutable: bool
    body: str = ""
    is_parsed: bool = False
    uses: frozenset[int] = frozenset()
    reads: bool = False
    is_of_extension: bool = False
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredView:
    """A materialized view. *reads* are the relations its query names at any depth, itself left out.

    *unknown* says through what else it may read rows, empty if through nothing; *reads_statistics* that it reads what
    ANALYZE has kept.
    """

    name: TableName
    is_populated: bool
    bytes: int = 0
    reads: frozenset[TableName] = frozenset()
    unknown: str = ""
    reads_statistics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredColumns:
    """The stored generated columns of *table* that functions of the schema compute from *base*; *function* is one of
    them.

    *may_read* says that they may read rows.
    """

    table: TableName
    columns: tuple[str, ...]
    base: tuple[str, ...]
    function: str
    may_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredExpressions:
    """The expressions of an index, or of a statistics object (*index* is None), that functions of the schema compute
    from rows of *table*."""

    table: TableName
    index: TableName | None
    function: str
    may_read: bool


@dataclass(frozen=True, kw_only=True)
class Derived:
    """All stored data that functions compute, and every materialized view.

    *readers* are the titles of functions that may read rows. *is_set_otherwise*: the database or the role sets
    something that masker's sessions set too and that functions may depend on.
    """

    views: Mapping[TableName, StoredView] = field(default_factory=dict)
    columns: tuple[StoredColumns, ...] = ()
    expressions: tuple[StoredExpressions, ...] = ()
    readers: frozenset[str] = frozenset()
    is_set_otherwise: bool = False


def readers(functions: Iterable[Function], texts: Collection[str], readers_of_texts: Collection[int]) -> frozenset[int]:
    """The oids of *functions* that may read rows. *texts* are the names of the server's own functions that run a query
    given as a text or read a relation they are told, *readers_of_texts* their oids."""
    known = {f.oid: f for f in functions}
    found = {oid for oid, f in known.items() if _reads_by_itself(f, texts, readers_of_texts)}
    words = {oid: frozenset(re.findall(r"\w+", f.body.lower())) for oid, f in known.items()}
    while True:
        names = {known[oid].name.lower() for oid in found}
        operators = {operator for oid in found for operator in known[oid].operators}
        more = {
            oid
            for oid, f in known.items()
            if oid not in found
            and (
                f.uses & found
                if f.is_parsed
                else f.language in _TEXTS and (words[oid] & names or any(o in f.body for o in operators))
            )
        }
        if not more:
            return frozenset(found)
        found |= more


def _reads_by_itself(function: Function, texts: Collection[str], readers_of_texts: Collection[int]) -> bool:
    if function.language in _COMPILED:
        return not (function.is_immutable and function.is_of_extension)
    if function.language not in _TEXTS:
        return True
    if function.is_parsed:
        return function.reads or bool(function.uses & frozenset(readers_of_texts))
    body = _SPELLED.sub("(", _COMMENT.sub(" ", function.body))
    return bool(_READS.search(body)) or any(re.search(rf"\b{re.escape(name)}\b", body, re.IGNORECASE) for name in texts)
