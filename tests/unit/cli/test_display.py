"""What is told of events, once, and its four writers; plans on a small screen; output that is not UTF-8."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from masker.cli.display.databases import DatabaseTeller, Event
from masker.cli.display.encoding import spell_out
from masker.cli.display.plans import print_pairs, print_rows
from masker.cli.display.told import Begun, Ended, Moved, Shape, Told
from masker.cli.display.writers import Bars, Lines, Logged, has_bars
from masker.cli.log import Log
from masker.copy.events import BegunAnew, NotSwept, NotTried, Published, SourceReleased, Swept
from masker.in_place.events import GateOpened
from masker.lanes.events import StepFinished, StepRetried, StepStarted, Verifying
from masker.lanes.step import Analyze
from masker.names import TableName
from masker.tables.explain import Row
from tests.executable import eventually

STEP = Analyze(id="statistics users", table=TableName("public", "users"), sql="ANALYZE")


def terminal(width: int = 80, **options: Any) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=True,
        width=width,
        height=24,
        highlight=False,
        _environ={"TERM": "xterm", **options},
    )


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("event", "line", "fields"),
    [
        (
            SourceReleased(1.25, 2),
            "production was read for 1.2 s over 2 connections and is let go",
            {"at": "source-released", "connections": 2, "measure#masker.read": "1250ms"},
        ),
        (
            BegunAnew("a restart", 2, 3),
            "a restart: the snapshot is lost, so everything begins anew (attempt 2 of 3)",
            {"at": "begun-anew", "level": "warning", "attempt": 2},
        ),
        (Verifying(), "verifying", {"at": "verify"}),
        (Published("preview", None), "published preview", {"at": "published", "database": "preview", "kept": None}),
        (GateOpened("preview"), "the gate of preview is open", {"at": "gate-open", "database": "preview"}),
        (Swept("x"), "dropped x, left by a run that died", {"at": "swept", "database": "x"}),
        (
            NotSwept("x", "it is in use", "end it"),
            "x, left by an earlier run, could not be dropped: it is in use; end it",
            {"at": "not-swept", "reason": "it is in use", "remedy": "end it"},
        ),
        (NotTried("no rights"), "no rights", {"at": "not-tried", "level": "warning", "reason": "no rights"}),
        (StepStarted(STEP), None, None),
        (
            StepRetried(STEP, "the connection was lost", 0, 0),
            "statistics users: the connection was lost, begun anew",
            {"at": "retry", "step": "statistics users"},
        ),
        (
            StepFinished(STEP, 0.5, 0, 0),
            None,
            {"at": "finish", "step": "statistics users", "measure#masker.analyze": "500ms"},
        ),
    ],
)
def test_an_event_has_a_line_and_fields(event: Event, line: str | None, fields: dict[str, Any] | None) -> None:
    told = DatabaseTeller()(event)
    assert told.line() == line
    assert (told.fields() is None) == (fields is None)
    assert (fields or {}).items() <= (told.fields() or {}).items()


TOLD = Told(text="masking preview", mark="plain", at="start", run="k3v9x0ab", named={"tables": 3, "none": None})


@pytest.mark.parametrize(
    ("writer", "expected"),
    [
        (lambda stream: Lines(Console(file=stream)), "masking preview\n"),
        (lambda stream: Logged(Log("logfmt", stream=stream)), "at=start level=info run=k3v9x0ab tables=3\n"),
        (
            lambda stream: Logged(Log("json", stream=stream)),
            '{"at": "start", "level": "info", "run": "k3v9x0ab", "tables": 3}\n',
        ),
    ],
)
def test_writers_of_one_event(writer: Callable[[io.StringIO], Callable[[Told], None]], expected: str) -> None:
    stream = io.StringIO()
    writer(stream)(TOLD)
    assert stream.getvalue() == expected


def test_what_goes_on_and_on_is_told_now_and_then() -> None:
    times = iter([0.0, 1.0, 11.0, 11.0])
    console = Console(file=io.StringIO())
    write = Lines(console, clock=lambda: next(times))
    for count in (1, 2):
        write(Told(text=f"{count} keys", passing=True))
    assert written(console) == "2 keys\n"


def test_bars_come_and_go() -> None:
    console = terminal()
    shapes: list[Shape] = [
        Begun(bar="all", title="all [of] it", total=10),
        Begun(bar="t", title="users"),
        Moved(bar="all", by=4, note="4 rows"),
        Moved(bar="nobody", by=1),
    ]
    with Bars(console) as bars:
        bars(Told(shapes=tuple(shapes), text="run x", mark="done"))
        eventually(lambda: "4 rows" in written(console))
        bars(Told(text="said where there are no bars"))
        bars(Told(shapes=(Moved(bar="all", to=9, of=20), Ended(bar="t"), Ended(bar="t"), Ended())))
    said = written(console)
    assert "all [of] it" in said
    assert "4 rows" in said
    assert "run x" in said
    assert "no bars" not in said


@pytest.mark.parametrize(
    ("console", "may"),
    [
        (terminal(), True),
        (terminal(NO_COLOR="1"), True),
        (terminal(TERM="dumb"), False),
        (Console(file=io.StringIO()), False),
    ],
)
def test_who_has_bars(console: Console, may: bool) -> None:
    """Colours are another matter than a cursor that can be moved."""
    assert has_bars(console) is may


def test_a_plan_of_22_tables_fits_two_screens() -> None:
    rows = [
        Row(
            name=f"a_schema_of_many_words.table_number_{i}_of_an_application",
            rows="20 k",
            size="3.1 MB",
            action="mask, some rows",
            fate="changed",
            brief="23 of 39: " + ", ".join(f"column_{j}" for j in range(23)),
        )
        for i in range(21)
    ]
    rows.append(Row(name="お客様", rows="1", size="8 kB", action="copy", fate="as it is", brief=""))
    console = terminal(NO_COLOR="1")
    print_pairs([("source", "production · " * 10), ("target", "preview"), ("rules", "a.yml")], console)
    print_rows(rows, "action", console)
    lines = written(console).splitlines()
    assert len(lines) <= 2 * 24 - 8, "what follows and notes need some, too"
    plain = [line.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") for line in lines]
    assert max(map(cell_len, plain)) <= 80
    assert sum("23 of 39: column_0" in line for line in plain) == 21


def test_where_nobody_looks_at_a_screen_nothing_is_cut() -> None:
    console = Console(file=io.StringIO())
    brief = "3 of 3: " + "x" * 300
    print_rows(
        [
            Row(
                name="t" * 90,
                rows="1",
                size="8 kB",
                action="mask",
                fate="changed",
                brief=brief,
                columns=(("name", "full_name @person by user_id"),),
            )
        ],
        "action",
        console,
    )
    head, line, column = written(console).splitlines()
    assert head.split() == ["table", "rows", "size", "action", "masked"]
    assert line.endswith(brief)
    assert column == "    name  full_name @person by user_id"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", r"ok caf\u00e9 \u5c71 \ud83d\ude00 -> ..."),
        ("latin-1", r"ok café \u5c71 \ud83d\ude00 -> ..."),
        ("utf-8", "✓ café 山 😀 → …"),
    ],
)
def test_what_an_encoding_lacks_is_spelled_out(encoding: str, expected: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    spell_out(stream)
    stream.write("✓ café 山 😀 → …")
    stream.flush()
    assert raw.getvalue().decode(encoding) == expected


def test_a_document_is_one_in_every_encoding() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    spell_out(stream)
    json.dump({"table": "お客様 😀"}, stream, ensure_ascii=False)
    stream.flush()
    assert json.loads(raw.getvalue()) == {"table": "お客様 😀"}
