"""Binding of queries and patterns inside expressions: EXISTS, COUNT, COLLECT, pattern predicates and
pattern comprehensions.

Above: the binder of expressions meets them. Below: the binders of clauses and patterns, `logical`.
Inside, all variables of the place are seen under the names that the query writes; what of them is
used becomes an argument, so that the expression outside shows all that it reads.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.inside import counted, narrowed, number_rows, only_its_rows
from seaglass.engine.cypher.logical.operators import all_operators, chain, expressions_of, writes
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.survey import first_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.base.errors import Invalid
    from seaglass.engine.cypher.semantics.expressions import ExpressionBinder, Scope
    from seaglass.engine.cypher.semantics.names import FreshNames
    from seaglass.engine.cypher.semantics.patterns import PatternBinder

    # A query and the variables that it sees -> its clauses; the clauses -> their plan, as it runs.
    Makers = tuple[
        Callable[[ast.Statement, Scope], bound.Body], Callable[[bound.Body], plan.Operator]
    ]

_NOTHING = bound.Projection(None, (), (), (), False, (), None, None, None)


class SubqueryBinder:
    """Binds what runs inside the expressions of one query; gathers the plans."""

    def __init__(
        self,
        expressions: ExpressionBinder,
        patterns: PatternBinder,
        names: FreshNames,
        makers: Makers,
    ) -> None:
        self.plans: list[plan.Operator] = []
        # Whether `size((a)-->())` counts; openCypher's TCK demands that it is refused.
        self.sizes_patterns = False
        self._expressions = expressions
        self._patterns = patterns
        self._names = names
        self._bind, self._plan_of = makers

    def misplaced(self, node: ast.PatternPredicate) -> Invalid:
        """The error of a pattern where no boolean stands."""
        return self._expressions.source.malformed(
            node.at,
            "A pattern is a condition and stands where a boolean is needed, as in WHERE;"
            " elsewhere write `exists((a)-->(b))`, `COUNT { (a)-->(b) }` or `[(a)-->(b) | b]`",
        )

    def predicate(
        self,
        node: ast.PatternPredicate,
        kind: ex.SubqueryKind = ex.SubqueryKind.EXISTS,
    ) -> ex.Expression:
        """A pattern as a condition, or how often it is found; it makes no variables."""
        with self._expressions.inside() as scope:
            parts: list[ast.NodePattern | ast.EdgePattern] = [*node.path.nodes, *node.path.edges]
            for part in sorted(parts, key=lambda part: part.at):
                if part.name is not None and part.name not in scope:
                    raise self._expressions.undefined(part.name, part.at, scope)
            paths, _ = self._patterns.match((node.path,), scope)
        body = bound.Body(tuple(scope), (bound.Match(paths, None),), False, {})
        return self._made(kind, body, node.at)

    def size(self, node: ast.PatternComprehension | ast.PatternPredicate) -> ex.Expression:
        """The size of a pattern comprehension: where the result cannot fail, no list is made."""
        if isinstance(node, ast.PatternPredicate):
            if not self.sizes_patterns:
                raise self.misplaced(node)
            return self.predicate(node, ex.SubqueryKind.COUNT)
        before = len(self.plans)
        found = self.comprehension(node)
        if not isinstance(node.result, ast.Literal | ast.Name | ast.Parameter):
            return ex.FunctionCall("size", (found,), found.at)
        del self.plans[before:]
        match = ast.Match((node.path,), node.where, False, node.at)
        return self.subquery(ast.Subquery("count", ast.Query((match,), node.at), node.at))

    def comprehension(self, node: ast.PatternComprehension) -> ex.Subquery:
        """A pattern comprehension: a MATCH and a projection to one column."""
        column = self._names.make("c")
        where = None
        with self._expressions.inside() as scope:
            paths, after = self._patterns.match((node.path,), scope)
            if node.where is not None:
                where = self._expressions.predicate(node.where, after)
            place = "inside a pattern comprehension; compute it in a WITH before"
            result = self._expressions.bind(node.result, after, place)
        items = ((column, result),)
        project = bound.Projection(None, items, (), (), False, (), None, None, None)
        clauses = (bound.Match(paths, where), project)
        body = bound.Body(tuple(scope), clauses, True, {})
        return self._made(ex.SubqueryKind.COLLECT, body, node.at, column)

    def subquery(self, node: ast.Subquery) -> ex.Expression:
        """EXISTS { }, COUNT { } and COLLECT { }; they write nothing."""
        kind = ex.SubqueryKind(node.kind.upper())
        write = first_write(node.query)
        if write is not None:
            raise self._expressions.source.malformed(
                write.at, f"{kind} {{ }} only reads; it cannot hold what writes", Code.CLAUSE_ORDER
            )
        with self._expressions.inside() as scope:
            body = self._bind(node.query, scope)
        if kind is not ex.SubqueryKind.COLLECT:
            return self._made(kind, body, node.at)
        if len(body.columns) != 1:
            raise self._expressions.source.malformed(
                node.at,
                "COLLECT { } makes a list of one column: its query ends with a RETURN of one item",
            )
        return self._made(kind, body, node.at, next(iter(body.columns)))

    def _made(
        self, kind: ex.SubqueryKind, body: bound.Body, at: int, column: str | None = None
    ) -> ex.Subquery:
        if kind is not ex.SubqueryKind.COLLECT:
            # Nothing of a row is wanted but that it is there; the rules drop what only others read.
            body = dataclasses.replace(body, clauses=(*body.clauses, _NOTHING))
        whole = self._plan_of(body)
        if writes(whole):
            raise self._expressions.source.malformed(
                at, f"{kind} {{ }} only reads; it cannot hold what writes", Code.CLAUSE_ORDER
            )
        inner = only_its_rows(whole) if column is None else narrowed(whole, (column,))
        leaf, _ = chain(inner)
        arguments = tuple([(name, self._expressions.variable(name, at)) for name in _names(leaf)])
        row: str | None = self._names.make("r")
        assert row is not None
        numbered = number_rows(inner, row)
        if numbered is None:
            row = None
        elif kind is ex.SubqueryKind.COUNT:
            column = self._names.make("c")
            inner = counted(numbered, row, column)
        elif kind is ex.SubqueryKind.EXISTS and isinstance(numbered, plan.Expand):
            # Counted by degrees, no edge is looked at.
            inner = counted(numbered, row, self._names.make("c"))
        else:
            inner = numbered
        self.plans.append(inner)
        position = self._expressions.source.position(at)
        return ex.Subquery(kind, arguments, inner, row, column, _is_volatile(inner), position)


def _names(leaf: plan.Operator) -> tuple[str, ...]:
    assert isinstance(leaf, plan.Argument)
    return leaf.names


def _is_volatile(root: plan.Operator) -> bool:
    return any(
        contains_volatile(expression, VOLATILE)
        for operator in all_operators(root)
        for expression in expressions_of(operator)
    )
