"""A rule file after a migration: what is new is decided, what is gone is marked, comments and order stay."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from masker.catalog.types import Catalog, Table
from masker.draft.model import ColumnDraft, Draft, TableDraft
from masker.draft.text import decided_line
from masker.errors import Position
from masker.names import TableName
from masker.ruleset.claims import column_of, find_table
from masker.ruleset.table_patterns import is_pattern
from masker.ruleset.types import ColumnRule, RuleFile, TableRules
from masker.ruleset.wording import flow, key_text, name_parts, rule_text, table_key

#: What a column was called before, by its table and its name of today, and where that is said.
Renames = Mapping[tuple[str, str], tuple[str, str]]

_GONE = "# gone: "

_BEGIN = Position("", 1, 1)

#: A line of what is kept, as a draft writes it.
_KEPT = re.compile(
    r"(?P<before>\s*- \{tables: (?P<table>[^,\[{]+), columns: \[)(?P<columns>[^\]]*)(?P<after>\], mask: keep\}.*)"
)

_RENAME = re.compile(
    r"^\s*rename_column\s*\(?\s*[:\"'](?P<table>[\w.]+)[\"']?\s*,\s*[:\"'](?P<old>\w+)[\"']?\s*,\s*[:\"'](?P<new>\w+)",
    re.MULTILINE,
)


def renames_of(migrations: Mapping[str, str]) -> Renames:
    """What *migrations*, texts by their file's name, rename."""
    return {
        (found["table"], found["new"]): (found["old"], f"until {name}")
        for name, text in sorted(migrations.items())
        for found in _RENAME.finditer(text)
    }


def renames_by_number(file: RuleFile, draft: Draft, catalog: Catalog) -> Renames:
    """What a server's numbers of columns say was renamed: a name that is gone, whose place one new column has. Columns
    that were added since have higher numbers than those that *file* knows, and a column that is dropped leaves a gap
    among them. Where that leaves more than one possibility nothing is said."""
    kept: dict[str, set[str]] = defaultdict(set)
    for default in file.defaults:
        if default.rule.mask == "keep" and len(default.tables) == 1:
            kept[default.tables[0]] |= set(default.columns)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for rules in file.tables:
        name = find_table(rules.written, catalog)
        if is_pattern(rules.written, catalog) or not isinstance(name, TableName):
            continue
        table = catalog.tables[name]
        ruled = {rule.column if table.column(rule.column) else column_of(rule) for rule in rules.columns}
        known = ruled | {c for c in kept[f"{name.schema}.{name.name}"] if "*" not in c and "[" not in c}
        gone = [column for column in known if table.column(column) is None]
        drafted = next((each for each in draft.tables if each.table.name == name), None)
        new = [c.column for c in drafted.columns.values() if c.is_written] if drafted is not None else []
        last = max((c.number for c in table.columns if c.name in known), default=0)
        has_gap = max((c.number for c in table.columns), default=0) > len(table.columns)
        between = [column for column in new if column.number < last]
        candidates = new if len(new) == 1 and not has_gap else between
        if len(gone) == 1 and len(candidates) == 1:
            found[name.name, candidates[0].name] = (gone[0], "by its number among the columns")
    return found


@dataclass(slots=True)
class Merged:
    """The file's *lines*, what is put *after* each of them, and what they were *before*."""

    lines: list[str]
    after: dict[int, list[str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What is a comment now was part of a block.
        self.before = list(self.lines)

    def block(self, position: Position) -> range:
        """The lines, from 0, of the key at *position* and what is below it."""
        first = position.line - 1
        indent = position.column - 1
        end = first + 1
        for at in range(first + 1, len(self.before)):
            line = self.before[at]
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if len(line) - len(line.lstrip()) <= indent:
                break
            end = at + 1
        return range(first, end)

    def mark(self, block: range) -> None:
        """The lines of *block* as comments."""
        for at in block:
            line = self.lines[at]
            indent = len(line) - len(line.lstrip())
            if line.strip():
                self.lines[at] = f"{line[:indent]}{_GONE}{line[indent:]}"

    def text(self) -> str:
        written: list[str] = []
        for at, line in enumerate(self.lines):
            written += [line, *self.after.get(at, ())]
        return "\n".join(written)


def updated(text: str, file: RuleFile, draft: Draft, catalog: Catalog, renames: Renames) -> tuple[str, list[str]]:
    """*text*, which *file* was read from, with what *draft* has for the columns and tables that it does not decide. The
    second is what was done, a line for each."""
    merged = Merged(text.split("\n"))
    before: dict[tuple[TableName, str], ColumnRule] = {}
    homes: dict[TableName, TableRules] = {}
    for rules in file.tables:
        if is_pattern(rules.written, catalog):
            continue
        name = find_table(rules.written, catalog)
        if not isinstance(name, TableName):
            if _stands_alone(rules.position, merged):
                merged.mark(merged.block(rules.position))
                merged.told.append(f"{rules.written}: the table is gone; its rules are comments now")
            else:
                merged.told.append(f"{rules.written}: the table is gone; take its rules out by hand")
            continue
        homes[name] = rules
        for rule in rules.columns:
            column = rule.column if catalog.tables[name].column(rule.column) else column_of(rule)
            before[name, column] = rule
            if catalog.tables[name].column(column) is not None:
                continue
            if _stands_alone(rule.position, merged, rules.position):
                merged.mark(merged.block(rule.position))
                merged.told.append(f"{name}.{column}: the column is gone; its rule is a comment now")
            else:
                merged.told.append(f"{name}.{column}: the column is gone; take its rule out by hand")
    _kept_no_more(merged, catalog)
    fresh: list[str] = []
    defaults: list[str] = []
    for table in draft.tables:
        new = [column for column in table.columns.values() if column.is_written]
        if table.empty and table.table.name not in homes:
            fresh.append(f"  {table_key(table.table.name)}: {{rows: none}}   # {table.empty}")
            merged.told.append(f"{table.table.name}: a new table; no row of it is copied")
        if table.empty or not new:
            continue
        lines = [_line(table, column, before, renames, merged) for column in new]
        home = homes.get(table.table.name)
        if home is None:
            fresh += [f"  {table_key(table.table.name)}:", "    columns:", *(f"      {line}" for line in lines)]
            merged.told.append(f"{table.table.name}: {len(new)} columns of it are new")
        elif not _insert(merged, home, lines):
            defaults += [_default(table.table, column, _moved(table, column, before, renames)) for column in new]
    _put(merged, "tables:", fresh)
    _put(merged, "defaults:", defaults)
    return merged.text(), merged.told


def _stands_alone(position: Position, merged: Merged, within: Position = _BEGIN) -> bool:
    """Whether what is written at *position* has lines of its own. Within braces, which opened at or after *within*,
    lines say nothing of where it ends."""
    line = merged.before[position.line - 1]
    above = merged.before[within.line - 1 : position.line - 1]
    block = merged.block(position)
    return (
        not line[: position.column - 1].strip()
        and _is_balanced(above)
        and _is_balanced(merged.before[block.start : block.stop])
    )


def _is_balanced(lines: Iterable[str]) -> bool:
    """Whether as many braces and brackets are closed in *lines* as are opened."""
    text = "\n".join(line.split("#")[0] for line in lines)
    return all(text.count(opening) == text.count(closing) for opening, closing in ("{}", "[]"))


def _line(
    table: TableDraft,
    column: ColumnDraft,
    before: Mapping[tuple[TableName, str], ColumnRule],
    renames: Renames,
    merged: Merged,
) -> str:
    name = column.column.name
    old, where = renames.get((table.table.name.name, name), ("", ""))
    rule = before.get((table.table.name, old))
    subject = table.table.column_name(name)
    if rule is None:
        merged.told.append(f"{subject}: new; {column.rule}")
        return decided_line(column)
    if rule.rule.mask == "keep":
        merged.told.append(f"{subject}: {old} {where}, which was kept; decided anew: {column.rule}")
        return f"{decided_line(column)}; look: it was {old} {where}, and kept"
    merged.told.append(f"{subject}: {old} {where}; it has its rule")
    return f"{key_text(name)}: {rule_text(rule.rule)}   # it was {old} {where}"


def _insert(merged: Merged, home: TableRules, lines: list[str]) -> bool:
    """*lines* below the rules of the table; False where these are written on one line."""
    block = merged.block(home.position)
    own = [rule for rule in home.columns if _stands_alone(rule.position, merged, home.position)]
    if own:
        last = max(own, key=lambda rule: rule.position.line)
        at, indent = merged.block(last.position)[-1], last.position.column - 1
    elif not home.columns and re.fullmatch(r"[^:]+:\s*(#.*)?", merged.lines[block[0]].strip()):
        at, indent = block[-1], home.position.column + 3
        merged.after.setdefault(at, []).append(" " * (indent - 2) + "columns:")
    else:
        return False
    merged.after.setdefault(at, []).extend(" " * indent + line for line in lines)
    return True


def _moved(
    table: TableDraft, column: ColumnDraft, before: Mapping[tuple[TableName, str], ColumnRule], renames: Renames
) -> str | None:
    """The rule that a renamed column had under its old name, None where that kept it, or there was none."""
    old, _ = renames.get((table.table.name.name, column.column.name), ("", ""))
    rule = before.get((table.table.name, old))
    return rule_text(rule.rule) if rule is not None and rule.rule.mask != "keep" else None


def _default(table: Table, column: ColumnDraft, moved: str | None) -> str:
    text = moved or column.rule
    rule = text[1:-1] if text.startswith("{") else f"mask: {flow(text)}"
    return f"  - {{tables: {table.name.schema}.{table.name.name}, columns: [{flow(column.column.name)}], {rule}}}"


def _put(merged: Merged, section: str, lines: list[str]) -> None:
    """*lines* at the end of a section of the file, which is begun where there is none."""
    if not lines:
        return
    first = next((at for at, line in enumerate(merged.lines) if line.split("#")[0].rstrip() == section), None)
    if first is None:
        last = len(merged.lines) - 1
        while last > 0 and not merged.lines[last].strip():
            last -= 1
        merged.after.setdefault(last, []).extend(["", section, *lines])
        return
    merged.after.setdefault(merged.block(Position("", first + 1, 1))[-1], []).extend(lines)


def _kept_no_more(merged: Merged, catalog: Catalog) -> None:
    """Names that are gone taken out of the lines of what is kept."""
    for at, line in enumerate(merged.lines):
        found = _KEPT.fullmatch(line)
        parts = name_parts(found["table"]) if found is not None else None
        if found is None or parts is None or len(parts) != 2:
            continue
        table = catalog.tables.get(TableName(*parts))
        names = [name.strip() for name in found["columns"].split(",")]
        left = [name for name in names if table is not None and (table.column(name.strip('"')) or "[" in name)]
        gone = [name for name in names if name not in left]
        if not gone:
            continue
        merged.told += [f"{parts[1]}.{name}: gone; it was kept" for name in gone]
        if left:
            merged.lines[at] = f"{found['before']}{', '.join(left)}{found['after']}"
        else:
            merged.mark(range(at, at + 1))
