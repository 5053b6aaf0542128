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

Conditions stand where their variables are first all bound. There are no statistics here: a plan
holds for every graph.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, add_columns, bound_by
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

_REVERSED = {
    plan.Direction.OUT: plan.Direction.IN,
    plan.Direction.IN: plan.Direction.OUT,
    plan.Direction.BOTH: plan.Direction.BOTH,
}
_UNIT = plan.Unit()
# Where an expression that the query does not write is said to stand.
_NOWHERE = Position(1, 1, 0)

_Step = plan.Expand | plan.ExpandMany
_Part = plan.NodeScan | _Step | plan.Filter


def choose_start(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.NodeScan | _Step) for operator in operators):
        return operators
    result: list[Inner] = []
    region: list[_Part] = []
    columns = set(bound_by(leaf))
    for operator in operators:
        if isinstance(operator, _Part) and not _is_volatile(operator):
            region.append(operator)
            continue
        result.extend(_planned(region, columns))
        for part in region:
            columns.update(bound_by(part))
        region = []
        columns = add_columns(columns, operator)
        result.append(operator)
    result.extend(_planned(region, columns))
    return result


def _is_volatile(operator: _Part) -> bool:
    """Whether moving the operator, or another past it, changes how often a random value is drawn."""
    return isinstance(operator, plan.Filter) and contains_volatile(operator.predicate, VOLATILE)


def _planned(region: list[_Part], columns: set[str]) -> list[Inner]:
    if all(isinstance(operator, plan.Filter) for operator in region):
        return list(region)
    return _Region(region, columns).operators()


@dataclass(frozen=True, slots=True)
class _Condition:
    number: int
    predicate: ex.Expression
    reads: frozenset[str]
    identity: Identity | None


class _Region:
    """A region taken apart; `operators` puts it together."""

    def __init__(self, region: list[_Part], columns: set[str]) -> None:
        self._there = set(columns)
        self._result: list[Inner] = []
        # Nodes that are not there yet, each with its labels, in the order of the text.
        self._nodes: dict[str, dict[str, None]] = {}
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
        for edge in self._edges:
            if (edge.source in self._there) + (edge.target in self._there) < ends:
                continue
            if isinstance(edge, plan.Expand):
                if self._is_narrow(edge):
                    return edge
                one = one or edge
            elif many is None and self._has_properties(edge):
                many = edge
        return one or many

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
        waiting = self._waiting()
        ranks = [
            (*self._rank(name, waiting), name not in narrow, place, name)
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

    def _rank(self, name: str, waiting: frozenset[str]) -> tuple[int, bool, int]:
        waits, labels = name in waiting, len(self._nodes[name])
        own = [
            condition.predicate
            for condition in self._of_column.get(name, ())
            if condition.reads - {name} <= self._there
        ]
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
