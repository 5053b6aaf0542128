"""Shortest paths between the nodes of each row.

Above: `evaluate`. Below: `paths`, `engine/graph/read`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Exhausted
from seaglass.base.limits import LIST_ITEMS_MAX
from seaglass.engine.exec.expressions.paths import has_properties, path_of
from seaglass.engine.exec.expressions.values import numbers_of, rows_of, stretch, values_of
from seaglass.engine.exec.holding import value_bytes
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value


# Of a node, on each side of a search: its depth and its place in the queue.
_SIDE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Ask:
    """Operands: the two ends, and the properties that every edge shall have."""

    source: Column
    target: Column
    wanted: list[tuple[str, Column]]


def shortest_paths(expression: ex.ShortestPaths, ask: Ask, context: Context) -> Column:
    """The list of paths of each row, null where an end is null.

    Raises: Exhausted(memory) for more paths than a list can hold
    """
    rows = rows_of(ask.source, ask.target, *[column for _, column in ask.wanted])
    found: list[Value] = []
    ends = [
        numbers_of(stretch(column, rows), Kind.NODE, "A shortest path").tolist()
        for column in (ask.source, ask.target)
    ]
    wanted = [values_of(column, rows) for _, column in ask.wanted]
    values = zip(*wanted, strict=True) if wanted else iter([()] * rows)
    with context.holding() as held:
        finder = _Finder(expression, context, held)
        for source, target, row in zip(*ends, values, strict=True):
            context.interrupt.check()
            if source < 0 or target < 0:
                found.append(None)
                continue
            paths = finder.paths(source, target, row)
            held.add(value_bytes(paths))
            found.append(paths)
    return cols.mixed(found)


class _Finder:
    """Finds the paths of one expression."""

    def __init__(self, expression: ex.ShortestPaths, context: Context, held: Held) -> None:
        self._steps = expression.steps
        self._every = expression.every
        self._context = context
        self._searches = Searches(expression.steps, context, held)
        self._charged = 0

    def paths(self, source: int, target: int, wanted: tuple[Value, ...]) -> list[Value]:
        steps = self._steps
        if source == target:
            return [Path((Node(source),), ())] if steps.low == 0 else []
        search = self._searches.of(wanted)
        if not self._every:
            path = search.shortest(source, target, steps.high)
            if path is None:
                return []
            nodes, edges = path
            return [Path(tuple(map(Node, nodes)), tuple(map(Edge, edges)))]
        try:
            table = search.all_shortest(source, target, steps.high, self._charge)
            return self._made(source, target, table.tolist())
        finally:
            self._charge(-self._charged)

    def _charge(self, amount_bytes: int) -> None:
        self._charged += amount_bytes
        if self._charged > 8 * LIST_ITEMS_MAX:
            raise Exhausted(
                "memory",
                "There are too many shortest paths between two nodes to list them all. Ask for one"
                " with shortestPath().",
            )
        if self._context.budget is not None:
            self._context.budget.charge(amount_bytes)

    def _made(self, source: int, target: int, lists: list[list[int]]) -> list[Value]:
        """The paths along the edges."""
        edges: list[Value] = [list(map(Edge, numbers)) for numbers in lists]
        ends = [cols.from_values([Node(end)] * len(lists)) for end in (source, target)]
        return path_of([ends[0], cols.mixed(edges), ends[1]], self._context).to_list()


class Searches:
    """The searches along steps; rows that want the same of edges share one."""

    def __init__(self, steps: ex.Steps, context: Context, held: Held) -> None:
        self._steps = steps
        self._held = held
        self._context = context
        self._made: dict[bytes, read.Search] = {}

    def of(self, wanted: tuple[Value, ...]) -> read.Search:
        """The search for edges that have the values `wanted` of the steps' properties."""
        key = order_key(list(wanted))
        search = self._made.get(key)
        if search is None:
            steps, context = self._steps, self._context
            self._held.add(_SIDE_BYTES * 2 * context.version.next_node)
            allowed = self._allowed(wanted) if wanted else None
            check = context.interrupt.check
            search = read.Search(
                context.version, steps.types, steps.direction.value, allowed, check
            )
            self._made[key] = search
        return search

    def _allowed(self, wanted: tuple[Value, ...]) -> NDArray[np.bool_]:
        """Which edges have what is wanted: all are looked at once, instead of some often."""
        context = self._context
        self._held.add(context.version.next_edge)
        allowed = np.zeros(context.version.next_edge, np.bool_)
        columns = [
            (key, cols.from_values([value]))
            for (key, _), value in zip(self._steps.properties, wanted, strict=True)
        ]
        for edges in read.scan_edges(context.version, self._steps.types):
            context.interrupt.check()
            allowed[edges] = has_properties(edges, np.zeros(len(edges), np.int64), columns, context)
        return allowed
