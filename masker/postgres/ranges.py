"""How far the keys go that are permuted: the largest of each, whose range is then fixed; never a value that a row
holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from masker.at_once import taken_back
from masker.catalog.types import Catalog
from masker.errors import Problem, RuleErrors
from masker.masks.numbers import Drawn, Numbers, Shapes
from masker.masks.permute import as_numbers, kept_range, range_of
from masker.notes import Note
from masker.postgres.errors import server_errors
from masker.postgres.several import in_groups
from masker.ruleset.types import Resolution
from masker.sides import Side
from masker.tables.ranges import Keys, permuted_keys, too_narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """The range of each scope of permuted keys, and what a plan says of them."""

    shapes: Shapes = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def ranges(
    conn: psycopg.Connection, resolution: Resolution, catalog: Catalog, frozen: Shapes, side: Side, *, is_all: bool
) -> Ranged:
    """The ranges of the keys of *resolution*: as they are *frozen* while production has not outgrown them, else anew.
    *is_all*: what is frozen is taken as it is. Raises RuleErrors where a type has no room for other keys."""
    shapes: dict[Drawn, Numbers] = {}
    notes: list[Note] = []
    problems: list[Problem] = []
    for keys in permuted_keys(resolution, catalog):
        drawn = range_of(keys.scope)
        kept = kept_range(frozen[drawn]) if drawn in frozen else None
        if kept is not None and is_all:
            shapes[drawn] = frozen[drawn]
            continue
        greatest = _greatest(conn, keys, catalog, side)
        found = kept if kept is not None and kept.end >= greatest else keys.range_for(greatest)
        if found is None:
            problems.append(too_narrow(keys, greatest))
            continue
        shapes[drawn] = as_numbers(found)
        others = len(keys.columns) - 1
        more = f", and in {others:,} column{'s' if others > 1 else ''} that refer{'' if others > 1 else 's'} to it"
        notes.append(
            Note(
                subject=keys.scope,
                text=f"keys are permuted among 1 … {found.end:,}{more if others else ''}; new rows come after them;"
                " numbers within documents, texts and names of objects do not follow",
            )
        )
        if kept is not None and found != kept:
            notes.append(
                Note(
                    subject=keys.scope,
                    text=f"production has outgrown the range of earlier runs (1 … {kept.end:,}): every key is another",
                )
            )
    if problems:
        raise RuleErrors(problems)
    return Ranged(shapes=shapes, notes=tuple(notes))


def _greatest(conn: psycopg.Connection, keys: Keys, catalog: Catalog, side: Side) -> int:
    asked = [
        sql.SQL("SELECT max({})::int8 FROM {}").format(
            sql.Identifier(column.name), sql.Identifier(column.table.schema, column.table.name)
        )
        for column in keys.columns
    ]
    readable = {s.name for s in catalog.sequences if s.can_select and not s.is_unlogged}
    asked += [
        sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(name.schema, name.name))
        for name in keys.sequences
        if name in readable
    ]
    with server_errors(side, "it was asked how far its keys go"):
        told = (taken_back(conn, [sql.SQL(" UNION ALL ").join(group)])[0] for group in in_groups(asked))
        return max((int(value) for rows in told for (value,) in rows if value is not None), default=0)
