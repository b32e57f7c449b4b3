"""A draft held against the plan's own rules: what cannot be on a column gives way to what can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from masker.catalog.types import Catalog
from masker.draft.model import ColumnDraft, Draft, TableDraft
from masker.draft.text import draft_text
from masker.errors import Problem
from masker.masks.derived import Derived
from masker.masks.keep import Keep
from masker.masks.own_sql import Sql
from masker.masks.sql.bindings import Instant, SessionBindings
from masker.masks.sql.expressions import column as column_expression
from masker.masks.template import Template
from masker.names import ColumnName, TableName
from masker.ruleset.document import read_document
from masker.ruleset.parse import parse_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import RuleFile, RuleSet
from masker.tables.agreement import agreement
from masker.tables.reading import mask_table
from masker.tables.references import foreign_key_problems
from masker.tables.use import obstacles, uses_of

#: Rules that are expressions themselves.
_RENDERED = (Derived, Sql, Template)

#: A column has so many rules at most, and each round takes one of them.
_ROUNDS = 12

#: What else there is to object to the rules, which a server knows: problems of a whole set.
Objections = Callable[[RuleSet], Sequence[Problem]]


def mend(
    draft: Draft, catalog: Catalog, ruleset: RuleSet, shipped: dict[str, RuleFile], objections: Objections | None = None
) -> Sequence[Problem]:
    """Changes *draft* until its file, beside *ruleset*, has no problem in *catalog* and meets no *objections*. What is
    left is not for rules to mend, or is the user's own."""
    _ends(draft, catalog)
    _partitioned(draft, catalog)
    left: Sequence[Problem] = ()
    changed: set[str] | None = None
    for _ in range(_ROUNDS):
        whole = _whole(draft, ruleset, shipped)
        left = tuple(_problems(whole, catalog, changed))
        changed = {problem.subject for problem in left}
        if not left and objections is not None:
            left = objections(whole)
            changed = {problem.subject for problem in left}
        if not left or not _give_way(draft, left, catalog):
            return left
    return left


def _whole(draft: Draft, ruleset: RuleSet, shipped: dict[str, RuleFile]) -> RuleSet:
    problems: list[Problem] = []
    file = parse_rules(read_document(draft_text(draft), "draft"), problems)
    if file is None:
        raise AssertionError([str(problem) for problem in problems])
    return RuleSet(
        files=(*ruleset.files, file),
        included=(*ruleset.included, *(shipped[name] for name in draft.include)),
        schema=ruleset.schema,
    )


def _problems(whole: RuleSet, catalog: Catalog, changed: set[str] | None) -> Sequence[Problem]:
    """What a plan would say, but for expressions that no column of the draft is written as: those are rendered only
    where a rule is one. Once all tables have been looked at, those are that something was said of, its subjects being
    *changed*."""
    resolution = resolve(whole, catalog)
    agreed = agreement(resolution.tables.values(), catalog)
    bindings = SessionBindings()
    known: dict[str, str] = defaultdict(str)
    problems = [*resolution.problems, *agreed.problems]
    for decision in resolution.tables.values():
        if not decision.table.has_storage or decision.rows == "none" or decision.table.extension is not None:
            continue
        name = str(decision.table.name)
        if changed is not None and not any(subject == name or subject.startswith(f"{name}.") for subject in changed):
            continue
        if any(isinstance(found.rule, _RENDERED) for found in decision.columns.values()):
            mask_table(decision, catalog, bindings, known, problems, agreed)
            continue
        for found in decision.columns.values():
            if isinstance(found.rule, Keep) or found.column.generated:
                continue
            problems += obstacles(found, decision, catalog)
            uses = uses_of(
                found,
                decision,
                catalog,
                agreed,
                bindings,
                known=known,
                kept_columns=frozenset(),
                instant=Instant(""),
                stand_in=lambda named: column_expression(named.column),
                shapes={},
            )
            problems += [use for use in uses if isinstance(use, Problem)]
    problems += foreign_key_problems(resolution.tables, catalog)
    return problems


def _ends(draft: Draft, catalog: Catalog) -> None:
    """The two ends of a foreign key have one rule by value, or are kept both."""
    by_name = {table.table.name: table for table in draft.tables}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            child, parent = by_name.get(table.name), by_name.get(key.references)
            if child is None or parent is None:
                continue
            if parent.empty and not child.empty:
                for name in key.columns:
                    if (column := child.columns.get(name)) is not None and column.column.takes_null:
                        column.prefer("null")
                        column.note = f"no row of {parent.table.name} is copied"
                continue
            for name, referenced in zip(key.columns, key.referenced_columns, strict=True):
                ends = [child.columns.get(name), parent.columns.get(referenced)]
                _agree([end for end in ends if end is not None])


def _partitioned(draft: Draft, catalog: Catalog) -> None:
    """What a table is partitioned by stays as it is."""
    for table in draft.tables:
        for name, column in table.columns.items():
            of = catalog.partitioned_by(table.table.name, name) if column.is_open and column.rule != "keep" else None
            if of is not None:
                column.rules, column.given_up = ["keep"], column.kind.is_personal
                column.note = f"{of} is partitioned by it, and masked rows would belong elsewhere"


def _agree(ends: list[ColumnDraft]) -> None:
    if all(end.rule == "keep" for end in ends) or len(ends) < 2:
        return
    is_personal = any(end.kind.is_personal for end in ends)
    for end in ends:
        end.rules = ["keep"]
        end.given_up = is_personal
        end.note = "a foreign key compares it; to mask it, give both ends one mask with `by: value` and one scope"


def _give_way(draft: Draft, problems: Sequence[Problem], catalog: Catalog) -> bool:
    # What a partition or an heir cannot have is its parent's rule.
    columns = {
        str(ColumnName(of, name)): column
        for table in draft.tables
        for of in (table.table.name, *catalog.descendants(table.table.name))
        for name, column in table.columns.items()
    }
    tables = {str(table.table.name): table for table in draft.tables}
    moved: set[str] = set()
    for problem in problems:
        subject = _subject(problem.subject, columns)
        if subject is not None and subject not in moved and columns[subject].is_open:
            moved.add(subject)
            if not columns[subject].give_way():
                moved.discard(subject)
        elif problem.subject in tables and _keeps_rows(tables[problem.subject], draft):
            moved.add(problem.subject)
    return bool(moved)


def _subject(written: str, columns: dict[str, ColumnDraft]) -> str | None:
    """The column that a problem is about: a leaf's and a condition's stand behind its name."""
    while written:
        if written in columns:
            return written
        cut = max(written.rfind(mark) for mark in ".:[ ")
        written = written[:cut] if cut > 0 else ""
    return None


def _keeps_rows(table: TableDraft, draft: Draft) -> bool:
    """The tables that *table* refers to keep their rows, too, if one of them did not."""
    referenced: set[TableName] = {key.references for key in table.table.foreign_keys}
    found = [other for other in draft.tables if other.table.name in referenced and other.empty]
    for other in found:
        other.empty, other.is_forced = "", bool(other.by_set)
    return bool(found)
