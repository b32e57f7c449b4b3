"""The witness of gems: columns that a library of the application made, by the tables and names it gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from masker.catalog.types import Column, Table
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying

_WITNESS = "gem"

#: By table: what its columns hold, and whose they are.
_TABLES: Mapping[str, tuple[str, Mapping[str, Kind]]] = {
    "active_storage_blobs": (
        "Active Storage",
        {
            "key": Kind.REFERENCE,
            "filename": Kind.FILE_NAME,
            "content_type": Kind.CODE,
            "metadata": Kind.SETTINGS,
            "service_name": Kind.CODE,
            "checksum": Kind.CHECKSUM,
        },
    ),
    "active_storage_attachments": ("Active Storage", {"name": Kind.CODE, "record_type": Kind.CLASS_NAME}),
    "active_storage_variant_records": ("Active Storage", {"variation_digest": Kind.CHECKSUM}),
    "action_text_rich_texts": (
        "Action Text",
        {"name": Kind.CODE, "body": Kind.FREE_TEXT, "record_type": Kind.CLASS_NAME},
    ),
    "ckeditor_assets": (
        "CKEditor",
        {
            "data_file_name": Kind.LABEL,
            "data_content_type": Kind.CODE,
            "data_fingerprint": Kind.CHECKSUM,
            "assetable_type": Kind.CLASS_NAME,
            "type": Kind.CLASS_NAME,
        },
    ),
    "schema_migrations": ("Rails", {"version": Kind.CODE}),
    "data_migrations": ("data_migrate", {"version": Kind.CODE}),
    "ar_internal_metadata": ("Rails", {"key": Kind.CODE, "value": Kind.CODE}),
    "oauth_applications": (
        "Doorkeeper",
        {
            "name": Kind.LABEL,
            "uid": Kind.CODE,
            "secret": Kind.SECRET,
            "redirect_uri": Kind.CODE,
            "scopes": Kind.FLAG_LIST,
        },
    ),
    "oauth_access_tokens": (
        "Doorkeeper",
        {
            "token": Kind.TOKEN,
            "refresh_token": Kind.TOKEN,
            "scopes": Kind.FLAG_LIST,
            "previous_refresh_token": Kind.TOKEN,
        },
    ),
    "oauth_access_grants": (
        "Doorkeeper",
        {
            "token": Kind.TOKEN,
            "redirect_uri": Kind.CODE,
            "scopes": Kind.FLAG_LIST,
            "code_challenge": Kind.SECRET,
            "code_challenge_method": Kind.CODE,
        },
    ),
    "flipper_features": ("Flipper", {"key": Kind.FLAG_LIST}),
    "flipper_gates": ("Flipper", {"feature_key": Kind.FLAG_LIST, "key": Kind.FLAG_LIST, "value": Kind.FLAG_LIST}),
    "friendly_id_slugs": (
        "FriendlyId",
        {"slug": Kind.USER_NAME, "scope": Kind.CODE, "sluggable_type": Kind.CLASS_NAME},
    ),
    "taggings": (
        "acts-as-taggable-on",
        {"taggable_type": Kind.CLASS_NAME, "tagger_type": Kind.CLASS_NAME, "context": Kind.CODE},
    ),
    "tags": ("acts-as-taggable-on", {"name": Kind.LABEL}),
    "pg_search_documents": ("pg_search", {"content": Kind.SEARCH, "searchable_type": Kind.CLASS_NAME}),
    "mobility_string_translations": (
        "Mobility",
        {"locale": Kind.CODE, "key": Kind.CODE, "value": Kind.LABEL, "translatable_type": Kind.CLASS_NAME},
    ),
    "mobility_text_translations": (
        "Mobility",
        {"locale": Kind.CODE, "key": Kind.CODE, "value": Kind.FREE_TEXT, "translatable_type": Kind.CLASS_NAME},
    ),
    "login_activities": (
        "authtrail",
        {
            "scope": Kind.CODE,
            "strategy": Kind.CODE,
            "identity": Kind.EMAIL,
            "failure_reason": Kind.CODE,
            "user_type": Kind.CLASS_NAME,
            "context": Kind.CODE,
            "ip": Kind.IP,
            "user_agent": Kind.USER_AGENT,
            "referrer": Kind.URL,
            "city": Kind.CITY,
            "region": Kind.REGION,
            "country": Kind.CODE,
            "latitude": Kind.GEO,
            "longitude": Kind.GEO,
        },
    ),
    "noticed_events": ("Noticed", {"type": Kind.CLASS_NAME, "record_type": Kind.CLASS_NAME, "params": Kind.DOCUMENT}),
    "noticed_notifications": ("Noticed", {"type": Kind.CLASS_NAME, "recipient_type": Kind.CLASS_NAME}),
    "pay_customers": ("Pay", {"processor": Kind.CODE, "processor_id": Kind.PAYMENT_ID, "data": Kind.DOCUMENT}),
    "pay_charges": (
        "Pay",
        {"processor_id": Kind.PAYMENT_ID, "currency": Kind.CODE, "metadata": Kind.DOCUMENT, "data": Kind.DOCUMENT},
    ),
    "pay_subscriptions": (
        "Pay",
        {"name": Kind.CODE, "processor_id": Kind.PAYMENT_ID, "processor_plan": Kind.CODE, "status": Kind.CODE},
    ),
    "pay_payment_methods": ("Pay", {"processor_id": Kind.PAYMENT_ID, "data": Kind.DOCUMENT}),
    "blazer_queries": (
        "Blazer",
        {"name": Kind.LABEL, "description": Kind.LABEL, "statement": Kind.CODE, "data_source": Kind.CODE},
    ),
    "blazer_audits": ("Blazer", {"statement": Kind.FREE_TEXT, "data_source": Kind.CODE}),
    "account_password_hashes": ("Rodauth", {"password_hash": Kind.PASSWORD}),
    "account_otp_keys": ("Rodauth", {"key": Kind.SECRET}),
    "account_recovery_codes": ("Rodauth", {"code": Kind.SECRET}),
    "account_remember_keys": ("Rodauth", {"key": Kind.TOKEN}),
    "account_verification_keys": ("Rodauth", {"key": Kind.TOKEN}),
    "account_login_change_keys": ("Rodauth", {"key": Kind.TOKEN, "login": Kind.EMAIL}),
    "account_password_reset_keys": ("Rodauth", {"key": Kind.TOKEN}),
    "spree_preferences": ("Spree", {"key": Kind.CODE, "value": Kind.SETTINGS}),
    "user_custom_fields": ("user fields", {"name": Kind.CODE, "value": Kind.FREE_TEXT}),
    "versions": (
        "PaperTrail",
        {
            "item_type": Kind.CLASS_NAME,
            "event": Kind.CODE,
            "whodunnit": Kind.USER_NAME,
            "object": Kind.HISTORY,
            "object_changes": Kind.HISTORY,
        },
    ),
    "audits": (
        "Audited",
        {
            "auditable_type": Kind.CLASS_NAME,
            "associated_type": Kind.CLASS_NAME,
            "user_type": Kind.CLASS_NAME,
            "username": Kind.USER_NAME,
            "action": Kind.CODE,
            "audited_changes": Kind.HISTORY,
            "comment": Kind.FREE_TEXT,
            "remote_address": Kind.IP,
            "request_uuid": Kind.CODE,
        },
    ),
    "ahoy_visits": ("Ahoy", {"visit_token": Kind.TOKEN, "visitor_token": Kind.TOKEN}),
    "settings": ("settings", {"var": Kind.CODE, "value": Kind.SETTINGS}),
}

#: Columns that a table of a gem has to have, where others may be called so too.
_NEEDED = {
    "versions": frozenset({"item_type", "item_id"}),
    "audits": frozenset({"auditable_type", "audited_changes"}),
    "tags": frozenset({"taggings_count"}),
    "settings": frozenset({"var", "value"}),
}

_PUSH = frozenset({"endpoi", "p256dh"})
_LOCKBOX = re.compile(r"_ciphertext\Z")
_BLIND_INDEX = re.compile(r"_bidx\Z")
_PAPERCLIP = re.compile(r"(.+)_(file_name|content_type|fingerprint)\Z")


def said_by_gems(column: Column, table: Table) -> Iterator[Saying]:
    """What a gem that made *column* or its *table* keeps in it."""
    names = {c.name for c in table.columns}
    whose = _TABLES.get(table.name.name)
    if whose is not None and _NEEDED.get(table.name.name, frozenset()) <= names and column.name in whose[1]:
        yield Saying(_WITNESS, whose[1][column.name], 0.96, f"{whose[0]} keeps it")
    if _LOCKBOX.search(column.name):
        yield Saying(_WITNESS, Kind.ENCRYPTED, 0.95, "Lockbox's encrypted text")
    if _BLIND_INDEX.search(column.name):
        yield Saying(_WITNESS, Kind.HASH, 0.95, "a blind index of what is encrypted")
    if column.name.startswith("encrypted_") and {f"{column.name}_iv", f"{column.name}_salt"} & names:
        yield Saying(_WITNESS, Kind.ENCRYPTED, 0.95, "attr_encrypted's text")
    if re.fullmatch(r"encrypted_.+_(?:iv|salt)", column.name) and re.sub(r"_(?:iv|salt)\Z", "", column.name) in names:
        yield Saying(_WITNESS, Kind.ENCRYPTED, 0.95, "of attr_encrypted's text")
    if (
        column.name in {"endpoint", "auth", "auth_key", "p256dh", "p256dh_key"}
        and {name[:6] for name in names} >= _PUSH
    ):
        yield Saying(_WITNESS, Kind.SECRET, 0.95, "a browser is reached by it (Web Push)")
    if column.name == "log_data":
        yield Saying(_WITNESS, Kind.HISTORY, 0.95, "Logidze's history of the row")
    if (
        (found := _PAPERCLIP.match(column.name))
        and f"{found[1]}_file_size" in names | {f"{found[1]}_file_size"} & names
        and found[2] == "content_type"
    ):
        yield Saying(_WITNESS, Kind.CODE, 0.9, "Paperclip's content type")
