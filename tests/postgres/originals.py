"""Originals sought as a plan has them sought: rules by table, the questions put to a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg
from pydantic import TypeAdapter

from masker.catalog.read import read_catalog
from masker.errors import Position, Problem
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import SessionBindings, derive
from masker.names import TableName
from masker.postgres.connect import apply_settings, connect, parse_url
from masker.postgres.originals import look, search
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.tables.reading import mask_table
from masker.tables.seek import questions
from masker.tables.shown import Answers
from masker.tables.witness import SEED_SETTING, witness
from masker.verify.originals import masked_findings, shown_findings
from masker.verify.witness import draw, prove

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)

Rules = Mapping[str, Mapping[str, Any]]


class Source:
    """A database and a session that reads it as masker does."""

    def __init__(self, url: str, *statements: str) -> None:
        self.conn: psycopg.Connection = connect(
            parse_url(url, Side.SOURCE), settings={"default_transaction_read_only": "off"}
        )
        self.run(*statements)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.conn.close()

    def run(self, *statements: str) -> None:
        """Execute *statements* with public on the search path."""
        with self.conn.transaction():
            self.conn.execute("SET LOCAL search_path = public")
            for statement in statements:
                self.conn.execute(statement.encode())

    def plans(
        self, rules: Rules, *, locale: str = "ja_JP", where: Mapping[str, str] | None = None
    ) -> tuple[dict[TableName, TablePlan], SessionBindings]:
        """The plan of every table, and what its masks need."""
        catalog = read_catalog(self.conn)
        bindings, problems, found = SessionBindings(), list[Problem](), {}
        for name, table in catalog.tables.items():
            columns = {}
            for at, (column_name, written) in enumerate(rules.get(name.name, {}).items(), start=1):
                rule, column = _RULE.validate_python(written), table.column(column_name)
                assert column is not None, column_name
                columns[column_name] = ColumnDecision(
                    column=column, rule=rule, position=Position("rules.yml", at, 1), locale=rule.locale or locale
                )
            decision = TableDecision(table=table, columns=columns, where=(where or {}).get(name.name))
            read = mask_table(decision, catalog, bindings, {}, problems)
            found[name] = TablePlan(
                table=table,
                action="mask" if read.masked else "copy",
                masked=read.masked,
                kept=read.kept,
                keeping=read.keeping,
                free=read.free,
                where=read.where,
            )
        assert problems == []
        return found, bindings

    def mask(self, table: str, rules: Rules, *columns: str) -> None:
        """Mask *columns* of *table* where they stand, by the key that is used here."""
        plans, bindings = self.plans(rules)
        apply_settings(self.conn, derive(bytes(range(32)), bindings.used))
        made = {mask.name: mask.sql for mask in plans[TableName("public", table)].masked}
        self.run(f"UPDATE {table} SET " + ", ".join(f"{name} = {made[name]}" for name in columns))

    def failures(self, table: str, rules: Rules, planted: Mapping[str, str] | None = None, **more: Any) -> list[str]:
        """What a verification finds wrong with originals of *table*, with other expressions *planted* in the place of
        masks, by column."""
        plans, bindings = self.plans(rules, **more)
        plan = plans[TableName("public", table)]
        plan = replace(
            plan, masked=tuple(replace(mask, sql=(planted or {}).get(mask.name, mask.sql)) for mask in plan.masked)
        )
        apply_settings(self.conn, {**derive(bytes(range(32)), bindings.used), SEED_SETTING: "1"})
        asked = witness(plan.table, plan)
        sample = draw(self.conn, asked, is_sample=True, rows=plan.table.rows, pages=plan.table.pages)
        said = prove(self.conn, asked, sample, source=True)
        answers = look(self.conn, questions(plan, {**plans, plan.table.name: plan}, read_catalog(self.conn)))
        left = {asked.columns[at].name: count for at, count in said.unchanged.items()}
        findings = [*masked_findings(plan, left, answers), *shown_findings(plan, answers, is_asked=True)]
        assert findings
        return [str(finding).partition("   ")[2] for finding in findings if not finding.is_good]

    def answers(self, table: str, rules: Rules, *, rows: int | None = None, **more: Any) -> Answers:
        """What is found of *table* under *rules*, by a search of so many *rows* alone if they are given."""
        plans, bindings = self.plans(rules, **more)
        apply_settings(self.conn, derive(bytes(range(32)), bindings.used))
        asked = questions(plans[TableName("public", table)], plans, read_catalog(self.conn))
        return look(self.conn, asked) if rows is None else search(self.conn, asked, rows=rows)

    def shown(self, table: str, rules: Rules, **more: Any) -> dict[tuple[str, str], int]:
        """Where originals stand that no rule lets stand there, and in how many rows: by column and original."""
        return {(s.column, s.original.title): s.own for s in self.answers(table, rules, **more).shown}
