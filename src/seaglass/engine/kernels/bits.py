"""Integers as a length in bits and the bits below the first: short where numbers are small.

Above: `engine/graph/adaptive`. Below: Numba, `words`.

    symbol   2 * c + s: c = bits of the magnitude (0 .. 64), s = 1 for a negative number
    bits     for each number with c > 1 the c - 1 bits of its magnitude below the first, one number
             after the other, the lowest first; bit i of all is bit i % 64 of word i / 64

Symbols are few and of very different frequency, so an entropy coder that comes after (zstd) takes
what is left in them; the bits are as good as random.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import word_at

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    # least and greatest number, least and greatest difference
    Ranges: TypeAlias = tuple[int, int, int, int]
    Bytes: TypeAlias = bytes | memoryview

# Bytes of a number -> its type.
WIDTHS: dict[int, Any] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
SYMBOLS = 130
# The last bits are read as a word, too.
BITS_MARGIN = 8
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_WORD = np.uint64(64)
_PLACES = 4_096
# The greatest symbol of which at most 57 bits follow.
_SHORT_MAX = 117
_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)


def _leading_zeros_of(typing, word):  # type: ignore[no-untyped-def]
    del typing, word

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        del signature
        return builder.ctlz(arguments[0], context.get_constant(types.boolean, 0))

    return types.uint64(types.uint64), generate


_leading_zeros: Any = intrinsic(_leading_zeros_of)


@njit(nogil=True, cache=True)
def _pack(numbers, base, follows, symbols, words):  # type: ignore[no-untyped-def]
    word = _ZERO
    filled = _ZERO
    written = np.int64(0)
    before = np.uint64(base)
    # No branches below: their ways would be random.
    for place in range(len(numbers)):
        # Unsigned, because a compiler may take for granted that signed numbers do not wrap.
        current = np.uint64(numbers[place])
        magnitude = current - before
        if follows:
            before = current
        sign = magnitude >> np.uint64(63)
        # All bits turned and 1 added where it is negative.
        magnitude = (magnitude ^ (_ZERO - sign)) + sign
        length = _WORD - _leading_zeros(magnitude)
        symbols[place] = length + length + sign
        count = length - np.uint64(length > _ZERO)
        below = magnitude & ((_ONE << count) - _ONE)
        word |= below << filled
        words[written] = word
        # What did not fit; in two shifts, since one by 64 has no meaning.
        rest = (below >> _ONE) >> (np.uint64(63) - filled)
        filled += count
        full = filled >> np.uint64(6)
        word = rest if full else word
        filled &= np.uint64(63)
        written += np.int64(full)
    words[written] = word
    return written * 64 + np.int64(filled)


@njit(nogil=True, cache=True)
def _ranges(numbers):  # type: ignore[no-untyped-def]
    low = np.int64(numbers[0])
    high = low
    before = np.uint64(numbers[0])
    step_low = np.int64(np.uint64(numbers[1]) - before)
    step_high = step_low
    for place in range(1, len(numbers)):
        number = np.int64(numbers[place])
        step = np.int64(np.uint64(number) - before)
        before = np.uint64(number)
        low = min(low, number)
        high = max(high, number)
        step_low = min(step_low, step)
        step_high = max(step_high, step)
    return low, high, step_low, step_high


@njit(nogil=True, cache=True)
def _symbol(number):  # type: ignore[no-untyped-def]
    sign = number >> np.uint64(63)
    magnitude = (number ^ (_ZERO - sign)) + sign
    length = _WORD - _leading_zeros(magnitude)
    return length + length + sign


@njit(nogil=True, cache=True)
def _survey(numbers, bases, widths, steps, often):  # type: ignore[no-untyped-def]
    low, step_low, base = bases
    width, narrow = widths
    by_steps = narrow < width
    before = np.uint64(0)
    for place in range(len(numbers)):
        number = np.uint64(numbers[place])
        often[1, _symbol(number - np.uint64(base))] += 1
        offset = number - np.uint64(low)
        if place:
            step = number - before
            steps[place - 1] = np.int64(step)
            often[2, _symbol(step)] += 1
            if by_steps:
                offset = step - np.uint64(step_low)
        before = number
        if place or not by_steps:
            for _ in range(narrow if by_steps else width):
                often[0, offset & np.uint64(255)] += 1
                offset >>= np.uint64(8)


@njit(nogil=True, cache=True)
def _entropy(often, added):  # type: ignore[no-untyped-def]
    total = 0.0
    for count in often:
        total += count + added
    bits = 0.0
    for count in often:
        share = (count + added) / total
        if share > 0.0:
            bits -= share * math.log2(share)
    return bits


@njit(nogil=True, cache=True)
def _sizes(often, sampled, rows, block):  # type: ignore[no-untyped-def]
    sizes = np.empty(3, np.float64)
    sizes[0] = _entropy(often[0], 0.0)
    for way in range(1, 3):
        below = 0.0
        for symbol in range(2, SYMBOLS):
            below += often[way, symbol] * (symbol // 2 - 1)
        below /= sampled - (way - 1)
        if rows * (1.0 + below / 8.0) > block:
            sizes[way] = _entropy(often[way], 0.0) + below
        else:
            # Symbols and bits share one code where they share a block.
            added = (sampled - (way - 1)) * below / 8.0 / 256.0
            sizes[way] = _entropy(often[way], added) * (1.0 + below / 8.0)
    return sizes


@njit(nogil=True, cache=True)
def _offsets(numbers, base, into):  # type: ignore[no-untyped-def]
    for place in range(len(numbers)):
        into[place] = np.uint64(numbers[place]) - np.uint64(base)


@njit(nogil=True, cache=True)
def _offsets_between(numbers, base, into):  # type: ignore[no-untyped-def]
    for place in range(len(into)):
        step = np.uint64(numbers[place + 1]) - np.uint64(numbers[place])
        into[place] = step - np.uint64(base)


@njit(nogil=True, cache=True)
def _from_offsets(offsets, base, numbers):  # type: ignore[no-untyped-def]
    joined = _ZERO
    for place in range(len(offsets)):
        current = np.uint64(offsets[place]) + np.uint64(base)
        joined |= current
        numbers[place] = np.int64(current)
    return np.int64(joined)


@njit(nogil=True, cache=True)
def _from_steps(offsets, base, first, numbers):  # type: ignore[no-untyped-def]
    joined = current = np.uint64(first)
    numbers[0] = np.int64(current)
    for place in range(len(offsets)):
        current += np.uint64(offsets[place]) + np.uint64(base)
        joined |= current
        numbers[place + 1] = np.int64(current)
    return np.int64(joined)


@njit(nogil=True, cache=True)
def _from_equal_steps(step, first, numbers):  # type: ignore[no-untyped-def]
    joined = _ZERO
    for place in range(len(numbers)):
        current = np.uint64(first) + np.uint64(place) * np.uint64(step)
        joined |= current
        numbers[place] = np.int64(current)
    return np.int64(joined)


@njit(nogil=True, cache=True)
def _count_bits(symbols):  # type: ignore[no-untyped-def]
    bits = np.int64(0)
    wrong = False
    for symbol in symbols:
        length = np.int64(symbol >> np.uint8(1))
        bits += length - np.int64(length > 0)
        wrong |= symbol == 1 or symbol >= SYMBOLS
    return -1 if wrong else bits


@njit(nogil=True, cache=True)
def _unpack(symbols, words, base, follows, numbers):  # type: ignore[no-untyped-def]
    at = joined = _ZERO
    before = np.uint64(base)
    for place in range(len(symbols)):
        symbol = np.uint64(symbols[place])
        length = symbol >> _ONE
        sign = symbol & _ONE
        some = np.uint64(length > _ZERO)
        count = length - some
        index = at >> np.uint64(6)
        shift = at & np.uint64(63)
        at += count
        # The second shift is in two, since one by 64 has no meaning.
        magnitude = words[index] >> shift
        magnitude |= (words[index + _ONE] << (np.uint64(63) - shift)) << _ONE
        top = some << count
        magnitude = (magnitude & ((_ONE << count) - _ONE)) | top
        current = before + ((magnitude ^ (_ZERO - sign)) + sign)
        if follows:
            before = current
        joined |= current
        numbers[place] = np.int64(current)
    return np.int64(joined)


@njit(nogil=True, cache=True)
def _unpack_short(symbols, data, base, follows, numbers):  # type: ignore[no-untyped-def]
    # As above, where the bits of a number and up to seven before them fit into one word.
    at = joined = _ZERO
    before = np.uint64(base)
    for place in range(len(symbols)):
        symbol = np.uint64(symbols[place])
        length = symbol >> _ONE
        sign = symbol & _ONE
        some = np.uint64(length > _ZERO)
        count = length - some
        magnitude = word_at(data, np.int64(at >> np.uint64(3))) >> (at & np.uint64(7))
        at += count
        magnitude = (magnitude & ((_ONE << count) - _ONE)) | (some << count)
        current = before + ((magnitude ^ (_ZERO - sign)) + sign)
        if follows:
            before = current
        joined |= current
        numbers[place] = np.int64(current)
    return np.int64(joined)


@njit(nogil=True, cache=True)
def _count_repeats(numbers, length, seen):  # type: ignore[no-untyped-def]
    repeats = 0
    gone = _ONE
    for _ in range(length):
        gone *= _P1
    run = _ZERO
    for place in range(len(numbers)):
        run = run * _P1 + np.uint64(numbers[place])
        if place >= length:
            run -= gone * np.uint64(numbers[place - length])
        if place >= length - 1:
            mixed = run * _P2
            slot = mixed >> np.uint64(52)
            if seen[slot] == mixed:
                repeats += 1
            seen[slot] = mixed
    return repeats


def pack_numbers(
    numbers: NDArray[Any], base: int, *, follows: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What the numbers are more than `base`, or each more than the one before, modulo 2**64.

    Args:
        numbers: int32|int64[n]
        follows: `base` is what comes before the first; False for all are taken from it
    Returns: (uint8[n] symbols, the bits, uint8[as few as hold them]; the last is filled with 0)
    Cost: about 2 ns a number, 8 n bytes.
    """
    symbols = np.empty(len(numbers), np.uint8)
    words = np.empty(len(numbers) + 1, np.uint64)
    bits = int(_pack(frozen(numbers), np.int64(base), follows, symbols, words))
    packed = words[: bits // 64 + 1].astype("<u8", copy=False).view(np.uint8)
    return symbols, packed[: (bits + 7) // 8]


def ranges(numbers: NDArray[Any]) -> Ranges:
    """Least and greatest number, and least and greatest difference of one to the next modulo 2**64.

    Args: numbers: int32|int64[n], n at least 2
    Cost: about 1 ns a number.
    """
    low, high, step_low, step_high = _ranges(frozen(numbers))
    return int(low), int(high), int(step_low), int(step_high)


def survey(
    numbers: NDArray[np.int64], bases: tuple[int, int, int], widths: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often what occurs in the ways to write some numbers.

    Args:
        numbers: int64[n], n at least 1
        bases: of numbers and of differences as bytes, of numbers as symbols
        widths: bytes of a number and of a difference
    Returns: (int64[3, 256] how often each byte of the offsets occurs (of the differences, if those
        are narrower), each symbol of the numbers, each symbol of the differences;
        int64[n - 1] the differences, modulo 2**64)
    Cost: about 10 ns a number.
    """
    often = np.zeros((3, 256), np.int64)
    steps = np.empty(len(numbers) - 1, np.int64)
    low, step_low, base = map(np.int64, bases)
    _survey(frozen(numbers), (low, step_low, base), widths, steps, often)
    return often, steps


def sizes(often: NDArray[np.int64], sampled: int, rows: int, block: int) -> list[float]:
    """What an entropy coder of bytes should come to, in bits, in the three ways of a `survey`.

    Args:
        sampled: how many numbers were surveyed, 2 or more
        rows: how many numbers there are; where they have more than `block` bytes, each block has a
            code of its own
    Returns: bits of a byte of the offsets, of a number as symbol and bits, of a difference as such
    Cost: some microseconds.
    """
    # Platforms differ in the last digits of a logarithm, and who chooses by this must not.
    return [round(size, 3) for size in _sizes(often, sampled, rows, block).tolist()]


def offsets(numbers: NDArray[Any], base: int, width: int, *, follows: bool) -> NDArray[Any]:
    """What the numbers are more than `base`, or each more than the one before and `base`, modulo 2**64.

    Args:
        numbers: int32|int64[n], n at least 1
        width: 0, 1, 2, 4 or 8 bytes, which hold every offset
    Returns: unsigned little-endian numbers of that width: [n], or [n - 1] if each follows the one
        before; none for width 0
    Cost: less than 1 ns a number.
    """
    if width == 0:
        return np.empty(0, np.uint8)
    into = np.empty(len(numbers) - follows, WIDTHS[width])
    kernel = _offsets_between if follows else _offsets
    kernel(frozen(numbers), np.int64(base), into)
    return into.astype(into.dtype.newbyteorder("<"), copy=False)


def from_offsets(data: Bytes, base: int, width: int, into: NDArray[Any]) -> int:
    """Writes the numbers of which `data` are the `offsets`.

    Args:
        data: n times `width` bytes
        into: int32|int64[n]; an int32 takes the lower half
    Returns: the numbers, joined by bitwise or; 0 where there is none. So all of them are in 0 to
        2**k - 1 where this is
    Cost: less than 1 ns a number.
    """
    if width == 0:
        return int(_from_equal_steps(np.int64(0), np.int64(base), into))
    return int(_from_offsets(frozen(unsigned(data, width)), np.int64(base), into))


def from_steps(data: Bytes, bases: tuple[int, int], width: int, into: NDArray[Any]) -> int:
    """Writes the numbers of which `data` are the `offsets` that follow each other.

    Args:
        data: n - 1 times `width` bytes
        bases: the first number, and what each step is at least
        into: as in `from_offsets`, n at least 1
    Returns: as `from_offsets`
    Cost: about 1 ns a number.
    """
    first, step = map(np.int64, bases)
    if width == 0:
        return int(_from_equal_steps(step, first, into))
    return int(_from_steps(frozen(unsigned(data, width)), step, first, into))


def unsigned(data: Bytes, width: int) -> NDArray[Any]:
    """The unsigned little-endian numbers of so many bytes each; a copy only where it has to be."""
    numbers = np.frombuffer(data, np.dtype(WIDTHS[width]).newbyteorder("<"))
    return numbers.astype(WIDTHS[width], copy=not numbers.flags.aligned)


def count_bits(symbols: NDArray[np.uint8]) -> int | None:
    """How many bits the symbols ask for; None when one of them is no symbol."""
    bits = int(_count_bits(frozen(symbols)))
    return None if bits < 0 else bits


def unpack_numbers(
    packed: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    base: int,
    numbers: NDArray[Any],
    *,
    follows: bool,
) -> int:
    """Writes what `pack_numbers` was given.

    Args:
        packed: uint8[n] symbols; uint8[b + BITS_MARGIN] as many bits as they ask for (`count_bits`), and
            anything behind them
        numbers: int32|int64[n], written; an int32 takes the lower half
    Returns: as `from_offsets`
    Cost: about 1.5 ns a number.
    """
    symbols, bits = packed
    shown, first = frozen(symbols), np.int64(base)
    if symbols.max(initial=0) <= _SHORT_MAX:
        return int(_unpack_short(shown, frozen(bits), first, follows, numbers))
    # A number's bits are read with the word that follows.
    words = np.zeros(len(bits) // 8 + 2, "<u8")
    words.view(np.uint8)[: len(bits)] = bits
    native = words.astype(np.uint64, copy=False)
    return int(_unpack(shown, frozen(native), first, follows, numbers))


def count_repeats(numbers: NDArray[np.int64], length: int) -> int:
    """How many runs of so many numbers were there before, a little while ago or far too often.

    Args: numbers: int64[n]; length: 1 or more
    Cost: about 2 ns a number, 32 KiB.
    """
    return int(_count_repeats(frozen(numbers), length, np.zeros(_PLACES, np.uint64)))
