"""What masking in place can and cannot reach: tables of extensions are the target's own, the rows of foreign tables are
not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.in_place.facts import Facts
from masker.masks.keep import Keep
from masker.names import TableName
from masker.ruleset.personal import can_be_personal
from masker.ruleset.types import TableDecision


def changes(decision: TableDecision) -> bool:
    """Whether the rules leave any row of the table otherwise than it is, or not there."""
    return decision.rows != "all" or any(not isinstance(d.rule, Keep) for d in decision.columns.values())


def planned(decisions: Mapping[TableName, TableDecision]) -> dict[TableName, TableDecision]:
    """The tables the plan speaks of: of those that belong to an extension the ones that the rules change."""
    return {name: d for name, d in decisions.items() if d.table.extension is None or changes(d)}


def out_of_reach(decisions: Mapping[TableName, TableDecision], catalog: Catalog, facts: Facts) -> Iterator[Problem]:
    """Rules for rows that live on another server, and such rows stored here that no rule has decided."""
    for name, decision in decisions.items():
        # A pattern may fit it by chance; a rule by its name is meant.
        named = [d.position for d in decision.columns.values() if d.is_named and not isinstance(d.rule, Keep)]
        if decision.table.kind == "f" and decision.named is not None and (named or decision.rows != "all"):
            at = next(iter(named), None)
            yield Problem(
                f"{name}",
                "it is a foreign table: its rows live on another server, where masker changes nothing",
                f"mask them there and say `keep` for its columns here, or drop {name} before the run",
                decision.rows_position if decision.rows != "all" else at,
            )
    for view in facts.derived.views.values():
        for name in sorted(view.reads) if view.is_populated else ():
            table = catalog.tables.get(name)
            decided = decisions[name].columns if name in decisions else {}
            undecided = (
                [c.name for c in table.columns if can_be_personal(c) and c.name not in decided]
                if table is not None and table.kind == "f"
                else []
            )
            if undecided:
                yield Problem(
                    f"{name}",
                    f"the materialized view {view.name} holds rows of this foreign table, and no rule decides"
                    f" {', '.join(undecided)}",
                    f"say `keep` for them if they may stand there, or REFRESH MATERIALIZED VIEW {view.name} WITH NO"
                    " DATA before the run",
                )
