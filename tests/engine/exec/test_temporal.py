"""Temporal functions where the TCK is silent: null, errors and their places, Neptune, the clock."""

from __future__ import annotations

import json

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.values.temporal import Date, Duration
from tests.engine.exec.tools import ran


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Differences of types, and of durations, are unknown.
        ("date('2020-01-01') < localdatetime('2021')", None),
        ("duration('P1D') < duration('P2D')", None),
        ("date('2020-01-01') = localdatetime('2020-01-01')", False),
        ("datetime('2020-01-01T01:00+01:00') = datetime('2020-01-01T00:00Z')", False),
        ("date('2020-01-31') + duration('P1M')", "2020-02-29"),
        ("duration('P1M') + date('2020-01-31')", "2020-02-29"),
        ("2 * duration('PT1.5S')", "PT3S"),
        ("duration({seconds: 0.1}) * 3", "PT0.3S"),
        ("(date('2020-03-01') - duration({days: 1})).day", 29),
        ("(duration({hours: 1}) * 2).minutes", 120),
        ("date('2020-01-01') + null", None),
        ("date.truncate('month', null)", None),
        ("date.truncate('WEEKYEAR', date('2021-01-01'))", "2019-12-30"),
        ("datetime({epochMillis: 1, timezone: '+01:00'})", "1970-01-01T01:00:00.001+01:00"),
        ("datetime({date: date('2000-01-31'), month: 2})", "2000-02-29T00:00Z"),
        ("time({hour: 1, timezone: 'Asia/Tokyo'})", "01:00+09:00"),
        ("duration.inDays(date('2020-01-01'), date('2021-01-01')).days", 366),
        # Neptune's functions.
        ("day(datetime('2021-06-03T00:00:00+08:00'))", 2),
        ("day(date('2021-06-03+08:00'))", 3),
        ("date('2021-06-03Z')", "2021-06-03Z"),
        ("year(datetime('2021'))", 2021),
        ("EPOCHMILLIS(datetime('1970-01-01T00:00:01.5'))", 1500),
        ("datetime('19991231')", "1999-12-31T00:00Z"),
    ],
)
@pytest.mark.parametrize("force_mixed", [False, True])
def test_values(expression: str, expected: object, force_mixed: bool) -> None:
    ((value,),) = ran(f"RETURN {expression} AS x", options=Options(force_mixed=force_mixed)).rows
    plain = (bool, int, float, type(None))
    assert (value if type(value) in plain else str(value)) == expected


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("date('2015-02-30')", "names a day that does not exist (line 1, column 8"),
        ("date('soon')", "'soon' does not read as a date"),
        ("date(1)", "date() needs a text, a map or a temporal value, but got an integer"),
        ("date({})", "A date needs the field year"),
        ("date({year: 2000, day: 1})", "The field day needs the field month"),
        ("date({year: 2000, week: 1, month: 1})", "name a day in two ways"),
        ("date({year: 2000, month: 2, day: 30})", "The field day is from 1 to 29 here"),
        ("date({year: 2000, hour: 1})", "date() knows no field hour"),
        ("date({year: null})", "The field year is null"),
        ("localtime({minute: 1})", "The field minute needs the field hour"),
        ("localtime(date('2000-01-01'))", "localtime() cannot be made of a date: it has no time"),
        ("datetime({year: 2000, timezone: 'Nowhere'})", "There is no time zone 'Nowhere'"),
        ("duration({})", "at least one unit"),
        ("duration({days: 'x'})", "days needs a finite number, but got a string"),
        ("duration({years: 9223372036854775807})", "does not fit in 64 bits"),
        ("duration('P1D') / 0", "division by zero"),
        ("duration('P1D') * (0.0 / 0.0)", "needs a finite number"),
        ("date('+999999999-12-31') + duration('P1D')", "outside the years"),
        ("date('2000-01-01') + 1", "+ cannot be applied to a date and an integer"),
        ("date('2000-01-01') - date('1999-01-01')", "- cannot be applied to a date and a date"),
        ("date('2000-01-01').hour", "The part hour does not exist of a date"),
        ("date.truncate('hour', date('2000-01-01'))", "A date has no hour"),
        ("date.truncate('fortnight', date('2000-01-01'))", "not 'fortnight'"),
        ("duration.between(1, date('2000-01-01'))", "expected a temporal instant"),
        ("epochMillis(1)", "expected a datetime"),
    ],
)
def test_errors_say_what_and_where(expression: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        ran(f"RETURN {expression} AS x")
    assert part in caught.value.message
    assert "(line 1, column" in caught.value.message
    assert ".." not in caught.value.message


@pytest.mark.parametrize("frame_rows", [1, 100])
def test_a_query_has_one_time(frame_rows: int) -> None:
    query = """
        UNWIND range(1, 5) AS i
        WITH i, datetime() AS a, datetime.statement() AS b, timestamp() AS t
        RETURN DISTINCT a = b, a.epochMillis = t, toString(date.transaction('Asia/Tokyo')) AS day
    """
    # The clock of the tests stands at 1,700,000,000 seconds: 22:13:20 in UTC.
    assert ran(query, options=Options(frame_rows=frame_rows)).rows == [(True, True, "2023-11-15")]


def test_json_has_the_forms_of_neptune() -> None:
    query = """
        RETURN datetime('2024-04-02T01:59:59.0009+02:00') AS a, [date('2024-01-01')] AS b,
               localtime('10:00') AS c, duration('P1Y') AS d
    """
    assert json.loads(ran(query).json) == {
        "results": [
            {"a": "2024-04-01T23:59:59.000Z", "b": ["2024-01-01"], "c": "10:00", "d": "P1Y"}
        ]
    }


def test_values_group_sort_and_are_stored() -> None:
    ran_once = ran(
        """
        UNWIND [date('2020-02-01'), null, date('2020-01-01'), date('2020-02-01')] AS d
        CREATE (n {day: d, all: [d, duration('PT1S')][1..2]})
        WITH n.day AS day, n.all AS all ORDER BY day DESC
        RETURN collect(DISTINCT day) AS days, min(day) AS low, max(day) AS high,
               head(collect(all)) AS all
        """
    )
    january, february = Date(18262), Date(18293)
    assert [list(row) for row in ran_once.rows] == [
        [[february, january], january, february, [Duration(0, 0, 1, 0)]]
    ]
