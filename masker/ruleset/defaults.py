"""Defaults of a rule file, looked up by table: a file has one for almost every table, and each column asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import translate

from masker.catalog.types import Column
from masker.names import TableName
from masker.ruleset.type_names import plain_type, type_names
from masker.ruleset.types import DefaultRule, RuleFile

_WILD = frozenset("*?[")


class Names:
    """Names by *patterns*, whose case does not matter, made ready once for many questions."""

    def __init__(self, patterns: Iterable[str]) -> None:
        own = [pattern.lower() for pattern in patterns]
        self.plain = frozenset(pattern for pattern in own if _WILD.isdisjoint(pattern))
        wild = [translate(pattern) for pattern in own if not _WILD.isdisjoint(pattern)]
        self._wild = re.compile("|".join(wild)) if wild else None

    @property
    def has_wild(self) -> bool:
        """Whether one of the patterns fits more than itself."""
        return self._wild is not None

    def fits(self, name: str) -> bool:
        """Whether one of the patterns fits *name*, which is in lower case.

        >>> names = Names(["email", "Last_*"])
        >>> names.fits("email"), names.fits("last_name"), names.fits("emails")
        (True, True, False)
        """
        return name in self.plain or (self._wild is not None and self._wild.match(name) is not None)


class Default:
    """A default *rule* of a file, and its *order* there."""

    def __init__(self, order: int, rule: DefaultRule) -> None:
        self.order, self.rule = order, rule
        self._columns = Names(rule.columns)
        self._types = {plain_type(each) for each in rule.types}

    def fits(self, column: Column) -> bool:
        """Whether it is for *column*, wherever that is."""
        if not self._columns.fits(column.name.lower()):
            return False
        return not self._types or bool(type_names(column.type) & self._types)


class Defaults:
    """The defaults of *file*, by the tables they are for."""

    def __init__(self, file: RuleFile) -> None:
        self._by_form: dict[str, list[Default]] = defaultdict(list)
        self._others: list[tuple[Default, Names | None]] = []
        for order, rule in enumerate(file.defaults):
            default, tables = Default(order, rule), Names(rule.tables)
            if tables.has_wild or not rule.tables:
                self._others.append((default, tables if rule.tables else None))
            for form in tables.plain:
                self._by_form[form].append(default)

    def of(self, names: Iterable[TableName]) -> Sequence[Default]:
        """Those for a table that is called by *names*, its own and its parents', in their order."""
        forms = [form.lower() for name in names for form in (name.name, f"{name.schema}.{name.name}")]
        found = {default.order: default for form in forms for default in self._by_form.get(form, ())}
        found |= {
            default.order: default for default, tables in self._others if tables is None or any(map(tables.fits, forms))
        }
        return [found[order] for order in sorted(found)]
