"""What servers answer in the middle of a run, provoked on real ones: told as what it was, whose it was, and what to do;
no row's value gets out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import sql

from tests.servers import database_of
from tests.shop import Shop


def _revoke(shop: Shop, reader: str) -> None:
    _as_admin(shop, shop.source, sql.SQL("REVOKE SELECT ON plans FROM {}").format(sql.Identifier(reader)))


def _limit(shop: Shop, reader: str) -> None:
    _as_admin(shop, shop.source, sql.SQL("ALTER ROLE {} CONNECTION LIMIT 1").format(sql.Identifier(reader)))


def _cancel(shop: Shop, reader: str) -> None:
    """As a DBA would who sees what waits."""
    (pid,) = shop.waiting()
    _as_admin(shop, shop.source, sql.SQL("SELECT pg_cancel_backend({})").format(sql.Literal(pid)))


def _as_admin(shop: Shop, url: str, statement: sql.Composed) -> None:
    with shop.production.connect(url) as conn:
        conn.execute(statement)


@pytest.mark.timing
@pytest.mark.parametrize(
    ("happens", "code", "told"),
    [
        pytest.param(
            _revoke,
            5,
            (
                "permission denied for table plans .*42501",
                "GRANT the role what it lacks; pg_read_all_data reads every table",
            ),
            id="42501",
        ),
        pytest.param(
            _limit,
            5,
            ("its connections are used up", "lower --workers or --source-connections, or close other sessions"),
            id="53300",
        ),
        pytest.param(_cancel, 5, ("57014.*, while .* done", "somebody cancelled it .pg_cancel_backend."), id="57014"),
    ],
)
def test_what_happens_to_a_copy_half_way(
    shop: Shop, happens: Callable[[Shop, str], None], code: int, told: tuple[str, ...]
) -> None:
    """As a plain role, so that rights and limits are rights and limits."""
    reader = shop.production.create_owner()
    with shop.production.connect(shop.source) as conn:
        conn.execute(
            sql.SQL(
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public"
                " TO {0}"
            ).format(sql.Identifier(reader))
        )
    source = shop.production.url(database_of(shop.source), user=reader)
    with shop.untouched(), shop.stalled("--source", source) as (started, holder):
        happens(shop, reader)
        holder.rollback()
        started.wait().expect(code, *told, "is as it was; the shadow .* is dropped")
