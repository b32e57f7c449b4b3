"""Spaniards: two family names, in whatever columns they stand, addresses and numbers as they are written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.locales import LOCALES
from masker.masks.locales.words import place_list, rows_of
from masker.masks.locales.work_european import ES_WORK
from masker.masks.numbers import Drawn, Measured, by_frequency
from tests.postgres.masking import Masking

_PERSON = {"scope": "person"}
_SEX = {"gender": "sexo", **_PERSON}
_HOME = {"scope": "home"}

#: Columns of a person: type, original, rule.
_COLUMNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "nombre": ("text", "Ana", {"mask": "first_name", **_SEX}),
    "apellidos": ("varchar(80)", "García López", {"mask": "last_name", **_PERSON}),
    "primero": ("text", "García", {"mask": "last_name", **_PERSON}),
    "explicito": ("text", "García López", {"mask": "last_name", "surname": "first", **_PERSON}),
    "segundo": ("text", "López", {"mask": "last_name", "surname": "second", **_PERSON}),
    "sin_acentos": ("text", "GARCIA LOPEZ", {"mask": "last_name", "script": "romaji", **_PERSON}),
    "completo": ("text", "Ana García López", {"mask": "full_name", **_SEX}),
    "corto": ("text", "Ana García", {"mask": "full_name", **_SEX}),
    "junto": ("text", "García", {"mask": "full_name", "separator": "", **_SEX}),
    "cinco": ("varchar(5)", "López", {"mask": "last_name", "scope": "cut"}),
    "doce": ("varchar(12)", "García López", {"mask": "last_name", "scope": "cut to twelve"}),
    "veinte": ("char(20)", "Ana García López", {"mask": "full_name", "gender": "sexo", "scope": "cut to twenty"}),
    "correo": ("text", "ana@example.es", {"mask": "email", **_SEX}),
    "puesto": ("text", "Abogada", {"mask": "job", **_SEX}),
    "calle": ("text", "Calle Mayor, 1", {"mask": "address", "part": "street", **_HOME}),
    "cp": ("char(5)", "28001", {"mask": "postal_code", **_HOME}),
    "municipio": ("text", "Madrid", {"mask": "address", "part": "city", **_HOME}),
    "provincia": ("text", "Madrid", {"mask": "address", "part": "region", **_HOME}),
    "direccion": ("text", "Calle Mayor, 1, 28001 Madrid", {"mask": "address", **_HOME}),
    "piso": ("text", "2º A", {"mask": "address", "part": "building", **_HOME}),
}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database(), locale="es_ES") as session:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in _COLUMNS.items())
        values = ", ".join(f"'{original}'" for _, original, _ in _COLUMNS.values())
        session.run(
            f"CREATE TABLE socios (id int PRIMARY KEY, sexo text, {columns})",
            f"INSERT INTO socios SELECT n, CASE n % 3 WHEN 0 THEN 'mujer' WHEN 1 THEN 'Hombre' END, {values} FROM"
            " generate_series(1, 400) n",
        )
        yield session


def _rules() -> dict[str, Any]:
    return {name: rule for name, (_, _, rule) in _COLUMNS.items()}


def _of_one(masking: Masking, original: str, rule: Any, rows: int = 1) -> list[str]:
    """What *rule* makes of *original* in so many rows."""
    masking.run(
        "CREATE TABLE IF NOT EXISTS sueltos (id int PRIMARY KEY, dicho text)",
        "TRUNCATE sueltos",
        f"INSERT INTO sueltos SELECT n, '{original}' FROM generate_series(1, {rows}) n",
    )
    return masking.column("sueltos.dicho", rule)


def _counted(width: float) -> dict[Drawn, Any]:
    """Numbers of 900 family names, or pairs of them by their *width*."""
    return {Drawn("person", "family", "es_ES"): by_frequency(Measured(values=1500, distinct=900, width=width))}


@pytest.mark.parametrize("width", [0.0, 7.0, 15.0])
def test_a_spaniard_bears_two_names_in_every_column_and_lives_at_one_place(masking: Masking, width: float) -> None:
    masking.shapes = _counted(width) if width else {}
    rules = _rules()
    rows = masking.rows("socios", rules)
    titles = {name: dict(zip(("Hombre", "mujer"), of, strict=True)) for of in ES_WORK.titles for name in of}
    places = set(place_list("es_ES", "{postal} {city} {region}").entries)
    for row in rows:
        both = f"{row['primero']} {row['segundo']}"
        assert row["apellidos"] == both
        assert row["explicito"] == row["primero"]
        assert row["sin_acentos"].isascii()
        assert len(row["sin_acentos"]) == len(both)
        assert row["completo"] == f"{row['nombre']} {both}"
        assert row["corto"] == f"{row['nombre']} {row['primero']}"
        assert row["junto"] == f"{row['nombre']}{both}"
        assert 2 <= len(row["cinco"].rstrip()) <= 5
        assert len(row["doce"]) <= 12
        assert len(row["veinte"].rstrip().split(" ")) >= 2
        assert re.fullmatch(rf"[a-z-]+\.{row['id']}@example\.com", row["correo"])
        assert row["sexo"] is None or titles[row["puesto"]][row["sexo"]] == row["puesto"]
        assert f"{row['cp']} {row['municipio']} {row['provincia']}" in places
        assert re.fullmatch(r"(Calle|Avenida|Plaza|Paseo|Camino|Carretera|Ronda|\w+) .+, \d{1,3}", row["calle"])
        assert row["direccion"] == f"{row['calle']}, {row['cp']} {row['municipio']}"
        assert re.fullmatch(r"[1-8]º ([A-D]|izda\.|dcha\.)", row["piso"])
    firsts = len({row["primero"] for row in rows})
    # Of pairs nobody knows how often one of the two repeats: they are as frequent as among people.
    assert firsts >= 300 if width == 7.0 else 150 <= firsts <= 290
    assert len({row["apellidos"] for row in rows}) > 370
    assert rows == masking.in_place("socios", rules)
    statement, bindings = masking.statement("socios", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE made AS {statement}")
    for name, rule in rules.items():
        chance = masking.chance("socios", name, rule, bindings)
        masking.set(bindings)
        found = masking.conn.execute(f"SELECT min({chance}), max({chance}) FROM public.made".encode()).fetchone()
        assert found is not None
        assert 0 < found[0] <= found[1] <= 1, f"{name}: it makes what it says it cannot"
        assert found[1] < 0.1 or name in {"correo", "cinco"}, f"{name}: nothing would tell an original from it"
    masking.run("DROP TABLE made")
    masking.shapes = {}


@pytest.mark.parametrize(
    ("mask", "original", "words"),
    [
        ("last_name", "de la Fuente", 1),
        ("last_name", "DE LA FUENTE", 1),
        ("last_name", "De León", 1),
        ("last_name", "del Río García", 2),
        ("last_name", "García de los Ríos", 2),
        ("last_name", "Delgado Ruiz", 2),
        ("full_name", "Ana de la Fuente", 2),
        ("full_name", "Ana del Río Mora", 3),
        ("full_name", "Ana Mora del Río", 3),
    ],
)
def test_what_stands_before_a_family_name_is_no_second_one(
    masking: Masking, mask: str, original: str, words: int
) -> None:
    for rule in ({"mask": mask, "scope": "named"}, {"mask": mask, "by": "value"}):
        # Some are called by two names, as María José.
        (made,) = _of_one(masking, original, rule)
        (given,) = _of_one(masking, original, {**rule, "mask": "first_name"}) if mask == "full_name" else ("",)
        assert len(made.removeprefix(given).split()) + (1 if given else 0) == words, made


def test_by_value_equal_people_stay_equal(masking: Masking) -> None:
    rules = {name: {**rule, "by": "value"} for name, rule in _rules().items() if rule["mask"] in {"last_name", "job"}}
    rows = masking.rows("socios", rules)
    assert rows == masking.in_place("socios", rules)
    # García López by both columns, García and López by their own values.
    assert len({(row["apellidos"], row["primero"], row["segundo"]) for row in rows}) == 1
    assert len(rows[0]["apellidos"].split(" ")) == 2


def test_given_names_are_those_of_one_gender(masking: Masking) -> None:
    known = rows_of("es_ES", "given").columns
    genders = dict(zip(known["latin"], known["gender"], strict=True))
    rows = masking.rows("socios", {"nombre": _COLUMNS["nombre"][2]})
    for row in rows:
        # What is put together, as Nicanor Eloy, begins with a name of the list.
        row["is"] = genders.get(row["nombre"]) or genders[row["nombre"].split(" ")[0]]
    assert {row["is"] for row in rows if row["sexo"] == "mujer"} == {"f"}
    assert {row["is"] for row in rows if row["sexo"] == "Hombre"} == {"m"}


@pytest.mark.parametrize(
    ("original", "form"),
    [
        ("612345678", r"79\d{7}"),
        ("712 345 678", r"79\d \d{3} \d{3}"),
        ("612 34 56 78", r"79\d \d{3} \d{3}"),
        ("612-345-678", r"79\d-\d{3}-\d{3}"),
        ("911234567", r"99\d{7}"),
        ("91 123 45 67", r"99\d \d\d \d\d \d\d"),
        ("881 23 45 67", r"99\d \d\d \d\d \d\d"),
        ("971-12-34-56", r"99\d-\d\d-\d\d-\d\d"),
        ("+34 612 345 678", r"\+34 79\d \d{3} \d{3}"),
        ("+34 91 123 45 67", r"\+34 99\d \d\d \d\d \d\d"),
        ("+34612345678", r"\+3479\d{7}"),
        ("+34911234567", r"\+3499\d{7}"),
        ("+34-612-345-678", r"\+34-79\d-\d{3}-\d{3}"),
        ("0034612345678", r"003479\d{7}"),
        ("0034911234567", r"003499\d{7}"),
        ("call me", r"79\d{7}"),
    ],
)
def test_a_number_is_written_as_the_original_and_rings_nowhere(masking: Masking, original: str, form: str) -> None:
    made = _of_one(masking, original, "phone", rows=20)
    assert all(re.fullmatch(form, tel) for tel in made), made
    assert len(set(made)) == 20


def test_a_column_of_nine_digits_holds_a_spanish_number_and_no_french_one(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE nueve (id int PRIMARY KEY, tel varchar(9), ocho varchar(8))",
        "INSERT INTO nueve SELECT n, (600000000 + n)::text, '1' FROM generate_series(1, 500) n",
    )
    made = masking.column("nueve.tel", "phone")
    assert len(set(made)) == 500
    assert all(re.fullmatch(r"79\d{7}", tel) for tel in made)
    assert masking.problems("nueve", {"ocho": {"mask": "phone"}}) == [
        "nueve.ocho: character varying(8) is too short for a telephone number of 9 digits"
    ]
    assert "10 digits" in masking.problems("nueve", {"tel": {"mask": "phone", "locale": "fr_FR"}})[0]


@pytest.mark.parametrize(
    ("original", "form"),
    [
        ("12345678Z", r"\d{8}[IOU]"),
        ("12345678-z", r"\d{8}-[IOU]"),
        ("12.345.678-Z", r"\d\d\.\d{3}\.\d{3}-[IOU]"),
        ("X1234567L", r"[XYZ]\d{7}[IOU]"),
        ("y-1234567-L", r"[XYZ]-\d{7}-[IOU]"),
        ("B12345678", r"\d{8}[IOU]"),
        ("nada", r"\d{8}[IOU]"),
    ],
)
def test_an_identity_number_has_a_letter_that_is_never_right(masking: Masking, original: str, form: str) -> None:
    made = _of_one(masking, original, "national_id", rows=60)
    assert all(re.fullmatch(form, dni) for dni in made), made
    assert len(set(made)) == 60
    if original.startswith("X"):
        assert {dni[0] for dni in made} == set("XYZ")


def test_a_second_family_name_is_borne_where_people_have_two(masking: Masking) -> None:
    rule = {"mask": "last_name", "surname": "second"}
    assert masking.problems("socios", {"segundo": rule | {"locale": "de_DE"}}) == [
        "socios.segundo: surname second: people of de_DE bear one family name"
    ]
    assert masking.problems("socios", {"segundo": rule}) == []


def test_texts_lose_the_names_in_them_and_keep_ordinary_words(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE notas (id int PRIMARY KEY, apellidos text, texto text)",
        "INSERT INTO notas VALUES (1, 'Ruiz Peña', 'Bueno, la señora RUIZ PEÑA y Beatriz viven en la Plaza del Sol,"
        " tel. 612 345 678')",
    )
    (row,) = masking.rows("notas", {"apellidos": {"mask": "last_name"}, "texto": {"mask": "redact_text"}})
    both = row["apellidos"].upper()
    found = re.fullmatch(
        rf"Bueno, la señora {both} y ([\w ]+) viven en la Plaza del Sol, tel\. 79\d \d{{3}} \d{{3}}", row["texto"]
    )
    assert found is not None, row["texto"]
    assert found[1] != "Beatriz"


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR"])
def test_titles_follow_the_row_s_gender(masking: Masking, locale: str) -> None:
    rows = masking.rows("socios", {"puesto": {"mask": "job", "gender": "sexo", "locale": locale}})
    work = LOCALES[locale].work
    men, women = ({of[at] for of in work.titles} for at in (0, 1))
    assert {row["puesto"] for row in rows if row["sexo"] == "Hombre"} <= men
    assert {row["puesto"] for row in rows if row["sexo"] == "mujer"} <= women
    assert {row["puesto"] for row in rows if row["sexo"] is None} <= set(work.jobs.entries)
    assert masking.problems("socios", {"puesto": {"mask": "job", "gender": "sex"}}) == [
        "socios.puesto: gender: there is no column sex"
    ]
