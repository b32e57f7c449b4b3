"""Two runs of one target, the later against the earlier: rows, durations, decisions, findings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masker.report.reading import columns_of, findings_of


def compare(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """What *now*, a run's document, has that *then* had not, and the other way round: ``seconds``, ``rows``, ``tables``
    with rows before and after where they differ, ``columns`` decided otherwise, ``findings`` that are bad in one of
    them."""
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
    found = (document.get("result") or {}).get("rows")
    return int(found) if found is not None else None


def _tables(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine, others = ({each["shown"]: each for each in of.get("tables", ())} for of in (now, then))
    found = []
    for name in sorted({*mine, *others}):
        one = {
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
        {f"{each['shown']}.{each['column']}": _decision(each) for each in columns_of(of)} for of in (now, then)
    )
    return [
        {"column": name, "was": others.get(name, ""), "is": mine.get(name, "")}
        for name in sorted({*mine, *others})
        if mine.get(name, "") != others.get(name, "")
    ]


def _decision(column: Mapping[str, Any]) -> str:
    return f"{column['fate']}: {column['how']}" if column["how"] else str(column["fate"])


def _findings(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine, others = ({(f["check"], f["subject"]): f["outcome"] for f in findings_of(of)} for of in (now, then))
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
