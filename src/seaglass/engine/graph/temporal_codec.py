"""Temporal values <-> bytes: tags 8 to 13 of a `value`, as `binary` lays them out.

Above: `binary`. Below: `engine/values`.
A reader takes only values that exist: days, times and offsets in range. It asks no zone
data, which may differ from that of the writer.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from seaglass.engine.values.calendar import DAY_NANOS, FIRST_DAY, LAST_DAY, SECOND_NANOS
from seaglass.engine.values.temporal import (
    OFFSET_SECONDS_MAX,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPORAL_TAGS = range(8, 14)
_DATE = struct.Struct("<qB")
_OFFSET = struct.Struct("<i")
_LOCAL_TIME = struct.Struct("<q")
_TIME = struct.Struct("<qi")
_LOCAL_DATE_TIME = struct.Struct("<qq")
_DATE_TIME = struct.Struct("<qqi")
_DURATION = struct.Struct("<qqqi")


def temporal_bytes(value: Temporal) -> bytes:
    """The tag and the fields; of a DateTime, all but its zone."""
    match value:
        case Date(days, None):
            return b"\x08" + _DATE.pack(days, 0)
        case Date(days, offset):
            return b"\x08" + _DATE.pack(days, 1) + _OFFSET.pack(offset)
        case LocalTime(nanos):
            return b"\x09" + _LOCAL_TIME.pack(nanos)
        case Time(nanos, offset):
            return b"\x0a" + _TIME.pack(nanos, offset)
        case LocalDateTime(days, nanos):
            return b"\x0b" + _LOCAL_DATE_TIME.pack(days, nanos)
        case DateTime():
            return b"\x0c" + _DATE_TIME.pack(value.days, value.nanos, value.offset)
        case Duration(months, days, seconds, nanoseconds):
            return b"\x0d" + _DURATION.pack(months, days, seconds, nanoseconds)


def read_temporal(
    tag: int, raw: Callable[[int], bytes], text: Callable[[], str]
) -> Temporal | None:
    """The value of a tag, read by `raw` (so many bytes) and `text`; None where it does not exist.

    Raises: Corrupt, as they do
    """
    match tag:
        case 8:
            days, flag = _DATE.unpack(raw(_DATE.size))
            if flag > 1:
                return None
            offset = _OFFSET.unpack(raw(_OFFSET.size))[0] if flag else 0
            return Date(days, offset if flag else None) if _sound(days, 0, offset) else None
        case 9:
            (nanos,) = _LOCAL_TIME.unpack(raw(_LOCAL_TIME.size))
            return LocalTime(nanos) if _sound(0, nanos, 0) else None
        case 10:
            nanos, offset = _TIME.unpack(raw(_TIME.size))
            return Time(nanos, offset) if _sound(0, nanos, offset) else None
        case 11:
            days, nanos = _LOCAL_DATE_TIME.unpack(raw(_LOCAL_DATE_TIME.size))
            return LocalDateTime(days, nanos) if _sound(days, nanos, 0) else None
        case 12:
            days, nanos, offset = _DATE_TIME.unpack(raw(_DATE_TIME.size))
            zone = text()
            sound = _sound(days, nanos, offset)
            return DateTime(days, nanos, offset, zone or None) if sound else None
        case _:
            months, days, seconds, nanoseconds = _DURATION.unpack(raw(_DURATION.size))
            if not 0 <= nanoseconds < SECOND_NANOS:
                return None
            return Duration(months, days, seconds, nanoseconds)


def _sound(days: int, nanos: int, offset: int) -> bool:
    return (
        FIRST_DAY <= days <= LAST_DAY
        and 0 <= nanos < DAY_NANOS
        and abs(offset) <= OFFSET_SECONDS_MAX
    )
