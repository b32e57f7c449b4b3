"""Rules of the mask json against the documents of a database."""

from __future__ import annotations

import psycopg

from masker.postgres.documents import look
from masker.ruleset.types import Resolution
from masker.sides import Side
from masker.tables.documents import asked, judged


def against_documents(conn: psycopg.Connection, resolution: Resolution, side: Side) -> Resolution:
    """*resolution* with what a bounded look at the documents of *side* has to say of its paths. Raises SourceError or
    TargetError."""
    return judged(resolution, look(conn, asked(resolution), side))
