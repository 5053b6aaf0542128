"""What a search may walk along: edges of some types, with some properties, that pass tests.

Above: `shortest`, the operator of paths of variable length. Below: `paths`, `engine/graph/read`.
All edges are looked at once before the first search, instead of some often; rows that want the same
share one search.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical.walk import variables
from seaglass.engine.exec.expressions import boolean
from seaglass.engine.exec.expressions.paths import has_properties
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.order import order_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.expressions.comprehensions import Evaluate
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

# Of a node, on each side of a search: its depth and its place in the queue.
_SIDE_BYTES = 12


@dataclass(frozen=True, slots=True)
class RowTests:
    """What one row wants of the paths that are looked for.

    Args: row: one row, with the columns that the tests read
    """

    tests: ex.Tests
    row: Frame
    context: Context
    evaluate: Evaluate

    @classmethod
    def of_rows(
        cls, tests: ex.Tests, frame: Frame, context: Context, evaluate: Evaluate
    ) -> Iterator[RowTests | None]:
        """The tests of each row; None where there are none."""
        found = tests.all()
        if not found:
            yield from repeat(None, frame.rows)
            return
        names = {name for test in found for name in variables(test.predicate)}
        columns = {name: column for name, column in frame.columns.items() if name in names}
        whole = Frame(columns, frame.rows)
        for row in range(frame.rows):
            yield cls(tests, whole.slice(row, row + 1), context, evaluate)

    def key(self) -> list[Value]:
        """What decides which edges pass."""
        return [column.value(0) for column in self.row.columns.values()]

    def pass_nodes(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[n]: which nodes may be on a path. Args: numbers: int64[n]"""
        return self._pass(self.tests.node, cols.nodes(numbers))

    def pass_edges(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[n]: which edges may be on a path, whatever their ends. Args: numbers: int64[n]"""
        return self._pass(self.tests.edge, cols.edges(numbers))

    def pass_paths(self, paths: list[Value]) -> NDArray[np.bool_]:
        """bool[n]: which paths are meant, if their edges and nodes pass."""
        return self._pass(self.tests.path, cols.mixed(paths))

    def _pass(self, test: ex.Test | None, items: Column) -> NDArray[np.bool_]:
        """Where the test is true."""
        count = len(items)
        if test is None or count == 0:
            return np.ones(count, np.bool_)
        self.context.interrupt.check()
        repeated = self.row.take(np.zeros(count, np.int64)) if self.row.columns else self.row
        frame = Frame({**repeated.columns, test.local: items}, count)
        result = self.evaluate(test.predicate, frame, self.context)
        return boolean.truth_of(result, "WHERE", test.predicate.at)[0]


class Searches:
    """The searches along steps; rows that want the same of edges share one."""

    def __init__(self, steps: ex.Steps, context: Context, held: Held) -> None:
        self._steps = steps
        self._held = held
        self._context = context
        self._made: dict[bytes, read.Search] = {}

    def of(self, wanted: tuple[Value, ...], tests: RowTests | None = None) -> read.Search:
        """The search along edges that have the values `wanted` of the steps' properties, and that
        pass the tests, as do the nodes that they join."""
        own = tests.key() if tests is not None else []
        key = order_key([*wanted, *own]) if wanted or own else b""
        search = self._made.get(key)
        if search is None:
            steps, context = self._steps, self._context
            self._held.add(_SIDE_BYTES * 2 * context.version.next_node)
            allowed = self._allowed(wanted, tests)
            check = context.interrupt.check
            search = read.Search(
                context.version, steps.types, steps.direction.value, allowed, check
            )
            self._made[key] = search
        return search

    def _allowed(
        self, wanted: tuple[Value, ...], tests: RowTests | None
    ) -> NDArray[np.bool_] | None:
        """bool[edges]: which may be walked along; None for all."""
        context = self._context
        if tests is not None and tests.tests.edge is None and tests.tests.node is None:
            tests = None
        if not wanted and tests is None:
            return None
        self._held.add(context.version.next_edge)
        allowed = np.zeros(context.version.next_edge, np.bool_)
        columns = [
            (key, cols.from_values([value]))
            for (key, _), value in zip(self._steps.properties, wanted, strict=True)
        ]
        nodes = None if tests is None or tests.tests.node is None else self._allowed_nodes(tests)
        for edges in read.scan_edges(context.version, self._steps.types):
            context.interrupt.check()
            keep = has_properties(edges, np.zeros(len(edges), np.int64), columns, context)
            if nodes is not None:
                starts, ends = read.edge_ends(context.version, edges)
                keep &= nodes[starts] & nodes[ends]
            if tests is not None:
                keep[keep] = tests.pass_edges(edges[keep])
            allowed[edges] = keep
        return allowed

    def _allowed_nodes(self, tests: RowTests) -> NDArray[np.bool_]:
        """bool[nodes]: which may be on a path."""
        version = self._context.version
        self._held.add(version.next_node)
        allowed = np.zeros(version.next_node, np.bool_)
        for nodes in read.scan_nodes(version, ()):
            allowed[nodes] = tests.pass_nodes(nodes)
        return allowed
