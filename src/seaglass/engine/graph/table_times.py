"""Arrow's dates, times, timestamps and durations as columns of temporal values.

Above: `tables`. Below: `engine/values`, Arrow.

    date32, date64                Date
    time32, time64                LocalTime
    timestamp without a zone      LocalDateTime · with one: DateTime, as a clock in it shows it; UTC is no
                                  place, and what is written with a Z
    duration                      Duration, of seconds and nanoseconds
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.values.calendar import DAY_SECONDS, SECOND_NANOS
from seaglass.engine.values.column import Column, masked
from seaglass.engine.values.packed import Form, Times
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    day,
)
from seaglass.engine.values.temporal_parse import parse_zone
from seaglass.engine.values.zones import offset_at, plain_zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NANOS = {"s": SECOND_NANOS, "ms": 1_000_000, "us": 1_000, "ns": 1}


def temporal_column(array: Any) -> Column | None:
    """The array as a column; None where Arrow's type is no temporal one.

    Raises: Invalid(illegal_argument) for a zone that there is not
    """
    kind = array.type
    if not any(is_kind(kind) for is_kind in _KINDS):
        return None
    if pa.types.is_date64(kind):
        array = array.cast(pa.date32())
    wide = array.cast(pa.int32()) if array.type.bit_width == 32 else array.cast(pa.int64())
    valid = wide.is_valid().to_numpy(zero_copy_only=False)
    numbers = wide.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return masked(_column_of(kind, numbers), valid)


_KINDS = (
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
    pa.types.is_duration,
)


def _zone_of(kind: pa.DataType) -> int | str | None:
    return None if kind.tz is None else plain_zone(parse_zone(kind.tz))


def _offsets(zone: int | str, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """What clocks are ahead of UTC at seconds since 1970. Cost: some 10 microseconds a day, and for each
    number on a day that clocks are changed
    """
    if isinstance(zone, int):
        return np.full(len(seconds), zone, np.int64)
    days, places = np.unique(seconds // DAY_SECONDS, return_inverse=True)
    starts, ends = (
        np.array([offset_at(zone, day) for day in some.tolist()], np.int64)
        for some in (days * DAY_SECONDS, (days + 1) * DAY_SECONDS)
    )
    offsets = starts[places]
    for row in np.flatnonzero((starts != ends)[places]).tolist():
        offsets[row] = offset_at(zone, int(seconds[row]))
    return offsets


def _column_of(kind: pa.DataType, numbers: NDArray[np.int64]) -> Times:
    """The column of an array without nulls. Raises: Invalid(illegal_argument) for days out of range"""
    if pa.types.is_date(kind):
        return Times(Form(Date, (None,)), (_checked(numbers),), None)
    parts = SECOND_NANOS // _NANOS[kind.unit]
    seconds, rest = np.divmod(numbers, parts)
    nanoseconds = rest * _NANOS[kind.unit]
    if pa.types.is_duration(kind):
        none = np.zeros(len(numbers), np.int64)
        return Times(Form(Duration, ()), (none, none, seconds, nanoseconds), None)
    zone = None if pa.types.is_time(kind) else _zone_of(kind)
    offsets = _offsets(zone or 0, seconds)
    days, of_day = np.divmod(seconds + offsets, DAY_SECONDS)
    nanos = of_day * SECOND_NANOS + nanoseconds
    if pa.types.is_time(kind):
        return Times(Form(LocalTime, ()), (nanos,), None)
    fields = (_checked(days), nanos)
    if zone is None:
        return Times(Form(LocalDateTime, ()), fields, None)
    name = zone if isinstance(zone, str) else None
    return Times(Form(DateTime, (name,)), (*fields, offsets), None)


def _checked(days: NDArray[np.int64]) -> NDArray[np.int64]:
    for end in (days.min(initial=0), days.max(initial=0)):
        day(int(end))
    return days
