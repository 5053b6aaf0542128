"""Shortest paths between the nodes of each row.

Above: `evaluate`, which hands itself in. Below: `paths`, `searches`, `engine/graph/read`.
Tests of each edge and each node say where a search may go. A test of whole paths is asked of all
paths between the two nodes, the shortest first, until paths of one length pass.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Exhausted
from seaglass.base.limits import LIST_ITEMS_MAX
from seaglass.engine.exec.expressions.paths import path_of
from seaglass.engine.exec.expressions.searches import RowTests, Searches
from seaglass.engine.exec.expressions.values import numbers_of, rows_of, stretch, values_of
from seaglass.engine.exec.holding import value_bytes, values_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.parts import objects, spans
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.expressions.comprehensions import Evaluate
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.graph import read
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

# Paths that are made between two looks at whether the query shall end: some milliseconds.
_PIECE_PATHS = 1_024


@dataclass(frozen=True, slots=True)
class Ask:
    """Operands: the two ends, and the properties that every edge shall have; the frame that tests
    read."""

    source: Column
    target: Column
    wanted: list[tuple[str, Column]]
    frame: Frame


def shortest_paths(
    expression: ex.ShortestPaths, ask: Ask, context: Context, evaluate: Evaluate
) -> Column:
    """The list of paths of each row, null where an end is null.

    Raises: Exhausted(memory) for more paths than a list can hold
    """
    rows = rows_of(ask.source, ask.target, *[column for _, column in ask.wanted])
    found: list[Value] = []
    ends = [_numbers(column, rows) for column in (ask.source, ask.target)]
    wanted = [values_of(column, rows) for _, column in ask.wanted]
    values = zip(*wanted, strict=True) if wanted else iter([()] * rows)
    tests = RowTests.of_rows(expression.tests, ask.frame, context, evaluate)
    with context.holding() as held:
        finder = _Finder(expression, context, held)
        for source, target, row, own in zip(*ends, values, tests, strict=True):
            context.interrupt.check()
            if source < 0 or target < 0:
                found.append(None)
                continue
            if own is None:
                paths = finder.paths(source, target, finder.search(row))
            else:
                paths = finder.tested(source, target, row, own)
            held.add(value_bytes(paths))
            found.append(paths)
    return cols.from_values(found)


def _numbers(column: Column, rows: int) -> list[int]:
    """The numbers of the nodes in the column, stretched to so many rows; -1 for null."""
    only = column.value(0) if len(column) == 1 else None
    if type(only) is Node:
        return [only.number] * rows
    numbers: list[int] = numbers_of(stretch(column, rows), Kind.NODE, "A shortest path").tolist()
    return numbers


class _Finder:
    """Finds the paths of one expression."""

    def __init__(self, expression: ex.ShortestPaths, context: Context, held: Held) -> None:
        self._steps = expression.steps
        self._every = expression.every
        self._context = context
        self._searches = Searches(expression.steps, context, held)
        self._charged = 0

    def search(self, wanted: tuple[Value, ...], tests: RowTests | None = None) -> read.Search:
        return self._searches.of(wanted, tests)

    def tested(
        self, source: int, target: int, wanted: tuple[Value, ...], tests: RowTests
    ) -> list[Value]:
        """The shortest paths that pass the tests."""
        if not tests.pass_nodes(np.array([source, target], np.int64)).all():
            return []
        search = self.search(wanted, tests)
        if tests.tests.path is None:
            return self.paths(source, target, search)
        if source == target:
            paths = self.paths(source, target, search)
            return list(compress(paths, tests.pass_paths(paths)))
        try:
            return self._tried(source, target, search, tests)
        finally:
            self._charge(-self._charged)

    def _tried(self, source: int, target: int, search: read.Search, tests: RowTests) -> list[Value]:
        """The shortest paths that pass, of all that there are."""
        found: list[Value] = []
        high = self._steps.high
        with (
            self._context.holding() as held,
            closing(search.trails(source, target, high, held.add)) as tables,
        ):
            for table in tables:
                if len(table) == 0 and found:
                    break
                paths = self._made(source, target, table)
                for place in np.flatnonzero(tests.pass_paths(paths)).tolist():
                    if not self._every:
                        return [paths[place]]
                    self._charge(8 * (table.shape[1] + 4))
                    found.append(paths[place])
        return found

    def paths(self, source: int, target: int, search: read.Search) -> list[Value]:
        """The shortest paths along the edges of a search."""
        steps = self._steps
        if source == target:
            return [Path((Node(source),), ())] if steps.low == 0 else []
        if not self._every:
            path = search.shortest(source, target, steps.high)
            if path is None:
                return []
            nodes, edges = path
            check = self._context.interrupt.check
            return [Path(objects(Node, nodes, check), objects(Edge, edges, check))]
        try:
            table = search.all_shortest(source, target, steps.high, self._charge)
            return self._made(source, target, table)
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

    def _made(self, source: int, target: int, table: NDArray[np.int64]) -> list[Value]:
        """The paths along the edges. Args: table: int64[paths, length]"""
        paths: list[Value] = []
        total = 0
        for span in spans(len(table), self._context.interrupt.check, _PIECE_PATHS):
            edges: list[Value] = [list(map(Edge, numbers)) for numbers in table[span].tolist()]
            ends = [cols.from_values([Node(end)] * len(edges)) for end in (source, target)]
            found = path_of([ends[0], cols.mixed(edges), ends[1]], self._context)
            some = found.to_list()
            total += values_bytes(some)
            self._context.require(total)
            paths.extend(some)
        return paths
