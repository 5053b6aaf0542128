"""Every function that a query may name has a body, and every body a name."""

from __future__ import annotations

import pytest

from seaglass.engine.cypher.semantics import functions as named
from seaglass.engine.exec.expressions.functions import COLUMN_FUNCTIONS, TYPED, VALUE_FUNCTIONS
from seaglass.engine.exec.operators.aggregates import AGGREGATES
from tests.engine.exec.tools import ran


def test_names_and_bodies_are_the_same() -> None:
    bodies = [*COLUMN_FUNCTIONS, *VALUE_FUNCTIONS]
    assert sorted(signature.name for signature in named.SIGNATURES) == sorted(bodies)
    assert sorted(signature.name for signature in named.AGGREGATES) == sorted(AGGREGATES)
    assert TYPED.keys() <= VALUE_FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pi()", 3.141592653589793),
        ("e()", 2.718281828459045),
        ("acos(1)", 0.0),
        ("asin(2)", float("nan")),
        ("atan2(0, 1)", 0.0),
        ("cot(0)", float("inf")),
        ("degrees(pi())", 180.0),
        ("exp(1000)", float("inf")),
        ("log10(1000)", 3.0),
        ("join(['abc', 'def', 'ghi'], ', ')", "abc, def, ghi"),
        ("textIndexOf('Amazon Neptune', 'e')", 8),
        ("textIndexOf('Amazon Neptune', 'n', 6, -1)", 12),
        ("textIndexOf('Amazon Neptune', 'x')", -1),
        ("collToSet([1, 6, 5, 1, 1, 5])", [1, 6, 5]),
        ("collSubtract([2, 5, 1, 0], [1, 5])", [0, 2]),
        ("collIntersection([2, 5, 1, 0], [1, 5])", [1, 5]),
        ("removeKeyFromMap({a: 1, b: 2}, 'a')", {"b": 2}),
    ],
)
def test_functions_of_neptune_and_mathematics(text: str, expected: object) -> None:
    ((found,),) = ran(f"RETURN {text} AS x").rows
    assert repr(found) == repr(expected)


def test_deviations() -> None:
    text = "UNWIND [2, 4, 4, 4, 5, 5, 7, 9] AS x RETURN stDevP(x), stDev(x), stDev(null)"
    ((population, sample, none),) = ran(text).rows
    assert population == 2.0
    assert abs(sample - 2.138089935299395) < 1e-12
    assert none == 0.0
