"""What pages of Parquet files hold: texts behind their lengths, and packed small numbers.

Above: `engine/transfer/pages`. Below: Numba, `words`. Bytes that cannot be such a page are told, not read.

Source: the Apache Parquet format: Encodings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import WORD_BYTES, word_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The length before each text: u32, little-endian.
LENGTH_BYTES = 4
_LENGTH_MASK = np.uint64(0xFFFFFFFF)
# More bits than a number of 32 bits has.
_SHIFT_MAX = 28
_NONE = -1


@njit(nogil=True, cache=True, inline="always")
def _word(data, place):  # type: ignore[no-untyped-def]
    """The word at a place; zeros behind the end."""
    if place + WORD_BYTES <= len(data):
        return word_at(data, place)
    word = np.uint64(0)
    for byte in range(len(data) - place):
        word |= np.uint64(data[place + byte]) << np.uint64(8 * byte)
    return word


@njit(nogil=True, cache=True)
def _text_starts(data, starts):  # type: ignore[no-untyped-def]
    place = np.int64(0)
    for text in range(len(starts) - 1):
        if place + LENGTH_BYTES > len(data):
            return False
        length = np.int64(_word(data, place) & _LENGTH_MASK)
        place += LENGTH_BYTES
        if length > len(data) - place:
            return False
        starts[text] = place
        place += length
    starts[len(starts) - 1] = place + LENGTH_BYTES
    return True


@njit(nogil=True, cache=True)
def _header(data, place):  # type: ignore[no-untyped-def]
    """What begins a run, and where it goes on; NONE where nothing does."""
    header = np.int64(0)
    shift = 0
    while place < len(data) and shift <= _SHIFT_MAX:
        byte = np.int64(data[place])
        place += 1
        header |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return header, place
    return header, _NONE


@njit(nogil=True, cache=True)
def _unpack(data, place, width, numbers):  # type: ignore[no-untyped-def]
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    first = 0
    while first < len(numbers):
        header, place = _header(data, place)
        if place == _NONE:
            return False
        packed = header & 1
        count = (header >> 1) * (8 if packed else 1)
        run_bytes = (header >> 1) * width if packed else (width + 7) >> 3
        if run_bytes > len(data) - place:
            return False
        count = min(count, len(numbers) - first)
        if packed:
            for row in range(count):
                bit = row * width
                word = _word(data, place + (bit >> 3)) >> np.uint64(bit & 7)
                numbers[first + row] = np.int64(word & mask)
        else:
            numbers[first : first + count] = np.int64(_word(data, place) & mask)
        first += count
        place += run_bytes
    return True


def text_starts(data: NDArray[np.uint8], count: int) -> NDArray[np.int64] | None:
    """Where texts begin, each behind its length: text `i` is
    data[starts[i] : starts[i + 1] - LENGTH_BYTES].

    Returns: int64[count + 1]; None where the bytes do not hold so many
    Cost: some 2 ns a text.
    """
    if count * LENGTH_BYTES > len(data):
        return None
    starts = np.empty(count + 1, np.int64)
    return starts if _text_starts(frozen(data), starts) else None


def unpacked(
    data: NDArray[np.uint8], place: int, width: int, count: int
) -> NDArray[np.int32] | None:
    """Numbers of `width` bits in runs: repeated, or packed eight at a time.

    Args: place: of the first run, within data; width: 0 to 32
    Returns: int32[count], of 32 bits also negative; None where the bytes do not hold so many
    Cost: 1 to 2 ns a number.
    """
    numbers = np.empty(count, np.int32)
    return numbers if _unpack(frozen(data), place, width, numbers) else None
