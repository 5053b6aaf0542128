"""Rule: paths that are only counted are not made.

    MATCH (a:A)-[r:T]->(b)-[s:T]->(c) RETURN count(*) AS n

    Project n                                       Project n
    Aggregate count(*) AS n                         CountPaths (:A)-[:T]->()-[:T]->() AS n
    Expand (b)-[s:T]->(c) DISTINCT FROM r      ->   Unit
    Expand (a)-[r:T]->(b)
    NodeScan (a:A)
    Unit

For a path of two or three relationships that all go the same way and have the same types, and for a
triangle; nodes may have labels, and nothing else may be asked of them. The number of paths grows
with the power of the degrees; the work here is a few passes over the relationships.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf

_EDGES_MIN, _EDGES_MAX = 2, 3


def count_paths(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not isinstance(leaf, plan.Unit):
        return operators
    place = next(
        (place for place, one in enumerate(operators) if isinstance(one, plan.Aggregate)), None
    )
    if place is None:
        return operators
    aggregate = operators[place]
    assert isinstance(aggregate, plan.Aggregate)
    pattern = _pattern(operators[:place])
    if pattern is None or not _counts(aggregate, pattern):
        return operators
    name, _ = aggregate.aggregates[0]
    counted = plan.CountPaths(leaf, name, pattern.ordered(), pattern.types, pattern.closed)
    return [counted, *operators[place + 1 :]]


class _Pattern:
    """A chain of nodes, read from its operators."""

    def __init__(self, scan: plan.NodeScan, first: plan.Expand) -> None:
        self.types = first.types
        self.direction = first.direction
        self.nodes = [scan.variable]
        self.edges: list[str] = []
        self.labels = {scan.variable: scan.labels}
        self.closed = False

    def take(self, step: plan.Expand) -> bool:
        """Whether the step goes on where the chain ends."""
        joins = step.source == self.nodes[-1] and not step.edge_bound and not self.closed
        alike = (step.types, step.direction) == (self.types, self.direction)
        if not joins or not alike or set(step.distinct_from) != set(self.edges):
            return False
        self.edges.append(step.edge)
        if step.target_bound:
            self.closed = step.target == self.nodes[0]
            return self.closed
        self.nodes.append(step.target)
        self.labels[step.target] = ()
        return True

    def label(self, predicate: ex.Expression) -> bool:
        """Whether the condition is that a node has labels."""
        if not isinstance(predicate, ex.HasLabels) or not isinstance(
            predicate.subject, ex.Variable
        ):
            return False
        name = predicate.subject.name
        if name not in self.labels:
            return False
        self.labels[name] += predicate.labels
        return True

    def ordered(self) -> tuple[tuple[str, ...], ...]:
        """The labels of the nodes in the direction of the relationships."""
        labels = [self.labels[name] for name in self.nodes]
        return tuple(labels if self.direction is plan.Direction.OUT else labels[::-1])


def _pattern(operators: list[Inner]) -> _Pattern | None:
    if len(operators) < 1 + _EDGES_MIN:
        return None
    scan = operators[0]
    steps = [operator for operator in operators if isinstance(operator, plan.Expand)]
    if not isinstance(scan, plan.NodeScan) or not _EDGES_MIN <= len(steps) <= _EDGES_MAX:
        return None
    if steps[0].direction is plan.Direction.BOTH:
        return None
    pattern = _Pattern(scan, steps[0])
    for operator in operators[1:]:
        match operator:
            case plan.Expand() if pattern.take(operator):
                continue
            case plan.Filter(predicate=predicate) if pattern.label(predicate):
                continue
            case _:
                return None
    return None if pattern.closed and len(pattern.nodes) != _EDGES_MAX else pattern


def _counts(aggregate: plan.Aggregate, pattern: _Pattern) -> bool:
    """Whether all that is asked for is the number of rows."""
    if aggregate.keys or len(aggregate.aggregates) != 1:
        return False
    _, only = aggregate.aggregates[0]
    if only.name != "count" or only.distinct:
        return False
    argument = only.argument
    bound = {*pattern.nodes, *pattern.edges}
    return argument is None or (isinstance(argument, ex.Variable) and argument.name in bound)
