"""Rule: a projection that only picks and renames columns of a projection becomes one with it.

MATCH (n) WITH n.x AS x, n.y AS y RETURN y AS z

Project y AS z                    Project n.y AS z
Project n.x AS x, n.y AS y   ->   NodeScan (n)
NodeScan (n)                      Unit
Unit
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf


def merge_projections(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    result: list[Inner] = []
    for operator in operators:
        below = result[-1] if result else None
        if isinstance(operator, plan.Project) and isinstance(below, plan.Project):
            merged = _merged(operator, below)
            if merged is not None:
                result[-1] = merged
                continue
        result.append(operator)
    return result


def _merged(upper: plan.Project, lower: plan.Project) -> plan.Project | None:
    expressions = dict(lower.items)
    used: set[str] = set()
    items: list[tuple[str, ex.Expression]] = []
    for name, value in upper.items:
        if not isinstance(value, ex.Variable):
            return None
        below = expressions[value.name]
        # What is computed once must not be computed twice.
        if value.name in used and not isinstance(below, ex.Variable):
            return None
        used.add(value.name)
        items.append((name, below))
    return plan.Project(lower.input, tuple(items))
