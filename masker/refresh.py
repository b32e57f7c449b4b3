"""A whole refresh: both halves looked at, the database copied (or masked where it stands) and published, then the
buckets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from masker.buckets.events import SyncListener
from masker.buckets.run import SyncResult, rehearse, sync
from masker.buckets.settings import SyncSettings
from masker.confirmation import ToConfirm, require_confirmed
from masker.copy.run import CopyResult
from masker.crew.crew import FilledElsewhere
from masker.crew.fill import Listener, fill_one, look_at_database
from masker.errors import MaskerError
from masker.in_place.run import MaskResult
from masker.postgres.connect import connect, parse_url
from masker.postgres.marker import write_refreshed
from masker.runs import new_run
from masker.settings import InPlaceOptions, Settings
from masker.sides import Side
from masker.stages import BeforePublishing, Restored

#: What a database came to.
Filled = CopyResult | MaskResult | FilledElsewhere

#: The name of the database that the settings are of; further ones have names of their own, which are not empty.
_FIRST = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshSettings:
    """Both halves of a refresh, of which that of *buckets* may be missing. *others* are further databases by name.
    *confirm* names every target database and every target bucket; with *in_place* a restored target is masked."""

    database: Settings
    others: Mapping[str, Settings] = field(default_factory=dict)
    buckets: SyncSettings | None
    confirm: tuple[str, ...]
    in_place: InPlaceOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshResult:
    """What both halves came to. Seconds are wall time, the first look included."""

    run: str
    database: Filled
    others: Mapping[str, Filled] = field(default_factory=dict)
    buckets: SyncResult | None
    elapsed_s: float

    @property
    def is_verified(self) -> bool:
        """Whether the gate of each database is open; not after ``--verify none``."""
        return all(filled.is_verified for filled in (self.database, *self.others.values()))


class Display(Protocol):
    """Who is told. Each stage has a listener of its own, one after the other, but for further databases, by their
    *name*, which are filled inside of the stage of the first, whose name is empty. *filled* hears what each came to,
    *published* that all are, before buckets begin."""

    def begins(self, run: str) -> None: ...

    def looking(self) -> AbstractContextManager[SyncListener]: ...

    def database(self, name: str) -> AbstractContextManager[Listener]: ...

    def filled(self, name: str, result: Filled) -> None: ...

    def published(self, result: Filled) -> None: ...

    def buckets(self) -> AbstractContextManager[SyncListener]: ...


class Others(Protocol):
    """Those who fill the databases instead, all of them, and publish all or none."""

    def look(self) -> None: ...

    def waiting(self) -> AbstractContextManager[None]: ...

    def fill(self) -> Mapping[str, FilledElsewhere]: ...

    def leave_off(self) -> Sequence[str]: ...


def refresh(
    settings: RefreshSettings,
    display: Display,
    *,
    run: str | None = None,
    before: BeforePublishing | None = None,
    by: Callable[[Mapping[str, Settings], str], Others] | None = None,
) -> RefreshResult:
    """Make preview what production is: its databases, masked, then its buckets. Raises a MaskerError where that did not
    come about. *run* is its name, None for a new one; *before* is called before the first database is published. *by*
    gives those who fill the databases of such settings in the run, None where that is done here; they know *before*.

    Whatever can be refused is, before a row moves or an object changes.
    """
    started = time.monotonic()
    databases = confirmed(settings)
    run = run or new_run()
    display.begins(run)
    buckets = replace(settings.buckets, confirm=settings.confirm, run=run) if settings.buckets is not None else None
    others = by(databases, run) if by is not None else None
    if others is not None:
        with _leaving_off(others):
            others.look()
    elif buckets is not None or len(databases) > 1:
        for database in databases.values():
            look_at_database(database, settings.in_place, before if database is databases[_FIRST] else None)
    if buckets is not None:
        waiting = others.waiting() if others is not None else nullcontext()
        with _leaving_off(others), waiting, display.looking() as comparing:
            rehearse(buckets, comparing)

    # Database first. A row without its object is a broken page for good, an object without a row is nothing to anybody;
    # so the listings that decide have to come after the snapshot, when every object that its rows name has been
    # uploaded. And deletes may not come before the old rows are gone: a copy that fails would leave the old preview
    # without its files. That is also why the comparison above, as old as the copy took by then, only refuses, and
    # another one is executed.
    try:
        filled = (
            _fill(list(databases.items()), settings.in_place, display, run, before)
            if others is None
            else _filled_by(others, display)
        )
    except MaskerError as error:
        error.aftermath = "; ".join(
            filter(None, (error.aftermath, "the buckets are as they were" if buckets is not None else ""))
        )
        raise
    first = filled[_FIRST]
    display.published(first)
    synced: SyncResult | None = None
    try:
        if buckets is not None:
            with display.buckets() as transferring:
                synced = sync(replace(buckets, verify=True, verify_changed=True), transferring)
    except MaskerError as error:
        error.aftermath = "\n".join(
            filter(None, (_standing(first), error.aftermath and f"buckets: {error.aftermath}", _goes_on(first)))
        )
        raise
    for name, database in databases.items():
        _write_down(database, filled[name].run)
    return RefreshResult(
        run=run,
        database=first,
        others={name: filled[name] for name in settings.others},
        buckets=synced,
        elapsed_s=time.monotonic() - started,
    )


def _fill(
    databases: list[tuple[str, Settings]],
    in_place: InPlaceOptions | None,
    display: Display,
    run: str,
    before: BeforePublishing | None,
) -> dict[str, Filled]:
    """Each of *databases* filled and proved, the next one before this one is published: so none is before all are
    proved."""
    (name, database), *rest = databases
    filled: dict[str, Filled] = {}

    def proved(restored: Restored) -> None:
        if before is not None:
            before(restored)
        if rest:
            filled.update(_fill(rest, in_place, display, run, None))

    at_the_end = BeforePublishing(proved, looks=before is not None and before.looks)
    try:
        with display.database(name) as listener:
            filled[name] = fill_one(database, in_place, listener, run=run, before=at_the_end)
        display.filled(name, filled[name])
    except MaskerError as error:
        if filled:
            error.aftermath = "; ".join(
                filter(None, (error.aftermath, f"{', '.join(map(_standing, filled.values()))}"))
            )
        raise
    return filled


def _filled_by(others: Others, display: Display) -> dict[str, Filled]:
    with _leaving_off(others):
        filled = others.fill()
    for name, result in filled.items():
        display.filled(name, result)
    return {**filled}


@contextmanager
def _leaving_off(others: Others | None) -> Iterator[None]:
    """What is raised inside says what *others* have left behind."""
    try:
        yield
    except MaskerError as error:
        if others is not None:
            error.aftermath = "\n".join(filter(None, (error.aftermath, *others.leave_off())))
        raise


def confirmed(settings: RefreshSettings) -> dict[str, Settings]:
    """The settings of each database, confirmed. Raises Refused that names all that is not."""
    named = {_FIRST: settings.database, **settings.others}
    names = {key: parse_url(each.target, Side.TARGET).database for key, each in named.items()}
    databases = [ToConfirm(kind="database", name=names[key], alias=each.target_name) for key, each in named.items()]
    pairs = settings.buckets.pairs if settings.buckets is not None else ()
    buckets = [ToConfirm(kind="bucket", name=pair.target.bucket) for pair in pairs]
    require_confirmed(settings.confirm, [*databases, *buckets], "what the targets hold will be replaced")
    return {key: replace(each, confirm=names[key]) for key, each in named.items()}


def _write_down(settings: Settings, run: str) -> None:
    """Have the marker say that the refresh has ended, for ``--unless-fresher-than``."""
    try:
        with connect(parse_url(settings.target, Side.TARGET)) as conn:
            write_refreshed(conn, run)
    except MaskerError as error:
        error.aftermath = (
            "all is refreshed; only that could not be written down, so that --unless-fresher-than does not know of it"
        )
        raise


def _standing(filled: Filled) -> str:
    database = filled.database if isinstance(filled, FilledElsewhere) else filled.plan.target_database
    return f"{database} is the new preview, masked" + (
        " and verified" if filled.is_verified else ", its rows not proved (--verify none)"
    )


def _goes_on(filled: Filled) -> str:
    is_masked = filled.kind == "mask" if isinstance(filled, FilledElsewhere) else isinstance(filled, MaskResult)
    again = "" if is_masked else ", `masker refresh` does both anew"
    return f"`masker sync` goes on with the buckets{again}"
