"""The rule of the mask ``json``: paths into documents, and the mask of what each leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from masker.masks.any_mask import AnyMask
from masker.masks.json_path import Anywhere, json_steps, quarrels
from masker.masks.rule import MaskRule, Shown
from masker.model import Model


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
            "`$.email`, `$.sns[*].handle`, each with the mask of its leaf; `.*` is every key, `[?kind=phone]` the"
            " elements of a list that have that, `$.**.email` a key however deep; a path that no document has is"
            " refused unless `optional: true`"
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
        for quarrel in quarrels(paths):
            raise ValueError(quarrel)
        return paths

    @model_validator(mode="after")
    def _masks_something(self) -> Json:
        if not self.paths and self.other != "mask":
            raise ValueError("takes the paths of leaves, or `other: mask`, which masks each by what it looks like")
        if self.other == "drop" and any(isinstance(json_steps(path)[0], Anywhere) for path in self.paths):
            raise ValueError(
                "`**` leads to leaves in what `other: drop` drops, expected `other: mask` or `other: keep`"
            )
        return self
