"""Rule: what a column holds is computed only for the rows that a LIMIT leaves.

    MATCH (n) RETURN n.x AS x, n.y AS y ORDER BY x LIMIT 3

    Top 3 BY x                              Project x, n.y AS y
    Project n.x AS x, n.y AS y         ->   Top 3 BY x
    NodeScan (n)                            Project n.x AS x, n
    Unit                                    NodeScan (n)
                                            Unit

SKIP and LIMIT pass projections whole, however many stand one after the other; a Top leaves behind what its keys need.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, read_by
from seaglass.engine.cypher.logical.walk import variables


def delay_projection(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.Limit | plan.Top) for operator in operators):
        return operators
    result: list[Inner] = []
    for operator in operators:
        below = result[-1] if result else None
        if isinstance(below, plan.Project):
            if isinstance(operator, plan.Skip | plan.Limit):
                result.insert(_above(result), operator)
                continue
            if isinstance(operator, plan.Top):
                result[-1:] = _around(operator, below)
                continue
        result.append(operator)
    return result


def _above(operators: list[Inner]) -> int:
    """The place below all projections at the end."""
    place = len(operators)
    while place and isinstance(operators[place - 1], plan.Project):
        place -= 1
    return place


def _around(operator: plan.Top, project: plan.Project) -> list[Inner]:
    """The operators that take the place of a projection and the Top above it."""
    needed = read_by(operator)
    early = {name: value for name, value in project.items if name in needed}
    late = [(name, value) for name, value in project.items if name not in needed]
    if all(isinstance(value, ex.Variable) for _, value in late):
        return [project, operator]
    for _, value in late:
        for name in variables(value):
            passed = early.setdefault(name, ex.Variable(name, value.at))
            if not isinstance(passed, ex.Variable) or passed.name != name:
                return [project, operator]
    final = tuple(
        [
            (name, ex.Variable(name, value.at) if name in needed else value)
            for name, value in project.items
        ]
    )
    return [
        plan.Project(project.input, tuple(early.items())),
        operator,
        plan.Project(operator, final),
    ]
