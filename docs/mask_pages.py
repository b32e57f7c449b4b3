"""The pages of the masks, made from their cards, and from examples that a server made, which
`tests/postgres/test_mask_pages.py` holds against what masks do, and with MASKER_WRITE=1 writes anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import generated
from pydantic.fields import FieldInfo

from masker.masks.every import MASKS
from masker.masks.mask import Card, Uniqueness

FOLDER = Path(__file__).parent / "reference" / "masks"
EXAMPLES = Path(__file__).parent / "mask_examples.json"

_SITE = Path(__file__).parents[1] / "mkdocs.yml"

#: Where the list of pages begins and ends in the site's navigation.
_LISTED, _LIST_ENDS = "      - Each mask:\n", "      - reference/checks.md\n"

_STUB = """# {name}

<!-- [[[cog
import mask_pages
cog.outl("")
cog.outl(mask_pages.page("{name}"))
cog.outl("")
]]] -->
<!-- [[[end]]] -->
"""

_RANGES = (
    ("ge", "{} or more"),
    ("gt", "more than {}"),
    ("le", "{} at most"),
    ("lt", "less than {}"),
    ("min_length", "{} or longer"),
    ("max_length", "{} long at most"),
)

_KEYS = {
    Uniqueness.KEPT: (
        "where the identity tells rows apart",
        "yes",
        "yes, where the key goes by its value: `by: value` and one scope on both sides",
    ),
    Uniqueness.LIMITED: ("by a key of one integer, for so many rows", "yes, by a key of one integer", "no"),
    Uniqueness.LOST: ("no", "no", "no"),
    Uniqueness.UNKNOWN: ("as its arguments make it", "left to the database, which refuses what is not unique", "no"),
}


@cache
def _examples() -> dict[str, Any]:
    return dict(json.loads(EXAMPLES.read_text(encoding="utf-8"))) if EXAMPLES.exists() else {}


def page(name: str) -> str:
    """What there is to know of one mask."""
    return "\n".join(_page(name))


def _page(name: str) -> Iterator[str]:
    mask = MASKS[name]
    card = mask.card
    yield from (generated.text(mask.summary), "", "| | |", "|---|---|")
    for what, said in _facts(name, card):
        yield f"| {what} | {said} |"
    yield ""
    arguments = generated.own_arguments(name)
    if arguments:
        yield from ("## Arguments", "", "| argument | takes | range | default | |", "|---|---|---|---|---|")
        for argument, field in arguments.items():
            yield (
                f"| `{argument}` | {generated.text(generated.kind_of(field.annotation))} | {_range(field)} |"
                f" {generated.default_of(field)} | {generated.text(field.description or '')} |"
            )
        yield ""
    yield from ("What every mask takes besides (`by`, `scope`, `where` …) is on [the list of masks](../masks.md).", "")
    found = _examples().get(name)
    if found is None:
        return
    yield from ("## Before and after", "", "```yaml", f"value: {found['rule']}", "```", "")
    yield from ("| locale | before | after |", "|---|---|---|")
    for locale, before, after in found["examples"]:
        yield f"| {locale} | {_cell(before)} | {_cell(after)} |"
    yield from (
        "",
        "## The SQL",
        "",
        f"Of a column `{found['type']}`, as a copy reads it; what stands in settings of the",
    )
    yield from ("session (seeds, word lists) is made from the run's key.", "", "```sql")
    yield str(found["sql"])
    yield "```"


def _facts(name: str, card: Card) -> Iterator[tuple[str, str]]:
    one_to_one, unique, foreign = _KEYS[card.uniqueness]
    if name in {"keep", "null"}:
        one_to_one, unique, foreign = ("yes", "yes", "yes") if name == "keep" else ("no", "yes", "yes")
    if name == "permute":
        foreign = "yes: what refers to it follows"
    is_key = "yes" if name == "keep" else "no" if name == "null" or unique == "no" else unique
    yield "for", card.serves
    yield "makes", f"`{card.example}`"
    yield "one-to-one", one_to_one
    yield "under UNIQUE", unique
    yield "under PRIMARY KEY", is_key
    yield "under a foreign key", foreign
    yield "distinct values", card.distinct
    yield "width", "as the original" if card.keeps_width else "its own"
    yield "may an original come out again", generated.may_keep(card)
    computed = "it is there" if name == "keep" else "by who has the key" if card.is_reversible else "no"
    yield "the original can be computed", computed
    yield "keeps the order of values", "yes" if card.keeps_order else "no"
    yield "what can be read of the original", card.shows or "nothing"
    yield "reads other tables", "yes" if card.reads_tables else "no"
    yield "needs", f"the extension {card.needs}" if card.needs else "no extension"
    yield "costs", f"{card.cost:.2f} µs a value" if card.cost else "next to nothing"


def _range(field: FieldInfo) -> str:
    said = [
        form.format(f"{bound:,}" if isinstance(bound, int) else bound)
        for word, form in _RANGES
        for part in field.metadata
        if (bound := getattr(part, word, None)) is not None
    ]
    return ", ".join(said)


def _cell(value: str) -> str:
    return "`" + value.replace("|", "\\|").replace("`", "'").replace("\n", " ") + "`" if value else "(empty)"


def write_stubs() -> None:
    """A page for each mask that has none, and the list of all in the site's navigation."""
    FOLDER.mkdir(exist_ok=True)
    for name in MASKS:
        path = FOLDER / f"{name}.md"
        if not path.exists():
            path.write_text(_STUB.format(name=name), encoding="utf-8")
    text = _SITE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_LISTED)
    _, _, after = rest.partition(_LIST_ENDS)
    lines = "".join(f"          - reference/masks/{name}.md\n" for name in sorted(MASKS))
    _SITE.write_text(f"{before}{_LISTED}{lines}{_LIST_ENDS}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_stubs()
