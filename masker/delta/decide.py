"""Whether the difference since the run before can be proven to be all there is; and where not, why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from masker import __version__
from masker.catalog.types import Catalog
from masker.copy.steps import CopyLargeObjects, CopyPlan
from masker.masks.every import MASKS
from masker.masks.sql.bindings import Instant
from masker.names import TableName
from masker.tables.plan import TablePlan
from masker.verify.kept import Origin
from masker.verify.since import Since, as_read, made_of, read_under

#: Transactions after which the age of a row says nothing any more.
_MOST_TRANSACTIONS = 2**31 - 10_000_000

#: Tables that are replaced whole, by deleting and inserting, have at most so many bytes.
_SMALL_BYTES = 32 * 1024 * 1024

#: Growth of the preview's tables by dead rows, in percent, after which they are made anew.
_MOST_GROWTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The source as this run sees it, and the preview: *preview_next* is a transaction's number not given yet there,
    *pages* and *columns* (a digest) are of its tables, *rules* those with rewriting rules of their own, *user_triggers*
    those with triggers that would fire, *unidentified* those that are published without a fitting replica identity;
    *has_event_triggers*: changing a trigger would be an event."""

    system_identifier: str | None
    database_oid: int
    horizon: int
    timeline: int | None
    started: str
    preview_next: int
    pages: int
    columns: str = ""
    rules: frozenset[TableName] = frozenset()
    user_triggers: frozenset[TableName] = frozenset()
    unidentified: frozenset[TableName] = frozenset()
    has_event_triggers: bool = False


def about_marker(record: Mapping[str, Any], *, key: str | None) -> Iterator[str]:
    """Why the run that left *record* is none to go on from: *key* names this run's."""
    if key is None:
        yield "there is no key, so that the rows of both runs would be masked differently"
    elif record.get("key") != key:
        yield "the run before had another key, or none"
    if record.get("kind") != "copy":
        yield "the preview was masked where it stands"
    if (record.get("since") or {}).get("masker") != __version__:
        yield "the run before was made by another version of masker, or kept nothing to compare with"


def about_history(since: Since, origin: Origin | None, now: Now) -> Iterator[str]:
    """Why the age of the source's rows does not tell what has changed."""
    if origin is None or origin.system_identifier is None or now.system_identifier is None:
        yield "the source does not say which server it is"
    elif (origin.system_identifier, origin.database_oid) != (now.system_identifier, now.database_oid):
        yield "the run before has read another database"
    if now.timeline is None or since.timeline is None:
        yield "the source is a follower, or does not tell its timeline, so that a restored one would not be known"
    elif now.timeline != since.timeline:
        yield "the source was promoted or restored to a moment since, so that its transactions are others"
    if origin is not None and not 0 <= now.horizon - origin.horizon < _MOST_TRANSACTIONS:
        yield "too many transactions have passed on the source for the age of a row to be told"
    if not 0 <= now.preview_next - since.preview < _MOST_TRANSACTIONS:
        yield "too many transactions have passed on the target for the age of a row to be told"
    if since.pages and now.pages > since.pages * (100 + _MOST_GROWTH) / 100 + 1000:
        yield f"the preview's tables have grown by more than {_MOST_GROWTH} % by dead rows since the last full copy"


def about_tables(plan: CopyPlan, catalog: Catalog, since: Since, now: Now) -> Iterator[str]:
    """Why what a table must hold cannot be told from its changed rows, or cannot be written to it."""
    if any(isinstance(step, CopyLargeObjects) for step in plan.steps):
        yield "there are large objects, whose changes nothing tells"
    if plan.tolerated:
        yield "production's own rows break constraints that are tolerated"
    if now.columns != since.columns:
        yield "columns of the preview were made anew"
    if read_under(plan.bindings) != since.settings:
        yield "masks make other values than they did: production's time zone, or how it writes dates, is another"
    read, again = as_read(catalog), taken_again(plan, since)
    instants = frozenset(setting for setting, binding in plan.bindings.items() if isinstance(binding, Instant))
    for table in plan.tables:
        name = table.table.name
        if table.action == "skip":
            continue
        if name not in since.tables or read[name] != since.tables[name]:
            yield f"{name} is another table than the run before has read, or has other columns"
        if table.table.extension is not None and table.table.has_own_rows:
            yield f"{name} is an extension's, and holds rows of its own"
        elif table.table.extension is not None and name in again:
            yield f"{name} is an extension's, and its rules are others than they were"
        if name in now.rules:
            yield f"{name} has rewriting rules, which would change what is written to it"
        if name in now.user_triggers and now.has_event_triggers:
            yield f"the triggers of {name} cannot be put aside without firing an event trigger"
        if name in now.unidentified and table.action in {"copy", "mask"}:
            yield (
                f"{name} is published, and its rows may not be changed or deleted: its replica identity is missing, or"
                " does not go with what is sent of it"
            )
        yield from _about_masks(table, instants)
        if table.action in {"copy", "mask"} and must_be_whole(table) and table.table.bytes > _SMALL_BYTES:
            yield f"{name} has no key that is kept, and is too large to be written anew"
    yield from _about_whole(plan, catalog)


def taken_again(plan: CopyPlan, since: Since) -> frozenset[TableName]:
    """The tables of *plan* of which other rows are read than the run before has, or others in place of originals: their
    rules are others, rules of columns that they agree with, what steers their masks, or what these go by. What the
    others hold is what the same expressions make of the same rows."""
    made = made_of(plan.tables, plan.bindings)
    return frozenset(name for name, digest in made.items() if since.made.get(name) != digest)


def must_be_whole(table: TablePlan) -> bool:
    """Whether the rows of *table* cannot be told apart by a key that is the same on both sides."""
    masked = {column.name for column in table.masked}
    key = table.table.row_key
    return not key or bool(masked & set(key)) or any(_generated(table, name) for name in key)


def _generated(table: TablePlan, name: str) -> bool:
    column = table.table.column(name)
    return column is None or bool(column.generated)


def _about_masks(table: TablePlan, instants: frozenset[str]) -> Iterator[str]:
    for column in table.masked:
        if any(setting in column.sql for setting in instants):
            yield f"{table.table.name}.{column.name}: what it becomes depends on the time of the run"
        for name in dict.fromkeys((*(column.others or (column.mask,)), *(leaf.mask for leaf in column.leaves))):
            card = MASKS[name].card if name in MASKS else None
            if card is not None and (card.of_other_rows or card.reads_tables):
                yield f"{table.table.name}.{column.name}: what {name} makes depends on other rows"


def _about_whole(plan: CopyPlan, catalog: Catalog) -> Iterator[str]:
    """Tables that are written anew may not be referenced: their rows are gone for a moment."""
    whole = {t.table.name for t in plan.tables if t.action in {"copy", "mask"} and must_be_whole(t)}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            for name in (key.references, *catalog.descendants(key.references)):
                if name in whole:
                    yield f"{name} has no key that is kept, and {table.name} references it"
