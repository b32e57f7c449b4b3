"""What in-place masking would leave behind: dead rows that VACUUM may not remove yet, statistics of emptied tables,
schema texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.in_place.steps import Compact
from masker.names import TableName
from masker.notes import Note
from masker.queries import queries

_SQL = queries(__name__)

_DEAD = re.compile(r"(\d+) dead row versions cannot be removed yet")

#: Seconds between tries to be rid of dead rows that somebody may still see.
_PAUSE_S = 0.4


def compact(
    conn: psycopg.Connection, step: Compact, pause: Callable[[float], None], is_patient: Callable[[], bool]
) -> Finding:
    """Give the table a new file and say whether dead rows had to be taken along, or why it keeps the old one.

    Where an older transaction may still see some, it is tried again for as long as *is_patient*. *pause* waits, and
    raises if the run ends.
    """
    if step.residue:
        conn.execute(step.sql.encode())
        return _finding("residue", step.subject, step.residue)
    while True:
        try:
            dead, is_done = _vacuum(conn, step.sql)
        except psycopg.errors.DiskFull:
            return _finding(
                "residue",
                step.subject,
                "the disk is too full to give it a new file, and dead rows in the old one hold originals; free space"
                " and run again",
            )
        if not is_done:
            return Finding(
                check="residue", subject=step.subject, outcome=Outcome.NOT_RUN, detail="the role may not vacuum it"
            )
        if not dead:
            return _finding("residue", step.subject, None)
        if not is_patient():
            return _finding(
                "residue",
                step.subject,
                f"{dead:,} dead rows are kept for a transaction older than the run, originals included",
            )
        pause(_PAUSE_S)


def _vacuum(conn: psycopg.Connection, statement: str) -> tuple[int, bool]:
    said: list[str] = []

    def listen(diagnostic: psycopg.errors.Diagnostic) -> None:
        said.extend(filter(None, (diagnostic.message_primary, diagnostic.message_detail)))

    conn.add_notice_handler(listen)
    try:
        conn.execute(statement.encode())
    finally:
        conn.remove_notice_handler(listen)
    counts = [int(match[1]) for text in said if (match := _DEAD.search(text))]
    return sum(counts), bool(counts)


#: What ANALYZE has kept of the relations that it should know nothing of any more, those without rows; of a partition's
#: key it is the bounds.
_STATISTICS = _SQL["statistics"]


def emptied_statistics(conn: psycopg.Connection, relations: list[int]) -> Iterator[Finding]:
    """Whether the planner's statistics still hold values of relations that have no rows any more."""
    found = [
        (TableName(schema, name), columns)
        for schema, name, columns in conn.execute(_STATISTICS.encode(), {"relations": relations}).fetchall()
    ]
    for name, columns in found:
        yield _finding("statistics", f"{name}", f"those of {', '.join(columns)} hold values of the rows it had")
    if relations and not found:
        yield _finding("statistics", f"{len(relations):,} emptied table{'s' if len(relations) != 1 else ''}", None)


#: Text that a schema holds, with what it belongs to. Row values do not stand there; people put some of them there.
_TEXTS = _SQL["texts"]

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]+@(?!(?:[A-Za-z0-9-]+\.)*example\.(?:com|org|net)\b)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?!invalid\b|test\b|example\b|localhost\b)[A-Za-z]{2,}"
)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ -]?\d{1,4}(?:[ -]\d{2,4}){2,3}|0\d{1,4}-\d{1,4}-\d{3,4}|\(?[2-9]\d{2}\)?["
    r" -][2-9]\d{2}-\d{4})(?![\w-])"
)
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_TOKEN = re.compile(
    r"\b(?:sk_live_\w{16,}|rk_live_\w{16,}|gh[pousr]_\w{30,}|xox[abpr]-[\w-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,})"
)


def schema_texts(conn: psycopg.Connection) -> Iterator[Note]:
    """Where comments, defaults, labels, functions, views and checks hold what looks like somebody's data. No value is
    told."""
    query = _TEXTS.replace("{visible}", "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)")
    for subject, text in conn.execute(query.encode(), {"hidden": list(HIDDEN_SCHEMAS)}).fetchall():
        if found := detect(text or ""):
            yield Note(subject=subject, text=f"holds what looks like {' and '.join(found)}; masks do not reach it")


def detect(text: str) -> list[str]:
    """Kinds of personal values that *text* seems to hold.

    >>> detect("ask yamada@corp.co.jp or 03-1234-5678, not user@example.com")
    ['an e-mail address', 'a telephone number']
    """
    kinds = [
        ("an e-mail address", bool(_EMAIL.search(text))),
        ("a telephone number", bool(_PHONE.search(text))),
        ("a card number", any(_is_card(match[0]) for match in _CARD.finditer(text))),
        ("a token", bool(_TOKEN.search(text))),
    ]
    return [kind for kind, is_there in kinds if is_there]


def _is_card(written: str) -> bool:
    """Whether the digits begin like a card's and pass Luhn's check."""
    digits = [int(c) for c in written if c.isdigit()]
    if digits[0] not in {2, 3, 4, 5, 6}:
        return False
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


_BESIDE = _SQL["beside"]


def beside(conn: psycopg.Connection) -> Iterator[Note]:
    """Publications, slots and followers: what the originals went to before they were masked; and subscriptions, which
    bring more of them."""
    for subject, text in conn.execute(_BESIDE.encode()).fetchall():
        yield Note(subject=subject, text=text)


#: What no SQL reaches.
UNREACHED = Note(
    subject="out of reach",
    text=(
        "the target's write-ahead log until it is recycled, its backups, forks and followers, and the time between the"
        " restore and this run: they held originals"
    ),
)


def _finding(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(
        check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )
