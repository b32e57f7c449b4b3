"""The SELECTs by which a copy reads its tables, and every reason why one cannot be read: what a plan and ``rules
check`` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.types import Catalog
from masker.copy.extension_rows import of_extension
from masker.copy.layout import Layout
from masker.errors import Problem
from masker.masks.numbers import Shapes
from masker.masks.sql.bindings import SessionBindings
from masker.masks.together import Member
from masker.names import TableName
from masker.ruleset.left_out import is_carried
from masker.ruleset.types import Resolution
from masker.tables.agreement import agreement
from masker.tables.others import Around
from masker.tables.plan import TablePlan
from masker.tables.ranges import floors
from masker.tables.reading import MaskedTable, mask_table
from masker.tables.references import foreign_key_problems, shows_problems
from masker.tables.subset import RootRows, SubsetPlan, plan_subset, storing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How every table is read that can be, what its expressions are bound to, the *groups* of masked columns that have
    to agree, every problem of the rules, where sequences of permuted keys have to stand at least (*floors*), and what
    of the rows a *subset* takes, None where all come."""

    tables: Mapping[TableName, MaskedTable]
    bindings: SessionBindings
    groups: Sequence[tuple[Member, ...]]
    problems: tuple[Problem, ...]
    floors: Mapping[TableName, int] = field(default_factory=dict)
    subset: SubsetPlan | None = None


def reading(
    catalog: Catalog, resolution: Resolution, known: Mapping[str, str], shapes: Shapes, *, is_trial: bool = False
) -> Reading:
    """How the tables of *catalog* are read under *resolution*, drawing by the numbers of *shapes*; those that cannot be
    are left out. Of a *trial* the problems alone are of use."""
    spoken_of = {name: d for name, d in resolution.tables.items() if d.table.extension is None or is_carried(d)}
    agreed = agreement(spoken_of.values(), catalog)
    problems = [*resolution.problems, *agreed.problems]
    bindings, around = SessionBindings(), Around(decisions=spoken_of, classes=resolution.facts.tables_by_class())
    reads: dict[TableName, MaskedTable] = {}
    for name, decision in spoken_of.items():
        if decision.table.has_storage and decision.rows != "none":
            told = len(problems)
            read = of_extension(
                decision.table,
                mask_table(decision, catalog, bindings, known, problems, agreed, shapes, around, is_trial=is_trial),
            )
            if len(problems) == told:
                reads[name] = read
    problems += foreign_key_problems(spoken_of, catalog)
    problems += shows_problems(spoken_of, catalog)
    if catalog.large_objects and resolution.large_objects is None:
        problems.append(
            Problem(
                "large objects",
                f"the source holds {catalog.large_objects:,}, decided by no rule",
                "add `large_objects: none`, or `keep` if nothing personal is in them",
            )
        )
    subset = _subset(catalog, resolution, bindings, known, reads, problems)
    return Reading(
        tables=reads,
        bindings=bindings,
        groups=agreed.groups(),
        problems=tuple(problems),
        floors=floors(resolution, catalog, shapes),
        subset=subset,
    )


def _subset(
    catalog: Catalog,
    resolution: Resolution,
    bindings: SessionBindings,
    known: Mapping[str, str],
    reads: Mapping[TableName, MaskedTable],
    problems: list[Problem],
) -> SubsetPlan | None:
    """What the rules' subset takes, with its conditions judged like all SQL of rules."""
    subset = resolution.subset
    if subset is None:
        return None
    roots: list[RootRows] = []
    texts: list[str] = []
    for root in subset.roots:
        told: list[Problem] = []
        for name in storing(root.table, resolution, catalog):
            alone = replace(
                resolution.tables[name],
                predicate=root.where,
                rows_position=root.where_position,
                where=None,
                columns={},
            )
            read = mask_table(alone, catalog, bindings, known, told)
            key = catalog.tables[root.table].row_key
            roots.append(RootRows(table=name, root=root, key=key, condition=read.predicate))
            texts += read.texts
        problems += dict.fromkeys(replace(each, subject=f"subset: {root.table}") for each in told)
    limits = {name: read.predicate for name, read in reads.items() if read.predicate is not None}
    return plan_subset(subset, resolution, catalog, limits, tuple(roots), problems, texts=tuple(texts))


def table_plans(
    catalog: Catalog, resolution: Resolution, reads: Mapping[TableName, MaskedTable]
) -> Sequence[TablePlan]:
    """What happens to each table, whatever the target; tables that cannot be read are left out."""
    readable = {
        name: d for name, d in resolution.tables.items() if name in reads or not d.table.has_storage or d.rows == "none"
    }
    return Layout(catalog, replace(resolution, tables=readable), reads, 1, catalog.server.version).tables


def as_readable(catalog: Catalog, resolution: Resolution) -> Resolution:
    """*resolution* for the server of *catalog*: a standby has no rows of unlogged tables."""
    if not catalog.server.in_recovery:
        return resolution
    tables = {
        name: replace(decision, rows="none", rows_position=None) if decision.table.persistence == "u" else decision
        for name, decision in resolution.tables.items()
    }
    return replace(resolution, tables=tables)
