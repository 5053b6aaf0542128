"""Texts that are a prefix and a number, as numbers and back.

Above: `engine/graph/text_codec`. Below: Numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Numbers of so many digits fit into 63 bits.
DIGITS_MAX = 18
_ZERO = 48
_DIGIT_0 = np.uint64(_ZERO)
_ONE = np.uint64(1)
_TEN = np.uint64(10)
_POWERS = 10 ** np.arange(DIGITS_MAX, dtype=np.int64)


@njit(nogil=True, cache=True)
def _parse(data, offsets, prefix, numbers):  # type: ignore[no-untyped-def]
    fewest = DIGITS_MAX
    padded = 0
    for row in range(len(numbers)):
        start = offsets[row]
        digits = offsets[row + 1] - start - len(prefix)
        if digits < 1 or digits > DIGITS_MAX:
            return 0
        for place in range(len(prefix)):
            if data[start + place] != prefix[place]:
                return 0
        start += len(prefix)
        number = np.int64(0)
        for place in range(digits):
            digit = np.int64(data[start + place]) - _ZERO
            if digit < 0 or digit > 9:
                return 0
            number = number * 10 + digit
        numbers[row] = number
        fewest = min(fewest, digits)
        if digits > 1 and data[start] == _ZERO:
            if padded and padded != digits:
                return 0
            padded = digits
    if padded:
        # Shorter ones would have been filled to this length as well.
        return padded if padded == fewest else 0
    return 1


@njit(nogil=True, cache=True)
def _measure(numbers, fixed, digits, offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(numbers)):
        length = digits
        while length < DIGITS_MAX and numbers[row] >= _POWERS[length]:
            length += 1
        at += fixed + length
        offsets[row + 1] = at


@njit(nogil=True, cache=True)
def _print(numbers, prefix, offsets, data):  # type: ignore[no-untyped-def]
    for row in range(len(numbers)):
        start = np.uint64(offsets[row])
        for byte in range(len(prefix)):
            data[start + np.uint64(byte)] = prefix[byte]
        start += np.uint64(len(prefix))
        # Unsigned: a division that need not round down is a multiplication.
        rest = np.uint64(numbers[row])
        place = np.uint64(offsets[row + 1])
        while place > start:
            place -= _ONE
            shorter = rest // _TEN
            data[place] = _DIGIT_0 + (rest - shorter * _TEN)
            rest = shorter


def parse_numbered(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], prefix: bytes
) -> tuple[NDArray[np.int64], int] | None:
    """The numbers after `prefix`, and how many digits each has at least.

    Args: data, offsets: uint8[b], int64[n + 1]: texts as Arrow has them
    Returns: None when a text is not what `print_numbered` would give
    Cost: about 10 ns a text, less where it is none.
    """
    numbers = np.empty(len(offsets) - 1, np.int64)
    digits = _parse(frozen(data), frozen(offsets), frozen(np.frombuffer(prefix, np.uint8)), numbers)
    return (numbers, int(digits)) if digits else None


def print_numbered(
    numbers: NDArray[np.int64], prefix: bytes, digits: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The texts: prefix and number, with zeros in front where it has fewer digits.

    Args: numbers: int64[n], not below 0, of at most DIGITS_MAX digits
    Returns: (data uint8[b], offsets int64[n + 1])
    Cost: about 15 ns a text.
    """
    offsets = np.zeros(len(numbers) + 1, np.int64)
    _measure(frozen(numbers), len(prefix), digits, offsets)
    data = np.empty(int(offsets[-1]), np.uint8)
    _print(frozen(numbers), frozen(np.frombuffer(prefix, np.uint8)), frozen(offsets), data)
    return data, offsets
