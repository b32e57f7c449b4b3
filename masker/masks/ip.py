"""``ip``: addresses of no machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, equals, literal, modulo, quotient, share, text, times

_LOW_63_BITS, _LOW_16_BITS, _LOW_8_BITS = 9223372036854775807, 65535, 255

_IPV4_CHARACTERS = 15
_IPV6_CHARACTERS = 29  # 2001:db8:: and 63 bits; with 16 bits it is no longer than an IPv4 address

#: A network of IPv4 that people take for a neighbourhood, as bits and as how many addresses it has but the first and
#: the last.
_NEIGHBOURHOOD, _NEIGHBOURS = 24, 254

RangeName = Literal["reserved", "benchmark", "documentation"]


@dataclass(frozen=True, slots=True)
class _Range:
    """Networks of IPv4 of equal size that nobody is reached in, and how many *addresses* they have in all; *prefix* is
    that of each."""

    networks: tuple[str, ...]
    prefix: int
    addresses: int


#: Reserved for use to come (RFC 1112, section 4; the last is everybody's), for benchmarks (RFC 2544), for documentation
#: (RFC 5737).
_RANGES: Mapping[RangeName, _Range] = {
    "reserved": _Range(("240.0.0.0",), 4, 2**28 - 1),
    "benchmark": _Range(("198.18.0.0",), 15, 2**17),
    "documentation": _Range(("192.0.2.1", "198.51.100.1", "203.0.113.1"), 24, 3 * _NEIGHBOURS),
}

#: Of IPv6 there is one range for documentation. Source: RFC 3849.
_SIX, _SIX_PREFIX = "2001:db8::", 32


class Ip(MaskRule):
    """An address that no machine has, of the original's family and prefix length."""

    mask: Literal["ip"] = "ip"
    range: RangeName = Field(
        default="reserved",
        description=(
            "of IPv4: reserved (240.0.0.0/4, 268 million addresses), benchmark (198.18.0.0/15, 131,072) or"
            " documentation (RFC 5737, 762); IPv6 is of 2001:db8::/32"
        ),
    )
    prefix: Literal[24] | None = Field(
        default=None,
        description=(
            "24: originals of one /24 share a /24, of IPv6 those that are equal but for the last group; default: drawn"
            " apart"
        ),
    )


def _render(original: exp.Expression, column: Column, rule: Ip, context: Context) -> exp.Expression:
    """An IPv4 or IPv6 address of the rule's range, of the original's family and prefix length."""
    is_text = column.type.kind is TypeClass.TEXT
    host = text(original) if is_text else call("host", original)
    number = context.identity.number("address", context.bindings)
    near = _neighbourhood(host, column, context) if rule.prefix is not None else None
    four, six = _four(rule.range, number, near), _six(column, context.identity.shown("address", context.bindings), near)
    if is_text:
        has_colon = exp.GT(this=call("strpos", host.copy(), ":"), expression=literal(0))
        return call("host", case((has_colon, six), default=four))
    is_four = equals(call("family", original.copy()), 4)
    address, prefix = case((is_four, four), default=six), call("masklen", original.copy())
    if column.type.kind is TypeClass.INET:
        return call("set_masklen", address, prefix)
    # The network of a shorter prefix would be somebody's.
    shortest = case((is_four.copy(), literal(_RANGES[rule.range].prefix)), default=literal(_SIX_PREFIX))
    return call("network", call("set_masklen", address, call("greatest", prefix, shortest)))


def _neighbourhood(host: exp.Expression, column: Column, context: Context) -> exp.Expression:
    """A number that addresses share which differ in nothing but their last number."""
    shared = call("rtrim", host.copy(), "0123456789abcdef")
    identity = replace(
        context.identity,
        columns=(column,),
        by_value=True,
        value=shared,
        ordinal=None,
        in_lower_case=frozenset(),
        as_text=frozenset(),
        tells_rows_apart=False,
    )
    return identity.number("network", context.bindings)


def _four(name: RangeName, number: exp.Expression, near: exp.Expression | None) -> exp.Expression:
    found = _RANGES[name]
    if len(found.networks) == 1:
        offset = modulo(number.copy(), found.addresses)
        if near is not None:
            first = times(modulo(near.copy(), 1 << (_NEIGHBOURHOOD - found.prefix)), literal(_NEIGHBOURS + 2))
            host = exp.Paren(this=exp.Add(this=modulo(number.copy(), _NEIGHBOURS), expression=literal(1)))
            offset = exp.Paren(this=exp.Add(this=first, expression=host))
        return _moved(cast(literal(found.networks[0]), "inet"), offset)
    net = quotient(modulo(number.copy(), found.addresses), _NEIGHBOURS)
    first_host, *others = (cast(literal(network), "inet") for network in reversed(found.networks))
    branches = [exp.If(this=literal(at), true=host) for at, host in enumerate(reversed(others))]
    return _moved(exp.Case(this=net, ifs=branches, default=first_host), modulo(number.copy(), _NEIGHBOURS))


def _six(column: Column, number: exp.Expression, near: exp.Expression | None) -> exp.Expression:
    is_narrow = column.type.length is not None and column.type.length < _IPV6_CHARACTERS
    everything, last = (_LOW_16_BITS, _LOW_8_BITS) if is_narrow else (_LOW_63_BITS, _LOW_16_BITS)
    offset = (
        _bits(number, everything)
        if near is None
        else exp.Paren(this=exp.BitwiseOr(this=_bits(near, everything - last), expression=_bits(number, last)))
    )
    return _moved(cast(literal(_SIX), "inet"), offset)


def _bits(number: exp.Expression, kept: int) -> exp.Expression:
    return exp.Paren(this=exp.BitwiseAnd(this=exp.Paren(this=number.copy()), expression=literal(kept)))


def _moved(address: exp.Expression, offset: exp.Expression) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=address, expression=offset))


def _chance(original: exp.Expression, column: Column, rule: Ip, context: Context) -> exp.Expression:
    """No machine has an address of the ranges; one that is found there was masked before, or shares its neighbourhood
    with one."""
    del context
    found = _RANGES[rule.range]
    draws = (found.addresses, _LOW_16_BITS + 1) if rule.prefix is None else (_NEIGHBOURS, _LOW_8_BITS + 1)
    four, six = (share(1 / draw) for draw in draws)
    if column.type.kind is TypeClass.TEXT:
        starts = [*((start, four) for start in _starts(rule.range)), ("2001:db8:", six)]
        return case(
            *(
                (exp.Like(this=text(original.copy()), expression=literal(f"{start}%")), chance.copy())
                for start, chance in starts
            ),
            default=share(0),
        )
    # Of a network few bits are drawn, of one as wide as a range none.
    if column.type.kind is not TypeClass.INET:
        four, six = share(1), share(1)
    ranges = [*((f"{network}/{found.prefix}", four) for network in found.networks), (f"{_SIX}/{_SIX_PREFIX}", six)]
    inside = [
        (call("network_subeq", cast(original.copy(), "inet"), cast(literal(net), "inet")), chance)
        for net, chance in ranges
    ]
    return case(*((condition, chance.copy()) for condition, chance in inside), default=share(0))


def _starts(name: RangeName) -> tuple[str, ...]:
    match name:
        case "reserved":
            return ("24", "25")
        case "benchmark":
            return ("198.18.", "198.19.")
        case "documentation":
            return tuple(network.removesuffix("1") for network in _RANGES[name].networks)


def _problem(column: Column, rule: Ip, context: Context) -> Obstacle | None:
    del context
    if rule.prefix is not None and rule.range == "documentation":
        return Obstacle(
            "prefix: 24 has three networks to give in the range documentation",
            "use the range reserved or benchmark, or leave it out",
        )
    limit = column.type.length
    if limit is not None and limit < _IPV4_CHARACTERS:
        return Obstacle(
            f"{column.type.sql} is too short for an address, which may need {_IPV4_CHARACTERS} characters",
            "use null, fixed or token",
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
        distinct="as many as the range has at most: of IPv4 268 million, 131,072 or 762; of IPv6 as many as before",
        example="244.156.108.138, 2001:db8::2756:4987:af37:d3e8",
        cost=0.15,
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
