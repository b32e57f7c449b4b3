"""What somebody signs: what the rules decide, column by column, and what has become of it since. Tables and columns of
which nothing is decided are no part of it, so that a migration that adds some stops nobody; one that has been signed
stays a part of it for as long as it is there, whatever is decided of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from masker.masks.classes import classes_of, tables_by_class
from masker.names import TableName
from masker.ruleset.digest import said_by
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.ruleset.wording import rule_text

#: By table: ``{"public.users": {"rows": …, "where": …, "columns": {"email": {"rule", "digest", "reason"}}}}``.
Decisions = Mapping[str, Mapping[str, Any]]

#: Where the classes of facts stand among decisions, which histories are masked by: class by class, as columns do.
_CLASSES = "facts: models"

_LARGE_OBJECTS = "large objects"
_TOLERATE = "tolerate"
_SUBSET = "subset"

#: Of a column that has been signed and that no rule decides any more.
_NO_RULE = {"rule": "copied as it is, by no rule", "digest": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from what was signed: decisions that have *changed*, among them those that are gone, what is decided
    *new*, and *others*, on which no personal value depends. Each is a subject and what is said of it."""

    changed: tuple[tuple[str, str], ...] = ()
    new: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def decisions(resolution: Resolution, signed: Decisions | None = None) -> Decisions:
    """What *resolution* decides, and what becomes by it of all that is *signed* and still there. Partitions and heirs
    that do as their parents do are left out, unless they are signed."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, decision in sorted(resolution.tables.items()):
        before = (signed or {}).get(_key(name))
        columns = _columns(decision, resolution, before["columns"] if before is not None else {})
        rows, where, parents = _rows(decision), decision.where, _parents(decision, resolution)
        is_apart = not parents or any((_rows(parent), parent.where) != (rows, where) for parent in parents)
        if any(_rows(parent) != rows for parent in parents):
            # Of a table by itself it goes without saying; here the parent says something else.
            rows = rows or "all"
        told = {key: value for key, value in (("rows", rows), ("where", where)) if value is not None}
        if columns or before is not None or (told and is_apart):
            found[_key(name)] = {**told, "columns": columns}
    if resolution.large_objects is not None:
        found[_LARGE_OBJECTS] = {"rows": resolution.large_objects, "columns": {}}
    if resolution.tolerate:
        said = sorted(word for word, is_said in asdict(resolution.tolerate).items() if is_said)
        found[_TOLERATE] = {"rows": ", ".join(said), "columns": {}}
    if resolution.subset is not None:
        found[_SUBSET] = {"rows": json.dumps(resolution.subset.rules.said()), "columns": {}}
    elif signed is not None and _SUBSET in signed:
        found[_SUBSET] = {"columns": {}}
    if classes := _classes(resolution, (signed or {}).get(_CLASSES, {}).get("columns", {})):
        found[_CLASSES] = {"columns": classes}
    return found


def _columns(decision: TableDecision, resolution: Resolution, had: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """What is decided of each column of a table, of which some *had* been signed."""
    found = {
        column: _signed(each)
        for column, each in sorted(decision.columns.items())
        if column in had or not _is_as_parents(column, each, decision, resolution)
    }
    if decision.rows == "none" or decision.table.kind == "f":
        return found
    copied = [column.name for column in decision.table.columns if not column.generated]
    return found | {column: _NO_RULE for column in copied if column in had and column not in decision.columns}


def _classes(resolution: Resolution, had: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    """The table of each class by whose rules a history is masked, where facts say another than the class's name does,
    or it *had* been signed. A class that nobody knows leaves nothing of its history, and is left out."""
    rules = [c.rule for d in resolution.tables.values() if d.rows != "none" for c in d.columns.values()]
    if not any(_reads_facts(said_by(rule)) for rule in rules):
        return {}
    said = {name: _plain(table) for name, table in resolution.facts.tables_by_class().items()}
    by_name = tables_by_class(map(str, resolution.tables), {})
    found = {name: table for name, table in said.items() if name in had or not _is_by_name(name, table)}
    found |= {name: _plain(by_name[name]) for name in had if name not in said and name in by_name}
    return {name: {"rule": f"the rows of {table}", "digest": _digest(table)} for name, table in sorted(found.items())}


def _reads_facts(said: Any) -> bool:
    """Whether a rule, or one within it, is of histories whose classes the facts name."""
    match said:
        case {"mask": "history", "classes": None}:
            return True
        case dict():
            return any(map(_reads_facts, said.values()))
        case list():
            return any(map(_reads_facts, said))
        case _:
            return False


def _plain(table: str) -> str:
    return table.removeprefix("public.")


def _is_by_name(name: str, table: str) -> bool:
    return "." not in table and name in classes_of(table)


def is_table(key: str) -> bool:
    """Whether what *key* names among decisions is a table."""
    return key not in {_CLASSES, _LARGE_OBJECTS, _TOLERATE, _SUBSET}


def _key(name: TableName) -> str:
    return f"{name.schema}.{name.name}"


def _rows(decision: TableDecision) -> str | None:
    return None if decision.rows == "all" else decision.predicate if decision.rows == "predicate" else decision.rows


def _signed(each: ColumnDecision) -> Mapping[str, str]:
    reason = {"reason": each.rule.reason} if each.rule.reason else {}
    return {"rule": rule_text(each.rule), "digest": _digest([each.locale, said_by(each.rule)]), **reason}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _parents(decision: TableDecision, resolution: Resolution) -> list[TableDecision]:
    return [resolution.tables[name] for name in decision.table.parents if name in resolution.tables]


def _is_as_parents(column: str, each: ColumnDecision, decision: TableDecision, resolution: Resolution) -> bool:
    having = [parent for parent in _parents(decision, resolution) if parent.table.column(column) is not None]
    found = [parent.columns.get(column) for parent in having]
    return bool(found) and all(p is not None and (p.rule, p.locale) == (each.rule, each.locale) for p in found)


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
                yield "other", own, f"signed as {old[column]['rule']}; it is gone, or nothing of it is copied"
            elif column not in old:
                yield "new", own, f"decided as {after['columns'][column]['rule']}, which nobody has signed"
            elif old[column]["digest"] != after["columns"][column]["digest"]:
                kind = "other" if after["columns"][column] == _NO_RULE and _is_keep(old[column]) else "changed"
                yield kind, own, f"signed as {old[column]['rule']}, now {after['columns'][column]['rule']}"
            elif old[column].get("reason") != after["columns"][column].get("reason"):
                yield "other", own, "its reason reads otherwise now"


def _is_keep(signed: Mapping[str, str]) -> bool:
    return signed["rule"] == "keep" or signed["rule"].startswith("{mask: keep,")


def _about_rows(
    subject: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    if before is None and after.get("rows") == "none":
        yield "other", subject, "it is new, and left empty"
        return
    for word in ("rows", "where"):
        label = f"{word}: " if is_table(subject) else ""
        now = after.get(word) or "all"
        if before is None and word in after:
            yield "new", subject, f"{label}{now}, which nobody has signed"
        elif before is not None and (signed := before.get(word) or "all") != now:
            yield "changed", subject, f"{label}signed as {signed}, now {now}"
