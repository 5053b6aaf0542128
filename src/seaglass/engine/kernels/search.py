"""Breadth-first search over segments that lie apart in memory.

Above: `engine/graph/search`. Below: Numba.
The links of a graph are many segments: one for each type, direction and group of nodes. A table
tells kernels where they are, so that nothing is copied to search:

    places  int64[kinds, groups, 4]: addresses of indptr, neighbours and edges, and the rows
    wide    bool[kinds, groups, 3]: whether these arrays are int64, else int32

A kind is a type in one direction. The caller keeps the segments alive.

A side of a search is what one end has reached so far:

    depths  int32[nodes]: 0 where not reached, else the steps to it and 1
    queue   int64[nodes]: the nodes reached, in order of their depths
    state   int64[4]: the next of the queue to leave, where its level ends, where the queue ends,
            the depth of the level

A search stops after about `budget` edges, so that its caller can look whether it shall go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = tuple[NDArray[np.int64], NDArray[np.bool_]]
    Side = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]

# What a search has come to.
PAUSED, MET, ENDED = 0, 1, 2
_GROUP_BITS = 16
_ROW = (1 << _GROUP_BITS) - 1
_NEXT, _LEVEL_END, _END, _DEPTH = range(4)


def _loader(item: Any) -> Any:
    """What reads an integer at an address."""

    def load(_typing: Any, _address: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], context.get_value_type(item).as_pointer())
            value = builder.load(pointer)
            return value if item is types.int64 else builder.sext(value, arguments[0].type)

        return types.int64(types.int64), code

    return intrinsic(load)


_load_32 = _loader(types.int32)
_load_64 = _loader(types.int64)


@njit(nogil=True, cache=True, inline="always")
def item(address, place, wide):  # type: ignore[no-untyped-def]
    return _load_64(address + place * 8) if wide else _load_32(address + place * 4)


@njit(nogil=True, cache=True)
def _range(table, kind, node):  # type: ignore[no-untyped-def]
    """The entries of a node in its segment."""
    places, wide = table
    group = node >> _GROUP_BITS
    row = node & _ROW
    if group >= places.shape[1] or row >= places[kind, group, 3]:
        return 0, 0
    indptr = places[kind, group, 0]
    is_wide = wide[kind, group, 0]
    return item(indptr, row, is_wide), item(indptr, row + 1, is_wide)


@njit(nogil=True, cache=True)
def _spread(table, allowed, side, other, limits):  # type: ignore[no-untyped-def]
    """Leaves the rest of one level, or about `budget` edges of it, or what comes before the first
    node that the other side has reached.

    Returns: the node that the other side has reached too, -1 if none; what is left of the budget
    """
    places, wide = table
    depths, queue, state = side
    budget, first = limits
    met = -1
    while state[_NEXT] < state[_LEVEL_END] and budget > 0:
        node = queue[state[_NEXT]]
        state[_NEXT] += 1
        group = node >> _GROUP_BITS
        for kind in range(places.shape[0]):
            begin, end = _range(table, kind, node)
            budget -= end - begin
            for entry in range(begin, end):
                found = item(places[kind, group, 1], entry, wide[kind, group, 1])
                if depths[found] != 0:
                    continue
                if len(allowed):
                    edge = item(places[kind, group, 2], entry, wide[kind, group, 2])
                    if not allowed[edge]:
                        continue
                depths[found] = state[_DEPTH] + 2
                queue[state[_END]] = found
                state[_END] += 1
                if len(other) and other[found] != 0:
                    met = found
                    if first:
                        return met, budget
        budget -= 1
    if state[_NEXT] == state[_LEVEL_END]:
        state[_LEVEL_END] = state[_END]
        state[_DEPTH] += 1
    return met, budget


@njit(nogil=True, cache=True)
def _reach(table, allowed, side, limits):  # type: ignore[no-untyped-def]
    most, budget = limits
    state = side[2]
    nobody = side[0][:0]
    while state[_DEPTH] != most and state[_NEXT] < state[_END]:
        if budget <= 0:
            return PAUSED
        _, budget = _spread(table, allowed, side, nobody, (budget, False))
    return ENDED


@njit(nogil=True, cache=True)
def _meet(tables, allowed, sides, place, limits):  # type: ignore[no-untyped-def]
    most, budget, first = limits
    ahead, behind = sides
    while True:
        # The side that has the smaller level goes on, but a level once begun is finished.
        width = ahead[2][_LEVEL_END] - ahead[2][_NEXT]
        other = behind[2][_LEVEL_END] - behind[2][_NEXT]
        if width == 0 or other == 0:
            return ENDED
        turn = place[1]
        if turn < 0:
            if place[0] < 0 and ahead[2][_DEPTH] + behind[2][_DEPTH] == most:
                return ENDED
            turn = 0 if width <= other else 1
            place[1] = turn
        if turn == 0:
            depth = ahead[2][_DEPTH]
            met, budget = _spread(tables[0], allowed, ahead, behind[0], (budget, first))
            done = ahead[2][_DEPTH] != depth
        else:
            depth = behind[2][_DEPTH]
            met, budget = _spread(tables[1], allowed, behind, ahead[0], (budget, first))
            done = behind[2][_DEPTH] != depth
        if met >= 0:
            place[0] = met
            if first:
                return MET
        if done:
            place[1] = -1
            if place[0] >= 0:
                return MET
        if budget <= 0:
            return PAUSED


@njit(nogil=True, cache=True)
def _walk_back(table, allowed, depths, node, steps):  # type: ignore[no-untyped-def]
    places, wide = table
    count = depths[node] - 1
    for step in range(count):
        group = node >> _GROUP_BITS
        nearer = -1
        for kind in range(places.shape[0]):
            begin, end = _range(table, kind, node)
            for entry in range(begin, end):
                found = item(places[kind, group, 1], entry, wide[kind, group, 1])
                if depths[found] != depths[node] - 1:
                    continue
                edge = item(places[kind, group, 2], entry, wide[kind, group, 2])
                if len(allowed) == 0 or allowed[edge]:
                    nearer = found
                    steps[step, 0] = edge
                    steps[step, 1] = found
                    break
            if nearer >= 0:
                break
        node = nearer
    return count


@njit(nogil=True, cache=True)
def _way(tables, allowed, sides, place, run):  # type: ignore[no-untyped-def]
    most, budget, steps = run
    if place[2] >= 0:
        for end in range(2):
            depths, queue, state = sides[end]
            node = place[2 + end]
            depths[node] = 1
            queue[0] = node
            state[0] = 0
            state[1] = 1
            state[2] = 1
            state[3] = 0
        place[2] = -1
    said = _meet(tables, allowed, sides, place, (most, budget, True))
    if said == MET:
        node = place[0]
        first = sides[0][0][node] - 1
        last = sides[1][0][node] - 1
        place[2] = first
        place[3] = last
        if first + last <= len(steps):
            _walk_back(tables[1], allowed, sides[0][0], node, steps[:first])
            _walk_back(tables[0], allowed, sides[1][0], node, steps[first:])
    return said


@njit(nogil=True, cache=True)
def _closes(table, allowed, side, branches, limits):  # type: ignore[no-untyped-def]
    """Breadth-first from the one node in the queue; a branch is what begins with one of its edges.

    Two branches that meet close a way back that uses no edge twice, the shortest first.
    """
    most, budget = limits
    places, wide = table
    depths, queue, state = side
    while state[_NEXT] < state[_END]:
        if budget <= 0:
            return PAUSED
        node = queue[state[_NEXT]]
        state[_NEXT] += 1
        if 2 * (depths[node] - 1) + 1 > most >= 0:
            return ENDED
        group = node >> _GROUP_BITS
        for kind in range(places.shape[0]):
            begin, end = _range(table, kind, node)
            budget -= end - begin
            for entry in range(begin, end):
                edge = item(places[kind, group, 2], entry, wide[kind, group, 2])
                if len(allowed) and not allowed[edge]:
                    continue
                found = item(places[kind, group, 1], entry, wide[kind, group, 1])
                branch = edge if depths[node] == 1 else branches[node]
                if depths[found] == 0:
                    depths[found] = depths[node] + 1
                    branches[found] = branch
                    queue[state[_END]] = found
                    state[_END] += 1
                    continue
                length = depths[found] + depths[node] - 1
                if depths[node] == 1 and depths[found] == 1:
                    return MET
                # An edge back to the node itself is the one that its branch begins with, or
                # another one.
                back = edge if depths[found] == 1 else branches[found]
                if back != branch and (length <= most or most < 0):
                    return MET
        budget -= 1
    return ENDED


@njit(nogil=True, cache=True)
def _forget(depths, queue, state):  # type: ignore[no-untyped-def]
    for place in range(state[_END]):
        depths[queue[place]] = 0
    state[:] = 0


def begin(side: Side, node: int) -> None:
    """Puts a side, on which nothing is reached, at its node."""
    depths, queue, state = side
    depths[node] = 1
    queue[0] = node
    state[:] = (0, 1, 1, 0)


def forget(side: Side) -> None:
    """Makes a side as it was before `begin`. Cost: a few nanoseconds a node reached."""
    _forget(*side)


def reach(table: Table, allowed: NDArray[np.bool_], side: Side, limits: tuple[int, int]) -> int:
    """Goes on from what the side has reached.

    Args:
        allowed: bool[edges], which edges may be used; empty for all
        side: as the module says; what is reached is `queue[:state[2]]`
        limits: the most steps, -1 for any number; the budget
    Returns: PAUSED or ENDED
    Cost: some 5 ns an edge, by how far memory is.
    """
    return int(_reach(table, allowed, side, limits))


def meet(
    tables: tuple[Table, Table],
    allowed: NDArray[np.bool_],
    sides: tuple[Side, Side],
    place: NDArray[np.int64],
    limits: tuple[int, int, bool],
) -> int:
    """Goes on from both ends, until they have a node in common.

    Args:
        tables: the links that lead on from the first side, and those that lead on from the second
        sides: begun at two nodes that are not the same
        place: int64[2], (-1, -1) at first; receives a node in the middle of a shortest way
        limits: as `reach`, the steps are those of the whole way; whether one way is enough
    Returns: PAUSED; MET: all nodes in the middle of a shortest way (or one of them, where that is
        enough) are reached on both sides, with its two parts as their depths; ENDED: there is none
    Cost: as `reach`; each side goes half of the way.
    """
    return int(_meet(tables, allowed, sides, place, limits))


def walk_back(table: Table, allowed: NDArray[np.bool_], side: Side, node: int) -> NDArray[np.int64]:
    """A shortest way from a node back to where its side began.

    Args: table: the links that lead against the search
    Returns: int64[steps, 2]: each edge, and the node that it leads to
    """
    steps = np.empty((int(side[0][node]) - 1, 2), np.int64)
    _walk_back(table, allowed, side[0], node, steps)
    return steps


def way(
    tables: tuple[Table, Table],
    allowed: NDArray[np.bool_],
    sides: tuple[Side, Side],
    place: NDArray[np.int64],
    run: tuple[int, int, NDArray[np.int64]],
) -> int:
    """One shortest way between two nodes that are not the same: `begin`, `meet` and `walk_back` in
    one call.

    Args:
        sides: nothing is reached on them
        place: int64[4], (-1, -1, source, target) at first; after a PAUSED as it was left. Receives a
            node in the middle of the way, and how many steps lead back from it on either side
        run: most steps, -1 for any number; the budget; int64[n, 2] that receives the steps back to
            the source and then those to the target, where they are not more than n
    Returns, Cost: as `meet`
    """
    return int(_way(tables, allowed, sides, place, run))


def closes(
    table: Table,
    allowed: NDArray[np.bool_],
    side: Side,
    branches: NDArray[np.int64],
    limits: tuple[int, int],
) -> int:
    """Whether a way leads from the node of the side back to it that uses no edge twice.

    Args:
        table: the links in both directions
        branches: int64[nodes], scratch
        limits: as `reach`; the steps are those of the whole way
    Returns: PAUSED, MET or ENDED
    """
    return int(_closes(table, allowed, side, branches, limits))
