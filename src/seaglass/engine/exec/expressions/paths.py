"""Paths: made of nodes and edges, and taken apart; what the edges of a path must have.

Above: `evaluate`, `functions`. Below: `values`, `engine/graph/read`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions import boolean, entities
from seaglass.engine.exec.expressions.comparison import comparison
from seaglass.engine.exec.expressions.values import rows_of, values_of, wrong_type
from seaglass.engine.exec.holding import values_bytes
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.types import Edge, Node, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Ends = dict[int, tuple[int, int]]

# Nodes and edges that are put together between two looks at whether the query shall end.
_BATCH_VALUES = 16_384


def path_of(parts: Sequence[Column], context: Context) -> Column:
    """The path through node, edge, node, ... of each row; null where one of them is null.

    Args: parts: operands; instead of an edge there may be a list of edges
    Raises: Exhausted(memory) when they take too much; Interrupted when the query must end
    """
    rows = rows_of(*parts)
    paths: list[Value] = []
    total = 0
    for batch in _batches(_rows(parts, rows)):
        context.interrupt.check()
        lists = [part for row in batch for part in row[1::2] if isinstance(part, list)]
        ends = _ends(lists, context)
        some: list[Value] = [None if None in row else _path(row, ends) for row in batch]
        total += values_bytes(some)
        context.require(total)
        paths += some
    return cols.mixed(paths)


def _rows(parts: Sequence[Column], rows: int) -> Iterator[tuple[Value, ...]]:
    """The values of each row; objects are made of some rows at a time, of fewer where lists are long."""
    lists = [part.total // rows for part in parts if isinstance(part, Lists) and len(part) == rows]
    most = max(1, _BATCH_VALUES // (len(parts) + sum(lists)))
    for start in range(0, rows, most):
        stop = min(start + most, rows)
        some = (part if len(part) != rows else part.slice(start, stop) for part in parts)
        yield from zip(*[values_of(part, stop - start) for part in some], strict=True)


def _batches(rows: Iterable[tuple[Value, ...]]) -> Iterator[list[tuple[Value, ...]]]:
    """The rows, as many at once as have so many values that Python needs some milliseconds."""
    batch: list[tuple[Value, ...]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row) + sum([len(part) for part in row[1::2] if isinstance(part, list)])
        if size >= _BATCH_VALUES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _ends(lists: list[list[Value]], context: Context) -> Ends:
    """The two ends of all edges in the lists."""
    numbers = {edge.number for edge in chain.from_iterable(lists) if isinstance(edge, Edge)}
    if not numbers:
        return {}
    edges = np.fromiter(numbers, np.int64, len(numbers))
    starts, ends = read.edge_ends(context.version, edges)
    return dict(zip(edges.tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True))


def _path(parts: tuple[Value, ...], ends: Ends) -> Path:
    nodes: list[Node] = [parts[0]]  # type: ignore[list-item]
    edges: list[Edge] = []
    for step, node in zip(parts[1::2], parts[2::2], strict=True):
        if not isinstance(step, list):
            edges.append(step)  # type: ignore[arg-type]
            nodes.append(node)  # type: ignore[arg-type]
            continue
        for edge in step:
            start, end = ends[edge.number]
            nodes.append(Node(end if start == nodes[-1].number else start))
            edges.append(edge)
    return Path(tuple(nodes), tuple(edges))


def nodes(at: Position, path: Value) -> Value:
    return list(_checked("nodes", path, at).nodes)


def relationships(at: Position, path: Value) -> Value:
    return list(_checked("relationships", path, at).edges)


def length(at: Position, path: Value) -> Value:
    return len(_checked("length", path, at).edges)


def _checked(name: str, value: Value, at: Position) -> Path:
    if not isinstance(value, Path):
        raise wrong_type(f"{name}()", "a path", value, at)
    return value


def has_properties(
    edges: NDArray[np.int64],
    rows: NDArray[np.int64],
    wanted: list[tuple[str, Column]],
    context: Context,
) -> NDArray[np.bool_]:
    """bool[n]: whether each edge has what its row wants. Args: edges, rows: int64[n]"""
    keep = np.ones(len(edges), np.bool_)
    for key, column in wanted:
        own = entities.edge_property(context, edges, key)
        equal = comparison(ex.BinaryOperator.EQ, own, column.take(rows))
        keep &= boolean.truth_of(equal, "A pattern", None)[0]
    return keep
