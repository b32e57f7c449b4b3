"""What somebody signs: what the rules decide, column by column, and what has become of it since. Tables and columns of
which nothing is decided are no part of it, so that a migration that adds some stops nobody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from masker.names import TableName
from masker.ruleset.digest import said_by
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.ruleset.wording import rule_text

#: By table: ``{"public.users": {"rows": …, "where": …, "columns": {"email": {"rule", "digest", "reason"}}}}``.
Decisions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from what was signed: decisions that have *changed*, personal columns that are *new*, and *others*,
    of which no personal value depends. Each is a subject and what is said of it."""

    changed: tuple[tuple[str, str], ...] = ()
    new: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def decisions(resolution: Resolution) -> Decisions:
    """What *resolution* decides. Partitions and heirs that do as their parents do are left out."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, decision in sorted(resolution.tables.items()):
        columns = {
            column: _signed(each)
            for column, each in sorted(decision.columns.items())
            if not _is_as_parents(column, each, decision, resolution)
        }
        told = {
            key: value for key, value in (("rows", _rows(decision)), ("where", decision.where)) if value is not None
        }
        if columns or (told and not _rows_as_parents(decision, resolution)):
            found[_key(name)] = {**told, "columns": columns}
    if resolution.large_objects is not None:
        found["large objects"] = {"rows": resolution.large_objects, "columns": {}}
    if resolution.tolerate:
        said = sorted(word for word, is_said in asdict(resolution.tolerate).items() if is_said)
        found["tolerate"] = {"rows": ", ".join(said), "columns": {}}
    return found


def _key(name: TableName) -> str:
    return f"{name.schema}.{name.name}"


def _rows(decision: TableDecision) -> str | None:
    return None if decision.rows == "all" else decision.predicate if decision.rows == "predicate" else decision.rows


def _signed(each: ColumnDecision) -> Mapping[str, str]:
    reason = {"reason": each.rule.reason} if each.rule.reason else {}
    return {"rule": rule_text(each.rule), "digest": _digest([each.locale, said_by(each.rule)]), **reason}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _is_as_parents(column: str, each: ColumnDecision, decision: TableDecision, resolution: Resolution) -> bool:
    parents = [resolution.tables[p].columns.get(column) for p in decision.table.parents if p in resolution.tables]
    return any(p is not None and (p.rule, p.locale) == (each.rule, each.locale) for p in parents)


def _rows_as_parents(decision: TableDecision, resolution: Resolution) -> bool:
    own = (_rows(decision), decision.where)
    parents = [resolution.tables[p] for p in decision.table.parents if p in resolution.tables]
    return any((_rows(p), p.where) == own for p in parents)


def changes(signed: Decisions, now: Decisions) -> Changes:
    """What of *now* is not as it was *signed*."""
    found = list(_changes(signed, now))
    return Changes(
        changed=tuple((s, t) for kind, s, t in found if kind == "changed"),
        new=tuple((s, t) for kind, s, t in found if kind == "new"),
        others=tuple((s, t) for kind, s, t in found if kind == "other"),
    )


def _changes(signed: Decisions, now: Decisions) -> Iterator[tuple[str, str, str]]:
    for table in sorted(signed.keys() | now.keys()):
        subject = table.removeprefix("public.")
        before, after = signed.get(table), now.get(table)
        if after is None:
            yield "other", subject, "nothing of it is decided any more, or it is gone"
            continue
        yield from _about_rows(subject, before, after)
        old = before["columns"] if before is not None else {}
        for column in sorted(old.keys() | after["columns"].keys()):
            own = f"{subject}.{column}"
            if column not in after["columns"]:
                yield (
                    "other",
                    own,
                    f"signed as {old[column]['rule']}; it is gone, or of a type that holds nothing personal",
                )
            elif column not in old:
                yield "new", own, f"decided as {after['columns'][column]['rule']}, which nobody has signed"
            elif old[column]["digest"] != after["columns"][column]["digest"]:
                yield "changed", own, f"signed as {old[column]['rule']}, now {after['columns'][column]['rule']}"
            elif old[column].get("reason") != after["columns"][column].get("reason"):
                yield "other", own, "its reason reads otherwise now"


def _about_rows(
    subject: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    if before is None:
        if after.get("rows") == "none":
            yield "other", subject, "it is new, and left empty"
        return
    for word in ("rows", "where"):
        if before.get(word) != after.get(word):
            signed, now = (each.get(word) or "all" for each in (before, after))
            yield "changed", subject, f"{word}: signed as {signed}, now {now}"
