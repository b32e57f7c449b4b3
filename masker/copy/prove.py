"""A preview asked again, long after its run: every table on lanes, as the marker keeps it and as a source still has
it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from masker.errors import MaskerError
from masker.lanes.scheduler import Lane, Lanes
from masker.lanes.step import Step
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import ServerFault
from masker.postgres.pump import Cancelled
from masker.tables.evidence import Evidence
from masker.tables.witness import Witness, passing
from masker.verify.again import Again, compare_rows, merge
from masker.verify.witness import ask_rows, prove, same_sample, stream_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTarget(Step):
    """The target asked about one table, as the run did."""

    witness: Witness
    sieve: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain(Step):
    """Rows that the source has had since before the run, against the target's.

    *condition* says which these are. With *masks* the source computes what the target must hold; else only kept columns
    can be compared, and originals of masked ones must not stand there. Rows that pass *sieve* are compared, with
    *is_whole* all.
    """

    witness: Witness
    sieve: int
    is_whole: bool
    condition: str
    masks: bool

    @property
    def columns(self) -> Sequence[int]:
        """The numbers of the columns that must be equal."""
        return [at for at in range(len(self.witness.columns)) if self.masks or at not in self.witness.masked]


Ask = AskTarget | AskAgain


@dataclass(slots=True)
class Answers:
    """What was said, and for what was not, why: by table."""

    said: dict[TableName, Evidence] = field(default_factory=dict)
    again: dict[TableName, Again] = field(default_factory=dict)
    unsaid: dict[str, str] = field(default_factory=dict)  # by step


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How a lane reaches the two sides. *open_source* joins the snapshot; None where there is no source."""

    target: Endpoint
    settings: Mapping[str, str] = field(repr=False)
    open_source: Callable[[], psycopg.Connection] | None = None


def ask(steps: Sequence[Ask], sessions: Sessions, workers: int) -> Answers:
    """All answers. What a server could not answer is told, and does not keep others from being asked. Raises what
    interrupts."""
    answers = Answers()
    stop = threading.Event()
    Lanes(steps, workers, workers, lambda: _Lane(sessions, answers, stop), lambda: None, lambda: None, stop).run()
    return answers


class _Lane(Lane[Ask]):
    def __init__(self, sessions: Sessions, answers: Answers, stop: threading.Event) -> None:
        self._sessions = sessions
        self._answers = answers
        self._stop = stop
        self._source: psycopg.Connection | None = None
        self._target: psycopg.Connection | None = None

    def perform(self, step: Ask) -> None:
        try:
            match step:
                case AskTarget(witness=witness):
                    conn = self._writing()
                    self._answers.said[witness.table] = prove(
                        conn, witness, same_sample(conn, witness, sieve=step.sieve), source=False
                    )
                case AskAgain(witness=witness):
                    self._answers.again[witness.table] = self._again(step)
        except psycopg.Error as error:
            self._answers.unsaid[step.id] = f"the server could not answer: {ServerFault.from_error(error).text}"
            self.close()  # its transaction is void
        except MaskerError as error:
            self._answers.unsaid[step.id] = error.message
        if self._stop.is_set():
            raise Cancelled

    def _again(self, step: AskAgain) -> Again:
        if not step.is_whole or not step.witness.key:
            return self._compared(step, passing(step.sieve) if not step.is_whole else "true")
        originals = set() if step.masks else set(step.witness.masked)
        mine = stream_rows(
            self._reading(), step.witness, source=True, without=originals, condition=step.condition, masks=step.masks
        )
        with self._writing().transaction():
            suspects = merge(mine, stream_rows(self._writing(), step.witness, source=False, without=originals))
        found = self._compared(step, "h = ANY ($1::bigint[])", suspects.identities)
        return found.of(suspects, self._compared(step, passing(step.sieve)) if originals else found)

    def _compared(self, step: AskAgain, picks: str, numbers: Sequence[int] = ()) -> Again:
        source, target = (
            ask_rows(
                conn,
                step.witness,
                source=is_source,
                picks=picks,
                condition=step.condition if is_source else None,
                masks=step.masks,
                numbers=numbers,
            )
            for conn, is_source in ((self._reading(), True), (self._writing(), False))
        )
        originals = () if step.masks else step.witness.masked
        return compare_rows(source, target, step.columns, originals, has_key=bool(step.witness.key))

    def _reading(self) -> psycopg.Connection:
        if self._source is None:
            if self._sessions.open_source is None:
                raise ValueError("there is no source to ask")
            self._source = self._sessions.open_source()
        return self._source

    def _writing(self) -> psycopg.Connection:
        if self._target is None or self._target.closed:
            self._target = connect(self._sessions.target, settings=self._sessions.settings)
        return self._target

    def release_source(self) -> None:
        """The snapshot is held to the end."""

    def interrupt(self) -> None:
        for conn in (self._source, self._target):
            if conn is not None and not conn.closed:
                with contextlib.suppress(psycopg.Error):
                    conn.cancel_safe(timeout=2.0)

    def close(self) -> None:
        for conn in (self._source, self._target):
            if conn is not None:
                conn.close()
        self._source = self._target = None
