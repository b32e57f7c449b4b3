"""The plan of masking in place: pure, from the target's catalog, what hangs on its columns, and the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from masker.catalog.types import Catalog
from masker.errors import Problem, RuleErrors
from masker.in_place.facts import Facts
from masker.in_place.layout import Layout, MaskOptions
from masker.in_place.reach import out_of_reach, planned
from masker.in_place.steps import DeleteRows, MaskPlan, MaskStep, Rewrite, UpdateBatches
from masker.masks.cases import rules_of
from masker.masks.sql.bindings import FunctionBindings
from masker.masks.together import Member
from masker.names import TableName
from masker.ruleset.digest import rules_digest
from masker.ruleset.types import Resolution, TableDecision
from masker.tables.agreement import agreement
from masker.tables.assembled import require_assembled
from masker.tables.for_trees import has
from masker.tables.joins import joins
from masker.tables.others import Around
from masker.tables.ranges import floors
from masker.tables.reading import MaskedTable, mask_table
from masker.tables.references import foreign_key_problems, shows_problems
from masker.tables.sql_notes import sql_notes
from masker.tables.tolerated import in_place_notes


def build_mask_plan(catalog: Catalog, resolution: Resolution, facts: Facts, options: MaskOptions) -> MaskPlan:
    """Every step of masking in place. Raises RuleErrors with all problems of the rules."""
    problems = list(resolution.problems)
    own = planned(resolution.tables)
    problems += out_of_reach(resolution.tables, catalog, facts)
    agreed = agreement(own.values(), catalog)
    problems += agreed.problems
    around = Around(decisions=own, classes=resolution.facts.tables_by_class())
    bindings = {
        name: FunctionBindings(options.stem, may_nest=decision.strategy == "batches") for name, decision in own.items()
    }
    reads = {
        name: mask_table(decision, catalog, bindings[name], options.known, problems, agreed, options.shapes, around)
        for name, decision in own.items()
        if decision.table.has_storage and decision.rows != "none"
    }
    problems += foreign_key_problems(own, catalog)
    problems += shows_problems(own, catalog)
    if catalog.large_objects and resolution.large_objects is None:
        problems.append(
            Problem(
                "large objects",
                f"the target holds {catalog.large_objects:,}, decided by no rule",
                "add `large_objects: none`, or `keep` if nothing personal is in them",
            )
        )
    if problems:
        raise RuleErrors(problems)
    settings = {name: frozenset(each.used) for name, each in bindings.items()}
    predicates = {name: read.predicate for name, read in reads.items()}
    layout = Layout(
        catalog,
        own,
        reads,
        facts,
        options,
        settings,
        notes=[
            *resolution.notes,
            *in_place_notes(resolution.tolerate),
            *sql_notes(b for each in bindings.values() for b in each.used.values()),
        ],
        joins=tuple(joins(resolution, catalog, predicates)) if options.verify != "none" else (),
        floors=floors(resolution, catalog, options.shapes),
    )
    steps = tuple(layout.steps(resolution))
    texts = [text for read in reads.values() for text in read.texts]
    if found := [
        *layout.problems,
        *layout.removal.problems,
        *layout.units.problems,
        *layout.derived.problems(),
        *require_assembled([*_written_into(steps), *_within_functions(reads)], texts),
    ]:
        raise RuleErrors(found)
    return MaskPlan(
        target=catalog.server,
        places=tuple(sorted(layout.places(), key=lambda p: (-p.table.bytes, p.table.name))),
        steps=steps,
        bindings={name: binding for each in bindings.values() for name, binding in each.used.items()},
        stem=options.stem,
        notes=tuple(layout.notes),
        rules_digest=rules_digest(resolution, options.shapes),
        scopes=_scopes(own),
        crowded=layout.crowded(),
        short_of_locks=layout.short_of_locks(),
        copy_bytes=layout.copy_bytes(steps),
        free_bytes=options.room.free_bytes,
    )


def _written_into(steps: Iterable[MaskStep]) -> Iterator[str]:
    """The statements that hold what people wrote."""
    for step in steps:
        match step:
            case Rewrite(alter=alter):
                yield from (s for s in alter if not s.startswith("CREATE OR REPLACE FUNCTION "))
            case DeleteRows(sql=sql, kept_sql=kept_sql):
                yield from (sql, kept_sql)
            case UpdateBatches(sets=sets, where=where):
                yield f"UPDATE ONLY {step.table.sql} SET {sets} WHERE {where or 'true'}"  # noqa: S608
            case _:
                pass


def _within_functions(reads: Mapping[TableName, MaskedTable]) -> Iterator[str]:
    """What rewrites compute by functions, each as a statement: within the text of a function nothing is told apart."""
    yield from (f"SELECT {m.sql}" for read in reads.values() for m in read.masked if has(m.sql, "SELECT"))


def _scopes(decisions: Mapping[TableName, TableDecision]) -> Mapping[str, frozenset[TableName]]:
    found: dict[str, set[TableName]] = defaultdict(set)
    for name, decision in decisions.items():
        for column in decision.columns.values():
            for rule in rules_of(column.rule):
                if rule.scope is not None and decision.rows != "none":
                    found[rule.scope].add(name)
    return {scope: frozenset(names) for scope, names in found.items()}


def groups(catalog: Catalog, resolution: Resolution) -> Sequence[tuple[Member, ...]]:
    """The masked columns that have to agree."""
    return agreement(planned(resolution.tables).values(), catalog).groups()
