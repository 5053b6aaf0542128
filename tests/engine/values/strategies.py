"""Hypothesis strategies for Cypher values."""

from __future__ import annotations

from hypothesis import strategies as st

from seaglass.engine.values import calendar
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from seaglass.engine.values.types import Edge, Node, Path

# Numbers near each other and near the limits, so that equal and overflowing ones come up.
integers = (
    st.integers(-3, 3)
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([2**53, 2**53 + 1, 2**62, 2**63 - 1, -(2**63)])
)
floats = st.sampled_from([0.0, -0.0, 1.0, 1.5, -2.0, float(2**53), 2.0**63]) | st.floats()
texts = st.text(max_size=3) | st.sampled_from(["", "a", "ab", "a\x00", "b", "é", "😀"])
nodes = st.builds(Node, st.integers(0, 3))
edges = st.builds(Edge, st.integers(0, 3))
paths = st.just(Path((Node(0),), ())) | st.just(Path((Node(0), Node(1)), (Edge(0),)))
days = st.integers(-2, 2) | st.integers(calendar.FIRST_DAY, calendar.LAST_DAY)
nanos = st.integers(0, 2) | st.integers(0, calendar.DAY_NANOS - 1)
offsets = st.sampled_from([0, 3600, -3600, 45 * 60, 3208]) | st.integers(-64800, 64800)
_parts = st.integers(-2, 2) | st.integers(-(2**63), 2**63 - 1)
temporals = (
    st.builds(Date, days, st.none() | offsets)
    | st.builds(LocalTime, nanos)
    | st.builds(Time, nanos, offsets)
    | st.builds(LocalDateTime, days, nanos)
    | st.builds(DateTime, days, nanos, offsets, st.none() | st.just("Europe/Stockholm"))
    | st.builds(Duration, _parts, _parts, _parts, st.integers(0, calendar.SECOND_NANOS - 1))
)
plain = st.booleans() | integers | floats | texts
scalars = st.none() | plain | nodes | edges | paths | temporals
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=5,
)
# Columns of one type each, as the typed paths see them.
typed_lists = st.one_of(
    *(
        st.lists(st.none() | kind, min_size=1, max_size=12)
        for kind in (st.booleans(), integers, floats, texts, nodes, edges)
    )
)
