"""Numbers of cards of which a part is kept: the digit that makes the check right, or not, computed."""

from __future__ import annotations

from sqlglot import exp

from masker.masks.sql.formula import formula, let

#: Digits that stand before the last eight at most.
_BEFORE = 11


def kept_beginning(number: exp.Expression) -> exp.Expression:
    """What stands before the last eight of the digits "masker digits": their first six, or as many as there are, and
    then *number*."""
    return formula(
        'CASE WHEN length("masker digits") <= 14 THEN left("masker digits", length("masker digits") - 8)'
        ' ELSE left("masker digits", 6) || lpad(CAST(({n} & 1099511627775) % CAST(10 ^ (length("masker digits") - 14)'
        " AS bigint) AS text), length(\"masker digits\") - 14, '0') END",
        n=number,
    )


def checked(before: exp.Expression, number: exp.Expression, last: exp.Expression, *, right: bool) -> exp.Expression:
    """*before*, a block of four digits by *number*, and the *last* four; the last digit of the block makes the sum by
    Luhn's rule a multiple of ten, or one that is none."""
    check = "CAST((20 - ({sum_before} + {sum_block} + {sum_last}) % 10{more}) % 10 AS text)"
    return let(
        f"$before || $block || {check.replace('{more}', '' if right else ' + 1 + {n} % 9')} || $last",
        {
            "before": before,
            "block": formula("lpad(CAST(({n} & 1099511627775) % 1000 AS text), 3, '0')", n=number),
            "last": last,
        },
        sum_before=_sum(f"lpad(\"masker before\", {_BEFORE}, '0')", _BEFORE, first_is_doubled=False),
        sum_block=_sum('"masker block"', 3, first_is_doubled=True),
        sum_last=_sum('"masker last"', 4, first_is_doubled=True),
        **({} if right else {"n": formula("({n} >> 20 & 1048575)", n=number)}),
    )


def _sum(digits: str, count: int, *, first_is_doubled: bool) -> exp.Expression:
    """The sum by Luhn's rule of *digits*, an expression of as many as *count*. A doubled one of two digits counts as
    both of these."""
    each = []
    for at in range(count):
        digit = f"CAST(substr({digits}, {at + 1}, 1) AS int)"
        is_doubled = (at % 2 == 0) == first_is_doubled
        each.append(f"2 * {digit} + {digit} / 5" if is_doubled else digit)
    return formula(" + ".join(each))
