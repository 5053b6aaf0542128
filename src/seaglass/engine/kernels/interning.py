"""Texts to dense numbers: a growing hash table of distinct texts.

Above: `engine/transfer`, which numbers the ids of an import; `engine/values/order`. Below: Numba,
`hashing`, `words`. The table is open-addressed; a place has two words:

    key    of a text of up to 8 bytes: its bytes, little-endian, zeros behind them; else its hash
    meta   number + 1, and in the upper byte the length of a short text, LONG of others; 0: empty
    direct[value]   number + 1, of texts that are decimal numbers; 0: none

so that a short text is found without a look at the texts themselves. A text that is a decimal number of
up to eight digits, written without a zero in front, and below the length of `direct`, has no place
there: it is found by its value, in a table that ids that are numbers fill, and that is far smaller.

A place that is taken is followed by the others of its line of the cache, and only then by the next
line, which is another miss. Rows are taken some hundred at a time: their places are touched together
before any is compared, because the misses of the cache then overlap. Finding only reads, so several
threads may find at once while nobody adds.

Invariants: there are a power of two of places, at most half of them used; text `i` is
`data[offsets[i]:offsets[i + 1]]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.hashing import hash_range
from seaglass.engine.kernels.stopping import new_flag, stopped
from seaglass.engine.kernels.words import few_digits, first_bytes, word_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_LENGTH_SHIFT = np.uint64(56)
_NUMBER_MASK = np.uint64((1 << 56) - 1)
_FIRST_BYTE = np.uint64(255)
_SHORT_BYTES = 8
_LONG = 255
# In place of a length: the key is the value of a text that `direct` has.
_DIRECT = 254
_ZERO_DIGIT = 48
# Values for each text that there is or comes: some are not there.
_VALUES_PER_TEXT = 4
_VALUES_MAX = 100_000_000
_PLACES_MIN = 1 << 12
# Of 16 bytes each.
_LINE_PLACES = 4
# Enough misses of the cache at once, few enough to stay in it.
_ROWS_AT_ONCE = 256
# Places between two looks at the flag while the table grows, and items that are copied: some milliseconds.
_LOOK_ROWS = 16_384
_COPY_ITEMS = 1 << 20


@njit(nogil=True, cache=True, inline="always")
def _same(data, start, length, known, known_start):  # type: ignore[no-untyped-def]
    """Whether two texts of one length, which have nine bytes and more, are the same."""
    for byte in range(0, length - _SHORT_BYTES, _SHORT_BYTES):
        if word_at(data, start + byte) != word_at(known, known_start + byte):
            return False
    last = length - _SHORT_BYTES
    return word_at(data, start + last) == word_at(known, known_start + last)


@njit(nogil=True, cache=True, inline="always")
def _word(data, start, length):  # type: ignore[no-untyped-def]
    if start + _SHORT_BYTES <= len(data):
        return first_bytes(word_at(data, start), length)
    word = np.uint64(0)
    for byte in range(length):
        word |= np.uint64(data[start + byte]) << np.uint64(8 * byte)
    return word


@njit(nogil=True, cache=True, inline="always")
def _mixed(word):  # type: ignore[no-untyped-def]
    """The hash of a short text: every bit of its word in every bit (the finish of xxHash64)."""
    word ^= word >> np.uint64(33)
    word *= _P2
    word ^= word >> np.uint64(29)
    word *= _P3
    return word ^ (word >> np.uint64(32))


@njit(nogil=True, cache=True, inline="always")
def _next(place, tries, mask):  # type: ignore[no-untyped-def]
    """The place after so many tries: all of one line of the cache, then those of the next."""
    if tries & (_LINE_PLACES - 1):
        line = place & ~np.uint64(_LINE_PLACES - 1)
        return line | ((place + np.uint64(1)) & np.uint64(_LINE_PLACES - 1))
    return (place + np.uint64(_LINE_PLACES)) & mask


@njit(nogil=True, cache=True)
def _place_of(table, key, tag, text, known):  # type: ignore[no-untyped-def]
    """The place of a text, or the empty one where it belongs."""
    data, start, length, hashed = text
    known_data, known_offsets = known
    mask = np.uint64((len(table) >> 1) - 1)
    place = hashed & mask
    tries = 0
    while True:
        meta = table[2 * place + 1]
        if meta == 0:
            return place
        if table[2 * place] == key and (meta >> _LENGTH_SHIFT) == tag:
            if tag != _LONG:
                return place
            number = np.int64(meta & _NUMBER_MASK) - 1
            known_start = known_offsets[number]
            if known_offsets[number + 1] - known_start == length and _same(
                data, start, length, known_data, known_start
            ):
                return place
        tries += 1
        place = _next(place, tries, mask)


@njit(nogil=True, cache=True, inline="always")
def _value_of(word, length):  # type: ignore[no-untyped-def]
    """The number of a short text; a negative one where it is none, or is not written plainly."""
    if length == 0 or ((word & _FIRST_BYTE) == _ZERO_DIGIT and length > 1):
        return np.int64(-1)
    return few_digits(word, length)


@njit(nogil=True, cache=True)
def _prepare(texts, first, tables, into):  # type: ignore[no-untyped-def]
    """Hashes, keys and tags of some rows, whose places are touched; how many are long."""
    data, offsets, between = texts
    table, direct = tables
    hashes, keys, tags = into
    mask = np.uint64((len(table) >> 1) - 1)
    touched = np.uint64(0)
    longs = 0
    for row in range(len(hashes)):
        start = offsets[first + row]
        length = offsets[first + row + 1] - between - start
        if length <= _SHORT_BYTES:
            word = _word(data, start, length)
            value = _value_of(word, length)
            if 0 <= value < len(direct):
                hashes[row] = 0
                keys[row] = value
                tags[row] = _DIRECT
                continue
            keys[row] = word
            tags[row] = length
            hashes[row] = _mixed(word)
        else:
            hashes[row] = hash_range(data, start, start + length)
            keys[row] = hashes[row]
            tags[row] = _LONG
            longs += 1
    for row in range(len(hashes)):
        touched |= table[2 * (hashes[row] & mask) + 1]
    return longs, touched


@njit(nogil=True, cache=True)
def _touch_known(table, known, keys, tags):  # type: ignore[no-untyped-def]
    """Touches the texts that long ones are likely to be: those of the same hash."""
    known_data, known_offsets = known
    mask = np.uint64((len(table) >> 1) - 1)
    froms = np.zeros(len(keys), np.int64)
    for row in range(len(keys)):
        if tags[row] != _LONG:
            continue
        place = keys[row] & mask
        tries = 0
        while table[2 * place + 1] and table[2 * place] != keys[row]:
            tries += 1
            place = _next(place, tries, mask)
        if table[2 * place + 1]:
            froms[row] = known_offsets[np.int64(table[2 * place + 1] & _NUMBER_MASK) - 1]
    touched = 0
    for start in froms:
        touched |= known_data[start]
    return touched


@njit(nogil=True, cache=True)
def _find(texts, tables, known, numbers):  # type: ignore[no-untyped-def]
    data, offsets, between = texts
    table, direct = tables
    hashes = np.empty(_ROWS_AT_ONCE, np.uint64)
    keys = np.empty(_ROWS_AT_ONCE, np.uint64)
    tags = np.empty(_ROWS_AT_ONCE, np.uint64)
    missing = 0
    for first in range(0, len(numbers), _ROWS_AT_ONCE):
        count = min(_ROWS_AT_ONCE, len(numbers) - first)
        into = (hashes[:count], keys[:count], tags[:count])
        longs, _ = _prepare(texts, first, tables, into)
        if longs and len(known[0]):
            _touch_known(table, known, keys[:count], tags[:count])
        for row in range(count):
            if tags[row] == _DIRECT:
                number = np.int64(direct[keys[row]])
            else:
                start = offsets[first + row]
                text = (data, start, offsets[first + row + 1] - between - start, hashes[row])
                place = _place_of(table, keys[row], tags[row], text, known)
                number = np.int64(table[2 * place + 1] & _NUMBER_MASK)
            numbers[first + row] = number - 1
            missing += number == 0
    return missing


@njit(nogil=True, cache=True)
def _add(texts, tables, known, numbers):  # type: ignore[no-untyped-def]
    data, offsets, _ = texts
    table, direct = tables
    known_data, known_offsets, count = known
    hashes = np.empty(_ROWS_AT_ONCE, np.uint64)
    keys = np.empty(_ROWS_AT_ONCE, np.uint64)
    tags = np.empty(_ROWS_AT_ONCE, np.uint64)
    for first in range(0, len(numbers), _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, len(numbers) - first)
        _prepare(texts, first, tables, (hashes[:rows], keys[:rows], tags[:rows]))
        for row in range(rows):
            start = offsets[first + row]
            length = offsets[first + row + 1] - start
            place = np.uint64(0)
            if tags[row] == _DIRECT:
                number = np.int64(direct[keys[row]])
            else:
                text = (data, start, length, hashes[row])
                place = _place_of(table, keys[row], tags[row], text, (known_data, known_offsets))
                number = np.int64(table[2 * place + 1] & _NUMBER_MASK)
            if number == 0:
                known_start = known_offsets[count]
                for byte in range(length):
                    known_data[known_start + byte] = data[start + byte]
                count += 1
                known_offsets[count] = known_start + length
                number = count
                if tags[row] == _DIRECT:
                    direct[keys[row]] = count
                else:
                    table[2 * place] = keys[row]
                    table[2 * place + 1] = np.uint64(count) | (tags[row] << _LENGTH_SHIFT)
            numbers[first + row] = number - 1
    return count


@njit(nogil=True, cache=True)
def _fill_direct(texts, count, direct, flag):  # type: ignore[no-untyped-def]
    data, offsets = texts
    for number in range(count):
        if number % _LOOK_ROWS == 0 and stopped(flag):
            return
        start = offsets[number]
        length = offsets[number + 1] - start
        if length <= _SHORT_BYTES:
            value = _value_of(_word(data, start, length), length)
            if 0 <= value < len(direct):
                direct[value] = number + 1


@njit(nogil=True, cache=True)
def _refill(old, table, flag):  # type: ignore[no-untyped-def]
    mask = np.uint64((len(table) >> 1) - 1)
    for old_place in range(len(old) >> 1):
        if old_place % _LOOK_ROWS == 0 and stopped(flag):
            return
        meta = old[2 * old_place + 1]
        if meta == 0:
            continue
        key = old[2 * old_place]
        short = (meta >> _LENGTH_SHIFT) != _LONG
        place = (_mixed(key) if short else key) & mask
        tries = 0
        while table[2 * place + 1]:
            tries += 1
            place = _next(place, tries, mask)
        table[2 * place] = key
        table[2 * place + 1] = meta


class Interned:
    """Distinct texts, numbered in the order in which they were first added."""

    def __init__(self) -> None:
        self.count = 0
        self._table = _empty_table(_PLACES_MIN)
        self._direct = np.zeros(0, np.int32)
        self._data = np.empty(0, np.uint8)
        self._offsets = np.zeros(1, np.int64)

    def add(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], flag: Flag | None = None
    ) -> NDArray[np.int64]:
        """The numbers of texts; those that are new are added.

        Args:
            data: uint8[b], UTF-8
            offsets: int64[n + 1], ascending, within 0 .. b
            flag: raised to stop while the table grows; then all numbers mean nothing from then on
        Returns: int64[n]
        Cost: about 50 ns a text for a million; at times twice the table's memory while it grows.
        """
        rows = len(offsets) - 1
        self._reserve(rows, int(offsets[-1] - offsets[0]), new_flag() if flag is None else flag)
        if flag is not None and flag[0]:
            return np.zeros(rows, np.int64)
        numbers = np.empty(rows, np.int64)
        known = self._data, self._offsets, self.count
        texts = frozen(data), frozen(offsets), 0
        self.count = _add(texts, (self._table, self._direct), known, numbers)
        return numbers

    def find(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of texts, -1 for those that were not added.

        Args, Returns: as add
        Cost: 15 to 25 ns a text of up to 8 bytes, 90 ns a longer one.
        """
        numbers = np.empty(len(offsets) - 1, np.int64)
        self.find_into(numbers, data, offsets)
        return numbers

    def find_into(
        self,
        numbers: NDArray[Any],
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        between: int = 0,
    ) -> int:
        """As find.

        Args: numbers: int32|int64[n], written; int32 while there are fewer texts than 2**31;
            between: bytes that stand before each offset but the first and are of no text
        Returns: how many were not added
        """
        known = frozen(self._data), frozen(self._offsets)
        tables = frozen(self._table), frozen(self._direct)
        return int(_find((frozen(data), frozen(offsets), between), tables, known, numbers))

    def texts(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """All texts in the order of their numbers: (data, offsets), which later adding
        leaves as they are."""
        offsets = self._offsets[: self.count + 1]
        return self._data[: int(offsets[-1])], offsets

    def _reserve(self, rows: int, size_bytes: int, flag: Flag) -> None:
        used = int(self._offsets[self.count])
        if used + size_bytes > len(self._data):
            grown = np.empty(max(2 * len(self._data), used + size_bytes), np.uint8)
            self._data = _copied(self._data[:used], grown, flag)
        if self.count + rows + 1 > len(self._offsets):
            offsets = np.zeros(max(2 * len(self._offsets), self.count + rows + 1), np.int64)
            self._offsets = _copied(self._offsets[: self.count + 1], offsets, flag)
        # Half of the places, of two words each.
        if 4 * (self.count + rows) > len(self._table):
            table = _empty_table(1 << (2 * (self.count + rows) - 1).bit_length())
            _refill(frozen(self._table), table, flag)
            self._table = table
        wanted, values = _VALUES_PER_TEXT * (self.count + rows), len(self._direct)
        if values < min(wanted, _VALUES_MAX):
            # What is never written takes no memory.
            fits = self.count + rows <= np.iinfo(np.int32).max
            size = min(max(2 * values, wanted), _VALUES_MAX)
            self._direct = np.zeros(size, np.int32 if fits else np.int64)
            texts = frozen(self._data), frozen(self._offsets)
            _fill_direct(texts, self.count, self._direct, flag)


def _copied(array: NDArray[Any], into: NDArray[Any], flag: Flag) -> NDArray[Any]:
    """The longer array, which begins with the other."""
    for start in range(0, len(array), _COPY_ITEMS):
        if flag[0]:
            break
        into[start : min(start + _COPY_ITEMS, len(array))] = array[start : start + _COPY_ITEMS]
    return into


def _empty_table(places: int) -> NDArray[np.uint64]:
    """uint64[2 * places], 0, that begins with a line of the cache."""
    line = 2 * _LINE_PLACES
    words = np.zeros(2 * places + line, np.uint64)
    first = -(words.ctypes.data // 8) % line
    return words[first : first + 2 * places]
