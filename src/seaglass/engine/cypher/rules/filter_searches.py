"""Rule: what must be true of each edge or node of a shortest path says where the search may go.

    MATCH p = shortestPath((a)-[r*]->(b)) WHERE all(e IN r WHERE e.w > 1) AND length(p) > 2

    Unwind shortestPaths((a)-[*]->(b)              Unwind shortestPaths((a)-[*]->(b)
      EACH PATH p WHERE                              EACH RELATIONSHIP e WHERE e.w > 1
      all(e IN relationships(p) WHERE e.w > 1) ->    EACH PATH p WHERE length(p) > 2) AS p
      AND length(p) > 2) AS p

Paths are tried one by one for a test of whole paths; where none is left, one breadth-first search
finds the shortest. `all` and `none` over `relationships(p)` or `nodes(p)` say something of each
edge or node, if they do not read the path besides, nor draw random values. What stands inside a
shortestPath() that is an expression is such a test as well.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import (
    conjunction,
    conjuncts,
    contains_volatile,
    rewrite,
    variables,
)
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.logical.operators import Inner, Leaf


def filter_searches(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    return with_tests_apart(operators, lambda _: True)


def with_tests_apart(operators: list[Inner], may: Callable[[ex.Test], bool]) -> list[Inner]:
    """The operators, with tests of edges and nodes by themselves. Args: may: which of them"""
    return [_filtered(operator, may) for operator in operators]


def _filtered(operator: Inner, may: Callable[[ex.Test], bool]) -> Inner:
    def apart(expression: ex.Expression) -> ex.Expression:
        return rewrite(expression, change)

    def change(part: ex.Expression) -> ex.Expression | None:
        match part:
            case ex.ShortestPaths(tests=ex.Tests(path=ex.Test() as test)):
                return dataclasses.replace(part, tests=_apart(test, may))
            case _:
                return None

    match operator:
        case plan.Unwind(list=listed):
            return dataclasses.replace(operator, list=apart(listed))
        case plan.Filter(predicate=predicate):
            return dataclasses.replace(operator, predicate=apart(predicate))
        case plan.Project(items=items):
            renewed = tuple([(name, apart(value)) for name, value in items])
            return dataclasses.replace(operator, items=renewed)
        case _:
            return operator


def _apart(test: ex.Test, may: Callable[[ex.Test], bool]) -> ex.Tests:
    """A test of whole paths as tests of their edges, of their nodes, and what is left."""
    found: dict[str, list[ex.Test]] = {"relationships": [], "nodes": []}
    rest: list[ex.Expression] = []
    for predicate in conjuncts(test.predicate):
        own = _of_each(predicate, test.local)
        if own is None or not may(own[1]):
            rest.append(predicate)
        else:
            found[own[0]].append(own[1])
    path = ex.Test(test.local, conjunction(rest)) if rest else None
    return ex.Tests(_joined(found["relationships"]), _joined(found["nodes"]), path)


def _of_each(predicate: ex.Expression, path: str) -> tuple[str, ex.Test] | None:
    """What a condition says of each item, and which list of the path the items are."""
    match predicate:
        case ex.Quantifier(
            quantifier=(ex.QuantifierName.ALL | ex.QuantifierName.NONE) as quantifier,
            list=ex.FunctionCall(
                name=("relationships" | "nodes") as name, arguments=(ex.Variable(name=of),)
            ),
        ) if of == path:
            inner = predicate.predicate
            if path in variables(inner) or contains_volatile(inner, VOLATILE):
                return None
            if quantifier is ex.QuantifierName.NONE:
                inner = ex.Unary(ex.UnaryOperator.NOT, inner, inner.at)
            return name, ex.Test(predicate.local, inner)
        case _:
            return None


def _joined(tests: list[ex.Test]) -> ex.Test | None:
    """All the tests as one."""
    if not tests:
        return None
    local = tests[0].local
    predicates = [
        rewrite(
            test.predicate,
            lambda part, own=test.local: (  # type: ignore[misc]
                ex.Variable(local, part.at)
                if isinstance(part, ex.Variable) and part.name == own
                else None
            ),
        )
        for test in tests
    ]
    return ex.Test(local, conjunction(predicates))
