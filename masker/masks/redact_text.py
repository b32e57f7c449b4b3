"""``redact_text``: texts that people wrote, without what gives somebody away in them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.card import CARD, Card
from masker.masks.email import EMAIL, Email
from masker.masks.locales.locale import Locale
from masker.masks.locales.prose import rows
from masker.masks.mask import Card as MaskCard
from masker.masks.mask import Context, Mask, Uniqueness, is_text
from masker.masks.phone import PHONE, Phone
from masker.masks.pick import draw
from masker.masks.redact_persons import Sought, own_sought, problem, row_of_person, sought_persons
from masker.masks.redact_rule import ORDINARY_SPANISH, RedactText
from masker.masks.sql.bindings import Shares
from masker.masks.sql.digits import narrow, only_digits
from masker.masks.sql.expressions import modulo, text
from masker.masks.sql.formula import formula, let
from masker.masks.sql.redaction import (
    DATE,
    FOUND,
    MACHINE,
    THINGS,
    Words,
    by_word,
    parts_of,
    redacted,
    stands_in,
    things,
    words_and_finds,
)
from masker.masks.url import URL, Url

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)
_FOUND = Column(name="masker found", number=0, type=_TEXT, is_nullable=False)

#: Digits that a card's number has at least, a telephone's, and one's that begins as they do.
_CARD, _NUMBER, _PHONE = 13, 9, 7


def _render(original: exp.Expression, column: Column, rule: RedactText, context: Context) -> exp.Expression:
    """What is found in the text, one after the other, replaced. Most texts name nobody whom the row knows: what became
    of these is computed for those that may."""
    persons = [
        row_of_person(number, person, other, context)
        for number, (person, other) in enumerate(sought_persons(rule, context))
        if other is not None
    ]
    sought = [*own_sought(column, rule, context), *(one for row in persons for one in row.sought)]
    finds_others = rule.finds_others(context.locale)
    words = [one for one in sought if one.tells not in {"email", "number"}]
    is_wanted = formula('"masker wanted"')
    kinds = {
        "email": _or_known(formula("lower({f})", f=FOUND), _email(context)),
        "url": URL.render(FOUND, _FOUND, Url(), _by(FOUND, context)),
        "number": _number(context),
    }
    if words or finds_others:
        kinds["word"] = _word(context, finds_others=finds_others)
    parts = parts_of([(one.original, one.masked) for one in words], is_wanted)
    made = redacted(text(original), *_patterns(is_wanted if words else None, finds_others=finds_others), kinds, parts)
    names = formula("CASE WHEN {is_wanted} THEN {names} ELSE '{}' END", is_wanted=is_wanted, names=_names(sought))
    made = let("{made}", {"names": names}, made=made)
    if persons:
        made_of = {
            f"to_{number}": formula("CASE WHEN {is_wanted} THEN {to} END", is_wanted=is_wanted, to=row.masked)
            for number, row in enumerate(persons)
        }
        made = let("{made}", made_of, made=made)
    made = let("{made}", {"wanted": _is_wanted(text(original), sought)}, made=made)
    return let("{made}", {f"of_{n}": row.originals for n, row in enumerate(persons)}, made=made) if persons else made


def _patterns(is_wanted: exp.Expression | None, *, finds_others: bool) -> tuple[exp.Expression, exp.Expression | None]:
    """What is looked for: every word only where *is_wanted*, which most texts are not."""
    whole = formula('"masker text 0"')
    usual: Words = "capitals" if finds_others else "none"
    found_in = formula(THINGS)
    some, found = things(whole, usual), words_and_finds(found_in, usual)
    if is_wanted is None:
        return some, found
    either = "CASE WHEN {is_wanted} THEN {all} ELSE {some} END"
    nothing = formula("CAST(NULL AS text)")
    return (
        formula(either, is_wanted=is_wanted, all=things(whole, "all"), some=some),
        formula(either, is_wanted=is_wanted, all=words_and_finds(found_in, "all") or nothing, some=found or nothing),
    )


def _is_wanted(whole: exp.Expression, sought: list[Sought]) -> exp.Expression:
    """Whether one of *sought* may stand in the text."""
    names = [one.original for one in sought if one.tells not in {"email", "number"}]
    conditions = [formula("coalesce({found}, false)", found=stands_in(whole, names))] if names else []
    for one in sought:
        if one.tells == "email":
            conditions.append(
                formula(
                    "coalesce(strpos(lower({v}), lower(split_part({o}, '@', 1))) > 0, false)", v=whole, o=one.original
                )
            )
        elif one.tells == "number":
            conditions.append(
                formula(
                    "coalesce(strpos({v}, right({o}, 4)) > 0, false)",
                    v=formula("regexp_replace({v}, '[^0-9]+', '', 'g')", v=narrow(whole)),
                    o=only_digits(narrow(one.original)),
                )
            )
    holes = {f"c{at}": condition for at, condition in enumerate(conditions)}
    return formula(" OR ".join(f"{{{name}}}" for name in holes) or "false", **holes)


def _names(sought: list[Sought]) -> exp.Expression:
    """What becomes of originals, by the word, by the address and by the digits behind a #; a jsonb object."""
    words = [one for one in sought if one.tells not in {"email", "number"}]
    names = by_word([(one.original, one.masked) for one in words]) if words else formula("CAST('{}' AS jsonb)")
    for one in sought:
        if one.tells not in {"email", "number"}:
            continue
        # An address of which nothing is left goes by its value, as others' do; of numbers short ones would stay.
        is_number = one.tells == "number"
        key = formula("'#' || {d}", d=only_digits(narrow(one.original))) if is_number else one.original
        made = formula("coalesce({m}, '')", m=one.masked) if is_number else one.masked
        names = formula(
            "{names} || CASE WHEN length({key}) > 5 AND {m} IS NOT NULL THEN jsonb_build_object(lower({key}), {m})"
            " ELSE '{}' END",
            names=names,
            key=key,
            m=made,
        )
    return names


def _or_known(key: exp.Expression, other: exp.Expression) -> exp.Expression:
    return formula('coalesce("masker names" ->> {key}, {other})', key=key, other=other)


def _by(value: exp.Expression, context: Context) -> Context:
    """Of whoever a find belongs to, by its value."""
    identity = replace(
        context.identity,
        columns=(_FOUND,),
        by_value=True,
        value=value.copy(),
        ordinal=None,
        tells_rows_apart=False,
        as_text=frozenset(),
        in_lower_case=frozenset(),
        meets_keys=False,
    )
    return replace(context, identity=identity, is_unique=False, has_unique_index=False, meets_unique=False, fits=None)


def _email(context: Context) -> exp.Expression:
    return EMAIL.render(FOUND, _FOUND, Email(), _by(formula("lower({f})", f=FOUND), context))


def _number(context: Context) -> exp.Expression:
    """A telephone number, a card's or a machine's, or as it is: dates, amounts, short ones."""
    number, digits = formula('"masker number"'), formula('"masker digits"')
    by_digits = _by(digits, context)
    masked = formula(
        f"CASE WHEN {{n}} ~ {{machines}} THEN '192.0.2.' || {{machine}} WHEN length({{d}}) >= {_CARD} THEN {{card}}"
        f" WHEN length({{d}}) >= {_NUMBER} OR length({{d}}) >= {_PHONE} AND {{n}} ~ '^[+(0]' THEN {{phone}} ELSE {{n}}"
        " END",
        n=number,
        d=digits,
        machines=MACHINE,
        machine=formula("1 + {n}", n=modulo(by_digits.identity.number("machine", context.bindings), 254)),
        card=CARD.render(number, _FOUND, Card(), by_digits),
        phone=PHONE.render(number, _FOUND, Phone(), by_digits),
    )
    made = let(
        "$before || {masked}",
        {"before": formula("left({f}, length({f}) - length({n}))", f=narrow(FOUND), n=number)},
        masked=_or_known(formula("'#' || {d}", d=digits), masked),
    )
    made = let("{made}", {"digits": only_digits(number)}, made=made)
    rest = formula("regexp_replace({f}, {date}, '')", f=narrow(FOUND), date=DATE)
    return let("{made}", {"number": rest}, made=made)


def _word(context: Context, *, finds_others: bool) -> exp.Expression:
    """A word of a sought name, or of the locale's names, in capitals if it was; others as they are."""
    lower = formula("lower({f})", f=FOUND)
    known = formula('"masker names" ->> {lower}', lower=lower)
    if finds_others:
        listed = context.bindings.shares(_listed(context.locale))
        by_word_ = _by(lower, context)
        drawn = formula(
            "CASE {listed} ->> {lower} WHEN '1.0' THEN {given} WHEN '2.0' THEN {family} END",
            listed=listed,
            lower=lower,
            **{
                part: draw(
                    context.locale.names(part, context.locale.scripts[0], by_value=True),
                    by_word_.identity.number(part, context.bindings),
                    context,
                )
                for part in ("given", "family")
            },
        )
        known = formula(
            "coalesce({known}, CASE WHEN {lower} <> {f} THEN {drawn} END)",
            known=known,
            lower=lower,
            f=FOUND,
            drawn=drawn,
        )
    return let(
        "CASE WHEN $word IS NULL THEN {f} WHEN length({f}) > 1 AND {f} = upper({f}) THEN upper($word) ELSE $word END",
        {"word": known},
        f=FOUND,
    )


#: Words that letters are full of, and that are names besides.
_LETTERS = frozenset({"best", "dear", "hello", "may", "will"})


@cache
def _listed(locale: Locale) -> Shares:
    """The names of *locale* in lower case: 1 a given one, 2 a family's. In English and Spanish those that are ordinary
    words are left out."""
    is_english, is_spanish = locale.name.startswith("en_"), locale.name == "es_ES"
    ordinary = _LETTERS | _english() if is_english else ORDINARY_SPANISH if is_spanish else frozenset()
    found: dict[str, float] = {}
    for number, part in ((2.0, "family"), (1.0, "given")):
        pool = locale.names(part, locale.scripts[0])
        names = {word.lower() for word in (*pool.common.entries, *pool.rare.entries) if len(word) > 1}
        found |= dict.fromkeys(names - ordinary, number)
    return Shares(f"{locale.name} names", tuple(sorted(found.items())))


@cache
def _english() -> frozenset[str]:
    return frozenset(word.strip(".,").lower() for row in (*rows("opening"), *rows("middle")) for word in row.split())


REDACT_TEXT = Mask(
    rule=RedactText,
    card=MaskCard(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="about as many as before",
        example="call 368-555-0134 for call 080-1234-5678",
        cost=60.0,
        reads_row=True,
        reads_tables=True,
        shows="everything but what it finds; numbers of 7 or 8 digits stay, but for those that begin with 0, + or (",
        of_original=True,
    ),
    render=_render,
    chance=None,
    problem=problem,
)
