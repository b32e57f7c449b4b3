"""A run's trace arrives at a collector: the run, its databases, lanes and steps, at the times when they were."""

from __future__ import annotations

from typing import Any

import pytest

from masker.errors import UsageError
from masker.report.otlp import require_otlp, send
from masker.report.spans import spans
from tests.services import web
from tests.unit.report.test_report import document


def run_of_two() -> dict[str, Any]:
    """A refresh of two databases."""
    one = document() | {"timeline_at": "2026-11-02T03:00:01+00:00"}
    two = document() | {"target": {"database": "jobs", "place": "jobs on db.preview"}}
    return one | {"of": "refresh", "databases": {"queue": two}}


def test_a_trace_arrives_with_lanes_and_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="the extra otel")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=previews")
    with web() as collector:
        told = send(run_of_two(), collector.url)
    assert "the trace of run aaaaaaa1 is" in told
    assert "7 spans" in told
    (arrived,) = collector.arrived
    assert (arrived.method, arrived.path) == ("POST", "/v1/traces")
    assert arrived.headers["x-team"] == "previews"
    request = proto.ExportTraceServiceRequest.FromString(arrived.body)
    (resource,) = request.resource_spans
    assert {a.key: a.value.string_value for a in resource.resource.attributes}["service.name"] == "masker"
    found = {span.span_id: span for scope in resource.scope_spans for span in scope.spans}
    (root,) = [span for span in found.values() if not span.parent_span_id]
    assert root.name == "masker refresh"
    assert {span.trace_id for span in found.values()} == {root.trace_id}
    names = {(found[s.parent_span_id].name, s.name) for s in found.values() if s.parent_span_id}
    assert names == {
        ("masker refresh", "database"),
        ("masker refresh", "database queue"),
        ("database", "lane-0"),
        ("database queue", "lane-0"),
        ("lane-0", "CopyPart users"),
    }
    step = next(s for s in found.values() if s.name == "CopyPart users" and s.start_time_unix_nano % 10**10 == 10**9)
    assert step.end_time_unix_nano - step.start_time_unix_nano == 500_000_000
    said = {a.key: a.value.int_value or a.value.string_value for a in step.attributes}
    assert said == {"db.collection.name": "users", "masker.rows": 20, "masker.bytes": 900, "masker.steps": 1}


def test_a_run_that_failed_says_why() -> None:
    failed = document() | {"status": "failed", "exit_code": 6, "error": {"kind": "TargetError", "message": "it broke"}}
    del failed["result"]
    assert spans(failed).failed == "TargetError: it broke"
    assert spans(document()).failed is None


def test_a_collector_that_takes_nothing_is_told_and_ends_nothing() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra otel")
    with web() as collector:
        collector.answers["POST /v1/traces"] = 400
        assert "was not taken by" in send(document(), collector.url)


@pytest.mark.parametrize("url", ["localhost:4318", "ftp://collector", "http://"])
def test_what_is_no_collector_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no URL of a collector"):
        require_otlp(url)
