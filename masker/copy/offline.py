"""Rules checked against an application's schema file alone: all that a plan finds without asking a server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from masker.copy.reading import reading
from masker.errors import Problem
from masker.notes import Note
from masker.ruleset.ahead import ApplicationSchema
from masker.ruleset.expressions import expression_problems
from masker.ruleset.resolve import resolve
from masker.ruleset.severed import severed
from masker.ruleset.types import Resolution, RuleSet
from masker.tables.documents import unsaid


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the rules come to: *problems* and *notes*, those of columns with their places in the schema file."""

    resolution: Resolution
    problems: Sequence[Problem]
    notes: Sequence[Note]


def check_schema(ruleset: RuleSet, schema: ApplicationSchema) -> Checked:
    """*ruleset* against what *schema* defines."""
    alone = replace(ruleset, schema=replace(schema, is_alone=True))
    resolution = resolve(alone, schema.catalog)
    # Passwords of the preview matter to the run alone, not to whether the rules fit.
    found = reading(schema.catalog, resolution, defaultdict(str), {}, is_trial=True)
    told = {(problem.position, problem.found) for problem in found.problems}
    of_rules = [p for p in (*unsaid(ruleset), *expression_problems(ruleset)) if (p.position, p.found) not in told]
    problems = [*found.problems, *of_rules, *_not_read(schema)]
    places = {str(name): place for name, place in schema.schema.places.items()}
    for name, place in schema.schema.places.items():
        places.setdefault(str(name.table), place)
    return Checked(
        resolution=resolution,
        problems=tuple(
            dict.fromkeys(
                replace(each, position=places.get(each.subject)) if each.position is None else each for each in problems
            )
        ),
        notes=(*resolution.notes, *(each.note() for each in severed(resolution))),
    )


def _not_read(schema: ApplicationSchema) -> Iterator[Problem]:
    """What may define columns that nobody sees."""
    for each in schema.schema.unread:
        if each.bears:
            yield Problem(
                "schema",
                f"{each.what}: this is not understood, and columns that it makes would go unseen",
                "dump the schema anew, or check the rules against a database with --source",
                each.position,
            )
