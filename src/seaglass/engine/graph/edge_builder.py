"""Bulk loading of edges: columns and adjacency of many edges at once.

Above: `builder`, `engine/transfer`. Below: `edge_parts`, `group_edit`, `adjacency`, `kernels/linking`.

Edges are numbered in the order of type, source, target, and then of their rows, so that the entries
of a row of adjacency name consecutive edges and a scan of a node's edges reads consecutive rows.

    part      edges as they come -> by type and range of their sources      each part by itself
    range     -> sorted; columns, rows of adjacency, the way back by range of targets
    arrival   what leads to a range of targets, of all ranges of sources -> rows of adjacency

Several are in work at a time, and what is ready is given on at once. A type that few of many nodes
have is sorted as a whole, without a count for each node.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from immutables import Map

from seaglass.base import limits
from seaglass.engine.graph import group_edit
from seaglass.engine.graph.adjacency import INT32_MAX, Links, TypeAdjacency, narrow_segment
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.edge_parts import keys_of, values_of
from seaglass.engine.graph.group import SOURCE, TARGET, TYPE, Base, Group
from seaglass.engine.kernels.linking import (
    arrive,
    bucket_edges,
    emit,
    leave,
    sort_range,
    turn_range,
)
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from seaglass.engine.graph.edge_parts import EdgePart, Edges
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.graph.watch import Watch
    from seaglass.engine.values.column import Column

    Back = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]

Item = TypeVar("Item")

# Counting takes memory and time for each node: worth it up to so many nodes an edge.
_SPARSE_MAX = 8
# Ranges of all types together: each costs a few calls for every part.
_RANGES_MAX = 64
# Parts are taken apart so many rows at a time.
_PARTED_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class _Range:
    """Edges of one type whose sources are first <= source < first + nodes.

    whole: all edges of the type, which has few; edge, count: the number of the first, and how many
    """

    token: int
    whole: bool
    first: int
    nodes: int
    edge: int
    count: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A part by ranges. Args: starts: where each range begins; order: the rows that they were"""

    starts: NDArray[np.int64]
    sources: NDArray[Any]
    targets: NDArray[Any]
    values: Mapping[str, Column]


class _Piece(NamedTuple):
    """Columns of some edges of one group, which come one after the other."""

    place: int
    columns: dict[str, Column]


class _Made(NamedTuple):
    """What a range becomes. Args: into: of a type that is made as a whole; back: of the others"""

    pieces: list[_Piece]
    out: list[tuple[int, Links]]
    into: list[tuple[int, Links]]
    back: Back | None


@dataclass(frozen=True, slots=True)
class _Direction:
    """One direction of the adjacency of one type: of node `n`, `neighbours[indptr[n]:indptr[n + 1]]`
    and `edges` likewise.

    nodes: int64[r], ascending: those that `indptr` has; or the first of all those
    """

    nodes: NDArray[np.int64] | int
    indptr: NDArray[np.int64]
    neighbours: NDArray[Any]
    edges: NDArray[Any]


def with_edges(version: GraphVersion, edges: Edges, watch: Watch) -> GraphVersion:
    """The version with more edges, whose columns are checked already; its number stays.

    Args: edges: are taken
    Cost: some 100 ns an edge on one core; scratch of some 40 bytes an edge.
    """
    parts = edges.taken()
    count, first = sum(map(len, parts)), version.next_edge
    keys = keys_of(parts)
    narrow = max(version.next_node, first + count) <= INT32_MAX
    plan = _Plan.of(parts, version.next_node, narrow=narrow)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="build") as pool:
        waiting = []
        while parts:
            # They go when they have been taken apart.
            some = _some_of(parts, _PARTED_ROWS)
            waiting.append(pool.submit(_parted, some, plan, narrow=narrow))
        work = _Work(version, plan, [one.result() for one in waiting], keys)
        del waiting
        groups = _EdgeGroups(version, work.ranges)
        links = _AllLinks(pool, work, watch)
        made = deque(pool.submit(_made, work, place) for place in range(len(work.ranges)))
        for place in range(len(work.ranges)):
            # What leads back is as much again.
            watch.step(place / (2 * len(work.ranges)))
            one = made.popleft().result()
            for piece in one.pieces:
                for ref in groups.add(piece):
                    watch.keep(ref)
            links.add(place, one)
        adjacency = links.done()
    return replace(
        version,
        edges=tuple(groups.groups),
        next_edge=first + count,
        edge_count=version.edge_count + count,
        adjacency=adjacency,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The ranges, in order of type and first node, without their edges; and for each type its first
    range and how many nodes one has, int64 each."""

    ranges: tuple[_Range, ...]
    bases: NDArray[np.int64]
    widths: NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[EdgePart], nodes: int, *, narrow: bool) -> _Plan:
        totals = np.zeros(max(int(part.tokens.max()) for part in parts) + 1, np.int64)
        for part in parts:
            if len(part.tokens) == 1:
                totals[part.tokens] += len(part)
            else:
                totals += np.bincount(part.tokens, minlength=len(totals))
        groups = -(-nodes // limits.GROUP_ROWS)
        ranges: list[_Range] = []
        bases, widths = np.zeros_like(totals), np.ones_like(totals)
        for token in np.flatnonzero(totals).tolist():
            whole = not narrow or nodes > _SPARSE_MAX * totals[token]
            share = 1 if whole else max(1, _RANGES_MAX * int(totals[token]) // int(totals.sum()))
            width = limits.GROUP_ROWS * -(-groups // min(groups, share))
            bases[token], widths[token] = len(ranges), width
            ranges += [
                _Range(token, whole, start, min(width, nodes - start), 0, 0)
                for start in range(0, nodes, width)
            ]
        return cls(tuple(ranges), bases, widths)


def _some_of(parts: list[EdgePart], rows: int) -> list[EdgePart]:
    """Takes the first parts, so many that they have as many rows, or all."""
    count, taken = 0, 0
    while taken < len(parts) and count < rows:
        count += len(parts[taken])
        taken += 1
    some = parts[:taken]
    del parts[:taken]
    return some


def _parted(parts: list[EdgePart], plan: _Plan, *, narrow: bool) -> _Part:
    dtype = np.int32 if narrow else np.int64
    ends = [
        (
            part.sources.astype(dtype, copy=False),
            part.targets.astype(dtype, copy=False),
            part.tokens,
        )
        for part in parts
    ]
    plans = plan.bases, plan.widths
    starts, sources, targets, order = bucket_edges(ends, plans, len(plan.ranges))
    values = {key: cols.concat(values_of(parts, key)).take(order) for key in keys_of(parts)}
    return _Part(starts, sources, targets, values)


class _Work:
    """All parts by ranges; only read, by several threads."""

    def __init__(
        self, version: GraphVersion, plan: _Plan, parts: Sequence[_Part], keys: Sequence[str]
    ) -> None:
        counts = np.sum([np.diff(part.starts) for part in parts], axis=0).tolist()
        firsts = accumulate(counts, initial=version.next_edge)
        self.version = version
        self.plan = plan
        self.ranges = [
            replace(one, edge=edge, count=count)
            for one, edge, count in zip(plan.ranges, firsts, counts, strict=False)
        ]
        self._parts = parts
        self._keys = keys

    def of(self, place: int) -> tuple[NDArray[Any], NDArray[Any], dict[str, Column]]:
        """Sources, targets and values of one range, in the order of their rows."""
        cuts = [(part, *part.starts[place : place + 2].tolist()) for part in self._parts]
        cuts = [(part, start, stop) for part, start, stop in cuts if stop > start]
        sources, targets = (
            np.concatenate([getattr(part, end)[start:stop] for part, start, stop in cuts])
            for end in ("sources", "targets")
        )
        values = {
            key: cols.concat(
                [
                    part.values[key].slice(start, stop)
                    if key in part.values
                    else cols.nulls(stop - start)
                    for part, start, stop in cuts
                ]
            )
            for key in self._keys
        }
        return sources, targets, values

    def old(self, token: int) -> TypeAdjacency:
        """What the version has of a type."""
        found = self.version.adjacency.get(self.version.types[token])
        return TypeAdjacency(token, 0, (), ()) if found is None else found


def _made(work: _Work, place: int) -> _Made:
    one = work.ranges[place]
    if one.count == 0:
        return _Made([], [], [], None)
    sources, targets, values = work.of(place)
    if one.whole:
        return _made_whole(work.old(one.token), one, (sources, targets), values)
    indptr, words = sort_range(sources, targets, one.first, one.nodes)
    del sources, targets
    pieces = []
    for group, start, stop in spans(one.edge, one.count):
        edges = emit(indptr, words, (start, stop), one.first)
        pieces.append(_Piece(group, _columns(edges, values)))
    out = _Direction(one.first, indptr, *leave(words, one.edge))
    width = int(work.plan.widths[one.token])
    ranges = -(-work.version.next_node // width), width
    back = turn_range(indptr, words, (one.first, one.edge), ranges)
    return _Made(pieces, list(_with_entries(work.old(one.token).out, out)), [], back)


def _made_whole(
    old: TypeAdjacency,
    one: _Range,
    ends: tuple[NDArray[Any], NDArray[Any]],
    values: Mapping[str, Column],
) -> _Made:
    sources, targets = ends
    order = np.lexsort((targets, sources))
    sources, targets = sources[order], targets[order]
    numbers = np.arange(one.edge, one.edge + one.count, dtype=sources.dtype)
    pieces = []
    for group, start, stop in spans(one.edge, one.count):
        froms, tos = (ends[start:stop].astype(np.int64) for ends in (sources, targets))
        pieces.append(_Piece(group, _columns((froms, tos, order[start:stop]), values)))
    back = np.argsort(targets, kind="stable")
    out = _few(sources, targets, numbers)
    into = _few(targets[back], sources[back], numbers[back])
    return _Made(
        pieces, list(_with_entries(old.out, out)), list(_with_entries(old.into, into)), None
    )


def _columns(
    edges: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    values: Mapping[str, Column],
) -> dict[str, Column]:
    """Args: edges: sources, targets, and places in `values`"""
    sources, targets, order = edges
    columns = {key: column.take(order) for key, column in values.items()}
    return {**columns, SOURCE: cols.ints(sources), TARGET: cols.ints(targets)}


class _EdgeGroups:
    """The groups of edges, which take pieces in the order of their numbers."""

    def __init__(self, version: GraphVersion, ranges: Sequence[_Range]) -> None:
        self.groups = list(version.edges)
        self._ranges = ranges
        first, count = version.next_edge, sum(one.count for one in ranges)
        self._spans = {
            place: (first + start, first + stop) for place, start, stop in spans(first, count)
        }
        self._pieces: list[dict[str, Column]] = []
        self._rows = 0
        # Most groups have edges of one type: the column that says so is one for all of them.
        self._types: dict[tuple[int, int], ChunkRef[Column]] = {}

    def add(self, piece: _Piece) -> Iterator[ChunkRef[Column]]:
        """Takes a piece; gives the chunks of a group that is whole then."""
        self._pieces.append(piece.columns)
        self._rows += len(piece.columns[SOURCE])
        start, stop = self._spans[piece.place]
        if self._rows < stop - start:
            return
        columns = {key: cols.concat([part[key] for part in self._pieces]) for key in piece.columns}
        self._pieces, self._rows = [], 0
        grow(self.groups, piece.place, Group.empty)
        group = self._appended(self.groups[piece.place], columns, (start, stop))
        self.groups[piece.place] = group
        yield from group.base.columns.values()

    def _appended(self, group: Group, columns: dict[str, Column], within: tuple[int, int]) -> Group:
        start, stop = within
        lengths = [
            (one.token, min(stop, one.edge + one.count) - max(start, one.edge))
            for one in self._ranges
        ]
        tokens = [(token, length) for token, length in lengths if length > 0]
        columns[TYPE] = cols.ints(np.repeat(*np.array(tokens, np.int64).T))
        alone = group.rows == 0 and len({token for token, _ in tokens}) == 1
        group = group_edit.appended(group, stop - start, (), columns)
        if not alone or group.patch:
            return group
        ref = self._types.setdefault((tokens[0][0], stop - start), group.base.columns[TYPE])
        columns_now = {**group.base.columns, TYPE: ref}
        return Group(Base(group.rows, columns_now, {}, group.base.alive), group.rows, Map())


class _AllLinks:
    """The adjacency of all types, which takes what ranges become in their order."""

    def __init__(self, pool: ThreadPoolExecutor, work: _Work, watch: Watch) -> None:
        self._pool = pool
        self._work = work
        self._watch = watch
        self._out: dict[int, list[Links]] = {}
        self._into: dict[int, list[Links]] = {}
        self._counts: dict[int, int] = {}
        self._backs: list[Back] = []
        self._arriving: deque[tuple[int, Future[list[tuple[int, Links]]]]] = deque()

    def add(self, place: int, made: _Made) -> None:
        ranges = self._work.ranges
        token = ranges[place].token
        if token not in self._out:
            old = self._work.old(token)
            self._out[token], self._into[token] = list(old.out), list(old.into)
            self._counts[token] = old.count
        self._counts[token] += ranges[place].count
        self._put(self._out[token], made.out)
        self._put(self._into[token], made.into)
        if made.back is not None:
            self._backs.append(made.back)
        if self._backs and (place + 1 == len(ranges) or ranges[place + 1].token != token):
            base = int(self._work.plan.bases[token])
            for number, one in enumerate(ranges[base : place + 1]):
                future = self._pool.submit(
                    _arrived, self._work.old(token), one, number, self._backs
                )
                self._arriving.append((token, future))
            self._backs = []

    def done(self) -> Map[str, TypeAdjacency]:
        """When all ranges are there: waits for what leads back."""
        while self._arriving:
            self._watch.step(1 - len(self._arriving) / (2 * len(self._work.ranges)))
            token, arrived = self._arriving.popleft()
            self._put(self._into[token], arrived.result())
        adjacency = self._work.version.adjacency
        for token, out in self._out.items():
            made = TypeAdjacency(token, self._counts[token], tuple(out), tuple(self._into[token]))
            adjacency = adjacency.set(self._work.version.types[token], made)
        return adjacency

    def _put(self, links: list[Links], more: Sequence[tuple[int, Links]]) -> None:
        for place, one in more:
            grow(links, place, Links.empty)
            links[place] = one
            self._watch.keep(one.base)


def _arrived(
    old: TypeAdjacency, one: _Range, number: int, backs: Sequence[Back]
) -> list[tuple[int, Links]]:
    parts = []
    for starts, targets, words in backs:
        start, stop = starts[number : number + 2].tolist()
        parts.append((targets[start:stop], words[start:stop]))
    return list(
        _with_entries(old.into, _Direction(one.first, *arrive(parts, one.first, one.nodes)))
    )


def _few(nodes: NDArray[Any], neighbours: NDArray[Any], edges: NDArray[Any]) -> _Direction:
    """The direction of entries that are sorted by node."""
    present, counts = np.unique(nodes, return_counts=True)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return _Direction(present.astype(np.int64), indptr, neighbours, edges)


def _with_entries(links: tuple[Links, ...], more: _Direction) -> Iterator[tuple[int, Links]]:
    """The links of all groups that get more entries, by their places."""
    size = limits.GROUP_ROWS
    if isinstance(more.nodes, int):
        bounds = np.append(np.arange(0, len(more.indptr) - 1, size), len(more.indptr) - 1)
        places = more.nodes // size + np.arange(len(bounds) - 1)
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
        counts = np.diff(starts)
        rows = (
            np.arange(high - low)
            if isinstance(more.nodes, int)
            else more.nodes[low:high] - place * size
        )
        neighbours, edges = _own(more.neighbours, start, stop), _own(more.edges, start, stop)
        old = links[place] if place < len(links) else None
        if old is not None and (old.patch or old.base.get().rows):
            entries = (
                np.repeat(rows, counts),
                neighbours.astype(np.int64),
                edges.astype(np.int64),
            )
            yield place, old.with_added(entries)
            continue
        # A segment ends with its last row that has entries.
        filled = np.flatnonzero(counts)
        by_row = np.zeros(int(rows[filled[-1]]) + 1, np.int64)
        by_row[rows[filled]] = counts[filled]
        indptr = np.concatenate([[0], np.cumsum(by_row)])
        segment = narrow_segment((indptr, neighbours, edges))
        yield place, Links(ChunkRef.of(segment), Map(), 0)


def _own(numbers: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    """A part that keeps nothing else in memory."""
    return numbers if stop - start == len(numbers) else numbers[start:stop].copy()


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
