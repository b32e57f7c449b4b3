"""``ip``: addresses of no machine."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import call, case, cast, equals, literal, modulo, quotient, share, text

#: TEST-NET-1, -2 and -3, and how many hosts each has. Source: RFC 5737.
_NETS = ("192.0.2", "198.51.100", "203.0.113")
_HOSTS = 254

_DOCUMENTATION = Words("documentation addresses", tuple(f"{net}.{host}" for net in _NETS for host in range(1, _HOSTS + 1)))

#: Prefix lengths of the documentation ranges; the network of a shorter one would be somebody's.
_SHORTEST_PREFIX = {4: 24, 6: 32}

_LOW_63_BITS, _LOW_16_BITS = 9223372036854775807, 65535

_IPV4_CHARACTERS = 15
_IPV6_CHARACTERS = 29  # 2001:db8:: and 63 bits; with 16 bits it is no longer than an IPv4 address


class Ip(MaskRule):
    """An address from the ranges reserved for documentation (RFC 5737, RFC 3849)."""

    mask: Literal["ip"] = "ip"


def _render(original: exp.Expression, column: Column, rule: Ip, context: Context) -> exp.Expression:
    """An IPv4 or IPv6 address from a documentation range, of the original's family and prefix length.

    Source: RFC 5737 (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24), RFC 3849 (2001:db8::/32).
    """
    del rule
    number = context.identity.number("address", context.bindings)
    is_narrow = column.type.length is not None and column.type.length < _IPV6_CHARACTERS
    drawn = literal(_LOW_16_BITS if is_narrow else _LOW_63_BITS)
    offset = exp.Paren(this=exp.BitwiseAnd(this=exp.Paren(this=number.copy()), expression=drawn))
    six = exp.Paren(this=exp.Add(this=cast(literal("2001:db8::"), "inet"), expression=offset))
    if column.type.kind is TypeClass.TEXT:
        has_colon = exp.GT(this=call("strpos", text(original), ":"), expression=literal(0))
        return case((has_colon, call("host", six)), default=pick(_DOCUMENTATION, number, context))
    is_four = equals(call("family", original.copy()), 4)
    address = case((is_four, _documentation_inet(number)), default=six)
    prefix = call("masklen", original)
    if column.type.kind is TypeClass.INET:
        return call("set_masklen", address, prefix)
    shortest = case((is_four.copy(), literal(_SHORTEST_PREFIX[4])), default=literal(_SHORTEST_PREFIX[6]))
    return call("network", call("set_masklen", address, call("greatest", prefix, shortest)))


def _documentation_inet(number: exp.Expression) -> exp.Expression:
    """The same address as the word list has, counted from its network's first host: a third of the time of reading a text."""
    net = quotient(modulo(number, len(_NETS) * _HOSTS), _HOSTS)
    first, *others = (cast(literal(f"{name}.1"), "inet") for name in reversed(_NETS))
    branches = [exp.If(this=literal(at), true=host) for at, host in enumerate(reversed(others))]
    return exp.Paren(this=exp.Add(this=exp.Case(this=net, ifs=branches, default=first), expression=modulo(number.copy(), _HOSTS)))


def _chance(original: exp.Expression, column: Column, rule: Ip, context: Context) -> exp.Expression:
    """No machine has an address of the documentation ranges; one that is found there was masked before."""
    del rule, context
    four, six = share(1 / len(_DOCUMENTATION.entries)), share(1 / (_LOW_16_BITS + 1))
    if column.type.kind is TypeClass.TEXT:
        starts = [*((f"{net}.", four) for net in _NETS), ("2001:db8:", six)]
        return case(
            *((exp.Like(this=text(original.copy()), expression=literal(f"{start}%")), found.copy()) for start, found in starts),
            default=share(0),
        )
    # Of a network few bits are drawn, of one as wide as a range none.
    found = (four, six) if column.type.kind is TypeClass.INET else (share(1), share(1))
    ranges = [*((f"{net}.0/24", found[0]) for net in _NETS), ("2001:db8::/32", found[1])]
    inside = [(call("network_subeq", cast(original.copy(), "inet"), cast(literal(net), "inet")), chance) for net, chance in ranges]
    return case(*((condition, chance.copy()) for condition, chance in inside), default=share(0))


def _problem(column: Column, rule: Ip, context: Context) -> Obstacle | None:
    del rule, context
    limit = column.type.length
    if limit is not None and limit < _IPV4_CHARACTERS:
        return Obstacle(
            f"{column.type.sql} is too short for an address, which may need {_IPV4_CHARACTERS} characters", "use null, fixed or token"
        )
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.INET, TypeClass.CIDR}


def _tells(rule: Ip, kind: TypeClass) -> str:
    del rule, kind
    return "machine"


IP = Mask(
    rule=Ip,
    card=Card(
        serves="inet, cidr, text",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="762 of IPv4 at most; of IPv6 as many as before",
        example="198.51.100.249, 2001:db8::2756:4987:af37:d3e8",
        cost=0.15,
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
