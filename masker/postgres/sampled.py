"""Where a sample of a column is taken: from some blocks of its table, or of some tables of a tree of many."""

from __future__ import annotations

from psycopg import sql

from masker.tables.pools import Steering

#: Rows of a sample. What has no more is counted whole, and statistics of what has no more are taken at their word.
SAMPLE = 30_000

#: Rows that a block is thought to hold at least where nobody has counted them; a row more than a block has is none.
ROWS_OF_A_PAGE = 8


def portion(one: Steering) -> float:
    """Which share of all rows is looked at."""
    return one.share * _percent(one) / 100


def sampled_from(one: Steering) -> sql.Composed:
    """What the rows that are looked at stand in, for a FROM; they may be more than a sample has."""
    percent = _percent(one)
    blocks = sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(round(percent, 6)))
    sample = blocks if percent < 100 else sql.SQL("")
    if not one.some:
        only = sql.SQL("" if one.is_tree else "ONLY ")
        return sql.SQL("{}{}{}").format(only, sql.Identifier(one.column.table.schema, one.column.table.name), sample)
    each = (
        sql.SQL("SELECT {} FROM ONLY {}{}").format(
            sql.Identifier(one.column.name), sql.Identifier(table.schema, table.name), sample
        )
        for table in one.some
    )
    return sql.SQL("({}) AS looked_at").format(sql.SQL(" UNION ALL ").join(each))


def _percent(one: Steering) -> float:
    """Of the blocks of the tables that are looked at."""
    rows = one.share * (one.rows if one.rows > 0 else float(one.pages * ROWS_OF_A_PAGE))
    return 100.0 if rows <= 2 * SAMPLE else min(100.0, 100.0 * 1.2 * SAMPLE / rows)
