"""Arrow's dates, times, timestamps and durations as columns of temporal values.

Above: `tables`. Below: `engine/values`, Arrow.

    date32, date64                Date
    time32, time64                LocalTime
    timestamp without a zone      LocalDateTime · with one: DateTime, as a clock in it shows it
    duration                      Duration, of seconds and nanoseconds
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from seaglass.engine.values.calendar import DAY_NANOS, SECOND_NANOS
from seaglass.engine.values.column import Column, mixed
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    LocalDateTime,
    LocalTime,
    carried,
    day,
    duration,
)
from seaglass.engine.values.temporal_parse import parse_zone
from seaglass.engine.values.zones import moved_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.values.temporal import Temporal

_NANOS = {"s": SECOND_NANOS, "ms": 1_000_000, "us": 1_000, "ns": 1}


def temporal_column(array: Any) -> Column | None:
    """The array as a column; None where Arrow's type is no temporal one.

    Raises: Invalid(illegal_argument) for a zone that there is not
    """
    made = _maker(array.type)
    if made is None:
        return None
    if pa.types.is_date64(array.type):
        array = array.cast(pa.date32())
    wide = array.cast(pa.int32()) if array.type.bit_width == 32 else array.cast(pa.int64())
    return mixed([None if number is None else made(number) for number in wide.to_pylist()])


def _maker(kind: pa.DataType) -> Callable[[int], Temporal] | None:
    if pa.types.is_date(kind):
        return lambda days: Date(day(days))
    if not (pa.types.is_time(kind) or pa.types.is_timestamp(kind) or pa.types.is_duration(kind)):
        return None
    each = _NANOS[kind.unit]
    if pa.types.is_time(kind):
        return lambda number: LocalTime(number * each % DAY_NANOS)
    if pa.types.is_duration(kind):
        return lambda number: duration(0, 0, 0, number * each)
    if kind.tz is None:
        return lambda number: LocalDateTime(*carried(0, number * each))
    zone = parse_zone(kind.tz)
    return lambda number: moved_to(DateTime(*carried(0, number * each), 0), zone)
