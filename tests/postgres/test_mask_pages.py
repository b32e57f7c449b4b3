"""What the masks' pages show is what the masks do: examples in two locales, made here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from masker.masks.any_mask import AnyMask
from masker.masks.encrypted import Ciphertext
from masker.masks.every import MASKS
from masker.masks.locales import LOCALES
from masker.masks.numbers import QUANTILES, Drawn, Numbers
from masker.masks.rule import MaskRule
from masker.ruleset.ciphertexts import ciphertexts
from tests.postgres.masking import KEY, Masking

_EXAMPLES = Path(__file__).parents[2] / "docs" / "mask_examples.json"
_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)

#: By mask: the rule, the column's type, and an original in each locale.
_SAMPLES: dict[str, tuple[Any, str, str, str]] = {
    "keep": ("keep", "text", "blue", "青"),
    "null": ("null", "text", "Mary Smith", "山田 太郎"),
    "fixed": ({"mask": "fixed", "value": "withheld"}, "text", "Mary Smith", "山田 太郎"),
    "email": ("email", "text", "mary@corp.test", "taro@corp.test"),
    "first_name": ("first_name", "text", "Mary", "太郎"),
    "last_name": ("last_name", "text", "Smith", "山田"),
    "full_name": ("full_name", "text", "Mary Smith", "山田 太郎"),
    "phone": ("phone", "text", "415-871-2000", "03-3581-1111"),
    "postal_code": ("postal_code", "text", "94103", "100-0001"),
    "address": ("address", "text", "1 Market St, San Francisco", "東京都千代田区千代田1-1"),
    "date_shift": ("date_shift", "date", "1985-02-20", "1985-02-20"),
    "ip": ("ip", "inet", "17.5.7.3", "2400:4050::1"),
    "token": ("token", "text", "a81f00c2", "a81f00c2"),
    "password": ("password", "text", "$2a$12$K3b", "$2a$12$K3b"),
    "lorem": ("lorem", "text", "Please call me back.", "折り返しお電話ください。"),
    "noise": ({"mask": "noise", "ratio": "10%"}, "int4", "1204", "1204"),
    "range": ({"mask": "range", "min": 18, "max": 99}, "int4", "41", "41"),
    "bucket": ({"mask": "bucket", "step": 1000}, "int4", "1204", "1204"),
    "round": ({"mask": "round", "to": 100}, "int4", "1204", "1204"),
    "number_shape": ("number_shape", "int4", "1204", "1204"),
    "digits": ("digits", "text", "AB-1204", "第1204号"),
    "url": ("url", "text", "https://corp.test/u/mary.png", "https://corp.test/u/taro.png"),
    "file_name": ("file_name", "text", "passport.PDF", "旅券.pdf"),
    "partial": ({"mask": "partial", "first": 1}, "text", "Smith", "山田太郎"),
    "scramble": ("scramble", "text", "KY 123 X", "品川 300 あ 12-34"),
    "date_trunc": ({"mask": "date_trunc", "to": "month"}, "date", "1985-02-20", "1985-02-20"),
    "date_noise": ("date_noise", "date", "1985-02-20", "1985-02-20"),
    "birthdate": ("birthdate", "date", "1985-02-20", "1985-02-20"),
    "uuid": ("uuid", "uuid", "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a", "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a"),
    "mac": ("mac", "macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
    "user_agent": ("user_agent", "text", "curl/8.1", "curl/8.1"),
    "api_key": ("api_key", "text", "sk_live_abcdefghijklmnop", "sk_live_abcdefghijklmnop"),
    "username": ("username", "text", "mary85", "taro85"),
    "company": ("company", "text", "Acme Inc.", "株式会社アクメ"),
    "job": ("job", "text", "Astronaut", "宇宙飛行士"),
    "card": ("card", "text", "4012-8888-8888-1881", "4012888888881881"),
    "iban": ("iban", "text", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    "bic": ("bic", "text", "DEUTDEFF", "BOTKJPJT"),
    "national_id": ("national_id", "text", "078-05-1120", "123456789018"),
    "bank_account": ("bank_account", "text", "12345678", "1234567"),
    "geo": ({"mask": "geo", "within": "5 km"}, "point", "(-122.41,37.78)", "(139.76,35.68)"),
    "regex_replace": ({"mask": "regex_replace", "pattern": "[0-9]+", "to": "0"}, "text", "room 12", "12号室"),
    "redact_text": ("redact_text", "text", "Call James: 415-871-2000", "03-3581-1111か taro@corp.test へ"),
    "choice": ({"mask": "choice", "values": ["red", "blue"]}, "text", "green", "緑"),
    "map": ({"mask": "map", "values": {"gold": "a", "金": "b"}, "other": "keep"}, "text", "gold", "金"),
    "array": ({"mask": "array", "of": "token"}, "_text", "{rock,jazz}", "{詩,歌}"),
    "template": ({"mask": "template", "template": "user {id}"}, "text", "mary85", "taro85"),
    "derived": ({"mask": "derived", "of": "c_company", "kind": "slug"}, "text", "acme-inc", "acme"),
    "json": (
        {"mask": "json", "other": "keep", "paths": {"$.mail": "email"}},
        "jsonb",
        '{"n": 1, "mail": "mary@corp.test"}',
        '{"n": 1, "mail": "taro@corp.test"}',
    ),
    "history": (
        "history",
        "jsonb",
        '{"v": 1, "h": [{"c": {"c_email": "mary@corp.test"}, "v": 1, "ts": 5}]}',
        '{"v": 1, "h": [{"c": {"c_email": "taro@corp.test"}, "v": 1, "ts": 5}]}',
    ),
    "encrypted": ({"mask": "encrypted", "of": "email", "count": 10}, "text", '{"p":"kW1"}', '{"p":"kW1"}'),
    "sql": ({"sql": "left(c_email, 1)"}, "text", "m", "t"),
}


def test_the_pages_show_what_masks_do(database: str) -> None:
    names = {mask: "log_data" if mask == "history" else f"c_{mask}" for mask in _SAMPLES}
    quoted = (
        ", ".join(f"'{sample[2]}'" for sample in _SAMPLES.values()),
        ", ".join(f"'{sample[3]}'" for sample in _SAMPLES.values()),
    )
    found: dict[str, Any] = {
        mask: {"rule": _written(rule), "type": kind.replace("_text", "text[]"), "examples": []}
        for mask, (rule, kind, _, _) in _SAMPLES.items()
    }
    rules = {names[mask]: rule for mask, (rule, *_) in _SAMPLES.items()}
    for locale, values in zip(("en_US", "ja_JP"), quoted, strict=True):
        with Masking(database, locale=locale) as masking:
            columns = ", ".join(f"{names[mask]} {sample[1]}" for mask, sample in _SAMPLES.items())
            masking.run(
                "DROP TABLE IF EXISTS samples",
                f"CREATE TABLE samples (id bigint PRIMARY KEY, {columns})",
                f"INSERT INTO samples VALUES (1204, {values})",
            )
            masking.shapes = _shapes(locale)
            sealed = _RULE.validate_python(_SAMPLES["encrypted"][0])
            assert isinstance(sealed, Ciphertext)
            made = ciphertexts(sealed, "preview key", "preview salt", LOCALES[locale], KEY)
            masking.known = {**masking.known, sealed.known_name(locale): json.dumps(made)}
            (before,) = masking.evaluate("to_jsonb(samples)", "samples")
            items = masking.items("samples", rules)
            select = ", ".join(f"to_jsonb({item})" for item in items.values())
            (after,) = masking.conn.execute(f"SELECT {select} FROM public.samples".encode()).fetchall()
            masked = dict(zip(items, after, strict=True))
        for mask, name in names.items():
            found[mask]["examples"].append([locale, _shown(before[name]), _shown(masked[name])])
            found[mask].setdefault("sql", _cut(items[name].replace(f'"{name}"', '"value"')))
    if os.environ.get("MASKER_WRITE"):
        _EXAMPLES.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(_EXAMPLES.read_text(encoding="utf-8")) == found, "MASKER_WRITE=1 writes them anew"
    # These take a file, an extension or what is drawn once a run.
    assert set(MASKS) - set(_SAMPLES) == {"dictionary", "hstore", "ltree", "permute", "fk_choice", "shuffle"}


def _cut(sql: str) -> str:
    """Longer expressions are shown by their beginning."""
    return sql if len(sql) <= 1500 else f"{sql[:1500].rstrip()} … ({len(sql):,} characters)"


def _shapes(locale: str) -> dict[Drawn, Numbers]:
    quantiles = tuple(str(10 * at) for at in range(1, 21))
    return {Drawn("samples.c_number_shape", QUANTILES, locale): Numbers(tail=1, distinct=20, quantiles=quantiles)}


def _written(rule: Any) -> str:
    from io import StringIO

    stream, yaml = StringIO(), YAML()
    yaml.default_flow_style, yaml.width = True, 10_000
    yaml.dump(rule, stream)
    return stream.getvalue().removesuffix("\n").removesuffix("\n...")


def _shown(value: Any) -> str:
    if value is None:
        return "NULL"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
