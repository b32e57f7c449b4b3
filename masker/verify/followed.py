"""Whether a plan does what the rule file says of each table: a table, a mask or a condition that a plan has lost is in
no question that is made from the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.findings import Finding, Outcome
from masker.masks.cases import conditions_of
from masker.masks.keep import Keep
from masker.ruleset.types import Resolution, TableDecision
from masker.tables.plan import TablePlan


def follows_rules(resolution: Resolution, plans: Iterable[TablePlan], *, is_standby: bool) -> Iterator[Finding]:
    """A finding for each table of which *plans* make something else than *resolution* says, and one that counts the
    others.

    Tables of extensions have a plan only where a rule carries their rows. Of unlogged tables a standby has no rows
    (*is_standby*).
    """
    planned = {plan.table.name: plan for plan in plans}
    good = 0
    for name, decision in sorted(resolution.tables.items()):
        plan = planned.get(name)
        if not decision.table.has_storage or (plan is None and decision.table.extension is not None):
            continue
        problems = ["the plan has lost it"] if plan is None else list(_problems(decision, plan, is_standby=is_standby))
        good += not problems
        yield from (
            Finding(check="rules", subject=str(name), outcome=Outcome.FAILED, detail=problem) for problem in problems
        )
    yield Finding(check="rules", subject=f"{good:,} tables planned as the rule file has them", outcome=Outcome.PASSED)


def _problems(decision: TableDecision, plan: TablePlan, *, is_standby: bool) -> Iterator[str]:
    is_empty = decision.rows == "none" or (is_standby and decision.table.persistence == "u")
    if is_empty or plan.action == "empty":
        if is_empty != (plan.action == "empty"):
            yield f"rows: the rule says {decision.rows}, the plan {plan.action}"
        return
    if decision.table.extension is None:
        for word, wanted, written, rendered in (
            ("rows", decision.predicate, plan.predicate_written, plan.predicate),
            ("where", decision.where, plan.where_written, plan.where),
        ):
            # Rows that a subset leaves out are no matter of the rule's condition.
            is_limited = rendered is not None and (word != "rows" or plan.taken is None or wanted is not None)
            if wanted != written or (wanted is not None) != is_limited:
                yield f"{word}: the plan does not go by the rule's condition"
    masked = {m.name for m in plan.masked}
    wanted_masks = {
        name
        for name, found in decision.columns.items()
        if not isinstance(found.rule, Keep) and not found.column.generated
    }
    if lost := sorted(wanted_masks - masked):
        yield f"the plan leaves {', '.join(lost)} as it is"
    planned = {m.name: m for m in plan.masked}
    for name in sorted(wanted_masks & masked):
        conditions = conditions_of(decision.columns[name].rule)
        if conditions != planned[name].conditions or bool(conditions) != (planned[name].drawn is not None):
            yield f"{name}: the plan does not go by the rule's conditions"
    if foreign := sorted(masked - wanted_masks):
        yield f"the plan masks {', '.join(foreign)}, which no rule does"
