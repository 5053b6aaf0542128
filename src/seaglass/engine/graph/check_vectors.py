"""Prove that the embeddings of a version keep the invariants of `vectors`.

Above: `check`. Below: `vectors`, `entities`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.entities import nodes_alive
from seaglass.engine.graph.require import require
from seaglass.engine.graph.vectors import NUMBER

if TYPE_CHECKING:
    from seaglass.engine.graph.vectors import VectorBlock, Vectors
    from seaglass.engine.graph.version import GraphVersion


def check_vectors(version: GraphVersion) -> None:
    """Raises: Corrupt(corrupt) naming the first invariant that does not hold."""
    vectors = version.vectors
    if vectors is None:
        return
    require(1 <= vectors.dimension <= limits.VECTOR_DIMENSION_MAX, "dimension of vectors")
    require(1 <= vectors.block_rows <= limits.GROUP_ROWS, "rows of a block of vectors")
    for place, block in enumerate(vectors.blocks):
        _check_block(f"vector block {place}", block, vectors)
    nodes = vectors.nodes()
    count = len(nodes)
    require(count == vectors.count, f"the vectors are said to be {vectors.count}, not {count}")
    require(bool(nodes_alive(version, nodes).all()), "a node that is not alive has a vector")
    _, numbers = vectors.gather(nodes)
    require(bool(np.isfinite(numbers).all()), "a vector holds what is no finite number")


def _check_block(where: str, block: VectorBlock, vectors: Vectors) -> None:
    chunk = block.chunk()
    base: set[int] = set()
    if chunk is not None:
        rows = chunk.rows
        require(len(rows) > 0, f"{where}: no vectors")
        inside = int(rows[0]) >= 0 and int(rows[-1]) < vectors.block_rows
        require(inside and bool((rows[1:] > rows[:-1]).all()), f"{where}: rows")
        shape = (len(rows), vectors.dimension)
        require(chunk.numbers.shape == shape, f"{where}: shape of the vectors")
        base.update(rows.tolist())
    for row, one in block.patch.items():
        require(0 <= row < vectors.block_rows, f"{where}: row {row} of the patch")
        size = None if one is None else len(one)
        fits = row in base if size is None else size == NUMBER.itemsize * vectors.dimension
        require(fits, f"{where}: row {row} of the patch holds no vector of the dimension")
