"""The plan of one bucket pair: what was found, what will be done, and whether it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from masker.buckets.diff import Op, Totals
from masker.buckets.objects import Location, parse_location
from masker.figures import counted, size
from masker.notes import Note

AclPolicy = Literal["mirror", "public-read", "bucket-owner-full-control", "none"]

#: A source that holds less than this share of the target's objects looks like the wrong bucket.
_LEAST_RATIO = 0.5

#: A stored plan speaks of listings, and listings age.
PLAN_AGE = timedelta(hours=24)

#: How far the clocks of who makes a plan and who executes it may be apart.
PLAN_SKEW = timedelta(minutes=15)

#: What is said of a plan made without its scope.
SCOPE_LATER = Note(
    subject="scope",
    text=(
        "decided by the masked database once it is published; until then this is the most that is copied, and the least"
        " that is deleted"
    ),
)

#: The same of one that goes by what its last run has recorded.
SINCE_LATER = Note(
    subject="scope",
    text="what has changed is told by the masked database once it is published: neither bucket was listed for this",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteLimits:
    """The most deletions a run may make, as a number and as a share of the target's objects. None does not limit.

    Only a number given on purpose lets a run empty most of a target; where the source holds nothing at all, only the
    very number.
    """

    count: int | None = 1000
    percent: float | None = 10.0
    is_number_given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFound:
    """What a preview's database says of its blobs: the run that filled it, their service if it names one, and what is
    done about how many."""

    run: str
    service: str | None
    kept: int = 0
    placeholders: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceLast:
    """How a comparison that was to go by the last run's record came about. *run* is that run, None where everything was
    listed, with the reason *why*. *listed_by* has listed everything last, *runs* runs before this one.

    *looked_up* keys were asked for by name, *listed* in a sample and where no row tells of objects; that took
    *requests*, and *saved* so many against a listing.
    """

    run: str | None
    why: str | None
    listed_by: str
    listed_at: str
    runs: int
    every: int
    looked_up: int = 0
    listed: int = 0
    requests: int = 0
    saved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """Everything a sync of one pair will do, its single changes left out: those are in the plan's file.

    *acl* is the policy in effect (``private`` where the source shows nobody anything), *keeps_versions* whether deletes
    can be undone. *inventory_at* is when the inventory was begun that lists the source, None where it was listed
    itself. *stored_by* is the run that made a stored plan, None where it was made by the run that executes it.
    *since_last* is None where that was not asked for.
    """

    run: str
    created_at: datetime
    source: Location
    target: Location
    acl: str
    deletes: bool
    totals: Totals
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keeps_versions: bool = False
    scope: ScopeFound | None = None
    inventory_at: datetime | None = None
    stored_by: str | None = None
    since_last: SinceLast | None = None
    notes: tuple[Note, ...] = field(default=())

    @property
    def deletions(self) -> int:
        """How many objects will be deleted."""
        return self.totals.deletes if self.deletes else 0

    @property
    def went_by_record(self) -> bool:
        """Whether the buckets were not listed, as the last run's record tells what may have changed."""
        return self.since_last is not None and self.since_last.run is not None

    @property
    def has_work(self) -> bool:
        return bool(self.totals.copies or self.totals.acl_repairs or self.changes_rows or self.deletions)

    @property
    def changes_rows(self) -> bool:
        """Whether the preview's database is written to: its rows have to speak of the placeholders."""
        return bool(self.totals.placeholders or self.totals.stale_rows)

    @property
    def lines(self) -> dict[str, int]:
        """How many changes its file holds, by what they do."""
        totals = self.totals
        return {
            Op.COPY: totals.copies,
            Op.PLACEHOLDER: totals.placeholders,
            Op.ROW: totals.stale_rows,
            Op.ACL: totals.acl_repairs,
            Op.DELETE: totals.deletes,
            Op.SKIP: totals.archived,
        }

    def document(self) -> dict[str, Any]:
        """The plan as plain values; also the header of its file."""
        return {
            "kind": "sync",
            "version": 1,
            "run": self.run,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "source": _url(self.source),
            "target": _url(self.target),
            "acl": self.acl,
            "deletes": self.deletes,
            "include": list(self.include),
            "exclude": list(self.exclude),
            "keeps_versions": self.keeps_versions,
            "scope": asdict(self.scope) if self.scope else None,
            "inventory_at": self.inventory_at.isoformat(timespec="seconds") if self.inventory_at else None,
            "since_last": asdict(self.since_last) if self.since_last else None,
            "totals": asdict(self.totals),
            "notes": [{"subject": note.subject, "text": note.text} for note in self.notes],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> SyncPlan:
        """The inverse of :meth:`document`. Raises KeyError, TypeError or ValueError where it is not one."""
        known = {f.name for f in fields(Totals)}
        created_at = datetime.fromisoformat(document["created_at"])
        if created_at.tzinfo is None:
            raise ValueError("a time of no zone")
        return cls(
            run=document["run"],
            created_at=created_at,
            source=parse_location(document["source"]),
            target=parse_location(document["target"]),
            acl=document["acl"],
            deletes=document["deletes"],
            totals=Totals(**{name: int(value) for name, value in document["totals"].items() if name in known}),
            include=tuple(document["include"]),
            exclude=tuple(document["exclude"]),
            keeps_versions=document["keeps_versions"],
            scope=ScopeFound(**found) if (found := document.get("scope")) else None,
            inventory_at=datetime.fromisoformat(begun) if (begun := document.get("inventory_at")) else None,
            since_last=SinceLast(**since) if (since := document.get("since_last")) else None,
            notes=tuple(Note(subject=note["subject"], text=note["text"]) for note in document["notes"]),
        )


def refusal(plan: SyncPlan, limits: DeleteLimits) -> str | None:
    """Why *plan* may not be executed, or None. Speaks of deletions only: copies take nothing away that the source does
    not have."""
    deletions, totals = plan.deletions, plan.totals
    if not deletions:
        return None
    if limits.count is not None and deletions > limits.count:
        return f"{_objects(deletions)} would be deleted, more than {limits.count:,}"
    # An empty listing is what a misspelt prefix looks like too, so a limit that stands in a file for every run does not
    # allow it.
    if not totals.source_objects and not (limits.is_number_given and limits.count == deletions):
        held = "has no objects in scope" if totals.out_of_scope else "is empty"
        return f"{plan.source} {held}, and {_objects(deletions)} would be deleted"
    if limits.is_number_given:
        return None
    if totals.source_objects < _LEAST_RATIO * totals.target_objects:
        held = _objects(totals.source_objects) + (" in scope" if plan.scope else "")
        return f"{plan.source} holds {held}, less than half of the target's {totals.target_objects:,}"
    share = 100 * deletions / totals.target_objects
    if limits.percent is not None and share > limits.percent:
        return f"{_objects(deletions)} would be deleted, {share:.0f}% of the target, more than {limits.percent:g}%"
    return None


def explain_sync(plan: SyncPlan) -> list[tuple[str, str]]:
    """What a person reads of *plan*: subject and text, in the order in which things happen."""
    totals = plan.totals
    source_size, target_size = (
        "" if plan.went_by_record else f", {size(count)}" for count in (totals.source_bytes, totals.target_bytes)
    )
    lines = [
        ("source", f"{plan.source} · {_objects(totals.source_objects)}{source_size}" + _scope_words(plan)),
        ("target", f"{plan.target} · {_objects(totals.target_objects)}{target_size}"),
        ("unchanged", _objects(totals.unchanged)),
        (
            "copy",
            f"{_objects(totals.copies)}, {size(totals.copy_bytes)}"
            + (f", {totals.replaced:,} of them replaced" if totals.replaced else ""),
        ),
        *([("placeholder", _placeholder_words(totals))] if plan.changes_rows else []),
        ("acl", _acl_words(plan)),
        ("delete", _delete_words(plan)),
    ]
    if totals.archived:
        restoring = (
            f"; {totals.restoring:,} of them are being restored, and copied by a run after that"
            if totals.restoring
            else ""
        )
        lines.append(("skip", f"{_objects(totals.archived)}, archived, to be restored before any copy{restoring}"))
    if totals.excluded:
        lines.append(("excluded", f"{counted(totals.excluded, 'key')} on either side"))
    return lines + [(f"note {note.subject}", note.text) for note in plan.notes]


def _scope_words(plan: SyncPlan) -> str:
    scope = plan.scope
    if scope is None:
        return ""
    blobs = f"{counted(scope.kept, 'blob')} kept, {scope.placeholders:,} replaced, {scope.dropped:,} dropped"
    return f" in scope, {plan.totals.out_of_scope:,} out of it · by the preview of run {scope.run}: {blobs}"


def _placeholder_words(totals: Totals) -> str:
    rows = totals.placeholders + totals.stale_rows
    words = (
        [f"{_objects(totals.placeholders)}, a small file of the same content type for each"]
        if totals.placeholders
        else []
    )
    return "; ".join([*words, f"size and checksum of {counted(rows, 'row')} of the preview's database will match"])


def _acl_words(plan: SyncPlan) -> str:
    totals = plan.totals
    words = {
        "mirror": "mirrored: what everybody may read stays so, all else becomes private",
        "private": "private, as the source shows nobody anything by ACL",
        "public-read": "everybody will be able to read every copy",
        "bucket-owner-full-control": "the target's owner has full control of each copy, nobody else may read it",
        "none": "none sent",
    }[plan.acl]
    if totals.acl_checked:
        words += (
            f" · {totals.acl_drifted:,} of {totals.acl_checked:,} unchanged objects checked have drifted and are"
            " repaired"
        )
    return words


def _delete_words(plan: SyncPlan) -> str:
    totals = plan.totals
    if not plan.deletes:
        return f"nothing (--no-delete); {_objects(totals.deletes)} stale"
    if not totals.deletes:
        return "nothing"
    how = ", can be undone: the bucket keeps versions" if plan.keeps_versions else ", for good"
    return f"{_objects(totals.deletes)}, {size(totals.delete_bytes)}, last of all{how}"


def _objects(count: int) -> str:
    return counted(count, "object")


def _url(location: Location) -> str:
    return f"s3://{location.bucket}/{location.prefix}"
