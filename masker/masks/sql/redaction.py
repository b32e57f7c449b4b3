"""What gives somebody away in a text that people wrote, found by regular expressions and put back replaced; all of it
SQL.

A text goes through two patterns once, and marks are set around what each finds, which no text has then: what was put in
is not looked at again, and words are not looked for in addresses. One pattern for all would take several times as long.
Names in scripts without blanks between words cannot be told from what stands around them; they go first, and marks
stand for them meanwhile.
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
        rf"[^[:space:][:punct:][:digit:]{_MARKS}{far}]+",
    )


#: Around a name that was replaced, and around a find; dropped from texts.
_NAME, _END_OF_NAME, _FIND, _END_OF_FIND = (f"chr({at})" for at in range(1, 5))
_MARKS = r"\x01-\x04"

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


def _pattern(
    *, address: bool = False, url: bool = False, number: bool = False, words: Words = "none"
) -> exp.Expression:
    """What is looked for: an e-mail, a URL, a number, words. One pattern for all costs a multiple of one for few, and
    of groups in it as much again."""
    found = []
    for of_address, of_url, of_number, of_word in (_UTF8, _PLAIN):
        parts = [of_address] * address + [of_url] * url + [of_number] * number + _words(of_word, words)
        found.append("|".join(f"(?:{part})" for part in parts))
    return _by_encoding(*found)


def _words(word: str, words: Words) -> list[str]:
    return {"all": [word], "capitals": [f"[[:upper:]]{word}"], "none": []}[words]


def things(whole: exp.Expression, words: Words) -> exp.Expression:
    """The pattern of e-mails, URLs and numbers, as far as such may stand in *whole*; NULL where none may. A word that
    runs into a URL is one."""
    return formula(
        "CASE WHEN {v} ~ {urls} THEN CASE WHEN {v} ~ {at} THEN {all} ELSE {unaddressed} END"
        " WHEN {v} ~ {at} THEN CASE WHEN {v} ~ {digit} THEN {both} ELSE {addresses} END"
        " WHEN {v} ~ {digit} THEN {numbers} END",
        v=whole,
        urls="://|[wW][wW][wW][.]",
        at=_by_encoding(r"[@\uff20]", "@"),
        digit=_by_encoding(f"[0-9{_WIDE_DIGITS}]", "[0-9]"),
        all=_pattern(address=True, url=True, number=True, words=words),
        unaddressed=_pattern(url=True, number=True, words=words),
        both=_pattern(address=True, number=True),
        addresses=_pattern(address=True),
        numbers=_pattern(number=True),
    )


def words_and_finds(whole: exp.Expression, words: Words) -> exp.Expression | None:
    """The pattern of words in *whole*, and of what was found there before, which is passed over as a whole."""
    plain = [_words(of[3], words) for of in (_UTF8, _PLAIN)]
    if words == "none":
        return None
    return formula(
        f"CASE WHEN strpos({{v}}, {_FIND}) > 0 THEN {{around}} ELSE {{words}} END",
        v=whole,
        around=_by_encoding(*(f"\\x03[^\\x04]*\\x04|{found}" for (found,) in plain)),
        words=_by_encoding(*(found for (found,) in plain)),
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
FOUND = Formula(texts=['("masker find")'])


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


#: The text with marks around all that was found in it but words.
THINGS = '"masker things"'


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
    return f"{_NAME} || '{number}' || {_END_OF_NAME}"


def _marked(text: str, pattern: str) -> str:
    """*text* with marks around what *pattern* finds, as it is where that is NULL."""
    whole = quote_literal(r"\&")
    return f"coalesce(regexp_replace({text}, {pattern}, {_FIND} || {whole} || {_END_OF_FIND}, 'g'), {text})"


def redacted(
    whole: exp.Expression,
    things: exp.Expression,
    words: exp.Expression | None,
    kinds: Mapping[str, exp.Expression],
    parts: Sequence[Part],
) -> exp.Expression:
    """*whole*, a text, with what *kinds* make of each e-mail, url, number and word that *things* and *words* find,
    patterns, and *parts* replaced where they are of a script without blanks."""
    marks = " || ".join((_NAME, _END_OF_NAME, _FIND, _END_OF_FIND))
    steps = [f'(SELECT translate({{whole}}, {marks}, \'\') AS "masker text 0" OFFSET 0) AS "masker step 0"']
    holes: dict[str, exp.Expression] = {"whole": whole, "things": things}
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
    steps.append(f'LATERAL (SELECT {_marked(before, "{things}")} AS {THINGS} OFFSET 0) AS "masker marked"')
    found = THINGS
    if words is not None:
        holes["words"] = words
        steps.append(f'LATERAL (SELECT {_marked(found, "{words}")} AS "masker words" OFFSET 0) AS "masker worded"')
        found = '"masker words"'
    end = f'strpos("masker piece", {_END_OF_FIND})'
    # What both patterns went over has two marks on either side.
    pieces = (
        f'(SELECT "masker place", CASE WHEN {end} > 0 THEN left("masker piece", {end} - 1) END AS "masker find",'  # noqa: S608
        f' CASE WHEN {end} > 0 THEN ltrim(substr("masker piece", {end} + 1), {_END_OF_FIND}) ELSE "masker piece" END AS'
        f' "masker rest" FROM unnest(string_to_array({found}, {_FIND})) WITH ORDINALITY AS "masker cut"'
        ' ("masker piece", "masker place") OFFSET 0) AS "masker found"'
    )
    piece = f'CASE WHEN "masker find" IS NULL THEN \'\' ELSE {kind} END || "masker rest"'
    steps.append(
        f"LATERAL (SELECT coalesce(string_agg({piece}, '' ORDER BY \"masker place\"), '') AS \"masker made\" FROM"  # noqa: S608
        f' {pieces}) AS "masker redacted"'
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
