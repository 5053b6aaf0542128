"""Rule: a node that is reached from several nodes is looked for among the neighbours of all.

    MATCH (a)-[r]->(b)-[s]->(c)-[t]->(a) RETURN c

    Expand (c)-[t]->(a) bound a             Intersect (b)-[s]->(c); (a)<-[t]-(c)
    Expand (b)-[s]->(c)               ->    Expand (a)-[r]->(b)
    Expand (a)-[r]->(b)

The plain plan goes to each neighbour of `b`, and asks each whether it leads back; `b` may have a
million of them, and `a` two. Intersecting looks at the shortest list first, and so never at more
than the greatest number of answers that such a pattern can have (worst-case optimal). It runs after
`choose_start`, which puts edges that close a circle right after the node that they lead to.
Conditions that stand between the edges move above them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import add_columns, bound_by
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf

_REVERSED = {
    plan.Direction.OUT: plan.Direction.IN,
    plan.Direction.IN: plan.Direction.OUT,
    plan.Direction.BOTH: plan.Direction.BOTH,
}


def intersect(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(_may_close(operator) for operator in operators):
        return operators
    result: list[Inner] = []
    there = set(bound_by(leaf))
    place = 0
    while place < len(operators):
        operator = operators[place]
        taken = 1
        if isinstance(operator, plan.Expand) and not (operator.target_bound or operator.edge_bound):
            legs, filters, taken = _closed(operator, operators[place + 1 :], there)
            if len(legs) > 1:
                result.append(plan.Intersect(plan.Unit(), operator.target, tuple(legs)))
                result.extend(filters)
            else:
                taken = 1
        if taken == 1:
            result.append(operator)
        for done in operators[place : place + taken]:
            there = add_columns(there, done)
        place += taken
    return result


def _may_close(operator: Inner) -> bool:
    return isinstance(operator, plan.Expand) and operator.target_bound and not operator.edge_bound


def _closed(
    first: plan.Expand, after: list[Inner], there: set[str]
) -> tuple[list[plan.Leg], list[plan.Filter], int]:
    """The legs that lead to the target of an expansion, the filters between them, and how many
    operators these are."""
    legs = [_leg(first, first.source, first.direction)]
    filters: list[plan.Filter] = []
    between: list[plan.Filter] = []
    taken = 1
    for place, operator in enumerate(after):
        if isinstance(operator, plan.Filter):
            if contains_volatile(operator.predicate, VOLATILE):
                break
            between.append(operator)
            continue
        if not isinstance(operator, plan.Expand) or not _may_close(operator):
            break
        known = there | {leg.edge for leg in legs}
        if not set(operator.distinct_from) <= known:
            break
        if operator.target == first.target and operator.source in there:
            legs.append(_leg(operator, operator.source, operator.direction))
        elif operator.source == first.target and operator.target in there:
            legs.append(_leg(operator, operator.target, _REVERSED[operator.direction]))
        else:
            break
        filters += between
        between = []
        taken = place + 2
    return legs, filters, taken


def _leg(step: plan.Expand, source: str, direction: plan.Direction) -> plan.Leg:
    return plan.Leg(source, step.edge, step.types, direction, step.distinct_from)
