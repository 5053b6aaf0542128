"""Temporal values as ISO 8601 text.

Above: toString, JSON, messages. Below: `temporal`, `calendar`.

    year      four digits; with a sign before year 0 and after 9999
    time      seconds only where they, or a fraction, are not 0; fractions in 3, 6 or 9 digits
    offset    Z for 0; seconds only where they are not 0
    zone      its name in brackets, after the offset
    duration  years and months of one sign, days, and time parts of one sign; PT0S for nothing

What stands here reads back as the same value (`temporal_parse`).
"""

from __future__ import annotations

from seaglass.engine.values.calendar import DAY_SECONDS, SECOND_NANOS, civil
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
    instant_of,
)


def text_of(value: Temporal) -> str:
    """The text, as the module says."""
    match value:
        case Date():
            offset = "" if value.offset is None else offset_text(value.offset)
            return date_text(value.days) + offset
        case LocalTime():
            return time_text(value.nanos)
        case Time():
            return time_text(value.nanos) + offset_text(value.offset)
        case LocalDateTime():
            return f"{date_text(value.days)}T{time_text(value.nanos)}"
        case DateTime():
            zone = "" if value.zone is None else f"[{value.zone}]"
            local = f"{date_text(value.days)}T{time_text(value.nanos)}"
            return f"{local}{offset_text(value.offset)}{zone}"
        case Duration():
            return _duration_text(value)


def millis_text(value: DateTime) -> str:
    """The point in time in UTC, always with milliseconds: how Neptune writes it in JSON."""
    # At the last day that there is, UTC may show the next one.
    instant, nanos = instant_of(value)
    days, seconds = divmod(instant, DAY_SECONDS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    clock = f"{hour:02}:{minute:02}:{second:02}.{nanos // 1_000_000:03}"
    return f"{date_text(days)}T{clock}Z"


def date_text(days: int) -> str:
    year, month, day = civil(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def time_text(nanos: int) -> str:
    seconds, rest = divmod(nanos, SECOND_NANOS)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if second == 0 and rest == 0:
        return text
    text = f"{text}:{second:02}"
    if rest == 0:
        return text
    digits = f"{rest:09}"
    for kept in (3, 6):
        if digits.endswith("0" * (9 - kept)):
            return f"{text}.{digits[:kept]}"
    return f"{text}.{digits}"


def offset_text(offset: int) -> str:
    if offset == 0:
        return "Z"
    sign = "-" if offset < 0 else "+"
    minutes, second = divmod(abs(offset), 60)
    text = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


def _duration_text(value: Duration) -> str:
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    parts = [
        f"{number}{unit}"
        for number, unit in ((sign * years, "Y"), (sign * months, "M"), (value.days, "D"))
        if number
    ]
    nanos = value.seconds * SECOND_NANOS + value.nanoseconds
    minus = "-" if nanos < 0 else ""
    seconds, rest = divmod(abs(nanos), SECOND_NANOS)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    times = [f"{minus}{number}{unit}" for number, unit in ((hours, "H"), (minute, "M")) if number]
    if second or rest:
        fraction = f".{rest:09}".rstrip("0") if rest else ""
        times.append(f"{minus}{second}{fraction}S")
    if not parts and not times:
        return "PT0S"
    return "P" + "".join(parts) + ("T" + "".join(times) if times else "")
