"""An index of the values of one chunk of a column: made when it pays, kept with the chunk.

Above: `seek`. Below: `chunk`, `value_range`, `kernels/matching`, `kernels/ordering`.
A chunk never changes, and neither does its index; both go when no version has the chunk any more.
It is no part of the version: nothing is stored, and what it gives is what a pass over the column
gives. The first question to a chunk is such a pass; from the second on there is an index.

An index is the column's values in ascending order as 64-bit keys, and their rows:

    kind      key
    INT       the value
    FLOAT     the value; NaN is left out
    STRING    the 8 bytes that follow what all texts of the chunk begin with, as a number in the
              order of the bytes (less 2**63, to be signed); shorter ones are filled with zeros

So a key of a text stands for all texts that it begins: what the index finds among texts is looked
at once more. Rows without a value have no entry. A MIXED column, as all that holds temporal values,
has an index of `order_key` of its values, lists apart (`KeyIndex`). BOOL columns have no index: a
pass is as quick.

Invariants: `keys` ascends; `order` holds each row with a key once, and fits its keys.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import value_range
from seaglass.engine.graph.chunk import text_bounds
from seaglass.engine.kernels.matching import text_keys, texts_between, texts_with
from seaglass.engine.kernels.ordering import sort_few
from seaglass.engine.values.narrow import held
from seaglass.engine.values.order import float_codes, order_key
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from seaglass.engine.graph.chunk import ChunkRef, ChunkStats
    from seaglass.engine.graph.value_range import Range, Wanted
    from seaglass.engine.kernels.matching import Places
    from seaglass.engine.values.column import Column

_KEY_BYTES = 8
_SIGN = np.uint64(2**63)
_SMALL_ROWS = 16
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class ValueIndex:
    """`keys` and `order` (uint16[n]) as the module says; `prefix`: what all texts begin with."""

    kind: Kind
    keys: NDArray[Any]
    order: NDArray[np.uint16]
    prefix: bytes

    def key_of(self, value: int | float | str) -> int | float | None:
        """The key of what is equal to a value; None where nothing is."""
        if isinstance(value, str):
            text = value.encode("utf-8", "surrogatepass")
            known = self.kind is Kind.STRING and text.startswith(self.prefix)
            return _text_key(text, len(self.prefix)) if known else None
        if self.kind is Kind.FLOAT:
            return value
        if self.kind is Kind.STRING or not INT_MIN <= value <= INT_MAX or value != int(value):
            return None
        return int(value)

    def between(self, part: Range) -> tuple[int, int]:
        """Where the keys of a range begin and end; of texts, all keys that may be of it."""
        match self.kind:
            case Kind.INT:
                whole = value_range.integers(part)
                return (0, 0) if whole is None else self._span(*whole)
            case Kind.FLOAT:
                return self._between_floats(*value_range.floats(part))
            case _:
                return self._between_texts(part)

    def _span(self, low: int, high: int) -> tuple[int, int]:
        """Where the keys from `low` to `high`, both included, begin and end."""
        keys = self.keys
        begin = int(keys.searchsorted(low))
        if begin == len(keys) or keys[begin] > high:
            return begin, begin
        return begin, int(keys.searchsorted(high, "right"))

    def _between_floats(
        self, low: float, low_in: bool, high: float, high_in: bool
    ) -> tuple[int, int]:
        begin = int(self.keys.searchsorted(low, "left" if low_in else "right"))
        end = int(self.keys.searchsorted(high, "right" if high_in else "left"))
        return begin, max(begin, end)

    def _between_texts(self, part: Range) -> tuple[int, int]:
        low, high, prefix = part.low, part.high, self.prefix
        least, greatest = INT_MIN, INT_MAX
        if isinstance(low, bytes):
            if low.startswith(prefix):
                least = _text_key(low, len(prefix))
            elif low > prefix:
                return 0, 0
        if isinstance(high, bytes):
            if high is low:
                greatest = least
            elif high.startswith(prefix):
                greatest = _text_key(high, len(prefix))
            if high < prefix:
                return 0, 0
        return self._span(least, greatest)

    def places(self, values: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the keys of each of many values begin and end; what it finds may be equal.

        Args: values: INT, FLOAT or STRING; null finds nothing
        """
        sought, found = self._keys_of(values, ~values.is_null())
        begin = np.where(found, self.keys.searchsorted(sought, "left"), 0)
        end = np.where(found, self.keys.searchsorted(sought, "right"), 0)
        return begin, end

    def _keys_of(
        self, values: Column, known: NDArray[np.bool_]
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Values as keys of this index, and which of them can be."""
        data = values.data
        match self.kind, values.kind:
            case Kind.STRING, Kind.STRING:
                known &= texts_with(_places(data), self.prefix, at_end=False)
                return _signed(text_keys(*text_buffers(data), len(self.prefix))), known
            case Kind.INT, Kind.FLOAT:
                whole = known & (data >= -(2.0**63)) & (data < 2.0**63) & (np.floor(data) == data)
                return np.where(whole, data, 0).astype(np.int64), whole
            case (Kind.INT, Kind.INT) | (Kind.FLOAT, Kind.INT | Kind.FLOAT):
                return data.astype(self.keys.dtype), known & (data == data)
            case _:
                return np.zeros(len(values), self.keys.dtype), np.zeros(len(values), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class KeyIndex:
    """Of a MIXED column.

    Args: keys: ascending; order: uint16[n], the row of each; lists: int64[m], the rows with a list
    """

    keys: list[bytes]
    order: NDArray[np.uint16]
    lists: NDArray[np.int64]

    @classmethod
    def of(cls, column: Column) -> KeyIndex:
        """The index of a column. Cost: some microseconds a row."""
        values = column.to_list()
        lists = [row for row, value in enumerate(values) if isinstance(value, list)]
        entries = sorted(
            (order_key(value), row)
            for row, value in enumerate(values)
            if value is not None and not isinstance(value, list)
        )
        order = np.array([row for _, row in entries], np.uint16)
        return cls([key for key, _ in entries], order, np.array(lists, np.int64))

    def between(self, part: Range) -> tuple[int, int]:
        """Where the keys of a range of keys begin and end."""
        low, high = part.low, part.high
        assert isinstance(low, bytes)
        assert isinstance(high, bytes)
        begin = (bisect_left if part.low_in else bisect_right)(self.keys, low)
        end = (bisect_right if part.high_in else bisect_left)(self.keys, high)
        return begin, max(begin, end)


@dataclass(slots=True, eq=False)
class _Slot:
    """What a chunk keeps: how often it was asked, and the index once there is one."""

    asks: int = 0
    index: ValueIndex | KeyIndex | None = None


@dataclass(slots=True)
class Builds:
    """How many indexes a query may still build."""

    left: int = limits.VALUE_INDEX_BUILDS


def build(column: Column, stats: ChunkStats) -> ValueIndex:
    """The index of an INT, FLOAT or STRING column.

    Args: stats: of the column
    Cost: of 65,536 rows, 0.3 to 1.5 ms
    """
    assert column.kind in (Kind.INT, Kind.FLOAT, Kind.STRING)
    data = column.data
    rows = None if column.valid is None else np.flatnonzero(column.valid)
    if column.kind is Kind.FLOAT and np.isnan(data).any():
        there = ~np.isnan(data) if column.valid is None else ~np.isnan(data) & column.valid
        rows = np.flatnonzero(there)
    prefix = b""
    match column.kind:
        case Kind.STRING:
            prefix = _common_prefix(column, stats)
            keys = text_keys(*text_buffers(data), len(prefix))
        case Kind.FLOAT:
            keys = float_codes(data).view(np.uint64) ^ _SIGN
        case _:
            keys = data.view(np.uint64) ^ _SIGN
    ascending, order = sort_few(keys if rows is None else keys[rows])
    if rows is not None:
        order = rows[order].astype(np.uint16)
    signed = data[order] if column.kind is Kind.FLOAT else _signed(ascending)
    return ValueIndex(column.kind, signed, order, prefix)


def _common_prefix(column: Column, stats: ChunkStats) -> bytes:
    low, high = stats.low, stats.high
    if not isinstance(low, str) or not isinstance(high, str):
        bounds = text_bounds(column)
        if bounds is None:
            return b""
        low, high = bounds
    least, greatest = low.encode(), high.encode()
    same = 0
    while same < min(len(least), len(greatest)) and least[same] == greatest[same]:
        same += 1
    return least[:same]


def _text_key(text: bytes, skip: int) -> int:
    """The key of one text that begins with `skip` bytes of the common prefix."""
    shown = text[skip : skip + _KEY_BYTES].ljust(_KEY_BYTES, b"\0")
    return int.from_bytes(shown, "big") - 2**63


def _signed(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Keys as an index has them, from those that are sorted: 0 is the least, -2**63."""
    return (keys ^ _SIGN).view(np.int64)


def index_of(
    ref: ChunkRef[Column], beside: Mapping[str, ChunkRef[Column]], asks: int, builds: Builds
) -> ValueIndex | KeyIndex | None:
    """The index of a chunk, made if this pays; None where there is none yet.

    Args:
        ref: of an INT, FLOAT, STRING or MIXED column
        beside: the columns of the group, which together keep at most VALUE_INDEXES_MAX
        asks: as how many questions this one counts
    """
    slot = ref.derived
    if not isinstance(slot, _Slot):
        slot = ref.derived = _Slot()
    slot.asks += asks
    if slot.index is None and slot.asks > 1 and builds.left > 0:
        builds.left -= 1
        kept = [other.derived for other in beside.values()]
        full = [other for other in kept if isinstance(other, _Slot) and other.index is not None]
        if len(full) >= limits.VALUE_INDEXES_MAX:
            least = min(full, key=lambda other: other.asks)
            least.index, least.asks = None, 0
        column = ref.get()
        mixed = column.kind is Kind.MIXED
        slot.index = KeyIndex.of(column) if mixed else build(column, ref.stats)
    return slot.index


def rows_of(
    ref: ChunkRef[Column],
    beside: Mapping[str, ChunkRef[Column]],
    wanted: Wanted,
    builds: Builds,
) -> NDArray[np.int64] | None:
    """The rows of a chunk that a condition may be true for.

    Returns: ascending rows, exact but for lists; None where they are not few, or the column is MIXED and
        has no index yet
    Cost: with an index, some microseconds and what it finds; without, a pass over the column, or
        nothing where the statistics exclude it (then it is not even loaded)
    """
    slot = ref.derived
    index = slot.index if isinstance(slot, _Slot) else None
    if index is None:
        stats = ref.known_stats
        if stats is not None and stats.low is not None and _excluded(stats, wanted):
            return _NONE
    column = ref.get()
    match column.kind:
        case Kind.INT | Kind.FLOAT:
            parts = wanted.numbers
        case Kind.STRING:
            parts = wanted.texts
        case Kind.BOOL:
            return _booleans(column, wanted)
        case Kind.MIXED:
            return _mixed_rows(column, index_of(ref, beside, 1, builds), wanted)
        case _:
            return _NONE
    if not parts:
        return _NONE
    few = _few(column)
    index = index_of(ref, beside, 1, builds)
    if isinstance(index, ValueIndex):
        found = [index.between(part) for part in parts]
        if sum([end - begin for begin, end in found]) <= few:
            rows = _indexed(index, found)
            return _equal_texts(column, rows, parts) if column.kind is Kind.STRING else rows
    rows = np.flatnonzero(_passing(column, parts))
    return rows if len(rows) <= few else None


def rows_equal(ref: ChunkRef[Column], value: int | float | str) -> list[int] | None:
    """The rows of a chunk that may have a value, where that is known without a pass.

    Returns: of texts, also some that begin alike; None where there is no index of numbers or texts,
        or there are many rows
    Cost: a microsecond
    """
    slot = ref.derived
    index = slot.index if isinstance(slot, _Slot) else None
    if not isinstance(index, ValueIndex):
        stats = ref.known_stats
        if index is None and stats is not None and stats.low is not None:
            return [] if _is_beyond(stats.low, stats.high, value) else None
        return None
    assert isinstance(slot, _Slot)
    slot.asks += 1
    key = index.key_of(value)
    if key is None:
        return []
    # A view: its items are numbers of Python, which are quicker to compare.
    keys = index.keys.data
    begin = end = bisect_left(keys, key)
    while end < len(keys) and keys[end] == key:
        end += 1
        if end - begin > _SMALL_ROWS:
            return None
    return index.order[begin:end].tolist() if begin < end else []


def _is_beyond(low: Any, high: Any, value: int | float | str) -> bool:
    """Whether a value is none of those between the bounds of a chunk."""
    if isinstance(low, str) is not isinstance(value, str):
        return True
    return not low <= value <= high


def _few(column: Column) -> int:
    """As many rows of a column as are worth naming."""
    return max(len(column) // 4, _SMALL_ROWS)


def _booleans(column: Column, wanted: Wanted) -> NDArray[np.int64] | None:
    fits = [value for value in (False, True) if wanted.may_hold(value)]
    passing = np.isin(column.data, fits)
    rows = np.flatnonzero(passing if column.valid is None else passing & column.valid)
    return rows if len(rows) <= _few(column) else None


def _mixed_rows(
    column: Column, index: ValueIndex | KeyIndex | None, wanted: Wanted
) -> NDArray[np.int64] | None:
    if not isinstance(index, KeyIndex):
        return None
    found = [index.between(part) for part in wanted.as_keys()]
    if sum([end - begin for begin, end in found]) + len(index.lists) > _few(column):
        return None
    rows = _indexed(index, found)
    return rows if len(index.lists) == 0 else np.union1d(rows, index.lists)


def _indexed(index: ValueIndex | KeyIndex, found: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    if len(found) == 1:
        begin, end = found[0]
        if begin == end:
            return _NONE
        rows = index.order[begin:end].astype(np.int64)
        if len(rows) > 1:
            rows.sort()
        return rows
    parts = [index.order[begin:end] for begin, end in found if begin < end]
    return np.unique(np.concatenate(parts)).astype(np.int64) if parts else _NONE


def _excluded(stats: ChunkStats, wanted: Wanted) -> bool:
    low, high = stats.low, stats.high
    if isinstance(low, str) and isinstance(high, str):
        least, greatest = low.encode(), high.encode()
        return not any(part.meets(least, greatest) for part in wanted.texts)
    assert low is not None
    assert not isinstance(low, str)
    assert high is not None
    assert not isinstance(high, str)
    return not any(part.meets(low, high) for part in wanted.numbers)


def _equal_texts(
    column: Column, rows: NDArray[np.int64], parts: Sequence[Range]
) -> NDArray[np.int64]:
    """Of the rows with fitting keys, those whose texts fit."""
    if len(rows) == 0:
        return rows
    if len(rows) > _SMALL_ROWS:
        data, starts, stops = _places(column.data)
        return rows[_texts_in((data, starts[rows], stops[rows]), parts)]
    data = column.data
    kept = []
    for row in rows.tolist():
        text = data[row].as_py().encode()
        if any(part.holds(text) for part in parts):
            kept.append(row)
    return rows if len(kept) == len(rows) else np.array(kept, np.int64)


def _passing(column: Column, parts: Sequence[Range]) -> NDArray[np.bool_]:
    """bool[n]: which values are in one of the ranges, by a pass over all of them."""
    data = held(column) if column.kind is Kind.INT else column.data
    if column.kind is Kind.STRING:
        passing = _texts_in(_places(data), parts)
    else:
        passing = np.zeros(len(column), np.bool_)
        for part in parts:
            if column.kind is Kind.INT:
                passing |= _integers_in(data, part)
            else:
                passing |= _floats_in(data, *value_range.floats(part))
    return passing if column.valid is None else passing & column.valid


def _integers_in(data: NDArray[Any], part: Range) -> NDArray[np.bool_]:
    whole = value_range.integers(part)
    if whole is None:
        return np.zeros(len(data), np.bool_)
    passing = data >= whole[0]
    passing &= data <= whole[1]
    return passing


def _floats_in(
    data: NDArray[np.float64], low: float, low_in: bool, high: float, high_in: bool
) -> NDArray[np.bool_]:
    """NaN is in none."""
    passing = data >= low if low_in else data > low
    passing &= data <= high if high_in else data < high
    return passing


def _places(texts: pa.LargeStringArray) -> Places:
    data, offsets = text_buffers(texts)
    return data, offsets[:-1], offsets[1:]


def _texts_in(places: Places, parts: Sequence[Range]) -> NDArray[np.bool_]:
    """bool[n]: which texts are in one of the ranges."""
    passing = np.zeros(len(places[1]), np.bool_)
    for part in parts:
        low, high = part.low, part.high
        assert low is None or isinstance(low, bytes)
        assert high is None or isinstance(high, bytes)
        passing |= texts_between(places, low, high, (part.low_in, part.high_in))
    return passing
