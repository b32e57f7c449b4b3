"""Views whose order shows itself."""

from __future__ import annotations

import pytest

from masker.copy.views import NotYet, fill_in_turn
from masker.errors import TargetError
from masker.lanes.step import RefreshMaterializedView
from masker.names import TableName


def _view(name: str) -> RefreshMaterializedView:
    return RefreshMaterializedView(id=f"refresh {name}", view=TableName("public", name), statements=())


class Filling:
    """Views that read others of them by functions."""

    def __init__(self, reads: dict[str, str]) -> None:
        self.reads = reads
        self.filled: list[str] = []

    def __call__(self, step: RefreshMaterializedView) -> None:
        name = step.view.name
        if (read := self.reads.get(name)) is not None and read not in self.filled:
            raise NotYet(TargetError(f"{name}: has not been populated"))
        self.filled.append(name)


def test_each_is_filled_after_what_it_reads() -> None:
    filling = Filling({"a": "b", "b": "c"})
    fill_in_turn([_view(name) for name in "abc"], filling)
    assert filling.filled == ["c", "b", "a"]


def test_all_that_no_order_fills_are_named() -> None:
    filling = Filling({"a": "b", "b": "a"})
    with pytest.raises(TargetError) as told:
        fill_in_turn([_view(name) for name in "abc"], filling)
    assert filling.filled == ["c"]
    assert told.value.hint is not None
    assert told.value.hint.startswith("no order fills a, b: ")
