"""SQL that goes to the server as it was written, within the expressions that masks are built of.

A :class:`Verbatim` is rendered as its own text with expressions in its holes, always in parentheses. What comes out is
read once more by PostgreSQL's grammar: it has to mean the judged trees in the places where they were put, and ours
around them, or nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.generators.postgres import PostgresGenerator

from masker.masks.sql import grammar
from masker.masks.sql.formula import Formula, Verbatim
from masker.masks.sql.grammar import GrammarError, Shape
from masker.masks.sql.judged import ExpressionError, Fault, Judged, Moment, Named, Operator
from masker.masks.sql.writer import written, written_with_texts
from masker.names import quote


def assembled(judged: Judged, stand_in: Callable[[Named | Moment], exp.Expression]) -> exp.Expression:
    """*judged* with what *stand_in* gives for its names and moments."""
    source = judged.text.encode()
    at = len(source) - len(source.lstrip())
    texts: list[str] = []
    expressions: list[exp.Expression] = []
    written = "("
    for hole in judged.holes:
        written += source[at : hole.start].decode()
        at = hole.end
        if isinstance(hole.what, Operator):
            written += f" {_operator(hole.what)} "
        else:
            texts.append(written)
            expressions.append(stand_in(hole.what))
            written = ""
    texts.append(written + source[at:].decode().rstrip() + ")")
    return Verbatim(texts=texts, expressions=expressions, judged=judged)


def _operator(found: Operator) -> str:
    return f"OPERATOR({quote(found.schema)}.{found.name})"


class _Writer(Postgres):
    """PostgreSQL, and texts as they are."""

    class Generator(PostgresGenerator):
        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **PostgresGenerator.TRANSFORMS,
            Verbatim: lambda self, node: self.verbatim(node),
            Formula: lambda self, node: self.formula(node),
        }

        def formula(self, node: Formula) -> str:
            first, *others = node.args["texts"]
            return str(first) + "".join(
                self.sql(hole) + text for hole, text in zip(node.expressions, others, strict=True)
            )

        def verbatim(self, node: Verbatim) -> str:
            first, *others = node.args["texts"]
            return str(first) + "".join(
                self.sql(hole) + text for hole, text in zip(node.expressions, others, strict=True)
            )


def render(expression: exp.Expression) -> str:
    """The SQL of *expression*, every identifier of ours quoted, comments left out. Raises ExpressionError where a text
    would not stay in its place."""
    if (found := written_with_texts(expression)) is not None:
        sql, has_texts = found
    else:
        sql, has_texts = generated(expression), expression.find(Verbatim) is not None
    if not has_texts:
        return sql
    try:
        if grammar.shape(grammar.expression(sql)) == _meant(expression):
            return sql
        fault = Fault("the expression means something else where it is put", "put parentheses around its parts")
    except (GrammarError, RecursionError) as error:
        why = str(error) if isinstance(error, GrammarError) else "it is nested too deep"
        fault = Fault(
            f"the expression cannot be put where it belongs: {why}",
            "write it shorter, or let it read fewer masked columns",
        )
    raise ExpressionError([fault])


def generated(expression: exp.Expression) -> str:
    """The SQL of *expression* as sqlglot writes it."""
    return _Writer.Generator(dialect=_Writer(), identify=True, comments=False).generate(expression, copy=False)


def _meant(expression: exp.Expression) -> Shape:
    """What *expression* is to mean: our own part as the grammar reads it, the judged trees where their texts stand."""
    if isinstance(expression, exp.Column) and not expression.table:
        return grammar.shape({"ColumnRef": {"fields": [{"String": {"sval": expression.name}}]}})
    found: list[Verbatim] = []

    def marked(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, Verbatim):
            return node
        found.append(node)
        return Formula(texts=[f"${len(found)}"], expressions=[])

    ours = expression.transform(marked)
    plain = written(ours)
    tree = grammar.expression(generated(ours) if plain is None else plain)
    return grammar.shape(tree, parameters=[_meant_verbatim(text) for text in found])


def _meant_verbatim(verbatim: Verbatim) -> Shape:
    judged: Judged = verbatim.args["judged"]
    expressions = iter(verbatim.expressions)
    instead = {id(hole.node): _meant(next(expressions)) for hole in judged.holes if not isinstance(hole.what, Operator)}
    return grammar.shape(judged.tree, instead=instead)
