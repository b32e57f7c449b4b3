"""Rule files: what is read from them, and every problem at its exact place."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.errors import Position, RuleErrors
from masker.masks.cases import Cases
from masker.masks.date_shift import DateShift
from masker.masks.email import Email
from masker.masks.json_rule import Json, Leaf
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.own_sql import Sql
from masker.masks.password import Password
from masker.masks.phone import Phone
from masker.masks.token import Token
from masker.model import FromEnvironment
from masker.ruleset.parse import read_rules
from tests.unit.ruleset.files import refused, rule_file

FULL = """\
# yaml-language-server: $schema=./masker.schema.json
version: 1
locale: ja_JP
include: [rails, devise]
tables:
  users:
    columns:
      email: email
      encrypted_password: {mask: password, plaintext: {env: PREVIEW_PASSWORD}}
      last_name: {mask: last_name, scope: person, by: id}
      birthday: {mask: date_shift, within: 30 days}
      profile: {mask: json, paths: {$.email: email, "$.sns[*].handle": {mask: token, optional: true}, $.old: null},\
 other: keep}
      bio: ~
      token: {mask: null}
      role: keep
    where: "not staff"
  orders:
    columns:
      note: {sql: "left(currency, 0) || 'note ' || id"}
      two: {mask: token, by: [shop_id, id], where: "not paid", unless: free}
      three:
        - {when: paid, mask: phone, locale: en_US}
        - {when: free, sql: "''"}
        - {when: lost, mask: null}
        - {when: own, mask: keep, shows: note}
        - else: {mask: token, by: id}
    references: {user_id: users.id, about_id: {type: about_type, classes: {User: users}}, about: global_id}
  audits: {rows: none}
  events:
    rows: >
      created_at > now()
      - interval '90 days'
defaults:
  - {columns: "*_token", mask: token, length: 20}
  - {columns: "*phone*", mask: cases, cases: [{when: x, mask: phone}], else: null}
  - columns: ["*email*", mail]
    types: [text, varchar, citext]
    tables: user*
    mask: email
undecided: null
large_objects: none
facts:
  models: {User: users, Order: {table: orders, belongs_to: {user_id: User}}}
"""


def read(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{chr(97 + at)}.yml" for at in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_everything_a_file_can_say_is_read(tmp_path: Path) -> None:
    (path,) = read(tmp_path, FULL)
    rules = read_rules([path])
    (file,) = rules.files
    assert [f.name for f in rules.included] == ["rules/rails.yml", "rules/devise.yml"]
    assert (file.locale, file.undecided, file.large_objects, rules.locale) == ("ja_JP", "null", "none", "ja_JP")
    assert file.undecided_position == Position(str(path), 40, 1)
    users, orders, audits, events = file.tables
    by_name = {c.column: c for c in users.columns}
    assert by_name["email"].rule == Email()
    assert by_name["email"].position == Position(str(path), 8, 7)
    assert by_name["encrypted_password"].rule == Password(plaintext=FromEnvironment(env="PREVIEW_PASSWORD"))
    assert by_name["last_name"].rule.by == ("id",)
    assert by_name["last_name"].by_position == Position(str(path), 10, 55)
    assert by_name["birthday"].rule == DateShift(within=30)
    assert by_name["profile"].rule == Json(
        paths={
            "$.email": Leaf(rule=Email()),
            "$.sns[*].handle": Leaf(rule=Token(), optional=True),
            "$.old": Leaf(rule=Null()),
        },
        other="keep",
    )
    assert [by_name[c].rule for c in ("bio", "token", "role")] == [Null(), Null(), Keep()]
    assert (users.where, users.where_position) == ("not staff", Position(str(path), 16, 5))
    assert orders.columns[0].rule == Sql(sql="left(currency, 0) || 'note ' || id")
    assert orders.columns[1].rule.by == ("shop_id", "id")
    assert (orders.columns[1].rule.where, orders.columns[1].places["where"]) == (
        "not paid",
        Position(str(path), 20, 52),
    )
    masks = orders.columns[2].rule
    assert isinstance(masks, Cases)
    assert [case.when for case in masks.cases] == ["paid", "free", "lost", "own"]
    assert masks.rules == (Phone(locale="en_US"), Sql(sql="''"), Null(), Keep(shows=("note",)), Token(by=("id",)))
    assert [orders.columns[2].places[name] for name in ("0", "0 when", "4")] == [
        Position(str(path), 22, 11),
        Position(str(path), 22, 18),
        Position(str(path), 26, 17),
    ]
    assert (audits.rows, audits.predicate, audits.rows_position) == ("none", None, Position(str(path), 28, 12))
    user, about, any_row = orders.references
    assert (user.column, user.to, user.position) == ("user_id", "users.id", Position(str(path), 27, 18))
    assert (about.type, about.classes, any_row.is_global_id) == ("about_type", {"User": "users"}, True)
    assert rules.facts.models["Order"].belongs_to["user_id"].to == "User"
    assert (events.rows, events.predicate) == ("predicate", "created_at > now() - interval '90 days'\n")
    first, listed, second = file.defaults
    assert (first.columns, first.types, first.tables, first.rule) == (("*_token",), (), (), Token(length=20))
    assert (second.columns, second.types, second.tables) == (
        ("*email*", "mail"),
        ("text", "varchar", "citext"),
        ("user*",),
    )
    assert (first.position.line, second.position.line, second.position.column) == (34, 36, 5)
    assert (listed.columns, listed.rule.mask) == (("*phone*",), "cases")


def test_files_keep_their_order_and_sets_come_once(tmp_path: Path) -> None:
    paths = read(tmp_path, "version: 1\ninclude: devise\n", "version: 1\nlocale: ja_JP\ninclude: [devise, rails]\n")
    rules = read_rules(paths)
    assert [f.name for f in rules.files] == [str(p) for p in paths]
    assert [f.name for f in rules.included] == ["rules/devise.yml", "rules/rails.yml"]
    assert rules.locale == "ja_JP"


def test_anchors_and_merge_keys() -> None:
    file = rule_file("""\
        tables:
          users:
            columns: &person
              email: email
              phone: &gone null
          members:
            columns:
              <<: *person
              email: keep
              name: *gone
          guests:
            columns: {<<: [*person, {fax: phone}]}
        """)
    users, members, guests = ({c.column: c.rule.mask for c in t.columns} for t in file.tables)
    assert users == {"email": "email", "phone": "null"}
    assert members == {"email": "keep", "name": "null", "phone": "null"}
    assert guests == {"email": "email", "phone": "null", "fax": "phone"}


def test_keys_are_names_whatever_yaml_makes_of_them() -> None:
    file = rule_file("tables: {users: {columns: {null: keep, 12: keep, true: keep, on: keep, 2024-01-01: keep}}}")
    assert [c.column for c in file.tables[0].columns] == ["null", "12", "true", "on", "2024-01-01"]


def test_dates_and_numbers_stay_as_they_are_written() -> None:
    file = rule_file(
        "tables: {t: {columns: {a: {mask: fixed, value: 2024-01-31}, b: {mask: fixed, value: 1.5}, c: {mask: fixed,"
        " value: '012'}}}}"
    )
    assert [c.rule.value for c in file.tables[0].columns] == ["2024-01-31", 1.5, "012"]  # type: ignore[attr-defined]


SYNTAX = [
    (
        "a: [1\n",
        "a.yml:2:1   YAML: expected ',' or ']', but got 'stream end', reading a flow sequence",
        "it begins at line 1, column 4",
    ),
    ("a:\tb\n\tc: d", "a.yml:1:3   YAML: a tab, expected spaces", "indent with spaces"),
    ("a: *u\n", "a.yml:1:4   YAML: found undefined alias 'u'", "put the value in quotes"),
    (
        "a: 1\n---\nb: 2\n",
        "a.yml:2:1   YAML: a second document begins here, expected one",
        "put the rules into one document",
    ),
    ("a: x\nb: \x00y", "a.yml:2:4   YAML: a control character is not allowed here", "remove it"),
    ("a: b: c", "a.yml:1:5   YAML: a second colon, expected a value", "put the value in quotes"),
    ("a: @x", "a.yml:1:4   YAML: found character '@' that cannot start any token", "put the value in quotes"),
    (
        "tables:\n  users:\n    columns:\n   x: y\n",
        "a.yml:4:4   YAML: expected block end",
        "it begins at line 2, column 3",
    ),
    ("version: !!python/object 1", "a.yml:1:10   version: the tag python/object means nothing here", "leave it out"),
    ("? [a, b]\n: 1", "a.yml:1:3   YAML: a key is a list or a mapping, expected a name", "write it on one line"),
    ("a: &x [*x]\n", "a.yml:1:4   a.0: an alias inside of what it stands for", "write the value out"),
    ("a: &x {<<: *x}\n", "a.yml:1:4   a: an alias inside of what it stands for", "write the value out"),
    ("<<: 3", "a.yml:1:5   <<: expected a mapping to merge, or a list of them", "as in"),
    ("", "a.yml:1:1   a.yml: the file holds nothing", "begin it with `version: 1`"),
    ("# only this\n", "a.yml:1:1   a.yml: the file holds nothing", "begin it with `version: 1`"),
    ("- a\n", "a.yml:1:1   a.yml: expected a mapping, found a list", "begin the file with `version: 1`"),
    ("version", "a.yml:1:1   a.yml: expected a mapping, found text", "begin the file with `version: 1`"),
]


@pytest.mark.parametrize(("text", "found", "hint"), SYNTAX)
def test_what_is_no_rule_file(tmp_path: Path, text: str, found: str, hint: str) -> None:
    assert any(line.startswith(found) and remedy.startswith(hint) for line, remedy in refused(tmp_path, text))


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert any("more than 200,000 values" in line for line, _ in refused(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("version: 1\n# caf\xe9\n".encode("latin-1"), "a.yml:2:6   {path}: it is not UTF-8"),
        ("version: 1\n".encode("utf-16"), "a.yml:1:1   {path}: it is not UTF-8"),
    ],
)
def test_other_encodings(tmp_path: Path, content: bytes, found: str) -> None:
    assert refused(tmp_path, content) == [(found.format(path="a.yml"), "save it as UTF-8")]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert refused(tmp_path, b"\xef\xbb\xbfversion: 1\n") == []


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x.yml").write_text("version: 1\n")
    with pytest.raises(RuleErrors) as caught:
        read_rules([tmp_path / "none.yml", tmp_path / "d"])
    assert [(p.subject.removeprefix(f"{tmp_path}/"), p.found, p.hint) for p in caught.value.problems] == [
        ("d", "it is a directory, expected a file", "name its files one by one: x.yml"),
        ("none.yml", "there is no such file", "check the path given with --rules or under `rules:`"),
    ]
    assert caught.value.exit_code == 3


# (line below `version: 1` and four spaces of indentation under `columns`), place, message, beginning of the hint
COLUMNS = [
    ("a: emial", '5:10   u.a: there is no mask "emial"', "did you mean email? `masker rules masks` lists them all"),
    ("a: {mask: emial}", '5:17   u.a: there is no mask "emial"', "did you mean email?"),
    ("a: qqq", '5:10   u.a: there is no mask "qqq"', "`masker rules masks` lists them all"),
    ("a: {length: 5}", "5:10   u.a: no mask is named", "write `email` or {mask: email, …}"),
    ("a: 5", "5:10   u.a: expected a mask, found a number", "write `a: keep`"),
    ("a: true", "5:10   u.a: expected a mask, found true", "write `a: keep`"),
    ("a: [token]", "5:10   u.a: expected a mask, found a list", "write `a: keep`"),
    (
        "a: {mask: token, lenght: 5}",
        "5:24   u.a: the mask token has no argument lenght",
        "did you mean length? It takes keep, alphabet, prefix, length, by, scope, locale",
    ),
    (
        "a: {mask: cases, else: keep}",
        "5:10   u.a: several masks by condition need masks, each with the condition it is used on",
        'write a list: `- {when: "…", mask: …}`, then `- else: …`',
    ),
    (
        "a: {mask: cases, cases: [{when: b, mask: email}]}",
        "5:10   u.a: several masks by condition need a mask of all other rows, `else`",
        'write a list: `- {when: "…", mask: …}`',
    ),
    ("a: {mask: token, length: 1}", "5:32   u.a: length: too small, expected 4 or more", ""),
    ("a: {mask: token, length: 999}", "5:32   u.a: length: too large, expected 200 or less", ""),
    ("a: {mask: token, length: x}", "5:32   u.a: length: expected a whole number, found text", ""),
    (
        "a: {mask: token, alphabet: hx}",
        '5:34   u.a: alphabet: "hx" is not known, expected one of hex, alnum, base58, digits',
        "did you mean hex?",
    ),
    (
        "a: {mask: first_name, locale: jp_JP}",
        '5:37   u.a: locale: there is no locale "jp_JP"',
        "did you mean ja_JP? There are en_US, ja_JP",
    ),
    ("a: {mask: email, domain: Example}", "5:32   u.a: domain: not of the expected form", "a lower-case host name"),
    ("a: {mask: email, by: 5}", "5:28   u.a: by: expected a column, a list of columns, or `value`, found a number", ""),
    ("a: {mask: email, scope: ''}", "5:31   u.a: scope: empty, expected at least one", "fill it in"),
    ("a: fixed", "5:10   u.a: the mask fixed needs value", "write {mask: fixed, value: …}"),
    ("a: {mask: fixed}", "5:10   u.a: the mask fixed needs value", "write {mask: fixed, value: …}"),
    (
        "a: {mask: fixed, value: [1]}",
        "5:31   u.a: value: expected text or a whole number or a number or true or false, found a list",
        "",
    ),
    ("a: {mask: date_shift, within: 3 weeks}", "5:37   u.a: within: expected a number of days, such as `30 days`", ""),
    ("a: {mask: password, hash: 5}", "5:33   u.a: hash: expected text or {env: NAME}, found a number", ""),
    ("a: {mask: password, hash: {env: 5}}", "5:39   u.a: hash.env: expected text, found a number", ""),
    ("a: {mask: password, plaintext: secret}", "5:38   u.a: plaintext: expected {env: NAME}, found text", ""),
    (
        "a: {mask: password, hash: x, plaintext: {env: X}}",
        "5:10   u.a: takes either a hash or a plaintext (with pepper), not both",
        "",
    ),
    ("a: {mask: json, paths: {}}", "5:10   u.a: takes the paths of leaves, or `other: mask`", ""),
    ("a: {mask: json, paths: {b: email}}", "5:30   u.a: paths: 'b' is no path", ""),
    ("a: {mask: json, paths: {$.b: emial}}", '5:36   u.a: $.b: there is no mask "emial"', "did you mean email?"),
    (
        "a: {mask: json, paths: {$.b: {mask: token, lenght: 2}}}",
        "5:50   u.a: $.b: the mask token has no argument lenght",
        "did you mean length?",
    ),
    (
        "a: {mask: json, paths: {$.b: {mask: token, optinal: true}}}",
        "5:50   u.a: $.b: the mask token has no argument optinal",
        "did you mean optional?",
    ),
    (
        "a: {mask: json, paths: {$.b: {mask: token, optional: maybe}}}",
        "5:60   u.a: $.b.optional: expected true or false, found text",
        "",
    ),
    (
        "a: {mask: array, of: {mask: token, lenght: 1}}",
        "5:42   u.a: of: the mask token has no argument lenght",
        "did you mean length?",
    ),
    (
        "a: {mask: hstore, keys: {x: {mask: email, lenght: 1}}, other: drop}",
        "5:49   u.a: keys.x: the mask email has no argument lenght",
        "did you mean length?",
    ),
    ("a: {mask: array, of: [token]}", "5:28   u.a: of: expected a mask, found a list", ""),
    ("a: {mask: hstore, keys: {x: 7}, other: drop}", "5:35   u.a: keys.x: expected a mask, found a number", ""),
    ("a: {mask: [token]}", "5:10   u.a: mask: expected the name of a mask", ""),
    ("a: {mask: token, optional: true}", "5:24   u.a: the mask token has no argument optional", "it takes"),
    ("a: {sql: 5}", "5:16   u.a: sql: expected text, found a number", ""),
    ("a: {sql: x, oder: y}", "5:19   u.a: the mask sql has no argument oder", "it takes sql, shows, by, scope, locale"),
    (
        "a: {mask: email, where: 5}",
        "5:31   u.a: where: expected text, found a number",
        'write the condition as text: `where: "id < 1000"`',
    ),
    ("a: {mask: email, unless: ''}", "5:32   u.a: unless: empty, expected at least one", "fill it in"),
    ("a: {mask: email, null: drop}", '5:30   u.a: null: "drop" is not known, expected one of keep, mask', ""),
    ("a: {mask: email, share: often}", "5:31   u.a: share: expected a share, such as `10%`", ""),
    ("a: {mask: email, share: 120%}", "5:31   u.a: share: expected more than 0% and 100% at most", ""),
    ("a: {mask: email, share: 0%}", "5:31   u.a: share: expected more than 0% and 100% at most", ""),
    ("a: {mask: email, unique: maybe}", "5:32   u.a: unique: expected true or false, found text", ""),
    ("a: {mask: email, reason: ''}", "5:32   u.a: reason: empty, expected at least one", ""),
    ("a: {mask: email, keep: {first: 2}}", "5:24   u.a: the mask email has no argument keep", ""),
    ("a: {mask: token, keep: {frist: 2}}", "5:31   u.a: keep: there is no key frist here", "did you mean first?"),
    ("a: {mask: token, keep: {}}", "5:30   u.a: keep: takes first or prefix, last or suffix, or one of each", ""),
    ("a: {mask: token, keep: {first: 2, prefix: x}}", "5:30   u.a: keep: takes either first or prefix", ""),
    ("a: {mask: token, length: 9, keep: {first: 2}}", "5:10   u.a: takes either keep, or prefix and length", ""),
    ("a: {mask: keep, share: 10%}", "5:10   u.a: the mask keep does nothing with share: leave it out", ""),
    ("a: {mask: null, unique: true}", "5:10   u.a: the mask null does nothing with unique: leave it out", ""),
    ("a: {sql: x, null: mask}", "5:10   u.a: the mask sql does nothing with null: leave it out", ""),
    (
        "a: {mask: json, paths: {$.b: {mask: email, share: 10%}}, other: keep}",
        "5:36   u.a: $.b: share is for columns, a path does nothing with it",
        "",
    ),
    (
        "a: [{when: x, mask: email, reason: so}, {else: keep}]",
        "5:11   u.a: mask 1: unique and reason are for a column as a whole",
        "",
    ),
    ("a: {mask: keep, unless: x}", "5:10   u.a: keep with unless does not say what becomes of the other rows", ""),
    (
        "a: {mask: json, paths: {$.b: {mask: email, where: x}}, other: keep}",
        "5:36   u.a: $.b: a path has one mask and no condition",
        "",
    ),
    ("a: [{when: x, mask: email}]", "5:10   u.a: the list ends without `else`", ""),
    ("a: [{when: x, mask: email}, {when: y, mask: keep}]", "5:10   u.a: the list ends without `else`", ""),
    ("a: [{else: email}, {when: x, mask: email}]", "5:10   u.a: `else` stands before the end of the list", ""),
    (
        "a: [{when: x, mask: email}, {else: email, by: id}]",
        "5:10   u.a: by beside `else`, expected the mask within it",
        "",
    ),
    ("a: [{else: email}]", "5:10   u.a: no mask has a condition", ""),
    ("a: [{when: x, mask: keep}, {else: keep}]", "5:10   u.a: every mask of the list is keep", ""),
    (
        "a: [{mask: email}, {else: email}]",
        "5:11   u.a: mask 1: it has no condition",
        'write {when: "…", mask: …}, or {else: …} as the last',
    ),
    ("a: [email, {else: email}]", "5:11   u.a: mask 1: expected a mapping, found text", 'write {when: "…", mask: …}'),
    (
        "a: [{when: x, mask: emial}, {else: email}]",
        '5:27   u.a: mask 1: there is no mask "emial"',
        "did you mean email?",
    ),
    ("a: [{when: x, mask: email}, {else: emial}]", '5:42   u.a: else: there is no mask "emial"', "did you mean email?"),
    (
        "a: [{when: 5, mask: email}, {else: email}]",
        "5:18   u.a: mask 1.when: expected text, found a number",
        "write the condition as text",
    ),
    (
        "a: [{when: x, mask: email, unless: y}, {else: email}]",
        "5:11   u.a: mask 1: where and unless are for a mask alone",
        "",
    ),
    (
        "a: [{when: x, mask: email}, {else: {mask: token, length: x}}]",
        "5:64   u.a: else.length: expected a whole number, found text",
        "",
    ),
    (
        "a: [{when: x, mask: email}, {else: [{when: y, mask: email}, {else: keep}]}]",
        "5:42   u.a: else: a list of masks within a list of masks",
        "",
    ),
    (
        "a: [{when: x, mask: json, paths: {$.b: email}, other: keep}, {else: null}]",
        "5:11   u.a: mask 1: json is for all documents of a column",
        "",
    ),
    (
        "a: {mask: cases, cases: [{when: x, mask: email}], scope: y, else: null}",
        "5:10   u.a: scope is for one mask",
        "",
    ),
    ("a: email\n      a: keep", "6:7   u.a: written twice", "it stands at a.yml:5:7 already; keep one of the two"),
    ('"odd.name": 5', '5:19   u."odd.name": expected a mask, found a number', ""),
]


@pytest.mark.parametrize(("line", "found", "hint"), COLUMNS)
def test_wrong_rules_of_columns(tmp_path: Path, line: str, found: str, hint: str) -> None:
    ((said, remedy),) = refused(tmp_path, f"version: 1\ntables:\n  u:\n    columns:\n      {line}\n")
    assert said.startswith(f"a.yml:{found}")
    assert remedy.startswith(hint)


FILES = [
    ("version: 2", "1:10   version: 2 is not known, expected 1", "write `version: 1`"),
    ("version: true", "1:10   version: True is not known, expected 1", "write `version: 1`"),
    ("version: 1.0", "1:10   version: 1.0 is not known, expected 1", "write `version: 1`"),
    ("tables: {}", "1:1   version: missing", "begin the file with `version: 1`"),
    ("version: 1\ncolums: 1", "2:1   colums: there is no such key", "expected version, locale, include"),
    ("version: 1\ntabels: {}", "2:1   tabels: there is no such key", "did you mean tables?"),
    ("version: 1\nlocale: xx", '2:9   locale: there is no locale "xx"', "there are en_US, ja_JP"),
    (
        "version: 1\ninclude: [devize]",
        '2:11   include: there is no rule set "devize"',
        "did you mean devise? There are active_storage",
    ),
    ("version: 1\ninclude: other", '2:10   include: there is no rule set "other"', "there are active_storage"),
    ("version: 1\ninclude: 5", "2:10   include: expected a name or a list of names, found a number", ""),
    (
        "version: 1\nundecided: drop",
        '2:12   undecided: "drop" is not known, expected one of error, keep, null',
        "write `undecided: error`",
    ),
    ("version: 1\nlarge_objects: all", '2:16   large_objects: "all" is not known, expected one of keep, none', ""),
    ("version: 1\nversion: 1", "2:1   version: written twice", "it stands at a.yml:1:1 already"),
    (
        "version: 1\ntables: [users]",
        "2:9   tables: expected a mapping, found a list",
        "write each table's name below it",
    ),
    ("version: 1\ntables:\n  users:", "3:3   users: expected a mapping, found nothing", "write `users: {rows: none}`"),
    (
        "version: 1\ntables:\n  users: none",
        "3:10   users: expected a mapping, found text",
        "write `users: {rows: none}`",
    ),
    (
        "version: 1\ntables:\n  users: {columns: [a]}",
        "3:20   users: columns: expected a mapping, found a list",
        "write each column's name",
    ),
    ("version: 1\ntables:\n  users: {wher: x}", "3:11   users: there is no key wher here", "did you mean where?"),
    (
        "version: 1\ntables:\n  users: {rows: 5}",
        "3:17   users: rows: expected text, found a number",
        "write the condition as text",
    ),
    ("version: 1\ntables:\n  users: {where: ''}", "3:18   users: where: empty, expected at least one", ""),
    (
        "version: 1\ntables:\n  users: {rows: none}\n  users: {rows: all}",
        "4:3   users: written twice",
        "it stands at a.yml:3:3 already",
    ),
    (
        "version: 1\ndefaults: {a: b}",
        "2:11   defaults: expected a list, found a mapping",
        'write a list: `- {columns: "*_token"',
    ),
    ("version: 1\ndefaults: [5]", "2:12   defaults 1: expected a mapping, found a number", "write `{columns:"),
    ("version: 1\ndefaults: [{mask: keep}]", "2:12   defaults 1: columns is missing", "add `columns: …`"),
    ("version: 1\ndefaults: [{columns: x}]", "2:12   defaults x: no mask is named", "write `email`"),
    (
        "version: 1\ndefaults: [{columns: x, mask: kep}]",
        '2:31   defaults x: there is no mask "kep"',
        "did you mean keep?",
    ),
    (
        "version: 1\ndefaults: [{columns: 5, mask: keep}]",
        "2:22   defaults 1: columns: expected a name or a list of names, found a number",
        "",
    ),
    (
        "version: 1\ndefaults: [{columns: x, types: [], mask: keep}]",
        "2:32   defaults x: types: empty, expected at least one",
        "",
    ),
    (
        "version: 1\ndefaults: [{columns: x, mask: keep, tabels: y}]",
        "2:37   defaults x: the mask keep has no argument tabels",
        "did you mean tables?",
    ),
]


@pytest.mark.parametrize(("text", "found", "hint"), FILES)
def test_wrong_files(tmp_path: Path, text: str, found: str, hint: str) -> None:
    ((said, remedy),) = refused(tmp_path, text)
    assert said == f"a.yml:{found}"
    assert remedy.startswith(hint)


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    said = [
        line
        for line, _ in refused(
            tmp_path,
            "version: 2\nlocale: xx\ninclude: [no]\n",
            "a: [\n",
            "version: 1\ntables: {u: {columns: {a: x, a: y}}}\n",
        )
    ]
    assert [line.partition("   ")[0] for line in said] == [
        "a.yml:1:10",
        "a.yml:2:9",
        "a.yml:3:11",
        "b.yml:2:1",
        "c.yml:2:27",
        "c.yml:2:30",
    ]


def test_values_within_multi_line_texts_have_places(tmp_path: Path) -> None:
    text = (
        "version: 1\ntables:\n  u:\n    columns:\n      a:\n        sql: |\n          left(x, 0)\n          || 'a'\n   "
        "     lenght: 3\n      b: |\n        emial\n"
    )
    assert [line for line, _ in refused(tmp_path, text)] == [
        "a.yml:9:9   u.a: the mask sql has no argument lenght",
        'a.yml:10:10   u.b: there is no mask "emial"',
    ]
