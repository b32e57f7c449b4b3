"""The databases of a refresh given to others: who they are, what they are told, and what is told of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Variable
from masker.cli.flags.syncing import ScaleFlags
from masker.errors import Problem, UsageError

if TYPE_CHECKING:
    from masker.crew.crew import Crew
    from masker.crew.hands import Opened
    from masker.crew.job import Assignment, Job, Message, Secrets
    from masker.refresh import RefreshSettings
    from masker.settings import Settings

#: Variables that name a source and a target without being mentioned.
_USUAL = ("MASKER_SOURCE", "MASKER_TARGET")


@dataclass(frozen=True, kw_only=True)
class CrewOf:
    """Those who fill the databases of *settings*: *hands*, *at_once* of them at the same time."""

    settings: RefreshSettings
    application: ApplicationFlags
    hands: Opened
    at_once: int

    def begin(self, databases: Mapping[str, Settings], run: str, hear: Callable[[str, Message], None]) -> Crew:
        """The crew of one *run* of *databases*, as they were confirmed. *hear* is told what each tells."""
        from masker.crew.crew import Crew
        from masker.crew.job import Extra, Job

        buckets = self.settings.buckets.pairs if self.settings.buckets is not None else ()
        of_first = Extra(storage=self.application.storage, buckets=tuple(pair.target.bucket for pair in buckets))
        jobs = [
            Job(name=name, run=run, settings=each, in_place=self.settings.in_place, extra=Extra() if name else of_first)
            for name, each in databases.items()
        ]
        return Crew(jobs, self.hands, hear, at_once=self.at_once)


@contextmanager
def crew_of(
    settings: RefreshSettings,
    scale: ScaleFlags,
    databases: DatabaseFlags,
    keys: KeyFlags,
    application: ApplicationFlags,
    *,
    looks: bool,
) -> Iterator[CrewOf | None]:
    """Those who fill the databases of *settings* where there are several and ``--executor`` names some, else None. With
    *looks* somebody is to look at a database before it is published, which is here. Raises UsageError."""
    from masker.buckets.settings import DaskExecutor, LocalExecutor, parse_executor

    executor = parse_executor(scale.executor)
    if not settings.others or isinstance(executor, LocalExecutor):
        yield None
        return
    if looks:
        raise UsageError(
            f"--executor {scale.executor}: migrate and hooks of `restored` see a database before it is published, which"
            " is not in this process then",
            hint="leave --executor out, or the migration",
        )
    known = {"": settings.database, **settings.others}
    secrets = _secrets(known, databases, keys) if isinstance(executor, DaskExecutor) else {}

    def assignment(job: Job) -> Assignment:
        from masker.crew.job import assigned

        return assigned(job, secrets[job.name])

    from masker.crew.hands import open_hands

    with open_hands(executor, len(known), assignment) as opened:
        if opened is None:
            yield None
            return
        hands, at_once = opened
        yield CrewOf(settings=settings, application=application, hands=hands, at_once=at_once)


def _secrets(
    known: Mapping[str, Settings],
    databases: DatabaseFlags,
    keys: KeyFlags,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Secrets]:
    """By which variables other machines have the secrets of each database. Raises UsageError that names all that is
    written out instead."""
    from masker.crew.job import Secrets

    names = {environment[name]: name for name in _variables(databases) if environment.get(name)}
    problems: list[Problem] = []

    def name_of(url: str, subject: str) -> str:
        if url not in names:
            problems.append(Problem(subject, "it is written out, and workers are told names of variables alone"))
        return names.get(url, "")

    found = {
        name: Secrets(
            source=name_of(each.source, f"{_shown(name)}source.url") if each.source else None,
            target=name_of(each.target, f"{_shown(name)}target.url"),
            others=tuple(name_of(url, f"{_shown(name)}source.url") for url in each.other_sources),
            key=keys.env,
            key_file=keys.file,
        )
        for name, each in known.items()
    }
    if problems:
        once = list(dict.fromkeys(problems))
        raise UsageError(
            "; ".join(f"{each.subject}: {each.found}" for each in once),
            hint="url: {env: NAME}, and the variable in the environment of each worker: nothing secret goes through a"
            " scheduler",
            problems=once,
        )
    return found


def _shown(name: str) -> str:
    return f"databases.{name}." if name else ""


def _variables(databases: DatabaseFlags) -> Sequence[str]:
    said: list[Any] = [databases.source, databases.target, databases.source_on_file]
    if databases.config is not None:
        from masker.cli.settings_file import read_settings_file

        for entry in read_settings_file(databases.config).databases.values():
            of_entry = entry.said(DatabaseFlags)
            said += [of_entry.get("source"), of_entry.get("target")]
    return [*dict.fromkeys([*(each.env for each in said if isinstance(each, Variable)), *_USUAL])]
