"""In words: which rule decides a column and which give way, and a rule file for what is still undecided."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from masker.catalog.types import Catalog, Column, Table
from masker.errors import UsageError
from masker.masks.cases import rules_of
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.masks.own_sql import Sql
from masker.names import TableName
from masker.ruleset.claims import Claims, find_table
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.evidence import Evidence
from masker.ruleset.personal import can_be_personal, snake
from masker.ruleset.repeated import Repeated
from masker.ruleset.resolve import needs_decision, resolve, undecided_columns
from masker.ruleset.suggest import suggest_column
from masker.ruleset.types import ColumnDecision, Resolution, RuleFile, RuleSet, TableDecision
from masker.ruleset.wording import key_text, name_parts, rule_text, table_key

#: Columns that only an application for Japan has.
_JAPANESE = re.compile(r"(?:^|_)(?:kana|furigana|katakana|hiragana|prefectures?|todoufuken)(?:_|$)")


def find_column(written: str, catalog: Catalog) -> tuple[Table, Column]:
    """The column called *written*, as ``users.email`` or ``app.users.email``. Raises UsageError."""
    parts = name_parts(written)
    if parts is None or len(parts) not in {2, 3}:
        raise UsageError(f"{written}: this is no column's name, expected table.column or schema.table.column")
    table_written = ".".join('"' + part.replace('"', '""') + '"' for part in parts[:-1])
    name = find_table(table_written, catalog)
    if isinstance(name, tuple):
        meant = did_you_mean(".".join(parts[:-1]), [str(t) for t in catalog.tables])
        raise UsageError(f"{written}: {name[0]}", hint=meant or name[1])
    table = catalog.tables[name]
    column = table.column(parts[-1])
    if column is None:
        meant = did_you_mean(parts[-1], [c.name for c in table.columns], prefix=f"{name}.")
        raise UsageError(f"{written}: there is no such column", hint=meant)
    return table, column


def explain_column(ruleset: RuleSet, catalog: Catalog, written: str) -> str:
    """Which rule decides the column, why and where it stands, and what gives way to it. Raises UsageError."""
    table, column = find_column(written, catalog)
    resolution = resolve(ruleset, catalog)
    decision = resolution.tables[table.name]
    subject = str(table.column_name(column.name))
    null = " NOT NULL NOT VALID" if column.refuses_null else "" if column.is_nullable else " NOT NULL"
    lines = [(subject, f"{column.type.sql}{null}", "")]
    claims = [] if column.generated else Claims(ruleset, catalog, []).of_column(table, column)
    found = decision.columns.get(column.name)
    if claims:
        lines += [
            ("gives way" if at else "decided by", rule_text(claim.rule), f"{claim.position}   {claim.reason}")
            for at, claim in enumerate(claims)
        ]
    elif found is not None:
        lines.append(("decided by", rule_text(found.rule), f"{found.position}   as what no rule decides"))
    else:
        lines.append(_without_rule(decision, column))
    for rule in rules_of(found.rule) if found is not None else ():
        if isinstance(rule, Sql):
            lines += _about_names(rule.sql, decision, column)
    lines += _about_rows(decision, found)
    lines += [
        ("problem", problem.found, str(problem.position or ""))
        for problem in resolution.problems
        if problem.subject == subject
    ]
    return aligned(lines)


def _without_rule(decision: TableDecision, column: Column) -> tuple[str, str, str]:
    table = decision.table
    if column.generated:
        return ("computed", "by the database, from other columns", "")
    if needs_decision(decision, column):
        suggestion = suggest_column(column, table)
        return ("undecided", f"for instance  {key_text(column.name)}: {suggestion.text}", suggestion.reason)
    if not can_be_personal(column):
        return ("copied", "no rule decides it, and its type holds nothing personal", "")
    owner = f"it belongs to the extension {table.extension}" if table.extension else "its rows lie on another server"
    return ("left out", f"no rule decides it; {owner}", "")


def _about_names(written: str, decision: TableDecision, column: Column) -> Iterator[tuple[str, str, str]]:
    """What the names of an expression stand for."""
    from masker.masks.sql.judge import judge
    from masker.masks.sql.judged import ExpressionError

    try:
        names = judge(written, None).names
    except ExpressionError:
        return
    for name in names:
        other = decision.columns.get(name.column)
        is_masked = other is not None and not isinstance(other.rule, Keep)
        if name.column == column.name:
            yield "reads", name.column, "its own original"
        elif name.is_original and is_masked:
            yield "shows", name.column, "the original, as original.… asks for"
        else:
            yield "reads", name.column, "as it is masked" if is_masked else "as it is"


def _about_rows(decision: TableDecision, found: ColumnDecision | None) -> list[tuple[str, str, str]]:
    lines = []
    if decision.rows != "all":
        lines.append(("rows copied", decision.predicate or "none", str(decision.rows_position)))
    if decision.where is not None and found is not None and not isinstance(found.rule, Keep):
        lines.append(("rows masked", decision.where, str(decision.where_position)))
    return lines


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """*rows* as columns of text."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def suggested_file(
    ruleset: RuleSet, catalog: Catalog, shipped: Mapping[str, RuleFile], evidence: Evidence | None = None
) -> str:
    """A rule file that decides every column *ruleset* leaves open: rule sets that fit, then a guess for each column
    with its reason.

    *evidence* is what the server says of columns.
    """
    evidence = evidence or Evidence()
    repeated = Repeated(evidence.repeating, catalog)
    used = {file.name for file in ruleset.included}
    still_open = undecided_columns(resolve(ruleset, catalog), catalog)
    fitting = {
        name: file for name, file in shipped.items() if file.name not in used and _fits(file, still_open, catalog)
    }
    whole = RuleSet(files=ruleset.files, included=(*ruleset.included, *fitting.values()))
    locale = [] if any(file.locale for file in ruleset.files) else _locale(catalog)
    lines = ["version: 1", *locale, *([f"include: [{', '.join(fitting)}]"] if fitting else [])]
    resolution = resolve(whole, catalog)
    guesses: dict[TableName, list[tuple[str, str, str]]] = defaultdict(list)
    for name, columns in undecided_columns(resolution, catalog).items():
        table = catalog.tables[name]
        for column in columns:
            guess = suggest_column(column, table, evidence.leaves.get(table.column_name(column.name), ()))
            guesses[name].append((column.name, repeated.rule(guess.text, column, table), guess.reason))
    for name, column in _without_value(resolution) if not ruleset.files else ():
        guess = suggest_column(column, catalog.tables[name])
        guesses[name].append((column.name, guess.text, f"{guess.reason}; it is NOT NULL"))
    for name, column, rule in repeated.addresses(resolution) if not ruleset.files else ():
        guesses[name].append((column.name, rule, "equal addresses stay equal in all columns"))
    body = [line for name, columns in guesses.items() for line in _table_lines(name, columns)]
    return "\n".join([*lines, *(["tables:", *body] if body else [])]) + "\n"


def _without_value(resolution: Resolution) -> Iterator[tuple[TableName, Column]]:
    """Columns that a rule set makes NULL and that refuse it."""
    for name, decision in resolution.tables.items():
        for each in decision.columns.values() if decision.rows != "none" and not decision.table.parents else ():
            if isinstance(each.rule, Null) and not each.column.takes_null:
                yield name, each.column


def _locale(catalog: Catalog) -> list[str]:
    """The line of a file that says whose names and places its masks make, where columns are called so that only one
    locale has them."""
    names = (snake(column.name) for table in catalog.tables.values() for column in table.columns)
    return (
        ["locale: ja_JP   # it has columns for kana or prefectures"]
        if any(_JAPANESE.search(name) for name in names)
        else []
    )


def _fits(file: RuleFile, still_open: Mapping[TableName, Sequence[Column]], catalog: Catalog) -> bool:
    """Whether the shipped set *file* knows a table of the database, or decides one of the open columns."""
    if any(isinstance(find_table(rules.written, catalog), TableName) for rules in file.tables):
        return True
    alone = Claims(RuleSet(files=(), included=(file,)), catalog, [])
    return any(
        alone.of_column(catalog.tables[name], column) for name, columns in still_open.items() for column in columns
    )


def _table_lines(table: TableName, guesses: Sequence[tuple[str, str, str]]) -> list[str]:
    written = [(f"      {key_text(name)}: {rule}", reason) for name, rule, reason in guesses]
    width = min(60, max(len(text) for text, _ in written))
    return [
        f"  {table_key(table)}:",
        "    columns:",
        *(f"{text.ljust(width)}   # {reason}" for text, reason in written),
    ]
