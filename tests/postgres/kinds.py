"""Kinds of values with the mask made for each: originals, and what has to be true of what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from masker.masks.sql.blocks import luhn


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """*rule* on columns of *type*: each of *originals* comes out as *form*, a regular expression in which ``{o}`` is
    the original, or so that *holds*. *stays*: those that come out as they were. *since* is the first major that has the
    type."""

    rule: Any
    type: str
    originals: Sequence[str]
    form: str = ""
    holds: Callable[[str, str], bool] | None = None
    stays: Sequence[str] = ()
    may_stay: bool = False
    makes_of_empty: bool = False
    since: int = 0

    def require(self, original: str, made: str) -> None:
        """Fail unless *made* is what may become of *original*."""
        told = f"{self.rule} on {self.type}: {original!r} became {made!r}"
        if original in self.stays:
            assert made == original, told
            return
        if not self.may_stay:
            assert made != original, told
        if self.form:
            assert re.fullmatch(self.form.replace("{o}", re.escape(original)), made), told
        if self.holds is not None:
            assert self.holds(original, made), told


def _near(ratio: str, unit: str = "0.01") -> Callable[[str, str], bool]:
    def holds(original: str, made: str) -> bool:
        one, other = (
            Decimal(original.replace("$", "").replace(",", "")),
            Decimal(made.replace("$", "").replace(",", "")),
        )
        return abs(one - other) <= max(abs(one) * Decimal(ratio), Decimal(unit)) * Decimal("1.000001")

    return holds


def _same_form(original: str, made: str) -> bool:
    """Digits of one width where digits were, everything else as it was."""
    kinds = ("0123456789", "０１２３４５６７８９")
    return len(original) == len(made) and all(
        one == other if not one.isdecimal() else any(one in kind and other in kind for kind in kinds)
        for one, other in zip(original, made, strict=True)
    )


def _as_wide(original: str, made: str) -> bool:
    """An integer of the same sign, and as many digits but where -1 is counted as 0."""
    return original.startswith("-") == made.startswith("-") and abs(len(original) - len(made)) <= original.startswith(
        "-"
    )


def _luhn(number: str) -> bool:
    return luhn("".join(filter(str.isdecimal, number))) == 0


def _digits(written: str) -> str:
    return "".join(filter(str.isdecimal, written))


def _mod_97(written: str) -> int:
    plain = written.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97


def _is_my_number(digits: str) -> bool:
    rest = sum(int(d) * w for d, w in zip(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


_INFINITE = ("NaN", "Infinity", "-Infinity")

KINDS: tuple[Kind, ...] = (
    Kind(
        rule={"mask": "noise", "ratio": "10%"},
        type="int4",
        originals=("0", "1", "-1", "1000", "-2147483648", "2147483647", "7"),
        holds=_near("0.1", "1"),
        stays=("0",),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "noise", "ratio": 0.5},
        type="int2",
        originals=("0", "5", "32767", "-32768"),
        holds=_near("0.5", "1"),
        stays=("0",),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "noise", "amount": 5, "min": 0, "max": 100},
        type="int8",
        originals=("0", "50", "100", "99"),
        holds=lambda o, m: 0 <= int(m) <= 100 and abs(int(o) - int(m)) <= 5,
        may_stay=True,
    ),
    Kind(
        rule={"mask": "noise", "ratio": "10%"},
        type="numeric(8,2)",
        originals=("0.00", "0.01", "12.50", "999999.99", "-999999.99", "NaN"),
        holds=_near("0.1"),
        stays=("0.00", "NaN"),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "noise", "ratio": "10%"},
        type="numeric",
        originals=("0", "3", "12.500", "-1e100", "0.000001", "NaN"),
        holds=_near("0.1", "1"),
        stays=("0", "NaN"),
    ),
    Kind(
        rule={"mask": "noise", "ratio": "10%"},
        type="numeric",
        originals=("Infinity", "-Infinity"),
        stays=_INFINITE,
        since=14,
    ),
    Kind(
        rule={"mask": "noise", "ratio": "1%"},
        type="float8",
        originals=("0", "1.5", "-1e299", "1.7e308", *_INFINITE),
        stays=("0", *_INFINITE),
    ),
    Kind(rule={"mask": "noise", "ratio": "90%"}, type="float8", originals=("5e-324", "-5e-324"), form="0"),
    Kind(
        rule={"mask": "noise", "ratio": "1%"},
        type="float4",
        originals=("0", "1.5", "-3e38", "3.4e+38", *_INFINITE),
        stays=("0", *_INFINITE),
    ),
    Kind(
        rule={"mask": "noise", "ratio": "10%"},
        type="money",
        originals=("$0.00", "$12.50", "-$92,233,720,368,547,758.08", "$92,233,720,368,547,758.07"),
        stays=("$0.00",),
        may_stay=True,
    ),
    Kind(rule={"mask": "range", "min": 18, "max": 99}, type="int2", originals=("0", "32767"), form=r"1[89]|[2-9]\d"),
    Kind(
        rule={"mask": "range", "min": 0, "max": 10},
        type="numeric(6,2)",
        originals=("-5", "NaN"),
        form=r"\d\.\d\d|10\.00",
    ),
    Kind(
        rule={"mask": "range", "min": 0.5, "max": 1.5},
        type="float8",
        originals=("-5", *_INFINITE),
        form=r"0\.[5-9]|1(\.[1-5])?",
    ),
    Kind(rule={"mask": "range", "min": 1, "max": 9}, type="money", originals=("-$5.00", "$50.00"), form=r"\$\d\.\d\d"),
    Kind(
        rule={"mask": "range", "min": "1990-01-01", "max": "1999-12-31"},
        type="date",
        originals=("2020-01-01", "infinity", "4713-01-01 BC", "5874897-12-31"),
        form=r"199\d-\d\d-\d\d",
    ),
    Kind(
        rule={"mask": "range", "min": "1990-01-01", "max": "1999-12-31"},
        type="timestamptz",
        originals=("2020-01-01 00:00+00", "infinity"),
        form=r"199\d-\d\d-\d\d \d\d:\d\d:\d\d\+00",
    ),
    Kind(
        rule={"mask": "round", "to": 100},
        type="int2",
        originals=("149", "151", "-151", "32767", "-32768"),
        form=r"100|-?200|-?32700",
    ),
    Kind(
        rule={"mask": "round", "to": 0.5},
        type="numeric(4,2)",
        originals=("1.20", "1.30", "99.99", "NaN"),
        form=r"1\.00|1\.50|99\.50",
        stays=("NaN",),
    ),
    Kind(
        rule={"mask": "round", "to": 10},
        type="float8",
        originals=("14.9", "1e300", "1.7e308", *_INFINITE),
        form=r"10|1e\+300",
        stays=("1e+300", *_INFINITE),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "bucket", "step": 1000},
        type="int4",
        originals=("1204", "-1", "2147483647", "-2147483648"),
        form=r"1000|-1000|2147483000|-2147483000",
    ),
    Kind(
        rule={"mask": "bucket", "bounds": [0, 18, 65]},
        type="numeric",
        originals=("-5", "17.9", "18.5", "70", "NaN"),
        form="0|18|65",
        stays=("NaN",),
    ),
    Kind(rule={"mask": "bucket", "step": 10}, type="money", originals=("$12.50", "-$0.01"), form=r"-?\$10\.00"),
    Kind(
        rule="digits",
        type="text",
        originals=(
            "090-1234-5678",
            "(03) 1234 5678",
            'a"1\\2%3',
            "０９０−１２３４",
            "1",
            "7" * 18,
            "8" * 19,
            "9" * 500,
            "0000",
            "品川 300 あ 12-34",
        ),
        holds=_same_form,
        may_stay=True,
    ),
    Kind(rule="digits", type="text", originals=("none", "なし"), stays=("none", "なし")),
    Kind(rule="permute", type="int2", originals=("1", "7", "32400", "0", "-3"), form=r"-?\d+", stays=("0", "-3")),
    Kind(rule="permute", type="int4", originals=("1", "2143690000", "2147483647"), form=r"\d+", stays=("2147483647",)),
    Kind(rule="permute", type="int8", originals=("1", "9007199254740993"), form=r"\d+"),
    Kind(
        rule={"mask": "array", "of": {"mask": "fixed", "value": 'a"\\b'}},
        type="text[]",
        originals=("{{{x,NULL},{y,z}},{{1,2},{3,4}}}",),
        form=r'\{\{\{"a.*b",NULL\},\{"a.*b"\}\},\{\{.*\},\{.*\}\}\}',
    ),
    Kind(
        rule={"mask": "array", "of": "permute"},
        type="int[]",
        originals=("{{{{1},{2}}},{{{3},{4}}}}",),
        form=r"\{\{\{\{\d+\},\{\d+\}\}\},\{\{\{\d+\},\{\d+\}\}\}\}",
    ),
    Kind(rule={"mask": "array", "of": "permute"}, type="int[]", originals=("{1,2,NULL}",), form=r"\{\d+,\d+,NULL\}"),
    Kind(
        rule={"mask": "digits", "first": 3, "last": 2},
        type="varchar(20)",
        originals=("090-1234-5678", "12345", "123456"),
        holds=lambda o, m: _same_form(o, m) and ((o[:3], o[-2:]) == (m[:3], m[-2:])) == (len(o) > 10),
        may_stay=True,
    ),
    Kind(rule="digits", type="short", originals=("AB-123456", "123456789012"), form=r"(AB-)?\d+"),
    Kind(
        rule="digits",
        type="int2",
        originals=("0", "9", "10", "9999", "10000", "32767", "-32768", "-100"),
        holds=_as_wide,
        may_stay=True,
    ),
    Kind(
        rule="digits",
        type="int4",
        originals=("123456789", "2147483647", "-2147483648", "2147000000", "1000000000", "2146999999"),
        holds=_as_wide,
    ),
    Kind(
        rule="digits",
        type="int8",
        originals=(
            "123456789012345678",
            "9223372036854775807",
            "-9223372036854775808",
            "9222999999999999999",
            "1000000000000000000",
        ),
        holds=_as_wide,
    ),
    Kind(
        rule="url",
        type="text",
        originals=("https://user:pw@example.com/a/b/Photo.JPG?x=/1/2#f/g",),
        form=r"https://preview\.invalid/p/p/[\w-]{4,}\.jpg",
    ),
    Kind(
        rule="url",
        type="text",
        originals=("http://example.com", "example.com", "//example.com/", "/users/john.smith", "mailto:a@b.c"),
        form=r"https://preview\.invalid/(p/)?[\w-]{4,}",
    ),
    Kind(
        rule="url",
        type="varchar(50)",
        originals=("https://a.jp/1/2/3/4/5/6/7/8/9/x.numbers", "x"),
        form=r"https://preview\.invalid/(p/)*[\w-]{4,13}",
    ),
    Kind(
        rule="file_name",
        type="text",
        originals=("my passport.jpeg", "CV of Ann.tar.GZ", "x.pdf", "no ending", "john.smith", "a" * 200 + ".png"),
        holds=lambda o, m: re.fullmatch(r"[0-9a-f]+(\.[a-z]+)?", m) is not None and len(m) in (len(o), 68),
        form=r"[0-9a-f]+(\.jpeg|\.gz|\.pdf|\.png)?",
    ),
    Kind(
        rule={"mask": "partial", "first": 2, "last": 1},
        type="text",
        originals=("Yamada", "山田太郎", "abc", "a"),
        form=r"Ya\*\*\*a|山田\*郎|\*+",
    ),
    Kind(
        rule={"mask": "partial", "last": 4, "sign": "•"},
        type="char(16)",
        originals=("4111111111111111",),
        form="•{12}1111",
    ),
    Kind(
        rule="scramble",
        type="text",
        originals=(
            "Taro Yamada, 12-3 Street",
            "山田　太郎・ヤマダ",
            "Ångström Ünal",
            "Иван Петров",
            "ﾔﾏﾀﾞ ＡＢ１２",
            "e\u0301a",
        ),
        holds=lambda o, m: len(o) == len(m) and all(a == b for a, b in zip(o, m, strict=False) if a in " ,-　・"),
        form=r"[A-Z][a-z]{3} [A-Z][a-z]{5}, \d\d-\d [A-Z][a-z]{5}|\D+|.*[Ａ-Ｚ]{2}[０-９]{2}",
    ),
    Kind(rule="scramble", type="text", originals=("--- ・", "…"), stays=("--- ・", "…")),
    Kind(rule={"mask": "scramble", "keep": "ab12"}, type="citext", originals=("ab-xyz-12",), form="ab-[a-z]{3}-12"),
    Kind(
        rule={"mask": "date_trunc", "to": "month"},
        type="date",
        originals=("1985-02-20", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity"),
        form=r"1985-02-01|4700-01-01 BC|294000-01-01",
        stays=("infinity", "-infinity"),
    ),
    Kind(
        rule={"mask": "date_trunc", "to": "year"},
        type="timestamptz",
        originals=("2020-12-31 23:59:59+00", "infinity"),
        form=r"2020-01-01 00:00:00\+00",
        stays=("infinity",),
    ),
    Kind(
        rule={"mask": "date_trunc", "to": "hour"},
        type="timestamp(3)",
        originals=("2020-12-31 23:59:59.123", "-infinity"),
        form=r"2020-12-31 23:00:00",
        stays=("-infinity",),
    ),
    Kind(
        rule={"mask": "date_noise", "within": "3 days"},
        type="date",
        originals=("1985-02-20", "4713-01-01 BC", "5874897-12-31", "infinity"),
        form=r"1985-02-\d\d|4700-.* BC|4701-.* BC|294000-.*|293999-.*",
        stays=("infinity",),
    ),
    Kind(
        rule={"mask": "date_noise", "within": 1},
        type="timestamptz",
        originals=("2020-12-31 12:00:00+00", "-infinity"),
        form=r"20(20|21)-\d\d-\d\d \d\d:\d\d:\d\d\+00",
        stays=("-infinity",),
    ),
    Kind(
        rule="birthdate",
        type="date",
        originals=("1985-02-20", "1984-12-31", "2000-02-29", "4713-01-01 BC", "infinity"),
        form=r"198[0-9]-.*|200[0-4]-.*|.* BC",
        stays=("infinity",),
    ),
    Kind(
        rule={"mask": "birthdate", "years": 1},
        type="timestamp",
        originals=("1985-02-20 10:11:12",),
        form=r"1985-\d\d-\d\d 00:00:00",
    ),
    Kind(
        rule="uuid",
        type="uuid",
        originals=("5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a",),
        form=r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    Kind(
        rule="uuid",
        type="text",
        originals=("5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a", "x"),
        form=r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}",
    ),
    Kind(
        rule="uuid",
        type="varchar(38)",
        originals=("{5F0C6F0E-2F1B-4A53-9F0E-0C6F0E2F1B4A}", "5F0C6F0E2F1B4A539F0E0C6F0E2F1B4A"),
        form=r"[{]?[0-9A-F-]{32,36}[}]?",
    ),
    Kind(rule="mac", type="macaddr", originals=("08:00:2b:01:02:03",), form=r"02(:[0-9a-f]{2}){5}"),
    Kind(rule="mac", type="macaddr8", originals=("08:00:2b:01:02:03:04:05",), form=r"02(:[0-9a-f]{2}){7}"),
    Kind(
        rule="mac",
        type="text",
        originals=("08:00:2b:01:02:03", "08-00-2B-01-02-03", "0800.2b01.0203", "08002b010203"),
        form=r"02(:[0-9a-f]{2}){5}|02(-[0-9A-F]{2}){5}|02[0-9a-f]{2}\.[0-9a-f]{4}\.[0-9a-f]{4}|02[0-9a-f]{10}",
    ),
    Kind(rule="user_agent", type="text", originals=("curl/8.0", "x"), form=r"Mozilla/5\.0 \(.*"),
    Kind(rule="user_agent", type="varchar(20)", originals=("curl/8.0",), form=r"Mozilla/5\.0 \(.{7}"),
    Kind(
        rule="api_key",
        type="text",
        originals=("sk_live_" + "x" * 24, "AKIAIOSFODNN7EXAMPLE", "ghp_" + "a" * 36, "x"),
        form=r"(sk_test_|AKIA|ghp_)?MASKED[A-Za-z0-9]+",
    ),
    Kind(rule="username", type="text", originals=("taro", "山田"), form=r"[a-z]+_\d+"),
    Kind(rule={"mask": "username", "sign": "."}, type="varchar(20)", originals=("taro",), form=r"([a-z]+\.)?\d+"),
    Kind(rule="company", type="text", originals=("Acme Inc", "x"), form=r".{5,}"),
    Kind(
        rule={"mask": "company", "locale": "en_US"},
        type="varchar(12)",
        originals=("Acme Inc", "x"),
        form=r"[A-Z][a-z]+ ?[A-Za-z .&]*",
    ),
    Kind(rule="job", type="text", originals=("King",), form=r"\w+"),
    Kind(
        rule={"mask": "card", "luhn": "right"},
        type="text",
        originals=("4111-1111-1111-1111", "3782 822463 10005", "4222222222222", "6304900000000000000", "none"),
        holds=lambda o, m: _luhn(m) and (o == "none" or _same_form(o, m)),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "card", "luhn": "right", "bin": "keep"},
        type="text",
        originals=("4012-8888-8888-1881", "3782 822463 10005", "4222222222222", "6304900000000000000", "none", "12-3"),
        holds=lambda o, m: _luhn(m) and (len(o) < 13 or (_same_form(o, m) and _digits(o)[:5] == _digits(m)[:5])),
        may_stay=True,
    ),
    Kind(
        rule={"mask": "card", "last": 4},
        type="varchar(19)",
        originals=("4012-8888-8888-1881", "4222222222222", "12-3"),
        holds=lambda o, m: not _luhn(m) and (len(o) < 13 or (_same_form(o, m) and o[-4:] == m[-4:])),
    ),
    Kind(
        rule={"mask": "card", "bin": "keep", "last": 4},
        type="text",
        originals=("4012-8888-8888-1881", "6304900000000000000"),
        holds=lambda o, m: not _luhn(m) and _digits(o)[:6] + o[-4:] == _digits(m)[:6] + m[-4:] and _same_form(o, m),
    ),
    Kind(
        rule="ltree",
        type="ltree",
        originals=("top.taro.top", ""),
        form=r"(([0-9a-f]{12})\.[0-9a-f]{12}\.\2)?",
        stays=("",),
    ),
    Kind(rule={"mask": "ltree", "first": 1}, type="ltree", originals=("top.taro",), form=r"top\.[0-9a-f]{12}"),
    Kind(
        rule="card",
        type="varchar(16)",
        originals=("4111111111111111",),
        holds=lambda _, m: not _luhn(m) and len(m) == 16,
    ),
    Kind(
        rule="iban",
        type="text",
        originals=(
            "DE89 3704 0044 0532 0130 00",
            "gb29nwbk60161331926819",
            "FR1420041010050500013M02606",
            "MT84MALT011000012345MTLCAST001S",
            "IT60X0542811101000000123456",
            "NO9386011117947",
            "BE68539007547034",
            "DK5000400440116243",
            "FI2112345600000785",
            "none",
        ),
        holds=lambda o, m: (
            _mod_97(m) == 1
            and (o == "none" or m[:2] == o[:2].upper())
            and m.replace(" ", "")[4:8].replace("X", "0") == "0000"
            and (m[:2] != "BE" or m[-2:] == "99")
        ),
    ),
    Kind(
        rule={"mask": "iban", "check": "wrong"},
        type="varchar(34)",
        originals=("DE89370400440532013000", "BE68539007547034"),
        holds=lambda o, m: _mod_97(m) != 1 and len(m) == len(o),
    ),
    Kind(
        rule="bic",
        type="text",
        originals=("DEUTDEFF500", "BOTKJPJT", "x"),
        form=r"[A-R]{4}DEZ0XXX|[A-R]{4}JPZ0|[A-R]{4}ZZZ0",
    ),
    Kind(
        rule="national_id",
        type="text",
        originals=("123456789018", "1234-5678-9018", "x"),
        form=r"\d{12}|\d{4}-\d{4}-\d{4}",
        holds=lambda _, m: not _is_my_number(m.replace("-", "")),
    ),
    Kind(
        rule={"mask": "national_id", "country": "US"},
        type="varchar(11)",
        originals=("123-45-6789",),
        form=r"666-\d\d-\d{4}",
    ),
    Kind(
        rule={"mask": "national_id", "country": "GB"}, type="text", originals=("AB 12 34 56 C",), form=r"QQ\d{6}[A-D]"
    ),
    Kind(
        rule={"mask": "national_id", "country": "DE"},
        type="text",
        originals=("86 095 742 719",),
        form=r"0\d \d{3} \d{3} \d{3}",
    ),
    Kind(
        rule={"mask": "national_id", "country": "FR"}, type="text", originals=("255081416802538",), form=r"[12]\d{12}99"
    ),
    Kind(rule={"mask": "national_id", "country": "ES"}, type="char(9)", originals=("12345678Z",), form=r"\d{8}[IOU]"),
    Kind(
        rule="bank_account",
        type="text",
        originals=("1234567", "12-34-56 12345678", "none", "９８７６５４３"),
        holds=lambda o, m: len(m) == 7 if o == "none" else _same_form(o, m),
    ),
    Kind(
        rule={"mask": "geo", "part": "latitude", "within": "5 km"},
        type="float8",
        originals=("35.68", "-90", "90", *_INFINITE),
        holds=lambda o, m: 0 <= abs(float(o) - float(m)) <= 0.0318 and abs(float(m)) <= 90,
        stays=_INFINITE,
        may_stay=True,
    ),
    Kind(
        rule={"mask": "geo", "part": "longitude", "within": "500 m"},
        type="numeric(9,6)",
        originals=("139.767125", "180", "-180"),
        holds=lambda o, m: abs(float(o) - float(m)) <= 0.0032 and abs(float(m)) <= 180,
        may_stay=True,
    ),
    Kind(
        rule={"mask": "geo", "within": "5 km"},
        type="point",
        originals=("(139.76,35.68)", "(NaN,Infinity)"),
        form=r"\(139\.7\d+,35\.[67]\d+\)|\(NaN,Infinity\)",
        stays=("(NaN,Infinity)",),
    ),
    Kind(
        rule={"mask": "geo", "part": "latitude", "grid": 0.1},
        type="float8",
        originals=("35.68", "89.99"),
        form=r"35\.7|90",
    ),
    Kind(
        rule={"mask": "regex_replace", "pattern": "[0-9]{2}$", "to": "00"},
        type="text",
        originals=("1234", "a\\b12", "abc"),
        form=r"1200|a\\b00",
        stays=("abc",),
    ),
    Kind(
        rule={"mask": "regex_replace", "pattern": r"^(\w)\w*", "to": r"\1.\\", "ignore_case": True},
        type="citext",
        originals=("Yamada Taro",),
        form=r"Y\.\\ Taro",
    ),
    Kind(
        rule={"mask": "choice", "values": ["red", "it's \\ blue"]},
        type="text",
        originals=("green",),
        form=r"red|it's \\ blue",
    ),
    Kind(rule={"mask": "choice", "values": {1: 3, 2: 1}}, type="int4", originals=("7",), form=r"1|2"),
    Kind(
        rule={"mask": "choice", "values": ["2020-01-01", "2021-01-01"]},
        type="date",
        originals=("1999-01-01",),
        form=r"202[01]-01-01",
    ),
    Kind(
        rule={"mask": "map", "values": {"gold": "a", "it's": "b"}, "other": "keep"},
        type="text",
        originals=("gold", "it's", "tin"),
        form="a|b",
        stays=("tin",),
    ),
    Kind(
        rule={"mask": "map", "values": {1: 10, 2: 20}, "other": {"value": 99}},
        type="int8",
        originals=("1", "2", "3"),
        form="10|20|99",
    ),
    Kind(
        rule={"mask": "map", "values": {"a": "b"}, "other": {"value": "z"}},
        type="citext",
        originals=("a", "c"),
        form="b|z",
    ),
    Kind(
        rule={"mask": "template", "template": "n{id}: {{x}}"},
        type="varchar(20)",
        originals=("anything",),
        form=r"n\d+: \{x\}",
    ),
    Kind(rule={"mask": "derived", "of": "id", "kind": "length"}, type="int4", originals=("77",), form="1|2"),
    Kind(
        rule={"mask": "array", "of": "token"},
        type="text[]",
        originals=('{abc,NULL,"",defg}', '{"a\\"b"}', "{{ab,cd},{ef,gh}}", "{}"),
        form=r'\{[0-9a-f]{3},NULL,"",[0-9a-f]{4}\}|\{[0-9a-f]{3}\}|\{\{\w\w,\w\w\},\{\w\w,\w\w\}\}',
        stays=("{}",),
    ),
    Kind(
        rule={"mask": "array", "of": {"mask": "noise", "ratio": "50%"}},
        type="int8[]",
        originals=("{100,NULL,-7}", "{{5},{6}}"),
        form=r"\{\d+,NULL,-\d+\}|\{\{\d\},\{\d\}\}",
    ),
    Kind(
        rule={"mask": "array", "of": "digits"},
        type="varchar(12)[]",
        originals=("{12-34,12-34}",),
        form=r"\{(\d\d-\d\d),\1\}",
    ),
    Kind(rule={"mask": "array", "of": "phone"}, type="citext[]", originals=("{080-1234-5678}",), form=r"\{[0-9-]+\}"),
    Kind(
        rule={
            "mask": "hstore",
            "keys": {"mail": "email", "it's": "null", "new": "token", "id": "keep"},
            "other": "keep",
        },
        type="hstore",
        originals=('"mail"=>"a@b.c", "it\'s"=>"x", "id"=>"7", "z"=>"y"', '"mail"=>NULL, "it\'s"=>""'),
        holds=lambda _, made: "@b" not in made and '"it\'s"=>NULL' in made and "new" not in made,
    ),
    Kind(
        rule={"mask": "hstore", "keys": {"mail": {"mask": "digits"}, "id": "keep"}, "other": "drop"},
        type="hstore",
        originals=('"mail"=>"12345678", "id"=>"7", "z"=>"y"',),
        form=r'"id"=>"7", "mail"=>"\d{8}"',
    ),
)
