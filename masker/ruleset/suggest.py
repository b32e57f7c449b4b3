"""Guesses a rule for a column from its name and type, as a start for whoever knows what the column holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from masker.catalog.types import Column, Table, TypeClass
from masker.masks.mask import Uniqueness
from masker.masks.table import MASKS
from masker.names import quote
from masker.ruleset.documents import Leaf, document_rule
from masker.ruleset.personal import identifies, snake
from masker.ruleset.siblings import of_one_scope
from masker.ruleset.wording import flow


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule as it is written in a file, and why it was guessed."""

    text: str
    reason: str

    @property
    def is_keep(self) -> bool:
        return self.text == "keep"


@dataclass(frozen=True, slots=True)
class _Pattern:
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
_PATTERNS: Sequence[_Pattern] = (
    _Pattern(
        _words("blood_type", "nationality", "religion", "ethnicity", "marital_status"),
        "{gone}",
        "its name says a trait of a person",
    ),
    _Pattern(
        _words("gender", "sex", "height", "weight"),
        "{gone}",
        "its name says a trait of a person",
        _PEOPLE,
    ),
    _Pattern(re.compile(r"_price_id$|_plan_id$|_product_(?:id|name)$"), "keep", "names something for sale"),
    _Pattern(re.compile(r"^type$|_type$|_class$|^sti_"), "keep", "names a class of the application"),
    _Pattern(
        _ending("passwords?", "passwd", "password_hash", "password_digest", "crypted_password", "encrypted_password"),
        "password",
        "its name says password",
    ),
    _Pattern(re.compile(r"password_digest$|_password_hash$"), "password", "its name says password"),
    _Pattern(
        re.compile(
            r"(?:^|_)(?:expires?_(?:at|in)|count|size|status|state|kind|locale|format|version|algorithm|enabled|scopes?)$"
        ),
        "keep",
        "its name says nothing personal",
    ),
    _Pattern(re.compile(r"e?mail_?(?:address)?$|(?:^|_)emails?(?:_|$)"), "email", "its name says email"),
    _Pattern(
        re.compile(r"(?:^|_)ip$|(?:^|_)ip_(?:addr(?:ess)?)|remote_addr(?:ess)?$"), "ip", "its name says IP address"
    ),
    _Pattern(
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
    _Pattern(
        re.compile(
            r"(?:^|_)(?:unsubscri\w+|auth\w*|invit\w+|activation|confirmation|verification|reset|encryption|signing)_(?:key|code|hash)$|_uuid$|_bidx$|_ciphertext$"
        ),
        "token",
        "its name says secret",
    ),
    _Pattern(
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
    _Pattern(
        re.compile(r"(?:gumroad|stripe|paypal|payjp|braintree|customer|line_user|external_user)\w*_ids?$"),
        "token",
        "its name says a customer of a provider",
    ),
    _Pattern(
        re.compile(r"(?:first|given|fore)_?name_(?:kana|katakana)$|(?:first|given)_?kana$|kana_(?:first|given)"),
        "{mask: first_name, script: katakana, locale: ja_JP}",
        "its name says a given name in kana",
    ),
    _Pattern(
        re.compile(r"(?:last|family|sur)_?name_(?:kana|katakana)$|(?:last|family)_?kana$|kana_(?:last|family)"),
        "{mask: last_name, script: katakana, locale: ja_JP}",
        "its name says a family name in kana",
    ),
    _Pattern(
        re.compile(r"(?:first|given|fore)_?name_(?:hira\w*|furigana)$"),
        "{mask: first_name, script: hiragana, locale: ja_JP}",
        "its name says a given name in kana",
    ),
    _Pattern(
        re.compile(r"(?:last|family|sur)_?name_(?:hira\w*|furigana)$"),
        "{mask: last_name, script: hiragana, locale: ja_JP}",
        "its name says a family name in kana",
    ),
    _Pattern(
        _words("first_?names?", "given_?names?", "fore_?name", "middle_?name"),
        "first_name",
        "its name says a given name",
    ),
    _Pattern(
        _words("last_?names?", "family_?names?", "surname", "maiden_name"), "last_name", "its name says a family name"
    ),
    _Pattern(
        re.compile(r"^(?:full_?)?(?:name_)?(?:kana|katakana|furigana)$|^name_kana$|full_?name_kana$"),
        "{mask: full_name, script: katakana, locale: ja_JP}",
        "its name says a name in kana",
        _PEOPLE,
    ),
    _Pattern(
        re.compile(
            r"(?:recipient|receiver|addressee|contact|shipping|billing|sender|owner)_?(?:name_?)?(?:kana|katakana|furigana)$"
        ),
        "{mask: full_name, script: katakana, locale: ja_JP}",
        "its name says a person's name in kana",
    ),
    _Pattern(re.compile(r"^(?:recipient|receiver|addressee)$"), "full_name", "its name says to whom something goes"),
    _Pattern(
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
    _Pattern(
        re.compile(r"^(?:display_|nick|user_|screen_)?name_(?:en|romaji|roman)$|^nick_?name_en$"),
        "{mask: full_name, script: romaji}",
        "a name in a table of people",
        _PEOPLE,
    ),
    _Pattern(
        re.compile(r"^(?:display_)?names?$|^nick_?names?$|^user_?name$|^screen_?name$|^login$|^handle$"),
        "full_name",
        "a name in a table of people",
        _PEOPLE,
    ),
    _Pattern(
        _words("user_?names?", "screen_?names?", "login", "handle", "whodunnit", "nick_?name"),
        "token",
        "its name says a user's name",
        _PEOPLE,
    ),
    _Pattern(re.compile(r"^username$"), "username", "its name says who the user is"),
    _Pattern(re.compile(r"^(?:uid|whodunnit)$"), "token", "its name says who the user is"),
    _Pattern(
        _words("phones?", "phone_?numbers?", "tel", "telephone", "mobile", "cell_?phone", "fax", "msisdn"),
        "phone",
        "its name says phone",
    ),
    _Pattern(
        _words("postal_?codes?", "post_?codes?", "zip", "zip_?codes?"), "postal_code", "its name says postal code"
    ),
    _Pattern(
        re.compile(r"(?:prefecture|region)_kana$"),
        "{mask: address, part: region, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    _Pattern(
        re.compile(r"(?:city|municipality)_kana$"),
        "{mask: address, part: city, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    _Pattern(
        re.compile(r"town_kana$"),
        "{mask: address, part: town, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    _Pattern(
        re.compile(r"(?:street|address(?:_line)?_?[12]?)_kana$"),
        "{mask: address, part: street, script: katakana, locale: ja_JP}",
        "its name says part of an address in kana",
    ),
    _Pattern(
        _ending("prefecture", "region", "province", "county"),
        "{mask: address, part: region}",
        "its name says part of an address",
    ),
    _Pattern(
        _ending("city", "town", "municipality", "neighbou?rhood", "ward", "suburb", "district"),
        "{mask: address, part: city}",
        "its name says part of an address",
    ),
    _Pattern(
        _ending("street", "street_address", "street_?[12]?", "address_?(?:line_?)?[12]", "line_?[12]"),
        "{mask: address, part: street}",
        "its name says part of an address",
    ),
    _Pattern(
        _ending("building", "apartment", "room_number"),
        "{mask: address, part: building}",
        "its name says part of an address",
    ),
    _Pattern(_words("address", "addresses", "full_address", "location_address"), "address", "its name says address"),
    _Pattern(
        re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)"),
        "{mask: date_shift, within: 365 days}",
        "its name says birth",
        kinds=_DATES,
    ),
    _Pattern(re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)"), "{gone}", "its name says birth"),
    _Pattern(
        _words("user_agent", "referr?er", "landing_page"),
        "{mask: lorem, by: value}",
        "its name says what a browser sends",
    ),
    _Pattern(
        re.compile(r"^(?:\w+_)?(?:url|website|homepage|web|blog|site)(?:_en)?$"),
        "url",
        "a link in a table of people",
        re.compile(_PEOPLE.pattern + r"|(?:^|_)(?:projects?|organizations?|companies)$"),
    ),
    _Pattern(
        re.compile(
            r"(?:^|_)(?:avatar|icon|image|photo|picture|background_image|background)_(?:data|file_name)$|^file_?name$"
        ),
        "{gone}",
        "its name says an uploaded file",
        re.compile(_PEOPLE.pattern + r"|(?:^|_)(?:projects?|uploads?|attachments?|blobs)$"),
    ),
    _Pattern(re.compile(r"avatar|(?:^|_)icon_file_name$"), "{gone}", "its name says a picture of somebody"),
    _Pattern(
        re.compile(
            r"(?:^|_)(?:body|bio|about|about_me|comments?|notes?|memo|remarks?|messages?|feedback|reasons?|introduction|self_introduction|description|free_text|answer|review|inquiry|handler|error|last_error|details?|content)$"
        ),
        "lorem",
        "its name says text that people write",
    ),
)

#: Ends of names that hardly ever belong to what people write, where the type alone (text) would say so.
_HARMLESS = re.compile(
    r"(?:^|_)(?:types?|kind|status|state|locales?|lang|languages?|currency|time_?zone|tz|country|country_code|code|colou?r|format|version|checksum|slug|key|position|roles?"
    r"|category|level|priority|source|event|action|provider|namespace|queue|queue_name|service_name|content_type|mime_type|md5|sha1|sha256|digest|units?|mode|method|scopes?"
    r"|size|theme|plan|layout|tags?|class_name|hash|season|kana|titles?|label|name|name_\w+|title_\w+|domain|url|path|uri|icon|summary|hashtag|\w+_url|\w+_id)$"
)

#: Of these ends, what a list may have of people.
_TELLING_IN_LISTS = re.compile(r"(?:^|_)(?:name|name_\w+|code|kana|label)$")

#: Names that people sign in or are mentioned by.
_SIGN_IN = re.compile(r"(?:^|_)(?:user_?name|screen_?name|login|handle|nick_?name)s?$")

#: The rule of a list of texts that may hold anything.
_ANY_LIST = "{mask: array, of: lorem, by: value}"

#: Texts that applications search in.
_SEARCHED = re.compile(
    r"(?:^|_)(?:title|name|body|text|content|description|summary|synopsis|headline|subject|keywords)$"
)

#: The mask of a rule as it is written.
_MASK = re.compile(r"(?:\{mask: )?(\w+)")


def _may_repeat(rule: str, table: Table) -> bool:
    """Whether the mask of *rule* may give two rows of *table* one value that is not simply one for all."""
    written = _MASK.match(rule)
    card = MASKS[written[1]].card if written is not None and written[1] in MASKS else None
    if card is None or card.is_constant:
        return False
    key = [column for name in table.row_key if (column := table.column(name)) is not None]
    has_number = len(key) == 1 and key[0].type.kind is TypeClass.INTEGER
    return card.uniqueness is Uniqueness.LOST or (card.uniqueness is Uniqueness.LIMITED and not has_number)


def suggest_column(column: Column, table: Table, leaves: Sequence[Leaf] = ()) -> Suggestion:
    """A rule for *column* of *table*, whose documents have *leaves*. It is a guess: who knows the data decides."""
    suggestion = (
        _of_document(column, table, leaves)
        or _of_search(column, table)
        or _with_scope(column, table)
        or _of_list(column, table)
        or _by_type(column)
    )
    is_unique = any(index.is_unique and column.name in index.columns for index in table.indexes)
    if is_unique and column.type.kind is TypeClass.TEXT and _may_repeat(suggestion.text, table):
        instead = "username" if _SIGN_IN.search(snake(column.name)) else "token"
        return Suggestion(instead, f"{suggestion.reason}, and no two may be equal")
    if (
        is_unique
        and column.type.kind in {TypeClass.INTEGER, TypeClass.NUMBER}
        and suggestion.text.startswith("{mask: fixed")
    ):
        key = [c for name in table.row_key if (c := table.column(name)) is not None]
        if len(key) == 1 and key[0].type.kind is TypeClass.INTEGER and key[0].name != column.name:
            return Suggestion(flow({"sql": quote(key[0].name)}), f"{suggestion.reason}, and no two may be equal")
    return suggestion


def _of_document(column: Column, table: Table, leaves: Sequence[Leaf]) -> Suggestion | None:
    if column.type.kind not in {TypeClass.JSON, TypeClass.JSONB}:
        return None
    rule = document_rule(leaves, lambda leaf: found.text if (found := _by_name(leaf, table)) is not None else None)
    return Suggestion(rule, "its shape stays; keys are looked at in some documents" if leaves else "its shape stays")


def _of_search(column: Column, table: Table) -> Suggestion | None:
    """What is searched in, made anew of the masked texts of the row."""
    # What stays as it is would make the value that was there.
    texts = [
        c.name
        for c in table.columns
        if c.type.kind is TypeClass.TEXT
        and not c.generated
        and _SEARCHED.search(snake(c.name))
        and not (_by_name(c, table) or _by_type(c)).is_keep
    ]
    if column.type.name != "tsvector" or not texts:
        return None
    rule = flow({"mask": "derived", "of": texts, "kind": "search_vector"})
    return Suggestion(rule, "it is tsvector, made anew of masked texts; name those that production makes it of")


def _of_list(column: Column, table: Table) -> Suggestion | None:
    """What the name of a list of texts says of its elements, unless it says that they stay."""
    element = column.type.element
    if column.type.kind is not TypeClass.ARRAY or element is None or element.kind is not TypeClass.TEXT:
        return None
    found = _by_name(replace(column, type=element), table)
    return replace(found, text=_ANY_LIST) if found is not None and not found.is_keep else None


def _with_scope(column: Column, table: Table) -> Suggestion | None:
    """The guess by name; columns that name one person or one place together get one scope."""
    found = _by_name(column, table)
    if found is None:
        return None
    others = ((other.name, guess.text) for other in table.columns if (guess := _by_name(other, table)) is not None)
    return replace(found, text=of_one_scope(column.name, found.text, table.name, others))


def _by_name(column: Column, table: Table) -> Suggestion | None:
    name, table_name = snake(column.name), snake(table.name.name)
    for pattern in _PATTERNS:
        if (
            column.type.kind in pattern.kinds
            and pattern.names.search(name)
            and (pattern.tables is None or pattern.tables.search(table_name))
        ):
            return Suggestion(_gone(column) or "lorem" if pattern.text == "{gone}" else pattern.text, pattern.reason)
    return None


def _gone(column: Column) -> str | None:
    """The mask that empties *column*, if it may be NULL."""
    return "null" if column.takes_null else None


def _by_type(column: Column) -> Suggestion:
    what, gone = f"it is {column.type.name}", _gone(column)
    match column.type.kind:
        case TypeClass.INET | TypeClass.CIDR:
            return Suggestion("ip", what)
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            return Suggestion("date_shift", what)
        case TypeClass.INTEGER | TypeClass.NUMBER if identifies(snake(column.name), column.type):
            return Suggestion(
                gone or "{mask: fixed, value: 0}", "its name says a number that identifies or reaches somebody"
            )
        case TypeClass.NUMBER:
            return Suggestion("{mask: noise, amount: 0.1}", "its name says a place; of degrees that is 11 km at most")
        case TypeClass.RANGE:
            return Suggestion(gone or "{mask: fixed, value: empty}", f"{what}, whose bounds may say something")
        case TypeClass.TEXT if column.type.name == "text" and not _HARMLESS.search(snake(column.name)):
            return Suggestion("lorem", "it is text of any length")
        case TypeClass.TEXT:
            return Suggestion("keep", "its name says nothing personal; look before you keep it")
        case TypeClass.ARRAY if (
            column.type.element is not None
            and column.type.element.kind is TypeClass.TEXT
            and _HARMLESS.search(snake(column.name))
            and not _TELLING_IN_LISTS.search(snake(column.name))
        ):
            return Suggestion("keep", "its name says nothing personal; look before you keep it")
        case TypeClass.ARRAY if column.type.element is not None and column.type.element.kind is TypeClass.TEXT:
            return Suggestion(_ANY_LIST, "it is a list, which may hold anything")
        case TypeClass.ARRAY:
            return Suggestion(gone or '{mask: fixed, value: "{}"}', "it is a list, which may hold anything")
        case _:
            return Suggestion(gone or '{mask: fixed, value: ""}', f"{what}, which may hold anything")
