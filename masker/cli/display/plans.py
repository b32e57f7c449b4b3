"""Plans on a screen: a head, a line a table, what follows and what is to be known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from masker.notes import Note
from masker.tables.explain import Row

_STYLES = {"changed": "", "as it is": "dim", "none": "yellow"}

#: The part of a screen's width that names of tables may take.
_NAMES = 1 / 3


def print_pairs(lines: Iterable[tuple[str, str]], console: Console) -> None:
    """What is said of what, one below the other; on a terminal with room for more lines than one."""
    told = list(lines)
    if console.is_terminal:
        grid = Table.grid(padding=(0, 2))
        for name, words in told:
            grid.add_row(f"[bold]{escape(name)}[/]", escape(words))
        console.print(grid)
        return
    width = max((cell_len(name) for name, _ in told), default=0)
    for name, words in told:
        console.print(f"{escape(set_cell_size(name, width))}  {escape(words)}", soft_wrap=True)


def print_head(lines: Mapping[str, Sequence[str]], console: Console) -> None:
    """What the plan is of: *lines* by their first words."""
    print_pairs(((name, " · ".join(words)) for name, words in lines.items()), console)
    console.print()


def print_rows(rows: Sequence[Row], action: str, console: Console) -> None:
    """A line a table, cut at the width of a terminal; below it what becomes of its columns, if the plan says so."""
    cut = console.width if console.is_terminal else None
    head = Row(
        name="table",
        rows="rows",
        size="size",
        action=action,
        fate="changed",
        brief="masked" if any(row.columns for row in rows) else "masked (--all: how)",
    )
    names = max(cell_len(row.name) for row in (head, *rows))
    names = min(names, max(12, int(cut * _NAMES))) if cut is not None else names
    rows_width, size_width, action_width = (
        max(len(getattr(row, of)) for row in (head, *rows)) for of in ("rows", "size", "action")
    )
    columns = max((cell_len(name) for row in rows for name, _ in row.columns), default=0)
    for row in (head, *rows):
        line = (
            f"{_fitted(row.name, names)}  {row.rows:>{rows_width}}  {row.size:>{size_width}} "
            f" {row.action:<{action_width}}  {row.brief}"
        )
        text = Text(line.rstrip(), style="bold" if row is head else _STYLES[row.fate])
        if cut is not None:
            text.truncate(cut, overflow="ellipsis")
        console.print(text, soft_wrap=True)
        for name, fate in row.columns:
            console.print(Text(f"    {set_cell_size(name, columns)}  {fate}"), soft_wrap=not console.is_terminal)


def print_rest(then: str, notes: Iterable[Note], console: Console) -> None:
    """What follows the tables, and notes."""
    console.print(f"\n[bold]then[/]  {escape(then)}", soft_wrap=True)
    for note in notes:
        console.print(f"[yellow]note[/]  {escape(f'{note.subject}: {note.text}')}", soft_wrap=True)


def _fitted(name: str, width: int) -> str:
    """*name* in just so many columns; where it is too long, its end tells it from others better than its middle."""
    if cell_len(name) <= width:
        return set_cell_size(name, width)
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[-tail:]}"
