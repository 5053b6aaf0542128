"""The nearest embeddings of a version: by looking at all, or by walking a small world of most.

Above: `engine/exec`. Below: `exact`, `index`.
Few vectors, or few that a filter leaves, are looked through, which is exact; from some number on a
walk is quicker. It finds nearly always what looking through finds, and more surely with a larger
breadth. What the small world does not cover is looked through beside it, so that each version is
answered from its own vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.vectors import NUMBER
from seaglass.engine.kernels.vectors import new_heap
from seaglass.engine.vector.exact import in_order, look_at
from seaglass.engine.vector.index import index_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.vectors import VectorPart, Vectors
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.vector.hnsw import SmallWorld

    Found = tuple[NDArray[np.int64], NDArray[np.float32]]

_ALL = np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Args:
        count: how many, at least 1
        breadth: of a walk; less than `count` counts as that
        among: bool[nodes]: which nodes are meant; None: all
    """

    count: int
    breadth: int
    among: NDArray[np.bool_] | None


def search(
    vectors: Vectors, query: NDArray[np.float32], wanted: Wanted, interrupt: Interrupt
) -> Found:
    """The nearest vectors.

    Args: query: float32[d], finite
    Returns: int64[m] nodes, at most `count`, the nearest first, of equal ones the lower number; and
        float32[m] their squared distances
    Raises: what the interrupt raises
    Cost: of looking through, some 40 ms for each GB; of a walk, some 2 us for each of the breadth
    """
    count = min(wanted.count, vectors.count)
    if count == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    index = index_of(vectors)
    index.keep_up(vectors)
    world = index.world
    allowed = None if world is None else _allowed(world, vectors, wanted.among)
    breadth = max(count, wanted.breadth)
    if world is None or allowed is None or not _pays(world, allowed, breadth):
        heap = new_heap(count)
        look_at(vectors.parts(), query, heap, wanted.among, interrupt)
        return in_order(heap)
    near = world.near(query, allowed, breadth, interrupt.flag)
    interrupt.check()
    heap = new_heap(count)
    look_at(_uncovered(world, vectors), query, heap, wanted.among, interrupt)
    return _nearest(near, in_order(heap), count)


def _pays(world: SmallWorld, allowed: NDArray[np.bool_], breadth: int) -> bool:
    """Whether a walk is quicker than looking through what is meant."""
    meant = int(np.count_nonzero(allowed)) if len(allowed) else len(world.elements.nodes)
    size_bytes = meant * world.dimension * NUMBER.itemsize
    enough = meant > breadth * limits.VECTOR_WALK_SHARE
    return enough and size_bytes > limits.VECTOR_WALK_BYTES_MIN


def _allowed(
    world: SmallWorld, vectors: Vectors, among: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """bool[n]: which elements are vectors of this version that are meant; [] for all."""
    elements = world.elements
    kept = vectors.found.get(world)
    if kept is None:
        kept = vectors.found[world] = _current(world, vectors)
    if among is None:
        return kept
    meant = among[np.minimum(elements.nodes, len(among) - 1)]
    return meant if not len(kept) else meant & kept


def _current(world: SmallWorld, vectors: Vectors) -> NDArray[np.bool_]:
    """bool[n]: which elements are vectors of this version; [] for all."""
    elements = world.elements
    # A world may have dead elements of blocks that it has no longer.
    blocks = int(elements.blocks.max(initial=-1)) + 1
    same = np.array([_covered(world, vectors, place) for place in range(blocks)], np.bool_)
    current = elements.alive & same[elements.blocks]
    for place in np.flatnonzero(same).tolist():
        patch = vectors.blocks[place].patch
        if patch:
            rows = np.fromiter(patch, np.int64, len(patch))
            mine = np.flatnonzero(elements.blocks == place)
            changed = np.isin(elements.nodes[mine] - place * vectors.block_rows, rows)
            current[mine[changed]] = False
    return _ALL if current.all() else current


def _covered(world: SmallWorld, vectors: Vectors, place: int) -> bool:
    """Whether a block's chunk is in the world."""
    if place >= len(world.bases) or place >= len(vectors.blocks):
        return False
    base = vectors.blocks[place].base
    return base is not None and base is world.bases[place]


def _uncovered(world: SmallWorld, vectors: Vectors) -> Iterator[VectorPart]:
    """What a walk does not see."""
    for place in range(len(vectors.blocks)):
        yield from vectors.parts_of(place, patch_only=_covered(world, vectors, place))


def _nearest(one: Found, other: Found, count: int) -> Found:
    nodes = np.concatenate([one[0], other[0]])
    distances = np.concatenate([one[1], other[1]])
    order = np.lexsort((nodes, distances))[:count]
    return nodes[order], distances[order]
