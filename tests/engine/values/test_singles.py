"""Numbers of 32 bits as floats with short texts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values.singles import singles


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_the_text_is_that_of_the_rounded_number(numbers: list[float]) -> None:
    found = singles(np.array(numbers, np.float64))
    assert found.dtype == np.float64
    for number, told in zip(numbers, found.tolist(), strict=True):
        assert np.float32(told) == np.float32(number)
        assert told == float(str(np.float32(number)))


def test_what_is_no_number_of_32_bits() -> None:
    found = singles(np.array([0.1, 1e300, -1e300, math.nan, 29.533678e-2])).tolist()
    assert found[:3] == [0.1, math.inf, -math.inf]
    assert math.isnan(found[3])
    assert found[4] == 0.29533678
