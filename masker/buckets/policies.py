"""What a bucket's policy lets everybody do. Pure."""

from __future__ import annotations

import fnmatch
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masker.buckets.objects import Location

_NOW = "s3:GetObject"
READING = (_NOW, "s3:GetObjectVersion")
LISTING = ("s3:ListBucket",)

#: Ranges of addresses that are wider name nobody, as S3 itself judges whether a policy is public.
_WIDEST_4, _WIDEST_6 = 8, 32
_OF_ADDRESSES = "aws:sourceip"

#: Conditions by which a statement is of some and not of everybody, as S3 itself judges whether a policy is public; and
#: what names an account or an organization. A user's name and an address within a VPC are of anybody who chooses them.
_NARROWING = frozenset({
    "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcearn", "aws:sourceaccount",
    "aws:sourceowner", "aws:sourceorgid", "aws:principalarn", "aws:principalaccount", "aws:principalorgid",
    "aws:principalorgpaths", "aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
})  # fmt: skip
_POSITIVE = frozenset({"IpAddress", "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
#: Denied without one of these, a reader has only to ask by TLS.
_OF_TLS = frozenset({"aws:securetransport", "s3:tlsversion"})

_WILD = re.compile(r"[*?]")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Openness:
    """What everybody may do below a location: patterns of keys, each with the condition on which, as JSON, and the
    action; and what is denied to everybody all the same. Each action stands by itself."""

    allowed: frozenset[tuple[str, str, str]] = frozenset()
    denied: frozenset[tuple[str, str, str]] = frozenset()

    def beyond(self, other: Openness) -> list[str]:
        """Patterns of keys that are open here and not with *other*, as far as that is certain."""
        if not other.denied <= self.denied:
            return sorted({pattern for pattern, _, _ in self.allowed})
        return sorted(
            {
                pattern
                for pattern, condition, way in self.allowed
                if not any(
                    by == way and on in {"", condition} and _holds(outer, pattern) for outer, on, by in other.allowed
                )
            }
        )

    def of_present(self) -> Openness:
        """The same without what only older versions are read by."""
        return Openness(frozenset(each for each in self.allowed if each[2] == _NOW), self.denied)

    def without_versions(self) -> Openness:
        """The same of a bucket that keeps none: what is asked for as the version "null" is the object itself."""
        return Openness(frozenset((pattern, condition, _NOW) for pattern, condition, _ in self.allowed), self.denied)


def openness(
    policy: str, location: Location, *, is_certain: bool = False, actions: Sequence[str] = READING
) -> Openness:
    """What *policy* (a JSON document), its bucket's, opens of *location* to those *actions*, READING or LISTING: all
    that it may, or only what *is_certain*.

    A statement whose condition names who asks, or from where, is of some. Others (by TLS, from a page, of objects with
    a tag) let in whoever meets them. Raises ValueError or TypeError for what is no policy.
    """
    allowed, denied = set(), set()
    for statement in _statements(policy):
        condition = statement.get("Condition") or {}
        said = json.dumps(condition, sort_keys=True) if condition else ""
        ways = _named_of(actions, statement)
        if not (_is_everybody(statement) and ways):
            continue
        patterns_of = _is_of_bucket if actions is LISTING else _patterns
        if statement.get("Effect") == "Allow" and not _is_narrow(condition):
            patterns = set(patterns_of(statement, location, is_certain=is_certain))
            allowed |= {(pattern, said, way) for pattern in patterns for way in ways}
        elif statement.get("Effect") == "Deny" and not _is_of_tls(condition):
            # What may be denied to the source's readers has to be denied to the target's for certain.
            patterns = set(patterns_of(statement, location, is_certain=not is_certain))
            denied |= {(pattern, said, way) for pattern in patterns for way in ways}
    return Openness(frozenset(allowed), frozenset(denied))


def is_open(policy: str) -> bool:
    """Whether the *policy* (a JSON document) lets everybody read objects, some or all, if only on a condition.

    One statement that denies is not weighed against it, so that what may be open is taken for open. Raises ValueError
    or TypeError for what is no policy.

    >>> statement = '{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}'
    >>> is_open('{"Statement": ' + statement + "}")
    True
    """
    return any(
        statement.get("Effect") == "Allow" and _is_everybody(statement) and _named_of(READING, statement)
        for statement in _statements(policy)
    )


def _statements(policy: str) -> list[Mapping[str, Any]]:
    document = json.loads(policy)
    if not isinstance(document, Mapping):
        raise TypeError("a policy is an object")
    return [statement for statement in _list(document.get("Statement")) if isinstance(statement, Mapping)]


def _is_everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement:
        return True
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    return any("*" in _list(names) for names in named)


def _named_of(actions: Sequence[str], statement: Mapping[str, Any]) -> list[str]:
    """Those of *actions* that *statement* is of."""
    is_other = "NotAction" in statement
    named = list(_list(statement["NotAction"] if is_other else statement.get("Action")))
    return [way for way in actions if any(_matches(action, way) for action in named) != is_other]


def _matches(pattern: object, action: str) -> bool:
    return isinstance(pattern, str) and fnmatch.fnmatchcase(action.lower(), pattern.lower())


def _is_narrow(condition: object) -> bool:
    """Whether *condition* lets in only some, by who they are or where they ask from."""
    return any(
        operator.removeprefix("ForAnyValue:") in _POSITIVE
        and key.lower() in _NARROWING
        and not (
            _is_wide(_list(values)) if key.lower() == _OF_ADDRESSES else any(_is_anybody(str(v)) for v in _list(values))
        )
        for operator, key, values in _conditions(condition)
    )


def _is_wide(values: Iterable[object]) -> bool:
    """Whether *values*, taken together, have a range that is too wide to name somebody, or something that is none."""
    try:
        ranges = [ipaddress.ip_network(str(value), strict=False) for value in values]
    except ValueError:
        return True
    old = ipaddress.collapse_addresses(each for each in ranges if isinstance(each, ipaddress.IPv4Network))
    new = ipaddress.collapse_addresses(each for each in ranges if isinstance(each, ipaddress.IPv6Network))
    return any(each.prefixlen < _WIDEST_4 for each in old) or any(each.prefixlen < _WIDEST_6 for each in new)


def _is_anybody(value: str) -> bool:
    """Whether *value* of a narrowing condition names nobody: a pattern of any account, organization or name."""
    head = _WILD.split(_VARIABLE.sub("*", value), maxsplit=1)[0]
    if head == value:
        return not value
    fields = value.split(":")
    if fields[0] == "arn":
        return len(fields) < 5 or not fields[4] or bool(_WILD.search(fields[4]))
    return not (":" in head or "/" in head)


def _is_of_tls(condition: object) -> bool:
    keys = {key.lower() for _, key, _ in _conditions(condition)}
    return bool(keys) and keys <= _OF_TLS


def _conditions(condition: object) -> Iterator[tuple[str, str, object]]:
    """Operator, key and values of each."""
    for operator, named in condition.items() if isinstance(condition, Mapping) else ():
        for key, values in named.items() if isinstance(named, Mapping) else ():
            yield str(operator), str(key), values


def _patterns(statement: Mapping[str, Any], location: Location, *, is_certain: bool) -> Iterator[str]:
    """Keys that *statement* is of, relative to *location*; all where that cannot be said of some, unless it has to be
    certain."""
    if "Resource" not in statement:
        yield from () if is_certain else ("*",)
        return
    for resource in _list(statement["Resource"]):
        text = str(resource)
        if is_certain and _VARIABLE.search(text):
            continue
        named = _VARIABLE.sub("*", text).rpartition(":::")[2]
        bucket, slash, keys = named.partition("/")
        if slash and fnmatch.fnmatchcase(location.bucket, bucket):
            yield from _below(keys, location.prefix, is_certain=is_certain)
        elif not slash and bucket.endswith("*") and location.bucket.startswith(bucket[:-1]):
            yield "*"  # which goes on over the slash


def _is_of_bucket(statement: Mapping[str, Any], location: Location, *, is_certain: bool) -> Iterator[str]:
    """All keys where *statement* is of the bucket itself, as one on listing has to be."""
    resources = [str(each).rpartition(":::")[2] for each in _list(statement.get("Resource", []))]
    if ("Resource" not in statement and not is_certain) or any(
        fnmatch.fnmatchcase(location.bucket, each) for each in resources
    ):
        yield "*"


def _below(pattern: str, prefix: str, *, is_certain: bool) -> Iterator[str]:
    head = _WILD.split(pattern, maxsplit=1)[0]
    if head.startswith(prefix):
        yield pattern[len(prefix) :]
    elif prefix.startswith(head) and head != pattern and (pattern == f"{head}*" or not is_certain):
        yield "*"


def _holds(outer: str, inner: str) -> bool:
    """Whether every key of *inner* is surely one of *outer*."""
    if outer in {"*", inner}:
        return True
    return outer.endswith("*") and not _WILD.search(outer[:-1]) and inner.startswith(outer[:-1])


def _list(value: object) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
