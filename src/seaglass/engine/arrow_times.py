"""Temporal values as Arrow's dates, times, timestamps and durations: what `table_times` takes back.

Above: arrow. Below: engine/values, Arrow.

    Date                        date32
    LocalTime                   time64, in microseconds
    LocalDateTime               timestamp without a zone
    DateTime                    timestamp in UTC: the same moment; its offset and zone are not kept
    Duration without months     duration

Microseconds where all values of a column are whole ones, else nanoseconds. What Arrow, or pandas and Python
behind it, cannot hold is left to the caller, who has the ISO 8601 text: Time, a Date with an offset, months,
nanoseconds of a LocalTime, other years than 1 to 9999.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.values.calendar import DAY_SECONDS, SECOND_NANOS
from seaglass.engine.values.temporal import Date, DateTime, Duration, LocalTime, Time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.values.packed import Times

_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST_DAY = dt.date.min.toordinal() - _EPOCH
_LAST_DAY = dt.date.max.toordinal() - _EPOCH
# Python's longest duration, less than Arrow's in microseconds.
_DURATION_DAYS_MAX = 100_000_000


def temporal_array(column: Times) -> Any:
    """The column as an Arrow array; None where Arrow has no type for all of its values.

    Cost: linear, no object for a value
    """
    mask = None if column.valid is None else ~column.valid
    kind = column.form.type
    if kind is Date:
        days = column.field("days")
        if column.form.rest != (None,) or not _within(days, _FIRST_DAY, _LAST_DAY):
            return None
        return pa.array(days.astype(np.int32), pa.date32(), mask=mask)
    found = None if kind is Time else _seconds(column)
    if found is None:
        return None
    seconds, nanos = found
    unit, each = ("ns", 1) if (nanos % 1_000).any() else ("us", 1_000)
    parts = SECOND_NANOS // each
    if not _within(seconds, -(2**63) // parts + 1, 2**63 // parts - 1):
        return None
    if kind is LocalTime and unit == "ns":
        return None
    return pa.array(seconds * parts + nanos // each, _type(kind, unit), mask=mask)


def _seconds(column: Times) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Seconds and nanoseconds, since 1970 or midnight or of a duration; None where it has months, or
    lies too far."""
    if column.form.type is Duration:
        days, seconds = column.field("days"), column.field("seconds")
        longest = _DURATION_DAYS_MAX
        if column.field("months").any() or not _within(days, -longest, longest):
            return None
        if not _within(seconds, -longest * DAY_SECONDS, longest * DAY_SECONDS):
            return None
        return days * DAY_SECONDS + seconds, column.field("nanoseconds")
    seconds, nanos = np.divmod(column.field("nanos"), SECOND_NANOS)
    if column.form.type is LocalTime:
        return seconds, nanos
    days = column.field("days")
    # An offset has no more than a day.
    if not _within(days, _FIRST_DAY + 1, _LAST_DAY - 1):
        return None
    seconds = seconds + days * DAY_SECONDS
    if column.form.type is DateTime:
        seconds = seconds - column.field("offset")
    return seconds, nanos


def _within(numbers: NDArray[np.int64], low: int, high: int) -> bool:
    return low <= int(numbers.min(initial=0)) and int(numbers.max(initial=0)) <= high


def _type(kind: type, unit: str) -> Any:
    if kind is LocalTime:
        return pa.time64(unit)
    if kind is Duration:
        return pa.duration(unit)
    return pa.timestamp(unit, tz="UTC" if kind is DateTime else None)
