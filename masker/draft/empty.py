"""Tables of which no row is worth a copy, or is safe in one: queues, sessions, caches, logs, histories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from masker.catalog.types import Catalog, Table
from masker.kinds.words import listed, singular, split
from masker.names import TableName

_QUEUES = re.compile(
    r"^(?:delayed|good|solid_queue|que|sidekiq|queue_classic|resque|background|shoryuken|faktory|cloudtasker|async|outbox)_?"
    r"(?:jobs?|messages?|tasks?|batch\w*|executions?|events?)$|_job_(?:logs?|executions?|runs?)$|^(?:outbox|inbox)(?:_\w+)?$"
)
_TOKENS = listed(
    """
    token session_id session_token ip ip_address user_agent token_digest data
    """
)
_OPENS = listed(
    """
    token token_hash token_digest refresh_token access_token code session_id key
    """
)

#: Columns by which a table is what a gem keeps there, and what that is.
_SHAPES: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (
        frozenset({"item_type", "item_id", "event"}),
        frozenset({"object", "object_changes"}),
        "every former state of rows",
    ),
    (frozenset({"auditable_type", "audited_changes"}), frozenset(), "old and new values of rows"),
    (frozenset({"session_id", "data"}), frozenset(), "logins of production"),
    (frozenset({"handler", "attempts", "run_at"}), frozenset(), "jobs that a preview would run"),
    (frozenset({"serialized_params", "queue_name"}), frozenset(), "jobs that a preview would run"),
    (frozenset({"visit_token", "visitor_token"}), frozenset(), "visits"),
    (frozenset({"statement", "data_source", "query_id"}), frozenset(), "queries that were asked"),
)


def why_empty(table: Table) -> str:
    """Why no row of *table* should be copied; empty if they should."""
    names = {column.name for column in table.columns}
    words = tuple(singular(word) for word in split(table.name.name))
    if not words:
        return ""
    for all_of, some_of, what in _SHAPES:
        if all_of <= names and (not some_of or some_of & names):
            return what
    if _QUEUES.search(table.name.name):
        return "jobs that a preview would run"
    last = words[-1]
    if (
        last == "session"
        and (names & _TOKENS)
        and not names & {"starts_at", "start_time", "title", "name", "course_id", "starts_on"}
    ):
        return "logins of production"
    if last in {"cache", "cach"} or (words[0] == "cache" and last in {"entry", "store"}):
        return "cached values, which fill again"
    if last == "log" and len(words) > 1 and words[-2] in _LOGGED:
        return "a log of what happened in production"
    if words[-2:] in {
        ("access", "token"),
        ("refresh", "token"),
        ("access", "grant"),
        ("login", "activity"),
        ("login", "attempt"),
        ("sign", "attempt"),
        ("remember", "token"),
        ("login", "link"),
        ("magic", "link"),
        ("reset", "token"),
    } and names & (_OPENS | _TOKENS):
        return "logins of production"
    if words[-2:] in {
        ("page", "view"),
        ("pag", "view"),
        ("api", "request"),
        ("http", "request"),
        ("webhook", "delivery"),
        ("query", "stat"),
        ("email", "delivery"),
    }:
        return "a log of what happened in production"
    return ""


_LOGGED = listed(
    """
    audit access request email mail sms api error exception webhook activity event search login sign query job
    import export sync debug delivery notification change history http session visit click page download upload
    security admin user system application sent mailer message call response integration batch cron transport
    """
)


def closed(found: Mapping[TableName, str], catalog: Catalog, kept: Iterable[TableName] = ()) -> dict[TableName, str]:
    """Of the tables *found* to be emptied those that can be: no table that keeps its rows references them by a column
    that must have a value. *kept* are tables that keep theirs whatever is found."""
    empty = {name: why for name, why in found.items() if name not in set(kept)}
    while True:
        needed = {
            key.references
            for table in catalog.tables.values()
            for key in table.foreign_keys
            if key.references in empty
            and table.name not in empty
            and table.name != key.references
            and not all((column := table.column(name)) is not None and column.takes_null for name in key.columns)
        }
        if not needed:
            return empty
        for name in needed:
            del empty[name]
