"""Who the people of an application are, and which tables' rows belong to one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from masker.catalog.types import Catalog, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Verdict
from masker.kinds.subject import Subject, subject_of
from masker.kinds.words import listed, singular
from masker.names import ColumnName, TableName

_NAMED = frozenset({Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.FULL_NAME, Kind.EMAIL, Kind.USER_NAME})

#: Words of tables that say more of the person they belong to, rather than name another.
_SAME = listed(
    """
    profile account detail setting registration customer member student patient employee teacher staff info
    information order booking reservation subscription application identity credential user_profile cart
    checkout
    """
)


def main_people(catalog: Catalog, verdicts: Mapping[ColumnName, Verdict]) -> Table | None:
    """The table of the people that most others belong to: it has names or addresses, and a key of one column."""
    counted: Counter[TableName] = Counter()
    for table in catalog.tables.values():
        for name in _referenced(table, catalog):
            counted[name] += 1
    fitting = [
        table
        for table in catalog.tables.values()
        if not table.parents
        and len(table.row_key) == 1
        and subject_of(table.name.name)[0] is Subject.PERSON
        and any(verdicts[table.column_name(c.name)].kind in _NAMED for c in table.columns)
    ]
    return max(fitting, key=lambda table: (counted[table.name], str(table.name)), default=None)


def _referenced(table: Table, catalog: Catalog) -> set[TableName]:
    found = {key.references for key in table.foreign_keys}
    for column in table.columns:
        if column.name.endswith("_id"):
            for name in (f"{column.name[:-3]}s", column.name[:-3]):
                if (own := TableName(table.name.schema, name)) in catalog.tables:
                    found.add(own)
    return found


def belongs(table: Table, people: Table) -> str | None:
    """The column of *table* by which a row of it says more of one of *people*; None if it does not, or of others."""
    (key,) = people.row_key
    wanted = people.column(key)
    if wanted is None or table.name == people.name:
        return None
    for name in _links(table, people):
        column = table.column(name)
        if column is None or column.type.name != wanted.type.name:
            continue
        is_one = any(index.is_unique and index.columns == (name,) for index in table.indexes)
        if is_one or subject_of(table.name.name)[1] in _SAME:
            return name
    return None


def _links(table: Table, people: Table) -> Iterator[str]:
    for foreign in table.foreign_keys:
        if foreign.references == people.name and len(foreign.columns) == 1:
            yield foreign.columns[0]
    own = f"{singular(people.name.name)}_id"
    column = table.column(own)
    if column is not None and column.type.kind in {TypeClass.INTEGER, TypeClass.UUID}:
        yield own
