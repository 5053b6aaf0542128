"""IN: lists that hold for many rows are looked up in; the answer is that of a walk through each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions import membership
from seaglass.engine.values import column as cols
from seaglass.engine.values.equality import equal
from seaglass.engine.values.lists import lists_of
from seaglass.engine.values.temporal import Date, Duration
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.tools import AT, context_of, ran, text_view

if TYPE_CHECKING:
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

plain = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -0.0,
            1.0,
            2**53,
            2.0**53,
            2**53 + 1,
            float("nan"),
            "",
            "1",
            "a",
        ),
        *(Node(1), Edge(1), Path((Node(1),), ()), Date(1), Date(1, 0), Duration(0, 1, 0, 0)),
    ]
)
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)


def walked(value: Value, items: list[Value]) -> bool | None:
    """What IN means."""
    found = [equal(value, item) for item in items]
    return True if True in found else None if None in found else False


@given(
    st.lists(anything, min_size=2, max_size=12),
    st.lists(st.lists(anything, max_size=20), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_list_that_comes_again_holds_the_same(
    values: list[Value], lists: list[list[Value]], one_kind: bool
) -> None:
    items = [lists[place % len(lists)] for place in range(len(values))]
    left = cols.from_values(values) if one_kind else cols.mixed(values)
    found = membership.member(left, cols.mixed(items), AT, context_of()).to_list()
    assert found == [walked(*pair) for pair in zip(values, items, strict=True)]


@given(
    st.lists(anything, min_size=2, max_size=8),
    st.lists(st.none() | st.lists(anything, max_size=4), min_size=1, max_size=8),
    st.booleans(),
)
def test_lists_of_a_column(
    values: list[Value], lists: list[list[Value] | None], constant: bool
) -> None:
    items = [lists[place % len(lists)] for place in range(len(values))]
    right = lists_of(cols.mixed(items))
    assert right is not None
    sought = values[:1] * len(items) if constant else values
    left = cols.from_values(values[:1] if constant else values)
    found = membership.member(left, right, AT, context_of()).to_list()
    expected = [
        None if some is None else walked(value, some)
        for value, some in zip(sought, items, strict=True)
    ]
    assert found == expected


LONG: dict[str, list[Value]] = {
    "numbers": list(range(0, 1200, 3)),
    "numbers far apart": [number * 10**12 for number in range(300)],
    "numbers and null": [None, *range(-100, 250)],
    "texts": [f"text {number}" for number in range(0, 600, 2)],
    "texts and null": [*(str(number) for number in range(300)), None],
    "truths": [True] * 300,
    "nodes": [Node(number) for number in range(0, 900, 3)],
    "floats": [number / 2 for number in range(300)],
    "of all sorts": [*range(200), *(str(number) for number in range(200)), None, 0.5],
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("as_column", [False, True])
def test_long_lists(name: str, as_column: bool) -> None:
    """Several lists in turn, for columns of all kinds, in one query."""
    context = context_of()
    items = LONG[name]
    both = [items, items[:280], items]
    laid_out = lists_of(cols.mixed(both))
    assert laid_out is not None
    for place, some in enumerate(both):
        one = laid_out.take(np.array([place])) if as_column else cols.one(some)
        for sought in (*LONG.values(), [1.5, 3.0, None], [3, None], ["text 2", "x", None]):
            right = cols.taken(one, np.zeros(len(sought), np.int64)) if place else one
            left = cols.from_values(sought)
            found = membership.member(left, right, AT, context).to_list()
            assert found == [walked(value, some) for value in sought]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:N) WITH collect(n) AS all MATCH (m:N) WHERE m IN all RETURN count(*)",
        "MATCH (n:N) WITH collect(n.x) AS all MATCH (m:N) WHERE m.x IN all RETURN count(*)",
        "MATCH (n:N) WITH collect(n.x * 1.0) AS all MATCH (m:N) WHERE m.x IN all RETURN count(*)",
        "MATCH (n:N) WITH {all: collect(n.x)} AS m UNWIND m.all AS x WITH m, x WHERE x IN m.all RETURN count(*)",
        "WITH [x IN range(1, 500) | toString(x)] AS all RETURN size([x IN all WHERE x IN all])",
        "WITH range(1, 500) AS all RETURN size([x IN all WHERE toFloat(x) IN all])",
    ],
)
@pytest.mark.parametrize("options", [Options(), Options(force_mixed=True)])
def test_a_list_is_walked_once(
    text: str, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0

    def counting(one: Value, two: Value, check: Check) -> bool | None:
        nonlocal compared
        compared += 1
        return equal(one, two, check)

    monkeypatch.setattr(membership, "equal", counting)
    view = text_view("UNWIND range(1, 500) AS x CREATE (:N {x: x})")
    assert ran(text, view, options).rows == [(500,)]
    assert compared <= 1000
