"""``python -m masker.cli.filling FD``: the process that fills one database of a run, begun by those who do so for it.

The pipe FD gives it its job and its words, and takes what it tells. It leaves off, as by Ctrl-C, when it is told to,
and when nobody holds the pipe's other end any more.
"""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from rich.console import Console

from masker.cli.database_record import DatabaseRecord
from masker.cli.display.databases import DatabaseTeller, totals
from masker.cli.filled import database_part, print_database_result
from masker.cli.main import heed_signals, meant
from masker.copy.events import Planned
from masker.crew.fill import fill_one, look_at_database
from masker.crew.job import Job, numbers_digest
from masker.crew.relay import FILL, PUBLISH, READY, STOP, error_parts
from masker.delta.events import DeltaBegun
from masker.errors import MaskerError, Refused
from masker.findings import FailedChecks
from masker.in_place.events import MaskPlanned
from masker.stages import BeforePublishing, Restored

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult

#: Characters of a line of what a database came to.
_WIDTH = 160


class Filling:
    """One job, told over *pipe*. Events come from any thread."""

    def __init__(self, pipe: Connection, job: Job) -> None:
        self._pipe, self._job = pipe, job
        self._lock = threading.Lock()
        self._words: SimpleQueue[Mapping[str, Any]] = SimpleQueue()
        self._record = DatabaseRecord(job.settings)
        self._teller = DatabaseTeller()
        self._has_planned = self._is_over = False

    def run(self) -> None:
        """Look, fill, wait, publish. What keeps it from that is told."""
        threading.Thread(target=self._listen, name="words", daemon=True).start()
        job = self._job
        try:
            look_at_database(job.settings, job.in_place)
            self.tell("looked")
            self._agree(self._await(FILL))
            filled = fill_one(
                job.settings, job.in_place, self.hear, run=job.run, before=BeforePublishing(self._before_publishing)
            )
            self._came_to(filled)
        except MaskerError as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - the outermost frame of this process
            self._failed(meant(error) or MaskerError(f"a defect in masker ({type(error).__name__})"))
        self._is_over = True

    def tell(self, kind: str, **more: Any) -> None:
        """Tell those who have begun this process, as long as they listen."""
        with self._lock, suppress(OSError):
            self._pipe.send({"kind": kind, **more})

    def hear(self, event: Any) -> None:
        """Hand on what is said of *event*, and write it down."""
        with self._lock:
            told = self._teller(event)
        if isinstance(event, Planned | MaskPlanned):
            self._record.timeline.restart()
            self._record.begin(event.plan, event.run)
            self.tell("recorded", record=_plain(self._record.document))
        else:
            self._record.hear(event)
        if isinstance(event, Planned | MaskPlanned | DeltaBegun) and not self._has_planned:
            self._has_planned = True
            self.tell("planned", numbers=numbers_digest(self._job.settings))
        if told.text is not None or told.at is not None:
            fields = told.fields()
            self.tell("told", text=told.line(), fields=_plain(fields), passing=told.passing, mark=told.mark)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while (word := self._pipe.recv())["word"] != STOP:
                self._words.put(word)
        if not self._is_over:
            os.kill(os.getpid(), signal.SIGINT)

    def _await(self, wanted: str) -> Mapping[str, Any]:
        while (word := self._words.get())["word"] != wanted:
            if word["word"] == READY:
                self.tell("ready")
        return word

    def _agree(self, word: Mapping[str, Any]) -> None:
        """Raise Refused where the database before has frozen other numbers than stand beside the rules here."""
        if word["numbers"] and word["numbers"] != [numbers_digest(self._job.settings)]:
            raise Refused(
                "numbers that steer masks: what was frozen beside the rules by this run does not stand there on this"
                " machine",
                hint="share the folder of the rules, or freeze the numbers beforehand: masker shape freeze",
            )

    def _before_publishing(self, restored: Restored) -> None:
        extra = self._job.extra
        if extra.storage is not None:
            from masker.buckets.attachments.services import read_storage_file, require_own_services

            services = read_storage_file(extra.storage)
            require_own_services(restored.url, services, extra.buckets, session=restored.session)
        self.tell("proved")
        self._await(PUBLISH)

    def _came_to(self, filled: CopyResult | MaskResult) -> None:
        ((kind, document),) = database_part(filled).items()
        if self._record.run is None:  # a delta tells of its plan with its result
            self._record.begin(filled.plan, filled.run, took_s=filled.elapsed_s)
        self._record.came_to(filled, document)
        lines = io.StringIO()
        print_database_result(filled, Console(file=lines, width=_WIDTH, highlight=False, no_color=True))
        self.tell(
            "done",
            of=kind,
            run=filled.run,
            database=filled.plan.target_database,
            document=_plain(document),
            record=_plain(self._record.document),
            totals=_plain(totals(filled)),
            printed=lines.getvalue().rstrip("\n"),
            is_verified=filled.is_verified,
        )

    def _failed(self, error: MaskerError) -> None:
        self._record.ended("failed")
        if isinstance(error, FailedChecks):
            self._record.document["checks"] = error.findings.document()
        if self._record.run is not None:
            self.tell("recorded", record=_plain(self._record.document))
        self.tell("failed", **error_parts(error))


def _plain(value: Any) -> Any:
    """*value* as JSON has it."""
    return json.loads(json.dumps(value, default=str))


def main() -> None:
    """Do the one job that comes through the pipe."""
    heed_signals()
    # The driver warns of connections that end in the middle of something; what matters of it is said by an error.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    with Connection(int(sys.argv[1])) as pipe, suppress(EOFError):
        Filling(pipe, pipe.recv()).run()


if __name__ == "__main__":
    main()
