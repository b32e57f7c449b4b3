"""The rule sets that come with masker."""

from __future__ import annotations

import re

import pytest

from masker.names import TableName
from masker.ruleset.files import shipped_rule_sets
from masker.ruleset.parse import read_shipped
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution, RuleSet
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved

DEVISE = table(
    "users",
    "email varchar not null",
    "encrypted_password varchar not null",
    "reset_password_token varchar",
    "reset_password_sent_at timestamp",
    "sign_in_count int4 not null",
    "current_sign_in_ip inet",
    "last_sign_in_ip varchar",
    "confirmation_token varchar",
    "unconfirmed_email varchar",
    "unlock_token varchar",
    "remember_token varchar",
    "otp_secret varchar",
    "otp_backup_codes varchar[]",
    "otp_required_for_login bool not null",
    "provider varchar",
    "uid varchar",
)


def masks(resolution: Resolution, name: str) -> dict[str, str]:
    return {column: d.rule.mask for column, d in resolution.tables[TableName("public", name)].columns.items()}


def test_there_are_these() -> None:
    assert list(shipped_rule_sets()) == [
        "active_storage",
        "ahoy",
        "audited",
        "devise",
        "doorkeeper",
        "friendly_id",
        "paper_trail",
        "rails",
    ]


@pytest.mark.parametrize("name", list(shipped_rule_sets()))
def test_each_reads_well_and_says_what_it_was_written_for(name: str) -> None:
    file = read_shipped(name)
    assert file.name == f"rules/{name}.yml"
    assert file.undecided is None
    assert file.locale is None
    assert not file.include
    text = shipped_rule_sets()[name].read_text(encoding="utf-8")
    assert re.search(r"^# Written for \w+ \d", text, re.MULTILINE)
    assert text.startswith("# yaml-language-server: $schema=./masker.schema.json\n")


def test_devise() -> None:
    resolution = resolved(catalog(DEVISE), "include: devise")
    assert resolution.problems == ()
    assert masks(resolution, "users") == {
        "email": "email",
        "encrypted_password": "password",
        "reset_password_token": "null",
        "current_sign_in_ip": "ip",
        "last_sign_in_ip": "ip",
        "confirmation_token": "null",
        "unconfirmed_email": "email",
        "unlock_token": "null",
        "remember_token": "token",
        "otp_secret": "null",
        "otp_backup_codes": "null",
        "otp_required_for_login": "fixed",
        "provider": "keep",
        "uid": "token",
    }


def test_active_storage() -> None:
    database = catalog(
        table(
            "active_storage_blobs",
            "key varchar not null",
            "filename varchar not null",
            "content_type varchar",
            "metadata text",
            "service_name varchar not null",
            "byte_size int8",
            "checksum varchar",
        ),
        table(
            "active_storage_attachments",
            "name varchar not null",
            "record_type varchar not null",
            "record_id int8 not null",
            "blob_id int8 not null",
        ),
        table("active_storage_variant_records", "blob_id int8 not null", "variation_digest varchar not null"),
    )
    resolution = resolved(database, "include: [active_storage, rails, devise]")
    assert resolution.problems == ()
    assert {column for column, mask in masks(resolution, "active_storage_blobs").items() if mask != "keep"} == {
        "filename"
    }


def test_rails() -> None:
    jobs = ["delayed_jobs", "good_jobs", "solid_queue_jobs", "que_jobs", "sessions", "solid_cache_entries"]
    database = catalog(
        table("schema_migrations", "version varchar not null", key=("version",)),
        table("ar_internal_metadata", "key varchar not null", "value varchar", key=("key",)),
        table(
            "action_text_rich_texts",
            "name varchar not null",
            "body text",
            "record_type varchar not null",
            "record_id int8 not null",
        ),
        table(
            "accounts",
            "type varchar",
            "owner_type varchar",
            "blood_type varchar",
            "password_digest varchar",
            "email_address varchar",
            "token varchar",
            "type_id int4",
        ),
        *(table(name, "data text") for name in jobs),
    )
    resolution = resolved(database, "include: rails")
    assert resolution.problems == ()
    assert {name for name in jobs if resolution.tables[TableName("public", name)].rows == "none"} == set(jobs)
    assert masks(resolution, "accounts") == {
        "type": "keep",
        "owner_type": "keep",
        "blood_type": "null",
        "password_digest": "password",
        "email_address": "email",
        "token": "token",
    }
    assert masks(resolution, "action_text_rich_texts") == {"name": "keep", "body": "lorem", "record_type": "keep"}


def test_histories_stay_empty_and_are_masked_where_they_do_not() -> None:
    database = catalog(
        table(
            "versions",
            "item_type varchar not null",
            "event varchar not null",
            "whodunnit varchar",
            "object text",
            "object_changes text",
        ),
        table("audits", "action varchar", "audited_changes jsonb", "comment varchar", "remote_address varchar"),
        table(
            "oauth_applications",
            "name varchar not null",
            "uid varchar not null",
            "secret varchar not null",
            "redirect_uri text",
            "scopes varchar not null",
        ),
        table("ahoy_visits", "ip varchar", "user_agent text"),
    )
    every = f"include: [{', '.join(shipped_rule_sets())}]"
    resolution = resolved(database, every)
    assert resolution.problems == ()
    assert [str(name) for name, d in resolution.tables.items() if d.rows == "none"] == [
        "versions",
        "audits",
        "ahoy_visits",
    ]
    assert resolved(database, f"{every}\ntables: {{versions: {{rows: all}}, audits: {{rows: all}}}}").problems == ()
    assert masks(resolution, "versions")["object"] == "null"
    assert masks(resolution, "oauth_applications") == {
        "name": "keep",
        "uid": "keep",
        "secret": "token",
        "redirect_uri": "fixed",
        "scopes": "keep",
    }


def test_no_two_sets_contradict_each_other() -> None:
    included = tuple(read_shipped(name) for name in shipped_rule_sets())
    columns = {c.column for file in included for t in file.tables for c in t.columns} | {
        p for file in included for d in file.defaults for p in d.columns if "*" not in p
    }
    tables = [table(t.written, *(f"{c} varchar" for c in sorted(columns))) for file in included for t in file.tables]
    resolution = resolve(
        RuleSet(files=(), included=included),
        catalog(*tables, table("other", *(f"{c} varchar" for c in sorted(columns)))),
    )
    assert [p for p in resolution.problems if "decided differently" in p.found] == []
