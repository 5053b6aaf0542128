"""Chunks and patches to bytes and back; damaged bytes are refused or mean something, and never crash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from seaglass.base import limits
from seaglass.base.errors import Corrupt
from seaglass.engine.graph.adjacency import CsrSegment, RowLinks, narrow_segment
from seaglass.engine.graph.chunk import Bitmap, stats_of
from seaglass.engine.graph.codec import (
    LAYOUTS,
    decode_chunk,
    encode_chunk,
    encode_chunk_in,
    encode_with_stats,
)
from seaglass.engine.graph.group import RowPatch
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.graph.patch_codec import (
    decode_links,
    decode_recent,
    decode_rows,
    decode_vectors,
    encode_links,
    encode_recent,
    encode_rows,
    encode_vectors,
)
from seaglass.engine.graph.vectors import VectorChunk
from seaglass.engine.kernels.csr import build_segment
from seaglass.engine.values import column as col
from seaglass.engine.values.column import Column

NUMBERS = st.one_of(st.integers(0, 300), st.integers(0, 2**62))


@st.composite
def segments(draw: st.DrawFn) -> CsrSegment:
    rows = draw(st.integers(0, 8))
    entry = st.tuples(st.integers(0, max(rows - 1, 0)), NUMBERS, NUMBERS)
    entries = draw(st.lists(entry, max_size=40 if rows else 0, unique_by=lambda e: e[2]))
    table = np.array(entries, np.int64).reshape(-1, 3)
    return narrow_segment(build_segment((table[:, 0], table[:, 1], table[:, 2]), rows))


@st.composite
def partitions(draw: st.DrawFn) -> IdPartition:
    pairs = sorted(
        draw(st.sets(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**31 - 1)), max_size=40))
    )
    return IdPartition(
        np.array([pair[0] for pair in pairs], np.uint64),
        np.array([pair[1] for pair in pairs], np.int32),
    )


@st.composite
def vectors(draw: st.DrawFn) -> VectorChunk:
    rows = sorted(draw(st.sets(st.integers(0, limits.GROUP_ROWS - 1), max_size=9)))
    dimension = draw(st.integers(1, 4))
    numbers = np.array(draw(st.lists(FLOATS, min_size=len(rows) * 4, max_size=len(rows) * 4)))
    shaped = numbers[: len(rows) * dimension].reshape(len(rows), dimension)
    return VectorChunk(np.array(rows, np.int32), shaped.astype(np.float32))


FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
PAYLOADS = st.one_of(
    segments(),
    partitions(),
    vectors(),
    st.lists(st.booleans(), max_size=40).map(lambda bits: Bitmap(np.array(bits, np.bool_))),
    st.lists(VALUES, max_size=40).map(col.from_values),
)


@st.composite
def larger(draw: st.DrawFn) -> Any:
    """Payloads that take the encodings of layout 2, of a few hundred rows or entries."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(64, 300))
    numbers = draw(st.sampled_from([2**14, 2**40, 2**62]))
    match draw(st.sampled_from(["far", "near", "few", "numbered", "in", "out", "ids"])):
        case "far":
            return col.ints(rng.integers(-numbers, numbers, rows))
        case "near":
            return col.ints(np.cumsum(rng.integers(-(2**13), 2**14, rows)) + numbers)
        case "few":
            return col.strings([f"täxt{'x' * n}" for n in rng.integers(0, 5, rows).tolist()])
        case "numbered":
            return col.strings([f"n-{n:05}" for n in rng.integers(0, 10**6, rows).tolist()])
        case "in":
            return narrow_segment(
                build_segment(
                    (rng.integers(0, 9, rows), np.arange(rows), np.arange(rows) + numbers), 9
                )
            )
        case "out":
            ends = rng.integers(0, 9, rows), rng.integers(0, numbers, rows), rng.permutation(rows)
            return narrow_segment(build_segment(ends, 9))
        case _:
            hashes = np.sort(rng.integers(0, 2**64, rows, dtype=np.uint64))
            return IdPartition(hashes, rng.permutation(rows).astype(np.int32))


LARGER = larger()


@settings(max_examples=200)
@given(LARGER)
def test_larger_chunks_come_back_as_they_were(payload: Any) -> None:
    data = encode_chunk(payload)
    again = decode_chunk(data, form(payload))
    assert content(again) == content(payload)
    assert encode_chunk(again) == data
    old = encode_chunk_in(1, payload)
    assert content(decode_chunk(old, form(payload))) == content(payload)
    assert encode_chunk(decode_chunk(old, form(payload))) == data


@settings(max_examples=200)
@given(PAYLOADS | LARGER)
def test_statistics_come_with_the_bytes(payload: Any) -> None:
    assert encode_with_stats(payload) == (encode_chunk(payload), stats_of(payload))


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("least", [-5, 3])
def test_statistics_of_columns_that_know_their_bounds(least: int, missing: bool) -> None:
    numbers = np.arange(least, least + 300)
    texts = [f"{'äöü'[number % 3]} of few" for number in numbers.tolist()]
    for whole in (col.ints(numbers), col.strings(texts)):
        column = col.masked(whole, numbers != 100) if missing else whole
        assert encode_with_stats(column) == (encode_chunk(column), stats_of(column))


def form(payload: Any) -> Any:
    """What its reader is asked for: a column of one value is read as any other."""
    return Column if isinstance(payload, Column) else type(payload)


def content(payload: Any) -> Any:
    match payload:
        case Column():
            return payload.kind, [(type(value), value) for value in payload.to_list()]
        case Bitmap(bits):
            return bits.tolist()
        case CsrSegment():
            arrays = (payload.indptr, payload.neighbours, payload.edges)
            return [(array.dtype, array.tolist()) for array in arrays]
        case IdPartition(hashes, nodes):
            return hashes.tolist(), nodes.dtype, nodes.tolist()
        case VectorChunk(rows, numbers):
            return rows.dtype, rows.tolist(), numbers.dtype, numbers.tobytes(), numbers.shape


@given(PAYLOADS, st.sampled_from(LAYOUTS))
def test_chunk_comes_back_as_it_was(payload: Any, layout: int) -> None:
    data = encode_chunk_in(layout, payload)
    again = decode_chunk(data, form(payload))
    assert content(again) == content(payload)
    assert encode_chunk_in(layout, again) == data
    assert encode_chunk(payload) == encode_chunk_in(1 if isinstance(payload, Bitmap) else 2, again)


def test_pinned_bytes() -> None:
    # Stored chunks have these bytes; a change here is a new layout.
    segment = narrow_segment((np.array([0, 2, 3]), np.array([5, 300, 7]), np.array([0, 1, 2])))
    partition = IdPartition(np.array([1, 2**63], np.uint64), np.array([4, 4], np.int32))
    texts = col.from_values(["a", None, "bc"])
    lists = col.mixed([1, "x", [True, 0.5]])
    mixed = "050300" + "0301000000000000000501" + b"x".hex() + "06020204000000000000e03f"
    spelled = "010000000000000000" + "010002" + b"abc".hex()
    entries = "0101000000000000000100020500000000000000000027010200" + (
        "010000000000000000" + "000102"
    )
    two = VectorChunk(np.array([3, 8], np.int32), np.array([[0.5, -2], [0, 1]], np.float32))
    pinned = [
        (1, texts, "0101" + "0403" + "0105" + spelled),
        (2, texts, "0201" + "0403" + "0105" + "00" + spelled),
        (1, lists, "0101" + mixed),
        (2, lists, "0201" + mixed),
        (1, Bitmap(np.array([True, False, True])), "0102" + "0305"),
        (1, segment, "0103" + "02" + entries),
        (2, segment, "0203" + "02" + "01" + entries),
        (1, partition, "0104" + "02" + "0100000000000000" + "0000000000000080"
        "000400000000000000"),
        (2, partition, "0204" + "02" + "080000000000000080" + "01000000000000800000000000000000"
        "000400000000000000"),
        (2, two, "0205" + "02" + "02" + "010300000000000000" + "0005" + "0000003f" + "000000c0"
        "00000000" + "0000803f"),
    ]  # fmt: skip
    for layout, payload, expected in pinned:
        assert encode_chunk_in(layout, payload).hex() == expected


@pytest.mark.parametrize("rows", [0, 1, 16, 17, 4_000])
def test_width_in_memory_does_not_show(rows: int) -> None:
    numbers = np.random.default_rng(rows).integers(0, 9, rows)
    narrow = narrow_segment(build_segment((numbers, numbers, np.arange(rows)), 9))
    wide = CsrSegment(
        *(np.int64(array) for array in (narrow.indptr, narrow.neighbours, narrow.edges))
    )
    assert encode_chunk(narrow) == encode_chunk(wide)
    assert content(decode_chunk(encode_chunk(wide), CsrSegment)) == content(narrow)


def test_edges_numbered_in_order_take_no_room() -> None:
    rows = np.sort(np.random.default_rng(1).integers(0, 1000, 50_000))
    segment = narrow_segment(
        build_segment((rows, np.zeros(50_000, np.int64), np.arange(50_000)), 1000)
    )
    assert all(len(encode_chunk_in(layout, segment)) < 2_000 for layout in LAYOUTS)


@pytest.mark.parametrize("expected", [Column, Bitmap, CsrSegment, IdPartition, VectorChunk])
def test_a_chunk_of_another_form_is_refused(expected: type) -> None:
    others = [
        col.strings(["a"]),
        Bitmap(np.ones(3, np.bool_)),
        narrow_segment((np.zeros(1, np.int64),) * 3),
        IdPartition(np.zeros(0, np.uint64), np.zeros(0, np.int32)),
        VectorChunk(np.zeros(1, np.int32), np.zeros((1, 2), np.float32)),
    ]
    for payload in others:
        if form(payload) is not expected:
            with pytest.raises(Corrupt):
                decode_chunk(encode_chunk(payload), expected)


@pytest.mark.parametrize("more", [0, 1])
def test_rows_are_limited(more: int) -> None:
    for payload in (
        Bitmap(np.ones(limits.GROUP_ROWS + more, np.bool_)),
        col.ints(np.arange(limits.GROUP_ROWS + more)),
        CsrSegment(
            np.zeros(limits.GROUP_ROWS + more + 1, np.int32),
            np.zeros(0, np.int32),
            np.zeros(0, np.int32),
        ),
    ):
        data = encode_chunk(payload)
        if more:
            with pytest.raises(Corrupt):
                decode_chunk(data, form(payload))
        else:
            assert decode_chunk(data, form(payload))


def test_entries_of_a_segment_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEGMENT_ENTRIES_MAX", 30)
    for entries in (29, 30, 31):
        rows = np.arange(entries) % 4
        data = encode_chunk(narrow_segment(build_segment((rows, rows, np.arange(entries)), 4)))
        if entries > 30:
            with pytest.raises(Corrupt):
                decode_chunk(data, CsrSegment)
        else:
            assert decode_chunk(data, CsrSegment)


@pytest.mark.parametrize(
    ("neighbours", "edges"),
    [
        ([2, 1, 5], [0, 1, 2]),
        ([1, 1, 5], [1, 0, 2]),
        ([1, 1, 5], [1, 1, 2]),
        ([1, 2, 5], [0, 1, -1]),
    ],
)
def test_a_segment_out_of_order_is_refused(neighbours: list[int], edges: list[int]) -> None:
    segment = CsrSegment(np.array([0, 2, 2, 3]), np.array(neighbours), np.array(edges))
    for layout in LAYOUTS:
        with pytest.raises(Corrupt):
            decode_chunk(encode_chunk_in(layout, segment), CsrSegment)


def test_a_partition_out_of_order_is_refused() -> None:
    for hashes, nodes in (([2, 1], [0, 1]), ([1, 1], [1, 0]), ([1, 1], [1, 1]), ([1, 2], [0, -1])):
        partition = IdPartition(np.array(hashes, np.uint64), np.array(nodes))
        for layout in LAYOUTS:
            with pytest.raises(Corrupt):
                decode_chunk(encode_chunk_in(layout, partition), IdPartition)


@pytest.mark.parametrize(
    ("rows", "number", "told"),
    [([1, 1], 0, "order"), ([2, 3, 1], 0, "order"), ([1, limits.GROUP_ROWS], 0, "row"),
     ([-1, 1], 0, "row"), ([1, 2], np.nan, "finite"), ([1, 2], np.inf, "finite")],
)  # fmt: skip
def test_vectors_out_of_order_or_not_finite_are_refused(
    rows: list[int], number: float, told: str
) -> None:
    chunk = VectorChunk(np.array(rows, np.int32), np.full((len(rows), 3), number, np.float32))
    with pytest.raises(Corrupt, match=told):
        decode_chunk(encode_chunk(chunk), VectorChunk)


@pytest.mark.parametrize("more", [0, 1])
def test_the_dimension_of_vectors_is_limited(more: int) -> None:
    numbers = np.zeros((1, limits.VECTOR_DIMENSION_MAX + more), np.float32)
    data = encode_chunk(VectorChunk(np.zeros(1, np.int32), numbers))
    if more:
        with pytest.raises(Corrupt, match="dimension"):
            decode_chunk(data, VectorChunk)
    else:
        assert decode_chunk(data, VectorChunk).numbers.shape == numbers.shape


@settings(max_examples=200)
@given(PAYLOADS | LARGER, st.sampled_from(LAYOUTS), st.data())
def test_damaged_chunks_are_refused_or_well_formed(
    payload: Any, layout: int, data: st.DataObject
) -> None:
    broken = damaged(encode_chunk_in(layout, payload), data)
    with pytest.MonkeyPatch.context() as patch:
        # Damage may ask for any number of entries that take no bytes; the limit is what stops it.
        patch.setattr(limits, "SEGMENT_ENTRIES_MAX", 100_000)
        try:
            again = decode_chunk(broken, form(payload))
        except Corrupt:
            return
        data_again = encode_chunk(again)
        assert encode_chunk(decode_chunk(data_again, form(payload))) == data_again


def damaged(data: bytes, draws: st.DataObject) -> bytes:
    broken = bytearray(data)
    for _ in range(draws.draw(st.integers(1, 3))):
        place = draws.draw(st.integers(0, len(broken) - 1))
        match draws.draw(st.sampled_from(["flip", "cut", "insert", "set"])):
            case "flip":
                broken[place] ^= 1 << draws.draw(st.integers(0, 7))
            case "set":
                broken[place] = draws.draw(st.sampled_from([0, 127, 128, 255]))
            case "insert":
                broken.insert(place, draws.draw(st.integers(0, 255)))
            case _:
                del broken[max(1, place) :]
    return bytes(broken)


ROWS = st.integers(0, limits.GROUP_ROWS - 1)
NAMES = st.sets(st.text(max_size=3), max_size=3)
ENTRIES = st.sets(st.tuples(NUMBERS, NUMBERS), max_size=4).map(lambda pairs: tuple(sorted(pairs)))
ROW_PATCHES = st.dictionaries(
    ROWS,
    st.builds(
        RowPatch,
        st.booleans(),
        st.one_of(st.none(), NAMES.map(lambda names: tuple(sorted(names)))),
        st.dictionaries(st.text(max_size=3), VALUES, max_size=3),
    ),
    max_size=6,
).map(Map)
LINKS = st.dictionaries(ROWS, st.builds(RowLinks, ENTRIES, ENTRIES), max_size=6).map(Map)
RECENT = st.dictionaries(
    st.integers(0, 2**64 - 1),
    st.sets(NUMBERS, max_size=3).map(lambda nodes: tuple(sorted(nodes))),
    max_size=6,
).map(Map)
VECTOR = st.lists(FLOATS, min_size=2, max_size=2).map(lambda v: np.array(v, "<f4").tobytes())
VECTORS = st.dictionaries(ROWS, st.none() | VECTOR, max_size=6).map(Map)
PATCHES = st.one_of(
    st.tuples(ROW_PATCHES, st.just(encode_rows), st.just(decode_rows)),
    st.tuples(LINKS, st.just(encode_links), st.just(decode_links)),
    st.tuples(RECENT, st.just(encode_recent), st.just(decode_recent)),
    st.tuples(
        VECTORS,
        st.just(lambda patch: encode_vectors(patch, 2)),
        st.just(lambda data: decode_vectors(data, 2)),
    ),
)


@given(PATCHES)
def test_patch_comes_back_as_it_was(case: Any) -> None:
    patch, encode, decode = case
    data = encode(patch)
    assert decode(data) == patch
    assert encode(Map(reversed(list(patch.items())))) == data


@settings(max_examples=200)
@given(PATCHES, st.data())
def test_damaged_patches_are_refused_or_well_formed(case: Any, data: st.DataObject) -> None:
    patch, encode, decode = case
    try:
        again = decode(damaged(encode(patch), data))
    except Corrupt:
        return
    assert encode(decode(encode(again))) == encode(again)


@given(VALUES | st.floats() | st.lists(st.integers(-5, 5), max_size=3))
def test_one_value_gives_the_bytes_of_its_array(value: Any) -> None:
    one = col.from_values([value])
    assert encode_chunk(one) == encode_chunk(Column(one.kind, one.data, one.valid))
