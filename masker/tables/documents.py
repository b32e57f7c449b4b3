"""What the rules say of documents, against what documents hold: paths that lead nowhere, and what no path names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.types import Column, Table, TypeClass
from masker.errors import Position, Problem
from masker.masks.json import OTHER_IS_OPEN
from masker.masks.json_path import Steps, json_steps, written
from masker.masks.json_rule import Json
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.types import ColumnDecision, Resolution, RuleSet, TableDecision

#: A path that none of so many documents has is refused; fewer say little of those to come.
ENOUGH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A rule of the mask json, wherever it stands written, and all columns it decides: a path has to be in a document
    of one of them."""

    rule: Json
    position: Position
    paths: Mapping[str, Position]
    columns: tuple[tuple[Table, Column], ...]

    @property
    def subject(self) -> str:
        table, column = self.columns[0]
        others = f" and {len(self.columns) - 1} more" if len(self.columns) > 1 else ""
        return f"{table.name}.{column.name}{others}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at documents found. *is_whole* says that all of them were looked at.

    *missing* are the paths that none had, each with the keys that stand in many documents where the path breaks off:
    how many of the path's steps lead to them, and whether a list was found there. *others* counts leaves that no path
    names, None if nobody counted. *is_unreadable*: a document is none to the mask, which reads it as jsonb.
    """

    documents: int
    is_whole: bool
    missing: Mapping[str, Break] = field(default_factory=dict)
    others: int | None = None
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where a path breaks off: after *reached* of its steps, at objects many of which have *keys*, or (*is_list*) at a
    list."""

    reached: int
    keys: tuple[str, ...] = ()
    is_list: bool = False


def asked(resolution: Resolution) -> Sequence[Asked]:
    """Every rule of the mask json of *resolution*, once each."""
    found: dict[tuple[Position, str], list[tuple[Table, ColumnDecision]]] = {}
    for decision in resolution.tables.values():
        if not decision.table.has_storage or decision.rows == "none":
            continue
        for column in decision.columns.values():
            if isinstance(column.rule, Json) and column.column.type.kind in {TypeClass.JSON, TypeClass.JSONB}:
                found.setdefault((column.position, column.rule.model_dump_json()), []).append((decision.table, column))
    return [
        Asked(
            rule=rule,
            position=first.position,
            paths=first.places,
            columns=tuple((table, each.column) for table, each in members),
        )
        for members in found.values()
        for first in [members[0][1]]
        if isinstance(rule := first.rule, Json)
    ]


def judged(resolution: Resolution, looks: Sequence[tuple[Asked, Seen]]) -> Resolution:
    """*resolution* with the problems and notes that *looks* lead to."""
    problems, notes = list(resolution.problems), list(resolution.notes)
    tables = dict(resolution.tables)
    for question, seen in looks:
        if question.rule.other is None:
            problems.append(_open(question, seen))
            _settle(tables, question)
        if seen.is_unreadable:
            problems.append(_unreadable(question))
        for path in seen.missing:
            told = _missing(question, path, seen)
            (problems if isinstance(told, Problem) else notes).append(told)  # type: ignore[arg-type]
    return replace(
        resolution, tables=tables, problems=tuple(dict.fromkeys(problems)), notes=tuple(dict.fromkeys(notes))
    )


def unsaid(ruleset: RuleSet) -> Iterator[Problem]:
    """A problem for each rule that is silent on what its paths do not name, where there are no documents to look at."""
    found, hint = OTHER_IS_OPEN.found, OTHER_IS_OPEN.instead
    for file in (*ruleset.files, *ruleset.included):
        rules = [
            (f"{table.written}.{column.column}", column.rule, column.position)
            for table in file.tables
            for column in table.columns
        ]
        rules += [
            (f"defaults {', '.join(default.columns)}", default.rule, default.position) for default in file.defaults
        ]
        yield from (
            Problem(subject, found, hint, place)
            for subject, rule, place in rules
            if isinstance(rule, Json) and rule.other is None
        )


def _open(question: Asked, seen: Seen) -> Problem:
    found, hint = OTHER_IS_OPEN.found, OTHER_IS_OPEN.instead
    if seen.others is not None:
        number = (
            "no other leaf stands"
            if not seen.others
            else f"{seen.others:,} other lea{'f stands' if seen.others == 1 else 'ves stand'}"
        )
        found = f"{found}; {number} in the documents looked at"
    return Problem(question.subject, found, hint, question.position)


def _settle(tables: dict[TableName, TableDecision], question: Asked) -> None:
    """Once is enough: the plan, which looks at rules too, goes on as if it were said."""
    for table, column in question.columns:
        decision = tables[table.name]
        settled = replace(decision.columns[column.name], rule=question.rule.model_copy(update={"other": "drop"}))
        tables[table.name] = replace(decision, columns={**decision.columns, column.name: settled})


def _unreadable(question: Asked) -> Problem:
    return Problem(
        question.subject,
        "a document holds \\u0000 or half of a surrogate pair, which the mask json cannot read",
        "mend such documents on the source, leave their rows out with `rows:`, or decide the column with null or fixed",
        question.position,
    )


def _missing(question: Asked, path: str, seen: Seen) -> Problem | Note:
    table, column = question.columns[0]
    subject, position = f"{table.name}.{column.name}", question.paths.get(path, question.position)
    near, is_new = _near(question, path, seen.missing[path])
    meant = f"did you mean {near}?" if near else ""
    leaf = question.rule.paths[path]
    if seen.is_whole:
        found = (
            f"none of the {seen.documents:,} documents has it"
            if seen.documents != 1
            else "the one document does not have it"
        )
    else:
        found = (
            f"none of the {seen.documents:,} documents looked at has it, and there are more than could be looked at in"
            " time"
        )
    if leaf.optional:
        return Note(subject=subject, text=f"{path}: {found}, which `optional: true` allows")
    is_enough = seen.documents >= ENOUGH and (seen.is_whole or is_new)
    if not is_enough:
        return Note(subject=subject, text=f"{path}: {found} ({position})" + (f"; {meant}" if meant else ""))
    allow = "if it is right and documents may come to have it, give the path `optional: true`"
    return Problem(subject, f"{path}: {found}", f"{meant} {allow[:1].upper()}{allow[1:]}" if meant else allow, position)


def _near(question: Asked, path: str, at: Break) -> tuple[str | None, bool]:
    """A path like *path* that many documents have, and whether no path of the rule names it."""
    steps = json_steps(path)
    named = {json_steps(other) for other in question.rule.paths}
    before, step, after = steps[: at.reached], steps[at.reached], steps[at.reached + 1 :]
    if at.is_list and isinstance(step, str):
        found: Steps = (*before, None, step, *after)
        return written(found), found not in named
    if step is None:
        return (written((*before, *after)) if at.keys and after and after[0] in at.keys else None), True
    if not isinstance(step, str):
        return None, False
    meant = did_you_mean(step, at.keys)
    key = next((k for k in at.keys if meant == f"did you mean {k}?"), None)
    if key is None:
        return None, False
    found = (*before, key, *after)
    return written(found), not any(other[: at.reached + 1] == (*before, key) for other in named)
