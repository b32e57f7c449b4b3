"""Which columns need a decision, by type and by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.catalog.types import ColumnType, TypeClass
from masker.ruleset.personal import can_be_personal
from tests.catalogs import array_of, column, column_type, domain

_NUMBERS = [
    "phone",
    "phone_number",
    "phoneNumber",
    "phone_no",
    "phone1",
    "phone_2",
    "home_phone",
    "phone_home",
    "customer_phone_number",
    "telephone",
    "telephone_no",
    "tel",
    "tel_no",
    "tel1",
    "shipping_tel",
    "fax",
    "fax_number",
    "faxno",
    "mobile_phone",
    "mobile_number",
    "cell_phone",
    "cell_no",
    "msisdn",
    "contact_number",
    "emergency_contact_no",
    "whatsapp",
    "denwa",
    "denwa_bango",
    "keitai_bangou",
    "fakkusu",
    "電話番号",
    "電話",
    "携帯番号",
    "ファックス番号",
    "FAX",
    "連絡先",
    "連絡先電話番号",
    "my_number",
    "mynumber",
    "myNumber",
    "individual_number",
    "kojin_bango",
    "juminhyo_code",
    "個人番号",
    "マイナンバー",
    "ssn",
    "ssn_raw",
    "social_security_number",
    "social_security_no",
    "spouse_ssn",
    "national_id",
    "national_id_number",
    "tax_payer_id",
    "nin_no",
    "nenkin_bango",
    "年金番号",
    "基礎年金番号",
    "card_number",
    "card_no",
    "credit_card",
    "credit_card_number",
    "creditcard",
    "debit_card_no",
    "cc_number",
    "id_card_number",
    "member_card_no",
    "カード番号",
    "account_number",
    "account_no",
    "bank_account",
    "bank_account_number",
    "acct_no",
    "accountNumber",
    "koza_bango",
    "kouza_bangou",
    "口座番号",
    "iban",
    "iban_number",
    "passport",
    "passport_number",
    "passport_no",
    "passportNo",
    "ryoken_bango",
    "旅券番号",
    "パスポート番号",
    "drivers_license",
    "driver_licence_number",
    "免許証番号",
]

_HARMLESS = [
    "id",
    "order_number",
    "number",
    "sort_number",
    "reg_number",
    "account_id",
    "accountable_id",
    "card_id",
    "card_count",
    "cards_count",
    "card_type",
    "phone_id",
    "phone_count",
    "phones_count",
    "phones",
    "num_phones",
    "number_of_phones",
    "phone_type",
    "phone_verified",
    "phone_attempts",
    "max_phone",
    "fax_count",
    "fax_pages",
    "telephone_country_id",
    "mobile_version",
    "passport_id",
    "passports_issued",
    "account_type",
    "account_balance",
    "accounts_count",
    "card_last4",
    "pension",
    "pension_amount",
    "insurance_fee",
    "contact_id",
    "contacts_count",
    "hotel",
    "motel_no",
    "total",
    "hotel_count",
    "line_number",
    "house_number",
    "floor_no",
    "version_number",
    "invoice_no",
    "room_number",
    "sin",
    "cos",
    "tan",
    "nodes",
    "scorecards",
    "cell_width",
    "mobile",
    "cell",
    "social_score",
    "telegram_count",
    "national_holidays",
    "tax_number_of_items",
    "personal_best",
    "individual_count",
    "mobile_sessions",
    "電話回数",
    "口座数",
    "カード枚数",
    "number_format_id",
    "minimum_episode_generatable_number",
]


@pytest.mark.parametrize("name", _NUMBERS)
def test_numbers_that_identify_somebody_need_a_decision(name: str) -> None:
    for kind in ("int4", "int8", "numeric"):
        found = column(f'"{name}" {kind}')
        assert can_be_personal(found), kind
        assert can_be_personal(replace(found, type=domain("number", found.type)))
        assert can_be_personal(
            replace(found, type=replace(column_type("int8range"), kind=TypeClass.RANGE, attributes=(found.type,)))
        )
    assert not can_be_personal(column(f'"{name}" int2')), "no such number fits"


@pytest.mark.parametrize("name", _HARMLESS)
def test_other_numbers_do_not(name: str) -> None:
    for kind in ("int2", "int4", "numeric") if name not in {"mobile", "cell"} else ("int2", "int4"):
        assert not can_be_personal(column(f'"{name}" {kind}')), kind


def test_a_count_by_device_is_no_telephone_but_a_wide_one_may_be() -> None:
    assert can_be_personal(column("mobile int8"))
    assert not can_be_personal(column("desktop int8"))


@pytest.mark.parametrize("kind", ["text", "varchar", "citext", "int2", "int4", "int8", "bytea", "inet"])
def test_lists_of_texts_and_of_whole_numbers_need_a_decision(kind: str) -> None:
    element = column_type(kind)
    assert can_be_personal(column(f"backup_codes {kind}[]"))
    for over in (
        array_of(domain("code", element)),
        domain("codes", array_of(element)),
        array_of(domain("codes", array_of(element))),
    ):
        assert can_be_personal(replace(column("codes int4"), type=over))


@pytest.mark.parametrize(("written", "expected"), [
    ("episode_ids int8[]", False), ("phone_ids int4[]", False), ("embedding float8[]", False), ("flags bool[]", False),
    ("days date[]", False), ("birth_dates date[]", True), ("phone numeric[]", True), ("shares numeric[]", False),
    ("keys uuid[]", False),
])  # fmt: skip
def test_lists_of_ids_and_of_measures_do_not(written: str, expected: bool) -> None:
    assert can_be_personal(column(written)) is expected


def test_a_composite_needs_one_for_what_its_attributes_are_called() -> None:
    def composite(**attributes: ColumnType) -> ColumnType:
        return replace(
            column_type("pair"),
            kind=TypeClass.COMPOSITE,
            attributes=tuple(attributes.values()),
            attribute_names=tuple(attributes),
        )

    number, day = column_type("int8"), column_type("date")
    plain = column("contact int4")
    assert can_be_personal(replace(plain, type=composite(area=number, phone=number)))
    assert can_be_personal(replace(plain, type=composite(born=day)))
    assert can_be_personal(replace(plain, type=array_of(composite(area=number, phone=number))))
    assert can_be_personal(replace(plain, type=composite(codes=array_of(number))))
    assert not can_be_personal(replace(plain, type=composite(area=number, size=number)))
