"""Digits, letters and marks as wide as kanji, which texts of Japan are written with, too: what is made for such a text
is written so.

None of these characters stands in a statement, which a database of another encoding could not read: they are made where
a text has characters of more bytes than one, or read from the session beside words that need such an encoding as well.
"""

from __future__ import annotations

from string import ascii_letters

from sqlglot import exp

from masker.masks.sql.bindings import Bindings, Known
from masker.masks.sql.expressions import call, case
from masker.masks.sql.formula import formula

_DIGITS, _WIDE_DIGITS = "0123456789", "０１２３４５６７８９"

_NARROW = f"{_DIGITS}{ascii_letters}"
_TELLING = _NARROW.translate({ord(letter): ord(letter) + 0xFEE0 for letter in _NARROW})

#: What is made with such letters and digits around it.
_WIDE_SPACE = "\u3000"
_BETWEEN, _WIDE_BETWEEN = "- ", f"－{_WIDE_SPACE}"

#: What stands between the digits of a number, narrow and wide; and before them.
_MARKS, _BEFORE = "-() .・－‐ー（）　．／", "〒"


def is_narrow(written: exp.Expression) -> exp.Expression:
    """Whether *written*, a text, has characters of one byte alone."""
    return formula("octet_length({v}) = length({v})", v=written)


def narrowed(written: exp.Expression) -> exp.Expression:
    """*written*, a text that has characters of more bytes than one, with wide digits and plus signs as usual ones."""
    return call("translate", written, _spelled(f"{_WIDE_DIGITS}＋", written), f"{_DIGITS}+")


def digits_of(written: exp.Expression) -> exp.Expression:
    """The digits of *written*, wide ones as usual ones."""
    narrow = case((is_narrow(written), written), default=narrowed(written))
    return formula("translate({v}, translate({v}, {digits}, ''), '')", v=narrow, digits=_DIGITS)


def as_wide(made: exp.Expression, written: exp.Expression, *, marks: str = "-+", wide: str = "－＋") -> exp.Expression:
    """*made* with digits, and *marks*, as wide as the digits of *written*, a text of characters of more bytes than
    one, if it has such."""
    return formula(
        "translate({made}, {digits}, CASE WHEN {narrow} <> {v} THEN {spelled} ELSE {digits} END)",
        made=made,
        digits=f"{_DIGITS}{marks}",
        narrow=narrowed(written),
        v=written,
        spelled=_spelled(f"{_WIDE_DIGITS}{wide}", written),
    )


def in_groups(made: exp.Expression, sizes: tuple[str, ...], written: exp.Expression) -> exp.Expression:
    """The groups of digits of *made*, which has hyphens between them, between the marks of *written*, a text of
    characters of more bytes than one: where that has as many groups, of *sizes* as ``{2,5}``, and nothing else; NULL
    elsewhere."""
    mark = f"([{_MARKS}]?)"
    pattern = f"^([{_BEFORE}]?[{_MARKS}]?)" + mark.join(f"[0-9]{size}" for size in sizes) + f"{mark}$"
    # Of 03-1234-5678 it makes \\103\\21234\\35678\\4, what is put for the groups of the pattern.
    kept = "".join(f"\\\\\\\\{at}\\\\{at}" for at in range(1, len(sizes) + 1))
    put = formula(
        f"regexp_replace({{made}}, {{groups}}, E'{kept}\\\\\\\\{len(sizes) + 1}')",
        made=made,
        groups=f"^{'-'.join(['([0-9]+)'] * len(sizes))}$",
    )
    narrow, spelled = narrowed(written), _spelled(pattern, written)
    replaced = formula("regexp_replace({narrow}, {pattern}, {put})", narrow=narrow, pattern=spelled, put=put)
    # What is not found would be left as it is.
    return formula(
        "CASE WHEN {narrow} ~ {pattern} THEN {made} END",
        narrow=narrow,
        pattern=spelled,
        made=as_wide(replaced, written, marks="", wide=""),
    )


def followed(made: exp.Expression, written: exp.Expression, bindings: Bindings) -> exp.Expression:
    """*made* with letters, digits and what stands between them as wide as those of *written*, if it has such."""
    tells, wide = (
        bindings.known(Known(f"wide {what}", characters))
        for what, characters in (("letters", _TELLING), ("characters", f"{_TELLING}{_WIDE_BETWEEN}"))
    )
    return formula(
        "CASE WHEN {narrow} OR {without} OR translate({v}, {tells}, '') = {v} THEN {made}"
        " ELSE translate({made}, {plain}, {wide}) END",
        narrow=is_narrow(written),
        without=_has_no_wide_sign(written),
        v=written,
        tells=tells,
        made=made,
        plain=f"{_NARROW}{_BETWEEN}",
        wide=wide,
    )


def space_of(written: exp.Expression, bindings: Bindings) -> exp.Expression:
    """A space as wide as a kanji where *written* has one, else a usual one."""
    space = _wide_space(bindings)
    return formula("CASE WHEN strpos({v}, {space}) > 0 THEN {space} ELSE ' ' END", v=written, space=space)


def narrow_space(written: exp.Expression, bindings: Bindings) -> exp.Expression:
    """*written* with usual spaces."""
    return call("replace", written, _wide_space(bindings), " ")


def _wide_space(bindings: Bindings) -> exp.Expression:
    return bindings.known(Known("wide space", _WIDE_SPACE))


def narrow_again(written: exp.Expression, bindings: Bindings) -> exp.Expression:
    """*written* as :func:`followed` would have it of narrow originals."""
    wide = bindings.known(Known("wide characters", f"{_TELLING}{_WIDE_BETWEEN}"))
    return formula(
        "CASE WHEN {narrow} OR ({without} AND position(CAST({space} AS bytea) IN convert_to({v}, 'UTF8')) = 0)"
        " THEN {v} ELSE translate({v}, {wide}, {plain}) END",
        narrow=is_narrow(written),
        without=_has_no_wide_sign(written),
        space=f"\\x{_WIDE_SPACE.encode().hex()}",
        v=written,
        wide=wide,
        plain=f"{_NARROW}{_BETWEEN}",
    )


def _has_no_wide_sign(written: exp.Expression) -> exp.Expression:
    """Whether *written* cannot have any letter, digit or mark as wide as kanji: those begin with two bytes that it does
    not have. A text is looked through for them in a tenth of the time that all its characters would take."""
    return formula(
        "(position(CAST({first} AS bytea) IN convert_to({v}, 'UTF8')) = 0 AND position(CAST({second} AS bytea) IN"
        " convert_to({v}, 'UTF8')) = 0)",
        first="\\xefbc",
        second="\\xefbd",
        v=written,
    )


def _spelled(characters: str, written: exp.Expression) -> exp.Expression:
    """*characters*, computed for *written* alone: what does not depend on it would be computed for every database."""
    return formula(
        "convert_from(decode({hex}, 'hex') || convert_to(left({v}, 0), 'UTF8'), 'UTF8')",
        hex=characters.encode().hex(),
        v=written,
    )
