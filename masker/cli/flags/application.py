"""What of the application's own files a run is to heed; masker.yml alone says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from masker.cli.flags.group import Flags, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFlags(Flags):
    """Where the application says which buckets its services are."""

    storage: Annotated[
        Path | None,
        Setting(
            "storage",
            "The application's config/storage.yml: a preview whose blobs name a service of a bucket that is not the"
            " preview's is not published, since it would read and purge production's files.",
        ),
    ] = None
