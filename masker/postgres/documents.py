"""Documents looked at on a server: which paths they have. Keys that many documents share leave it, and numbers, never a
value."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from masker.catalog.types import Column, Table
from masker.masks.json_path import Anywhere, Chosen, Every, Step, Steps, json_steps
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.quietly import answer, create_quietly
from masker.queries import queries
from masker.sides import Side
from masker.tables.documents import Asked, Break, Seen

_SQL = queries(__name__)

#: Documents looked at first, whatever a table's size; nearly every path is in one of them.
_SAMPLE = 1000

#: Tables of one rule from which samples are taken for suggestions.
_SAMPLED_TABLES = 20

#: Seconds one rule's documents are looked at, those of all rules, and those of a rule whose time is up for what to
#: suggest.
EACH_S, ALL_S, _SUGGESTING_S = 20.0, 120.0, 3.0

#: Pages read at once at first; twice as many where that was quick.
_PAGES, _QUICK_S = 64, 0.5

_RANGES_FROM = 140000  # before, every page is read for each range

_TIMEOUT = "57014"
_UNTRANSLATABLE = "22P05"

_BREAK = sql.SQL(
    "SELECT coalesce(bool_or(v IS NOT NULL), false), coalesce(bool_or(jsonb_typeof(v) = 'array'), false) FROM ({}) AS r"
)

# A key is shown that stands in a tenth of what was reached and in twenty documents: others may be data, such as an
# address in a map of people.
_KEYS = sql.SQL(_SQL["keys"])

_LEAVES = sql.SQL(_SQL["leaves"])


def look(
    conn: psycopg.Connection, asked: Sequence[Asked], side: Side, *, each_s: float = EACH_S, all_s: float = ALL_S
) -> list[tuple[Asked, Seen]]:
    """What the documents of every rule in *asked* have, looked for until all paths are found, all documents are seen or
    the time is up."""
    end = time.monotonic() + all_s
    with server_errors(side, "documents were looked at"):
        if asked and side is Side.TARGET:
            create_quietly(conn)
        return [
            (question, _Look(conn, question, side, min(end, time.monotonic() + each_s)).result()) for question in asked
        ]


@dataclass(slots=True)
class _Look:
    """The look at the documents of one rule. *end* is when it has to be over."""

    conn: psycopg.Connection
    question: Asked
    side: Side
    end: float
    missing: dict[str, Steps] = field(default_factory=dict)
    documents: int = 0
    is_whole: bool = True
    is_unreadable: bool = False

    def result(self) -> Seen:
        self.missing = {path: json_steps(path) for path in self.question.rule.paths}
        for table, column in self.question.columns:
            if self.missing:
                self._search(table, column)
        self.end = max(self.end, time.monotonic() + _SUGGESTING_S)
        breaks = {path: self._break(steps) for path, steps in self.missing.items()} if self.documents else {}
        others = self._others() if self.question.rule.other is None else None
        return Seen(
            documents=self.documents,
            is_whole=self.is_whole,
            missing=breaks,
            others=others,
            is_unreadable=self.is_unreadable,
        )

    def _search(self, table: Table, column: Column) -> None:
        """Look through *table* until no path is missing or the time is up."""
        before = self.documents
        sample = self._count(_documents(table, column, limit=_SAMPLE))
        first, pages = 0, _PAGES
        is_over = sample is None or sample < _SAMPLE
        if is_over:
            self.documents += sample or 0
        while self.missing and not is_over:
            began = time.monotonic()
            # The last range is open: the file may have grown since its size was read.
            is_over = self.conn.info.server_version < _RANGES_FROM or first + pages >= table.pages
            found = self._count(_documents(table, column, pages=(first, None if is_over else first + pages)))
            if found is None:
                break
            self.documents += found
            first += pages
            if time.monotonic() - began < _QUICK_S:
                pages *= 2
        self.documents = max(self.documents, before + (sample or 0))

    def _count(self, documents: sql.Composable) -> int | None:
        """How many *documents* are, paths that they have struck off; None if the time was up or they cannot be read."""
        paths = list(self.missing)
        present = [
            sql.SQL("coalesce(bool_or({}), false)").format(_present(sql.Identifier("d"), self.missing[path]))
            for path in paths
        ]
        rows = self._run(
            sql.SQL("SELECT {} FROM ({}) AS s").format(sql.SQL(", ").join([sql.SQL("count(*)"), *present]), documents),
            1 + len(present),
        )
        if rows is None:
            self.is_whole = False
            return None
        count, *found = rows[0]
        for path, is_there in zip(paths, found, strict=True):
            if is_there == "true":
                del self.missing[path]
        return int(count)

    def _run(self, query: sql.Composed, width: int) -> list[list[str]] | None:
        """The *width* columns of the answer as text; None if it did not come in time or a document is none to jsonb."""
        left_ms = int((self.end - time.monotonic()) * 1000)
        if left_ms <= 0:
            return None
        try:
            # Rolled back, so that a snapshot's session does not go on holding a lock on the table.
            with self.conn.transaction(force_rollback=True):
                self.conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(left_ms)))
                if self.side is Side.TARGET:
                    # What cannot be read must not get into the log of a server that holds originals.
                    return [
                        [str(value) for value in row] for row in answer(self.conn, query.as_string(self.conn), width)
                    ]
                texts = sql.SQL(", ").join(sql.SQL(f"c{at}::text") for at in range(width))
                names = sql.SQL(", ").join(sql.SQL(f"c{at}") for at in range(width))
                return [
                    list(row)
                    for row in self.conn.execute(
                        sql.SQL("SELECT {} FROM ({}) AS r({})").format(texts, query, names)
                    ).fetchall()
                ]
        except ServerFault as fault:
            if fault.sqlstate != _UNTRANSLATABLE:
                raise fault.to_error(self.side, "documents were looked at") from None
            self.is_unreadable = True
            return None
        except psycopg.Error as error:
            self.is_unreadable = self.is_unreadable or error.sqlstate == _UNTRANSLATABLE
            if error.sqlstate not in {_TIMEOUT, _UNTRANSLATABLE}:
                raise
            return None

    def _break(self, steps: Steps) -> Break:
        """Where in documents the path of *steps* breaks off, and what many of them have there."""
        reached, is_list = 0, False
        for count in range(len(steps)):
            there = self._run(_BREAK.format(self._reached(steps[:count])), 2)
            if not there or there[0][0] != "true":
                break
            reached, is_list = count, there[0][1] == "true"
        keys = self._run(_KEYS.format(self._reached(steps[:reached])), 1) or []
        return Break(
            reached=reached, keys=tuple(row[0] for row in keys), is_list=is_list and isinstance(steps[reached], str)
        )

    def _others(self) -> int | None:
        """How many leaves of some documents no path names, the elements of a list taken as one."""
        rows = self._run(
            _LEAVES.format(
                self._reached(()), sql.SQL(" OR ").join(_begins(json_steps(path)) for path in self.question.rule.paths)
            ),
            1,
        )
        return int(rows[0][0]) if rows else None

    def _reached(self, steps: Steps) -> sql.Composed:
        """What *steps* lead to in some documents: ``n`` numbers the document, ``v`` is the value."""
        documents = sql.SQL(" UNION ALL ").join(
            sql.SQL("({})").format(_documents(table, column, limit=_SAMPLE))
            for table, column in self.question.columns[:_SAMPLED_TABLES]
        )
        value: sql.Composable = sql.Identifier("d")
        lists: list[sql.Composable] = []
        for number, step in enumerate(steps):
            if isinstance(step, str):
                value = _field(value, step)
            else:
                alias = sql.Identifier(f"e{number}")
                lists.append(sql.SQL(", LATERAL {} AS {}({})").format(_many(value, step), alias, alias))
                value = alias
        return sql.SQL("SELECT n, {} AS v FROM (SELECT row_number() OVER () AS n, d FROM ({}) AS a) AS s{}").format(
            value, documents, sql.Composed(lists)
        )


def _documents(
    table: Table, column: Column, *, limit: int | None = None, pages: tuple[int, int | None] = (0, None)
) -> sql.Composed:
    """Documents of *column* as ``d``, some of them or those of the pages ``[first, end)``."""
    name = sql.Identifier(column.name)
    conditions = [sql.SQL("{} IS NOT NULL").format(name)]
    first, end = pages
    conditions += [sql.SQL("ctid >= {}::tid").format(sql.Literal(f"({first},0)"))] if first else []
    conditions += [sql.SQL("ctid < {}::tid").format(sql.Literal(f"({end},0)"))] if end is not None else []
    query = sql.SQL("SELECT {}::jsonb AS d FROM ONLY {} WHERE {}").format(
        name, sql.Identifier(table.name.schema, table.name.name), sql.SQL(" AND ").join(conditions)
    )
    # Else a json would be read anew for every path.
    return (
        sql.SQL("{} OFFSET 0").format(query)
        if limit is None
        else sql.SQL("{} LIMIT {}").format(query, sql.Literal(limit))
    )


def _field(value: sql.Composable, key: str) -> sql.Composed:
    return sql.SQL("jsonb_object_field({}, {})").format(value, sql.Literal(key))


def _elements(value: sql.Composable) -> sql.Composed:
    return sql.SQL("jsonb_array_elements(CASE jsonb_typeof({}) WHEN 'array' THEN {} END)").format(value, value)


def _present(value: sql.Composable, steps: Steps) -> sql.Composed:
    """Whether *value* has what *steps* lead to. An empty list is one with elements to come."""
    if not steps:
        return sql.SQL("{} IS NOT NULL").format(value)
    step, *rest = steps
    if isinstance(step, str):
        return _present(_field(value, step), tuple(rest))
    if step is None and not rest:
        return sql.SQL("jsonb_typeof({}) = 'array'").format(value)
    alias = sql.Identifier(f"e{len(rest)}")
    return sql.SQL("EXISTS (SELECT FROM {} AS {}({}) WHERE {})").format(
        _many(value, step), alias, alias, _present(alias, tuple(rest))
    )


def _many(value: sql.Composable, step: Step) -> sql.Composable:
    """All that *step* leads to, which is no key's one value."""
    match step:
        case Every():
            return sql.SQL(
                "(SELECT j.value FROM jsonb_each(CASE jsonb_typeof({}) WHEN 'object' THEN {} END) AS j)"
            ).format(value, value)
        case Chosen(key, text):
            return sql.SQL("(SELECT j.value FROM {} AS j WHERE jsonb_object_field_text(j.value, {}) = {})").format(
                _elements(value), sql.Literal(key), sql.Literal(text)
            )
        case Anywhere(key):
            path = f"strict $.**.{json.dumps(key, ensure_ascii=False)}"
            return sql.SQL("jsonb_path_query({}, {})").format(value, sql.Literal(path))
    return _elements(value)


def _begins(steps: Steps) -> sql.Composed:
    """Whether the path of a leaf, as _LEAVES has it, is or goes through *steps*."""
    if isinstance(steps[0], Anywhere):
        return sql.SQL("path[cardinality(path)] = {}").format(sql.Literal(f".{steps[0].key}"))
    words = [
        sql.SQL("path[{}] {}").format(
            sql.Literal(at),
            sql.SQL("LIKE '.%'")
            if isinstance(step, Every)
            else sql.SQL("= {}").format(sql.Literal(f".{step}" if isinstance(step, str) else "[*]")),
        )
        for at, step in enumerate(steps, 1)
    ]
    return sql.SQL("({})").format(sql.SQL(" AND ").join(words))
