"""A bucket pair opened and compared: clients, settings of both buckets, the folder of its state, the plan. Nothing is
written to either."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from masker.buckets.client.backends import elsewhere, open_backend, open_clients, share_of
from masker.buckets.client.clients import bucket_behind
from masker.buckets.client.control import controlled
from masker.buckets.client.traffic import Traffic
from masker.buckets.diff import Op, Totals, key_filter
from masker.buckets.endpoints import is_one_storage
from masker.buckets.events import Compared, Comparing, PairPlanned, SyncListener
from masker.buckets.files.ledger import PlanFile, write_plan
from masker.buckets.files.state import PairState
from masker.buckets.found import Found, Looking, found_by_workers, found_here, found_later
from masker.buckets.inventory.fetch import TakenStock, taken_stock
from masker.buckets.inventory.listing import Stock
from masker.buckets.listing.comparison import AclCheck
from masker.buckets.lock import TargetLock
from masker.buckets.objects import TO_OWNER, Acl
from masker.buckets.pairs import require_apart
from masker.buckets.plan import PLAN_AGE, PLAN_SKEW, SyncPlan
from masker.buckets.preflight import Facts, read_facts
from masker.buckets.settings import BucketPair, SyncSettings
from masker.buckets.since.session import Since, since_last
from masker.buckets.workers.executors import Workers, open_workers
from masker.buckets.workers.sharing import Shared
from masker.buckets.workers.tasks import PairWork
from masker.errors import Refused, UsageError
from masker.notes import Note
from masker.runs import new_run, run_of_pair

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from masker.buckets.attachments.open import OpenScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a pair is worked on with, open until it is done with."""

    source_client: S3Client
    target_client: S3Client
    traffic: Traffic
    state: PairState
    shared: Shared | None
    taken: TakenStock | None
    scope: OpenScope | None
    since: Since | None

    @property
    def stock(self) -> Stock | None:
        """The inventory that stands in for a listing of the source."""
        return self.taken.stock if self.taken else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One pair that was compared: what was *asked*, what was found, and the plan. *own_seen* are keys of
    locks and seals found in the target, *lock* is the run's own once it holds one."""

    asked: BucketPair
    session: Session
    started: float
    facts: Facts
    plan: SyncPlan
    file: PlanFile
    own_seen: frozenset[str]
    lock: TargetLock | None = None

    @property
    def is_listed(self) -> bool:
        """Whether all of the target was looked at, not only what a record or a stored plan names."""
        return not self.plan.went_by_record and self.plan.stored_by is None

    def written_keys(self) -> Iterator[str]:
        """Keys that the plan has something done to in the target, in order."""
        ops = [Op.COPY, Op.PLACEHOLDER, Op.ACL, *([Op.DELETE] if self.plan.deletions else [])]
        return (change.key for change in self.file.changes(*ops))

    @property
    def is_later(self) -> bool:
        """Whether what there is to do is not known before the database of its scope is there."""
        return self.plan.went_by_record and self.asked.later is not None

    @property
    def may_write(self) -> bool:
        """Whether something is written to the target: objects, or at least the seal of the run's record."""
        return self.plan.has_work or (self.session.since is not None and self.session.since.is_fit)


@contextlib.contextmanager
def planned(settings: SyncSettings, listener: SyncListener) -> Iterator[list[Pair]]:
    """Every pair compared, its plan kept in the run's folder; neither bucket is written to."""
    run = settings.run or new_run()
    require_apart(settings.pairs)
    # Workers end first, while everything they work on is still held.
    with contextlib.ExitStack() as stack, open_workers(settings.executor) as workers:
        yield [
            _planned(pair, run_of_pair(run, number), settings, listener, stack, workers)
            for number, pair in enumerate(settings.pairs, 1)
        ]


def _refuse_overlap(pair: BucketPair, source: S3Client, target: S3Client) -> None:
    """Compare where both sides are as the clients have come to it: flags, profiles and the environment each may say
    so."""
    if not is_one_storage(source.meta.endpoint_url, target.meta.endpoint_url):
        raise UsageError(
            f"{pair.source} and {pair.target}: lie at different endpoints ({source.meta.endpoint_url},"
            f" {target.meta.endpoint_url})",
            hint="copies are made by the storage itself, so both buckets have to be at one",
        )
    if pair.source.overlaps(pair.target) or bucket_behind(pair.source_access, pair.source.bucket) == pair.target.bucket:
        raise Refused(
            f"{pair.target}: overlaps the source {pair.source}",
            hint="name two buckets, or prefixes of which none contains the other",
        )


def _planned(
    pair: BucketPair,
    run: str,
    settings: SyncSettings,
    listener: SyncListener,
    stack: contextlib.ExitStack,
    workers: Workers | None,
) -> Pair:
    started = time.monotonic()
    clients = open_clients(pair, settings.concurrency)
    _refuse_overlap(pair, *clients)
    facts = read_facts(
        pair,
        controlled(clients[0], str(pair.source), base_s=settings.retry_base_s),
        controlled(clients[1], str(pair.target), base_s=settings.retry_base_s),
    )
    facts = replace(facts, notes=(*elsewhere(pair, *clients), *facts.notes))
    session = stack.enter_context(_opened(pair, run, settings, facts, clients, workers))
    own_seen: set[str] = set()
    if settings.apply is not None:
        plan, file = _stored_plan(settings.apply, pair)
        _require_same_scope(settings.apply, plan, session.scope)
        # Executed under the name of this run, with the buckets as they are now.
        plan = replace(plan, run=run, stored_by=plan.run, keeps_versions=facts.versioning == "on")
    else:
        plan, file = _compare(pair, settings, listener, run, facts, session, own_seen)
    return Pair(
        asked=pair,
        session=session,
        started=started,
        facts=facts,
        plan=plan,
        file=file,
        own_seen=frozenset(own_seen),
    )


@contextlib.contextmanager
def _opened(
    pair: BucketPair,
    run: str,
    settings: SyncSettings,
    facts: Facts,
    clients: tuple[S3Client, S3Client],
    workers: Workers | None,
) -> Iterator[Session]:
    with contextlib.ExitStack() as stack:
        backend = open_backend(
            settings.client, *clients, settings.concurrency, requester_pays=pair.target_access.requester_pays
        )
        stack.callback(backend.close)
        state = PairState(settings.state, pair.source, pair.target, run)
        stack.callback(state.close)
        if pair.scope is not None and workers:
            raise UsageError(
                "scope: active_storage goes with --executor local only", hint="leave out --executor for this pair"
            )
        scope = _open_scope(pair, state, stack)
        taken = stack.enter_context(taken_stock(pair, state.folder)) if settings.apply is None else None
        ask = [
            (controlled(client, str(location), base_s=settings.retry_base_s), client)
            for client, location in zip(clients, (pair.source, pair.target), strict=True)
        ]
        since = stack.enter_context(since_last(pair, settings, state.folder, facts.acl, ask))
        yield Session(
            source_client=clients[0],
            target_client=clients[1],
            traffic=Traffic(backend, base_s=settings.retry_base_s),
            state=state,
            shared=Shared(workers, _work(pair, settings, facts, workers.count)) if workers else None,
            taken=taken,
            scope=scope,
            since=since,
        )


def _open_scope(pair: BucketPair, state: PairState, stack: contextlib.ExitStack) -> OpenScope | None:
    if pair.scope is None:
        return None
    # with the database's driver: ten megabytes that no other sync needs
    from masker.buckets.attachments.open import open_scope

    scope = open_scope(pair.scope, state.folder / "scope.parquet", key_filter(pair.include, pair.exclude))
    stack.callback(scope.close)
    return scope


def _scope_notes(scope: OpenScope | None, totals: Totals, pair: BucketPair, facts: Facts) -> tuple[Note, ...]:
    if scope is None:
        return ()
    from masker.buckets.attachments.open import scope_notes

    return scope_notes(scope, totals, pair.target, facts.versioning)


def _require_same_scope(path: Path, plan: SyncPlan, scope: OpenScope | None) -> None:
    """Raise UsageError if *plan* was made with another scope, Refused if it was with what another run left in the
    preview."""
    if plan.scope is None or scope is None:
        if plan.scope is not None or scope is not None:
            with_scope = (
                "with scope: active_storage, expected the same and its database"
                if plan.scope
                else "without a scope, expected none"
            )
            raise UsageError(f"{path}: is a plan made {with_scope}", hint="make a new one: masker plan sync")
        return
    from masker.buckets.attachments.open import require_same_run

    require_same_run(scope.database, plan.scope.run, scope.found.run)


def _work(pair: BucketPair, settings: SyncSettings, facts: Facts, workers: int) -> PairWork:
    """What tasks have to know of *pair*."""
    return PairWork(
        pair=pair,
        acl=_acl_to_plan(facts),
        acl_check=_acl_check(pair, facts),
        client=settings.client,
        in_flight=share_of(settings.client, settings.concurrency, workers),
        page_limit=settings.page_limit,
        retry_base_s=settings.retry_base_s,
        multipart_bytes=settings.multipart_bytes,
        part_bytes=settings.part_bytes,
    )


def _stored_plan(path: Path, pair: BucketPair) -> tuple[SyncPlan, PlanFile]:
    """A plan written earlier. Raises UsageError if it is not this pair's, Refused if it is too old."""
    file = PlanFile(path)
    try:
        plan = SyncPlan.from_document(file.header)
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{path}: is not a plan this version can read") from None
    if (plan.source, plan.target) != (pair.source, pair.target):
        raise UsageError(
            f"{path}: is a plan from {plan.source} to {plan.target}, not from {pair.source} to {pair.target}"
        )
    file.require_whole(plan.lines)
    age = datetime.now(UTC) - plan.created_at
    if age < -PLAN_SKEW:
        raise Refused(
            f"{path}: was made {-age.total_seconds() / 60:,.0f} minutes from now, so its age cannot be known",
            hint="set the clock of this machine or of the one that made it, and make a new one",
        )
    if age > PLAN_AGE:
        hours = age.total_seconds() / 3600
        raise Refused(
            f"{path}: was made {hours:.0f} hours ago, at most {PLAN_AGE.total_seconds() / 3600:.0f} are allowed",
            hint="make a new one: masker plan sync",
        )
    return plan, file


def _compare(
    pair: BucketPair,
    settings: SyncSettings,
    listener: SyncListener,
    run: str,
    facts: Facts,
    session: Session,
    own_seen: set[str],
) -> tuple[SyncPlan, PlanFile]:
    """List and compare both sides, and write the plan down."""
    started = time.monotonic()
    listener(Comparing(pair.source, pair.target, run))
    state, scope, taken, since = session.state, session.scope, session.taken, session.since
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(_found(pair, settings, session, facts, listener, own_seen, run))
        plan = SyncPlan(
            run=run,
            created_at=datetime.now(UTC),
            source=pair.source,
            target=pair.target,
            acl=facts.acl,
            deletes=pair.deletes,
            totals=found.totals,
            include=pair.include,
            exclude=pair.exclude,
            keeps_versions=facts.versioning == "on",
            scope=scope.found if scope else None,
            inventory_at=taken.created_at if taken else None,
            since_last=since.told(run) if since else None,
            notes=(
                *facts.notes,
                *_empty_note(pair, found.totals),
                *([taken.note(pair.source)] if taken else ()),
                *_scope_notes(scope, found.totals, pair, facts),
                *(since.notes(pair.target) if since and not (since.known and pair.later) else []),
            ),
        )
        write_plan(state.plan_path, plan.document(), found.changes)
    if settings.out is not None:
        _write_out(settings.out, plan, state.plan_path)
    listener(PairPlanned(plan, time.monotonic() - started, found.keys))
    return plan, PlanFile(state.plan_path)


def _found(
    pair: BucketPair,
    settings: SyncSettings,
    session: Session,
    facts: Facts,
    listener: SyncListener,
    own: set[str],
    run: str,
) -> contextlib.AbstractContextManager[Found]:
    def told(keys: int, spans: int) -> None:
        listener(Compared(keys, spans))

    if session.shared is not None:
        return found_by_workers(session.shared, session.traffic, session.state, session.stock, own, told)
    if session.since is not None and session.since.known is not None and pair.later is not None:
        return found_later(session.since)
    return found_here(
        Looking(
            pair=pair,
            run=run,
            traffic=session.traffic,
            state=session.state,
            acl=_acl_to_plan(facts),
            acl_check=_acl_check(pair, facts),
            page_limit=settings.page_limit,
            scope=session.scope,
            stock=session.stock,
            since=session.since,
            own=own,
            told=told,
        )
    )


def _acl_to_plan(facts: Facts) -> str:
    return "" if facts.acl == "none" else facts.acl


def _acl_check(pair: BucketPair, facts: Facts) -> AclCheck:
    wanted: dict[str, Acl] = {"public-read": "public-read", "private": "private", TO_OWNER: "private"}
    return AclCheck(mode="none" if facts.acl == "none" else pair.acl_check, wanted=wanted.get(facts.acl))


def _empty_note(pair: BucketPair, totals: Totals) -> list[Note]:
    if totals.source_objects or totals.out_of_scope:
        return []
    which = " that --include and --exclude leave" if pair.include or pair.exclude else ""
    return [Note(subject=str(pair.source), text=f"holds no object{which}: a misspelt name looks just like that")]


def _write_out(out: Path, plan: SyncPlan, stored: Path) -> None:
    try:
        if out.suffix == ".jsonl":
            write_plan(out, plan.document(), PlanFile(stored).changes(*Op))
        else:
            shutil.copyfile(stored, out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({(error.strerror or 'no reason given').lower()})") from None
