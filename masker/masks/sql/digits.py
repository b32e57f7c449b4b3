"""The digits of a text, and other digits put in their places: 0 to 9, and those that are as wide as a kanji."""

from __future__ import annotations

from sqlglot import exp

from masker.masks.sql.formula import formula, let

#: The ten wide digits, from what no statement of a database without them holds. Read only where a text has characters
#: of more bytes than one.
_WIDE = (
    "convert_from(decode('efbc90efbc91efbc92efbc93efbc94efbc95efbc96efbc97efbc98efbc99', 'hex') || convert_to(left($v,"
    " 0), 'UTF8'), 'UTF8')"
)

_NARROW = f"CASE WHEN octet_length($v) = length($v) THEN $v ELSE translate($v, {_WIDE}, '0123456789') END"


def narrow(original: exp.Expression) -> exp.Expression:
    """*original*, a text, with wide digits as 0 to 9."""
    return formula(_NARROW.replace("$v", "{v}"), v=original)


def only_digits(text: exp.Expression) -> exp.Expression:
    """The digits of a text that has no wide ones."""
    return formula("translate({v}, translate({v}, '0123456789', ''), '')", v=text)


def decimal(digest: exp.Expression, count: exp.Expression) -> exp.Expression:
    """*count* decimal digits of *digest*, sixty-four hexadecimal ones."""
    digits = digest
    for letter, digit in zip("abcdef", "024681", strict=True):
        # A chain of replace() takes half the time of one translate().
        digits = formula("replace({d}, {letter}, {digit})", d=digits, letter=letter, digit=digit)
    return formula("left(repeat({d}, {n} / 64 + 1), {n})", d=digits, n=count)


def in_form(original: exp.Expression, plain: exp.Expression, digits: exp.Expression) -> exp.Expression:
    """*original*, a text, with *digits*, as many as it has, in the places of its own; *plain* is :func:`narrow` of
    it."""
    # A format of to_char: each digit a 0, everything else quoted.
    quoted = formula(
        "CASE WHEN strpos({t}, '\"') > 0 OR strpos({t}, chr(92)) > 0 THEN replace(replace({t}, chr(92), repeat(chr(92),"
        " 2)), '\"', chr(92) || '\"') ELSE {t} END",
        t=plain,
    )
    form = formula(
        "'FM' || translate(regexp_replace({q}, '([^0-9]+)', E'\"\\\\1\"', 'g'), '123456789', '000000000')", q=quoted
    )
    return let(
        "CASE WHEN {plain} = $v THEN {made} ELSE translate({made}, '0123456789', " + _WIDE + ") END",
        {"v": original},
        plain=plain,
        made=formula("to_char(CAST({d} AS numeric), {form})", d=digits, form=form),
    )
