"""The typed fast path of every operation gives what its mixed path gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.engine.cypher.logical import expressions as ex
from tests.engine.exec.tools import AT, binary, call, lit, outcome, var
from tests.engine.values import strategies as vs

KINDS = {
    "bool": st.booleans(),
    "int": vs.integers,
    "float": vs.floats,
    "text": vs.texts,
    "node": vs.nodes,
    "any": vs.scalars,
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[object], list[object]]:
    """Two columns of one length, each mostly of one type; long enough that the typed paths are taken."""
    rows = draw(st.integers(5, 20))
    columns = []
    for _ in range(2):
        kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        nullable = draw(st.booleans())
        item = st.none() | kind if nullable else kind
        columns.append(draw(st.lists(item, min_size=rows, max_size=rows)))
    return columns[0], columns[1]


@pytest.mark.parametrize("operator", [str(op.value) for op in ex.BinaryOperator])
@settings(max_examples=12)
@given(pairs(), st.sampled_from(["columns", "left", "right"]))
def test_binary_operators(
    operator: str, columns: tuple[list[object], list[object]], constant: str
) -> None:
    one, two = columns
    left: ex.Expression = var("a")
    right: ex.Expression = var("b")
    if constant == "left" and isinstance(one[0], bool | int | float | str | None):
        left = lit(one[0])
    if constant == "right" and isinstance(two[0], bool | int | float | str | None):
        right = lit(two[0])
    expression = binary(operator, left, right)
    assert outcome(expression, False, a=one, b=two) == outcome(expression, True, a=one, b=two)


@settings(max_examples=25)
@given(vs.typed_lists, st.lists(vs.scalars, max_size=4))
def test_in_a_constant_list(column: list[object], items: list[object]) -> None:
    found = outcome(binary("IN", var("a"), ex.Parameter("p", AT)), False, a=column)
    assert found  # a missing parameter is an error on both paths
    plain = [item for item in items if isinstance(item, bool | int | float | str | None)]
    expression = binary("IN", var("a"), ex.ListLiteral(tuple(map(lit, plain)), AT))
    assert outcome(expression, False, a=column) == outcome(expression, True, a=column)


@pytest.mark.parametrize("name", ["toInteger", "toFloat", "toString", "size", "abs", "toUpper"])
@settings(max_examples=25)
@given(vs.typed_lists)
def test_functions(name: str, column: list[object]) -> None:
    expression = call(name, var("a"))
    assert outcome(expression, False, a=column) == outcome(expression, True, a=column)


@settings(max_examples=25)
@given(pairs())
def test_coalesce_and_case(columns: tuple[list[object], list[object]]) -> None:
    one, two = columns
    for expression in (
        call("coalesce", var("a"), var("b"), lit(0)),
        ex.Case(
            (
                (ex.IsNull(var("a"), False, AT), var("b")),
                (binary("=", var("a"), var("b")), lit("same")),
            ),
            var("a"),
            AT,
        ),
        ex.Case(((binary("<", var("a"), var("b")), var("b")),), None, AT),
    ):
        assert outcome(expression, False, a=one, b=two) == outcome(expression, True, a=one, b=two)


@settings(max_examples=25)
@given(pairs())
def test_literals_of_columns(columns: tuple[list[object], list[object]]) -> None:
    one, two = columns
    listed = ex.ListLiteral((var("a"), lit(1), var("b")), AT)
    mapped = ex.MapLiteral((("x", var("a")), ("y", lit(None))), AT)
    for expression in (
        listed,
        mapped,
        ex.Index(listed, lit(-1), AT),
        ex.Slice(listed, lit(1), None, AT),
        ex.Property(mapped, "x", AT),
    ):
        assert outcome(expression, False, a=one, b=two) == outcome(expression, True, a=one, b=two)
