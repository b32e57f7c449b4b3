"""The plan of a copy: pure, from the source's catalog, the rules and what is known of the target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.target import TargetFacts
from masker.catalog.types import Catalog
from masker.copy.extension_rows import carried_sequences, clearing, referenced_before
from masker.copy.indexes import analyze_steps, batch_of, foreign_key_steps, in_order, index_steps, refresh_statements
from masker.copy.late_checks import filled_last, late_checks, read_before
from masker.copy.layout import Layout
from masker.copy.reading import Reading, as_readable, reading
from masker.copy.rehearsal import attempts
from masker.copy.row_steps import copies_of, proof_of
from masker.copy.steps import (
    CopyLargeObjects,
    CopyPart,
    CopyPlan,
    CopyStep,
    CreateSchema,
    DropLedger,
    FinishSchema,
    RefreshPostponed,
    SetSequences,
    Vacuum,
)
from masker.copy.usable import require_extensions, usable_entries, written_names
from masker.errors import RuleErrors
from masker.lanes.step import FIRST, CountJoin, RefreshMaterializedView, SeekOriginals, StepId
from masker.names import TableName
from masker.notes import Note
from masker.postgres.entries import SchemaEntry
from masker.ruleset.types import Resolution
from masker.tables.assembled import require_assembled
from masker.tables.joins import joins
from masker.tables.reading import MaskedTable
from masker.tables.seek import questions
from masker.tables.sql_notes import sql_notes
from masker.tables.tolerated import Carried, carried_notes, comment_starts
from masker.tables.witness import Level

_LAST = frozenset(
    {
        "COMMENT",
        "EVENT TRIGGER",
        "PUBLICATION",
        "PUBLICATION TABLE",
        "PUBLICATION TABLES IN SCHEMA",
        "ACL",
        "DEFAULT ACL",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOptions:
    """How a copy is to be laid out. *verify* is how many rows are proved; *is_transcoded*: the servers' encodings
    differ; *tolerated* is what production's own rows break, to be carried so."""

    publish: str
    reading_lanes: int
    verify: Level = "sample"
    is_transcoded: bool = False
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    tolerated: tuple[Carried, ...] = ()


def build_copy_plan(
    catalog: Catalog,
    resolution: Resolution,
    entries: Sequence[SchemaEntry],
    target: TargetFacts,
    options: CopyOptions,
    found: Reading | None = None,
) -> CopyPlan:
    """Every step of the copy; *found* is how its tables are read, where that is known already.

    Raises RuleErrors with all problems of the rules, CatalogMismatch for what the target cannot hold.
    """
    resolution = as_readable(catalog, resolution)
    found = found or reading(catalog, resolution, options.known, {})
    if found.problems:
        raise RuleErrors(found.problems)
    reads, bindings = found.tables, found.bindings
    require_extensions(catalog, target)
    notes = [*resolution.notes, *sql_notes(bindings.used.values()), *carried_notes(catalog, options.tolerated)]
    layout = Layout(catalog, resolution, reads, options.reading_lanes, target.version)
    kept_entries = usable_entries(entries, catalog, target, notes)
    steps = tuple(
        _with_attempts(tuple(_steps(layout, kept_entries, catalog, resolution, target.version, options, found, notes)))
    )
    _require_assembled(steps, reads)
    return CopyPlan(
        source=catalog.server,
        target_version=target.version,
        target_database=target.database,
        publish=options.publish,
        tables=tuple(layout.tables),
        steps=steps,
        bindings=dict(bindings.used),
        notes=tuple(notes),
        extensions=tuple(e.name for e in catalog.extensions),
        is_transcoded=options.is_transcoded,
        tolerated=options.tolerated,
    )


def _require_assembled(steps: Iterable[CopyStep], reads: Mapping[TableName, MaskedTable]) -> None:
    problems = [
        problem
        for step in steps
        if isinstance(step, CopyPart) and reads[step.table].texts
        for problem in require_assembled([step.source_sql], reads[step.table].texts)
    ]
    if problems:
        raise RuleErrors(problems)


def _steps(
    layout: Layout,
    entries: Sequence[SchemaEntry],
    catalog: Catalog,
    resolution: Resolution,
    target_version: int,
    options: CopyOptions,
    found: Reading,
    notes: list[Note],
) -> Iterator[CopyStep]:
    tables = [t for t in catalog.tables.values() if t.extension is None and t.kind != "f"]
    indexes = [i for t in tables for i in t.indexes] + [
        i for found in catalog.materialized_view_indexes.values() for i in found
    ]
    created = {("INDEX", i.name.schema, i.name.name) for i in indexes}
    created |= {("INDEX ATTACH", i.name.schema, i.name.name) for i in indexes if i.parent}
    created |= {
        ("CONSTRAINT", t.name.schema, f"{t.name.name} {i.constraint}")
        for t in tables
        for i in t.indexes
        if i.constraint
    }
    created |= {("FK CONSTRAINT", t.name.schema, f"{t.name.name} {k.name}") for t in tables for k in t.foreign_keys}
    carried = frozenset(one.key for one in options.tolerated)
    late_ones = late_checks(catalog, carried)
    created |= set(late_ones.made())
    # A heading is one line, whatever the name.
    created = {(kind, _one_line(schema), _one_line(name)) for kind, schema, name in created}
    table_forms = {
        f"{schema}.{name}"
        for t in tables
        for schema in written_names(t.name.schema)
        for name in written_names(t.name.name)
    }

    lost = tuple(
        start for kind, table, name in carried if kind == "unique index" for start in comment_starts(table, name)
    )
    waiting = late_ones.comments()
    entries = [e for e in entries if not (lost and e.type == "COMMENT" and e.sql.startswith(lost))]

    def is_early(entry: SchemaEntry) -> bool:
        if waiting and entry.type == "COMMENT" and entry.sql.startswith(waiting):
            return False
        return not entry.is_post_data or (
            entry.type == "STATISTICS" and any(f" FROM {form};" in entry.sql for form in table_forms)
        )

    early = (*(e for e in entries if is_early(e)), *clearing(layout.of_extensions), *late_ones.drops())
    late = tuple(
        e for e in entries if not is_early(e) and e.type not in _LAST and (e.type, e.schema, e.name) not in created
    )
    last = tuple(e for e in entries if not is_early(e) and e.type in _LAST)
    # It comes before whatever else could begin, which is what reads and writes nothing on the target.
    yield CreateSchema(id="schema", entries=early, weight=FIRST)

    plans = {plan.table.name: plan for plan in layout.tables}
    with_rows = {name: plan for name, plan in plans.items() if plan.action in {"copy", "mask"}}
    at_the_end = filled_last(catalog)
    before_last = frozenset(read_before(catalog, layout.loaded, at_the_end)) if at_the_end else frozenset()
    readings: list[StepId] = []
    proofs: list[StepId] = []
    loaded: dict[TableName, frozenset[StepId]] = {}
    for table in (*layout.loaded, *layout.of_extensions):
        needs = frozenset(
            {
                "schema",
                *(f"copy {name}" for name in referenced_before(table, layout.of_extensions)),
                *(before_last if table.name in at_the_end else ()),
            }
        )
        copies = [
            replace(
                part, needs=needs, batch=batch_of(table, f"copy {sorted(part.written_by)}") if part.is_whole else ""
            )
            for part in copies_of(table, plans[table.name], layout.reads[table.name])
        ]
        yield from copies
        readings += [c.id for c in copies]
        done = frozenset(c.id for c in copies)
        # Loading frozen marks pages visible since 14.
        if len(copies) > 1 or target_version < 140000:
            vacuum = Vacuum(
                id=f"vacuum {table.name}",
                needs=done,
                weight=table.bytes,
                table=table.name,
                sql=f"VACUUM (FREEZE) {table.name.sql}",
            )
            yield vacuum
            done = frozenset({vacuum.id})
        loaded[table.name] = done
        if options.verify != "none":
            asked, proved = proof_of(
                table, plans[table.name], done, is_sample=options.verify == "sample", in_utf8=options.is_transcoded
            )
            yield from (asked, proved)
            readings.append(asked.id)
            proofs.append(proved.id)
            sought = questions(plans[table.name], with_rows, catalog)
            if not sought.is_idle:
                seek = SeekOriginals(
                    id=f"originals {table.name}",
                    table=table.name,
                    asked=sought,
                    guard_oid=table.oid,
                    batch=batch_of(table, "originals"),
                )
                yield seek
                readings.append(seek.id)
    predicates = {name: plan.predicate for name, plan in with_rows.items() if plan.table.has_storage}
    referred = {**dict.fromkeys(predicates), **found.subset.conditions} if found.subset is not None else None
    for join in joins(resolution, catalog, predicates, referred) if options.verify != "none" else ():
        guards = tuple((name, catalog.tables[name].oid) for name in join.tables)
        weight = catalog.tables[join.child[0]].bytes // 4
        yield CountJoin(id=f"joins {join.subject}", weight=weight, join=join, guards=guards)
        readings.append(f"joins {join.subject}")
    if catalog.large_objects and resolution.large_objects == "keep":
        yield CopyLargeObjects(id="large objects", needs=frozenset({"schema"}), count=catalog.large_objects)
        readings.append("large objects")
    # Before the source's event triggers exist, which might forbid it.
    yield DropLedger(id="ledger", needs=frozenset({"schema", *readings}))

    analyzed: dict[TableName, StepId] = {}
    keyed: dict[TableName, StepId] = {}
    all_loaded = frozenset().union(*loaded.values())
    for table in tables:
        builds, keys = index_steps(
            table, loaded.get(table.name, frozenset({"schema"})), catalog, notes, carried, all_loaded
        )
        yield from builds
        yield keys
        keyed[table.name] = keys.id
    for step, covered in analyze_steps(tables, catalog, keyed, target_version, notes):
        yield step
        analyzed.update(dict.fromkeys(covered, step.id))
    analyzed = {**keyed, **analyzed}
    key_steps: list[CopyStep] = list(foreign_key_steps(tables, catalog, analyzed, carried))
    # Each locks a table and its children, whole, which nobody may hold in another order: neither who proves tables by
    # the dozen nor who adds keys.
    key_steps += late_ones.steps(frozenset({*analyzed.values(), *proofs, *(step.id for step in key_steps)}), catalog)
    yield from key_steps
    # Row security that a table's owner is under, too, would hide its rows from whoever proves them.
    seen = frozenset(proofs if any(t.has_row_security and t.forces_row_security for t in tables) else ())
    finish = FinishSchema(
        id="finish", needs=frozenset(analyzed.values()) | {s.id for s in key_steps} | seen, entries=late
    )
    yield finish
    yield SetSequences(
        id="sequences",
        needs=frozenset({"schema", *readings}),
        sequences=tuple(
            s.name
            for s in (*catalog.sequences, *carried_sequences(catalog, layout.of_extensions))
            if not (s.is_unlogged and catalog.server.in_recovery)
        ),
        floors=found.floors,
    )
    refreshed: list[StepId] = []
    for view in in_order(catalog.materialized_views):
        step_id = f"matview {view.name}"
        yield RefreshMaterializedView(
            id=step_id,
            needs=frozenset({finish.id, *(f"matview {n}" for n in view.needs)}),
            weight=view.bytes,
            view=view.name,
            statements=tuple(refresh_statements(view, catalog, notes)),
        )
        refreshed.append(step_id)
    if len(refreshed) > 1:
        # The catalog does not say what a function reads.
        yield RefreshPostponed(id="matviews again", needs=frozenset(refreshed))
        refreshed.append("matviews again")
    yield FinishSchema(id="last", needs=frozenset({finish.id, "ledger", *refreshed}), entries=last)


def _with_attempts(steps: Sequence[CopyStep]) -> Iterator[CopyStep]:
    """*steps*, the first of which tries what the others will make of the schema."""
    for step in steps:
        yield replace(step, attempts=attempts(steps)) if isinstance(step, CreateSchema) else step


def _one_line(name: str) -> str:
    """*name* as pg_dump writes it in a heading."""
    return re.sub(r"[\r\n]", " ", name)
