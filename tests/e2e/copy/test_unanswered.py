"""Whatever question of a plan it is that a server does not answer: it is told as that server's, and never as a defect
of masker."""

from __future__ import annotations

import random

import pytest

from tests.proxy import Answer, Cut, Proxy
from tests.shop import Shop

#: Questions tried on each side; which ones is drawn by a seed.
_TRIED = 4

#: Answers at a plan's end that say nothing any more: the last question's transaction is rolled back, the session's
#: settings are put back.
_LEAVING = 3


def at(number: int) -> Cut:
    def cuts(answer: Answer) -> bool:
        return answer.number == number

    return cuts


@pytest.mark.parametrize(("side", "code"), [("source", 5), ("target", 6)])
def test_a_question_that_is_not_answered(shop: Shop, side: str, code: int) -> None:
    server, url = (shop.production, shop.source) if side == "source" else (shop.preview, shop.target)
    with Proxy.before(server) as proxy:
        shop.plan(f"--{side}", proxy.url(url)).expect(0)
        asked = len(proxy.answers)
    for number in random.Random(code).sample(range(1, asked + 1 - _LEAVING), _TRIED):
        with Proxy.before(server, at(number)) as proxy:
            done = shop.plan(f"--{side}", proxy.url(url))
        assert proxy.cut, number
        done.expect(code, f"{side}: ")
