"""Which rules claim a column or a table, strongest first: the one place that knows of precedence.

0. what an included file that is locked says of it
1. the column by name, in a user's file: its own table before a parent of it, a later file before an earlier one
2. the same, where the table is named by a pattern
3. the defaults of the users' files, a later file's first, each file's in order
4. the column by name, in an included set
5. the first matching default of an included set

Two claims of equal rank that differ are a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from masker.catalog.types import Catalog, Column, Table
from masker.errors import Position, Problem
from masker.masks.rule import MaskRule
from masker.names import TableName
from masker.ruleset.ahead import Waiting, absent, is_slip
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.defaults import Default, Defaults
from masker.ruleset.table_patterns import Patterned, is_pattern
from masker.ruleset.types import ColumnRule, DefaultRule, ReferenceRule, RuleFile, RuleSet, TableRules
from masker.ruleset.wording import name_parts

Rank = tuple[int, ...]

#: In front of the rank of what a shipped set says by name.
_SHIPPED = 3

#: Of what is locked, behind all that is said by name: no table has so many parents in a row.
_AFTER_NAMES = 1_000_000

#: In front of the rank of what is locked, which gives way to nobody.
_LOCKED = -1

_NO_TABLE = "there is no such table"

#: Of many schemas that have a table these are named.
_SHOWN_SCHEMAS = 3

_REMEDY = "remove it, or correct its name; views cannot be ruled, their tables can"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A rule that wants to decide a column. Smaller *rank* wins. *reason* says how it came by the column."""

    rank: Rank
    rule: MaskRule
    position: Position
    locale: str
    reason: str
    is_named: bool  # by table and column, not by pattern
    is_shipped: bool
    is_locked: bool = False
    by_position: Position | None = None
    pattern: str | None = None
    places: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableClaim:
    """What a file says of a table's rows. *pattern* is what it calls the table by, None where by its name."""

    rank: Rank
    text: str
    kind: Literal["all", "none", "predicate", "where", "strategy"]
    position: Position
    reason: str
    pattern: str | None
    is_locked: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it is of the project's own files."""
        return _LOCKED < self.rank[0] < _SHIPPED


@dataclass(slots=True)
class Claims:
    """The rules of *ruleset*, looked up by table. Names that lead nowhere are added to *problems* once; *used* are the
    places of users' defaults that a column which was asked about fits, *first* of these that are the first of their
    file that does, *behind* those that are not, each with the one that is; *waiting* is what only the application's
    schema has."""

    ruleset: RuleSet
    catalog: Catalog
    problems: list[Problem]
    used: set[Position] = field(default_factory=set)
    first: set[Position] = field(default_factory=set)
    behind: dict[Position, Position] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)
    _named: list[tuple[RuleFile, Mapping[TableName, TableRules]]] = field(default_factory=list)
    _of_libraries: list[tuple[RuleFile, Mapping[TableName, Sequence[TableRules]]]] = field(default_factory=list)
    _patterned: list[tuple[RuleFile, Mapping[TableName, Sequence[TableRules]]]] = field(default_factory=list)
    _defaults: list[tuple[RuleFile, Defaults]] = field(default_factory=list)
    _asked: tuple[TableName, Sequence[tuple[RuleFile, Sequence[Default]]]] | None = None

    def __post_init__(self) -> None:
        self._defaults = [(file, Defaults(file)) for file in (*self.ruleset.files, *self.ruleset.included)]
        for file in self.ruleset.files:
            self._named.append((file, self._tables(file)))
            self._patterned.append(
                (file, Patterned(file, self.catalog, self.ruleset.schema, self.problems, self.waiting).found)
            )
        for file in self.ruleset.included:
            self._named.append((file, _present(file, self.catalog)))
            # What a library says of tables that are not here is for other applications.
            unheard: list[Problem] = []
            self._of_libraries.append((file, Patterned(file, self.catalog, None, unheard, Waiting()).found))

    def of_column(self, table: Table, column: Column) -> list[Claim]:
        """Every claim on *column*, strongest first."""
        found = sorted((*self._by_name(table, column), *self._by_pattern(table, column)), key=lambda claim: claim.rank)
        if not found or not found[0].is_locked:
            return found
        locked = [claim for claim in found if claim.is_locked]
        own = [claim for claim in found if not claim.is_locked]
        return [*own, *locked] if own and _is_stronger(own[0], locked[0]) else found

    def of_rows(self, table: Table) -> list[TableClaim]:
        """Every claim on which rows of *table* are copied, strongest first."""
        found = [
            TableClaim(
                rank=rank,
                text=rules.predicate or rules.rows,
                kind=rules.rows,
                position=rules.rows_position,
                reason=reason,
                pattern=pattern,
                is_locked=rank[0] == _LOCKED,
            )
            for rank, rules, _, reason, pattern in self._about(table)
            if rules.rows is not None and rules.rows_position is not None
        ]
        found.sort(key=lambda claim: claim.rank)
        own = [claim for claim in found if claim.is_own]
        if own and found[0].is_locked and (own[0].kind == "none" or found[0].kind == "all"):
            # Nothing is more than no row, and who leaves all of them there locks none out.
            return [*own, *(claim for claim in found if claim not in own)]
        return found

    def of_where(self, table: Table) -> list[TableClaim]:
        """Every claim on which rows of *table* are masked, strongest first."""
        found = [
            TableClaim(
                rank=rank,
                text=rules.where,
                kind="where",
                position=rules.where_position,
                reason=reason,
                pattern=pattern,
                is_locked=rank[0] == _LOCKED,
            )
            for rank, rules, _, reason, pattern in self._about(table)
            if rules.where is not None and rules.where_position is not None
        ]
        return sorted(found, key=lambda claim: claim.rank)

    def of_strategy(self, table: Table) -> list[TableClaim]:
        """Every claim on how *table* is changed in place, strongest first."""
        found = [
            TableClaim(
                rank=rank,
                text=rules.strategy,
                kind="strategy",
                position=rules.strategy_position,
                reason=reason,
                pattern=pattern,
            )
            for rank, rules, _, reason, pattern in self._about(table)
            if rules.strategy is not None and rules.strategy_position is not None
        ]
        return sorted(found, key=lambda claim: claim.rank)

    def references(self, table: Table) -> list[ReferenceRule]:
        """What columns of *table* refer to by the rules, the strongest first."""
        found = sorted(((rank, rules) for rank, rules, *_ in self._about(table)), key=lambda each: each[0])
        return [rule for _, rules in found for rule in rules.references]

    def named(self, table: TableName) -> Iterator[tuple[RuleFile, TableRules]]:
        """What users' files say of *table* itself."""
        for file, tables in self._named[: len(self.ruleset.files)]:
            if table in tables:
                yield file, tables[table]

    def _about(self, table: Table) -> Iterator[tuple[Rank, TableRules, RuleFile, str, str | None]]:
        """The rules that name the table or a parent of it, with their rank, and the pattern by which they do."""
        own = len(self.ruleset.files)
        for name, distance in _family(table, self.catalog):
            of = f"{name}, a parent of the table" if distance else str(name)
            for at, (file, tables) in enumerate(self._named):
                if name in tables:
                    rank = (0, distance, -at) if at < own else (_LOCKED if file.locked else _SHIPPED, distance)
                    yield rank, tables[name], file, of, None
            for at, (file, patterned) in enumerate(self._patterned):
                for rules in patterned.get(name, ()):
                    yield (1, distance, -at), rules, file, f"{rules.written}, which fits {of}", rules.written
            for file, patterned in self._of_libraries:
                for rules in patterned.get(name, ()):
                    rank = (_LOCKED if file.locked else _SHIPPED, distance, 1)
                    yield rank, rules, file, f"{rules.written}, which fits {of}", rules.written

    def _by_name(self, table: Table, column: Column) -> Iterator[Claim]:
        for rank, rules, file, reason, pattern in self._about(table):
            if (rule := _rule_of(rules, column.name)) is not None:
                yield Claim(
                    rank=rank,
                    rule=rule.rule,
                    position=rule.position,
                    is_named=pattern is None,
                    is_shipped=rank[0] in {_SHIPPED, _LOCKED},
                    is_locked=rank[0] == _LOCKED,
                    pattern=pattern,
                    locale=rule.rule.locale or file.locale or self.ruleset.locale,
                    by_position=rule.by_position,
                    places=rule.places,
                    reason=f"by name, below {reason}",
                )

    def _by_pattern(self, table: Table, column: Column) -> Iterator[Claim]:
        own = len(self.ruleset.files)
        defaults = self._defaults_of(table)
        for at, (file, those) in enumerate(defaults[:own]):
            ahead: Position | None = None
            for default in those:
                if default.fits(column):
                    self.used.add(default.rule.position)
                    ahead = ahead or default.rule.position
                    self.behind.setdefault(default.rule.position, ahead)
                    self.first.add(ahead)
                    yield self._default(file, default.rule, (2, -at, default.order), column, is_shipped=False)
        for file, those in defaults[own:]:
            first = next((default.rule for default in those if default.fits(column)), None)
            if first is not None:
                rank = (_LOCKED, _AFTER_NAMES) if file.locked else (_SHIPPED + 1,)
                yield self._default(file, first, rank, column, is_shipped=True)

    def _default(self, file: RuleFile, default: DefaultRule, rank: Rank, column: Column, *, is_shipped: bool) -> Claim:
        pattern = next(p for p in default.columns if fnmatchcase(column.name.lower(), p.lower()))
        return Claim(
            rank=rank,
            rule=default.rule,
            position=default.position,
            is_named=False,
            is_shipped=is_shipped,
            is_locked=rank[0] == _LOCKED,
            locale=default.rule.locale or file.locale or self.ruleset.locale,
            by_position=default.by_position,
            places=default.places,
            reason=f"by default, {pattern}",
        )

    def _defaults_of(self, table: Table) -> Sequence[tuple[RuleFile, Sequence[Default]]]:
        """The defaults of each file, users' first, that are for *table*. Columns are asked for a table at a time."""
        if self._asked is None or self._asked[0] != table.name:
            names = [name for name, _ in _family(table, self.catalog)]
            self._asked = table.name, [(file, defaults.of(names)) for file, defaults in self._defaults]
        return self._asked[1]

    def _tables(self, file: RuleFile) -> Mapping[TableName, TableRules]:
        found: dict[TableName, TableRules] = {}
        for rules in file.tables:
            if is_pattern(rules.written, self.catalog):
                continue
            name = find_table(rules.written, self.catalog)
            if isinstance(name, tuple):
                self._not_there(rules, *name)
            elif name in found:
                other = found[name]
                hint = f"it is {other.written} at {other.position}; put both into one"
                self.problems.append(
                    Problem(
                        rules.written, f"{name.schema}.{name.name} is decided twice in this file", hint, rules.position
                    )
                )
            else:
                found[name] = rules
        return found

    def _not_there(self, rules: TableRules, found: str, hint: str) -> None:
        schema = self.ruleset.schema
        ahead = schema.table(rules.written) if schema is not None and found == _NO_TABLE else None
        if schema is None or ahead is None:
            known = {*_names(self.catalog), *(schema.names if schema is not None else ())}
            written = [each.written for file in self.ruleset.files for each in file.tables]
            if (
                found == _NO_TABLE
                and schema is not None
                and schema.is_alone
                and not is_slip(rules.written, known, written)
            ):
                self.waiting.gone(rules.written)
                return
            if found == _NO_TABLE:
                hint = absent(did_you_mean(rules.written, known), _REMEDY, schema, "table")
            self.problems.append(Problem(rules.written, found, hint, rules.position))
            return
        self.waiting.add(ahead)
        columns = schema.columns(ahead)
        for rule in rules.columns:
            if not {rule.column, column_of(rule)} & columns:
                meant = did_you_mean(rule.column, columns, prefix=f"{ahead}.")
                hint = absent(meant, "remove the rule, or correct the name", schema, "column")
                self.problems.append(Problem(f"{ahead}.{rule.column}", "there is no such column", hint, rule.position))


def table_called(written: str, catalog: Catalog) -> TableName | None:
    """The table that a rule file calls *written*; None if it is none, or not one alone."""
    parts = name_parts(written)
    if parts is None or len(parts) > 2:
        return None
    if len(parts) == 2:
        return name if (name := TableName(*parts)) in catalog.tables else None
    if (public := TableName("public", parts[0])) in catalog.tables:
        return public
    having = [name for name in catalog.tables if name.name == parts[0]]
    return having[0] if len(having) == 1 else None


def find_table(written: str, catalog: Catalog) -> TableName | tuple[str, str]:
    """The table that a rule file calls *written*, or what is wrong and what to do about it."""
    if (found := table_called(written, catalog)) is not None:
        return found
    parts = name_parts(written)
    if parts is None or len(parts) > 2:
        return (
            "this is no table's name, expected table or schema.table",
            "write '\"odd.name\"' where a dot is part of a name",
        )
    if len(parts) == 2:
        return _no_table(written, TableName(*parts), catalog)
    having = sorted(name for name in catalog.tables if name.name == parts[0])
    if len(having) > 1:
        named, others = having[:_SHOWN_SCHEMAS], len(having) - _SHOWN_SCHEMAS
        more = f" and {others:,} more" if others > 0 else ""
        return (
            f"the schemas {', '.join(name.schema for name in named)}{more} all have it",
            f'write {", or ".join(f"{n.schema}.{n.name}" for n in named)}, or "*.{parts[0]}" for all of them',
        )
    return _no_table(written, TableName("public", parts[0]), catalog)


def _no_table(written: str, name: TableName, catalog: Catalog) -> tuple[str, str]:
    views = {view.name for view in catalog.materialized_views}
    if name in views or (name.schema == "public" and any(view.name == name.name for view in views)):
        return "it is a materialized view, which is filled from tables", "remove it; the rules of those tables hold"
    return _NO_TABLE, did_you_mean(written, _names(catalog)) or _REMEDY


def _names(catalog: Catalog) -> Sequence[str]:
    """Tables as they may be called."""
    return list(
        dict.fromkeys([*map(str, catalog.tables), *(f"{table.schema}.{table.name}" for table in catalog.tables)])
    )


def _present(file: RuleFile, catalog: Catalog) -> Mapping[TableName, TableRules]:
    """The tables of a shipped set that the database has; the others are for other versions and features."""
    names = ((table_called(rules.written, catalog), rules) for rules in file.tables)
    return {name: rules for name, rules in names if name is not None}


def _is_stronger(own: Claim, locked: Claim) -> bool:
    """Whether a project may decide so what is locked: of NULL nothing reaches the preview, and any mask is more than
    none."""
    is_null = own.rule.mask == "null" and own.rule.where is None and own.rule.unless is None
    return not own.is_shipped and (is_null or locked.rule.mask == "keep")


def _rule_of(rules: TableRules, column: str) -> ColumnRule | None:
    return next((rule for rule in rules.columns if column_of(rule) == column), None) or next(
        (r for r in rules.columns if r.column == column), None
    )


def column_of(rule: ColumnRule) -> str:
    """The column's name without the quotes it may be written in."""
    parts = name_parts(rule.column) if rule.column.startswith('"') else None
    return parts[0] if parts is not None and len(parts) == 1 else rule.column


def _family(table: Table, catalog: Catalog) -> Sequence[tuple[TableName, int]]:
    """The table at distance 0, its parents at 1, theirs at 2 and so on, each at its shortest."""
    found: dict[TableName, int] = {table.name: 0}
    level = [table.name]
    while level:
        parents = [
            p for name in level if name in catalog.tables for p in catalog.tables[name].parents if p not in found
        ]
        found |= dict.fromkeys(parents, found[level[0]] + 1)
        level = list(dict.fromkeys(parents))
    return tuple(found.items())
