"""What a run was asked to do, from flags and masker.yml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Publish = Literal["swap", "schema", "direct", "delta"]

#: How much of a preview's rows is proved against the source: some of each table, all, or nothing.
Verify = Literal["sample", "full", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """What a copy may ask of production: *bytes_per_s* of rows over all lanes; reading waits, at most *wait_s* seconds
    at once, while a replica is more than *lag_s* seconds behind or more than so many *sessions* of others are active.
    None is no limit."""

    bytes_per_s: int | None = None
    lag_s: float | None = None
    sessions: int | None = None
    wait_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run's wishes; URLs are secrets and never printed.

    *key* is the run's master key (32 bytes or more), or None for a fresh one that is forgotten afterwards. *workers*
    are lanes on the target, *source_connections* the most that production is read by at once. After *give_way_s*
    seconds that somebody on the source has waited for a lock of the run, it gives way; after *idle_limit_s* without a
    sign of life from it, production lets go of what it holds. *free_bytes* is what masking in place may use of the
    target's disk besides, None for all there is.

    *source* is empty where a run on the target alone knows of none; *other_sources* are named beside it, by masker.yml
    or the environment, and must not be the target either. *target_name* is what masker.yml calls the target, which
    confirms it like the database's own name. *source_is_a_preview* and *is_first* say that what would be refused is
    meant: copying a preview, and masking a database that looks like one in use. *schema* is the application's own,
    whose tables and columns rules may name before they are there. With *require_signed* no decision is taken that is
    not signed; *allowed_signers* is OpenSSH's file of those whose signatures are heeded. *is_full*: no delta,
    however a preview is published.
    """

    source: str = field(repr=False)
    target: str = field(repr=False)
    rules: tuple[Path, ...] = ()
    schema: Path | None = None
    require_signed: bool = False
    allowed_signers: Path | None = None
    confirm: str | None = None
    target_name: str | None = None
    other_sources: tuple[str, ...] = field(default=(), repr=False)
    source_is_a_preview: bool = False
    is_first: bool = False
    workers: int = 4
    source_connections: int | None = None
    publish: Publish = "swap"
    is_full: bool = False
    keep_old: bool = False
    verify: Verify = "sample"
    key: bytes | None = field(default=None, repr=False)
    with_owners: bool = False
    with_grants: bool = False
    pg_dump: str | None = None
    maintenance_memory: str = "256MB"
    give_way_s: float = 10.0
    idle_limit_s: float = 60.0
    free_bytes: int | None = None
    throttle: Throttle = Throttle()

    @property
    def reading_lanes(self) -> int:
        """How many connections read the source at once."""
        return min(self.workers, self.source_connections or self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlaceOptions:
    """What masking in place was asked besides.

    *terminate* ends other sessions on the target, *wait_s* seconds are waited for them to go. *throttle* is the most
    rows a second that batches mask, *batch_rows* the most in one transaction. *again* masks what is masked already.
    *patience_s* is how long a transaction is waited for that keeps dead rows from being removed.
    """

    terminate: bool = False
    wait_s: float = 0.0
    throttle: int | None = None
    batch_rows: int = 20_000
    again: bool = False
    patience_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeOptions:
    """What a comparison of shapes was asked: *queries* are in a file, or the *top* of production's
    ``pg_stat_statements``; *least* is the figure in percent that is expected, None where none is. No statement takes
    longer than *source_timeout_s* seconds on the source.
    """

    queries: Path | None = None
    top: int | None = None
    least: float | None = None
    source_timeout_s: float = 30.0
