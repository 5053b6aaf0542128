"""Numbers that look random and are the same every time: orders, ties and draws of algorithms.

Above: `voting`, `refining`, `engine/algo`, `engine/vector`. Below: Numba. Source: SplitMix64 (Steele, Lea, Flood, Fast
splittable pseudorandom number generators, 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_LOW_BITS = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@njit(nogil=True, cache=True, inline="always")
def mixed(word):  # type: ignore[no-untyped-def]
    """In a kernel: a uint64 in which each bit depends on all bits of another."""
    word = word + _STEP
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


@njit(nogil=True, cache=True, inline="always")
def chance(state):  # type: ignore[no-untyped-def]
    """In a kernel: the next of a row of numbers in [0, 1). Args: state: uint64[1], moved on"""
    word = mixed(state[0])
    state[0] += _STEP
    return np.float64(word >> np.uint64(11)) / 9007199254740992.0


@njit(nogil=True, cache=True)
def _shuffle(order):  # type: ignore[no-untyped-def]
    for last in range(len(order) - 1, 0, -1):
        # The upper half of a product spreads 32 bits evenly over what is left.
        word = mixed(np.uint64(last)) & _LOW_BITS
        place = np.int64((word * np.uint64(last + 1)) >> _HALF)
        order[last], order[place] = order[place], order[last]


def shuffled(count: int) -> NDArray[np.int64]:
    """The numbers below `count`, at most 2**32, in an order without a pattern, always the same one.

    Cost: some 10 ns a number.
    """
    order = np.arange(count)
    _shuffle(order)
    return order
