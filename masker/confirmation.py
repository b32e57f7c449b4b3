"""The one question before a target is overwritten: is it named once more, by whoever starts the run?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from masker.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConfirm:
    """A target and its name; *alias* is another one that masker.yml gives it, where names are random."""

    kind: Literal["database", "bucket"]
    name: str
    alias: str | None = None

    def is_named_by(self, given: Iterable[str]) -> bool:
        return any(name in {self.name, self.alias} for name in given)

    @property
    def best_name(self) -> str:
        """What a person should write."""
        return self.alias or self.name

    def __str__(self) -> str:
        return f'the target {self.kind} is "{self.name}"' + (f' ("{self.alias}" in masker.yml)' if self.alias else "")


def require_confirmed(given: Sequence[str], targets: Sequence[ToConfirm], consequence: str) -> None:
    """Raise Refused that names every target that *given* does not; *consequence* is what becomes of them.

    >>> preview = ToConfirm(kind="database", name="d3kq9", alias="app-preview")
    >>> require_confirmed(["app-preview"], [preview], "its content will be replaced")
    """
    missing = list(dict.fromkeys(target for target in targets if not target.is_named_by(given)))
    if missing:
        said = "--confirm says " + ", ".join(f'"{name}"' for name in given) if any(given) else "--confirm is missing"
        names = dict.fromkeys(target.best_name for target in targets)
        raise Refused(
            f"{said}, {' and '.join(map(str, missing))}",
            hint=f"{consequence}; if that is meant: {' '.join(f'--confirm {name}' for name in names)}",
        )
