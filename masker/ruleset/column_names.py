"""What the names of columns tell of what they hold, as patterns: for each the mask that fits, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from masker.catalog.types import TypeClass


@dataclass(frozen=True, slots=True)
class Pattern:
    """Columns whose snake-cased name *names* finds, in tables *tables* finds, get *text*; ``{gone}`` stands for what
    empties the column."""

    names: re.Pattern[str]
    text: str
    reason: str
    tables: re.Pattern[str] | None = None
    kinds: frozenset[TypeClass] = frozenset({TypeClass.TEXT})


def _words(*alternatives: str) -> re.Pattern[str]:
    """Matches a name that holds one of *alternatives* as whole words."""
    return re.compile(rf"(?:^|_)(?:{'|'.join(alternatives)})(?:_|$|\d)")


def _ending(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{'|'.join(alternatives)})(?:_(?:en|ja|jp|raw))?\d?$")


_PEOPLE = re.compile(
    r"(?:^|_)(?:users?|members?|customers?|clients?|people|persons?|profiles?|contacts?|staffs?|employees?|patients?|students?|teachers?|admins?"
    r"|authors?|guests?|owners?|leads?|subscribers?|recipients?|attendees?|participants?|accounts?|candidates?|applicants?|addresses|drivers?"
    r"|orders?|shipments?|deliver(?:y|ies)|invitations?|users?_profiles?|casts?|credits?|performers?|artists?|actors?|creators?|speakers?|hosts?|players?|reviewers?|donors?)$"
)

_DATES = frozenset({TypeClass.DATE, TypeClass.TIMESTAMP})

#: The first that fits decides. Decoys (what only looks personal) come before what they look like.
PATTERNS: Sequence[Pattern] = (
    Pattern(
        _words("blood_type", "nationality", "religion", "ethnicity", "marital_status"),
        "{gone}",
        "its name says a trait of a person",
    ),
    Pattern(
        _words("gender", "sex", "height", "weight"),
        "{gone}",
        "its name says a trait of a person",
        _PEOPLE,
    ),
    Pattern(re.compile(r"_price_id$|_plan_id$|_product_(?:id|name)$"), "keep", "names something for sale"),
    Pattern(re.compile(r"^type$|_type$|_class$|^sti_"), "keep", "names a class of the application"),
    Pattern(
        _ending("passwords?", "passwd", "password_hash", "password_digest", "crypted_password", "encrypted_password"),
        "password",
        "its name says password",
    ),
    Pattern(re.compile(r"password_digest$|_password_hash$"), "password", "its name says password"),
    Pattern(
        re.compile(
            r"(?:^|_)(?:expires?_(?:at|in)|count|size|status|state|kind|locale|format|version|algorithm|enabled|scopes?)$"
        ),
        "keep",
        "its name says nothing personal",
    ),
    Pattern(re.compile(r"e?mail_?(?:address)?$|(?:^|_)emails?(?:_|$)"), "email", "its name says email"),
    Pattern(
        re.compile(r"(?:^|_)ip$|(?:^|_)ip_(?:addr(?:ess)?)|remote_addr(?:ess)?$"), "ip", "its name says IP address"
    ),
    Pattern(
        _words(
            "tokens?",
            "secrets?",
            "api_keys?",
            "access_keys?",
            "private_keys?",
            "session_id",
            "otp",
            "salt",
            "credentials?",
            "webhook_url",
            "nonce",
        ),
        "token",
        "its name says secret",
    ),
    Pattern(
        re.compile(
            r"(?:^|_)(?:unsubscri\w+|auth\w*|invit\w+|activation|confirmation|verification|reset|encryption|signing)_(?:key|code|hash)$|_uuid$|_bidx$|_ciphertext$"
        ),
        "token",
        "its name says secret",
    ),
    Pattern(
        _words(
            "ssn",
            "my_?number",
            "passport\\w*",
            "licen[cs]e_(?:no|number)",
            "iban",
            "card_number",
            "account_(?:no|number)",
            "tax_id",
            "vat_(?:id|number)",
            "stripe\\w*_id",
        ),
        "token",
        "its name says a number that identifies",
    ),
    Pattern(
        re.compile(r"(?:gumroad|stripe|paypal|payjp|braintree|customer|line_user|external_user)\w*_ids?$"),
        "token",
        "its name says a customer of a provider",
    ),
    Pattern(
        re.compile(r"(?:first|given|fore)_?name_(?:kana|katakana)$|(?:first|given)_?kana$|kana_(?:first|given)"),
        "{mask: first_name, script: katakana, locale: ja_JP}",
        "its name says a given name in kana",
    ),
    Pattern(
        re.compile(r"(?:last|family|sur)_?name_(?:kana|katakana)$|(?:last|family)_?kana$|kana_(?:last|family)"),
        "{mask: last_name, script: katakana, locale: ja_JP}",
        "its name says a family name in kana",
    ),
    Pattern(
        re.compile(r"(?:first|given|fore)_?name_(?:hira\w*|furigana)$"),
        "{mask: first_name, script: hiragana, locale: ja_JP}",
        "its name says a given name in kana",
    ),
    Pattern(
        re.compile(r"(?:last|family|sur)_?name_(?:hira\w*|furigana)$"),
        "{mask: last_name, script: hiragana, locale: ja_JP}",
        "its name says a family name in kana",
    ),
    Pattern(
        _words("first_?names?", "given_?names?", "fore_?name", "middle_?name"),
        "first_name",
        "its name says a given name",
    ),
    Pattern(
        _words("last_?names?", "family_?names?", "surname", "maiden_name"), "last_name", "its name says a family name"
    ),
    Pattern(
        re.compile(r"^(?:full_?)?(?:name_)?(?:kana|katakana|furigana)$|^name_kana$|full_?name_kana$"),
        "{mask: full_name, script: katakana, locale: ja_JP}",
        "its name says a name in kana",
        _PEOPLE,
    ),
    Pattern(
        re.compile(
            r"(?:recipient|receiver|addressee|contact|shipping|billing|sender|owner)_?(?:name_?)?(?:kana|katakana|furigana)$"
        ),
        "{mask: full_name, script: katakana, locale: ja_JP}",
        "its name says a person's name in kana",
    ),
    Pattern(re.compile(r"^(?:recipient|receiver|addressee)$"), "full_name", "its name says to whom something goes"),
    Pattern(
        _words(
            "full_?name",
            "real_?name",
            "legal_name",
            "contact_name",
            "person_name",
            "customer_name",
            "recipient_name",
            "shipping_name",
            "billing_name",
            "cardholder\\w*",
        ),
        "full_name",
        "its name says a person's name",
    ),
    Pattern(
        re.compile(r"^(?:display_|nick|user_|screen_)?name_(?:en|romaji|roman)$|^nick_?name_en$"),
        "{mask: full_name, script: romaji}",
        "a name in a table of people",
        _PEOPLE,
    ),
    Pattern(
        re.compile(r"^(?:display_)?names?$|^nick_?names?$|^user_?name$|^screen_?name$|^login$|^handle$"),
        "full_name",
        "a name in a table of people",
        _PEOPLE,
    ),
    Pattern(
        _words("user_?names?", "screen_?names?", "login", "handle", "whodunnit", "nick_?name"),
        "token",
        "its name says a user's name",
        _PEOPLE,
    ),
    Pattern(re.compile(r"^username$"), "username", "its name says who the user is"),
    Pattern(re.compile(r"^(?:uid|whodunnit)$"), "token", "its name says who the user is"),
    Pattern(
        _words("phones?", "phone_?numbers?", "tel", "telephone", "mobile", "cell_?phone", "fax", "msisdn"),
        "phone",
        "its name says phone",
    ),
    Pattern(_words("postal_?codes?", "post_?codes?", "zip", "zip_?codes?"), "postal_code", "its name says postal code"),
    Pattern(
        re.compile(r"(?:prefecture|region)_kana$"),
        "{mask: address, part: region, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    Pattern(
        re.compile(r"(?:city|municipality)_kana$"),
        "{mask: address, part: city, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    Pattern(
        re.compile(r"town_kana$"),
        "{mask: address, part: town, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    Pattern(
        re.compile(r"(?:street|address(?:_line)?_?[12]?)_kana$"),
        "{mask: address, part: street, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    Pattern(
        _ending("prefecture", "region", "province", "county"),
        "{mask: address, part: region}",
        "its name says part of an address",
    ),
    Pattern(
        _ending("city", "town", "municipality", "neighbou?rhood", "ward", "suburb", "district"),
        "{mask: address, part: city}",
        "its name says part of an address",
    ),
    Pattern(
        _ending("street", "street_address", "street_?[12]?", "address_?(?:line_?)?[12]", "line_?[12]"),
        "{mask: address, part: street}",
        "its name says part of an address",
    ),
    Pattern(
        _ending("building", "apartment", "room_number"),
        "{mask: address, part: building}",
        "its name says part of an address",
    ),
    Pattern(_words("address", "addresses", "full_address", "location_address"), "address", "its name says address"),
    Pattern(
        re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)"),
        "{mask: date_shift, within: 365 days}",
        "its name says birth",
        kinds=_DATES,
    ),
    Pattern(re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)"), "{gone}", "its name says birth"),
    Pattern(
        _words("user_agent", "referr?er", "landing_page"),
        "{mask: lorem, by: value}",
        "its name says what a browser sends",
    ),
    Pattern(
        re.compile(r"^(?:\w+_)?(?:url|website|homepage|web|blog|site)(?:_en)?$"),
        "url",
        "a link in a table of people",
        re.compile(_PEOPLE.pattern + r"|(?:^|_)(?:projects?|organizations?|companies)$"),
    ),
    Pattern(
        re.compile(
            r"(?:^|_)(?:avatar|icon|image|photo|picture|background_image|background)_(?:data|file_name)$|^file_?name$"
        ),
        "{gone}",
        "its name says an uploaded file",
        re.compile(_PEOPLE.pattern + r"|(?:^|_)(?:projects?|uploads?|attachments?|blobs)$"),
    ),
    Pattern(re.compile(r"avatar|(?:^|_)icon_file_name$"), "{gone}", "its name says a picture of somebody"),
    Pattern(
        re.compile(
            r"(?:^|_)(?:body|bio|about|about_me|comments?|notes?|memo|remarks?|messages?|feedback|reasons?|introduction|self_introduction|description|free_text|answer|review|inquiry|handler|error|last_error|details?|content)$"
        ),
        "lorem",
        "its name says text that people write",
    ),
)

#: Ends of names that hardly ever belong to what people write, where the type alone (text) would say so.
HARMLESS = re.compile(
    r"(?:^|_)(?:types?|kind|status|state|locales?|lang|languages?|currency|time_?zone|tz|country|country_code|code|colou?r|format|version|checksum|slug|key|position|roles?"
    r"|category|level|priority|source|event|action|provider|namespace|queue|queue_name|service_name|content_type|mime_type|md5|sha1|sha256|digest|units?|mode|method|scopes?"
    r"|size|theme|plan|layout|tags?|class_name|hash|season|kana|titles?|label|name|name_\w+|title_\w+|domain|url|path|uri|icon|summary|hashtag|\w+_url|\w+_id)$"
)

#: Of these ends, what a list may have of people.
TELLING_IN_LISTS = re.compile(r"(?:^|_)(?:name|name_\w+|code|kana|label)$")

#: Names that people sign in or are mentioned by.
SIGN_IN = re.compile(r"(?:^|_)(?:user_?name|screen_?name|login|handle|nick_?name)s?$")

#: Texts that applications search in.
SEARCHED = re.compile(
    r"(?:^|_)(?:title|name|body|text|content|description|summary|synopsis|headline|subject|keywords)$"
)
