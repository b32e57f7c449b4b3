"""What runs leave behind: documents, reports, and the digest by which a report is held against its preview."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from masker.verify.evidence import evidence_digest
from tests.executable import run
from tests.services import web
from tests.shop import USERS, Shop, one


def test_runs_leave_documents_reports_and_a_digest_in_the_marker(shop: Shop, tmp_path: Path) -> None:
    history, page = tmp_path / "runs", tmp_path / "report.html"
    kept = ("--history", history)
    shop.copy("--report", tmp_path / "none" / "report.html", *kept).expect(2, "there is no folder")
    assert not history.exists()
    with shop.stalled(*kept) as (started, holder):
        started.kill()
        holder.rollback()
    (killed,) = run("runs", *kept, "--json").expect(0).json()["runs"]
    run("report", killed["run"], "-o", page, *kept).expect(0)
    assert killed["status"] == "running"
    assert "Not ended" in page.read_text()

    with web() as collector:
        done = shop.copy("--report", page, *(("--otlp", collector.url) if find_spec("opentelemetry") else ()), *kept)
    done.expect(0, "the report of run [a-z0-9]{8} is in", "published")
    if find_spec("opentelemetry"):
        assert "the trace of run" in done.err
        assert [each.path for each in collector.arrived] == ["/v1/traces"]
        assert b"lane-0" in collector.arrived[0].body
    text = page.read_text()
    assert "canary" not in text.lower()
    for word in ("Verified", "users.email", "encrypted_password", "lane-0", shop.database):
        assert word in text

    first = run("report", "latest", "-o", tmp_path / "again.html", *kept, "--json").expect(0).json()
    with shop.preview.connect(shop.target) as conn:
        marked = one(conn, "SELECT record -> 'digests' ->> 'report' FROM masker.run")
    assert marked == first["digest"] == evidence_digest(first["evidence"])
    assert ["public", "users", "email", "masked"] in [each[:4] for each in first["evidence"]["columns"]]
    assert {t["shown"]: (t["before"], t["after"]) for t in first["tables"]}["users"] == (USERS, USERS)
    assert any(bar["kind"] == "CopyPart" and bar["lane"].startswith("lane-") for bar in first["timeline"])

    with shop.production.connect(shop.source) as conn:
        conn.execute("DELETE FROM visits WHERE id <= 5")
    shop.copy(*kept).expect(0)
    run("runs", *kept).expect(0, "copy +verified", first["run"])
    compared = run("runs", "latest", *kept, "--json").expect(0).json()
    (table,) = compared["tables"]
    assert (compared["against"], table["table"], table["rows"][0] - table["rows"][1]) == (first["run"], "visits", 5)
    run("runs", "latest", *kept).expect(0, "rows +visits: ")

    run("report", "zzzzzzzz", *kept).expect(2, "no such run")


def test_a_run_whose_document_cannot_be_kept_says_so_and_goes_on(shop: Shop, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    shop.copy("--history", blocked / "runs").expect(0, "the run's document cannot be kept there", "published")
