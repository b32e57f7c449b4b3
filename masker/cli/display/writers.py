"""Who writes what is told: live bars on a terminal, lines of prose elsewhere, or the process's log, as logfmt or
JSON."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Self, TypeVar, assert_never

from rich.console import Console
from rich.markup import escape

from masker.cli.display.told import Begun, Ended, Mark, Moved, Shape, Told
from masker.cli.log import Log, current_log

if TYPE_CHECKING:
    from rich.progress import TaskID

E = TypeVar("E")

#: Bars at once; more would push the first one off a small terminal.
_BARS = 10

#: Seconds between two lines of what goes on and on.
_LINE_S = 10.0

_MARKS: dict[Mark, str] = {"plain": "", "done": "[green]✓[/] ", "warning": "[yellow]•[/] "}


@contextmanager
def writing(console: Console, teller: Callable[[E], Told]) -> Iterator[Callable[[E], None]]:
    """A listener that writes what *teller* makes of events, which may come from any thread: to the log, or to
    *console*."""
    log = current_log()
    writer: AbstractContextManager[Callable[[Told], None]]
    if log is not None:
        writer = nullcontext(Logged(log))
    elif has_bars(console):
        writer = Bars(console)
    else:
        writer = nullcontext(Lines(console))
    lock = threading.Lock()
    with writer as write:

        def listener(event: E) -> None:
            with lock:
                write(teller(event))

        yield listener


def has_bars(console: Console) -> bool:
    """Whether *console* can move its cursor and has the characters that bars are made of. Colours are another matter
    (NO_COLOR)."""
    return console.is_interactive and not console.options.ascii_only


class Logged:
    """A line of the log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, told: Told) -> None:
        if told.at == "start" and told.run is not None:
            self._log.run = told.run  # of the run that goes on, where it was killed
        if (fields := told.fields()) is not None:
            self._log.line(**fields)


class Lines:
    """Sentences, one a line; no colour, no carriage return."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._said = clock()

    def __call__(self, told: Told) -> None:
        text = told.line()
        if text is None or (told.passing and self._clock() - self._said < _LINE_S):
            return
        self._said = self._clock()
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class Bars:
    """Bars that come and go, sentences above them."""

    def __init__(self, console: Console) -> None:
        # Most runs have no terminal, and bars bring much along.
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
            TextColumn("{task.fields[note]}", style="progress.remaining", markup=False),
            console=console,
            transient=True,
            refresh_per_second=8,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, told: Told) -> None:
        for shape in told.shapes:
            self._draw(shape)
        if told.mark is not None and (text := told.line()) is not None:
            self._progress.console.print(f"{_MARKS[told.mark]}{escape(text)}", highlight=False)

    def _draw(self, shape: Shape) -> None:
        match shape:
            case Begun(bar=bar, title=title, total=total):
                if bar not in self._tasks and len(self._tasks) < _BARS:
                    self._tasks[bar] = self._progress.add_task(title, total=total, note="")
            case Moved(bar=bar):
                if (task := self._tasks.get(bar)) is not None:
                    self._move(task, shape)
            case Ended(bar=bar):
                for each in [bar] if bar is not None else [*self._tasks]:
                    if (task := self._tasks.pop(each, None)) is not None:
                        self._progress.remove_task(task)
            case _:
                assert_never(shape)

    def _move(self, task: TaskID, moved: Moved) -> None:
        if moved.by:
            self._progress.advance(task, moved.by)
        self._progress.update(task, completed=moved.to, total=moved.of)
        if moved.note is not None:
            self._progress.update(task, note=moved.note)
