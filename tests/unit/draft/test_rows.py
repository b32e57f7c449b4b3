"""What a draft says of columns of one row that belong together."""

from __future__ import annotations

from tests.catalogs import catalog, table
from tests.unit.draft.test_draft import drafted, rules_of

_ADDRESSES = table(
    "addresses",
    "name varchar",
    "tel1 varchar(5)",
    "tel2 varchar(4)",
    "tel3 varchar(4)",
    "zip01 text",
    "zip02 text",
    "pref_kana varchar",
    "city varchar",
    "fax varchar",
    "phone1 varchar(20)",
    "phone2 varchar(20)",
)
_MEMBERS = table(
    "members",
    "family_name varchar",
    "given_name varchar",
    "given_name_kana varchar",
    "sex varchar",
    "spouse_first_name varchar",
    "phone varchar",
    "address varchar",
    "zip varchar",
)
_PATIENTS = table("patients", "first_name varchar", "gender int4")


def test_pieces_of_a_number_have_one_rule_and_given_names_go_by_the_gender_beside_them() -> None:
    rules = rules_of(drafted(catalog(_ADDRESSES))[0])
    for name in ("tel1", "tel2", "tel3"):
        assert "{mask: phone, parts: [tel1, tel2, tel3]" in rules[f"addresses.{name}"]
    for name in ("zip01", "zip02"):
        assert rules[f"addresses.{name}"] == "{mask: postal_code, parts: [zip01, zip02], scope: address_place}"
    assert "parts" not in rules["addresses.phone1"], "two numbers, not pieces of one"
    draft, text = drafted(catalog(_MEMBERS, _PATIENTS))
    rules = rules_of(draft)
    assert rules["members.phone"] == "{mask: phone, scope: member_place}", "an area code is one of the address"
    assert rules["members.given_name"].endswith(", gender: sex}")
    assert rules["members.given_name_kana"].endswith(", gender: sex}")
    assert "gender" not in rules["members.family_name"]
    assert "gender" not in rules["members.spouse_first_name"], "it says nothing of the other"
    assert rules["patients.first_name"] == "first_name"
    assert "`gender: {column: gender, male: [1], female: [2]}`" in text
    assert "`{mask: shuffle, shows_originals: yes}` keeps its ratio" in text


def test_numbered_columns_with_room_for_a_whole_number_hold_one_elsewhere() -> None:
    people = table("people", "tel1 varchar", "tel2 varchar", "tel3 varchar", "zip1 varchar(5)", "zip2 varchar(4)")
    rules = rules_of(drafted(catalog(people))[0])
    assert not [rule for name, rule in rules.items() if "tel" in name and "parts" in rule]
    assert rules["people.zip1"] == rules["people.zip2"] == "{mask: postal_code, parts: [zip1, zip2]}"


def test_one_scope_in_two_tables_goes_by_no_gender_that_only_one_has() -> None:
    users = table("users", "email varchar not null", "first_name varchar", "last_name varchar", "sex varchar")
    profiles = table("profiles", "user_id int8 not null", "first_name varchar", unique=("user_id",))
    rules = rules_of(drafted(catalog(users, profiles))[0])
    assert rules["users.first_name"] == "{mask: first_name, scope: person}"
