"""Days of the proleptic Gregorian calendar, numbered from 1970-01-01, and the parts of a day.

Above: `temporal` and what makes or takes apart temporal values. Below: nothing.
Years run from -999,999,999 to 999,999,999, far past `datetime.date`, so that the arithmetic is done
here: with integers, by eras of 400 years (146,097 days), the length after which the calendar
repeats. Where a `Number` is taken, it may be an array, for many values at once.

Source: ISO 8601; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# One number, or those of many values.
Number = TypeVar("Number", int, "NDArray[np.int64]")

YEAR_MAX = 999_999_999
ERA_YEARS = 400
ERA_DAYS = 146_097
DAY_SECONDS = 86_400
SECOND_NANOS = 1_000_000_000
DAY_NANOS = DAY_SECONDS * SECOND_NANOS
# Days from 0000-03-01, where eras begin, to 1970-01-01.
_SHIFT = 719_468
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_of(year: Number, month: Number, day: Number) -> Number:
    """The number of a day; `month` and `day` are in their ranges."""
    moved = year - (month <= 2)
    era, year_of_era = divmod(moved, ERA_YEARS)
    day_of_year = (153 * (month + 9 - 12 * (month > 2)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * ERA_DAYS + day_of_era - _SHIFT


def civil(days: Number) -> tuple[Number, Number, Number]:
    """Year, month and day of a day's number."""
    era, day_of_era = divmod(days + _SHIFT, ERA_DAYS)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // (ERA_DAYS - 1)
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    place = (5 * day_of_year + 2) // 153
    month = place + 3 - 12 * (place >= 10)
    day = day_of_year - (153 * place + 2) // 5 + 1
    return year_of_era + era * ERA_YEARS + (month <= 2), month, day


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_days(year: int, month: int) -> int:
    """How many days the month has."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def week_day(days: Number) -> Number:
    """1 for Monday to 7 for Sunday."""
    return (days + 3) % 7 + 1


def first_week(year: Number) -> Number:
    """The Monday of week 1 of a week-based year: the week of January 4th."""
    january = year * 0 + 1
    fourth = days_of(year, january, january + 3)
    return fourth - week_day(fourth) + 1


def week_of(days: Number) -> tuple[Number, Number]:
    """The week-based year and the week of a day."""
    # The Thursday of a week lies in the year that the week belongs to.
    year = civil(days - week_day(days) + 4)[0]
    return year, (days - first_week(year)) // 7 + 1


def weeks_in(year: int) -> int:
    """52 or 53."""
    return (first_week(year + 1) - first_week(year)) // 7


def quarter_start(year: Number, quarter: Number) -> Number:
    """The first day of a quarter; quarter 5 is the first of the next year."""
    return days_of(year + (quarter - 1) // 4, (quarter - 1) % 4 * 3 + 1, quarter * 0 + 1)


def add_months(days: int, months: int) -> int:
    """The same day of another month, or its last day where it has no such day."""
    year, month, day = civil(days)
    years, index = divmod(month - 1 + months, 12)
    year += years
    return days_of(year, index + 1, min(day, month_days(year, index + 1)))


FIRST_DAY = days_of(-YEAR_MAX, 1, 1)
LAST_DAY = days_of(YEAR_MAX, 12, 31)
