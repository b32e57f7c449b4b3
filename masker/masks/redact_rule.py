"""The rule of the mask ``redact_text``: whose names are sought in a text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from masker.masks.locales.locale import Locale
from masker.masks.rule import MaskRule
from masker.model import Model

_Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...] | None,
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
]

#: Spanish names that are ordinary words at the beginning of a sentence or in an address.
ORDINARY_SPANISH = frozenset(
    word.lower()
    for word in (
        "Abril", "Bueno", "Campo", "Casas", "Castillo", "Chico", "Costa", "Domingo", "Español", "España", "Flor",
        "Fuente", "Fuentes", "Grande", "Iglesia", "Lago", "Malo", "Mar", "Mayo", "Mesa", "Mercado", "Nieto", "Niño",
        "Palacio", "Parra", "Paz", "Plaza", "Pozo", "Prado", "Puente", "Puerta", "Real", "Rico", "Río", "Sala",
        "Sobrino", "Sol", "Torre", "Valle", "Villa",
    )
)  # fmt: skip


class Person(Model):
    """Somebody of another table whom the row names."""

    table: str = Field(min_length=1, description="where the person stands, as `users`")
    by: str = Field(min_length=1, description="the column of the row that names the person, as `user_id`")
    key: str | None = Field(
        default=None, min_length=1, description="the column there that it holds; default: the primary key"
    )
    names: _Names = Field(
        default=None,
        description="masked columns there whose originals are sought; default: all names, e-mails and telephones",
        json_schema_extra={"type": ["string", "array"]},
    )


class RedactText(MaskRule):
    """The text with the e-mails, numbers of telephones, cards and machines, URLs and names in it replaced: those of the
    row and of persons it references by their masked ones, others by what their value makes."""

    mask: Literal["redact_text"] = "redact_text"
    names: _Names = Field(
        default=None,
        description="masked columns of the row whose originals are sought; default: all names, e-mails, telephones",
        json_schema_extra={"type": ["string", "array"]},
    )
    persons: Annotated[tuple[Person, ...] | None, BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = (
        Field(
            default=None,
            max_length=5,
            description=(
                "persons of other tables whom the row names, as `[{table: users, by: user_id}]`; default: those whom"
                " its foreign keys name"
            ),
        )
    )
    others: Literal["mask", "keep"] = Field(
        default="mask",
        description=(
            "names of others: words that begin with a capital and are in the locale's list of names, and no ordinary"
            " ones, become other names; in Japanese, which has no blanks between words, they stay"
        ),
    )

    def finds_others(self, locale: Locale) -> bool:
        """Whether names of others are looked for in texts of *locale*."""
        return self.others == "mask" and not locale.family_first
