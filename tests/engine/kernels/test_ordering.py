"""An order of integers is that of NumPy, whatever their range; a flag stops kernels over rows."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from seaglass.engine.kernels.grouping import number_groups
from seaglass.engine.kernels.ordering import sort_by, sort_few
from seaglass.engine.kernels.stopping import new_flag

INT = np.iinfo(np.int64)
RNG = np.random.default_rng(11)
CASES = {
    "one": np.array([5]),
    "equal": np.full(3000, -7),
    "small range": RNG.integers(-3, 3, 5000),
    "wide": RNG.integers(INT.min, INT.max, 5000),
    "ends": np.array([INT.max, INT.min, 0, -1, INT.min, INT.max, 1]),
    "steps": np.arange(5000)[::-1] * 2**40 - 2**50,
    "past 11 bits": RNG.integers(0, 2**23, 20_000),
}


@pytest.mark.parametrize("name", CASES)
def test_sorting_is_stable(name: str) -> None:
    numbers = CASES[name].astype(np.int64)
    order = RNG.permutation(len(numbers))
    expected = order[np.argsort(numbers[order], kind="stable")]
    assert sort_by(numbers, order, new_flag()).tolist() == expected.tolist()


@pytest.mark.parametrize("name", CASES)
def test_few_are_sorted_with_their_places(name: str) -> None:
    keys = CASES[name].astype(np.int64).view(np.uint64)
    ascending, order = sort_few(keys)
    assert ascending.tolist() == sorted(keys.tolist())
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()


def test_as_many_as_a_group_has_are_sorted_and_none() -> None:
    keys = RNG.integers(0, 2**64, 65_536, np.uint64)
    assert sort_few(keys)[1].tolist() == np.argsort(keys, kind="stable").tolist()
    assert len(sort_few(keys[:0])[1]) == 0


def test_a_raised_flag_stops_both() -> None:
    numbers = RNG.integers(INT.min, INT.max, 2_000_000)
    flag = new_flag()
    flag[0] = 1
    assert number_groups(numbers, flag) is None
    flag = new_flag()
    threading.Thread(target=lambda: (time.sleep(0.01), flag.fill(1))).start()
    order = sort_by(numbers, np.arange(len(numbers)), flag)
    assert len(order) == len(numbers)
