"""Lazy references: loaded once, from any number of threads; sealed once; statistics."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seaglass.base.errors import Corrupt
from seaglass.engine.graph.chunk import Bitmap, ChunkRef, ChunkStats, stats_of
from seaglass.engine.values import column as cols

STATS = ChunkStats(3, 0, 1, 3)


def test_a_chunk_is_loaded_once_by_many_threads() -> None:
    together = threading.Barrier(4)
    loads: list[int] = []

    def load() -> Bitmap:
        loads.append(1)
        return Bitmap(np.ones(3, np.bool_))

    def get(_: int) -> Bitmap:
        together.wait(10)
        return ref.get()

    ref = ChunkRef.lazy(load, b"digest", STATS)
    assert not ref.loaded
    assert (ref.digest, ref.stats) == (b"digest", STATS)
    assert not loads
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(get, range(4)))
    assert len(loads) == 1
    assert all(payload is found[0] for payload in found)
    assert ref.loaded


def test_a_chunk_that_failed_to_load_is_tried_again() -> None:
    answers: list[Bitmap | None] = [Bitmap(np.ones(1, np.bool_)), None]

    def load() -> Bitmap:
        answer = answers.pop()
        if answer is None:
            raise Corrupt("corrupt", "The chunk is damaged.")
        return answer

    ref = ChunkRef.lazy(load, b"digest", STATS)
    with pytest.raises(Corrupt):
        ref.get()
    assert len(ref.get()) == 1


def test_a_chunk_is_sealed_under_one_digest() -> None:
    ref = ChunkRef.of(cols.strings(["a"]))
    assert ref.digest is None
    ref.seal(b"one")
    ref.seal(b"one")
    with pytest.raises(AssertionError):
        ref.seal(b"two")


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([3, None, -1], -1, 3),
        ([0.5, math.nan, None], 0.5, 0.5),
        ([math.nan, math.nan, None], None, None),
        (["b", None, "a"], "a", "b"),
        (["b" * 65, None, "a"], None, None),
        ([True, None, False], None, None),
        ([1, None, "a"], None, None),
    ],
)
def test_statistics_of_a_column(values: list[object], low: object, high: object) -> None:
    assert stats_of(cols.from_values(values)) == ChunkStats(3, 1, low, high)  # type: ignore[arg-type]


def test_statistics_of_a_bitmap_count_its_bits() -> None:
    assert stats_of(Bitmap(np.array([True, False, True]))) == ChunkStats(3, 1, None, None)
