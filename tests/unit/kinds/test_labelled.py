"""How much of what people labelled by hand is found, in applications of several domains and languages: printed by
kind, ``pytest -s`` shows it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from masker.draft.make import make
from masker.draft.text import asks
from masker.kinds.kind import Kind
from masker.ruleset.evidence import Evidence
from masker.ruleset.types import RuleSet
from tests.catalogs import catalog, table

#: A file for each application: a table a line, its columns as ``name type = kind``, ``~`` where either is right.
_FILES = sorted((Path(__file__).parent / "labelled").glob("*.txt"))

#: Kinds that a person takes for one another.
_ALIKE = (
    {Kind.SECRET, Kind.TOKEN, Kind.KEY, Kind.HASH, Kind.PASSWORD, Kind.ENCRYPTED},
    {Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.FULL_NAME, Kind.INITIALS},
    {Kind.CITY, Kind.TOWN, Kind.REGION, Kind.STREET, Kind.ADDRESS, Kind.BUILDING},
    {Kind.CARD, Kind.BANK_ACCOUNT, Kind.IBAN, Kind.BIC, Kind.PAYMENT_ID},
    {Kind.FREE_TEXT, Kind.TRAIT, Kind.DOCUMENT},
    {Kind.EXTERNAL_ID, Kind.USER_NAME},
)


@dataclass
class Score:
    """What was found of what was labelled, and what was taken for it."""

    labelled: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    alike: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    covered: int = 0
    looked_at: int = 0
    missed: list[str] = field(default_factory=list)
    wrongly: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)


def score(path: Path) -> Score:
    """The draft for the application of *path* against its labels."""
    labels: dict[tuple[str, str], str] = {}
    tables = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, written = line.partition(": ")
        columns = []
        for each in written.split("; "):
            declared, _, label = each.partition(" = ")
            columns.append(declared.removesuffix(" ~"))
            labels[name, columns[-1].split(" ")[0]] = "~" if declared.endswith(" ~") else label or "-"
        tables.append(table(name, *columns))
    found = Score()
    for of, column in make(catalog(*tables), RuleSet(files=()), {}, Evidence(), {}).columns():
        label = labels[of.table.name.name, column.column.name]
        name, masked = f"{of.table.name.name}.{column.column.name}", bool(of.empty) or column.rule != "keep"
        found.covered += column.is_covered
        found.looked_at += bool(asks(column))
        if label == "-" and masked and not of.empty and column.kind is not Kind.FREE_TEXT:
            found.taken[str(column.kind)] += 1
            found.wrongly.append(f"{name} ({column.kind})")
        if label in "-~":
            continue
        found.labelled[label] += 1
        found.listed += masked or bool(asks(column))
        if not masked:
            found.missed.append(f"{name} ({label})")
            continue
        found.found[label] += 1
        kind = Kind(label)
        right = column.kind is kind or any({kind, column.kind} <= group for group in _ALIKE)
        found.alike += right or bool(of.empty)
        if not right and not of.empty:
            found.otherwise.append(f"{name}: {column.kind}, not {label}")
    return found


def test_what_people_labelled_is_found() -> None:
    scores = {path.stem: score(path) for path in _FILES}
    labelled: Counter[str] = sum((s.labelled for s in scores.values()), Counter())
    found: Counter[str] = sum((s.found for s in scores.values()), Counter())
    taken: Counter[str] = sum((s.taken for s in scores.values()), Counter())
    all_of, got = labelled.total(), found.total()
    told = [
        f"{name}: {s.found.total()} of {s.labelled.total()}, {s.taken.total()} wrongly" for name, s in scores.items()
    ]
    for kind, count in sorted(labelled.items()):
        precision = found[kind] / max(1, found[kind] + taken[kind])
        told.append(f"{kind}: recall {found[kind] / count:.2f} of {count}, precision {precision:.2f}")
    for s in scores.values():
        told += [f"missed {each}" for each in s.missed] + [f"wrongly {each}" for each in s.wrongly]
        told += [f"otherwise {each}" for each in s.otherwise]
    sys.stdout.write("\n".join(told) + "\n")
    assert got / all_of >= 0.97, told
    assert sum(s.listed for s in scores.values()) / all_of >= 0.98, told
    assert got / (got + taken.total()) >= 0.95, told
    assert sum(s.alike for s in scores.values()) / got >= 0.95, told
    assert sum(s.looked_at for s in scores.values()) / sum(s.covered for s in scores.values()) <= 0.2
    assert not [m for s in scores.values() for m in s.missed if "secret" in m or "token" in m or "key material" in m]
