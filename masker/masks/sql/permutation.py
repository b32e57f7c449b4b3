"""Keyed permutations of numbers as SQL: every number below a size becomes another of them, one-to-one, and who has the
key can turn it back.

A Feistel network over two digits of mixed base, each of which is moved twice by a function of the other. The first and
the last round need only be universal and are the server's own hashes; the two between are SHA-256 behind 64 secret
bytes (Naor and Reingold, 1999).
"""

from __future__ import annotations

from sqlglot import exp

from masker.masks.sql.bindings import Bindings
from masker.masks.sql.expressions import call, concat
from masker.masks.sql.formula import formula

_NON_NEGATIVE = 9223372036854775807


def permuted(
    number: exp.Expression, low: exp.Expression | int, high: exp.Expression | int, scope: str, bindings: Bindings
) -> exp.Expression:
    """A bigint for *number*, one of 0 … *low* * *high* - 1, under the key of *scope*. *low* and *high* may depend on
    what is the same for both."""

    def plain(value: str, part: str) -> exp.Expression:
        return formula(
            "{h} & {positive}",
            h=call("hashint8extended", formula(value), bindings.seed(scope, part)),
            positive=_NON_NEGATIVE,
        )

    def secret(value: str, side: str) -> exp.Expression:
        digest = call(
            "encode", call("sha256", concat(bindings.pad(scope, side), call("int8send", formula(value)))), "hex"
        )
        return formula(
            "{h} & {positive}",
            h=call("hashtextextended", digest, bindings.seed(scope, "permutation")),
            positive=_NON_NEGATIVE,
        )

    first = formula(
        'SELECT ("masker n" / "masker b" + {f} % "masker c") % "masker c" AS "masker l", "masker n" % "masker b" AS'
        ' "masker r", "masker b", "masker c" FROM (SELECT {n} AS "masker n", {low} AS "masker b", {high} AS "masker c"'
        ' OFFSET 0) AS "masker 0" OFFSET 0',
        f=plain('"masker n" % "masker b"', "permutation 1"),
        n=number,
        low=_wide(low),
        high=_wide(high),
    )
    second = formula(
        'SELECT "masker l", ("masker r" + {f} % "masker b") % "masker b" AS "masker r", "masker b", "masker c" FROM'
        ' {inner} AS "masker 1" OFFSET 0',
        f=secret('"masker l"', "inner"),
        inner=first,
    )
    third = formula(
        'SELECT ("masker l" + {f} % "masker c") % "masker c" AS "masker l", "masker r", "masker b" FROM {inner} AS'
        ' "masker 2" OFFSET 0',
        f=secret('"masker r"', "outer"),
        inner=second,
    )
    return formula(
        'SELECT "masker l" * "masker b" + ("masker r" + {f} % "masker b") % "masker b" FROM {inner} AS "masker 3"',
        f=plain('"masker l"', "permutation 4"),
        inner=third,
    )


def one_digit(digit: exp.Expression, scope: str, bindings: Bindings) -> exp.Expression:
    """A bigint from 0 to 9 for *digit*, one of these or its text, under the key of *scope*.

    Ten numbers are too few for halves that move each other: they are put into the order of their digests, which depends
    on no row, so that the server does it once.
    """
    order = formula(
        'SELECT CAST("masker digit" AS bigint) FROM generate_series(0, 9) AS "masker ten" ("masker digit") ORDER BY'
        ' sha256({pad} || int4send("masker digit"))',
        pad=bindings.pad(scope, "inner"),
    )
    return formula("(ARRAY{order})[CAST({digit} AS integer) + 1]", order=order, digit=digit)


def _wide(value: exp.Expression | int) -> exp.Expression:
    return formula("CAST({v} AS bigint)", v=value)
