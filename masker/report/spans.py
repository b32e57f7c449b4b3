"""A run's document as spans of a trace: the run, its databases, their lanes, the steps that each lane did. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from masker.report.reading import databases_of

Value = str | int | float | bool

#: What of a bar a step's span says, if it is anything.
_FIGURES = ("rows", "bytes", "steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took from *begin* to *end*, in nanoseconds since 1970, and what was done within it. *failed* says
    why it did not end well, None where it did."""

    name: str
    begin: int
    end: int
    attributes: Mapping[str, Value] = field(default_factory=dict)
    failed: str | None = None
    within: tuple[Span, ...] = ()


def spans(document: Mapping[str, Any]) -> Span:
    """The run of *document*, which has come to an end."""
    begin = _ns(document["begun_at"])
    parts = tuple(_database(name, part) for name, part in databases_of(document))
    error = document.get("error")
    failed = f"{error['kind']}: {error['message']}" if error else None
    if failed is None and document["status"] != "verified":
        failed = str(document["status"])
    return Span(
        name=f"masker {document['of']}",
        begin=min([begin, *(part.begin for part in parts)]),
        end=max([begin + int(document["seconds"] * 1e9), *(part.end for part in parts)]),
        attributes={
            "masker.run": document["run"],
            "masker.status": document["status"],
            "masker.exit_code": document["exit_code"],
            "masker.version": document["masker"],
        },
        failed=failed,
        within=parts,
    )


def _database(name: str, part: Mapping[str, Any]) -> Span:
    origin = _ns(part.get("timeline_at", part["begun_at"]))
    lanes: dict[str, list[Span]] = defaultdict(list)
    for bar in part.get("timeline") or ():
        lanes[bar["lane"]].append(_step(bar, origin))
    within = tuple(
        Span(name=lane, begin=min(s.begin for s in steps), end=max(s.end for s in steps), within=tuple(steps))
        for lane, steps in sorted(lanes.items())
    )
    result = part.get("result") or {}
    figures = {f"masker.{key}": result[key] for key in ("rows", "bytes", "masked_columns") if result.get(key)}
    return Span(
        name=f"database {name}" if name else "database",
        begin=min([origin, *(lane.begin for lane in within)]),
        end=max([origin, *(lane.end for lane in within)]),
        attributes={
            "db.system.name": "postgresql",
            "db.namespace": part["target"]["database"],
            "masker.publish": part["publish"],
            "masker.status": part["status"],
            **figures,
        },
        within=within,
    )


def _step(bar: Mapping[str, Any], origin: int) -> Span:
    begin = origin + int(bar["begin"] * 1e9)
    return Span(
        name=f"{bar['kind']} {bar['table']}".rstrip(),
        begin=begin,
        end=begin + int(bar["seconds"] * 1e9),
        attributes={
            **({"db.collection.name": bar["table"]} if bar["table"] else {}),
            **{f"masker.{key}": bar[key] for key in _FIGURES if bar[key]},
        },
    )


def _ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1e9)
