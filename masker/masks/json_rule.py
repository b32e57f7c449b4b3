"""The rule of the mask ``json``: paths into documents, and the mask of what each leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from masker.masks.rule import MaskRule, Shown
from masker.model import Model

if TYPE_CHECKING:
    from masker.masks.rule import MaskRule as AnyMask  # the table of masks puts its union in this place


#: Steps of a path. The expression that masks a leaf is nested as deep.
_MOST_STEPS = 30

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\.\"([^\"]+)\"|(\[\*\])")


def json_steps(path: str) -> tuple[str | None, ...]:
    """The steps of a path, None for ``[*]``.

    >>> json_steps('$.sns[*].handle')
    ('sns', None, 'handle')
    """
    if not path.startswith("$") or path == "$":
        raise ValueError(f'{path!r} is no path: expected $.name, $.list[*].name or $."odd name"')
    steps: list[str | None] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f'{path!r} is no path from character {at + 1} on: expected .name, ."odd name" or [*]')
        steps.append(None if match[3] else match[1] or match[2])
        at = match.end()
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"a path of {len(steps)} steps, expected {_MOST_STEPS} at most")
    return tuple(steps)


class Leaf(Model):
    """What a path of a document leads to: the mask, and whether there may be no document that has it."""

    rule: AnyMask
    optional: bool = Field(default=False, description="true: no document need have the path")

    @model_validator(mode="after")
    def _is_of_every_row(self) -> Leaf:
        if self.rule.mask == "cases" or self.rule.where is not None or self.rule.unless is not None:
            raise ValueError(
                "a path has one mask and no condition; where and unless stand beside `paths` and are about the whole"
                " document"
            )
        for word in ("null", "share", "unique", "reason"):
            if getattr(self.rule, word) not in (None, False):
                raise ValueError(f"{word} is for columns, a path does nothing with it")
        return self


def _written_leaf(written: Any) -> Any:
    """A mask with ``optional`` among its arguments, taken apart."""
    if not isinstance(written, dict) or "optional" not in written:
        return written if isinstance(written, Leaf) else {"rule": written}
    return {
        "rule": {key: value for key, value in written.items() if key != "optional"},
        "optional": written["optional"],
    }


class Json(MaskRule):
    """Leaves of a document masked by path."""

    mask: Literal["json"] = "json"
    paths: dict[str, Annotated[Leaf, BeforeValidator(_written_leaf)]] = Field(
        default_factory=dict,
        description=(
            "`$.email`, `$.sns[*].handle`, each with the mask of its leaf; a path that no document has is refused"
            " unless `optional: true`"
        ),
    )
    other: Literal["keep", "mask", "drop"] | None = Field(
        default=None,
        description=(
            "what becomes of everything no path names; it has to be said. `mask`: keys, lists, truth values and nulls"
            " stay, each text and number becomes one that looks alike, equal ones equal"
        ),
    )
    shows: Shown = ()

    @property
    def leaves(self) -> Mapping[str, MaskRule]:
        """The mask of each path."""
        return {path: leaf.rule for path, leaf in self.paths.items()}

    @field_validator("paths")
    @classmethod
    def _paths_read(cls, paths: dict[str, Leaf]) -> dict[str, Leaf]:
        for path in paths:
            json_steps(path)
        return paths

    @model_validator(mode="after")
    def _masks_something(self) -> Json:
        if not self.paths and self.other != "mask":
            raise ValueError("takes the paths of leaves, or `other: mask`, which masks each by what it looks like")
        return self


def node_path(path: str) -> str:
    """What a leaf's identity goes by inside its document.

    >>> node_path('$.sns[*].handle')
    '.sns[*].handle'
    """
    return "".join("[*]" if step is None else f".{step}" for step in json_steps(path))
