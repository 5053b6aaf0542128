"""Rule: what finds nodes does not carry along the columns that nobody reads above it.

    MATCH (a {`~id`: $x})-[r]->(b)-[s]->(c) RETURN c

    Project c                                    Project c
    Expand (b)-[s]->(c) distinct from r          Expand (b)-[s]->(c) distinct from r forgets b, r, s
    Expand (a)-[r]->(b)                     ->   Expand (a)-[r]->(b) forgets a
    NodeSeek (a) = $x                            NodeSeek (a) = $x
    Unit                                         Unit

A step to neighbours copies each column of its input once for every edge, a search by `~id` those of
each row. It runs last: no rule has to know of columns that are gone.
"""

from __future__ import annotations

import dataclasses

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import (
    Inner,
    Leaf,
    add_columns,
    bound_by,
    columns,
    read_by,
)

_FORGETTING = plan.NodeSeek | plan.Expand | plan.Intersect
_REPLACING = plan.Project | plan.Aggregate | plan.CountPaths | plan.Union


def forget_columns(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, _FORGETTING) for operator in operators):
        return operators
    present = set(bound_by(leaf))
    result: list[Inner] = []
    for operator, needed in zip(operators, _needed_above(leaf, operators), strict=True):
        present = add_columns(present, operator)
        if isinstance(operator, _FORGETTING) and not present <= needed:
            forgotten = tuple(sorted(present - needed))
            operator = dataclasses.replace(operator, forgets=forgotten)
            present = present & needed
        result.append(operator)
    return result


def _needed_above(leaf: Leaf, operators: list[Inner]) -> list[set[str]]:
    """For each operator the columns of its rows that somebody reads."""
    needed = set(columns(leaf, operators))
    found: list[set[str]] = []
    for operator in reversed(operators):
        found.append(set(needed))
        if isinstance(operator, _REPLACING):
            needed = set()
        needed.difference_update(bound_by(operator))
        needed.update(read_by(operator))
    found.reverse()
    return found
