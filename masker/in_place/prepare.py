"""From settings to a plan of masking in place: the target looked at, the rules resolved, the masks tried. Nothing is
changed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import psycopg

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.errors import RuleErrors
from masker.in_place.already import masked_already
from masker.in_place.audit import audit_like
from masker.in_place.facts import Facts
from masker.in_place.layout import MaskOptions
from masker.in_place.locks import Locks
from masker.in_place.plan import build_mask_plan, groups
from masker.in_place.reach import planned
from masker.in_place.resume import Resumed, left_behind, touched
from masker.in_place.rights import require_rights
from masker.in_place.room import Room
from masker.in_place.server.dependents import read_facts
from masker.in_place.server.residue import UNREACHED, beside, schema_texts
from masker.in_place.server.rewrite import create_functions
from masker.in_place.steps import FillViews, MaskPlan
from masker.masks.numbers import Shapes
from masker.masks.sql.bindings import INSTANT, derive
from masker.names import TableName
from masker.notes import Note
from masker.postgres.agreement import disagreements
from masker.postgres.apart import apart_from_roles, given
from masker.postgres.bare_path import without_path
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.document_paths import against_documents
from masker.postgres.drawn import drawn_values
from masker.postgres.envelopes import against_ciphertexts
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker, read_marker
from masker.postgres.pools import Frozen, Shaped, shape
from masker.postgres.probe import probe
from masker.postgres.probe_classes import probe_classes
from masker.postgres.probe_originals import probe_originals
from masker.postgres.statistics import shape_notes
from masker.postgres.unmade import Unmakeable
from masker.ruleset.frozen import numbers_path, read_numbers
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.secrets import known_values
from masker.ruleset.types import Resolution
from masker.settings import InPlaceOptions, Settings
from masker.sides import Side
from masker.signing.check import Signed, signed_rules
from masker.tables.witness import SEED_SETTING
from masker.verify.gate import kept_numbers, numbers_of_run
from masker.verify.guard import guard_in_place, role_notes
from masker.verify.long_values import long_values
from masker.verify.witness import proof_settings

_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class PreparedInPlace:
    """A plan for masking in place and the session it was made in. *resumed* is the run it goes on with.

    *instant* is the one time that rules mean by ``now()``, *seed* that of the digests rows are proved by,
    *shapes* what steers draws from lists.
    """

    settings: Settings
    options: InPlaceOptions
    target: Endpoint
    conn: psycopg.Connection
    catalog: Catalog
    facts: Facts
    resolution: Resolution
    plan: MaskPlan
    key: bytes = field(repr=False)
    bindings: Mapping[str, str] = field(repr=False)
    instant: str
    seed: str
    shapes: Shapes
    drawn: Mapping[str, str] = field(repr=False)
    resumed: Resumed | None
    notes: tuple[Note, ...]
    signed: Signed | None = None

    @property
    def proof_settings(self) -> Mapping[str, str]:
        """What a session has to have for digests of rows to be those of the run."""
        return proof_settings({**self.bindings, SEED_SETTING: self.seed})


@contextlib.contextmanager
def prepared_in_place(settings: Settings, options: InPlaceOptions, *, writes: bool = True) -> Iterator[PreparedInPlace]:
    """The plan of masking in place, with the session it was made in. Nothing is changed. Without *writes*, most of what
    keeps a run from writing to this target is a note of the plan.

    Raises UsageError, SourceError, RuleErrors, TargetError or Refused, whichever comes first.
    """
    target = parse_url(settings.target, Side.TARGET)
    ruleset = read_rules(settings.rules, settings.schema)
    with connect(target) as conn:
        warnings = (*guard_in_place(settings, conn, target, writes=writes), *role_notes(conn))
        with server_errors(Side.TARGET, "its catalog was read"):
            catalog = read_catalog(conn)
            facts = read_facts(conn)
        resolution = resolve(ruleset, catalog, in_place=True)
        require_rights(conn, catalog, resolution)
        resolution = against_documents(conn, resolution, Side.TARGET)
        resolution = against_ciphertexts(conn, resolution, catalog, ruleset.facts, Side.TARGET)
        signed, unsigned = signed_rules(
            settings.rules, resolution, required=settings.require_signed, signers=settings.allowed_signers
        )
        if unsigned is not None and writes:
            raise unsigned
        told = signed.notes() if signed is not None else ()
        refusal = (Note(subject="signing", text=unsigned.told_as_note()),) if unsigned is not None else ()
        key = settings.key or secrets.token_bytes(_KEY_BYTES)
        marker = read_marker(conn)
        resumed = left_behind(conn, marker)
        # Before anything is held against its rows: what masks have made looks like originals to the same masks.
        is_masked = masked_already(conn, target.database, marker, resumed, resolution, again=options.again)
        if is_masked is not None and writes:
            raise is_masked
        drawn = (
            resumed.record.get("drawn", {})
            if resumed is not None
            else drawn_values(conn, replace(resolution, tables=planned(resolution.tables)), catalog, Side.TARGET)
        )
        known = {**known_values(resolution, os.environ, key), INSTANT: _instant(conn, resumed), **drawn}
        populated = frozenset(TableName(*name) for name in resumed.record["populated"]) if resumed else None
        crowded = frozenset(TableName(*name) for name in resumed.record.get("crowded", ())) if resumed else None
        short = frozenset(TableName(*name) for name in resumed.record.get("short_of_locks", ())) if resumed else None
        shaped = _shaped(settings, conn, catalog, resolution, marker, resumed)
        locks = Locks(slots=catalog.server.lock_slots, short=short)
        room = Room(free_bytes=settings.free_bytes, crowded=crowded)
        plan = build_mask_plan(
            catalog,
            resolution,
            facts,
            MaskOptions(
                workers=settings.workers,
                batch_rows=options.batch_rows,
                known=known,
                populated=populated,
                room=room,
                locks=locks,
                stem=f"x{secrets.token_hex(8)}_",
                verify=settings.verify,
                shapes=shaped.shapes,
            ),
        )
        plan = replace(plan, notes=(*warnings, *plan.notes, *shaped.notes))
        bindings = derive(key, plan.bindings)
        with server_errors(Side.TARGET, "masks were tried on a few rows"):
            create_functions(conn)
        begun = touched(resumed) if resumed else frozenset()
        unchanged = {name: decision for name, decision in resolution.tables.items() if name not in begun}
        if problems := list(probe_classes(conn, unchanged, Side.TARGET)):
            raise RuleErrors(problems)
        waiting = [place.plan for place in plan.places if place.strategy != "keep"]
        # Views are filled under the database's own settings, which only older servers heed.
        filled = {
            view.view
            for step in plan.steps
            if isinstance(step, FillViews)
            for view in step.views
            if catalog.server.major >= 17
        }
        changed = filled | {table.table.name for table in waiting}
        if unmakeable := [
            p
            for name, problems in without_path(conn, catalog, Side.TARGET).items()
            if name in changed
            for p in problems
        ]:
            raise Unmakeable(
                unmakeable,
                "the target cannot be masked: of {} of its schema nothing can be made anew; nothing was changed",
            )
        updated = {place.table.name for place in plan.places if place.strategy == "batches"}
        tried = probe(conn, waiting, bindings, Side.TARGET, updated)
        if problems := tried or disagreements(conn, groups(catalog, resolution), waiting, bindings, Side.TARGET):
            raise RuleErrors(problems)
        untouched = [place.plan for place in plan.places if place.table.name not in begun and is_masked is None]
        shown, about_shown = probe_originals(conn, untouched, catalog, bindings, Side.TARGET)
        if shown:
            raise RuleErrors(shown)
        with server_errors(Side.TARGET, "its schema's texts were read"):
            others = apart_from_roles(given(conn, target.database), target.database)
            notes = (
                *told,
                *refusal,
                *([Note(subject="refused", text="; ".join(is_masked.lines()))] if is_masked is not None else []),
                *plan.notes,
                *(shape_notes(conn, resolution, Side.TARGET) if resumed is None else ()),
                *about_shown,
                *long_values(conn, untouched, Side.TARGET),
                *others,
                *audit_like(catalog, resolution),
                *schema_texts(conn),
                *beside(conn),
                UNREACHED,
            )
        yield PreparedInPlace(
            settings=settings,
            options=options,
            target=target,
            conn=conn,
            catalog=catalog,
            facts=facts,
            resolution=resolution,
            plan=plan,
            key=key,
            bindings=bindings,
            instant=known[INSTANT],
            seed=_seed(resumed),
            shapes=shaped.shapes,
            drawn=drawn,
            resumed=resumed,
            notes=notes,
            signed=signed,
        )


def _shaped(
    settings: Settings,
    conn: psycopg.Connection,
    catalog: Catalog,
    resolution: Resolution,
    marker: Marker | None,
    resumed: Resumed | None,
) -> Shaped:
    """What steers draws from lists: what the run has begun with, else what is frozen or the target's own numbers before
    it is masked."""
    own = replace(resolution, tables=planned(resolution.tables))
    if resumed is not None:
        return Shaped(shapes=numbers_of_run(resumed.record, resumed.run))
    beside = read_numbers(settings.rules)
    kept = kept_numbers(marker, settings.key) if settings.key is not None else {}
    where = str(numbers_path(settings.rules)) if beside or not kept else "the target's marker"
    return shape(conn, own, catalog, Frozen(shapes={**kept, **beside}, where=where), Side.TARGET)


def _seed(resumed: Resumed | None) -> str:
    """The seed of the digests that rows are proved by: chance, bound to no key."""
    if resumed is not None and "proofs" in resumed.record:
        return str(resumed.record["proofs"][1])
    return str(int.from_bytes(secrets.token_bytes(8), signed=True))


def _instant(conn: psycopg.Connection, resumed: Resumed | None) -> str:
    """The time that rules mean by ``now()``: that of the run's first beginning."""
    if resumed is not None and "instant" in resumed.record:
        return str(resumed.record["instant"])
    with server_errors(Side.TARGET, "it was asked for the time"):
        row = conn.execute("SELECT now()::text").fetchone()
    return str(row[0]) if row else ""
