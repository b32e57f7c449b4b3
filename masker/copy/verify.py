"""Verification of a preview that a run has finished with: by its marker alone, and against what a source still has of
its rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.copy.checks import asked_originals, originals_findings
from masker.copy.prepare import Prepared, prepared
from masker.copy.prove import AskAgain, AskTarget, Sessions, ask
from masker.copy.structure import against_source
from masker.copy.verify_subset import require_drawable, rewritten, rows_from_before
from masker.findings import Finding, Findings, Outcome
from masker.lanes.step import SeekOriginals
from masker.masks.numbers import Shapes
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect, parse_url, require_alive
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker, read_marker
from masker.postgres.originals import look
from masker.ruleset.frozen import read_numbers
from masker.ruleset.left_out import carried_condition
from masker.settings import Settings
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.tables.shown import Answers
from masker.tables.tolerated import read_carried
from masker.tables.witness import SEED_SETTING, Witness, WitnessedColumn, sieve, witness
from masker.verify.again import again_findings, older_rows
from masker.verify.checks import leftovers
from masker.verify.gate import check_gate, kept_numbers, key_id, strangeness
from masker.verify.guarded import not_answered
from masker.verify.joins import check_kept_joins
from masker.verify.kept import KeptProofs, KeptTable, Origin, read_proofs
from masker.verify.proofs import compare_evidence
from masker.verify.structure import about_target
from masker.verify.unchanged import check_unchanged
from masker.verify.witness import proof_settings

#: Transactions between a run and a verification after which the age of a row says nothing any more.
_MOST_TRANSACTIONS = 2**31 - 10_000_000


def verify_preview(settings: Settings) -> Findings:
    """Findings on the target, asked anew: against the marker of the run that filled it and, if a source is given,
    against that."""
    if settings.source:
        return _with_source(settings)
    target = parse_url(settings.target, Side.TARGET)
    with connect(target) as conn:
        marked = _marked(conn)
        if marked.proofs is None:
            return Findings(marked.findings)
        findings = (
            *marked.findings,
            *_alone(settings, target, conn, marked.record or {}, marked.proofs),
            *about_target(conn, marked.record or {}, level=settings.verify),
        )
        require_alive(conn, Side.TARGET, "it was verified")
        return Findings(findings)


def verify_gate(settings: Settings, *, unchanged: bool = False) -> Findings:
    """Whether the target carries a valid marker of its own, sealed with the key if one is given; with *unchanged* also
    what was written since."""
    target = parse_url(settings.target, Side.TARGET)
    with connect(target) as conn, server_errors(Side.TARGET, "its marker was read"):
        gate = check_gate(conn, settings.key)
        if not unchanged or not gate.is_good:
            return Findings((gate,))
        marker = read_marker(conn)
        return Findings((gate, *check_unchanged(conn, marker.record if marker else {})))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """What the target says of itself: *record* is None where no run has ended, *proofs* where it kept none."""

    findings: tuple[Finding, ...]
    record: Mapping[str, Any] | None = None
    proofs: KeptProofs | None = None


def _marked(conn: psycopg.Connection) -> _Marked:
    marker = read_marker(conn)
    problem: str | None = None
    if marker is None:
        problem = "the target carries no marker: no run of masker has filled it"
    elif marker.state == "unverified":
        problem = f"run {marker.run} has published it without proof of its rows (--verify none)"
    elif marker.state != "verified":
        problem = f"run {marker.run} began to fill it and has not ended well"
    elif not marker.is_its_own:
        problem = f"the marker of run {marker.run} was copied here from another database"
    else:
        with server_errors(Side.TARGET, "its marker was compared with its tables"):
            problem = strangeness(conn, marker)
    about = Finding(
        check="marker",
        subject="the run that filled the target",
        outcome=Outcome.FAILED if problem else Outcome.PASSED,
        detail=problem or "",
    )
    if marker is None or marker.state not in {"verified", "unverified"}:
        return _Marked(findings=(about,))
    proofs = read_proofs(marker.record)
    if proofs is None:
        detail = f"run {marker.run} kept no proofs, as masker did before it had any; fill it anew"
        kept = Finding(check="proof", subject="the rows of all tables", outcome=Outcome.NOT_RUN, detail=detail)
        return _Marked(findings=(about, kept), record=marker.record)
    return _Marked(findings=(about,), record=marker.record, proofs=proofs)


def _alone(
    settings: Settings, endpoint: Endpoint, conn: psycopg.Connection, record: Mapping[str, Any], proofs: KeptProofs
) -> Iterator[Finding]:
    """Rows, what they refer to and leftovers, which the target shows of itself."""
    with server_errors(Side.TARGET, "its catalog was read"):
        catalog = read_catalog(conn)
    yield from _kept(settings, endpoint, catalog, proofs)
    yield from _emptied(conn, catalog, proofs)
    yield from check_kept_joins(conn, record, catalog)
    yield from leftovers(conn)


def _kept(settings: Settings, endpoint: Endpoint, catalog: Catalog, proofs: KeptProofs) -> Iterator[Finding]:
    """Every table against what the marker keeps of it."""
    known = {
        name: found
        for name, table in proofs.tables.items()
        if (found := _questions(name, table, catalog, proofs)) is not None
    }
    steps = [
        AskTarget(id=str(name), weight=catalog.tables[name].bytes, witness=asked, sieve=proofs.tables[name].said.sieve)
        for name, asked in known.items()
    ]
    answers = ask(steps, Sessions(target=endpoint, settings=proofs.settings), settings.workers)
    for name, table in proofs.tables.items():
        asked = known.get(name)
        if asked is None:
            yield _failed("rows", str(name), "the table, or a column of it, is not what it was when the run ended")
            continue
        yield from compare_evidence(
            asked, table.said, answers.said.get(name), whose="the run's", why_not=answers.unsaid.get(str(name))
        )
        if settings.verify == "full" and table.said.proved < table.said.rows and not settings.source:
            yield Finding(
                check="proof",
                subject=str(name),
                outcome=Outcome.NOT_RUN,
                detail=(
                    f"the run proved {table.said.proved:,} of its {table.said.rows:,} rows; for the others give"
                    " --source, or fill it anew with --verify full"
                ),
            )


def _questions(name: TableName, table: KeptTable, catalog: Catalog, proofs: KeptProofs) -> Witness | None:
    found = catalog.tables.get(name)
    columns = [found.column(column) for column in table.columns] if found is not None else [None]
    if None in columns:
        return None
    return Witness(
        table=name,
        columns=tuple(WitnessedColumn(name=c.name, type=c.type) for c in columns if c is not None),
        key=table.key,
        in_utf8=proofs.in_utf8,
        carried=carried_condition(catalog.tables[name]),
    )


def _emptied(conn: psycopg.Connection, catalog: Catalog, proofs: KeptProofs) -> Iterator[Finding]:
    for name in proofs.emptied:
        if name not in catalog.tables:
            yield _failed("rows", str(name), "the table is gone")
            continue
        try:
            row = conn.execute(
                sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(name.schema, name.name))
            ).fetchone()
        except psycopg.Error as error:
            yield not_answered("rows", str(name), error)
            continue
        found = int(row[0]) if row else 0
        yield (
            _failed("rows", str(name), f"{found:,} rows found, 0 expected")
            if found
            else Finding(check="rows", subject=str(name), outcome=Outcome.PASSED)
        )


def _with_source(settings: Settings) -> Findings:
    with connect(parse_url(settings.target, Side.TARGET)) as target:
        marker = read_marker(target)
    instant = marker.record.get("instant") if marker is not None else None
    drawn = marker.record.get("drawn") if marker is not None else None
    frozen = {**kept_numbers(marker, None), **_frozen_anew(settings, marker)}
    require_drawable(settings, marker)
    with (
        prepared(
            replace(settings, publish="direct"),
            writes=False,
            instant=instant,
            foresees=False,
            frozen=frozen,
            drawn=drawn,
            among=rows_from_before(marker),
        ) as ready,
        connect(ready.target) as target,
    ):
        marked = _marked(target)
        if marked.record is None:
            return Findings(marked.findings)
        owners, grants = bool(marked.record.get("owners")), bool(marked.record.get("grants"))
        # What the run has carried, whatever has become of the source's rows since.
        plan = replace(ready.plan, tolerated=read_carried(marked.record))
        # What its own migration has made is not the source's, and was not to be.
        migrated = {(check, subject) for check, subject in marked.record.get("migrated", ())}
        structure = against_source(ready.keeper, target, plan, owners=owners, grants=grants)
        findings = [
            *marked.findings,
            *(each for each in structure if each.is_good or (each.check, each.subject) not in migrated),
        ]
        findings += about_target(
            target, marked.record, told=frozenset(f.subject for f in findings if not f.is_good), level=settings.verify
        )
        if marked.proofs is None:
            return Findings((*findings, *leftovers(target)))
        findings += _alone(settings, ready.target, target, marked.record, marked.proofs)
        findings += _with_rules(settings, ready, marked.record, marked.proofs)
        require_alive(target, Side.TARGET, "it was verified")
        require_alive(ready.keeper, Side.SOURCE, "the target was verified")
    return Findings(tuple(findings))


def _frozen_anew(settings: Settings, marker: Marker | None) -> Shapes:
    """What is frozen beside the rules for runs with the key of the one that filled the target; runs with another key,
    or none, have frozen it for other previews."""
    is_its_key = marker is not None and settings.key is not None and marker.record.get("key") == key_id(settings.key)
    return read_numbers(settings.rules) if is_its_key else {}


def _with_rules(
    settings: Settings, ready: Prepared, record: Mapping[str, Any], proofs: KeptProofs
) -> Iterator[Finding]:
    """What production still has of the rows that the run has read, masked by the same rules."""
    if _digests(record).get("rules") != ready.rules_digest:
        yield _failed(
            "rules",
            "as the run had them",
            "they are others now, so that what the target must hold is, too; fill it anew",
        )
        return
    yield Finding(check="rules", subject="as the run had them", outcome=Outcome.PASSED)
    condition, problem = _condition(ready, proofs.origin)
    if condition is not None and record.get("subset") != ready.subset:
        condition, problem = None, "the subset follows other references now than it did in the run; fill it anew"
    if condition is None:
        yield Finding(check="source", subject="the rows of all tables", outcome=Outcome.NOT_RUN, detail=problem or "")
        return
    has_key = settings.key is not None and record.get("key") == key_id(settings.key)
    steps = [
        step
        for table in ready.plan.tables
        if (step := _asking(table, proofs, condition, settings, has_key=has_key)) is not None
    ]
    bindings = {**ready.bindings, SEED_SETTING: proofs.settings[SEED_SETTING]}
    sessions = Sessions(
        target=ready.target, settings=proof_settings(bindings), open_source=lambda: _joined(ready, bindings)
    )
    answers = ask(steps, sessions, settings.reading_lanes)
    sought = _sought(ready, bindings, condition)
    asked_of, tables = asked_originals(ready.plan), {table.table.name: table for table in ready.plan.tables}
    with contextlib.closing(_joined(ready, bindings)) as conn:
        gone = rewritten(ready.plan, conn)
    for step in steps:
        if step.witness.table in gone:
            yield Finding(
                check="source",
                subject=str(step.witness.table),
                outcome=Outcome.NOT_RUN,
                detail="it was rewritten on the source while its rows were compared; verify again",
            )
            continue
        if (again := answers.again.get(step.witness.table)) is None:
            yield Finding(
                check="source",
                subject=str(step.witness.table),
                outcome=Outcome.NOT_RUN,
                detail=answers.unsaid.get(step.id, "it was not asked"),
            )
            continue
        yield from again_findings(step.witness, again)
        name = step.witness.table
        yield from originals_findings(tables[name], step.witness, again.unchanged, sought, is_asked=name in asked_of)


def _sought(ready: Prepared, bindings: Mapping[str, str], condition: str) -> Mapping[TableName, Answers]:
    """What the source says of originals in rows that are older than the run; of a table that it could not be asked
    about, nothing."""
    found: dict[TableName, Answers] = {}
    with contextlib.closing(_joined(ready, bindings)) as conn:
        for step in ready.plan.steps:
            if isinstance(step, SeekOriginals):
                with contextlib.suppress(psycopg.Error), conn.transaction():
                    found[step.table] = look(conn, step.asked, condition=condition)
    return found


def _asking(
    table: TablePlan, proofs: KeptProofs, condition: str, settings: Settings, *, has_key: bool
) -> AskAgain | None:
    """The question about *table*; None where its rows can be told apart only by masked values, and the masks' key is
    not there."""
    if table.action not in {"copy", "mask"}:
        return None
    asked = witness(table.table, table, in_utf8=proofs.in_utf8)
    if not has_key and (asked.has_masked_key or (not asked.key and asked.masked)):
        return None
    kept = proofs.tables.get(table.table.name)
    rows = kept.said.rows if kept is not None else 0
    return AskAgain(
        id=str(table.table.name),
        weight=table.table.bytes,
        witness=asked,
        sieve=sieve(rows),
        is_whole=settings.verify == "full",
        condition=condition,
        masks=has_key or not asked.masked,
    )


def _condition(ready: Prepared, origin: Origin | None) -> tuple[str | None, str | None]:
    """Which rows of the source are older than the run, as SQL, or why that cannot be told."""
    server = ready.catalog.server
    if origin is None:
        return None, "the run masked the target where it stands and has read no source; leave --source out"
    identifier = str(server.system_identifier) if server.system_identifier is not None else None
    if (
        identifier is not None and origin.system_identifier not in {None, identifier}
    ) or server.database_oid != origin.database_oid:
        return None, "the run has read another database than --source names; give that one, or leave --source out"
    if not 0 <= ready.horizon - origin.horizon < _MOST_TRANSACTIONS:
        return None, "too many transactions have passed since the run for the age of a row to be told; fill it anew"
    return older_rows(origin.horizon), None


def _joined(ready: Prepared, bindings: Mapping[str, str]) -> psycopg.Connection:
    """A session in the snapshot that the keeper holds, with *bindings*, of which the seed is the run's."""
    conn = connect(ready.source, settings={"client_encoding": ready.client_encoding, **bindings})
    try:
        with server_errors(Side.SOURCE, "a lane joined the snapshot"):
            ready.hold.join(conn, ready.snapshot)
    except BaseException:
        conn.close()
        raise
    return conn


def _digests(record: Mapping[str, Any] | None) -> Mapping[str, str]:
    found: Mapping[str, str] = (record or {}).get("digests", {})
    return found


def _failed(check: str, subject: str, detail: str) -> Finding:
    return Finding(check=check, subject=subject, outcome=Outcome.FAILED, detail=detail)
