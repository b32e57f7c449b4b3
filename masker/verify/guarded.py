"""Checks that a server may not let run: what cannot be asked is said, and is not passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg

from masker.errors import SourceError, TargetError
from masker.findings import Finding, Outcome
from masker.postgres.errors import ServerFault


def not_answered(check: str, subject: str, error: psycopg.Error) -> Finding:
    """A check that the server did not let run."""
    return Finding(
        check=check,
        subject=subject,
        outcome=Outcome.NOT_RUN,
        detail=f"the server could not answer: {ServerFault.from_error(error).text}",
    )


def guarded(check: str, run: Callable[[], Iterator[Finding]], *, subject: str = "all") -> Iterator[Finding]:
    """The findings of a check, and one that says why it could not be ended."""
    try:
        yield from run()
    except psycopg.Error as error:
        yield not_answered(check, subject, error)
    except (SourceError, TargetError) as error:
        yield Finding(check=check, subject=subject, outcome=Outcome.NOT_RUN, detail=error.message)
