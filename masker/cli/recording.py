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
from masker.report.otlp import require_otlp
from masker.report.timeline import Timeline

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
        self._first = _Database(settings)
        self._others = {name: _Database(each) for name, each in others.items()}
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

    def _of(self, name: str) -> _Database:
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


class _Database:
    """What is written down of one database: of its plan when that stands, of its result when it has one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.timeline = Timeline()
        self.document: dict[str, Any] = {}

    @property
    def run(self) -> str | None:
        """The name of its run, None before its plan stands."""
        return self.document.get("run")

    def hear(self, event: Any) -> None:
        from masker.copy.events import BegunAnew

        if isinstance(event, BegunAnew):
            self.timeline.restart()
        else:
            self.timeline(event)

    def begin(self, plan: Any, run: str, took_s: float = 0.0) -> None:
        from masker.postgres.connect import parse_url
        from masker.report.document import plan_part, server_part
        from masker.sides import Side

        settings = self._settings
        target = parse_url(settings.target, Side.TARGET)
        source = parse_url(settings.source, Side.SOURCE) if settings.source else None
        server = getattr(plan, "source", None)
        self.document |= {
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

    def came_to(self, result: CopyResult | MaskResult, document: Mapping[str, Any]) -> None:
        from masker.report.document import plan_part, tables_part
        from masker.verify.evidence import evidence, evidence_digest

        shown = evidence(result.run, result.plan.tables, result.rows, result.findings)
        self.document["rules"] = {**self.document.get("rules", self._rules()), "signed": _plain(result.signed)}
        self.document |= {
            "plan": plan_part(result.plan),
            "result": dict(document),
            "tables": tables_part(result.plan, result.rows, getattr(result, "source_rows", {}), self.timeline.tables()),
            "timeline": self.timeline.bars(),
            "timeline_at": self.timeline.at.isoformat(),
            "evidence": shown,
            "digest": evidence_digest(shown),
            "status": "verified" if result.is_verified else "unverified",
        }

    def ended(self, status: str) -> None:
        """It is over for all of the run; what has no result by now will have none."""
        if self.run is not None:
            self.document.setdefault("timeline", self.timeline.bars())
            self.document.setdefault("timeline_at", self.timeline.at.isoformat())
            if "result" not in self.document:
                self.document["status"] = status

    def _rules(self) -> dict[str, Any]:
        """The rule files as they are now; who has signed them is known at the end."""
        from masker.verify.gate import key_id

        files = [{"path": str(path), "sha256": _digest(path)} for path in self._settings.rules]
        key = key_id(self._settings.key) if self._settings.key is not None else None
        return {"files": files, "key": key, "signed": None}


def _plain(signed: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(signed) if signed is not None else None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
