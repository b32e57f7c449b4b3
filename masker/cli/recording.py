"""A run that is written down: its document in the history when the plan stands and at the end, its report if asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masker import __version__
from masker.cli.flags.report import ReportFlags
from masker.cli.log import note
from masker.errors import Interrupted, MaskerError, Refused, UsageError
from masker.report.files import require_writable, write_report
from masker.report.history import VERSION, History, default_folder
from masker.report.timeline import Timeline

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult
    from masker.settings import Settings


@contextmanager
def recorded(of: str, settings: Settings, flags: ReportFlags | None) -> Iterator[Recorder]:
    """Write down the run of *settings* that is carried out inside; None of *flags* is a run of which nothing is kept.

    What it fails with is kept, and raised.
    """
    recorder = Recorder(of, settings, flags)
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
    """Hears the events of a run of *settings*, from any thread, and writes its document. *of* is the command.

    A run that is refused before its plan stands leaves nothing: nothing was planned.
    """

    def __init__(self, of: str, settings: Settings, flags: ReportFlags | None) -> None:
        self._settings = settings
        self._history = history_of(flags.history) if flags is not None else None
        self._report = flags.report if flags is not None else None
        if self._report is not None:
            require_writable(self._report)
        self._timeline = Timeline()
        self._document: dict[str, Any] = {"kind": "run", "version": VERSION, "of": of}
        self._lock = threading.Lock()
        self._is_noted = False

    def beside(self, listener: Callable[[Any], None]) -> Callable[[Any], None]:
        """A listener that tells *listener*, too."""

        def both(event: Any) -> None:
            self._hear(event)
            listener(event)

        return both

    def came_to(self, result: CopyResult | MaskResult, document: Mapping[str, Any]) -> None:
        """Keep what the database's half came to; *document* is its result."""
        from masker.report.document import plan_part, tables_part
        from masker.verify.evidence import evidence, evidence_digest

        if "run" not in self._document:  # a delta tells of its plan with its result
            self._begin(result.plan, result.run, took_s=result.elapsed_s)
        shown = evidence(result.run, result.plan.tables, result.rows, result.findings)
        self._document["rules"] = {**self._document.get("rules", self._rules()), "signed": _plain(result.signed)}
        self._document |= {
            "plan": plan_part(result.plan),
            "result": dict(document),
            "tables": tables_part(
                result.plan, result.rows, getattr(result, "source_rows", {}), self._timeline.tables()
            ),
            "timeline": self._timeline.bars(),
            "evidence": shown,
            "digest": evidence_digest(shown),
            "status": "verified" if result.is_verified else "unverified",
        }

    def synced(self, document: Mapping[str, Any] | None) -> None:
        """Keep what the buckets' half came to."""
        self._document["sync"] = dict(document) if document is not None else None

    def failed(self, error: MaskerError) -> None:
        """Keep why the run has ended before its time."""
        from masker.findings import FailedChecks
        from masker.report.document import error_part

        status = {Interrupted: "interrupted", Refused: "refused"}.get(type(error), "failed")
        self._document |= {"status": status, "exit_code": error.exit_code, "error": error_part(error)}
        self._document.setdefault("timeline", self._timeline.bars())
        if isinstance(error, FailedChecks):
            self._document["checks"] = error.findings.document()

    def close(self) -> None:
        """Write everything. Raises UsageError where the report cannot be written, which was asked for."""
        if "run" not in self._document:
            if self._report is not None:
                note("no report is written: the run ended before its plan stood", level="warning")
            return
        ended = datetime.now(UTC)
        begun = datetime.fromisoformat(self._document["begun_at"])
        self._document["finished_at"] = ended.isoformat(timespec="seconds")
        self._document["seconds"] = round((ended - begun).total_seconds(), 3)
        self._document.setdefault("exit_code", 0 if self._document["status"] == "verified" else 8)
        self._keep()
        if self._report is not None:
            before = self._history.before(self._document) if self._history is not None else None
            for text in write_report(self._document, self._report, before=before):
                note(text)

    def _hear(self, event: Any) -> None:
        from masker.copy.events import BegunAnew, Planned
        from masker.in_place.events import MaskPlanned

        match event:
            case Planned(plan=plan, run=run) | MaskPlanned(plan=plan, run=run):
                with self._lock:
                    self._timeline.restart()
                    self._begin(plan, run)
            case BegunAnew():
                self._timeline.restart()
            case _:
                self._timeline(event)

    def _begin(self, plan: Any, run: str, took_s: float = 0.0) -> None:
        from masker.postgres.connect import parse_url
        from masker.report.document import plan_part, server_part
        from masker.sides import Side

        settings = self._settings
        target = parse_url(settings.target, Side.TARGET)
        source = parse_url(settings.source, Side.SOURCE) if settings.source else None
        server = getattr(plan, "source", None)
        self._document |= {
            "run": run,
            "status": "running",
            "masker": __version__,
            "begun_at": (datetime.now(UTC) - timedelta(seconds=took_s)).isoformat(),
            "source": server_part(server, str(source)) if server is not None and source is not None else None,
            "target": {"database": plan.target_database, "place": str(target)},
            "publish": getattr(plan, "publish", "in place"),
            "verify": settings.verify,
            "rules": self._rules(),
            "plan": plan_part(plan),
        }
        self._keep()

    def _rules(self) -> dict[str, Any]:
        """The rule files as they are now; who has signed them is known at the end."""
        from masker.verify.gate import key_id

        files = [{"path": str(path), "sha256": _digest(path)} for path in self._settings.rules]
        key = key_id(self._settings.key) if self._settings.key is not None else None
        return {"files": files, "key": key, "signed": None}

    def _keep(self) -> None:
        if self._history is None:
            return
        try:
            self._history.write(self._document)
        except UsageError as error:
            if not self._is_noted:
                self._is_noted = True
                note("; ".join(error.lines()), level="warning")


def _plain(signed: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(signed) if signed is not None else None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
