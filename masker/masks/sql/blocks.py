"""Blocks of digits whose weighted sum is known, so that whole numbers have a check digit that is known as well, without
computing one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from masker.masks.sql.bindings import Words


def luhn(digits: str) -> int:
    """The sum of *digits* by Luhn's rule, the last one not doubled, modulo 10.

    >>> luhn("4111111111111111")
    0
    """
    return sum(d if at % 2 == 0 else 2 * d - 9 * (d > 4) for at, d in enumerate(map(int, reversed(digits)))) % 10


@cache
def luhn_blocks(*, right: bool) -> Words:
    """Four digits whose sum by Luhn's rule is 0, or any but 0."""
    found = (f"{n:04d}" for n in range(10_000))
    return Words(
        f"blocks, Luhn {'right' if right else 'wrong'}",
        tuple(block for at, block in enumerate(found) if (luhn(block) == 0) == right and (right or at % 9 == 0)),
    )


@cache
def card_beginnings(roots: Sequence[str], characters: int) -> Words:
    """So many digits that begin as one of *roots*, whose sum by Luhn's rule is 0."""
    found = []
    for root in roots:
        start = root[: characters - 1].ljust(characters - 1, "0")
        found.append(next(f"{start}{check}" for check in range(10) if luhn(f"{start}{check}") == 0))
    return Words(f"cards of {characters} less 8 digits", tuple(dict.fromkeys(found)))


@cache
def weighted_blocks(weights: tuple[int, ...], modulus: int) -> Words:
    """As many digits as there are *weights*, whose weighted sum is 0 modulo *modulus*."""
    size = len(weights)
    found = (f"{n:0{size}d}" for n in range(10**size))
    name = f"blocks, {'-'.join(map(str, weights))} modulo {modulus}"
    return Words(
        name, tuple(b for b in found if sum(int(d) * w for d, w in zip(b, weights, strict=True)) % modulus == 0)
    )
