"""A draft of rules for a whole catalog: every column's kind, the rule that fits it, and what has to agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from masker.catalog.types import Catalog, Column, Table
from masker.draft.empty import closed, why_empty
from masker.draft.locale import locale_of
from masker.draft.model import ColumnDraft, Draft, TableDraft
from masker.draft.people import main_people
from masker.draft.rows import divide, say_genders
from masker.draft.scopes import share
from masker.kinds.classify import Witnesses
from masker.kinds.references import keys_of
from masker.kinds.saying import Saying, Verdict
from masker.names import ColumnName, TableName
from masker.ruleset.claims import table_called
from masker.ruleset.evidence import Evidence
from masker.ruleset.personal import can_be_personal
from masker.ruleset.resolve import resolve
from masker.ruleset.suggest import suggestion
from masker.ruleset.types import Resolution, RuleFile, RuleSet


def make(
    catalog: Catalog,
    ruleset: RuleSet,
    shipped: Mapping[str, RuleFile],
    evidence: Evidence,
    sayings: Mapping[ColumnName, Iterable[Saying]],
    time_zone: str = "",
) -> Draft:
    """A decision for every column of *catalog* that *ruleset* leaves open. *shipped* are sets that can be included,
    *evidence* and *sayings* what is known of values and of the application."""
    own = {name: table for name, table in catalog.tables.items() if table.extension is None}
    witnesses = Witnesses(sayings, keys_of(own.values()))
    verdicts = {
        table.column_name(column.name): witnesses.verdict(column, table)
        for table in own.values()
        for column in table.columns
    }
    include = _fitting(shipped, {file.name for file in ruleset.included}, own, catalog)
    decided = resolve(
        RuleSet(files=ruleset.files, included=(*ruleset.included, *(shipped[name] for name in include))), catalog
    )
    by_user = resolve(ruleset, catalog)
    found = {name: why for name, table in own.items() if not table.parents and (why := why_empty(table))}
    by_sets = {
        name: f"rules/{_set_of(name, include, shipped, catalog)}.yml"
        for name in own
        if decided.tables[name].rows == "none" and by_user.tables[name].rows != "none"
    }
    forced = {name for name in by_sets if name.name == "sessions" and not why_empty(own[name])}
    said = {
        name
        for name, decision in by_user.tables.items()
        if decision.rows != "all" or decision.rows_position is not None
    }
    empty = closed({**dict.fromkeys(by_sets, "a shipped set"), **found}, catalog, forced | said)
    tables = []
    for name in sorted(own):
        table = own[name]
        if table.parents:
            continue
        made = TableDraft(table, {c.name: _column(c, table, verdicts, evidence, by_user) for c in table.columns})
        made.heirs = tuple(catalog.descendants(name))
        made.by_set = by_sets.get(name, "")
        if name in empty:
            made.empty = found.get(name) or "what nobody should have of production"
        made.is_forced = name in by_sets and name not in empty
        tables.append(made)
    own_locale = next((file.locale for file in ruleset.files if file.locale), None)
    draft = Draft(tables, include, locale_of(catalog, time_zone) if own_locale is None else None)
    locale = own_locale or (draft.locale[0] if draft.locale is not None else "")
    divide(tables, locale)
    share(tables, main_people(catalog, verdicts), evidence.repeating, has_area_codes=locale == "ja_JP")
    say_genders(tables)
    return draft


def _column(
    column: Column, table: Table, verdicts: Mapping[ColumnName, Verdict], evidence: Evidence, by_user: Resolution
) -> ColumnDraft:
    name = table.column_name(column.name)
    found = suggestion(verdicts[name], column, table, evidence.leaves.get(name, ()))
    decision = by_user.tables[table.name]
    return ColumnDraft(
        column=column,
        verdict=verdicts[name],
        rules=[found.text, *found.others],
        is_covered=can_be_personal(column),
        is_open=column.name not in decision.columns and decision.rows != "none",
        note="no two may be equal" if found.reason.endswith("no two may be equal") else "",
    )


def _fitting(
    shipped: Mapping[str, RuleFile], used: set[str], own: Mapping[TableName, Table], catalog: Catalog
) -> list[str]:
    """The sets that know a table of the database, or by patterns a set of columns that only one gem makes."""
    found = []
    for name, file in shipped.items():
        if file.name in used:
            continue
        knows = any(table_called(rules.written, catalog) is not None for rules in file.tables)
        if knows or (name == "devise" and any(_is_devise(table) for table in own.values())):
            found.append(name)
    return found


def _is_devise(table: Table) -> bool:
    names = {column.name for column in table.columns}
    return "encrypted_password" in names and bool(
        names & {"reset_password_token", "sign_in_count", "remember_created_at", "confirmation_token"}
    )


def _set_of(table: TableName, include: Sequence[str], shipped: Mapping[str, RuleFile], catalog: Catalog) -> str:
    return next(
        (
            name
            for name in include
            for rules in shipped[name].tables
            if rules.rows == "none" and table_called(rules.written, catalog) == table
        ),
        "rails",
    )
