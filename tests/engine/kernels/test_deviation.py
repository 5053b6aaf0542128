"""Standard deviations by sums that go on are those of exact fractions, to the last digits."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from seaglass.engine.kernels.deviation import STATES, deviations, gather

_CHANCE = random.Random(3)
_NUMBERS = {
    "small": [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0],
    "any": [_CHANCE.uniform(-1e3, 1e3) for _ in range(3_000)],
    "of many sizes": [_CHANCE.uniform(-1, 1) * 10.0 ** _CHANCE.randrange(-9, 9) for _ in range(3_000)],
    "far from 0": [1e15 + _CHANCE.random() for _ in range(3_000)],
    "far from the first": [-1e9, *[1e9 + _CHANCE.random() for _ in range(3_000)]],
    "alike": [0.1] * 500,
    "alike but one": [*[0.1] * 500, 0.1 + 1e-12],
    "tiny": [_CHANCE.random() * 1e-140 for _ in range(100)],
    "huge": [_CHANCE.uniform(-1e300, 1e300) for _ in range(100)],
}  # fmt: skip


def exact(numbers: list[float], freedom: int) -> float:
    fractions = list(map(Fraction, numbers))
    mean = sum(fractions) / len(fractions)
    spread = sum((number - mean) ** 2 for number in fractions) / (len(fractions) - freedom)
    # A square of the largest floats is none.
    shift = 2 ** max(0, (spread.numerator // spread.denominator).bit_length() // 2 - 200)
    return math.sqrt(spread / shift**2) * shift


@pytest.mark.parametrize("name", _NUMBERS)
@pytest.mark.parametrize("parts", [1, 7])
def test_deviations_are_exact(name: str, parts: int) -> None:
    numbers = _NUMBERS[name]
    state = np.zeros((STATES, 3))
    for part in np.array_split(np.array(numbers), parts):
        gather(np.full(len(part), 1, np.int64), part, state)
    gather(np.array([2], np.int64), np.array([5.0]), state)
    for freedom in (0, 1):
        found = deviations(state, freedom)
        assert found[1] == pytest.approx(exact(numbers, freedom), rel=1e-14, abs=1e-300)
        assert found[[0, 2]].tolist() == [0.0, 0.0]


def test_where_parts_end_changes_no_digit() -> None:
    for numbers in map(np.array, _NUMBERS.values()):
        codes = np.arange(len(numbers)) % 2
        whole, parts = np.zeros((STATES, 2)), np.zeros((STATES, 2))
        gather(codes, numbers, whole)
        for start in range(0, len(numbers), 60):
            gather(codes[start : start + 60], numbers[start : start + 60], parts)
        assert repr(whole.tolist()) == repr(parts.tolist())
