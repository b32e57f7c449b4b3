"""What an application says of its own columns."""

from __future__ import annotations

from masker.draft.application import said_by_application
from masker.draft.heard import heard
from masker.kinds.classify import Witnesses
from masker.kinds.kind import Kind
from masker.ruleset.facts import Facts
from masker.ruleset.suggest import suggestion
from tests.catalogs import catalog, table

USERS = table(
    "users", "ref varchar", "level varchar", "spitzname_x varchar", "misc text", "kind_of varchar", "sort_key varchar"
)
FACTS = Facts.model_validate(
    {
        "filter_parameters": ["passw", "_key", "/\\Aref\\z/"],
        "models": {
            "User": {
                "table": "users",
                "encrypted": {"spitzname_x": {}, "gone": {}},
                "enums": {"level": ["low", "high"]},
                "serialized": {"misc": "yaml"},
                "type_column": "kind_of",
            },
            "Gone": {"table": "nowhere", "passwords": ["digest"]},
        },
    }
)


def test_facts_say_what_names_do_not() -> None:
    witnesses = Witnesses(said_by_application(FACTS, catalog(USERS)))
    found = {c.name: witnesses.verdict(c, USERS) for c in USERS.columns}
    assert {name: verdict.kind for name, verdict in found.items() if name != "id"} == {
        "ref": Kind.OTHER,
        "level": Kind.CODE,
        "spitzname_x": Kind.ENCRYPTED,
        "misc": Kind.DOCUMENT,
        "kind_of": Kind.CLASS_NAME,
        "sort_key": Kind.CODE,
    }
    assert found["ref"].reason == "the application keeps it out of its logs"


def test_an_attribute_of_one_model_is_kept_out_of_the_logs_there_alone() -> None:
    tables = table("watches", "mark varchar"), table("quarries", "mark varchar")
    facts = Facts.model_validate({"filter_parameters": ["watch.mark", "(?i)\\Aquarry\\.other\\z"]})
    said = said_by_application(facts, catalog(*tables))
    assert [str(name) for name in said] == ["watches.mark"]


def test_each_witness_is_told_with_what_it_says() -> None:
    ref = USERS.column("ref")
    assert ref is not None
    said = [" ".join(line.split()) for line in heard(ref, USERS, catalog(USERS), FACTS).splitlines()]
    assert said == [
        "seems other, 93%",
        "by application other, 93% the application keeps it out of its logs",
        "by name number of an authority, 60% a reference of somebody's case",
        "by type internal code, 40% its name says nothing personal",
    ]


def test_what_the_application_encrypts_is_encrypted_anew() -> None:
    people = table("people", "email varchar not null", "diary text", "code_word varchar not null")
    facts = Facts.model_validate(
        {"models": {"Person": {"table": "people", "encrypted": {"email": {}, "diary": {}, "code_word": {}}}}}
    )
    witnesses = Witnesses(said_by_application(facts, catalog(people)))
    rules = {c.name: suggestion(witnesses.verdict(c, people), c, people).text for c in people.columns[1:]}
    assert rules == {
        "email": "{mask: encrypted, of: email}",
        "diary": "null",
        "code_word": "{mask: encrypted, of: token}",
    }
