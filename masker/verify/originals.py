"""Whether originals of masked columns are left: in the columns themselves, and in the text of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.findings import Finding, Outcome
from masker.names import shown
from masker.tables.chance import Compared, collapsed, originals_left
from masker.tables.evidence import Unchanged
from masker.tables.plan import MaskedColumn, TablePlan
from masker.tables.shown import Answers, told

_NOT_ASKED = "the source did not say what its masks make"


def masked_findings(plan: TablePlan, left: Mapping[str, Unchanged], answers: Answers | None) -> Iterator[Finding]:
    """A finding on each masked column, and on each masked leaf of a document.

    *left* counts, by column, originals that came out as they were and that the mask cannot have made, among all rows
    that were proved; *answers* are those of a sample of the source.
    """
    for mask in plan.masked:
        # Of a document all of which is masked by what it looks like nothing is asked.
        if mask.is_constant or (mask.mask == "json" and all(leaf.chance is None for leaf in mask.leaves)):
            continue
        subject = f"{plan.table.name}.{shown(mask.name)}"
        if answers is None or (mask.mask != "json" and mask.name not in answers.columns):
            yield Finding(check="masked", subject=subject, outcome=Outcome.NOT_RUN, detail=_NOT_ASKED)
        elif mask.mask == "json":
            yield from _leaves(mask, subject, answers)
        elif (mask.reads_own or mask.name in mask.accepts) and not mask.variants:
            found = answers.columns[mask.name]
            yield _result(
                "masked",
                f"{subject}: made from its original, by its rule; {found.same:,} of {found.compared:,} values as they"
                " were",
                None,
            )
        else:
            yield _result("masked", subject, _problem(mask, left.get(mask.name), answers.columns[mask.name]))


def _problem(mask: MaskedColumn, left: Unchanged | None, sampled: Compared) -> str | None:
    if left is not None and left.same and mask.chance is not None:
        return f"{left.same:,} of {left.compared:,} values are the source's own, and the mask cannot have made them"
    return originals_left(sampled) or (
        collapsed(sampled, keeps_apart=not mask.may_repeat) if mask.mask != "sql" else None
    )


def _leaves(mask: MaskedColumn, subject: str, answers: Answers) -> Iterator[Finding]:
    for leaf in mask.leaves:
        if leaf.chance is None:
            continue
        found = answers.leaves.get((mask.name, leaf.path))
        if found is None:
            yield Finding(check="masked", subject=f"{subject} {leaf.path}", outcome=Outcome.NOT_RUN, detail=_NOT_ASKED)
        else:
            yield _result(
                "masked", f"{subject} {leaf.path}", originals_left(found) or collapsed(found, keeps_apart=False)
            )


def shown_findings(plan: TablePlan, answers: Answers | None, *, is_asked: bool) -> Iterator[Finding]:
    """A finding on each column whose text shows originals, or one on all of the table's. *is_asked*: there are
    originals to look for."""
    if not is_asked:
        return
    table = plan.table.name
    if answers is None:
        yield Finding(
            check="originals",
            subject=f"{table}",
            outcome=Outcome.NOT_RUN,
            detail="the source was not asked whether they stand in its text",
        )
        return
    for standing in answers.shown:
        detail = (
            f"it shows {told(standing)} in {standing.own:,} of {answers.rows:,} sampled rows; mask it, or accept that"
            " with `shows:` in its rule"
        )
        yield Finding(
            check="originals", subject=f"{table}.{shown(standing.column)}", outcome=Outcome.FAILED, detail=detail
        )
    for standing in answers.accepted:
        subject = f"{table}.{shown(standing.column)} shows {told(standing)}, as its rule says"
        yield Finding(check="originals", subject=subject, outcome=Outcome.PASSED)
    if not answers.shown:
        yield Finding(check="originals", subject=f"{table}: text of {answers.rows:,} rows", outcome=Outcome.PASSED)


def _result(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(
        check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )
