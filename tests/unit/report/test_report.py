"""A run's document becomes a page that needs nothing else, and runs are kept, listed and compared."""

from __future__ import annotations

import copy
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from masker.errors import UsageError
from masker.lanes.events import StepFinished, StepStarted, Verifying
from masker.lanes.step import Analyze
from masker.names import TableName
from masker.report.compare import compare
from masker.report.files import require_writable, write_report
from masker.report.history import KEPT, History, read_document
from masker.report.render import render
from masker.report.timeline import Timeline


def column(name: str, fate: str, **more: Any) -> dict[str, Any]:
    return {
        "column": name,
        "type": "text",
        "mask": "",
        "rule": "",
        "shows": [],
        "fate": fate,
        "how": "",
        "reason": "",
    } | more


def document(run: str = "aaaaaaa1", begun: str = "2026-11-02T03:00:00+00:00") -> dict[str, Any]:
    """A copy's, of two tables."""
    users = [
        column("id", "no rule needed", reason="its type holds nothing personal"),
        column("email", "masked", mask="email", how="email @person", rule="masking.yml:4:5"),
        column("plan", "kept", reason="<b>names</b> of plans & nothing else", rule="masking.yml:5:5"),
    ]
    table = {"schema": "public", "action": "mask", "reason": "", "rows_where": None, "mask_where": None, "bytes": 8192}
    findings = [
        {"check": "rows", "subject": "users", "outcome": "pass", "detail": ""},
        {"check": "masked", "subject": "users.email", "outcome": "pass", "detail": ""},
    ]
    return {
        "kind": "run", "version": 1, "of": "copy", "run": run, "status": "verified", "exit_code": 0, "masker": "1.0",
        "begun_at": begun, "finished_at": "2026-11-02T03:05:00+00:00", "seconds": 300.0,
        "source": {"database": "production", "place": "production on db.internal", "version": "17.2"},
        "target": {"database": "preview", "place": "preview on db.preview"}, "publish": "swap", "verify": "sample",
        "rules": {"files": [{"path": "masking.yml", "sha256": "ab" * 32}], "key": None, "signed": None},
        "plan": {
            "tables": [
                {**table, "name": "users", "shown": "users", "columns": users},
                {**table, "name": "sessions", "shown": "sessions", "action": "empty", "reason": "rows: none",
                 "columns": [column("id", "not copied")]},
            ],
            "masks": {}, "notes": [{"subject": "large objects", "text": "12 are left out"}],
        },
        "tables": [
            {"schema": "public", "name": "users", "shown": "users", "action": "mask", "before": 20, "after": 20,
             "size": 8192, "bytes": 900, "seconds": 0.5},
        ],
        "timeline": [
            {"lane": "lane-0", "kind": "CopyPart", "table": "users", "begin": 0.0, "seconds": 0.5, "rows": 20,
             "bytes": 900, "steps": 1},
        ],
        "result": {"rows": 20, "seconds": {"total": 1.0}, "tolerated": [],
                   "checks": {"passed": 2, "failed": 0, "not_run": 0, "findings": findings}},
        "evidence": {}, "digest": "cd" * 32,
    }  # fmt: skip


def test_a_page_needs_nothing_else_and_says_what_became_of_each_column() -> None:
    page = render(document())
    for word in ("<script", "http://", "https://", "<link", "url("):
        assert word not in page
    assert "&lt;b&gt;names&lt;/b&gt; of plans &amp; nothing else" in page
    for word in ("production on db.internal", "users.email", "email @person", "sessions", "2 of 2", "SHA-256 abababab"):
        assert word in page
    assert page.count("<svg") == 2


def test_a_page_says_what_became_of_files() -> None:
    pair = {"source": "s3://production", "target": "s3://preview", "copied": 51, "placeholders": 150, "deleted": 0}
    page = render(document() | {"sync": {"pairs": [pair | {"planned": {"unchanged": 102}, "notes": []}]}})
    assert "51 copied as they are, 150 replaced by placeholders without their content, 102 there already" in page
    assert "no buckets were part of this run" not in page


def test_pages_of_runs_that_did_not_end_well_say_so() -> None:
    failed = document() | {
        "status": "failed",
        "error": {"message": "target: it broke", "aftermath": "preview is as it was", "problems": []},
    }
    for gone in ("result", "tables", "timeline", "digest", "evidence"):
        del failed[gone]
    page = render(failed)
    assert "Failed" in page
    assert "target: it broke" in page
    assert "preview is as it was" in page
    assert "No check was run" in page
    running = {key: value for key, value in failed.items() if key not in {"error", "finished_at", "seconds"}}
    assert "Not ended" in render(running | {"status": "running"})
    assert "nothing new was published" in page
    for publish, words in (("in place", "masked in part"), ("direct", "filled in part")):
        page = render(failed | {"publish": publish})
        assert words in page
        assert "nothing new was published" not in page
    half = document() | {"status": "failed", "error": failed["error"]}
    assert "Half done" in render(half)


def test_a_page_says_who_has_signed_what_and_how_that_is_known() -> None:
    signed = {"by": "dpo@example.com", "at": "2026-11-01T09:00:00Z", "proven": False, "unsigned": ["users.plan"]}
    masked = document() | {"of": "mask", "source": None, "publish": "in place"}
    masked["rules"] |= {"signed": signed}
    del masked["result"]["tolerated"]  # which masking in place knows nothing of
    page = render(masked)
    assert "dpo@example.com on 2026-11-01, recorded, not proven; 1 decisions since then are signed by nobody" in page
    assert "Rows were masked where they stood" in page
    masked["rules"]["signed"] |= {"proven": True, "unsigned": []}
    assert "proven by an SSH signature</dd>" in render(masked)


def test_a_page_has_the_shape_that_was_measured_beside() -> None:
    shape = {
        "figure": 96.1,
        "measures": [{"part": "columns", "measure": "width", "good": 9, "compared": 10, "percent": 90.0}],
        "compared": [
            {
                "outcome": "fail",
                "subject": "users.email",
                "measure": "width",
                "source": "20",
                "target": "31",
                "hint": "",
            }
        ],
    }
    page = render(document(), shape=shape)
    assert "96.1" in page
    assert "9 of 10" in page
    assert "masker shape --json" not in page


def test_runs_are_kept_for_their_owner_alone_listed_and_the_oldest_forgotten(tmp_path: Path) -> None:
    history = History(tmp_path / "state" / "runs")
    assert list(history.runs()) == []
    with pytest.raises(UsageError, match="no run has left anything"):
        history.read("latest")
    history.folder.mkdir(mode=0o700, parents=True)
    theirs = history.folder / "settings.json"  # as long as a run's name
    theirs.write_text("{}")
    for number in range(KEPT + 3):
        history.write(document(f"run{number:05}", f"2026-11-02T03:{number // 60:02}:{number % 60:02}+00:00"))
    kept = [each["run"] for each in history.runs()]
    assert (len(kept), kept[0]) == (KEPT, f"run{KEPT + 2:05}")
    assert theirs.exists(), "what is no run's is nobody's to forget"
    assert history.read("latest")["run"] == kept[0]
    path = history.folder / f"{kept[0]}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.folder.stat().st_mode) == 0o700
    (history.folder / "broken00.json").write_text("{")
    # Another run has forgotten one while they are listed.
    (history.folder / "gone0000.json").symlink_to(history.folder / "nowhere")
    history.write(history.read("latest"))
    before = history.before(history.read("latest"))
    assert before is not None
    assert before["run"] == kept[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no run's document"),
        ('{"kind": "run", "version": 2}', "its version is 2"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "run.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_document(path)


@pytest.mark.parametrize("run", ["../../etc", "RUN00001", "", "a" * 9])
def test_a_run_is_no_path(tmp_path: Path, run: str) -> None:
    with pytest.raises(UsageError, match="not the name of a run"):
        History(tmp_path).read(run)


def test_a_report_is_not_begun_where_it_cannot_be_written(tmp_path: Path) -> None:
    for path in (
        tmp_path,
        tmp_path / "none" / "report.html",
        tmp_path / "run.json",
        tmp_path / "run.findings.parquet",
        tmp_path / "package.html",
    ):
        (tmp_path / "package.json").write_text("{}")
        with pytest.raises(UsageError):
            require_writable(path)
    (tmp_path / "package.json").write_text('{"kind": "run"}')
    require_writable(tmp_path / "package.html")


def test_two_runs_are_compared_by_rows_decisions_and_findings() -> None:
    then, now = document(), copy.deepcopy(document("aaaaaaa2", "2026-11-03T03:00:00+00:00"))
    assert not any(compare(now, then)[part] for part in ("tables", "columns", "findings"))
    now["tables"][0]["after"] = 19
    now["plan"]["tables"][0]["columns"][2] |= {"fate": "masked", "how": "token"}
    now["plan"]["tables"][0]["columns"].append(column("phone", "masked", how="phone"))
    now["result"]["checks"]["findings"][0]["outcome"] = "fail"
    found = compare(now, then)
    assert [(t["table"], t["rows"]) for t in found["tables"]] == [("users", [20, 19])]
    assert found["columns"] == [
        {"column": "users.phone", "was": "", "is": "masked: phone"},
        {"column": "users.plan", "was": "kept", "is": "masked: token"},
    ]
    assert [(f["check"], f["was"], f["is"]) for f in found["findings"]] == [("rows", "pass", "fail")]
    assert "Columns decided otherwise" in render(now, before=then)


def test_parquet_files_stand_beside_with_a_row_for_each_column_and_finding(tmp_path: Path) -> None:
    from pyarrow import parquet

    theirs = tmp_path / "theirs"
    theirs.write_text("")
    for name in (f".report.html.{os.getpid()}", "report.columns.parquet"):
        (tmp_path / name).symlink_to(theirs)
    told = list(write_report(document(), tmp_path / "report.html"))
    assert theirs.read_text() == "", "links that lay in wait are not followed"
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("report.*")} == {0o600}
    assert "report.json" in told[0]
    assert read_document(tmp_path / "report.json")["run"] == "aaaaaaa1"
    columns = parquet.read_table(tmp_path / "report.columns.parquet").to_pylist()
    assert [(c["run"], c["table"], c["column"], c["fate"]) for c in columns][1] == (
        "aaaaaaa1",
        "users",
        "email",
        "masked",
    )
    assert parquet.read_table(tmp_path / "report.findings.parquet").num_rows == 2
    assert parquet.read_table(tmp_path / "report.tables.parquet").to_pylist()[0]["after"] == 20


def test_a_timeline_knows_lanes_and_steps_that_were_done_at_once() -> None:
    now = [0.0]
    timeline = Timeline(lambda: now[0])
    steps = [Analyze(id=f"analyze {n}", table=TableName("public", f"t{n}"), sql="") for n in range(4)]

    def lane() -> None:
        timeline(StepStarted(steps[0]))
        now[0] = 2.0
        timeline(StepFinished(steps[0], 2.0, 7, 70))
        now[0] = 5.0
        for step in steps[1:]:  # told at their end, each with a third of the time
            timeline(StepStarted(step))
            timeline(StepFinished(step, 1.0, 0, 0))

    thread = threading.Thread(target=lane, name="lane-0")
    thread.start()
    thread.join()
    timeline(Verifying())
    now[0] = 6.0
    first, batch, verify = timeline.bars()
    assert (first["lane"], first["begin"], first["seconds"], first["table"]) == ("lane-0", 0.0, 2.0, "t0")
    assert (batch["begin"], batch["seconds"], batch["steps"], batch["kind"]) == (2.0, 3.0, 3, "Analyze")
    assert (verify["kind"], verify["begin"], verify["seconds"]) == ("Verify", 5.0, 1.0)
    assert timeline.tables() == {"t0": {"seconds": 2.0, "bytes": 70}}


def test_every_database_of_a_run_is_in_its_report_its_files_and_its_comparison(tmp_path: Path) -> None:
    from pyarrow import parquet

    part = copy.deepcopy(document())
    for key in ("kind", "version", "of", "masker", "finished_at", "seconds", "exit_code"):
        del part[key]
    part["target"] = {"database": "jobs", "place": "jobs on db.preview"}
    part["plan"]["tables"][0] |= {"name": "senders", "shown": "senders"}
    part["tables"][0] |= {"name": "senders", "shown": "senders", "after": 7}
    both = document() | {"of": "refresh", "databases": {"queue": part}}
    page = render(both)
    assert "nobody&#39;s in preview, jobs" in page or "nobody's in preview, jobs" in page
    for words in ("Database queue: jobs", "senders.email", "users.email", "jobs on db.preview"):
        assert words in page
    assert page.count('id="columns"') == 1
    assert page.count("data protection officer: name") == 1
    list(write_report(both, tmp_path / "report.html"))
    columns = parquet.read_table(tmp_path / "report.columns.parquet").to_pylist()
    assert {(c["database"], c["table"]) for c in columns} >= {("preview", "users"), ("jobs", "senders")}
    now = copy.deepcopy(both) | {"run": "aaaaaaa2"}
    now["databases"]["queue"]["tables"][0]["after"] = 8
    found = compare(now, both)
    assert [(t["table"], t["rows"]) for t in found["tables"]] == [("queue: senders", [7, 8])]
    assert found["rows"] == [40, 40]


def test_what_was_done_with_branches_and_dumps_stands_among_the_runs_and_is_none(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.write(document())
    action = {"kind": "action", "version": 1, "run": "bbbbbbb1", "of": "branch create", "status": "done"}
    history.write(action | {"target": {"database": "preview"}})
    assert [each["run"] for each in history.runs()] == ["aaaaaaa1"]
    assert {each["run"] for each in history.runs(actions=True)} == {"aaaaaaa1", "bbbbbbb1"}
    assert history.read("latest")["run"] == "aaaaaaa1"
    with pytest.raises(UsageError, match="branch create, which leaves no report"):
        history.read("bbbbbbb1")
    with pytest.raises(UsageError, match="no run's document"):
        read_document(tmp_path / "bbbbbbb1.action.json")
