"""What a name in ``sql:`` stands for: another column that a rule masks for its masked value, its own column for the
original."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from masker.catalog.types import Column, Table
from masker.masks.keep import Keep
from masker.masks.sql import grammar
from masker.masks.sql.expressions import cast
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.grammar import GrammarError
from masker.masks.sql.judged import ExpressionError, Fault, Named
from masker.ruleset.types import TableDecision

#: Nodes of an expression, those of masks that stand for names included: each may stand there more than once, and so on.
_LARGEST = 5_000


class Unavailable(Exception):
    """A column whose own rule has a problem, which is told elsewhere."""


class Circular(ExpressionError):
    """Columns that would be made of each other's masked values."""


class StandIns:
    """The masked values of one table's columns, each made once by *make*, and what each column reads of originals to
    make its own.

    *shows* holds, by column, the masked columns whose originals it asks for, *reads* those whose masked values it is
    made of, however far away; *reads_own* the columns made from their own originals.
    """

    def __init__(self, decision: TableDecision, make: Callable[[str], exp.Expression]) -> None:
        self._table = decision.table
        self._masked = masked_names(decision)
        self._make = make
        self._values: dict[str, exp.Expression] = {}
        self._sizes: dict[str, int] = {}
        self._under_way: list[str] = []
        self._told: set[frozenset[str]] = set()
        self.shows: dict[str, dict[str, None]] = {}
        self.reads: dict[str, dict[str, None]] = {}
        self.reads_own: set[str] = set()

    def value(self, name: str) -> exp.Expression:
        """The masked value of the column *name*, to be copied for whatever else it is put into. Raises ExpressionError,
        or Unavailable for what has been told already."""
        if name not in self._values:
            if name in self._under_way:
                raise self._cycle(name)
            self._under_way.append(name)
            try:
                made = self._make(name)
            finally:
                self._under_way.pop()
            self._values[name] = made
        return self._values[name]

    def of(self, owner: str) -> Callable[[Named], exp.Expression]:
        """What names stand for in the rule of the column *owner*."""
        size = 0

        def stand_in(named: Named) -> exp.Expression:
            nonlocal size
            name, column = named.column, self._table.column(named.column)
            original = column_expression(name)
            if named.is_original:
                self._shown(owner, column)
            elif name == owner:
                self.reads_own.add(owner)
            elif column is not None and name in self._masked:
                value = self._of_other(name)
                self.shows.setdefault(owner, {}).update(self.shows.get(name, {}))
                self.reads.setdefault(owner, {}).update({name: None, **self.reads.get(name, {})})
                size += self._sizes[name]
                if size > _LARGEST:
                    raise ExpressionError(
                        [
                            Fault(
                                f"the masks that its names stand for have more than {_LARGEST:,} parts",
                                "let it read fewer masked columns, or each of them once",
                            )
                        ]
                    )
                return as_column(value, column)
            elif column is not None and column.generated and (sources := self._sources(column)):
                raise ExpressionError(
                    [
                        Fault(
                            f"{name} is computed by the database from {', '.join(sources)}, which"
                            f" {'is' if len(sources) == 1 else 'are'} masked",
                            f"compute it here from the masked values, or write original.{name} if it may show"
                            " originals",
                        )
                    ]
                )
            return original

        return stand_in

    def _of_other(self, name: str) -> exp.Expression:
        try:
            value = self.value(name).copy()
        except Circular:
            raise
        except ExpressionError:
            # It is told of the other column itself.
            raise Unavailable from None
        if name not in self._sizes:
            self._sizes[name] = sum(1 for _ in value.walk())
        return value

    def _shown(self, owner: str, column: Column | None) -> None:
        if column is None:
            return
        for name in (
            self._sources(column) if column.generated else (column.name,) if column.name in self._masked else ()
        ):
            self.shows.setdefault(owner, {})[name] = None

    def _sources(self, column: Column) -> tuple[str, ...]:
        """The masked columns that a generated one is computed from."""
        return tuple(name for name in _read_by(column, self._table) if name in self._masked)

    def _cycle(self, name: str) -> Exception:
        path = [*self._under_way[self._under_way.index(name) :], name]
        if frozenset(path) in self._told:
            return Unavailable()
        self._told.add(frozenset(path))
        return Circular(
            [
                Fault(
                    f"it would be made from itself: {' → '.join(path)}",
                    f"one of them has to read another's original, as original.{path[1]}",
                )
            ]
        )


def masked_names(decision: TableDecision) -> frozenset[str]:
    """The columns of a table that a rule masks."""
    return frozenset(name for name, found in decision.columns.items() if not isinstance(found.rule, Keep))


def as_column(value: exp.Expression, column: Column) -> exp.Expression:
    """*value* with exactly the type and collation of *column* (the type below a domain that functions check), so that
    whatever reads the one reads the other alike."""
    exact = cast(value, column.type.unchecked)
    if column.collation is not None:
        exact = exp.Collate(this=exact, expression=exp.Var(this=column.collation))
    return exp.Paren(this=exact)


def _read_by(column: Column, table: Table) -> Iterator[str]:
    """The columns of *table* in a generated column's expression, all of them where it cannot be read."""
    try:
        tree = grammar.expression(column.default or "")
    except GrammarError:
        return iter([c.name for c in table.columns if c is not column])
    names = [
        node["fields"][-1].get("String", {}).get("sval") for kind, node in grammar.nodes(tree) if kind == "ColumnRef"
    ]
    return (c.name for c in table.columns if c.name in names)
