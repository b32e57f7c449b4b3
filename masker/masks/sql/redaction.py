"""What gives somebody away in a text that people wrote, found by regular expressions and put back replaced; all of it
SQL.

A text goes through one pattern once: what was put in is not looked at again. Names in scripts without blanks between
words cannot be told from what stands around them; they go first, and marks that no text has stand for them meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from masker.masks.sql.expressions import call
from masker.masks.sql.formula import Formula, formula
from masker.names import quote_literal

#: Characters beyond ASCII that belong to no word of letters: signs, kanji, kana, hangul and what lies beyond.
_FAR = r"\u0080-\u00bf\u00d7\u00f7\u2000-\ud7ff\uf900-\ufaff\uff00-\uffef\U00010000-\U0010ffff"

_WIDE_DIGITS = r"\uff10-\uff19"
_WIDE_SIGNS = r"\u00a0\u2009\u2010-\u2015\u202f\u2212\u3000\u30fb\u30fc\uff08\uff09\uff0d\uff0e"

#: Letters and digits as wide as kanji, of which addresses are written too, and the signs in them.
_WIDE_LETTERS = rf"{_WIDE_DIGITS}\uff21-\uff3a\uff41-\uff5a\uff0d-"

#: Signs beyond ASCII that stand in names and between them: no locale C knows them as such.
_SIGNS = r"\u00a0\u00b7\u2000-\u206f\u3000-\u3003\u3008-\u301f\u30a0\u30fb\uff1d\uff65"

#: What follows a family name of one character, which else is any word: -san, -sama, -shi, -kun, -chan.
_HONORIFIC = r"(?=\u3055\u3093|\u69d8|\u6c0f|\u541b|\u3061\u3083\u3093)"


#: Which words are looked for.
Words = Literal["all", "capitals", "none"]


def _patterns(far: str, wide_digits: str, wide_signs: str, at: str, wide: tuple[str, str]) -> tuple[str, ...]:
    """E-mails, URLs, numbers, words; *wide* are what else comes before an at sign, and after it."""
    no_address = rf"[:space:]{far}@<>(){{}}\",;:/\\|='\[\]"
    digit = f"[0-9{wide_digits}]"
    own = rf"(?:[[:alnum:]._+-]+')*[^{no_address}]+"
    host = rf"[^{no_address}.!?_]+(?:\.[^{no_address}.!?_]+)+"
    before, after = wide
    return (
        f"(?:{own}{before}){at}(?:{host}{after})",
        rf"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)[^[:space:]<>\"{far}]*[^[:space:]<>\"'.,;:!?)\]{far}]",
        rf"[+(]?{digit}(?:[-. ()/{wide_signs}]{{0,3}}{digit}){{3,}}",
        rf"[^[:space:][:punct:][:digit:]{far}]+",
    )


_UTF8 = _patterns(
    _FAR,
    _WIDE_DIGITS,
    _WIDE_SIGNS,
    r"[@\uff20]",
    (
        rf"|[.\uff0b\uff0e\uff3f{_WIDE_LETTERS}]+",
        rf"|[{_WIDE_LETTERS}]+(?:[.\uff0e][{_WIDE_LETTERS}]+)+",
    ),
)
_PLAIN = _patterns("", "", "", "@", ("", ""))


def _by_encoding(utf8: str, plain: str) -> exp.Expression:
    """A pattern for UTF8, or for other encodings, which have no characters by their numbers."""
    is_utf8 = "pg_catalog.getdatabaseencoding() = 'UTF8'"
    return Formula(texts=[f"(SELECT CASE WHEN {is_utf8} THEN {quote_literal(utf8)} ELSE {quote_literal(plain)} END)"])


def _pattern(*, address: bool, rest: bool, words: Words) -> exp.Expression:
    """What is looked for: an e-mail, a URL or a number, and words, as far as they are asked for. One pattern for all
    costs a multiple of one for few, and of groups in it as much again."""
    found = []
    for email, url, number, word in (_UTF8, _PLAIN):
        parts = [email] if address else []
        parts += [url, number] if rest else []
        parts += {"all": [word], "capitals": [f"[[:upper:]]{word}"], "none": []}[words]
        found.append("|".join(f"(?:{part})" for part in parts or [number]))
    return _by_encoding(*found)


def looked_for(whole: exp.Expression, words: Words) -> exp.Expression:
    """The pattern of what may stand in *whole*: no address without an at sign, nothing but words where there are
    neither digits nor the beginning of a URL."""
    return formula(
        "CASE WHEN {v} ~ {at} THEN CASE WHEN {v} ~ {rest} THEN {both} ELSE {addresses} END"
        " WHEN {v} ~ {rest} THEN {others} ELSE {words} END",
        v=whole,
        at=_by_encoding(r"[@\uff20]", "@"),
        rest=_by_encoding(rf"[0-9{_WIDE_DIGITS}]|://|[wW]\.", r"[0-9]|://|[wW]\."),
        both=_pattern(address=True, rest=True, words=words),
        addresses=_pattern(address=True, rest=False, words=words),
        others=_pattern(address=False, rest=True, words=words),
        words=_pattern(address=False, rest=False, words=words),
    )


def _kind(kinds: Mapping[str, str]) -> str:
    """Of what kind a find is, by what stands in it: no word has a digit or a sign."""
    word = f"WHEN {{found}} !~ {{signs}} THEN {kinds['word']} " if "word" in kinds else ""
    return (
        f"CASE {word}WHEN {{found}} ~ '^[hH][tT][tT][pP][sS]?://' THEN {kinds['url']}"
        f" WHEN {{found}} ~ {{at}} THEN {kinds['email']} WHEN {{found}} ~ '^[wW]' THEN {kinds['url']}"
        f" ELSE {kinds['number']} END"
    )


#: A date at the beginning of a number, which looks like one: looking ahead would take tens of times as long.
DATE = (
    "^(?:(?:19|20)[0-9][0-9][-./]?(?:0?[1-9]|1[0-2])[-./]?(?:[0-2]?[0-9]|3[01])"
    "|[0-3]?[0-9][-./][0-3]?[0-9][-./](?:19|20)[0-9][0-9])(?:$|[^0-9])"
)

#: A machine's number, alone or with others around it.
MACHINE = _by_encoding(
    *(
        rf"(?:^|[^0-9{dots}])[0-9]{{1,3}}(?:[{dots}][0-9]{{1,3}}){{3}}(?:$|[^0-9{dots}]|[{dots}][^0-9])"
        for dots in (r".\uff0e", ".")
    )
)

#: The find itself, wherever a find is replaced.
FOUND = Formula(texts=['(("masker finds")[1])'])


@dataclass(frozen=True, slots=True)
class Part:
    """A name as it stands in a text, and what becomes of it; both are NULL where there is none."""

    original: exp.Expression
    masked: exp.Expression


def parts_of(pairs: Sequence[tuple[exp.Expression, exp.Expression]], is_wanted: exp.Expression) -> Sequence[Part]:
    """The two words that each name of *pairs* may have, original and masked, where *is_wanted*."""
    blank = _by_encoding(rf"[[:space:]{_SIGNS}]+", "[[:space:]]+")
    return [
        Part(
            *(
                formula(
                    "CASE WHEN {is_wanted} THEN split_part(regexp_replace({v}, {blank}, ' ', 'g'), ' ', {n}) END",
                    is_wanted=is_wanted,
                    v=side,
                    blank=blank,
                    n=word,
                )
                for side in pair
            )
        )
        for pair in pairs
        for word in (1, 2)
    ]


def stands_in(whole: exp.Expression, originals: Sequence[exp.Expression]) -> exp.Expression:
    """Whether a word of one of *originals*, names, may stand in the text *whole*."""
    return formula(
        'SELECT bool_or(strpos({whole}, "masker word") > 0) FROM regexp_split_to_table({names},'
        ' {blank}) AS "masker words" ("masker word") WHERE octet_length("masker word") > 1',
        whole=call("lower", whole),
        names=call("lower", call("concat_ws", " ", *originals)),
        blank=_by_encoding(rf"[[:space:][:punct:]{_SIGNS}]+", "[[:space:][:punct:]]+"),
    )


def _mark(number: int) -> str:
    return f"chr(1) || '{number}' || chr(2)"


def redacted(
    whole: exp.Expression, looked_for: exp.Expression, kinds: Mapping[str, exp.Expression], parts: Sequence[Part]
) -> exp.Expression:
    """*whole*, a text, with what *kinds* make of each e-mail, url, number and word that is *looked for*, and *parts*
    replaced where they are of a script without blanks."""
    steps = ['(SELECT {whole} AS "masker text 0" OFFSET 0) AS "masker step 0"']
    holes: dict[str, exp.Expression] = {"whole": whole, "looked_for": looked_for}
    before, made = '"masker text 0"', '"masker made"'
    for number, part in enumerate(parts):
        name, text = f'"masker part {number}"', f'"masker text {number + 1}"'
        holes |= {f"o{number}": part.original, f"m{number}": part.masked}
        # What has two bytes a character is no Latin name, which is a word of its own.
        is_far = f"octet_length({name}) >= 2 * length({name})"
        replaced = (
            f"CASE WHEN {is_far} AND length({name}) > 1 THEN replace({before}, {name}, {_mark(number)})"
            f" WHEN {is_far} AND length({name}) = 1 THEN regexp_replace({before}, {name} || {{honorific}},"
            f" {_mark(number)}, 'g') ELSE {before} END"
        )
        steps += [
            f'LATERAL (SELECT {{o{number}}} AS {name} OFFSET 0) AS "masker name {number}"',
            f'LATERAL (SELECT {replaced} AS {text} OFFSET 0) AS "masker step {number + 1}"',
        ]
        before = text
        made = f"replace({made}, {_mark(number)}, coalesce({{m{number}}}, ''))"
    if parts:
        holes["honorific"] = _by_encoding(_HONORIFIC, "(?=$)")
    holes |= {**kinds, "found": FOUND, "at": _by_encoding(r"[@\uff20]", "@")}
    holes["signs"] = _by_encoding(rf"[@.:/+(0-9{_WIDE_DIGITS}\uff20\uff0e]", "[@.:/+(0-9]")
    kind = _kind({name: f"{{{name}}}" for name in kinds})
    steps.append('LATERAL (SELECT {looked_for} AS "masker looked" OFFSET 0) AS "masker looks"')
    looked = f'({before}, "masker looked"'
    pieces = (
        f"ROWS FROM (regexp_split_to_table{looked}), regexp_matches{looked}, 'g'))"
        ' WITH ORDINALITY AS "masker found" ("masker piece", "masker finds", "masker place")'
    )
    piece = f'"masker piece" || CASE WHEN "masker finds" IS NULL THEN \'\' ELSE {kind} END'
    steps.append(
        f'LATERAL (SELECT string_agg({piece}, \'\' ORDER BY "masker place") AS "masker made" FROM {pieces}) AS'  # noqa: S608
        ' "masker redacted"'
    )
    return formula(f"SELECT {made} FROM {', '.join(steps)}", **holes)  # noqa: S608


def by_word(pairs: Sequence[tuple[exp.Expression, exp.Expression]]) -> exp.Expression:
    """What becomes of each word of names: a jsonb object by the word in lower case. Names of several words go word by
    word, and a word with signs in it by what stands between them. A name of which nothing is left leaves nothing in
    texts either."""
    values = ", ".join(f"({{o{at}}}, {{m{at}}})" for at in range(len(pairs)))
    holes = {f"{side}{at}": value for at, pair in enumerate(pairs) for side, value in zip("om", pair, strict=True)}
    return formula(
        'SELECT coalesce(jsonb_object_agg(lower("masker word"), coalesce("masker m", regexp_replace("masker to",'  # noqa: S608
        " '^.*[[:space:]]', ''), '')) FILTER (WHERE length(\"masker word\") > 1), '{}')"
        f' FROM (VALUES {values}) AS "masker pairs" ("masker from", "masker to"),'
        ' ROWS FROM (regexp_split_to_table("masker from", {blank}), regexp_split_to_table("masker to", {blank})) AS'
        ' "masker words" ("masker o", "masker m"),'
        ' regexp_split_to_table("masker o", {no_word}) AS "masker split" ("masker word")',
        blank=_by_encoding(r"[[:space:]\u3000]+", "[[:space:]]+"),
        no_word=_by_encoding(rf"[[:space:][:punct:][:digit:]{_FAR}]+", "[[:space:][:punct:][:digit:]]+"),
        **holes,
    )
