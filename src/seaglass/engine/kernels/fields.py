"""The fields of a plain CSV text, and columns of them as integers, texts and names.

Above: `engine/transfer/plain`. Below: Numba, `words`. Plain is a text of which every record has the same number of
fields, each without quotes in it or in quotes without quotes in it, and ends with a newline, before
which a return may stand. Whatever is not plain is told, not read.

    starts, lengths   int32[columns, rows]: where a field begins and its bytes, without its quotes;
                      NONE for an empty field without quotes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import (
    COMMA,
    QUOTE,
    WORD_BYTES,
    count_byte,
    few_digits,
    first_bytes,
    low_from,
    put_word,
    quote_from,
    word_at,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Fields: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]

NONE = -1


class Records(NamedTuple):
    """Whole records of a text. Args: end: where they end in it; newlines: up to there"""

    fields: Fields
    end: int
    newlines: int


# So many names of one column are told apart.
NAMES_MAX = 64
# More digits might not fit into 64 bits.
_DIGITS_MAX = 18
_NEWLINE = 10
_RETURN = 13
_MINUS = 45
_ZERO = 48
_NINE = 9


@njit(nogil=True, cache=True, inline="always")
def _end_from(data, position):  # type: ignore[no-untyped-def]
    """Where the next quote, comma, return or newline is; the size where there is none."""
    position = low_from(data, position)
    while position < len(data) and data[position] not in (QUOTE, COMMA, _RETURN, _NEWLINE):
        position = low_from(data, position + 1)
    return position


@njit(nogil=True, cache=True)
def _split(data, whole, starts, lengths):  # type: ignore[no-untyped-def]
    """The number of rows, and where they end; -1 where the text is not plain. Args: whole: whether the
    last record is; else it is left out where it may go on"""
    columns, capacity = starts.shape
    size = len(data)
    position = 0
    row = 0
    while position < size:
        begin = position
        cut = (-1, begin) if whole else (row, begin)
        if row == capacity or data[position] == _NEWLINE or data[position] == _RETURN:
            return -1, begin
        for column in range(columns):
            if position < size and data[position] == QUOTE:
                start = position + 1
                end = quote_from(data, start)
                if end >= size:
                    return cut
                position = end + 1
                lengths[column, row] = end - start
            else:
                start = position
                position = _end_from(data, start)
                lengths[column, row] = NONE if position == start else position - start
            starts[column, row] = start
            last = column == columns - 1
            if position >= size:
                if not (last and whole):
                    return cut
            elif last:
                position += data[position] == _RETURN
                if position == size:
                    return cut
                if data[position] != _NEWLINE:
                    return -1, begin
                position += 1
            else:
                if data[position] != COMMA:
                    return -1, begin
                position += 1
        row += 1
    return row, position


@njit(nogil=True, cache=True)
def _integers(fields, low, high, numbers, valid):  # type: ignore[no-untyped-def]
    """How many have a number; -1 where a field is none."""
    data, starts, lengths = fields
    present = 0
    for row in range(len(numbers)):
        length = lengths[row]
        if length == NONE:
            numbers[row] = 0
            valid[row] = False
            continue
        position = starts[row]
        end = position + length
        minus = length > 0 and data[position] == _MINUS
        position += minus
        if position == end or end - position > _DIGITS_MAX:
            return -1
        number = np.int64(0)
        if end - position <= WORD_BYTES and position + WORD_BYTES <= len(data):
            number = few_digits(word_at(data, position), end - position)
            if number < 0:
                return -1
            position = end
        while position < end:
            digit = np.int64(data[position]) - _ZERO
            if digit < 0 or digit > _NINE:
                return -1
            number = 10 * number + digit
            position += 1
        if minus:
            number = -number
        if number < low or number > high:
            return -1
        numbers[row] = number
        valid[row] = True
        present += 1
    return present


@njit(nogil=True, cache=True)
def _measure(lengths, offsets, valid):  # type: ignore[no-untyped-def]
    present = 0
    total = 0
    for row in range(len(lengths)):
        there = lengths[row] != NONE
        valid[row] = there
        present += there
        total += lengths[row] if there else 0
        offsets[row + 1] = total
    return present


@njit(nogil=True, cache=True)
def _copy(fields, offsets, into):  # type: ignore[no-untyped-def]
    """Args: into: has a word's bytes more than the texts"""
    data, starts, _ = fields
    for row in range(len(starts)):
        source = np.int64(starts[row])
        target = offsets[row]
        end = offsets[row + 1]
        while target < end and source + WORD_BYTES <= len(data):
            put_word(into, target, word_at(data, source))
            source += WORD_BYTES
            target += WORD_BYTES
        while target < end:
            into[target] = data[source]
            source += 1
            target += 1


@njit(nogil=True, cache=True)
def _same(data, first, second, length):  # type: ignore[no-untyped-def]
    if length <= WORD_BYTES and max(first, second) + WORD_BYTES <= len(data):
        return first_bytes(word_at(data, first) ^ word_at(data, second), length) == 0
    for byte in range(length):  # noqa: SIM110 - Numba has no generators in `all`
        if data[first + byte] != data[second + byte]:
            return False
    return True


@njit(nogil=True, cache=True)
def _name(fields, codes, firsts):  # type: ignore[no-untyped-def]
    """How many names there are; -1 for too many."""
    data, starts, lengths = fields
    count = 0
    latest = 0
    for row in range(len(starts)):
        length = lengths[row]
        if length == NONE:
            codes[row] = NONE
            continue
        code = latest
        for place in range(count + 1):
            # The name of the row before first.
            code = latest if place == 0 else place - 1
            if code < count:
                first = firsts[code]
                if lengths[first] == length and _same(data, starts[first], starts[row], length):
                    break
        else:
            if count == len(firsts):
                return -1
            code = count
            firsts[count] = row
            count += 1
        codes[row] = latest = code
    return count


def split_fields(data: bytes, columns: int) -> Fields | None:
    """The fields of all records.

    Args: data: begins with a record; below 2**31 bytes
    Returns: (data uint8[b], starts, lengths), as the module says; None where it is not plain
    Cost: about half a nanosecond a byte, and 8 bytes of memory a field.
    """
    found = _fields_of(data, columns, count_byte(data, "\n"), whole=True)
    return None if found is None else found[0]


def split_records(data: bytes, columns: int) -> Records | None:
    """The fields of all records that are whole, of a text that goes on; None where it is not plain.

    Args, Cost: as split_fields
    """
    lines = count_byte(data, "\n")
    found = _fields_of(data, columns, lines, whole=False)
    if found is None:
        return None
    fields, end = found
    return Records(fields, end, lines - data.count(b"\n", end))


def _fields_of(
    data: bytes, columns: int, newlines: int, *, whole: bool
) -> tuple[Fields, int] | None:
    shown = frozen(np.frombuffer(data, np.uint8))
    # Behind the last newline there may be more.
    starts, lengths = (np.empty((columns, newlines + 1), np.int32) for _ in range(2))
    rows, end = _split(shown, whole, starts, lengths)
    return None if rows < 0 else ((shown, starts[:, :rows], lengths[:, :rows]), end)


def integers_of(
    fields: Fields, column: int, within: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None] | None:
    """The fields of a column as integers, decimal and without spaces.

    Args: within: the least and the greatest
    Returns: (numbers int64[rows], which of them are there, None for all); None where a field is none
        of these
    """
    one = _column(fields, column)
    numbers, valid = np.empty(len(one[1]), np.int64), np.empty(len(one[1]), np.bool_)
    present = _integers(one, *within, numbers, valid)
    if present < 0:
        return None
    return numbers, None if present == len(numbers) else valid


def texts_of(
    fields: Fields, column: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_] | None]:
    """The texts of a column.

    Returns: (data uint8[b], offsets int64[rows + 1], which of them are there, None for all)
    """
    one = _column(fields, column)
    rows = len(one[1])
    offsets, valid = np.zeros(rows + 1, np.int64), np.empty(rows, np.bool_)
    present = _measure(one[2], offsets, valid)
    data = np.empty(int(offsets[-1]) + WORD_BYTES, np.uint8)
    _copy(one, frozen(offsets), data)
    return data[: int(offsets[-1])], offsets, None if present == rows else valid


def names_of(fields: Fields, column: int) -> tuple[NDArray[np.int32], NDArray[np.int64]] | None:
    """The texts of a column that repeat.

    Returns: (codes int32[rows], NONE for no text; the row where each code is first); None for more
        than NAMES_MAX different ones
    """
    one = _column(fields, column)
    codes, firsts = np.empty(len(one[1]), np.int32), np.empty(NAMES_MAX, np.int64)
    count = _name(one, codes, firsts)
    return None if count < 0 else (codes, firsts[:count])


def _column(fields: Fields, column: int) -> Fields:
    data, starts, lengths = fields
    return data, frozen(starts[column]), frozen(lengths[column])
