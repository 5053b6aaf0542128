"""Searches through a version: what is in reach of a node, shortest ways between two.

Above: `read`. Below: `adjacency`, `expand`, `kernels/search`.
A `Search` is for one choice of edges in one version, and for one thread; it is made once and asked
often, since its scratch memory is as large as the graph has nodes (but touched only where a search
comes). Of a graph that is not very large, the version keeps it for the next search.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from seaglass.engine.graph.expand import Expansion, adjacencies, degrees, expand
from seaglass.engine.kernels import search as kernels
from seaglass.engine.values.parts import joined, mapped, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.kernels.search import Side, Table

_REVERSED: dict[Direction, Direction] = {"out": "in", "in": "out", "both": "both"}
# Edges between two looks at whether the query shall end: some 20 ms where each misses the cache.
_BUDGET = 500_000
# Numbers of the paths that are made longer at once: some milliseconds.
_PIECE_NUMBERS = 65_536
# Paths that are given at once: whoever makes objects of them takes some milliseconds.
_PIECE_PATHS = 1_024
# Steps of a shortest path that are found in one call.
_STEPS = 32
# Scratch memory that a version may keep: of some two million nodes.
_KEPT_BYTES_MAX = 48 * 1024 * 1024
_KEPT = "sides of a search"
_EVERY: NDArray[np.bool_] = np.empty(0, np.bool_)


def table_of(version: GraphVersion, types: tuple[str, ...], direction: Direction) -> Table:
    """Where the links are, for kernels; the version must stay alive as long.

    In direction "both" each type has two kinds, out and in.
    """
    kinds: list[tuple[NDArray[np.int64], NDArray[np.bool_]]] = []
    for adjacency in adjacencies(version, types):
        if direction != "in":
            kinds.append(adjacency.table("out").whole())
        if direction != "out":
            kinds.append(adjacency.table("in").whole())
    if len(kinds) == 1:
        return kinds[0][0][None], kinds[0][1][None]
    groups = max([len(places) for places, _ in kinds], default=0)
    all_places = np.zeros((len(kinds), groups, 4), np.int64)
    all_wide = np.zeros((len(kinds), groups, 3), np.bool_)
    for kind, (places, wide) in enumerate(kinds):
        all_places[kind, : len(places)] = places
        all_wide[kind, : len(wide)] = wide
    return all_places, all_wide


class Search:
    """Breadth-first search along edges of `types` (() for all) in `direction`.

    Args:
        allowed: bool[version.next_edge], which edges may be used; None for all
        check: called now and then; raises when the search must end
    """

    def __init__(
        self,
        version: GraphVersion,
        types: tuple[str, ...],
        direction: Direction,
        allowed: NDArray[np.bool_] | None,
        check: Callable[[], None],
    ) -> None:
        self._version = version
        # Taken from the version, and given back at the end: nobody else has it meanwhile.
        kept = cast("tuple[Side, Side] | None", version.derived.pop(_KEPT, None))
        self._sides = (self._side(), self._side()) if kept is None else kept
        self._types = types
        self._direction: Direction = direction
        self._allowed = _EVERY if allowed is None else allowed
        self._check = check
        self._ahead = table_of(version, types, direction)
        self._steps = np.empty((_STEPS, 2), np.int64)
        # Made when a search first goes against the direction.
        self._against = self._ahead if direction == "both" else None

    def __del__(self) -> None:
        if sum(array.nbytes for side in self._sides for array in side) <= _KEPT_BYTES_MAX:
            self._version.derived[_KEPT] = self._sides

    @property
    def _behind(self) -> Table:
        if self._against is None:
            self._against = table_of(self._version, self._types, _REVERSED[self._direction])
        return self._against

    def _side(self) -> Side:
        nodes = self._version.next_node
        return np.zeros(nodes, np.int32), np.empty(nodes, np.int64), np.zeros(4, np.int64)

    def reach(self, source: int, low: int, high: int | None) -> NDArray[np.int64]:
        """The ends of all paths of `low` to `high` edges, none of them used twice, from a node.

        Args: low: 0 or 1; high: None for any number
        Returns: int64[n], each node once, the nearest first
        """
        side = self._sides[0]
        most = -1 if high is None else high
        kernels.begin(side, source)
        try:
            self._spread(self._ahead, side, most)
            found = side[1][: side[2][2]].copy()
            returns = low == 0 or (most != 0 and self._steps_back(source, most))
        finally:
            kernels.forget(side)
        if self._direction == "both" and low > 0:
            returns = most != 0 and self._closes(source, most)
        return found if returns else found[1:]

    def _spread(self, table: Table, side: Side, most: int) -> None:
        """Goes on from a side until it has taken `most` steps, or all that there are."""
        while kernels.reach(table, self._allowed, side, (most, _BUDGET)) == kernels.PAUSED:
            self._check()

    def _steps_back(self, source: int, most: int) -> bool:
        """Whether the last step of a path from the source may lead to it: then the shortest such
        path is a circle, and uses no edge twice. (In both directions it might.)
        """
        if self._direction == "both":
            return False
        nodes = np.array([source], np.int64)
        before = expand(self._version, nodes, self._types, _REVERSED[self._direction])
        nodes = before.nodes
        if len(self._allowed):
            nodes = nodes[self._allowed[before.edges]]
        depths = self._sides[0][0][nodes]
        return bool(((depths > 0) & ((depths <= most) | (most < 0))).any())

    def _closes(self, source: int, most: int) -> bool:
        """Whether a circle in both directions leads through the source."""
        side = self._sides[0]
        branches = np.empty(self._version.next_node, np.int64)
        kernels.begin(side, source)
        try:
            while True:
                said = kernels.closes(self._ahead, self._allowed, side, branches, (most, _BUDGET))
                if said != kernels.PAUSED:
                    return said == kernels.MET
                self._check()
        finally:
            kernels.forget(side)

    def shortest(
        self, source: int, target: int, high: int | None
    ) -> tuple[list[int], list[int]] | None:
        """One shortest path between two different nodes; None without a path.

        Args: high: the longest path; None for no limit
        Returns: its nodes, and its edges
        """
        if high == 0 or source == target:
            return None
        sides = self._sides
        tables = self._ahead, self._behind
        place = np.array([-1, -1, source, target])
        steps = self._steps
        run = (-1 if high is None else high, _BUDGET, steps)
        try:
            while (said := kernels.way(tables, self._allowed, sides, place, run)) == kernels.PAUSED:
                self._check()
            if said != kernels.MET:
                return None
            node, _, first, last = place.tolist()
            if first + last > len(steps):
                back = kernels.walk_back(self._behind, self._allowed, sides[0], node)
                on = kernels.walk_back(self._ahead, self._allowed, sides[1], node)
                # In columns: millions of pairs would be as many lists.
                edges, nodes = np.concatenate([back[::-1], on]).T.tolist()
            else:
                found = steps[: first + last].tolist()
                found[:first] = found[:first][::-1]
                edges = [edge for edge, _ in found]
                nodes = [node for _, node in found]
            return [*nodes[:first], node, *nodes[first:]], edges
        finally:
            for side in sides:
                kernels.forget(side)

    def _meet(self, source: int, target: int, high: int | None) -> int | None:
        """Begins both sides; a node in the middle of a shortest path."""
        sides = self._sides
        kernels.begin(sides[0], source)
        kernels.begin(sides[1], target)
        place = np.full(2, -1, np.int64)
        most = -1 if high is None else high
        tables = (self._ahead, self._behind)
        while True:
            said = kernels.meet(tables, self._allowed, sides, place, (most, _BUDGET, False))
            if said != kernels.PAUSED:
                return int(place[0]) if said == kernels.MET else None
            self._check()

    def all_shortest(
        self, source: int, target: int, high: int | None, charge: Callable[[int], None]
    ) -> NDArray[np.int64]:
        """The edges of all shortest paths between two different nodes.

        Args: charge: is told the bytes of each table of paths before it is made
        Returns: int64[paths, length]
        """
        if high == 0 or source == target:
            return np.empty((0, 0), np.int64)
        sides = self._sides
        try:
            if self._meet(source, target, high) is None:
                return np.empty((0, 0), np.int64)
            reached = sides[0][1][: sides[0][2][2]]
            # Each shortest path goes through one node that both sides have reached.
            others = sides[1][0]
            middle = reached[mapped(lambda nodes: others[nodes] != 0, reached, self._check)]
            ways = _Ways(middle, np.empty((0, len(middle)), np.int64), np.arange(len(middle)))
            first = self._toward(sides[0], ways, _REVERSED[self._direction], charge)
            ways = _Ways(middle[first.starts], first.edges[::-1], first.starts)
            return self._toward(sides[1], ways, self._direction, charge).edges.T
        finally:
            for side in sides:
                kernels.forget(side)

    def trails(
        self, source: int, target: int, high: int | None, charge: Callable[[int], None]
    ) -> Generator[NDArray[np.int64]]:
        """The edges of all paths between two different nodes that use no edge twice, by length.

        Args: charge: is told the bytes of the beginnings that wait; of what is left at the end, not
        Returns: int64[paths, length], of some paths; an empty one where there are no more of a
            length, after which longer ones come
        Cost: the beginnings of paths that can still arrive, walked anew for each length; of memory
            a piece for each edge of a path
        """
        side = self._sides[0]
        kernels.begin(side, target)
        try:
            length, is_last = 1, False
            while not is_last and (high is None or length <= high):
                self._spread(self._behind, side, length - 1)
                is_last = True
                start = np.array([source], np.int64)
                first = _Ways(start, np.empty((0, 1), np.int64), np.zeros(1, np.int64))
                waiting: list[Iterator[_Ways]] = [iter((first,))]
                while waiting:
                    self._check()
                    ways = next(waiting[-1], None)
                    if ways is None:
                        waiting.pop()
                        continue
                    charge(-ways.nbytes)
                    ways, cut_off = self._nearer(ways, side, length)
                    is_last = is_last and not cut_off
                    if not len(ways.tips):
                        continue
                    if len(ways.edges) == length:
                        # What has arrived may go on, and come back.
                        is_last = False
                        for begin in range(0, len(ways.tips), _PIECE_PATHS):
                            yield ways.edges[:, begin : begin + _PIECE_PATHS].T
                    else:
                        charge(ways.nbytes)
                        waiting.append(self._pieces(ways, self._direction))
                yield np.empty((0, length), np.int64)
                length += 1
        finally:
            kernels.forget(side)

    def _nearer(self, ways: _Ways, side: Side, length: int) -> tuple[_Ways, bool]:
        """The ways longer by an edge, where they can arrive with `length` edges in all; whether
        others could with more."""
        cut_off = False
        spread = side[2][0] >= side[2][2]
        longer: list[_Ways] = []
        for piece, found in self._steps_on(ways, self._direction):
            edges = piece.edges[:, found.rows]
            keep = (edges != found.edges).all(axis=0)
            if len(self._allowed):
                keep &= self._allowed[found.edges]
            depths = side[0][found.nodes]
            fits = (depths > 0) & (depths <= length - len(edges))
            cut_off = cut_off or bool((keep & ~fits & ((depths > 0) | (not spread))).any())
            longer.append(piece.longer(found, keep & fits))
        return _joined(longer, self._check), cut_off

    def _pieces(self, ways: _Ways, direction: Direction) -> Iterator[_Ways]:
        """The ways in parts whose next steps are not too many at once."""
        steps = mapped(
            lambda tips: degrees(self._version, tips, self._types, direction),
            ways.tips,
            self._check,
        )
        reached = np.cumsum(steps * (len(ways.edges) + 1)) // _PIECE_NUMBERS
        ends = np.flatnonzero(np.diff(reached)) + 1
        # One at a time: among neighbours of hubs each way is a part.
        for begin, end in pairwise([0, *ends.tolist(), len(ways.tips)]):
            yield _Ways(ways.tips[begin:end], ways.edges[:, begin:end], ways.starts[begin:end])

    def _steps_on(self, ways: _Ways, direction: Direction) -> Iterator[tuple[_Ways, Expansion]]:
        """The next steps of the ways, in parts: some ways with steps of theirs, at least one part."""
        for piece in self._pieces(ways, direction):
            self._check()
            found = expand(self._version, piece.tips, self._types, direction)
            # A hub alone may have very many.
            most = max(_PIECE_NUMBERS // (len(ways.edges) + 1), 1)
            for span in spans(max(len(found.rows), 1), self._check, most):
                yield piece, Expansion(found.rows[span], found.nodes[span], found.edges[span])

    def _toward(
        self, side: Side, ways: _Ways, direction: Direction, charge: Callable[[int], None]
    ) -> _Ways:
        """The ways, with every way on to where the side began."""
        depths = side[0]
        # All tips are as far away.
        while len(ways.tips) and depths[ways.tips[0]] > 1:
            wanted = depths[ways.tips[0]] - 1
            longer: list[_Ways] = []
            for piece, found in self._steps_on(ways, direction):
                charge(len(found.rows) * 8 * (len(ways.edges) + 4))
                keep = depths[found.nodes] == wanted
                if len(self._allowed):
                    keep &= self._allowed[found.edges]
                longer.append(piece.longer(found, keep))
            ways = _joined(longer, self._check)
        return ways


@dataclass(frozen=True, slots=True)
class _Ways:
    """Ways of one length.

    Args:
        tips: int64[n], where they have come to
        edges: int64[length, n]
        starts: int64[n], the places of the nodes where they began
    """

    tips: NDArray[np.int64]
    edges: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        return self.tips.nbytes + self.edges.nbytes + self.starts.nbytes

    def longer(self, found: Expansion, keep: NDArray[np.bool_]) -> _Ways:
        """The ways with some of their next steps. Args: keep: which of them"""
        rows, edges = found.rows[keep], found.edges[keep]
        longer = np.concatenate([self.edges[:, rows], edges[None]])
        return _Ways(found.nodes[keep], longer, self.starts[rows])


def _joined(parts: list[_Ways], check: Callable[[], None]) -> _Ways:
    """The parts as one; there is at least one."""
    if len(parts) == 1:
        return parts[0]
    tips = joined([part.tips for part in parts], check)
    edges = np.empty((len(parts[0].edges), len(tips)), np.int64)
    begin = 0
    for part in parts:
        check()
        end = begin + len(part.tips)
        edges[:, begin:end] = part.edges
        begin = end
    return _Ways(tips, edges, joined([part.starts for part in parts], check))
