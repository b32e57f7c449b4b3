"""What is done around a run; masker.yml alone says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from masker.cli.flags.group import Flags, Setting


def _hooks() -> Any:
    from masker.hooks.model import WrittenHook

    return list[WrittenHook]


def _hooks_of(stage: str) -> Any:
    def read(value: list[Any]) -> list[Any]:
        from masker.hooks.model import misplaced

        return misplaced(stage, value)  # type: ignore[arg-type]

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFlags(Flags):
    """Hooks by stage, the migration of a new preview, and where the application says its storage is."""

    before: Annotated[
        list[Any],
        Setting(
            "hooks.before",
            "Commands and presets before anything is done; one that fails keeps the run from it.",
            model=_hooks,
            read=_hooks_of("before"),
        ),
    ] = field(default_factory=list)
    restored: Annotated[
        list[Any],
        Setting(
            "hooks.restored",
            "On the new preview, proved and not published yet (`DATABASE_URL`); one that fails"
            " keeps it from being published.",
            model=_hooks,
            read=_hooks_of("restored"),
        ),
    ] = field(default_factory=list)
    published: Annotated[
        list[Any],
        Setting(
            "hooks.published",
            "When all is done; one that fails is exit 8, and the preview stays.",
            model=_hooks,
            read=_hooks_of("published"),
        ),
    ] = field(default_factory=list)
    failed: Annotated[
        list[Any],
        Setting("hooks.failed", "When the run has failed, however that was.", model=_hooks, read=_hooks_of("failed")),
    ] = field(default_factory=list)
    migrate: Annotated[
        str | None,
        Setting(
            "migrate",
            "A command that migrates the new preview (`DATABASE_URL`) once its rows are proved and before"
            " it is published, such as `bin/rails db:migrate`.",
        ),
    ] = None
    migrate_limit: Annotated[float, Setting("migrate_limit", "Seconds that the migration may take.", takes=float)] = (
        3600.0
    )
