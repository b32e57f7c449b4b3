"""In words: which rule decides a column and which give way, and a rule file for what is still undecided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from masker.catalog.types import Catalog, Column, Table
from masker.errors import UsageError
from masker.masks.cases import rules_of
from masker.masks.keep import Keep
from masker.masks.own_sql import Sql
from masker.names import TableName
from masker.ruleset.claims import Claims, find_table
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.personal import can_be_personal
from masker.ruleset.resolve import needs_decision, resolve
from masker.ruleset.suggest import suggest_column
from masker.ruleset.types import ColumnDecision, RuleSet, TableDecision
from masker.ruleset.wording import key_text, name_parts, rule_text


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
        lines.append(_without_rule(decision, column, catalog))
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


def explain_table(ruleset: RuleSet, catalog: Catalog, name: TableName) -> str:
    """What becomes of each column of the table, and of its rows."""
    resolution = resolve(ruleset, catalog)
    decision = resolution.tables[name]
    lines = [(str(name), "rows", decision.predicate or decision.rows, str(decision.rows_position or ""))]
    if resolution.subset is not None:
        said = "some rows of production: `masker plan copy` says which of this table"
        lines.append(("", "subset", said, str(resolution.subset.rules.position)))
    if decision.where is not None:
        lines.append(("", "rows masked", decision.where, str(decision.where_position)))
    for column in decision.table.columns:
        found = decision.columns.get(column.name)
        if found is not None:
            lines.append((column.name, column.type.sql, rule_text(found.rule), str(found.position)))
        else:
            word, what, why = _without_rule(decision, column, catalog)
            lines.append((column.name, column.type.sql, word, what if word != "undecided" else f"{what}   {why}"))
    lines += [("problem", "", p.found, str(p.position or "")) for p in resolution.problems if p.subject == str(name)]
    return aligned(lines)


def _without_rule(decision: TableDecision, column: Column, catalog: Catalog) -> tuple[str, str, str]:
    table = decision.table
    if column.generated:
        return ("computed", "by the database, from other columns", "")
    if needs_decision(decision, column):
        suggestion = suggest_column(column, table, catalog=catalog)
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
