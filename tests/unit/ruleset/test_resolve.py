"""Rules against a catalog: who decides a column, what is stale, and what nobody decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.catalog.types import Catalog, Column, TypeClass
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.names import TableName
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution, RuleFile, RuleSet
from tests.catalogs import array_of, catalog, column_type, domain, partition, table
from tests.unit.ruleset.files import resolved, rule_file, rule_set, told

USERS = table(
    "users",
    "email varchar(255) not null",
    "name text",
    "role text",
    "birthday date",
    "born_on date",
    "created_at timestamp",
)


def masks(resolution: Resolution, name: str = "users", schema: str = "public") -> dict[str, str]:
    return {
        column: decision.rule.mask for column, decision in resolution.tables[TableName(schema, name)].columns.items()
    }


def columns_of(resolution: Resolution) -> list[str]:
    """The subjects of undecided problems."""
    return [p.subject for p in resolution.problems if "decided by no rule" in p.found]


class TestPrecedence:
    def test_by_name_then_defaults_in_order_then_included_sets(self) -> None:
        database = catalog(
            table(
                "users",
                "email text",
                "unconfirmed_email text",
                "reset_password_token text",
                "other_token text",
                "x_type text",
            )
        )
        resolution = resolved(
            database,
            """
            include: [devise, rails]
            tables: {users: {columns: {email: keep}}}
            defaults:
              - {columns: "*_token", tables: orders, mask: keep}
              - {columns: other_token, types: [int4], mask: keep}
              - {columns: [nothing, "other*"], mask: token}
              - {columns: "*_token", mask: lorem}
            """,
        )
        assert masks(resolution) == {
            "email": "keep",
            "unconfirmed_email": "email",
            "reset_password_token": "lorem",
            "other_token": "token",
            "x_type": "keep",
        }
        assert resolution.problems == ()

    def test_a_later_file_wins(self) -> None:
        by_name = "tables: {users: {columns: {email: email, name: lorem, role: keep}}}"
        resolution = resolved(
            catalog(USERS), by_name, "tables: {public.users: {columns: {name: full_name}}}\nundecided: keep"
        )
        assert masks(resolution) == {
            "email": "email",
            "name": "full_name",
            "role": "keep",
            "birthday": "keep",
            "born_on": "keep",
        }
        assert str(resolution.tables[USERS.name].columns["name"].position).startswith("b.yml:2:")
        defaults = 'defaults: [{{columns: "*", types: text, mask: {}}}]\nundecided: {}'
        assert (
            masks(resolved(catalog(USERS), defaults.format("lorem", "error"), defaults.format("token", "keep")))["name"]
            == "token"
        )
        assert masks(resolved(catalog(USERS), by_name, defaults.format("token", "keep")))["name"] == "lorem"

    def test_names_of_an_included_set_before_its_defaults(self) -> None:
        database = catalog(
            table("active_storage_variant_records", "variation_digest varchar not null"),
            table("x", "variation_digest varchar"),
        )
        resolution = resolved(database, "include: [rails, active_storage]")
        assert masks(resolution, "active_storage_variant_records") == {"variation_digest": "keep"}
        assert masks(resolution, "x") == {"variation_digest": "password"}

    def test_rows_and_where(self) -> None:
        database = catalog(table("sessions"), table("events"), table("audits"), table("jobs"))
        resolution = resolved(
            database,
            "include: rails\ntables: {events: {rows: id < 9, where: id > 3}, audits: {rows: none}, jobs: {rows: none}}",
            "tables: {jobs: {rows: all}}",
        )
        found = {
            name.name: (d.rows, d.predicate, d.where, str(d.rows_position)) for name, d in resolution.tables.items()
        }
        assert found["events"] == ("predicate", "id < 9", "id > 3", "a.yml:3:19")
        assert (found["audits"][0], found["jobs"][0], found["sessions"][0]) == ("none", "all", "none")
        assert found["sessions"][3].startswith("rules/rails.yml:")
        assert (
            resolved(database, "include: rails\ntables: {sessions: {rows: all}}")
            .tables[TableName("public", "sessions")]
            .rows
            == "all"
        )

    def test_locale_of_the_rule_then_of_its_file_then_of_the_last_file(self) -> None:
        files = [
            "tables: {users: {columns: {name: full_name}}}",
            "locale: en_US\ntables: {users: {columns: {role: {mask: lorem, locale: ja_JP}, birthday: null}}}",
            "locale: ja_JP\ntables: {users: {columns: {email: email, born_on: null}}}",
        ]
        found = resolved(catalog(USERS), *files).tables[USERS.name].columns
        assert {name: d.locale for name, d in found.items()} == {
            "name": "ja_JP",
            "role": "ja_JP",
            "birthday": "en_US",
            "email": "ja_JP",
            "born_on": "ja_JP",
        }

    @given(st.lists(st.sampled_from(["keep", "lorem", "token"]), min_size=1, max_size=5))
    def test_the_last_of_any_number_of_files_decides(self, order: list[str]) -> None:
        database = catalog(table("t", "a text", "b text"))
        by_name = [
            f"tables: {{t: {{columns: {{a: {mask}}}}}}}\ndefaults: [{{columns: b, mask: {mask}}}]" for mask in order
        ]
        assert masks(resolved(database, *by_name), "t") == {"a": order[-1], "b": order[-1]}

    @given(st.permutations(["*", "a*", "*b", "ab"]), st.sampled_from(["ab", "ax", "xb", "x"]))
    def test_the_first_default_that_matches_decides(self, patterns: list[str], name: str) -> None:
        matching = {"ab": {"*", "a*", "*b", "ab"}, "ax": {"*", "a*"}, "xb": {"*", "*b"}, "x": {"*"}}[name]
        lines = "\n".join(f'  - {{columns: "{p}", mask: fixed, value: "{p}"}}' for p in patterns)
        found = (
            resolved(catalog(table("t", f"{name} text")), f"defaults:\n{lines}")
            .tables[TableName("public", "t")]
            .columns[name]
        )
        assert found.rule.value == next(p for p in patterns if p in matching)  # type: ignore[attr-defined]


class TestConflicts:
    def test_one_table_under_two_names_in_one_file(self) -> None:
        text = "tables:\n  users: {columns: {email: email}}\n  public.users: {columns: {email: keep}}\nundecided: keep"
        (problem,) = resolved(catalog(USERS), text).problems
        assert str(problem) == "a.yml:4:3   public.users: public.users is decided twice in this file"
        assert problem.hint == "it is users at a.yml:3:3; put both into one"

    def test_one_column_under_two_names(self) -> None:
        text = "tables:\n  users:\n    columns:\n      email: email\n      '\"email\"': keep\nundecided: keep"
        (problem,) = resolved(catalog(USERS), text).problems
        assert (str(problem), problem.hint) == (
            "a.yml:6:7   users.email: written twice",
            "it stands at a.yml:5:7 already; keep one of the two",
        )

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (
                "tables: {users: {columns: {email: email}}}",
                "tables: {users: {columns: {email: keep}}}",
                "y.yml:2:28   users.email: decided differently at x.yml:2:28",
            ),
            ("tables: {users: {columns: {email: email}}}", "tables: {users: {columns: {email: email}}}", None),
            (
                "defaults: [{columns: 'e*', mask: email}]",
                "defaults: [{columns: email, mask: keep}]",
                "y.yml:2:12   users.email: decided differently at x.yml:2:12",
            ),
            ("defaults: [{columns: 'e*', mask: email}]", "tables: {users: {columns: {email: keep}}}", None),
            (
                "tables: {users: {rows: none}}",
                "tables: {users: {rows: 'id < 3'}}",
                "y.yml:2:18   users: rows: decided differently at x.yml:2:18",
            ),
        ],
    )
    def test_two_included_sets(self, one: str, other: str, expected: str | None) -> None:
        mine = rule_file("undecided: keep", "a.yml")
        rules = RuleSet(files=(mine,), included=(rule_file(one, "x.yml"), rule_file(other, "y.yml")))
        assert [str(p) for p in resolve(rules, catalog(USERS)).problems] == ([expected] if expected else [])

    def test_a_users_rule_settles_it(self) -> None:
        mine = rule_file("tables: {users: {columns: {email: lorem}}}\nundecided: keep", "a.yml")
        sets = tuple(
            rule_file(f"tables: {{users: {{columns: {{email: {mask}}}}}}}", f"{mask}.yml") for mask in ("email", "keep")
        )
        assert resolve(RuleSet(files=(mine,), included=sets), catalog(USERS)).problems == ()

    def test_two_parents(self) -> None:
        one, two = table("one", "a text", key=()), table("two", "a text", key=())
        child = replace(partition("child", one), parents=(one.name, two.name))
        text = "tables:\n  one: {columns: {a: lorem}}\n  two: {columns: {a: token}}"
        assert told(resolved(catalog(one, two, child), text).problems) == [
            (
                "a.yml:4:19   child.a: decided differently at a.yml:3:19",
                "keep one of the two, or decide the column itself",
            )
        ]
        assert resolved(catalog(one, two, child), text + "\n  child: {columns: {a: keep}}").problems == ()


class TestNames:
    DATABASE = catalog(
        table("users", "a text"),
        table("app.users", "a text"),
        table("app.orders", "a text"),
        table("one.t", "a text"),
        table("two.t", "a text"),
        replace(table("x", "a text"), name=TableName("public", "we.ird")),
        replace(table("x", "a text", '"Odd.Name" text'), name=TableName("My App", 'q"uote')),
        table("Upper", "a text"),
        materialized_views=("sales",),
    )

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("users", TableName("public", "users")),
            ("public.users", TableName("public", "users")),
            ("app.users", TableName("app", "users")),
            ("orders", TableName("app", "orders")),
            ("two.t", TableName("two", "t")),
            ('"we.ird"', TableName("public", "we.ird")),
            ('public."we.ird"', TableName("public", "we.ird")),
            ('"My App"."q""uote"', TableName("My App", 'q"uote')),
            ("Upper", TableName("public", "Upper")),
            ('"users"', TableName("public", "users")),
        ],
    )
    def test_found(self, written: str, meant: TableName) -> None:
        resolution = resolved(self.DATABASE, f"tables: {{'{written}': {{columns: {{a: lorem}}}}}}\nundecided: keep")
        assert resolution.problems == ()
        assert [
            name
            for name, d in resolution.tables.items()
            if masks(resolution, name.name, name.schema).get("a") == "lorem"
        ] == [meant]

    @pytest.mark.parametrize(
        ("written", "found", "hint"),
        [
            (
                "user",
                "user: there is no such table",
                "did you mean users? (if a migration is to make it, give --schema db/schema.rb)",
            ),
            (
                "app.order",
                "app.order: there is no such table",
                "did you mean app.orders? (if a migration is to make it, give --schema db/schema.rb)",
            ),
            (
                "nothing_like_it",
                "nothing_like_it: there is no such table",
                (
                    "remove it, or correct its name; views cannot be ruled, their tables can; if a migration is to make"
                    " it, give --schema db/schema.rb"
                ),
            ),
            ("t", "t: the schemas one, two all have it", 'write one.t, or two.t, or "*.t" for all of them'),
            (
                "we.ird",
                "we.ird: there is no such table",
                'did you mean "we.ird"? (if a migration is to make it, give --schema db/schema.rb)',
            ),
            (
                "a.b.c",
                "a.b.c: this is no table's name, expected table or schema.table",
                "write '\"odd.name\"' where a dot is part of a name",
            ),
            (
                "sales",
                "sales: it is a materialized view, which is filled from tables",
                "remove it; the rules of those tables hold",
            ),
        ],
    )
    def test_not_found(self, written: str, found: str, hint: str) -> None:
        (problem,) = resolved(
            self.DATABASE, f"tables:\n  {written}: {{columns: {{a: lorem}}}}\nundecided: keep"
        ).problems
        assert (str(problem), problem.hint) == (f"a.yml:3:3   {found}", hint)

    def test_columns(self) -> None:
        text = """\
        tables:
          '"My App"."q""uote"': {columns: {'"Odd.Name"': lorem, a: keep}}
          orders: {columns: {'Odd.Name': lorem, "a": keep, ab: keep}}
          users:
            columns:
              birth_day: keep
              b: lorem
        undecided: keep
        """
        database = catalog(
            *self.DATABASE.tables.values(),
            replace(table("x", '"Odd.Name" text', "a text"), name=TableName("public", "orders")),
        )
        database = replace(database, tables={**database.tables, USERS.name: USERS})
        resolution = resolved(database, text)
        assert masks(resolution, 'q"uote', "My App") == {"Odd.Name": "lorem", "a": "keep"}
        assert masks(resolution, "orders") == {"Odd.Name": "lorem", "a": "keep"}
        assert sorted(told(resolution.problems)) == [
            (
                "a.yml:4:52   orders.ab: there is no such column",
                "did you mean orders.a? (if a migration is to make it, give --schema db/schema.rb)",
            ),
            (
                "a.yml:7:7   users.birth_day: there is no such column",
                "did you mean users.birthday? (if a migration is to make it, give --schema db/schema.rb)",
            ),
            (
                "a.yml:8:7   users.b: there is no such column",
                "remove the rule, or correct the name; if a migration is to make it, give --schema db/schema.rb",
            ),
        ]

    def test_shipped_sets_may_name_what_is_not_there(self) -> None:
        every = "include: [rails, devise, active_storage, paper_trail, audited, doorkeeper, ahoy, friendly_id]"
        assert resolved(catalog(table("users", "id int8")), every).problems == ()
        partly = table("versions", "event text", "object text")
        assert resolved(catalog(partly), "include: paper_trail").tables[partly.name].rows == "none"


class TestFamilies:
    EVENTS = replace(table("events", "at date", "payload text", "note text", key=()), kind="p", partition_key=("at",))
    JANUARY, FEBRUARY = partition("events_1", EVENTS), partition("events_2", EVENTS)
    DATABASE = catalog(EVENTS, JANUARY, FEBRUARY)

    def test_a_parents_rules_hold_for_its_children(self) -> None:
        text = (
            "tables: {events: {columns: {payload: lorem, note: keep}, rows: id > 1, where: id > 2}, events_2: {columns:"
            " {note: token}, rows: none}}"
        )
        resolution = resolved(self.DATABASE, text)
        assert resolution.problems == ()
        assert masks(resolution, "events_1") == {"payload": "lorem", "note": "keep"}
        assert masks(resolution, "events_2") == {"payload": "lorem", "note": "token"}
        rows = {name.name: (d.rows, d.predicate, d.where) for name, d in resolution.tables.items()}
        assert rows["events_1"] == ("predicate", "id > 1", "id > 2")
        assert rows["events_2"] == ("none", None, "id > 2")

    def test_a_childs_own_rule_wins_from_an_earlier_file_too(self) -> None:
        texts = [
            "tables: {events_1: {columns: {note: keep}}}",
            "tables: {events: {columns: {note: lorem, payload: lorem}}}",
        ]
        resolution = resolved(self.DATABASE, *texts)
        assert (masks(resolution, "events_1")["note"], masks(resolution, "events_2")["note"]) == ("keep", "lorem")

    def test_grandchildren(self) -> None:
        deep = replace(partition("events_1_a", self.JANUARY), parents=(self.JANUARY.name,))
        resolution = resolved(
            catalog(self.EVENTS, self.JANUARY, deep),
            "tables: {events: {columns: {payload: lorem, note: keep}}, events_1: {columns: {note: token}}}",
        )
        assert masks(resolution, "events_1_a") == {"payload": "lorem", "note": "token"}

    def test_what_nobody_decides_is_told_of_the_parent_alone(self) -> None:
        resolution = resolved(self.DATABASE, "tables: {events_2: {columns: {note: keep}}}")
        assert columns_of(resolution) == ["events.payload", "events.note"]

    def test_defaults_for_a_table_hold_for_its_children(self) -> None:
        resolution = resolved(self.DATABASE, "defaults: [{columns: '*', types: text, tables: events, mask: lorem}]")
        assert masks(resolution, "events_2") == {"payload": "lorem", "note": "lorem"}


class TestGenerated:
    DATABASE = catalog(table("users", "name text", "search text generated"))

    def test_a_rule_is_a_problem(self) -> None:
        assert told(resolved(self.DATABASE, "tables:\n  users: {columns: {name: lorem, search: lorem}}").problems) == [
            (
                "a.yml:3:34   users.search: the database computes it from other columns",
                "remove the rule, and mask those it reads",
            )
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "tables: {users: {columns: {search: keep, name: keep}}}",
            "defaults: [{columns: '*', types: text, mask: lorem}]",
            "undecided: keep",
        ],
    )
    def test_keep_and_patterns_are_none(self, text: str) -> None:
        resolution = resolved(self.DATABASE, text)
        assert resolution.problems == ()
        assert set(masks(resolution)) == {"name"}


class TestBy:
    def test_columns_must_exist(self) -> None:
        text = """\
        tables:
          users:
            columns:
              email: {mask: email, by: roel}
              name: {mask: full_name, by: [id, nope]}
              role: {mask: lorem, by: value}
              birthday: {mask: date_shift, by: id}
              born_on: {mask: date_shift, by: []}
        """
        resolution = resolved(catalog(USERS), text)
        assert told(resolution.problems) == [
            ("a.yml:5:32   users.email: by: users has no column roel", "did you mean role?"),
            ("a.yml:6:35   users.name: by: users has no column nope", "name columns of the same table, or `value`"),
            ("a.yml:9:39   users.born_on: by: names no column", "name columns of the same table, or `value`"),
        ]
        assert resolution.tables[USERS.name].columns["email"].rule.by is None

    def test_of_defaults(self) -> None:
        text = "defaults:\n  - {columns: email, mask: email, by: user_id}\nundecided: keep"
        assert (
            told(resolved(catalog(USERS), text).problems)[0][0]
            == "a.yml:3:39   users.email: by: users has no column user_id"
        )


class TestDefaults:
    DATABASE = catalog(table("t", "a varchar(20)", "b text", "c citext", "d int4", "e varchar[]", "f timestamptz"))

    @pytest.mark.parametrize(
        ("types", "names"),
        [
            ("varchar", "a"),
            ("character varying", "a"),
            ("character varying(20)", "a"),
            ("[string, text]", "ab"),
            ("citext", "c"),
            ("public.citext", "c"),
            ("integer", "d"),
            ("int", "d"),
            ("'varchar[]'", "e"),
            ("'character varying[]'", "e"),
            ("timestamp with time zone", "f"),
            ("timestamptz", "f"),
            ("TEXT", "b"),
            ("[uuid, hstore]", ""),
        ],
    )
    def test_types(self, types: str, names: str) -> None:
        resolution = resolved(
            self.DATABASE, f"defaults: [{{columns: '*', types: {types}, mask: lorem}}]\nundecided: keep"
        )
        assert resolution.problems == ()
        assert {name for name, mask in masks(resolution, "t").items() if mask == "lorem"} == set(names)

    def test_a_type_nobody_knows(self) -> None:
        assert told(
            resolved(
                self.DATABASE, "defaults:\n  - columns: a\n    types: [varchr]\n    mask: keep\nundecided: keep"
            ).problems
        ) == [("a.yml:4:12   defaults a: types: there is no type varchr", "did you mean varchar?")]

    def test_own_types_and_domains_go_by_name(self) -> None:
        mail = Column(name="m", number=1, type=domain("mail", column_type("varchar", length=50)), is_nullable=True)
        for name in ("mail", "public.mail", "varchar"):
            assert masks(
                resolved(catalog(table("t", mail)), f"defaults: [{{columns: m, types: {name}, mask: email}}]"), "t"
            ) == {"m": "email"}

    def test_case_does_not_matter(self) -> None:
        database = catalog(table("t", '"userEmail" text'))
        assert masks(resolved(database, "defaults: [{columns: '*email', tables: 'T', mask: email}]"), "t") == {
            "userEmail": "email"
        }


class TestUndecided:
    def test_what_needs_a_decision(self) -> None:
        text = column_type("text")
        row = column_type("pair", kind=TypeClass.COMPOSITE, attributes=(column_type("int4"), text))
        safe_row = column_type("point3", kind=TypeClass.COMPOSITE, attributes=(column_type("int4"),))
        text_range, safe_range = (
            column_type("textrange", kind=TypeClass.RANGE, attributes=(text,)),
            column_type("tsrange", kind=TypeClass.RANGE, attributes=(column_type("timestamp"),)),
        )
        more = [
            Column(name=name, number=1, type=kind, is_nullable=True)
            for name, kind in {
                "rows": row,
                "safe_rows": safe_row,
                "safe_row_list": array_of(safe_row),
                "row_list": array_of(row),
                "span": safe_range,
                "text_span": text_range,
                "unknown_rows": column_type("t", kind=TypeClass.COMPOSITE),
                "state": column_type("state", labels=("a",)),
                "email_domain": domain("mail", text),
                "age_domain": domain("age", column_type("int4")),
            }.items()
        ]
        database = catalog(
            table(
                "t",
                "a text",
                "b varchar(3)",
                "c bpchar(3)",
                "d citext",
                "e json",
                "f jsonb",
                "g hstore",
                "h xml",
                "i inet",
                "j cidr",
                "k bytea",
                "l tsvector",
                "m text[]",
                "n geometry",
                "o macaddr",
                "birthday date",
                "date_of_birth date",
                "dob date",
                "bornOn date",
                "latitude float8",
                "lng numeric",
                "home_lat float8",
                "number int4",
                "price numeric",
                "flat_rate float8",
                "active bool",
                "created_on date",
                "dobbed_on date",
                "at timestamptz",
                "t time",
                "took interval",
                "key uuid",
                "bits bit",
                "numbers int8[]",
                "dates date[]",
                "birth_dates date[]",
                "search text generated",
                *more,
            )
        )
        assert columns_of(resolved(database, "defaults: [{columns: nothing, mask: keep}]"))[0].startswith("t")
        safe = {
            "number",
            "price",
            "flat_rate",
            "active",
            "created_on",
            "dobbed_on",
            "at",
            "t",
            "took",
            "key",
            "bits",
            "dates",
            "search",
            "id",
            "safe_rows",
            "safe_row_list",
            "span",
            "state",
            "age_domain",
        }
        kept = masks(resolved(database, "undecided: keep"), "t")
        assert set(kept) == {c.name for c in database.tables[TableName("public", "t")].columns} - safe

    def test_how_it_is_told(self) -> None:
        database = catalog(table("users", "unconfirmed_email varchar not null", "created_at timestamp"))
        assert told(resolved(database, "large_objects: keep").problems) == [
            (
                "users.unconfirmed_email   character varying, decided by no rule",
                "add it, for instance:  unconfirmed_email: {mask: email, length: keep}     (its name says email)",
            )
        ]

    def test_hundreds_are_told_by_table(self) -> None:
        database = catalog(
            *(table(f"t{n:02}", *(f"c{c} text" for c in range(20))) for n in range(10)), table("one", "name text")
        )
        problems = resolved(database, "large_objects: keep").problems
        assert len(problems) == 11
        first = next(p for p in problems if p.subject == "t00")
        assert first.found == "20 columns are decided by no rule"
        assert first.hint is not None
        assert first.hint.splitlines()[:2] == [
            "add, for instance (`masker rules suggest` writes all of it):",
            "  c0: lorem",
        ]
        assert first.hint.splitlines()[-1] == "  … and 9 more"
        assert next(p for p in problems if p.subject == "one").found == "1 column is decided by no rule"

    def test_not_where_no_row_is_copied_or_the_table_is_not_ours(self) -> None:
        database = catalog(
            table("audits", "changes text"),
            table("spatial_ref_sys", "srtext text", extension="postgis"),
            table("remote", "a text", kind="f"),
            table("t", "a text"),
        )
        assert columns_of(resolved(database, "tables: {audits: {rows: none}, t: {rows: id < 3}}")) == ["t.a"]

    @pytest.mark.parametrize(("policy", "rule"), [("keep", Keep()), ("null", Null()), ("'null'", Null())])
    def test_a_policy_decides(self, policy: str, rule: Keep | Null) -> None:
        resolution = resolved(catalog(table("t", "a text", "n int4")), f"undecided: {policy}")
        found = resolution.tables[TableName("public", "t")].columns
        assert {name: d.rule for name, d in found.items()} == {"a": rule}
        assert str(found["a"].position) == "a.yml:2:1"
        assert resolution.problems == ()

    def test_null_does_not_go_with_not_null(self) -> None:
        required = Column(
            name="b", number=1, type=domain("required", column_type("text"), not_null=True), is_nullable=True
        )
        assert told(resolved(catalog(table("t", "email text not null", required)), "undecided: null").problems) == [
            (
                "a.yml:2:1   t.email: undecided: null sets it to NULL, but it is NOT NULL",
                "decide it by name, for instance:  email: {mask: email, length: keep}",
            ),
            (
                "a.yml:2:1   t.b: undecided: null sets it to NULL, but it is NOT NULL",
                "decide it by name, for instance:  b: lorem",
            ),
        ]

    def test_the_last_file_that_speaks_of_it_decides(self) -> None:
        texts = ["undecided: keep\nlarge_objects: keep", "undecided: error\nlarge_objects: none", "tables: {}"]
        resolution = resolved(catalog(table("t", "a text")), *texts)
        assert columns_of(resolution) == ["t.a"]
        assert resolution.large_objects == "none"
        assert resolved(catalog(), "undecided: keep").large_objects is None

    @given(st.sets(st.sampled_from("abcdef")), st.sampled_from(["error", "keep", "null"]))
    def test_every_column_is_decided_or_told(self, ruled: set[str], policy: str) -> None:
        database: Catalog = catalog(table("t", *(f"{name} text" for name in "abcdef"), "n int4"))
        text = (
            f"tables: {{t: {{columns: {{{', '.join(f'{name}: lorem' for name in sorted(ruled))}}}}}}}\nundecided:"
            f" {policy}"
        )
        resolution = resolved(database, text)
        decided = set(masks(resolution, "t"))
        told_of = {p.subject.removeprefix("t.") for p in resolution.problems}
        assert decided | told_of == set("abcdef")
        assert decided & told_of == set()
        assert ruled <= decided


def test_resolving_is_a_function_of_its_arguments() -> None:
    rules, database = (
        rule_set("include: [rails, devise]\ntables: {users: {columns: {name: full_name}}}"),
        catalog(USERS),
    )
    assert resolve(rules, database) == resolve(rules, database)


def test_no_rules_at_all_decide_nothing() -> None:
    resolution = resolve(RuleSet(files=()), catalog(USERS))
    assert columns_of(resolution) == ["users.email", "users.name", "users.role", "users.birthday", "users.born_on"]
    assert isinstance(rule_file("undecided: keep"), RuleFile)
