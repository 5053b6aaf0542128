"""The real engine in the shape that a worker's session knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, NotFound, Unsupported
from seaglass.server.worker.engine import SeaglassEngine, ServedGraph
from seaglass.server.worker.ports import QueryOptions

if TYPE_CHECKING:
    from pathlib import Path

KEY = "AWS_OWNED_KEY"
OPTIONS = QueryOptions(timeout_ms=60_000, explain=None, plan_cache="AUTO")


def rows(graph: ServedGraph, text: str, parameters: dict[str, object] | None = None) -> object:
    body = b"".join(graph.query("q", text, parameters or {}, OPTIONS))
    return json.loads(body)["results"]


def test_every_step_may_be_repeated(tmp_path: Path) -> None:
    engine = SeaglassEngine()
    graph = engine.create(tmp_path, "g-0000000001", "one", KEY)
    rows(graph, "CREATE (:A {n: $n})", {"n": 1})
    with pytest.raises(Conflict):
        engine.open(tmp_path, "g-0000000001")
    for _ in range(2):
        graph.snapshot("gs-0000000001", "before")
    rows(graph, "CREATE (:A {n: 2})")
    graph.close()
    again = engine.create(tmp_path, "g-0000000001", "one", KEY)
    assert rows(again, "MATCH (a:A) RETURN count(a) AS n") == [{"n": 2}]
    again.reset()
    assert rows(again, "MATCH (a:A) RETURN count(a) AS n") == [{"n": 0}]
    for _ in range(2):
        restored = engine.restore(tmp_path, "g-0000000002", "two", "gs-0000000001")
        assert rows(restored, "MATCH (a:A) RETURN a.n AS n") == [{"n": 1}]
        restored.close()
    rows(again, "CREATE (:A {n: 3})")
    for _ in range(2):
        again.clone("g-0000000004", "four")
        cloned = engine.open(tmp_path, "g-0000000004")
        assert rows(cloned, "MATCH (a:A) RETURN a.n AS n") == [{"n": 3}]
        rows(again, "MATCH (a:A) SET a.n = 3")
        cloned.close()
    for _ in range(2):
        engine.delete_snapshot(tmp_path, "gs-0000000001")
        engine.delete_graph(tmp_path, "g-0000000002")
    with pytest.raises(NotFound):
        engine.open(tmp_path, "g-0000000002")
    with pytest.raises(NotFound):
        engine.restore(tmp_path, "g-0000000003", "three", "gs-0000000001")
    again.close()


def test_the_summary_is_that_of_the_api(tmp_path: Path) -> None:
    graph = SeaglassEngine().create(tmp_path, "g-0000000001", "one", KEY)
    rows(graph, "CREATE (:A {x: 1, y: 2})-[:R {w: 1}]->(:B {x: 1}), (:A {x: 3, y: 4})-[:R]->(:B)")
    basic = graph.summary(detailed=False)
    assert basic["version"] == "v1"
    assert str(basic["lastStatisticsComputationTime"]).endswith("+00:00")
    numbers = basic["graphSummary"]
    assert numbers == {
        "numNodes": 4,
        "numEdges": 2,
        "numNodeLabels": 2,
        "numEdgeLabels": 1,
        "nodeLabels": ["A", "B"],
        "edgeLabels": ["R"],
        "numNodeProperties": 2,
        "numEdgeProperties": 1,
        "nodeProperties": [{"x": 3}, {"y": 2}],
        "edgeProperties": [{"w": 1}],
        "totalNodePropertyValues": 5,
        "totalEdgePropertyValues": 1,
    }
    detailed = graph.summary(detailed=True)["graphSummary"]
    assert isinstance(detailed, dict)
    assert detailed["nodeStructures"][0] == {
        "count": 2,
        "nodeProperties": ["x", "y"],
        "distinctOutgoingEdgeLabels": ["R"],
    }
    assert detailed["edgeStructures"] == [{"count": 1, "edgeProperties": ["w"]}]
    json.dumps(detailed)
    graph.close()


def test_a_query_is_listed_until_its_result_is_closed(tmp_path: Path) -> None:
    graph = SeaglassEngine().create(tmp_path, "g-0000000001", "one", KEY)
    stream = graph.query("q-1", "UNWIND range(1, 200000) AS x RETURN x", {}, OPTIONS)
    next(stream)
    listed = graph.queries()
    assert [(row["id"], row["state"]) for row in listed] == [("q-1", "RUNNING")]
    graph.cancel("q-1")
    assert graph.queries()[0]["state"] == "CANCELLING"
    stream.close()
    assert graph.queries() == []
    with pytest.raises(NotFound):
        graph.cancel("q-1")
    graph.close()


def test_the_dialect_reaches_the_graph(tmp_path: Path) -> None:
    engine = SeaglassEngine(Dialect.NEPTUNE)
    graph = engine.create(tmp_path, "g-0000000001", "name", KEY)
    with pytest.raises(Unsupported):
        rows(graph, "RETURN 2 ^ 3 AS x")
    graph.close()


def test_loading_runs_the_warm_up() -> None:
    SeaglassEngine().load()
