"""Common neighbours against Python's sets; merges and lookups alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.overlaps import count_common
from seaglass.engine.kernels.stopping import new_flag

ROWS = st.lists(
    st.one_of(
        st.lists(st.integers(0, 9), max_size=6),
        st.lists(st.integers(0, 9), max_size=2).map(lambda few: [*range(0, 200, 3), *few]),
    ),
    min_size=1,
    max_size=4,
)


@given(ROWS, st.data())
def test_what_rows_have_in_common(rows: list[list[int]], data: st.DataObject) -> None:
    place = st.integers(0, len(rows) - 1)
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=6))
    indptr = np.cumsum([0, *map(len, rows)])
    flat = np.array([n for row in rows for n in sorted(row)], np.int32)
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    common, sizes = count_common((indptr, flat), (columns[:, 0], columns[:, 1]), new_flag())
    assert common.tolist() == [len({*rows[a]} & {*rows[b]}) for a, b in pairs]
    for row in {row for pair in pairs for row in pair}:
        assert sizes[row] == len({*rows[row]})
