"""A Rails application read: its files, and what it says of itself where it can be started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from masker.companion.application import Application
from masker.companion.files import read_application
from masker.companion.runner import NotAsked, ask, refusal
from masker.ruleset.facts import Facts


def read(root: Path, *, boot: bool, tell: Callable[[str], None]) -> Application:
    """The application below *root*; with *boot* it is asked itself. *tell* hears what is started, and why its files
    have to do. Raises UsageError where there is none."""
    application = read_application(root)
    if not boot:
        return application
    asked = refusal(root)
    if asked is None:
        tell(
            f"asking the application itself, without production's variables and read-only: bin/rails runner facts.rb in"
            f" {root.resolve()} (--no-boot reads its files alone)"
        )
        found = ask(root)
        if not isinstance(found, NotAsked):
            return _told(application, *found)
        asked = found
    tell(f"the application was not asked: {asked.why}; its files have to do")
    return application


def _told(application: Application, facts: Facts, text: str) -> Application:
    """*application*, with what it says itself. Of databases and services production's own files know more than its
    development."""
    said = {name: str(value) for name, value in facts.application.items() if value}
    return replace(
        application,
        read_by="bin/rails runner",
        rails=said.get("rails", application.rails),
        locale=said.get("locale", application.locale),
        time_zone=said.get("time_zone", application.time_zone),
        attachments=tuple(
            sorted(f"{name}#{each}" for name, model in facts.models.items() for each in model.attachments)
        ),
        encrypted=tuple(
            sorted({f"{model.table}.{column}" for model in facts.models.values() for column in model.encrypted})
        ),
        passwords=tuple(
            sorted({f"{model.table}.{column}" for model in facts.models.values() for column in model.passwords})
        ),
        filters=tuple(facts.filter_parameters),
        facts=text,
    )
