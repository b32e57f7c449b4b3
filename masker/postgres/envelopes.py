"""Columns in which a few rows show what Active Record Encryption writes, though nobody has told of it: masks must not
write clear text there. How many rows do leaves the server, never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import psycopg

from masker.catalog.types import Catalog, TypeClass
from masker.errors import Problem
from masker.names import quote, quote_literal
from masker.postgres.errors import server_errors
from masker.postgres.quietly import create_quietly
from masker.postgres.several import Question, answered_together, in_groups
from masker.ruleset.encryption import clear_text_mask
from masker.ruleset.facts import Facts
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.sides import Side

#: Rows of each table that are looked at, and milliseconds that some dozens of tables may take.
_ROWS, _TIMEOUT_MS = 1000, 10_000

#: As Active Record's serializer writes a message: payload, then headers with nonce and tag. A text that somebody typed
#: does not look so.
_ENVELOPE = '{"p":"%","h":{%"iv":"%"%"at":"%"%}}'


def against_ciphertexts(
    conn: psycopg.Connection, resolution: Resolution, catalog: Catalog, facts: Facts, side: Side
) -> Resolution:
    """*resolution* with a problem for each column of which some rows are ciphertexts and whose mask writes clear text,
    unless *facts* say that the application reads that. Raises SourceError or TargetError."""
    if facts.encryption is not None and facts.encryption.support_unencrypted_data:
        return resolution
    asked = [
        (decision, columns)
        for decision in resolution.tables.values()
        if decision.rows != "none" and decision.table.has_storage and decision.table.pages
        if (columns := _written(decision, catalog, facts))
    ]
    problems = list(resolution.problems)
    with server_errors(side, "ciphertexts were sought in a few rows"):
        if side is Side.TARGET and asked:
            create_quietly(conn)
        for group in in_groups(asked):
            questions = [_question(decision, columns) for decision, columns in group]
            found = answered_together(conn, questions, timeout_ms=_TIMEOUT_MS, is_quiet=side is Side.TARGET)
            if found is None:
                found = [_alone(conn, question, side) for question in questions]
            for (decision, columns), counts in zip(group, found, strict=True):
                problems += _told(decision, columns, counts)
    return replace(resolution, problems=tuple(dict.fromkeys(problems)))


def _alone(conn: psycopg.Connection, question: Question, side: Side) -> tuple[int, ...]:
    """A table that cannot be asked in time is left to the run."""
    found = answered_together(conn, [question], timeout_ms=_TIMEOUT_MS, is_quiet=side is Side.TARGET)
    return found[0] if found is not None else ()


def _written(decision: TableDecision, catalog: Catalog, facts: Facts) -> Sequence[tuple[ColumnDecision, str]]:
    """The columns of texts whose masks write clear text, each with its mask."""
    return [
        (found, mask)
        for found in decision.columns.values()
        if found.column.type.kind is TypeClass.TEXT
        if (mask := clear_text_mask(found, decision.table, catalog, facts)) is not None
    ]


def _question(decision: TableDecision, columns: Sequence[tuple[ColumnDecision, str]]) -> Question:
    names = [quote(found.column.name) for found, _ in columns]
    like = f'LIKE {quote_literal(_ENVELOPE)} COLLATE pg_catalog."C"'
    counts = ", ".join(f'count(*) FILTER (WHERE {name}::text COLLATE pg_catalog."C" {like})' for name in names)
    rows = f"SELECT {', '.join(names)} FROM ONLY {decision.table.name.sql} LIMIT {_ROWS}"  # noqa: S608
    return Question(f"SELECT {counts} FROM ({rows}) AS s", len(names))  # noqa: S608


def _told(
    decision: TableDecision, columns: Sequence[tuple[ColumnDecision, str]], counts: Sequence[int]
) -> Iterator[Problem]:
    for (found, mask), count in zip(columns, counts, strict=False):
        if count:
            rows = "1 row is a ciphertext" if count == 1 else f"{count:,} rows are ciphertexts"
            yield Problem(
                str(decision.table.column_name(found.column.name)),
                f"{rows} of Active Record Encryption, of {_ROWS:,} looked at, and the mask {mask} writes clear text,"
                " which the application could not read",
                "use {mask: encrypted, of: …} or null; or let the preview read clear text (support_unencrypted_data)"
                " and say so in `facts: encryption:`",
                found.position,
            )
