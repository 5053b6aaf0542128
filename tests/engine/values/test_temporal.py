"""Temporal values: their texts read back, bad texts are refused, zones behave at their changes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.values.amounts import added, duration_of, moved, negated, times
from seaglass.engine.values.calendar import DAY_SECONDS, ERA_DAYS, FIRST_DAY, LAST_DAY, days_of
from seaglass.engine.values.temporal import Date, DateTime, Duration, duration, instant_of
from seaglass.engine.values.temporal_parse import PARSERS, parse_duration
from seaglass.engine.values.temporal_text import millis_text, text_of
from seaglass.engine.values.zones import at_zone, in_zone, offset_at
from tests.engine.values import strategies as vs

HOUR = 3600 * 10**9


def parsed(kind: type, text: str) -> object:
    return parse_duration(text) if kind is Duration else PARSERS[kind](text)


@given(vs.temporals)
def test_text_reads_back_as_the_value(value: object) -> None:
    if isinstance(value, DateTime) and value.zone:
        # Any offset may be stored; text must have one that the zone has.
        value = in_zone(value, value.zone) if -(10**8) < value.days < 10**8 else DateTime(0, 0, 0)
    assert parsed(type(value), text_of(value)) == value  # type: ignore[arg-type]


WRONG = [
    (Date, text)
    for text in (
        "", "x", "2015-13-01", "2015-02-29", "2015-00", "2015-W54", "2015-W00", "2014-W53",
        "2015-366", "2015000", "2015-Q5", "2015-Q1-91", "15-07-21", "2015-07-21T10", "\uff12\uff10\uff11\uff15",
        "+1000000000-01-01", "2015-07-21+19:00", "2015-", "2015-07-", "20150",
    )
] + [
    (DateTime, text)
    for text in (
        "2015-07-21T", "T10", "2015-07-21T24:00", "2015-07-21T10:60", "2015-07-21T1", "Z",
        "2015-07-21T10:00+1", "2015-07-21T10:00+01:60", "2015-07-21T10:00+18:01",
        "2015-07-21T10:00[Nowhere/Town]", "2015-07-21T10:00[]", "2015-07-21T10:00[../../passwd]",
        "2015-07-21T10:00+05:00[Europe/Stockholm]", "2015-07-21T10:00:00.", "2015-07-21 10:00",
        "2015-07-21T10:00:00.1234567890", "2015-07-21T10:00[Europe]", "2015-07-21T10:00ZZ",
    )
] + [
    (Duration, text)
    for text in (
        "", "P", "PT", "P1", "P1S", "PT1Y", "P1DT", "P1M1Y", "P1Y1Y", "P1.Y", "1Y", "PT1S1H",
        "P99999999999999999999Y", "P" + "9" * 5000 + "D", "P2012-02-02T", "PT\u0661S",
    )
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_wrong_text_is_refused(kind: type, text: str) -> None:
    with pytest.raises(Invalid):
        parsed(kind, text)


@given(st.text("0123456789-+:.,TZWQPYMDHS[]/Eu", max_size=30))
def test_any_text_gives_a_value_or_a_clean_error(text: str) -> None:
    for kind in (*PARSERS, Duration):
        try:
            value = parsed(kind, text)
        except Invalid:
            continue
        assert parsed(kind, str(value)) == value


def test_a_clock_that_is_put_forward_skips_and_one_put_back_shows_an_hour_twice() -> None:
    spring, autumn = days_of(2017, 3, 26), days_of(2017, 10, 29)
    skipped = at_zone(spring, 2 * HOUR + HOUR // 2, "Europe/Stockholm")
    assert text_of(skipped) == "2017-03-26T03:30+02:00[Europe/Stockholm]"
    twice = at_zone(autumn, 2 * HOUR, "Europe/Stockholm")
    assert twice.offset == 7200
    second = at_zone(autumn, 2 * HOUR, "Europe/Stockholm", 3600)
    assert instant_of(second)[0] - instant_of(twice)[0] == 3600
    # An hour more on the clock's first showing is its second.
    assert moved(twice, duration(0, 0, 3600, 0)) == second
    # A day more moves the clock, not the point in time.
    day_before = at_zone(autumn - 1, 2 * HOUR, "Europe/Stockholm")
    assert moved(day_before, duration(0, 1, 0, 0)) == twice


@given(st.integers(days_of(2040, 1, 1), days_of(2400, 1, 1)), st.integers(1, 1000))
def test_zones_go_on_past_the_years_of_the_data(day: int, eras: int) -> None:
    seconds = day * DAY_SECONDS
    later = seconds + eras * 2000 * ERA_DAYS * DAY_SECONDS
    assert offset_at("America/New_York", later) == offset_at("America/New_York", seconds)
    assert offset_at("Asia/Tokyo", -later) == offset_at("Asia/Tokyo", -(10**11))


SMALL = st.builds(
    duration,
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.integers(-(10**6), 10**6),
    st.integers(0, 10**9),
)


@given(SMALL, SMALL)
def test_durations_add_and_cancel(one: Duration, two: Duration) -> None:
    nothing = Duration(0, 0, 0, 0)
    assert added(one, negated(one)) == nothing
    assert added(one, two) == added(two, one)
    assert added(added(one, two), negated(two)) == one
    assert times(one, Fraction(3)) == added(one, added(one, one))
    assert duration_of({}) == nothing


def test_neptune_writes_points_in_time_in_utc_with_milliseconds() -> None:
    value = at_zone(days_of(2024, 4, 2), 2 * HOUR - 999_000_001, "Europe/Stockholm")
    assert millis_text(value) == "2024-04-01T23:59:59.000Z"


def test_the_last_moments_that_there_are_have_a_text_in_utc_too() -> None:
    assert millis_text(DateTime(LAST_DAY, 0, -3600)) == "+999999999-12-31T01:00:00.000Z"
    assert millis_text(DateTime(LAST_DAY, 23 * HOUR, -7200)) == "+1000000000-01-01T01:00:00.000Z"
    assert millis_text(DateTime(FIRST_DAY, 0, 7200)) == "-1000000000-12-31T22:00:00.000Z"


@pytest.mark.parametrize("date", ["2021-06-03", "20210603", "2021-154", "2021154", "+2021-06-03"])
@pytest.mark.parametrize(
    ("offset", "seconds"), [("+08:00", 28800), ("+0800", 28800), ("+08", 28800), ("Z", 0)]
)
def test_a_date_may_have_an_offset(date: str, offset: str, seconds: int) -> None:
    assert parsed(Date, date + offset) == Date(days_of(2021, 6, 3), seconds)


def test_a_sign_in_a_date_is_its_own_where_it_can_be() -> None:
    june = days_of(2021, 6, 3)
    for text in (
        "2021-06-03-08:00",
        "2021-06-03-0800",
        "2021-06-03-08",
        "20210603-08:00",
        "2021-154-08:00",
    ):
        assert parsed(Date, text) == Date(june, -28800)
    assert parsed(Date, "-2021-06-03-08") == Date(days_of(-2021, 6, 3), -28800)
    assert parsed(Date, "-2021-06-03") == Date(days_of(-2021, 6, 3))
    assert parsed(Date, "2021-W22-4") == Date(june)
