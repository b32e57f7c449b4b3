"""What the server does not keep when a column's type is altered, be it to the same: what can be said again afterwards,
and what cannot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from masker.names import TableName, quote, quote_literal
from masker.queries import queries

_SQL = queries(__name__)

#: Indexes of partitioned tables and those attached to them, with what the server takes from the parent's.
_INDEXES = _SQL["indexes"]

#: Names that no relation may be given any more.
_TAKEN = _SQL["taken"]

_STATISTICS = _SQL["statistics"]

_COMMENTS = _SQL["comments"]

#: NOT NULL of columns that are called otherwise than the parent's.
_REQUIRED = _SQL["required"]

#: NOT NULL has a name since then.
_SINCE_NAMED = 18

#: The longest name there may be, in bytes.
_LONGEST = 63

_ENDINGS = {"p": "pkey", "u": "key", "x": "excl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """By relation (its oid) and column: statements that make good what altering it has lost, and why altering it would
    lose what nothing makes good."""

    again: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    for_good: Mapping[tuple[int, str], str] = field(default_factory=dict)


def read_lost(ask: Callable[[str], Iterable[Any]], name: Callable[[int], TableName], major: int) -> Lost:
    """What would be lost in the database that *ask* asks; *name* is that of a relation."""
    again: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in ask(_STATISTICS):
        again[row.relation, row.column].append(
            f"ALTER STATISTICS {quote(row.schema)}.{quote(row.name)} SET STATISTICS {row.target}"
        )
    for row in ask(_COMMENTS):
        again[row.relation, row.column].append(
            f"COMMENT ON CONSTRAINT {quote(row.name)} ON {name(row.relation).sql} IS {quote_literal(row.comment)}"
        )
    for_good: dict[tuple[int, str], str] = {}
    indexes = list(ask(_INDEXES))
    named = Counter((row.schema, _made(row)) for row in indexes if row.is_attached and row.name != _made(row))
    taken = {each for each, count in named.items() if count > 1}
    taken |= {(row.schema, row.name) for row in ask(_TAKEN)} if named else set()
    for row in indexes:
        reason = _about_index(row, taken)
        for column in row.reads:
            if reason is not None:
                for_good[row.relation, column] = reason
            elif row.is_attached:
                again[row.relation, column].extend(_said_of_index(row, name(row.relation)))
    for row in ask(_REQUIRED) if major >= _SINCE_NAMED else ():
        for_good[row.relation, row.column] = (
            f"NOT NULL of {row.table} is called {row.name}, otherwise than its parent's, which PostgreSQL does not keep"
        )
    return Lost(again={column: tuple(statements) for column, statements in again.items()}, for_good=for_good)


def _about_index(row: Any, taken: Set[tuple[str, str]]) -> str | None:
    """Why the server would not make the index again as it is, nor so that it could be made so: it makes one of a
    partitioned table for all of its partitions, with the parent's options, under names of its own choice, which is
    known as long as no other has that name or is going to be given it."""
    if row.is_partitioned and not row.is_valid:
        return f"the index {row.name} is not on all partitions, which PostgreSQL does not keep so"
    if not row.is_attached:
        return None
    if row.is_own:
        return f"the index {row.name} of {row.table} has options of its own, which PostgreSQL does not keep"
    if row.name != _made(row) and (row.schema, _made(row)) in taken:
        return f"the index {row.name} of {row.table} has a name of its own, which PostgreSQL does not keep"
    return None


def _said_of_index(row: Any, table: TableName) -> Iterator[str]:
    """What gives the index that was made again its name, and whatever else is its own."""
    schema, name = quote(row.schema), quote(row.name)
    if row.name != _made(row):
        yield f"ALTER INDEX {schema}.{quote(_made(row))} RENAME TO {name}"
    if row.is_clustered:
        yield f"ALTER TABLE {table.sql} CLUSTER ON {name}"
    if row.comment is not None:
        yield f"COMMENT ON INDEX {schema}.{name} IS {quote_literal(row.comment)}"
    if row.key_comment is not None:
        yield f"COMMENT ON CONSTRAINT {name} ON {table.sql} IS {quote_literal(row.key_comment)}"


def _made(row: Any) -> str:
    return made_name(row.table, row.columns if row.kind != "p" else (), _ENDINGS.get(row.kind, "idx"))


def made_name(table: str, columns: Iterable[str], ending: str) -> str:
    """What the server calls an index that nobody has named.

    >>> made_name("orders", ["code", "at"], "idx"), made_name("orders", [], "pkey")
    ('orders_code_at_idx', 'orders_pkey')
    >>> made_name("t" * 60, ["c" * 20], "key") == "t" * 38 + "_" + "c" * 20 + "_key"
    True
    """
    parts = [table.encode(), "_".join(columns).encode()]
    room = _LONGEST - len(ending) - 1 - bool(parts[1])
    lengths = [len(part) for part in parts]
    while sum(lengths) > room:
        lengths[lengths[0] <= lengths[1]] -= 1
    cut = (part[:length].decode(errors="ignore") for part, length in zip(parts, lengths, strict=True))
    return "_".join([*filter(None, cut), ending])
