"""Aggregation in parts gives what aggregation of all rows at once gives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran

ROWS = [
    {"k": k, "v": v}
    for k, v in [
        (1, 5), (2, None), (1.0, 7), (None, 3), ("a", 1.5), (1, 5), (2, 9), (None, 3), ("a", 2),
        (3, None), ("a", 1.5), (1, -4), ([1], 0), ([1.0], 8), (2, 9), (3, None), (None, -1), (1, 7),
    ]
]  # fmt: skip
CALLS = [
    "count(*), count(row.v), sum(row.v), avg(row.v), min(row.v), max(row.v), collect(row.v)",
    "count(DISTINCT row.v), sum(DISTINCT row.v), collect(DISTINCT row.v)",
    "count(*), sum(DISTINCT row.v), max(row.v)",
    "stDev(row.v), stDevP(row.v)",
    "percentileDisc(row.v, 0.5), percentileCont(row.v, 0.3)",
]


@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("keys", ["", "row.k, "])
@pytest.mark.parametrize("most", [1, 4, 7])
def test_parts(calls: str, keys: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"UNWIND $rows AS row RETURN {keys}{calls}"
    whole = ran(text, rows=ROWS).rows
    monkeypatch.setattr(limits, "AGGREGATE_ROWS", most)
    for options in (Options(frame_rows=3), Options(frame_rows=2, force_mixed=True)):
        assert repr(ran(text, options=options, rows=ROWS).rows) == repr(whole)


NUMBERS = st.sampled_from(
    [0, 1, 2, -1, 2**53, 2**62, -(2**62), 2**63 - 1, -(2**63), 0.5, 0.1, -0.0, 1e300, None]
)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), NUMBERS), max_size=8),
    st.sampled_from(["sum", "avg", "min", "max", "count", "stDev"]),
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.booleans()),
)
@example([(1, 2**62), (1, 2**62), (1, -(2**62))], "sum", (2, 1, False))
@example([(1, 2**53), (1, 0.5), (1, 1), (1, 0.5)], "avg", (2, 1, False))
def test_numbers_in_parts_are_added_as_the_rows_come(
    rows: list[tuple[int, Any]], name: str, how: tuple[int, int, bool]
) -> None:
    """Where parts end changes no digit, and no sum of a part needs to fit in 64 bits."""
    most, frame_rows, mixed = how
    parts = Options(frame_rows=frame_rows, force_mixed=mixed)
    given_rows = [{"k": k, "v": v} for k, v in rows]
    for keys in ("", "row.k, "):
        text = f"UNWIND $rows AS row RETURN {keys}{name}(row.v) AS x"
        told = []
        for rows_at_once, options in ((limits.AGGREGATE_ROWS, Options()), (most, parts)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(limits, "AGGREGATE_ROWS", rows_at_once)
                try:
                    told.append(repr(ran(text, options=options, rows=given_rows).rows))
                except Invalid as error:
                    told.append(error.message)
        assert told[0] == told[1]


def test_the_sum_of_all_must_fit() -> None:
    whole = "UNWIND [9223372036854775807, 1, -1] AS n RETURN sum(n)"
    assert ran(whole).rows == [(2**63 - 1,)]
    with pytest.raises(Invalid, match=r"^The result of sum\(\) overflows 64 bits \(line 1"):
        ran(whole.replace(", -1", ""))


def test_deviations_make_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seaglass.engine.exec.expressions.growing.LIST_ITEMS_MAX", 1_000)
    text = "UNWIND range(1, 5000) AS i WITH {value} AS x RETURN stDev(x), stDevP(x)"
    for value in ("i", "toFloat(i)", "CASE WHEN i = 7 THEN 7.0 ELSE i END"):
        ((sample, population),) = ran(text.replace("{value}", value)).rows
        assert math.isclose(sample, math.sqrt(5000 * 5001 / 12), rel_tol=1e-14)
        assert math.isclose(population, math.sqrt((5000**2 - 1) / 12), rel_tol=1e-14)


def test_groups_by_hand() -> None:
    text = "UNWIND $rows AS row RETURN row.k, count(*), sum(row.v), collect(row.v)"
    assert ran(text, rows=ROWS).rows == [
        (1, 5, 20, [5, 7, 5, -4, 7]),
        (2, 3, 18, [9, 9]),
        (None, 3, 5, [3, 3, -1]),
        ("a", 3, 5.0, [1.5, 2, 1.5]),
        (3, 2, 0, []),
        ([1], 2, 8, [0, 8]),
    ]


@pytest.mark.parametrize("options", [Options(), Options(force_mixed=True), Options(frame_rows=1)])
def test_sums_of_durations(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AGGREGATE_ROWS", 2)
    text = (
        "UNWIND [[1, null], [2, 'P1M'], [1, 'P1D'], [2, '-P3M'], [1, 'PT3H'], [3, null]] AS row"
        " WITH row[0] AS k, duration(row[1]) AS d"
        " RETURN k, toString(sum(d)), toString(avg(d)), toString(sum(-d)) ORDER BY k"
    )
    assert ran(text, options=options).rows == [
        (1, "P1DT3H", "PT13H30M", "P-1DT-3H"),
        (2, "P-2M", "P-1M", "P2M"),
        (3, "0", None, "0"),
    ]
    for values in ("0, duration('P1D')", "duration('P1D'), 1.5", "null, 0, null, duration('P1D')"):
        with pytest.raises(Invalid, match=r"^sum\(\) expected"):
            ran(f"UNWIND [{values}] AS d RETURN sum(d)", options=options)


@pytest.mark.parametrize("count", [0, 1, 5, 9_000])
@pytest.mark.parametrize(
    "value", ["i % 7", "CASE WHEN i % 3 = 0 THEN null ELSE i % 7 END", "''+i%7"]
)
def test_distinct_values_are_counted_without_their_rows(count: int, value: str) -> None:
    text = f"UNWIND range(1, {count}) AS i RETURN count(DISTINCT {value}) AS n"
    numbers = [i % 7 for i in range(1, count + 1) if "null" not in value or i % 3]
    assert ran(text).rows == [(len(set(numbers)),)]
