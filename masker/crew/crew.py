"""Who decides about the databases of one run: each is looked at and filled by somebody else, all are proved before one
is published, then they are published one after the other.

The first that fails ends the run, and so does the first that is not heard of any more: the others are told to leave
off, and their previews are as they were.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from masker import errors
from masker.crew.job import Job, Message
from masker.crew.relay import BEGIN, FILL, HERE, PATIENT, PUBLISH, READY, STOP, Patience
from masker.errors import ManyProblems, MaskerError, Problem, TargetError
from masker.postgres.connect import connect, parse_url
from masker.postgres.marker import read_marker
from masker.sides import Side

_TICK_S = 0.25


class Hands(Protocol):
    """Those who fill databases. *begin* gives a database to somebody; *say* says a word to the *attempt* that is at
    work on one; *next_message* is what any of them tells, None if nothing comes within so many seconds; *why_lost* says
    why nobody is at work on it any more, None while somebody is."""

    def begin(self, job: Job) -> None: ...

    def say(self, name: str, attempt: str, word: Message) -> None: ...

    def next_message(self, timeout_s: float) -> Message | None: ...

    def why_lost(self, name: str) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class FilledElsewhere:
    """What a database came to that somebody else has filled: *document* is its result and *record* what the run's
    history keeps of it, *printed* the lines for a person, *totals* the fields of the log's last line."""

    name: str
    run: str
    database: str
    kind: str
    document: Mapping[str, Any]
    record: Mapping[str, Any]
    totals: Mapping[str, Any]
    printed: str
    is_verified: bool


@dataclass
class _Database:
    """What is known of one: which *attempt* is at work on it, what it has *said*, what it was *told*, when it was heard
    of."""

    job: Job
    attempt: str | None = None
    said: dict[str, Message] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    heard: float = 0.0

    @property
    def is_at_work(self) -> bool:
        return self.attempt is not None and "ended" not in self.said

    @property
    def shown(self) -> str:
        """What it is called in what is told."""
        return self.job.name or "the first database"


class Crew:
    """The databases of *jobs* in order, each with one of *hands*; *hear* is told of everything that is for others, as
    it comes. At most *at_once* are filled at the same time; those who wait for others have let production go."""

    def __init__(
        self,
        jobs: Sequence[Job],
        hands: Hands,
        hear: Callable[[str, Message], None],
        *,
        at_once: int,
        patience: Patience = PATIENT,
    ) -> None:
        self._hands, self._hear_out, self._at_once, self._patience = hands, hear, at_once, patience
        self._databases = {job.name: _Database(job) for job in jobs}
        self._beat = self._looked = 0.0

    def look(self) -> None:
        """Have each look at its database: rules, schema and rights. Raises a MaskerError if one has to refuse."""
        now = time.monotonic()
        for database in self._databases.values():
            database.heard = now
            self._hands.begin(database.job)
        self._until("looked", self._databases)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """All know that somebody is here while something else is done inside."""
        is_over = threading.Event()

        def beat() -> None:
            while not is_over.wait(self._patience.beat_s):
                self._beat_all()

        thread = threading.Thread(target=beat, name="crew-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            # What they have said meanwhile is only read now.
            for one in self._databases.values():
                one.heard = time.monotonic()

    def fill(self) -> dict[str, FilledElsewhere]:
        """Have each fill its database, and all publish theirs once all are proved, the first at last. Raises a
        MaskerError if that has not come about for all."""
        while any("proved" not in one.said for one in self._databases.values()):
            for name in self._next_to_fill():
                self._say(name, FILL, numbers=self._numbers_before(name))
            self._turn()
        for name in self._databases:
            self._say(name, READY)
        self._until("ready", self._databases)
        filled: dict[str, FilledElsewhere] = {}
        for name in reversed(self._databases):
            try:
                self._say(name, PUBLISH)
                self._until("done", [name])
            except BaseException as error:
                if isinstance(error, MaskerError):
                    self._tell_what_stands(error, name, filled)
                raise
            filled[name] = _filled(name, self._databases[name].said["done"])
        return {name: filled[name] for name in self._databases}

    def leave_off(self) -> list[str]:
        """Tell all to leave off and wait for them to; what each left behind, if it says so, or that it is not known."""
        for name, one in self._databases.items():
            if one.is_at_work and "done" not in one.said:
                self._say(name, STOP)
        deadline = time.monotonic() + self._patience.grace_s
        left = [name for name, one in self._databases.items() if one.is_at_work]
        while left and time.monotonic() < deadline:
            self._beat_all()
            try:
                message = self._hands.next_message(_TICK_S)
            except MaskerError:
                break  # there is no way to them any more: they hear nothing, and leave off by themselves
            if message is not None:
                self._note(message)
            left = [
                name for name, one in self._databases.items() if one.is_at_work and self._hands.why_lost(name) is None
            ]
        return list(self._left_behind())

    def _left_behind(self) -> Iterator[str]:
        for one in self._databases.values():
            failed = one.said.get("failed")
            if failed is not None and failed["aftermath"]:
                yield f"{one.shown}: {failed['aftermath']}"
            elif one.attempt is not None and "ended" not in one.said and FILL in one.told:
                yield f"{one.shown}: what its worker has left cannot be seen from here, the next run removes it"

    def _next_to_fill(self) -> list[str]:
        """Those that may begin now. With a key numbers are frozen beside the rules: of several databases by the same
        rules the next one plans when the one before has planned."""
        begun = [one for one in self._databases.values() if FILL in one.told]
        free = self._at_once - sum("proved" not in one.said for one in begun)
        planning = {one.job.settings.rules[:1] for one in begun if "planned" not in one.said and _freezes(one.job)}
        found: list[str] = []
        for name, one in self._databases.items():
            if FILL in one.told or len(found) >= free:
                continue
            if _freezes(one.job):
                if one.job.settings.rules[:1] in planning:
                    continue
                planning.add(one.job.settings.rules[:1])
            found.append(name)
        return found

    def _numbers_before(self, name: str) -> list[str | None]:
        """The digest of what stands frozen beside its rules, as the one before has left it; none if it is the first."""
        job = self._databases[name].job
        known = [
            one.said["planned"]["numbers"]
            for one in self._databases.values()
            if _freezes(job) and "planned" in one.said and one.job.settings.rules[:1] == job.settings.rules[:1]
        ]
        return known[-1:]

    def _until(self, kind: str, names: Sequence[str] | Mapping[str, Any]) -> None:
        while any(kind not in self._databases[name].said for name in names):
            self._turn()

    def _turn(self) -> None:
        """One message, or that there was none. Raises what a worker has failed with, or that one is lost."""
        self._beat_all()
        message = self._hands.next_message(_TICK_S)
        if time.monotonic() - self._looked >= self._patience.beat_s:
            self._looked = time.monotonic()
            for name, one in self._databases.items():
                if "done" not in one.said:
                    self._require_there(name, one)
        if message is None:
            return
        name, kind = message["name"], message["kind"]
        one = self._databases[name]
        if kind == "here" and one.attempt is not None:
            raise _lost(one, "its worker ended, and another one was given its work")
        self._note(message)
        if kind == "here":
            self._say(name, BEGIN)
        elif kind == "failed":
            raise _failure(one, message)
        elif kind == "ended" and "done" not in one.said:
            raise _lost(one, "its process ended without a word")

    def _note(self, message: Message) -> None:
        one = self._databases[message["name"]]
        if one.attempt is None:
            one.attempt = message["attempt"]
        if message["attempt"] != one.attempt:
            return
        one.heard = time.monotonic()
        if message["kind"] not in {"told", "alive"}:
            one.said[message["kind"]] = message
        self._hear_out(message["name"], message)

    def _require_there(self, name: str, one: _Database) -> None:
        if (why := self._hands.why_lost(name)) is not None:
            raise _lost(one, why)
        silent = time.monotonic() - one.heard
        if silent > self._patience.silence_s:
            word = "no worker has taken it" if one.attempt is None else "its worker was not heard of"
            raise _lost(one, f"{word} for {silent:.0f} s")

    def _beat_all(self) -> None:
        if time.monotonic() - self._beat >= self._patience.beat_s:
            self._beat = time.monotonic()
            for name, one in self._databases.items():
                if one.is_at_work:
                    self._say(name, HERE)

    def _say(self, name: str, word: str, **more: Any) -> None:
        one = self._databases[name]
        one.told.add(word)
        if one.attempt is not None:
            # Whoever cannot be told is not heard of either, which is what ends the run.
            with contextlib.suppress(OSError):
                self._hands.say(name, one.attempt, {"word": word, **more})

    def _tell_what_stands(self, error: MaskerError, name: str, filled: Mapping[str, FilledElsewhere]) -> None:
        """Say of an *error* at publishing *name* what the databases are now."""
        one = self._databases[name]
        told = [f"{each.database} is the new preview" for each in filled.values()]
        if "failed" not in one.said:
            told.insert(0, _became(one.job))
        error.aftermath = "; ".join(filter(None, (error.aftermath, *told)))


def _freezes(job: Job) -> bool:
    return job.settings.key is not None and bool(job.settings.rules)


def _filled(name: str, message: Message) -> FilledElsewhere:
    return FilledElsewhere(
        name=name,
        **{key: message[key] for key in ("run", "database", "document", "record", "totals", "printed", "is_verified")},
        kind=message["of"],
    )


def _lost(one: _Database, why: str) -> MaskerError:
    return TargetError(f"{one.shown}: {why}", hint="run again: what a worker has left is removed first")


def _became(job: Job) -> str:
    """What a database is whose worker was lost while it published it."""
    target = parse_url(job.settings.target, Side.TARGET)
    try:
        with connect(target) as conn:
            marker = read_marker(conn)
    except MaskerError:
        return f"what became of {target.database} could not be seen: it is as it was, or the new preview"
    is_new = marker is not None and (marker.state, marker.run) in {("verified", job.run), ("unverified", job.run)}
    return f"{target.database} is the new preview" if is_new else f"{target.database} was as it was when last seen"


def _failure(one: _Database, message: Message) -> MaskerError:
    """The error of a worker, as it would have been raised here."""
    kind = getattr(errors, message["error"], None)
    problems = [Problem(subject, found, hint) for subject, found, hint, _ in message["problems"]]
    problems = [
        Problem(f"{place}   {p.subject}" if place else p.subject, p.found, p.hint)
        for p, (*_, place) in zip(problems, message["problems"], strict=True)
    ]
    text = f"{one.shown}: {message['message']}"
    error: MaskerError
    if isinstance(kind, type) and issubclass(kind, MaskerError) and not issubclass(kind, ManyProblems):
        error = kind(text, hint=message["hint"], problems=problems)
    elif message["problems"]:
        error = ManyProblems(text, problems)
    else:
        error = MaskerError(text, hint=message["hint"])
    error.exit_code, error.code = message["exit_code"], message["code"]
    return error
