"""The plan of a copy: pure, whole, and golden where a statement matters."""

from __future__ import annotations

import re
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any, TypeVar

import pytest
from pydantic import TypeAdapter

from masker.catalog.target import TargetFacts
from masker.catalog.types import (
    Catalog,
    Column,
    ColumnType,
    Extension,
    ForeignKey,
    Index,
    MaterializedView,
    Sequence,
    Table,
    TypeClass,
)
from masker.copy.plan import CopyOptions, build_copy_plan
from masker.copy.steps import (
    AddForeignKey,
    BuildIndex,
    CopyPart,
    CopyPlan,
    CopyStep,
    FinishSchema,
    SetSequences,
    ValidateForeignKey,
    WitnessTable,
)
from masker.errors import CatalogMismatch, Position, RuleErrors
from masker.lanes.step import Analyze, SeekOriginals, Step
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.names import TableName
from masker.postgres.entries import SchemaEntry
from masker.ruleset.types import ColumnDecision, LargeObjects, Resolution, TableDecision
from tests.catalogs import SERVER, array_of, catalog, column_type, partition, table

_Step = TypeVar("_Step", bound=Step)

_MB = 1024 * 1024
_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)
_HERE = Position("rules.yml", 3, 5)
_TARGET = TargetFacts(version=170000, database="preview", is_superuser=True)


def _plan(
    of: Catalog,
    *,
    rows: dict[str, str] | None = None,
    masks: dict[str, Any] | None = None,
    entries: tuple[SchemaEntry, ...] = (),
    target: TargetFacts = _TARGET,
    lanes: int = 4,
    large_objects: LargeObjects | None = None,
) -> CopyPlan:
    """The plan for *of*. *rows* holds ``none`` or a predicate by table, *masks* rules by ``table.column``."""
    decisions = {name: _decision(found, (rows or {}).get(name.name), masks or {}) for name, found in of.tables.items()}
    resolution = Resolution(tables=decisions, problems=(), large_objects=large_objects)
    return build_copy_plan(of, resolution, entries, target, CopyOptions(publish="swap", reading_lanes=lanes))


def _decision(of: Table, rows: str | None, masks: dict[str, Any]) -> TableDecision:
    columns = {}
    for column in of.columns:
        if written := masks.get(f"{of.name.name}.{column.name}"):
            columns[column.name] = ColumnDecision(
                column=column, rule=_RULE.validate_python(written), position=_HERE, locale="en_US"
            )
    if rows is None or rows == "none":
        return TableDecision(
            table=of, rows="all" if rows is None else "none", rows_position=_HERE if rows else None, columns=columns
        )
    return TableDecision(table=of, rows="predicate", predicate=rows, rows_position=_HERE, columns=columns)


def _name(name: str) -> TableName:
    return TableName("public", name)


def _key(of: Table, columns: str, references: Table, **more: Any) -> Table:
    """*of* with a foreign key to the primary key of *references*."""
    added = ForeignKey(
        name=f"{of.name.name}_{columns}_fkey",
        table=of.name,
        columns=(columns,),
        references=references.name,
        referenced_columns=references.primary_key,
        definition=f"FOREIGN KEY ({columns}) REFERENCES {references.name.name}(id)",
        is_valid=True,
    )
    return replace(of, foreign_keys=(*of.foreign_keys, replace(added, **more)))


def _index(of: Table, name: str, **more: Any) -> Index:
    plain: dict[str, Any] = {
        "name": TableName(of.name.schema, name),
        "definition": f"CREATE INDEX {name} ON public.{of.name.name} USING btree (a)",
        "columns": ("a",),
        "is_unique": False,
        "is_valid": True,
        "is_partial": False,
        "bytes": 8192,
    }
    return Index(**{**plain, **more})


def _everything() -> Catalog:
    """One of whatever makes steps depend on each other."""
    users = table("users", "email text", bytes=900 * _MB, pages=100_000, rows=1e6)
    orders = _key(
        _key(table("orders", "user_id int8", "parent_id int8"), "user_id", users), "parent_id", table("orders")
    )
    egg, hen = table("egg", "hen_id int8"), table("hen", "egg_id int8")
    egg, hen = _key(egg, "hen_id", hen), _key(hen, "egg_id", egg, is_valid=False)
    measured = replace(table("measured", "day date", key=("id",)), kind="p", partition_key=("day",))
    measured = replace(measured, indexes=(replace(measured.indexes[0], is_partitioned=True),))
    middle = partition("measured_middle", measured)
    own = replace(
        measured.indexes[0],
        name=_name("measured_middle_pkey"),
        parent=measured.indexes[0].name,
        constraint="measured_middle_pkey",
    )
    middle = replace(middle, kind="p", indexes=(own,))
    leaf_index = replace(own, name=_name("leaf_pkey"), parent=own.name, constraint="leaf_pkey", is_partitioned=False)
    leaf = replace(partition("leaf", middle), indexes=(leaf_index,), is_partition=True)
    logs = _key(table("logs", "measured_id int8"), "measured_id", measured)
    animal = table("animal", "name text")
    bird = replace(partition("bird", animal), indexes=())
    views = (
        MaterializedView(name=_name("second"), is_populated=True, needs=(_name("first"),)),
        MaterializedView(name=_name("first"), is_populated=True),
        MaterializedView(name=_name("unpopulated"), is_populated=False, needs=(_name("first"), _name("second"))),
    )
    return replace(
        catalog(users, orders, egg, hen, measured, middle, leaf, logs, animal, bird, large_objects=7),
        materialized_views=views,
        sequences=(Sequence(name=_name("users_id_seq")),),
    )


_ENTRIES = (
    SchemaEntry("TABLE", "public", "users", "CREATE TABLE public.users ();", is_post_data=False),
    SchemaEntry("CONSTRAINT", "public", "users users_pkey", "never run", is_post_data=True),
    SchemaEntry(
        "STATISTICS", "public", "s", "CREATE STATISTICS public.s ON id, email FROM public.users;", is_post_data=True
    ),
    SchemaEntry("TRIGGER", "public", "users t", "CREATE TRIGGER t;", is_post_data=True),
    SchemaEntry("EVENT TRIGGER", "", "e", "CREATE EVENT TRIGGER e;", is_post_data=True),
)


def test_equal_inputs_make_equal_plans() -> None:
    of = _everything()
    assert _plan(of, entries=_ENTRIES, large_objects="keep", masks={"users.email": "email"}) == _plan(
        of, entries=_ENTRIES, large_objects="keep", masks={"users.email": "email"}
    )


def test_steps_have_what_they_need_and_no_two_wait_for_each_other() -> None:
    steps = _plan(_everything(), entries=_ENTRIES, large_objects="keep", masks={"users.email": "email"}).steps
    by_id = {step.id: step for step in steps}
    assert len(by_id) == len(steps)
    assert all(need in by_id for step in steps for need in step.needs)
    order = list(TopologicalSorter({step.id: step.needs for step in steps}).static_order())
    place = {step_id: at for at, step_id in enumerate(order)}
    assert place["schema"] == 0
    # What only asks the source may be under way meanwhile.
    assert all(
        "schema" in _all_needs(step, by_id)
        for step in steps
        if step.id != "schema" and not isinstance(step, WitnessTable | SeekOriginals)
    )


def test_each_step_comes_after_all_that_it_rests_on() -> None:
    steps = {
        step.id: step
        for step in _plan(_everything(), entries=_ENTRIES, large_objects="keep", masks={"users.email": "email"}).steps
    }
    after = {step_id: _all_needs(step, steps) for step_id, step in steps.items()}
    copies = {step_id for step_id, step in steps.items() if isinstance(step, CopyPart)}
    assert {s for s in copies if s.startswith("copy users ")} <= after["index users_pkey"]
    assert "vacuum users" in after["index users_pkey"]
    assert {"keys measured", "keys measured_middle"} <= after["keys leaf"]
    assert after["analyze measured"] >= {"keys leaf", "keys measured_middle", "keys measured"}
    assert "keys bird" in after["analyze animal"]  # whose statistics of the family count the child's rows
    assert {"keys leaf", "keys logs"} <= after["foreign key logs logs_measured_id_fkey"]
    assert after["finish"] >= copies
    assert after["sequences"] >= copies | {"large objects"}
    assert "matview first" in after["matview second"]
    assert {"finish", "matview unpopulated"} <= after["last"]


def test_row_security_that_owners_are_under_comes_after_proofs() -> None:
    hens, eggs = table("hens", "name text"), table("eggs", "name text")
    forced = replace(hens, has_row_security=True, forces_row_security=True)
    for of, expected in ((catalog(hens, eggs), set()), (catalog(forced, eggs), {"prove hens", "prove eggs"})):
        finish = _step(_plan(of), "finish", FinishSchema)
        assert {need for need in finish.needs if need.startswith("prove ")} == expected


def _all_needs(step: CopyStep, by_id: dict[str, CopyStep]) -> set[str]:
    return set(step.needs).union(*(_all_needs(by_id[need], by_id) for need in step.needs))


def test_entries_go_where_they_belong() -> None:
    steps = _plan(_everything(), entries=_ENTRIES, large_objects="keep").steps
    created = {step.id: [entry.type for entry in step.entries] for step in steps if hasattr(step, "entries")}
    assert created == {"schema": ["TABLE", "STATISTICS"], "finish": ["TRIGGER"], "last": ["EVENT TRIGGER"]}


@pytest.mark.parametrize(
    ("name", "written"),
    [("order", 'public."order"'), ("Mixed", 'public."Mixed"'), ("users", "public.users"), ('q"q', 'public."q""q"')],
)
def test_statistics_of_tables_are_there_before_they_are_analyzed(name: str, written: str) -> None:
    entry = SchemaEntry(
        "STATISTICS", "public", "s", f"CREATE STATISTICS public.s ON id, a FROM {written};", is_post_data=True
    )
    of_view = replace(entry, sql="CREATE STATISTICS public.s ON id, a FROM public.matview;")
    schema, *_, finish, _, _ = _plan(catalog(table(name, "a text")), entries=(entry, of_view)).steps
    assert (schema.entries, finish.entries) == ((entry,), (of_view,))  # type: ignore[union-attr]


def test_names_that_a_heading_puts_on_one_line_are_known_again() -> None:
    odd = table("odd\nname", "a text")
    entry = SchemaEntry("CONSTRAINT", "public", "odd name odd name_pkey", "never run", is_post_data=True)
    finish = _step(_plan(catalog(odd), entries=(entry,)), "finish", FinishSchema)
    assert finish.entries == ()


@pytest.mark.parametrize(
    ("megabytes", "pages", "lanes", "version", "parts"),
    [
        (10, 1280, 4, 170000, 1),
        (64, 8192, 4, 170000, 1),
        (130, 16640, 4, 170000, 2),  # never smaller than 64 MB
        (1000, 128_000, 4, 170000, 8),  # two rounds for every lane
        (1000, 128_000, 1, 170000, 1),  # one lane is never left alone
        (1000, 128_000, 4, 130000, 1),  # no scan by ranges of ctid
        (1000, 1, 4, 170000, 1),  # all of it in TOAST
        (1000, 3, 4, 170000, 3),
        (10_000_000, 1_280_000_000, 1000, 170000, 256),
    ],
)
def test_only_large_tables_are_cut(megabytes: int, pages: int, lanes: int, version: int, parts: int) -> None:
    of = replace(
        catalog(table("t", "a text", bytes=megabytes * _MB, pages=pages)), server=replace(SERVER, version=version)
    )
    plan = _plan(of, lanes=lanes)
    assert plan.tables[0].parts == parts
    assert [(c.part, c.parts, c.is_whole) for c in plan.steps if isinstance(c, CopyPart)] == [
        (n + 1, parts, parts == 1) for n in range(parts)
    ]


@pytest.mark.parametrize("pages", [2, 7, 16_640, 99_999])
def test_parts_cover_a_table_once_and_the_last_is_open(pages: int) -> None:
    plan = _plan(catalog(table("t", "a text", bytes=900 * _MB, pages=pages)))
    ends = []
    for copy in (c for c in plan.steps if isinstance(c, CopyPart)):
        bounds = dict(re.findall(r"ctid (>=|<) '\((\d+),0\)'", copy.source_sql))
        ends.append((bounds.get(">="), bounds.get("<")))
        assert copy.target_sql.endswith("(FORMAT binary)")  # FREEZE wants the transaction that emptied the table
    firsts, lasts = zip(*ends, strict=True)
    assert (firsts[0], lasts[-1]) == (None, None)
    assert firsts[1:] == lasts[:-1]
    assert sorted(map(int, firsts[1:])) == [int(first) for first in firsts[1:]]
    assert len(set(firsts)) == len(firsts)


def test_a_table_nothing_is_done_to_is_read_bare() -> None:
    (copy,) = _copies(_plan(catalog(table("Users", "email text", "twice int4 generated"))))
    assert copy.source_sql == 'COPY "public"."Users" ("id", "email") TO STDOUT (FORMAT binary)'
    assert copy.target_sql == 'COPY "public"."Users" ("id", "email") FROM STDIN (FORMAT binary, FREEZE)'


def test_masked_and_limited_tables_are_read_by_a_query() -> None:
    of = catalog(table("users", "email text", "role text"))
    (copy,) = _copies(_plan(of, masks={"users.email": {"mask": "fixed", "value": "x"}}, rows={"users": "role = 'a'"}))
    assert re.fullmatch(
        r"COPY \(SELECT \"id\", .*'x'.* AS \"email\", \"role\" FROM ONLY \"public\".\"users\" WHERE \(+\"role\" ="
        r" 'a'\)+ TO STDOUT \(FORMAT binary\)",
        copy.source_sql,
    )


@pytest.mark.parametrize("columns", [(), ("twice int4 generated",)])
def test_rows_without_columns_are_counted_out(columns: tuple[str, ...]) -> None:
    (copy,) = _copies(_plan(catalog(table("t", *columns, key=()))))
    assert copy.source_sql == 'COPY (SELECT FROM ONLY "public"."t") TO STDOUT (FORMAT text)'
    assert copy.target_sql == 'COPY "public"."t" FROM STDIN (FORMAT text, FREEZE)'


_ENUM = column_type("mood", labels=("a",), sql="app.mood", base="app.mood")
_PAIR = column_type(
    "pair",
    kind=TypeClass.COMPOSITE,
    attributes=(column_type("int4"), column_type("text")),
    sql="app.pair",
    base="app.pair",
)


@pytest.mark.parametrize(
    ("of", "older", "format_"),
    [
        (column_type("text"), 13, "binary"),
        (column_type("int8"), 13, "binary"),
        (_ENUM, 13, "binary"),
        (array_of(column_type("text")), 13, "binary"),
        (array_of(_ENUM), 13, "text"),  # headers name oids, which 13 insists on
        (array_of(_ENUM), 14, "binary"),
        (_PAIR, 13, "text"),
        (_PAIR, 14, "binary"),
        (column_type("int4range", kind=TypeClass.RANGE, attributes=(column_type("int4"),)), 13, "binary"),
        (
            column_type("moods", kind=TypeClass.RANGE, attributes=(_ENUM,), sql="app.moods", base="app.moods"),
            13,
            "binary",
        ),
        (column_type("citext", extension="citext"), 15, "binary"),
        (column_type("hstore", extension="hstore"), 15, "binary"),
        (column_type("vector", extension="vector"), 15, "text"),
        (array_of(column_type("vector", extension="vector")), 15, "text"),
        (column_type("ltxtquery", has_binary_io=False), 15, "text"),
        (column_type("regclass"), 15, "text"),
        (column_type("regprocedure"), 15, "text"),
        (column_type("refcursor"), 15, "binary"),
        (column_type("xid8"), 15, "text"),
        (array_of(column_type("regtype")), 15, "text"),
        (replace(_PAIR, attributes=(column_type("regclass"),)), 15, "text"),
    ],
)
def test_binary_where_both_servers_read_it_alike(of: ColumnType, older: int, format_: str) -> None:
    one = table("t", Column(name="a", number=2, type=of, is_nullable=True))
    newer_source = replace(catalog(one), server=replace(SERVER, version=180000))
    older_source = replace(catalog(one), server=replace(SERVER, version=older * 10000))
    assert _plan(newer_source, target=replace(_TARGET, version=older * 10000)).tables[0].format == format_
    assert _plan(older_source, target=replace(_TARGET, version=180000)).tables[0].format == format_


def _constraint(kind: str, definition: str, **more: Any) -> dict[str, Any]:
    return {
        "constraint": "c",
        "constraint_type": kind,
        "constraint_definition": definition,
        "is_unique": kind != "x",
        **more,
    }


@pytest.mark.parametrize(
    ("index", "built", "after"),
    [
        ({}, ["CREATE INDEX i ON public.t USING btree (a)"], []),
        (
            _constraint("p", "PRIMARY KEY (a)"),
            ["CREATE INDEX i ON public.t USING btree (a)"],
            ['ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "c" PRIMARY KEY USING INDEX "i"'],
        ),
        (
            _constraint(
                "u", "UNIQUE (a) DEFERRABLE INITIALLY DEFERRED", is_deferrable=True, is_initially_deferred=True
            ),
            ["CREATE INDEX i ON public.t USING btree (a)"],
            ['ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "c" UNIQUE USING INDEX "i" DEFERRABLE INITIALLY DEFERRED'],
        ),
        (
            _constraint("x", "EXCLUDE USING gist (a WITH &&)"),
            [],
            ['ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "c" EXCLUDE USING gist (a WITH &&)'],
        ),
        (
            _constraint("p", "PRIMARY KEY (a, b WITHOUT OVERLAPS)"),
            [],
            ['ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "c" PRIMARY KEY (a, b WITHOUT OVERLAPS)'],
        ),
        (
            {"is_clustered": True, "is_replica_identity": True, "statistics": ((2, 500),)},
            ["CREATE INDEX i ON public.t USING btree (a)"],
            [
                'ALTER INDEX "public"."i" ALTER COLUMN 2 SET STATISTICS 500',
                'ALTER TABLE "public"."t" CLUSTER ON "i"',
                'ALTER TABLE ONLY "public"."t" REPLICA IDENTITY USING INDEX "i"',
            ],
        ),
    ],
)
def test_indexes_are_built_beside_each_other_and_then_made_keys(
    index: dict[str, Any], built: list[str], after: list[str]
) -> None:
    one = table("t", "a text", key=())
    plan = _plan(catalog(replace(one, indexes=(_index(one, "i", **index),))))
    builds = [s for s in plan.steps if isinstance(s, BuildIndex) and s.name != "keys"]
    assert [statement for step in builds for statement in step.statements] == built
    assert list(_step(plan, "keys t", BuildIndex).statements) == after


def test_indexes_begin_in_the_order_they_were_made_in() -> None:
    one = table("t", "a text", key=())
    made = [
        _index(one, name, oid=oid, bytes=size)
        for name, oid, size in (("b", 30, 5), ("c", 10, 100), ("a", 20, 400), ("d", 40, 5))
    ]
    plan = _plan(catalog(replace(one, indexes=tuple(made))))
    builds = [s for s in plan.steps if isinstance(s, BuildIndex) and s.name != "keys"]
    assert [step.name for step in sorted(builds, key=lambda step: -step.weight)] == ["c", "a", "b", "d"]


def test_partitions_indexes_are_attached_to_their_parents() -> None:
    plan = _plan(_everything(), large_objects="none")
    assert _step(plan, "keys measured", BuildIndex).statements == (
        'ALTER TABLE ONLY "public"."measured" ADD CONSTRAINT "measured_pkey" ',
    )
    *_, attach = _step(plan, "keys leaf", BuildIndex).statements
    assert attach == 'ALTER INDEX "public"."measured_middle_pkey" ATTACH PARTITION "public"."leaf_pkey"'


def test_indexes_of_one_tree_are_attached_one_at_a_time() -> None:
    """On two levels at once, the server may leave the index at the top invalid."""
    plan = _plan(_everything(), large_objects="none")
    attaching = {
        str(step.table): step.excludes
        for step in plan.steps
        if isinstance(step, BuildIndex) and any("ATTACH PARTITION" in statement for statement in step.statements)
    }
    assert attaching.keys() == {"measured_middle", "leaf"}
    assert attaching["leaf"] & attaching["measured_middle"]


def test_an_invalid_index_is_left_out_and_said_to_be() -> None:
    one = table("t", "a text", key=())
    plan = _plan(catalog(replace(one, indexes=(_index(one, "i", is_valid=False),))))
    assert [(n.subject, n.text) for n in plan.notes] == [("index public.i", "left out: it is invalid on the source")]
    assert all(s.name == "keys" and not s.statements for s in plan.steps if isinstance(s, BuildIndex))


@pytest.mark.parametrize(
    ("child_kind", "parent_kind", "key", "statements"),
    [
        (
            "r",
            "r",
            {},
            [
                'ALTER TABLE ONLY "public"."c" ADD CONSTRAINT "c_p_fkey" {} NOT VALID',
                'ALTER TABLE "public"."c" VALIDATE CONSTRAINT "c_p_fkey"',
            ],
        ),
        (
            "r",
            "r",
            {"is_valid": False, "definition": "{} NOT VALID"},
            ['ALTER TABLE ONLY "public"."c" ADD CONSTRAINT "c_p_fkey" {} NOT VALID'],
        ),
        (
            "r",
            "r",
            {"definition": "{} NOT ENFORCED"},
            ['ALTER TABLE ONLY "public"."c" ADD CONSTRAINT "c_p_fkey" {} NOT ENFORCED'],
        ),
        ("p", "r", {}, ['ALTER TABLE "public"."c" ADD CONSTRAINT "c_p_fkey" {}']),
        ("r", "p", {}, ['ALTER TABLE ONLY "public"."c" ADD CONSTRAINT "c_p_fkey" {}']),
    ],
)
def test_foreign_keys_are_added_and_validated_apart_where_that_can_be(
    child_kind: str, parent_kind: str, key: dict[str, Any], statements: list[str]
) -> None:
    definition = "FOREIGN KEY (p) REFERENCES p(id)"
    parent = replace(table("p"), kind=parent_kind)
    more = {k: v.format(definition) if isinstance(v, str) else v for k, v in key.items()}
    child = replace(_key(table("c", "p int8"), "p", parent, **more), kind=child_kind)
    plan = _plan(catalog(parent, child))
    found = [s for s in plan.steps if isinstance(s, (AddForeignKey, ValidateForeignKey))]
    assert [s.sql for s in found] == [s.format(definition) for s in statements]


def test_analyze_covers_partitions_but_not_heirs() -> None:
    statements = _analyzed(_plan(_everything(), large_objects="none"))
    assert 'ANALYZE "public"."measured"' in statements
    assert not any("leaf" in s or "middle" in s for s in statements)
    assert {'ANALYZE "public"."animal"', 'ANALYZE "public"."bird"'} <= statements
    assert 'ANALYZE ONLY "public"."animal"' in _analyzed(
        _plan(_everything(), large_objects="none", target=replace(_TARGET, version=180000))
    )


def test_a_table_with_parts_elsewhere_is_not_analyzed_as_a_whole() -> None:
    parent = replace(table("parent", key=()), kind="p", indexes=())
    near, far = partition("near", parent), replace(partition("far", parent), kind="f")
    plan = _plan(catalog(parent, near, replace(far, is_partition=True), replace(near, is_partition=True)))
    assert _analyzed(plan) == {'ANALYZE "public"."near"'}
    assert [n.subject for n in plan.notes] == ["statistics of parent"]
    assert [(t.table.name.name, t.action) for t in plan.tables] == [("far", "skip"), ("near", "copy")]


def test_a_table_without_rows_is_made_but_not_read() -> None:
    plan = _plan(catalog(table("audits", "note text")), rows={"audits": "none"})
    assert [(t.action, t.reason) for t in plan.tables] == [("empty", "rows: none, from rules.yml:3:5")]
    assert _copies(plan) == []
    assert _step(plan, "index audits_pkey", BuildIndex).needs == {"schema"}


def test_a_standby_gives_no_rows_of_unlogged_tables() -> None:
    of = replace(
        catalog(table("jobs", "note text", persistence="u"), table("users")),
        server=replace(SERVER, in_recovery=True),
        sequences=(Sequence(name=_name("jobs_id_seq"), is_unlogged=True), Sequence(name=_name("users_id_seq"))),
    )
    plan = _plan(of)
    assert {(t.table.name.name, t.action) for t in plan.tables} == {("jobs", "empty"), ("users", "copy")}
    assert _step(plan, "sequences", SetSequences).sequences == (_name("users_id_seq"),)


def test_missing_extensions_are_told_with_what_needs_them() -> None:
    of = catalog(
        table("t"),
        extensions=(
            Extension(name="postgis", version="3", schema="public", needed_by=("column place of table spots",)),
            Extension(name="ltree", version="1", schema="public"),
            Extension(name="citext", version="1", schema="public"),
        ),
    )
    with pytest.raises(
        CatalogMismatch,
        match=r"does not offer 2 extensions .*postgis: needed by column place of table spots; ltree: nothing",
    ):
        _plan(of, target=replace(_TARGET, available_extensions=frozenset({"citext"})))


def test_large_objects_have_to_be_decided() -> None:
    of = catalog(table("t"), large_objects=1234)
    with pytest.raises(RuleErrors) as caught:
        _plan(of)
    assert [(p.subject, p.found) for p in caught.value.problems] == [
        ("large objects", "the source holds 1,234, decided by no rule")
    ]
    assert not any(s.id == "large objects" for s in _plan(of, large_objects="none").steps)


@pytest.mark.parametrize(
    ("rows", "masks", "is_problem"),
    [
        ({"users": "none"}, {}, True),
        ({"users": "id > 5"}, {}, True),
        ({"users": "none", "orders": "none"}, {}, False),
        ({"users": "id > 5", "orders": "id > 5"}, {}, False),
        ({"users": "none"}, {"orders.user_id": "null"}, False),
        ({"orders": "none"}, {}, False),
    ],
)
def test_rows_that_others_reference_may_not_stay_behind(
    rows: dict[str, str], masks: dict[str, Any], is_problem: bool
) -> None:
    users = table("users")
    of = catalog(users, _key(table("orders", "user_id int8"), "user_id", users))
    if not is_problem:
        assert _plan(of, rows=rows, masks=masks).steps
        return
    with pytest.raises(RuleErrors) as caught:
        _plan(of, rows=rows, masks=masks)
    assert [p.subject for p in caught.value.problems] == ["orders"]


def test_what_a_plain_owner_may_not_make_is_left_out_and_said_to_be() -> None:
    def entry(kind: str, name: str) -> SchemaEntry:
        return SchemaEntry(kind, "", name, f"{kind} {name}", is_post_data=True)

    entries = (
        entry("EVENT TRIGGER", "e"),
        entry("COMMENT", "EVENT TRIGGER e"),
        entry("PUBLICATION", "All"),
        entry("COMMENT", 'PUBLICATION "All"'),
        entry("PUBLICATION", "some"),
        entry("COMMENT", 'PUBLICATION "some"'),
        entry("PUBLICATION TABLES IN SCHEMA", "some app"),
        entry("USER MAPPING", "USER MAPPING public SERVER far"),
        entry("SCHEMA", "public"),
        entry("COMMENT", "SCHEMA public"),
        entry("COMMENT", "EXTENSION citext"),
    )
    of = catalog(table("t"), event_triggers=("e",), publications=("All", "some"), publications_of_all_tables=("All",))
    owner = _plan(of, entries=entries, target=replace(_TARGET, is_superuser=False))
    assert [e.name for e in _step(owner, "last", FinishSchema).entries] == [
        "some",
        'PUBLICATION "some"',
        "SCHEMA public",
    ]
    assert {n.subject for n in owner.notes} == {
        "event trigger e",
        "publication All",
        "publication some app",
        "user mapping of public SERVER far",
    }
    superuser = _plan(of, entries=entries)
    assert [n.subject for n in superuser.notes] == ["user mapping of public SERVER far"]
    assert len(_step(superuser, "last", FinishSchema).entries) == 8


def _copies(plan: CopyPlan) -> list[CopyPart]:
    return [s for s in plan.steps if isinstance(s, CopyPart)]


def _analyzed(plan: CopyPlan) -> set[str]:
    return {s.sql for s in plan.steps if isinstance(s, Analyze)}


def _step(plan: CopyPlan, step_id: str, kind: type[_Step]) -> _Step:
    (found,) = [s for s in plan.steps if s.id == step_id]
    assert isinstance(found, kind)
    return found
