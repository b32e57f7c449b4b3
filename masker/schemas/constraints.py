"""Checks, keys and indexes of a table, as the statements of a schema file write them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from masker.catalog.types import Check, ForeignKey, Index
from masker.masks.sql.grammar import Tree
from masker.names import TableName
from masker.schemas.drafts import ColumnDraft, TableDraft, ViewDraft
from masker.schemas.expressions import columns_of, condition
from masker.schemas.source import Source, identifier, relation

#: Characters of a name that PostgreSQL makes.
_NAME = 63

_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def strings(listed: Iterable[Tree] | None) -> list[str]:
    """The texts of a list of nodes."""
    return [each["String"]["sval"] for each in listed or ()]


def made_name(table: str, columns: Sequence[str], ending: str) -> str:
    """The name PostgreSQL gives what has none."""
    middle = "_".join(columns)
    left = _NAME - len(ending) - 1
    while len(table) + (len(middle) + 1 if middle else 0) > left:
        table, middle = (table[:-1], middle) if len(table) >= len(middle) else (table, middle[:-1])
    return "_".join(part for part in (table, middle, ending) if part)


def check(node: Tree, table: TableDraft, source: Source, column: ColumnDraft | None = None) -> Check:
    """The check that *node* adds to *table*, of a *column* or of the whole."""
    begin, end = source.inside(source.find(source.at(node["location"]), "CHECK"))
    expression = condition(source.text(begin, end), node["raw_expr"])
    columns = columns_of(node["raw_expr"], list(table.columns))
    valid = not node.get("skip_validation") and node.get("is_enforced", True)
    endings = [
        *([" NO INHERIT"] if node.get("is_no_inherit") else []),
        *([" NOT VALID"] if node.get("skip_validation") and node.get("is_enforced", True) else []),
        *([" NOT ENFORCED"] if not node.get("is_enforced", True) else []),
    ]
    own = [column.name] if column is not None else list(columns) if len(columns) == 1 else []
    name = node.get("conname") or free_name(made_name(table.name.name, own, "check"), table.checks)
    return Check(
        name=name,
        columns=columns,
        expression=expression,
        is_valid=valid,
        definition=f"CHECK ({expression}){''.join(endings)}",
    )


def free_name(name: str, taken: Collection[str]) -> str:
    """*name*, or with the first number behind it that is not *taken*."""
    if name not in taken:
        return name
    return next(f"{name}{number}" for number in range(1, len(taken) + 2) if f"{name}{number}" not in taken)


def foreign_key(
    node: Tree, table: TableDraft, references: TableName, referenced: Sequence[str], column: str | None = None
) -> ForeignKey:
    """The key that *node* adds to *table*, of a *column* or of those it names; *referenced* are those of the other."""
    columns = [column] if column is not None else strings(node.get("fk_attrs"))
    named = strings(node.get("pk_attrs")) or list(referenced)
    parts = [f"FOREIGN KEY ({_listed(columns)}) REFERENCES {relation(references)}({_listed(named)})"]
    if node.get("fk_matchtype") == "f":
        parts.append("MATCH FULL")
    if (action := _ACTIONS.get(node.get("fk_upd_action", "a"))) is not None:
        parts.append(f"ON UPDATE {action}")
    if (action := _ACTIONS.get(node.get("fk_del_action", "a"))) is not None:
        limited = strings(node.get("fk_del_set_cols"))
        parts.append(f"ON DELETE {action}{f' ({_listed(limited)})' if limited else ''}")
    parts += _deferring(node)
    if not node.get("is_enforced", True):
        parts.append("NOT ENFORCED")
    elif node.get("skip_validation"):
        parts.append("NOT VALID")
    return ForeignKey(
        name=node.get("conname") or free_name(made_name(table.name.name, columns, "fkey"), table.keys),
        table=table.name,
        columns=tuple(columns),
        references=references,
        referenced_columns=tuple(named),
        definition=" ".join(parts),
        is_valid=not node.get("skip_validation") and node.get("is_enforced", True),
    )


def _deferring(node: Tree) -> list[str]:
    return [
        *(["DEFERRABLE"] if node.get("deferrable") else []),
        *(["INITIALLY DEFERRED"] if node.get("initdeferred") else []),
    ]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))


def key_index(node: Tree, table: TableDraft, column: str | None = None) -> Index:
    """The index behind a primary key or a unique constraint."""
    is_primary = node["contype"] == "CONSTR_PRIMARY"
    columns = strings(node.get("keys")) or ([column] if column is not None else [])
    included = strings(node.get("including"))
    name = node.get("conname") or free_name(
        made_name(table.name.name, [] if is_primary else columns, "pkey" if is_primary else "key"), table.indexes
    )
    nulls = " NULLS NOT DISTINCT" if node.get("nulls_not_distinct") else ""
    include = f" INCLUDE ({_listed(included)})" if included else ""
    written = " ".join(
        [f"{'PRIMARY KEY' if is_primary else f'UNIQUE{nulls}'} ({_listed(columns)}){include}", *_deferring(node)]
    )
    own = TableName(table.name.schema, name)
    return Index(
        name=own,
        definition=(
            f"CREATE UNIQUE INDEX {identifier(name)} ON {_only(table)}{relation(table.name)} USING btree"
            f" ({_listed(columns)}){include}{nulls}"
        ),
        columns=tuple(columns),
        is_unique=True,
        is_valid=True,
        is_partial=False,
        bytes=0,
        expression_columns=tuple(sorted({*columns, *included})),
        constraint=name,
        constraint_type="p" if is_primary else "u",
        constraint_definition=written,
        is_deferrable=bool(node.get("deferrable")),
        is_initially_deferred=bool(node.get("initdeferred")),
        is_partitioned=table.kind == "p",
    )


def exclusion_index(node: Tree, table: TableDraft, source: Source) -> Index:
    """The index behind an exclusion constraint."""
    first = source.find(source.at(node["location"]), "EXCLUDE")
    end = source.end(first)
    begin, close = source.inside(first)
    elements = [pair["List"]["items"][0]["IndexElem"] for pair in node["exclusions"]]
    texts = [source.text(start, source.clause(start, stop, "WITH")) for start, stop in source.items(begin, close)]
    name = node.get("conname") or free_name(made_name(table.name.name, _element_names(elements), "excl"), table.indexes)
    if (at := source.clause(close + 1, end, "WHERE")) < end:
        where = f" WHERE {condition(source.text(*source.inside(at)), node['where_clause'])}"
    else:
        where = ""
    trees = [element["expr"] for element in elements if "expr" in element]
    if "where_clause" in node:
        trees.append(node["where_clause"])
    return Index(
        name=TableName(table.name.schema, name),
        definition=(
            f"CREATE INDEX {identifier(name)} ON {_only(table)}{relation(table.name)} USING"
            f" {node.get('access_method', 'gist')} ({', '.join(texts)}){where}"
        ),
        columns=tuple(element.get("name") for element in elements),
        is_unique=False,
        is_valid=True,
        is_partial="where_clause" in node,
        bytes=0,
        expression_columns=_read_columns(elements, (), trees, table),
        constraint=name,
        constraint_type="x",
        constraint_definition=source.text(first, end),
        is_deferrable=bool(node.get("deferrable")),
        is_initially_deferred=bool(node.get("initdeferred")),
        is_partitioned=table.kind == "p",
    )


def plain_index(
    node: Tree, offset: int, name: TableName, holder: TableDraft | ViewDraft, source: Source
) -> tuple[Index, Tree]:
    """The index that a ``CREATE INDEX`` at the byte *offset* makes on what is called *name*, and what it computes."""
    elements = [each["IndexElem"] for each in node["indexParams"]]
    included = [each["IndexElem"]["name"] for each in node.get("indexIncludingParams", ())]
    first = source.at(offset)
    stop = source.find(first, "ON")
    begin, close = source.inside(stop)
    end = source.end(first)
    texts = [source.text(*item) for item in source.items(begin, close)]
    where = ""
    trees = [element["expr"] for element in elements if "expr" in element]
    if (tree := node.get("whereClause")) is not None:
        at = source.clause(close + 1, end, "WHERE")
        where = f" WHERE {condition(source.text(at + 1, end), tree)}"
        trees.append(tree)
    stored = source.clause(close + 1, end, "WITH")
    options = f" {source.text(stored, source.inside(stored)[1] + 1)}" if stored < end else ""
    own = node.get("idxname") or free_name(made_name(name.name, _element_names(elements), "idx"), holder.indexes)
    is_partitioned = isinstance(holder, TableDraft) and holder.kind == "p"
    return Index(
        name=TableName(name.schema, own),
        definition=(
            f"CREATE {'UNIQUE ' if node.get('unique') else ''}INDEX {identifier(own)} ON"
            f" {'ONLY ' if is_partitioned else ''}{relation(name)} USING {node.get('accessMethod', 'btree')}"
            f" ({', '.join(texts)}){f' INCLUDE ({_listed(included)})' if included else ''}"
            f"{' NULLS NOT DISTINCT' if node.get('nulls_not_distinct') else ''}{options}{where}"
        ),
        columns=tuple(element.get("name") for element in elements),
        is_unique=bool(node.get("unique")),
        is_valid=True,
        is_partial=tree is not None,
        bytes=0,
        expression_columns=_read_columns(elements, included, trees, holder),
        is_partitioned=is_partitioned,
    ), trees


def _element_names(elements: Iterable[Tree]) -> list[str]:
    return [element.get("name", "expr") for element in elements]


def _read_columns(
    elements: Iterable[Tree], included: Iterable[str], trees: Sequence[Tree], holder: TableDraft | ViewDraft
) -> tuple[str, ...]:
    plain = {element["name"] for element in elements if "name" in element}
    known = list(holder.columns) if isinstance(holder, TableDraft) else None
    return tuple(sorted({*plain, *included, *columns_of(list(trees), known)}))


def _only(table: TableDraft) -> str:
    return "ONLY " if table.kind == "p" else ""
