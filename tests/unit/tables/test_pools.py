"""What a plan says of lists that have fewer entries than there are values."""

from __future__ import annotations

from masker.masks.numbers import Drawn, Measured, by_frequency
from masker.names import ColumnName, TableName
from masker.tables.pools import Found, Steering, columns_of, numbers_of, pool_notes, steering
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved

_TABLE = TableName("public", "addresses")
_CITY, _CODE = ColumnName(_TABLE, "city"), ColumnName(_TABLE, "zip")


def test_codes_of_the_cities_that_are_drawn_may_be_fewer_than_production_has() -> None:
    one = Steering(
        drawn=Drawn("home", "place", "ja_JP"),
        column=_CITY,
        is_tree=False,
        of="city",
        finer=_CODE,
        finer_of="postal_code",
    )

    def told(cities: int, codes: int) -> dict[str, str]:
        found = {
            _CITY: Found(measured=Measured(values=100_000, distinct=cities, common=()), origin="statistics"),
            _CODE: Found(measured=Measured(values=100_000, distinct=codes, common=()), origin="statistics"),
        }
        shapes = {one.drawn: numbers_of(one, found)}
        notes = pool_notes((one,), found, shapes, {}, "rules.numbers")
        return {note.subject: note.text for note in notes if note.subject != "lists"}

    assert told(450, 600) == {}
    told_of = told(450, 20_000)
    assert list(told_of) == ["addresses.zip"]
    have, _, rest = told_of["addresses.zip"].partition(" ")
    assert rest == "postal code values for 20,000: places are drawn by addresses.city, and those have no more"
    assert 450 < int(have.replace(",", "")) < 5_000
    many = told(2_400, 20_000)
    assert many["addresses.city"].endswith("city values for 2,400")
    assert many["addresses.zip"].endswith(rest)
    assert by_frequency(Measured(values=10, distinct=5, common=()), "city").places == 0


def test_names_are_of_no_part_of_a_place() -> None:
    """Whatever else of a table is drawn from their list."""
    people = catalog(table("people", "id int4 not null", "name text", "other text"))
    rules = """
    locale: ja_JP
    tables:
      people:
        columns:
          name: {mask: last_name, scope: person}
          other: {mask: last_name, scope: person, by: name}
    """
    steered = steering(resolved(people, rules), people)
    assert [(one.finer, one.finer_of) for one in steered] == [(None, "")]
    found = {
        one.column: Found(measured=Measured(values=90, distinct=30, common=()), origin="statistics")
        for one in columns_of(steered)
    }
    shapes = {one.drawn: numbers_of(one, found) for one in steered}
    notes = pool_notes(steered, found, shapes, {}, "rules.numbers")
    assert [note.subject for note in notes] == ["lists"]
