"""What a bucket's policy lets everybody do. Pure."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any

_READING = ("s3:GetObject", "s3:GetObjectVersion")


def is_open(policy: str, *, conditions_count: bool = False) -> bool:
    """Whether the *policy* (a JSON document) lets everybody read objects, some or all.

    A statement with a condition is counted only if *conditions_count*: who it lets in depends on more than the bucket,
    and it may be everybody (by TLS, from a page). One that denies is not weighed against it, so that what may be open
    is taken for open. Raises ValueError or TypeError for what is no policy.

    >>> statement = '{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}'
    >>> is_open('{"Statement": ' + statement + "}")
    True
    """
    document = json.loads(policy)
    if not isinstance(document, Mapping):
        raise TypeError("a policy is an object")
    return any(
        statement.get("Effect") == "Allow"
        and (conditions_count or not statement.get("Condition"))
        and _is_everybody(statement)
        and _reads(statement)
        for statement in _list(document.get("Statement"))
        if isinstance(statement, Mapping)
    )


def _is_everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement:
        return True
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    return any("*" in _list(names) for names in named)


def _reads(statement: Mapping[str, Any]) -> bool:
    if "NotAction" in statement:
        return not all(
            any(_matches(action, reading) for action in _list(statement["NotAction"])) for reading in _READING
        )
    return any(_matches(action, reading) for action in _list(statement.get("Action")) for reading in _READING)


def _matches(pattern: object, action: str) -> bool:
    return isinstance(pattern, str) and fnmatch.fnmatchcase(action.lower(), pattern.lower())


def _list(value: object) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
