from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.grouping import (
    Numbered,
    first_of_each,
    number_dense_groups,
    number_groups,
    paired,
)
from seaglass.engine.kernels.stopping import new_flag


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), max_size=200))
def test_numbers_come_in_order_of_first_appearance(values: list[int]) -> None:
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    found = number_groups(np.array(values, np.int64), new_flag())
    assert found is not None
    assert found[0].tolist() == [places[value] for value in values]
    assert found[1].tolist() == [values.index(value) for value in places]


@given(st.integers(-(2**63), 2**63 - 21), st.lists(st.integers(0, 20), min_size=1, max_size=200))
def test_numbers_of_a_range_come_in_order_of_first_appearance(low: int, rest: list[int]) -> None:
    values = [low + one for one in rest]
    ends = min(values), max(values)
    numbers, firsts = number_dense_groups(np.array(values, np.int64), ends, new_flag())
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    assert numbers.tolist() == [places[value] for value in values]
    assert firsts.tolist() == [values.index(value) for value in places]


integers = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), max_size=200)


@given(integers, integers)
def test_integers_are_found_among_others(values: list[int], sought: list[int]) -> None:
    numbered = Numbered.of(np.array(values, np.int64), new_flag())
    assert numbered is not None
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    assert numbered.numbers.tolist() == [places[value] for value in values]
    assert numbered.count == len(places)
    found = numbered.find(np.array(sought, np.int64), new_flag())
    assert found.tolist() == [places.get(value, -1) for value in sought]
    assert first_of_each(numbered.numbers, numbered.count).tolist() == [
        values.index(value) for value in places
    ]


def test_codes_are_paired_where_both_are_known() -> None:
    codes, others = np.array([0, 2, -1, 2, -1]), np.array([4, 0, 1, -1, -1])
    assert paired(codes, others, 5).tolist() == [4, 10, -1, -1, -1]


def test_a_raised_flag_stops_numbering() -> None:
    codes = np.arange(5_000)
    flag = new_flag()
    flag[0] = 1
    assert number_groups(codes, flag) is None
    assert Numbered.of(codes, flag) is None
    assert len(number_dense_groups(codes, (0, 4_999), flag)[1]) == 0


def test_integers_that_meet_in_one_place_are_given_back() -> None:
    """The hash is undone: integers are made of hashes that differ above the bits that choose a place."""
    bits = 2**64
    wanted = np.arange(1, 20_000, dtype=object) << 32
    chosen = []
    for last in wanted.tolist():
        mixed = (last ^ (last >> 32)) * pow(0xC2B2AE3D27D4EB4F, -1, bits) % bits
        # Undoes x ^ (x >> 29): three times, by 29 bits each.
        value = mixed
        for _ in range(3):
            value = mixed ^ (value >> 29)
        chosen.append(value * pow(0x9E3779B185EBCA87, -1, bits) % bits)
    codes = np.array(chosen, np.uint64).view(np.int64)
    assert number_groups(codes, new_flag()) is None
