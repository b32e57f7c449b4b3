"""Flags by which a run that is not needed ends well without having done anything: for release phases and schedulers
that fire twice."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import typer

from masker.cli.log import current_log
from masker.settings import Settings

_AGE = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_age(text: str) -> timedelta:
    """``90m``, ``12h``, ``6d`` or ``2w``."""
    found = _AGE.fullmatch(text)
    if found is None or len(found[1]) > 5:
        raise typer.BadParameter(f"{text} is no age, expected a number with m, h, d or w, such as 6d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def is_standing(settings: Settings, *, age: timedelta | None = None, as_json: bool) -> bool:
    """Whether the target is already what the run would make it, which is then told in one line."""
    from masker.verify.unless import standing

    found = standing(settings, fresher_than=age)
    if found is None:
        return False
    when = (
        f"refreshed {_ago(found.age)} ago by run {found.run}"
        if found.age is not None
        else f"masked and verified by run {found.run}"
    )
    text = f"{found.database} was {when} with these rules: nothing is to be done"
    if (log := current_log()) is not None:
        log.line("skipped", target=found.database, by=found.run, text=text)
    if as_json:
        typer.echo(
            json.dumps(
                {"kind": "skipped", "target": found.database, "run": found.run, "reason": text},
                ensure_ascii=False,
                indent=2,
            )
        )
    elif log is None:
        typer.echo(f"✓ {text}")
    return True


def _ago(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return (
        f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
    )
