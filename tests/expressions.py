"""Expressions made up at random as people write them, and as nobody does: by kind of value, parentheses as they
come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

#: The table they are over.
SCHEMA = """
CREATE TABLE t (id int PRIMARY KEY, n int, big bigint, x numeric, name text, "Odd name" varchar(20), ok boolean,
born date, at timestamp, tz timestamptz, gap interval, doc jsonb, raw json, tags text[],
  numbers int[], code uuid, host inet, bin bytea, span int4range);
INSERT INTO t VALUES
 (1, 7, -3, 2.50, 'Taro Yamada', 'it''s', true, '2000-02-29', '2001-02-03 04:05:06.7', '2001-02-03 04:05:06+09',
 '40 days 3 hours',
  '{"a": {"b": [1, "x"], "": 5}, "": "empty", "n": 5, "s": "text", "a.b": 1, "it''s": 2, "k\\\\l": 3, "0": "zero",
    "$": 4, "-1": 7}',
  '{"a": {"b": [1, "x"]}, "n": 5, "": 0}', '{a,b,c}', '{3,1,2}',
  '11111111-2222-3333-4444-555555555555', '10.1.2.3/24', '\\x00ff41', '[1,5)'),
 (2, -2, 3, -1.5, '山田 太郎\\', '', false, '1999-12-31', '1999-12-31', 'epoch', '-1 mon -2:30', '[{"a": 1}, "b"]',
 '[]', '{}', '{{1,2},{3,4}}', '11111111-2222-3333-4444-555555555556', '::1', '', 'empty'),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""

COLUMNS = (
    "id",
    "n",
    "big",
    "x",
    "name",
    "Odd name",
    "ok",
    "born",
    "at",
    "tz",
    "gap",
    "doc",
    "raw",
    "tags",
    "numbers",
    "code",
    "host",
    "bin",
    "span",
)

_TEXTS = (
    "'a'", "'it''s'", "'\\'", "'a\\b'", "E'\\\\'", "E'\\''", "E'a\\nb'", "E'\\x41\\u5c71'", "''", "' '", "'%'", "'_a%'",
    "'a.b'", "$$a'b$$", "$q$a\\b$q$", "'--'", "'/*'", "'\"'", "'山'", "U&'\\5c71!'", "U&'d!0061' UESCAPE '!'", "'$1'",
    "':x'", "'{a,b}'", "'-1'", "'3 days ago'", "'null'", "'tr'\n 'ue'", "N'n'",
)  # fmt: skip
_KEYS = (
    "'a'",
    "'a.b'",
    "'it''s'",
    "'k\\l'",
    "''",
    "'0'",
    "'$'",
    "'-1'",
    "0",
    "1",
    "-1",
    "name",
    "E'k\\\\l'",
    "'b'",
    "'n'",
    "'zz'",
)
_PATHS = ("'{a,b}'", "'{a,b,1}'", "'{}'", "array['a', 'b']", "'{a,\"\"}'", "string_to_array('a.b', '.')")
_INTEGERS = (
    "n",
    "id",
    "big",
    "1",
    "-1",
    "0",
    "2",
    "- 3",
    "(2+3)",
    "'5'::int",
    "1::smallint",
    "9223372036854775807",
    "length(name)",
    "10",
)
_NUMBERS = ("x", "1.5", ".5", "2.", "1e3", "1.5E-2", "-0.0", "x::float8", "'1.25'::numeric(4,2)", "+x")
_INTERVALS = (
    "interval '1 day'", "interval '1 day 12:00:00'", "interval '1 month 2 days'", "interval '1 year -3 mons'",
    "interval '-1 day +2:00'", "interval '1:30'", "interval '2' hour", "interval '1 2' day to hour", "interval '90'",
    "interval '1-2' year to month", "interval '3 days ago'", "interval(0) '1.5 seconds'", "interval '1.5 months'",
    "interval '1 decade'", "'1 day'::interval", "interval '1' minute", "interval 'P1Y2M3DT4H'", "interval '500 ms'",
    "interval '@ 1 day 2 hours ago'", "interval '1 week 1 day'", "interval '12:34:56.789' second(1)",
    "make_interval(days => 3)", "make_interval(0, 1, secs => 1.5)", "gap", "cast('2 days' as interval)",
    "interval '1 day'::text::interval",
)  # fmt: skip
_DATES = (
    "born",
    "date '2020-03-31'",
    "'2024-02-29'::date",
    "at::date",
    "current_date",
    "make_date(2000, 1, 31)",
    "to_date('05 Dec 2000', 'DD Mon YYYY')",
    "date 'epoch'",
    "'infinity'::date",
)
_TIMES = (
    "at",
    "timestamp '2020-01-01 10:00'",
    "tz at time zone 'Asia/Tokyo'",
    "born + time '10:00'",
    "localtimestamp",
    "localtimestamp(0)",
    "date_trunc('month', at)",
    "make_timestamp(2000, 1, 2, 3, 4, 5.5)",
    "'2024-02-29 23:59:59.999999'::timestamp(3)",
)
_ZONED = (
    "tz",
    "now()",
    "current_timestamp",
    "current_timestamp(2)",
    "transaction_timestamp()",
    "timestamptz '2024-01-01 12:00+09'",
    "at at time zone 'UTC'",
    "to_timestamp(0)",
    "date_trunc('day', tz, 'Asia/Tokyo')",
    "'2024-06-01 00:00:00 Europe/Berlin'::timestamptz",
    "at::timestamptz",
)
_COMPARISONS = ("=", "<>", "!=", "<", ">", "<=", ">=")
_LIKENESS = (
    *("like", "not like", "ilike", "not ilike", "similar to", "not similar to"),
    *("=", "~", "!~", "~*", "!~*", "is distinct from", "is not distinct from", "<", "^@"),
)
_ZONES = ("'UTC'", "'+05'", "interval '-3 hours'")


class Expressions:
    """A stream of expressions, the same for one *seed*."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._kinds: tuple[Callable[[int], str], ...] = (
            self.text,
            self.truth,
            self.integer,
            self.number,
            self.interval,
            self.date,
            self.time,
            self.zoned,
            self.document,
            self.array,
            self.anything,
        )

    def __iter__(self) -> Iterator[str]:
        while True:
            made = self._of(*self._kinds)(self._random.choice((1, 2, 2, 3)))
            yield self._random.choice((made, made, made, f"({made})", f" {made} -- )", f"/* ( */ {made}\n"))

    def _of(self, *choices: Callable[[int], str]) -> Callable[[int], str]:
        return self._random.choice(choices)

    def _one(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)

    def _grown(self, depth: int, leaves: tuple[str, ...], *forms: Callable[[int], str]) -> str:
        if depth <= 0 or self._random.random() < 0.1:
            return self._one(leaves)
        made = self._of(*forms)(depth - 1)
        return f"({made})" if self._random.random() < 0.35 else made

    def text(self, depth: int) -> str:
        one = self._one
        return self._grown(
            depth,
            ("name", "NAME", '"Odd name"', "original.name", "id::text", *_TEXTS),
            lambda d: f"{self.text(d)} || {self.text(d)}",
            lambda d: f"{self.text(d)}||{self.integer(d)}",
            lambda d: f"left({self.text(d)}, {one(_INTEGERS)})",
            lambda d: f"replace({self.text(d)}, {one(_TEXTS)}, {one(_TEXTS)})",
            lambda d: f"case when {self.truth(d)} then {self.text(d)} else {self.text(d)} end",
            lambda d: f"case {self.integer(d)} when 1 then {self.text(d)} when {self.integer(0)} then 'x' end",
            lambda _: f"doc ->> {one(_KEYS)}",
            lambda _: f"doc -> {one(_KEYS)} ->> {one(_KEYS)}",
            lambda _: f"doc#>>{one(_PATHS)}",
            lambda _: f"raw ->> {one(_KEYS)}",
            lambda d: f"({self.document(d)})::text",
            lambda d: f"coalesce({self.text(d)}, {self.text(d)}, 'none')",
            lambda d: f"nullif({self.text(d)}, {self.text(0)})",
            lambda d: f'greatest({self.text(d)}, {self.text(0)} COLLATE "C")',
            lambda d: f"{self.text(d)}::varchar({self._random.randint(1, 5)})",
            lambda d: f"cast({self.text(d)} as char(3))",
            lambda d: f"substring({self.text(d)} from {one(_INTEGERS)} for 2)",
            lambda d: f"substring({self.text(d)}, 2)",
            lambda d: f"substring({self.text(d)} from '[a-z]+')",
            lambda d: f"overlay({self.text(d)} placing 'xx' from 1 for 1)",
            lambda d: f"trim(both 'a' from {self.text(d)})",
            lambda d: f"trim({self.text(d)})",
            lambda d: f"concat_ws('-', {self.text(d)}, {self.integer(d)}, null)",
            lambda d: f"format('%s %% %2$s', {self.text(d)}, {self.text(d)})",
            lambda d: f"({self.array(d)})[{self._random.randint(-1, 3)}]",
            lambda d: f"regexp_replace({self.text(d)}, '[aeiou]', {one(_TEXTS)}, 'g')",
            lambda d: f"to_char({self.zoned(d)}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
            lambda d: f"to_char({self.number(d)}, 'FM990.00')",
            lambda d: f"({self.interval(d)})::text",
            lambda d: f"split_part({self.text(d)}, ' ', -1)",
            lambda d: f"lower({self.text(d)}) || upper({self.text(d)})",
            lambda d: f"array_to_string({self.array(d)}, ',', '*')",
            lambda d: f"translate({self.text(d)}, 'aT', 'b')",
            lambda _: f"encode(bin || {one(_TEXTS)}::bytea, 'hex')",
            lambda d: f"host(host) || {self.text(d)}",
            lambda d: f"repeat({self.text(d)}, 2)",
            lambda d: f"({self.anything(d)})::text",
            lambda d: f"pg_catalog.reverse({self.text(d)})",
        )

    def integer(self, depth: int) -> str:
        one = self._one
        return self._grown(
            depth,
            _INTEGERS,
            lambda d: (
                f"{self.integer(d)} {one(('+', '-', '*', '/', '%', '&', '|', '#', '<<', '>>'))} {self.integer(d)}"
            ),
            lambda d: f"{self.integer(d)}{one(('+', '*', '/', '%'))}{self.integer(d)}",
            lambda d: f"- {self.integer(d)}",
            lambda d: f"~ {self.integer(d)}",
            lambda _: f"~ -{self._random.randint(0, 9)}",
            lambda d: f"@ {self.integer(d)}",
            lambda d: f"+{self.integer(d)}",
            lambda d: f"length({self.text(d)})",
            lambda d: f"abs({self.integer(d)})",
            lambda d: f"{self.integer(d)}::int",
            lambda d: f"case {self.integer(d)} when 1 then 2 else {self.integer(d)} end",
            lambda d: f"({self.truth(d)})::int",
            lambda d: f"position('a' in {self.text(d)})",
            lambda d: (
                f"extract({one(('year', 'dow', 'epoch', 'day'))} from"
                f" {self._of(self.date, self.time, self.zoned)(d)})::int"
            ),
            lambda _: "(doc ->> 'n')::int",
            lambda d: f"{self.date(d)} - {self.date(d)}",
            lambda d: f"cardinality({self.array(d)})",
            lambda _: f"numbers[{self.integer(0)}]",
            lambda _: f"(numbers[{one(('1:2', ':', '2:', ':1', '1:2][1'))}])[1]",
            lambda d: f"array_position({self.array(d)}, {self.text(0)})",
            lambda _: f"num_nulls({self.anything(0)}, {self.anything(0)})",
            lambda d: f"mod({self.integer(d)}, 3)",
            lambda d: f"{self.integer(d)} OPERATOR(pg_catalog.+) {self.integer(d)}",
            lambda d: f"greatest({self.integer(d)}, {self.integer(d)})",
        )

    def number(self, depth: int) -> str:
        one = self._one
        return self._grown(
            depth,
            _NUMBERS,
            lambda d: f"{self.number(d)} {one(('+', '-', '*', '/'))} {self._of(self.integer, self.number)(d)}",
            lambda d: f"-{self.number(d)}",
            lambda d: f"round({self.number(d)}::numeric, 1)",
            lambda _: f"{one(_NUMBERS)} ^ 2",
            lambda _: f"- 2 ^ {one(('2', '-1', 'n'))}",
            lambda _: f"|/ {one(('4', '2.25', 'x'))}",
            lambda d: f"{self.number(d)}::numeric(10,1)",
            lambda d: f"extract(second from {self._of(self.time, self.interval)(d)})",
            lambda d: f"coalesce({self.number(d)}, 0)",
            lambda d: f"date_part('epoch', {self.interval(d)})",
            lambda d: f"trunc({self.number(d)})",
            lambda d: f"{self.integer(d)} / 2.0 * {self.number(d)}",
            lambda d: f"width_bucket({self.number(d)}::numeric, 0, 10, 5)",
        )

    def truth(self, depth: int) -> str:
        one = self._one
        return self._grown(
            depth,
            ("ok", "true", "FALSE", "null::boolean", "not ok", "'t'::bool"),
            lambda d: f"{self.truth(d)} and {self.truth(d)}",
            lambda d: f"{self.truth(d)} OR {self.truth(d)} AND {self.truth(d)}",
            lambda d: f"not {self.truth(d)}",
            lambda d: f"{self.integer(d)} {one(_COMPARISONS)} {self.integer(d)}",
            lambda d: f"{self.text(d)} {one(_LIKENESS)} {self.text(d)}",
            lambda d: f"{self.anything(d)} is {one(('null', 'not null'))}",
            lambda d: f"{self.text(d)} {one(('isnull', 'notnull'))}",
            lambda d: (
                f"{self.truth(d)} is"
                f" {one(('true', 'not true', 'false', 'not false', 'unknown', 'not unknown', 'null'))}"
            ),
            lambda d: f"{self.integer(d)} {one(('in', 'not in'))} (1, {self.integer(d)})",
            lambda d: (
                f"{self.integer(d)} {one(('between', 'not between', 'between symmetric'))} {self.integer(0)} and"
                f" {self.integer(d)}"
            ),
            lambda d: f"{self.text(d)} = {one(('any', 'some', 'all'))}({self.array(d)})",
            lambda d: f"{self.integer(d)} < any('{{1,2}}')",
            lambda d: f"{self.truth(d)} = {self.truth(d)}",
            lambda d: f"{self.time(d)} {one(_COMPARISONS)} {self.time(d)}",
            lambda d: f"{self.zoned(d)} > {self.zoned(d)} - {one(_INTERVALS)}",
            lambda _: f"doc ? {one(_TEXTS)}",
            lambda _: f"doc {one(('?|', '?&'))} {self.array(0)}",
            lambda d: f"{self.text(d)} like {self.text(0)} escape {one(_TEXTS)}",
            lambda _: f"doc @> {one(('doc', chr(39) + '{' + chr(34) + 'n' + chr(34) + ': 5}' + chr(39)))}",
            lambda d: f"{self.array(d)} {one(('&&', '@>', '<@'))} {self.array(d)}",
            lambda d: f"({self.integer(d)}, {self.text(d)}) {one(_COMPARISONS)} ({self.integer(d)}, {self.text(d)})",
            lambda d: (
                f"row({self.integer(d)}, {self.text(0)}) is not distinct from row({self.integer(0)}, {self.text(0)})"
            ),
            lambda d: f"(n, id) in ((7, 1), ({self.integer(d)}, 2))",
            lambda d: f"span @> {self.integer(d)}",
            lambda _: "host << inet '10.0.0.0/8'",
            lambda d: f"(born, at) overlaps ({self.date(d)}, {one(_INTERVALS)})",
            lambda d: f"{self.integer(d)} not in ({self.integer(0)}) = {self.truth(d)}",
            lambda d: f"{self.integer(d)} between 1 and 3 + 4 and {self.truth(d)}",
            lambda d: f"starts_with({self.text(d)}, {self.text(0)})",
        )

    def interval(self, depth: int) -> str:
        one = self._one
        return self._grown(
            depth,
            _INTERVALS,
            lambda d: f"{self.interval(d)} {one(('+', '-'))} {self.interval(d)}",
            lambda d: f"{self.interval(d)} * {one(('2', '-1', 'n', '0.5'))}",
            lambda d: f"{self.interval(d)} / 2",
            lambda d: f"- {self.interval(d)}",
            lambda d: f"{self.time(d)} - {self.time(d)}",
            lambda d: f"justify_days({self.interval(d)})",
            lambda d: f"age({self.time(d)}, {self.time(d)})",
            lambda d: f"{self.interval(d)}::interval(0)",
            lambda d: f"coalesce({self.interval(d)}, '1 day')",
            lambda d: f"2 * {self.interval(d)} + interval '1' hour",
        )

    def date(self, depth: int) -> str:
        return self._grown(
            depth,
            _DATES,
            lambda d: f"{self.date(d)} {self._one(('+', '-'))} {self._one(('1', 'n', '30'))}",
            lambda d: f"{self.time(d)}::date",
            lambda d: f"({self.zoned(d)})::date",
            lambda d: f"least({self.date(d)}, {self.date(d)})",
            lambda d: f"coalesce({self.date(d)}, '2020-01-01')",
            lambda d: f"case when {self.truth(d)} then {self.date(d)} else '1999-01-08' end",
        )

    def time(self, depth: int) -> str:
        return self._grown(
            depth,
            _TIMES,
            lambda d: f"{self.time(d)} {self._one(('+', '-'))} {self.interval(d)}",
            lambda d: f"{self.interval(d)} + {self.time(d)}",
            lambda d: f"{self.date(d)} + {self.interval(d)}",
            lambda d: f"{self.zoned(d)} at time zone {self._one(_ZONES)}",
            lambda d: f"date_trunc('{self._one(('month', 'day', 'hour', 'week'))}', {self.time(d)})",
            lambda d: f"({self.zoned(d)})::timestamp",
            lambda d: f"{self.time(d)} - {self._one(_INTERVALS)} + {self._one(_INTERVALS)}",
            lambda d: f"{self.date(d)}::timestamp",
        )

    def zoned(self, depth: int) -> str:
        return self._grown(
            depth,
            _ZONED,
            lambda d: f"{self.zoned(d)} {self._one(('+', '-'))} {self.interval(d)}",
            lambda d: f"{self.time(d)} at time zone 'Asia/Tokyo'",
            lambda d: f"date_trunc('day', {self.zoned(d)})",
            lambda d: f"{self.zoned(d)} - {self._one(_INTERVALS)} + {self._one(_INTERVALS)}",
            lambda d: f"greatest({self.zoned(d)}, {self.zoned(d)})",
            lambda d: f"({self.time(d)})::timestamptz(1)",
        )

    def document(self, depth: int) -> str:
        return self._grown(
            depth,
            ("doc", "'{\"a\": 1}'::jsonb", "jsonb '[1, \"two\"]'", "raw::jsonb", "'null'::jsonb"),
            lambda d: f"{self.document(d)} -> {self._one(_KEYS)}",
            lambda d: f"{self.document(d)}->{self._one(_KEYS)}",
            lambda d: f"{self.document(d)} #> {self._one(_PATHS)}",
            lambda d: f"{self.document(d)} || {self.document(d)}",
            lambda _: f"doc - {self._one(_KEYS)}",
            lambda d: f"{self.document(d)} #- {self._one(_PATHS)}",
            lambda d: f"to_jsonb({self.anything(d)})",
            lambda d: f"jsonb_build_object('k', {self.anything(d)}, {self._one(_TEXTS)}, {self.integer(d)})",
            lambda d: f"jsonb_set({self.document(d)}, {self._one(_PATHS)}, {self.document(d)}, true)",
            lambda d: f"jsonb_build_array({self.text(d)}, {self.truth(d)})",
            lambda _: "doc['a']['b']",
            lambda d: f"coalesce({self.document(d)}, '{{}}')",
            lambda d: f"jsonb_strip_nulls({self.document(d)})",
        )

    def array(self, depth: int) -> str:
        return self._grown(
            depth,
            (
                "tags",
                "'{a,b}'::text[]",
                "array['x', name]",
                "array[name]",
                "string_to_array(name, ' ')",
                "array[]::text[]",
            ),
            lambda d: f"array[{self.text(d)}, {self.text(d)}]",
            lambda d: f"{self.array(d)} || {self.array(d)}",
            lambda d: f"array_append({self.array(d)}, {self.text(d)})",
            lambda d: f"({self.array(d)})[{self._one(('1:2', ':', '2:', ':1', 'n:'))}]",
            lambda d: f"array_remove({self.array(d)}, 'a')",
            lambda d: f"regexp_match({self.text(d)}, '([a-z])(.)')",
            lambda _: "tags[1:2]",
            lambda d: f"coalesce({self.array(d)}, '{{}}')",
            lambda d: f"array_replace({self.array(d)}, 'a', {self.text(0)})",
        )

    def anything(self, depth: int) -> str:
        return self._of(
            self.text,
            self.integer,
            self.number,
            self.truth,
            self.interval,
            self.date,
            self.time,
            self.zoned,
            self.document,
            self.array,
            lambda _: self._one(
                ("code", "host", "bin", "span", "numbers", "raw", "B'101'", "x'1F'", "null", "'x'::\"char\"")
            ),
        )(depth)
