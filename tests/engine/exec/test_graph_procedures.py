"""Procedures that tell of the graph, through the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import seaglass

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph


def graph(*texts: str) -> Graph:
    made = seaglass.open(None).create_graph("told")
    for text in texts:
        made.query(text).rows()
    return made


SCRIPT = (
    "CREATE (a:A:B {x: 1, y: 'one'}), (b:B {x: 1.5}), (c {x: [1], z: true}), (:D)",
    "MATCH (a:A), (b:B), (c) WHERE NOT b:A AND c.z CREATE (a)-[:R {w: 1}]->(b), (b)-[:S]->(c)",
    "MATCH (d:D) DELETE d",
)


def test_info() -> None:
    text = "CALL neptune.graph.pg_info() YIELD metric, count RETURN metric, count"
    assert [(row["metric"], row["count"]) for row in graph(*SCRIPT).query(text).rows()] == [
        ("numVertices", 3),
        ("numEdges", 2),
        ("numVertexProperties", 5),
        ("numEdgeProperties", 1),
        ("numVertexLabels", 2),
        ("numEdgeLabels", 2),
    ]


def test_schema() -> None:
    (row,) = graph(*SCRIPT).query("CALL neptune.graph.pg_schema()").rows()
    assert row["schema"] == {
        "nodeLabels": ["A", "B"],
        "edgeLabels": ["R", "S"],
        "nodeLabelDetails": {
            "A": {"properties": {"x": {"datatypes": ["Int"]}, "y": {"datatypes": ["String"]}}},
            "B": {
                "properties": {
                    "x": {"datatypes": ["Double", "Int"]},
                    "y": {"datatypes": ["String"]},
                }
            },
        },
        "edgeLabelDetails": {
            "R": {"properties": {"w": {"datatypes": ["Int"]}}},
            "S": {"properties": {}},
        },
        # S leads to a node without a label.
        "labelTriples": [
            {"~type": "R", "~from": "A", "~to": "B"},
            {"~type": "R", "~from": "B", "~to": "B"},
        ],
    }


def test_of_an_empty_graph() -> None:
    text = """CALL neptune.graph.pg_schema() YIELD schema CALL neptune.graph.pg_info() YIELD count
              RETURN schema.labelTriples AS triples, sum(count) AS all"""
    assert [dict(row) for row in graph().query(text).rows()] == [{"triples": [], "all": 0}]


def test_a_query_sees_what_it_wrote() -> None:
    text = """CREATE (:New) WITH 1 AS one CALL neptune.graph.pg_schema() YIELD schema
              RETURN schema.nodeLabels AS labels"""
    assert [row["labels"] for row in graph().query(text).rows()] == [["New"]]
