"""The texts of a column are those of its values, at the ends of the years that NumPy writes too."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values.calendar import days_of
from seaglass.engine.values.packed import times_of
from seaglass.engine.values.temporal import Date, DateTime
from seaglass.engine.values.temporal_text import millis_text, text_of
from seaglass.engine.values.times_texts import millis_texts, texts_of
from tests.engine.values import strategies as vs

_ENDS = (days_of(0, 1, 1), days_of(9999, 12, 31))
DAYS = st.one_of(st.integers(*_ENDS), vs.days, *(st.integers(day - 2, day + 2) for day in _ENDS))
OFFSETS = st.none() | st.just(3600)


@given(OFFSETS, st.lists(DAYS, min_size=1))
def test_of_dates(offset: int | None, days: list[int]) -> None:
    values: list[Any] = [Date(day, offset) for day in days]
    column = times_of(values)
    assert column is not None
    assert texts_of(column) == list(map(text_of, values))


@given(st.none() | st.just("Europe/Stockholm"), st.lists(st.tuples(DAYS, vs.nanos, vs.offsets)))
def test_of_points_in_time(zone: str | None, parts: list[tuple[int, int, int]]) -> None:
    values: list[Any] = [DateTime(*part, zone) for part in parts] or [DateTime(0, 0, 0, zone)]
    column = times_of(values)
    assert column is not None
    assert millis_texts(column) == list(map(millis_text, values))
