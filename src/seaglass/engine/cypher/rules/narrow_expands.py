"""Rule: an expansion from all nodes is told the values that its edges must have, so that value
indexes can find them.

    MATCH (a:A)-[r:T]->(b) WHERE r.w = $x AND r.w <> b.w RETURN a

    Filter (r.w = $x) AND (r.w <> b.w)          Filter (r.w = $x) AND (r.w <> b.w)
    Expand (a)-[r:T]->(b)                ->     Expand (a)-[r:T]->(b) by r.w = $x
    NodeScan (a:A)                              NodeScan (a:A)
    Unit                                        Unit

The edges are looked up before any node is known, where by statistics that is less than all steps;
so their values may depend on neither end. Nodes that must equal something are few themselves, and
edges are not sought then. The filters stay whole: an index may find more than is meant.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import conjuncts, contains_volatile, variables
from seaglass.engine.cypher.rules.sought import sought_of
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf

_EQUAL = (ex.BinaryOperator.EQ, ex.BinaryOperator.IN, ex.BinaryOperator.STARTS_WITH)


def narrow_expands(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    result = list(operators)
    for place, operator in enumerate(operators[:-1]):
        above = operators[place + 1]
        if (
            isinstance(operator, plan.Expand)
            and isinstance(above, plan.Filter)
            and not (operator.edge_bound or operator.target_bound)
            and _comes_from_all(operators[:place], operator.source)
        ):
            ends = {operator.source, operator.target}
            found = [sought_of(part, operator.edge) for part in conjuncts(above.predicate)]
            sought = tuple(
                [item for item in found if item and ends.isdisjoint(variables(item.value))]
            )
            if sought:
                result[place] = dataclasses.replace(operator, sought=sought)
    return result


def _comes_from_all(below: list[Inner], source: str) -> bool:
    """Whether the node comes right from a scan, and maybe a filter, none of which finds few."""
    conditions: list[ex.Expression] = []
    if below and isinstance(below[-1], plan.Filter):
        conditions = conjuncts(below[-1].predicate)
        below = below[:-1]
    scanned = below and isinstance(below[-1], plan.NodeScan) and below[-1].variable == source
    return bool(scanned) and not any(
        contains_volatile(condition, VOLATILE)
        or ((item := sought_of(condition, source)) is not None and item.operator in _EQUAL)
        for condition in conditions
    )
