"""Parameters become values of their own: equal, of Cypher's types, sharing nothing that can change."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.parameters import parameters_of
from seaglass.engine.values.temporal import Date, Duration, LocalDateTime

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=3)
nested = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
)


@given(nested)
def test_values_are_equal_and_not_shared(value: object) -> None:
    taken = parameters_of({"p": value})["p"]
    assert taken == value
    assert repr(taken) == repr(value)
    assert not containers(taken) & containers(value)


def containers(value: object) -> set[int]:
    """Identities of the lists and maps inside a value, and of itself."""
    if isinstance(value, list):
        return {id(value)}.union(*map(containers, value))
    if isinstance(value, dict):
        return {id(value)}.union(*map(containers, value.values()))
    return set()


def test_other_sequences_and_numpy_become_plain() -> None:
    row = {"a": (1, 2), "b": np.int64(3), "c": np.array([1.5])}
    assert parameters_of({"rows": [row]}) == {"rows": [{"a": [1, 2], "b": 3, "c": [1.5]}]}
    assert type(parameters_of({"n": np.int64(3)})["n"]) is int
    series = {"p": pl.Series([1, None]), "q": pd.Series(["a"]), "a": pa.array([2.5])}
    assert parameters_of(series) == {"p": [1, None], "q": ["a"], "a": [2.5]}


def test_rows_of_pandas_with_dates_that_are_missing() -> None:
    frame = pd.DataFrame({"n": [1, 2], "at": pd.to_datetime(["1970-01-03", None])})
    rows = parameters_of({"rows": frame.to_dict("records")})
    assert rows == {"rows": [{"n": 1, "at": LocalDateTime(2, 0)}, {"n": 2, "at": None}]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {"b": 2**63}}, r"The integer 9223372036854775808 in \$p does not fit"),
        ([{"a": -(2**63) - 1}], "does not fit"),
        ([{"a": 1, 2: 3}], r"A map in \$p has the key 2"),
        ([{"a": {1}}], r"\$p holds a value of type set"),
        (
            pd.DataFrame({"a": [1]}),
            r"\$p holds a value of type DataFrame.* rows of a frame as a list of dicts",
        ),
        ("\ud800", r"A text in \$p holds half of a surrogate pair"),
        (["a", "é", 1, "\ud800"], "half of a surrogate pair"),
        ([{"a": 1}, {"\udc00": 1}], "half of a surrogate pair"),
        ({"\udc00": None}, "half of a surrogate pair"),
    ],
)
def test_what_is_no_value_is_refused(value: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        parameters_of({"p": value})


def test_depth_is_bounded() -> None:
    value: object = 1
    for _ in range(200):
        value = {"a": value}
    with pytest.raises(Invalid, match="nested deeper"):
        parameters_of({"p": value})


def test_dates_and_times_of_python_become_temporal_values() -> None:
    day, length = dt.date(2024, 2, 29), dt.timedelta(hours=25)
    taken = parameters_of({"p": day, "q": [day, Date(0)], "r": [{"a": length}, {"a": 1}]})
    assert taken == {
        "p": Date(19782),
        "q": [Date(19782), Date(0)],
        "r": [{"a": Duration(0, 1, 3600, 0)}, {"a": 1}],
    }
    for value in (np.datetime64("2024-02-29"), np.array(["2024"], "datetime64[ns]")):
        with pytest.raises(Invalid, match="of NumPy"):
            parameters_of({"p": value})
