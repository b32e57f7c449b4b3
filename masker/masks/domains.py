"""Domains of masked addresses, as SQL: the rule's own, or one of several, as frequent as it says or as was counted."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.pairs import Pairs
from masker.masks.locales.pools import Pool
from masker.masks.mask import Context
from masker.masks.numbers import SLOTS, Numbers
from masker.masks.pick import draw, pick
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import call, case, literal, text

#: What the identity's number that picks a domain is called.
PART = "domain"

#: Where mail goes that no rule says another place for. Source: RFC 2606; names below it are nobody's either.
RESERVED = "example.com"

#: Names that nobody can have, with all below them. Source: RFC 2606, RFC 6761.
_NOBODYS = ("example.com", "example.net", "example.org", "example", "test", "invalid")

#: Domains that are listed; more are put together, of a letter and one of so many numbers.
_LISTED, _NUMBERS, _BEGIN = 2000, 5000, 100

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Domains(Protocol):
    """What a rule says of domains."""

    @property
    def domain(self) -> str | dict[str, str]: ...

    @property
    def domains(self) -> int | None: ...


def follows(rule: Domains) -> bool:
    """Whether domains are drawn as they are counted: names below one that is nobody's may be as many as it takes."""
    return rule.domains is None and isinstance(rule.domain, str) and _is_nobodys(rule.domain)


def _is_nobodys(domain: str) -> bool:
    return any(domain == name or domain.endswith(f".{name}") for name in _NOBODYS)


def domain_of(original: exp.Expression, column: Column, rule: Domains, context: Context) -> exp.Expression:
    """The domain of the identity's address, or of what *original* had."""
    if isinstance(rule.domain, dict):
        other = literal(rule.domain.get("*", RESERVED))
        named = [
            exp.If(this=literal(name.lower()), true=literal(to)) for name, to in rule.domain.items() if name != "*"
        ]
        return exp.Case(this=_own_domain(original), ifs=named, default=other) if named else other
    if rule.domain == "keep":
        kept = _own_domain(original)
        is_usable: exp.Expression = exp.NEQ(this=kept.copy(), expression=literal(""))
        if column.type.length is not None:
            # What would be cut off could be what makes the address unique, or tells one domain from another.
            longest = literal(column.type.length - context.identity.tag_length - 1)
            is_usable = exp.And(
                this=is_usable, expression=exp.LTE(this=call("length", kept.copy()), expression=longest)
            )
        return case((is_usable, kept), default=literal(RESERVED))
    counted = _counted(rule, context, column)
    if counted is None and not _is_several(rule):
        return literal(rule.domain)
    number = context.identity.number(PART, context.bindings)
    return draw(counted, number, context) if counted is not None else pick(_several(rule), number, context)


def longest_domain(rule: Domains, context: Context, column: Column) -> int:
    """Characters of the longest domain."""
    if isinstance(rule.domain, dict):
        return max(map(len, (*rule.domain.values(), *(() if "*" in rule.domain else (RESERVED,)))))
    if rule.domain == "keep":
        return (
            len(RESERVED)
            if column.type.length is None
            else max(len(RESERVED), column.type.length - context.identity.tag_length - 1)
        )
    if (counted := _counted(rule, context, column)) is not None:
        return counted.longest
    return _longest(str(rule.domain), rule.domains or 1)


def _own_domain(original: exp.Expression) -> exp.Expression:
    return call("lower", call("split_part", text(original), "@", 2))


def _is_several(rule: Domains) -> bool:
    return rule.domains is not None and rule.domains > 1


def _counted(rule: Domains, context: Context, column: Column) -> Pool | None:
    """The domains of what was counted; None where nothing was, where there is but one, and where a column has no room
    for all."""
    numbers = context.numbers(PART) if follows(rule) else None
    if numbers is None or numbers.distinct == 1:
        return None
    pool = of_domains(str(rule.domain), numbers)
    length = column.type.length
    return pool if length is None or pool.longest + 1 + context.identity.tag_length <= length else None


def _several(rule: Domains) -> Words:
    return _drawn(str(rule.domain), rule.domains or 1)


@cache
def of_domains(domain: str, numbers: Numbers) -> Pool:
    """*domain* and names below it, as frequent as *numbers* say."""
    slots = numbers.common
    listed = min(numbers.tail, _LISTED)
    names = _names(domain, len(slots) + listed)
    common = tuple(name for name, each in zip(names, slots, strict=False) for _ in range(each))
    found = Pool(Words(f"domains {domain} common", common), Words(f"domains {domain} rare", names[len(slots) :]))
    if numbers.tail == listed:
        return found
    # Numbers that no label of a list has.
    letters, last = Words("domains letters", tuple(_LETTERS)), _BEGIN + len(slots) // len(_LETTERS)
    counted = Words(f"domains from {last}", tuple(map(str, range(last, last + _NUMBERS))))
    more = Pairs(letters, counted, "", end=f".{domain}").of(numbers.tail - listed)
    return Pool(found.common, found.rare, more)


@cache
def _drawn(domain: str, count: int) -> Words:
    """*domain* and names below it, each in as many places as it is common: of the second half as many as of the first,
    and so on."""
    whole = sum(1 / rank for rank in range(1, count + 1))
    slots, sofar = list[str](), 0.0
    for rank, name in enumerate(_names(domain, count), start=1):
        sofar += 1 / rank / whole
        slots += [name] * max(1, round(sofar * SLOTS) - len(slots))
    return Words(f"domains {domain} {count}", tuple(slots))


@cache
def _longest(domain: str, count: int) -> int:
    return max(map(len, _names(domain, count)))


@cache
def _names(domain: str, count: int) -> tuple[str, ...]:
    return (domain, *(f"{label(number)}.{domain}" for number in range(count - 1)))


def label(number: int) -> str:
    """a, b, … z, a1, b1, …: no word of any language.

    >>> label(0), label(25), label(26), label(1000)
    ('a', 'z', 'a1', 'm38')
    """
    round_, letter = divmod(number, len(_LETTERS))
    return f"{_LETTERS[letter]}{round_ or ''}"
