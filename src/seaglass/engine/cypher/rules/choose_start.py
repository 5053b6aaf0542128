"""Rule: a pattern is entered where it is narrowest, and walked from there.

    MATCH (a)-[r]->(b:B) WHERE id(b) = $x RETURN a

    Filter b:B AND id(b) = $x          Expand (b)<-[r]-(a)
    Expand (a)-[r]->(b)           ->   Filter id(b) = $x
    NodeScan (a)                       NodeScan (b:B)
    Unit                               Unit

A region is a run of NodeScan, Expand, ExpandMany and Filter: one MATCH, or several in a row. It is taken apart
into nodes, edges and conditions, and put together again, always with the first of these that is
possible, fixed edges before paths of variable length:

1. an edge whose two ends are there already
2. a node whose `~id` is known (`seek_ids` makes the scan a look-up)
3. an edge one end of which is there already: one that must equal something, then in the order of
   the text
4. a new node: one whose `~id` is in a list, an end of an edge that is there, then by conditions on
   it: a label and an equality, a label and a range, a label, an equality, any; of equals one that a
   value of nodes elsewhere will not find, then the one with more labels; an end of an edge that must
   equal something; the first of the text

Conditions stand where their variables are first all bound.

By statistics of the graph (`logical/statistics`) the region is put together once more: of the nodes of 4 one of
far fewer goes before the first of the text, and of the edges of 3, paths among them, one of which a node has far
fewer. It is taken if the rows of all its steps are far fewer by the same estimate. A plan is right for every graph
either way.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, add_columns, bound_by
from seaglass.engine.cypher.logical.statistics import paths_of
from seaglass.engine.cypher.logical.walk import (
    conjunction,
    conjuncts,
    contains_volatile,
    variables,
)
from seaglass.engine.cypher.rules.identity import IDENTITY, Identity, identity_of
from seaglass.engine.cypher.rules.sought import sought_of
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.cypher.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.logical.statistics import Statistics

_REVERSED = {
    plan.Direction.OUT: plan.Direction.IN,
    plan.Direction.IN: plan.Direction.OUT,
    plan.Direction.BOTH: plan.Direction.BOTH,
}
_UNIT = plan.Unit()
# Where an expression that the query does not write is said to stand.
_NOWHERE = Position(1, 1, 0)

# Far fewer: a fourth of the edges or the rows, a sixteenth of the nodes. Less may be an error of the estimate.
_EDGES_APART, _NODES_APART = 2, 4
_ROWS_APART = 4
# What is left of the rows by a condition of one node, by guess: an equality, or another one.
_EQUAL_SHARE, _OTHER_SHARE = 1 / 64, 1 / 2

_Step = plan.Expand | plan.ExpandMany
_Part = plan.NodeScan | _Step | plan.Filter


def choose_start(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    return _chosen(leaf, operators, None)


def by_statistics(statistics: Statistics) -> Callable[[Leaf, list[Inner]], list[Inner]]:
    """The rule for a graph of such a size."""

    def rule(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
        return _chosen(leaf, operators, statistics)

    rule.__name__ = choose_start.__name__
    return rule


def _chosen(leaf: Leaf, operators: list[Inner], statistics: Statistics | None) -> list[Inner]:
    if not any(isinstance(operator, plan.NodeScan | _Step) for operator in operators):
        return operators
    result: list[Inner] = []
    region: list[_Part] = []
    columns = set(bound_by(leaf))
    for operator in operators:
        if isinstance(operator, _Part) and not _is_volatile(operator):
            region.append(operator)
            continue
        result.extend(_planned(region, columns, statistics))
        for part in region:
            columns.update(bound_by(part))
        region = []
        columns = add_columns(columns, operator)
        result.append(operator)
    result.extend(_planned(region, columns, statistics))
    return result


def _is_volatile(operator: _Part) -> bool:
    """Whether moving the operator, or another past it, changes how often a random value is drawn."""
    return isinstance(operator, plan.Filter) and contains_volatile(operator.predicate, VOLATILE)


def _planned(region: list[_Part], columns: set[str], statistics: Statistics | None) -> list[Inner]:
    if all(isinstance(operator, plan.Filter) for operator in region):
        return list(region)
    first = _Region(region, columns, statistics, by_size=False)
    operators = first.operators()
    if statistics is None or not first.had_choice:
        return operators
    statistics.asked = True
    other = _Region(region, columns, statistics, by_size=True)
    others = other.operators()
    return others if other.cost * _ROWS_APART <= first.cost else operators


@dataclass(frozen=True, slots=True)
class _Condition:
    number: int
    predicate: ex.Expression
    reads: frozenset[str]
    identity: Identity | None


class _Region:
    """A region taken apart; `operators` puts it together.

    Attributes: had_choice: whether there was more than one way; cost: the rows of all steps, for one that comes
        in, by the statistics
    """

    def __init__(
        self,
        region: list[_Part],
        columns: set[str],
        statistics: Statistics | None,
        *,
        by_size: bool,
    ) -> None:
        self.had_choice = False
        self.cost, self._rows = 0.0, 1.0
        self._by_size = by_size
        self._statistics = statistics
        self._there = set(columns)
        self._result: list[Inner] = []
        # Nodes that are not there yet, each with its labels, in the order of the text.
        self._nodes: dict[str, dict[str, None]] = {}
        # The labels of all nodes, as far as they are known here.
        self._labels: dict[str, dict[str, None]] = {}
        self._edges: list[_Step] = []
        self._apart: dict[str, dict[str, None]] = {}
        # Conditions that are not emitted yet: all, and by the columns that they read.
        self._conditions: dict[int, _Condition] = {}
        self._of_column: dict[str, list[_Condition]] = {}
        for operator in region:
            if isinstance(operator, plan.NodeScan):
                self._nodes[operator.variable] = dict.fromkeys(operator.labels)
            elif isinstance(operator, _Step):
                self._add_edge(operator)
        for operator in region:
            if isinstance(operator, plan.Filter):
                for predicate in conjuncts(operator.predicate):
                    self._add_condition(predicate)
        self._labels.update(self._nodes)

    def _add_edge(self, operator: _Step) -> None:
        if not operator.target_bound:
            self._nodes[operator.target] = {}
        self._edges.append(operator)
        for other in operator.distinct_from:
            self._apart.setdefault(operator.edge, {})[other] = None
            self._apart.setdefault(other, {})[operator.edge] = None

    def _add_condition(self, predicate: ex.Expression) -> None:
        if isinstance(predicate, ex.HasLabels) and isinstance(predicate.subject, ex.Variable):
            labels = self._nodes.get(predicate.subject.name)
            if labels is not None:
                labels.update(dict.fromkeys(predicate.labels))
                return
        number = len(self._conditions)
        condition = _Condition(number, predicate, variables(predicate), identity_of(predicate))
        self._conditions[number] = condition
        for name in condition.reads:
            self._of_column.setdefault(name, []).append(condition)

    def operators(self) -> list[Inner]:
        """The operators of the region, each still without its input."""
        self._emit_conditions(list(self._conditions.values()), [])
        while self._nodes or self._edges:
            edge = self._next_edge(2)
            if edge is None:
                known = self._identified(many=False)
                if known is not None:
                    self._emit_scan(known)
                    continue
                edge = self._next_edge(1)
            if edge is None:
                self._emit_scan(self._best_node())
            else:
                self._emit_edge(edge)
        return self._result

    def _next_edge(self, ends: int) -> _Step | None:
        """The next edge that so many ends of are there."""
        one: plan.Expand | None = None
        many: plan.ExpandMany | None = None
        possible: list[_Step] = []
        for edge in self._edges:
            if (edge.source in self._there) + (edge.target in self._there) < ends:
                continue
            if isinstance(edge, plan.Expand):
                if self._is_narrow(edge):
                    return edge
                one = one or edge
                possible.append(edge)
            elif self._has_properties(edge):
                many = many or edge
                possible.append(edge)
        if ends == 1 and len(possible) > 1:
            self.had_choice = True
            if self._by_size:
                return self._fewest(possible)
        return one or many

    def _fewest(self, edges: list[_Step]) -> _Step:
        """The edge of which a node has the fewest; of equals a fixed one, then the first of the text."""
        ranks = []
        for place, edge in enumerate(edges):
            _, target = self._ends(edge)
            order = _order(self._edges_of(edge) * self._share(target), _EDGES_APART)
            ranks.append((order, isinstance(edge, plan.ExpandMany), place))
        return edges[min(ranks)[-1]]

    def _ends(self, edge: _Step) -> tuple[str, str]:
        """The end that is there, and the other."""
        if edge.source in self._there:
            return edge.source, edge.target
        return edge.target, edge.source

    def _edges_of(self, edge: _Step) -> float:
        """How many of such edges, or paths, a node at the end that is there has."""
        assert self._statistics is not None
        kinds = edge.steps if isinstance(edge, plan.ExpandMany) else edge
        source, _ = self._ends(edge)
        direction = kinds.direction if source == edge.source else _REVERSED[kinds.direction]
        found = self._statistics.edges_of(kinds.types, self._labels_of(source), direction.value)
        if isinstance(edge, plan.ExpandMany):
            return paths_of(found, edge.steps.low, edge.steps.high)
        return found

    def _labels_of(self, name: str) -> tuple[str, ...]:
        return tuple(self._labels.get(name, ()))

    def _count(self, times: float) -> None:
        """Has the next step for the cost. Args: times: rows for each of the last"""
        self._rows *= times
        self.cost += self._rows

    def _share(self, name: str) -> float:
        """What is left of rows by the conditions of a node."""
        share = 1.0
        for predicate in self._own(name):
            equal = isinstance(predicate, ex.Binary) and predicate.operator is ex.BinaryOperator.EQ
            share *= _EQUAL_SHARE if equal else _OTHER_SHARE
        return share

    def _own(self, name: str) -> list[ex.Expression]:
        """The conditions of a node that can be asked as soon as it is there."""
        return [
            condition.predicate
            for condition in self._of_column.get(name, ())
            if condition.reads - {name} <= self._there
        ]

    def _is_narrow(self, edge: plan.Expand) -> bool:
        """Whether the edge must have a value that is known."""
        for condition in self._of_column.get(edge.edge, ()):
            sought = sought_of(condition.predicate, edge.edge)
            if (
                sought is not None
                and sought.operator is ex.BinaryOperator.EQ
                and variables(sought.value) <= self._there
            ):
                return True
        return False

    def _has_properties(self, edge: plan.ExpandMany) -> bool:
        """Whether what the properties of its edges use is there."""
        return all(variables(value) <= self._there for _, value in edge.steps.properties)

    def _identified(self, *, many: bool) -> str | None:
        """A node whose `~id` (or a list of them, if `many`) can be computed from what is there."""
        for name in self._nodes:
            for condition in self._of_column.get(name, ()):
                identity = condition.identity
                if (
                    identity is not None
                    and identity.variable == name
                    and identity.many is many
                    and condition.reads - {name} <= self._there
                ):
                    return name
        return None

    def _best_node(self) -> str:
        listed = self._identified(many=True)
        if listed is not None:
            return listed
        for edge in self._edges:
            if edge.edge in self._there and edge.source in self._nodes:
                return edge.source
        narrow = {
            name
            for edge in self._edges
            if isinstance(edge, plan.Expand) and self._is_narrow(edge)
            for name in (edge.source, edge.target)
        }
        self.had_choice = self.had_choice or len(self._nodes) > 1
        waiting = self._waiting()
        ranks = [
            (*self._rank(name, waiting), name not in narrow, self._size(name), place, name)
            for place, name in enumerate(self._nodes)
        ]
        return min(ranks)[-1]

    def _waiting(self) -> frozenset[str]:
        """Nodes that can be found by a value of nodes that no path leads to from them, and those
        that paths lead to: `a` in `MATCH (a:A), (b:B) WHERE a.x = toInteger(b.y)`."""
        parts: dict[str, set[str]] = {name: {name} for name in self._nodes}
        for edge in self._edges:
            one, other = parts.get(edge.source), parts.get(edge.target)
            if one is not None and other is not None and one is not other:
                one |= other
                parts.update(dict.fromkeys(other, one))
        waiting: set[str] = set()
        for condition in self._conditions.values():
            nodes = condition.reads & self._nodes.keys()
            for name in nodes if len(nodes) > 1 else ():
                identity = condition.identity
                found = identity is not None and identity.variable == name
                found = found or sought_of(condition.predicate, name) is not None
                if found and parts[name].isdisjoint(nodes - {name}):
                    waiting |= parts[name]
        return frozenset(waiting)

    def _size(self, name: str) -> int:
        if not self._by_size or self._statistics is None:
            return 0
        return _order(self._statistics.having(self._labels_of(name)), _NODES_APART)

    def _rank(self, name: str, waiting: frozenset[str]) -> tuple[int, bool, int]:
        waits, labels = name in waiting, len(self._nodes[name])
        own = self._own(name)
        equal = any(
            isinstance(predicate, ex.Binary) and predicate.operator is ex.BinaryOperator.EQ
            for predicate in own
        )
        if labels:
            ranged = any(sought_of(predicate, name) is not None for predicate in own)
            return (0 if equal else 1 if ranged else 2), waits, -labels
        return (3 if equal else 4 if own else 5), waits, 0

    def _emit_scan(self, name: str) -> None:
        labels = tuple(self._nodes.pop(name))
        if self._statistics is not None:
            known = any(one.identity for one in self._of_column.get(name, ()))
            rows = 1 if known else self._statistics.having(labels)
            self._count(max(1.0, rows * self._share(name)))
        ends = [
            identity
            for edge in self._edges
            if isinstance(edge, plan.Expand) and edge.edge in self._there
            for identity in _identities(edge, name)
        ]
        if not ends or any(condition.identity for condition in self._of_column.get(name, ())):
            self._result.append(plan.NodeScan(_UNIT, name, labels))
        elif len(ends) == 1:
            self._result.append(plan.NodeSeek(_UNIT, name, ends[0], labels))
        else:
            either = ex.ListLiteral(tuple(ends), _NOWHERE)
            self._result.append(plan.NodeSeek(_UNIT, name, either, labels, many=True))
        self._there.add(name)
        self._emit_conditions(self._of_column.get(name, []), [])

    def _emit_edge(self, edge: _Step) -> None:
        self._edges.remove(edge)
        target_bound = edge.source in self._there and edge.target in self._there
        if self._statistics is not None:
            _, target = self._ends(edge)
            once = 1.0 / max(self._statistics.having(self._labels_of(target)), 1)
            self._count(self._edges_of(edge) * (once if target_bound else self._share(target)))
        self._result.append(self._step(edge, target_bound=target_bound))
        target = edge.target if edge.source in self._there else edge.source
        self._there.add(edge.edge)
        ready = list(self._of_column.get(edge.edge, ()))
        first: list[ex.Expression] = []
        if not target_bound:
            labels = tuple(self._nodes.pop(target))
            self._there.add(target)
            ready.extend(self._of_column.get(target, ()))
            if labels:
                first.append(ex.HasLabels(ex.Variable(target, _NOWHERE), labels, _NOWHERE))
        self._emit_conditions(ready, first)

    def _step(self, edge: _Step, *, target_bound: bool) -> _Step:
        """The edge walked from the end that is there."""
        turned = edge.source not in self._there
        source, target = (edge.target, edge.source) if turned else (edge.source, edge.target)
        apart = tuple([name for name in self._apart.get(edge.edge, ()) if name in self._there])
        edge_bound = edge.edge in self._there
        if isinstance(edge, plan.ExpandMany):
            steps = edge.steps
            if turned:
                steps = dataclasses.replace(steps, direction=_REVERSED[steps.direction])
            backward = edge.backward is not turned
            return plan.ExpandMany(
                _UNIT, source, edge.edge, target, steps, target_bound, edge_bound, backward, apart
            )
        direction = _REVERSED[edge.direction] if turned else edge.direction
        return plan.Expand(
            _UNIT,
            source,
            edge.edge,
            target,
            edge.types,
            direction,
            target_bound,
            edge_bound,
            apart,
        )

    def _emit_conditions(self, ready: list[_Condition], first: list[ex.Expression]) -> None:
        """A filter of `first` and of those in `ready` that now have all that they read."""
        predicates = list(first)
        for condition in sorted(ready, key=lambda condition: condition.number):
            if condition.number in self._conditions and condition.reads <= self._there:
                del self._conditions[condition.number]
                predicates.append(condition.predicate)
        if predicates:
            self._result.append(plan.Filter(_UNIT, conjunction(predicates)))


def _order(count: float, apart: int) -> int:
    """Counts of the same order differ by less than some 2**apart times; one or none is the least."""
    return int(math.log2(max(count, 1.0))) // apart


def _identities(edge: plan.Expand, node: str) -> list[ex.Expression]:
    """The `~id`s that an end of a known edge may have."""
    functions: list[str] = []
    if edge.source == node and edge.direction is not plan.Direction.IN:
        functions.append("startNode")
    elif edge.source == node or (edge.target == node and edge.direction is not plan.Direction.IN):
        functions.append("endNode")
    elif edge.target == node:
        functions.append("startNode")
    if functions and edge.direction is plan.Direction.BOTH:
        functions = ["startNode", "endNode"]
    variable = ex.Variable(edge.edge, _NOWHERE)
    return [
        ex.Property(ex.FunctionCall(name, (variable,), _NOWHERE), IDENTITY, _NOWHERE)
        for name in functions
    ]
