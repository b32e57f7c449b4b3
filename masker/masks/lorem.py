"""``lorem``: filler text, cut from frozen prose by bytes.

A cut by bytes takes the same time wherever it begins, one by characters walks there. Rows of prose have one length and
hold whole words, so that a text may begin at any row; it goes on at another, drawn by a second number, so that there
are as many texts as pairs of rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.ends import OfMiddle
from masker.masks.locales.prose import ROW_CHARACTERS, STARTS, Name, rows
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import share_of
from masker.masks.sql.bindings import Bytes, Known, Shares
from masker.masks.sql.expressions import (
    call,
    case,
    cast,
    concat,
    integer,
    literal,
    modulo,
    quotient,
    share,
    text,
    times,
)
from masker.masks.sql.formula import formula, let

#: Bytes that every start has behind it; longer texts are cut from the prose over and over.
_REACH = 8_000

#: Letters by which most texts that were not made here are told from what was.
_FEW = 4

#: What has two and four bytes in UTF-8. Those of two are letters of Western languages; the sign is one that the older
#: encodings of Japan have too.
_LETTERS = "éàüöäñçèêôîâëïåøæóáíúãõß"
_SIGN = "×"
_PICTURES = "🌱🍀🌻🍎🍋🍞🎈🎵📚📦🚲🚀🏠🌈🐟🐢"


#: The bits of a 32-bit integer that say whether it is negative and whether it is odd.
_SIGN_AND_PARITY = -(2**31) + 1


class Lorem(OfMiddle):
    """Filler text, as many characters and bytes as the original; letters of ASCII stay ASCII."""

    mask: Literal["lorem"] = "lorem"


@dataclass(frozen=True, slots=True)
class _Prose:
    """Bytes whose rows, of *width* bytes, begin texts, *starts* of them; each letter of one has *letter* bytes."""

    content: Bytes
    width: int
    letter: int
    starts: int

    @property
    def size(self) -> int:
        return len(self.content.content)


@cache
def _prose(name: Name) -> _Prose:
    content = "".join(rows(name)).encode()
    letter = 3 if name == "japanese" else 1
    return _Prose(Bytes(f"prose.{name}", content), ROW_CHARACTERS[name] * letter, letter, STARTS)


@cache
def _letters(name: str, letters: str) -> _Prose:
    letter = len(letters[0].encode())
    content = (letters * (_REACH // (letter * len(letters)) + 2)).encode()
    return _Prose(Bytes(f"letters.{name}", content), letter, letter, len(letters))


def _render(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """As many characters as the original and, in a database of UTF-8, as many bytes: of one script where the original
    is, else of both."""
    del column, rule
    filler = _Filler(text(original), context)
    is_short = exp.LTE(this=filler.bytes, expression=literal(_REACH))
    return call("convert_from", case((is_short, filler.any(is_long=False)), default=filler.any(is_long=True)), "UTF8")


class _Filler:
    """The bytes of a text that is as long as *written*.

    Its *characters* are counted anew wherever they are named, which takes longer than anything else here, unless they
    are *counted* already; its *bytes* are known at once.
    """

    def __init__(self, written: exp.Expression, context: Context, counted: exp.Expression | None = None) -> None:
        self._written, self._context, self._counted = written, context, counted

    @property
    def bytes(self) -> exp.Expression:
        return call("octet_length", self._written.copy())

    @property
    def characters(self) -> exp.Expression:
        return call("length", self._written.copy()) if self._counted is None else self._counted.copy()

    @property
    def written(self) -> exp.Expression:
        return self._written.copy()

    @property
    def more(self) -> exp.Expression:
        """How many more bytes than characters there are."""
        return _less(self.bytes, self.characters)

    def any(self, *, is_long: bool) -> exp.Expression:
        """A text of one script, told by its bytes beside three times its characters, or of several."""
        choices = [
            exp.If(this=_times(self.bytes, 3), true=self._ascii(is_long)),
            exp.If(this=self.bytes, true=self._japanese(is_long)),
        ]
        return exp.Case(this=_times(self.characters, 3), ifs=choices, default=self._several(is_long))

    def _ascii(self, is_long: bool) -> exp.Expression:
        return self._two_cuts(_prose("opening"), _prose("middle"), is_long)

    def _japanese(self, is_long: bool) -> exp.Expression:
        return self._two_cuts(_prose("japanese"), _prose("japanese"), is_long)

    def _two_cuts(self, first: _Prose, second: _Prose, is_long: bool) -> exp.Expression:
        beginning = self._cut(first, "text", call("least", self.bytes, first.width), is_long=False)
        rest = call("greatest", _less(self.bytes, literal(first.width)), 0)
        return concat(beginning, self._cut(second, "text, continued", rest, is_long=is_long))

    def _several(self, is_long: bool) -> exp.Expression:
        if not self._context.bindings.may_nest:
            return self._mixed(is_long)
        counted = _Filler(self._written, self._context, formula('"masker characters"'))
        return let("{made}", {"characters": self.characters}, made=counted._mixed(is_long))

    def _mixed(self, is_long: bool) -> exp.Expression:
        """What is left over in bytes is ASCII and stands at the end. Letters of two or four bytes are as many as the
        numbers have need of."""
        japanese, ascii_ = (
            _prose("japanese"),
            self._cut(_prose("middle"), "text, continued", self.bytes, is_long=is_long),
        )

        def kanji(count: exp.Expression) -> exp.Expression:
            return self._cut(japanese, "text", _times(count, japanese.letter), is_long=is_long)

        kanji_and_ascii = concat(kanji(quotient(self.more, 2)), ascii_)
        sign = cast(literal("\\x" + _SIGN.encode().hex()), "bytea")
        pictures = self._cut(
            _letters("pictures", _PICTURES),
            "text",
            _times(_less(self.bytes, _times(self.characters, 3)), 4),
            is_long=is_long,
        )
        # What is missing to three bytes a character: negative where pictures are needed, odd where a sign of two bytes
        # is. Counted but once.
        missing = exp.Paren(
            this=exp.BitwiseAnd(
                this=_less(_times(self.characters, 3), self.bytes), expression=literal(_SIGN_AND_PARITY)
            )
        )
        made: exp.Expression = exp.Case(
            this=missing,
            ifs=[
                exp.If(this=literal(0), true=kanji_and_ascii),
                exp.If(this=literal(1), true=concat(sign, kanji_and_ascii.copy())),
            ],
            default=concat(pictures, kanji(_less(_times(self.characters, 4), self.bytes))),
        )
        if self._context.locale.accents:
            # A quarter is more than the accents of any language of Europe.
            few = exp.LTE(this=_times(self.bytes, 4), expression=_times(self.characters, 5))
            accents = self._cut(_letters("accents", _LETTERS), "text", _times(self.more, 2), is_long=is_long)
            made = case((few, concat(accents, ascii_.copy())), default=made)
        return call("substr", made, 1, self.bytes)

    def _cut(self, prose: _Prose, part: str, count: exp.Expression, *, is_long: bool) -> exp.Expression:
        """*count* bytes of *prose* from the row that the identity's number of *part* draws."""
        bindings = self._context.bindings
        drawn = modulo(self._context.identity.number(part, bindings), prose.starts)
        begin = integer(exp.Paren(this=exp.Add(this=_times(drawn, prose.width), expression=literal(1))))
        source = bindings.blob(prose.content)
        if is_long:
            again = exp.Paren(this=exp.Add(this=quotient(self.bytes, prose.size), expression=literal(2)))
            source = call("decode", call("repeat", call("encode", source, "hex"), again), "hex")
        return call("substr", source, begin, count)


def _times(number: exp.Expression, factor: int) -> exp.Expression:
    return times(number, literal(factor))


def _less(number: exp.Expression, other: exp.Expression) -> exp.Expression:
    return exp.Paren(this=exp.Sub(this=number, expression=other))


def _chance(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """Only what begins as a row does can come out: by its first letters soon, by a whole row hardly ever."""
    del column, rule
    filler = _Filler(text(original), context)
    choices = [
        exp.If(this=_times(filler.bytes, 3), true=_of_two_cuts(filler, "opening", "middle", context)),
        exp.If(this=filler.bytes, true=_of_two_cuts(filler, "japanese", "japanese", context)),
    ]
    return exp.Case(this=_times(filler.characters, 3), ifs=choices, default=_of_several_scripts(filler, context))


def _of_two_cuts(filler: _Filler, first: Name, second: Name, context: Context) -> exp.Expression:
    width = ROW_CHARACTERS[first]
    begin = call("left", filler.written, width)
    source = context.bindings.known(_starts(first))
    is_row = exp.GT(this=call("strpos", source, concat(literal("\n"), begin)), expression=literal(0))
    rest = _less(filler.characters, literal(width))
    is_longer = exp.GT(this=rest.copy(), expression=literal(0))
    whole = case(
        (is_longer, times(_commonest(first, literal(width)), _commonest(second, rest))),
        default=_commonest(first, filler.characters),
    )
    # Most texts are told by a few letters, which are looked up in a hundredth of the time.
    begins = exp.GT(this=share_of(call("left", filler.written, _FEW), _beginnings(first), context), expression=share(0))
    return case((exp.Not(this=exp.Paren(this=begins)), share(0)), (is_row, whole), default=share(0))


def _of_several_scripts(filler: _Filler, context: Context) -> exp.Expression:
    """Told by the first letter; how often the rest comes is no more than both parts do."""
    known = _first_letters(has_accents=bool(context.locale.accents))
    begins = exp.GT(this=share_of(call("left", filler.written, 1), known, context), expression=share(0))
    wide = quotient(filler.more, 2)
    rest = _less(filler.characters, filler.more)
    bound = times(_commonest("japanese", call("greatest", wide, 1)), _commonest("middle", call("greatest", rest, 1)))
    rare = case(
        (exp.GT(this=filler.bytes, expression=_times(filler.characters, 3)), share(1 / len(_PICTURES))), default=bound
    )
    if context.locale.accents:
        few = exp.LTE(this=_times(filler.bytes, 4), expression=_times(filler.characters, 5))
        rare = case(
            (few, times(share(1 / len(_LETTERS)), _commonest("middle", call("greatest", rest.copy(), 1)))), default=rare
        )
    return case((begins, rare), default=share(0))


@cache
def _starts(name: Name) -> Known:
    return Known(f"prose.{name}", "".join(f"\n{row}" for row in rows(name)[:STARTS]))


@cache
def _first_letters(*, has_accents: bool) -> Shares:
    letters = (
        {row[0] for row in rows("japanese")[:STARTS]} | {*_SIGN, *_PICTURES} | set(_LETTERS if has_accents else ())
    )
    return Shares("prose first letters", tuple((letter, 1.0) for letter in sorted(letters)))


@cache
def _beginnings(name: Name) -> Shares:
    counts = Counter(row[:length] for row in rows(name)[:STARTS] for length in range(1, _FEW + 1))
    return Shares(f"prose.{name} begins", tuple((begin, count / STARTS) for begin, count in counts.items()))


def _commonest(name: Name, characters: exp.Expression) -> exp.Expression:
    """How often the commonest beginning of so many *characters* comes."""
    bounds = _of_beginnings(name)
    chances = cast(literal("{" + ",".join(repr(bound) for bound in bounds) + "}"), "double precision[]")
    return exp.Bracket(this=exp.Paren(this=chances), expressions=[call("least", characters, len(bounds))], offset=1)


@cache
def _of_beginnings(name: Name) -> tuple[float, ...]:
    starts = rows(name)[:STARTS]
    return tuple(
        max(Counter(row[:length] for row in starts).values()) / STARTS for length in range(1, ROW_CHARACTERS[name] + 1)
    )


def _tells(rule: Lorem, kind: TypeClass) -> str:
    del rule, kind
    return "text"


LOREM = Mask(
    rule=Lorem,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct=(
            f"{STARTS * STARTS:,} texts of 40 characters (16 Japanese) or more at most, of the shortest as many as"
            f" {STARTS:,} beginnings"
        ),
        example="Using the apple after thing-ti",
        cost=0.75,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
