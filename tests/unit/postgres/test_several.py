"""Questions of many tables: made while others are being answered, in their order, and no further ahead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from masker.postgres.several import in_groups, made_ahead


def test_each_is_made_while_the_one_before_is_with_its_taker_and_no_other() -> None:
    made: list[int] = []

    def making() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    taken = []
    for number in made_ahead(making()):
        assert len(made) <= number + 2
        taken.append(number)
    assert taken == made == [0, 1, 2, 3, 4]


def test_what_cannot_be_made_is_the_takers_to_hear_of() -> None:
    ahead = made_ahead(1 // (2 - number) for number in range(5))
    assert [next(ahead), next(ahead)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_groups_are_made_of_what_comes_one_by_one() -> None:
    assert list(in_groups(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert not list(in_groups([]))
