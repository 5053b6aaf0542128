"""Rule: sorting of which only the first rows are wanted keeps only these.

    MATCH (n) RETURN n.x AS x ORDER BY x SKIP 2 LIMIT 3

    Limit 3                       Limit 3
    Skip 2                        Skip 2
    Sort x                   ->   Top 5 BY x
    Project n.x AS x              Project n.x AS x
    NodeScan (n)                  NodeScan (n)
    Unit                          Unit

Without SKIP the limit itself goes. With it the limit stays, because it checks a parameter that the
sum would hide. Counts that are drawn by chance stay as they are: a Top would draw others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf


def top(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.Limit) for operator in operators):
        return operators
    result: list[Inner] = []
    for operator in operators:
        if isinstance(operator, plan.Limit):
            below = result[-1] if result else None
            if isinstance(below, plan.Sort):
                result[-1] = plan.Top(below.input, below.keys, operator.count)
                continue
            sort = result[-2] if len(result) > 1 else None
            if isinstance(below, plan.Skip) and isinstance(sort, plan.Sort):
                result[-2] = _through(sort, below.count, operator.count)
        result.append(operator)
    return result


def _through(sort: plan.Sort, skip: ex.Expression, limit: ex.Expression) -> plan.Sort | plan.Top:
    """What gives the rows that a SKIP and a LIMIT above it go through."""
    if any(contains_volatile(count, VOLATILE) for count in (skip, limit)):
        return sort
    if isinstance(skip, ex.Literal) and isinstance(limit, ex.Literal):
        both = (skip.value, limit.value)
        if isinstance(both[0], int) and isinstance(both[1], int):
            # Past the largest integer there are no rows to lose.
            count = ex.Literal(min(both[0] + both[1], 2**63 - 1), limit.at)
            return plan.Top(sort.input, sort.keys, count)
    return plan.Top(sort.input, sort.keys, limit, skip)
