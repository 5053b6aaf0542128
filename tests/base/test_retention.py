"""Which snapshots are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.base.retention import Retention, kept, parse_interval_ms, parse_retention

# A Monday, at midnight.
START = datetime(2026, 11, 2, tzinfo=UTC)
NOW = int(datetime(2027, 11, 2, tzinfo=UTC).timestamp() * 1000)


def taken(*hours: float) -> list[tuple[str, int]]:
    return [
        (f"{hour:g}", int((START + timedelta(hours=hour)).timestamp() * 1000)) for hour in hours
    ]


@pytest.mark.parametrize(
    ("retention", "expected"),
    [
        ("last=2", {"175", "168"}),
        ("hourly=2", {"175", "168"}),
        ("daily=3", {"175", "167.5", "47.5"}),
        ("weekly=2", {"175", "167.5"}),
        ("weekly=9 daily=1", {"175", "167.5"}),
        ("last=1,daily=2", {"175", "167.5"}),
        ("hourly=4", {"175", "168", "167.5", "47.5"}),
    ],
)
def test_the_newest_of_each_period_is_kept(retention: str, expected: set[str]) -> None:
    # Two in one hour (0.2, 0.7), two days later (47.5), Sunday night (167.5), the next Monday.
    times = taken(0.2, 0.7, 47.5, 167.5, 168, 175)
    assert kept(times, parse_retention(retention), NOW) == expected


def test_what_a_clock_that_was_ahead_has_dated_displaces_nothing() -> None:
    times = taken(1, 2, 3, 9_000, 9_001)
    ((_, now),) = taken(4)
    assert kept(times, parse_retention("last=2"), now) == {"2", "3", "9000", "9001"}
    assert kept(times, parse_retention("daily=1"), now) == {"3", "9000", "9001"}
    assert kept(times, parse_retention("last=2"), NOW * 2) == {"9000", "9001"}


@given(
    st.lists(st.integers(0, 3_000), max_size=60, unique=True),
    st.builds(Retention, *[st.integers(0, 5)] * 4),
)
def test_the_newest_stays_and_more_is_kept_by_more(hours: list[int], retention: Retention) -> None:
    times = taken(*(hour / 4 for hour in hours))
    keep = kept(times, retention, NOW)
    assert keep <= {one for one, _ in times}
    assert len(keep) <= retention.last + retention.hourly + retention.daily + retention.weekly
    if times and retention != Retention():
        assert max(times, key=lambda one: one[1])[0] in keep
    more = Retention(retention.last + 1, retention.hourly, retention.daily + 1, retention.weekly)
    assert keep <= kept(times, more, NOW)
    # What is kept now is kept again when nothing was added: a schedule may look as often as it likes.
    assert kept([one for one in times if one[0] in keep], retention, NOW) == keep


@pytest.mark.parametrize(
    "text", ["", "last", "last=", "last=0", "yearly=1", "last=1,last=2", "last=99999", "last=-1"]
)
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="does not say what to keep"):
        parse_retention(text)


def test_a_retention_is_written_as_it_is_read() -> None:
    assert str(parse_retention("weekly=4, last=3")) == "last=3,weekly=4"


def test_intervals() -> None:
    minute = 60_000
    texts = {"1m": minute, "90m": 90 * minute, "2h": 120 * minute, "1d": 1440 * minute}
    assert {text: parse_interval_ms(text) for text in texts} == texts
    for text in ("", "1", "m", "0m", "1s", "1.5h", "-1h", "100000m"):
        with pytest.raises(Invalid, match="no interval"):
            parse_interval_ms(text)
