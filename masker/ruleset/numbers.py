"""What steers draws from lists as plain values: for a file beside the rules, for what a run keeps of itself, and for
the digest of the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from masker.masks.locales import LOCALES
from masker.masks.numbers import SLOTS, Drawn, Numbers, Shapes
from masker.model import Model

_Slots = Annotated[int, Field(ge=1, le=SLOTS, strict=True)]


#: A number or the first of a month. Nothing longer stands there, so that no value of a row does.
_TWO_DIGITS = r"^(-?[0-9.]{1,40}|[0-9]{4}-[0-9]{2}-01)$"


class Draw(Model):
    """What steers one list in one scope."""

    scope: str = Field(min_length=1)
    part: Literal["family", "given", "place", "user agent", "company", "job", "address", "domain", "range", "quantiles"]
    locale: str
    by: Literal["identity", "value"]
    of: Literal["", "region", "city", "town", "city_code", "postal_code"] = ""
    places: int = Field(default=0, ge=0, strict=True)
    width: int = Field(default=0, ge=0, strict=True)
    distinct: int = Field(ge=1, strict=True)
    tail: int = Field(ge=0, le=2**63, strict=True)
    common: tuple[_Slots, ...] = Field(default=(), max_length=SLOTS)
    quantiles: tuple[Annotated[str, Field(pattern=_TWO_DIGITS)], ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _adds_up(self) -> Draw:
        told = sum(self.common)
        if told > SLOTS or (told < SLOTS) != (self.tail > 0):
            raise ValueError(f"common: {told} of {SLOTS} slots with a tail of {self.tail}")
        if bool(self.of) != (self.part == "place"):
            raise ValueError("of: it says which part of a place was counted, and only there")
        if self.of and self.locale in LOCALES and not LOCALES[self.locale].has(self.of):
            raise ValueError(f"of: places of {self.locale} have no {self.of}")
        if self.places and (not self.of or self.places < self.distinct):
            raise ValueError("places: it says how many places the values belong to, as many as there are at least")
        return self


class Document(Model):
    """The file."""

    version: Literal[1]
    draws: tuple[Draw, ...]


_DRAWS = TypeAdapter(tuple[Draw, ...])


def record(shapes: Shapes) -> list[dict[str, Any]]:
    """*shapes* as plain values, for the file, for what a run keeps of itself, and for the digest of the rules."""
    return [
        {
            "scope": drawn.scope,
            "part": drawn.part,
            "locale": drawn.locale,
            "by": "value" if drawn.by_value else "identity",
            **({"of": numbers.of} if numbers.of else {}),
            **({"places": numbers.places} if numbers.places else {}),
            **({"width": numbers.width} if numbers.width else {}),
            "distinct": numbers.distinct,
            "tail": numbers.tail,
            "common": list(numbers.common),
            **({"quantiles": list(numbers.quantiles)} if numbers.quantiles else {}),
        }
        for drawn, numbers in sorted(shapes.items(), key=lambda pair: pair[0])
    ]


def recorded(kept: Iterable[Mapping[str, Any]]) -> Shapes:
    """What :func:`record` made a record of."""
    return shapes_in(_DRAWS.validate_json(json.dumps(list(kept))))


def shapes_in(draws: Iterable[Draw]) -> Shapes:
    """What *draws* say."""
    return {
        Drawn(draw.scope, draw.part, draw.locale, draw.by == "value"): Numbers(
            common=draw.common,
            tail=draw.tail,
            distinct=draw.distinct,
            of=draw.of,
            places=draw.places,
            width=draw.width,
            quantiles=draw.quantiles,
        )
        for draw in draws
    }
