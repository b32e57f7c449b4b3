"""How databases are copied and masked in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

import typer

from masker.cli.flags.group import Flags, Setting
from masker.cli.flags.size import parse_size
from masker.cli.flags.throttle import checked_throttle
from masker.cli.unless import parse_age
from masker.settings import InPlaceOptions, Publish, Settings, Verify

#: The defaults stand where the settings do.
_ITSELF = Settings(source="", target="")
_IN_PLACE = InPlaceOptions()


def _checked_size(text: str) -> str:
    parse_size(text)
    return text


def _positive(seconds: float) -> float:
    if not seconds >= 1:
        raise ValueError("expected a second or more")
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFlags(Flags):
    """How many lanes work on the target, and with which memory."""

    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            max=64,
            help="Lanes on the target: tables loaded and indexes built at once.",
        ),
        Setting("workers"),
    ] = _ITSELF.workers
    maintenance_memory: Annotated[
        str,
        Setting(
            "maintenance_memory",
            "`maintenance_work_mem` of the sessions that build indexes and keys.",
            pattern=r"^\d+(kB|MB|GB)$",
        ),
    ] = _ITSELF.maintenance_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFlags(Flags):
    """Which pg_dump reads the schema."""

    pg_dump: Annotated[
        str | None,
        typer.Option(
            "--pg-dump", metavar="FILE", help="The pg_dump to use. \\[default: the newest at hand]", show_default=False
        ),
        Setting("pg_dump"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFlags(Flags):
    """How production is read and a preview made of it."""

    connections: Annotated[
        int | None,
        typer.Option(
            "--source-connections",
            metavar="N",
            min=1,
            max=64,
            show_default=False,
            help=(
                "The most lanes that read production at once, beside one session that holds the snapshot and one that"
                " guards it. \\[default: as many as workers]"
            ),
        ),
        Setting("source.connections"),
    ] = None
    throttle: Annotated[
        list[str],
        typer.Option(
            "--throttle",
            metavar="LIMIT",
            show_default=False,
            help=(
                "What may be asked of production: 20MB (bytes of rows a second); lag=10s, sessions=40 (reading waits"
                " while a replica is further behind, or more sessions of others are active), at most wait=10m at once;"
                " repeat for several."
            ),
        ),
        Setting(
            "source.throttle",
            "What a copy may ask of production, a list: `20MB` of rows a second; `lag=10s`, `sessions=40`, beyond which"
            " reading waits, at most `wait=10m` at once.",
            read=checked_throttle,
        ),
    ] = field(default_factory=list)
    publish: Annotated[
        Publish,
        typer.Option(
            "--publish",
            metavar="swap|schema|direct|delta",
            help=(
                "swap: fill a shadow database, rename it over the live one. schema: fill new schemas in the target's"
                " own database, exchange names in one transaction. direct: empty and fill the target itself. delta:"
                " write what has changed since the last run, in one transaction, or swap where that cannot be proven."
            ),
        ),
        Setting("target.publish"),
    ] = _ITSELF.publish
    full: Annotated[
        bool, typer.Option("--full", help="Copy everything, also where --publish delta would do with the changes.")
    ] = False
    keep_old: Annotated[
        bool,
        typer.Option("--keep-old", help="Keep the former preview beside the new one (swap only)."),
        Setting("target.keep_old"),
    ] = False
    owners: Annotated[
        bool,
        typer.Option("--owners", help="Copy object owners too; the roles must exist on the target."),
        Setting("target.owners"),
    ] = False
    grants: Annotated[
        bool,
        typer.Option("--grants", help="Copy privileges too; the roles must exist on the target."),
        Setting("target.grants"),
    ] = False
    give_way: Annotated[
        float,
        typer.Option(
            "--give-way",
            metavar="SECONDS",
            min=0.1,
            help="End the run when somebody on production has waited that long for a lock it holds.",
        ),
        Setting("source.give_way"),
    ] = _ITSELF.give_way_s
    idle_limit: Annotated[
        float,
        Setting(
            "source.idle_limit",
            "Seconds without a sign of life after which production lets go of what a run holds; `MASKER_IDLE_LIMIT`"
            " wins.",
            read=_positive,
        ),
    ] = _ITSELF.idle_limit_s
    verify: Annotated[
        Verify,
        typer.Option(
            "--verify",
            metavar="sample|full|none",
            help=(
                "Rows proved against production: 10,000 or more of each table, all, or none, which leaves the gate"
                " shut."
            ),
        ),
        Setting(
            "verify",
            "Rows that are proved: `sample` 10,000 or more of each table, `full` all, `none` none, which leaves the"
            " gate shut.",
        ),
    ] = _ITSELF.verify


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlaceFlags(Flags):
    """How a database is masked where it stands."""

    terminate: Annotated[
        bool,
        typer.Option(
            "--terminate", help="End other sessions on the target. Without it the run is refused while there are any."
        ),
        Setting("in_place.terminate"),
    ] = _IN_PLACE.terminate
    wait: Annotated[
        float,
        typer.Option(
            "--wait", min=0, metavar="SECONDS", help="Wait so long for other sessions to go.", show_default=False
        ),
        Setting("in_place.wait"),
    ] = _IN_PLACE.wait_s
    throttle: Annotated[
        int | None,
        typer.Option(
            "--throttle",
            min=1,
            metavar="ROWS",
            help="The most rows a second that batches mask. Rewrites are not slowed down.",
            show_default=False,
        ),
        Setting("in_place.throttle"),
    ] = _IN_PLACE.throttle
    batch_rows: Annotated[
        int,
        typer.Option(
            "--batch-rows", min=1, max=10_000_000, metavar="ROWS", help="The most rows of one transaction in batches."
        ),
        Setting("in_place.batch_rows"),
    ] = _IN_PLACE.batch_rows
    again: Annotated[bool, typer.Option("--again", help="Mask a target that is masked already once more.")] = (
        _IN_PLACE.again
    )
    unless_masked: Annotated[
        bool,
        typer.Option(
            "--unless-masked",
            help=(
                "Do nothing, and exit 0, where the target is masked and verified by these rules already: for release"
                " phases, which run on every change."
            ),
        ),
        Setting("in_place.unless_masked"),
    ] = False
    verify: Annotated[
        Literal["sample", "full", "none"],
        typer.Option(
            "--verify",
            metavar="sample|full|none",
            help=(
                "Rows that are proved to have become what they were to, and kept columns to be as they were: 10,000 or"
                " more of each table, all, or none, which leaves the gate shut."
            ),
        ),
        Setting("verify"),
    ] = _ITSELF.verify

    def options(self) -> InPlaceOptions:
        """What masking in place is asked besides its settings."""
        return InPlaceOptions(
            terminate=self.terminate,
            wait_s=self.wait,
            throttle=self.throttle,
            batch_rows=self.batch_rows,
            again=self.again,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFlags(Flags):
    """What a run may take of the target's disk."""

    free_space: Annotated[
        str | None,
        typer.Option(
            "--free-space",
            metavar="SIZE",
            show_default=False,
            help=(
                "What may be used of the target's disk besides, such as 20GB: what has no room for a second copy is"
                " masked in batches. \\[default: all there is]"
            ),
        ),
        Setting(
            "target.free_space",
            "What a copy or masking in place may use of the target's disk besides, such as `20GB`; by default all"
            " there is.",
            read=_checked_size,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshFlags(Flags):
    """Whether and how a refresh begins."""

    unless_fresher_than: Annotated[
        timedelta | None,
        typer.Option(
            "--unless-fresher-than",
            metavar="AGE",
            parser=parse_age,
            show_default=False,
            help=(
                "Do nothing, and exit 0, where a refresh by these rules has ended less than so long ago: 90m, 12h,"
                " 6d, 2w."
            ),
        ),
        Setting("refresh.unless_fresher_than", takes=str, read=parse_age),
    ] = None
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place", help="The target was filled by a restore already: mask it where it stands instead of copying."
        ),
        Setting("refresh.in_place"),
    ] = False
