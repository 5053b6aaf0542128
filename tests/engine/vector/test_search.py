"""Goal: looking through is exact; walking a small world finds nearly all of the same, of just those
vectors that a version has and a filter means, whatever was changed since the world was made.

Method: NumPy as the oracle of distances; looking through as the oracle of walks, on vectors that lie in
clusters and on others that do not.
"""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.base.errors import Interrupted
from seaglass.engine.graph.vectors import Vectors, fold_block
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.vector import hnsw
from seaglass.engine.vector import index as index_module
from seaglass.engine.vector.exact import nearest
from seaglass.engine.vector.index import index_of
from seaglass.engine.vector.metrics import Metric, distances, metric_of
from seaglass.engine.vector.search import Wanted, search

FLOATS = st.floats(-100, 100, width=32)
UNINTERRUPTED = Uninterrupted()


class Ended:
    """An interrupt that has come."""

    def __init__(self) -> None:
        self.flag = new_flag()
        self.flag[0] = 1

    def check(self) -> None:
        raise Interrupted("cancelled", "The query was cancelled.")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    count, dimension = draw(st.integers(1, 4)), draw(st.integers(1, 40))
    size = 2 * count * dimension
    numbers = np.array(draw(st.lists(FLOATS, min_size=size, max_size=size)), np.float32)
    left, right = numbers.reshape(2, count, dimension)
    return left, right


@given(pairs())
def test_metrics_are_what_numpy_computes(both: tuple[Any, Any]) -> None:
    left, right = (side.astype(np.float64) for side in both)
    squared = ((left - right) ** 2).sum(axis=1)
    products = (left * right).sum(axis=1)
    norms = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    # What 32 bits can be wrong by: with sums of both signs, in proportion to what is summed.
    size = np.abs(left * right).sum(axis=1)
    found = {metric: distances(metric, *both) for metric in Metric}
    assert found[Metric.L2_SQUARED] == pytest.approx(squared, rel=1e-5, abs=1e-30)
    assert found[Metric.L2] == pytest.approx(np.sqrt(squared), rel=1e-5, abs=1e-15)
    assert (np.abs(found[Metric.DOT_PRODUCT] - products) <= 1e-5 * size + 1e-30).all()
    for row in range(len(left)):
        cosine = found[Metric.COSINE_SIMILARITY][row]
        if norms[row] > 1e-20:
            assert cosine == pytest.approx(products[row] / norms[row], abs=1e-4)
            assert found[Metric.COSINE_DISTANCE][row] == 1 - cosine
            assert -1 <= cosine <= 1


def test_a_vector_is_at_no_distance_from_itself() -> None:
    vector = np.random.default_rng(1).standard_normal((1, 1000), np.float32)
    assert distances(Metric.L2_SQUARED, vector, vector).tolist() == [0.0]
    assert distances(Metric.COSINE_SIMILARITY, vector, vector) == pytest.approx(1, abs=1e-5)


def test_a_cosine_with_zeros_is_no_number() -> None:
    zeros, ones = np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)
    for metric in (Metric.COSINE_SIMILARITY, Metric.COSINE_DISTANCE):
        assert np.isnan(distances(metric, zeros, ones)).all()


def test_metrics_are_named_in_any_case() -> None:
    assert [metric_of(name) for name in ("l2squared", "L2", "DOTproduct", "cosine")] == [
        Metric.L2_SQUARED, Metric.L2, Metric.DOT_PRODUCT, None,
    ]  # fmt: skip


@given(data=st.data())
def test_looking_through_is_exact(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "VECTOR_BLOCK_BYTES", 32)
        patch.setattr(limits, "PATCH_BULK_ROWS", data.draw(st.sampled_from([1, 3, 100])))
        # Few values, so that many distances are equal.
        values = st.lists(st.integers(-2, 2), min_size=2, max_size=2)
        known: dict[int, list[int]] = {}
        vectors = Vectors.empty(2)
        for _ in range(data.draw(st.integers(1, 4))):
            some = data.draw(st.dictionaries(st.integers(0, 30), values, min_size=1, max_size=9))
            known.update(some)
            numbers = np.array(list(some.values()), np.float32)
            vectors = vectors.with_vectors(np.array(list(some), np.int64), numbers)
            gone = data.draw(st.sets(st.integers(0, 30), max_size=4))
            if gone:
                vectors = vectors.without(np.array(sorted(gone)))
                known = {node: one for node, one in known.items() if node not in gone}
        query = data.draw(values)
        among = np.array(data.draw(st.lists(st.booleans(), min_size=31, max_size=31)))
        limit = data.draw(st.integers(1, 12))
        for meant in (None, among):
            expected = sorted(
                (sum((a - b) ** 2 for a, b in zip(query, one, strict=True)), node)
                for node, one in known.items()
                if meant is None or meant[node]
            )
            asked = np.array(query, np.float32)
            nodes, scores = nearest(vectors.parts(), asked, limit, meant, UNINTERRUPTED)
            assert list(zip(scores.tolist(), nodes.tolist(), strict=True)) == expected[:limit]
            again = search(vectors, asked, Wanted(limit, 1, meant), UNINTERRUPTED)
            assert [part.tolist() for part in again] == [nodes.tolist(), scores.tolist()]


def cloud(kind: str, count: int, dimension: int) -> Any:
    """float32[count, dimension]."""
    rng = np.random.default_rng(7)
    if kind in ("random", "zeros", "repeated"):
        numbers = rng.standard_normal((count, dimension), np.float32)
        if kind == "zeros":
            numbers[rng.random(count) < 0.3] = 0
        return numbers if kind != "repeated" else numbers[rng.integers(0, count // 100, count)]
    if kind == "way":
        return np.cumsum(rng.standard_normal((count, dimension), np.float32) / 5, axis=0)
    centres = 4 * rng.standard_normal((count // 50, dimension), np.float32)
    noise = rng.standard_normal((count, dimension), np.float32)
    return centres[rng.integers(0, len(centres), count)] + noise


def queries(numbers: Any, count: int) -> Any:
    rng = np.random.default_rng(8)
    some = numbers[rng.integers(0, len(numbers), count)]
    return some + rng.standard_normal(some.shape, np.float32) / 2


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that make a world of a few thousand vectors."""
    monkeypatch.setattr(limits, "VECTOR_BLOCK_BYTES", 64 * 1024)
    monkeypatch.setattr(limits, "VECTOR_INDEX_BYTES_MIN", 1024)
    monkeypatch.setattr(limits, "VECTOR_WALK_BYTES_MIN", 1024)
    monkeypatch.setattr(limits, "VECTOR_WALK_SHARE", 0)


def walked(vectors: Vectors) -> Vectors:
    """The vectors, with a world of them that is made to the end."""
    index = index_of(vectors)
    # An earlier version may be in hand when the first is asked for.
    for _ in range(2):
        index.keep_up(vectors)
        index.wait()
    assert index.world is not None
    assert [block.base for block in vectors.blocks] == list(index.world.bases)
    return vectors


def recall(vectors: Vectors, asked: Any, among: Any = None, *, walks: bool = True) -> float:
    """Args: walks: whether each search must be a walk, of some of the vectors at least"""
    hits = total = 0
    with mock.patch.object(hnsw, "find", wraps=hnsw.find) as walk:
        answers = [search(vectors, one, Wanted(10, 200, among), UNINTERRUPTED) for one in asked]
    assert walk.call_count == len(asked) or not walks
    for query, (found, near) in zip(asked, answers, strict=True):
        exact, scores = nearest(vectors.parts(), query, 10, among, UNINTERRUPTED)
        assert (np.diff(near) >= 0).all()
        shared = np.isin(found, exact)
        # What both found has the same score in both.
        assert near[shared].tolist() == scores[np.isin(exact, found)].tolist()
        assert among is None or among[found].all()
        hits += int(shared.sum())
        total += len(exact)
    return hits / total


@pytest.mark.parametrize("kind", ["random", "clusters", "zeros", "repeated", "way"])
def test_walks_find_nearly_all_of_what_is_nearest(small: None, kind: str) -> None:
    numbers = cloud(kind, 4_000, 32)
    vectors = walked(Vectors.empty(32).with_vectors(np.arange(4_000), numbers))
    asked = queries(numbers, 50)
    assert recall(vectors, asked) >= 0.95
    among = np.arange(4_000) % 3 == 0
    assert recall(vectors, asked, among) >= 0.95


def test_the_same_vectors_make_the_same_world(small: None) -> None:
    numbers = cloud("random", 1_000, 16)
    worlds = [
        hnsw.grown(
            None, Vectors.empty(16).with_vectors(np.arange(1_000), numbers), bool, new_flag()
        )
        for _ in range(2)
    ]
    assert worlds == [None, None]  # Nobody wants them: `bool()` is false.
    made = [
        hnsw.grown(
            None,
            Vectors.empty(16).with_vectors(np.arange(1_000), numbers),
            lambda: True,
            new_flag(),
        )
        for _ in range(2)
    ]
    one, other = (world.world for world in made if world is not None)
    assert all(np.array_equal(a, b) for a, b in zip(one[1:], other[1:], strict=True))


@pytest.mark.parametrize("kind", ["clusters", "repeated"])
def test_the_number_of_threads_changes_no_link(
    small: None, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    numbers = cloud(kind, 1_500, 16)
    made = []
    for threads in (1, 2, 5):
        monkeypatch.setattr("os.cpu_count", lambda count=threads: count)
        vectors = Vectors.empty(16).with_vectors(np.arange(1_500), numbers)
        world = hnsw.grown(None, vectors, lambda: True, new_flag())
        assert world is not None
        made.append(world.world[1:])
    for other in made[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(made[0], other, strict=True))


def test_each_version_finds_its_own_vectors(small: None) -> None:
    numbers = cloud("clusters", 3_000, 16)
    first = walked(Vectors.empty(16).with_vectors(np.arange(3_000), numbers))
    rng = np.random.default_rng(9)
    asked = queries(numbers, 20)
    versions = [first]
    for step in range(6):
        now = versions[-1]
        changed = rng.integers(0, 3_000 + 100 * step, [3, 400][step % 2])
        now = now.with_vectors(changed, rng.standard_normal((len(changed), 16), np.float32))
        now = now.with_vectors(np.array([3_000 + 100 * step]), asked[:1])
        now = now.without(rng.integers(0, 3_000, 5))
        if step == 2:
            blocks = tuple([fold_block(block, 16) for block in now.blocks])
            now = replace(now, blocks=blocks)
        versions.append(now)
        if step == 3:
            walked(now)
    for version in versions:
        assert index_of(version) is index_of(first)
        # Of the oldest, no chunk may be left in the world.
        assert recall(version, asked, walks=False) >= 0.95
    assert recall(versions[4], asked) >= 0.95


def test_a_world_grows_with_what_is_new(small: None) -> None:
    numbers = cloud("clusters", 2_048, 16)
    before = walked(Vectors.empty(16).with_vectors(np.arange(2_048), numbers))
    world = index_of(before).world
    assert world is not None
    after = before.with_vectors(np.arange(2_048, 2_648), numbers[:600] + 1)
    after = walked(after.with_vectors(np.arange(300), numbers[:300] - 1))
    grown = index_of(after).world
    assert grown is not None
    # 600 more, and 300 that have changed: the old ones are still walked through.
    assert len(grown.elements.nodes) == 2_948
    assert int(grown.elements.alive.sum()) == 2_648
    links = world.world[2]
    assert (grown.world[2][: len(links)] != links).any()
    assert recall(after, queries(numbers, 30)) >= 0.95
    assert recall(before, queries(numbers, 30), walks=False) >= 0.95
    # Nobody makes the older version's again for that.
    index_of(before).wait()
    assert index_of(before).world is grown
    # Once most is gone, a new world is made of the rest.
    rest = after.without(np.arange(1_000, 2_648))
    rest = walked(rest.with_vectors(np.arange(1_000), numbers[:1_000] * 2))
    again = index_of(rest).world
    assert again is not None
    assert len(again.elements.nodes) == 1_000


def test_equal_vectors_are_found_in_whatever_versions_they_came(small: None) -> None:
    """Walks lead through the first of equal vectors; the others are found with it, also when it has
    gone, or is not meant."""
    numbers = cloud("random", 3_000, 16)
    numbers[500:900] = numbers[7]
    first = walked(Vectors.empty(16).with_vectors(np.arange(3_000), numbers))
    more = np.concatenate([numbers[:300] + 1, np.repeat(numbers[7:8], 300, axis=0)])
    second = walked(first.with_vectors(np.arange(3_000, 3_600), more).without(np.array([7, 500])))
    equal = {"first": [7, *range(500, 900)], "second": [*range(501, 900), *range(3_300, 3_600)]}
    for version, alike in ((first, equal["first"]), (second, equal["second"])):
        for among in (None, np.arange(3_600) % 7 == 3):
            meant = [node for node in alike if among is None or among[node]]
            found, scores = search(version, numbers[7], Wanted(50, 60, among), UNINTERRUPTED)
            assert found.tolist() == meant[:50]
            assert not scores.any()
        assert recall(version, queries(numbers, 30), walks=False) >= 0.95


@pytest.mark.parametrize("count", [1, 5, 8])
def test_vectors_at_distances_past_all_numbers_are_found(count: int) -> None:
    numbers = np.full((6, 2), 3e38, np.float32)
    numbers[[1, 4]] *= -1
    vectors = Vectors.empty(2).with_vectors(np.arange(6), numbers)
    found, scores = nearest(vectors.parts(), numbers[0], count, None, UNINTERRUPTED)
    assert found.tolist() == [0, 2, 3, 5, 1, 4][:count]
    assert scores.tolist() == [0.0, 0.0, 0.0, 0.0, np.inf, np.inf][:count]


def test_a_search_is_ended_by_its_interrupt(small: None) -> None:
    numbers = cloud("random", 1_000, 16)
    vectors = Vectors.empty(16).with_vectors(np.arange(1_000), numbers)
    for one in (Vectors(16, vectors.block_rows, 1_000, vectors.blocks), walked(vectors)):
        with pytest.raises(Interrupted):
            search(one, numbers[0], Wanted(10, 100, None), Ended())


def test_a_world_that_nobody_wants_any_more_is_not_finished(small: None) -> None:
    numbers = cloud("random", 100_000, 16)
    vectors = Vectors.empty(16).with_vectors(np.arange(100_000), numbers)
    made: list[hnsw.SmallWorld | None] = []
    with mock.patch.object(index_module, "grown", lambda *a: made.append(hnsw.grown(*a))):
        index = index_of(vectors)
        index.keep_up(vectors)
        thread = index._thread
        assert thread is not None
        del vectors, index
        gc.collect()
        thread.join()
    assert made == [None]


def test_few_that_a_filter_means_are_looked_through(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = cloud("random", 2_000, 16)
    vectors = walked(Vectors.empty(16).with_vectors(np.arange(2_000), numbers))
    among = np.arange(2_000) % 50 == 0
    limit = "VECTOR_WALK_BYTES_MIN"
    for name, value, walks in (
        (limit, 64 * 40, 0),
        (limit, 64 * 39, 1),
        ("VECTOR_WALK_SHARE", 4, 0),
    ):
        monkeypatch.setattr(limits, name, value)
        with mock.patch.object(hnsw, "find", wraps=hnsw.find) as walk:
            found, _ = search(vectors, numbers[3], Wanted(10, 10, among), UNINTERRUPTED)
        assert walk.call_count == walks
        assert len(found) == 10
        assert among[found].all()
