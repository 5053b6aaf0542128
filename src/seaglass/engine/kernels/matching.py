"""Tests of many texts: what they begin and end with, what they hold, what they lie between.

Above: `engine/graph/value_index`, `engine/exec/expressions/text`. Below: Numba, `words`.
Texts are compared byte by byte; that is the order of their characters, too, as they are UTF-8. The
key of a text is its first eight bytes as a number in that order, zeros behind shorter ones: it
decides most comparisons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import WORD_BYTES, first_bytes, lowest_byte, swapped, word_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # Bytes, and where the texts in them begin and end.
    Places: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]

# Places that are marked before the marks are looked at.
_PLACES_AT_ONCE = 4_096
_ONE = np.uint64(1)


@njit(nogil=True, cache=True, inline="always")
def _word(data, start, length):  # type: ignore[no-untyped-def]
    """The first bytes of a text as a word."""
    count = min(length, WORD_BYTES)
    if start + WORD_BYTES <= len(data):
        return first_bytes(word_at(data, start), count)
    word = np.uint64(0)
    for byte in range(count):
        word |= np.uint64(data[start + byte]) << np.uint64(8 * byte)
    return word


@njit(nogil=True, cache=True, inline="always")
def _order(text, key, bound, bound_key):  # type: ignore[no-untyped-def]
    """Below 0, 0 or above 0: as the text is less than, equal to or greater than the bound."""
    if key != bound_key:
        return -1 if key < bound_key else 1
    data, start, stop = text
    for byte in range(WORD_BYTES, min(stop - start, len(bound))):
        if data[start + byte] != bound[byte]:
            return np.int64(data[start + byte]) - np.int64(bound[byte])
    return stop - start - len(bound)


@njit(nogil=True, cache=True)
def _between(places, low, high, margins, found):  # type: ignore[no-untyped-def]
    data, starts, stops = places
    low_key, high_key = swapped(_word(low, 0, len(low))), swapped(_word(high, 0, len(high)))
    for row in range(len(starts)):
        start, stop = starts[row], stops[row]
        text, key = (data, start, stop), swapped(_word(data, start, stop - start))
        fits = True
        if margins[0] >= 0:
            fits = _order(text, key, low, low_key) >= margins[0]
        if fits and margins[1] >= 0:
            fits = _order(text, key, high, high_key) <= -margins[1]
        found[row] = fits


def texts_between(
    places: Places, low: bytes | None, high: bytes | None, ends_in: tuple[bool, bool]
) -> NDArray[np.bool_]:
    """bool[n]: which texts are from `low` to `high`.

    Args:
        places: (uint8[b], int64[n], int64[n])
        low, high: None for no end
        ends_in: whether each of them belongs to it
    Cost: some 2 ns a text.
    """
    data, starts, stops = places
    found = np.empty(len(starts), np.bool_)
    margins = (
        -1 if low is None else 0 if ends_in[0] else 1,
        -1 if high is None else 0 if ends_in[1] else 1,
    )
    shown = frozen(data), frozen(starts), frozen(stops)
    _between(shown, _bytes(low or b""), _bytes(high or b""), margins, found)
    return found


@njit(nogil=True, cache=True)
def _parts_at(places, part, at_end, found):  # type: ignore[no-untyped-def]
    data, starts, stops = places
    size = len(part)
    first = _word(part, 0, size)
    for row in range(len(starts)):
        at = stops[row] - size if at_end else starts[row]
        same = stops[row] - starts[row] >= size and _word(data, at, size) == first
        if same:
            for byte in range(WORD_BYTES, size):
                same &= data[at + byte] == part[byte]
        found[row] = same


def texts_with(places: Places, part: bytes, *, at_end: bool) -> NDArray[np.bool_]:
    """bool[n]: which texts begin with the part, or end with it.

    Args: places: (uint8[b], int64[n], int64[n])
    Cost: some 2 ns a text.
    """
    data, starts, stops = places
    found = np.empty(len(starts), np.bool_)
    _parts_at((frozen(data), frozen(starts), frozen(stops)), _bytes(part), at_end, found)
    return found


@njit(nogil=True, cache=True)
def _mark(firsts, seconds, lasts, three, marks):  # type: ignore[no-untyped-def]
    """Marks the places where three bytes are; how many there are. The compiler does many at once."""
    count = 0
    for place in range(len(marks)):
        mark = (
            (firsts[place] == three[0]) & (seconds[place] == three[1]) & (lasts[place] == three[2])
        )
        marks[place] = mark
        count += mark
    return count


@njit(nogil=True, cache=True)
def _holding(data, offsets, part, found):  # type: ignore[no-untyped-def]
    size = len(part)
    behind = (min(1, size - 1), size - 1)
    three = (part[0], part[behind[0]], part[behind[1]])
    # A word is read behind the last mark, too.
    marks = np.zeros(_PLACES_AT_ONCE + WORD_BYTES, np.uint8)
    row = 0
    end = offsets[-1] - size + 1
    for begin in range(offsets[0], end, _PLACES_AT_ONCE):
        count = min(_PLACES_AT_ONCE, end - begin)
        seconds, lasts = begin + behind[0], begin + behind[1]
        if not _mark(
            data[begin : begin + count],
            data[seconds : seconds + count],
            data[lasts : lasts + count],
            three,
            marks[:count],
        ):
            continue
        marks[count : count + WORD_BYTES] = 0
        for place in range(0, count, WORD_BYTES):
            word = word_at(marks, place)
            while word:
                at = begin + place + lowest_byte(word)
                word &= word - _ONE
                while offsets[row + 1] <= at:
                    row += 1
                same = at + size <= offsets[row + 1]
                for byte in range(size if same else 0):
                    same &= data[at + byte] == part[byte]
                found[row] |= same


def texts_holding(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], part: bytes
) -> NDArray[np.bool_]:
    """bool[n]: which texts have the part anywhere in them.

    Args: data: uint8[b]; offsets: int64[n + 1], ascending, within 0 .. b
    Cost: some 0.2 ns a byte, and a few nanoseconds a place where the part may begin.
    """
    if not part:
        return np.ones(len(offsets) - 1, np.bool_)
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(frozen(data), frozen(offsets), _bytes(part), found)
    return found


@njit(nogil=True, cache=True)
def _ends(data, offsets):  # type: ignore[no-untyped-def]
    least = greatest = 0
    least_key = greatest_key = swapped(_word(data, offsets[0], offsets[1] - offsets[0]))
    for row in range(1, len(offsets) - 1):
        text = (data, offsets[row], offsets[row + 1])
        key = swapped(_word(data, text[1], text[2] - text[1]))
        if key <= least_key:
            bound = data[offsets[least] : offsets[least + 1]]
            if _order(text, key, bound, least_key) < 0:
                least, least_key = row, key
        if key >= greatest_key:
            bound = data[offsets[greatest] : offsets[greatest + 1]]
            if _order(text, key, bound, greatest_key) > 0:
                greatest, greatest_key = row, key
    return least, greatest


def least_and_greatest(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> tuple[int, int]:
    """The rows of the least and of the greatest text. Args: as `texts_holding`, with n >= 1
    Cost: some 2 ns a text, more where they share their first eight bytes."""
    least, greatest = _ends(frozen(data), frozen(offsets))
    return int(least), int(greatest)


@njit(nogil=True, cache=True)
def _keys(data, offsets, skip, keys):  # type: ignore[no-untyped-def]
    for row in range(len(keys)):
        start, stop = offsets[row] + skip, offsets[row + 1]
        keys[row] = swapped(_word(data, start, stop - start)) if start < stop else np.uint64(0)


def text_keys(data: NDArray[np.uint8], offsets: NDArray[np.int64], skip: int) -> NDArray[np.uint64]:
    """uint64[n]: the keys of what follows the first `skip` bytes of each text; 0 where nothing does.

    Args: data, offsets: as `texts_holding`
    Cost: some 1 ns a text.
    """
    keys = np.empty(len(offsets) - 1, np.uint64)
    _keys(frozen(data), frozen(offsets), skip, keys)
    return keys


def _bytes(text: bytes) -> NDArray[np.uint8]:
    return frozen(np.frombuffer(text, np.uint8))
