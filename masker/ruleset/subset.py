"""What ``subset:`` of the rules means for the tables that there are, and what in it leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.names import TableName
from masker.ruleset.claims import find_table
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.left_out import is_carried
from masker.ruleset.subset_types import References, Root, RootRule, Subset, SubsetRules
from masker.ruleset.table_patterns import is_pattern, matching
from masker.ruleset.types import RuleSet, TableDecision
from masker.ruleset.wording import name_parts

Decisions = Mapping[TableName, TableDecision]


def subset_of(ruleset: RuleSet, catalog: Catalog, decisions: Decisions, problems: list[Problem]) -> Subset | None:
    """The subset that the last of the user's files with one asks for, None where none does. Names that lead nowhere,
    and what stands in included files, are added to *problems*."""
    for file in ruleset.included:
        if file.subset is not None:
            found = "it stands in a file that others include, where nothing comes of it"
            problems.append(Problem("subset", found, "move it into a rule file of the run's own", file.subset.position))
    rules = next((file.subset for file in reversed(ruleset.files) if file.subset is not None), None)
    if rules is None:
        return None
    whole = frozenset(_whole(rules, catalog, problems))
    roots = tuple(
        root for rule in rules.roots if (root := _root(rule, catalog, decisions, whole, problems)) is not None
    )
    named = {key: _references(key, rules, catalog, problems) for key in ("children", "without", "along")}
    return Subset(
        rules=rules,
        roots=roots,
        children=None if rules.children == ("all",) else named["children"],
        without=named["without"],
        along=named["along"],
        whole=whole,
    )


def _root(
    rule: RootRule, catalog: Catalog, decisions: Decisions, whole: frozenset[TableName], problems: list[Problem]
) -> Root | None:
    subject = f"subset: {rule.written}"
    name = find_table(rule.written, catalog)
    if isinstance(name, tuple):
        problems.append(Problem(subject, name[0], name[1], rule.position))
        return None
    table = catalog.tables[name]
    if name in whole:
        found = "it is a root, and `whole:` has it come with all rows"
        problems.append(Problem(subject, found, "keep one of the two", rule.position))
    if decisions[name].rows == "none" or (table.has_storage and not is_carried(decisions[name])):
        found = "a subset cannot begin with it, since none of its rows are copied"
        problems.append(Problem(subject, found, "take it out, or copy its rows", rule.position))
    elif rule.share is not None and not table.row_key:
        problems.append(
            Problem(
                subject,
                "share: it has no primary key and no unique index over columns that are NOT NULL, by which rows could"
                " be drawn",
                'say which rows by `where: "…"`',
                rule.position,
            )
        )
    return Root(
        table=name, share=rule.share, where=rule.where, position=rule.position, where_position=rule.where_position
    )


def _whole(rules: SubsetRules, catalog: Catalog, problems: list[Problem]) -> Iterator[TableName]:
    """The tables that come with all rows, with their partitions and heirs."""
    for written in rules.whole:
        found = _tables(written, catalog)
        if isinstance(found, Problem):
            place = rules.places.get(("whole", written), rules.position)
            problems.append(Problem(f"subset: whole: {written}", found.found, found.hint, place))
            continue
        for name in found:
            yield from (name, *catalog.descendants(name))


def _tables(written: str, catalog: Catalog) -> tuple[TableName, ...] | Problem:
    if not is_pattern(written, catalog):
        name = find_table(written, catalog)
        return (name,) if isinstance(name, TableName) else Problem(written, *name)
    fits = matching(written, catalog.tables)
    if isinstance(fits, str):
        return Problem(written, fits, "write table or schema.table, each with *, ? or [a-z] where it varies")
    return fits or Problem(written, "no table is called so", "correct the pattern, or take it out")


def _references(key: str, rules: SubsetRules, catalog: Catalog, problems: list[Problem]) -> References:
    words: tuple[str, ...] = getattr(rules, key)
    if key == "children" and words in {("all",), ("none",)}:
        return References()
    found: set[tuple[TableName, str | None]] = set()
    for written in words:
        place = rules.places.get((key, written), rules.position)
        named = _reference(written, catalog)
        if isinstance(named, Problem):
            problems.append(Problem(f"subset: {key}: {written}", named.found, named.hint, place))
        else:
            found.add(named)
    return References(named=frozenset(found))


def _reference(written: str, catalog: Catalog) -> tuple[TableName, str | None] | Problem:
    """The table, or the column of one, that *written* means."""
    parts = name_parts(written) or ()
    name = find_table(written, catalog)
    if isinstance(name, TableName):
        return name, None
    if len(parts) > 1:
        of = find_table(".".join(f'"{part}"' for part in parts[:-1]), catalog)
        if isinstance(of, TableName) and catalog.tables[of].column(parts[-1]) is not None:
            return of, parts[-1]
        if isinstance(of, TableName):
            meant = did_you_mean(parts[-1], [c.name for c in catalog.tables[of].columns], prefix=f"{of}.")
            return Problem(written, "there is no such column", meant or f"name a column of {of}", None)
    return Problem(written, name[0], name[1], None)
