"""The calendar against the standard library's, and past its years against its own period."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import calendar, months

EPOCH = date(1970, 1, 1).toordinal()
KNOWN = st.integers(date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH - 7)
ANY = st.integers(calendar.FIRST_DAY, calendar.LAST_DAY)


@given(KNOWN)
def test_days_agree_with_the_standard_library(days: int) -> None:
    known = date.fromordinal(days + EPOCH)
    assert calendar.civil(days) == (known.year, known.month, known.day)
    week = known.isocalendar()
    assert calendar.week_of(days) == (week.year, week.week)
    assert calendar.week_day(days) == week.weekday


@given(ANY)
def test_every_day_has_one_name(days: int) -> None:
    year, month, day = calendar.civil(days)
    assert calendar.days_of(year, month, day) == days
    assert 1 <= day <= calendar.month_days(year, month)
    week_year, week = calendar.week_of(days)
    assert 1 <= week <= calendar.weeks_in(week_year)
    start = calendar.first_week(week_year) + 7 * (week - 1)
    assert start + calendar.week_day(days) - 1 == days


@given(ANY)
def test_the_calendar_repeats_after_400_years(days: int) -> None:
    year, month, day = calendar.civil(days)
    assert calendar.civil(days + calendar.ERA_DAYS) == (year + 400, month, day)
    assert calendar.week_day(days + calendar.ERA_DAYS) == calendar.week_day(days)


@given(ANY, st.integers(-50_000, 50_000))
def test_months_keep_the_day_where_there_is_one(days: int, months: int) -> None:
    year, month, day = calendar.civil(days)
    moved_year, moved_month, moved_day = calendar.civil(calendar.add_months(days, months))
    assert moved_year * 12 + moved_month == year * 12 + month + months
    assert moved_day == min(day, calendar.month_days(moved_year, moved_month))


# Days within the table of months, at its ends, and far from it.
DAYS = st.one_of(
    st.integers(calendar.days_of(1799, 12, 1), calendar.days_of(1800, 3, 1)),
    st.integers(calendar.days_of(1896, 1, 1), calendar.days_of(2024, 12, 31)),
    st.integers(calendar.days_of(2199, 11, 1), calendar.days_of(2200, 2, 1)),
    st.integers(-(10**8), 10**8),
)
LATER = st.integers(-30, 30) | st.integers(-(10**6), 10**6)


@given(st.lists(st.tuples(DAYS, LATER), min_size=1, max_size=5), st.booleans())
def test_of_many_days_as_of_each(rows: list[tuple[int, int]], apart: bool) -> None:
    for part in [[row] for row in rows] if apart else [rows]:
        days, later = (np.array(side, np.int64) for side in zip(*part, strict=True))
        each = [calendar.civil(day) for day in days.tolist()]
        assert list(zip(*(side.tolist() for side in months.civil(days)), strict=True)) == each
        starts = [calendar.days_of(year, month, 1) for year, month, _ in each]
        assert months.month_start(days).tolist() == starts
        moved = [calendar.add_months(*row) for row in part]
        assert months.months_later(days, later).tolist() == moved
        first = [calendar.add_months(day, part[0][1]) for day in days.tolist()]
        assert months.months_later(days, part[0][1]).tolist() == first
