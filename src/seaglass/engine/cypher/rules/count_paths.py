"""Rule: a pattern that is only counted is not made.

    MATCH (a:A)-[r:T]->(b)-[s:T]->(c) RETURN count(*) AS n

    Project n                                       Project n
    Aggregate count(*) AS n                         CountPaths (a:A)-[0:T]->(b)-[1:T]->(c) AS n
    Expand (b)-[s:T]->(c) DISTINCT FROM r      ->   Unit
    Expand (a)-[r:T]->(b)
    NodeScan (a:A)
    Unit

For any connected pattern that `shapes` can count: paths, stars and trees, triangles, circles of
four, diamonds; nodes may have labels, and nothing else may be asked of them. Grouped by expressions
of one node (`RETURN a.city, count(*)`), each such node stands once with its number, and the
grouping sums these. Matches grow with the power of the degrees; the work here is a few passes over
the relationships for a tree, and one over the pairs of neighbours of each node for a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.shapes import CountedLink, counted_from
from seaglass.engine.cypher.logical.walk import conjuncts, contains_volatile, variables
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seaglass.engine.cypher.logical.operators import Inner, Leaf

_LINKS_MAX = 8
# How often a node stands for; a leading space keeps it apart from all variables.
_WEIGHT = " ways"
# Aggregates that do not ask how often a value comes.
_ONCE = ("min", "max")


def count_paths(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    place = next(
        (place for place, one in enumerate(operators) if isinstance(one, plan.Aggregate)), None
    )
    if place is None or not isinstance(leaf, plan.Unit):
        return operators
    aggregate = operators[place]
    assert isinstance(aggregate, plan.Aggregate)
    pattern = _pattern(operators[:place])
    if pattern is None:
        return operators
    counted = _counted(leaf, aggregate, pattern)
    return operators if counted is None else [*counted, *operators[place + 1 :]]


class _Pattern:
    """Nodes and links, read from operators."""

    def __init__(self) -> None:
        # The labels of each node, and the place of each edge.
        self.nodes: dict[str, dict[str, None]] = {}
        self.edges: dict[str, int] = {}
        self.links: list[CountedLink] = []

    def take(self, operator: Inner) -> bool:
        """Whether the operator is part of a pattern."""
        match operator:
            case plan.NodeScan(variable=name, labels=labels):
                self.nodes[name] = dict.fromkeys(labels)
                return True
            case plan.Expand():
                return self._step(operator)
            case plan.Filter(predicate=predicate):
                return all(self._label(part) for part in conjuncts(predicate))
            case _:
                return False

    def _step(self, step: plan.Expand) -> bool:
        if step.edge_bound or step.source not in self.nodes:
            return False
        if not all(name in self.edges for name in step.distinct_from):
            return False
        if step.target_bound and step.target not in self.nodes:
            return False
        self.nodes.setdefault(step.target, {})
        places = list(self.nodes)
        apart = tuple(sorted([self.edges[name] for name in step.distinct_from]))
        self.edges[step.edge] = len(self.links)
        source, target = places.index(step.source), places.index(step.target)
        self.links.append(CountedLink(source, target, step.types, step.direction, apart))
        return True

    def _label(self, predicate: ex.Expression) -> bool:
        """Whether the condition is that a node has labels."""
        if not isinstance(predicate, ex.HasLabels):
            return False
        subject = predicate.subject
        if not isinstance(subject, ex.Variable) or subject.name not in self.nodes:
            return False
        self.nodes[subject.name].update(dict.fromkeys(predicate.labels))
        return True

    def connected(self) -> bool:
        reached = {0}
        for _ in self.links:
            for link in self.links:
                if link.source in reached or link.target in reached:
                    reached |= {link.source, link.target}
        return len(reached) == len(self.nodes)

    def worth_it(self) -> bool:
        """Whether it is not the degrees of nodes that are asked for, which are known."""
        if len(self.links) > 1:
            return True
        link = self.links[0]
        return link.source != link.target and bool(list(self.nodes.values())[link.target])


def _pattern(operators: list[Inner]) -> _Pattern | None:
    pattern = _Pattern()
    if not all(pattern.take(operator) for operator in operators):
        return None
    fits = 1 <= len(pattern.links) <= _LINKS_MAX and pattern.connected() and pattern.worth_it()
    return pattern if fits else None


def _counted(leaf: Leaf, aggregate: plan.Aggregate, pattern: _Pattern) -> tuple[Inner, ...] | None:
    """The count, and the grouping of it if there is one."""
    names = list(pattern.nodes)
    items = aggregate.aggregates
    counts = [_is_count(item, pattern) for _, item in items]
    apart = [item for (_, item), is_count in zip(items, counts, strict=True) if not is_count]
    if not any(counts) or not all(item.distinct or item.name in _ONCE for item in apart):
        return None
    read = _read([*[value for _, value in aggregate.keys], *apart])
    if read is None or len(read) > 1 or not read <= set(names):
        return None
    root = names.index(next(iter(read))) if read else None
    links = tuple(pattern.links)
    nodes = tuple([(name, tuple(labels)) for name, labels in pattern.nodes.items()])
    start = counted_from(tuple([labels for _, labels in nodes]), links, root)
    if start is None:
        return None
    if root is None and not aggregate.keys and len(items) == 1:
        return (plan.CountPaths(leaf, items[0][0], nodes, links, start, by_root=False),)
    count = plan.CountPaths(leaf, _WEIGHT, nodes, links, start, by_root=True)
    summed = tuple(
        [
            (name, _sum(item) if is_count else item)
            for (name, item), is_count in zip(items, counts, strict=True)
        ]
    )
    return count, plan.Aggregate(leaf, aggregate.keys, summed)


def _is_count(item: ex.Aggregate, pattern: _Pattern) -> bool:
    """Whether it is the number of matches."""
    if item.name != "count" or item.distinct:
        return False
    argument = item.argument
    bound = {*pattern.nodes, *pattern.edges}
    return argument is None or (isinstance(argument, ex.Variable) and argument.name in bound)


def _sum(item: ex.Aggregate) -> ex.Aggregate:
    return ex.Aggregate("sum", ex.Variable(_WEIGHT, item.at), distinct=False, at=item.at)


def _read(expressions: Iterable[ex.Expression]) -> set[str] | None:
    """The columns that the expressions read; None where chance is in them."""
    found: set[str] = set()
    for expression in expressions:
        if contains_volatile(expression, VOLATILE):
            return None
        found |= variables(expression)
    return found
