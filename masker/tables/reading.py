"""From the decision on a table to the SELECT that reads it masked, and every reason why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from masker.catalog.types import Catalog, Column, Server, Table
from masker.errors import Position, Problem
from masker.masks.cases import Cases, choice, conditions_of, place_of, rules_of
from masker.masks.cases import kept as kept_rows
from masker.masks.json_rule import Json
from masker.masks.keep import Keep
from masker.masks.numbers import Shapes
from masker.masks.own_sql import Sql, moment
from masker.masks.sql.as_written import judge_condition
from masker.masks.sql.bindings import INSTANT, Bindings, Instant, Own
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.expressions import paren
from masker.masks.sql.formula import Verbatim
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Named
from masker.masks.sql.verbatim import assembled, render
from masker.names import TableName, quote
from masker.ruleset.types import TableDecision
from masker.tables.agreement import Agreement, agreement
from masker.tables.column import Ready, Use
from masker.tables.others import Around, Others
from masker.tables.plan import KeptColumn, MaskedColumn, Taken
from masker.tables.stand_ins import StandIns, Unavailable, masked_names
from masker.tables.use import obstacles, uses_of

_UNMEASURED: Shapes = {}
_ALONE = Around()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedTable:
    """How one table is read. *items* is the select item of every column that is copied, in the table's order, *texts*
    are the expressions that hold what people wrote, *reads_tables* are others whose originals they read, *taken* is
    what comes of it by a subset, and *scanned* its rows as a scan finds them; see :class:`TablePlan`."""

    items: Mapping[str, str]
    masked: tuple[MaskedColumn, ...]
    kept: tuple[str, ...]
    free: tuple[str, ...]
    predicate: str | None
    where: str | None
    predicate_written: str | None = None
    where_written: str | None = None
    keeping: Mapping[str, KeptColumn] = field(default_factory=dict)
    predicate_reads: tuple[str, ...] = ()
    where_reads: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    reads_tables: frozenset[TableName] = frozenset()
    ready: Mapping[str, Ready] = field(default_factory=dict, repr=False)
    taken: Taken | None = None
    scanned: str | None = None

    @property
    def limit(self) -> str | None:
        """The rows that are copied, for who reads this table alone."""
        return self.predicate if self.scanned is None else self.scanned


def copied_columns(table: Table) -> tuple[Column, ...]:
    """The columns that hold data of their own; generated ones are computed anew on the target."""
    return tuple(c for c in table.columns if not c.generated)


def mask_table(
    decision: TableDecision,
    catalog: Catalog,
    bindings: Bindings,
    known: Mapping[str, str],
    problems: list[Problem],
    agreed: Agreement | None = None,
    shapes: Shapes = _UNMEASURED,
    around: Around = _ALONE,
    *,
    is_trial: bool = False,
) -> MaskedTable:
    """The reading of one table, which agrees with others as *agreed* and draws by the numbers of *shapes*; masks that
    read other tables find those *around*. What stands in the way is added to *problems*; the result then is of no
    use. In a *trial* that is all that is asked: no expression is made in which nothing is written that could stand in
    the way."""
    table, told_before = decision.table, len(problems)
    agreed = agreed or agreement([decision], catalog)
    instant = Instant(known.get(INSTANT, ""))
    masks = masked_names(decision)
    has_written_sql = _has_written_sql(decision)
    if has_written_sql:
        bindings.own(*_own_settings(catalog.server))
    reads: dict[str, tuple[str, ...]] = {}
    texts: list[str] = []

    def condition(
        text: str | None, subject: str, position: Position | None, *, is_of_masks: bool = True
    ) -> exp.Expression | None:
        if text is None:
            return None
        try:
            judge_it = judge_condition if is_of_masks else judge
            judged = judge_it(text, {c.name: c for c in table.columns}, overloads=catalog.overloads)
            found = assembled(
                judged,
                lambda what: (
                    column_expression(what.column) if isinstance(what, Named) else moment(what, bindings, instant)
                ),
            )
            texts.append(render(found))
            # All conditions of a list have one subject.
            own = (named.column for named in judged.names if named.column in masks)
            reads[subject] = tuple(dict.fromkeys((*reads.get(subject, ()), *own)))
        except ExpressionError as error:
            problems.extend(_faults(subject, error, position))
            return None
        return found

    where = condition(decision.where, f"{table.name}: where", decision.where_position)
    predicate = condition(decision.predicate, f"{table.name}: rows", decision.rows_position, is_of_masks=False)
    items: dict[str, str] = {}
    masked_columns: list[MaskedColumn] = []
    kept: list[str] = []
    free: list[str] = []
    keeping: dict[str, KeptColumn] = {}
    kept_columns = frozenset(c.name for c in table.columns if c.name not in masks)
    ready: dict[str, Ready] = {}

    def read_other(one: TableDecision) -> tuple[Mapping[str, Ready], Mapping[str, str]]:
        read = mask_table(one, catalog, bindings, known, [], agreed, shapes, replace(around, decisions={}))
        return read.ready, read.items

    others = Others(decision, around, read_other)

    def make(name: str) -> exp.Expression:
        if name not in ready:
            raise Unavailable
        return ready[name].value()

    stand_ins = StandIns(decision, make)
    for column in copied_columns(table):
        found = decision.columns.get(column.name)
        if found is None or isinstance(found.rule, Keep):
            (free if found is None else kept).append(column.name)
            if found is not None and isinstance(found.rule, Keep):
                keeping[column.name] = KeptColumn(
                    position=found.position, shows=found.rule.shows, reason=found.rule.reason
                )
            items[column.name] = quote(column.name)
            continue
        uses = uses_of(
            found,
            decision,
            catalog,
            agreed,
            bindings,
            known=known,
            kept_columns=kept_columns,
            instant=instant,
            stand_in=stand_ins.of(column.name),
            shapes=shapes,
            other=others.find,
            others=others.tables,
            classes=around.classes,
        )
        told = [*obstacles(found, decision, catalog), *(use for use in uses if isinstance(use, Problem))]
        words = [
            condition(
                text,
                f"{table.name}.{column.name}: {word}",
                found.places.get(place_of(at, word) if word == "when" else word, found.position),
            )
            for at, (word, text) in enumerate(conditions_of(found.rule))
        ]
        conditions = [one for one in words if one is not None]
        problems += told
        if told or len(conditions) < len(words):
            continue
        by_word = dict(zip([word for word, _ in conditions_of(found.rule)], conditions, strict=True))
        is_list = isinstance(found.rule, Cases)
        ready[column.name] = Ready(
            found=found,
            uses=tuple(use for use in uses if isinstance(use, Use)),
            kept=None if is_list else kept_rows(by_word.get("where"), by_word.get("unless")),
            number=choice(found.rule, conditions) if isinstance(found.rule, Cases) else None,
            goes_by=tuple(
                dict.fromkeys(name for word in by_word for name in reads[f"{table.name}.{column.name}: {word}"])
            ),
        )
    is_made = not is_trial or has_written_sql
    for name, column_ready in ready.items() if is_made else ():
        found = column_ready.found
        try:
            expression = stand_ins.value(name)
            if where is not None:
                # Rows the condition cannot decide (NULL) are masked.
                kept_row = exp.If(
                    this=exp.Is(this=paren(where.copy()), expression=exp.false()), true=column_expression(name)
                )
                expression = exp.Case(ifs=[kept_row], default=expression)
            items[name] = render(expression)
            if has_written_sql and expression.find(Verbatim) is not None:
                texts.append(items[name])
        except ExpressionError as error:
            problems.extend(_faults(f"{table.name}.{name}", error, found.position))
            continue
        except Unavailable:
            continue
        summary, shows = column_ready.summary(items[name]), tuple(stand_ins.shows.get(name, ()))
        masked_columns.append(
            replace(
                summary,
                shows=shows,
                accepts=tuple(dict.fromkeys((*summary.accepts, *shows))),
                reads=tuple(stand_ins.reads.get(name, ())),
                reads_own=name in stand_ins.reads_own or column_ready.shows_its_own,
            )
        )
    if is_made and len(items) < len(copied_columns(table)) and len(problems) == told_before:
        raise AssertionError(f"a column of {table.name} is neither copied nor told of")
    return MaskedTable(
        items={c.name: items[c.name] for c in copied_columns(table) if c.name in items},
        masked=tuple(masked_columns),
        kept=tuple(kept),
        free=tuple(free),
        keeping=keeping,
        predicate=render(predicate) if predicate is not None else None,
        where=render(where) if where is not None else None,
        predicate_written=decision.predicate,
        where_written=decision.where,
        predicate_reads=reads.get(f"{table.name}: rows", ()),
        where_reads=reads.get(f"{table.name}: where", ()),
        texts=tuple(texts),
        reads_tables=frozenset(others.read),
        ready=ready,
    )


def _has_written_sql(decision: TableDecision) -> bool:
    rules = [
        leaf.rule
        for found in decision.columns.values()
        for leaf in (found.rule.paths.values() if isinstance(found.rule, Json) else [])
    ]
    rules += [rule for found in decision.columns.values() for rule in rules_of(found.rule)]
    has_condition = any(conditions_of(found.rule) for found in decision.columns.values())
    return (
        decision.predicate is not None
        or decision.where is not None
        or has_condition
        or any(isinstance(rule, Sql) for rule in rules)
    )


def _own_settings(server: Server) -> Iterator[Own]:
    """What people write for a server is read as a session of its own would read it, where that is not as masker's
    would."""
    if server.time_zone not in {"UTC", "Etc/UTC", "GMT", "UCT", "Etc/UCT", "Zulu", "Universal"}:
        yield Own("timezone", server.time_zone)
    if server.date_order != "MDY":
        yield Own("datestyle", f"ISO, {server.date_order}")


def select(table: Table, read: MaskedTable, *, ctid: tuple[int | None, int | None] = (None, None)) -> str:
    """The SELECT of *table*, limited to the rows that are copied and to blocks ``[ctid[0], ctid[1])``."""
    items = ", ".join(item if item == quote(name) else f"{item} AS {quote(name)}" for name, item in read.items.items())
    conditions = [f"({read.limit})"] if read.limit else []
    first, end = ctid
    conditions += [f"ctid >= '({first},0)'::tid"] if first is not None else []
    conditions += [f"ctid < '({end},0)'::tid"] if end is not None else []
    return f"SELECT {items} FROM ONLY {table.name.sql}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")  # noqa: S608


def _faults(subject: str, error: ExpressionError, position: Position | None) -> Iterator[Problem]:
    return (Problem(subject, str(fault), fault.hint or None, position) for fault in error.faults)
