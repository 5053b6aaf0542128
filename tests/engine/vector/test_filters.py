"""Goal: a filter chooses the nodes that a plain reading of its definition chooses, whatever types the
properties have, and what is no filter is refused with what is wrong.

Method: random nodes and filters; the oracle goes node by node over the maps as they were given.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.graph import apply, delta
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.values import column as cols
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.vector.filters import chosen, filter_of

NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.5, -0.0, 2.0, float("inf"), 2**53, 2**53 + 1, float(2**53), -(2**63)]),
)
SCALARS = st.one_of(NUMBERS, st.booleans(), st.sampled_from(["", "a", "ab", "b", "ä"]))
KINDS = [NUMBERS, st.integers(-3, 3), st.floats(-2, 2, width=16), st.booleans(), st.text("ab")]
LABELS = ["A", "B", "C"]

SIMPLE = ["equals", "notEquals"]
LISTS = ["in", "notIn"]
COMPARED = ["greaterThan", "greaterThanOrEquals", "lessThan", "lessThanOrEquals"]
SPELLED = ["startsWith", "stringContains"]


KEYS = st.sampled_from("xyz")


def one(operators: list[str], values: Any, names: Any = KEYS) -> Any:
    body = st.fixed_dictionaries({"property": names, "value": values})
    return st.builds(lambda name, inside: {name: inside}, st.sampled_from(operators), body)


SINGLE = st.one_of(
    one(SIMPLE, SCALARS),
    one(LISTS, st.lists(SCALARS, max_size=3)),
    one(COMPARED, NUMBERS),
    one(SPELLED, st.sampled_from(["", "a", "ab", "ä"])),
    one(SIMPLE, st.sampled_from(LABELS), st.just("~label")),
    one(LISTS, st.lists(st.sampled_from(LABELS), max_size=2), st.just("~label")),
)
FILTERS = st.recursive(
    SINGLE,
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["andAll", "orAll"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=4,
)


def equal(left: Any, right: Any) -> bool:
    kinds = [
        bool if isinstance(v, bool) else str if isinstance(v, str) else float for v in (left, right)
    ]
    return kinds[0] is kinds[1] and not isinstance(left, list) and left == right


def meets(node: dict[str, Any], labels: set[str], condition: dict[str, Any]) -> bool:
    ((name, inside),) = condition.items()
    if name in ("andAll", "orAll"):
        return (all if name == "andAll" else any)(meets(node, labels, part) for part in inside)
    key, value = inside["property"], inside["value"]
    wanted = value if name in LISTS else [value]
    if key == "~label":
        return bool(labels & set(wanted)) is not name.startswith("not")
    there = node.get(key)
    if there is None:
        return False
    if name in ("equals", "in"):
        return any(equal(there, each) for each in wanted)
    if name in ("notEquals", "notIn"):
        return not any(equal(there, each) for each in wanted)
    if name in SPELLED:
        if not isinstance(there, str):
            return False
        return there.startswith(value) if name == "startsWith" else value in there
    if isinstance(there, bool | str | list):
        return False
    greater = there > value if "greater" in name else there < value
    return greater or (name.endswith("OrEquals") and there == value)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[GraphVersion, list[tuple[dict[str, Any], set[str]] | None]]:
    """A version, and its nodes by number, None for one that was deleted."""
    version = empty()
    nodes: list[tuple[dict[str, Any], set[str]] | None] = []
    for _ in range(draw(st.integers(0, 3))):
        count = draw(st.integers(1, 5))
        labels = tuple(label for label in LABELS if draw(st.booleans()))
        columns = {}
        for key in "xyz":
            value = draw(st.sampled_from([*KINDS, SCALARS, st.lists(SCALARS, max_size=2), None]))
            if value is not None:
                columns[key] = draw(st.lists(value | st.none(), min_size=count, max_size=count))
        ids = cols.strings([f"n{len(nodes) + place}" for place in range(count)])
        values = {key: cols.from_values(column) for key, column in columns.items()}
        change = delta.CreateNodes(version.next_node, count, labels, ids, values)
        version = apply.apply(version, change)
        for place in range(count):
            properties = {key: column[place] for key, column in columns.items()}
            nodes.append((properties, set(labels)))
    if nodes and draw(st.booleans()):
        gone = draw(st.integers(0, len(nodes) - 1))
        version = apply.apply(version, delta.DeleteNodes(np.array([gone])))
        nodes[gone] = None
    return version, nodes


@given(graphs(), FILTERS, st.sampled_from([1, 1_000]))
def test_a_filter_chooses_what_its_definition_says(graph: Any, condition: Any, bulk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "PATCH_BULK_ROWS", bulk)
        version, nodes = graph
        found = chosen(version, filter_of(condition), Uninterrupted()).tolist()
        assert found == [node is not None and meets(*node, condition) for node in nodes]


def test_a_filter_may_be_a_text_of_json() -> None:
    given = {"andAll": [{"equals": {"property": "~label", "value": "Chunk"}},
                        {"in": {"property": "x", "value": [1, "a", True, 0.5]}}]}  # fmt: skip
    assert filter_of(json.dumps(given)) == filter_of(given)


def nested(depth: int) -> dict[str, Any]:
    condition: dict[str, Any] = {"equals": {"property": "x", "value": 1}}
    for _ in range(depth - 1):
        condition = {"andAll": [condition, condition]}
    return condition


def test_the_depth_of_filters_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "VECTOR_FILTER_DEPTH_MAX", 5)
    for depth in (4, 5):
        assert filter_of(nested(depth))
    with pytest.raises(Invalid, match="more than 5 deep"):
        filter_of(nested(6))


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{equals", "not JSON"),
        ("[]", "a map with one key belongs"),
        (1, "a map with one key belongs"),
        (None, "a map with one key belongs"),
        ({}, "0 keys"),
        ({"equals": {}, "in": {}}, "2 keys"),
        ({"like": {"property": "x", "value": 1}}, "'like' is no operator"),
        ({"andAll": [{"equals": {"property": "x", "value": 1}}]}, "at least two"),
        ({"orAll": {"equals": {"property": "x", "value": 1}}}, "at least two"),
        ({"equals": {"property": "x"}}, "property and value"),
        ({"equals": {"property": "x", "value": 1, "more": 1}}, "property and value"),
        ({"equals": [1]}, "property and value"),
        ({"equals": {"property": 1, "value": 1}}, "must be a name"),
        ({"equals": {"property": "", "value": 1}}, "must be a name"),
        ({"equals": {"property": "~id", "value": "a"}}, "does not take '~id'"),
        ({"startsWith": {"property": "~label", "value": "a"}}, "does not take '~label'"),
        ({"greaterThan": {"property": "~label", "value": 1}}, "does not take '~label'"),
        ({"equals": {"property": "~label", "value": 1}}, "must be a text"),
        ({"in": {"property": "~label", "value": ["A", 1]}}, "must be a text"),
        ({"in": {"property": "x", "value": 1}}, "must be a list"),
        ({"in": {"property": "x", "value": [None]}}, "a text, a number or a boolean"),
        ({"equals": {"property": "x", "value": None}}, "a text, a number or a boolean"),
        ({"equals": {"property": "x", "value": 2**63}}, "a text, a number or a boolean"),
        ({"lessThan": {"property": "x", "value": "1"}}, "must be a number"),
        ({"lessThan": {"property": "x", "value": True}}, "must be a number"),
        ({"stringContains": {"property": "x", "value": 1}}, "must be a text"),
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(condition: Any, told: str) -> None:
    with pytest.raises(Invalid, match=told) as refusal:
        filter_of(condition)
    assert refusal.value.message.startswith("The vertexFilter cannot be used: ")
