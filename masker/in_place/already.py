"""Whether a target has been masked before: then nothing is to be masked, nor held against its rows, once more."""

from __future__ import annotations

import psycopg

from masker.errors import Refused
from masker.in_place.resume import Resumed
from masker.postgres.marker import Marker
from masker.ruleset.decided import otherwise_decided
from masker.ruleset.types import Resolution
from masker.verify.gate import strangeness

_SHOWN = 10


def masked_already(
    conn: psycopg.Connection,
    database: str,
    marker: Marker | None,
    resumed: Resumed | None,
    resolution: Resolution,
    *,
    again: bool,
) -> Refused | None:
    """Why *database* is not to be masked, by its *marker*: it is masked, and nobody says *again*, or a copy has not
    filled it. None where it may be; a run that was killed (*resumed*) is gone on with."""
    if resumed is not None or marker is None:
        return None
    if marker.state == "loading" and marker.is_its_own:
        return Refused(
            f"target {database}: run {marker.run} of masker copy began to fill it and has not ended well",
            hint="copy it again, or restore it anew",
        )
    if again or marker.state not in {"verified", "unverified"} or strangeness(conn, marker) is not None:
        return None
    others = otherwise_decided(marker.record.get("decided", ()), resolution)
    by = f", by other rules for {', '.join(others[:_SHOWN])}{' …' if len(others) > _SHOWN else ''}" if others else ""
    return Refused(
        f"target {database}: run {marker.run} has masked"
        f" {'and verified ' if marker.state == 'verified' else ''}it already{by}",
        hint="masked values would be masked once more: restore it anew, or if that is meant: --again",
    )
