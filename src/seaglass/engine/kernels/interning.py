"""Texts to dense numbers: a growing hash table of distinct texts.

Above: `engine/transfer`, which numbers the ids of an import. Below: Numba, `hashing`. A slot of the
open-addressed table is a uint64: the upper half of a text's hash above its number plus one, 0 where
it is empty. The texts themselves decide. Finding only reads, so several threads may find at once
while nobody adds.

Invariants: `slots` is a power of two long and at most half full; text `i` is
`data[offsets[i]:offsets[i + 1]]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.hashing import hash_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UPPER = np.uint64(0xFFFFFFFF00000000)
_LOWER = np.uint64(0x00000000FFFFFFFF)
_SLOTS_MIN = 1 << 12


@njit(nogil=True, cache=True, inline="always")
def _same(data, start, length, known, known_start):  # type: ignore[no-untyped-def]
    for byte in range(length):  # noqa: SIM110 - Numba has no generators in `all`
        if data[start + byte] != known[known_start + byte]:
            return False
    return True


@njit(nogil=True, cache=True)
def _find(data, offsets, slots, known, numbers):  # type: ignore[no-untyped-def]
    known_data, known_offsets = known
    mask = np.uint64(len(slots) - 1)
    for row in range(len(numbers)):
        start = offsets[row]
        length = offsets[row + 1] - start
        hashed = hash_range(data, start, start + length)
        place = hashed & mask
        numbers[row] = -1
        while slots[place]:
            slot = slots[place]
            if (slot & _UPPER) == (hashed & _UPPER):
                number = np.int64(slot & _LOWER) - 1
                known_start = known_offsets[number]
                if known_offsets[number + 1] - known_start == length and _same(
                    data, start, length, known_data, known_start
                ):
                    numbers[row] = number
                    break
            place = (place + np.uint64(1)) & mask


@njit(nogil=True, cache=True)
def _add(data, offsets, slots, known, numbers):  # type: ignore[no-untyped-def]
    known_data, known_offsets, count = known
    mask = np.uint64(len(slots) - 1)
    for row in range(len(numbers)):
        start = offsets[row]
        length = offsets[row + 1] - start
        hashed = hash_range(data, start, start + length)
        place = hashed & mask
        found = np.int64(-1)
        while slots[place]:
            slot = slots[place]
            if (slot & _UPPER) == (hashed & _UPPER):
                number = np.int64(slot & _LOWER) - 1
                known_start = known_offsets[number]
                if known_offsets[number + 1] - known_start == length and _same(
                    data, start, length, known_data, known_start
                ):
                    found = number
                    break
            place = (place + np.uint64(1)) & mask
        if found < 0:
            found = count
            count += 1
            slots[place] = (hashed & _UPPER) | np.uint64(count)
            known_start = known_offsets[found]
            for byte in range(length):
                known_data[known_start + byte] = data[start + byte]
            known_offsets[count] = known_start + length
        numbers[row] = found
    return count


@njit(nogil=True, cache=True)
def _refill(known_data, known_offsets, count, slots):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(slots) - 1)
    for number in range(count):
        hashed = hash_range(known_data, known_offsets[number], known_offsets[number + 1])
        place = hashed & mask
        while slots[place]:
            place = (place + np.uint64(1)) & mask
        slots[place] = (hashed & _UPPER) | np.uint64(number + 1)


class Interned:
    """Distinct texts, numbered in the order in which they were first added."""

    def __init__(self) -> None:
        self.count = 0
        self._slots = np.zeros(_SLOTS_MIN, np.uint64)
        self._data = np.empty(0, np.uint8)
        self._offsets = np.zeros(1, np.int64)

    def add(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of texts; those that are new are added.

        Args:
            data: uint8[b], UTF-8
            offsets: int64[n + 1], ascending, within 0 .. b
        Returns: int64[n]
        Cost: about 50 ns a text for a million; at times twice the table's memory while it grows.
        """
        rows = len(offsets) - 1
        self._reserve(rows, int(offsets[-1] - offsets[0]))
        numbers = np.empty(rows, np.int64)
        known = self._data, self._offsets, self.count
        self.count = _add(frozen(data), frozen(offsets), self._slots, known, numbers)
        return numbers

    def find(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of texts, -1 for those that were not added.

        Args, Returns: as add
        Cost: about 30 ns a text.
        """
        numbers = np.empty(len(offsets) - 1, np.int64)
        known = frozen(self._data), frozen(self._offsets)
        _find(frozen(data), frozen(offsets), frozen(self._slots), known, numbers)
        return numbers

    def texts(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """All texts in the order of their numbers: (data, offsets), which later adding may not
        change in place."""
        offsets = self._offsets[: self.count + 1]
        return self._data[: int(offsets[-1])], offsets

    def _reserve(self, rows: int, size_bytes: int) -> None:
        used = int(self._offsets[self.count])
        if used + size_bytes > len(self._data):
            grown = np.empty(max(2 * len(self._data), used + size_bytes), np.uint8)
            grown[:used] = self._data[:used]
            self._data = grown
        if self.count + rows + 1 > len(self._offsets):
            offsets = np.zeros(max(2 * len(self._offsets), self.count + rows + 1), np.int64)
            offsets[: self.count + 1] = self._offsets[: self.count + 1]
            self._offsets = offsets
        if 2 * (self.count + rows) > len(self._slots):
            self._slots = np.zeros(1 << (2 * (self.count + rows) - 1).bit_length(), np.uint64)
            _refill(frozen(self._data), frozen(self._offsets), self.count, self._slots)
