"""Every mask and its rule. Each is loaded when something names it, since a run needs a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from masker.masks.rule import MaskRule

if TYPE_CHECKING:
    from masker.masks.mask import Mask

#: One line a mask, with where it stands, in the order in which it is told of.
_EVERY = {
    "keep": "masker.masks.keep:KEEP",
    "null": "masker.masks.null:NULL",
    "fixed": "masker.masks.fixed:FIXED",
    "email": "masker.masks.email:EMAIL",
    "first_name": "masker.masks.first_name:FIRST_NAME",
    "last_name": "masker.masks.last_name:LAST_NAME",
    "full_name": "masker.masks.full_name:FULL_NAME",
    "phone": "masker.masks.phone:PHONE",
    "postal_code": "masker.masks.postal_code:POSTAL_CODE",
    "address": "masker.masks.address:ADDRESS",
    "date_shift": "masker.masks.date_shift:DATE_SHIFT",
    "ip": "masker.masks.ip:IP",
    "token": "masker.masks.token:TOKEN",
    "password": "masker.masks.password:PASSWORD",
    "lorem": "masker.masks.lorem:LOREM",
    "noise": "masker.masks.noise:NOISE",
    "range": "masker.masks.range:RANGE",
    "bucket": "masker.masks.bucket:BUCKET",
    "round": "masker.masks.round:ROUND",
    "number_shape": "masker.masks.number_shape:NUMBER_SHAPE",
    "digits": "masker.masks.digits:DIGITS",
    "permute": "masker.masks.permute:PERMUTE",
    "url": "masker.masks.url:URL",
    "file_name": "masker.masks.file_name:FILE_NAME",
    "partial": "masker.masks.partial:PARTIAL",
    "scramble": "masker.masks.scramble:SCRAMBLE",
    "date_trunc": "masker.masks.date_trunc:DATE_TRUNC",
    "date_noise": "masker.masks.date_noise:DATE_NOISE",
    "birthdate": "masker.masks.birthdate:BIRTHDATE",
    "uuid": "masker.masks.uuid:UUID",
    "mac": "masker.masks.mac:MAC",
    "user_agent": "masker.masks.user_agent:USER_AGENT",
    "api_key": "masker.masks.api_key:API_KEY",
    "username": "masker.masks.username:USERNAME",
    "company": "masker.masks.company:COMPANY",
    "job": "masker.masks.job:JOB",
    "card": "masker.masks.card:CARD",
    "iban": "masker.masks.iban:IBAN",
    "bic": "masker.masks.bic:BIC",
    "national_id": "masker.masks.national_id:NATIONAL_ID",
    "bank_account": "masker.masks.bank_account:BANK_ACCOUNT",
    "geo": "masker.masks.geo:GEO",
    "regex_replace": "masker.masks.regex_replace:REGEX_REPLACE",
    "redact_text": "masker.masks.redact_text:REDACT_TEXT",
    "choice": "masker.masks.choice:CHOICE",
    "dictionary": "masker.masks.dictionary:DICTIONARY",
    "fk_choice": "masker.masks.fk_choice:FK_CHOICE",
    "shuffle": "masker.masks.shuffle:SHUFFLE",
    "map": "masker.masks.map:MAP",
    "array": "masker.masks.array:ARRAY",
    "hstore": "masker.masks.hstore:HSTORE",
    "ltree": "masker.masks.ltree:LTREE",
    "template": "masker.masks.template:TEMPLATE",
    "derived": "masker.masks.derived:DERIVED",
    "json": "masker.masks.json:JSON",
    "history": "masker.masks.history:HISTORY",
    "encrypted": "masker.masks.encrypted:ENCRYPTED",
    "sql": "masker.masks.own_sql:SQL",
}

#: What a list of masks by condition is called; it is made of masks, and none itself.
_CASES = "cases"


class _Masks(Mapping[str, "Mask"]):
    def __getitem__(self, name: str) -> Mask:
        return _mask(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_EVERY)

    def __len__(self) -> int:
        return len(_EVERY)

    def __contains__(self, name: object) -> bool:
        return name in _EVERY


@cache
def _mask(name: str) -> Mask:
    mask: Mask = resolve_name(_EVERY[name])
    return mask


#: Every mask by its name, in the order in which it is told of. Whatever else lists masks is made from this.
MASKS: Mapping[str, Mask] = _Masks()


class _Rules(Mapping[str, type[MaskRule]]):
    def __getitem__(self, name: str) -> type[MaskRule]:
        if name == _CASES:
            cases: type[MaskRule] = resolve_name("masker.masks.cases:Cases")
            return cases
        return MASKS[name].rule

    def __iter__(self) -> Iterator[str]:
        yield from _EVERY
        yield _CASES

    def __len__(self) -> int:
        return len(_EVERY) + 1

    def __contains__(self, name: object) -> bool:
        return name in _EVERY or name == _CASES


#: The rule of each mask, and that of a list of them.
MASK_RULES: Mapping[str, type[MaskRule]] = _Rules()
