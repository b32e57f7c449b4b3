"""The SQL of rule files judged without a database: what no catalog could make right."""

from __future__ import annotations

from collections.abc import Iterator

from masker.errors import Position, Problem
from masker.masks.cases import conditions_of, place_of, rules_of
from masker.masks.json_rule import Json
from masker.masks.own_sql import Sql
from masker.masks.rule import MaskRule
from masker.ruleset.types import RuleSet


def expression_problems(ruleset: RuleSet) -> Iterator[Problem]:
    """Everything that is wrong with ``rows:``, ``where:`` and ``sql:``, whatever the tables are."""
    for subject, text, position, is_condition in _texts(ruleset):
        # The grammar is a library of its own, which rules without SQL do without.
        from masker.masks.sql.as_written import judge_condition
        from masker.masks.sql.judge import judge
        from masker.masks.sql.judged import ExpressionError

        try:
            judge_condition(text, None) if is_condition else judge(text, None)
        except ExpressionError as error:
            for fault in error.faults:
                yield Problem(subject, str(fault), fault.hint or None, position)


def _texts(ruleset: RuleSet) -> Iterator[tuple[str, str, Position | None, bool]]:
    """The subject, the text and the place of each, and whether it is a condition on which a mask is used."""
    for file in (*ruleset.files, *ruleset.included):
        for root in file.subset.roots if file.subset is not None else ():
            if root.where is not None:
                yield f"subset: {root.written}", root.where, root.where_position, False
        for table in file.tables:
            if table.predicate is not None:
                yield f"{table.written}: rows", table.predicate, table.rows_position, False
            if table.where is not None:
                yield f"{table.written}: where", table.where, table.where_position, True
            for column in table.columns:
                for leaf, text, place in _of_rule(column.rule):
                    position = column.places.get(place or "", column.position)
                    yield f"{table.written}.{column.column}{leaf}", text, position, place is not None
        for default in file.defaults:
            for leaf, text, place in _of_rule(default.rule):
                position = default.places.get(place or "", default.position)
                yield f"defaults {', '.join(default.columns)}{leaf}", text, position, place is not None


def _of_rule(rule: MaskRule) -> Iterator[tuple[str, str, str | None]]:
    """The expressions of a rule and its conditions, each of these with what its place goes by; those of a document's
    leaves with their paths."""
    for at, (word, text) in enumerate(conditions_of(rule)):
        yield f": {word}", text, place_of(at, word) if word == "when" else word
    for one in rules_of(rule):
        if isinstance(one, Sql):
            yield "", one.sql, None
        elif isinstance(one, Json):
            yield from (
                (f" {path}", text, None) for path, leaf in one.paths.items() for _, text, _ in _of_rule(leaf.rule)
            )
