"""Leaves of a document by their key, wherever it stands: over the words of the document's text, which is one pass
however deep it is."""

from __future__ import annotations

import json as encoder
import re
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from masker.masks.by_kind import by_kind
from masker.masks.json_leaf import leaf
from masker.masks.json_path import Anywhere, json_steps, node_path
from masker.masks.json_rule import Json
from masker.masks.mask import Context
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula

#: What a key leads to that is a leaf: a text, a number, a truth value. In a text no quotation mark stands bare, so that
#: what looks like a key in one is none.
_SCALAR = r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false'

_WALK = """
CAST((SELECT string_agg("masker deep piece" || CASE WHEN "masker deep finds" IS NULL THEN '' ELSE
  "masker deep finds"[1] || ': ' || CAST({made} AS text) END, '' ORDER BY "masker deep place")
FROM (
  SELECT "masker deep piece", "masker deep finds", "masker deep place", CAST("masker deep finds"[2] AS jsonb)
  AS "masker deep value"
  FROM ROWS FROM (regexp_split_to_table(CAST({rest} AS text), {found}), regexp_matches(CAST({document} AS text),
  {found}, 'g')) WITH ORDINALITY AS "masker deep found" ("masker deep piece", "masker deep finds", "masker deep place")
  OFFSET 0) AS "masker deep pieces") AS jsonb)
"""


def keys_anywhere(rule: Json) -> Mapping[str, tuple[str, MaskRule]]:
    """By key that is masked wherever it stands: its path as identities have it, and its mask."""
    return {
        step.key: (node_path(path), decided)
        for path, decided in rule.leaves.items()
        if isinstance(step := json_steps(path)[0], Anywhere)
    }


def anywhere(
    document: exp.Expression, keys: Mapping[str, tuple[str, MaskRule]], rule: Json, context: Context
) -> exp.Expression:
    """*document*, a jsonb, with what stands under each of *keys* masked, and the rest as *rule* says. Where one of them
    leads to a list or an object, which is no leaf, all else of the document is masked by what it looks like."""
    place = column_expression("masker deep place")
    own = context.identity
    ordinal = place if own.ordinal is None else call("hashint8extended", place, own.ordinal.copy())
    inner = replace(context, identity=replace(own, ordinal=ordinal))
    value = column_expression("masker deep value")
    spelt = {key: encoder.dumps(key, ensure_ascii=False) for key in keys}
    branches = " ".join(f'WHEN "masker deep finds"[1] = {{key{at}}} THEN {{made{at}}}' for at in range(len(keys)))
    holes: dict[str, exp.Expression | str] = {}
    for at, (key, (path, decided)) in enumerate(keys.items()):
        holes |= {f"key{at}": spelt[key], f"made{at}": leaf(path, decided, value.copy(), inner)}
    words = "|".join(re.escape(text) for text in spelt.values())
    masked = by_kind(document.copy(), context)
    no_leaves = " OR ".join(
        f"jsonb_path_exists({{document}}, CAST({{no_leaf{at}}} AS jsonpath))" for at in range(len(keys))
    )
    rest = (
        formula(
            f"CASE WHEN {no_leaves} THEN {{masked}} ELSE {{document}} END",
            document=document,
            masked=masked,
            **{
                f"no_leaf{at}": f'strict $.**.{text} ? (@.type() == "object" || @.type() == "array")'
                for at, text in enumerate(spelt.values())
            },
        )
        if rule.other == "keep"
        else masked
    )
    return formula(
        _WALK,
        made=formula(f"CASE {branches} END", **holes),
        rest=rest,
        document=document,
        found=f"({words}): ({_SCALAR})",
    )
