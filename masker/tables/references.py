"""Where the rules of tables that refer to each other do not go together: foreign keys that would break, and originals
that a rule accepts where none can stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.masks.cases import conditions_of, rules_of
from masker.masks.fixed import Fixed
from masker.masks.fk_choice import FkChoice
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.own_sql import Sql
from masker.names import TableName
from masker.ruleset.types import ColumnDecision, TableDecision


def shows_problems(decisions: Mapping[TableName, TableDecision], catalog: Catalog) -> Iterator[Problem]:
    """Rules that accept originals of columns that are not masked, or of tables that are not referenced."""
    for decision in decisions.values():
        names = (decision.table.name, *catalog.ancestors(decision.table.name))
        references = {
            key.references for name in names if name in catalog.tables for key in catalog.tables[name].foreign_keys
        }
        near = {
            form: decisions[name]
            for name in references
            if name in decisions
            for form in (str(name), f"{name.schema}.{name.name}")
        }
        for found in decision.columns.values():
            for written in [
                name for rule in rules_of(found.rule) if isinstance(rule, Keep | Json | Sql) for name in rule.shows
            ]:
                table, _, column = written.rpartition(".")
                about = decision if not table else near.get(table)
                subject = f"{decision.table.name}.{found.column.name}"
                if about is None:
                    yield Problem(
                        subject,
                        f"shows: {decision.table.name} references no table {table}",
                        "name a masked column of its own, or of a table that it references",
                        found.position,
                    )
                elif _mask_of(about, column) is None:
                    yield Problem(
                        subject,
                        f"shows: {written} is no masked column, so there is nothing to accept",
                        "take it out, or mask that column",
                        found.position,
                    )


def foreign_key_problems(decisions: Mapping[TableName, TableDecision], catalog: Catalog) -> Iterator[Problem]:
    """Foreign keys that masks or row limits would break."""
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            child, parent = decisions.get(table.name), decisions.get(key.references)
            if child is None or parent is None:
                continue
            yield from _key_mask_problems(
                child, parent, key.name, tuple(zip(key.columns, key.referenced_columns, strict=True))
            )
            nulled = all(
                (d := child.columns.get(c)) is not None
                and isinstance(d.rule, Null)
                and child.where is None
                and not conditions_of(d.rule)
                for c in key.columns
            )
            if (
                key.is_valid
                and parent.rows != "all"
                and child.rows == "all"
                and not nulled
                and table.name != key.references
            ):
                limit = "none" if parent.rows == "none" else "only some"
                yield Problem(
                    f"{table.name}",
                    f"all its rows are copied, but {', '.join(key.columns)} references {key.references}, of which"
                    f" {limit} are copied",
                    f"limit the rows of {table.name} as well, or set {', '.join(key.columns)} to null",
                    parent.rows_position,
                )


def _key_mask_problems(
    child: TableDecision, parent: TableDecision, constraint: str, pairs: tuple[tuple[str, str], ...]
) -> Iterator[Problem]:
    for column, referenced in pairs:
        mine, theirs = _mask_of(child, column), _mask_of(parent, referenced)
        is_nulled = mine is not None and isinstance(mine.rule, Null) and not conditions_of(mine.rule)
        if (theirs is None and (mine is None or isinstance(mine.rule, Null))) or (
            is_nulled and (theirs is None or child.where is None)
        ):
            continue
        if mine is not None and theirs is not None and child.where == parent.where and _agree(mine, theirs):
            continue
        if mine is not None and isinstance(mine.rule, FkChoice) and theirs is None and len(pairs) == 1:
            continue
        at = mine or theirs
        if at is None:
            continue
        yield Problem(
            f"{child.table.name}.{column}" if mine else f"{parent.table.name}.{referenced}",
            f"the foreign key {constraint} compares {child.table.name}.{column} with {parent.table.name}.{referenced},"
            " and masked so they would not agree",
            "give both the same mask with `by: value` and one scope, for the same rows, or keep both",
            at.position,
        )


def _mask_of(decision: TableDecision, column: str) -> ColumnDecision | None:
    found = decision.columns.get(column)
    return None if found is None or isinstance(found.rule, Keep) else found


def _agree(one: ColumnDecision, other: ColumnDecision) -> bool:
    """Whether equal values of both become equal ones again."""
    rule = one.rule
    if conditions_of(rule) or conditions_of(other.rule):
        # Which rows of the one a condition leaves as they are says nothing of those of the other.
        return False
    if isinstance(rule, Fixed) and rule == other.rule:
        return True
    is_read_alike = one.column.type.is_citext == other.column.type.is_citext and one.locale == other.locale
    is_alike = rule.model_copy(update={"reason": None}) == other.rule.model_copy(update={"reason": None})
    return rule.is_by_value and rule.scope is not None and is_alike and is_read_alike
