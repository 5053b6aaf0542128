"""Rule: several CREATEs in a row become one.

    CREATE (a:A) CREATE (b:B) CREATE (a)-[:T]->(b)

    Create (a)-[` e1`:T]->(b)          Create (a:A), (b:B), (a)-[` e1`:T]->(b)
    Create (b:B)                  ->   Unit
    Create (a:A)
    Unit

Scripts that build a graph have hundreds of them, and each operator costs a pass over the rows. A
CREATE whose properties use what the one before makes stays apart, because properties are computed
before anything is made; and so does one whose properties ask the graph, since one CREATE makes all
its nodes before its edges.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, bound_by, expressions_of
from seaglass.engine.cypher.logical.walk import variables, walk


def merge_creates(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if sum(isinstance(operator, plan.Create) for operator in operators) < 2:
        return operators
    merged: list[Inner] = []
    group: list[plan.Create] = []
    made: set[str] = set()
    for operator in operators:
        create = operator if isinstance(operator, plan.Create) and not _asks(operator) else None
        if create is None or not _uses(create).isdisjoint(made):
            merged.extend(_joined(group))
            group, made = [], set()
        if create is None:
            merged.append(operator)
        else:
            group.append(create)
            made.update(bound_by(create))
    merged.extend(_joined(group))
    return merged


def _asks(create: plan.Create) -> bool:
    """Whether a property depends on what there is in the graph."""
    return any(
        isinstance(part, ex.Subquery | ex.ShortestPaths)
        for properties in expressions_of(create)
        for part in walk(properties)
    )


def _uses(create: plan.Create) -> set[str]:
    """The variables in the properties of all templates."""
    names: set[str] = set()
    for properties in expressions_of(create):
        names |= variables(properties)
    return names


def _joined(group: list[plan.Create]) -> list[plan.Create]:
    if len(group) < 2:
        return group
    nodes = tuple([node for create in group for node in create.nodes])
    edges = tuple([edge for create in group for edge in create.edges])
    return [plan.Create(group[0].input, nodes, edges)]
