"""One direction of one type: rows, patches, folds and rebases, against a set of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.graph.adjacency import (
    INT32_MAX,
    Links,
    fold_links,
    narrow_segment,
    rebase_links,
)

if TYPE_CHECKING:
    import pytest

Triple = tuple[int, int, int]


def arrays(entries: list[Triple]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    table = np.array(entries, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def entries_of(links: Links, rows: int) -> list[Triple]:
    found = []
    for row in range(rows):
        neighbours, edges = links.row(row)
        assert links.degree(row) == len(edges)
        pairs = zip(neighbours.tolist(), edges.tolist(), strict=True)
        found += [(row, neighbour, edge) for neighbour, edge in pairs]
    return found


def links_of(entries: list[Triple]) -> Links:
    return fold_links(Links.empty().with_added(arrays(entries)))


def test_parallel_edges_are_in_order_of_their_numbers() -> None:
    links = links_of([(0, 5, 7), (0, 5, 3), (0, 4, 9)]).with_added(arrays([(0, 5, 5), (0, 5, 1)]))
    expected = [(0, 4, 9), (0, 5, 1), (0, 5, 3), (0, 5, 5), (0, 5, 7)]
    assert entries_of(links, 1) == expected
    assert entries_of(fold_links(links), 1) == expected


def test_an_entry_added_and_removed_leaves_no_patch() -> None:
    links = links_of([(0, 1, 0)]).with_added(arrays([(3, 1, 1)]))
    assert links.changed == 1
    again = links.with_removed(arrays([(3, 1, 1)]))
    assert again.changed == 0
    assert not again.patch
    assert entries_of(links, 4) == [(0, 1, 0), (3, 1, 1)]


def test_a_patch_shares_the_segment_and_a_fold_does_not_change_it() -> None:
    before = links_of([(0, 1, 0), (1, 1, 1)])
    after = before.with_removed(arrays([(1, 1, 1)]))
    assert after.base is before.base
    folded = fold_links(after)
    assert folded.segment().edges.tolist() == [0]
    assert before.segment().edges.tolist() == [0, 1]


def test_a_large_patch_is_folded_by_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATCH_ROWS_HARD", 3)
    links = Links.empty()
    for edge in range(3):
        links = links.with_added(arrays([(0, 9, edge)]))
    assert not links.patch
    assert links.segment().edges.tolist() == [0, 1, 2]


def test_numbers_that_do_not_fit_in_32_bits_are_kept() -> None:
    indptr, edges = np.array([0, 1]), np.array([INT32_MAX])
    segment = narrow_segment((indptr, np.array([INT32_MAX + 1]), edges))
    assert (segment.neighbours.dtype, segment.edges.dtype) == (np.int64, np.int32)
    wide = links_of([(0, INT32_MAX + 1, 0)]).with_added(arrays([(0, 2, 1)]))
    assert entries_of(wide, 1) == [(0, 2, 1), (0, INT32_MAX + 1, 0)]
    assert wide.segment().neighbours.tolist() == [2, INT32_MAX + 1]


def test_what_was_made_anew_meanwhile_is_not_rebased() -> None:
    before = links_of([(0, 1, 0)]).with_added(arrays([(0, 1, 1)]))
    folded = fold_links(before)
    anew = fold_links(before.with_added(arrays([(0, 1, 2)])))
    assert rebase_links(folded, before, anew) is anew
    assert rebase_links(folded, before, before) is folded


@given(data=st.data())
def test_a_rebased_fold_has_the_entries_of_both(data: st.DataObject) -> None:
    every = [(edge % 4, edge % 3, edge) for edge in range(12)]
    order = data.draw(st.permutations(every))
    links, there = links_of(order[:4]), set(order[:4])
    absent = order[4:]
    before, folded = links, links
    for step in range(data.draw(st.integers(1, 6))):
        if step == 2:
            before, folded = links, fold_links(links)
        if there and data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(sorted(there)))
            links, there = links.with_removed(arrays([gone])), there - {gone}
        elif absent:
            new = absent.pop()
            links, there = links.with_added(arrays([new])), there | {new}
    rebased = rebase_links(folded, before, links)
    expected = sorted(there)
    assert entries_of(links, 4) == expected
    assert entries_of(rebased, 4) == expected
    assert entries_of(fold_links(rebased), 4) == expected
    size = sum(len(row.added) + len(row.removed) for row in rebased.patch.values())
    assert rebased.changed == size
