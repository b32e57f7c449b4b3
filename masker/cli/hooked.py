"""A run with what is done around it: the hooks and the migration that masker.yml names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.log import current_log, note
from masker.errors import MaskerError, TargetError, UsageError, VerifyFailed

if TYPE_CHECKING:
    from masker.hooks.event import Event, Stage
    from masker.hooks.run import Around, Hooks
    from masker.settings import Settings
    from masker.stages import Restored


@dataclass(kw_only=True)
class Surroundings:
    """What a run's command hands on. *document* is what the run came to, once that is known, and whether all is
    proved then."""

    command: str
    target: str
    run: str
    around: Around
    hooks: Hooks
    flags: HookFlags
    settings: Settings
    document: dict[str, Any] = field(default_factory=dict)
    is_verified: bool = True
    migration: dict[str, Any] | None = None

    @property
    def looks(self) -> bool:
        """Whether something else than masker looks at the database before it is published, or changes it."""
        return looks_before(self.flags)

    def event(self, stage: Stage, **more: Any) -> Event:
        from masker.hooks.event import Event

        return Event(stage=stage, run=self.run, command=self.command, target=self.target, **more)

    def told(self, document: dict[str, Any]) -> dict[str, Any]:
        """*document*, and what the migration came to, if there was one."""
        return document | ({"migration": self.migration} if self.migration is not None else {})

    def restored(self, restored: Restored) -> None:
        """Migrate, then the hooks of ``restored``; what one of them raises keeps the database from being published."""
        from masker.hooks.migration import leave_alone, migrate
        from masker.ruleset.parse import read_rules

        if self.flags.migrate:
            _tell(f"migrate: {self.flags.migrate}")
            done = migrate(
                restored,
                self.flags.migrate,
                self.event("restored", url=restored.url),
                read_rules(self.settings.rules, self.settings.schema),
                log=self.hooks.state / "hooks" / f"{self.run}-migrate.log",
                time_limit_s=self.flags.migrate_limit,
                folder=self.hooks.folder,
            )
            self.migration = done.document()
            if (log := current_log()) is not None:
                told: dict[str, Any] = {"measure#masker.migrate": f"{done.seconds * 1000:.0f}ms"}
                log.line("migrated", versions=",".join(done.versions), rewritten=",".join(done.rewritten), **told)
            else:
                for line in done.lines():
                    note(line)
        result = {"migration": self.migration} if self.migration is not None else {}
        self.around.stage(self.event("restored", url=restored.url, result=result))
        if self.looks:
            leave_alone(restored)


def looks_before(flags: HookFlags) -> bool:
    """Whether *flags* have a migration or a command before the database is published; presets do not look at it."""
    return bool(flags.migrate or any(hook.preset is None for hook in flags.restored))


def _hooks(flags: HookFlags, databases: DatabaseFlags, state: StateFlags) -> Hooks:
    from masker.hooks.run import Hooks

    return Hooks(
        stages={
            "before": tuple(flags.before),
            "restored": tuple(flags.restored),
            "published": tuple(flags.published),
            "failed": tuple(flags.failed),
        },
        state=state.state,
        folder=databases.folder,
    )


def recover(flags: HookFlags, databases: DatabaseFlags, state: StateFlags) -> None:
    """Put back what a killed run has left where none is going to begin, as the preview needs none. Another run that has
    not ended does so itself."""
    from masker.hooks.errors import HookRefused
    from masker.hooks.run import Around

    around = Around(_hooks(flags, databases, state), _tell)
    try:
        around.recover()
    except HookRefused as error:
        _tell(error.message)
    finally:
        around.put_back()


@contextmanager
def surrounded(
    flags: HookFlags,
    databases: DatabaseFlags,
    state: StateFlags,
    settings: Settings,
    *,
    command: str,
    run: str,
    check: Callable[[], None],
) -> Iterator[Surroundings]:
    """Hooks around what is done inside; ``document`` has to say there what it came to. *check* raises what keeps the
    run from its target; it is called ahead of the hooks of ``before``, if there are any. Raises UsageError where hooks
    lack variables of the environment."""
    from masker.hooks.model import missing
    from masker.hooks.run import Around
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    hooks = _hooks(flags, databases, state)
    if found := list(missing(hooks.stages)):
        raise UsageError("; ".join(f"{each.subject}: {each.found}" for each in found), problems=found)
    target = settings.target_name or parse_url(settings.target, Side.TARGET).database
    around = Around(hooks, _tell)
    it = Surroundings(
        command=command, target=target, run=run, around=around, hooks=hooks, flags=flags, settings=settings
    )
    try:
        around.recover()
        if hooks.stages["before"]:
            check()
        around.begin(it.event("before", url=settings.target))
        yield it
    except MaskerError as error:
        failed = it.event(
            "failed", error=error.message, left=error.aftermath, exit_code=error.exit_code, result=error.document or {}
        )
        _after(lambda: around.end(failed))
        raise
    except Exception as error:
        defect = it.event("failed", error=f"a defect ({type(error).__name__})", exit_code=1)
        _after(lambda: around.end(defect))
        raise
    except BaseException:
        for failure in around.put_back():
            _tell(failure.message, level="warning")
        raise
    try:
        code = 0 if it.is_verified else VerifyFailed.exit_code
        around.end(it.event("published", url=settings.target, result=it.document, exit_code=code))
    except MaskerError as error:
        error.aftermath = f"{target} is the new preview; what comes after that is not done"
        error.document = error.document or it.document
        raise


def _after(end: Callable[[], None]) -> None:
    """What fails in the end of a run that has failed is told beside the run's own failure."""
    try:
        end()
    except MaskerError as error:
        _tell(error.message, level="warning")
    except Exception as error:  # noqa: BLE001 - the run's own failure is what is raised
        _tell(f"hooks: a defect ({type(error).__name__})", level="warning")


def _tell(text: str, level: Literal["info", "warning"] = "info") -> None:
    # A terminal that has hung up takes no words, and what hooks have changed is to be put back all the same.
    with suppress(OSError):
        note(text, level=level)


def require_shown_to(flags: HookFlags, settings: Settings) -> None:
    """Raise UsageError, as a copy itself does, where *flags* have something look at what nobody is going to see, before
    a hook has done anything."""
    if looks_before(flags):
        from masker.copy.staging import require_shown
        from masker.delta.foresee import as_full
        from masker.stages import BeforePublishing

        require_shown(as_full(settings), BeforePublishing(lambda _: None, looks=True))


def require_target(settings: Settings, *, in_place: bool) -> None:
    """Raise Refused where the target is production or protected, as a run itself does, before a hook gets its URL. One
    that a run is going to create need not be there."""
    from masker.postgres.connect import connect, parse_url
    from masker.sides import Side
    from masker.verify.guard import guard_copy, guard_in_place, guard_source

    target = parse_url(settings.target, Side.TARGET)
    try:
        live = connect(target)
    except TargetError as error:
        if in_place or settings.publish not in {"swap", "delta"} or not error.is_missing_database:
            raise
        return
    with live:
        if in_place:
            guard_in_place(settings, live, target, writes=True)
            return
        with connect(parse_url(settings.source, Side.SOURCE)) as source:
            guard_source(settings, source, writes=True)
            guard_copy(settings, source, live, target, writes=True)
