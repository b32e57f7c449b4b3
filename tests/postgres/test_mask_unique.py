"""What a card says of uniqueness holds: as many values as there were identities, for every mask and every way in which
it makes them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Any

import pytest

from masker.catalog.read import read_catalog
from masker.masks.every import MASKS
from masker.masks.locales import LOCALES
from masker.masks.mask import Uniqueness
from masker.masks.permute import Range, as_numbers, range_of
from tests.postgres.masking import Masking
from tests.servers import Server

_MILLION = 1_000_000

#: By name: the rule, the column's type, and the original of row ``n``, all different.
_CASES: Mapping[str, tuple[Any, str, str]] = {
    "api_key": ("api_key", "text", "'sk_live_' || md5(n::text)"),
    "digits": ("digits", "text", "'090-' || to_char(n, 'FM0000-0000')"),
    "digits of an integer": ("digits", "int8", "n::int8 * 7919"),
    "digits, last four kept": ({"mask": "digits", "last": 4}, "text", "to_char(n, 'FM000000000000')"),
    "email": ("email", "varchar(60)", "'m' || n || '@corp.test'"),
    "email by value": ({"mask": "email", "by": "value"}, "text", "'m' || n || '@corp.test'"),
    "email of the domain": ({"mask": "email", "domain": "keep"}, "text", "'m' || n || '@corp' || n % 90 || '.test'"),
    "file_name": ("file_name", "text", "'scan ' || n || '.pdf'"),
    "ltree": ("ltree", "public.ltree", "('top.' || n % 9 || '.a' || n)::public.ltree"),
    "permute": ({"mask": "permute", "scope": "key"}, "int8", "n"),
    "token": ("token", "text", "md5(n::text)"),
    "token by value": ({"mask": "token", "by": "value"}, "varchar(20)", "n::text"),
    "token of 12 digits": ({"mask": "token", "alphabet": "digits"}, "varchar(20)", "to_char(n, 'FM000000000000')"),
    "token in base58": ({"mask": "token", "alphabet": "base58"}, "varchar(12)", "n::text"),
    "url": ("url", "text", "'https://site.test/u/' || n"),
    "username": ("username", "text", "'user' || n"),
    "uuid": ("uuid", "uuid", "md5(n::text)::uuid"),
}

#: How many values masks make that have a limit; they take so many rows at most.
_LIMITED = {"phone", "encrypted"}


@pytest.mark.parametrize("rows", [20_000, pytest.param(_MILLION, marks=pytest.mark.slow)])
def test_whatever_a_card_calls_one_to_one_is_so_for_every_identity(server: Server, rows: int) -> None:
    said = {name for name, mask in MASKS.items() if mask.card.uniqueness in {Uniqueness.KEPT, Uniqueness.LIMITED}}
    assert {rule if isinstance(rule, str) else rule["mask"] for rule, _, _ in _CASES.values()} == (
        said - {"keep"} - _LIMITED
    )
    cases = {f"c{at}": case for at, case in enumerate(_CASES.values())}
    phones = {f"p{at}": locale for at, locale in enumerate(LOCALES)}
    with Masking(server.create_database(), locale="en_US") as masking:
        columns = [
            *(f"{name} {kind} UNIQUE" for name, (_, kind, _) in cases.items()),
            *(f"{name} text UNIQUE" for name in phones),
        ]
        masking.run("CREATE EXTENSION ltree", f"CREATE TABLE t (id bigint PRIMARY KEY, {', '.join(columns)})")
        # Rules are judged by indexes, which would be most of the time.
        masking.catalog = read_catalog(masking.conn)
        masking.run(
            "CREATE TABLE plain AS TABLE t",
            "DROP TABLE t",
            "ALTER TABLE plain RENAME TO t",
            f"INSERT INTO t SELECT n, {', '.join(made for _, _, made in cases.values())}"
            f"{', n::text' * len(phones)} FROM generate_series(1, {rows}) n",
        )
        masking.shapes = {range_of("key"): as_numbers(Range(isqrt(rows) + 1))}
        rules = {
            **{name: rule for name, (rule, _, _) in cases.items()},
            **{name: {"mask": "phone", "locale": locale} for name, locale in phones.items()},
        }
        statement, bindings = masking.statement("t", rules)
        masking.set(bindings)
        masking.run(f"CREATE TABLE made AS {statement}")
        distinct = ", ".join(f"count(DISTINCT {name}) AS {name}" for name in rules)
        (found,) = masking.texts(f"SELECT 1 AS id, {distinct} FROM public.made")
        titles = dict(zip(cases, _CASES, strict=True))
        for name in cases:
            assert found[name] == str(rows), titles[name]
        for name, locale in phones.items():
            assert found[name] == str(min(rows, LOCALES[locale].phones.drawn)), f"phone of {locale}"
