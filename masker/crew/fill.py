"""One database of a run: looked at beforehand, and filled."""

from __future__ import annotations

from collections.abc import Callable

from masker.copy.prepare import prepared
from masker.copy.run import CopyResult
from masker.copy.staging import require_shown
from masker.delta.events import DeltaEvent
from masker.delta.foresee import as_begun
from masker.delta.run import renew
from masker.in_place.events import MaskEvent
from masker.in_place.prepare import prepared_in_place
from masker.in_place.run import MaskResult, mask
from masker.settings import InPlaceOptions, Settings
from masker.stages import BeforePublishing

#: Told what happens, whichever way that goes.
Listener = Callable[[DeltaEvent | MaskEvent], None]


def look_at_database(
    settings: Settings, in_place: InPlaceOptions | None, before: BeforePublishing | None = None
) -> None:
    """Rules, schema and rights, for a run that does *before* what that is. Production's snapshot is let go again:
    others may take long to look at theirs, and a copy takes a fresh one."""
    if in_place:
        with prepared_in_place(settings, in_place):
            return
    begun = as_begun(settings, looks=before is not None and before.looks)
    require_shown(begun, before)
    with prepared(begun):
        pass


def fill_one(
    settings: Settings, in_place: InPlaceOptions | None, listener: Listener, *, run: str, before: BeforePublishing
) -> CopyResult | MaskResult:
    """One database copied, or masked where it stands."""
    if in_place is not None:
        return mask(settings, in_place, listener, run=run, before=before)
    return renew(settings, listener, run=run, before=before)
