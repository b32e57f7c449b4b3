"""A shop of its own for every test: its source and its live preview are copies of two templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import Server
from tests.shop import RULES, Shop, fill_live, fill_shop


@pytest.fixture(scope="session")
def shop_template(production_server: Server) -> Iterator[str]:
    with production_server.forgetting():
        url = production_server.create_database(name="shop_template")
        fill_shop(url)
        yield url


@pytest.fixture(scope="session")
def live_template(preview_server: Server) -> Iterator[str]:
    with preview_server.forgetting():
        url = preview_server.create_database(name="live_template")
        fill_live(url)
        yield url


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


@pytest.fixture
def shop(production: Server, preview: Server, shop_template: str, live_template: str, rules: Path) -> Iterator[Shop]:
    """A source with rows, a live preview and rules. What runs leave on the target is dropped afterwards."""
    made = Shop(
        production=production,
        preview=preview,
        rules=rules,
        source=production.create_database(shop_template),
        target=preview.create_database(live_template),
    )
    yield made
    with preview.connect() as conn:
        for name in made.shadows():
            conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session")
def reading_shop(
    production_server: Server,
    preview_server: Server,
    shop_template: str,
    live_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Shop]:
    """The templates themselves, for runs that end before anything is created. Rules are written anew for each."""
    folder = tmp_path_factory.mktemp("rules")

    def made() -> Shop:
        rules = folder / "rules.yml"
        rules.write_text(RULES)
        return Shop(
            production=production_server,
            preview=preview_server,
            source=shop_template,
            target=live_template,
            rules=rules,
        )

    return made


@pytest.fixture
def planned(reading_shop: Callable[[], Shop]) -> Iterator[Shop]:
    """A shop on which nothing must happen: after the test its live preview is what it was, alone, and free of
    markers."""
    shop = reading_shop()
    with shop.untouched():
        yield shop


@pytest.fixture(scope="session")
def preview_template(reading_shop: Callable[[], Shop], preview_server: Server) -> Iterator[str]:
    """A finished preview, to make copies of."""
    shop = reading_shop()
    name = "preview_template"
    shop.copy("--target", preview_server.url(name), "--confirm", name).expect(0)
    yield name
    with preview_server.connect() as conn:
        conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def verified(preview: Server, preview_template: str, reading_shop: Callable[[], Shop]) -> Shop:
    """A shop whose preview is finished: a copy of one, with the marker made its own."""
    shop = reading_shop()
    target = preview.create_database(preview_template)
    with preview.connect(target) as conn:
        conn.execute(
            "UPDATE masker.run SET database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return replace(shop, target=target)
