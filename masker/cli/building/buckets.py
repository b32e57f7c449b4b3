"""The settings of a sync: pairs from the command line or from the ``buckets:`` of masker.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from masker.cli.building.scope import build_scope
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags, SinceFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Flags, declared
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import BatchFlags, ProofFlags, ScaleFlags, StateFlags
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.buckets.objects import Location
    from masker.buckets.settings import Access, BatchOperations, BucketPair, SyncSettings
    from masker.cli.settings_file import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsFlags:
    """What is said of all pairs at once, by the command line."""

    pair: PairFlags = PairFlags()
    buckets: BucketFlags = BucketFlags()
    access: AccessFlags = AccessFlags()
    inventory: InventoryFlags = InventoryFlags()
    since: SinceFlags = SinceFlags()
    scope: ScopeFlags = ScopeFlags()

    def over(self, entry: Section) -> PairsFlags:
        """These over what the file says of one pair."""
        return PairsFlags(
            pair=self.pair.over(entry.said(PairFlags)),
            buckets=self.buckets.over(entry.said(BucketFlags)),
            access=self.access.over(entry.said(AccessFlags)),
            inventory=self.inventory.over(entry.said(InventoryFlags)),
            since=self.since.over(entry.said(SinceFlags)),
            scope=self.scope.over(entry.said(ScopeFlags)),
        )


def build_sync_settings(
    databases: DatabaseFlags,
    keys: KeyFlags,
    said: PairsFlags,
    state: StateFlags,
    *,
    scale: ScaleFlags = ScaleFlags(),
    batch: BatchFlags = BatchFlags(),
    proof: ProofFlags = ProofFlags(),
    confirm: list[str] | None = None,
    apply: Path | None = None,
    out: Path | None = None,
    no_source: bool = False,
) -> SyncSettings:
    """The run's settings. Buckets named on the command line replace those of the file, whose sources are written to by
    none. Raises UsageError, Refused."""
    from masker.buckets.pairs import require_no_source
    from masker.buckets.settings import SyncSettings, parse_executor

    pairs = _pairs(databases, said)
    if not pairs:
        raise UsageError("no buckets are named", hint="give SOURCE and TARGET, or buckets: in masker.yml (-c)")
    if len(pairs) > 1 and (apply or out):
        raise UsageError(
            f"{len(pairs)} pairs of buckets, and a plan is of one",
            hint="name SOURCE and TARGET of the one that is meant",
        )
    if "age" in said.inventory.said and not any(pair.inventory.inventory for pair in pairs):
        raise UsageError(
            "--inventory-age says nothing where no inventory is named",
            hint="add --source-inventory, or inventory: in masker.yml",
        )
    if len(pairs) > 1 and said.inventory.inventory:
        raise UsageError(
            f"{len(pairs)} pairs of buckets, and an inventory is of one",
            hint="inventory: in masker.yml names one for each pair",
        )
    if said.scope.said - {"kind"} and not any(pair.scope.kind for pair in pairs):
        raise UsageError(
            "--database, --service and --attachment leave nothing out where there is no scope",
            hint="add --scope active_storage",
        )
    found = tuple(_pair(pair, databases, keys, no_source=no_source) for pair in pairs)
    if said.pair.said:
        require_no_source(found, _sources_on_file(databases))
    return SyncSettings(
        pairs=found,
        state=state.state,
        confirm=tuple(confirm or ()),
        client=scale.client,
        concurrency=scale.concurrency,
        verify=proof.verify,
        apply=apply,
        out=out,
        executor=parse_executor(scale.executor),
        batch=_batch(batch),
    )


def named_on_file(databases: DatabaseFlags) -> tuple[Section, ...]:
    """The pairs of buckets of the settings file."""
    if databases.config is None:
        return ()
    from masker.cli.settings_file import read_settings_file

    return read_settings_file(databases.config).pairs


def _sources_on_file(databases: DatabaseFlags) -> Iterator[tuple[Location, Access]]:
    """What the settings file reads from, whichever buckets the command line names."""
    from masker.buckets.objects import parse_location

    for entry in named_on_file(databases):
        pair = PairsFlags().over(entry)
        if pair.pair.source:
            yield parse_location(pair.pair.source), pair.access.sides()[0]


def flags_said(*groups: Flags) -> list[str]:
    """The options by which something is said of *groups*."""
    return [
        flag for group in groups for each in declared(type(group)) if each.name in group.said and (flag := each.flag)
    ]


def _pairs(databases: DatabaseFlags, said: PairsFlags) -> list[PairsFlags]:
    if said.pair.said:
        if len(said.pair.said) == 1:
            raise UsageError("TARGET is missing", hint="masker sync s3://production s3://preview --confirm preview")
        return [said]
    return [said.over(entry) for entry in named_on_file(databases)]


def _pair(pair: PairsFlags, databases: DatabaseFlags, keys: KeyFlags, *, no_source: bool) -> BucketPair:
    from masker.buckets.objects import parse_location
    from masker.buckets.settings import BucketPair, parse_limits

    source_access, target_access = pair.access.sides()
    buckets = pair.buckets
    return BucketPair(
        source=parse_location(pair.pair.source or ""),
        target=parse_location(pair.pair.target or ""),
        source_access=source_access,
        target_access=target_access,
        acl=buckets.acl,
        acl_check=buckets.acl_check,
        limits=parse_limits(buckets.max_delete),
        deletes=not buckets.no_delete,
        include=tuple(buckets.include or ()),
        exclude=tuple(buckets.exclude or ()),
        scope=build_scope(pair.scope, databases, keys, no_source=no_source),
        inventory=pair.inventory.inventory,
        inventory_hours=pair.inventory.age,
        since_last=pair.since.since_last,
        list_every=pair.since.list_every,
    )


def _batch(batch: BatchFlags) -> BatchOperations | None:
    """The wish for Batch Operations, None for requests."""
    from masker.buckets.settings import parse_batch

    if batch.via == "requests":
        if batch.said - {"via"}:
            raise UsageError(
                "--batch-… and --no-wait say nothing of copies by requests", hint="add --via batch-operations"
            )
        return None
    return parse_batch(batch.account, batch.role, batch.manifests, batch.least, waits=not batch.no_wait)
