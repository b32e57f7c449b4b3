"""How alike the planners of both servers see the bookshop."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

import psycopg
from psycopg import sql

from masker.demo.stage import Stage
from masker.settings import ShapeOptions
from masker.shape.report import Report
from masker.shape.run import compare_shape

#: The query that both sides' plans are shown of: customers of one family name, each side by the name that it knows them
#: by.
_FOUND_BY_NAME = "SELECT id, email FROM users WHERE last_name_kana = $1 ORDER BY first_name_kana LIMIT 20"
_COMMONEST_NAME = "SELECT last_name_kana FROM users GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One query and its plan on a side for its commonest name: *steps* from the outermost inwards, and how many
    *rows* the planner expects of its table."""

    steps: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How alike both servers' planners see their rows, and what they do with one *query*."""

    report: Report
    query: str
    production: Planned
    preview: Planned


def compare_shapes(stage: Stage) -> Shape:
    """Hold the bookshop's queries and the masked columns of both sides against each other."""
    with as_file(files("masker.demo") / "queries.sql") as path:
        report = compare_shape(stage.settings, ShapeOptions(queries=path))
    with psycopg.connect(stage.source) as source, psycopg.connect(stage.target) as target:
        before, after = (_planned(conn) for conn in (source, target))
    return Shape(report=report, query=_FOUND_BY_NAME, production=before, preview=after)


def _planned(conn: psycopg.Connection) -> Planned:
    """The plan for the commonest name of *conn*'s side."""
    row = conn.execute(_COMMONEST_NAME.encode()).fetchone()
    name = str(row[0]) if row else ""
    query = sql.SQL("EXPLAIN (FORMAT json) " + _FOUND_BY_NAME.replace("$1", "{}")).format(sql.Literal(name))
    found = conn.execute(query).fetchone()
    node = found[0][0]["Plan"] if found else {}
    steps: list[str] = []
    rows = 0
    while node:
        index = f" using {node['Index Name']}" if "Index Name" in node else ""
        table = f" on {node['Relation Name']}" if "Relation Name" in node else ""
        steps.append(f"{node['Node Type']}{index}{table}")
        rows = int(node["Plan Rows"])
        node = next(iter(node.get("Plans", ())), None)
    return Planned(steps=tuple(steps), rows=rows)
