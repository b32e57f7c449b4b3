"""Extensions that a target which is emptied does not have yet: whether its host lets the role create them where the
source has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg

from masker.catalog.types import Extension
from masker.names import shown
from masker.notes import Note

_WATCHED = "SELECT evtname FROM pg_event_trigger WHERE evttags IS NULL OR 'CREATE EXTENSION' = ANY(evttags) ORDER BY 1"


def about_missing(conn: psycopg.Connection, extensions: Sequence[Extension]) -> Iterator[Note]:
    """What a plan, which tries nothing, has to tell of those of *extensions* that *conn*'s database does not have.
    Raises psycopg.Error."""
    missing = _missing(conn, extensions)
    watching = [str(name) for (name,) in conn.execute(_WATCHED).fetchall()] if missing else []
    for extension in missing if watching else ():
        yield Note(
            subject=f"creating extension {extension.name}",
            text=(
                f"it is not there yet, and the event trigger {', '.join(map(shown, watching))} of the target may forbid"
                f" it in {shown(extension.schema)}: a copy tries that before it empties anything"
            ),
        )


def _missing(conn: psycopg.Connection, extensions: Sequence[Extension]) -> list[Extension]:
    there = (
        {row[0] for row in conn.execute("SELECT extname::text FROM pg_extension").fetchall()} if extensions else set()
    )
    return [extension for extension in extensions if extension.name not in there]
