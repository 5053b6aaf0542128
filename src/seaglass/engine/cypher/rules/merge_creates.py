"""Rule: several CREATEs in a row become one.

    CREATE (a:A) CREATE (b:B) CREATE (a)-[:T]->(b)

    Create (a)-[` e1`:T]->(b)          Create (a:A), (b:B), (a)-[` e1`:T]->(b)
    Create (b:B)                  ->   Unit
    Create (a:A)
    Unit

Scripts that build a graph have hundreds of them, and each operator costs a pass over the rows. A
CREATE whose properties use what the one before makes stays apart, because properties are computed
before anything is made.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, bound_by
from seaglass.engine.cypher.logical.walk import variables


def merge_creates(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if sum(isinstance(operator, plan.Create) for operator in operators) < 2:
        return operators
    merged: list[Inner] = []
    group: list[plan.Create] = []
    made: set[str] = set()
    for operator in operators:
        if not isinstance(operator, plan.Create) or not _uses(operator).isdisjoint(made):
            merged.extend(_joined(group))
            group, made = [], set()
        if isinstance(operator, plan.Create):
            group.append(operator)
            made.update(bound_by(operator))
        else:
            merged.append(operator)
    merged.extend(_joined(group))
    return merged


def _uses(create: plan.Create) -> set[str]:
    """The variables in the properties of all templates."""
    names: set[str] = set()
    for properties in [node.properties for node in create.nodes] + [
        edge.properties for edge in create.edges
    ]:
        if properties is not None:
            names |= variables(properties)
    return names


def _joined(group: list[plan.Create]) -> list[plan.Create]:
    if len(group) < 2:
        return group
    nodes = tuple([node for create in group for node in create.nodes])
    edges = tuple([edge for create in group for edge in create.edges])
    return [plan.Create(group[0].input, nodes, edges)]
