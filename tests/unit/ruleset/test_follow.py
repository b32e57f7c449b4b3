"""What refers to permuted keys follows them, or is refused with what to write."""

from __future__ import annotations

import pytest

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.masks.array import Array
from masker.masks.permute import Permute
from masker.names import TableName
from masker.ruleset.types import Resolution
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import resolved

USERS = table("users", "mail text", "boss_id int8")


def key(of: str, column: str, to: str = "users", referenced: str = "id") -> ForeignKey:
    return ForeignKey(
        name=f"{of}_{column}_fkey",
        table=TableName("public", of),
        columns=(column,),
        references=TableName("public", to),
        referenced_columns=(referenced,),
        definition="",
        is_valid=True,
    )


def orders(*columns: str, **more: object) -> Table:
    return table("orders", "user_id int8", *columns, foreign_keys=(key("orders", "user_id"),), **more)  # type: ignore[arg-type]


def permuted(resolution: Resolution) -> dict[str, str]:
    """The scope of each permuted column, of one by class its classes."""
    found = {}
    for name, decision in resolution.tables.items():
        for column, own in decision.columns.items():
            rule = own.rule.of if isinstance(own.rule, Array) else own.rule
            if isinstance(rule, Permute):
                found[f"{name}.{column}"] = str(rule.classes) if rule.classes else str(own.rule.scope)
    return found


def problems(database: Catalog, rules: str) -> list[tuple[str, str]]:
    return [(str(p), p.hint or "") for p in resolved(database, f"undecided: keep\n{rules}").problems]


def test_foreign_keys_follow_from_either_end_and_over_several_tables() -> None:
    items = table("items", "order_id int4", foreign_keys=(key("items", "order_id", "orders"),))
    profiles = table("profiles", "note text", foreign_keys=(key("profiles", "id"),))
    users = table("users", "boss_id int8", foreign_keys=(key("users", "boss_id"),))
    database = catalog(users, orders(), items, profiles)
    from_the_key = "tables: {users: {columns: {id: permute}}, orders: {columns: {id: permute}}}"
    from_the_other_end = "tables: {profiles: {columns: {id: permute}}, items: {columns: {order_id: permute}}}"
    for rules in (from_the_key, from_the_other_end):
        assert problems(database, rules) == []
        assert permuted(resolved(database, f"undecided: keep\n{rules}")) == {
            "users.id": "users.id",
            "users.boss_id": "users.id",
            "orders.id": "orders.id",
            "orders.user_id": "users.id",
            "items.order_id": "orders.id",
            "profiles.id": "users.id",
        }


def test_partitions_follow_with_their_parents() -> None:
    parent = orders(kind="p")
    found = permuted(
        resolved(catalog(USERS, parent, partition("orders_1", parent)), "tables: {users: {columns: {id: permute}}}")
    )
    assert {"orders.user_id", "orders_1.user_id"} <= found.keys()


def test_a_pattern_that_keeps_gives_way_and_a_rule_of_its_own_is_refused() -> None:
    database = catalog(USERS, orders())
    rules = "tables: {users: {columns: {id: permute, boss_id: keep}}}\ndefaults: [{columns: '*_id', mask: keep}]"
    assert problems(database, rules) == []
    assert permuted(resolved(database, f"undecided: keep\n{rules}"))["orders.user_id"] == "users.id"
    ((told, hint),) = problems(
        database, "tables: {users: {columns: {id: permute}}, orders: {columns: {user_id: digits}}}"
    )
    assert "orders.user_id: it holds keys that are permuted (the foreign key orders_user_id_fkey to users.id)" in told
    assert "leave its rule out" in hint
    assert problems(database, "tables: {users: {columns: {id: permute}}, orders: {columns: {user_id: null}}}") == []


@pytest.mark.parametrize(
    ("column", "rules", "found", "hint"),
    [
        ("note text", "orders: {where: id > 3}", "orders: where: some rows would stay", "put the condition"),
        ("admin_id int8", "orders: {references: {admin_id: users.id}, columns: {admin_id: keep}}", "cut it off", ""),
        ("x text", "users: {columns: {id: {mask: permute, where: id > 3}}}", "where: keys are permuted in all", ""),
        ("about_type text", "orders: {}", "", ""),
    ],
)
def test_what_cannot_follow_is_refused(column: str, rules: str, found: str, hint: str) -> None:
    written = "" if "users:" in rules else "users: {columns: {id: permute}}, "
    told = problems(catalog(USERS, orders(column)), f"tables: {{{written}{rules}}}")
    assert bool(told) == bool(found)
    assert all(found in each and hint in remedy for each, remedy in told)


@pytest.mark.parametrize(
    ("columns", "meant"),
    [
        (("user_id int8",), "`references: {user_id: users.id}`"),
        (("user_id varchar",), "`references: {user_id: users.id}`"),
        (("user_ids int8[]",), "`references: {user_ids: users.id}`"),
        (("item_id int8", "item_type text"), "`references: {item_id: {type: item_type}}`"),
        (("whodunnit text",), "`references: {whodunnit: {to: users.id, other: keep}}`"),
    ],
)
def test_what_looks_like_a_reference_and_is_none_by_anybody_is_asked_for(columns: tuple[str, ...], meant: str) -> None:
    versions = table("versions", *columns)
    ((told, hint),) = problems(catalog(USERS, versions), "tables: {users: {columns: {id: permute}}}")
    assert f"versions.{columns[0].split()[0]}: by its name it may hold keys that are permuted (users.id)" in told
    assert meant in hint
    kept = f"tables: {{users: {{columns: {{id: permute}}}}, versions: {{columns: {{{columns[0].split()[0]}: keep}}}}}}"
    assert problems(catalog(USERS, versions), kept) == []


def test_keys_of_partitioned_tables_and_columns_that_a_child_has_of_its_own_are_asked_for_too() -> None:
    by_day = table("orders", "id int8 not null", "day date", key=("id", "day"), kind="p")
    child = table("late_notes", "text text", "order_id int8", parents=(TableName("public", "notes"),))
    database = catalog(by_day, table("notes", "text text"), child, table("items", "order_id int8"))
    told = problems(database, "tables: {orders: {columns: {id: permute}}}")
    assert {one.split()[1] for one, _ in told} == {"items.order_id:", "late_notes.order_id:"}
    assert all("permuted (orders.id)" in one and "{order_id: orders.id}" in hint for one, hint in told)


def test_facts_say_what_names_do_not() -> None:
    comments = table("comments", "author_id int8", "on_type text", "on_id int8", "ids int4[]")
    found = permuted(
        resolved(
            catalog(USERS, table("posts", "title text"), comments),
            """
            undecided: keep
            facts:
              models:
                User: users
                Post: {table: posts, stored_as: Article}
                Comment:
                  table: comments
                  belongs_to: {author_id: User}
                  polymorphic: {on_id: {type: on_type, classes: [User, Post]}}
            tables:
              users: {columns: {id: permute}}
              comments: {references: {ids: users.id}}
            """,
        )
    )
    assert found["comments.author_id"] == found["comments.ids"] == "users.id"
    assert found["comments.on_id"] == "{'User': 'users.id', 'Article': ''}"


def test_words_that_the_rules_find_are_not_written() -> None:
    with pytest.raises(AssertionError, match="write it under `references:`"):
        resolved(catalog(USERS), "tables: {users: {columns: {id: {mask: permute, other: keep}}}}")
