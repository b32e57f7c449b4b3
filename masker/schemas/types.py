"""Types as a schema file writes them, made the types that a server's catalog has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from masker.catalog.classes import CLASSES
from masker.catalog.types import ColumnType, TypeClass
from masker.masks.sql.grammar import Tree
from masker.names import TableName
from masker.schemas.builtin import (
    COLLATIONS,
    EXTENSION_TYPES,
    EXTENSION_TYPES_WITHOUT_BINARY,
    OIDS,
    RANGES,
    VECTORS,
    WITHOUT_BINARY,
    WRITTEN,
)
from masker.schemas.drafts import DefinedType, Draft, TypeDraft
from masker.schemas.functions import Functions
from masker.schemas.source import Source, relation

_OWN = "pg_catalog"

#: Oids of the types of a file begin where those of a server's users do.
_FIRST_OID = 16384

_PARTS_OF_INTERVALS = {
    4: "year", 2: "month", 8: "day", 1024: "hour", 2048: "minute", 4096: "second", 6: "year to month",
    1032: "day to hour", 3080: "day to minute", 7176: "day to second", 3072: "hour to minute",
    7168: "hour to second", 6144: "minute to second",
}  # fmt: skip


def type_draft(tree: Tree, source: Source) -> TypeDraft:
    """The type that *tree*, a ``TypeName``, writes in *source*."""
    names = [name["String"]["sval"] for name in tree["names"]]
    modifiers = tree.get("typmods", ())
    numbers = tuple(
        constant["ival"].get("ival", 0)
        for modifier in modifiers
        if (constant := modifier.get("A_Const")) is not None and "ival" in constant
    )
    text, offset = "", tree.get("location", 0)
    if modifiers:
        begin, end = source.inside(source.at(offset))
        text = "".join(source.text(at, at + 1) for at in range(begin, end))
    return TypeDraft(
        schema=names[-2] if len(names) > 1 else None,
        name=names[-1],
        modifier=text,
        numbers=numbers,
        is_array=bool(tree.get("arrayBounds")),
        offset=offset,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a name stands for: *key* is its schema and name, *defined* what the file says of it."""

    key: TableName
    defined: DefinedType | None = None
    extension: str | None = None


class Types:
    """Makes types of what *draft* defines. *unknown* is told of a type that is defined nowhere."""

    def __init__(self, draft: Draft, functions: Functions, unknown: Callable[[TypeDraft], None]) -> None:
        self._draft = draft
        self._functions = functions
        self._unknown = unknown
        self._oids: dict[tuple[TableName, bool], int] = {}
        self._of_extensions = {
            name: (extension, schema)
            for extension, schema in draft.extensions.items()
            for name in EXTENSION_TYPES.get(extension, ())
        }

    def make(self, written: TypeDraft) -> ColumnType:
        """The type of a column that is declared so."""
        found = self._find(written)
        if written.is_array:
            return self._array(found, written)
        return self._make(found, written, self._sql(found, written))

    def collation(self, written: TypeDraft) -> str | None:
        """What texts of such a column are compared by, unless it says otherwise."""
        found = self._find(written)
        while found.defined is not None and found.defined.kind == "d" and found.defined.over is not None:
            if found.defined.collation is not None:
                return found.defined.collation
            found = self._find(found.defined.over)
        if found.key.schema == _OWN:
            return COLLATIONS.get(found.key.name)
        return COLLATIONS["text"] if found.extension == "citext" else None

    def _array(self, found: _Found, written: TypeDraft) -> ColumnType:
        element = self._make(found, written, self._sql(found, written))
        sql = f"{self._sql(found, written)}[]"
        return ColumnType(
            oid=self._oid(found, is_array=True),
            sql=sql,
            base=sql,
            name=f"_{found.key.name}"[:63],
            kind=TypeClass.ARRAY,
            element=element,
            extension=found.extension if found.defined is None else None,
            has_binary_io=element.has_binary_io,
            runs_functions=element.runs_functions,
            may_read=element.may_read,
        )

    def _make(self, found: _Found, written: TypeDraft, sql: str) -> ColumnType:
        oid, name = self._oid(found), found
        is_domain, not_null, calls, reads = False, False, False, False
        extension = found.extension
        while (defined := found.defined) is not None and defined.kind == "d" and defined.over is not None:
            is_domain, not_null = True, not_null or defined.is_required
            calls = calls or any(self._functions.calls(tree) for tree in defined.checks)
            reads = reads or any(self._functions.reads(tree) for tree in defined.checks)
            if defined.over.is_array:
                return self._domain_of_array(name, oid, defined.over, not_null, calls, reads)
            written = defined.over if not written.modifier else written
            found = self._find(defined.over)
            extension = extension or found.extension
        parts = tuple(self._attributes(found))
        own = found.key.schema == _OWN
        vector = VECTORS.get(found.key.name) if own else None
        element = self._plain(_Found(TableName(_OWN, vector))) if vector else None
        return ColumnType(
            oid=oid,
            sql=sql,
            base=self._sql(found, written) if is_domain else sql,
            name=found.key.name,
            kind=self._kind(found),
            length=written.numbers[0] if own and found.key.name in {"varchar", "bpchar"} and written.numbers else None,
            is_domain=is_domain,
            is_citext=found.extension == "citext" and found.key.name == "citext",
            is_bpchar=own and found.key.name == "bpchar",
            element=element,
            attributes=tuple(part for _, part in parts),
            attribute_names=tuple(name for name, _ in parts if name),
            labels=tuple(found.defined.labels) if found.defined is not None and found.defined.kind == "e" else (),
            extension=extension,
            has_binary_io=self._has_binary(found) and all(part.has_binary_io for _, part in parts),
            domain_not_null=not_null,
            runs_functions=calls or any(part.runs_functions for _, part in parts),
            may_read=reads or any(part.may_read for _, part in parts),
        )

    def _domain_of_array(
        self, domain: _Found, oid: int, over: TypeDraft, not_null: bool, calls: bool, reads: bool
    ) -> ColumnType:
        found = self._find(over)
        element = self._make(found, over, self._sql(found, over))
        return ColumnType(
            oid=oid,
            sql=relation(domain.key),
            base=f"{element.sql}[]",
            name=f"_{found.key.name}",
            kind=TypeClass.ARRAY,
            is_domain=True,
            element=element,
            extension=found.extension,
            has_binary_io=element.has_binary_io,
            domain_not_null=not_null,
            runs_functions=calls or element.runs_functions,
            may_read=reads or element.may_read,
        )

    def _attributes(self, found: _Found) -> Iterator[tuple[str, ColumnType]]:
        defined = found.defined
        if defined is None and found.key.schema == _OWN and found.key.name in RANGES:
            yield "", self._plain(_Found(TableName(_OWN, RANGES[found.key.name])))
        elif defined is not None and defined.kind == "r" and defined.over is not None:
            yield "", self._plain(self._find(defined.over))
        elif defined is not None and defined.kind == "c":
            for attribute in defined.attributes:
                yield attribute.name, self.make(attribute.type)

    def _plain(self, found: _Found) -> ColumnType:
        """The type without a modifier."""
        return self._make(found, TypeDraft(schema=found.key.schema, name=found.key.name), self._bare(found))

    def _find(self, written: TypeDraft) -> _Found:
        if written.schema in {None, _OWN} and written.name in OIDS:
            return _Found(TableName(_OWN, written.name))
        schemas = [written.schema] if written.schema is not None else [*dict.fromkeys(["public", *self._draft.schemas])]
        for schema in schemas:
            key = TableName(schema, written.name)
            if (defined := self._draft.types.get(key)) is not None:
                return _Found(key, defined)
            if (table := self._draft.tables.get(key)) is not None:
                return _Found(key, DefinedType(kind="c", attributes=list(table.columns.values())))
        if (known := self._of_extensions.get(written.name)) is not None:
            extension, home = known
            if written.schema in {None, home}:
                return _Found(TableName(home, written.name), None, extension)
        self._unknown(written)
        return _Found(TableName(written.schema or "public", written.name))

    def _oid(self, found: _Found, *, is_array: bool = False) -> int:
        if found.key.schema == _OWN and found.key.name in OIDS:
            return OIDS[found.key.name][is_array]
        return self._oids.setdefault((found.key, is_array), _FIRST_OID + len(self._oids))

    @staticmethod
    def _kind(found: _Found) -> TypeClass:
        name, own = found.key.name, found.key.schema == _OWN
        if own and name in VECTORS:
            return TypeClass.ARRAY
        if own and (name in RANGES or name.endswith("multirange")):
            return TypeClass.RANGE
        if found.extension == "citext" and name == "citext":
            return TypeClass.TEXT
        kinds = {"e": TypeClass.ENUM, "c": TypeClass.COMPOSITE, "r": TypeClass.RANGE, "m": TypeClass.RANGE}
        if found.defined is not None:
            return kinds.get(found.defined.kind, TypeClass.OTHER)
        return CLASSES.get(name, TypeClass.OTHER) if own else TypeClass.OTHER

    @staticmethod
    def _has_binary(found: _Found) -> bool:
        if found.key.schema == _OWN:
            return found.key.name not in WITHOUT_BINARY
        if found.defined is not None:
            return found.defined.kind != "b" or found.defined.has_binary_io
        return found.key.name not in EXTENSION_TYPES_WITHOUT_BINARY

    @staticmethod
    def _bare(found: _Found) -> str:
        """How the catalog writes a type that says nothing of length or precision."""
        if found.key.schema != _OWN:
            return found.key.sql
        return "character varying" if found.key.name == "varchar" else found.key.name

    @staticmethod
    def _sql(found: _Found, written: TypeDraft) -> str:
        """How the server writes it."""
        name = found.key.name
        modifier = f"({written.modifier})" if written.modifier else ""
        if found.key.schema != _OWN:
            return f"{relation(found.key)}{modifier}"
        if name == "bpchar" and not modifier:
            return "bpchar"
        if name == "interval" and written.numbers:
            part = _PARTS_OF_INTERVALS.get(written.numbers[0])
            digits = f"({written.numbers[1]})" if len(written.numbers) > 1 else ""
            return f"interval{f' {part}' if part else ''}{digits}"
        plain = WRITTEN.get(name, name)
        if name in {"time", "timetz", "timestamp", "timestamptz"} and modifier:
            first, _, rest = plain.partition(" ")
            return f"{first}{modifier} {rest}"
        return f"{plain}{modifier}"
