"""Temporal values held as numbers mean the same as those held as objects.

Method: expressions over many rows of one form, near and far from 1970, with and without nulls, by columns
of numbers and by the mixed path, which goes value by value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions.comparison import comparison
from seaglass.engine.exec.expressions.temporal import columns
from seaglass.engine.exec.run import run
from seaglass.engine.values import column as cols
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from tests.engine.exec.tools import compile_query, context_of

DAYS = (-719_600, -25_567, -1, 0, 58, 59, 60, 789, 19_782, 19_783, 20_088, 49_999)
NANOS = (0, 1, 3_599_999_999_999, 45_296_789_012_345, 86_399_999_999_999)
MOMENTS = [(day, NANOS[(place * 3) % 5]) for place, day in enumerate(DAYS)]
VALUES: dict[str, list[Any]] = {
    "date": [Date(day) for day in DAYS],
    "date with an offset": [Date(day, 3600) for day in DAYS],
    "far": [Date(day * 9_000_000) for day in DAYS],
    "local": [LocalDateTime(*moment) for moment in MOMENTS],
    "far local": [LocalDateTime(day * 9_000_000, nanos) for day, nanos in MOMENTS],
    "utc": [DateTime(*moment, 0) for moment in MOMENTS],
    "offsets": [DateTime(*moment, 3600 * (moment[0] % 2)) for moment in MOMENTS],
    "zone": [DateTime(*moment, 3600, "Europe/Berlin") for moment in MOMENTS],
    "clock": [LocalTime(nanos) for nanos in NANOS],
    "clock with an offset": [Time(nanos, -3600) for nanos in NANOS],
    "length": [Duration(day % 7 - 3, day, day * 5, 17) for day in DAYS],
}
UNITS = ("millennium", "decade", "year", "weekYear", "quarter", "Month", "week", "day", "hour",
         "second", "millisecond")  # fmt: skip
PARTS = ("year", "quarter", "month", "week", "weekYear", "day", "ordinalDay", "weekDay", "dayOfWeek",
         "dayOfQuarter", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond",
         "timezone", "epochMillis", "months", "days", "seconds", "minutesOfHour")  # fmt: skip
LENGTHS = ("between", "inMonths", "inDays", "inSeconds")
BY = (
    "{months: 1}",
    "{years: -1, days: 3}",
    "{hours: 30}",
    "{seconds: -1}",
    "{nanoseconds: -1, months: 13}",
)
BY_ROW = (
    "{days: i}",
    "{months: i, hours: -i}",
    "{years: i % 3 - 1, weeks: i, minutes: i * 7, seconds: 1 - i * i}",
    "{days: i * 10000000}",
    "{seconds: i * 1000000000}",
    "{days: i * 1.5, milliseconds: i}",
)
EXPRESSIONS = [
    *(f"x {sign} duration({by})" for by in BY_ROW for sign in "+-"),
    *(f"duration({by})" for by in BY_ROW),
    *(f"duration({by}) + {moment}" for by in BY_ROW for moment in ("x", "$other")),
    *(f"$other {sign} duration({by})" for by in BY_ROW for sign in "+-"),
    "x + CASE WHEN i > 7 THEN duration({days: i}) END",
    "duration({days: CASE WHEN i > 7 THEN i END})",
    "duration({quarters: i, other: 1})",
    "duration({weeks: CASE i WHEN 3 THEN -9223372036854775808 ELSE i END})",
    *(f"x.{part}" for part in PARTS),
    *(f"{kind}.truncate('{unit}', x)" for unit in UNITS for kind in ("date", "localdatetime", "datetime")),
    *(f"x {sign} duration({by})" for by in BY for sign in "+-"),
    *(f"x {operator} $other" for operator in ("=", "<>", "<", "<=", ">", ">=")),
    *(f"$other {operator} x" for operator in ("=", "<", ">=")),
    *(f"duration.{name}(x, $other)" for name in LENGTHS),
    *(f"duration.{name}($other, x)" for name in LENGTHS),
    "x < y",
    "x = y",
    "duration.between(x, y)",
    "year(x)",
    "coalesce(x, $other)",
    "CASE WHEN x IS NULL THEN 1 ELSE x END",
    "toString(x)",
]  # fmt: skip
CLAUSES = [
    "RETURN x ORDER BY x DESC",
    "RETURN x ORDER BY x LIMIT 3",
    "RETURN x, count(*)",
    "RETURN DISTINCT x",
    "RETURN min(x), max(x), count(DISTINCT x), collect(x)",
    "WITH x, y WHERE y IN [$other, 1] RETURN count(x)",
]


def answer(text: str, options: Options, values: list[Any]) -> object:
    pairs = zip(values, values[::-1], strict=True)
    rows = [{"x": value, "y": other, "i": i} for i, (value, other) in enumerate(pairs)]
    query = compile_query(f"UNWIND $rows AS r WITH r.x AS x, r.y AS y, r.i AS i {text}")
    context = context_of(parameters={"rows": rows, "other": values[4]}, options=options)
    try:
        frames = list(run(query, context))
    except Invalid as error:
        return error.kind, str(error)
    return [repr(frame.columns[name].to_list()) for frame in frames for name in query.columns]


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_numbers_mean_what_objects_mean(name: str, nulls: bool) -> None:
    values = 5 * VALUES[name]
    if nulls:
        values[1] = values[-3] = None
    for text in [*(f"RETURN {expression} AS found" for expression in EXPRESSIONS), *CLAUSES]:
        mixed = answer(text, Options(force_mixed=True), values)
        assert answer(text, Options(), values) == mixed, text


@pytest.mark.parametrize("name", ["utc", "offsets", "zone"])
def test_datetimes_of_other_offsets_and_zones_are_compared_by_numbers(name: str) -> None:
    """By the moment, then by the offset, then by the zone's name."""
    times = cols.from_values([*VALUES[name], None])
    for other in (
        None,
        Date(1),
        VALUES[name][5],
        *(
            DateTime(day, nanos, 3600 * offset, zone)
            for day, nanos in (MOMENTS[5], (MOMENTS[5][0] + 1, 0))
            for offset in (-1, 0, 1, 24)
            for zone in (None, "Europe/Berlin", "Africa/Lagos", "UTC")
        ),
    ):
        for operator in (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE):
            for one, two in ((times, cols.one(other)), (cols.one(other), times)):
                by_values = comparison(
                    operator, cols.mixed(one.to_list()), cols.mixed(two.to_list())
                )
                assert comparison(operator, one, two).to_list() == by_values.to_list()
                if isinstance(other, DateTime):
                    assert columns.compared(operator, one, two) is not None


def test_near_days_are_answered_by_numbers() -> None:
    """What the comparison above is worth: it compares two ways."""
    for name in ("date", "local", "utc"):
        times = cols.from_values(VALUES[name][1:])
        assert isinstance(times, Times)
        one, length = cols.one(VALUES[name][3]), cols.one(Duration(1, 1, 1, 1))
        assert columns.part_of(times, "month") is not None
        assert columns.truncated(Date, "month", times) is not None
        assert columns.compared(Op.LT, times, one) is not None
        assert columns.moved(Op.ADD, times, length) is not None
        each = columns.durations(Maps(("days",), (cols.ints(np.arange(len(times))),), None))
        assert each is not None
        assert columns.moved(Op.SUBTRACT, times, each) is not None
        assert columns.moved(Op.ADD, each, one) is not None
        assert columns.lengths("duration.between", one, times) is not None
        assert times.codes() is not None


@pytest.mark.parametrize("name", VALUES)
def test_columns_of_numbers_are_columns(name: str) -> None:
    values = [*VALUES[name], None, VALUES[name][0]]
    packed, plain = cols.from_values(values), cols.mixed(values)
    rows = np.array([3, 3, 0, len(values) - 2])
    assert isinstance(packed, Times)
    assert (
        packed.to_list() == list(packed.data) == values == [*map(packed.value, range(len(values)))]
    )
    assert packed.take(rows).to_list() == plain.take(rows).to_list()
    assert packed.slice(1, 4).valid is None
    assert packed.take_or_null(rows - 1).to_list() == plain.take_or_null(rows - 1).to_list()
    one, other = packed.slice(0, 2), cols.one("x")
    assert isinstance(cols.concat([cols.nulls(2), packed, cols.one(values[0])]), Times)
    for parts in (
        [packed, one],
        [cols.nulls(2), packed],
        [one, other],
        [packed, cols.one(values[0])],
    ):
        expected = [value for part in parts for value in part.to_list()]
        assert cols.concat(parts).to_list() == expected
    known = (np.arange(len(values)) % 2 == 0) & ~plain.is_null()
    assert cols.masked(packed, known).to_list() == cols.masked(plain, known).to_list()


def test_what_has_no_form_stays_objects() -> None:
    mixtures: list[list[Any]] = [
        [Date(1), LocalTime(1)],
        [Date(1), Date(1, 0)],
        [DateTime(1, 1, 0), DateTime(1, 1, 0, "Europe/Berlin")],
        [Date(1), 1],
    ]
    for values in mixtures:
        assert not isinstance(cols.from_values(values), Times)
        assert cols.from_values(values).to_list() == values
