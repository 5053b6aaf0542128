"""Parts of many days, and days some months later, looked up in a table.

Above: `engine/exec/expressions/temporal`. Below: `calendar`, NumPy.
Most days of a column lie within four hundred years, of which a table of some 300 KB knows the month of each day and the
first day of each month; it is made when first asked for. Other days are reckoned as `calendar` does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.values import calendar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_FIRST_YEAR, _YEARS = 1800, 400
_MONTHS = 12 * _YEARS
_FIRST = calendar.days_of(_FIRST_YEAR, 1, 1)
_END = calendar.days_of(_FIRST_YEAR + _YEARS, 1, 1)
_MONTH_DAYS = np.array((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


@cache
def _tables() -> tuple[NDArray[np.int16], Numbers]:
    """Of each day its month, counted from the first one; of each month its first day, and one more."""
    years, months = np.divmod(np.arange(_MONTHS + 1), 12)
    starts = calendar.days_of(years + _FIRST_YEAR, months + 1, np.ones_like(years))
    return np.repeat(np.arange(_MONTHS, dtype=np.int16), np.diff(starts)), starts


def _are_usual(days: Numbers) -> bool:
    return len(days) > 0 and int(days.min()) >= _FIRST and int(days.max()) < _END


def civil(days: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Year, month and day of each day: `calendar.civil`.

    Args: days: int64[n]; Returns: int64[n] each; Cost: some 5 ns a day within the table
    """
    if not _are_usual(days):
        return calendar.civil(days)
    month_of, starts = _tables()
    months = month_of[days - _FIRST]
    years, places = np.divmod(months, np.int16(12))
    return (
        years.astype(np.int64) + _FIRST_YEAR,
        places.astype(np.int64) + 1,
        days - starts[months] + 1,
    )


def month_start(days: Numbers) -> Numbers:
    """The first day of the month of each day. Args, Cost: as `civil`"""
    if not _are_usual(days):
        year, month, _ = calendar.civil(days)
        return calendar.days_of(year, month, np.ones(len(days), np.int64))
    month_of, starts = _tables()
    return starts[month_of[days - _FIRST]]


def months_later(days: Numbers, months: int | Numbers) -> Numbers:
    """As `calendar.add_months`, of many. Args: months: int64[n], or the same for all; Cost: as `civil`"""
    if _are_usual(days):
        month_of, starts = _tables()
        own = month_of[days - _FIRST].astype(np.int64)
        later = own + months
        if int(later.min()) >= 0 and int(later.max()) < _MONTHS:
            first = starts[later]
            found: Numbers = first + np.minimum(days - starts[own], starts[later + 1] - first - 1)
            return found
    year, month, day = calendar.civil(days)
    years, index = np.divmod(month - 1 + months, 12)
    year = year + years
    last = _MONTH_DAYS[index]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = last + (leap & (index == 1))
    return calendar.days_of(year, index + 1, np.minimum(day, last))
