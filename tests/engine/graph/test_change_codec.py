"""Changes and columns to bytes and back; damaged bytes are refused or mean something, and never crash."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.exec.tools import Never, compile_query, context_of, ran
from tests.engine.values.strategies import temporals

from seaglass.base.errors import Corrupt, Exhausted, Invalid
from seaglass.base.limits import CHANGE_ROWS_MAX, VALUE_DEPTH_MAX
from seaglass.engine.exec.operators import storing
from seaglass.engine.exec.run import run
from seaglass.engine.graph import binary, delta, small_change
from seaglass.engine.graph.binary import Reader, Writer
from seaglass.engine.graph.change_codec import (
    decode_change,
    decode_changes,
    encode_change,
    encode_changes,
    encode_parts,
)
from seaglass.engine.graph.column_codec import read_column, write_column
from seaglass.engine.values import column as col
from seaglass.engine.values.column import Column
from seaglass.engine.values.types import Kind

INTS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-300, 300))
FLOATS = st.one_of(st.floats(), st.sampled_from([-0.0, math.nan, math.inf]))
SCALARS = st.one_of(st.none(), st.booleans(), INTS, FLOATS, st.text(max_size=9), temporals)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPED = [st.booleans(), INTS, FLOATS, st.text(max_size=9), st.none()]


@st.composite
def columns(draw: st.DrawFn, rows: int | None = None) -> Column:
    """Any column of `rows` rows: typed with and without nulls, or mixed; now and then a slice."""
    size = draw(st.integers(0, 40)) if rows is None else rows
    skip = draw(st.integers(0, 3))
    kind = draw(st.sampled_from([*TYPED, VALUES]))
    items = st.one_of(kind, st.none()) if draw(st.booleans()) else kind
    values = draw(st.lists(items, min_size=size + skip, max_size=size + skip))
    column = col.mixed(values) if draw(st.booleans()) else col.from_values(values)
    return column.slice(skip, size + skip)


def exact(value: Any) -> Any:
    """A form of the value that tells -0.0 from 0.0, 1 from True, and takes NaN as itself."""
    match value:
        case float():
            return "float", struct.pack("<d", value)
        case list():
            return "list", [exact(item) for item in value]
        case dict():
            return "map", sorted((key, exact(item)) for key, item in value.items())
    return type(value), value


def same(left: Column, right: Column) -> bool:
    return (
        left.kind is right.kind
        and (left.valid is None) == (right.valid is None)
        and exact(left.to_list()) == exact(right.to_list())
    )


def encoded(column: Column) -> bytes:
    writer = Writer()
    write_column(writer, column)
    return writer.done()


def decoded(data: bytes, rows_max: int = 100_000) -> Column:
    reader = Reader(data)
    column = read_column(reader, rows_max)
    reader.end()
    return column


@given(columns())
def test_column_comes_back_as_it_was(column: Column) -> None:
    assert same(decoded(encoded(column)), column)


@given(columns())
def test_equal_columns_give_equal_bytes(column: Column) -> None:
    again = column.take(np.arange(len(column)))
    assert encoded(again) == encoded(column) == encoded(decoded(encoded(column)))


def test_what_stands_under_a_null_does_not_show() -> None:
    valid = np.array([True, False])
    left = col.ints(np.array([1, 2]), valid)
    right = col.ints(np.array([1, 9]), valid)
    assert encoded(left) == encoded(right)
    texts = [
        Column(Kind.STRING, pa.array(["a", under], pa.large_string()), valid) for under in ("", "b")
    ]
    assert encoded(texts[0]) == encoded(texts[1])
    broken = bytearray(encoded(left))
    broken[14] = 7
    with pytest.raises(Corrupt):
        decoded(bytes(broken))


@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 5000])
@pytest.mark.parametrize(
    ("low", "high"), [(5, 5), (0, 255), (-128, 128), (0, 2**32), (-(2**63), 2**63 - 1)]
)
def test_integers_take_the_smallest_width(rows: int, low: int, high: int) -> None:
    data = np.random.default_rng(rows).integers(low, high, rows, np.int64, endpoint=True)
    data[-1], data[0] = high, low
    writer = Writer()
    writer.packed(data)
    packed = writer.done()
    reader = Reader(packed)
    assert reader.packed(rows).tolist() == data.tolist()
    reader.end()
    span = int(data.max()) - int(data.min())
    width = next(width for width in (0, 1, 2, 4, 8) if span < 256**width)
    assert len(packed) <= 9 + width * rows


def test_consecutive_numbers_take_no_room() -> None:
    assert len(encoded(col.ints(np.arange(10**12, 10**12 + 50_000)))) < 30


def test_pinned_bytes() -> None:
    change = delta.CreateEdges(
        7, "KNOWS", np.array([1, 300]), np.array([2, 2]), {"w": col.floats(np.array([0.5, -0.0]))}
    )
    assert encode_change(change).hex() == (
        "01020705" + b"KNOWS".hex() + "02" + "02" + "0100000000000000" + "00002b01"
        "00" + "0200000000000000" + "010177" + "030200" + "000000000000e03f" + "0000000000000080"
    )
    vectors = delta.SetVectors(np.array([1, 300]), np.array([[0.5, -2], [0, 1]], np.float32))
    assert encode_change(vectors).hex() == (
        "0108" + "02" + "020100000000000000" + "00002b01" + "02" + "0000003f" + "000000c0"
        "00000000" + "0000803f"
    )
    assert encode_change(delta.RemoveVectors(np.array([7]))).hex() == "0109" + "01" + (
        "000700000000000000"
    )


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_vectors_of_numbers_that_are_not_finite_are_refused(number: float) -> None:
    change = delta.SetVectors(np.array([1]), np.array([[0, number]], np.float32))
    with pytest.raises(Corrupt, match="finite"):
        decode_change(encode_change(change))


NUMBERS = st.integers(0, 2**40)


@st.composite
def changes(draw: st.DrawFn) -> delta.Change:
    rows = draw(st.integers(1, 20))
    numbers = np.array(draw(st.lists(NUMBERS, min_size=rows, max_size=rows)), np.int64)
    names = st.lists(st.text(max_size=5), max_size=3, unique=True).map(tuple)
    properties = {key: draw(columns(rows)) for key in draw(names)}
    match draw(st.integers(1, 9)):
        case 1:
            ids = col.strings(draw(st.lists(st.text(), min_size=rows, max_size=rows)))
            return delta.CreateNodes(draw(NUMBERS), rows, draw(names), ids, properties)
        case 2:
            return delta.CreateEdges(
                draw(NUMBERS), draw(st.text()), numbers, numbers[::-1], properties
            )
        case 3:
            return delta.SetNodeProperty(numbers, draw(st.text()), draw(columns(rows)))
        case 4:
            return delta.SetEdgeProperty(numbers, draw(st.text()), draw(columns(rows)))
        case 5:
            return delta.SetLabels(numbers, draw(names), draw(names))
        case 6:
            return delta.DeleteNodes(numbers)
        case 8:
            dimension = draw(st.integers(1, 3))
            values = st.lists(st.floats(-9, 9, width=32), min_size=dimension, max_size=dimension)
            vectors = draw(st.lists(values, min_size=rows, max_size=rows))
            return delta.SetVectors(numbers, np.array(vectors, np.float32))
        case 9:
            return delta.RemoveVectors(numbers)
        case _:
            return delta.DeleteEdges(numbers)


def fields(change: delta.Change) -> dict[str, Any]:
    def plain(item: Any) -> Any:
        match item:
            case np.ndarray():
                return item.tolist()
            case Column():
                return item.kind, exact(item.to_list())
            case dict():
                return {key: plain(value) for key, value in sorted(item.items())}
        return item

    return {name: plain(getattr(change, name)) for name in change.__slots__}


@given(changes())
def test_change_comes_back_as_it_was(change: delta.Change) -> None:
    data = encode_change(change)
    again = decode_change(data)
    assert type(again) is type(change)
    assert fields(again) == fields(change)
    assert encode_change(again) == data


@given(st.lists(changes(), max_size=4))
def test_changes_keep_their_order(transaction: list[delta.Change]) -> None:
    again = decode_changes(encode_changes(transaction))
    assert [fields(change) for change in again] == [fields(change) for change in transaction]


ONES = st.one_of(SCALARS, VALUES).map(col.one)
NAMES = st.lists(st.text(max_size=200), max_size=3, unique=True).map(lambda n: tuple(sorted(n)))


@given(
    st.one_of(
        st.builds(
            delta.CreateNodes,
            st.integers(0, 2**40),
            st.just(1),
            NAMES,
            st.text(max_size=300).map(col.one),
            st.dictionaries(st.text(max_size=200), ONES, max_size=3),
        ),
        st.builds(
            delta.SetNodeProperty,
            st.integers(0, 2**40).map(lambda node: np.array([node])),
            st.text(max_size=200),
            ONES,
        ),
    )
)
def test_a_small_change_has_the_bytes_of_any_other(change: delta.Change) -> None:
    assert encode_changes([change]) == b"\1" + encode_change(change)


def test_half_a_surrogate_pair_is_refused_in_small_changes_too() -> None:
    change = delta.SetNodeProperty(np.array([1]), "\ud800", col.one(1))
    for _ in range(2):
        with pytest.raises(Invalid, match="half of a surrogate pair"):
            encode_changes([change])


@settings(max_examples=200)
@given(changes(), st.data())
def test_damaged_changes_are_refused_or_well_formed(
    change: delta.Change, data: st.DataObject
) -> None:
    broken = bytearray(encode_change(change))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(broken) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "set"])):
            case "flip":
                broken[place] ^= 1 << data.draw(st.integers(0, 7))
            case "set":
                broken[place] = data.draw(st.sampled_from([0, 127, 128, 255]))
            case "insert":
                broken.insert(place, data.draw(st.integers(0, 255)))
            case _:
                del broken[max(1, place) :]
    try:
        again = decode_change(bytes(broken))
    except Corrupt:
        return
    assert fields(decode_change(encode_change(again))) == fields(again)


@given(changes())
def test_every_cut_is_refused(change: delta.Change) -> None:
    data = encode_change(change)
    for stop in range(0, len(data), 1 + len(data) // 50):
        with pytest.raises(Corrupt):
            decode_change(data[:stop])


@given(st.binary(max_size=60))
def test_noise_is_refused(noise: bytes) -> None:
    for prefix in (bytes((1, kind)) for kind in range(11)):
        try:
            decode_change(prefix + noise)
        except Corrupt:
            continue


def test_depth_of_values_is_limited_both_ways() -> None:
    def nested(depth: int) -> Column:
        value: Any = 1
        for _ in range(depth):
            value = [value]
        return col.mixed([value])

    assert decoded(encoded(nested(VALUE_DEPTH_MAX - 1)))
    assert decoded(encoded(nested(VALUE_DEPTH_MAX)))
    with pytest.raises(Invalid, match=str(VALUE_DEPTH_MAX)):
        encoded(nested(VALUE_DEPTH_MAX + 1))
    with pytest.raises(Corrupt):
        decoded(b"\5\1\0" + b"\6\1" * (VALUE_DEPTH_MAX + 1) + b"\0")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Invalid):
        encoded(col.mixed(["\ud800"]))


def test_rows_of_a_change_are_limited_both_ways() -> None:
    # One number repeated takes no memory and no bytes, so the limit itself can be met.
    many = np.broadcast_to(np.int64(5), CHANGE_ROWS_MAX + 1)
    with pytest.raises(Exhausted):
        encode_change(delta.DeleteEdges(many))
    writer = Writer()
    writer.raw(b"\1\7")
    writer.uint(CHANGE_ROWS_MAX + 1)
    writer.packed_few([5])
    with pytest.raises(Corrupt):
        decode_change(writer.done())


def test_a_long_list_is_written_some_items_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = np.array([7])
    values: list[Any] = [1, 2.5, "text", None, True, [1, 2]] * 50
    changes = [
        delta.SetNodeProperty(nodes, "k", col.one(values)),
        delta.CreateNodes(7, 1, ("A",), col.one("id"), {"k": col.one(values), "x": col.one(1)}),
    ]
    whole = [encode_changes([change]) for change in changes]
    monkeypatch.setattr(binary, "LONG_ITEMS", 10)
    monkeypatch.setattr(small_change, "LONG_ITEMS", 10)
    for change, expected in zip(changes, whole, strict=True):
        interrupt = Never()
        assert b"".join(encode_parts([change], interrupt.check)) == expected
        assert interrupt.checks > len(values) // 10
        (found,) = decode_changes(expected)
        assert encode_changes([found]) == expected


def test_whoever_stores_a_long_list_may_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_LISTED_ITEMS", 10)
    text = "CREATE (:A {l: [x IN range(1, 500) | x]})"
    context = context_of()
    list(run(compile_query(text), context))
    assert isinstance(context.interrupt, Never)
    assert context.interrupt.checks >= 50
    monkeypatch.setattr(storing, "_CHECKED_ROWS", 10)
    looks = []
    for text in ("[x]", "x"):
        context = context_of()
        list(run(compile_query(f"UNWIND range(1, 500) AS x CREATE (:A {{l: {text}}})"), context))
        assert isinstance(context.interrupt, Never)
        looks.append(context.interrupt.checks)
    assert looks[0] >= looks[1] + 49
    with pytest.raises(Invalid, match="a list that holds a map"):
        ran(
            "WITH [x IN range(1, 500) | CASE x WHEN 400 THEN {a: 1} ELSE x END] AS l CREATE ({l: l})"
        )
