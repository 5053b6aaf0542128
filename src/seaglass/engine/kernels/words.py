"""Eight bytes of a text at a time: words read and written at any place, and what ends a field found in them.

Above: `fields`, `hashing`, `interning`, `matching`, `pages`, `records`, `taking`, `engine/transfer`. Below: Numba.
A word has its first byte lowest. Bytes that are looked for are marked by their upper bit; the lowest mark is right,
those above it may be wrong. `word_at` and `put_word` do not look at bounds: whoever calls them sees
that eight bytes are there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from seaglass.engine.kernels.frozen import frozen

WORD_BYTES = 8
QUOTE = 34
COMMA = 44
_EACH = np.uint64(0x0101010101010101)
_MARKS = np.uint64(0x8080808080808080)
_QUOTES = np.uint64(0x2222222222222222)
_BEHIND_COMMAS = np.uint64(0x2D2D2D2D2D2D2D2D)
_ONE = np.uint64(1)
_THREE = np.uint64(3)
# Of a word of digits.
_ZEROS = np.uint64(0x3030303030303030)
_UPPERS = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIXES = np.uint64(0x0606060606060606)
_THREES = np.uint64(0x3333333333333333)
_DIGITS = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES = np.uint64(0x00FF00FF00FF00FF)
_HALVES = np.uint64(0x0000FFFF0000FFFF)
_PAIRS = np.uint64(10 * 2**8 + 1)
_FOURS = np.uint64(100 * 2**16 + 1)
_EIGHT = np.uint64(10_000 * 2**32 + 1)


def _pointer(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    data = context.make_array(kind)(context, builder, arguments[0]).data
    at = builder.gep(data, [arguments[1]])
    return builder.bitcast(at, context.get_value_type(types.uint64).as_pointer())


def _word_at(_typing: Any, data: Any, _position: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, data, arguments), align=1)

    return types.uint64(data, types.int64), code


def _put_word(_typing: Any, data: Any, _position: Any, _word: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _pointer(context, builder, data, arguments), align=1)
        return context.get_dummy_value()

    return types.none(data, types.int64, types.uint64), code


def _trailing_zeros(_typing: Any, _word: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, 0))

    return types.uint64(types.uint64), code


def _swapped(_typing: Any, _word: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bswap(arguments[0])

    return types.uint64(types.uint64), code


# The word at a place of bytes.
word_at: Any = intrinsic(_word_at)
# Writes a word at a place of bytes.
put_word: Any = intrinsic(_put_word)
_zeros: Any = intrinsic(_trailing_zeros)
# The word with its first byte highest: such words are in the order of their bytes.
swapped: Any = intrinsic(_swapped)


@njit(nogil=True, cache=True, inline="always")
def lowest_byte(word):  # type: ignore[no-untyped-def]
    """Which byte is the first that is not zero; the word is not zero."""
    return np.int64(_zeros(word) >> _THREE)


@njit(nogil=True, cache=True, inline="always")
def first_bytes(word, count):  # type: ignore[no-untyped-def]
    """The first bytes of a word, 0 to 8 of them; zeros behind them."""
    if count == WORD_BYTES:
        return word
    return word & ((_ONE << np.uint64(8 * count)) - _ONE)


@njit(nogil=True, cache=True, inline="always")
def few_digits(word, count):  # type: ignore[no-untyped-def]
    """The number of the first 1 to 8 bytes; -1 where one is no digit."""
    if count < WORD_BYTES:
        # Zeros before them; the first digit is the lowest byte.
        bits = np.uint64(8 * count)
        word = (word << (np.uint64(64) - bits)) | (_ZEROS >> bits)
    uppers = (word & _UPPERS) | (((word + _SIXES) & _UPPERS) >> np.uint64(4))
    if uppers != _THREES:
        return np.int64(-1)
    # Neighbours are joined: digits to pairs, pairs to fours, fours to eight.
    word = ((word & _DIGITS) * _PAIRS) >> np.uint64(8)
    word = ((word & _BYTES) * _FOURS) >> np.uint64(16)
    return np.int64(((word & _HALVES) * _EIGHT) >> np.uint64(32))


@njit(nogil=True, cache=True, inline="always")
def quote_from(data, position):  # type: ignore[no-untyped-def]
    """Where the next quote is; the size, or a place behind it, where there is none."""
    while position + WORD_BYTES <= len(data):
        other = word_at(data, position) ^ _QUOTES
        marks = (other - _EACH) & ~other & _MARKS
        if marks:
            return position + lowest_byte(marks)
        position += WORD_BYTES
    while position < len(data) and data[position] != QUOTE:
        position += 1
    return position


@njit(nogil=True, cache=True, inline="always")
def low_from(data, position):  # type: ignore[no-untyped-def]
    """Where the next byte up to a comma is: whatever ends a field, and a few others. The size, or a
    place behind it, where there is none."""
    while position + WORD_BYTES <= len(data):
        word = word_at(data, position)
        marks = (word - _BEHIND_COMMAS) & ~word & _MARKS
        if marks:
            return position + lowest_byte(marks)
        position += WORD_BYTES
    while position < len(data) and data[position] > COMMA:
        position += 1
    return position


@njit(nogil=True, cache=True)
def _count(data, byte):  # type: ignore[no-untyped-def]
    count = 0
    for one in data:
        count += one == byte
    return count


def count_byte(data: bytes, byte: str) -> int:
    """How often a byte, as a letter of ASCII, is there. Cost: some 0.1 ns a byte."""
    return int(_count(frozen(np.frombuffer(data, np.uint8)), np.uint8(ord(byte))))
