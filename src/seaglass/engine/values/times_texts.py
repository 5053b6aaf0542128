"""The texts of a column of temporal values, made together.

Above: `engine/exec/json`. Below: `temporal_text`, `packed`, NumPy.
NumPy writes days and points in time of the years 0 to 9999 as ISO 8601 does, in a twentieth of the time that they take
one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.values.calendar import DAY_SECONDS, SECOND_NANOS, days_of
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import Date
from seaglass.engine.values.temporal_text import millis_text, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

# A day less at both ends: what an offset moves stays within these years.
_FIRST, _LAST = days_of(0, 1, 2), days_of(9999, 12, 30)
_MILLI_NANOS = 1_000_000


def texts_of(times: Times) -> list[str]:
    """`text_of` of each value; of null rows some text."""
    if times.form.type is Date and times.form.rest == (None,) and _usual(times.fields[0]):
        return _texts(times.fields[0], "D")
    return [text_of(value) for value in _values(times)]


def millis_texts(times: Times) -> list[str]:
    """`millis_text` of each value of a column of datetimes; of null rows some text."""
    days, nanos, offset = times.fields
    if not _usual(days):
        return [millis_text(value) for value in _values(times)]
    seconds = days * DAY_SECONDS - offset + nanos // SECOND_NANOS
    millis = seconds * 1_000 + nanos % SECOND_NANOS // _MILLI_NANOS
    return [f"{text}Z" for text in _texts(millis, "ms")]


def _usual(days: Numbers) -> bool:
    return len(days) > 0 and int(days.min()) >= _FIRST and int(days.max()) <= _LAST


def _texts(numbers: Numbers, unit: str) -> list[str]:
    texts: list[str] = np.datetime_as_string(numbers.astype(f"M8[{unit}]")).tolist()
    return texts


def _values(times: Times) -> list[Any]:
    return Times(times.form, times.fields, None).to_list()
