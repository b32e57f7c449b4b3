"""Rules that are right as they stand and do nothing: patterns that fit no column, scopes that look like a slip of the
pen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from masker.catalog.types import Catalog
from masker.errors import Position, Problem
from masker.masks.cases import place_of, rules_of
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.claims import Claims
from masker.ruleset.complaints import did_you_mean
from masker.ruleset.defaults import Names
from masker.ruleset.table_patterns import overridden
from masker.ruleset.types import DefaultRule, RuleSet, TableDecision

_WILD = re.compile(r"[*?\[\]]+")

#: How like two scopes are that are taken for one: a letter or two apart.
_LIKE = 0.85


def unused(
    ruleset: RuleSet, catalog: Catalog, decisions: Mapping[TableName, TableDecision], claims: Claims
) -> Iterator[Problem | Note]:
    """What of the users' own files does nothing. *claims* tell of defaults that have decided, or could have decided, a
    column."""
    columns = sorted({c.name for table in catalog.tables.values() for c in table.columns})
    ahead = ruleset.schema.names if ruleset.schema is not None else ()
    tables = sorted({*(form for name in catalog.tables for form in (name.name, f"{name.schema}.{name.name}")), *ahead})
    busy = set(claims.used)
    called, lower_tables = {name.lower() for name in columns}, {name.lower() for name in tables}
    for file in ruleset.files:
        for default in file.defaults:
            silent = [pattern for pattern in default.columns if not _fits(pattern, called)]
            for pattern in silent:
                yield Note(
                    subject=f"defaults {pattern}",
                    text=f"no column is called so ({default.position}){_like(pattern, columns)}",
                )
            if default.position in claims.behind and default.position not in claims.first:
                before = claims.behind[default.position]
                yield Note(
                    subject=_subject(default),
                    text=(
                        f"an entry before it decides every column that it fits ({default.position}): the first decides,"
                        f" as at {before}"
                    ),
                )
            absent = [pattern for pattern in default.tables if not _fits(pattern, lower_tables)]
            yield from (_no_table(default, pattern, tables) for pattern in absent)
            if (
                default.position not in busy
                and len(silent) < len(default.columns)
                and len(absent) < max(1, len(default.tables))
            ):
                of = [
                    word
                    for word, limits in (("of these types", default.types), ("in these tables", default.tables))
                    if limits
                ]
                yield Note(
                    subject=_subject(default), text=f"no column {' '.join(of)} is called so ({default.position})"
                )
    yield from overridden(ruleset.files, catalog, decisions)
    yield from _scopes(decisions)
    yield from _kept_in_parts(catalog, decisions)


def _kept_in_parts(catalog: Catalog, decisions: Mapping[TableName, TableDecision]) -> Iterator[Note]:
    """Columns that a partition keeps by name, and its parent masks."""
    for name, decision in decisions.items():
        for column, found in decision.columns.items():
            if not (found.is_named and isinstance(found.rule, Keep)):
                continue
            for parent in catalog.ancestors(name):
                above = decisions[parent].columns.get(column) if parent in decisions else None
                if above is not None and not isinstance(above.rule, Keep):
                    text = f"it stays as it is ({found.position}), and is masked in {parent} ({above.position})"
                    yield Note(subject=f"{name}.{column}", text=text)
                    break


def _subject(default: DefaultRule) -> str:
    return f"defaults {', '.join(default.columns)}"


def _fits(pattern: str, names: Collection[str]) -> bool:
    """Whether *pattern* fits one of *names*, which are in lower case."""
    own = Names([pattern])
    return any(map(own.fits, names)) if own.has_wild else not own.plain.isdisjoint(names)


def _no_table(default: DefaultRule, pattern: str, tables: Iterable[str]) -> Problem | Note:
    meant = did_you_mean(pattern, tables)
    if meant and not _WILD.search(pattern):
        return Problem(_subject(default), f"tables: there is no table {pattern}", meant, default.position)
    return Note(subject=_subject(default), text=f"tables: no table is called {pattern} ({default.position})")


def _like(pattern: str, columns: Iterable[str]) -> str:
    """A pattern of the same form that fits a column, to be suggested."""
    core = _WILD.sub("", pattern)
    words = {
        word
        for name in columns
        for word in (
            name,
            *(f"_{part}" for part in name.split("_")[1:]),
            *(f"{part}_" for part in name.split("_")[:-1]),
        )
    }
    close = get_close_matches(core.lower(), sorted(words), n=1, cutoff=0.75) if core else []
    return f"; did you mean {pattern.replace(core, close[0])}?" if close and core in pattern else ""


def _scopes(decisions: Mapping[TableName, TableDecision]) -> Iterator[Note]:
    """Scopes of one place that are nearly called like others."""
    places: dict[str, set[Position]] = defaultdict(set)
    subjects: dict[str, str] = {}
    for name, decision in decisions.items():
        for column, found in decision.columns.items():
            rules = [
                (found.places.get(place_of(at), found.position), rule) for at, rule in enumerate(rules_of(found.rule))
            ]
            rules += (
                [(found.places.get(path, found.position), leaf) for path, leaf in found.rule.leaves.items()]
                if isinstance(found.rule, Json)
                else []
            )
            for position, rule in rules:
                if rule.scope is not None:
                    places[rule.scope].add(position)
                    subjects.setdefault(rule.scope, f"{name}.{column}")
    for scope, positions in places.items():
        others = [other for other in places if other != scope]
        close = get_close_matches(scope, others, n=1, cutoff=_LIKE)
        if len(positions) == 1 and close:
            (position,), theirs = positions, places[close[0]]
            # Of two that stand once each the later one is taken for the slip.
            if len(theirs) > 1 or min(theirs) < position:
                yield Note(
                    subject=subjects[scope],
                    text=(
                        f"scope {scope} stands nowhere else ({position}); did you mean {close[0]}, as at {min(theirs)}?"
                    ),
                )
