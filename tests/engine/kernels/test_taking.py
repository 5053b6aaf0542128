"""Texts taken from a few, against plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.taking import take_texts, taken_offsets

TEXTS = st.lists(st.binary(max_size=20), min_size=1, max_size=9)


@given(TEXTS, st.binary(max_size=5), st.data())
def test_texts_are_taken_in_order(few: list[bytes], before: bytes, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(few) - 1), max_size=50))
    # What stands before the first text is another's.
    starts = np.cumsum([len(before), *map(len, few)])
    rows = np.array(places, np.int64)
    offsets = taken_offsets(starts, rows)
    expected = [few[place] for place in places]
    assert offsets.tolist() == np.cumsum([0, *map(len, expected)]).tolist()
    whole = np.frombuffer(before + b"".join(few), np.uint8)
    taken = take_texts((whole, starts), rows, offsets)
    assert taken.dtype == np.uint8
    assert taken.tobytes() == b"".join(expected)
