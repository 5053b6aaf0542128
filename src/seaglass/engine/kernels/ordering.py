"""Sorting by 64-bit integers, for as many as there may be; and those of one group with their rows.

Above: `engine/values/order`, `engine/graph/value_index`. Below: Numba. The first can be stopped by a
flag (see `stopping`); NumPy's own sort cannot, and takes seconds for tens of millions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

# Steps between two looks at the flag: some 100 us where every step misses the cache.
_STEPS = 1_024
# The same where they are read in order.
_KEYS_BETWEEN_LOOKS = 65_536
_DIGIT_BITS = 11
_DIGITS = 1 << _DIGIT_BITS
_KEY_BYTES = 8
_BYTES = 256
_BYTE = np.uint64(255)


@njit(nogil=True, cache=True)
def _bounds(keys, flag):  # type: ignore[no-untyped-def]
    low = high = keys[0]
    for begin in range(0, len(keys), _KEYS_BETWEEN_LOOKS):
        if stopped(flag):
            break
        for row in range(begin, min(begin + _KEYS_BETWEEN_LOOKS, len(keys))):
            low, high = min(low, keys[row]), max(high, keys[row])
    return low, high


@njit(nogil=True, cache=True)
def _sort_pass(keys, low, shift, orders, flag):  # type: ignore[no-untyped-def]
    order, placed = orders
    ends = np.zeros(_DIGITS + 1, np.int64)
    digit_mask = np.uint64(_DIGITS - 1)
    for row in range(len(keys)):
        if row % _STEPS == 0 and stopped(flag):
            return
        digit = (np.uint64(keys[row]) - low) >> shift & digit_mask
        ends[np.int64(digit) + 1] += 1
    for digit in range(_DIGITS):
        ends[digit + 1] += ends[digit]
    for place in range(len(order)):
        if place % _STEPS == 0 and stopped(flag):
            return
        row = order[place]
        digit = np.int64((np.uint64(keys[row]) - low) >> shift & digit_mask)
        placed[ends[digit]] = row
        ends[digit] += 1


def sort_by(keys: NDArray[np.int64], order: NDArray[np.int64], flag: Flag) -> NDArray[np.int64]:
    """The rows of `order` by their keys; rows of equal keys stay in order.

    Args: keys: int64[n], n >= 1; order: int64[n], a permutation; flag: raised to stop; then the answer means
        nothing
    Returns: int64[n], a permutation
    Cost: a pass of some 10 ns a row for every 11 bits of the keys' range; 16 bytes a row.
    """
    low, high = map(int, _bounds(frozen(keys), flag))
    base = np.uint64(low & 0xFFFF_FFFF_FFFF_FFFF)
    placed, spare = order, np.empty(len(order), np.int64)
    for shift in range(0, (high - low).bit_length(), _DIGIT_BITS):
        if flag[0]:
            break
        _sort_pass(frozen(keys), base, np.uint64(shift), (frozen(placed), spare), flag)
        before = placed
        placed, spare = spare, np.empty(len(order), np.int64) if before is order else before
    return placed


@njit(nogil=True, cache=True)
def _sort_few(keys, rows, spare_keys, spare_rows):  # type: ignore[no-untyped-def]
    ends = np.zeros((_KEY_BYTES, _BYTES), np.int64)
    for row in range(len(keys)):
        for byte in range(_KEY_BYTES):
            ends[byte, (keys[row] >> np.uint64(8 * byte)) & _BYTE] += 1
    for byte in range(_KEY_BYTES):
        shift = np.uint64(8 * byte)
        if ends[byte, (keys[0] >> shift) & _BYTE] == len(keys):
            # All have the same.
            continue
        begin = 0
        for digit in range(_BYTES):
            count = ends[byte, digit]
            ends[byte, digit] = begin
            begin += count
        for row in range(len(keys)):
            digit = (keys[row] >> shift) & _BYTE
            place = ends[byte, digit]
            ends[byte, digit] = place + 1
            spare_keys[place], spare_rows[place] = keys[row], rows[row]
        keys, spare_keys = spare_keys, keys
        rows, spare_rows = spare_rows, rows
    return keys, rows


def sort_few(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """The keys in ascending order, and the place of each; places of equal keys ascend.

    Args: keys: uint64[n], n <= 65,536
    Cost: some 2 ns a key for each byte in which they differ, so that no flag is looked at.
    """
    count = len(keys)
    if count == 0:
        return keys, np.empty(0, np.uint16)
    rows = np.arange(count).astype(np.uint16)
    spare = np.empty(count, np.uint64), np.empty(count, np.uint16)
    found: tuple[NDArray[np.uint64], NDArray[np.uint16]] = _sort_few(keys.copy(), rows, *spare)
    return found
