"""Sums from which standard deviations come, gone on with row by row.

Above: `exec/operators/aggregates`. Below: Numba.
Numbers are taken from the first of their group, so that many that differ by little lose nothing, and
the sums have twice the digits of a float. A row is added to what the rows before it gave, so that
it does not matter how many come at a time.

    state     float64[STATES, groups]: 0 the count; 1 the first number; 2 and 3 the sum of the
              differences from it, and what the sum has lost; 4 and 5 the same of their squares;
              6 and 7 the sum of differences, and of squares, of numbers times SCALE: they pass no
              float where the others do
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATES = 8
SCALE = 2.0**-600
# Fewer rows need no compiled code.
_FEW_ROWS = 64
# Halves the digits of a float: Dekker's way to the exact square.
_HALVING = 134_217_729.0


@njit(nogil=True, cache=True)
def _gather(codes, numbers, state):  # type: ignore[no-untyped-def]
    for row in range(len(codes)):
        code, number = codes[row], numbers[row]
        if state[0, code] == 0:
            state[1, code] = number
        state[0, code] += 1
        first = state[1, code]
        difference = number - first
        square = difference * difference
        wide = difference * _HALVING
        high = wide - (wide - difference)
        low = difference - high
        lost = ((high * high - square) + 2.0 * high * low) + low * low
        before = state[2, code]
        total = before + difference
        part = total - before
        state[2, code] = total
        state[3, code] += (before - (total - part)) + (difference - part)
        before = state[4, code]
        total = before + square
        part = total - before
        state[4, code] = total
        state[5, code] += ((before - (total - part)) + (square - part)) + lost
        scaled = number * SCALE - first * SCALE
        state[6, code] += scaled
        state[7, code] += scaled * scaled


def gather(
    codes: NDArray[np.int64], numbers: NDArray[np.float64], state: NDArray[np.float64]
) -> None:
    """Goes on with each number in the state of its group.

    Args: codes: int64[n], the group of each; numbers: float64[n]; state: as the module says; changed
    Cost: some 10 ns a row
    """
    if len(codes) < _FEW_ROWS:
        with np.errstate(all="ignore"):
            _gather.py_func(codes, numbers, state)  # type: ignore[no-untyped-call]
    else:
        _gather(frozen(codes), frozen(numbers), state)


def deviations(state: NDArray[np.float64], freedom: int) -> NDArray[np.float64]:
    """float64[groups]: the standard deviation, 0.0 for too few numbers, NaN where one is not finite.

    Args: freedom: how much less than the count the squares are divided by
    """
    count = np.maximum(state[0], 1.0)
    divided = np.maximum(state[0] - freedom, 1.0)
    with np.errstate(all="ignore"):
        total = state[2] + state[3]
        lost = (state[2] - total) + state[3]
        share, share_lost = _square_of(total, lost, count)
        spread = np.maximum((state[4] - share) + (state[5] - share_lost), 0.0)
        found = np.sqrt(spread / divided)
        scaled = np.maximum(state[7] - state[6] * (state[6] / count), 0.0)
        found = np.where(np.isfinite(found), found, np.sqrt(scaled / divided) / SCALE)
    return np.where(state[0] > freedom, found, 0.0)


def _square_of(
    total: NDArray[np.float64], lost: NDArray[np.float64], count: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(total + lost) ** 2 / count`, as a float and what it lacks."""
    square = total * total
    rest = _lack(total, total, square) + 2.0 * total * lost
    share = square / count
    product = share * count
    rest += (square - product) - _lack(share, count, product)
    return share, rest / count


def _lack(
    one: NDArray[np.float64], two: NDArray[np.float64], product: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the rounded product lacks."""
    one_wide, two_wide = one * _HALVING, two * _HALVING
    one_high, two_high = one_wide - (one_wide - one), two_wide - (two_wide - two)
    one_low, two_low = one - one_high, two - two_high
    crossed = one_high * two_low + one_low * two_high
    return ((one_high * two_high - product) + crossed) + one_low * two_low
