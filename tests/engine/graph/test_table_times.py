"""Dates and times of Arrow, NumPy and Python in tables that are loaded."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.graph.tables import arrays_of, column_of
from seaglass.engine.values.temporal import DateTime
from seaglass.engine.values.zones import moved_to

DAY = dt.date(2024, 2, 29)
MOMENT = dt.datetime(1969, 12, 31, 23, 59, 59, 500_000)  # noqa: DTZ001


def texts(values: object) -> list[str | None]:
    arrays, _ = arrays_of({"x": values}, "nodes")
    found = column_of("x", arrays["x"]).to_list()
    return [None if value is None else str(value) for value in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([DAY, None]), ["2024-02-29", None]),
        (pa.array([DAY]).cast(pa.date64()), ["2024-02-29"]),
        (pa.array([MOMENT], pa.timestamp("us")), ["1969-12-31T23:59:59.500"]),
        (pa.array([1], pa.timestamp("ns", "Asia/Tokyo")), ["1970-01-01T09:00:00.000000001+09:00[Asia/Tokyo]"]),
        (pa.array([1, None], pa.timestamp("us", "UTC")), ["1970-01-01T00:00:00.000001Z", None]),
        (pa.array([0], pa.timestamp("s", "Etc/UTC")), ["1970-01-01T00:00Z"]),
        (pa.array([0], pa.timestamp("s", "+01:00")), ["1970-01-01T01:00+01:00"]),
        (pa.array([90], pa.time32("s")), ["00:01:30"]),
        (pa.array([5], pa.time64("ns")), ["00:00:00.000000005"]),
        (pa.array([-1], pa.duration("ms")), ["PT-0.001S"]),
        (pa.array([[DAY], None]), ["[<Date 2024-02-29>]", None]),
        (np.array(["2024-02-29"], "datetime64[D]"), ["2024-02-29"]),
        (np.array(["2024-02-29T01:00"], "datetime64[ns]"), ["2024-02-29T01:00"]),
        ([DAY, None, "x", 1], ["2024-02-29", None, "x", "1"]),
        ([MOMENT, dt.timedelta(hours=25)], ["1969-12-31T23:59:59.500", "P1DT1H"]),
    ],
)  # fmt: skip
def test_times(values: object, expected: list[str | None]) -> None:
    assert texts(values) == expected


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid, match="no time zone"):
        texts(pa.array([1], pa.timestamp("s", "Nowhere/Town")))


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
)
def test_clocks_of_a_place_are_changed_when_they_are(zone: str) -> None:
    """Each hour of some days, among them those on which clocks are changed or a day is left out."""
    first = np.array(
        ["2011-03-12", "2011-12-29", "2023-03-25", "1883-11-17", "0005-01-01"], "datetime64[s]"
    )
    seconds = (first.astype(np.int64)[:, None] + np.arange(0, 4 * 86_400, 1_799)).ravel()
    found, _ = arrays_of({"x": pa.array(seconds, pa.timestamp("s", zone))}, "nodes")
    made = [moved_to(DateTime(*day_and_nanos(second), 0), zone) for second in seconds.tolist()]
    assert column_of("x", found["x"]).to_list() == made


def day_and_nanos(second: int) -> tuple[int, int]:
    day, rest = divmod(second, 86_400)
    return day, rest * 10**9
