"""Buckets that a policy opens to everybody, whatever ACL an object has: a target may open no more than the source
does."""

from __future__ import annotations

from masker.buckets.plan import AclPolicy
from masker.buckets.policies import Openness, openness
from masker.buckets.settings_of import SettingsOf, read_block
from masker.errors import Refused
from masker.notes import Note

_SHOWN = 3


def look_at_policies(source: SettingsOf, target: SettingsOf, acl: AclPolicy) -> bool:
    """Whether the target's policy lets everybody in, whatever the ACLs of objects say. Raises Refused where it would
    open what is private on the source."""
    certain, possible = _openness(source, is_certain=True), _openness(target)
    beyond = possible.beyond(certain)
    if beyond and acl != "public-read":
        raise Refused(
            f"{target.location}: its bucket policy lets everybody read {_named(beyond)}, whatever ACL an object has,"
            " and the source's does not: private objects would be open",
            hint="take that out of the policy; if everybody may read all of the bucket, say so: --acl public-read",
        )
    missing = certain.beyond(possible)
    if missing and acl != "public-read":
        source.notes.append(
            Note(
                subject=str(source.location),
                text=(
                    f"its bucket policy lets everybody read {_named(missing)}, which is not copied: give the target one"
                    " like it, or use --acl public-read"
                ),
            )
        )
    return bool(possible.allowed)


def _named(patterns: list[str]) -> str:
    if "*" in patterns:
        return "all of it"
    return ", ".join(patterns[:_SHOWN]) + (" and more" if len(patterns) > _SHOWN else "")


def _openness(asking: SettingsOf, *, is_certain: bool = False) -> Openness:
    answer = asking.read("get_bucket_policy", "s3:GetBucketPolicy") or {}
    if not answer.get("Policy"):
        return Openness()
    try:
        found = openness(answer["Policy"], asking.location, is_certain=is_certain)
    except (TypeError, ValueError):
        asking.notes.append(
            Note(
                subject=str(asking.location),
                text="its bucket policy cannot be read, so whom it lets in was not looked at",
            )
        )
        return Openness()
    # With this set nobody from outside is let in by a policy.
    return Openness() if found.allowed and read_block(asking).get("RestrictPublicBuckets") else found
