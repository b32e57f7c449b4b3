"""Whether a column can be masked as its rule says, without the expression that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.masks.apply import problem
from masker.masks.cases import Cases, conditions_of, place_of, rules_of, unique_problem
from masker.masks.every import MASKS
from masker.masks.keep import Keep
from masker.masks.locales import LOCALES
from masker.masks.mask import Context, Obstacle, OtherTable, Reads
from masker.masks.null import Null
from masker.masks.numbers import Shapes
from masker.masks.sql.bindings import Bindings, Instant
from masker.masks.sql.judged import Named
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.tables.agreement import Agreement, is_unique
from masker.tables.column import Use
from masker.tables.identities import identity_of

_NO_CLASSES: Mapping[str, str] = {}


def _nowhere(written: str, reads: Reads) -> OtherTable | None:
    del written, reads
    return None


def uses_of(
    found: ColumnDecision,
    decision: TableDecision,
    catalog: Catalog,
    agreed: Agreement,
    bindings: Bindings,
    *,
    known: Mapping[str, str],
    kept_columns: frozenset[str],
    instant: Instant,
    stand_in: Callable[[Named], exp.Expression],
    shapes: Shapes,
    other: Callable[[str, Reads], OtherTable | None] = _nowhere,
    others: Callable[[], Mapping[str, Table]] = dict,
    classes: Mapping[str, str] = _NO_CLASSES,
) -> list[Use | Problem]:
    """Each mask of the column that *found* is of, or why it cannot be used."""
    table, column = decision.table, found.column
    uses: list[Use | Problem] = []
    for at, rule in enumerate(rules_of(found.rule)):
        if isinstance(rule, Keep):
            continue
        decided = replace(
            found,
            rule=rule,
            locale=rule.locale or found.locale,
            position=found.places.get(place_of(at), found.position),
        )
        own = identity_of(decided, decision, catalog)
        if isinstance(own, Problem):
            uses.append(own)
            continue
        place = table.column_name(column.name)
        together = agreed.of(place, place_of(at) if isinstance(found.rule, Cases) else "")
        shape, identity = together.shape(column), together.identity(own)
        context = Context(
            table=table,
            identity=identity,
            bindings=bindings,
            locale=LOCALES[decided.locale],
            masks=MASKS,
            is_unique=is_unique(table, column.name) or rule.unique,
            has_unique_index=is_unique(table, column.name),
            known=known,
            kept_columns=kept_columns,
            meets_unique=together.unique is not None,
            fits=together.length if shape is not column else None,
            leaves=agreed.leaves(place, rule),
            overloads=catalog.overloads,
            instant=instant,
            stand_in=stand_in,
            shapes=shapes,
            other=other,
            others=others,
            classes=classes,
        )
        if reason := problem(shape, rule, context):
            alone = problem(column, rule, replace(context, identity=own, meets_unique=False, fits=None))
            reason = alone or replace(reason, found=f"{reason.found}{together.because(place, column)}")
            uses.append(Problem(str(place), reason.found, reason.instead, decided.position))
            continue
        uses.append(Use(number=at + 1, rule=rule, shape=shape, context=context))
    return uses


def obstacles(found: ColumnDecision, decision: TableDecision, catalog: Catalog) -> Iterator[Problem]:
    """Reasons outside the mask itself why the column that *found* is of cannot be masked so."""
    for reason in _obstacles(found, decision, catalog):
        subject = str(decision.table.column_name(found.column.name))
        yield Problem(subject, reason.found, reason.instead, found.position)


def _obstacles(found: ColumnDecision, decision: TableDecision, catalog: Catalog) -> Iterator[Obstacle]:
    table, name = decision.table, found.column.name
    for parent in catalog.ancestors(table.name):
        if parent in catalog.tables and name in catalog.tables[parent].partition_key:
            yield Obstacle(
                f"{parent} is partitioned by it, and masked rows would belong elsewhere",
                "keep it, or mask another column",
            )
    if isinstance(found.rule, Null):
        return
    if is_unique(table, name):
        if isinstance(found.rule, Cases) and (reason := unique_problem(found.rule)):
            yield reason
        likely = [
            rule.mask
            for rule in rules_of(found.rule)
            if not isinstance(rule, Keep) and MASKS[rule.mask].card.among_originals
        ]
        if likely and (conditions_of(found.rule) or decision.where is not None):
            yield Obstacle(
                f"a unique index rests on it, and what the mask {likely[0]} makes may be a value that a condition"
                " keeps",
                "mask all rows, or use email or token",
            )
    elif found.rule.unique and (conditions_of(found.rule) or decision.where is not None):
        yield Obstacle(
            "unique: true, and of the originals that a condition keeps nobody knows whether they differ",
            "mask all rows, or leave unique out",
        )
    for index in table.indexes:
        if index.constraint_type == "x" and (name in index.columns or name in index.expression_columns):
            yield Obstacle(f"the exclusion constraint {index.constraint} compares its values", "keep it or use null")
