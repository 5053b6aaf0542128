"""The index against a dict, over small and large changes, growth and collisions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from seaglass.engine.graph import id_index
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.id_index import IdIndex, IdPartition, IdSlot
from seaglass.engine.kernels.hashing import hash_text
from seaglass.engine.values import column as col


@pytest.fixture(params=["merged", "map by map"])
def tiny(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions so small that a hundred ids grow and fold the index many times; many ids are looked
    up in chunks with what is recent merged into them, or in both."""
    monkeypatch.setattr(id_index, "PARTITION_ROWS", 8)
    monkeypatch.setattr(id_index, "RECENT_MAX", 5)
    monkeypatch.setattr(id_index, "FOLDED_AT_ONCE", 4)
    monkeypatch.setattr(id_index, "SMALL_IDS", 2)
    monkeypatch.setattr(id_index, "_COPIED_RATIO", 64 if request.param == "merged" else 0)


def check(index: IdIndex, expected: dict[str, int]) -> None:
    """The index gives exactly `expected`, one by one and all at once, and keeps its invariants."""
    texts = [*expected, "absent", ""]
    for text in texts:
        assert index.candidates_one(text) == ((expected[text],) if text in expected else ())
    rows, nodes = index.candidates(col.strings(texts))
    assert dict(zip(rows.tolist(), nodes.tolist(), strict=True)) == {
        row: expected[text] for row, text in enumerate(texts) if text in expected
    }
    assert index.entries == len(expected)
    bits = len(index.slots).bit_length() - 1
    for place, slot in enumerate(index.slots):
        merged = slot.merged()
        assert (merged.hashes[1:] >= merged.hashes[:-1]).all()
        assert all(hashed >> (64 - bits) == place for hashed in merged.hashes.tolist())
        assert all(slot.base_nodes_of(hashed) != nodes for hashed, nodes in slot.recent.items())


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("seed", range(12))
def test_random_changes_match_a_dict(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index, expected, following = IdIndex.empty(), dict[str, int](), 0
    for _ in range(25):
        count = int(rng.choice([1, 2, 5, 40]))
        if expected and rng.random() < 0.45:
            names = list(rng.permutation(list(expected))[:count])
            index = index.without(
                col.strings(names), np.array([expected.pop(str(name)) for name in names], np.int64)
            )
        else:
            names = [f"{seed}-{rng.integers(200)}-{following + i}" for i in range(count)]
            index = index.with_ids(col.strings(names), following)
            expected |= {name: following + i for i, name in enumerate(names)}
            following += count
        check(index, expected)


def test_old_versions_stay_as_they_were() -> None:
    first = IdIndex.empty().with_ids(col.strings(["a"]), 0)
    second = first.with_ids(col.strings(["b"]), 1)
    third = second.without(col.strings(["a"]), np.array([0]))
    check(first, {"a": 0})
    check(second, {"a": 0, "b": 1})
    check(third, {"b": 1})


@pytest.mark.parametrize("ratio", [0, 64])
@given(removed=st.lists(st.integers(0, 5), max_size=8), folded=st.booleans())
def test_colliding_hashes_keep_all_their_nodes(
    ratio: int, removed: list[int], folded: bool
) -> None:
    hashed = hash_text("x")
    chunk = IdPartition(np.full(4, hashed, np.uint64), np.arange(4, dtype=np.int32))
    index = IdIndex((IdSlot(ChunkRef.of(chunk), Map()),), 4)
    index = index.with_ids(col.strings(["x"]), 4).with_ids(col.strings(["x"]), 5)
    if folded:
        index = IdIndex((IdSlot(ChunkRef.of(index.slots[0].merged()), Map()),), 6)
    left = {0, 1, 2, 3, 4, 5}
    for node in dict.fromkeys(removed):
        index = index.without(col.strings(["x"]), np.array([node]))
        left.remove(node)
    assert index.candidates_one("x") == tuple(sorted(left))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(id_index, "_COPIED_RATIO", ratio)
        found = index.candidates(col.strings(["x"] * 40))[1]
    assert sorted(found.tolist()) == sorted([*left] * 40)
    if left == {0, 1, 2, 3} and not folded:
        assert not index.slots[0].recent


def test_nulls_and_other_kinds_have_no_candidates() -> None:
    index = IdIndex.empty().with_ids(col.strings(["", "a"]), 0)
    column = col.from_values([None, "a", None, ""])
    rows, nodes = index.candidates(column)
    assert sorted(zip(rows.tolist(), nodes.tolist(), strict=True)) == [(1, 1), (3, 0)]
    for other in (col.nulls(3), col.from_values([1, 2]), col.strings([])):
        assert len(index.candidates(other)[0]) == 0
    assert index.candidates_one("\ud800") == ()


def test_many_ids_spread_over_partitions_and_are_found() -> None:
    ids = col.strings([f"person-{number}" for number in range(200_000)])
    index = IdIndex.empty().with_ids(ids, 7)
    assert len(index.slots) == 4
    rows, nodes = index.candidates(ids)
    assert len(rows) == 200_000
    assert (nodes == rows + 7).all()
    assert all(slot.base.get().nodes.dtype == np.int32 for slot in index.slots)


def test_many_ids_at_once_are_folded_and_leave_nothing_recent() -> None:
    ids = [f"person-{number}" for number in range(3_000)]
    index = IdIndex.empty().with_ids(col.strings(ids[:2_000]), 0)
    index = index.with_ids(col.strings(ids[2_000:2_001]), 2_000)
    assert index.slots[0].recent
    index = index.with_ids(col.strings(ids[2_001:]), 2_001)
    assert not index.slots[0].recent
    check(index, {name: node for node, name in enumerate(ids)})


def test_node_numbers_past_32_bits_widen_their_partition_only() -> None:
    index = IdIndex.empty().with_ids(col.strings(["a"]), 2**40)
    assert index.candidates_one("a") == (2**40,)
    assert index.slots[0].merged().nodes.dtype == np.int64


def test_a_lookup_loads_one_partition() -> None:
    ids = col.strings([f"person-{number}" for number in range(200_000)])
    built = IdIndex.empty().with_ids(ids, 0)
    loads: list[int] = []

    def lazy(place: int) -> ChunkRef[IdPartition]:
        def load() -> IdPartition:
            loads.append(place)
            return built.slots[place].base.get()

        return ChunkRef.lazy(load, b"", built.slots[place].base.stats)

    index = IdIndex(tuple(IdSlot(lazy(place), Map()) for place in range(4)), built.entries)
    assert index.candidates_one("person-5") == (5,)
    assert index.candidates_one("person-5") == (5,)
    assert len(loads) == 1
