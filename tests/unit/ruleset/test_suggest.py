"""Guesses from names and types, and what can be personal at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.ruleset.suggest import suggest_column
from tests.catalogs import catalog, column, partition, table
from tests.unit.ruleset.files import rule_file

GUESSES = [
    ("users", "email varchar not null", "{mask: email, length: keep}"),
    ("users", "unconfirmed_email citext", "{mask: email, length: keep}"),
    ("orders", "emailAddress text", "{mask: email, length: keep}"),
    ("users", "encrypted_password varchar", "password"),
    ("users", "recovery_password_digest varchar", "password"),
    ("users", "reset_password_token varchar", "null"),
    ("webhooks", "signing_secret text", "token"),
    ("users", "password_expires_at varchar", "keep"),
    ("users", "first_name varchar", "first_name"),
    ("users", "last_name_kana varchar", "{mask: last_name, script: katakana, locale: ja_JP}"),
    ("users", "first_name_hiragana varchar", "{mask: first_name, script: hiragana, locale: ja_JP}"),
    ("members", "name_kana varchar", "{mask: full_name, script: katakana, locale: ja_JP}"),
    ("people", "name_en varchar", "{mask: full_name, script: romaji}"),
    ("socios", "dni varchar(9)", "{mask: national_id, country: ES}"),
    ("socios", "codigo_postal varchar(5)", "postal_code"),
    ("addresses", "zip1 varchar(3)", "digits"),
    ("addresses", "postal_code_2 varchar(4)", "digits"),
    ("socios", "nif varchar", "{mask: national_id, country: ES}"),
    ("socios", "primer_apellido varchar", "last_name"),
    ("socios", "segundo_apellido varchar", "{mask: last_name, surname: second, locale: es_ES}"),
    ("socios", "apellido2 varchar", "{mask: last_name, surname: second, locale: es_ES}"),
    ("members", "name varchar", "full_name"),
    ("products", "name varchar", "keep"),
    ("orders", "shipping_name varchar", "full_name"),
    ("addresses", "recipient varchar", "full_name"),
    ("addresses", "recipient_kana varchar", "{mask: full_name, script: katakana, locale: ja_JP}"),
    ("orders", "shipping_name_kana varchar", "{mask: full_name, script: katakana, locale: ja_JP}"),
    ("casts", "name varchar", "full_name"),
    ("users", "phone_number varchar", "phone"),
    ("users", "tel varchar", "phone"),
    ("hotels", "hotel varchar", "keep"),
    ("orders", "shipping_postal_code varchar", "postal_code"),
    ("orders", "zip varchar", "postal_code"),
    ("orders", "prefecture varchar", "{mask: address, part: region}"),
    ("orders", "shipping_city varchar", "{mask: address, part: city}"),
    ("orders", "address_line_1 varchar", "{mask: address, part: street}"),
    ("orders", "billing_address text", "address"),
    ("users", "last_sign_in_ip varchar", "ip"),
    ("users", "last_sign_in_ip inet", "ip"),
    ("visits", "descriptor varchar", "keep"),
    ("users", "birthday date", "{mask: birthdate, years: 5}"),
    ("users", "latitude float8", '{mask: geo, part: latitude, within: "2 km"}'),
    ("comments", "body text not null", "lorem"),
    ("visits", "user_agent varchar", "user_agent"),
    ("visits", "referrer text not null", "url"),
    ("comments", "commentable_type varchar", "keep"),
    ("events", "payload jsonb", "{mask: json, other: mask}"),
    ("posts", "tags text[] not null", "keep"),
    ("posts", "voters text[] not null", "{mask: array, of: lorem, by: value}"),
    ("users", "allowed_locales varchar[]", "keep"),
    ("posts", "first_name text[]", "{mask: array, of: lorem, by: value}"),
    ("posts", "postal_code text[]", "{mask: array, of: lorem, by: value}"),
    ("members", "name text[]", "{mask: array, of: lorem, by: value}"),
    ("posts", "name text[]", "{mask: array, of: lorem, by: value}"),
    ("posts", "name_kana varchar[]", "{mask: array, of: lorem, by: value}"),
    ("posts", "member_label text[]", "{mask: array, of: lorem, by: value}"),
    ("applications", "blood_type varchar", "null"),
    ("applications", "nationality text", "null"),
    ("applications", "religion varchar not null", "lorem"),
    ("visas", "ethnicity varchar", "null"),
    ("visas", "marital_status varchar", "null"),
    ("users", "website varchar", "url"),
    ("posts", "unheard_of text", "lorem"),
    ("posts", "unheard_of varchar", "keep"),
    ("users", "gender varchar", "null"),
    ("users", "blood_type varchar", "null"),
    ("users", "avatar_file_name varchar not null", "file_name"),
    ("stripe_subscribers", "stripe_customer_id varchar", "token"),
    ("stripe_subscribers", "stripe_price_id varchar", "keep"),
]


@pytest.mark.parametrize(("key", "expected"), [("id int8", "phone"), ("id uuid", "digits")])
def test_a_unique_telephone_number_is_masked_as_one_where_the_key_is_a_number(key: str, expected: str) -> None:
    users = table("users", f"{key} primary key", "phone varchar", unique=("phone",))
    (phone,) = (c for c in users.columns if c.name == "phone")
    assert suggest_column(phone, users).text == expected


@pytest.mark.parametrize(("name", "written", "expected"), GUESSES)
def test_guesses(name: str, written: str, expected: str) -> None:
    assert suggest_column(column(written), table(name)).text == expected


def test_what_must_be_unique_gets_a_mask_that_keeps_it_so() -> None:
    users = table("users", "username varchar", "email varchar", "name varchar", unique=("username", "email"))
    found = {c.name: suggest_column(c, users) for c in users.columns}
    assert found["username"].text == "username"
    assert (found["email"].text, found["name"].text) == ("{mask: email, length: keep}", "full_name")
    companies = table("companies", "name varchar", unique=("name",))
    unique = suggest_column(companies.columns[1], companies)
    assert (unique.text, unique.reason) == ("token", "a name in a table of company, and no two may be equal")


def test_what_is_searched_in_is_made_anew_of_masked_texts() -> None:
    posts = table("posts", "title varchar", "body text", "summary text", "description varchar", "tsv tsvector")
    made = suggest_column(posts.columns[-1], posts).text
    assert made == "{mask: derived, of: [title, body, summary, description], kind: search_vector}"
    assert suggest_column(column("tsv tsvector"), table("t", "tsv tsvector")).text == "null"
    made_of = table("posts", "body text", "body_text text generated", "tsv tsvector")
    assert suggest_column(made_of.columns[-1], made_of).text == "{mask: derived, of: [body], kind: search_vector}"


def test_numbers_that_identify_somebody() -> None:
    users = table(
        "users",
        "phone int8",
        "fax int8 not null",
        "my_number int8 not null",
        "codes int4[] not null",
        unique=("my_number",),
    )
    assert [suggest_column(c, users).text for c in users.columns[1:]] == [
        "digits",
        "digits",
        "digits",
        '{mask: fixed, value: "{}"}',
    ]


@given(
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,30}", fullmatch=True),
    st.sampled_from(
        [
            "text",
            "varchar(20)",
            "citext",
            "jsonb",
            "json",
            "inet",
            "bytea",
            "hstore",
            "date",
            "float8",
            "text[]",
            "tsvector",
            "int8",
            "int4[]",
        ]
    ),
    st.sampled_from(["", " not null"]),
    st.sampled_from(["users", "things", "OrderItems"]),
)
def test_every_guess_is_a_rule(name: str, kind: str, required: str, table_name: str) -> None:
    suggestion = suggest_column(column(f"{name} {kind}{required}"), table(table_name))
    (found,) = rule_file(f"tables: {{t: {{columns: {{c: {suggestion.text}}}}}}}").tables[0].columns
    assert suggestion.is_keep == (found.rule.mask == "keep")
    assert suggestion.reason
    assert not (required and suggestion.text == "null")


def test_what_a_table_is_partitioned_by_is_suggested_to_stay() -> None:
    """What the check would accept: a masked row would belong to another partition."""
    logins = replace(table("logins", "email varchar"), kind="p", partition_key=("email",))
    database = catalog(logins, partition("logins_0", logins, partition_key=()))
    for of in database.tables.values():
        found = suggest_column(of.columns[-1], of, catalog=database)
        assert found.is_keep
        assert found.reason.startswith("its name says email, but logins is partitioned by it")
        assert "`rows: none`" in found.reason
