"""Tables that a rule file calls by a pattern: ``log_*``, ``tenant_*.users``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from masker.catalog.types import Catalog
from masker.errors import Position, Problem
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.ahead import ApplicationSchema, Waiting, absent
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.types import RuleFile, TableDecision, TableRules

_WILD = re.compile(r"[*?\[]")
#: How like a word of a pattern is to one of a table's name that is taken for a slip of the pen.
_LIKE = 0.65

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class Patterned:
    """The rules of one *file* that name tables by pattern, and the tables of *catalog* that each fits. What fits none
    is added to *problems*, or to *waiting* where the application's *schema* has such a table."""

    def __init__(
        self,
        file: RuleFile,
        catalog: Catalog,
        schema: ApplicationSchema | None,
        problems: list[Problem],
        waiting: Waiting,
    ) -> None:
        self._catalog = catalog
        self._schema = schema
        self.found: dict[TableName, list[TableRules]] = {}
        for rules in file.tables:
            if not is_pattern(rules.written, catalog):
                continue
            fits = matching(rules.written, catalog.tables)
            if isinstance(fits, str):
                problems.append(
                    Problem(
                        rules.written,
                        fits,
                        "write table or schema.table, each with *, ? or [a-z] where it varies",
                        rules.position,
                    )
                )
                continue
            ahead = _ahead(rules.written, schema)
            if not fits and ahead:
                waiting.add(rules.written)
            elif not fits and schema is not None and schema.is_alone and _meant(rules.written, catalog) is None:
                waiting.gone(rules.written)
            elif not fits:
                problems.append(_nothing(rules, catalog, schema))
            problems += self._stale(rules, fits, ahead) if fits else ()
            for name in fits:
                self.found.setdefault(name, []).append(rules)

    def _stale(self, rules: TableRules, fits: Iterable[TableName], ahead: Iterable[TableName]) -> Iterator[Problem]:
        """Columns that none of the tables has."""
        known = {column.name for name in fits for column in self._catalog.tables[name].columns}
        if self._schema is not None:
            known = known.union(*map(self._schema.columns, [*fits, *ahead]))
        for rule in rules.columns:
            if rule.column.strip('"') not in known:
                meant = did_you_mean(rule.column, known, prefix=f"{rules.written}.")
                hint = absent(meant, "remove the rule, or correct the name", self._schema, "column")
                yield Problem(
                    f"{rules.written}.{rule.column}",
                    "none of the tables that it fits has such a column",
                    hint,
                    rule.position,
                )


def is_pattern(written: str, catalog: Catalog) -> bool:
    """Whether *written* varies: it has a wildcard that is neither quoted nor part of the name of a table that there
    is."""
    if not _WILD.search(_QUOTED.sub("", written)):
        return False
    return not any(written in {name.name, f"{name.schema}.{name.name}"} for name in catalog.tables)


def matching(written: str, tables: Iterable[TableName]) -> tuple[TableName, ...] | str:
    """The *tables* that *written* fits, of every schema where it names none, whatever the case; or what is wrong with
    it."""
    globs = tuple(_globs(written))
    if not 1 <= len(globs) <= 2:
        return "this fits no table's name, expected a pattern of table or schema.table"
    return tuple(
        name
        for name in tables
        if fnmatchcase(name.name.lower(), globs[-1]) and (len(globs) == 1 or fnmatchcase(name.schema.lower(), globs[0]))
    )


def _globs(written: str) -> Iterator[str]:
    """The parts of *written*, those in quotes as what they stand for."""
    part, at = "", 0
    while at < len(written):
        if quoted := _QUOTED.match(written, at):
            part += _WILD.sub(lambda wild: f"[{wild[0]}]", quoted[0][1:-1].replace('""', '"'))
            at = quoted.end()
        elif written[at] == ".":
            yield part.lower()
            part, at = "", at + 1
        else:
            part, at = part + written[at], at + 1
    yield part.lower()


def _ahead(written: str, schema: ApplicationSchema | None) -> tuple[TableName, ...]:
    if schema is None:
        return ()
    fits = matching(written, schema.catalog.tables)
    return () if isinstance(fits, str) else fits


def _nothing(rules: TableRules, catalog: Catalog, schema: ApplicationSchema | None) -> Problem:
    hint = absent(_meant(rules.written, catalog), "remove it, or correct the pattern", schema, "table")
    return Problem(rules.written, "no table is called so", hint, rules.position)


def _meant(written: str, catalog: Catalog) -> str | None:
    """A pattern of the same form that fits a table, to be suggested."""
    core = max(re.split(r"\[[^\]]*\]|[*?._]", written), key=len)
    words = {word for name in catalog.tables for part in (name.schema, name.name) for word in (part, *part.split("_"))}
    close = get_close_matches(core.lower(), sorted(words), n=1, cutoff=_LIKE) if core else []
    meant = written.replace(core, close[0]) if close else written
    return f"did you mean {meant}?" if meant != written and matching(meant, catalog.tables) else None


def overridden(
    files: Iterable[RuleFile], catalog: Catalog, decisions: Mapping[TableName, TableDecision]
) -> Iterator[Note]:
    """What patterns say and no table heeds, since names decide."""
    heeded: set[Position | None] = set()
    for decision in decisions.values():
        heeded |= {decision.rows_position, decision.where_position, decision.strategy_position}
        heeded |= {column.position for column in decision.columns.values()}
    for file in files:
        for rules in file.tables:
            fits = matching(rules.written, catalog.tables) if is_pattern(rules.written, catalog) else ()
            if isinstance(fits, str) or not fits:
                continue
            said = [
                (name, place)
                for name, place in (
                    ("rows", rules.rows_position),
                    ("where", rules.where_position),
                    ("strategy", rules.strategy_position),
                )
                if place
            ]
            for what, place in said:
                if place not in heeded:
                    yield Note(
                        subject=f"{rules.written}: {what}",
                        text=f"tables that are named decide it all otherwise ({place})",
                    )
