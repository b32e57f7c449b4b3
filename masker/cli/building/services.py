"""Whether the preview's blobs are of services of its own, where masker.yml names the application's storage."""

from __future__ import annotations

import os
from collections.abc import Iterable

from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Variable
from masker.stages import Restored


def require_own_services(
    application: ApplicationFlags, databases: DatabaseFlags, targets: Iterable[str], *, restored: Restored | None = None
) -> None:
    """Raise Refused where the preview would read production's bucket. It is the database that was *restored*, by
    default the target of *databases*; where none is known, nothing is looked at."""
    target = restored.url if restored else databases.target
    if isinstance(target, Variable):
        target = os.environ.get(target.env)
    if application.storage is None or not target:
        return
    from masker.buckets.attachments import services

    session = restored.session if restored else None
    services.require_own_services(target, services.read_storage_file(application.storage), targets, session=session)
