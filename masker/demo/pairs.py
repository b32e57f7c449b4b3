"""Rows as production and as preview hold them, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from masker.demo.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One row as production and as preview hold it; fields are aligned. *remark* says what to see in it."""

    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    remark: str = ""


_PERSON = """
    SELECT last_name || ' ' || first_name || '  ' || last_name_kana || ' ' || first_name_kana, email, coalesce(phone,
    '–') || '  ' || coalesce(birthday::text, '–'),
           postal_code || ' ' || prefecture || city || street
    FROM users WHERE id = %s"""
_ORDER = """
    SELECT shipping_last_name || ' ' || shipping_first_name || '  ' || shipping_name_kana, shipping_phone || '  '
    || total || ' yen'
    FROM orders WHERE id = %s"""

#: Somebody with a name in Japanese, a birthday, a telephone, some orders and a message, who is a best customer.
_CUSTOMER = (
    "SELECT id FROM users WHERE NOT staff AND birthday IS NOT NULL AND phone IS NOT NULL AND last_name !~ '[A-Za-z]'"
    " AND orders_count BETWEEN 3 AND 9 AND EXISTS (SELECT FROM messages WHERE user_id = users.id)"
    " AND EXISTS (SELECT FROM best_customers WHERE user_id = users.id) ORDER BY id LIMIT 1 OFFSET 3"
)
_ADDRESS = """
    SELECT recipient || '  ' || recipient_kana, postal_code || ' ' || prefecture || city || street
    FROM addresses WHERE id = %s"""
_BEST = "SELECT full_name || '  ' || orders || ' orders' FROM best_customers WHERE user_id = %s"
_MESSAGE = "SELECT left(body, 22) || '…' FROM messages WHERE id = %s"


def pairs(stage: Stage) -> tuple[Pair, ...]:
    """A customer, an order and a message of the same, somebody from abroad, and a colleague whose row the rules leave
    alone.

    A small bookshop may have no row of one kind; it is left out then.
    """
    with psycopg.connect(stage.source) as source, psycopg.connect(stage.target) as target:

        def one(query: str, *arguments: object) -> int:
            row = source.execute(query, arguments).fetchone()
            return int(row[0]) if row and row[0] is not None else 0

        def pair(title: str, query: str, row: int, remark: str = "") -> Pair:
            before, after = (conn.execute(query, [row]).fetchone() or () for conn in (source, target))
            return Pair(
                title=f"{title} {row}", before=tuple(map(str, before)), after=tuple(map(str, after)), remark=remark
            )

        customer = one(_CUSTOMER)
        foreigner = one(
            "SELECT id FROM users WHERE NOT staff AND last_name ~ '[A-Za-z]' AND phone IS NOT NULL ORDER BY id LIMIT 1"
            " OFFSET 1"
        )
        order = one("SELECT min(id) FROM orders WHERE user_id = %s", customer)
        address = one("SELECT min(id) FROM addresses WHERE user_id = %s", customer)
        message = one("SELECT min(id) FROM messages WHERE user_id = %s", customer)
        found = (
            pair("users", _PERSON, customer),
            pair("orders", _ORDER, order, "the same person, by user_id in scope person"),
            pair("addresses", _ADDRESS, address),
            pair("best_customers", _BEST, customer, "and in a materialized view: one person in four places"),
            pair("messages", _MESSAGE, message, "as long as it was"),
            pair("users", _PERSON, foreigner),
            pair("users", _PERSON, 2, "staff, left as it is by where: not staff"),
        )
        return tuple(pair for pair in found if pair.before)
