"""Which columns can hold something personal: everything but a list of types known to be harmless.

A whole number is harmless unless its name says that it identifies somebody, and so are the ids of an array; other
arrays of whole numbers are not, because codes are kept in such.
"""

from __future__ import annotations

import re

from masker.catalog.types import Column, ColumnType, TypeClass

_HARMLESS = frozenset(
    {
        TypeClass.INTEGER,
        TypeClass.NUMBER,
        TypeClass.BOOLEAN,
        TypeClass.DATE,
        TypeClass.TIMESTAMP,
        TypeClass.TIME,
        TypeClass.INTERVAL,
        TypeClass.UUID,
        TypeClass.ENUM,
        TypeClass.BITS,
    }
)

_BIRTH = re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)")
_PLACE = re.compile(r"latitude|longitude|(?:^|_)(?:lat|lng|lon|long)(?:_|$)")
#: Words for a number that identifies somebody or reaches him, whether "number" follows or not.
_SAY_IT = (
    r"(?:tele|smart|mobile_?|cell_?)?phone",
    r"(?:tele)?fax|facsimile|fakkusu",
    r"tel|telephone|msisdn|whats_?app|denwa",
    r"my_?num(?:ber)?|maina(?:n?ba)?",
    r"ssn|nino|cpf|rrn|social_?(?:security|insurance)",
    r"national_?id(?:entity)?",
    r"tax_?(?:payer_?)?id",
    r"(?:credit|debit)_?card|ccn",
    r"bank_?account|iban",
    r"passport|pasupooto|ryoken",
    r"drivers?_?licen[cs]e|menkyo(?:sho)?",
)

#: Words that only a following "number" makes one.
_NEED_NUMBER = (
    r"mobile|cell|contact|keitai|renrakusaki",
    r"individual|personal|kojin|jumin(?:hyo)?|resident|citizen|national|identity|nin|sin|tin|tax(?:_?payer)?",
    r"(?:national|health|social)_?insurance(?:_?card)?|insured|pension|nenkin|hoken(?:_?sho)?|shakai_?hosh?o",
    r"\w*card|kaado|cc|pan",
    r"(?:\w*_)?(?:account|acct|acc)|kou?za|kohza|routing",
)

_NUMBER = r"_?(?:number|num|no|nbr|nr|bangou?)"

#: What may follow: ``phone2``, ``tel_home``, ``card_number_raw``.
_LESS = r"(?:_?\d{1,2})?(?:_(?:raw|home|work|office|private|main|sub|digits|plain|normali[sz]ed|e164))?"

_JAPANESE = (
    r"(?:電話|携帯|ケータイ|スマホ|ファックス|ファクス|連絡先)(?:番号)?"
    r"|(?:個人|住民票|社会保障|社会保険|健康保険|保険証?|被保険者|年金|口座|カード|旅券|パスポート|免許証?)"
    r"(?:番号|コード)|マイナンバー"
)

#: Numbers that identify somebody or reach him, by the end of a column's name, in English, romaji and Japanese.
_IDENTIFYING = re.compile(
    rf"(?:(?:\A|_)(?:(?:{'|'.join(_SAY_IT)})(?:{_NUMBER})?|(?:{'|'.join(_NEED_NUMBER)}){_NUMBER}|juminhyo_?code){_LESS}|(?:{_JAPANESE})\d?)\Z"
)

#: What counts such numbers rather than being one.
_COUNTING = re.compile(
    r"(?:\A|_)(?:num|number_of|count|counts|counted|total|max|min|avg|sum|n|nb|has|is|days?|times?|attempts?)_(?:of_)?"
)

#: A count of visits by device as often as a telephone, which needs more than nine digits.
_LONG_ONLY = re.compile(r"(?:\A|_)(?:mobile|cell|keitai)\d?\Z")

#: Whole numbers that refer to rows.
_IDS = re.compile(r"(?:\A|_)ids?\Z")

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """*name* in lower case with underscores between its words.

    >>> snake('dateOfBirth')
    'date_of_birth'
    """
    return _HUMP.sub("_", name).lower()


def can_be_personal(column: Column) -> bool:
    """Whether *column* needs a decision: by its type, and for dates and numbers by its name too."""
    return _can_hold(column.type, snake(column.name))


def _can_hold(kind: ColumnType, name: str) -> bool:
    match kind.kind:
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            return bool(_BIRTH.search(name))
        case TypeClass.INTEGER:
            return identifies(name, kind)
        case TypeClass.NUMBER:
            return bool(_PLACE.search(name)) or identifies(name, kind)
        case TypeClass.ARRAY:
            return (
                kind.element is None
                or _can_hold(kind.element, name)
                or (kind.element.kind is TypeClass.INTEGER and not _IDS.search(name))
            )
        case TypeClass.COMPOSITE:
            names = kind.attribute_names or ("",) * len(kind.attributes)
            return not kind.attributes or any(
                _can_hold(part, name) or _can_hold(part, snake(own))
                for part, own in zip(kind.attributes, names, strict=True)
            )
        case TypeClass.RANGE:
            return not kind.attributes or any(_can_hold(part, name) for part in kind.attributes)
        case _:
            return kind.kind not in _HARMLESS


def identifies(name: str, kind: ColumnType) -> bool:
    """Whether a number of *kind* in a column called *name*, in snake case, is one that identifies somebody or reaches
    him."""
    if kind.name == "int2" or _COUNTING.search(name):
        return False
    return bool(_IDENTIFYING.search(name)) or (kind.name in {"int8", "numeric"} and bool(_LONG_ONLY.search(name)))
