"""Two runs of one target, the later against the earlier: rows, durations, decisions, findings. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from masker.report.reading import columns_of, databases_of, findings_of, tables_of


def compare(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """What *now*, a run's document, has that *then* had not, and the other way round: ``seconds``, ``rows``, ``tables``
    with rows before and after where they differ, ``columns`` decided otherwise, ``findings`` that are bad in one of
    them. Those of further databases stand behind their names in masker.yml: ``queue: jobs``."""
    return {
        "run": now["run"],
        "against": then["run"],
        "seconds": [then.get("seconds"), now.get("seconds")],
        "rows": [_rows(then), _rows(now)],
        "tables": _tables(now, then),
        "columns": _columns(now, then),
        "findings": _findings(now, then),
    }


def _rows(document: Mapping[str, Any]) -> int | None:
    found = [(part.get("result") or {}).get("rows") for _, part in databases_of(document)]
    return sum(count or 0 for count in found) if None not in found else None


def _each(
    document: Mapping[str, Any], rows: Callable[[Mapping[str, Any]], list[dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The *rows* of each database, with what stands in front of their names."""
    for name, part in databases_of(document):
        for row in rows(part):
            yield (f"{name}: " if name else ""), row


def _tables(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine, others = ({f"{name}{each['shown']}": each for name, each in _each(run, tables_of)} for run in (now, then))
    found = []
    for name in sorted({*mine, *others}):
        one: dict[str, Any] = {
            "table": name,
            "rows": [others.get(name, {}).get("after"), mine.get(name, {}).get("after")],
            "seconds": [others.get(name, {}).get("seconds"), mine.get(name, {}).get("seconds")],
            "gone": name not in mine,
            "new": name not in others,
        }
        if one["rows"][0] != one["rows"][1] or one["gone"] or one["new"]:
            found.append(one)
    return found


def _columns(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine, others = (
        {f"{of}{each['shown']}.{each['column']}": _decision(each) for of, each in _each(run, columns_of)}
        for run in (now, then)
    )
    return [
        {"column": name, "was": others.get(name, ""), "is": mine.get(name, "")}
        for name in sorted({*mine, *others})
        if mine.get(name, "") != others.get(name, "")
    ]


def _decision(column: Mapping[str, Any]) -> str:
    return f"{column['fate']}: {column['how']}" if column["how"] else str(column["fate"])


def _findings(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine, others = (
        {(f["check"], f"{of}{f['subject']}"): f["outcome"] for of, f in _each(run, findings_of)} for run in (now, then)
    )
    return [
        {
            "check": check,
            "subject": subject,
            "was": others.get((check, subject), ""),
            "is": mine.get((check, subject), ""),
        }
        for check, subject in sorted({*mine, *others})
        if mine.get((check, subject), "") != others.get((check, subject), "")
        and {mine.get((check, subject)), others.get((check, subject))} & {"fail", "not-run"}
    ]
