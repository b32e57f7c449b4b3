"""What an application says of its own data, and a database cannot: which class keeps its rows in which table, what its
polymorphic columns hold, which attributes it encrypts or serializes.

The document is JSON (``facts.json``, as an application writes it of itself) or stands under ``facts:`` of a rule file.
Names only, never a value and never a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from masker.errors import Position, Problem
from masker.model import Model

_Name = Annotated[str, Field(min_length=1)]


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


_Names = Annotated[tuple[_Name, ...], BeforeValidator(_listed, json_schema_input_type=_Name | list[_Name])]


def _as_model(value: Any) -> Any:
    return {"table": value} if isinstance(value, str) else value


def _as_association(value: Any) -> Any:
    return {"class": value} if isinstance(value, str) else value


class Association(Model):
    """What a column of a class's table refers to: rows of the class *to*, by its key or another column of it."""

    to: _Name = Field(alias="class", description="the class whose rows it refers to")
    key: _Name | None = Field(default=None, description="the column of that class's table; default: its primary key")


class Polymorphic(Model):
    """A pair of columns that refers to rows of several classes."""

    type: _Name = Field(description="the column that holds the name of the class")
    classes: _Names = Field(default=(), description="the classes it may name; default: all that are known")


class Encrypted(Model):
    """An attribute that the application encrypts (Active Record Encryption)."""

    deterministic: bool = Field(default=False, description="equal values have equal ciphertexts")
    downcase: bool = Field(default=False, description="values are in lower case")
    ignore_case: bool = Field(default=False, description="the case is kept in `original_NAME`, encrypted too")
    compress: bool = Field(default=True, description="longer values are compressed before they are encrypted")
    digest: Literal["SHA1", "SHA256", "SHA384", "SHA512"] | None = Field(
        default=None, description="of the key's derivation; default: the application's"
    )
    key_provider: _Name | None = Field(default=None, description="the class of a key provider of its own")
    previous: Annotated[int, Field(ge=0)] = Field(default=0, description="how many earlier schemes it still reads")


class Validator(Model):
    """What a value has to meet before the application accepts it."""

    kind: _Name = Field(description="`format`, `length`, `inclusion`, `uniqueness` …")
    options: dict[str, Any] = Field(default_factory=dict, description="such as `with`, `maximum`, `in`, as texts")


class ModelFacts(Model):
    """What is known of one class that keeps rows."""

    table: _Name = Field(description="the table of its rows, `schema.table` outside of public")
    primary_key: _Names = Field(default=(), description="the columns of its key; default: the table's")
    base: _Name | None = Field(
        default=None, description="the class at the top of its single-table inheritance, where that is another"
    )
    type_column: _Name | None = Field(default=None, description="the column that holds the class's name (STI)")
    stored_as: _Name | None = Field(
        default=None, description="what polymorphic columns hold for it; default: the name of its base, or its own"
    )
    belongs_to: dict[
        _Name, Annotated[Association, BeforeValidator(_as_association, json_schema_input_type=_Name | Association)]
    ] = Field(default_factory=dict, description="by column: the class it refers to, or {class, key}")
    polymorphic: dict[_Name, Polymorphic] = Field(
        default_factory=dict, description="by the column of the id: {type, classes}"
    )
    encrypted: dict[_Name, Encrypted] = Field(default_factory=dict, description="encrypted attributes, by column")
    serialized: dict[_Name, Literal["json", "yaml", "marshal", "message_pack", "other"]] = Field(
        default_factory=dict, description="by column: how its texts are written"
    )
    enums: dict[_Name, _Names] = Field(default_factory=dict, description="by column: the names of its states")
    passwords: _Names = Field(default=(), description="columns with digests of passwords")
    secure_tokens: _Names = Field(default=(), description="columns with secrets the application makes")
    attachments: _Names = Field(default=(), description="names of what is attached to it (Active Storage)")
    rich_texts: _Names = Field(default=(), description="names of its texts in action_text_rich_texts")
    devise: _Names = Field(default=(), description="modules of Devise")
    history: Literal["paper_trail", "audited", "logidze"] | None = Field(
        default=None, description="what keeps earlier values of its rows"
    )
    slug_of: _Names = Field(default=(), description="columns its slug is made from (friendly_id)")
    validators: dict[_Name, Annotated[tuple[Validator, ...], BeforeValidator(_listed)]] = Field(
        default_factory=dict, description="by column: what the application asks of its values"
    )


class EncryptionFacts(Model):
    """How the application derives and reads keys (Active Record Encryption). Never a key."""

    digest: Literal["SHA1", "SHA256", "SHA384", "SHA512"] = Field(
        default="SHA256", description="of the derivation of keys, where an attribute has none of its own"
    )
    support_unencrypted_data: bool = Field(default=False, description="clear text is read too")
    extend_queries: bool = Field(default=False, description="queries look for clear text too")
    previous: Annotated[int, Field(ge=0)] = Field(default=0, description="how many earlier schemes it still reads")
    primary_keys: Annotated[int, Field(ge=0)] = Field(default=1, description="how many of them it reads")


class Facts(Model):
    """What an application says of itself. Every part may be absent."""

    version: Literal[1] = Field(default=1, description="of this format")
    application: dict[str, Any] = Field(
        default_factory=dict,
        description=(
            "what it runs on, for those who read it: `rails`, `ruby`, `locale`, `time_zone`, `queue`, `cache`, `mail`,"
            " `databases`, `storage` …"
        ),
    )
    filter_parameters: _Names = Field(default=(), description="what the application keeps out of its logs")
    encryption: EncryptionFacts | None = Field(
        default=None, description="how it derives keys (Active Record Encryption); never a key"
    )
    models: dict[
        _Name, Annotated[ModelFacts, BeforeValidator(_as_model, json_schema_input_type=_Name | ModelFacts)]
    ] = Field(default_factory=dict, description="by the name of the class: its table, or all that is known of it")

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Facts:
        for name, model in self.models.items():
            if model.base is not None and model.base not in self.models:
                raise ValueError(f"models.{name}.base: there is no class {model.base} among the models")
        return self

    def stored_as(self, name: str) -> str:
        """What polymorphic columns hold for the class *name*: that of its base."""
        model = self.models[name]
        return model.stored_as or model.base or name

    def tables_by_class(self) -> Mapping[str, str]:
        """Table, as it is written here, by what polymorphic columns hold. A class of an inheritance is there by its
        own name too, which global ids hold."""
        found = {name: model.table for name, model in self.models.items()}
        return {**found, **{self.stored_as(name): model.table for name, model in self.models.items()}}

    def of_table(self, written: str) -> Iterator[tuple[str, ModelFacts]]:
        """The classes that keep their rows in the table *written* so, or with public before it."""
        for name, model in self.models.items():
            if model.table.removeprefix("public.") == written.removeprefix("public."):
                yield name, model


#: Facts of an application that has said nothing.
NO_FACTS = Facts()


def model_at(path: tuple[int | str, ...]) -> type[Model] | None:
    """What stands at *path* of the document, None where it is no section with keys of its own."""
    match path:
        case ():
            return Facts
        case ("encryption",):
            return EncryptionFacts
        case ("models", _):
            return ModelFacts
        case ("models", _, "belongs_to", _):
            return Association
        case ("models", _, "polymorphic", _):
            return Polymorphic
        case ("models", _, "encrypted", _):
            return Encrypted
        case ("models", _, "validators", _, int()):
            return Validator
        case _:
            return None


def parse_facts(text: str, file: str) -> Facts | list[Problem]:
    """The facts in *text*, JSON of the file called *file*, or all that is wrong with it."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem(file, f"it is no JSON ({error.msg})", None, Position(file, error.lineno, error.colno))]
    except RecursionError:
        return [Problem(file, "it nests too deeply", "expected a document of facts")]
    try:
        return Facts.model_validate(value)
    except ValidationError as error:
        return [
            Problem(file, f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}", "see the reference of facts")
            for e in error.errors(include_input=False, include_url=False)
        ]


def facts_schema() -> str:
    """The JSON Schema of the document, as text."""
    schema = Facts.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "masker facts"}
    rest = {key: value for key, value in schema.items() if key != "title"}
    return json.dumps({**head, **rest}, ensure_ascii=False, indent=2) + "\n"
