"""Addresses of machines."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.arguments import Ip
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, cast, equals, literal, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness

#: Hosts of TEST-NET-1, -2 and -3. Source: RFC 5737.
_DOCUMENTATION = Words(
    "documentation addresses", tuple(f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255))
)

_LOW_63_BITS = 9223372036854775807


def ip(original: exp.Expression, column: Column, rule: Ip, context: Context) -> exp.Expression:
    """An IPv4 or IPv6 address from a documentation range, of the original's family and prefix length.

    Source: RFC 5737 (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24), RFC 3849 (2001:db8::/32).
    """
    del rule
    number = context.identity.number("address", context.bindings)
    four = cast(pick(_DOCUMENTATION, number, context), "inet")
    offset = exp.Paren(this=exp.BitwiseAnd(this=exp.Paren(this=number.copy()), expression=literal(_LOW_63_BITS)))
    six = exp.Paren(this=exp.Add(this=cast(literal("2001:db8::"), "inet"), expression=offset))
    if column.type.kind is TypeClass.TEXT:
        has_colon = exp.GT(this=call("strpos", text(original), ":"), expression=literal(0))
        return call("host", case((has_colon, six), default=four))
    address = case((equals(call("family", original.copy()), 4), four), default=six)
    sized = call("set_masklen", address, call("masklen", original))
    return cast(call("network", sized), "cidr") if column.type.kind is TypeClass.CIDR else sized


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.INET, TypeClass.CIDR}


IP = Mask(
    name="ip",
    rule=Ip,
    serves="inet, cidr, text",
    uniqueness=Uniqueness.LOST,
    accepts=_accepts,
    render=ip,
    example="198.51.100.23, 2001:db8::6a1f:…",
)
