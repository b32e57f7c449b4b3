"""Bucket pairs from flags and from the ``buckets:`` of masker.yml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

from masker.cli.scope import ScopeFlags, build_scope
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.cli.settings_file import BucketSettings
    from masker.s3.scope import ActiveStorageScope
    from masker.s3.settings import AddressingStyle, BatchOperations, BucketPair, Client, SyncSettings

AclPolicy = Literal["mirror", "public-read", "bucket-owner-full-control", "none"]
AclCheckMode = Literal["none", "sample", "all"]

#: Under which heading help lists the options.
_ACCESS = "Access"
_SCALE = "Scale"

SourceBucket = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help="Production: s3://bucket or s3://bucket/prefix. Only read.", show_default=False)
]
TargetBucket = Annotated[
    str | None, typer.Argument(metavar="[TARGET]", help="Preview: s3://bucket or s3://bucket/prefix.", show_default=False)
]
AclBy = Annotated[
    AclPolicy | None,
    typer.Option(
        "--acl", metavar="mirror|public-read|bucket-owner-full-control|none",
        help="mirror: public objects stay public, all others become private. public-read: everybody may read every copy. bucket-owner-full-control: the target's owner "
        "may do everything with a copy, nobody else anything. none: no ACLs. \\[default: mirror]", show_default=False,
    ),
]  # fmt: skip
AclCheckBy = Annotated[
    AclCheckMode | None,
    typer.Option(
        "--acl-check",
        metavar="none|sample|all",
        help="Compare the ACLs of unchanged objects too, and repair them. \\[default: none]",
        show_default=False,
    ),
]
MaxDelete = Annotated[
    str | None,
    typer.Option(
        "--max-delete",
        metavar="N|N%",
        help="The most objects that may be deleted. \\[default: 1000 and 10%, and never most of the target]",
        show_default=False,
    ),
]
NoDelete = Annotated[bool, typer.Option("--no-delete", help="Copy only; leave stale objects where they are.")]
Include = Annotated[
    list[str] | None, typer.Option("--include", metavar="GLOB", help="Only keys that match; repeat for several.", show_default=False)
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="No keys that match, on either side; repeat for several.", show_default=False),
]
Profile = Annotated[str | None, typer.Option("--profile", rich_help_panel=_ACCESS, metavar="NAME", help="AWS profile for both sides.", show_default=False)]
SourceProfile = Annotated[
    str | None, typer.Option("--source-profile", rich_help_panel=_ACCESS, metavar="NAME", help="AWS profile that lists the source.", show_default=False)
]
TargetProfile = Annotated[
    str | None,
    typer.Option("--target-profile", rich_help_panel=_ACCESS, metavar="NAME", help="AWS profile that lists the target and makes the copies.", show_default=False),
]
Region = Annotated[str | None, typer.Option("--region", rich_help_panel=_ACCESS, metavar="NAME", help="Region of both buckets.", show_default=False)]
EndpointUrl = Annotated[str | None, typer.Option("--endpoint-url", rich_help_panel=_ACCESS, metavar="URL", help="Another S3 than Amazon's.", show_default=False)]
AddressingStyleBy = Annotated[
    Literal["auto", "path", "virtual"] | None,
    typer.Option(
        "--addressing-style", rich_help_panel=_ACCESS, metavar="auto|path|virtual",
        help="Buckets in the path of URLs, or as host names, for a storage that takes no other. \\[default: as ~/.aws/config says]", show_default=False,
    ),
]  # fmt: skip
RequestPayer = Annotated[
    Literal["requester"] | None,
    typer.Option("--request-payer", rich_help_panel=_ACCESS, metavar="requester", help="Read a bucket whose requesters pay, at your expense.", show_default=False),
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", rich_help_panel=_SCALE, metavar="N", min=1, max=1024, help="The most requests under way at once.", show_default=False)
]
State = Annotated[Path, typer.Option("--state", metavar="DIR", help="Where manifests, plans and run logs are kept.")]
ClientBy = Annotated[
    Literal["crt", "boto3"],
    typer.Option("--client", rich_help_panel=_SCALE, metavar="crt|boto3", help="What sends requests: AWS's C runtime, or boto3, slower and plain."),
]
ExecutorBy = Annotated[
    str,
    typer.Option(
        "--executor", rich_help_panel=_SCALE, metavar="local|processes[:N]|dask://HOST:PORT",
        help="Who compares and copies: this process, processes of this machine, or the workers of a dask scheduler.",
    ),
]  # fmt: skip
SourceInventory = Annotated[
    str | None,
    typer.Option(
        "--source-inventory", rich_help_panel=_SCALE, metavar="MANIFEST",
        help="List the source by this S3 Inventory, s3://bucket/…/manifest.json or a file, ACLs too if it has them.", show_default=False,
    ),
]  # fmt: skip
InventoryAge = Annotated[
    float | None,
    typer.Option("--inventory-age", rich_help_panel=_SCALE, metavar="HOURS", help="The oldest inventory that is taken. \\[default: 48]", show_default=False),
]
DEFAULT_STATE = Path(".masker")


class SyncFlags(TypedDict, total=False):
    """What commands that sync besides other things pass on to :func:`build_sync_settings`."""

    acl: AclPolicy | None
    acl_check: AclCheckMode | None
    max_delete: str | None
    no_delete: bool
    include: list[str] | None
    exclude: list[str] | None
    profile: str | None
    source_profile: str | None
    target_profile: str | None
    region: str | None
    endpoint_url: str | None
    addressing_style: AddressingStyle | None
    request_payer: Literal["requester"] | None
    concurrency: int | None
    client: Client
    executor: str
    inventory: str | None
    inventory_age: float | None
    batch: BatchOperations | None
    state: Path


def build_sync_settings(
    *, config: Path | None, source: str | None, target: str | None, acl: AclPolicy | None = None, acl_check: AclCheckMode | None = None,
    max_delete: str | None = None, no_delete: bool = False, include: list[str] | None = None, exclude: list[str] | None = None,
    profile: str | None = None, source_profile: str | None = None, target_profile: str | None = None, region: str | None = None,
    endpoint_url: str | None = None, concurrency: int | None = None, state: Path = DEFAULT_STATE, confirm: list[str] | None = None,
    client: Client = "crt", verify: bool = False, apply: Path | None = None, out: Path | None = None,
    executor: str = "local", inventory: str | None = None, inventory_age: float | None = None,
    batch: BatchOperations | None = None, addressing_style: AddressingStyle | None = None, request_payer: Literal["requester"] | None = None,
    scope: ScopeFlags = ScopeFlags(),  # noqa: B008 - frozen
) -> SyncSettings:  # fmt: skip
    """Flags over masker.yml over defaults. Buckets named on the command line replace those of the file. Raises UsageError."""
    from masker.cli.settings_file import BucketSettings, read_settings_file
    from masker.s3.settings import SyncSettings, parse_executor

    file = read_settings_file(config) if config is not None else None
    listed = file.buckets if file else []
    if source is not None or target is not None:
        if source is None or target is None:
            raise UsageError("TARGET is missing", hint="masker sync s3://production s3://preview --confirm preview")
        listed = [BucketSettings(source=source, target=target)]
    if not listed:
        raise UsageError("no buckets are named", hint="give SOURCE and TARGET, or buckets: in masker.yml (-c)")
    if len(listed) > 1 and (apply or out):
        raise UsageError(f"{len(listed)} pairs of buckets, and a plan is of one", hint="name SOURCE and TARGET of the one that is meant")
    if inventory_age is not None and not (inventory or any(entry.inventory for entry in listed)):
        raise UsageError("--inventory-age says nothing where no inventory is named", hint="add --source-inventory, or inventory: in masker.yml")
    if len(listed) > 1 and inventory:
        raise UsageError(f"{len(listed)} pairs of buckets, and an inventory is of one", hint="inventory: in masker.yml names one for each pair")
    scope.require_scope(listed)
    flags = BucketSettings(
        source="", target="", acl=acl, acl_check=acl_check, max_delete=max_delete, delete=not no_delete, include=include or [], exclude=exclude or [],
        profile=profile, region=region, endpoint_url=endpoint_url, inventory=inventory, inventory_age=inventory_age,
        addressing_style=addressing_style, request_payer=request_payer,
    )  # fmt: skip
    return SyncSettings(
        pairs=tuple(
            _pair(entry, flags, source_profile, target_profile, build_scope(entry, scope, file, config.parent if config else Path()))
            for entry in listed
        ),
        state=state, confirm=tuple(confirm or ()),
        client=client, concurrency=concurrency, verify=verify, apply=apply, out=out,
        executor=parse_executor(executor), batch=batch,
    )  # fmt: skip


def _pair(
    entry: BucketSettings, flags: BucketSettings, source_profile: str | None, target_profile: str | None, scope: ActiveStorageScope | None
) -> BucketPair:
    from masker.cli.settings_file import BucketSide
    from masker.s3.objects import parse_location
    from masker.s3.settings import Access, BucketPair, parse_limits

    source = entry.source if isinstance(entry.source, BucketSide) else BucketSide(url=entry.source)
    target = entry.target if isinstance(entry.target, BucketSide) else BucketSide(url=entry.target)

    def access(side: BucketSide, side_profile: str | None) -> Access:
        return Access(
            profile=side_profile or flags.profile or side.profile or entry.profile, region=flags.region or side.region or entry.region,
            endpoint_url=flags.endpoint_url or entry.endpoint_url, addressing_style=flags.addressing_style or entry.addressing_style,
            requester_pays=bool(flags.request_payer or entry.request_payer),
        )  # fmt: skip

    limits = flags.max_delete if flags.max_delete is not None else entry.max_delete
    return BucketPair(
        source=parse_location(source.url), target=parse_location(target.url), source_access=access(source, source_profile),
        target_access=access(target, target_profile), acl=flags.acl or entry.acl or "mirror", acl_check=flags.acl_check or entry.acl_check or "none",
        limits=parse_limits(None if limits is None else str(limits)), deletes=flags.delete and entry.delete,
        include=tuple(flags.include or entry.include), exclude=tuple(flags.exclude or entry.exclude), scope=scope,
        inventory=flags.inventory or entry.inventory, inventory_hours=flags.inventory_age or entry.inventory_age or 48.0,
    )  # fmt: skip
