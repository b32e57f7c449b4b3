"""What counts say of a mask: originals that were left, chance, and masks that make one value of all."""

from __future__ import annotations

import pytest

from masker.tables.chance import Compared, collapsed, most_by_chance, originals_left


def test_one_value_that_the_mask_cannot_have_made_is_one_too_many() -> None:
    found = originals_left(Compared(compared=10_000, same=1, impossible=1, draws=10_000, met=1))
    assert found == "1 of 10,000 values are the source's own, and the mask cannot have made them"


def test_what_a_list_explains_is_no_original() -> None:
    fifty_names = Compared(compared=10_000, same=212, draws=10_000, met=212, expected=200)
    assert originals_left(fifty_names) is None
    assert originals_left(Compared(compared=10_000)) is None


@pytest.mark.parametrize("expected", [0, 10, 50, 100, 200])
def test_one_per_cent_more_than_a_list_explains_is_seen(expected: int) -> None:
    met = expected + 100
    found = originals_left(Compared(compared=10_000, same=met, draws=10_000, met=met, expected=expected))
    assert found is not None
    assert found.endswith("are expected by chance")


def test_a_name_that_many_have_counts_once_where_the_mask_goes_by_value() -> None:
    """A third of the rows is called Sato, and Sato happens to stand for Sato: one of three draws."""
    assert originals_left(Compared(compared=9_000, same=3_000, draws=3, met=1, expected=0.06)) is None
    assert originals_left(Compared(compared=9_000, same=9_000, draws=3, met=3, expected=0.06)) is not None


@pytest.mark.parametrize("expected", [0.001, 0.5, 3, 80, 499, 501, 40_000])
def test_chance_is_given_its_room_and_no_more(expected: float) -> None:
    most = most_by_chance(expected, 10**6)
    assert most >= expected
    assert most <= expected + 6 * expected**0.5 + 7


def test_one_value_for_all_is_found() -> None:
    found = collapsed(Compared(compared=500, draws=500, told=500, originals=480, results=1), keeps_apart=False)
    assert found == "480 different originals came out as 1"
    assert collapsed(Compared(compared=500, draws=500, told=500, originals=480, results=50), keeps_apart=False) is None
    assert (
        collapsed(Compared(compared=500, draws=500, told=500, originals=480, results=50), keeps_apart=True) is not None
    )


def test_few_originals_and_few_people_say_nothing() -> None:
    assert collapsed(Compared(compared=500, draws=3, told=500, originals=480, results=1), keeps_apart=False) is None, (
        "one user's orders"
    )
    assert collapsed(Compared(compared=500, draws=500, told=500, originals=2, results=1), keeps_apart=False) is None, (
        "two originals"
    )
