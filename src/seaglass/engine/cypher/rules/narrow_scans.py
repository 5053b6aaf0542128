"""Rule: a scan is told the values that its nodes must have, so that value indexes can find them.

    MATCH (n:A) WHERE n.y > $x AND n.y <> n.z RETURN n

    Filter (n.y > $x) AND (n.y <> n.z)          Filter (n.y > $x) AND (n.y <> n.z)
    NodeScan (n:A)                       ->     NodeScan (n:A) by y > $x
    Unit                                        Unit

The filter stays whole: an index may find more than is meant, or nothing may be indexed at all.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import conjuncts
from seaglass.engine.cypher.rules.sought import sought_of

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf


def narrow_scans(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    result = list(operators)
    for place, operator in enumerate(operators[:-1]):
        above = operators[place + 1]
        if isinstance(operator, plan.NodeScan) and isinstance(above, plan.Filter):
            found = [sought_of(part, operator.variable) for part in conjuncts(above.predicate)]
            sought = tuple([item for item in found if item is not None])
            if sought:
                result[place] = dataclasses.replace(operator, sought=sought)
    return result
