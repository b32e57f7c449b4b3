"""Figures of the last run in a text file, for the collector of Prometheus's node exporter."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path

from pydantic import Field

from masker.hooks.errors import HookFailed
from masker.hooks.event import Event
from masker.hooks.presets.preset import Preset

#: The name that a line of the file is about.
_NAME = re.compile(r"(?:# (?:HELP|TYPE) )?(masker_\w+)")


class Prometheus(Preset):
    """A file that is there whole or not at all."""

    stages = ("published", "failed")

    file: str = Field(description="The file, ending in .prom.", pattern=r"\.prom$")

    def send(self, event: Event) -> None:
        path = Path(self.file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as made:
                made.write(text(event, time.time(), before=_read(path)))
            Path(made.name).chmod(0o644)
            os.replace(made.name, path)  # noqa: PTH105 - over what is there
        except OSError as error:
            raise HookFailed(
                f"hook prometheus: {path} cannot be written ({(error.strerror or 'no reason given').lower()})",
                hint="name a folder that masker may write to",
            ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def text(event: Event, now: float, *, before: str = "") -> str:
    """The file's content at *now*, in seconds since 1970. What the file *before* said of the last success stays, as
    far as this run says nothing of it."""
    done = event.figures
    label = '{target="' + event.target.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"}'
    figures: list[tuple[str, str, float]] = [
        ("masker_last_run_success", "whether the last run has ended well", float(event.status == "ok")),
        ("masker_last_run_exit_code", "the exit code of the last run", float(event.exit_code)),
        ("masker_last_run_timestamp_seconds", "when the last run ended", now),
    ]
    if event.status == "ok":
        figures += [
            ("masker_last_success_timestamp_seconds", "when a run last ended well", now),
            ("masker_last_run_duration_seconds", "how long the last run took", done.seconds),
            ("masker_last_run_rows", "rows copied or masked", float(done.rows)),
            ("masker_last_run_masked_columns", "columns masked", float(done.columns)),
            ("masker_last_run_checks_passed", "checks passed", float(done.checks)),
        ]
    said = "".join(
        f"# HELP {name} {help_text}\n# TYPE {name} gauge\n{name}{label} {value:.17g}\n"
        for name, help_text, value in figures
    )
    names = {name for name, _, _ in figures}
    stays = [line for line in before.splitlines() if (found := _NAME.match(line)) and found[1] not in names]
    return said + "".join(f"{line}\n" for line in stays)
