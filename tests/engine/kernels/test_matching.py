"""What is said of many texts is what Python says of each: their parts, their order, their keys."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.matching import (
    least_and_greatest,
    text_keys,
    texts_between,
    texts_holding,
    texts_with,
)

part = st.text("ab\0é", max_size=3)
# Some longer than a word, some alike but for their ends.
text = st.tuples(st.sampled_from(["", "ab", "abababab", "abababababa"]), part).map("".join)
texts = st.lists(text, max_size=12)


def packed(values: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """As a slice has them: other bytes come before, and so do other texts."""
    parts = [value.encode() for value in values]
    offsets = np.cumsum([2, *[len(value) for value in parts]]).astype(np.int64)
    return np.frombuffer(b"ab" + b"".join(parts), np.uint8), offsets


@given(texts, text | part)
def test_parts(values: list[str], wanted: str) -> None:
    data, offsets = packed(values)
    encoded = wanted.encode()
    places = (data, offsets[:-1], offsets[1:])
    starts = texts_with(places, encoded, at_end=False)
    assert starts.tolist() == [value.startswith(wanted) for value in values]
    ends = texts_with(places, encoded, at_end=True)
    assert ends.tolist() == [value.endswith(wanted) for value in values]
    held = texts_holding(data, offsets, encoded)
    assert held.tolist() == [wanted in value for value in values]


def test_a_part_is_found_in_whichever_text_and_not_across_two() -> None:
    """More bytes than are marked at once, and a part on every edge of that."""
    rng = np.random.default_rng(3)
    values = ["x" * int(length) for length in rng.integers(0, 40, 2_000)]
    for row in rng.integers(0, len(values), 300):
        at = int(rng.integers(0, len(values[row]) + 1))
        values[row] = values[row][:at] + "part" + values[row][at:]
    values[10:12] = ["xxpa", "rtxx"]
    data, offsets = packed(values)
    for wanted in ("part", "p", "xp", "tx", "xxxxxxxxxxxxxxpart", "parts"):
        held = texts_holding(data, offsets, wanted.encode())
        assert held.tolist() == [wanted in value for value in values]


@given(texts, st.none() | text, st.none() | text, st.tuples(st.booleans(), st.booleans()))
def test_ranges(
    values: list[str], low: str | None, high: str | None, ends_in: tuple[bool, bool]
) -> None:
    data, offsets = packed(values)
    bounds = [None if bound is None else bound.encode() for bound in (low, high)]
    found = texts_between((data, offsets[:-1], offsets[1:]), bounds[0], bounds[1], ends_in)

    def within(value: str) -> bool:
        above = low is None or value > low or (ends_in[0] and value == low)
        return above and (high is None or value < high or (ends_in[1] and value == high))

    assert found.tolist() == [within(value) for value in values]


@given(texts.filter(bool))
def test_bounds(values: list[str]) -> None:
    low, high = least_and_greatest(*packed(values))
    assert (values[low], values[high]) == (min(values), max(values))


@given(texts, st.integers(0, 3))
def test_keys(values: list[str], skip: int) -> None:
    keys = text_keys(*packed(values), skip)
    shown = [value.encode()[skip:][:8].ljust(8, b"\0") for value in values]
    assert keys.tolist() == [int.from_bytes(key, "big") for key in shown]
