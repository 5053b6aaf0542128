"""Rule: columns that nobody reads are not computed, and projections that change nothing go.

    MATCH (n) WITH n, n.x AS x, count(*) AS c RETURN n

    Project n                                  Project n
    Project n, x, c                       ->   Aggregate BY n, n.x AS x
    Aggregate count(*) AS c BY n, n.x AS x     NodeScan (n)
    NodeScan (n)                               Unit
    Unit

So the edges of a path of variable length are not listed where nobody reads the list.
Keys of a grouping and columns of a DISTINCT stay, since they decide which rows there are.
"""

from __future__ import annotations

import dataclasses

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import (
    Inner,
    Leaf,
    add_columns,
    bound_by,
    columns,
    read_by,
)


def drop_unused(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.Project | plan.Aggregate) for operator in operators):
        return operators
    needed = set(columns(leaf, operators))
    kept: list[Inner] = []
    for operator in reversed(operators):
        if isinstance(operator, plan.Project):
            items = tuple([item for item in operator.items if item[0] in needed])
            operator = plan.Project(operator.input, items)
            needed = set(read_by(operator))
        elif isinstance(operator, plan.Aggregate):
            used = tuple([item for item in operator.aggregates if item[0] in needed])
            operator = plan.Aggregate(operator.input, operator.keys, used)
            needed = set(read_by(operator))
        else:
            if isinstance(operator, plan.ExpandMany) and operator.edge not in needed:
                operator = dataclasses.replace(operator, listed=operator.edge_bound)
            needed.difference_update(bound_by(operator))
            needed.update(read_by(operator))
        kept.append(operator)
    kept.reverse()
    return _without_identities(leaf, kept)


def _without_identities(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    """The operators without projections that give just the columns that they get."""
    present = set(bound_by(leaf))
    result: list[Inner] = []
    for operator in operators:
        if isinstance(operator, plan.Project):
            same = all(
                isinstance(value, ex.Variable) and value.name == name
                for name, value in operator.items
            )
            if same and len(operator.items) == len(present):
                continue
        present = add_columns(present, operator)
        result.append(operator)
    return result
