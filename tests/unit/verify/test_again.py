"""Rows of a source that has moved on, against a preview's: nothing that it still has may be missing or other there."""

from __future__ import annotations

from masker.verify.again import Again, RowDigests, compare_rows, merge, place


def _row(identity: int, *columns: int | None, block: int = 0) -> RowDigests:
    return RowDigests(identity, block, columns)


def test_rows_only_the_target_has_are_no_matter() -> None:
    assert compare_rows([_row(1, 5)], [_row(1, 5), _row(2, 6)], [0]) == Again(compared=1)


def test_lost_and_differing_rows_are_counted_with_their_blocks() -> None:
    found = compare_rows(
        [_row(1, 5, 6), _row(2, 5, 6), _row(3, 5, 6)], [_row(1, 5, 7, block=4), _row(2, 0, 8, block=9)], [0, 1]
    )

    assert found == Again(compared=3, lost=1, differing={0: 1, 1: 2}, blocks={0: (9, 9), 1: (4, 9)}, unchanged={})


def test_rows_of_one_identity_are_compared_with_their_likes() -> None:
    def row(value: int) -> RowDigests:
        return RowDigests(1, 0, (value,))

    assert compare_rows([row(1), row(2), row(3)], [row(3), row(1), row(2)], [0]) == Again(compared=3)
    assert compare_rows([row(1), row(2), row(3)], [row(3), row(9), row(2)], [0]).differing == {0: 1}


def test_a_null_in_the_place_of_a_value_differs() -> None:
    assert compare_rows([_row(1, None)], [_row(1, 5)], [0]).differing == {0: 1}
    assert compare_rows([_row(1, None)], [_row(1, None)], [0]).differing == {}


def test_originals_that_tell_something_are_counted() -> None:
    found = compare_rows([_row(1, 5), _row(2, None), _row(3, 7)], [_row(1, 5), _row(2, 9), _row(3, 8)], [], [0])

    assert (found.unchanged[0].compared, found.unchanged[0].same) == (2, 1)


def test_rows_alike_without_a_key_count_each() -> None:
    assert compare_rows([_row(1), _row(1), _row(1)], [_row(1), _row(1)], [], has_key=False).lost == 1


def test_a_merge_needs_no_more_than_the_order() -> None:
    source = [(1, 10), (2, 20), (4, 40), (7, 70)]
    target = [(0, 0), (1, 10), (2, 21), (3, 30), (7, 70), (9, 90)]
    found = merge(iter(source), iter(target))

    assert (found.compared, found.lost, found.differing, found.identities) == (4, 1, 1, [2])


def test_a_merge_with_nothing_on_the_other_side() -> None:
    assert merge(iter([(1, 1)]), iter([])).lost == 1
    assert merge(iter([]), iter([(1, 1)])).compared == 0


def test_places_are_told_in_words() -> None:
    assert place((3, 3)) == "in block 3 of its file"
    assert place((3, 4_000)) == "in blocks 3 to 4,000 of its file"
