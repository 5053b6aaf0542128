"""A small world of the vectors in the chunks of a version, and the same for a later version.

Above: `index`. Below: `kernels/hnsw`, `graph/vectors`.
What is in patches is not in it: that is little, and looked through. A world is a value: growing one
copies its links (a hundred bytes a vector), never its vectors, which stay where the chunks have
them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.priority import let_others_go_first
from seaglass.engine.kernels.hnsw import find, insert, order_twins
from seaglass.engine.kernels.mixing import shuffled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.vectors import VectorChunk, Vectors
    from seaglass.engine.kernels.hnsw import World
    from seaglass.engine.kernels.stopping import Flag

# Links of an element on the levels above; twice as many on the lowest.
LINKS = 16
# Candidates for the links of an element.
BREADTH = 100
# Elements that are linked at once: at most so many, and one of so many that are there.
_BATCH = 32
_BATCH_SHARE = 64
_LEVELS_MAX = 12


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """What a world is made of.

    Args:
        nodes: int64[n]: whose vector an element is
        blocks: int32[n]: the block that it belongs to
        alive: bool[n]: False for what has been changed or taken away since
        addresses: int64[n]: where the vectors are
        relics: the older chunks that dead elements lie in, through which walks still lead
    """

    nodes: NDArray[np.int64]
    blocks: NDArray[np.int32]
    alive: NDArray[np.bool_]
    addresses: NDArray[np.int64]
    relics: tuple[VectorChunk, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SmallWorld:
    """Elements and their links.

    Args:
        bases: the chunk of each block that is in it, None for none; with `relics` of the elements,
            they keep the vectors where the addresses say
        world: as `kernels/hnsw`
    """

    bases: tuple[ChunkRef[VectorChunk] | None, ...]
    elements: Elements
    dimension: int
    world: World

    def near(
        self, query: NDArray[np.float32], allowed: NDArray[np.bool_], breadth: int, flag: Flag
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nodes near the query, and their squared distances; arguments as `kernels/hnsw.find`."""
        found, distances = find(self.world, query, allowed, breadth, flag)
        return self.elements.nodes[found], distances


def grown(
    before: SmallWorld | None, vectors: Vectors, wanted: Callable[[], bool], flag: Flag
) -> SmallWorld | None:
    """The small world of the chunks of `vectors`.

    Args:
        before: one of an earlier version: its elements are kept where their vectors are the same
        wanted: asked now and then; False ends it
    Returns: None when it was ended
    Cost: half a millisecond a vector that is new, shared by as many threads as there are processors
    """
    elements = _gathered(before, vectors)
    if 3 * np.count_nonzero(elements.alive) < 2 * len(elements.alive):
        # Walks would lead through more than is worth it.
        before = None
        elements = _gathered(None, vectors)
    world = _with_room(before, elements.addresses)
    done = 0 if before is None else len(before.elements.nodes)
    # Vectors that came one after the other are often near to each other.
    order = done + shuffled(len(elements.nodes) - done)
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads, "vector index", initializer=let_others_go_first) as pool:

        def run(work: Callable[[int, int], None]) -> None:
            try:
                waiting = [pool.submit(work, place, threads) for place in range(threads)]
            except RuntimeError:
                # The process ends.
                flag[0] = 1
                return
            for one in waiting:
                one.result()

        place = 0
        while place < len(order):
            end = place + min(_BATCH, 1 + (done + place) // _BATCH_SHARE)
            insert(world, order[place:end], (vectors.dimension, BREADTH), run, flag)
            if flag[0] or not wanted():
                return None
            place = end
    order_twins(world)
    bases = tuple([block.base for block in vectors.blocks])
    return SmallWorld(bases, elements, vectors.dimension, world)


def _gathered(before: SmallWorld | None, vectors: Vectors) -> Elements:
    """The elements of before, each alive or not, and behind them those that are new."""
    if before is None:
        none = np.zeros(0, np.int64)
        old = Elements(none, none.astype(np.int32), none.astype(np.bool_), none, ())
        bases: tuple[ChunkRef[VectorChunk] | None, ...] = ()
    else:
        old, bases = before.elements, before.bases
    alive, addresses = old.alive.copy(), old.addresses.copy()
    relics = list(old.relics)
    new: list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]] = []
    for place in range(max(len(bases), len(vectors.blocks))):
        base = vectors.blocks[place].base if place < len(vectors.blocks) else None
        old_base = bases[place] if place < len(bases) else None
        if base is old_base:
            continue
        chunk = None if base is None else base.get()
        known = np.zeros(0, np.int64)
        if old_base is not None:
            mine = np.flatnonzero((old.blocks == place) & alive)
            rows = old.nodes[mine] - place * vectors.block_rows
            where = _kept(old_base.get(), chunk, rows)
            known = where[where >= 0]
            alive[mine[where < 0]] = False
            if chunk is not None:
                addresses[mine[where >= 0]] = _addresses(chunk)[known]
            if len(known) < len(where):
                relics.append(old_base.get())
        if chunk is not None:
            missing = np.setdiff1d(np.arange(len(chunk)), known)
            nodes = chunk.rows[missing] + np.int64(place * vectors.block_rows)
            blocks = np.full(len(missing), place, np.int32)
            new.append((nodes, blocks, _addresses(chunk)[missing]))
    more = sum(len(nodes) for nodes, _, _ in new)
    return Elements(
        np.concatenate([old.nodes, *(nodes for nodes, _, _ in new)]),
        np.concatenate([old.blocks, *(blocks for _, blocks, _ in new)]),
        np.concatenate([alive, np.ones(more, np.bool_)]),
        np.concatenate([addresses, *(those for _, _, those in new)]),
        tuple(relics),
    )


def _kept(
    before: VectorChunk, after: VectorChunk | None, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64[n]: where in `after` the vectors of rows of `before` are, -1 where they are others."""
    if after is None:
        return np.full(len(rows), -1, np.int64)
    where = after.places(rows)
    there = np.flatnonzero(where >= 0)
    old = before.numbers[before.places(rows[there])]
    same = (old == after.numbers[where[there]]).all(axis=1)
    where[there[~same]] = -1
    return where


def _addresses(chunk: VectorChunk) -> NDArray[np.int64]:
    """int64[m]: where each vector lies."""
    numbers = chunk.numbers
    assert numbers.flags.c_contiguous
    assert numbers.dtype == np.float32
    return numbers.ctypes.data + np.arange(len(chunk), dtype=np.int64) * numbers.strides[0]


def _with_room(before: SmallWorld | None, addresses: NDArray[np.int64]) -> World:
    """The world of before, or an empty one, with room for all elements."""
    count = len(addresses)
    levels = _levels(count)
    starts = np.zeros(count, np.int32)
    np.cumsum(levels[:-1], out=starts[1:])
    lower = np.zeros((count, 2 * LINKS + 1), np.int32)
    upper = np.zeros((int(levels.sum()), LINKS + 1), np.int32)
    state = np.array([-1, 0], np.int64)
    twins = np.zeros((count, 2), np.int32)
    if before is not None:
        _, _, old_lower, _, old_upper, old_state, old_twins = before.world
        lower[: len(old_lower)] = old_lower
        upper[: len(old_upper)] = old_upper
        state[:] = old_state
        twins[: len(old_twins)] = old_twins
    return addresses, levels, lower, starts, upper, state, twins


def _levels(count: int) -> NDArray[np.int32]:
    """int32[n]: the highest level of each element: of LINKS of a level, one is on the next. The
    number of an element decides it, so that a world grows as it would have been made."""
    hashes = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(31)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(29)
    share = (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53
    levels = np.floor(-np.log(np.maximum(share, 2.0**-53)) / np.log(LINKS))
    highest: NDArray[np.int32] = np.minimum(levels, _LEVELS_MAX).astype(np.int32)
    return highest
