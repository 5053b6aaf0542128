"""The stable hash: one value for one text, however it is asked; pinned, because stored chunks hold it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.hashing import hash_text
from seaglass.engine.values.texts import hash_column, text_buffers

MASK = 2**64 - 1
PINNED = [
    8554012158394441181,
    14977932721749865668,
    13363824587409097965,
    14789413008019300074,
]
P1, P2, P3, P4 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x85EBCA77C2B2AE63, 0x165667B19E3779F9


def rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK


def oracle(text: str) -> int:
    data = text.encode()
    state = 0x736561676C617373 ^ (len(data) * P1 & MASK)
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start : start + 8], "little")
        state ^= rotated(word * P2 & MASK, 31) * P1 & MASK
        state = (rotated(state, 27) * P1 + P3) & MASK
    state ^= state >> 33
    state = state * P2 & MASK
    state ^= state >> 29
    state = state * P4 & MASK
    return state ^ state >> 32


def test_hash_is_pinned() -> None:
    assert [hash_text(text) for text in ("", "a", "person-12345", "é" * 20)] == PINNED


@given(st.lists(st.text(max_size=40), max_size=20), st.integers(0, 5))
def test_hash_of_column_and_of_one_text_agree_with_the_oracle(texts: list[str], skip: int) -> None:
    column = pa.array(texts, pa.large_string()).slice(skip)
    hashes = hash_column(column).tolist()
    assert hashes == [oracle(text) for text in texts[skip:]]
    assert hashes == [hash_text(text) for text in texts[skip:]]


def test_hash_spreads_consecutive_texts_evenly() -> None:
    hashes = hash_column(pa.array([str(number) for number in range(100_000)], pa.large_string()))
    assert len(np.unique(hashes)) == 100_000
    for shift in (0, 30, 58):
        counts = np.bincount(((hashes >> np.uint64(shift)) & np.uint64(63)).astype(np.int64))
        assert counts.min() > 1_300
        assert counts.max() < 1_830


def test_a_lone_surrogate_is_hashed_like_any_text() -> None:
    assert hash_text("\ud800") != hash_text("")


def test_buffers_share_memory_and_respect_slices() -> None:
    data, offsets = text_buffers(pa.array(["ab", "", "cde"], pa.large_string()).slice(1))
    assert bytes(data[offsets[0] : offsets[-1]]) == b"cde"
    assert np.diff(offsets).tolist() == [0, 3]
