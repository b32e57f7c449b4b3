"""What columns hold, by their names, tables, types, comments and gems."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.catalog.types import Check
from masker.kinds.classify import SURE, Witnesses
from masker.kinds.kind import Kind
from masker.kinds.saying import Verdict
from tests.catalogs import column, table


def verdict(of: str, *written: str, comment: str | None = None, **more: object) -> Verdict:
    """What the first of the columns *written* of the table *of* holds."""
    own = table(of, *written, **more)  # type: ignore[arg-type]
    found = next(c for c in own.columns if c.name == column(written[0]).name)
    return Witnesses().verdict(replace(found, comment=comment), own)


@pytest.mark.parametrize(
    ("of", "written", "kind"),
    [
        # The head decides, not what stands before or behind it.
        ("petitions", "unsubscribe_email_token varchar", Kind.TOKEN),
        ("users", "email_language varchar", Kind.CODE),
        ("keys", "data_key_digest_multi_region varchar", Kind.TOKEN),
        ("signatures", "name_zip_birth_year_signature varchar", Kind.FREE_TEXT),
        ("email_addresses", "address varchar", Kind.EMAIL),
        ("users", "email_verified_at timestamp", Kind.DATE),
        ("users", "password_expires_at varchar", Kind.CODE),
        # Whose name it is.
        ("members", "name varchar", Kind.FULL_NAME),
        ("products", "name varchar", Kind.LABEL),
        ("companies", "name varchar", Kind.COMPANY),
        ("orders", "shipping_name varchar", Kind.FULL_NAME),
        ("boats", "boat_owner_name varchar", Kind.FULL_NAME),
        ("grants", "agency_rep varchar", Kind.FULL_NAME),
        ("cases", "case_manager varchar", Kind.FULL_NAME),
        ("reports", "file_name varchar", Kind.FILE_NAME),
        # Authorities, banks, providers.
        ("people", "passport_no varchar", Kind.AUTHORITY),
        ("clients", "vat_number varchar", Kind.AUTHORITY),
        ("patients", "nhs_number varchar", Kind.AUTHORITY),
        ("charges", "stripe_charge_id varchar", Kind.PAYMENT_ID),
        ("users", "stripe_price_id varchar", Kind.CODE),
        ("identities", "uid varchar", Kind.EXTERNAL_ID),
        ("accounts", "kouza_bango varchar", Kind.BANK_ACCOUNT),
        # Secrets of all sorts.
        ("providers", "consumer_secret varchar", Kind.KEY),
        ("doors", "lock_combination varchar", Kind.SECRET),
        ("users", "pass_crypt varchar", Kind.PASSWORD),
        ("users", "secret_zwo varchar", Kind.SECRET),
        ("users", "otp_backup_codes varchar[]", Kind.SECRET),
        ("users", "backup_codes int4[]", Kind.SECRET),
        ("hooks", "hmac_key bytea", Kind.KEY),
        # What an application cannot do without.
        ("users", "permissions varchar[]", Kind.FLAG_LIST),
        ("users", "roles varchar", Kind.FLAG_LIST),
        ("oauth_applications", "redirect_uri text", Kind.CODE),
        ("subscriptions", "event_type varchar", Kind.CLASS_NAME),
        ("pages", "slug varchar", Kind.SLUG),
        ("users", "slug varchar", Kind.USER_NAME),
        ("users", "settings jsonb", Kind.SETTINGS),
        # Other languages, and each way of writing Japanese in Latin letters.
        ("kaiin", "shimei varchar", Kind.FULL_NAME),
        ("kaiin", "simei_kana varchar", Kind.FULL_NAME),
        ("kaiin", "todohuken varchar", Kind.REGION),
        ("kaiin", "shichoson varchar", Kind.CITY),
        ("kaiin", "yuubin_bangou varchar", Kind.POSTAL_CODE),
        ("kaiin", "keitai varchar", Kind.PHONE),
        ("kaiin", "tatemono varchar", Kind.BUILDING),
        ("kaiin", "banti varchar", Kind.STREET),
        ("kaiin", "seinengappi date", Kind.BIRTH),
        ("kaiin", "meigi varchar", Kind.FULL_NAME),
        ("kaiin", '"氏名" varchar', Kind.FULL_NAME),
        ("kaiin", '"連絡先電話番号" varchar', Kind.PHONE),
        ("mitglieder", "vorname varchar", Kind.GIVEN_NAME),
        ("mitglieder", "hausnummer varchar", Kind.STREET),
        ("mitglieder", "geburtsdatum date", Kind.BIRTH),
        ("usagers", "nom_naissance varchar", Kind.FAMILY_NAME),
        ("usagers", "numero_securite_sociale varchar", Kind.AUTHORITY),
        ("socios", "apellido_paterno varchar", Kind.FAMILY_NAME),
        ("socios", "fecha_nacimiento date", Kind.BIRTH),
        ("reporting_patient_states", "date_of_birth date", Kind.BIRTH),
        ("characters", "birthday varchar", Kind.LABEL),
        ("patient_business_identifiers", "identifier varchar", Kind.AUTHORITY),
        ("deliveries", "recipient_number varchar", Kind.PHONE),
        ("addresses", "pin varchar", Kind.POSTAL_CODE),
        ("cards", "pin varchar", Kind.SECRET),
        ("text_messages", "from varchar", Kind.EMAIL),
        # Short forms, and words that are written together.
        ("kokyaku", "kokyaku_nm varchar", Kind.FULL_NAME),
        ("kokyaku", "seinengappi_ymd date", Kind.BIRTH),
        ("users", "paypaytoken varchar", Kind.TOKEN),
        ("users", "shippingemail varchar", Kind.EMAIL),
        ("kaiin", "simeikana varchar", Kind.FULL_NAME),
        ("kaiin", "denwa_banngou varchar", Kind.PHONE),
        ("ginkou_branches", "kanji_name varchar", Kind.LABEL),
        # A number, a value and a digest alone, by what the table is of.
        ("koza", "bango varchar", Kind.BANK_ACCOUNT),
        ("passports", "number varchar", Kind.AUTHORITY),
        ("patients", "number int4", Kind.AUTHORITY),
        ("invoices", "number varchar", Kind.CODE),
        ("encrypted_options", "value text", Kind.SECRET),
        ("access_codes", "code varchar", Kind.SECRET),
        ("agent_tokens", "sha512 varchar", Kind.TOKEN),
        ("page_revisions", "sha512 varchar", Kind.CHECKSUM),
        ("doors", "entry_code int4", Kind.SECRET),
        ("plants", "seed int4", Kind.COUNTER),
        ("members", "worldpay_ref varchar", Kind.AUTHORITY),
        ("receipts", "pay_jp_reference varchar", Kind.PAYMENT_ID),
        # Whether something is done, and what was chosen.
        ("users", "email_check varchar", Kind.CODE),
        ("members", "phone_required varchar", Kind.CODE),
        ("applications", "ways_categories jsonb", Kind.CODE),
        ("members", "entry_status jsonb", Kind.DOCUMENT),
        ("applications", "refusal_reasons varchar[]", Kind.FLAG_LIST),
        ("applications", "refusal_reason text", Kind.FREE_TEXT),
        ("members", "courses_taken jsonb", Kind.FLAG_LIST),
        ("users", "latest_check_result varchar", Kind.CODE),
        # Numbers and places.
        ("users", "latitude float8", Kind.GEO),
        ("users", "annual_income numeric", Kind.INCOME),
        ("users", "logins_count int4", Kind.COUNTER),
        ("users", "account_id int8", Kind.REFERENCE),
    ],
)
def test_what_a_column_holds(of: str, written: str, kind: Kind) -> None:
    assert verdict(of, written).kind is kind


def test_a_state_is_a_region_only_in_an_address() -> None:
    assert verdict("orders", "state varchar", "email varchar").kind is Kind.CODE
    assert verdict("contacts", "state varchar", "city varchar", "zip varchar").kind is Kind.REGION


def test_a_name_is_somebodys_where_the_table_has_an_address_of_one() -> None:
    assert verdict("inquiries", "name varchar", "body text").kind is Kind.LABEL
    assert verdict("inquiries", "name varchar", "email varchar", "body text").kind is Kind.FULL_NAME


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("sensitive=true", Kind.OTHER),
        ("氏名", Kind.FULL_NAME),
        ("連絡先の電話番号（ハイフンなし）", Kind.PHONE),
        ("PII: what the caller said", Kind.OTHER),
        ("Passport number", Kind.AUTHORITY),
        ("sensitive=false", Kind.CODE),
        ("how often it was seen", Kind.CODE),
        (None, Kind.CODE),
    ],
)
def test_a_comment_says_what_a_name_does_not(comment: str | None, kind: Kind) -> None:
    found = verdict("things", "f17 varchar", comment=comment)
    assert found.kind is kind
    assert (found.confidence >= SURE) is (comment is not None and comment != "how often it was seen")


@pytest.mark.parametrize(
    ("of", "written", "kind"),
    [
        # What only things on offer have makes a table one of them, what has an owner or a number in a register not.
        ("huts", ("story text", "slug varchar", "altitude int4"), Kind.FREE_TEXT),
        ("huts", ("description text", "slug varchar", "altitude int4"), Kind.LABEL),
        ("huts", ("description text", "slug varchar", "user_id int8"), Kind.FREE_TEXT),
        ("huts", ("banner_file_name varchar", "slug varchar"), Kind.LABEL),
        ("huts", ("banner_file_name varchar", "member_id int8"), Kind.FILE_NAME),
        ("facilities", ("insee_code varchar", "siret varchar"), Kind.PLACE_CODE),
        ("gatherings", ("name varchar", "contact_email varchar", "slug varchar"), Kind.LABEL),
        # Animals, offices and what stands in a guide.
        ("horses", ("name varchar", "birth_date date", "sex varchar"), Kind.LABEL),
        ("horses", ("birth_date date", "name varchar"), Kind.DATE),
        ("ministries", ("full_name varchar", "email varchar"), Kind.LABEL),
        ("ministries", ("introduction text", "street varchar"), Kind.LABEL),
        ("ministries", ("border geometry", "name varchar"), Kind.GEO),
        ("ministries", ("boundary geometry", "name varchar"), Kind.CODE),
        ("quiz_answers", ("answer text", "quiz_id int8"), Kind.LABEL),
        ("quiz_answers", ("answer text", "student_id int8"), Kind.FREE_TEXT),
        ("webinars", ("video_file_name varchar",), Kind.LABEL),
        ("webinars", ("who_may_come text",), Kind.LABEL),
        ("rule_clauses", ("description text", "rule_id int8"), Kind.LABEL),
        ("rule_clauses", ("description text", "member_id int8"), Kind.FREE_TEXT),
        ("outgoing_calls", ("caller_side_number varchar",), Kind.PHONE),
        ("outgoing_calls", ("serial_number varchar",), Kind.CODE),
        ("connections", ("key varchar", "value text"), Kind.CODE),
        ("connections", ("key varchar",), Kind.KEY),
        ("folders", ("suffix varchar",), Kind.CODE),
        ("folders", ("suffix varchar", "first_name varchar"), Kind.INITIALS),
        ("partners", ("weight int4", "banner varchar"), Kind.COUNTER),
        ("webinars", ("moves json",), Kind.SETTINGS),
        ("webinars", ("moves json", "user_id int8"), Kind.DOCUMENT),
        ("webinars", ("who_may_come text", "email varchar", "name varchar"), Kind.LABEL),
        ("members", ("title varchar", "email varchar", "name varchar"), Kind.JOB),
        ("members", ("certified_name varchar",), Kind.FULL_NAME),
        ("webinars", ("certified_name varchar",), Kind.LABEL),
        ("members", ("last_stance varchar",), Kind.CODE),
        ("webinars", ("poster_file_name varchar", "user_id int8"), Kind.LABEL),
        ("webinars", ("slides_file_name varchar", "user_id int8"), Kind.FILE_NAME),
        ("webinars", ("story text",), Kind.LABEL),
        ("webinars", ("notes text",), Kind.FREE_TEXT),
        ("locations", ("zip varchar", "city varchar", "locatable_type varchar"), Kind.POSTAL_CODE),
        ("complaints", ("name varchar", "street varchar", "body text"), Kind.FULL_NAME),
        ("accounts", ("name varchar", "time_zone varchar"), Kind.COMPANY),
        ("accounts", ("name varchar", "encrypted_password varchar"), Kind.FULL_NAME),
        # The application's own texts.
        ("invitation_templates", ("body text", "subject varchar"), Kind.LABEL),
        ("mail_settings", ("welcome_body text",), Kind.LABEL),
        ("guides", ("house_policy_html text",), Kind.LABEL),
        # Who may enter by it, and who is called by it.
        ("tickets", ("code varchar", "UNIQUE code", "email varchar"), Kind.SECRET),
        ("boats", ("code varchar", "UNIQUE code"), Kind.CODE),
        ("gatherings", ("reception_key varchar",), Kind.SECRET),
        ("gatherings", ("sort_key varchar",), Kind.CODE),
        ("applicants", ("emergency_number varchar",), Kind.PHONE),
        # Whose name it is, and whose link.
        ("authentications", ("name varchar", "provider varchar", "uid varchar"), Kind.FULL_NAME),
        ("sponsors", ("name varchar", "logo_url varchar"), Kind.COMPANY),
        ("members", ("landing_slug varchar",), Kind.SLUG),
        ("members", ("languages varchar",), Kind.TRAIT),
        ("letters", ("attachment varchar",), Kind.FILE_NAME),
    ],
)
def test_what_else_a_table_has_says_whose_a_column_is(of: str, written: tuple[str, ...], kind: Kind) -> None:
    unique = tuple(each.removeprefix("UNIQUE ") for each in written if each.startswith("UNIQUE "))
    own = table(of, *(each for each in written if not each.startswith("UNIQUE ")), unique=unique)
    first = next(c for c in own.columns if c.name == written[0].split(" ")[0])
    assert Witnesses().verdict(first, own).kind is kind


def test_a_comment_that_denies_it_wins_over_a_name() -> None:
    assert verdict("users", "phone varchar", comment="sensitive=false: of the shop").kind is Kind.CODE


def test_a_check_that_lists_values_says_that_they_are_the_applications() -> None:
    check = Check(
        name="c", columns=("contact",), expression="((contact)::text = ANY ((ARRAY['x', 'y'])::text[]))", is_valid=True
    )
    assert verdict("users", "contact varchar").kind is Kind.FULL_NAME
    assert verdict("users", "contact varchar", checks=(check,)).kind is Kind.CODE


def test_gems_keep_their_own() -> None:
    assert verdict("active_storage_blobs", "key varchar").kind is Kind.REFERENCE
    assert verdict("users", "ssn_ciphertext text").kind is Kind.ENCRYPTED
    assert verdict("users", "email_bidx varchar").kind is Kind.HASH
    assert verdict("users", "encrypted_ssn varchar", "encrypted_ssn_iv varchar").kind is Kind.ENCRYPTED
    assert verdict("users", "log_data jsonb").kind is Kind.HISTORY
    assert verdict("versions", "object text", "item_type varchar", "item_id int8").kind is Kind.HISTORY
    assert verdict("versions", "object text", "number varchar").kind is not Kind.REFERENCE


def test_every_witness_can_be_heard() -> None:
    found = verdict("users", "phone varchar", comment="電話番号")
    assert {(s.witness, s.kind) for s in found.sayings} == {
        ("comment", Kind.PHONE),
        ("name", Kind.PHONE),
        ("type", Kind.CODE),
    }
    assert found.confidence > 0.95
    assert "its name says phone" in found.reason
