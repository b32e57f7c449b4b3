"""A draft as the file that somebody signs: first what needs a person's eye, then what is decided, then what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from masker.draft.model import ColumnDraft, Draft, TableDraft
from masker.kinds.classify import SURE
from masker.kinds.kind import Risk
from masker.ruleset.wording import flow, key_text, table_key

_WIDTH = 60

#: From here on nobody need hear the others.
_CERTAIN = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From *what* a draft was made, *when*, and by which *version*."""

    what: str
    when: str
    version: str


def asks(column: ColumnDraft) -> str:
    """Why somebody should look at *column*; empty where nobody need."""
    if not column.is_written:
        return ""
    if column.given_up:
        return "it is kept, though it seems personal"
    if column.rule == "keep" and column.kind.risk is Risk.NONE and _doubted(column):
        return "it is kept, and another reading of it is personal"
    if column.verdict.confidence < SURE:
        return "nobody is sure"
    return ""


def _doubted(column: ColumnDraft) -> bool:
    """Whether somebody well heard says that it is personal, though another is surer."""
    verdict = column.verdict
    return verdict.confidence < _CERTAIN and any(
        s.confidence >= SURE and (s.kind.risk >= Risk.PERSONAL or (s.kind.is_personal and s.witness != "type"))
        for s in verdict.sayings
    )


def draft_text(draft: Draft, origin: Origin | None = None) -> str:
    """*draft* as a rule file, with a header where its *origin* is known."""
    lines = [*(_header(draft, origin) if origin is not None else ()), "version: 1"]
    if draft.locale is not None:
        lines.append(f"locale: {draft.locale[0]}   # {draft.locale[1]}")
    if draft.include:
        lines.append(f"include: [{', '.join(draft.include)}]")
    body = [line for table in draft.tables for line in _table(table)]
    if body:
        lines += ["", "tables:", *body]
    kept = [line for table in draft.tables if (line := _kept(table))]
    if kept:
        lines += ["", "# What holds nothing personal, a line a table.", "defaults:", *kept]
    return "\n".join(lines) + "\n"


def _header(draft: Draft, origin: Origin) -> Iterator[str]:
    columns = [(table, column) for table, column in draft.columns() if not table.empty]
    masked = sum(column.rule != "keep" for _, column in columns)
    emptied = [table for table in draft.tables if table.empty]
    looks = looks_of(draft)
    yield f"# Suggested by masker {origin.version} on {origin.when}, from {origin.what}."
    yield (
        f"# {len(draft.tables):,} tables, {len(draft.columns()):,} columns: {masked:,} masked,"
        f" {len(columns) - masked:,} kept; {len(emptied):,} tables without rows."
    )
    if not looks:
        yield "# Nothing in it asks for a look more than the rest."
    else:
        yield f"# {len(looks):,} columns need a person's eye, what could do most harm first; `look` marks them below."
    for table, column, why in looks:
        subject, verdict = table.table.column_name(column.column.name), column.verdict
        yield (
            f"#   {subject}: {_short(column.rule)}   {verdict.kind}, {verdict.confidence:.0%}: {why} ({verdict.reason})"
        )
    yield "#"


def looks_of(draft: Draft) -> Sequence[tuple[TableDraft, ColumnDraft, str]]:
    """The columns that need a person's eye, by risk, and why."""
    found = [(table, column, why) for table, column in draft.columns() if not table.empty and (why := asks(column))]
    return sorted(found, key=lambda item: (-_danger(item[1]), item[1].verdict.confidence))


def _danger(column: ColumnDraft) -> int:
    return (10 if column.rule == "keep" else 0) + int(column.risk)


def _short(rule: str) -> str:
    return rule if len(rule) < 48 else f"{rule[:44]} …}}"


def _table(table: TableDraft) -> Iterator[str]:
    key = table_key(table.table.name)
    if table.empty:
        if not table.by_set:
            yield f"  {key}: {{rows: none}}   # {table.empty}"
        return
    written = [column for column in table.columns.values() if column.is_written and not _folds(column)]
    if not written and not table.is_forced:
        return
    yield f"  {key}:"
    if table.is_forced:
        yield "    rows: all"
    if not written:
        return
    yield "    columns:"
    lines = [
        (f"      {key_text(c.column.name)}: {c.rule}", _said(c)) for c in sorted(written, key=lambda c: not asks(c))
    ]
    width = min(_WIDTH, max(len(text) for text, _ in lines))
    for text, said in lines:
        yield f"{text.ljust(width)}   # {said}"


def decided_line(column: ColumnDraft) -> str:
    """The line of *column* below its table's, with what is said of it."""
    return f"{key_text(column.column.name)}: {column.rule}   # {_said(column)}"


def _said(column: ColumnDraft) -> str:
    verdict = column.verdict
    words = [f"{verdict.kind}, {verdict.confidence:.0%}: {verdict.reason}", *([column.note] if column.note else [])]
    why = asks(column)
    return ("look: " + why + "; " if why else "") + "; ".join(words)


def _folds(column: ColumnDraft) -> bool:
    return column.rule == "keep" and not asks(column)


def _kept(table: TableDraft) -> str:
    if table.empty:
        return ""
    names = [c.column.name for c in table.columns.values() if c.is_written and _folds(c)]
    if not names:
        return ""
    whose = f"{table.table.name.schema}.{table.table.name.name}"
    return f"  - {{tables: {flow(_plain(whose))}, columns: {flow([_plain(name) for name in names])}, mask: keep}}"


def _plain(name: str) -> str:
    """*name* as a pattern that fits itself."""
    return name.translate({ord(sign): f"[{sign}]" for sign in "*?["})
