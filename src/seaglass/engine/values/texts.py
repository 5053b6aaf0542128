"""Arrow strings as the plain arrays that kernels and codecs read; numbers for distinct ones.

Above: `order`, `keys`, `engine/graph`, `exec/expressions/text`. Below: `engine/kernels`, Arrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.kernels.hashing import hash_texts
from seaglass.engine.kernels.interning import Interned

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from seaglass.engine.values.interrupt import Interrupt

# Texts that are numbered between two looks at the interrupt; of the more, some 20 ms of work.
_TEXTS_AT_ONCE = 32_768
_TEXTS_AT_ONCE_MAX = 262_144


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


class Texts:
    """Distinct texts, numbered in the order in which they were first added."""

    def __init__(self) -> None:
        self._interned = Interned()

    @property
    def count(self) -> int:
        return self._interned.count

    def add(self, texts: pa.LargeStringArray, interrupt: Interrupt) -> NDArray[np.int64]:
        """int64[n]: the number of each text; those that are new are added.

        Args: texts: without nulls
        Cost: 8 ns a text for few different ones, up to some 100 ns for a million
        """
        data, offsets = text_buffers(texts)
        rows = len(texts)
        numbers = np.empty(rows, np.int64)
        begin, at_once = 0, _TEXTS_AT_ONCE
        while begin < rows:
            interrupt.check()
            end, known = min(begin + at_once, rows), self.count
            some = self._interned.add(data, offsets[begin : end + 1], interrupt.flag)
            numbers[begin:end] = some
            if 2 * (self.count - known) > end - begin:
                # Most are new: the table grows by the texts that may come, so that many are cheaper.
                at_once = min(2 * at_once, _TEXTS_AT_ONCE_MAX)
            begin = end
        # The flag may have ended the last of them.
        interrupt.check()
        return numbers

    def find(self, texts: pa.LargeStringArray, interrupt: Interrupt) -> NDArray[np.int64]:
        """int64[n]: the number of each text, -1 for those that were not added. Cost: as `add`."""
        data, offsets = text_buffers(texts)
        numbers = np.empty(len(texts), np.int64)
        for begin in range(0, len(texts), _TEXTS_AT_ONCE_MAX):
            interrupt.check()
            end = min(begin + _TEXTS_AT_ONCE_MAX, len(texts))
            numbers[begin:end] = self._interned.find(data, offsets[begin : end + 1])
        return numbers
