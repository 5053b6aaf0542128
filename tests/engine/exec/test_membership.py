"""IN: lists that hold for many rows are looked up in; the answer is that of a walk through each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions import membership
from seaglass.engine.values import column as cols
from seaglass.engine.values.equality import equal
from seaglass.engine.values.temporal import Date, Duration
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.tools import AT, context_of, ran, text_view

if TYPE_CHECKING:
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

    def counting(one: Value, two: Value) -> bool | None:
        nonlocal compared
        compared += 1
        return equal(one, two)

    monkeypatch.setattr(membership, "equal", counting)
    view = text_view("UNWIND range(1, 500) AS x CREATE (:N {x: x})")
    assert ran(text, view, options).rows == [(500,)]
    assert compared <= 1000
