"""What a mask is: its card, its expression, what it cannot be used on, and what it may know of the column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from sqlglot import exp

from masker.catalog.overload import Overload
from masker.catalog.types import Column, ColumnType, Table, TypeClass
from masker.masks.locales.locale import Locale
from masker.masks.numbers import Drawn, Numbers, Shapes
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Bindings, Instant
from masker.masks.sql.expressions import column, share
from masker.masks.sql.identity import Identity
from masker.masks.sql.judged import Named
from masker.masks.together import Together


class Uniqueness(Enum):
    """What a mask does to a column whose values must differ."""

    KEPT = "kept where the identity tells rows apart"
    LIMITED = "kept by a key of one integer, for so many rows"
    LOST = "lost: two rows may get one value"
    UNKNOWN = "left to the database"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a mask cannot serve a column: what was *found*, and what to do *instead*, if there is something."""

    found: str
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Draws:
    """From which list a mask draws, of things that repeat where they come from: the *part* of an identity's number, and
    *of* which part of a place it makes, empty for names."""

    part: str
    of: str = ""


def _itself(named: Named) -> exp.Expression:
    return column(named.column)


#: What a mask reads of another table: what its rules say, or its rows with their originals.
Reads = Literal["rules", "rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherColumn:
    """A masked column of another table: its *rule*, and the *shape* and *context* that it is rendered with there."""

    rule: MaskRule
    shape: Column
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTable:
    """Another *table* as a mask may read it. *columns* are those that one mask masks, *masked* all that some do,
    *values* what the target gets of each, as SQL over a row of that table."""

    table: Table
    columns: Mapping[str, OtherColumn]
    masked: frozenset[str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a mask may know besides the column and its own arguments.

    *is_unique* says that the column's values have to differ: a unique index or constraint rests on it
    (*has_unique_index*), or the rule wants it; *meets_unique* that one rests on a column it has to agree with. *fits*
    are the characters that the shortest of those holds, if that is less than this one does; *leaves*, by path, what
    leaves of a document agree with. *known* holds values fixed for the run by
    :attr:`~masker.masks.password.Password.known_name`. *kept_columns* are those of the table that reach the target as
    they are; a leaf of a document may then show an integer key among them. *overloads* are what the database has under
    the names of built-in functions and operators, *instant* is the one time of the run. *stand_in* gives what a
    column's name stands for in an expression. *masks* is the table of all masks, for those that hold others. *shapes*
    is what steers draws from lists.
    """

    table: Table
    identity: Identity
    bindings: Bindings
    locale: Locale
    masks: Mapping[str, Mask]
    is_unique: bool
    has_unique_index: bool = False
    meets_unique: bool = False
    fits: int | None = None
    leaves: Mapping[str, Together] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    kept_columns: frozenset[str] = frozenset()
    overloads: tuple[Overload, ...] = ()
    instant: Instant = field(default_factory=Instant)
    stand_in: Callable[[Named], exp.Expression] = _itself
    shapes: Shapes = field(default_factory=dict)
    other: Callable[[str, Reads], OtherTable | None] = lambda written, reads: None  # noqa: ARG005
    classes: Mapping[str, str] = field(default_factory=dict)
    others: Callable[[], Mapping[str, Table]] = dict

    def numbers(self, part: str) -> Numbers | None:
        """What steers the draw of a *part* of this identity's, None where nothing was measured."""
        return self.shapes.get(Drawn(self.identity.scope, part, self.locale.name, self.identity.draws_alike))

    @property
    def stays_apart(self) -> bool:
        """Whether values that differ have to differ when they are masked: here, or in a column it has to agree with."""
        return self.is_unique or self.meets_unique


#: ``(original, column, rule, context) -> masked value``; *original* is the column, or the text of a leaf inside a
#: document.
Render = Callable[[exp.Expression, Column, Any, Context], exp.Expression]


#: ``(original, column, rule, context) -> share``: how likely it is that the mask makes the very value that *original*
#: has, as SQL of type double precision. 0 says that it cannot: then a value that comes out as it was has not been
#: masked.
Chance = Callable[[exp.Expression, Column, Any, Context], exp.Expression]


def never(original: exp.Expression, column: Column, rule: MaskRule, context: Context) -> exp.Expression:
    """For masks that make nothing an original can be."""
    del original, column, rule, context
    return share(0)


def no_problem(column: Column, rule: MaskRule, context: Context) -> Obstacle | None:
    """For masks that serve every column of their types."""
    del column, rule, context
    return None


def draws_nothing(rule: MaskRule) -> Draws | None:
    """For masks that draw from no list of things that repeat where they come from."""
    del rule
    return None


def tells_nothing(rule: MaskRule, kind: TypeClass) -> str:
    """For masks whose originals give nobody away by themselves."""
    del rule, kind
    return ""


#: What originals of undecided kind give away, by their type.
_OF_TYPE = {
    TypeClass.TEXT: "any",
    TypeClass.UUID: "secret",
    TypeClass.INET: "machine",
    TypeClass.INTEGER: "number",
    TypeClass.NUMBER: "number",
}


def tells_by_type(rule: MaskRule, kind: TypeClass) -> str:
    """For masks that serve whatever is personal."""
    del rule
    return _OF_TYPE.get(kind, "")


def needs_original(rule: MaskRule) -> bool:
    """For masks that make something of what was there."""
    del rule
    return False


def needs_nothing(rule: MaskRule) -> bool:
    """For masks that make a value of the identity alone."""
    del rule
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is to be known of a mask without its expression: the rules, the plan, verification, suggestions and the
    documents read it here.

    *serves* are the types in words, *distinct* what becomes of the number of distinct values, *example* a value it
    makes. *is_constant*: one value for every row. *fills*: a rule makes a value also where there is none. *may_keep*:
    an original that was never masked may come out again, by chance or on purpose; how likely it is says
    :attr:`Mask.chance`. *keeps_width*: results are as long as their originals. *reads_row*: results may hold more of
    the row than the value they mask. *is_reversible*: who has the key can compute the original. *keeps_order*: of two
    results the greater belongs to the greater original, or both are equal. *shows* says what of the original can be
    read from a result, nothing if it cannot; *of_original*: so much of it that an original that comes out as it was is
    no fault. *of_other_rows*: what it makes depends on other rows, and is drawn once a run. *among_originals*: what it
    makes of one value may be another's original. *reads_tables*: it reads other
    tables, their originals and what their rules make of them. *way_out* is what to do for types that it does not serve
    though they look like its own. *needs* is an extension of the
    source. *tells* is what originals under a rule give away, see :mod:`masker.tables.telling`. *cost* are microseconds
    of the server's time for a value of usual length, made by a key column.
    """

    serves: str
    accepts: Callable[[ColumnType], bool]
    uniqueness: Uniqueness
    distinct: str
    example: str
    cost: float
    is_constant: bool = False
    fills: Callable[[Any], bool] = needs_original
    may_keep: bool = True
    keeps_width: bool = False
    reads_row: bool = False
    is_reversible: bool = False
    keeps_order: bool = False
    shows: str = ""
    of_original: bool = False
    of_other_rows: bool = False
    among_originals: bool = False
    reads_tables: bool = False
    way_out: str = ""
    needs: str = ""
    tells: Callable[[Any, TypeClass], str] = tells_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """One mask: the model of its rule, its card, and its expressions.

    *render* makes the masked value of one row, of any type that casts to the column's; NULL, empty strings, length and
    the final cast are :func:`masker.masks.apply.masked`'s. *problem* says why it cannot serve a column, or None.
    *keeps_empty*: an empty text stays empty. *chance* tells an original that was left from one that was met by chance;
    it is None for masks that make one value of every row, for those that say more of it than a number (json by its
    leaves, sql by what the expression reads), and for those that show what they were made from. *sink* ends addresses
    that the rule makes. *draws* says from which list of things that repeat where they come from.
    """

    rule: type[MaskRule]
    card: Card
    render: Render
    chance: Chance | None
    problem: Callable[[Column, Any, Context], Obstacle | None] = no_problem
    keeps_null: bool = True
    keeps_empty: bool = True
    sink: Callable[[Any], str] | None = None
    draws: Callable[[Any], Draws | None] = draws_nothing

    @property
    def name(self) -> str:
        """What rules call it."""
        return str(self.rule.model_fields["mask"].default)

    @property
    def summary(self) -> str:
        """One sentence on what it makes."""
        return self.rule.summary()


def is_text(kind: ColumnType) -> bool:
    """Text, varchar(n), char(n), citext and domains over them."""
    return kind.kind is TypeClass.TEXT


def any_type(kind: ColumnType) -> bool:
    """Every type there is."""
    del kind
    return True
