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


def card_text(name: str, mask: Mask) -> str:
    """All that is known of one mask: what it makes and costs, what it keeps, and its arguments."""
    from masker.masks.rule import MaskRule

    card = mask.card
    computed = "it is there" if name == "keep" else "by who has the key" if card.is_reversible else "no"
    rows = [
        ("for", card.serves),
        ("makes", card.example),
        ("UNIQUE", card.uniqueness.value),
        ("distinct values", card.distinct),
        ("width", "as the original" if card.keeps_width else "its own"),
        ("original can be computed", computed),
        ("keeps the order", "yes" if card.keeps_order else "no"),
        ("shows of the original", card.shows or "nothing"),
        ("needs", f"the extension {card.needs}" if card.needs else "no extension"),
        ("costs", f"{card.cost:.2f} µs a value" if card.cost else "next to nothing"),
    ]
    lines = [f"{name}: {mask.summary}", "", *(f"  {key.ljust(24)}   {value}" for key, value in rows)]
    own = {key: field for key, field in mask.rule.model_fields.items() if key not in MaskRule.model_fields}
    for key, field in own.items():
        default = (
            "needed" if field.is_required() else f"default {_written(field.get_default(call_default_factory=True))}"
        )
        lines += ["", f"  {key} ({default})", f"      {' '.join((field.description or '').split())}"]
    return "\n".join(lines)


def _written(value: object) -> str:
    if value is None or value in ((), {}):
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


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
        f"{'; a subset of the rows' if resolution.subset is not None else ''}"
    )
