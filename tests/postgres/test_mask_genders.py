"""Given names are of the gender that the row says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.locales.words import rows_of
from masker.masks.locales.work_european import ES_WORK
from masker.masks.numbers import Drawn, Measured, by_frequency
from masker.tables.agreement import agreement
from tests.postgres.masking import Masking

ROWS = 4000

_SEX = {"gender": "sex", "scope": "person"}
_CODE = {"gender": {"column": "code", "male": [1], "female": [2]}, "scope": "person"}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        session.run(
            "CREATE TABLE people (id int PRIMARY KEY, sex text, code int, given text, kana text, whole text, mail text,"
            " login text UNIQUE)",
            "INSERT INTO people SELECT n, CASE n % 4 WHEN 0 THEN 'Male' WHEN 1 THEN '女性' WHEN 2 THEN 'x' END,"
            " CASE n % 4 WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 9 END, 'a', 'b', 'c', 'd', n::text FROM"
            f" generate_series(1, {ROWS}) n",
            "CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, recipient text)",
        )
        yield session


def _genders(locale: str, script: str) -> dict[str, set[str]]:
    rows, found = rows_of(locale, "given"), dict[str, set[str]]()
    for name, gender in zip(rows.column(script), rows.columns["gender"], strict=True):
        found.setdefault(name, set()).add(gender)
    return found


@pytest.mark.parametrize(
    ("locale", "script"), [("ja_JP", "kanji"), ("en_US", "romaji"), ("de_DE", "latin"), ("es_ES", "latin")]
)
@pytest.mark.parametrize("distinct", [0, 600, 20_000])
def test_a_person_is_of_one_gender_in_all_their_names(
    masking: Masking, locale: str, script: str, distinct: int
) -> None:
    masking.locale = locale
    common = tuple(0.01 / (1 + at / 10) for at in range(40))
    numbers = by_frequency(Measured(values=10 * ROWS, distinct=distinct or 1, common=common))
    masking.shapes = {Drawn("person", "given", locale): numbers} if distinct else {}
    rules: dict[str, Any] = {
        "given": {"mask": "first_name", **_SEX},
        "whole": {"mask": "full_name", "separator": "|", **_CODE},
        "mail": {"mask": "email", **_SEX},
        "login": {"mask": "username", **_CODE},
    }
    if locale == "ja_JP":
        rules["kana"] = {"mask": "first_name", "script": "katakana", **_SEX}
    rows, known = masking.rows("people", rules), _genders(locale, script)
    assert rows == masking.rows("people", rules)
    seen = Counter[tuple[str | None, frozenset[str]]]()
    for row in rows:
        given = row["whole"].split("|")[1 if locale == "ja_JP" else 0]
        assert given == row["given"]
        assert row["mail"].split("@")[0].replace(".", "_") == row["login"]
        if row["given"] in known:
            seen[row["sex"], frozenset(known[row["given"]])] += 1
    # What is put together may by chance be a name that the list has for others.
    wrong = seen["Male", frozenset("f")] + seen["女性", frozenset("m")]
    assert not wrong or (distinct == 20_000 and wrong < 0.01 * ROWS)
    assert sum(seen.values()) > (0.9 if distinct < 5000 else 0.15) * ROWS
    for neither in ("x", None):
        assert seen[neither, frozenset("m")] > 0.3 * seen[neither, frozenset("f")] > 0
    names = Counter(row["given"] for row in rows)
    if 0 < distinct < 5000:
        assert 0.5 <= len(names) / distinct <= 2
        assert names.most_common(1)[0][1] / ROWS == pytest.approx(0.01, rel=0.6)
    statement, bindings = masking.statement("people", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE made AS {statement}")
    for name in ("given", "whole"):
        chance = masking.chance("people", name, rules[name], bindings)
        masking.set(bindings)
        least = masking.conn.execute(f"SELECT min({chance}) FROM public.made".encode()).fetchone()
        assert least is not None
        assert least[0] > 0, "it makes what it says it cannot"
    masking.run("DROP TABLE made")
    masking.shapes = {}


def test_the_masked_gender_is_gone_by_where_a_rule_masks_it(masking: Masking) -> None:
    masking.locale = "ja_JP"
    rules: dict[str, Any] = {
        "sex": {"mask": "fixed", "value": "f"},
        "given": {"mask": "first_name", **_SEX},
    }
    known = _genders("ja_JP", "kanji")
    found = {frozenset(known[row["given"]]) for row in masking.rows("people", rules) if row["sex"] is not None}
    assert found <= {frozenset("f"), frozenset("fm")}


def test_words_of_a_gender_are_known_in_capitals_whatever_the_letters(masking: Masking) -> None:
    masking.locale = "es_ES"
    men = ("varón", "VARÓN", "Varon", "HOMBRE", "H", "МУЖСКОЙ", "Мужской", "мужской")
    women = ("MUJER", "Hembra", "DOÑA", "Женский")
    said = ", ".join(f"('{word}')" for word in (*men, *women))
    masking.run(
        "CREATE TABLE gente (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sexo text, sabido text, puesto text)",
        f"INSERT INTO gente (sexo, sabido, puesto) SELECT s, s, 'a' FROM (VALUES {said}) v (s), generate_series(1, 9)",
    )
    known = {"column": "sexo", "male": ["мужской", "Varón", "varon", "hombre", "h"]}
    known["female"] = ["Женский", "mujer", "hembra", "doña"]
    own = {title: at for pair in ES_WORK.titles if pair[0] != pair[1] for at, title in enumerate(pair)}
    for gender in ("sexo", known):
        for row in masking.rows("gente", {"puesto": {"mask": "job", "gender": gender}}):
            if gender != "sexo" or row["sexo"].lower()[0] not in "мж":
                assert own.get(row["puesto"]) in {None, int(row["sexo"] in women)}, row


def test_m_beside_h_is_nobody_knows_whose(masking: Masking) -> None:
    masking.run(
        "CREATE TYPE sexo AS ENUM ('V', 'M')",
        "CREATE TABLE fichas (id int PRIMARY KEY, sexo sexo, nombre text)",
    )
    rule = {"mask": "first_name", "gender": "sexo"}
    assert masking.refusals("fichas", {"nombre": rule}) == [
        (
            "nombre",
            "gender: sexo says V or M, and M may be a man or, in Spanish, a woman",
            "write `gender: {column: sexo, male: [V], female: [M]}` with its values",
        )
    ]
    written = {"column": "sexo", "male": ["V"], "female": ["M"]}
    assert masking.problems("fichas", {"nombre": {**rule, "gender": written}}) == []


def test_what_says_no_gender_or_not_for_all_of_a_scope_is_refused(masking: Masking) -> None:
    masking.locale = "ja_JP"
    told = masking.problems("people", {"given": {"mask": "first_name", "gender": "sexx"}})
    assert told == ["people.given: gender: there is no column sexx"]
    told = masking.problems("people", {"given": {"mask": "first_name", "gender": "given"}})
    assert told == ["people.given: gender: given is the column itself"]
    told = masking.problems("people", {"given": {"mask": "first_name", "gender": "code"}})
    assert told == ["people.given: gender: code is integer, and nobody knows what it says of whom"]
    rules: dict[str, Any] = {"given": {"mask": "first_name", **_SEX}, "mail": {"mask": "email", "scope": "person"}}
    orders = {"recipient": {"mask": "full_name", "by": "user_id", "scope": "person"}}
    people, catalog = masking.decision("people", rules)
    found = agreement([people, masking.decision("orders", orders)[0]], catalog).problems
    assert sorted(problem.subject for problem in found) == ["orders.recipient", "people.mail"]
    assert all("people.given (rules.yml:1:1)" in problem.found for problem in found)
    alone = masking.decision("people", {**rules, "mail": "email"})[0]
    assert not agreement([alone], catalog).problems
