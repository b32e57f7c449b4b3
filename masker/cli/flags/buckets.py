"""Pairs of buckets: what is copied, by which policy, who may read it, and how each side is reached. The file says these
for each pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import typer

from masker.cli.flags.group import Flags, Setting

if TYPE_CHECKING:
    from masker.buckets.settings import Access

AclPolicy = Literal["mirror", "public-read", "bucket-owner-full-control", "none"]
AclCheckMode = Literal["none", "sample", "all"]

_ACCESS = "Access"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFlags(Flags):
    """The pair itself."""

    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE", help="Production: s3://bucket or s3://bucket/prefix. Only read.", show_default=False
        ),
        Setting("buckets[].source.url", "Production: `s3://bucket` or `s3://bucket/prefix`. Only read."),
    ] = None
    target: Annotated[
        str | None,
        typer.Argument(metavar="TARGET", help="Preview: s3://bucket or s3://bucket/prefix.", show_default=False),
        Setting("buckets[].target.url", "Preview: `s3://bucket` or `s3://bucket/prefix`."),
    ] = None


def _text_of_limit(value: str | int) -> str:
    from masker.buckets.settings import parse_limits

    parse_limits(str(value))
    return str(value)


def _at_least_one(runs: int) -> int:
    if runs < 1:
        raise ValueError("expected 1 at least")
    return runs


def _positive(hours: float) -> float:
    if not hours > 0:
        raise ValueError("expected more than 0")
    return hours


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFlags(Flags):
    """Which objects are copied and deleted, and who may read them."""

    acl: Annotated[
        AclPolicy,
        typer.Option(
            "--acl",
            metavar="mirror|public-read|bucket-owner-full-control|none",
            help=(
                "mirror: public objects stay public, all others become private. public-read: everybody may read every"
                " copy. bucket-owner-full-control: the target's owner may do everything with a copy, nobody else"
                " anything. none: no ACLs."
            ),
        ),
        Setting("buckets[].acl"),
    ] = "mirror"
    acl_check: Annotated[
        AclCheckMode,
        typer.Option(
            "--acl-check", metavar="none|sample|all", help="Compare the ACLs of unchanged objects too, and repair them."
        ),
        Setting("buckets[].acl_check"),
    ] = "none"
    max_delete: Annotated[
        str | None,
        typer.Option(
            "--max-delete",
            metavar="N|N%",
            help="The most objects that may be deleted. \\[default: 1000 and 10%, and never most of the target]",
            show_default=False,
        ),
        Setting("buckets[].max_delete", takes=str | int, read=_text_of_limit),
    ] = None
    no_delete: Annotated[
        bool,
        typer.Option("--no-delete", help="Copy only; leave stale objects where they are."),
        Setting("buckets[].delete", "`false`: copy only; leave stale objects where they are.", negated=True),
    ] = False
    include: Annotated[
        list[str] | None,
        typer.Option("--include", metavar="GLOB", help="Only keys that match; repeat for several.", show_default=False),
        Setting("buckets[].include", "Only keys that match one of them.", takes=list[str]),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="GLOB",
            help="No keys that match, on either side; repeat for several.",
            show_default=False,
        ),
        Setting("buckets[].exclude", "No keys that match one of them, on either side.", takes=list[str]),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFlags(Flags):
    """An inventory that lists the source."""

    inventory: Annotated[
        str | None,
        typer.Option(
            "--source-inventory",
            rich_help_panel="Scale",
            metavar="MANIFEST",
            show_default=False,
            help=(
                "List the source by this S3 Inventory, s3://bucket/…/manifest.json or a file, ACLs too if it has them."
            ),
        ),
        Setting("buckets[].inventory", may_be_path=True),
    ] = None
    age: Annotated[
        float,
        typer.Option(
            "--inventory-age", rich_help_panel="Scale", metavar="HOURS", help="The oldest inventory that is taken."
        ),
        Setting("buckets[].inventory_age", "Hours: the oldest inventory that is taken.", read=_positive),
    ] = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceFlags(Flags):
    """Listings that are left out where the last run's record tells what has changed."""

    since_last: Annotated[
        bool,
        typer.Option(
            "--since-last/--no-since-last",
            rich_help_panel="Scale",
            help=(
                "List neither bucket where the blobs of scope: active_storage tell what has changed since the last"
                " run; the plan says whether they do, or why not."
            ),
        ),
        Setting("buckets[].since_last"),
    ] = False
    list_every: Annotated[
        int,
        Setting(
            "buckets[].list_every",
            "With `since_last`, everything is listed all the same in one of so many runs.",
            read=_at_least_one,
        ),
    ] = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFlags(Flags):
    """How both sides are reached."""

    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", rich_help_panel=_ACCESS, metavar="NAME", help="AWS profile for both sides.", show_default=False
        ),
        Setting("buckets[].profile"),
    ] = None
    source_profile: Annotated[
        str | None,
        typer.Option(
            "--source-profile",
            rich_help_panel=_ACCESS,
            metavar="NAME",
            help="AWS profile that lists the source.",
            show_default=False,
        ),
        Setting("buckets[].source.profile"),
    ] = None
    target_profile: Annotated[
        str | None,
        typer.Option(
            "--target-profile",
            rich_help_panel=_ACCESS,
            metavar="NAME",
            help="AWS profile that lists the target and makes the copies.",
            show_default=False,
        ),
        Setting("buckets[].target.profile"),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(
            "--region", rich_help_panel=_ACCESS, metavar="NAME", help="Region of both buckets.", show_default=False
        ),
        Setting("buckets[].region"),
    ] = None
    source_region: Annotated[str | None, Setting("buckets[].source.region", "Region of the source.")] = None
    target_region: Annotated[str | None, Setting("buckets[].target.region", "Region of the target.")] = None
    endpoint_url: Annotated[
        str | None,
        typer.Option(
            "--endpoint-url",
            rich_help_panel=_ACCESS,
            metavar="URL",
            help="Another S3 than Amazon's.",
            show_default=False,
        ),
        Setting("buckets[].endpoint_url"),
    ] = None
    addressing_style: Annotated[
        Literal["auto", "path", "virtual"] | None,
        typer.Option(
            "--addressing-style",
            rich_help_panel=_ACCESS,
            metavar="auto|path|virtual",
            show_default=False,
            help=(
                "Buckets in the path of URLs, or as host names, for a storage that takes no other. \\[default: as"
                " ~/.aws/config says]"
            ),
        ),
        Setting("buckets[].addressing_style"),
    ] = None
    request_payer: Annotated[
        Literal["requester"] | None,
        typer.Option(
            "--request-payer",
            rich_help_panel=_ACCESS,
            metavar="requester",
            help="Read a bucket whose requesters pay, at your expense.",
            show_default=False,
        ),
        Setting("buckets[].request_payer"),
    ] = None

    def over(self, file: Mapping[str, Any]) -> Self:
        """As the rule says: a flag for both sides wins over what the file says of one."""
        of_one = {
            f"{side}_{name}" for side in ("source", "target") for name in ("profile", "region") if name in self.said
        }
        return super(AccessFlags, self).over({name: value for name, value in file.items() if name not in of_one})

    def sides(self) -> tuple[Access, Access]:
        """How the source is reached, and the target."""
        return self._side(self.source_profile, self.source_region), self._side(self.target_profile, self.target_region)

    def _side(self, profile: str | None, region: str | None) -> Access:
        from masker.buckets.settings import Access

        return Access(
            profile=profile or self.profile,
            region=region or self.region,
            endpoint_url=self.endpoint_url,
            addressing_style=self.addressing_style,
            requester_pays=self.request_payer is not None,
        )
