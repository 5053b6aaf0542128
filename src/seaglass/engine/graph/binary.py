"""The words that every byte layout of a graph is made of: writing, and reading with every check.

Above: `codec`, `change_codec`, `adaptive`. Below: `temporal_codec`, `engine/values`,
`kernels/bits`. All numbers are little-endian.

    uint     LEB128, at most 9 bytes, value below 2**63, shortest form only
    text     uint bytes, UTF-8
    bits     ceil(n / 8) bytes, row i is bit i % 8 of byte i / 8, unused bits 0;
             the reader knows n
    packed   n integers; the reader knows n
             u8 form: width (0, 1, 2, 4 or 8 bytes), + 16 where differences are stored
             i64 base
             plain: n unsigned numbers of `width` bytes; value[i] = base + number[i]
             differences: i64 step, then n - 1 unsigned numbers of `width` bytes;
             value[0] = base, value[i + 1] = value[i] + step + number[i]
             All sums are modulo 2**64. The writer takes the smallest width that holds the range,
             and differences only where they make it smaller and n > 16. n = 0: form 0, base 0.
    value    u8 tag, then: 0 null | 1 false | 2 true | 3 i64 | 4 f64 | 5 text |
             6 uint count, values |
             7 uint count, then (text key, value) with keys ascending and not repeated |
             8 date: i64 days, u8 1 if an offset follows, else 0; [i32 offset] |
             9 local time: i64 nanos | 10 time: i64 nanos, i32 offset |
             11 local datetime: i64 days, i64 nanos |
             12 datetime: i64 days, i64 nanos, i32 offset, text zone, empty for none |
             13 duration: i64 months, i64 days, i64 seconds, i32 nanoseconds;
             the fields as in `values/temporal` and in its ranges

Invariants: equal content gives equal bytes. A reader takes exactly what the writer of the same
layout wrote or raises Corrupt("corrupt"): it checks each length before it allocates, and nesting
(VALUE_DEPTH_MAX) before it recurses.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Corrupt, Invalid
from seaglass.base.limits import VALUE_DEPTH_MAX
from seaglass.engine.graph.temporal_codec import TEMPORAL_TAGS, read_temporal, temporal_bytes
from seaglass.engine.kernels.bits import (
    WIDTHS,
    from_offsets,
    from_steps,
    offsets,
    ranges,
    unsigned,
)
from seaglass.engine.values.narrow import narrowest
from seaglass.engine.values.temporal import TEMPORALS, DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.kernels.bits import Ranges
    from seaglass.engine.values.types import Value

# Below this many rows Python integers are faster than NumPy's per-call cost of microseconds.
SMALL_ROWS = 16
DIFFERENCES = 16
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")
FORM = struct.Struct("<Bq")
_INT = 3
_UINT_BITS_MAX = 63
_INT32_MAX = 2**31 - 1
# Items of a list between two calls of a writer's check: some 10 ms.
LONG_ITEMS = 16_384
_BYTES = tuple([bytes((value,)) for value in range(256)])


def uint_bytes(value: int) -> bytes:
    """What `Writer.uint` writes."""
    assert 0 <= value < 1 << _UINT_BITS_MAX
    if value < 128:
        return _BYTES[value]
    if value < 1 << 14:
        return bytes((value & 127 | 128, value >> 7))
    if value < 1 << 21:
        return bytes((value & 127 | 128, value >> 7 & 127 | 128, value >> 14))
    encoded = bytearray()
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


class Writer:
    """Collects parts; `done()` joins them.

    Args: check: called between items of a long list; may raise
    Attributes: raw: takes one as it is
    """

    __slots__ = ("_check", "_parts", "raw")

    def __init__(self, check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        self._parts: list[bytes | memoryview] = []
        self.raw: Callable[[bytes | memoryview], None] = self._parts.append

    def done(self) -> bytes:
        return b"".join(self._parts)

    def byte(self, value: int) -> None:
        self._parts.append(_BYTES[value])

    def uint(self, value: int) -> None:
        self._parts.append(uint_bytes(value))

    def text(self, text: str) -> None:
        encoded = _utf8(text)
        self.uint(len(encoded))
        self._parts.append(encoded)

    def bits(self, bits: NDArray[np.bool_]) -> None:
        self._parts.append(np.packbits(bits, bitorder="little").data)

    def packed(self, numbers: NDArray[Any]) -> Ranges | None:
        """Args: numbers: int32|int64[n]. Returns: their ranges, unless they are few"""
        if len(numbers) <= SMALL_ROWS:
            self.packed_few(numbers.tolist())
            return None
        within = ranges(numbers)
        self.packed_within(numbers, within)
        return within

    def packed_within(self, numbers: NDArray[Any], within: Ranges) -> None:
        """The bytes of `packed`, for more than SMALL_ROWS integers whose ranges are known."""
        low, high, step_low, step_high = within
        width = width_of(high - low)
        if width > 1:
            # Differences may wrap; the reader's sums wrap back.
            narrow = width_of(step_high - step_low)
            if narrow < width:
                self._parts.append(FORM.pack(narrow + DIFFERENCES, int(numbers[0])))
                self._parts.append(_I64.pack(step_low))
                self._parts.append(offsets(numbers, step_low, narrow, follows=True).data)
                return
        self._parts.append(FORM.pack(width, low))
        self._parts.append(offsets(numbers, low, width, follows=False).data)

    def packed_few(self, numbers: list[int]) -> None:
        """The bytes of `packed`, for at most SMALL_ROWS integers."""
        if len(numbers) == 1:
            self._parts.append(FORM.pack(0, numbers[0]))
            return
        low = min(numbers, default=0)
        width = width_of(max(numbers, default=0) - low)
        self._parts.append(FORM.pack(width, low))
        if width:
            self._parts.extend((number - low).to_bytes(width, "little") for number in numbers)

    def value(self, value: Value, depth: int = 0) -> None:
        """Raises: Invalid(illegal_argument) when lists and maps nest deeper than
        VALUE_DEPTH_MAX."""
        parts = self._parts
        # Most values are, and so need not be asked what else they are.
        if type(value) is int:
            parts.append(FORM.pack(_INT, value))
        elif value is None:
            parts.append(b"\0")
        elif value is False:
            parts.append(b"\1")
        elif value is True:
            parts.append(b"\2")
        elif isinstance(value, int):
            parts.append(FORM.pack(_INT, value))
        elif isinstance(value, float):
            parts.append(b"\4" + _F64.pack(value))
        elif isinstance(value, str):
            parts.append(b"\5")
            self.text(value)
        elif isinstance(value, TEMPORALS):
            parts.append(temporal_bytes(value))
            if isinstance(value, DateTime):
                self.text(value.zone or "")
        elif depth == VALUE_DEPTH_MAX:
            raise Invalid(
                "illegal_argument",
                f"A property value nests lists and maps deeper than {VALUE_DEPTH_MAX} levels."
                " Flatten it.",
            )
        elif isinstance(value, list):
            parts.append(b"\6")
            self.uint(len(value))
            if len(value) > LONG_ITEMS:
                self._items(value, depth)
                return
            for item in value:
                self.value(item, depth + 1)
        else:
            assert isinstance(value, dict), "nodes, edges and paths are not stored"
            parts.append(b"\7")
            self.uint(len(value))
            for key in sorted(value):
                self.text(key)
                self.value(value[key], depth + 1)

    def _items(self, values: list[Value], depth: int) -> None:
        parts = self._parts
        for start in range(0, len(values), LONG_ITEMS):
            self._check()
            before = len(parts)
            for item in values[start : start + LONG_ITEMS]:
                self.value(item, depth + 1)
            # Not millions of parts that are joined in the end.
            parts[before:] = [b"".join(parts[before:])]


class Reader:
    """Reads what a Writer wrote, from the front; the caller ends with `end()`."""

    __slots__ = ("_data", "_place")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def end(self) -> None:
        """Raises: Corrupt when bytes are left."""
        if self.left():
            raise damaged(f"{self.left()} bytes too many")

    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._place

    def raw(self, count: int) -> bytes:
        start = self._place
        if count > len(self._data) - start:
            raise damaged(f"{count} bytes wanted at {start} of {len(self._data)}")
        self._place = start + count
        return self._data[start : self._place]

    def shown(self, count: int) -> memoryview:
        """As `raw`, without a copy."""
        start = self._place
        if count > len(self._data) - start:
            raise damaged(f"{count} bytes wanted at {start} of {len(self._data)}")
        self._place = start + count
        return memoryview(self._data)[start : self._place]

    def byte(self) -> int:
        place = self._place
        if place == len(self._data):
            raise damaged(f"a byte wanted at {place}, which is the end")
        self._place = place + 1
        return self._data[place]

    def flag(self) -> bool:
        value = self.byte()
        if value > 1:
            raise damaged(f"flag {value}")
        return value == 1

    def uint(self) -> int:
        value = self.byte()
        if value < 128:
            return value
        value &= 127
        for shift in range(7, _UINT_BITS_MAX, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0:
                    raise damaged("a number that is longer than needed")
                return value
        raise damaged("a number without end")

    def count(self, each: int) -> int:
        """A uint that counts things of at least `each` bytes, all of which follow.

        What takes no bytes is not counted this way: nothing would bound it.
        """
        value = self.uint()
        if value * each > self.left():
            raise damaged(f"{value} entries of {each} bytes at {self._place} of {len(self._data)}")
        return value

    def text(self) -> str:
        try:
            return self.raw(self.uint()).decode()
        except UnicodeDecodeError:
            raise damaged("a text that is not UTF-8") from None

    def bits(self, count: int) -> NDArray[np.bool_]:
        data = self.raw((count + 7) // 8)
        if count % 8 and data[-1] >> count % 8:
            raise damaged("bits past the last row")
        packed = np.frombuffer(data, np.uint8)
        return np.unpackbits(packed, count=count, bitorder="little").view(np.bool_)

    def packed(self, count: int) -> NDArray[np.int64]:
        """`count` integers; the caller has bounded `count`."""
        numbers = np.empty(count, np.int64)
        self.packed_into(numbers)
        return numbers

    def packed_narrow(self, count: int) -> NDArray[Any]:
        """int32[count] where all fit, else int64[count], none of them below 0."""
        place = self._place
        numbers = np.empty(count, np.int32)
        joined = self.packed_into(numbers)
        if joined < 0:
            raise damaged("a number below 0")
        if joined <= _INT32_MAX:
            return numbers
        self._place = place
        return self.packed(count)

    def packed_narrowest(self, count: int) -> NDArray[Any]:
        """int8|int16|int32|int64[count]: in the narrowest type that all fit into."""
        place = self._place
        numbers = np.empty(count, np.int32)
        joined = self.packed_into(numbers)
        if 0 <= joined <= _INT32_MAX:
            # It is as long as the longest of them.
            return numbers.astype(narrowest(0, joined), copy=False)
        self._place = place
        wide = self.packed(count)
        return wide.astype(narrowest(int(wide.min()), int(wide.max())), copy=False)

    def packed_below(self, count: int, stop: int) -> NDArray[np.uint16]:
        """uint16[count], all of them from 0 to `stop` - 1. Args: stop: at most 65,536"""
        numbers: NDArray[Any]
        place = self._place
        form, base = FORM.unpack(self.raw(FORM.size))
        if form == 2 and 0 <= base < stop and count:
            # They are as short as they are stored.
            numbers = unsigned(self.shown(2 * count), 2)
            greatest = base + int(numbers.max())
            numbers = numbers + np.uint16(base) if base else numbers
        else:
            self._place = place
            numbers = self.packed_narrow(count)
            greatest = int(numbers.max(initial=0))
        if greatest >= stop and count:
            raise damaged(f"a number of {greatest} where all are below {stop}")
        return numbers.astype(np.uint16, copy=False)

    def packed_into(self, numbers: NDArray[Any]) -> int:
        """Write as many integers as there is room for.

        Args: numbers: int32|int64[n]; an int32 takes the lower half
        Returns: the integers, joined by bitwise or
        """
        form, base = FORM.unpack(self.raw(FORM.size))
        return self._packed(form, base, numbers)

    def _packed(self, form: int, base: int, numbers: NDArray[Any]) -> int:
        width = form & 15
        count = len(numbers)
        if form > DIFFERENCES + 8 or (width and width not in WIDTHS) or (count == 0 and form):
            raise damaged(f"form {form} of packed integers")
        if form < DIFFERENCES:
            return from_offsets(self.shown(count * width), base, width, numbers)
        (step,) = _I64.unpack(self.raw(_I64.size))
        return from_steps(self.shown((count - 1) * width), (base, step), width, numbers)

    def value(self, depth: int = 0) -> Value:
        match self.byte():
            case 0:
                return None
            case 1:
                return False
            case 2:
                return True
            case 3:
                number: int = _I64.unpack(self.raw(8))[0]
                return number
            case 4:
                real: float = _F64.unpack(self.raw(8))[0]
                return real
            case 5:
                return self.text()
            case 6 if depth < VALUE_DEPTH_MAX:
                return [self.value(depth + 1) for _ in range(self.count(1))]
            case 7 if depth < VALUE_DEPTH_MAX:
                return self._map(depth + 1)
            case tag if tag in TEMPORAL_TAGS:
                value = read_temporal(tag, self.raw, self.text)
                if value is None:
                    raise damaged(f"a temporal value of tag {tag} that does not exist")
                return value
            case tag:
                raise damaged(f"value tag {tag} at depth {depth}")

    def _map(self, depth: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        before = ""
        for place in range(self.count(2)):
            key = self.text()
            if place and key <= before:
                raise damaged("map keys out of order")
            before = key
            values[key] = self.value(depth)
        return values


def damaged(what: str) -> Corrupt:
    """The error to raise when stored bytes do not have their layout."""
    return Corrupt("corrupt", f"Stored bytes do not have the layout that they should: {what}.")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Invalid(
            "illegal_argument",
            f"The text {text[:40]!r} holds half of a surrogate pair, which is no character.",
        ) from None


def width_of(span: int) -> int:
    """Bytes of an unsigned number up to `span`: 0, 1, 2, 4 or 8."""
    if span < 1 << 16:
        return 0 if span == 0 else 1 if span < 1 << 8 else 2
    return 4 if span < 1 << 32 else 8
