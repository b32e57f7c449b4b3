"""The witness of the application: what it says of its own columns in its facts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying
from masker.kinds.words import singular, split
from masker.names import ColumnName, TableName
from masker.ruleset.claims import find_table
from masker.ruleset.facts import Facts, ModelFacts

_WITNESS = "application"

#: What Rails itself writes into every application's list: too short to say something of a column.
_EVERYBODYS = frozenset(
    {"passw", "email", "secret", "token", "_key", "crypt", "salt", "certificate", "otp", "ssn", "cvv", "cvc"}
)

_SERIALIZED = {"json": Kind.DOCUMENT, "yaml": Kind.DOCUMENT, "marshal": Kind.DOCUMENT, "message_pack": Kind.DOCUMENT}


def said_by_application(facts: Facts, catalog: Catalog) -> Mapping[ColumnName, list[Saying]]:
    """What *facts* say of columns of *catalog*. Names that are not there say nothing."""
    found: dict[ColumnName, list[Saying]] = defaultdict(list)
    for name, model in facts.models.items():
        table = find_table(model.table, catalog)
        if isinstance(table, TableName):
            for column, kind, confidence, why in _of_model(name, model, catalog.tables[table]):
                if catalog.tables[table].column(column) is not None:
                    found[ColumnName(table, column)].append(Saying(_WITNESS, kind, confidence, why))
    own = [
        plain
        for word in facts.filter_parameters
        if _nested(word) is None and (plain := _plain(word)) not in _EVERYBODYS
    ]
    nested = {pair for word in facts.filter_parameters if (pair := _nested(word)) is not None}
    for table_of in catalog.tables.values():
        whose = "_".join(map(singular, split(table_of.name.name)))
        for each in table_of.columns:
            if each.type.kind not in {TypeClass.TEXT, TypeClass.ARRAY}:
                continue
            if (whose, each.name.lower()) in nested:
                found[table_of.column_name(each.name)].append(_KEPT_OUT)
            elif said := _filtered(each.name, own):
                found[table_of.column_name(each.name)].append(said)
    return found


def _of_model(name: str, model: ModelFacts, table: Table) -> Iterator[tuple[str, Kind, float, str]]:
    for column in model.encrypted:
        yield column, Kind.ENCRYPTED, 0.97, f"{name} encrypts it"
    for column in model.passwords:
        yield column, Kind.PASSWORD, 0.97, f"{name} keeps a password's digest in it"
    for column in model.secure_tokens:
        yield column, Kind.TOKEN, 0.97, f"{name} makes it as a secret"
    for column in model.enums:
        yield column, Kind.CODE, 0.95, f"{name} has its states as an enum"
    for column, written in model.serialized.items():
        if written in _SERIALIZED:
            yield column, _SERIALIZED[written], 0.6, f"{name} serializes it as {written}"
    if model.type_column is not None:
        yield model.type_column, Kind.CLASS_NAME, 0.97, f"it says of which class a {name} is"
    for polymorphic in model.polymorphic.values():
        yield polymorphic.type, Kind.CLASS_NAME, 0.97, f"{name} refers to rows of several classes by it"
    for column, validators in model.validators.items():
        if any(validator.kind == "inclusion" for validator in validators):
            yield column, Kind.CODE, 0.92, f"{name} lists what it may be"
        if any(validator.kind in {"email", "email_format"} for validator in validators):
            yield column, Kind.EMAIL, 0.95, f"{name} accepts e-mail addresses in it"
    if model.slug_of and table.column("slug") is not None:
        yield "slug", Kind.SLUG, 0.6, f"{name} makes it of {', '.join(model.slug_of)}"


_KEPT_OUT = Saying(_WITNESS, Kind.OTHER, 0.93, "the application keeps it out of its logs")

_NESTED = re.compile(r"(\w+)\\?\.(\w+)")


def _nested(word: str) -> tuple[str, str] | None:
    """The model and the attribute of a filter as ``user.phone``, by which Rails keeps it out of its parameters."""
    found = _NESTED.fullmatch(re.sub(r"\\[AzZb]|[\^$]", "", word).lower())
    return None if found is None else ("_".join(map(singular, split(found[1]))), found[2])


def _filtered(column: str, words: list[str]) -> Saying | None:
    for plain in words:
        if plain == column.lower():
            return _KEPT_OUT
        if plain and split(plain) and set(split(plain)) <= set(split(column)):
            return Saying(_WITNESS, Kind.OTHER, 0.6, f"the application keeps {plain} out of its logs")
    return None


def _plain(word: str) -> str:
    """A filter without what makes it an expression."""
    return re.sub(r"\\[AzZb]|[^\w]", "", word).lower()
