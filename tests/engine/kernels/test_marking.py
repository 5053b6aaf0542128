"""Marks are the set of the nodes that steps lead to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.gather import UNKNOWN
from seaglass.engine.kernels.marking import mark, mark_ends, marked, new_marks

GROUP = 4
# Of each node, its entries: neighbour and edge.
Rows = list[list[tuple[int, int]]]
rows_of = st.lists(
    st.lists(st.tuples(st.integers(0, 199), st.integers(0, 20)), max_size=5), max_size=8
)


class Table:
    """Segments of `GROUP` nodes each, with their arrays kept alive."""

    def __init__(self, rows: Rows, dtype: type) -> None:
        self.arrays: list[np.ndarray] = []
        groups = [rows[start : start + GROUP] for start in range(0, len(rows), GROUP)]
        self.places = np.zeros((len(groups), 4), np.int64)
        self.wide = np.full((len(groups), 3), dtype is np.int64)
        for number, group in enumerate(groups):
            indptr = np.cumsum([0, *map(len, group)])
            entries = np.array([entry for row in group for entry in row]).reshape(-1, 2)
            for place, array in enumerate((indptr, entries[:, 0], entries[:, 1])):
                self.arrays.append(np.ascontiguousarray(array, dtype))
                self.places[number, place] = self.arrays[-1].ctypes.data
            self.places[number, 3] = len(group)

    def mark(
        self, nodes: list[int], used: list[list[int]], marks: np.ndarray, limits: tuple[int, int]
    ) -> tuple[int, int]:
        steps = np.array(nodes, np.int64), np.array(used, np.int64).reshape(len(used), len(nodes))
        return mark_ends((self.places, self.wide, GROUP), steps, marks, limits)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@given(data=st.data())
def test_ends_are_marked_but_along_used_edges(dtype: type, data: st.DataObject) -> None:
    rows = data.draw(rows_of)
    nodes = data.draw(st.lists(st.integers(-1, len(rows)), max_size=6))
    edges = st.lists(st.integers(-1, 20), min_size=len(nodes), max_size=len(nodes))
    used = data.draw(st.lists(edges, max_size=2))
    before = data.draw(st.sets(st.integers(0, 199)))
    wanted = {
        end
        for place, node in enumerate(nodes)
        for end, edge in (rows[node] if 0 <= node < len(rows) else [])
        if all(each[place] != edge for each in used)
    }
    marks = new_marks(200)
    assert mark(np.array(sorted(before), np.int64), marks) == len(before)
    place = count = 0
    # A small budget: it goes on where it was.
    while place < len(nodes):
        further, new = Table(rows, dtype).mark(nodes, used, marks, (place, 2))
        assert further > place
        place, count = further, count + new
    assert marked(marks).tolist() == sorted(wanted | before)
    assert count == len(wanted - before)


def test_it_stops_at_a_group_that_is_unknown() -> None:
    table = Table([[(7, 1)]] * 8, np.int32)
    table.places[1, 3] = UNKNOWN
    marks = new_marks(8)
    assert table.mark([0, 3, 5, 1], [], marks, (0, 100)) == (-3, 1)
    assert table.mark([0, 3, 5, 1], [], marks, (3, 100)) == (4, 0)
