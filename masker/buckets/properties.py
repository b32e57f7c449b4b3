"""What belongs to objects and does not come along with a copy, told before one is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from masker.buckets.errors import StorageFault
from masker.buckets.objects import Location, is_access_point
from masker.figures import counted
from masker.notes import Note

Call = Callable[..., Any]


def notes_of_what_stays(source: Location, target: Location, ask_source: Call, ask_target: Call) -> list[Note]:
    """Notes on what copies lack, and on what the target adds to them. Whom these settings are not shown to is told
    nothing."""
    notes = []

    def note(location: Location, text: str) -> None:
        notes.append(Note(subject=str(location), text=text))

    if is_access_point(source.bucket):
        note(source, "is an access point: what its bucket's policy, ownership and encryption say was not looked at")
    else:
        if _read(ask_source, "get_object_lock_configuration", source).get("ObjectLockConfiguration"):
            note(source, "has Object Lock: retention and legal holds of its objects are not copied")
        if _read(ask_source, "get_bucket_website", source):
            note(
                source,
                "is a website: objects that redirect (x-amz-website-redirect-location) arrive without their redirects,"
                " unless they are copied by parts",
            )
        wanted, given = _encryption(ask_source, source), _encryption(ask_target, target)
        if "kms" in wanted and "kms" not in given:
            note(
                source,
                f"encrypts with KMS, its copies are encrypted as {target} does by default ({given or 'not said'})",
            )
    retained = _retention(_read(ask_target, "get_object_lock_configuration", target))
    if retained:
        note(
            target,
            f"has Object Lock and retains what is written to it for {retained}: what is replaced or deleted, a canary"
            " object too, stays as an old version until then",
        )
    return notes


def _retention(answer: Any) -> str:
    kept = answer.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
    if not kept:
        return ""
    length = counted(kept["Years"], "year") if kept.get("Years") else counted(kept.get("Days", 0), "day")
    return f"{length} ({str(kept.get('Mode', '')).lower()})"


def _encryption(call: Call, location: Location) -> str:
    rules = _read(call, "get_bucket_encryption", location).get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    return next((str(rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "")) for rule in rules), "")


def _read(call: Call, operation: str, location: Location) -> Any:
    """The answer, empty for what is not set or not shown."""
    try:
        return call(operation, Bucket=location.bucket)
    except StorageFault:
        return {}
