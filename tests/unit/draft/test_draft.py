"""A whole draft: what it decides, that it is a file of rules, and that a plan has nothing to say against it."""

from __future__ import annotations

from dataclasses import replace

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.copy.reading import reading
from masker.draft.data import draft_data
from masker.draft.make import make
from masker.draft.mend import mend
from masker.draft.model import Draft
from masker.draft.text import Origin, draft_text
from masker.names import ColumnName, TableName
from masker.ruleset.evidence import Evidence
from masker.ruleset.files import shipped_rule_sets
from masker.ruleset.parse import read_shipped
from masker.ruleset.resolve import resolve
from masker.ruleset.types import RuleSet
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import rule_file, rule_set

_SHIPPED = {name: read_shipped(name) for name in shipped_rule_sets()}


def drafted(database: Catalog, evidence: Evidence | None = None) -> tuple[Draft, str]:
    """A draft for *database*, and its file, against which nothing may be said."""
    found = make(database, RuleSet(files=()), _SHIPPED, evidence or Evidence(), {})
    assert mend(found, database, RuleSet(files=()), _SHIPPED) == ()
    text = draft_text(found)
    rules = rule_set(rule_file(text.removeprefix("version: 1\n")))
    known: dict[str, str] = {"password ": ""}
    resolution = resolve(rules, database)
    assert reading(database, resolution, _Anything(known), {}).problems == ()
    return found, text


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def rules_of(draft: Draft) -> dict[str, str]:
    """The rule of each column, by ``table.column``."""
    return {f"{t.table.name.name}.{c.column.name}": c.rule for t, c in draft.columns() if not t.empty}


def refers(child: Table, column: str, parent: Table, referenced: str = "id") -> Table:
    """*child* with a foreign key from *column* to *parent*."""
    key = ForeignKey(
        name=f"{child.name.name}_{column}_fkey",
        table=child.name,
        columns=(column,),
        references=parent.name,
        referenced_columns=(referenced,),
        definition="",
        is_valid=True,
    )
    return replace(child, foreign_keys=(*child.foreign_keys, key))


USERS = table(
    "users",
    "email varchar not null",
    "encrypted_password varchar not null",
    "reset_password_token varchar",
    "last_name varchar",
    "first_name varchar",
    "last_name_kana varchar",
    "role varchar not null",
    "zip varchar",
    "city varchar",
    "note text",
    unique=("email", "reset_password_token"),
)


def test_people_have_one_scope_and_a_login() -> None:
    profiles = table("profiles", "user_id int8 not null", "first_name varchar", "company varchar", unique=("user_id",))
    contacts = table("contacts", "user_id int8 not null", "first_name varchar", "last_name varchar")
    draft, text = drafted(catalog(USERS, refers(profiles, "user_id", USERS), refers(contacts, "user_id", USERS)))
    rules = rules_of(draft)
    assert rules["users.last_name"] == "{mask: last_name, scope: person}"
    assert "script: katakana" in rules["users.last_name_kana"]
    assert rules["profiles.first_name"] == "{mask: first_name, by: user_id, scope: person}"
    assert rules["contacts.first_name"] == "{mask: first_name, scope: contact_person}", "somebody else"
    assert rules["users.encrypted_password"] == "{mask: password, plaintext: {env: PREVIEW_PASSWORD}}"
    assert rules["users.zip"] == "{mask: postal_code, scope: user_place}"
    assert rules["users.role"] == "keep"
    assert "locale: ja_JP   # it has columns for kana or prefectures" in text
    assert "  - {tables: public.users, columns: [role], mask: keep}" in text


def test_spanish_columns_are_of_spain() -> None:
    columns = ("nombre varchar", "primer_apellido varchar", "segundo_apellido varchar", "correo varchar", "dni varchar")
    _, text = drafted(catalog(table("socios", *columns)))
    assert "locale: es_ES   # its columns are called in that language" in text


def test_one_attribute_of_several_tables_agrees_by_its_value() -> None:
    invoices = table("invoices", "owner_email varchar", "stripe_customer_id varchar")
    payments = table("payments", "stripe_customer_id varchar", "email citext")
    rules = rules_of(drafted(catalog(USERS, invoices, payments))[0])
    assert (
        rules["users.email"] == rules["invoices.owner_email"] == "{mask: email, length: keep, by: value, scope: email}"
    )
    assert rules["payments.stripe_customer_id"] == "{mask: token, by: value, scope: stripe_customer_id}"
    assert rules["payments.email"] == "{mask: email, length: keep}", "letters may tell the others apart"


def test_what_repeats_is_masked_by_value() -> None:
    found = ColumnName(TableName("public", "users"), "note")
    assert rules_of(drafted(catalog(USERS), Evidence(repeating=frozenset({found})))[0])["users.note"] == (
        "{mask: lorem, by: value}"
    )


def test_queues_sessions_and_logs_are_emptied_unless_something_needs_them() -> None:
    sessions = table("sessions", "session_id varchar not null", "data text")
    lessons = table("lessons", "title varchar")
    attended = table("course_sessions", "title varchar", "starts_at timestamp")
    logs = table("access_logs", "ip varchar")
    needed = table("audit_logs", "ip varchar")
    notes = refers(table("log_notes", "audit_log_id int8 not null", "body text"), "audit_log_id", needed)
    maybe = refers(table("entries", "access_log_id int8", "body text"), "access_log_id", logs)
    draft, text = drafted(catalog(sessions, lessons, attended, logs, needed, notes, maybe))
    rows = {t.table.name.name: t.rows for t in draft.tables}
    assert rows == {
        "sessions": "none", "access_logs": "none", "audit_logs": "all", "lessons": "all", "course_sessions": "all",
        "log_notes": "all", "entries": "all",
    }  # fmt: skip
    assert "  access_logs: {rows: none}   # a log of what happened in production" in text
    assert rules_of(draft)["entries.access_log_id"] == "null"


def test_sessions_that_are_lessons_keep_their_rows() -> None:
    draft, text = drafted(catalog(table("sessions", "title varchar", "starts_at timestamp", "speaker varchar")))
    assert [t.rows for t in draft.tables] == ["all"]
    assert "rows: all" in text


def test_both_ends_of_a_foreign_key_stay_and_somebody_has_to_look() -> None:
    subscribers = table("subscribers", "phone varchar not null", key=("phone",))
    draft, text = drafted(catalog(subscribers, refers(table("desks", "phone varchar"), "phone", subscribers, "phone")))
    assert rules_of(draft)["subscribers.phone"] == rules_of(draft)["desks.phone"] == "keep"
    assert text.count("look: it is kept") == 2


def test_what_cannot_be_on_a_column_gives_way() -> None:
    events = replace(table("events", "phone varchar not null", "body text", key=()), kind="p", partition_key=("phone",))
    draft, _ = drafted(catalog(events, partition("events_1", events)))
    told = {(c["table"], c["column"]): c["rule"] for c in draft_data(draft)["columns"]}
    assert told["public.events_1", "body"] == "lorem", "a partition has its parent's"
    assert (
        rules_of(draft) == {"events.id": "keep", "events.phone": "keep", "events.body": "lorem"}
        or rules_of(draft)["events.phone"] == "keep"
    )
    short = table("t", "credit_card_number varchar(4)", "neighborhood varchar")
    assert rules_of(drafted(catalog(short))[0])["t.credit_card_number"] == "digits"


def test_the_file_says_first_what_needs_an_eye() -> None:
    odd = table("things", "vorgang varchar", '"Odd.Name" text', "api_key varchar", "null text", "title varchar")
    draft, _ = drafted(catalog(odd))
    text = draft_text(draft, Origin(what="a test", when="2026-01-02", version="9"))
    lines = text.splitlines()
    assert lines[0] == "# Suggested by masker 9 on 2026-01-02, from a test."
    assert "columns need a person's eye" in lines[2]
    assert any(line.startswith("#   things.vorgang: keep") for line in lines)
    assert lines.index("version: 1") < lines.index("tables:") < lines.index("defaults:")


def test_as_data_it_has_every_column() -> None:
    data = draft_data(drafted(catalog(USERS, table("sessions", "session_id varchar", "data text")))[0])
    assert data["tables"][0] == {"table": "public.sessions", "rows": "none", "reasons": ["logins of production"]}
    email = next(c for c in data["columns"] if c["column"] == "email")
    assert (email["table"], email["kind"], email["mask"], email["rule"]) == (
        "public.users",
        "e-mail",
        "email",
        "{mask: email, length: keep}",
    )
    assert email["reasons"][0] == "name: its name says email"
    assert len(data["columns"]) == len(USERS.columns) + 3


def test_nothing_to_suggest() -> None:
    assert drafted(catalog(table("t", "n int4")))[1] == "version: 1\n"


def test_what_a_table_is_partitioned_by_stays_and_somebody_has_to_look() -> None:
    logins = replace(table("logins", "email varchar", "ip inet"), kind="p", partition_key=("email",))
    draft, text = drafted(catalog(logins, partition("logins_0", logins)))
    assert rules_of(draft)["logins.email"] == "keep"
    assert "look: it is kept, though it seems personal" in text
    assert "is partitioned by it, and masked rows would belong elsewhere" in text
