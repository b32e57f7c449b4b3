"""``fixed``: one value for everybody."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, DecimalException
from ipaddress import ip_interface, ip_network
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, any_type, needs_nothing, tells_by_type
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import literal

_INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
_BOOLEANS = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0"})

#: What reads a value as the type would, stricter where the server's reading depends on its settings; each raises
#: ValueError.
_READERS: Mapping[TypeClass, tuple[Callable[[str], object], str]] = {
    TypeClass.NUMBER: (Decimal, "a number"),
    TypeClass.UUID: (uuid.UUID, "a uuid"),
    TypeClass.JSON: (json.loads, "a JSON document"),
    TypeClass.JSONB: (json.loads, "a JSON document"),
    TypeClass.DATE: (date.fromisoformat, "a date such as 2000-01-31"),
    TypeClass.TIMESTAMP: (datetime.fromisoformat, "a time such as 2000-01-31 12:00:00"),
    TypeClass.INET: (ip_interface, "an address"),
    TypeClass.CIDR: (ip_network, "a network such as 192.0.2.0/24"),
}


class Fixed(MaskRule):
    """One value for every row."""

    mask: Literal["fixed"] = "fixed"
    value: str | int | float | bool = Field(description="the value, in any form the column's type reads")


def fixed(original: exp.Expression, column: Column, rule: Fixed, context: Context) -> exp.Expression:
    """The rule's value, read by the column's type."""
    del original, column, context
    return literal(_text(rule))


def _text(rule: Fixed) -> str:
    return str(rule.value).lower() if isinstance(rule.value, bool) else str(rule.value)


def _problem(column: Column, rule: Fixed, context: Context) -> Obstacle | None:
    del context
    text, kind = _text(rule), column.type
    if kind.kind is TypeClass.ENUM and text not in kind.labels:
        return Obstacle(f'"{text}" is no label of {kind.sql}', f"there are {', '.join(kind.labels)}")
    if kind.length is not None and len(text) > kind.length:
        return Obstacle(
            f"the fixed value has {len(text)} characters, {kind.sql} holds {kind.length}", "write a shorter one"
        )
    expected = _expected(text, kind.name, kind.kind)
    if not expected:
        return None
    return Obstacle(
        f"the fixed value cannot be read as {kind.sql}, expected {expected}", "write one that it reads, or use null"
    )


def _expected(text: str, name: str, kind: TypeClass) -> str | None:
    """What a type would have read, if it cannot read *text*."""
    if kind is TypeClass.BOOLEAN:
        return None if text.strip().lower() in _BOOLEANS else "true or false"
    if kind is TypeClass.INTEGER:
        limit = 1 << (_INTEGER_BITS.get(name, 64) - 1)
        is_integer = text.strip().removeprefix("-").isdecimal() and text.isascii()
        return None if is_integer and -limit <= int(text) < limit else f"an integer from {-limit} to {limit - 1}"
    if kind not in _READERS or (kind in {TypeClass.DATE, TypeClass.TIMESTAMP} and text in {"infinity", "-infinity"}):
        return None
    read, expected = _READERS[kind]
    try:
        read(text)
    except (ValueError, DecimalException):
        return expected
    return None


FIXED = Mask(
    rule=Fixed,
    card=Card(
        serves="every type",
        accepts=any_type,
        uniqueness=Uniqueness.LOST,
        distinct="one",
        example="the value given",
        cost=0,
        fills=needs_nothing,
        is_constant=True,
        tells=tells_by_type,
    ),
    render=fixed,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
