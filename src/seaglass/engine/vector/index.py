"""The small world that versions of one graph share: made in the background, and grown when they
change.

Above: `search`. Below: `hnsw`.
It hangs on the embeddings of a version and goes with them from version to version. It is derived
data: what it does not cover yet is looked through, so that answers never wait for it, and never
come from vectors of another version.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from seaglass.base import limits
from seaglass.base.errors import SeaglassError
from seaglass.base.priority import let_others_go_first
from seaglass.engine.graph.vectors import NUMBER
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.vector.hnsw import grown

if TYPE_CHECKING:
    from seaglass.engine.graph.vectors import Vectors
    from seaglass.engine.vector.hnsw import SmallWorld

_NAME = "small world"


class VectorIndex:
    """One small world, the newest. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._changes = 0
        self.world: SmallWorld | None = None

    def keep_up(self, vectors: Vectors) -> None:
        """Has the world made, or grown, in the background if so much is missing that it pays; it
        never goes back to an older version."""
        if vectors.changes < self._changes:
            return
        if uncovered_bytes(self.world, vectors) < limits.VECTOR_INDEX_BYTES_MIN:
            return
        with self._guard:
            if self._thread is None:
                self._changes = vectors.changes
                # The work ends when no version is there any more: it holds the index by a weak
                # reference only, and so not what the versions share, which is the index.
                arguments = weakref.ref(self), replace(vectors, shared={})
                thread = threading.Thread(
                    target=_grow, args=arguments, name="vector index", daemon=True
                )
                self._thread = thread
                thread.start()

    def wait(self) -> None:
        """Returns when nothing is being made."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def done(self, world: SmallWorld | None) -> None:
        """Takes what was made."""
        with self._guard:
            if world is not None:
                self.world = world
            self._thread = None


def _grow(wanted: weakref.ref[VectorIndex], vectors: Vectors) -> None:
    let_others_go_first()
    index = wanted()
    before = None if index is None else index.world
    del index
    world: SmallWorld | None = None
    try:
        world = grown(before, vectors, lambda: wanted() is not None, new_flag())
    except SeaglassError:
        # A chunk that cannot be read is told by the query that needs it.
        pass
    finally:
        index = wanted()
        if index is not None:
            index.done(world)


def index_of(vectors: Vectors) -> VectorIndex:
    """The index of a version's embeddings, and of those that have come from them."""
    index = vectors.shared.get(_NAME)
    if index is None:
        # Of two threads, both get the one that was first.
        index = vectors.shared.setdefault(_NAME, VectorIndex())
    assert isinstance(index, VectorIndex)
    return index


def uncovered_bytes(world: SmallWorld | None, vectors: Vectors) -> int:
    """About how many bytes of vectors are not in a world, and must be looked through."""
    bases = () if world is None else world.bases
    missing = sum(
        block.base is not None and (place >= len(bases) or block.base is not bases[place])
        for place, block in enumerate(vectors.blocks)
    )
    size_bytes = vectors.count * vectors.dimension * NUMBER.itemsize
    return size_bytes * missing // max(1, len(vectors.blocks))
