"""Rule: where equal rows count as one, ends are searched instead of paths.

    MATCH (a:A)-[*1..4]->(b) RETURN count(DISTINCT b) AS n

    Aggregate count(DISTINCT b) AS n          Aggregate count(DISTINCT b) AS n
    ExpandMany (a)-[*1..4]->(b)         ->    ExpandMany (a)-[*1..4]->(b) ends once
    NodeScan (a:A)                            NodeScan (a:A)
    Unit                                      Unit

A graph has as many nodes as it has, and paths without number. Equal rows count as one below a
DISTINCT, and below a grouping all of whose aggregates are DISTINCT, `min` or `max`, through
operators that work row by row. A least length of more than 1 stays: a node may be near and have a
longer path as well.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.logical.operators import Inner, Leaf


def reach_ends(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.ExpandMany) for operator in operators):
        return operators
    result: list[Inner] = []
    once = False
    for operator in reversed(operators):
        if isinstance(operator, plan.ExpandMany) and once and _asks_for_ends(operator):
            operator = dataclasses.replace(operator, ends_once=True)
        once = _once_below(operator, once=once)
        result.append(operator)
    result.reverse()
    return result


def _asks_for_ends(operator: plan.ExpandMany) -> bool:
    plain = not (operator.listed or operator.edge_bound or operator.distinct_from)
    return plain and operator.steps.low <= 1


def _once_below(operator: Inner, *, once: bool) -> bool:
    """Whether equal rows below the operator count as one, if they do above it or not (`once`)."""
    match operator:
        case plan.Distinct():
            return True
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            fit = all(item.distinct or item.name in ("min", "max") for _, item in aggregates)
            return fit and not _any_volatile([value for _, value in keys])
        case plan.Filter(predicate=predicate):
            return once and not _any_volatile([predicate])
        case plan.Project(items=items):
            return once and not _any_volatile([value for _, value in items])
        case plan.Unwind(list=listed):
            return once and not _any_volatile([listed])
        case plan.NodeScan() | plan.NodeSeek() | plan.Expand() | plan.ExpandMany() | plan.Sort():
            return once
        case _:
            return False


def _any_volatile(expressions: list[ex.Expression]) -> bool:
    return any(contains_volatile(expression, VOLATILE) for expression in expressions)
