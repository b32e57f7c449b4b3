"""A rule as it may be written: a mask's name, its name with arguments, a list of masks by condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticKnownError

from masker.masks.every import MASK_RULES
from masker.masks.rule import MaskRule


def expanded(written: Any) -> Any:
    """The long form of *written*: of a list of masks by condition, of ``email`` for ``{mask: email}``, of a bare
    ``null`` for the mask ``null``, of ``{sql: "…"}`` for ``{mask: sql, sql: "…"}``. Raises ValueError."""
    if written is None:
        return {"mask": "null"}
    if isinstance(written, list) and any(isinstance(item, dict) for item in written):
        return _list(written)
    if isinstance(written, str):
        return {"mask": written}
    if isinstance(written, dict) and "sql" in written and "mask" not in written:
        return {"mask": "sql", **written}
    if isinstance(written, dict) and written.get("mask", "") is None:
        return {**written, "mask": "null"}
    return written


def _list(written: Sequence[Any]) -> Mapping[str, Any]:
    """The long form of a list of masks. Raises ValueError."""
    ends = [at for at, item in enumerate(written) if isinstance(item, dict) and "else" in item]
    if not ends:
        raise ValueError(
            "the list ends without `else`, so that nothing is said of rows that meet none of its conditions"
        )
    if ends != [len(written) - 1]:
        raise ValueError("`else` stands before the end of the list, expected it once, as the last")
    last = written[-1]
    if len(last) > 1:
        other = next(key for key in last if key != "else")
        raise ValueError(f"{other} beside `else`, expected the mask within it: {{else: {{mask: …, {other}: …}}}}")
    return {"mask": "cases", "cases": tuple(written[:-1]), "else": last["else"]}


def mask_of(written: Any) -> str | None:
    """The name of the mask that *written* is a rule of, None where it is of none that there is."""
    if isinstance(written, list):
        return "cases" if any(isinstance(item, dict) for item in written) else None
    rule = expanded(written)
    name = rule.get("mask") if isinstance(rule, dict) else None
    return name if isinstance(name, str) and name in MASK_RULES else None


def _read(written: Any, info: ValidationInfo) -> MaskRule:
    if isinstance(written, MaskRule):
        return written
    rule = expanded(written)
    if not isinstance(rule, dict):
        raise PydanticKnownError("model_attributes_type")
    if "mask" not in rule:
        raise PydanticKnownError("union_tag_not_found", {"discriminator": "mask"})
    name = rule["mask"]
    if isinstance(name, (list, dict)):
        raise ValueError("mask: expected the name of a mask, which has no list or keys of its own")  # noqa: TRY004 - what pydantic tells
    if not isinstance(name, str) or name not in MASK_RULES:
        raise PydanticKnownError(
            "union_tag_invalid", {"discriminator": "mask", "tag": str(name), "expected_tags": ", ".join(MASK_RULES)}
        )
    # What pydantic finds in it, it puts at this place.
    return MASK_RULES[name].model_validate(rule, context=info.context)


if TYPE_CHECKING:
    AnyMask = MaskRule
else:
    #: Any mask's rule. The mask that is named is loaded; a union would load all, and build them for each model that has
    #: one.
    AnyMask = Annotated[
        object, PlainValidator(_read), WithJsonSchema({"discriminator": {"propertyName": "mask"}}, mode="validation")
    ]
