"""Hierarchical navigable small worlds: graphs in which the nearest vectors are found by walking.

Above: `engine/vector/hnsw`. Below: `vectors`, `stopping`, Numba.
Source: Malkov, Yashunin: Efficient and robust approximate nearest neighbor search using Hierarchical
Navigable Small World graphs, algorithms 1, 2, 4 and 5.

Elements are numbered from 0. They are on level 0 and some on levels above. The arrays of a world:

    addresses  int64[n]: where the float32[d] of each element lies; the caller keeps them alive
    levels     int32[n]: the highest level of each
    lower      int32[n, 2 M + 1]: links on level 0: their number, then elements
    starts     int32[n]: the row in `upper` of each element's links on level 1
    upper      int32[sum of levels, M + 1]: links on the levels above, as `lower`
    state      int64[2]: where walks begin (-1 in an empty world), and the level of that
    twins      int32[n, 2]: the number of the next element with the same vector and 1, 0 for none; of
               the first of them also that of the last

Of elements with the same vector only the first is linked; the others hang on it. Each with links of its
own, they would link to each other alone, and walks would not find out of them.
All kernels are deterministic: the same vectors in the same order make the same world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped
from seaglass.engine.kernels.vectors import squared_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

    World = tuple[
        NDArray[np.int64],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int64],
        NDArray[np.int32],
    ]

# Elements that a walk leaves between two looks at the flag.
_LOOK = 64


def _pointer(_typing: Any, _address: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    pointer: Any = types.CPointer
    return pointer(types.float32)(types.int64), code


# The numbers at an address, as a pointer.
_floats_at: Any = intrinsic(_pointer)


@njit(nogil=True, cache=True, inline="always")
def _vector(addresses, element, dimension):  # type: ignore[no-untyped-def]
    return carray(_floats_at(addresses[element]), (dimension,))


@njit(nogil=True, cache=True)
def _links(world, element, level):  # type: ignore[no-untyped-def]
    _, _, lower, starts, upper, _, _ = world
    return lower[element] if level == 0 else upper[starts[element] + level - 1]


@njit(nogil=True, cache=True)
def _push(heap, size, key, element):  # type: ignore[no-untyped-def]
    """Into a heap with the largest key first."""
    keys, elements = heap
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] >= key:
            break
        keys[place], elements[place] = keys[above], elements[above]
        place = above
    keys[place], elements[place] = key, element


@njit(nogil=True, cache=True)
def _pop(heap, size):  # type: ignore[no-untyped-def]
    """Moves the first of `size` to the place behind the others."""
    keys, elements = heap
    last = size - 1
    key, element = keys[last], elements[last]
    keys[last], elements[last] = keys[0], elements[0]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= last:
            break
        if below + 1 < last and keys[below + 1] > keys[below]:
            below += 1
        if keys[below] <= key:
            break
        keys[place], elements[place] = keys[below], elements[below]
        place = below
    if last > 0:
        keys[place], elements[place] = key, element


@njit(nogil=True, cache=True)
def _descend(world, query, entry, levels):  # type: ignore[no-untyped-def]
    """Walks greedily from `entry` through the levels from the first down to after the second."""
    addresses = world[0]
    top, bottom = levels
    nearest = entry
    distance = squared_distance(query, _vector(addresses, nearest, len(query)))
    for level in range(top, bottom, -1):
        moved = True
        while moved:
            moved = False
            links = _links(world, nearest, level)
            for place in range(1, links[0] + 1):
                found = links[place]
                other = squared_distance(query, _vector(addresses, found, len(query)))
                if other < distance:
                    distance, nearest, moved = other, found, True
    return nearest


@njit(nogil=True, cache=True)
def _is_meant(world, element, allowed, flag):  # type: ignore[no-untyped-def]
    """Whether the element, or one that hangs on it, is allowed."""
    twins = world[6]
    looked = 0
    while len(allowed) and not allowed[element]:
        looked += 1
        if twins[element, 0] == 0 or (looked % _LOOK == 0 and stopped(flag)):
            return False
        element = twins[element, 0] - 1
    return True


@njit(nogil=True, cache=True)
def _walk(world, query, begin, scratch, flag):  # type: ignore[no-untyped-def]
    """Finds the nearest elements of a level that are meant: as many as the heap of results holds.

    Args: begin: the element to walk from, and the level
    Returns: how many are in `results`, the farthest first
    """
    addresses = world[0]
    entry, level = begin
    waiting, results, seen, allowed = scratch
    most = len(results[0])
    seen[:] = 0
    seen[entry >> 3] |= np.uint8(1 << (entry & 7))
    distance = squared_distance(query, _vector(addresses, entry, len(query)))
    _push(waiting, 0, -distance, entry)
    waiting_count, count, left = 1, 0, 0
    if _is_meant(world, entry, allowed, flag):
        _push(results, 0, distance, entry)
        count = 1
    while waiting_count > 0:
        if count == most and -waiting[0][0] > results[0][0]:
            break
        left += 1
        if left % _LOOK == 0 and stopped(flag):
            break
        _pop(waiting, waiting_count)
        waiting_count -= 1
        links = _links(world, waiting[1][waiting_count], level)
        for place in range(1, links[0] + 1):
            found = links[place]
            bit = np.uint8(1 << (found & 7))
            if seen[found >> 3] & bit:
                continue
            seen[found >> 3] |= bit
            distance = squared_distance(query, _vector(addresses, found, len(query)))
            if count == most and distance >= results[0][0]:
                continue
            _push(waiting, waiting_count, -distance, found)
            waiting_count += 1
            if not _is_meant(world, found, allowed, flag):
                continue
            if count == most:
                _pop(results, count)
                count -= 1
            _push(results, count, distance, found)
            count += 1
    return count


@njit(nogil=True, cache=True)
def _nearest_first(results, count):  # type: ignore[no-untyped-def]
    """Puts results in order."""
    for left in range(count, 0, -1):
        # The farthest goes last.
        _pop(results, left)


@njit(nogil=True, cache=True)
def _hang_on(twins, element, first):  # type: ignore[no-untyped-def]
    """Puts an element behind those with the same vector."""
    last = twins[first, 1] - 1 if twins[first, 1] else first
    twins[last, 0] = element + 1
    twins[first, 1] = element + 1


@njit(nogil=True, cache=True)
def _choose(world, candidates, count, chosen, dimension):  # type: ignore[no-untyped-def]
    """Writes to `chosen` those candidates, the nearest first, that are nearer to their common
    element than to any that is chosen before; returns how many.

    Args: candidates: keys and elements, the nearest first
    """
    addresses = world[0]
    keys, elements = candidates
    kept = 0
    for place in range(count):
        if kept == len(chosen):
            break
        vector = _vector(addresses, elements[place], dimension)
        nearer = True
        for other in range(kept):
            known = _vector(addresses, chosen[other], dimension)
            if squared_distance(vector, known) < keys[place]:
                nearer = False
                break
        if nearer:
            chosen[kept] = elements[place]
            kept += 1
    return kept


@njit(nogil=True, cache=True)
def _link_back(world, element, target, level, room):  # type: ignore[no-untyped-def]
    """Links `target` to `element`; of more links than there is room for, the best stay."""
    addresses = world[0]
    candidates, chosen, dimension = room
    links = _links(world, target, level)
    if links[0] < len(links) - 1:
        links[0] += 1
        links[links[0]] = element
        return
    keys, elements = candidates
    vector = _vector(addresses, target, dimension)
    count = len(links)
    for place in range(count):
        one = element if place == count - 1 else links[place + 1]
        key = squared_distance(vector, _vector(addresses, one, dimension))
        at = place
        while at > 0 and keys[at - 1] > key:
            keys[at], elements[at] = keys[at - 1], elements[at - 1]
            at -= 1
        keys[at], elements[at] = key, one
    kept = _choose(world, candidates, count, chosen[: count - 1], dimension)
    links[0] = kept
    links[1 : kept + 1] = chosen[:kept]


@njit(nogil=True, cache=True)
def _look_around(world, elements, plan, firsts, flag):  # type: ignore[no-untyped-def]
    """Writes the links of some elements, which nobody sees yet; of one whose vector is in the world,
    in `firsts` which element has it.

    Args: elements: int64[k], and which of their places are meant: from the second on every third
    """
    addresses, levels, _, _, upper, state, _ = world
    batch, start, step = elements
    dimension, breadth = plan
    size = len(addresses)
    waiting = np.empty(size + 1, np.float32), np.empty(size + 1, np.int32)
    results = np.empty(breadth, np.float32), np.empty(breadth, np.int32)
    seen = np.zeros((size >> 3) + 1, np.uint8)
    scratch = waiting, results, seen, np.zeros(0, np.bool_)
    chosen = np.empty(upper.shape[1] - 1, np.int32)
    top = state[1]
    for place in range(start, len(batch), step):
        firsts[place] = -1
        if stopped(flag):
            return
        element = batch[place]
        query = _vector(addresses, element, dimension)
        level = levels[element]
        entry = _descend(world, query, state[0], (top, 0))
        count = _walk(world, query, (entry, 0), scratch, flag)
        _nearest_first(results, count)
        if results[0][0] == 0.0:
            firsts[place] = results[1][0]
            continue
        if level > 0:
            entry = _descend(world, query, state[0], (top, level))
        for at in range(min(level, top), -1, -1):
            if level > 0:
                count = _walk(world, query, (entry, at), scratch, flag)
                _nearest_first(results, count)
            kept = _choose(world, results, count, chosen, dimension)
            links = _links(world, element, at)
            links[0] = kept
            links[1 : kept + 1] = chosen[:kept]
            entry = results[1][0]


@njit(nogil=True, cache=True)
def _join(world, batch, dimension, firsts):  # type: ignore[no-untyped-def]
    """Hangs those on others that have the same vector, and lets walks begin at the highest. Writes to
    `firsts` an element for each that hangs on one, -1 for the others."""
    addresses, levels, _, _, _, state, twins = world
    for place in range(len(batch)):
        element = batch[place]
        vector = _vector(addresses, element, dimension)
        for before in range(place):
            if firsts[place] >= 0:
                break
            other = _vector(addresses, batch[before], dimension)
            if firsts[before] < 0 and squared_distance(vector, other) == 0.0:
                firsts[place] = batch[before]
        if firsts[place] >= 0:
            _hang_on(twins, element, firsts[place])
        elif levels[element] > state[1]:
            state[0], state[1] = element, levels[element]


@njit(nogil=True, cache=True)
def _link_all_back(world, elements, plan, firsts, top):  # type: ignore[no-untyped-def]
    """Links elements to some of those that they lead to.

    Args: elements: int64[k], and which of those they lead to: that leave the second when divided by
        the third; top: the highest level when their links were chosen
    """
    levels, lower = world[1], world[2]
    batch, rest, step = elements
    most = lower.shape[1] - 1
    chosen = np.empty(most, np.int32)
    room = (np.empty(most + 1, np.float32), np.empty(most + 1, np.int32)), chosen, plan[0]
    for place in range(len(batch)):
        element = batch[place]
        if firsts[place] >= 0:
            continue
        for at in range(min(levels[element], top), -1, -1):
            links = _links(world, element, at)
            for link in range(1, links[0] + 1):
                if links[link] % step == rest:
                    _link_back(world, element, links[link], at, room)


@njit(nogil=True, cache=True)
def _find(world, query, allowed, found, flag):  # type: ignore[no-untyped-def]
    size = len(world[0])
    breadth = len(found[0])
    waiting = np.empty(size + 1, np.float32), np.empty(size + 1, np.int32)
    results = np.empty(breadth, np.float32), np.empty(breadth, np.int32)
    seen = np.empty((size >> 3) + 1, np.uint8)
    state = world[5]
    entry = _descend(world, query, state[0], (state[1], 0))
    count = _walk(world, query, (entry, 0), (waiting, results, seen, allowed), flag)
    _nearest_first(results, count)
    return _with_twins(world, (results, count), allowed, found, flag)


@njit(nogil=True, cache=True)
def _with_twins(world, walked, allowed, found, flag):  # type: ignore[no-untyped-def]
    """Gives for each result, the nearest first, what of it and of those that hang on it is allowed,
    while there is room; returns how many."""
    twins = world[6]
    (distances, elements), count = walked
    taken = 0
    looked = 0
    for place in range(count):
        following = elements[place] + 1
        while following:
            if taken == len(found[0]):
                return taken
            looked += 1
            if looked % _LOOK == 0 and stopped(flag):
                return taken
            element = following - 1
            if len(allowed) == 0 or allowed[element]:
                found[0][taken] = distances[place]
                found[1][taken] = element
                taken += 1
            following = twins[element, 0]
    return taken


def insert(
    world: World,
    elements: NDArray[np.int64],
    plan: tuple[int, int],
    run: Callable[[Callable[[int, int], None]], None],
    flag: Flag,
) -> None:
    """Links elements into the world that others make. They do not see each other, so they should be
    few among many, and not be near to each other; with any number of threads the links are the same.

    Args:
        world: as the module says, written to
        elements: int64[k], k > 0, not linked yet; one where the world is empty
        plan: the dimension; candidates for the links of an element, at least M
        run: calls a function with 0 to n - 1 and n, in threads, and returns when all have returned
        flag: raised to stop; then the world means nothing
    Cost: about 1,000 to 3,000 distances an element
    """
    state = world[5]
    if state[0] < 0:
        assert len(elements) == 1
        state[:] = elements[0], world[1][elements[0]]
        return
    batch = frozen(elements)
    firsts = np.empty(len(batch), np.int64)
    top = int(state[1])
    run(lambda place, step: _look_around(world, (batch, place, step), plan, firsts, flag))
    if flag[0]:
        return
    _join(world, batch, plan[0], firsts)
    run(lambda place, step: _link_all_back(world, (batch, place, step), plan, firsts, top))


@njit(nogil=True, cache=True)
def _order_twins(twins, first_of):  # type: ignore[no-untyped-def]
    for first in range(len(twins)):
        if twins[first, 1]:
            following = twins[first, 0]
            while following:
                first_of[following - 1] = first
                following = twins[following - 1, 0]
    twins[:] = 0
    for element in range(len(twins)):
        if first_of[element] >= 0:
            _hang_on(twins, element, first_of[element])


def order_twins(world: World) -> None:
    """Puts elements with the same vector in the order of their numbers, but for the first of them."""
    twins = world[6]
    _order_twins(twins, np.full(len(twins), -1, np.int64))


def find(
    world: World,
    query: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    breadth: int,
    flag: Flag,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The nearest elements that a walk of this breadth meets, in no order.

    Args: world: not empty; allowed: bool[n], which elements may be given, [] for all
    Returns: at most `breadth` elements, and their squared distances
    Cost: some tens of distances for each of the breadth; more where few are allowed
    """
    results = np.empty(breadth, np.float32), np.empty(breadth, np.int32)
    count = _find(world, frozen(query), frozen(allowed), results, flag)
    return results[1][:count], results[0][:count]
