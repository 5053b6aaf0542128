"""Neighbours: degrees and expansion of many nodes or of one.

Above: `read`. Below: `adjacency`, `by_group`, `kernels/csr`, `kernels/marking`.

The edges of a node come in this order: by type name, then out before in, then by neighbour, then by
edge. In direction "both" a self-loop comes once, with the edges that go out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.by_group import by_group
from seaglass.engine.kernels.csr import expand_into
from seaglass.engine.kernels.marking import mark, new_marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import Links, TypeAdjacency
    from seaglass.engine.graph.by_group import Part
    from seaglass.engine.graph.version import GraphVersion

Direction: TypeAlias = Literal["out", "in", "both"]

# Up to this many nodes, one at a time is quicker than arrays.
_SMALL_NODES = 8
# From this many nodes on, tables of segments are quicker than one at a time; up to the other, they
# are quicker than sorting the nodes into groups.
# Up to so many nodes, a set is quicker than arrays.
_SET_NODES = 64
_TABLE_NODES_MIN, _TABLE_NODES_MAX = 3, 4_096


@dataclass(frozen=True, slots=True)
class Expansion:
    """Edges found: from input row `rows[i]` along `edges[i]` to `nodes[i]`. Args: all int64[m];
    rows ascend"""

    rows: NDArray[np.int64]
    nodes: NDArray[np.int64]
    edges: NDArray[np.int64]


def adjacencies(version: GraphVersion, types: tuple[str, ...]) -> list[TypeAdjacency]:
    """The adjacency of each of the types (all for `()`) that the version has, by name."""
    known = version.adjacency
    if len(types) == 1:
        only = known.get(types[0])
        return [] if only is None else [only]
    names = set(types).intersection(known) if types else known
    return [known[name] for name in sorted(names)]


def degrees(
    version: GraphVersion, nodes: NDArray[np.int64], types: tuple[str, ...], direction: Direction
) -> NDArray[np.int64]:
    """Edges of each node.

    Args:
        nodes: int64[n], -1 for none
        types: () for all
    Returns: int64[n]; "both" counts a self-loop once
    Cost: some nanoseconds a node, type and direction.
    """
    found = adjacencies(version, types)
    parts = _degrees_by_table(found, nodes, direction)
    if parts is not None:
        return parts[0] if len(parts) == 1 else np.sum(parts, 0, np.int64)
    counts = np.zeros(len(nodes), np.int64)
    if len(nodes) <= _SMALL_NODES:
        for place, node in enumerate(nodes.tolist()):
            counts[place] = degree_one(version, node, types, direction)
        return counts
    for part in by_group(nodes).parts:
        if part.group < 0:
            continue
        first = part.group * limits.GROUP_ROWS
        for adjacency in found:
            for links, _ in _links_of(adjacency, part.group, direction):
                counts[part.places] += links.degrees(part.rows)
            if direction == "both" and part.group < len(adjacency.out):
                counts[part.places] -= adjacency.out[part.group].loop_counts(part.rows, first)
    return counts


def degree_one(
    version: GraphVersion, node: int, types: tuple[str, ...], direction: Direction
) -> int:
    """Edges of one node. Cost: a few microseconds."""
    count = 0
    group, row = divmod(node, limits.GROUP_ROWS)
    for adjacency in adjacencies(version, types) if node >= 0 else ():
        for links, skip_loops in _links_of(adjacency, group, direction):
            if skip_loops:
                count += int(np.count_nonzero(links.row(row)[0] != node))
            else:
                count += links.degree(row)
    return count


def expand_one(
    version: GraphVersion, node: int, types: tuple[str, ...], direction: Direction
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The neighbours and edges of one node, in the order of `expand`.

    Returns: (nodes int64[m], edges int64[m]); callers do not write to them
    Cost: a few microseconds a type and direction.
    """
    neighbours: list[NDArray[np.int64]] = []
    edges: list[NDArray[np.int64]] = []
    group, row = divmod(node, limits.GROUP_ROWS)
    for adjacency in adjacencies(version, types) if node >= 0 else ():
        for links, skip_loops in _links_of(adjacency, group, direction):
            found, along = links.row(row)
            if skip_loops:
                others = found != node
                found, along = found[others], along[others]
            if len(found):
                neighbours.append(found)
                edges.append(along)
    if len(neighbours) == 1:
        return neighbours[0], edges[0]
    if not neighbours:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(neighbours), np.concatenate(edges)


def neighbour_count(
    version: GraphVersion, node: int, types: tuple[str, ...], direction: Direction
) -> int:
    """How many nodes the edges of one node lead to, each once. Cost: as expand_one, or less."""
    parts: list[NDArray[Any]] = []
    group, row = divmod(node, limits.GROUP_ROWS)
    for adjacency in adjacencies(version, types) if node >= 0 else ():
        for links, _ in _links_of(adjacency, group, direction):
            parts.append(links.neighbours(row))
    if len(parts) == 1:
        found = parts[0]
        if len(found) > _SET_NODES:
            return 1 + int(np.count_nonzero(found[1:] != found[:-1]))
        return len(set(found.tolist()))
    if sum(map(len, parts)) <= _SET_NODES:
        return len({found for part in parts for found in part.tolist()})
    marks = new_marks(version.next_node)
    return sum([mark(part.astype(np.int64, copy=False), marks) for part in parts])


def expand(
    version: GraphVersion, nodes: NDArray[np.int64], types: tuple[str, ...], direction: Direction
) -> Expansion:
    """The edges of each node and the nodes that they lead to. Callers bound the output with `degrees` first.

    Args: as degrees
    Returns: as Expansion; rows index `nodes`; within a row in the order that the module names
    Cost: about 10 ns an edge for many; 24 bytes an edge.
    """
    found = adjacencies(version, types)
    parts = _degrees_by_table(found, nodes, direction)
    if parts is not None and direction != "both":
        return _expand_by_table(found, nodes, direction, parts)
    if len(nodes) <= _SMALL_NODES:
        return _expand_few(version, nodes, types, direction)
    # What each part of the input meets, and how many edges of each row come from there.
    steps: list[tuple[Part, Links, NDArray[np.int64]]] = []
    for part in by_group(nodes).parts:
        if part.group >= 0:
            for adjacency in found:
                for links, _ in _links_of(adjacency, part.group, direction):
                    steps.append((part, links, links.degrees(part.rows)))
    totals = np.zeros(len(nodes), np.int64)
    for part, _, counts in steps:
        totals[part.places] += counts
    ends = np.cumsum(totals)
    count = int(ends[-1])
    neighbours, edges = np.empty(count, np.int64), np.empty(count, np.int64)
    following = ends - totals
    for part, links, counts in steps:
        starts = following[part.places]
        some = np.flatnonzero(counts)
        if len(some):
            _fill(links, part.rows[some], starts[some], (neighbours, edges))
            following[part.places] = starts + counts
    rows = np.repeat(np.arange(len(nodes)), totals)
    if direction == "both":
        return _without_second_loops(Expansion(rows, neighbours, edges), nodes)
    return Expansion(rows, neighbours, edges)


def _degrees_by_table(
    found: list[TypeAdjacency], nodes: NDArray[np.int64], direction: Direction
) -> list[NDArray[np.int64]] | None:
    """Edges of each node for each type; None where the tables do not serve."""
    if direction == "both" or not _TABLE_NODES_MIN <= len(nodes) <= _TABLE_NODES_MAX or not found:
        return None
    parts = []
    for adjacency in found:
        counts = adjacency.table(direction).degrees(nodes)
        if counts is None:
            return None
        parts.append(counts)
    return parts


def _expand_by_table(
    found: list[TypeAdjacency],
    nodes: NDArray[np.int64],
    direction: Literal["out", "in"],
    parts: list[NDArray[np.int64]],
) -> Expansion:
    """`expand`, of which `parts` are the degrees by type."""
    totals = parts[0] if len(parts) == 1 else np.sum(parts, 0, np.int64)
    ends = np.cumsum(totals)
    count = int(ends[-1])
    into = np.empty(count, np.int64), np.empty(count, np.int64)
    following = ends - totals
    for adjacency, counts in zip(found, parts, strict=True):
        adjacency.table(direction).copy(nodes, following, into)
        following = following + counts
    return Expansion(np.arange(len(nodes)).repeat(totals), *into)


def _expand_few(
    version: GraphVersion, nodes: NDArray[np.int64], types: tuple[str, ...], direction: Direction
) -> Expansion:
    found = [expand_one(version, node, types, direction) for node in nodes.tolist()]
    if len(found) == 1:
        return Expansion(np.zeros(len(found[0][0]), np.int64), *found[0])
    if not found:
        return Expansion(*(np.zeros(0, np.int64) for _ in range(3)))
    return Expansion(
        np.repeat(np.arange(len(found)), [len(neighbours) for neighbours, _ in found]),
        np.concatenate([neighbours for neighbours, _ in found]),
        np.concatenate([edges for _, edges in found]),
    )


def _links_of(
    adjacency: TypeAdjacency, group: int, direction: Direction
) -> Iterator[tuple[Links, bool]]:
    """The links of a group in order, and whether self-loops in them have come before."""
    if direction != "in" and group < len(adjacency.out):
        yield adjacency.out[group], False
    if direction != "out" and group < len(adjacency.into):
        yield adjacency.into[group], direction == "both"


def _fill(
    links: Links,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    into: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Writes the entries of each row, of which it has some, to its start and after it."""
    if links.merged or len(rows) >= limits.PATCH_OVERLAY_ROWS:
        segment = links.segment()
    else:
        segment = links.base.get()
        patched = np.array([row in links.patch for row in rows.tolist()], np.bool_)
        for row, start in zip(rows[patched].tolist(), starts[patched].tolist(), strict=True):
            neighbours, edges = links.row(row)
            into[0][start : start + len(neighbours)] = neighbours
            into[1][start : start + len(edges)] = edges
        rows, starts = rows[~patched], starts[~patched]
    expand_into((segment.indptr, segment.neighbours, segment.edges), rows, starts, into)


def _without_second_loops(found: Expansion, nodes: NDArray[np.int64]) -> Expansion:
    """Each self-loop has come twice; its second place goes."""
    loops = np.flatnonzero(found.nodes == nodes[found.rows])
    if len(loops) == 0:
        return found
    order = loops[np.lexsort((loops, found.edges[loops], found.rows[loops]))]
    before, after = order[:-1], order[1:]
    again = (found.edges[before] == found.edges[after]) & (found.rows[before] == found.rows[after])
    keep = np.ones(len(found.rows), np.bool_)
    keep[after[again]] = False
    return Expansion(found.rows[keep], found.nodes[keep], found.edges[keep])
