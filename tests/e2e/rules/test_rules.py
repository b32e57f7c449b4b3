"""Rules that are wrong: exit 3, every problem with its place and a remedy, and nothing is started."""

from __future__ import annotations

import re

import pytest

from tests.executable import run
from tests.servers import Server
from tests.shop import RULES, Shop


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("      email: email\n", "      email: [email\n", ["flow sequence"], id="malformed"),
        pytest.param(
            "      phone: phone\n",
            "      email: token\n",
            ["users.email: written twice", r"stands at \S+rules.yml:6:7 already"],
            id="duplicate key",
        ),
        pytest.param(
            "locale: en_US\n",
            "locales: en_US\n",
            ["locales: there is no such key", "did you mean locale"],
            id="unknown key",
        ),
        pytest.param(
            "email\n", "e_mail\n", ['users.email: there is no mask "e_mail"', "did you mean email"], id="unknown mask"
        ),
        pytest.param(
            "phone\n",
            "{mask: phone, lenght: 3}\n",
            ["users.phone: the mask phone has no argument lenght", "it takes"],
            id="unknown argument",
        ),
        pytest.param("users:\n", "user:\n", ["user: there is no such table", "did you mean users"], id="unknown table"),
        pytest.param(
            "role: keep",
            "rolle: keep",
            ["users.rolle: there is no such column", "did you mean users.role"],
            id="unknown column",
        ),
        pytest.param("en_US", "en_UK", ['there is no locale "en_UK"', "did you mean en_US"], id="unknown locale"),
        pytest.param(
            "locale: en_US\n",
            "include: [devize]\n",
            ['there is no rule set "devize"', "did you mean devise"],
            id="unknown rule set",
        ),
        pytest.param("version: 1", "version: 2", ["version: 2 is not known, expected 1"], id="unknown version"),
        pytest.param(
            "page: keep\n",
            "seconds: email\n",
            ["visits.seconds: integer: the mask email serves text", "visits.page text, decided by no rule"],
            id="mask and type",
        ),
        pytest.param(
            "code: token\n",
            "code: {mask: fixed, value: same}\n",
            ["orders.code: .*[Uu][Nn][Ii][Qq][Uu][Ee]"],
            id="mask loses UNIQUE",
        ),
        pytest.param("email: email\n", "email: null\n", ["users.email: .*NOT NULL"], id="mask loses NOT NULL"),
        pytest.param(
            "      note: lorem\n",
            "      note: {sql: \"repeat('long', id::int + 15)\"}\n",
            ["orders.*note.*check constraint note_is_short"],
            id="mask breaks CHECK",
        ),
        pytest.param(
            "name: {mask: full_name, scope: person}",
            'name: {mask: fixed, value: "a name of more than forty characters, which is too long"}',
            ["users.name: .*40"],
            id="too long",
        ),
        pytest.param(
            "note: lorem",
            'note: {sql: "no_such_function(id)"}',
            ["orders.note: .*no_such_function"],
            id="unknown function",
        ),
        pytest.param("note: lorem", 'note: {sql: "(select 1)"}', ["orders.note: "], id="sub-select"),
        pytest.param(
            "by: user_id",
            "by: userid",
            ["orders.shipping_name: by: orders has no column userid"],
            id="unknown identity",
        ),
        pytest.param(
            "  plans:\n    columns:\n      title: keep\n",
            '  plans:\n    rows: "pricee > 100"\n    columns:\n      title: keep\n',
            ["plans: rows.*pricee"],
            id="unknown column in rows",
        ),
        pytest.param(
            "  users:\n",
            "  users:\n    rows: none\n",
            ["orders: all its rows are copied, but user_id references users, of which none are copied"],
            id="broken foreign key",
        ),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(planned: Shop, old: str, new: str, words: list[str]) -> None:
    planned.write_rules(old, new)
    done = planned.copy()
    done.expect(3, r"\d+ problems?, nothing was started", rf"{re.escape(str(planned.rules))}:\d+:\d+", *words)
    assert done.out == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("email: email\n", "email: e_mail\n"),
        ("role: keep", "rolle: keep"),
        ("phone: phone\n", 'phone: {mask: sql, sql: "nowhere(id)"}\n'),
        ("code: token\n", "code: {mask: fixed, value: same}\n"),
    ],
)
def test_the_place_is_that_of_the_rule(planned: Shop, old: str, new: str) -> None:
    place = planned.write_rules(old, new)
    line = place.rsplit(":", 1)[0]
    planned.copy().expect(3, rf"{re.escape(line)}:\d+")


def test_undecided_columns_are_all_told_at_once(planned: Shop) -> None:
    planned.rules.write_text("version: 1\ntables:\n  plans: {rows: none}\n")
    done = planned.copy().expect(
        3,
        "9 problems, nothing was started",
        r"email: \{mask: email",
        r"phone: phone",
        r"encrypted_password: \{mask: password",
    )
    for column in ("users.email", "users.name", "users.role", "orders.code", "orders.note", "visits.page"):
        assert f"{column}   " in done.err, done.err
    assert "plans" not in done.err


def test_all_problems_of_several_files_are_told_at_once(planned: Shop) -> None:
    planned.write_rules("email: email\n", "email: e_mail\n")
    other = planned.rules.with_name("other.yml")
    other.write_text("version: 1\ntables:\n  orders:\n    columns: {note: lorm}\n")
    planned.copy("--rules", planned.rules, "--rules", other).expect(
        3, "2 problems", r"other.yml:4:21 .*lorm.*rules.yml:6:14 .*e_mail"
    )


def test_two_rules_that_claim_one_column_are_both_named(planned: Shop) -> None:
    text = RULES.replace("  users:\n", "  public.users:\n    columns: {name: keep}\n  users:\n")
    planned.rules.write_text(text)
    planned.copy().expect(
        3,
        r"rules.yml:6:3 users: public.users is decided twice in this file",
        r"it is public.users at \S+rules.yml:4:3; put both into one",
    )


def test_a_rule_file_that_is_not_there(planned: Shop) -> None:
    missing = planned.rules.with_name("nowhere.yml")
    planned.copy("--rules", missing).expect(3, "nowhere.yml.*there is no such file", "check the path")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_a_rule_file_that_is_empty(planned: Shop, text: str) -> None:
    planned.rules.write_text(text)
    planned.copy().expect(3, "rules.yml:1:1 .*the file holds nothing", "begin it with `version: 1`")


def test_problems_as_json(planned: Shop) -> None:
    place = planned.write_rules("email: email\n", "email: e_mail\n")
    done = planned.copy("--json")
    done.expect(3)
    document = done.json()
    (problem,) = document["problems"]
    assert document["exit_code"] == 3
    assert problem["subject"] == "users.email"
    assert problem["at"].startswith(place.rsplit(":", 1)[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nsorce: {}\n", [r"masker.yml:2:1 .*sorce: there is no such setting"]),
        ("version: 1\nsource: {url: [1]}\n", [r"masker.yml:2:10 .*source.url"]),
        ("version: 1\nsource: {url: x\n", [r"masker.yml:3:1"]),
        ("version: 1\nworkers: 0\n", [r"masker.yml:2:1 .*workers: .*greater than or equal to 1"]),
        (
            "version: 1\nsource: {url: {env: NO_SUCH_VARIABLE}}\ntarget: {url: postgres://h/d}\nrules: [r.yml]\n",
            ["source.url: the environment variable NO_SUCH_VARIABLE is not set"],
        ),
        ("version: 1\n", ["--source is missing", "--target is missing", "--rules is missing"]),
        (
            (
                "version: 1\nsource: {url: postgres://h/d}\ntarget: {url: postgres://h/d}\nrules: [r.yml]\nkey: {file:"
                " no_such_key}\n"
            ),
            ["the key file .*no_such_key cannot be read"],
        ),
    ],
)
def test_settings_that_are_wrong(planned: Shop, text: str, words: list[str]) -> None:
    settings = planned.rules.with_name("masker.yml")
    settings.write_text(text)
    run("copy", "-c", settings).expect(2, *words)


def test_settings_that_are_not_there(planned: Shop) -> None:
    run("copy", "-c", planned.rules.with_name("no.yml")).expect(
        2, r"no.yml: cannot be read \(no such file or directory\)", "-c names a settings file"
    )


def test_settings_file_names_everything(shop: Shop) -> None:
    settings = shop.rules.with_name("masker.yml")
    settings.write_text(
        "version: 1\nsource: {url: {env: FROM}, connections: 1}\ntarget: {url: {env: INTO}}\nrules: [rules.yml]\nkey:"
        " {env: THE_KEY}\nworkers: 2\n"
    )
    environment = {"FROM": shop.source, "INTO": shop.target, "THE_KEY": "0123456789abcdef" * 2}
    done = run("copy", "-c", settings, "--confirm", shop.database, env=environment).expect(
        0, "over 1 connection and is let go"
    )
    assert "0123456789abcdef" not in done.out + done.err
    shop.expect_masked()


@pytest.mark.parametrize("arguments", [["copy"], ["plan", "copy"]])
def test_no_flags(arguments: list[str]) -> None:
    run(*arguments).expect(2, "--source is missing; --target is missing; --rules is missing", "masker.yml")


@pytest.mark.parametrize(
    "arguments",
    [
        ["copy", "--workers", "0"],
        ["copy", "--wrokers", "2"],
        ["cpoy"],
        ["copy", "--publish", "sideways"],
        ["copy", "extra"],
    ],
)
def test_a_command_line_that_is_wrong(arguments: list[str]) -> None:
    run(*arguments).expect(2)


def test_an_unset_password_variable(planned: Shop) -> None:
    place = planned.write_rules(
        "encrypted_password: password", "encrypted_password: {mask: password, plaintext: {env: PREVIEW_PASSWORD}}"
    )
    planned.copy().expect(3, rf"{re.escape(place)} .*the environment variable PREVIEW_PASSWORD is not set")


def test_a_server_that_is_down_does_not_hide_a_wrong_rule(planned: Shop, production: Server) -> None:
    planned.write_rules("email: email\n", "email: e_mail\n")
    planned.copy("--source", "postgres://user@127.0.0.1:1/nowhere").expect(3, "e_mail")
