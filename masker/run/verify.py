"""Verification of a preview that a run has finished with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from masker.names import TableName
from masker.pg.connect import connect, parse_url
from masker.pg.errors import Side, server_errors
from masker.pg.gate import check_gate
from masker.pg.marker import Marker, read_marker
from masker.run.prepare import prepared
from masker.settings import Settings
from masker.verify.checks import Counted, verify
from masker.verify.findings import Finding, Findings, Outcome
from masker.verify.structure import about_target
from masker.verify.unchanged import check_unchanged


def verify_preview(settings: Settings) -> Findings:
    """Findings on the target, counted anew and compared with the source and with the marker of the run that filled it."""
    with connect(parse_url(settings.target, Side.TARGET)) as target:
        marker = read_marker(target)
    instant = marker.record.get("instant") if marker is not None else None
    with prepared(replace(settings, publish="direct"), writes=False, instant=instant) as ready, connect(ready.target) as target:
        about_marker = _marker_finding(marker)
        if marker is None or marker.state != "verified":
            return Findings((about_marker,))
        findings = verify(ready.keeper, target, ready.plan, _counted(marker.record), recount=True)
        told = frozenset(f.subject for f in findings.bad if f.check == "schema")
        alone = tuple(about_target(target, marker.record, told=told))
    return Findings((about_marker, *findings.all, *alone))


def verify_gate(settings: Settings, *, unchanged: bool = False) -> Findings:
    """Whether the target carries a valid marker of its own, sealed with the key if one is given; with *unchanged* also what was written since."""
    target = parse_url(settings.target, Side.TARGET)
    with connect(target) as conn, server_errors(Side.TARGET, "its marker was read"):
        gate = check_gate(conn, settings.key)
        if not unchanged or not gate.is_good:
            return Findings((gate,))
        marker = read_marker(conn)
        return Findings((gate, *check_unchanged(conn, marker.record if marker else {})))


def _marker_finding(marker: Marker | None) -> Finding:
    problem = None
    if marker is None:
        problem = "the target carries no marker: no run of masker has filled it"
    elif marker.state != "verified":
        problem = f"run {marker.run} began to fill it and has not ended well"
    elif not marker.is_its_own:
        problem = f"the marker of run {marker.run} was copied here from another database"
    return Finding(
        check="marker",
        subject="the run that filled the target",
        outcome=Outcome.FAILED if problem else Outcome.PASSED,
        detail=problem or "",
    )


def _counted(record: Mapping[str, Any]) -> Counted:
    return Counted(
        rows={TableName(schema, name): rows for schema, name, rows in record.get("rows", ())},
        nulls={TableName(schema, name): counts for schema, name, counts in record.get("nulls", ())},
        owners=bool(record.get("owners")),
        grants=bool(record.get("grants")),
    )
