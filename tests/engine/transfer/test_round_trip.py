"""What is exported and imported again is the same graph.

Goal: no value, label, id or name changes on its way through files. Method: graphs of every kind of value that a
property may have, texts of the characters that files are made of, nodes with several labels and none; the copy is
compared node by node and edge by edge, types of values included.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seaglass
from seaglass import Date, DateTime, Duration, LocalDateTime, LocalTime, Time
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest
from tests.engine.transfer.items import embeddings_of

if TYPE_CHECKING:
    from seaglass import Graph


TEXTS = st.text(st.sampled_from("ab ,;:\"'\\\n\r\t{}[]é\u2028\U0001f600~#"), max_size=6)
NANOS = st.sampled_from(
    [0, 1, 43_200 * 10**9, 45_000_500_000_000, 3_661 * 10**9, 86_400 * 10**9 - 1]
)
DAYS = st.sampled_from([0, -1, 11016, 19358, -25567, 3_000_000])
OFFSETS = st.sampled_from([0, 3600, -12_600, 19_800])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    TEXTS,
    st.builds(Date, DAYS),
    st.builds(Date, DAYS, OFFSETS),
    st.builds(LocalDateTime, DAYS, NANOS),
    st.builds(LocalTime, NANOS),
    st.builds(Time, NANOS, OFFSETS),
    st.builds(DateTime, DAYS, NANOS, OFFSETS),
    st.just(DateTime(19358, 5, 3600, "Europe/Berlin")),
    st.builds(
        Duration,
        st.integers(-30, 30),
        st.integers(-40, 40),
        st.integers(-9, 9),
        NANOS.map(lambda n: n % 10**9),
    ),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.lists(TEXTS, max_size=3),
    st.lists(st.integers(-5, 5), max_size=3),
    st.lists(st.floats(), max_size=3),
)
KEYS = ["a", "b", "a b", "c:d", 'q"q', "e,f", "é", ":ID", "x(set)"]
PROPERTIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
LABELS = st.sets(
    st.sampled_from(["A", "B", "C d", "e/f", "..", "_NO_LABEL_", "é", '"']), max_size=3
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
EMBEDDINGS = st.none() | st.lists(FLOATS, min_size=2, max_size=2)
NODES = st.lists(st.tuples(LABELS, PROPERTIES, EMBEDDINGS), max_size=6)
EDGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["R", "S s", "_"]), PROPERTIES),
    max_size=6,
)


def make(graph: Graph, nodes: Any, edges: Any, ids: list[str]) -> None:
    for number, (labels, properties, embedding) in enumerate(nodes):
        named = "".join(f":`{label}`" for label in sorted(labels))
        graph.query(
            f"CREATE (n{named} {{`~id`: $id}}) SET n += $p", {"id": ids[number], "p": properties}
        )
        if embedding is not None:
            upsert = "CALL neptune.algo.vectors.upsert($id, $e)"
            graph.query(upsert, {"id": ids[number], "e": embedding})
    for source, target, kind, properties in edges:
        if nodes:
            ends = {"s": ids[source % len(nodes)], "t": ids[target % len(nodes)]}
            graph.query(
                f"MATCH (s {{`~id`: $s}}), (t {{`~id`: $t}}) CREATE (s)-[r:`{kind}`]->(t) SET r = $p",
                {**ends, "p": properties},
            )


def exact(value: Any) -> Any:
    """A value that compares by type too, and NaN with NaN, 0.0 not with -0.0."""
    if isinstance(value, list):
        return ("list", tuple(exact(item) for item in value))
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else (value, math.copysign(1, value)))
    return (type(value).__name__, value)


def content(graph: Graph) -> tuple[Any, Any, Any]:
    nodes = graph.query("MATCH (n) RETURN n.`~id` AS id, labels(n) AS l, properties(n) AS p").rows()
    edges = graph.query(
        "MATCH (a)-[r]->(b) RETURN a.`~id` AS a, b.`~id` AS b, type(r) AS t, properties(r) AS p"
    ).rows()

    def shown(properties: dict[str, Any]) -> Any:
        return sorted((key, exact(value)) for key, value in properties.items())

    return (
        sorted([(row["id"], sorted(row["l"]), repr(shown(row["p"]))) for row in nodes]),
        sorted([(row["a"], row["b"], row["t"], repr(shown(row["p"]))) for row in edges]),
        {name: exact(vector) for name, vector in embeddings_of(graph).items()},
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@settings(max_examples=60)
@given(
    nodes=NODES, edges=EDGES, ids=st.lists(TEXTS.filter(bool), min_size=6, max_size=6, unique=True)
)
def test_a_graph_comes_back_the_same(kind: str, nodes: Any, edges: Any, ids: list[str]) -> None:
    folder = tempfile.mkdtemp()
    try:
        with seaglass.open() as database:
            graph = database.create_graph("from", vector_dimension=2)
            make(graph, nodes, edges, ids)
            written = graph.export(folder, format=kind)
            expected = content(graph)
            assert (written.nodes, written.edges) == (len(expected[0]), len(expected[1]))
            if not expected[0]:
                return
            copy = database.create_graph("to", vector_dimension=2)
            request = LoadRequest(folder, Format(kind.upper()))
            report = bulk_import(copy, request, lambda _: None, lambda: False)
            assert (report.nodes, report.edges) == (written.nodes, written.edges)
            assert content(copy) == expected
    finally:
        shutil.rmtree(folder)
