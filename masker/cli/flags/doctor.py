"""What the doctor is told besides; masker.yml alone says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from masker.cli.flags.group import Flags, Setting
from masker.cli.unless import parse_age


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFlags(Flags):
    """What it looks for, and how both applications tell of their environment."""

    hosts: Annotated[
        list[str],
        Setting("doctor.hosts", "Names of production that no text of the preview may hold, such as `www.shop.jp`."),
    ] = field(default_factory=list)
    max_age: Annotated[
        timedelta | None,
        Setting("doctor.max_age", "How old a preview may be: `8d`.", takes=str, read=parse_age),
    ] = None
    seconds: Annotated[
        float, Setting("doctor.seconds", "Seconds that looking through the texts of one table may take.", takes=float)
    ] = 60.0
    production: Annotated[
        str | None,
        Setting(
            "doctor.production",
            "A command by which production's application says digests of its variables under `$MASKER_NONCE`:"
            ' its `rails "masker:environment_digests[$MASKER_NONCE]"`.',
        ),
    ] = None
    preview: Annotated[str | None, Setting("doctor.preview", "The same of the preview's application.")] = None
    shared: Annotated[list[str], Setting("doctor.shared", "Variables that both applications are meant to share.")] = (
        field(default_factory=list)
    )
