"""A raised flag stops a loop of a kernel, though nothing in the loop writes to memory."""

from __future__ import annotations

import threading

import numpy as np
from numba import njit

from seaglass.engine.kernels.stopping import new_flag, stopped


@njit(nogil=True)
def _turn(flag, most):  # type: ignore[no-untyped-def]
    turns = np.int64(0)
    while turns < most and not stopped(flag):
        turns += 1
    return turns


def test_an_unraised_flag_stops_nothing() -> None:
    assert _turn(new_flag(), 1000) == 1000


def test_a_flag_raised_by_another_thread_stops_a_loop() -> None:
    flag = new_flag()
    _turn(flag, 1)
    turns: list[int] = []
    # Some minutes of turning, if nothing stops it.
    turning = threading.Thread(target=lambda: turns.append(_turn(flag, 10**12)), daemon=True)
    turning.start()
    turning.join(0.05)
    assert turning.is_alive()
    flag[0] = 1
    turning.join(30)
    assert not turning.is_alive()
    assert 0 < turns[0] < 10**12
