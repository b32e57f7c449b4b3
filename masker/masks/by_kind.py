"""Every text and number of a document masked by what it looks like, wherever it stands: for the mask json, of what no
path names.

A document is taken apart at the words of its text, which takes one pass however deep it is. Equal texts become equal
ones, so that what repeats in documents goes on repeating; one number stands for each of them, computed once.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.email import EMAIL, Email
from masker.masks.ip import IP, Ip
from masker.masks.lorem import LOREM, Lorem
from masker.masks.mask import Context, Mask
from masker.masks.noise import NOISE, Noise
from masker.masks.phone import PHONE, Phone
from masker.masks.rule import MaskRule
from masker.masks.scramble import SCRAMBLE, Scramble
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.masks.url import URL, Url
from masker.masks.uuid import UUID, Uuid

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)
_NUMERIC = ColumnType(oid=1700, sql="numeric", base="numeric", name="numeric", kind=TypeClass.NUMBER)
_BIGINT = ColumnType(oid=20, sql="bigint", base="int8", name="int8", kind=TypeClass.INTEGER)

#: A number moves by a fifth of itself at most, so that ranges stay.
_RATIO = 0.2

#: Texts of one word up to so many characters keep their form, letter by letter; longer ones and sentences become
#: filler.
_WORD = 40

#: The words of a document's text: texts, a key with its colon, numbers, truth values, and what stands between them.
_TOKENS = r'"(?:[^"\\]|\\.)*":?|-?[0-9][0-9.eE+-]*|true|false|[^"0-9tf-]+'

#: A key that may be data itself, such as an address in a map of people.
_NO_NAME = "@|[0-9]{4}"
_LONGEST_KEY = 40

#: What texts look like, the most telling first.
_KINDS: tuple[tuple[str, Mask, MaskRule], ...] = (
    (r"^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$", EMAIL, Email()),
    (r"^[A-Za-z][A-Za-z0-9+.-]*://", URL, Url()),
    (r"^\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?$", UUID, Uuid()),
    (r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$", IP, Ip()),
    (r"^(\+[0-9]|0[0-9])[0-9() -]{7,14}$", PHONE, Phone()),
)

_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?( ?(Z|UTC|[+-][0-9]{2}:?([0-9]{2})?))?)?$"
)

#: Year, month and zone stay; the day is one that every month has, the time of the day is drawn.
_DRAWN_MOMENT = """
left({v}, 8) || lpad(CAST(1 + ({n} & 4095) % 28 AS text), 2, '0') || CASE WHEN length({v}) > 10 THEN substr({v}, 11, 1)
  || to_char(time '00:00' + make_interval(secs => ({n} >> 12 & 268435455) % 86400),
       CASE WHEN substr({v}, 17, 1) = ':' THEN 'HH24:MI:SS' ELSE 'HH24:MI' END)
  || rpad('.' || ({n} >> 40 & 8388607), coalesce(length(substring({v} FROM {fraction})), 0), '0')
  || coalesce(substring({v} FROM {zone}), '') ELSE '' END
"""
_FRACTION, _ZONE = r"\.[0-9]+", r"^.{11}[0-9:.]+(.*)$"

_SAID, _NUMBER = "masker said", "masker number"

_WALK = """
CAST((SELECT string_agg(
  CASE "masker kind" WHEN 1 THEN CAST(to_json({spelt}) AS text) WHEN 2 THEN CAST({number} AS text)
    WHEN 3 THEN '"key_' || lpad(to_hex("masker number"), 16, '0') || '":' ELSE "masker token" END, ''
    ORDER BY "masker place")
FROM (
  SELECT "masker place", "masker token", "masker kind", "masker said", CASE WHEN "masker kind" > 0 THEN {drawn} END
  AS "masker number" FROM (
    SELECT "masker place", "masker token", "masker kind", CASE
        WHEN "masker kind" = 2 THEN "masker token"
        WHEN "masker kind" > 0 AND strpos("masker token", chr(92)) > 0 THEN CAST(rtrim("masker token", ':')
        AS jsonb) #>> {root}
        WHEN "masker kind" > 0 THEN substr("masker token", 2, length("masker token") - 2) END AS "masker said"
    FROM (
      SELECT "masker place", "masker words"[1] AS "masker token", CASE
          WHEN "masker words"[1] = '""' THEN 0
          WHEN "masker words"[1] LIKE '"%":' THEN CASE WHEN "masker words"[1] ~ {no_name}
          OR length("masker words"[1]) > {longest} THEN 3 ELSE 0 END
          WHEN left("masker words"[1], 1) = '"' THEN 1 WHEN left("masker words"[1], 1) BETWEEN '-' AND '9' THEN 2
          ELSE 0 END AS "masker kind"
      FROM regexp_matches(CAST({document} AS text), {tokens}, 'g') WITH ORDINALITY AS "masker found" ("masker words",
      "masker place")
      OFFSET 0) AS "masker tokens"
    OFFSET 0) AS "masker texts"
  OFFSET 0) AS "masker numbers") AS jsonb)
"""


def is_data(key: str) -> bool:
    """Whether *key* may be data itself, and becomes another in what :func:`by_kind` makes."""
    return re.search(_NO_NAME, key) is not None or len(key) > _LONGEST_KEY


def by_kind(document: exp.Expression, context: Context) -> exp.Expression:
    """*document*, a jsonb, with its keys, types, lists, truth values and nulls as they are, and every text and number
    another."""
    said, drawn = (
        Column(name=_SAID, number=0, type=_TEXT, is_nullable=True),
        Column(name=_NUMBER, number=0, type=_BIGINT, is_nullable=False),
    )
    scope = context.identity.within(".**")
    own = replace(
        scope,
        columns=(said,),
        by_value=True,
        value=column_expression(_SAID),
        ordinal=None,
        tells_rows_apart=False,
        fallback=(),
        in_lower_case=frozenset(),
        as_text=frozenset(),
        tag_room=0,
        meets_keys=False,
    )
    # What masks draw goes on from one number for each text.
    drawing = replace(own, columns=(drawn,), by_value=False, value=None, is_kept=False)
    inner = replace(context, identity=drawing, is_unique=False, meets_unique=False, fits=None, leaves={})
    number = formula("CAST({token} AS numeric)", token=column_expression("masker token"))
    return formula(
        _WALK,
        root="{}",
        spelt=_text(said, inner),
        number=NOISE.render(number, replace(said, type=_NUMERIC), Noise(ratio=_RATIO), inner),
        drawn=own.number("leaf", context.bindings),
        no_name=_NO_NAME,
        longest=_LONGEST_KEY + 3,
        document=document,
        tokens=_TOKENS,
    )


def _text(said: Column, context: Context) -> exp.Expression:
    value = column_expression(_SAID)
    branches, holes = list[str](), dict[str, exp.Expression | str | int]()
    for at, (pattern, mask, rule) in enumerate(_KINDS):
        branches.append(f"WHEN {{v}} ~ {{like{at}}} THEN {{made{at}}}")
        holes |= {f"like{at}": pattern, f"made{at}": mask.render(value.copy(), said, rule, context)}
    return formula(
        f"CASE {' '.join(branches)} WHEN {{v}} ~ {{moment}} THEN {{drawn_moment}}"
        " WHEN length({v}) > {word} OR {v} ~ '[[:space:]@]' THEN {filler} ELSE {word_made} END",
        v=value,
        moment=_MOMENT,
        drawn_moment=formula(_DRAWN_MOMENT, v=value, n=column_expression(_NUMBER), fraction=_FRACTION, zone=_ZONE),
        word=_WORD,
        filler=LOREM.render(value.copy(), said, Lorem(), context),
        word_made=SCRAMBLE.render(value.copy(), said, Scramble(), context),
        **holes,
    )
