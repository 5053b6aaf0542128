"""Bulk loading of edges: columns and adjacency of many edges at once.

Above: `builder`, `engine/transfer`. Below: `group_edit`, `adjacency`, `kernels/linking`.

Edges are numbered in the order of type, source, target, and then of their rows, so that the entries
of a row of adjacency name consecutive edges and a scan of a node's edges reads consecutive rows.
What is independent goes side by side: halves of the sources are sorted at once, and the way back is
made while columns are put in order.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import group_edit
from seaglass.engine.graph.adjacency import INT32_MAX, Links, TypeAdjacency, narrow_segment
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.group import SOURCE, TARGET, TYPE, Group
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.kernels.linking import (
    count_keys,
    sort_rows,
    split_words,
    spread_by_source,
    turn,
)
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column

Item = TypeVar("Item")

# Counting takes memory and time for each node: worth it up to so many nodes an edge.
_SPARSE_MAX = 8


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Edges of one type, by source, target and row.

    order: int64[m]: their rows, None: those of the table; sources, targets: int32|int64[m], in that
        order
    """

    token: int
    order: NDArray[np.int64] | None
    sources: NDArray[Any]
    targets: NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Direction:
    """One direction of the adjacency of one type: of node `n`, `neighbours[indptr[n]:indptr[n + 1]]`
    and `edges` likewise.

    nodes: int64[r], ascending: those that `indptr` has; None: all from 0 on
    """

    nodes: NDArray[np.int64] | None
    indptr: NDArray[np.int64]
    neighbours: NDArray[Any]
    edges: NDArray[Any]


@dataclass(slots=True)
class Edges:
    """Where edges go, which whoever builds with them takes away: their memory is free before all is
    built.

    sources, targets: int32|int64[n], n > 0, numbers of nodes; tokens: int32|int64[n], places in a
        version's `types`
    """

    sources: NDArray[Any]
    targets: NDArray[Any]
    tokens: NDArray[Any]

    def taken(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """All three, which are gone here then."""
        given = self.sources, self.targets, self.tokens
        self.sources = self.targets = self.tokens = np.zeros(0, np.int32)
        return given


def with_edges(
    version: GraphVersion, edges: Edges, properties: Mapping[str, Column]
) -> GraphVersion:
    """The version with more edges, whose columns are checked already; its number stays.

    Args: edges: are taken; properties: key -> column[n]
    Cost: some 100 ns an edge on one core; scratch of some 40 bytes an edge.
    """
    sources, targets, tokens = edges.taken()
    count, first = len(sources), version.next_edge
    narrow = max(version.next_node, first + count) <= INT32_MAX
    if narrow:
        sources = sources.astype(np.int32, copy=False)
        targets = targets.astype(np.int32, copy=False)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="build") as pool:
        parts = [
            _sorted(pool, part, version.next_node) for part in _by_token(sources, targets, tokens)
        ]
        del sources, targets, tokens
        adjacency = version.adjacency
        start = first
        links = []
        for part in parts:
            links.append(pool.submit(_adjacency, version, part, start))
            start += len(part.sources)
        groups = _with_columns(version, parts, properties)
        for part, made in zip(parts, links, strict=True):
            adjacency = adjacency.set(version.types[part.token], made.result())
    return replace(
        version,
        edges=groups,
        next_edge=first + count,
        edge_count=version.edge_count + count,
        adjacency=adjacency,
    )


def _by_token(
    sources: NDArray[Any], targets: NDArray[Any], tokens: NDArray[Any]
) -> Iterator[_Sorted]:
    """The edges of each type, in the order of their rows."""
    if (tokens == tokens[0]).all():
        yield _Sorted(int(tokens[0]), None, sources, targets)
        return
    order, starts = counting_order(tokens, int(tokens.max()) + 1, np.arange(len(tokens)))
    for token in np.flatnonzero(np.diff(starts)).tolist():
        rows = order[starts[token] : starts[token + 1]]
        yield _Sorted(token, rows, sources[rows], targets[rows])


def _sorted(pool: ThreadPoolExecutor, part: _Sorted, nodes: int) -> _Sorted:
    """The edges of one type by source and target."""
    if part.sources.dtype != np.int32 or nodes > _SPARSE_MAX * len(part.sources):
        order = np.lexsort((part.targets, part.sources))
        return _Sorted(part.token, _rows(part, order), part.sources[order], part.targets[order])
    indptr = count_keys(part.sources, nodes)
    words = spread_by_source(part.sources, part.targets, indptr)
    shares = np.linspace(0, len(words), (os.cpu_count() or 1) + 1)
    bounds = [0, *np.searchsorted(indptr, shares[1:-1]).tolist(), nodes]
    sorts = [pool.submit(sort_rows, indptr, words, low, high) for low, high in pairwise(bounds)]
    for sort in sorts:
        sort.result()
    targets, order = split_words(words)
    sources = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(indptr))
    return _Sorted(part.token, _rows(part, order), sources, targets)


def _rows(part: _Sorted, order: NDArray[np.int64]) -> NDArray[np.int64]:
    return order if part.order is None else part.order[order]


def _with_columns(
    version: GraphVersion, parts: list[_Sorted], properties: Mapping[str, Column]
) -> tuple[Group, ...]:
    """The groups of edges with those of all types, one type after the other."""
    order, sources, targets = (
        np.concatenate([getattr(part, name) for part in parts])
        if len(parts) > 1
        else getattr(parts[0], name)
        for name in ("order", "sources", "targets")
    )
    starts = np.cumsum([0, *(len(part.sources) for part in parts)])
    groups = list(version.edges)
    for place, start, stop in spans(version.next_edge, len(order)):
        grow(groups, place, Group.empty)
        rows = order[start:stop]
        columns = {key: column.take(rows) for key, column in properties.items()}
        columns[SOURCE] = cols.ints(sources[start:stop].astype(np.int64))
        columns[TARGET] = cols.ints(targets[start:stop].astype(np.int64))
        lengths = np.diff(np.clip(starts, start, stop))
        columns[TYPE] = cols.ints(np.repeat([part.token for part in parts], lengths))
        groups[place] = group_edit.appended(groups[place], stop - start, (), columns)
    return tuple(groups)


def _adjacency(version: GraphVersion, part: _Sorted, first: int) -> TypeAdjacency:
    """The adjacency of a type with more edges, numbered from `first`."""
    old = version.adjacency.get(version.types[part.token])
    old = TypeAdjacency(part.token, 0, (), ()) if old is None else old
    out, into = _directions(part, first, version.next_node)
    return TypeAdjacency(
        part.token,
        old.count + len(part.sources),
        _with_entries(old.out, out),
        _with_entries(old.into, into),
    )


def _directions(part: _Sorted, first: int, nodes: int) -> tuple[_Direction, _Direction]:
    sources, targets = part.sources, part.targets
    numbers = np.arange(first, first + len(sources), dtype=sources.dtype)
    if sources.dtype == np.int32 and nodes <= _SPARSE_MAX * len(sources):
        out = _Direction(None, count_keys(sources, nodes), targets, numbers)
        back = count_keys(targets, nodes)
        return out, _Direction(None, back, *turn(sources, targets, first, back))
    order = np.argsort(targets, kind="stable")
    return _few(sources, targets, numbers), _few(targets[order], sources[order], numbers[order])


def _few(nodes: NDArray[Any], neighbours: NDArray[Any], edges: NDArray[Any]) -> _Direction:
    """The direction of entries that are sorted by node."""
    present, counts = np.unique(nodes, return_counts=True)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return _Direction(present.astype(np.int64), indptr, neighbours, edges)


def _with_entries(links: tuple[Links, ...], more: _Direction) -> tuple[Links, ...]:
    """The links of all groups with more entries."""
    changed = list(links)
    size = limits.GROUP_ROWS
    if more.nodes is None:
        bounds = np.append(np.arange(0, len(more.indptr) - 1, size), len(more.indptr) - 1)
        places = np.arange(len(bounds) - 1)
    else:
        places, firsts = np.unique(more.nodes // size, return_index=True)
        bounds = np.append(firsts, len(more.nodes))
    for place, low, high in zip(
        places.tolist(), bounds[:-1].tolist(), bounds[1:].tolist(), strict=True
    ):
        starts = more.indptr[low : high + 1]
        start, stop = int(starts[0]), int(starts[-1])
        if start == stop:
            continue
        grow(changed, place, Links.empty)
        counts = np.diff(starts)
        rows = np.arange(high - low) if more.nodes is None else more.nodes[low:high] - place * size
        neighbours, edges = more.neighbours[start:stop].copy(), more.edges[start:stop].copy()
        old = changed[place]
        if old.patch or old.base.get().rows:
            entries = (
                np.repeat(rows, counts),
                neighbours.astype(np.int64),
                edges.astype(np.int64),
            )
            changed[place] = old.with_added(entries)
            continue
        # A segment ends with its last row that has entries.
        filled = np.flatnonzero(counts)
        by_row = np.zeros(int(rows[filled[-1]]) + 1, np.int64)
        by_row[rows[filled]] = counts[filled]
        indptr = np.concatenate([[0], np.cumsum(by_row)])
        segment = narrow_segment((indptr, neighbours, edges))
        changed[place] = Links(ChunkRef.of(segment), old.patch, 0)
    return tuple(changed)


def spans(first: int, count: int) -> Iterator[tuple[int, int, int]]:
    """(group, start, stop) for each group that some of `count` new numbers fall into, from
    `first`."""
    start = 0
    while start < count:
        place, row = divmod(first + start, limits.GROUP_ROWS)
        stop = min(count, start + limits.GROUP_ROWS - row)
        yield place, start, stop
        start = stop


def grow(items: list[Item], place: int, make: Callable[[], Item]) -> None:
    while len(items) <= place:
        items.append(make())
