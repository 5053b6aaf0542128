"""Every function that a query may name has a body, and every body a name."""

from __future__ import annotations

import pytest

from seaglass.base.errors import SeaglassError
from seaglass.engine.cypher.semantics import functions as named
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions.evaluate import LAZY
from seaglass.engine.exec.expressions.functions import COLUMN_FUNCTIONS, TYPED, VALUE_FUNCTIONS
from seaglass.engine.exec.operators.aggregates import AGGREGATES
from tests.engine.exec.tools import WorkingView, ran, text_view

_ONE = {"a": 1, "b": 1}


def test_names_and_bodies_are_the_same() -> None:
    bodies = [*COLUMN_FUNCTIONS, *LAZY, *VALUE_FUNCTIONS]
    assert sorted(signature.name for signature in named.SIGNATURES) == sorted(bodies)
    assert sorted(signature.name for signature in named.AGGREGATES) == sorted(AGGREGATES)
    assert {name for name, _ in TYPED} <= VALUE_FUNCTIONS.keys()


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
        ("collSort([3, null, 1, 2])", [1, 2, 3, None]),
        ("collSort([3, null, 1, 2], {order: 'DESC'})", [None, 3, 2, 1]),
        ("[m IN collSortMaps([{a: 2}, {b: 1}, {a: 1}], {key: 'a'}) | m.a]", [1, 2, None]),
        ("collSortMulti([{a: 1, b: 2}, {a: 1, b: 1}], [{key: 'a'}, {key: 'b'}], 1)", [_ONE]),
        ("collSortMulti([{a: 2}, {a: 1, b: 1}], [{key: 'a', order: 'desc'}], -1, 1)", [_ONE]),
        ("[isEmpty([]), isEmpty('a'), isEmpty({}), isEmpty(null)]", [True, False, True, None]),
        ("[isNaN(0.0 / 0), isNaN(1), nullIf(1, 1.0), nullIf(1, 2)]", [True, False, None, 1]),
        ("[nullIf(null, 1), nullIf(1, null), nullIf([1], [1])]", [None, 1, None]),
        ("[ceiling(1.2), char_length('äb'), character_length('')]", [2.0, 2, 0]),
        ("haversin(pi())", 1.0),
        ("[toIntegerOrNull([1]), toFloatOrNull('1.5'), toStringOrNull({})]", [None, 1.5, None]),
        ("toIntegerList(['1', 2.9, [1], null])", [1, 2, None, None]),
        ("[toInteger($nines), toInteger('-' + $nines)]", [2**63 - 1, -(2**63)]),
        ("[toInteger('-' + $zeros + '7'), toInteger($zeros)]", [-7, 0]),
        ("[round(0.49999999999999994), round(-2.5), round(2.5)]", [0.0, -2.0, 3.0]),
        ("[round(2.675, 2), round(1.249, 1), round(-1.55, 1)]", [2.68, 1.2, -1.6]),
        ("[round(-1.5, 0), round(5, 2), round(1.5, null)]", [-1.0, 5.0, None]),
        ("[round(1e300, 2), round(1e-300, 299), round(5e-324, 400)]", [1e300, 0.0, 5e-324]),
        ("[round(0.0 / 0, 2), round(1.0 / 0, 2)]", [float("nan"), float("inf")]),
        ("[x IN range(0, 99) | round(x + 0.255, 2)][98..]", [98.26, 99.26]),
        ("toBooleanList(['true', 0, 'x'])", [True, False, None]),
        ("toStringList([1, 1.5, true])", ["1", "1.5", "true"]),
    ],
)
def test_functions_of_neptune_and_mathematics(text: str, expected: object) -> None:
    ((found,),) = ran(f"RETURN {text} AS x", nines="9" * 5000, zeros="0" * 5000).rows
    assert repr(found) == repr(expected)


def test_deviations() -> None:
    text = "UNWIND [2, 4, 4, 4, 5, 5, 7, 9] AS x RETURN stDevP(x), stDev(x), stDev(null)"
    ((population, sample, none),) = ran(text).rows
    assert population == 2.0
    assert abs(sample - 2.138089935299395) < 1e-12
    assert none == 0.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1e200, -1e200], 1e200),
        ([1e308, 1e308, 1e308], 0.0),
        ([1.7e308, -1.7e308], 1.7e308),
        ([float("inf"), float("-inf")], float("nan")),
        ([1e200, float("nan")], float("nan")),
        ([float("inf"), 1.0], float("nan")),
    ],
)
def test_deviations_of_numbers_whose_squares_are_no_floats(
    values: list[float], expected: float
) -> None:
    ((found,),) = ran("UNWIND $values AS x RETURN stDevP(x)", values=values).rows
    assert repr(found) == repr(expected)


def test_nodes_are_sorted_by_a_property() -> None:
    graph = "UNWIND [3, 1, 2] AS i CREATE (:P {i: i})"
    text = (
        "MATCH (n) WITH collect(n) AS ns"
        " RETURN [n IN collSortNodes(ns, {key: 'i', order: 'desc'}) | n.i] AS found"
    )
    assert ran(text, text_view(graph)).rows == [([3, 2, 1],)]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("collSort([1], {order: 'up'})", "The order of collSort() is 'asc' or 'desc'"),
        ("collSortMaps([1], {key: 'a'})", "collSortMaps() expected a list of maps"),
        ("collSortMaps([{a: 1}], {})", "The key of collSortMaps() expected a string"),
        ("toIntegerList(1)", "toIntegerList() needs a list"),
    ],
)
def test_wrong_arguments(call: str, sentence: str) -> None:
    with pytest.raises(SeaglassError) as caught:
        ran(f"RETURN {call} AS x")
    assert caught.value.message.startswith(sentence)


@pytest.mark.parametrize("options", [Options(), Options(force_mixed=True), Options(frame_rows=1)])
def test_percentiles(options: Options) -> None:
    text = (
        "UNWIND [3, null, 1, 4, 2] AS x RETURN percentileCont(x, 0.4) AS cont,"
        " percentileDisc(x, 0.5) AS disc, percentileDisc(x, 1) AS last, percentileCont(x, 0) AS first"
    )
    assert ran(text, options=options).rows == [(2.2, 2, 4, 1.0)]
    grouped = "UNWIND [1, 2, 3, 4] AS x RETURN x % 2 AS k, percentileDisc(x, 0.5) ORDER BY k"
    assert ran(grouped, options=options).rows == [(0, 2), (1, 1)]
    assert ran("UNWIND [] AS x RETURN percentileDisc(x, 2) AS a", options=options).rows == [(None,)]
    for wrong in ("percentileDisc(1, 1.1)", "percentileCont(1, null)", "percentileCont('a', 0)"):
        with pytest.raises(SeaglassError):
            ran(f"RETURN {wrong} AS x", options=options)


def test_value_type_names_types_as_gql_does() -> None:
    values = "[1, 'a', 1.5, null, [], [null], [1, 'a'], [1, null], [[1]], {a: 1}, date(), time()]"
    assert ran(f"UNWIND {values} AS v RETURN valueType(v)").rows == [
        ("INTEGER NOT NULL",),
        ("STRING NOT NULL",),
        ("FLOAT NOT NULL",),
        ("NULL",),
        ("LIST<NOTHING> NOT NULL",),
        ("LIST<NULL> NOT NULL",),
        ("LIST<STRING NOT NULL | INTEGER NOT NULL> NOT NULL",),
        ("LIST<INTEGER> NOT NULL",),
        ("LIST<LIST<INTEGER NOT NULL> NOT NULL> NOT NULL",),
        ("MAP NOT NULL",),
        ("DATE NOT NULL",),
        ("ZONED TIME NOT NULL",),
    ]
    view = WorkingView()
    text = "CREATE p = (a)-[r:R]->() RETURN valueType(a), valueType(r), valueType(p)"
    assert ran(text, view).rows == [
        ("NODE NOT NULL", "RELATIONSHIP NOT NULL", "PATH NOT NULL"),
    ]


@pytest.mark.parametrize("rows", [1, 40])
def test_integers_as_texts_of_few_and_of_many_rows(rows: int) -> None:
    numbers = [[0, -7, 2**63 - 1, -(2**63), None][row % 5] for row in range(rows)]
    found = ran("UNWIND $numbers AS x RETURN toString(x) AS t", numbers=numbers).rows
    assert found == [(None if number is None else str(number),) for number in numbers]


@pytest.mark.parametrize("options", [Options(), Options(force_mixed=True), Options(frame_rows=1)])
def test_coalesce_asks_only_where_nothing_is_found_yet(options: Options) -> None:
    text = "UNWIND [[5, 0], [null, 2], [null, null], [0.5, 0]] AS p RETURN coalesce(p[0], 4 / p[1], 'no')"
    assert ran(text, options=options).rows == [(5,), (2,), ("no",), (0.5,)]
    assert ran("RETURN coalesce(1, 1 / 0), coalesce(null, null)", options=options).rows == [
        (1, None)
    ]
    drawn = "UNWIND range(1, 9) AS i WITH coalesce(null, rand()) AS r RETURN count(DISTINCT r)"
    assert ran(drawn, options=options).rows == [(9,)]
