"""Interpolated lookup against binary search, on even and on hostile tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.lookup import find_hashes, merge_hashes

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


@given(
    st.lists(words, max_size=60),
    st.lists(words, max_size=60),
    st.sampled_from([np.int32, np.int64]),
)
def test_merging_is_sorting_with_what_was_there_first(
    table: list[int], added: list[int], dtype: type
) -> None:
    numbers = np.arange(len(table) + len(added))
    old, new = sorted(table), sorted(added)
    hashes, nodes = merge_hashes(
        (np.array(old, np.uint64), numbers[: len(old)].astype(dtype)),
        (np.array(new, np.uint64), numbers[len(old) :]),
        np.int64,
    )
    expected = sorted(zip(old + new, numbers.tolist(), strict=True))
    assert list(zip(hashes.tolist(), nodes.tolist(), strict=True)) == expected
