"""What is printed: documents, log lines, plans."""

from __future__ import annotations

from tests.shop import Shop


def test_a_copy_says_what_it_came_to(shop: Shop) -> None:
    done = shop.copy()
    done.expect(0, f"✓ {shop.database} published at", r"30,605 rows", "0 failed, 0 not run")
    assert "copied visits: 30,000 rows" in done.err
    shop.expect_masked()
