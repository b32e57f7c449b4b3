"""Plans by their shape: what makes two of them different, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masker.findings import Outcome
from masker.names import TableName
from masker.notes import Note
from masker.shape.plans import difference, relations, shape
from masker.shape.queries import Planned, compare_plans
from masker.shape.report import Compared
from masker.shape.scope import scope
from masker.shape.texts import Query
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved

DATABASE = catalog(table("users", "name text", "mail text"), table("orders", "note text"), table("logs", "line text"))
SCOPE = scope(
    resolved(
        DATABASE,
        "tables: {users: {columns: {name: last_name, mail: null}}, orders: {columns: {note: lorem}}, logs: {rows:"
        " none}}\n",
    ),
    DATABASE,
)

OFF = {"users.name": "mask last_name: few", "orders.note": "mask lorem: long"}


def scan(relation: str, kind: str = "Seq Scan", **more: Any) -> dict[str, Any]:
    return {
        "Node Type": kind,
        "Schema": "public",
        "Relation Name": relation,
        "Alias": relation,
        "Output": ["x"],
        **more,
    }


def join(*inputs: dict[str, Any], kind: str = "Hash Join", **more: Any) -> dict[str, Any]:
    return {"Node Type": kind, "Join Type": "Inner", "Plans": list(inputs), **more}


def by_index(relation: str, index: str, **more: Any) -> dict[str, Any]:
    return scan(relation, "Index Scan", **{"Index Name": index, "Scan Direction": "Forward", **more})


def test_costs_conditions_and_workers_are_no_part_of_a_shape() -> None:
    plain = join(scan("users"), scan("orders"))
    dear = join(
        {**scan("users"), "Filter": "(name = 'canary')", "Plan Rows": 7},
        {**scan("orders"), "Total Cost": 9.5},
        **{"Hash Cond": "(a = b)"},
    )
    assert shape(plain) == shape(dear)
    assert "canary" not in repr(shape(dear))


def test_everything_the_planner_decides_is() -> None:
    plans: list[dict[str, Any]] = [
        join(scan("users"), scan("orders")),
        join(scan("orders"), scan("users")),
        join(scan("users"), scan("orders"), kind="Nested Loop"),
        join(scan("users"), scan("orders"), **{"Join Type": "Left"}),
        join(scan("users"), by_index("orders", "a")),
        join(scan("users"), by_index("orders", "b")),
        join(scan("users"), by_index("orders", "b", **{"Scan Direction": "Backward"})),
        join(scan("users"), scan("orders", Schema="other")),
        join(scan("users"), scan("orders", Alias="o")),
        {"Node Type": "Aggregate", "Strategy": "Hashed", "Plans": [scan("users")]},
        {"Node Type": "Aggregate", "Strategy": "Sorted", "Plans": [scan("users")]},
        {"Node Type": "Gather", "Plans": [scan("users")]},
        scan("users"),
        {
            "Node Type": "ModifyTable",
            "Operation": "Update",
            "Schema": "public",
            "Relation Name": "users",
            "Plans": [scan("users")],
        },
        {
            "Node Type": "ModifyTable",
            "Operation": "Delete",
            "Schema": "public",
            "Relation Name": "users",
            "Plans": [scan("users")],
        },
    ]
    assert len({shape(plan) for plan in plans}) == len(plans)


def test_bitmaps_and_members_of_a_parallel_append_are_a_set() -> None:
    a, b = ({"Node Type": "Bitmap Index Scan", "Index Name": name} for name in "ab")
    for kind, more in (("BitmapAnd", {}), ("BitmapOr", {}), ("Append", {"Parallel Aware": True})):
        assert shape({"Node Type": kind, "Plans": [a, b], **more}) == shape(
            {"Node Type": kind, "Plans": [b, a], **more}
        )
    assert shape({"Node Type": "Append", "Plans": [a, b]}) != shape({"Node Type": "Append", "Plans": [b, a]})


def test_a_difference_says_what_each_side_does() -> None:
    here, there = (
        shape(join(scan("users"), by_index("orders", "i"))),
        shape(join(scan("users"), scan("orders"), kind="Nested Loop")),
    )
    said = difference(here, there)
    assert said[:2] == ("Index Scan using i on orders, Hash Join (Inner)", "Seq Scan on orders, Nested Loop (Inner)")
    assert said[2] == {TableName("public", "orders")}
    turned = difference(shape(join(scan("users"), scan("orders"))), shape(join(scan("orders"), scan("users"))))
    assert turned[:2] == ("in the order users, orders", "in the order orders, users")
    assert relations(here) == {TableName("public", "users"), TableName("public", "orders")}


def compared(
    text: str, source: dict[str, Any] | None, *rounds: dict[str, Any], why_not: str = "", off: Mapping[str, str] = OFF
) -> Compared | Note:
    query = Query(label="q.sql:1", text=text, shown=text)
    planned = Planned(
        query=query, source=shape(source) if source else None, rounds=tuple(map(shape, rounds)), why_not=why_not
    )
    return compare_plans(planned, SCOPE, off)


def test_a_query_is_alike_if_any_round_is_and_else_names_the_masks_of_what_is_read_otherwise() -> None:
    query, index, whole = "SELECT * FROM users WHERE name = $1", by_index("users", "i"), scan("users")
    good = compared(query, index, whole, index, whole)
    assert isinstance(good, Compared)
    assert good.is_good
    bad = compared(query, index, whole, whole)
    assert isinstance(bad, Compared)
    assert (bad.outcome, bad.source, bad.target) == (Outcome.FAILED, "Index Scan using i on users", "Seq Scan on users")
    assert bad.hint == "users.name: mask last_name: few", "the query names it"
    in_range = compared("SELECT * FROM orders WHERE note = $1", by_index("orders", "o"), scan("orders"), off={})
    assert isinstance(in_range, Compared)
    assert in_range.hint.startswith("the masked columns that it names are in range")
    constant = compared("SELECT * FROM orders WHERE note = 'canary'", by_index("orders", "o"), scan("orders"), off={})
    assert isinstance(constant, Compared)
    assert "a constant of it is no value of the preview (write `$1`)" in constant.hint
    assert "constant" not in in_range.hint
    unnamed = compared("SELECT * FROM users", index, whole)
    assert isinstance(unnamed, Compared)
    assert unnamed.hint.startswith("users.mail: mask null"), "what has lost its shape altogether may be it, too"
    both = compared("SELECT * FROM users, orders", join(whole, by_index("orders", "o")), join(whole, scan("orders")))
    assert isinstance(both, Compared)
    assert both.hint.startswith("orders.note: mask lorem: long; "), "its table is read otherwise"


def test_queries_on_tables_with_some_rows_are_left_out_and_what_has_no_plan_is_not_run() -> None:
    left_out = compared("SELECT * FROM logs", scan("logs"), scan("logs"))
    assert isinstance(left_out, Note)
    assert "it reads logs" in left_out.text
    not_run = compared("SELECT x", None, why_not="the source makes no plan of it: …")
    assert isinstance(not_run, Compared)
    assert (not_run.outcome, not_run.detail) == (Outcome.NOT_RUN, "the source makes no plan of it: …")
