"""Packed bits and offsets, against plain Python."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.bits import (
    BITS_MARGIN,
    count_bits,
    from_offsets,
    from_steps,
    offsets,
    pack_numbers,
    ranges,
    unpack_numbers,
    unsigned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.one_of(
    st.lists(INT64, min_size=2, max_size=80),
    st.lists(st.integers(-3, 3), min_size=2, max_size=300),
    # Lengths of all kinds, so that numbers end at and across the ends of words.
    st.lists(
        st.integers(0, 63).flatmap(lambda bits: st.integers(-(2**bits), 2**bits - 1)),
        min_size=2,
        max_size=80,
    ),
)


def joined(numbers: list[int]) -> int:
    return reduce(or_, numbers)


def signed(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


@given(NUMBERS, INT64, st.booleans())
def test_bits_are_those_of_plain_python(numbers: list[int], base: int, follows: bool) -> None:
    before = [base, *numbers] if follows else [base] * len(numbers)
    symbols, stream = [], ""
    for number, other in zip(numbers, before, strict=False):
        difference = signed(number - other)
        digits = f"{abs(difference):b}" if difference else ""
        symbols.append(2 * len(digits) + (difference < 0))
        stream += digits[1:][::-1]
    expected = [int(stream[at : at + 8][::-1], 2) for at in range(0, len(stream), 8)]
    array = np.array(numbers)
    found = pack_numbers(array, base, follows=follows)
    assert found[0].tolist() == symbols
    assert found[1].tolist() == expected
    assert count_bits(found[0]) == len(stream)
    again, half = np.empty(len(numbers), np.int64), np.empty(len(numbers), np.int32)
    for into in (again, half):
        packed = found[0], with_margin(found[1])
        assert unpack_numbers(packed, base, into, follows=follows) == joined(numbers)
    assert again.tolist() == numbers
    assert half.tolist() == array.astype(np.int32).tolist()


def with_margin(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bits, and behind them what must not matter."""
    return np.concatenate([bits, np.full(BITS_MARGIN, 0xA5, np.uint8)])


@given(NUMBERS)
def test_ranges_are_those_of_plain_python(numbers: list[int]) -> None:
    steps = [signed(number - before) for before, number in pairwise(numbers)]
    assert ranges(np.array(numbers)) == (min(numbers), max(numbers), min(steps), max(steps))


@pytest.mark.parametrize("width", [0, 1, 2, 4, 8])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("base", [-(2**31), 0, 7])
def test_offsets_take_their_width(width: int, narrow: bool, base: int) -> None:
    span = min(2 ** (8 * width) - 1, 2 ** (31 if narrow else 63) - 1 - max(base, 0))
    numbers = np.array([base, base + span, base + span // 3], np.int32 if narrow else np.int64)
    data = offsets(numbers, base, width, follows=False).tobytes()
    plain = [0, span, span // 3] if width else []
    assert data == b"".join(number.to_bytes(width, "little") for number in plain)
    if width or span == 0:
        into = np.empty_like(numbers)
        assert from_offsets(data, base, width, into) == joined(numbers.tolist())
        assert into.tolist() == numbers.tolist()


def test_offsets_between_wrap() -> None:
    numbers = np.array([2**63 - 1, -(2**63), 2**63 - 1, -(2**63) + 255])
    assert offsets(numbers, -1, 2, follows=True).tolist() == [2, 0, 257]
    assert offsets(numbers, -1, 2, follows=True).dtype == np.dtype("<u2")


@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize("start", [0, 1, 8])
def test_numbers_are_shown_wherever_they_lie(width: int, start: int) -> None:
    numbers = [1, 2 ** (8 * width) - 1, 0]
    data = bytes(start) + b"".join(number.to_bytes(width, "little") for number in numbers)
    shown = unsigned(memoryview(data)[start:], width)
    assert shown.tolist() == numbers
    assert shown.flags.aligned


@given(NUMBERS)
def test_numbers_come_back_from_steps(numbers: list[int]) -> None:
    _, _, low, high = ranges(np.array(numbers))
    width = next(width for width in (0, 1, 2, 4, 8) if high - low < 1 << 8 * width)
    data = offsets(np.array(numbers), low, width, follows=True).tobytes()
    into = np.empty(len(numbers), np.int64)
    assert from_steps(data, (numbers[0], low), width, into) == joined(numbers)
    assert into.tolist() == numbers


@pytest.mark.parametrize("wrong", [1, 130, 255])
def test_what_is_no_symbol_asks_for_no_bits(wrong: int) -> None:
    assert count_bits(np.array([0, 2, 129], np.uint8)) == 63
    assert count_bits(np.array([0, wrong, 129], np.uint8)) is None


@pytest.mark.parametrize("length", range(55, 64))
def test_numbers_that_nearly_fill_a_word_come_back(length: int) -> None:
    # With the bits before them some fit into one word, and some do not.
    numbers = np.random.default_rng(length).integers(2 ** (length - 1), 2**length, 300)
    for follows in (False, True):
        packed = pack_numbers(numbers, 0, follows=follows)
        again = np.empty(300, np.int64)
        unpack_numbers((packed[0], with_margin(packed[1])), 0, again, follows=follows)
        assert again.tolist() == numbers.tolist()
