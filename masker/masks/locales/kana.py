"""Kana into other scripts, as Japanese forms and passports write them."""

from __future__ import annotations

import re

_KATAKANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1)))
_TO_HIRAGANA = {ord(letter): chr(ord(letter) - 0x60) for letter in _KATAKANA}

_WIDE = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォッャュョー"
)
_NARROW = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｯｬｭｮｰ"
_TO_NARROW = {ord(wide): narrow for wide, narrow in zip(_WIDE, _NARROW, strict=True)}
_TO_NARROW |= {
    ord(voiced): _TO_NARROW[ord(plain)] + mark
    for voiced, plain, mark in (
        *zip(
            "ガギグゲゴザジズゼゾダヂヅデドバビブベボ",
            "カキクケコサシスセソタチツテトハヒフヘホ",
            "ﾞ" * 20,
            strict=True,
        ),
        *zip("パピプペポ", "ハヒフヘホ", "ﾟ" * 5, strict=True),
        ("ヴ", "ウ", "ﾞ"),
    )
}
# Half-width forms have no small ka and ke, and no dots of their own.
_TO_NARROW |= {ord("ヵ"): "ｶ", ord("ヶ"): "ｹ", ord("ヰ"): "ｲ", ord("ヱ"): "ｴ", ord("・"): "･"}
_TO_NARROW |= {0xFEE0 + code: chr(code) for code in range(ord("!"), ord("~") + 1)} | {0x3000: " "}

#: Hepburn; two letters before one.
_ROMAJI = dict(
    zip(
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヰヱヲガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ",
        re.findall(
            r"\w+",
            "a i u e o ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no ha hi fu he ho ma mi mu me mo ya"
            " yu yo ra ri ru re ro wa i e o ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu be bo pa pi pu pe"
            " po vu",
        ),
        strict=True,
    )
)
_GLIDES = {"ャ": "a", "ュ": "u", "ョ": "o", "ェ": "e"}


def hiragana(katakana: str) -> str:
    """The same in hiragana."""
    return katakana.translate(_TO_HIRAGANA)


def katakana(hiragana: str) -> str:
    """The same in katakana."""
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in hiragana)


def half_width(katakana: str) -> str:
    """The same in half-width forms; marks of voice take a place of their own."""
    return katakana.translate(_TO_NARROW)


def romaji(katakana: str) -> str:
    """A name by Hepburn as passports have it, long vowels short, its first letter large."""
    syllables: list[str] = []
    doubled = False
    for letter in katakana:
        if letter == "ッ":
            doubled = True
            continue
        if letter == "ー":
            continue
        if letter in _GLIDES and syllables:
            before = syllables.pop().removesuffix("i")
            syllable = before + ("" if before.endswith(("sh", "ch", "j")) else "y") + _GLIDES[letter]
        elif letter in "ンﾝ":
            syllable = "n"
        else:
            syllable = _ROMAJI[letter]
        if doubled:
            syllable = ("t" if syllable.startswith("ch") else syllable[0]) + syllable
            doubled = False
        syllables.append(syllable)
    written = re.sub(r"n(?=[bp])", "m", "".join(syllables))
    # Two vowels are one long one, but not where a second word begins: Inoue, Ouchi, Matsuura, Hirooka.
    written = re.sub(r"oo(?!ka$)|ou(?!chi|ra|e)", "o", written)
    return re.sub(r"(?<!ts)uu", "u", written).capitalize()
