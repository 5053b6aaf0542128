"""Interpolated lookup against binary search, on even and on hostile tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.lookup import find_hashes

words = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 20), st.just(2**64 - 1))


@given(st.lists(words, max_size=200), st.lists(words, max_size=20))
def test_finds_what_binary_search_finds(table: list[int], other: list[int]) -> None:
    hashes = np.sort(np.array(table, np.uint64))
    wanted = np.array(table + other, np.uint64)
    starts, counts = find_hashes(hashes, wanted)
    first = np.searchsorted(hashes, wanted, side="left")
    assert counts.tolist() == (np.searchsorted(hashes, wanted, side="right") - first).tolist()
    assert starts[counts > 0].tolist() == first[counts > 0].tolist()


def test_finds_every_entry_of_a_large_table() -> None:
    hashes = np.sort(np.random.default_rng(1).integers(0, 2**64, 70_000, np.uint64))
    starts, counts = find_hashes(hashes, hashes)
    assert (counts >= 1).all()
    assert (hashes[starts] == hashes).all()
