"""Gremlin-style CSV from a folder becomes a graph, as its headers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Conflict, Interrupted, Invalid
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest, Status
from tests.engine.transfer.items import AIR_ROUTES, edges_of, imported, new_graph, nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.transfer.request import LoadProgress


@pytest.mark.skipif(not AIR_ROUTES.is_dir(), reason="the air routes are not there")
def test_air_routes_have_the_counts_that_are_known() -> None:
    graph = new_graph()
    report = imported(graph, AIR_ROUTES / "air-routes-", threads=2)
    assert (report.nodes, report.edges, report.duplicates) == (3_748, 57_538, 0)
    assert report.progress.records == 3_748 + 57_538
    labels = graph.query("MATCH (n) RETURN labels(n)[0] AS label, count(*) AS count").rows()
    assert {row["label"]: row["count"] for row in labels} == {
        "airport": 3_503,
        "country": 237,
        "continent": 7,
        "version": 1,
    }
    rows = graph.query(
        "MATCH (:airport {code: 'AUS'})-[r:route]->(a:airport {code: 'LHR'})"
        " RETURN r.dist AS dist, a.city AS city, a.lat AS lat"
    ).rows()
    assert rows == [{"dist": 4901, "city": "London", "lat": 51.4706001282}]


def test_labels_properties_and_ends_without_a_row(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(
        '~id,~label,name,age:Int,ok:Bool\na,Person;Admin,Ann,7,true\nb,,"B, ""x""",,no\nc,City,,,\n'
    )
    (tmp_path / "a.csv").write_text("~id,~from,~to,~label,w:Double\n1,a,b,knows,0.5\n2,a,z,,\n")
    graph = new_graph()
    report = imported(graph, tmp_path)
    assert nodes_of(graph) == {
        "a": ({"Person", "Admin"}, {"name": "Ann", "age": 7, "ok": True}),
        "b": (set(), {"name": 'B, "x"', "ok": False}),
        "c": ({"City"}, {}),
        "z": (set(), {}),
    }
    assert edges_of(graph) == [("a", "edge", "z", {}), ("a", "knows", "b", {"w": 0.5})]
    assert (report.nodes, report.edges) == (4, 2)
    # Three labels, five properties; two edges, one property.
    assert report.progress.statements == 3 + 5 + 2 + 1


def test_an_import_fills_empty_graphs_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("~id,~label\na,A\n")
    graph = new_graph()
    imported(graph, tmp_path)
    with pytest.raises(Conflict, match="1 nodes"):
        imported(graph, tmp_path)
    assert nodes_of(graph) == {"a": ({"A"}, {})}


def test_a_stopped_import_leaves_the_graph_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("~id,~label\na,A\n")
    graph = new_graph()
    told: list[LoadProgress] = []
    request = LoadRequest(str(tmp_path), Format.CSV)
    with pytest.raises(Interrupted):
        bulk_import(graph, request, told.append, lambda: True)
    assert told[-1].status is Status.FAILED
    assert graph.version.next_node == 0


def test_the_first_error_ends_an_import_and_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("~id,~label,n:Int\na,A,1\nb,A,one\n")
    graph = new_graph()
    told: list[LoadProgress] = []
    with pytest.raises(Invalid) as caught:
        bulk_import(graph, LoadRequest(str(tmp_path), Format.CSV), told.append, lambda: False)
    assert caught.value.message == (
        "PARSING_ERROR: Could not process value of type:`http://www.w3.org/2001/XMLSchema#int` for"
        f" value: `one` when parsing line `[b,A,one]` in [{path}]. ({path}, line 3)"
    )
    assert told[-1].errors == 1
    assert told[-1].error_details == caught.value.message
    assert graph.version.next_node == 0
