"""A run that is written down: its document in the history when the plan stands and at the end, its report if asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masker.cli.database_record import DatabaseRecord
from masker.cli.flags.report import ReportFlags
from masker.cli.log import note
from masker.errors import Interrupted, MaskerError, Refused, UsageError
from masker.report.files import require_writable, write_report
from masker.report.history import VERSION, History, default_folder
from masker.report.otlp import require_otlp

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult
    from masker.settings import Settings


@contextmanager
def recorded(
    of: str, settings: Settings, flags: ReportFlags | None, others: Mapping[str, Settings] | None = None
) -> Iterator[Recorder]:
    """Write down the run of *settings*, and of the further databases *others* by name, that is carried out inside; None
    of *flags* is a run of which nothing is kept.

    What it fails with is kept, and raised.
    """
    recorder = Recorder(of, settings, flags, others or {})
    try:
        yield recorder
    except MaskerError as error:
        recorder.failed(error)
        try:
            recorder.close()
        except UsageError as unwritten:
            note("; ".join(unwritten.lines()), level="warning")
        raise
    recorder.close()


def history_of(folder: Path | None) -> History:
    """The history that flags or settings name."""
    return History(folder or default_folder())


class Recorder:
    """Hears the events of a run of *settings*, from any thread, and writes its document. *of* is the command, *others*
    are further databases by name: what became of each stands below ``databases``.

    A run that is refused before its plan stands leaves nothing: nothing was planned.
    """

    def __init__(self, of: str, settings: Settings, flags: ReportFlags | None, others: Mapping[str, Settings]) -> None:
        self._history = history_of(flags.history) if flags is not None else None
        self._report = flags.report if flags is not None else None
        if self._report is not None:
            require_writable(self._report)
        self._otlp = flags.otlp if flags is not None else None
        if self._otlp is not None:
            require_otlp(self._otlp)
        self._whole: dict[str, Any] = {"kind": "run", "version": VERSION, "of": of}
        self._first = DatabaseRecord(settings)
        self._others = {name: DatabaseRecord(each) for name, each in others.items()}
        self._failing: str | None = None
        self._lock = threading.Lock()
        self._is_noted = False

    def beside(self, listener: Callable[[Any], None], name: str = "") -> Callable[[Any], None]:
        """A listener to what becomes of the database *name*, the first one without, that tells *listener*, too."""

        def both(event: Any) -> None:
            self._hear(event, name)
            listener(event)

        return both

    def came_to(self, result: CopyResult | MaskResult, document: Mapping[str, Any], name: str = "") -> None:
        """Keep what the database *name* came to, the first one without; *document* is its result."""
        database = self._of(name)
        if database.run is None:  # a delta tells of its plan with its result
            with self._lock:
                database.begin(result.plan, result.run, took_s=result.elapsed_s)
        database.came_to(result, document)

    def adopt(self, record: Mapping[str, Any], name: str = "") -> None:
        """Keep what somebody else has written down of the database *name* that they fill, the first one without."""
        with self._lock:
            self._of(name).document = dict(record)
            self._keep()

    def synced(self, document: Mapping[str, Any] | None) -> None:
        """Keep what the buckets' half came to."""
        self._whole["sync"] = dict(document) if document is not None else None

    def fails(self, name: str) -> None:
        """The database *name* is where the run is failing; the first that says so is the one."""
        self._failing = self._failing if self._failing is not None else name

    def failed(self, error: MaskerError) -> None:
        """Keep why the run has ended before its time: of each database that was not done by then, too."""
        from masker.findings import FailedChecks
        from masker.report.document import error_part

        status = {Interrupted: "interrupted", Refused: "refused"}.get(type(error), "failed")
        self._whole |= {"status": status, "exit_code": error.exit_code, "error": error_part(error)}
        for database in (self._first, *self._others.values()):
            database.ended(status)
        if isinstance(error, FailedChecks):
            self._of(self._failing or "").document["checks"] = error.findings.document()

    def close(self) -> None:
        """Write everything. Raises UsageError where the report cannot be written, which was asked for."""
        if self._first.run is None:
            if self._report is not None:
                note("no report is written: the run ended before its plan stood", level="warning")
            return
        document = self._document()
        ended = datetime.now(UTC)
        begun = datetime.fromisoformat(document["begun_at"])
        self._whole |= {
            "finished_at": ended.isoformat(timespec="seconds"),
            "seconds": round((ended - begun).total_seconds(), 3),
        }
        self._whole.setdefault("exit_code", 0 if document["status"] == "verified" else 8)
        self._keep()
        document = self._document()
        if self._otlp is not None:
            from masker.report.otlp import send

            note(send(document, self._otlp))
        if self._report is not None:
            before = self._history.before(document) if self._history is not None else None
            for text in write_report(document, self._report, before=before):
                note(text)

    def _of(self, name: str) -> DatabaseRecord:
        return self._others[name] if name else self._first

    def _hear(self, event: Any, name: str) -> None:
        from masker.copy.events import Planned
        from masker.in_place.events import MaskPlanned

        match event:
            case Planned(plan=plan, run=run) | MaskPlanned(plan=plan, run=run):
                with self._lock:
                    self._of(name).timeline.restart()
                    self._of(name).begin(plan, run)
                    self._keep()
            case _:
                self._of(name).hear(event)

    def _document(self) -> dict[str, Any]:
        """All that is known by now: of the first database at the top, of the others by their names."""
        others = {name: each.document for name, each in self._others.items() if each.run is not None}
        document = {**self._whole, **self._first.document, **self._whole}
        statuses = [each.document["status"] for each in (self._first, *self._others.values()) if each.run is not None]
        if "status" not in self._whole:
            document["status"] = next((word for word in ("running", "unverified") if word in statuses), "verified")
        return {**document, **({"databases": others} if others else {})}

    def _keep(self) -> None:
        if self._history is None or self._first.run is None:
            return
        try:
            self._history.write(self._document())
        except UsageError as error:
            if not self._is_noted:
                self._is_noted = True
                note("; ".join(error.lines()), level="warning")
