"""What operations and functions give for single values, the same on both paths."""

from __future__ import annotations

import math

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.types import Node
from tests.engine.exec.tools import AT, binary, call, context_of, lit, ran, value_of, var

MAX = 2**63 - 1


def listed(*items: object) -> ex.ListLiteral:
    return ex.ListLiteral(
        tuple(item if isinstance(item, ex.ListLiteral) else lit(item) for item in items), AT
    )


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        (7, "/", 2, 3),
        (-7, "/", 2, -3),
        (7, "/", -2, -3),
        (-7, "%", 3, -1),
        (7, "%", -3, 1),
        (7.0, "/", 2, 3.5),
        (-7.5, "%", 2, -1.5),
        (1, "/", 0.0, math.inf),
        (-1.0, "/", 0, -math.inf),
        (2, "^", 3, 8.0),
        (4, "^", 0.5, 2.0),
        (1, "+", 2, 3),
        (1, "+", 2.0, 3.0),
        ("a", "+", "b", "ab"),
        ("a", "+", 1, "a1"),
        (1.5, "+", "a", "1.5a"),
        (None, "+", 1, None),
        (1, "*", None, None),
        (1, "=", 1.0, True),
        (1, "=", "1", False),
        (1, "<", "1", None),
        (None, "=", None, None),
        (None, "<>", 1, None),
        (math.nan, "=", math.nan, False),
        (math.nan, "<>", math.nan, True),
        (math.nan, "<", 1, False),
        (True, ">", False, True),
        ("a", "<", "b", True),
        ("abc", "STARTS WITH", "ab", True),
        ("abc", "ENDS WITH", "bc", True),
        ("abc", "CONTAINS", "d", False),
        ("abc", "CONTAINS", "", True),
        ("abc", "CONTAINS", None, None),
        (1, "CONTAINS", "1", None),
        (True, "AND", None, None),
        (False, "AND", None, False),
        (None, "OR", True, True),
        (None, "OR", False, None),
        (None, "XOR", True, None),
        (True, "XOR", False, True),
    ],
)
def test_operators(left: object, operator: str, right: object, result: object) -> None:
    found = value_of(binary(operator, lit(left), lit(right)))
    assert (type(found), found) == (type(result), result)


@pytest.mark.parametrize(
    ("left", "operator", "right", "words"),
    [
        (MAX, "+", 1, "overflows 64 bits"),
        (-MAX, "-", 2, "overflows 64 bits"),
        (MAX, "*", 2, "overflows 64 bits"),
        (-MAX - 1, "/", -1, "overflows 64 bits"),
        (1, "/", 0, "division by zero"),
        (1, "%", 0, "division by zero"),
        (True, "+", 1, "cannot be applied to a boolean and an integer"),
        ("a", "+", True, "a string and a boolean; toString.. makes a text"),
        ("a", "-", "b", "a string"),
        (1, "AND", True, "expected a boolean"),
        (1, "IN", 2, "expected a list"),
    ],
)
def test_refused_operations(left: object, operator: str, right: object, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        value_of(binary(operator, var("a"), var("b")), a=[left], b=[right])
    assert caught.value.kind == "illegal_argument"
    assert "line 1, column 1" in caught.value.message


def test_overflow_is_found_in_columns() -> None:
    big = [MAX - 4, *range(9)]
    with pytest.raises(Invalid, match="overflows 64 bits"):
        value_of(binary("+", var("a"), lit(5)), a=big)


@pytest.mark.parametrize(
    ("value", "items", "result"),
    [
        (1, [1, 2], True),
        (1, [1.0], True),
        (3, [1, 2], False),
        (3, [1, None], None),
        (1, [1, None], True),
        (None, [1], None),
        (None, [], False),
        (1, [], False),
        ([1], [[1]], True),
        ("1", [1], False),
    ],
)
def test_membership(value: object, items: list[object], result: object) -> None:
    assert value_of(binary("IN", var("a"), var("b")), a=[value], b=[items]) is result


LIST = [1, 2, 3]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        (ex.Index(listed(*LIST), lit(0), AT), 1),
        (ex.Index(listed(*LIST), lit(-1), AT), 3),
        (ex.Index(listed(*LIST), lit(3), AT), None),
        (ex.Index(listed(*LIST), lit(-4), AT), None),
        (ex.Index(listed(*LIST), lit(None), AT), None),
        (ex.Slice(listed(*LIST), lit(1), None, AT), [2, 3]),
        (ex.Slice(listed(*LIST), None, lit(-1), AT), [1, 2]),
        (ex.Slice(listed(*LIST), lit(-2), lit(10), AT), [2, 3]),
        (ex.Slice(listed(*LIST), lit(2), lit(1), AT), []),
        (ex.Slice(listed(*LIST), lit(None), lit(1), AT), None),
        (ex.Index(ex.MapLiteral((("k", lit(1)),), AT), lit("k"), AT), 1),
        (ex.Property(ex.MapLiteral((("k", lit(1)),), AT), "x", AT), None),
        (binary("+", listed(1), listed(2)), [1, 2]),
        (binary("+", listed(1), lit(2)), [1, 2]),
        (binary("+", lit(0), listed(1)), [0, 1]),
        (ex.Unary(ex.UnaryOperator.NOT, lit(None), AT), None),
        (ex.Unary(ex.UnaryOperator.MINUS, lit(3), AT), -3),
        (ex.IsNull(lit(None), False, AT), True),
        (ex.IsNull(lit(None), True, AT), False),
        (ex.Case(((lit(None), lit(1)),), lit(2), AT), 2),
        (ex.Case(((lit(False), lit(1)),), None, AT), None),
        (call("coalesce", lit(None), lit(2), lit(3)), 2),
        (call("head", listed()), None),
        (call("last", listed(*LIST)), 3),
        (call("tail", listed(*LIST)), [2, 3]),
        (call("reverse", listed(*LIST)), [3, 2, 1]),
        (call("reverse", lit("abc")), "cba"),
        (call("size", lit("aé😀")), 3),
        (call("size", listed(*LIST)), 3),
        (call("range", lit(1), lit(3)), [1, 2, 3]),
        (call("range", lit(3), lit(1), lit(-2)), [3, 1]),
        (call("range", lit(3), lit(1)), []),
        (call("keys", ex.MapLiteral((("k", lit(None)),), AT)), ["k"]),
        (call("toInteger", lit("0012")), 12),
        (call("toInteger", lit("1.9")), 1),
        (call("toInteger", lit("x")), None),
        (call("toInteger", lit(-1.9)), -1),
        (call("toInteger", lit(1e30)), MAX),
        (call("toFloat", lit("1e3")), 1000.0),
        (call("toFloat", lit(1)), 1.0),
        (call("toFloat", lit("-Infinity")), -float("inf")),
        (call("toBoolean", lit("TRUE")), True),
        (call("toBoolean", lit("yes")), None),
        (call("toString", lit(1e25)), "10000000000000000000000000.0"),
        (call("toString", lit(1e-7)), "0.0000001"),
        (call("toString", lit(True)), "true"),
        (call("toUpper", lit("ß")), "SS"),
        (call("trim", lit("\u00a0a ")), "a"),
        (call("left", lit("abc"), lit(2)), "ab"),
        (call("right", lit("abc"), lit(2)), "bc"),
        (call("right", lit("abc"), lit(5)), "abc"),
        (call("substring", lit("abc"), lit(1)), "bc"),
        (call("substring", lit("abc"), lit(1), lit(1)), "b"),
        (call("replace", lit("aba"), lit("a"), lit("x")), "xbx"),
        (call("split", lit("a,b"), lit(",")), ["a", "b"]),
        (call("split", lit("ab"), lit("")), ["a", "b"]),
        (call("abs", lit(-2)), 2),
        (call("sign", lit(-0.5)), -1),
        (call("round", lit(-1.5)), -1.0),
        (call("round", lit(2.5)), 3.0),
        (call("ceil", lit(1.1)), 2.0),
        (call("floor", lit(-1.1)), -2.0),
        (call("sqrt", lit(4)), 2.0),
        (call("log", lit(0)), -math.inf),
        (call("toUpper", lit(None)), None),
        (call("timestamp"), 1_700_000_000_000),
    ],
)
def test_expressions(expression: ex.Expression, result: object) -> None:
    found = value_of(expression)
    assert (type(found), found) == (type(result), result)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (call("toUpper", var("a")), r"toUpper\(\) expected a string, but got an integer"),
        (call("head", var("a")), r"head\(\) expected a list"),
        (call("toInteger", listed(1)), r"toInteger\(\) expected"),
        (call("labels", var("a")), r"labels\(\) expected a node"),
        (call("type", var("a")), r"type\(\) expected a relationship"),
        (call("range", lit(1), lit(2), lit(0)), "step that is not 0"),
        (call("range", lit(0), lit(10**12)), "items"),
        (call("left", lit("a"), lit(-1)), "needs a number >= 0"),
        (call("abs", lit(-MAX - 1)), "overflows 64 bits"),
        (ex.Property(var("a"), "k", AT), "Reading the property k expected"),
        (ex.Index(var("a"), lit(0), AT), "expected a list"),
        (ex.Index(listed(1), lit("x"), AT), "A list index expected an integer"),
        (ex.Index(ex.MapLiteral((), AT), lit(1), AT), "must be a string"),
        (ex.HasLabels(var("a"), ("L",), AT), "A label test expected"),
        (ex.Parameter("p", AT), r"Expected parameter \$p"),
        (ex.Unary(ex.UnaryOperator.MINUS, lit("a"), AT), "expected a number"),
        (ex.Unary(ex.UnaryOperator.NOT, lit(1), AT), "expected a boolean"),
    ],
)
def test_refused_values(expression: ex.Expression, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        value_of(expression, a=[1])
    assert caught.value.kind == "illegal_argument"


def test_and_or_and_case_look_no_further_than_needed() -> None:
    zero = binary("=", var("a"), lit(0))
    division = binary(">", binary("/", lit(6), var("a")), lit(2))
    rows = [0, 1, 3, 0, 2, 6]
    for column in (rows, [*rows, None]):
        safe = binary("AND", ex.Unary(ex.UnaryOperator.NOT, zero, AT), division)
        either = binary("OR", zero, division)
        chosen = ex.Case(((zero, lit(False)),), division, AT)
        expected = [False, True, False, False, True, False, None][: len(column)]
        frame = Frame({"a": cols.from_values(column)}, len(column))
        assert evaluate(safe, frame, context_of()).to_list() == expected
        assert evaluate(chosen, frame, context_of()).to_list() == expected
        truth = [value if number else True for value, number in zip(expected, column, strict=True)]
        truth = [
            None if number is None else value for value, number in zip(truth, column, strict=True)
        ]
        assert evaluate(either, frame, context_of()).to_list() == truth


def test_random_values_differ_by_row() -> None:
    frame = Frame({"a": cols.from_values([1, 2, 3])}, 3)
    numbers = evaluate(call("rand"), frame, context_of()).to_list()
    assert len(set(numbers)) == 3
    assert all(0 <= number < 1 for number in numbers)
    names = evaluate(call("randomUUID"), frame, context_of()).to_list()
    assert len(set(names)) == 3


def test_equality_of_references() -> None:
    same = binary("=", var("a"), var("b"))
    assert value_of(same, a=[Node(1)], b=[Node(1)]) is True
    assert value_of(same, a=[Node(1)], b=[Node(2)]) is False


def test_a_parameter_that_is_not_given_is_named_in_a_message_of_bounded_length() -> None:
    with pytest.raises(Invalid, match="not given") as caught:
        ran(f"RETURN $`{'x' * 100_000}` AS x")
    assert len(caught.value.message) < 300
