"""Small queries: they begin at one node, by its `~id` or the value of a property, and give one row,
or set its properties; or they create.

Above: `run`. Below: `beginning`, `operators/`, `expressions/`, `engine/graph/read`.
What their operators do with one row is put together once for a plan, and runs without frames in
between: most of a question of some microseconds is what is made to answer it.

    beginning, [Project]                                a look-up
    beginning, Expand, [Filter], Aggregate              count(*), count(x), count(DISTINCT target)
    beginning, two times (Expand, [Filter]), Aggregate  count(DISTINCT target)
    beginning, Set, Discard                             SET of properties of the node
    Create, Discard                                     CREATE of nodes and edges

The beginning is one of `beginning`: NodeSeek, or NodeScan with its Filter. Any other Filter asks the
node that was expanded to for labels. Whatever else a plan has, it is none of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import chain
from seaglass.engine.cypher.syntax.position import Position
from seaglass.engine.exec.beginning import beginning, key_of
from seaglass.engine.exec.expressions.entities import RESERVED
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.operators.count_ends import counting_ends
from seaglass.engine.exec.operators.create import create_all
from seaglass.engine.exec.operators.create_one import GIVEN, CreateOne, plain_column
from seaglass.engine.exec.operators.storing import storable
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import SetNodeProperty
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import UNIT, Frame, Row
from seaglass.engine.values.order import distinct_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical.operators import Inner
    from seaglass.engine.exec.beginning import ById, ByValue
    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.version import GraphVersion

    Small = Callable[[Context], Row | None]
    """The one row of a query, None where it has none. Raises: as `run`, and NotSmall"""

_START = Position(1, 1, 0)


def small_query(query: plan.Query) -> Small | None:
    """How to run the query as a small one; None where it is none."""
    leaf, operators = chain(query.root)
    if not isinstance(leaf, plan.Unit) or not operators:
        return None
    match operators:
        case [plan.Create(nodes=(one,), edges=()), plan.Discard()]:
            return CreateOne(one).row
        case [plan.Create() as create, plan.Discard()]:
            return _Create(create).row
    found = beginning(operators)
    if found is None:
        return None
    begin, rest = found
    match rest:
        case [] if query.columns == (begin.variable,):
            return _LookUp(begin, {begin.variable: ex.Variable(begin.variable, _START)}).row
        case [plan.Project(items=chosen)] if set(query.columns) == set(dict(chosen)):
            items = dict(chosen)
            return _LookUp(begin, {name: items[name] for name in query.columns}).row
        case [*between, plan.Aggregate(aggregates=counts) as last] if query.columns == tuple(
            dict(counts)
        ):
            return _small_count(begin, between, last)
        case [plan.Set(items=settings), plan.Discard()]:
            return _small_set(begin, settings)
        case _:
            return None


class _LookUp:
    """Values of one node: under `_keys` its properties, and whatever `_others` say."""

    __slots__ = ("_begin", "_keys", "_others")

    def __init__(self, begin: ById | ByValue, items: dict[str, ex.Expression]) -> None:
        self._begin = begin
        found = {name: key_of(item, begin.variable) for name, item in items.items()}
        # A key that no node has, in the place of what is no property.
        self._keys = [(name, key or RESERVED) for name, key in found.items()]
        self._others = [(name, items[name]) for name, key in found.items() if key is None]

    def row(self, context: Context) -> Row | None:
        version = context.view.version
        node = self._begin.node(context, version)
        if node < 0:
            return None
        values = read.node_values(version, node, self._keys)
        if self._others:
            frame = Frame({self._begin.variable: cols.node(node)}, 1)
            for name, item in self._others:
                values[name] = evaluate(item, frame, context).value(0)
        return Row(values)


def _small_set(begin: ById | ByValue, items: tuple[plan.SetItem, ...]) -> Small | None:
    """What sets properties of the node that is found."""
    chosen = []
    for item in items:
        if not isinstance(item, plan.SetProperty) or item.key.startswith(RESERVED):
            return None
        if not isinstance(item.subject, ex.Variable) or item.subject.name != begin.variable:
            return None
        chosen.append(item)
    return _Set(begin, chosen).row


class _Set:
    """Sets properties of one node, one after the other."""

    __slots__ = ("_begin", "_given", "_items")

    def __init__(self, begin: ById | ByValue, items: list[plan.SetProperty]) -> None:
        self._begin = begin
        self._items = items
        self._given = all(isinstance(item.value, GIVEN) for item in items)

    def row(self, context: Context) -> None:
        view = context.view
        node = self._begin.node(context, view.version)
        if node < 0:
            return
        frame = UNIT if self._given else Frame({self._begin.variable: cols.node(node)}, 1)
        nodes = np.array((node,), np.int64)
        for item in self._items:
            values = None if context.options.neptune else plain_column(item.value, context)
            if values is None:
                value = evaluate(item.value, frame, context)
                values = storable(value, item.key, context, item.value.at)
            view.apply(SetNodeProperty(nodes, item.key, values))


class _Create:
    """Creates nodes and edges, once."""

    __slots__ = ("_operator",)

    def __init__(self, operator: plan.Create) -> None:
        self._operator = operator

    def row(self, context: Context) -> None:
        create_all(UNIT, self._operator.nodes, self._operator.edges, context)


@dataclass(frozen=True, slots=True)
class _Step:
    """Along the edges of a node, to nodes with the labels; `apart`: not along the edge of the step
    before."""

    types: tuple[str, ...]
    direction: read.Direction
    labels: tuple[str, ...]
    apart: bool

    def all_fit(self, version: GraphVersion) -> bool:
        """Whether all nodes that there are have the labels."""
        return not self.labels or read.all_have_labels(version, self.labels)

    def taken(
        self, version: GraphVersion, node: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nodes that it leads to, and the edges."""
        nodes, edges = read.expand_one(version, node, self.types, self.direction)
        if self.all_fit(version):
            return nodes, edges
        fit = read.has_labels(version, nodes, self.labels)
        return nodes[fit], edges[fit]


def _small_count(begin: ById | ByValue, between: list[Inner], last: plan.Aggregate) -> Small | None:
    """The aggregation of what the operators between lead to."""
    steps = _steps(begin.variable, between)
    if steps is None or last.keys or len(last.aggregates) != 1:
        return None
    name, item = last.aggregates[0]
    if counting_ends(last) is not None:
        return _EndCount(begin, steps, name).row
    if len(steps) == 1 and item.name == "count" and not item.distinct:
        added = _added(between)
        argument = item.argument
        if argument is None or (isinstance(argument, ex.Variable) and argument.name in added):
            return _StepCount(begin, steps[0], name).row
    return None


def _added(between: list[Inner]) -> set[str]:
    """What the expansions add: an edge and a node, never null."""
    return {
        name
        for operator in between
        if isinstance(operator, plan.Expand)
        for name in (operator.edge, operator.target)
    }


def _steps(source: str, between: list[Inner]) -> list[_Step] | None:
    """One or two steps; None for anything else."""
    steps: list[_Step] = []
    before = ""
    for operator in between:
        match operator:
            case plan.Expand():
                if operator.target_bound or operator.edge_bound or operator.source != source:
                    return None
                if operator.distinct_from not in ((), (before,)):
                    return None
                apart = bool(operator.distinct_from)
                steps.append(_Step(operator.types, operator.direction.value, (), apart))
                source, before = operator.target, operator.edge
            case plan.Filter(predicate=ex.HasLabels(subject=ex.Variable(name=name), labels=labels)):
                if not steps or name != source or steps[-1].labels:
                    return None
                steps[-1] = replace(steps[-1], labels=labels)
            case _:
                return None
    return steps if 1 <= len(steps) <= 2 else None


class _StepCount:
    """How many edges one step takes."""

    __slots__ = ("_begin", "_name", "_step")

    def __init__(self, begin: ById | ByValue, step: _Step, name: str) -> None:
        self._begin = begin
        self._step = step
        self._name = name

    def row(self, context: Context) -> Row | None:
        version = context.view.version
        node = self._begin.node(context, version)
        count = 0
        if node >= 0:
            step = self._step
            if step.all_fit(version):
                count = read.degree_one(version, node, step.types, step.direction)
            else:
                count = len(step.taken(version, node)[0])
        return Row({self._name: count})


class _EndCount:
    """How many nodes one step leads to, or two."""

    __slots__ = ("_begin", "_name", "_steps")

    def __init__(self, begin: ById | ByValue, steps: list[_Step], name: str) -> None:
        self._begin = begin
        self._steps = steps
        self._name = name

    def row(self, context: Context) -> Row | None:
        version = context.view.version
        node = self._begin.node(context, version)
        if node < 0:
            return Row({self._name: 0})
        step = self._steps[0]
        if len(self._steps) == 1 and step.all_fit(version):
            count = read.neighbour_count(version, node, step.types, step.direction)
            return Row({self._name: count})
        nodes, edges = step.taken(version, node)
        if len(self._steps) == 1:
            return Row({self._name: distinct_count(cols.nodes(nodes), context.interrupt)})
        if not len(nodes):
            return Row({self._name: 0})
        last = self._steps[1]
        with context.holding() as held:
            held.add(read.Ends.size_bytes(version))
            ends = read.Ends(version, last.types, last.direction, context.interrupt.check)
            ends.add(nodes, edges.reshape(1, -1)[: last.apart])
            return Row({self._name: ends.count(last.labels)})
