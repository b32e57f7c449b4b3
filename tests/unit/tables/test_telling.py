"""What is sought of a row's originals: which halves of a name belong together."""

from __future__ import annotations

import pytest

from masker.tables.telling import Told, sought


@pytest.mark.parametrize(
    ("families", "givens", "pairs"),
    [
        ("last_name", "first_name", {"last_name and first_name"}),
        ("nom", "prenom", {"nom and prenom"}),
        ("nachname", "vorname", {"nachname and vorname"}),
        ("owner_last_name nom", "owner_first_name prenom", {"owner_last_name and owner_first_name"}),
        ("nom", "", set()),
    ],
)
def test_halves_of_a_name_are_sought_together(families: str, givens: str, pairs: set[str]) -> None:
    told = [
        Told(column=name, text=f'"{name}"', tells=half)
        for half, names in (("family", families), ("given", givens))
        for name in names.split()
    ]
    assert {" and ".join(one.of) for one in sought(told, " ")} == pairs
