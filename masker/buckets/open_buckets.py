"""Buckets that a policy opens to everybody, whatever ACL an object has: a target may open no more than the source
does."""

from __future__ import annotations

from masker.buckets.plan import AclPolicy
from masker.buckets.policies import LISTING, READING, Openness, openness
from masker.buckets.settings_of import SettingsOf, read_block
from masker.errors import Refused
from masker.notes import Note

_SHOWN = 3

_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everybody with an account of any kind at the storage",
}

_PERMISSIONS = {
    "READ": "list its keys",
    "WRITE": "write and delete objects",
    "READ_ACP": "read that ACL",
    "WRITE_ACP": "change that ACL",
}


def look_at_policies(source: SettingsOf, target: SettingsOf, acl: AclPolicy, *, keeps_versions: bool) -> bool:
    """Whether the target's policy lets everybody in, whatever the ACLs of objects say. Raises Refused where it would
    open what is private on the source. *keeps_versions* says whether the target does. That everybody may list the keys
    opens no object, and is noted."""
    (certain, lists_surely), (possible, lists) = _openness(source, is_certain=True), _openness(target)
    beyond = (possible if keeps_versions else possible.without_versions()).beyond(certain)
    if beyond and acl != "public-read":
        of_versions = "" if possible.of_present().beyond(certain) or not keeps_versions else "older versions of "
        raise Refused(
            f"{target.location}: its bucket policy lets everybody read {of_versions}{_named(beyond)}, whatever ACL an"
            " object has, and the source's does not: private objects would be open",
            hint="take that out of the policy; if everybody may read all of the bucket, say so: --acl public-read",
        )
    missing = certain.of_present().beyond(possible)
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
    if lists.beyond(lists_surely):
        target.notes.append(
            Note(
                subject=str(target.location),
                text=(
                    "its bucket policy lets everybody list its keys, and the source's does not: take s3:ListBucket out"
                    " of what it allows to everybody"
                ),
            )
        )
    return bool(possible.allowed)


def look_at_acls(source: SettingsOf, target: SettingsOf) -> None:
    """Note what the target's own ACL lets everybody do, and the source's does not. Neither opens an object."""
    for who, opened in _granted(target).items():
        beyond = opened - _granted(source).get(who, set()) if opened else opened
        if beyond:
            may = " and ".join(words for permission, words in _PERMISSIONS.items() if permission in beyond)
            target.notes.append(
                Note(
                    subject=str(target.location),
                    text=(
                        f"its own ACL lets {who} {may}, and the source's does not: "
                        + target.access.aws(
                            "s3api", "put-bucket-acl", "--bucket", target.location.bucket, "--acl", "private"
                        )
                    ),
                )
            )


def _granted(asking: SettingsOf) -> dict[str, set[str]]:
    """What the ACL of the bucket itself grants to whoever asks, by who that is."""
    grants = (asking.read("get_bucket_acl", "s3:GetBucketAcl") or {}).get("Grants", ())
    found: dict[str, set[str]] = {}
    for grant in grants:
        if (who := _GROUPS.get(grant.get("Grantee", {}).get("URI", ""))) is not None:
            permission = str(grant.get("Permission"))
            found.setdefault(who, set()).update(_PERMISSIONS if permission == "FULL_CONTROL" else {permission})
    # With this set the grants are there and count for nothing.
    return {} if found and read_block(asking).get("IgnorePublicAcls") else found


def _named(patterns: list[str]) -> str:
    if "*" in patterns:
        return "all of it"
    return ", ".join(patterns[:_SHOWN]) + (" and more" if len(patterns) > _SHOWN else "")


def _openness(asking: SettingsOf, *, is_certain: bool = False) -> tuple[Openness, Openness]:
    """What the policy lets everybody read, and whether it lets everybody list."""
    answer = asking.read("get_bucket_policy", "s3:GetBucketPolicy") or {}
    if not answer.get("Policy"):
        return Openness(), Openness()
    try:
        reading, listing = (
            openness(answer["Policy"], asking.location, is_certain=is_certain, actions=actions)
            for actions in (READING, LISTING)
        )
    except (TypeError, ValueError):
        asking.notes.append(
            Note(
                subject=str(asking.location),
                text="its bucket policy cannot be read, so whom it lets in was not looked at",
            )
        )
        return Openness(), Openness()
    is_open = reading.allowed or listing.allowed
    # With this set nobody from outside is let in by a policy.
    if is_open and read_block(asking).get("RestrictPublicBuckets"):
        return Openness(), Openness()
    return reading, listing
