"""Values of Python's `datetime` become temporal values and come back as they were."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.values.temporal import Date, DateTime, Duration, LocalTime, Time
from seaglass.engine.values.temporal_native import from_native, to_native

OFFSETS = st.integers(-64_800, 64_800).map(lambda s: dt.timezone(dt.timedelta(seconds=s)))
# Moments rather than clock times, so that none falls where a clock skips.
MOMENTS = st.integers(-(6 * 10**10), 25 * 10**10).map(
    lambda seconds: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)
NATIVE = (
    st.dates()
    | st.times()
    | st.times(timezones=OFFSETS)
    | st.datetimes()
    | st.datetimes(timezones=OFFSETS)
    | MOMENTS.map(lambda moment: moment.astimezone(ZoneInfo("America/New_York")))
    | st.timedeltas()
)


@given(NATIVE)
def test_values_come_back(value: dt.date | dt.time | dt.datetime | dt.timedelta) -> None:
    ours = from_native(value)
    back = ours.to_native()
    assert type(back) is type(value)
    assert back == value
    # Equality of aware datetimes asks for the point in time alone.
    if isinstance(value, dt.datetime | dt.time):
        assert back.utcoffset() == value.utcoffset()
    if isinstance(value, dt.datetime):
        assert back.replace(tzinfo=None, fold=0) == value.replace(tzinfo=None, fold=0)


def test_examples() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    moment = from_native(dt.datetime(2017, 10, 29, 2, 30, tzinfo=zone, fold=1))
    assert str(moment) == "2017-10-29T02:30+01:00[Europe/Stockholm]"
    skipped = from_native(dt.datetime(2017, 3, 26, 2, 30, tzinfo=zone))
    assert str(skipped) == "2017-03-26T03:30+02:00[Europe/Stockholm]"
    # UTC by name is what a query writes with a Z.
    assert str(from_native(dt.datetime(2017, 3, 26, tzinfo=ZoneInfo("UTC")))) == "2017-03-26T00:00Z"
    assert str(from_native(dt.timedelta(days=-1, seconds=1))) == "P-1DT1S"
    assert to_native(Time(1, 3600)) == dt.time(0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert to_native(LocalTime(1_999)) == dt.time(0, 0, 0, 1)


@pytest.mark.parametrize(
    "value",
    [Date(10**8), DateTime(-(10**8), 0, 0), Duration(1, 0, 0, 0), Duration(0, 10**10, 0, 0)],
)
def test_what_python_lacks_is_refused(value: Date | DateTime | Duration) -> None:
    with pytest.raises(Invalid):
        to_native(value)
    with pytest.raises(Invalid):
        from_native(dt.time(0, tzinfo=dt.timezone(dt.timedelta(microseconds=1))))
