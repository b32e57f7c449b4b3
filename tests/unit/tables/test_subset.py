"""What can be said of a subset before a row is read: which tables it takes rows of, by which references, and what of it
cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.copy.reading import reading
from masker.masks.sql.bindings import INSTANT
from masker.names import TableName
from masker.ruleset.decided import decided, otherwise_decided
from masker.ruleset.differences import differences
from masker.ruleset.digest import rules_digest
from masker.ruleset.resolve import resolve
from masker.shape.scope import scope
from masker.signing.decisions import changes, decisions
from masker.tables.originals import Rows
from masker.tables.plan import TablePlan, Taken
from masker.tables.subset import SubsetPlan, short_tables
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import refused, resolved, rule_set, told


def _with_keys(of: Table, **keys: str) -> Table:
    return replace(
        of,
        foreign_keys=tuple(
            ForeignKey(
                name=f"{of.name.name}_{column}",
                table=of.name,
                columns=(column,),
                references=TableName("public", parent),
                referenced_columns=("id",),
                definition="",
                is_valid=True,
            )
            for column, parent in keys.items()
        ),
    )


def _shop() -> Catalog:
    return catalog(
        table("countries", "id int8"),
        _with_keys(table("users", "country_id int8", "referrer_id int8"), country_id="countries", referrer_id="users"),
        table("products"),
        _with_keys(table("orders", "user_id int8", "product_id int8"), user_id="users", product_id="products"),
        _with_keys(table("reviews", "product_id int8"), product_id="products"),
        _with_keys(table("replies", "review_id int8"), review_id="reviews"),
        table("settings", "key int8"),
        table("comments", "about_type text", "about_id int8"),
    )


_FACTS = """
facts: {models: {User: users, Product: products}}
tables: {comments: {references: {about_id: {type: about_type}}}}
"""


def _planned(rules: str, of: Catalog | None = None) -> SubsetPlan:
    of = of or _shop()
    found = reading(of, resolved(of, f"undecided: keep\n{rules}"), {INSTANT: "2026-01-01"}, {})
    assert found.problems == ()
    assert found.subset is not None
    return found.subset


def _names(tables: object) -> set[str]:
    return {str(name) for name in tables}  # type: ignore[attr-defined]


def test_children_and_all_parents_come_and_what_nothing_leads_to_is_whole_or_empty() -> None:
    plan = _planned("subset: {users: {share: 5%}}")
    assert _names(plan.limited) == {"users", "countries", "orders", "products"}
    assert _names(plan.empty) == {"reviews", "replies"}  # their products come in part, and nobody asked for them
    assert plan.empty[TableName("public", "reviews")] == (
        "it refers to products (product_id), of which not all rows come, and nothing leads to it"
    )


@pytest.mark.parametrize(
    ("more", "limited", "empty"),
    [
        ("children: none", {"users", "countries"}, {"orders"}),
        ("without: orders", {"users", "countries"}, {"orders"}),
        ("children: [users.referrer_id]", {"users", "countries"}, {"orders"}),
        ("whole: countries", {"users", "orders", "products"}, {"reviews", "replies"}),
        ("whole: [count*]", {"users", "orders", "products"}, {"reviews", "replies"}),
        ("along: reviews.product_id", {"users", "countries", "orders", "products", "reviews"}, {"replies"}),
        ("along: [reviews, replies]", {"users", "countries", "orders", "products", "reviews", "replies"}, set()),
        (
            "others: none",
            {"users", "countries", "orders", "products"},
            {"reviews", "replies", "settings", "comments"},
        ),
        # What comes whole brings all that it refers to, and no children.
        ("{children: none, whole: reviews}", {"users", "countries", "products"}, {"orders"}),
    ],
)
def test_what_is_followed_is_as_the_rules_say(more: str, limited: set[str], empty: set[str]) -> None:
    more = more.strip("{}")
    plan = _planned(f"subset: {{roots: {{users: {{where: id < 7}}}}, {more}}}")
    assert (_names(plan.limited), _names(plan.empty)) == (limited, empty)


def test_references_that_only_rules_and_facts_tell_of_are_followed_too() -> None:
    plan = _planned(f"{_FACTS}subset: {{users: {{share: 5%}}}}")
    assert {"comments", "products"} <= _names(plan.limited)
    nulled = _FACTS.replace("comments: {", "comments: {columns: {about_id: 'null'}, ")
    assert "comments" not in _names(_planned(f"{nulled}subset: {{users: {{share: 5%}}}}").limited)


def test_rows_of_partitions_are_those_of_their_parent() -> None:
    parent = table("events", "user_id int8", kind="p")
    parent = _with_keys(parent, user_id="users")
    leaf = replace(partition("events_1", parent), foreign_keys=())
    of = catalog(*_shop().tables.values(), parent, leaf)
    assert "events_1" in _names(_planned("subset: {users: {share: 5%}}", of).limited)
    assert "events_1" in _names(_planned("subset: {events: {share: 5%}}", of).limited)


def test_every_fault_is_told_with_its_place() -> None:
    rules = """
    undecided: keep
    tables: {orders: {columns: {product_id: fk_choice}}, countries: {rows: none}}
    subset:
      roots: {user: {share: 5%}, countries: {share: 1%}, bare: {share: 5%}, settings: {where: "nobody"}}
      children: [users.referrer, settings]
      along: order
      whole: ["none_*", settings]
    """
    of = catalog(*_shop().tables.values(), table("bare", "a int8", key=()))
    resolution = resolved(of, rules)
    said = {text.partition(" ")[2]: hint for text, hint in told(reading(of, resolution, {INSTANT: "x"}, {}).problems)}
    lines = "\n".join(said)
    for fault in (
        "subset: user: there is no such table",
        "subset: countries: a subset cannot begin with it, since none of its rows are copied",
        "subset: bare: share: it has no primary key",
        "subset: settings: it is a root, and `whole:` has it come with all rows",
        "subset: whole: none_*: no table is called so",
        "subset: children: users.referrer: there is no such column",
        "subset: children: settings: no foreign key, no `references:` and no facts say",
        "subset: along: order: there is no such table",
        "subset: settings: there is no column nobody",
    ):
        assert fault in lines, (fault, lines)


def test_masks_that_draw_from_rows_which_do_not_come_are_refused() -> None:
    rules = """
    undecided: keep
    tables:
      orders: {columns: {product_id: fk_choice}}
      users: {columns: {country_id: {mask: shuffle, shows_originals: true}}}
    subset: {users: {share: 5%}}
    """
    of = _shop()
    found = reading(of, resolved(of, rules), {INSTANT: "x"}, {})
    said = "\n".join(str(problem) for problem in found.problems)
    assert "orders.product_id: fk_choice: it draws from all rows of production, and the subset leaves some" in said
    assert "users.country_id: shuffle: it draws from all rows" in said


def test_a_written_subset_is_short_or_long_and_what_is_wrong_in_it_is_told(tmp_path: Path) -> None:
    short, long = (
        rule_set(f"subset: {text}").files[0].subset
        for text in ("{users: {share: 5%}}", "{roots: {users: {share: 0.05}}, children: all}")
    )
    assert short is not None
    assert long is not None
    assert short.said() == long.said()
    said = refused(
        tmp_path,
        "version: 1\nsubset:\n  roots: {users: {}, orders: {share: 105%}, plans: {wher: x}}\n  others: some\n",
    )
    assert [line for line, _ in said] == [
        (
            "a.yml:3:18   subset: roots.users: expected share, where or both, such as `{share: 5%}`; `whole:` takes"
            " tables with all rows"
        ),
        "a.yml:3:38   subset: roots.orders.share: expected more than 0% and 100% at most",
        "a.yml:3:53   subset: roots.plans: there is no key wher here",
        'a.yml:4:11   subset: others: "some" is not known, expected one of whole, none',
    ]
    assert [hint for _, hint in said][2:] == ["did you mean where?", "write `others: whole`"]


def test_a_subset_is_decided_signed_and_told_of_like_other_rules() -> None:
    of = _shop()
    whole, five, ten = (
        resolved(of, f"undecided: keep\n{text}")
        for text in ("", "subset: {users: {share: 5%}}", "subset: {users: {share: 10%}}")
    )
    assert len({rules_digest(each, {}) for each in (whole, five, ten)}) == 3
    assert otherwise_decided(decided(five), five) == []
    assert otherwise_decided(decided(five), ten) == otherwise_decided(decided(five), whole) == ["subset"]
    assert otherwise_decided(decided(whole), five) == ["subset"]
    [found] = differences(five, whole)
    assert (found.subject, found.what, found.exposes) == ("subset", "a subset → all rows", True)
    [found] = differences(whole, five)
    assert (found.what, found.exposes) == ("all rows → a subset", False)
    signed = decisions(five)
    assert not changes(signed, decisions(five, signed)).changed
    assert [subject for subject, _ in changes(signed, decisions(ten, signed)).changed] == ["subset"]


def test_a_subset_in_an_included_file_is_refused() -> None:
    own = rule_set("undecided: keep\nsubset: {users: {share: 5%}}")
    library = replace(own.files[0], name="library.yml")
    found = resolve(replace(own, files=(rule_set("undecided: keep").files[0],), included=(library,)), _shop())
    assert [problem.subject for problem in found.problems] == ["subset"]
    assert found.subset is None


def test_in_place_a_subset_is_refused_with_its_place() -> None:
    of = _shop()
    found = resolve(rule_set("undecided: keep\nsubset: {users: {share: 5%}}"), of, in_place=True).problems
    assert [problem.subject for problem in found] == ["subset"]
    assert str(found[0].position) == "a.yml:3:1"


def test_tables_that_lack_rows_are_known_without_any_being_read() -> None:
    of = _shop()
    assert short_tables(resolved(of, "undecided: keep"), of) == frozenset()
    short = short_tables(resolved(of, "undecided: keep\nsubset: {users: {share: 5%}}"), of)
    assert _names(short) == {"users", "countries", "orders", "products", "reviews", "replies"}
    compared = scope(resolved(of, "undecided: keep\nsubset: {users: {share: 5%}}"), of)
    assert _names(compared.limited) == _names(short)
    assert set(compared.limited.values()) == {"`subset:` carries some of its rows"}


def test_samples_of_rows_that_are_known_by_their_places_are_drawn_from_them_alone() -> None:
    users = table("users", "name text")
    whole = TablePlan(table=users, action="copy", predicate="id > 5")
    some = replace(whole, taken=Taken(rows=10), predicate="(id > 5) AND in_array", scanned="(id > 5) AND by_place")
    half = Rows(limit=9, percent=50.0)
    assert "TABLESAMPLE SYSTEM (50.000000) REPEATABLE (1) WHERE (id > 5) LIMIT 9" in half.sql(whole)
    drawn = half.sql(some)
    assert "TABLESAMPLE" not in drawn
    assert "WHERE ((id > 5) AND by_place) AND hashtextextended(ctid::text, 1) & 1048575 < 524288 LIMIT 9" in drawn
    assert Rows(limit=9).sql(some).endswith("WHERE ((id > 5) AND by_place) LIMIT 9")
