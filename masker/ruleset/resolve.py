"""The rules against a catalog: one decision for every table, and every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import or_

from masker.catalog.types import Catalog, Column, Table
from masker.errors import Position, Problem
from masker.masks.keep import Keep
from masker.masks.null import Null
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.ruleset.ahead import ApplicationSchema, absent, is_slip
from masker.ruleset.claims import Claim, Claims, TableClaim, column_of
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.encryption import as_told, encryption_problems, pair_problems
from masker.ruleset.follow import follow
from masker.ruleset.left_out import left_out, rows_matter
from masker.ruleset.links import links
from masker.ruleset.locked import rows_brought_back, weakened
from masker.ruleset.personal import can_be_personal
from masker.ruleset.subset import subset_of
from masker.ruleset.subset_types import Subset
from masker.ruleset.suggest import suggest_column
from masker.ruleset.type_names import KNOWN_TYPES, plain_type, type_names
from masker.ruleset.types import ColumnDecision, Resolution, RuleSet, TableDecision, TableRules, Tolerate, Undecided
from masker.ruleset.unused import unused
from masker.ruleset.wording import key_text, table_key

#: Undecided columns are listed one by one up to this many, then one table at a time.
_ONE_BY_ONE = 30

#: Lines of a table's hint.
_MOST_LINES = 12


def resolve(ruleset: RuleSet, catalog: Catalog, *, in_place: bool = False) -> Resolution:
    """What *ruleset* decides for the tables of *catalog*: of a source that is copied, or of a database that is masked
    *in place*."""
    problems: list[Problem] = []
    notes: list[Note] = []
    claims = Claims(ruleset, catalog, problems)
    problems += _stale_columns(claims, catalog)
    problems += _unknown_types(ruleset, catalog)
    policy, policy_position = _policy(ruleset)
    written = {name: _decide(table, claims, problems) for name, table in catalog.tables.items()}
    decisions = as_told(written, catalog, ruleset.facts)
    problems += encryption_problems(decisions, catalog, ruleset.facts)
    problems += pair_problems(decisions)
    found_links = links(claims, problems)
    decisions = dict(follow(decisions, found_links, catalog, problems))
    notes += (
        (*claims.waiting.notes(ruleset.schema.file), *ruleset.schema.unread()) if ruleset.schema is not None else ()
    )
    for decision in decisions.values() if not in_place else ():
        for told in left_out(decision):
            (problems if isinstance(told, Problem) else notes).append(told)  # type: ignore[arg-type]
    for told in unused(ruleset, catalog, decisions, claims):
        (problems if isinstance(told, Problem) else notes).append(told)  # type: ignore[arg-type]
    open_columns = _open(decisions, in_place=in_place)
    if policy == "error":
        problems += _undecided(_own(open_columns, catalog), catalog)
    else:
        for name, columns in open_columns.items():
            if policy == "null" and catalog.tables[name].extension is not None:
                problems += _undecided({name: columns}, catalog)
                continue
            decided = {c.name: _by_policy(c, policy, policy_position, ruleset.locale) for c in columns}
            decisions[name] = _with_columns(decisions[name], decided)
            problems += _not_nullable(name, columns, policy_position, catalog) if policy == "null" else ()
    large_objects = next((f.large_objects for f in reversed(ruleset.files) if f.large_objects), None)
    subset = subset_of(ruleset, catalog, decisions, problems)
    if subset is not None and in_place:
        problems.append(_not_in_place(subset))
    tolerate = reduce(or_, (f.tolerate for f in ruleset.files), Tolerate())
    return Resolution(
        tables=decisions,
        problems=tuple(dict.fromkeys(problems)),
        large_objects=large_objects,
        tolerate=tolerate,
        notes=tuple(notes),
        links=found_links,
        facts=ruleset.facts,
        subset=subset,
    )


def _not_in_place(subset: Subset) -> Problem:
    return Problem(
        "subset",
        "in place it would delete most rows of a database that is there: a subset is taken while rows are copied",
        "use masker copy, or give masker mask rules without it; `rows:` of a table deletes some of its rows in place",
        subset.rules.position,
    )


def needs_decision(decision: TableDecision, column: Column, *, in_place: bool = False) -> bool:
    """Whether the rules have to decide *column*: its values reach the target, and can be personal."""
    return rows_matter(decision, in_place=in_place) and not column.generated and can_be_personal(column)


def _policy(ruleset: RuleSet) -> tuple[Undecided, Position]:
    for file in reversed(ruleset.files):
        if file.undecided is not None and file.undecided_position is not None:
            return file.undecided, file.undecided_position
    return "error", Position("", 1, 1)


def _decide(table: Table, claims: Claims, problems: list[Problem]) -> TableDecision:
    of_rows = claims.of_rows(table)
    problems += rows_brought_back(of_rows, table.name)
    rows = _strongest_of_table(of_rows, table, problems)
    where = _strongest_of_table(claims.of_where(table), table, problems)
    strategy = _strongest_of_table(claims.of_strategy(table), table, problems)
    columns: dict[str, ColumnDecision] = {}
    for column in table.columns:
        found = claims.of_column(table, column)
        if column.generated:
            problems += _about_generated(found, table, column)
        elif found:
            problems += weakened(found, table.column_name(column.name), where)
            strongest = _strongest(found, table.column_name(column.name), problems)
            columns[column.name] = _column_decision(strongest, table, column, problems)
    return TableDecision(
        table=table,
        rows="all" if rows is None or rows.kind == "where" or rows.kind == "strategy" else rows.kind,
        predicate=rows.text if rows is not None and rows.kind == "predicate" else None,
        rows_position=rows.position if rows else None,
        where=where.text if where else None,
        where_position=where.position if where else None,
        columns=columns,
        strategy=strategy.text if strategy else None,  # type: ignore[arg-type]  # a strategy's claim holds one
        strategy_position=strategy.position if strategy else None,
        named=max((rules.position for _, rules in claims.named(table.name)), default=None),
    )


def _with_columns(decision: TableDecision, more: Mapping[str, ColumnDecision]) -> TableDecision:
    return replace(decision, columns={**decision.columns, **more})


def _strongest(found: list[Claim], column: ColumnName, problems: list[Problem]) -> Claim:
    first, *others = found
    rivals = [r for r in others if r.rank == first.rank and (r.rule, r.locale) != (first.rule, first.locale)]
    hint = (
        "decide it in a file of your own, by name"
        if first.is_shipped
        else "keep one of the two, or decide the column itself"
    )
    for rival in rivals:
        _conflict(
            f"{first.pattern}.{column.name}" if first.pattern else str(column),
            first,
            rival,
            hint,
            column.table,
            problems,
        )
    return first


def _conflict(
    subject: str,
    first: Claim | TableClaim,
    rival: Claim | TableClaim,
    hint: str,
    table: TableName,
    problems: list[Problem],
) -> None:
    """Two rules of equal rank that differ; of two patterns it is said once, with the first of the tables that both
    fit."""
    if first.pattern is None:
        problems.append(Problem(subject, f"decided differently at {first.position}", hint, rival.position))
        return
    found = f"decided differently at {first.position}, and both patterns fit"
    if not any(p.subject == subject and p.position == rival.position and p.found.startswith(found) for p in problems):
        problems.append(
            Problem(subject, f"{found} {table}", "keep one of the two, or name the table itself", rival.position)
        )


def _strongest_of_table(found: list[TableClaim], table: Table, problems: list[Problem]) -> TableClaim | None:
    if not found:
        return None
    first, *others = found
    rivals = [r for r in others if r.rank == first.rank and (r.kind, r.text) != (first.kind, first.text)]
    subject = f"{first.pattern or table.name}: {first.kind if first.kind in {'where', 'strategy'} else 'rows'}"
    for rival in rivals:
        _conflict(subject, first, rival, "decide it in a file of your own", table.name, problems)
    return first


def _about_generated(found: list[Claim], table: Table, column: Column) -> Iterator[Problem]:
    """A user's rule for it by name; patterns and shipped sets pass over what the database computes."""
    if found and found[0].is_named and not found[0].is_shipped and not isinstance(found[0].rule, Keep):
        subject = str(table.column_name(column.name))
        yield Problem(
            subject,
            "the database computes it from other columns",
            "remove the rule, and mask those it reads",
            found[0].position,
        )


def _column_decision(found: Claim, table: Table, column: Column, problems: list[Problem]) -> ColumnDecision:
    rule = found.rule
    if rule.by is not None and not rule.is_by_value:
        subject, position = str(table.column_name(column.name)), found.by_position or found.position
        missing = [name for name in rule.by if table.column(name) is None]
        for name in missing:
            meant = did_you_mean(name, [c.name for c in table.columns])
            problems.append(
                Problem(
                    subject,
                    f"by: {table.name} has no column {name}",
                    meant or "name columns of the same table, or `value`",
                    position,
                )
            )
        if not rule.by:
            problems.append(
                Problem(subject, "by: names no column", "name columns of the same table, or `value`", position)
            )
        if missing:
            # Said once is enough: the plan, which looks at identities too, goes on with the row's own key.
            rule = rule.model_copy(update={"by": None})
    return ColumnDecision(
        column=column,
        rule=rule,
        position=found.position,
        locale=found.locale,
        places=found.places,
        is_named=found.is_named and not found.is_shipped,
    )


def _stale_columns(claims: Claims, catalog: Catalog) -> Iterator[Problem]:
    schema = claims.ruleset.schema
    for table in catalog.tables.values():
        ahead = schema.columns(table.name) if schema is not None else frozenset()
        for _, rules in claims.named(table.name):
            seen: dict[str, Position] = {}
            for rule in rules.columns:
                name = rule.column if table.column(rule.column) else column_of(rule)
                subject = str(table.column_name(name))
                if table.column(name) is None and name in ahead:
                    claims.waiting.add(table.name, name)
                elif table.column(name) is None and _may_be_gone(name, table, rules, schema):
                    claims.waiting.gone(table.name, name)
                elif table.column(name) is None:
                    meant = did_you_mean(name, [*(c.name for c in table.columns), *ahead], prefix=f"{table.name}.")
                    yield Problem(
                        subject,
                        "there is no such column",
                        absent(meant, "remove the rule, or correct the name", schema, "column"),
                        rule.position,
                    )
                elif name in seen:
                    yield Problem(
                        subject,
                        "written twice",
                        f"it stands at {seen[name]} already; keep one of the two",
                        rule.position,
                    )
                seen.setdefault(name, rule.position)


def _may_be_gone(name: str, table: Table, rules: TableRules, schema: ApplicationSchema | None) -> bool:
    """Whether production can still have a column that the application's schema does not: a misspelling, it is not."""
    named = [column_of(rule) for rule in rules.columns]
    return schema is not None and schema.is_alone and not is_slip(name, [c.name for c in table.columns], named)


def _unknown_types(ruleset: RuleSet, catalog: Catalog) -> Iterator[Problem]:
    limited = [default for file in ruleset.files for default in file.defaults if default.types]
    if not limited:
        return
    known = KNOWN_TYPES | {
        name for table in catalog.tables.values() for c in table.columns for name in type_names(c.type)
    }
    for default in limited:
        for written in default.types:
            plain = plain_type(written)
            if plain not in known and plain.removesuffix("[]") not in known:
                meant = did_you_mean(written, known)
                subject = f"defaults {', '.join(default.columns)}"
                hint = meant or "write a type's name as PostgreSQL does, without its schema and length"
                yield Problem(
                    subject, f"types: there is no type {written}", hint, default.types_position or default.position
                )


def _by_policy(column: Column, policy: Undecided, position: Position, locale: str) -> ColumnDecision:
    return ColumnDecision(column=column, rule=Null() if policy == "null" else Keep(), position=position, locale=locale)


def _not_nullable(
    name: TableName, columns: Iterable[Column], position: Position, catalog: Catalog
) -> Iterator[Problem]:
    for column in columns:
        if not column.takes_null:
            rule = suggest_column(column, catalog.tables[name], catalog=catalog).text
            yield Problem(
                str(ColumnName(name, column.name)),
                "undecided: null sets it to NULL, but it is NOT NULL",
                f"decide it by name, for instance:  {key_text(column.name)}: {rule}",
                position,
            )


def undecided_columns(resolution: Resolution, catalog: Catalog) -> Mapping[TableName, tuple[Column, ...]]:
    """Columns the rules of a copy would have to decide and do not, by table. What a table has from a parent is the
    parent's."""
    return _own(_open(resolution.tables, in_place=False), catalog)


def _open(decisions: Mapping[TableName, TableDecision], *, in_place: bool) -> Mapping[TableName, tuple[Column, ...]]:
    return {
        name: tuple(
            c
            for c in decision.table.columns
            if needs_decision(decision, c, in_place=in_place) and c.name not in decision.columns
        )
        for name, decision in decisions.items()
        if decision.rows != "none"
    }


def _own(found: Mapping[TableName, tuple[Column, ...]], catalog: Catalog) -> Mapping[TableName, tuple[Column, ...]]:
    names = {(table, c.name) for table, columns in found.items() for c in columns}
    own = {
        table: tuple(c for c in columns if not any((parent, c.name) in names for parent in catalog.ancestors(table)))
        for table, columns in found.items()
    }
    return {table: columns for table, columns in own.items() if columns}


def _undecided(told: Mapping[TableName, tuple[Column, ...]], catalog: Catalog) -> Iterator[Problem]:
    if sum(map(len, told.values())) <= _ONE_BY_ONE:
        for table, own in told.items():
            for column in own:
                suggestion = suggest_column(column, catalog.tables[table], catalog=catalog)
                hint = f"add it, for instance:  {key_text(column.name)}: {suggestion.text}     ({suggestion.reason})"
                yield Problem(str(ColumnName(table, column.name)), f"{column.type.sql}, decided by no rule", hint)
        return
    for table, own in told.items():
        lines = [f"{key_text(c.name)}: {suggest_column(c, catalog.tables[table], catalog=catalog).text}" for c in own]
        more = [f"… and {len(lines) - _MOST_LINES + 1} more"] if len(lines) > _MOST_LINES else []
        shown = lines[: _MOST_LINES - len(more)] + more
        head = "add, for instance (`masker rules suggest` writes all of it):"
        count = f"{len(own)} columns are" if len(own) != 1 else "1 column is"
        yield Problem(
            table_key(table), f"{count} decided by no rule", "\n".join([head, *(f"  {line}" for line in shown)])
        )
