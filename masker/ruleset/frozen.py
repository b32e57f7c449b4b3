"""What steers draws from lists, frozen in a file of numbers beside the rules. No value stands in it.

While it stands, a person keeps a name from run to run, however production's statistics drift.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from masker.errors import Problem, Refused, RuleErrors
from masker.masks.numbers import Shapes
from masker.masks.permute import PART as RANGE
from masker.notes import Note
from masker.ruleset.files import read_text, write_text
from masker.ruleset.numbers import Document, record, shapes_in

if TYPE_CHECKING:
    from pathlib import Path

#: What the name of a file of rules ends in, and that of the numbers beside it.
_SUFFIX = ".shape.json"


def numbers_path(rules: Sequence[Path]) -> Path | None:
    """The file of numbers beside the first of *rules*: ``masking.shape.json`` beside ``masking.yml``."""
    return rules[0].with_name(f"{rules[0].stem}{_SUFFIX}") if rules else None


def read_numbers(rules: Sequence[Path]) -> Shapes:
    """What is frozen beside *rules*, nothing where there is no such file. Raises RuleErrors where it says something
    else."""
    path = numbers_path(rules)
    if path is None or not path.exists():
        return {}
    text = read_text(path, given="--rules, beside which it stands")
    if isinstance(text, Problem):
        raise RuleErrors([text])
    hint = f"`masker shape freeze` writes it anew; without {path.name} the next run with a key does"
    try:
        draws = Document.model_validate_json(text).draws
    except ValidationError as error:
        problems = [
            Problem(str(path), f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}", hint)
            for e in error.errors(include_input=False)
        ]
        raise RuleErrors(problems) from None
    return shapes_in(draws)


def freeze(rules: Sequence[Path], shapes: Shapes) -> Note | None:
    """Add what of *shapes* is not yet frozen to the numbers beside *rules*, and the ranges of keys that production has
    outgrown. Returns what is to be told of it. Raises Refused where other numbers have been frozen since *shapes* were
    planned with."""
    beside = read_numbers(rules)
    grown = {
        drawn
        for drawn, numbers in shapes.items()
        if drawn.part == RANGE and drawn in beside and numbers.tail > beside[drawn].tail
    }
    if any(beside.get(drawn, numbers) != numbers for drawn, numbers in shapes.items() if drawn not in grown):
        raise Refused(
            f"{numbers_path(rules)}: it was written anew while this run was planned",
            hint="run again: it then draws by what stands there now",
        )
    if not shapes.keys() - beside.keys() and not grown:
        return None
    if (why := write_numbers(rules, {**shapes, **beside, **{drawn: shapes[drawn] for drawn in grown}})) is not None:
        return Note(subject="numbers that steer masks", text=f"{why}: the target's marker alone holds them")
    return Note(subject="numbers that steer masks", text=f"frozen in {numbers_path(rules)}; keep it with the rules")


def write_numbers(rules: Sequence[Path], shapes: Shapes) -> str | None:
    """Freeze *shapes* beside *rules*. Returns why it could not be done, None if it was."""
    path = numbers_path(rules)
    if path is None:
        return "there is no file of rules to put them beside"
    draws = ",\n".join(f"  {json.dumps(draw, ensure_ascii=False)}" for draw in record(shapes))
    return write_text(path, f'{{"version": 1, "draws": [\n{draws}\n]}}\n')
