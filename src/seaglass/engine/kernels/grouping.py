"""Numbers for distinct integers, by a table of their range or a hash table.

Above: `engine/values/order`, `engine/values/keys`. Below: Numba. The hash table is open: an integer
stands in the first free place from where its hash points. Integers that were chosen to meet in one
place would make that slow, so the work is counted, and past a limit the caller has to sort instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
# Steps past other integers that are allowed for each row; a good hash takes less than one.
_STEPS = 16
# Some 100 us where every row misses the cache.
_ROWS_BETWEEN_LOOKS = 1_024
# The same of a table that is made empty, most of the time for its memory to be there.
_PLACES_BETWEEN_LOOKS = 65_536


@njit(nogil=True, cache=True, inline="always")
def _place_of(code, mask):  # type: ignore[no-untyped-def]
    mixed = np.uint64(code) * _P1
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _P2
    return (mixed ^ (mixed >> np.uint64(32))) & mask


@njit(nogil=True, cache=True)
def _number(codes, table, numbers, firsts, flag):  # type: ignore[no-untyped-def]
    for begin in range(0, len(table), _PLACES_BETWEEN_LOOKS):
        if stopped(flag):
            return -1
        table[begin : begin + _PLACES_BETWEEN_LOOKS] = -1
    mask = np.uint64(len(table) - 1)
    steps_left = _STEPS * len(codes) + 1024
    count = 0
    for row in range(len(codes)):
        if row % _ROWS_BETWEEN_LOOKS == 0 and stopped(flag):
            return -1
        code = codes[row]
        place = _place_of(code, mask)
        while True:
            group = table[place]
            if group < 0:
                table[place] = count
                firsts[count] = row
                numbers[row] = count
                count += 1
                break
            if codes[firsts[group]] == code:
                numbers[row] = group
                break
            place = (place + np.uint64(1)) & mask
            steps_left -= 1
        if steps_left < 0:
            return -1
    return count


@njit(nogil=True, cache=True)
def _number_dense(codes, low, table, into, flag):  # type: ignore[no-untyped-def]
    numbers, firsts = into
    for begin in range(0, len(table), _PLACES_BETWEEN_LOOKS):
        if stopped(flag):
            return 0
        table[begin : begin + _PLACES_BETWEEN_LOOKS] = -1
    count = 0
    for row in range(len(codes)):
        if row % _ROWS_BETWEEN_LOOKS == 0 and stopped(flag):
            return 0
        place = codes[row] - low
        group = table[place]
        if group < 0:
            group = count
            table[place] = group
            firsts[group] = row
            count += 1
        numbers[row] = group
    return count


def number_groups(
    codes: NDArray[np.int64], flag: Flag
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Numbers the distinct integers in order of first appearance.

    Args: codes: int64[n]; flag: raised to stop; then the answer means nothing
    Returns: int64[n], the number of each; int64[groups], the first row of each. None where the
        integers do not spread, which costs no more than if they did
    Cost: some 20 ns a row, more where 16 bytes a row do not fit the cache.
    """
    found = _numbered(codes, flag)
    return None if found is None else found[1:]


def _numbered(
    codes: NDArray[np.int64], flag: Flag
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]] | None:
    """The hash table, and what `number_groups` returns."""
    size = 1 << max(4, (2 * len(codes)).bit_length())
    table = np.empty(size, np.int32 if len(codes) < 2**31 else np.int64)
    numbers, firsts = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    count = _number(frozen(codes), table, numbers, firsts, flag)
    return None if count < 0 else (table, numbers, firsts[:count].copy())


@njit(nogil=True, cache=True)
def _find_numbers(codes, table, known, numbers, flag):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for row in range(len(codes)):
        if row % _ROWS_BETWEEN_LOOKS == 0 and stopped(flag):
            return
        place = _place_of(codes[row], mask)
        while True:
            number = table[place]
            if number < 0 or known[number] == codes[row]:
                numbers[row] = number
                break
            place = (place + np.uint64(1)) & mask


class Numbered:
    """Distinct integers, numbered in order of first appearance, to find others among them.

    Attributes: numbers: int64[n], the number of each that was given; count: of distinct ones
    """

    def __init__(self, table: NDArray[Any], numbers: NDArray[np.int64], known: Any) -> None:
        self.numbers = numbers
        self.count = len(known)
        self._table = table
        self._known: NDArray[np.int64] = known

    @classmethod
    def of(cls, codes: NDArray[np.int64], flag: Flag) -> Numbered | None:
        """Args, Cost: as `number_groups`. Returns: None as it does"""
        found = _numbered(codes, flag)
        return None if found is None else cls(found[0], found[1], codes[found[2]])

    def find(self, codes: NDArray[np.int64], flag: Flag) -> NDArray[np.int64]:
        """The number of each integer, -1 for those that are not there.

        Args: flag: raised to stop; then the answer means nothing
        Cost: as `number_groups`
        """
        numbers = np.empty(len(codes), np.int64)
        known = frozen(self._known)
        _find_numbers(frozen(codes), frozen(self._table), known, numbers, flag)
        return numbers


def number_dense_groups(
    codes: NDArray[np.int64], ends: tuple[int, int], flag: Flag
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`number_groups` of integers from `ends[0]` to `ends[1]`, of which there are not too many.

    Cost: some 5 ns a row, more where 8 bytes for each integer of the range do not fit the cache.
    """
    low, high = ends
    table = np.empty(high - low + 1, np.int32 if len(codes) < 2**31 else np.int64)
    numbers, firsts = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    count = _number_dense(frozen(codes), low, table, (numbers, firsts), flag)
    return numbers, firsts[:count].copy()


@njit(nogil=True, cache=True)
def _find_firsts(numbers, firsts):  # type: ignore[no-untyped-def]
    count = 0
    for row in range(len(numbers)):
        if count == len(firsts):
            return
        if numbers[row] == count:
            firsts[count] = row
            count += 1


def first_of_each(numbers: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """The first row of each of so many groups, which are numbered in order of first appearance.

    Args: numbers: int64[n]
    Returns: int64[groups]
    Cost: some 0.5 ns a row, up to where the last group begins.
    """
    firsts = np.empty(groups, np.int64)
    _find_firsts(frozen(numbers), firsts)
    return firsts


@njit(nogil=True, cache=True)
def _pair(codes, others, count, into):  # type: ignore[no-untyped-def]
    for row in range(len(codes)):
        known = codes[row] >= 0 and others[row] >= 0
        into[row] = codes[row] * count + others[row] if known else -1


def paired(codes: NDArray[np.int64], others: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """int64[n]: one code for each pair of codes; -1 where one of them is -1.

    Args: others: below `count`
    """
    into = np.empty(len(codes), np.int64)
    _pair(frozen(codes), frozen(others), count, into)
    return into
