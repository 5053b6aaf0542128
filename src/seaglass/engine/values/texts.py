"""Arrow strings as the plain arrays that kernels and codecs read.

Above: `order`, `engine/graph`, `exec/expressions/text`. Below: `engine/kernels`, Arrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.kernels.hashing import hash_texts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def text_buffers(texts: pa.LargeStringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes and offsets of an array without nulls, sharing its memory.

    Returns: (data uint8[b], offsets int64[n + 1]); offsets are positions in
        `data` and need not begin at 0
    Cost: microseconds.
    """
    if len(texts) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = texts.buffers()
    positions = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset)
    return np.frombuffer(data if data is not None else b"", np.uint8), positions


def hash_column(texts: pa.LargeStringArray) -> NDArray[np.uint64]:
    """The stable hash (`kernels.hashing`) of every text.

    Args: texts: without nulls
    Returns: uint64[n]
    """
    return hash_texts(*text_buffers(texts))
