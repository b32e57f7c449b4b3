"""What columns hold, by their names, tables, types, comments and gems."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.catalog.types import Check
from masker.kinds.classify import SURE, Witnesses
from masker.kinds.kind import Kind
from masker.kinds.references import keys_of
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
        # What stands behind a preposition says more of the thing, which stands before it.
        ("hikes", "title_by_phone varchar", Kind.LABEL),
        ("members", "email_for_invoices varchar", Kind.EMAIL),
        ("members", "color_of_hair varchar", Kind.TRAIT),
        ("members", "country_of_birth varchar", Kind.TRAIT),
        ("orders", "signed_by_name varchar", Kind.FULL_NAME),
        ("members", "sign_in_ip varchar", Kind.IP),
        ("hikes", "reply_to_email varchar", Kind.EMAIL),
        ("members", "name_on_badge varchar", Kind.FULL_NAME),
        # What a name asks, and who it names by a word for people alone.
        ("mailings", "which_phone varchar", Kind.CODE),
        ("members", "show_birthday varchar", Kind.CODE),
        ("boats", "owner varchar", Kind.FULL_NAME),
        ("boats", "owners int4", Kind.COUNTER),
        ("boats", "updated_by varchar", Kind.USER_NAME),
        ("members", "birthday_notifications varchar", Kind.CODE),
        # What people are put in has a name of its own.
        ("user_groups", "name varchar", Kind.LABEL),
        ("subscriber_lists", "name varchar", Kind.LABEL),
        # Keys, codes and ids that open something, or nobody knows what.
        ("members", "twitter_key varchar", Kind.KEY),
        ("api_keys", "display_key varchar", Kind.KEY),
        ("huts", "booking_key varchar", Kind.SECRET),
        ("huts", "moss_key varchar", Kind.KEY),
        ("huts", "sort_key varchar", Kind.CODE),
        ("settings", "override_code varchar", Kind.SECRET),
        ("hikes", "sharing_uuid uuid", Kind.SECRET),
        ("hikes", "guide_uuid uuid", Kind.REFERENCE),
        ("invitations", "uuid varchar", Kind.SECRET),
        ("hikes", "uuid varchar", Kind.REFERENCE),
        ("members", "gender_code int4", Kind.TRAIT),
        # Ids elsewhere, of people and of things.
        ("members", "remote_user_id varchar", Kind.EXTERNAL_ID),
        ("hikes", "remote_dump_id varchar", Kind.CODE),
        ("hikes", "mailchimp_list_id varchar", Kind.CODE),
        ("wise_transfers", "external_id varchar", Kind.EXTERNAL_ID),
        ("staff_contracts", "employee_id varchar", Kind.AUTHORITY),
        # What is sent, by which way.
        ("sms_messages", "from varchar", Kind.PHONE),
        ("emails", "sent_to varchar", Kind.EMAIL),
        ("notification_logs", "recipient varchar", Kind.EMAIL),
        ("parcels", "recipient varchar", Kind.FULL_NAME),
        # What everybody may read, and which of a row's attributes are meant.
        ("members", "privacy_policy_url varchar", Kind.CODE),
        ("members", "blog_url varchar", Kind.URL),
        ("members", "locked_attributes jsonb", Kind.FLAG_LIST),
        ("members", "custom_attributes jsonb", Kind.DOCUMENT),
        ("huts", "end_time text", Kind.CODE),
        ("sms_gateways", "config jsonb", Kind.DOCUMENT),
        ("hikes", "config jsonb", Kind.SETTINGS),
        ("companies", "slogan varchar", Kind.LABEL),
        ("members", "slogan varchar", Kind.FREE_TEXT),
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
        # A logo's name makes nobody of a table, a person's does.
        ("festivities", ("logo_file_name varchar", "email varchar"), Kind.LABEL),
        ("festivities", ("title varchar", "logo_file_name varchar", "email varchar"), Kind.LABEL),
        # A title is somebody's beside a name, a degree in a table of somebody's education.
        ("membership_applications", ("title varchar", "last_name varchar", "first_name varchar"), Kind.JOB),
        ("membership_applications", ("title varchar", "body text"), Kind.LABEL),
        ("educations", ("title varchar", "person_id int8"), Kind.TRAIT),
        ("former_employments", ("role varchar", "user_id int8"), Kind.JOB),
        ("former_employments", ("role varchar",), Kind.FLAG_LIST),
        ("team_members", ("hourly_rate numeric", "user_id int8"), Kind.INCOME),
        ("machines", ("hourly_rate numeric",), Kind.AMOUNT),
        # Several subjects with a body each are the application's.
        ("notices", ("yes_body text", "yes_subject varchar", "no_subject varchar", "no_body text"), Kind.LABEL),
        ("notices", ("yes_body text", "yes_subject varchar"), Kind.FREE_TEXT),
        # A place with somebody to ask for is somebody's.
        ("locations", ("name varchar", "contact varchar", "email varchar", "street varchar"), Kind.COMPANY),
        ("locations", ("name varchar", "email varchar", "street varchar"), Kind.LABEL),
        # Coupons that are somebody's, and files that a program made.
        ("coupons", ("code varchar", "recipient varchar"), Kind.SECRET),
        ("coupons", ("code varchar", "percent int4"), Kind.CODE),
        ("exports", ("tarball_file_name varchar",), Kind.LABEL),
        ("exports", ("tarball_file_name varchar", "user_id int8"), Kind.FILE_NAME),
        ("uploads", ("name varchar", "user_id int8"), Kind.FILE_NAME),
        ("form_answers", ("value varchar", "user_id int8"), Kind.FREE_TEXT),
        # Lines on a map, and where countries are.
        ("hikes", ("path geometry", "user_id int8"), Kind.GEO),
        ("countries", ("geom geometry", "name varchar"), Kind.CODE),
        ("events", ("tagline varchar", "name varchar", "slug varchar"), Kind.LABEL),
        # An address that somebody answers for makes nobody of a row, its own does.
        ("depots", ("name varchar", "dock_manager_email varchar"), Kind.LABEL),
        ("depots", ("name varchar", "user_email varchar"), Kind.FULL_NAME),
        ("forms", ("title varchar", "name varchar", "editor_poc_name varchar"), Kind.LABEL),
        ("forms", ("editor_poc_name varchar", "title varchar"), Kind.FULL_NAME),
        ("tree_families", ("name varchar",), Kind.LABEL),
        ("user_families", ("name varchar",), Kind.FULL_NAME),
        ("course_certificates", ("code varchar", "user_id int8"), Kind.SECRET),
        # What is earned, by the word that comes first or the table's.
        ("benefit_cases", ("income_pension int4", "income_pension_type int4"), Kind.INCOME),
        ("benefit_cases", ("income_pension_type int4",), Kind.COUNTER),
        ("additional_incomes", ("amount int4",), Kind.INCOME),
        ("benefit_cases", ("has_proof_of_income int4",), Kind.CODE),
        ("benefit_cases", ("has_disability int4",), Kind.TRAIT),
        # By what stands beside it, and by what its table is called after.
        ("contributors", ("weight int4", "email varchar", "name varchar"), Kind.COUNTER),
        ("contributors", ("weight int4", "height int4", "name varchar", "email varchar"), Kind.TRAIT),
        ("affiliations", ("label varchar", "contributor_id int8"), Kind.COMPANY),
        ("affiliations", ("label varchar",), Kind.LABEL),
        ("contacts", ("function varchar", "email varchar", "lastname varchar"), Kind.JOB),
        ("indexes", ("function varchar",), Kind.LABEL),
        ("attached_files", ("path varchar",), Kind.FILE_NAME),
        ("pages", ("path varchar",), Kind.CODE),
        ("filed_returns", ("hashed_ssn varchar",), Kind.HASH),
        ("filed_returns", ("airtable_fields jsonb", "user_id int8"), Kind.DOCUMENT),
        ("filed_returns", ("airtable_fields jsonb",), Kind.SETTINGS),
        ("filed_returns", ("repo_url varchar", "user_id int8"), Kind.URL),
        ("filed_returns", ("repo_url varchar",), Kind.CODE),
        # Whom mail goes to, who is in a list, and what is sold.
        ("subscribers", ("address varchar",), Kind.EMAIL),
        ("subscribers", ("address varchar", "city varchar"), Kind.ADDRESS),
        ("subscriber_lists", ("description text", "slug varchar"), Kind.LABEL),
        ("subscriber_lists", ("slug varchar",), Kind.SLUG),
        ("invitations", ("code varchar",), Kind.SECRET),
        ("auctions", ("lot_number varchar",), Kind.CODE),
        ("auctions", ("lot_number varchar", "street varchar", "zip varchar"), Kind.BUILDING),
        ("stocks", ("debt numeric",), Kind.AMOUNT),
        ("members", ("debt numeric",), Kind.INCOME),
        ("works", ("state varchar", "location_address varchar"), Kind.CODE),
        # Where nobody lives.
        ("members", ("solana_public_address varchar",), Kind.PAYMENT_ID),
        ("members", ("chosen_office_location varchar",), Kind.LABEL),
        ("members", ("pickup_location varchar",), Kind.ADDRESS),
        ("members", ("idempotency_token uuid",), Kind.REFERENCE),
        # What is sent, or is wide as well, weighs as a thing.
        ("parcels", ("weight numeric", "width numeric", "user_id int8"), Kind.AMOUNT),
        ("orders", ("weight numeric", "user_id int8"), Kind.AMOUNT),
        ("checkups", ("weight numeric", "patient_id int8"), Kind.TRAIT),
        # Where a school is, and where somebody lives.
        ("schools", ("street varchar", "zip varchar", "name varchar"), Kind.LABEL),
        ("schools", ("street varchar", "zip varchar", "student_id int8"), Kind.STREET),
        # A code that somebody used, and one that stands for something.
        ("partner_codes", ("code varchar", "claimed_at timestamp"), Kind.SECRET),
        ("partner_codes", ("code varchar",), Kind.CODE),
        ("huts", ("weekly_hours jsonb", "user_id int8"), Kind.SETTINGS),
        ("huts", ("thumbnail_data jsonb", "user_id int8"), Kind.LABEL),
        ("members", ("thumbnail_data jsonb", "email varchar"), Kind.DOCUMENT),
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
        # Who made what is on offer, or published it, does not own it.
        ("courses", ("description text", "tutor_id integer"), Kind.LABEL),
        ("meals", ("description text", "user_id integer"), Kind.FREE_TEXT),
        ("course_exports", ("json_data text", "user_id integer"), Kind.DOCUMENT),
        ("broadcast_announcements", ("message text", "user_id integer"), Kind.LABEL),
        ("patch_notes", ("note text",), Kind.LABEL),
        ("jobs", ("salary int4", "title varchar", "company varchar"), Kind.COUNTER),
        ("employees", ("salary int4", "title varchar", "company varchar"), Kind.INCOME),
        # What is said of a thing, whoever has it.
        ("partners", ("program_description varchar", "email varchar"), Kind.LABEL),
        ("partners", ("program_age varchar", "email varchar"), Kind.LABEL),
        ("sponsors", ("description text", "logo_url varchar"), Kind.LABEL),
        ("answer_options", ("value text",), Kind.LABEL),
        ("discord_roles", ("discord_id varchar",), Kind.CODE),
        ("users", ("discord_id varchar",), Kind.EXTERNAL_ID),
        ("communities", ("discord_channel_id varchar",), Kind.CODE),
        ("preferences", ("discord_channel_id varchar", "user_id integer"), Kind.EXTERNAL_ID),
        ("users", ("organisation_content_id varchar", "name varchar"), Kind.CODE),
        # Where nothing leads to people: kept, but somebody should look.
        ("policy_markers", ("policy_marker_gender varchar",), Kind.CODE),
        ("removals", ("alternative_url varchar",), Kind.LABEL),
        ("removals", ("alternative_url varchar", "user_id integer"), Kind.URL),
        ("sms_gateways", ("alternative_url varchar",), Kind.URL),
        ("storages", ("bucket_region varchar",), Kind.CODE),
        ("forms", ("name varchar", "support_phone varchar", "support_email varchar"), Kind.LABEL),
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


def test_a_text_refers_to_no_number() -> None:
    labels = table("labels", "user_id varchar")
    label = labels.column("user_id")
    assert label is not None
    numbered, named = table("users", "id int8 primary key"), table("users", "id varchar primary key")
    assert Witnesses({}, keys_of((numbered, labels))).verdict(label, labels).kind is Kind.EXTERNAL_ID
    assert Witnesses({}, keys_of((named, labels))).verdict(label, labels).kind is Kind.REFERENCE


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
