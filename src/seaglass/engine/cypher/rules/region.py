"""A pattern taken apart into nodes, edges and conditions, and put together in another order.

Above: `choose_start`, whose rule this is. Below: `logical`, `identity`, `sought`.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.statistics import paths_of
from seaglass.engine.cypher.logical.walk import conjunction, conjuncts, variables
from seaglass.engine.cypher.rules.identity import IDENTITY, Identity, identity_of
from seaglass.engine.cypher.rules.sought import sought_of
from seaglass.engine.cypher.syntax.position import Position

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner
    from seaglass.engine.cypher.logical.statistics import Statistics

_REVERSED = {
    plan.Direction.OUT: plan.Direction.IN,
    plan.Direction.IN: plan.Direction.OUT,
    plan.Direction.BOTH: plan.Direction.BOTH,
}
_UNIT = plan.Unit()
# Where an expression that the query does not write is said to stand.
_NOWHERE = Position(1, 1, 0)

# Far fewer: a fourth of the edges, a sixteenth of the nodes. Less may be an error of the estimate.
_EDGES_APART, _NODES_APART = 2, 4
# A value that no more nodes have is as good as an `~id`.
_FEW = 4.0
# What is left of the rows by a condition of one node, by guess.
_OTHER_SHARE = 1 / 2

Step = plan.Expand | plan.ExpandMany
Part = plan.NodeScan | Step | plan.Filter


@dataclass(frozen=True, slots=True)
class _Condition:
    number: int
    predicate: ex.Expression
    reads: frozenset[str]
    identity: Identity | None


class Region:
    """A region taken apart; `operators` puts it together.

    Attributes: had_choice: whether there was more than one way; cost: the rows of all steps, for one that comes
        in, by the statistics
    """

    def __init__(
        self,
        region: list[Part],
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
        self._edges: list[Step] = []
        self._apart: dict[str, dict[str, None]] = {}
        # Conditions that are not emitted yet: all, and by the columns that they read.
        self._conditions: dict[int, _Condition] = {}
        self._of_column: dict[str, list[_Condition]] = {}
        for operator in region:
            if isinstance(operator, plan.NodeScan):
                self._nodes[operator.variable] = dict.fromkeys(operator.labels)
            elif isinstance(operator, Step):
                self._add_edge(operator)
        for operator in region:
            if isinstance(operator, plan.Filter):
                for predicate in conjuncts(operator.predicate):
                    self._add_condition(predicate)
        self._labels.update(self._nodes)

    def _add_edge(self, operator: Step) -> None:
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
                few = None if edge is None else self._few()
                if few is not None:
                    self._emit_scan(few)
                    continue
            if edge is None:
                self._emit_scan(self._best_node())
            else:
                self._emit_edge(edge)
        return self._result

    def _next_edge(self, ends: int) -> Step | None:
        """The next edge that so many ends of are there."""
        one: plan.Expand | None = None
        many: plan.ExpandMany | None = None
        possible: list[Step] = []
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

    def _fewest(self, edges: list[Step]) -> Step:
        """The edge of which a node has the fewest; of equals a fixed one, then the first of the text."""
        ranks = []
        for place, edge in enumerate(edges):
            _, target = self._ends(edge)
            order = _order(self._edges_of(edge) * self._share(target), _EDGES_APART)
            ranks.append((order, isinstance(edge, plan.ExpandMany), place))
        return edges[min(ranks)[-1]]

    def _ends(self, edge: Step) -> tuple[str, str]:
        """The end that is there, and the other."""
        if edge.source in self._there:
            return edge.source, edge.target
        return edge.target, edge.source

    def _edges_of(self, edge: Step) -> float:
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

    def _count(self, made: float, share: float) -> None:
        """Has the next step for the cost. Args: made: rows for each of the last; share: of them that are left"""
        self.cost += self._rows * made
        self._rows *= made * share

    def _share(self, name: str) -> float:
        """What is left of rows by the conditions of a node."""
        keys = self._equal_keys(name)
        share = _OTHER_SHARE ** (len(self._own(name)) - len(keys))
        for key in keys:
            share *= self._equal(name, key) / max(self._having(name), 1)
        return share

    def _equal(self, name: str, key: str) -> float:
        assert self._statistics is not None
        return self._statistics.equal(self._labels_of(name), key)

    def _having(self, name: str) -> int:
        assert self._statistics is not None
        return self._statistics.having(self._labels_of(name))

    def _own(self, name: str) -> list[ex.Expression]:
        """The conditions of a node that can be asked as soon as it is there."""
        return [
            condition.predicate
            for condition in self._of_column.get(name, ())
            if condition.reads - {name} <= self._there
        ]

    def _few(self) -> str | None:
        """By size, a node that is found by a value that few have."""
        for name in self._nodes:
            for key in self._equal_keys(name):
                self.had_choice = True
                if self._by_size and self._equal(name, key) <= _FEW:
                    return name
        return None

    def _equal_keys(self, name: str) -> list[str]:
        """The properties of a labelled node that must equal something that is there."""
        if not self._labels.get(name):
            return []
        found = [sought_of(predicate, name) for predicate in self._own(name)]
        return [
            one.key for one in found if one is not None and one.operator is ex.BinaryOperator.EQ
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
        if not self._by_size:
            return 0
        return _order(self._having(name) * self._share(name), _NODES_APART)

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
            self._count(1.0 if known else max(1.0, self._having(name) * self._share(name)), 1.0)
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

    def _emit_edge(self, edge: Step) -> None:
        self._edges.remove(edge)
        target_bound = edge.source in self._there and edge.target in self._there
        if self._statistics is not None:
            _, target = self._ends(edge)
            edges = self._edges_of(edge)
            if target_bound:
                # An edge is looked for, and seldom there; paths are walked until they are.
                once = 1.0 / max(self._having(target), 1)
                is_path = isinstance(edge, plan.ExpandMany)
                self._count(*((edges, once) if is_path else (1.0, edges * once)))
            else:
                self._count(edges, self._share(target))
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

    def _step(self, edge: Step, *, target_bound: bool) -> Step:
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
