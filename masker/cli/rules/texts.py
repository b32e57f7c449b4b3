"""What is said of rules and masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from masker.masks.mask import Mask
    from masker.ruleset.types import Resolution, RuleSet


def masks_text(masks: Mapping[str, Mask]) -> str:
    """The masks, each with what it makes, what it serves, its own arguments and an example."""
    from masker.masks.rule import MaskRule

    width = max(len(name) for name in masks)
    lines: list[str] = []
    for name, mask in masks.items():
        own = [argument for argument in mask.rule.model_fields if argument not in MaskRule.model_fields]
        lines.append(f"{name.ljust(width)}   {mask.summary}")
        details = [
            f"for {mask.card.serves}",
            *([f"takes {', '.join(own)}"] if own else []),
            f"makes {mask.card.example}",
            *([f"shows {mask.card.shows}"] if mask.card.shows else []),
            *([f"needs the extension {mask.card.needs}"] if mask.card.needs else []),
        ]
        lines.append(f"{' ' * width}   {' · '.join(details)}")
    lines += [
        "",
        (
            "All take by (who: columns, or `value`), scope (columns that agree) and locale; where and unless"
            " (conditions of the rows), null, share, unique and reason."
        ),
    ]
    return "\n".join(lines)


def files_text(ruleset: RuleSet) -> str:
    """What was read: ``config/masking.yml · rails devise``."""
    names = ", ".join(file.name for file in ruleset.files)
    sets = " ".join(Path(file.name).stem for file in ruleset.included)
    return f"{names} · {sets}" if sets else names


def decisions_text(resolution: Resolution) -> str:
    """How much the rules decide, in numbers."""
    tables = resolution.tables.values()
    rules = [decision.rule.mask for table in tables if table.rows != "none" for decision in table.columns.values()]
    empty = sum(table.rows == "none" for table in tables)
    return (
        f"{len(tables)} tables, {empty} of them left empty; {len(rules) - rules.count('keep')} columns masked,"
        f" {rules.count('keep')} kept; nothing undecided"
    )
