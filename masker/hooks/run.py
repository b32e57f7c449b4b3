"""Hooks around a run: done in their order, what they change put back whatever comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from masker.errors import Interrupted, MaskerError
from masker.hooks.errors import HookFailed
from masker.hooks.event import Event, Stage
from masker.hooks.ledger import Ledger
from masker.hooks.model import Hook
from masker.hooks.process import run_command

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """*stages* are hooks by stage; *state* is the folder of what they have said and changed, *folder* that in which
    commands run."""

    stages: Mapping[Stage, tuple[Hook, ...]] = field(default_factory=dict)
    state: Path = Path(".masker")
    folder: Path = Path()

    def __bool__(self) -> bool:
        return any(self.stages.values())


class Around:
    """The hooks of one run."""

    def __init__(self, hooks: Hooks, tell: Tell) -> None:
        self._hooks = hooks
        self._tell = tell
        self._ledger = Ledger(hooks.state / "hooks")
        self._changed: list[tuple[Path, Hook, Mapping[str, Any]]] = []
        self._count = 0

    def recover(self) -> None:
        """Put back what a killed run has left, whatever becomes of this one. Raises HookRefused while another run may
        have changed something for its time."""
        if any(h.preset is not None and h.preset.changes for hooks in self._hooks.stages.values() for h in hooks):
            self._ledger.lock()
        self._put_back_leftovers()

    def begin(self, event: Event) -> None:
        """Do the hooks of ``before``. What fails is put back at once, and the run does not begin."""
        try:
            self.stage(event)
        except BaseException:
            for failure in self.put_back():
                self._tell(failure.message)
            raise

    def stage(self, event: Event) -> None:
        """Do the hooks of the event's stage. Raises HookFailed, HookRefused with the first that fails."""
        for hook in self._hooks.stages.get(event.stage, ()):
            self._do(hook, event)

    def end(self, event: Event) -> None:
        """Put back what was changed, then do the hooks of ``published`` or ``failed``, all of them. Raises HookFailed
        that names those that failed. An interruption ends the hook it comes upon, and none is begun after it."""
        failures = self.put_back()
        for hook in self._hooks.stages.get(event.stage, ()):
            try:
                self._do(hook, event)
            except Interrupted:
                for failure in failures:
                    self._tell(failure.message)
                raise
            except MaskerError as error:
                failures.append(error)
        if failures:
            failed = HookFailed(
                "; ".join(error.message for error in failures),
                hint="; ".join(dict.fromkeys(error.hint for error in failures if error.hint)) or None,
            )
            raise failed

    def put_back(self) -> list[MaskerError]:
        """Put back what was changed, the last first. What cannot be stays written down for the next run.

        An interruption is raised when all is: it comes once, and what it came upon is done anew."""
        failures: list[MaskerError] = []
        interrupted: Interrupted | None = None
        while self._changed:
            path, hook, change = self._changed[-1]
            try:
                self._undo(hook, change)
            except Interrupted as error:
                if interrupted is None:
                    interrupted = error
                    continue
                failures.append(error)
            except MaskerError as error:
                failures.append(error)
            else:
                path.unlink(missing_ok=True)
                self._tell(f"hook {hook}: put back")
            self._changed.pop()
        self._ledger.unlock()
        if interrupted is not None:
            for failure in failures:
                self._tell(failure.message)
            raise interrupted
        return failures

    def _put_back_leftovers(self) -> None:
        by_name = [hook for hooks in self._hooks.stages.values() for hook in hooks if hook.preset is not None]
        for path, name, change in self._ledger.left():
            hook = next((each for each in by_name if each.name == name and _is_of(each, change)), None)
            if hook is None:
                self._tell(
                    f"hook {name}: what a run that was killed has changed is not put back, masker.yml does not"
                    f" name it any"
                    f" more; see {path}"
                )
                continue
            try:
                self._undo(hook, change)
            except MaskerError as error:
                error.hint = f"{error.hint or 'try again'}; or put it back by hand as {path} says, and remove that"
                raise
            path.unlink(missing_ok=True)
            self._tell(f"hook {name}: what a run that was killed had changed is put back")

    def _do(self, hook: Hook, event: Event) -> None:
        self._count += 1
        self._tell(f"hook {event.stage}: {hook}")
        preset = hook.preset
        if preset is None:
            assert hook.run is not None  # noqa: S101 - a hook is a command or a preset
            run_command(
                hook.run,
                log=self._hooks.state / "hooks" / f"{event.run}-{self._count}-{event.stage}.log",
                told=json.dumps(event.document(), ensure_ascii=False).encode(),
                variables=event.variables(),
                time_limit_s=hook.time_limit,
                folder=self._hooks.folder,
            )
            return
        change = preset.change(event)
        if change is not None:
            self._changed.append((self._ledger.note(event.run, self._count, hook.name, change), hook, change))
        preset.send(event)

    def _undo(self, hook: Hook, change: Mapping[str, Any]) -> None:
        if hook.preset is not None:
            hook.preset.put_back(change)


def _is_of(hook: Hook, change: Mapping[str, Any]) -> bool:
    """Whether *change* was made on what *hook* names."""
    return getattr(hook.preset, "app", None) == change.get("app")
