"""What is done with a preview besides runs, written down in the history: branches and dumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from masker import __version__
from masker.cli.flags.report import HistoryFlags
from masker.cli.log import note
from masker.cli.recording import history_of
from masker.errors import Interrupted, MaskerError, Refused, UsageError
from masker.report.history import VERSION
from masker.runs import new_run

#: Where a result says which branch or dump it is of.
_NAMES = ("name", "dump")


@contextmanager
def acted(
    of: str, history: HistoryFlags, target: str, subject: str = ""
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Write down what is done inside with the database *target* and the branch or dump *subject*, if it comes to
    anything: its document is told to what is yielded. What fails is written down and raised, unless nothing was begun,
    for want of a right argument."""
    begun = datetime.now(UTC)
    found: dict[str, Any] = {}

    def came_to(document: Mapping[str, Any]) -> None:
        found["result"] = dict(document)

    try:
        yield came_to
    except UsageError:
        raise
    except MaskerError as error:
        status = {Interrupted: "interrupted", Refused: "refused"}.get(type(error), "failed")
        why = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
        more = {"status": status, "exit_code": error.exit_code, "error": why}
        _keep(of, history, target, subject, begun, {**more, **({"result": error.document} if error.document else {})})
        raise
    if found:
        _keep(of, history, target, subject, begun, {"status": "done", "exit_code": 0, **found})


def _keep(of: str, history: HistoryFlags, target: str, subject: str, begun: datetime, more: Mapping[str, Any]) -> None:
    ended = datetime.now(UTC)
    result = more.get("result", {})
    document = {
        "kind": "action",
        "version": VERSION,
        "run": new_run(),
        "of": of,
        "masker": __version__,
        "subject": subject or next((result[key] for key in _NAMES if result.get(key)), ""),
        "target": {"database": target},
        "begun_at": begun.isoformat(),
        "finished_at": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun).total_seconds(), 3),
        **more,
    }
    try:
        history_of(history.history).write(document)
    except UsageError as error:
        note("; ".join(error.lines()), level="warning")
