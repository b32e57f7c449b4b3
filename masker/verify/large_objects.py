"""Large objects against what the source held of them under the run's snapshot, or against none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from masker.findings import Finding, Outcome
from masker.postgres.errors import ServerFault
from masker.postgres.large_objects import describe_large_objects


def check_large_objects(target: psycopg.Connection, expected: Mapping[str, str] | None) -> Iterator[Finding]:
    """A finding for each large object (or thousand of them) that is missing, too much or another, and one if none is.

    *expected* are digests, as :func:`describe_large_objects` makes them; None if nobody has taken any.
    """
    if expected is None:
        yield Finding(
            check="large objects",
            subject="all",
            outcome=Outcome.NOT_RUN,
            detail="the run did not come to those of the source",
        )
        return
    try:
        found = describe_large_objects(target)
    except psycopg.Error as error:
        detail = f"the server could not answer: {ServerFault.from_error(error).text}"
        yield Finding(check="large objects", subject="all", outcome=Outcome.NOT_RUN, detail=detail)
        return
    good = True
    for name in sorted(expected.keys() | found.keys(), key=lambda name: int(name.partition("-")[0])):
        if expected.get(name) != found.get(name):
            good = False
            how = (
                "missing on the target"
                if name not in found
                else "not on the source"
                if name not in expected
                else "holds something else than on the source, or has another comment"
            )
            yield Finding(check="large objects", subject=f"large object {name}", outcome=Outcome.FAILED, detail=how)
    if good and expected:
        yield Finding(check="large objects", subject=f"{len(expected):,} as on the source", outcome=Outcome.PASSED)
