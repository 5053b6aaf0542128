"""Ranks of texts in the order of their bytes, for as many as there may be.

Above: `engine/values/order`. Below: `stopping`, Numba. Arrow's sort cannot be stopped, and takes
seconds for millions.

A quicksort of three parts by eight bytes at a time. Of each text that is not in its place yet there
is a key:

    bits 8 to 63   the next seven bytes, the first one highest, zeros behind the end
    bits 0 to 7    how many of them there are, 8 where more follow

so that keys compare as the texts do, and equal keys of less than 8 are equal texts. Of those with the
same key of 8 the next seven bytes are compared.
Source: Bentley, Sedgewick, Fast algorithms for sorting and searching strings (1997).
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

# Texts between two looks at the flag: some 500 us where each misses the cache.
_STEPS = 4_096
_KEY_BYTES = 7
_MORE = 8
_LENGTH_MASK = np.uint64(255)
# Up to this many texts are put in order one by one.
_FEW = 12
# Parts that wait: the largest of three waits longest, so that each further one is half as large.
_WAITING_MAX = 256


@njit(nogil=True, cache=True, inline="always")
def _key(texts, row, depth):  # type: ignore[no-untyped-def]
    data, offsets = texts
    start = offsets[row] + depth
    left = offsets[row + 1] - start
    key = np.uint64(0)
    for byte in range(_KEY_BYTES):
        key <<= np.uint64(8)
        if byte < left:
            key |= np.uint64(data[start + byte])
    return key << np.uint64(8) | np.uint64(min(left, _MORE))


@njit(nogil=True, cache=True)
def _fill(texts, part, places, flag):  # type: ignore[no-untyped-def]
    """The keys of a part. Args: part: begin, end, depth; places: keys, order"""
    begin, end, depth = part
    keys, order = places
    for place in range(begin, end):
        if (place - begin) % _STEPS == 0 and stopped(flag):
            return
        keys[place] = _key(texts, order[place], depth)


@njit(nogil=True, cache=True, inline="always")
def _before(texts, left, right, depth):  # type: ignore[no-untyped-def]
    """Whether a text comes before another, which has the same key at a depth and more behind it."""
    while True:
        depth += _KEY_BYTES
        one, two = _key(texts, left, depth), _key(texts, right, depth)
        if one != two:
            return one < two
        if one & _LENGTH_MASK != _MORE:
            return False


@njit(nogil=True, cache=True)
def _insert(texts, part, places):  # type: ignore[no-untyped-def]
    begin, end, depth = part
    keys, order = places
    for place in range(begin + 1, end):
        key, row = keys[place], order[place]
        free = place
        while free > begin:
            above = keys[free - 1]
            if above < key:
                break
            if above == key and (
                key & _LENGTH_MASK != _MORE or not _before(texts, row, order[free - 1], depth)
            ):
                break
            keys[free], order[free] = above, order[free - 1]
            free -= 1
        keys[free], order[free] = key, row


@njit(nogil=True, cache=True, inline="always")
def _pivot(keys, begin, end):  # type: ignore[no-untyped-def]
    one, two, three = keys[begin], keys[(begin + end) >> 1], keys[end - 1]
    return max(min(one, two), min(max(one, two), three))


@njit(nogil=True, cache=True)
def _split(part, places, flag):  # type: ignore[no-untyped-def]
    """Parts the keys: those below the pivot, as it, and above. Returns: where the second and third
    begin."""
    begin, end, _ = part
    keys, order = places
    pivot = _pivot(keys, begin, end)
    low, place, high = begin, begin, end
    steps = 0
    while place < high:
        steps += 1
        if steps % _STEPS == 0 and stopped(flag):
            break
        key = keys[place]
        if key < pivot:
            keys[place], keys[low] = keys[low], key
            order[place], order[low] = order[low], order[place]
            low += 1
            place += 1
        elif key > pivot:
            high -= 1
            keys[place], keys[high] = keys[high], key
            order[place], order[high] = order[high], order[place]
        else:
            place += 1
    return low, high


@njit(nogil=True, cache=True)
def _sort(texts, places, waiting, flag):  # type: ignore[no-untyped-def]
    keys, order = places
    waiting[0] = 0, len(order), 0
    count = 1
    _fill(texts, (0, len(order), 0), places, flag)
    steps = 0
    while count > 0:
        count -= 1
        begin, end, depth = waiting[count]
        steps += end - begin
        if steps >= _STEPS:
            steps = 0
            if stopped(flag):
                return
        if end - begin <= _FEW:
            _insert(texts, (begin, end, depth), places)
            continue
        low, high = _split((begin, end, depth), places, flag)
        if keys[low] & _LENGTH_MASK == _MORE:
            middle = low, high, depth + _KEY_BYTES
            _fill(texts, middle, places, flag)
        else:
            # They are the same text, and in no order.
            middle = low, low, depth
        parts = ((begin, low, depth), middle, (high, end, depth))
        first = 0
        for place in range(1, 3):
            if parts[place][1] - parts[place][0] > parts[first][1] - parts[first][0]:
                first = place
        waiting[count] = parts[first]
        count += 1
        for place in range(3):
            if place != first and parts[place][1] - parts[place][0] > 1:
                waiting[count] = parts[place]
                count += 1


@njit(nogil=True, cache=True)
def _ranks(texts, order, ranks, flag):  # type: ignore[no-untyped-def]
    data, offsets = texts
    rank = 0
    for place in range(len(order)):
        if place % _STEPS == 0 and stopped(flag):
            return
        row = order[place]
        if place:
            before = order[place - 1]
            start, other = offsets[row], offsets[before]
            length = offsets[row + 1] - start
            same = offsets[before + 1] - other == length
            byte = 0
            while same and byte < length:
                same = data[start + byte] == data[other + byte]
                byte += 1
            if not same:
                rank += 1
        ranks[row] = rank


def text_ranks(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], flag: Flag
) -> NDArray[np.int64]:
    """The rank of each text among the different ones, from 0, in the order of their bytes.

    Args: offsets: int64[n + 1], positions in `data`; flag: raised to stop; then the answer means nothing
    Returns: int64[n]; equal texts have the same
    Cost: n log n, some 300 ns a text of a million; 24 bytes a text.
    """
    count = len(offsets) - 1
    order, ranks = np.arange(count), np.zeros(count, np.int64)
    if count > 1:
        texts = frozen(data), frozen(offsets)
        waiting = np.empty((_WAITING_MAX, 3), np.int64)
        _sort(texts, (np.empty(count, np.uint64), order), waiting, flag)
        _ranks(texts, order, ranks, flag)
    return ranks
