"""One order over all values, and equivalence: what ORDER BY, min, max, DISTINCT and grouping use.

Above: `first`, `exec/operators` (sort, distinct, aggregate, merge). Below: `kernels`, `column`, `types`, NumPy, Arrow.

Ascending: map < node < relationship < list < path < datetime < local datetime < date < time < local
time < duration < string < boolean < number < null; false < true; NaN is the largest number.
Equivalent values (1 and 1.0, NaN and NaN, null and null) are equal here.

`order_key` gives bytes whose order is that order, and equal bytes exactly for equivalent values:

    rank      1 byte
    map       the keys in order, each as a string key followed by the key of its value, then 00
    node      number, 8 bytes big-endian; relationship the same
    list      the keys of the elements, then 00 (no rank is 00, so a prefix sorts first)
    path      the numbers of its nodes and edges in turn, each 01 and 8 bytes, then 00
    temporal  the numbers of `temporal.sort_key`, 16 bytes big-endian each with the sign bit flipped;
              then of a datetime the name of its zone as a string
    string    UTF-8 with 00 written as 00 FF, then 00 00
    boolean   1 byte
    number    the largest float64 not above the number, 8 bytes big-endian with the bits flipped so
              that they sort, then what is left of an integer above that float, 2 bytes big-endian
              (floats near 2**63 are 1,024 apart)
    null      nothing

Typed columns never make these bytes: their codes are integers that sort the same way.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.kernels.grouping import first_of_each, number_dense_groups, number_groups
from seaglass.engine.kernels.ordering import sort_by
from seaglass.engine.kernels.ranking import text_ranks
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.column import Packed, mixed
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.packed import Times
from seaglass.engine.values.parts import bounds, joined, mapped, numbered
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
    sort_key,
)
from seaglass.engine.values.texts import Texts, text_buffers
from seaglass.engine.values.types import Edge, Kind, Node, Path
from seaglass.engine.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

_MAP, _NODE, _EDGE, _LIST, _PATH = (bytes([rank]) for rank in range(1, 6))
_TEMPORAL: dict[type, bytes] = {
    kind: bytes([rank])
    for rank, kind in enumerate((DateTime, LocalDateTime, Date, Time, LocalTime, Duration), 6)
}
_STRING, _BOOL, _NUMBER, _NULL = (bytes([rank]) for rank in range(12, 16))
_END = b"\x00"
_NAN = _NUMBER + b"\xff" * 10
_SIGN = 1 << 63
# Makes signed integers of 16 bytes sort as unsigned ones; the mean length of a duration needs more
# than 8.
_BIAS = 1 << 127
_ALL = (1 << 64) - 1
# From here on, making the key of a text takes longer than looking for it.
_LONG_CHARS = 256
# Below this many rows a Python dict is faster than Arrow's hash table (about 25 us a call).
_SMALL_ROWS = 64
# From here on a kernel is faster than NumPy's sort, and a query may be stopped within it.
_MANY_ROWS = 50_000
# Up to this many numbers, one sort is quicker than numbering groups.
_FEW_ROWS = 4_096
_NUMBERED = (Kind.INT, Kind.NODE, Kind.EDGE)
# Numbers whose range is at most so many times their count are grouped by a table of the range.
_DENSE_SHARE = 4
# Keys that Python makes between two looks at whether the query shall end: some 20 ms for small maps.
_KEYED_ROWS = 2_048
# The same of large ones, and how many are tried first.
_KEYED_BYTES = 512 * 1024
_KEYED_ROWS_FIRST = 16
# Below this many rows sorting is as fast as a hash table, and needs no compiled code.
_HASHED_ROWS = 2048


def order_key(value: Value) -> bytes:
    """Bytes that sort as the values do; the module says how."""
    match value:
        case None:
            return _NULL
        case bool():
            return _BOOL + (b"\x01" if value else b"\x00")
        case int() | float():
            return _number_key(value)
        case str():
            return _STRING + _text_key(value)
        case list():
            return _LIST + b"".join([order_key(item) for item in value]) + _END
        case dict():
            parts = [_STRING + _text_key(key) + order_key(value[key]) for key in sorted(value)]
            return _MAP + b"".join(parts) + _END
        case Node():
            return _NODE + struct.pack(">q", value.number)
        case Edge():
            return _EDGE + struct.pack(">q", value.number)
        case Path():
            parts = [b"\x01" + struct.pack(">q", node.number) for node in value.nodes]
            edges = [b"\x01" + struct.pack(">q", edge.number) for edge in value.edges]
            for place, edge in enumerate(edges):
                parts.insert(2 * place + 1, edge)
            return _PATH + b"".join(parts) + _END
        case _:
            return _TEMPORAL[type(value)] + _temporal_key(value)


def _order_keys(values: list[Value], known: dict[int, bytes] | None = None) -> list[bytes]:
    """The `order_key` of each value. A list, map or long text that stands in many rows, as what was
    collected before does, is gone through once.

    Args: known: keys by the `id` of values that stay alive
    """
    known = {} if known is None else known
    keys: list[bytes] = []
    for value in values:
        kind = type(value)
        if kind is list or kind is dict or (kind is str and len(value) > _LONG_CHARS):  # type: ignore[arg-type]
            key = known.get(id(value))
            if key is None:
                key = known[id(value)] = order_key(value)
        else:
            key = order_key(value)
        keys.append(key)
    return keys


def _keys_in_parts(column: Column, check: Check) -> Iterator[pa.LargeBinaryArray]:
    """The `order_key` of each value of a MIXED column, some at a time. Raises: what `check` raises"""
    known: dict[int, bytes] = {}
    shared: list[Value] | None = None
    if isinstance(column, Lists) and column.total > len(column.items):
        # Lists that stand in many rows are made once, and are no more than these.
        shared = column.to_list()
    start = 0
    # Values may be long lists themselves.
    count = _KEYED_ROWS_FIRST
    while start < len(column):
        check()
        stop = min(start + count, len(column))
        if shared is not None:
            values = shared[start:stop]
        else:
            values = column.slice(start, stop).to_list()
            if isinstance(column, Packed):
                # These values are gone after this, and others may get their places.
                known = {}
        keys = pa.array(_order_keys(values, known), pa.large_binary())
        yield keys
        count = max(1, min(_KEYED_ROWS, _KEYED_BYTES * (stop - start) // keys.nbytes))
        start = stop


def _mixed_codes(column: Column, interrupt: Interrupt) -> NDArray[np.int64]:
    """`order_codes` of a MIXED column of many rows."""
    parts = [text_buffers(keys) for keys in _keys_in_parts(column, interrupt.check)]
    data = joined([some[ends[0] : ends[-1]] for some, ends in parts], interrupt.check)
    offsets = [np.zeros(1, np.int64)]
    for _, ends in parts:
        offsets.append(ends[1:] - ends[0] + offsets[-1][-1])
    ranks = text_ranks(data, joined(offsets, interrupt.check), interrupt.flag)
    interrupt.check()
    return ranks


def _temporal_key(value: Temporal) -> bytes:
    parts = [
        _text_key(part) if isinstance(part, str) else (part + _BIAS).to_bytes(16, "big")
        for part in sort_key(value)
    ]
    return b"".join(parts)


def _text_key(text: str) -> bytes:
    return _bytes_key(text.encode("utf-8", "surrogatepass"))


def _bytes_key(encoded: bytes) -> bytes:
    return encoded.replace(b"\x00", b"\x00\xff") + b"\x00\x00"


def text_order_key(encoded: bytes) -> bytes:
    """The `order_key` of a text of these bytes, which need not be whole characters."""
    return _STRING + _bytes_key(encoded)


def _number_key(value: int | float) -> bytes:
    if value != value:
        return _NAN
    base = float(value)
    rest = 0
    if isinstance(value, int):
        if int(base) > value:
            base = math.nextafter(base, -math.inf)
        rest = value - int(base)
    bits = cast("int", struct.unpack(">Q", struct.pack(">d", base + 0.0))[0])
    bits = bits ^ _ALL if bits & _SIGN else bits | _SIGN
    return _NUMBER + struct.pack(">QH", bits, rest)


def float_codes(data: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64[n] that sorts as the floats do, NaN last; 0.0 and -0.0 are equal."""
    plain = np.where(np.isnan(data), np.float64("nan"), data + 0.0)
    bits = plain.view(np.int64)
    return np.where(bits < 0, bits ^ np.int64(0x7FFFFFFFFFFFFFFF), bits)


def order_codes(column: Column, interrupt: Interrupt | None = None) -> NDArray[np.int64]:
    """int64[n] that sorts as the valid values of the column do; what null rows hold means nothing.

    Args: interrupt: looked at while codes of many rows are made
    Cost: linear for numbers; n log n for strings and mixed values.
    """
    interrupt = interrupt or Uninterrupted()
    match column.kind:
        case Kind.INT | Kind.NODE | Kind.EDGE:
            return cast("NDArray[np.int64]", column.data)
        case Kind.BOOL | Kind.NULL:
            return cast("NDArray[np.int64]", column.data.astype(np.int64))
        case Kind.FLOAT:
            return mapped(float_codes, column.data, interrupt.check)
        case Kind.STRING if isinstance(column, Words):
            return column.order_codes()
        case Kind.STRING if len(column) >= _MANY_ROWS:
            ranks = text_ranks(*text_buffers(column.data), interrupt.flag)
            interrupt.check()
            return ranks
        case Kind.STRING if len(column) >= _SMALL_ROWS:
            encoded = pc.dictionary_encode(column.data)
            words = encoded.dictionary
            places = np.empty(len(words), np.int64)
            places[pc.sort_indices(words).to_numpy()] = np.arange(len(words))
            return cast("NDArray[np.int64]", places[encoded.indices.to_numpy()])
        case Kind.MIXED if isinstance(column, Times) and (codes := column.codes()) is not None:
            return codes
        case Kind.MIXED if isinstance(column, Coded):
            return order_codes(mixed(column.table), interrupt)[column.codes]
        case Kind.MIXED if len(column) >= _HASHED_ROWS:
            return _mixed_codes(column, interrupt)
        case Kind.STRING | Kind.MIXED:
            keys = _order_keys(column.to_list())
            places_of = {key: place for place, key in enumerate(sorted(set(keys)))}
            return np.fromiter((places_of[key] for key in keys), np.int64, len(keys))


def sort_rows(
    columns: Sequence[Column],
    descending: Sequence[bool],
    rows: int,
    interrupt: Interrupt | None = None,
) -> NDArray[np.int64]:
    """The rows in order of the columns, the first most significant; equal rows keep their order.

    Nulls come last ascending and first descending.

    Args: interrupt: looked at while many rows are sorted
    Returns: int64[rows], a permutation
    """
    if rows <= 1 or not columns:
        return np.arange(rows)
    keys: list[NDArray[np.int64] | NDArray[np.bool_]] = []
    interrupt = interrupt or Uninterrupted()
    for column, down in zip(reversed(columns), reversed(descending), strict=True):
        codes = order_codes(column, interrupt)
        keys.append(mapped(np.invert, codes, interrupt.check) if down else codes)
        if column.valid is not None:
            keys[-1] = np.where(column.valid, keys[-1], 0)
            keys.append(column.valid if down else ~column.valid)
    if rows < _MANY_ROWS:
        return np.lexsort(keys)
    order = numbered(rows, interrupt.check)
    for key in keys:
        order = sort_by(key.astype(np.int64, copy=False), order, interrupt.flag)
        interrupt.check()
    return order


def group_rows(
    columns: Sequence[Column], rows: int, interrupt: Interrupt | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers the distinct combinations of the columns' values, in order of first appearance.

    Args: interrupt: looked at while many rows are grouped
    Returns: codes int64[rows] of each row's group; firsts int64[groups], the first row of each
        group
    Cost: some 20 ns a row and column; rows log rows for few rows, or numbers that do not hash
    """
    if not columns:
        return np.zeros(rows, np.int64), np.zeros(min(rows, 1), np.int64)
    codes, firsts = _column_groups(columns[0], interrupt)
    for column in columns[1:]:
        other, other_firsts = _column_groups(column, interrupt)
        # Both factors are at most `rows`, so the product fits in 64 bits for all rows that fit in
        # memory.
        codes, firsts = _number_groups(codes * len(other_firsts) + other, interrupt)
    return codes, firsts


def distinct_rows(
    columns: Sequence[Column], rows: int, interrupt: Interrupt | None = None
) -> NDArray[np.int64]:
    """The first row of each distinct combination of the columns' values, in order: the `firsts` of
    `group_rows`.

    Cost: as group_rows; a column of a few thousand numbers takes a third of the time
    """
    if len(columns) == 1 and rows <= _FEW_ROWS and columns[0].valid is None:
        column = columns[0]
        if column.kind in _NUMBERED:
            return np.sort(np.unique(column.data, return_index=True)[1])
    return group_rows(columns, rows, interrupt)[1]


def distinct_count(column: Column, interrupt: Interrupt) -> int:
    """How many distinct values the column has, null among them.

    Cost: as distinct_rows; of a few thousand numbers half of it
    """
    rows = len(column)
    if rows <= _FEW_ROWS and column.valid is None and column.kind in _NUMBERED:
        if rows <= _SMALL_ROWS:
            return len(set(column.data.tolist()))
        ordered = np.sort(column.data)
        return min(rows, 1) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    return len(distinct_rows([column], rows, interrupt))


def _column_groups(
    column: Column, interrupt: Interrupt | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = len(column)
    if column.kind is Kind.NULL:
        return np.zeros(rows, np.int64), np.zeros(min(rows, 1), np.int64)
    codes: NDArray[np.int64] | None = None
    if isinstance(column, Times):
        codes = column.codes()
    elif isinstance(column, Coded | Words):
        codes = column.codes
    if codes is None and (
        column.kind is Kind.MIXED or (rows < _SMALL_ROWS and column.kind is Kind.STRING)
    ):
        if rows >= _HASHED_ROWS:
            return _mixed_groups(column, interrupt or Uninterrupted())
        return _hashed(_order_keys(column.to_list()))
    if column.kind is not Kind.STRING or codes is not None:
        codes = order_codes(column) if codes is None else codes
        if column.valid is None:
            return _number_groups(codes, interrupt)
        places, _ = _number_groups(np.where(column.valid, codes, 0), interrupt)
        return _number_groups(places * 2 + column.valid, interrupt)
    if rows >= _HASHED_ROWS:
        texts = Texts()
        numbers = texts.add(column.data, interrupt or Uninterrupted())
        firsts = first_of_each(numbers, texts.count)
        if column.valid is None:
            return numbers, firsts
        # What is null holds the empty text, which may be a value as well.
        return _number_groups(numbers * 2 + column.valid, interrupt)
    shown = column.data
    if column.valid is not None:
        shown = pc.if_else(pa.array(column.valid), shown, pa.scalar(None, pa.large_string()))
    encoded = pc.dictionary_encode(shown, null_encoding="encode")
    # The words of a dictionary stand in order of first appearance, so the codes rise to a new
    # maximum exactly there.
    numbers = encoded.indices.to_numpy().astype(np.int64)
    highest = np.maximum.accumulate(numbers)
    firsts = np.flatnonzero(np.diff(highest, prepend=np.int64(-1)) > 0)
    return numbers, firsts


def _mixed_groups(
    column: Column, interrupt: Interrupt
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`_column_groups` of a MIXED column of many rows."""
    texts = Texts()
    parts = [texts.add(keys, interrupt) for keys in _keys_in_parts(column, interrupt.check)]
    numbers = joined(parts, interrupt.check)
    return numbers, first_of_each(numbers, texts.count)


def _hashed(keys: list[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    places: dict[bytes, int] = {}
    firsts: list[int] = []
    codes = np.empty(len(keys), np.int64)
    for row, key in enumerate(keys):
        place = places.setdefault(key, len(places))
        if place == len(firsts):
            firsts.append(row)
        codes[row] = place
    return codes, np.array(firsts, np.int64)


def _number_groups(
    codes: NDArray[np.int64], interrupt: Interrupt | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(codes) == 1:
        return np.zeros(1, np.int64), np.zeros(1, np.int64)
    interrupt = interrupt or Uninterrupted()
    if len(codes):
        low, high = bounds(codes, interrupt.check)
        if high - low < _DENSE_SHARE * len(codes):
            return _number_dense_groups(codes, (low, high), interrupt)
    if len(codes) >= _HASHED_ROWS:
        found = number_groups(codes, interrupt.flag)
        interrupt.check()
        if found is not None:
            return found
    _, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return places[inverse], firsts[order].astype(np.int64)


def _number_dense_groups(
    codes: NDArray[np.int64], ends: tuple[int, int], interrupt: Interrupt
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`_number_groups` of codes from `ends[0]` to `ends[1]`, by a table, without sorting the rows."""
    low, high = ends
    rows = len(codes)
    if rows >= _HASHED_ROWS:
        found = number_dense_groups(codes, ends, interrupt.flag)
        interrupt.check()
        return found
    first = np.full(high - low + 1, -1, np.int64)
    # Written from the last row to the first, so that the first stays.
    first[codes[::-1] - low] = np.arange(rows - 1, -1, -1)
    firsts = first[first >= 0]
    firsts.sort()
    first[codes[firsts] - low] = np.arange(len(firsts))
    return first[codes - low], firsts
