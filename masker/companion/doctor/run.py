"""All looks of the doctor, one after the other; what could not be looked at is red."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from masker.companion.doctor import application, contents, databases
from masker.companion.doctor.verdict import Verdict, looked_at, red
from masker.errors import Problem
from masker.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What is looked at: the *database*, *further* ones by name, the application below *folder*. *targets* and
    *sources* are the buckets' names, *hosts* production's; *lacking* what the environment lacks of what hooks need.
    Hooks that *look* at the database do before it is published."""

    database: Settings
    further: Mapping[str, Settings] = field(default_factory=dict)
    folder: Path = Path()
    state: Path = Path(".masker")
    storage: Path | None = None
    sources: Sequence[str] = ()
    targets: Sequence[str] = ()
    hosts: Sequence[str] = ()
    shared: Sequence[str] = ()
    production: str | None = None
    preview: str | None = None
    max_age: timedelta | None = None
    seconds: float = 60.0
    migrates: bool = False
    looks: bool = False
    lacking: Sequence[Problem] = ()


def examine(it: Checkup) -> Iterator[Verdict]:
    """Every verdict, as it is known."""
    one = it.database
    yield from looked_at("production", lambda: databases.protection(one))
    yield from looked_at("copy", lambda: databases.plan(one, looks=it.looks))
    names = [*it.hosts, *it.sources]
    for name, settings in it.further.items():
        for subject, look in (
            ("copy", partial(databases.further, settings)),
            ("gate", partial(databases.gate, settings, it.max_age)),
            ("texts", partial(contents.contents, settings, names=names, seconds=it.seconds)),
        ):
            for verdict in looked_at(subject, look):
                yield replace(verdict, subject=name, text=f"{verdict.subject}: {verdict.text}")
    yield from looked_at("gate", lambda: databases.gate(one, it.max_age))
    yield from looked_at("application", lambda: application.files(it.folder, one))
    yield from looked_at("migrations", lambda: application.migrations(it.folder, one, migrates=it.migrates))
    compared = bool(it.production and it.preview)
    yield from looked_at("services", lambda: application.services(one, it.storage, it.targets, compared=compared))
    yield from looked_at("texts", lambda: contents.contents(one, names=names, seconds=it.seconds))
    yield from looked_at(
        "environment",
        lambda: application.environments(it.production, it.preview, it.shared, folder=it.folder, state=it.state),
    )
    for problem in it.lacking:
        yield red("hooks", f"{problem.subject}: {problem.found}", problem.hint or "")
