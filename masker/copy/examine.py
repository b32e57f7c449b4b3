"""The source and the rules held against each other: the one way for whatever plans a copy, and for whoever only wants
the rules checked.

All that is wrong is told in one round. What is wrong with the rules, or can be mended in them, ends a run as the rules'
problem; what is wrong with the source alone as the source's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import psycopg

from masker.catalog.types import Catalog
from masker.copy.reading import Reading, as_readable, reading, table_plans
from masker.errors import ManyProblems, MaskerError, Problem, RuleErrors, SourceError
from masker.masks.numbers import Shapes
from masker.masks.sql.bindings import derive
from masker.names import TableName
from masker.notes import Note
from masker.postgres.agreement import disagreements
from masker.postgres.bare_path import without_path
from masker.postgres.document_paths import against_documents
from masker.postgres.drawn import drawn_values
from masker.postgres.envelopes import against_ciphertexts
from masker.postgres.errors import server_errors
from masker.postgres.half_detached import finalize, half_detached
from masker.postgres.keyring import holding
from masker.postgres.pools import Frozen, Shaped, shape
from masker.postgres.probe import probe
from masker.postgres.probe_classes import probe_classes
from masker.postgres.probe_originals import probe_originals
from masker.postgres.ranges import ranges
from masker.postgres.unmade import Unmakeable
from masker.ruleset.left_out import is_carried
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution, RuleSet
from masker.sides import Side
from masker.tables.entries import entries_of
from masker.tables.plan import TablePlan
from masker.tables.tolerated import Carried, uncarriable
from masker.verify.long_values import long_values
from masker.verify.own_rows import own_rows
from masker.verify.tolerated import Tolerated, tolerated


class SourceUnfit(ManyProblems, SourceError):
    """What is wrong with the source itself, all of it."""

    exit_code = SourceError.exit_code
    code = SourceError.code

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"source: {count} problem{'s' if count != 1 else ''} of its own, nothing was started", problems
        )


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What the rules come to on the source: *known* are the values that they take from elsewhere, the lists that are
    *drawn* from its rows among them, *values* those of the
    settings that masks read.

    *errors* are all that keep a copy from being made so; *carried* is what the source's own rows break and the rules
    tolerate, *shapes* what steers draws from lists.
    """

    resolution: Resolution
    reading: Reading
    known: Mapping[str, str] = field(repr=False)
    drawn: Mapping[str, str] = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    notes: tuple[Note, ...] = ()
    errors: tuple[MaskerError, ...] = ()
    carried: tuple[Carried, ...] = ()
    shapes: Shapes = field(default_factory=dict)


def examine(
    conn: psycopg.Connection,
    ruleset: RuleSet,
    catalog: Catalog,
    key: bytes,
    known_of: Callable[[Resolution], Mapping[str, str]],
    *,
    foresees: bool = True,
    target_version: int | None = None,
    frozen: Frozen | None = None,
    drawn: Mapping[str, str] | None = None,
) -> Examined:
    """*ruleset* against the source of *conn*, which is in a transaction whose snapshot *catalog* was read in.
    *foresees*: what would keep a copy of it from ending well, whatever the rules, is looked for. *target_version* is
    the target's, None where there is none. What steers draws from lists is measured beside what is *frozen* of it, None
    if only the rules are in question. *drawn* are the lists that masks draw from, None to draw them now.

    Raises SourceError where the role may not read all of it.
    """
    decided = resolve(ruleset, catalog)
    _require_readable(catalog, decided)
    resolution = against_documents(conn, decided, Side.SOURCE)
    resolution = against_ciphertexts(conn, resolution, catalog, ruleset.facts, Side.SOURCE)
    if resolution.large_objects == "keep":
        _require_readable_large_objects(catalog)
    problems: list[Problem] = []
    known: Mapping[str, str]
    try:
        known = known_of(resolution)
    except RuleErrors as missing:
        problems += (p for p in missing.problems if p not in resolution.problems)
        known = defaultdict(str)
    readable = as_readable(catalog, resolution)
    lists: Mapping[str, str] = {}
    try:
        lists = drawn if drawn is not None else drawn_values(conn, readable, catalog, Side.SOURCE)
    except RuleErrors as undrawn:
        problems += undrawn.problems
    known = defaultdict(str, {**known, **lists})
    shaped = (
        shape(conn, readable, catalog, frozen, Side.SOURCE)
        if frozen is not None
        else Shaped(shapes=ranges(conn, readable, catalog, {}, Side.SOURCE, is_all=False).shapes)
    )
    found = reading(catalog, readable, known, shaped.shapes)
    problems += found.problems
    pathless = without_path(conn, catalog, Side.SOURCE) if foresees else {}
    # What an index keeps from being read with an empty path has no mask that could be tried.
    plans = [plan for plan in table_plans(catalog, readable, found.tables) if plan.table.name not in pathless]
    values = derive(key, found.bindings.used)
    # What describes the source afterwards does so under masker's own settings.
    with holding(conn, values, values.keys()):
        unknown = list(probe_classes(conn, readable.tables, Side.SOURCE))
        tried = [*unknown, *probe(conn, _without(plans, unknown), values, entries=partial(entries_of, found.tables))]
        fine = _without(plans, [*problems, *tried])
        shown, notes = probe_originals(conn, fine, catalog, values)
        problems += [*tried, *shown, *disagreements(conn, found.groups, fine, values, Side.SOURCE)]
    own = [*_own_problems(conn, catalog), *own_rows(conn, catalog, plans, resolution.tolerate)] if foresees else []
    let_stand = tolerated(conn, catalog, plans, resolution.tolerate, values) if foresees else Tolerated()
    own += uncarriable(catalog, let_stand.carried, target_version)
    unmakeable = [problem for found_there in pathless.values() for problem in found_there]
    errors: list[MaskerError] = [
        *([Unmakeable(unmakeable)] if unmakeable else []),
        *([RuleErrors(problems)] if problems else []),
        *([SourceUnfit(own)] if own else []),
    ]
    return Examined(
        resolution=resolution,
        reading=found,
        known=known,
        drawn=lists,
        values=values,
        notes=(*notes, *shaped.notes, *let_stand.notes, *(long_values(conn, plans) if foresees else ())),
        errors=tuple(errors),
        carried=let_stand.carried,
        shapes=shaped.shapes,
    )


def _without(plans: Iterable[TablePlan], problems: Sequence[Problem]) -> list[TablePlan]:
    """The tables of which nothing is wrong so far: what rests on a rule that has to change says little."""
    subjects = [problem.subject for problem in problems]
    return (
        [plan for plan in plans if not any(_is_of(plan.table.name, subject) for subject in subjects)]
        if subjects
        else list(plans)
    )


def _is_of(table: TableName, subject: str) -> bool:
    return subject == str(table) or subject.startswith((f"{table}.", f"{table}:"))


def _own_problems(conn: psycopg.Connection, catalog: Catalog) -> Iterator[Problem]:
    if not any(table.is_partition for table in catalog.tables.values()):
        return
    with server_errors(Side.SOURCE, "looking for partitions that are half detached"):
        pending = half_detached(conn)
    for parent, partition in pending:
        yield Problem(
            str(partition),
            f"a DETACH PARTITION … CONCURRENTLY from {parent} was begun on the source and not ended: a copy would"
            " attach it again and show its rows twice over",
            f"end it on the source: {finalize(parent, partition)}",
        )


def _require_readable(catalog: Catalog, resolution: Resolution) -> None:
    """All tables the role may not read, or not read whole, at once."""
    own = [t for t in catalog.tables.values() if t.extension is None or is_carried(resolution.tables[t.name])]
    refused = [str(t.name) for t in own if not t.can_select] + [
        f"{s.name} (sequence)" for s in catalog.sequences if not s.can_select
    ]
    if refused:
        raise SourceError(
            f"source: the role {catalog.server.user} may not read {len(refused)} of its tables and sequences:"
            f" {', '.join(refused)}",
            hint="GRANT pg_read_all_data TO the role, or SELECT on each",
        )
    hidden = [str(t.name) for t in own if t.hides_rows]
    if hidden:
        raise SourceError(
            f"source: row security would hide rows of {len(hidden)} table{'s' if len(hidden) > 1 else ''} from the role"
            f" {catalog.server.user}: {', '.join(hidden)}",
            hint="copy as the tables' owner or as a role with BYPASSRLS; fewer rows than there are is not a copy",
        )


def _require_readable_large_objects(catalog: Catalog) -> None:
    if count := catalog.unreadable_large_objects:
        raise SourceError(
            f"source: the role {catalog.server.user} may not read {count:,} of {catalog.large_objects:,} large objects,"
            " which pg_read_all_data does not include",
            hint=(
                "read as their owner, GRANT SELECT ON LARGE OBJECT … TO the role, or leave them out with"
                " `large_objects: none`"
            ),
        )
