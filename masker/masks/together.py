"""What a masked column has in common with all that it has to agree with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.errors import Position
from masker.masks.sql.identity import Identity
from masker.names import ColumnName


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A masked column, or (*path*) a leaf of a document in it or a mask of its list. *is_plainly_unique*: a unique
    index compares its very values."""

    column: ColumnName
    position: Position
    identity: Identity
    type: ColumnType
    is_unique: bool = False
    is_plainly_unique: bool = False
    path: str = ""

    @property
    def place(self) -> str:
        """``orders.code (rules.yml:9:7)``"""
        return f"{self.column}{f' ${self.path}' if self.path and not self.path.isdigit() else ''} ({self.position})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The members that agree, and what holds for all of them.

    *length* is that of the *shortest*, None if none is limited; *unique* is a member on which a unique index rests, if
    there is one. The rest is how they read who a value belongs to, see :class:`~masker.masks.sql.identity.Identity`.
    """

    members: tuple[Member, ...] = ()
    length: int | None = None
    shortest: Member | None = None
    unique: Member | None = None
    is_kept: bool = True
    hides_keys: bool = False
    tag_room: int = 0
    as_text: frozenset[int] = frozenset()
    in_lower_case: frozenset[int] = frozenset()
    meets_keys: bool = False

    def shape(self, column: Column) -> Column:
        """*column* with the length that fits all."""
        if self.length is None or column.type.kind is not TypeClass.TEXT or column.type.length == self.length:
            return column
        return replace(column, type=replace(column.type, length=self.length))

    def identity(self, own: Identity) -> Identity:
        """*own*, read as all read theirs."""
        if not self.members:
            return own
        return replace(
            own,
            is_kept=own.is_kept and self.is_kept,
            hides_keys=own.hides_keys or self.hides_keys,
            tag_room=self.tag_room,
            as_text=self.as_text,
            in_lower_case=self.in_lower_case,
            meets_keys=self.meets_keys,
        )

    def because(self, own: ColumnName, column: Column) -> str:
        """What completes a reason why *column* cannot be masked so, if the reason is another member; else nothing."""
        if self.shortest is not None and self.shortest.column != own and self.length != column.type.length:
            return f", as {self.shortest.place} would be"
        if self.unique is not None and self.unique.column != own:
            return f", and it has to agree with {self.unique.place}, on which a unique index rests"
        return ""


ALONE = Together()
