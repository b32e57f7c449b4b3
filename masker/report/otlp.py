"""A run's trace, sent to a collector by OTLP over HTTP. OpenTelemetry is imported when it is asked for alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from masker import __version__
from masker.errors import UsageError
from masker.report.spans import Span, spans

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

#: Where a collector takes traces, behind its own address.
_PATH = "/v1/traces"

#: Spans of one request, and the seconds that a request is tried for.
_AT_ONCE, _TIMEOUT_S = 500, 10


def require_otlp(url: str) -> None:
    """Raise UsageError where no trace could be sent to *url*."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            "--otlp: no URL of a collector, expected http:// or https:// and its address",
            hint="for example http://localhost:4318; headers stand in OTEL_EXPORTER_OTLP_HEADERS",
        )
    try:
        import_module("opentelemetry.sdk.trace.export")
        import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        raise UsageError("--otlp: OpenTelemetry is not installed", hint="pip install 'rails-masker[otel]'") from None


def send(document: Mapping[str, Any], url: str) -> str:
    """Send the trace of the run of *document* to the collector at *url*; what is to be told of that. Its requests have
    the headers of ``OTEL_EXPORTER_OTLP_HEADERS``."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    # What it says of its failures is said here, in the form that the run's log has.
    quiet = logging.getLogger("opentelemetry")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    made = InMemorySpanExporter()
    resource = Resource.create({"service.name": "masker", "service.version": __version__})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(made))
    _make(spans(document), provider.get_tracer("masker", __version__), None)
    finished = made.get_finished_spans()
    place = urlsplit(url)
    exporter = OTLPSpanExporter(endpoint=url if place.path.strip("/") else url.rstrip("/") + _PATH, timeout=_TIMEOUT_S)
    try:
        for at in range(0, len(finished), _AT_ONCE):
            if exporter.export(finished[at : at + _AT_ONCE]) is not SpanExportResult.SUCCESS:
                return f"the trace of run {document['run']} was not taken by {place.hostname}"
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call, unused-ignore]
        provider.shutdown()  # type: ignore[no-untyped-call, unused-ignore]
    trace = f"{finished[0].context.trace_id:032x}" if finished else ""
    return f"the trace of run {document['run']} is {trace} at {place.hostname}, {len(finished)} spans"


def _make(span: Span, tracer: Tracer, within: Context | None) -> None:
    from opentelemetry.trace import Status, StatusCode, set_span_in_context

    made = tracer.start_span(span.name, context=within, start_time=span.begin, attributes=dict(span.attributes))
    if span.failed is not None:
        made.set_status(Status(StatusCode.ERROR, span.failed))
    for each in span.within:
        _make(each, tracer, set_span_in_context(made))
    made.end(end_time=span.end)
