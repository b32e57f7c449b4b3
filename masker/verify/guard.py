"""What has to be known of a target before anything is written to it: that it is not production.

Names do not say so. Where a source is known the two are compared; a mark that ``masker protect`` has set on a database,
and a marker by which a source shows itself to be a preview, end the run; where no source is known, a target that no run
has filled yet and that looks like one in use has to be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg

from masker.errors import Refused, SourceError
from masker.notes import Note
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.in_use import signs_of_use
from masker.postgres.marker import find_marker, has_marker, read_marker
from masker.postgres.protection import refuse_protected
from masker.postgres.same import Kinship, compare
from masker.queries import queries
from masker.settings import Settings
from masker.sides import Side
from masker.verify.gate import strangeness, was_written_here

_SQL = queries(__name__)

_KINDS = "a fork, a storage snapshot or a branch"


def guard_copy(
    settings: Settings, source: psycopg.Connection, live: psycopg.Connection, target: Endpoint, *, writes: bool
) -> tuple[Note, ...]:
    """What is to be told of a source and of the target that is there. Raises Refused.

    Without *writes*, what is refused for other reasons than being one database is told as a note.
    """
    protected = _told(lambda: refuse_protected(live, target.database), writes=writes)
    compared = (*_compared(source, live, target), *_apart_from_others(settings, live, target))
    read_only = _told(lambda: _refuse_read_only(live, target), writes=writes) if settings.publish != "swap" else ()
    return (*protected, *compared, *read_only)


def guard_maintenance(conn: psycopg.Connection, target: Endpoint, *, writes: bool) -> tuple[Note, ...]:
    """What is to be told of the session that makes and renames databases. Raises Refused."""
    return _told(lambda: _refuse_read_only(conn, target), writes=writes)


def guard_in_place(settings: Settings, conn: psycopg.Connection, target: Endpoint, *, writes: bool) -> tuple[Note, ...]:
    """What is to be told of a target that is masked where it stands. Raises Refused, and SourceError where its source
    does not answer."""
    protected = _told(lambda: refuse_protected(conn, target.database), writes=writes)
    read_only = _told(lambda: _refuse_read_only(conn, target), writes=writes)
    compared = (*_against_source(settings, conn, target, writes=writes), *_apart_from_others(settings, conn, target))
    return (*protected, *read_only, *compared)


def guard_rows(source: str | None, conn: psycopg.Connection, target: Endpoint) -> None:
    """Before some rows of a masked preview are written: it is neither protected nor the *source* (a URL). Raises
    Refused, SourceError."""
    refuse_protected(conn, target.database)
    if source:
        with _source(source) as compared_with:
            for _ in _compared(compared_with, conn, target):
                continue


def guard_standing(settings: Settings, conn: psycopg.Connection, target: Endpoint) -> tuple[Note, ...]:
    """Before a marker or the name of what stands at *target* is written: it is neither protected nor a source that the
    environment or masker.yml names. What is to be told of sources that do not answer. Raises Refused."""
    refuse_protected(conn, target.database)
    return tuple(_apart_from_others(settings, conn, target))


def guard_statistics(source: psycopg.Connection, conn: psycopg.Connection, target: Endpoint) -> None:
    """Before a preview's statistics are made anew: it is neither protected nor the *source*, and a run of masker has
    filled or masked it. Raises Refused."""
    refuse_protected(conn, target.database)
    for _ in _compared(source, conn, target):
        continue
    marker = read_marker(conn)
    if marker is None or not was_written_here(conn, marker):
        raise Refused(
            f"target {target}: it carries no marker of its own, so no run of masker has filled it, and only a preview"
            " is analyzed",
            hint="are source and target swapped? Production's statistics are left as they are",
        )


def guard_source(settings: Settings, source: psycopg.Connection, *, writes: bool) -> tuple[Note, ...]:
    """Refuse a source that is a preview, unless that is meant."""
    return _told(lambda: _refuse_preview(settings, source), writes=writes)


def role_notes(conn: psycopg.Connection) -> tuple[Note, ...]:
    """Whether the target's role can do more than a copy needs: definitions of the source run with its rights."""
    with server_errors(Side.TARGET, "its role was looked at"):
        row = conn.execute(_RIGHTS).fetchone()
    if row is None or not row[1]:
        return ()
    text = (
        f"is {row[1]}: functions that the source defines run with its rights on the target and could run programs"
        " there; connect as a plain role that owns the database"
    )
    return (Note(subject=f"target role {row[0]}", text=text),)


_RIGHTS = _SQL["rights"]


def _told(refuses: Callable[[], object], *, writes: bool) -> tuple[Note, ...]:
    """Nothing; without *writes* the refusal as a note."""
    try:
        refuses()
    except Refused as refusal:
        if writes:
            raise
        return (Note(subject="refused", text="; ".join(refusal.lines())),)
    return ()


def _source(url: str) -> psycopg.Connection:
    """A session with a source that is needed for comparing alone."""
    try:
        return connect(parse_url(url, Side.SOURCE))
    except SourceError as error:
        error.hint = "; ".join(
            filter(
                None,
                (
                    error.hint,
                    (
                        "it is only compared with the target, which must not be production: where this machine may not"
                        " reach it, --no-source"
                    ),
                ),
            )
        )
        raise


def _against_source(settings: Settings, conn: psycopg.Connection, target: Endpoint, *, writes: bool) -> Iterator[Note]:
    if not settings.source:
        yield from _told(lambda: _refuse_in_use(settings, conn, target), writes=writes)
        return
    with _source(settings.source) as source:
        yield from _compared(source, conn, target)
        yield from guard_source(settings, source, writes=writes)


def _apart_from_others(settings: Settings, conn: psycopg.Connection, target: Endpoint) -> Iterator[Note]:
    """Compare the target with sources that something else was named instead of: that they are not read does not make
    them previews."""
    for url in settings.other_sources:
        endpoint = parse_url(url, Side.SOURCE)
        try:
            with connect(endpoint) as source:
                yield from _compared(source, conn, target)
        except SourceError as error:
            if str(endpoint) == str(target):
                raise
            yield Note(
                subject=f"source {endpoint}",
                text=(
                    "is named by masker.yml or the environment, too, and could not be compared with the target:"
                    f" {error.message}"
                ),
            )


def _compared(source: psycopg.Connection, target_conn: psycopg.Connection, target: Endpoint) -> Iterator[Note]:
    verdict = compare(source, target_conn)
    match verdict.kinship:
        case Kinship.SAME:
            raise Refused(f"source and target are the same database ({target}; {verdict.why})", hint=_OTHER_TARGET)
        case Kinship.UNKNOWN:
            raise Refused(
                f"source and target may be the same database ({target}; {verdict.why})",
                hint=(
                    "GRANT EXECUTE ON FUNCTION pg_control_system() TO the roles, or name the source's primary instead"
                    " of its follower"
                ),
            )
        case Kinship.FORK:
            yield Note(
                subject=f"target {target.database}",
                text=f"is of one origin with the source, {_KINDS} of it, and another database: {verdict.why}",
            )


_OTHER_TARGET = (
    f"give the preview's URL as --target; where that is {_KINDS} of the source and the source is a follower, name the"
    " primary as the source: two that can be written to are told apart"
)


def _refuse_preview(settings: Settings, source: psycopg.Connection) -> None:
    """Raise Refused if the source carries a marker of its own: it was filled or masked by masker."""
    if settings.source_is_a_preview:
        return
    hint = "are source and target swapped? If a preview is to be copied: --source-is-a-preview"
    with server_errors(Side.SOURCE, "looking whether it is a preview"):
        try:
            if not has_marker(source):
                return
            with source.transaction():
                marker = find_marker(source)
                stranger = strangeness(source, marker) if marker else None
        except psycopg.errors.InsufficientPrivilege:
            raise Refused(
                "source: masker has filled or masked it, by a table masker.run that the role may not read, so it is"
                " taken for a preview",
                hint=hint,
            ) from None
    if marker is not None and stranger is None:
        did = {"verified": "made a preview of it", "masking": "began to mask it"}.get(marker.state, "began to fill it")
        raise Refused(f"source: run {marker.run} of masker {did}, so it is not production", hint=hint)


def _refuse_in_use(settings: Settings, conn: psycopg.Connection, target: Endpoint) -> None:
    """Raise Refused for a target that looks like production, and that no run has ever filled or masked."""
    marker = read_marker(conn)
    if settings.is_first or (marker is not None and was_written_here(conn, marker)):
        return
    if signs := signs_of_use(conn):
        raise Refused(
            f"target {target}: it may be production. There is no source to compare it with, no run of masker has filled"
            f" or masked it yet, and found: {'; '.join(signs)}",
            hint=(
                "name production by MASKER_SOURCE or source: in masker.yml, and the two are compared; if this is the"
                " preview: --first"
            ),
        )


_READ_ONLY = _SQL["read_only"]


def _refuse_read_only(conn: psycopg.Connection, target: Endpoint) -> None:
    with server_errors(Side.TARGET, "looking whether it may be written to"):
        row = conn.execute(_READ_ONLY).fetchone()
    if row and row[0]:
        raise Refused(
            f"target {target}: default_transaction_read_only is on, set by {row[0]}, so nothing is written to it",
            hint="if it is the preview, set default_transaction_read_only off there",
        )
