"""Goal: a diff holds what differs, all of it and nothing else, however the versions came about.

Method: two plain graphs are compared with two versions of the same content, after random changes, folds
and a save in between, on one line of versions or on two that parted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seaglass
from seaglass.base import limits
from seaglass.base.errors import Interrupted, Invalid
from seaglass.engine import diff as differences
from seaglass.engine.diff import Diff, diff
from seaglass.engine.exec import procedures
from seaglass.engine.graph import apply, delta, fold, read
from seaglass.engine.graph.entities import EDGE_ID_PREFIX
from seaglass.engine.graph.version import empty
from seaglass.engine.values import column as cols
from seaglass.storage.objects.sealed import SealedObjects
from tests.engine.exec.test_memory import Counted
from tests.engine.exec.tools import Never
from tests.engine.graph.plain_graph import PlainGraph
from tests.engine.graph.test_apply_model import next_change

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.graph.version import GraphVersion


def plain_of(graph: PlainGraph) -> tuple[dict[Any, Any], dict[Any, Any]]:
    nodes = {
        node.id: (frozenset(node.labels), repr((sorted(node.properties.items()), node.vector)))
        for node in graph.nodes.values()
    }
    edges = {
        (
            f"{EDGE_ID_PREFIX}{number}",
            edge.type,
            graph.nodes[edge.source].id,
            graph.nodes[edge.target].id,
        ): repr(sorted(edge.properties.items()))
        for number, edge in graph.alive_edges().items()
    }
    return nodes, edges


def shape(found: Diff) -> list[Any]:
    nodes, edges = found.nodes, found.relationships
    return [
        {node.id for node in nodes.added},
        {node.id for node in nodes.removed},
        {node.id for node in nodes.changed},
        {(edge.id, edge.type, edge.start, edge.end) for edge in edges.added},
        {(edge.id, edge.type, edge.start, edge.end) for edge in edges.removed},
        {edge.id for edge in edges.changed},
    ]


def expected(before: PlainGraph, after: PlainGraph) -> list[Any]:
    found: list[Any] = []
    for left, right in zip(plain_of(before), plain_of(after), strict=True):
        changed = {key for key in left if key in right and left[key] != right[key]}
        names = {key if isinstance(key, str) else key[0] for key in changed}
        found += [right.keys() - left.keys(), left.keys() - right.keys(), names]
    return found


@given(data=st.data())
@settings(max_examples=60)
def test_a_diff_is_what_differs(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "GROUP_ROWS", 8)
        patch.setattr(limits, "VECTOR_BLOCK_BYTES", 32)
        draw = data.draw

        def grown(
            version: GraphVersion, plain: PlainGraph, steps: int, mark: str
        ) -> tuple[GraphVersion, PlainGraph]:
            plain = plain.copied()
            for _ in range(steps):
                change = next_change(draw, plain)
                if isinstance(change, delta.CreateNodes) and draw(st.booleans()):
                    # The same number may be given to two nodes, after the versions parted.
                    ids = [mark + str(text) for text in change.ids.to_list()]
                    change = replace(change, ids=cols.strings(ids))
                if change is not None:
                    version = apply.apply(version, change)
                    plain.apply(change)
                if draw(st.integers(0, 3)) == 0:
                    folds = [fold.fold(version, place) for place in fold.plan_folds(version, 1)]
                    version = fold.with_folds(version, folds)
            return version, plain

        root, plain_root = grown(empty(2), PlainGraph(), draw(st.integers(0, 6)), "r")
        left, plain_left = grown(root, plain_root, draw(st.integers(0, 3)), "l")
        right, plain_right = grown(root, plain_root, draw(st.integers(0, 5)), "r")
        found = diff(left, right, ("left", "right"))
        assert shape(found) == expected(plain_left, plain_right)
        back = shape(diff(right, left, ("right", "left")))
        assert back == [shape(found)[place] for place in (1, 0, 2, 4, 3, 5)]
        assert not diff(left, left, ("left", "left"))
        json.loads(found.json())
        assert read.node_count(left) == len(plain_left.nodes)


def test_only_what_differs_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        graph.query(f"UNWIND range(1, {3 * limits.GROUP_ROWS}) AS n CREATE (:P {{n: n}})").close()
        graph.snapshot("before")
        graph.query("MATCH (p:P {n: 70000}) SET p.n = 'x'").close()
        graph.snapshot("after")
    read_names = []
    get = SealedObjects.get

    def counted(objects: SealedObjects, digest: bytes) -> bytes:
        read_names.append(digest)
        return get(objects, digest)

    monkeypatch.setattr(SealedObjects, "get", counted)
    with seaglass.open(tmp_path) as database:
        found = database.diff("before", "after")
        (changed,) = found.nodes.changed
        assert changed.properties == {"n": (70000, "x")}
        assert len(found.nodes) == 1
        assert not found.relationships
        # Two manifests, their patches, and the few columns of one group.
        assert len(set(read_names)) <= 8


def test_a_diff_is_told_to_people_and_to_programs() -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query(
            "CREATE (a:P {`~id`: 'a', x: 1, t: date('2026-01-02')})-[:R {w: 1.5}]->"
            "(b:P:Q {`~id`: 'b', l: ['u', 'v']})"
        ).close()
        before = graph.snapshot("before")
        graph.query(
            "MATCH (a {`~id`: 'a'})-[r:R]->(b {`~id`: 'b'}) "
            "SET a.x = 1.0, a.t = null, r.w = r.w / 0.0, b:S REMOVE b:Q CREATE (:New {`~id`: 'c'})"
        ).close()
        found = database.diff("before", "g")
        assert str(found).splitlines() == [
            f"from snapshot before ({before.id}) to graph g ({graph.id}):",
            "  nodes          +1  -0  ~2  (:New 1, ~:Q 1, ~:S 1, ~t 1, ~x 1)",
            "  relationships  +0  -0  ~1  (~w 1)",
        ]
        document = json.loads(found.json())
        assert document["nodes"] == {
            "added": [{"~entityType": "node", "~id": "c", "~labels": ["New"], "~properties": {}}],
            "changed": [
                {
                    "properties": {"t": {"before": "2026-01-02"}, "x": {"after": 1.0, "before": 1}},
                    "~id": "a",
                },
                {"labelsAdded": ["S"], "labelsRemoved": ["Q"], "properties": {}, "~id": "b"},
            ],
            "removed": [],
        }
        (edge,) = document["relationships"]["changed"]
        assert edge["properties"] == {"w": {"after": "INF", "before": 1.5}}
        assert str(database.diff("g", "g")).endswith("nothing differs")
        assert not database.diff("g", "g")


def test_graphs_that_parted_may_give_one_number_to_two_nodes() -> None:
    with seaglass.open() as database:
        database.create_graph("g").query("CREATE ({`~id`: 'hub'})").close()
        database.graph("g").snapshot("fork")
        for name in ("left", "right"):
            graph = database.restore("fork", name)
            text = "MATCH (hub) CREATE (hub)-[:R]->({`~id`: $id})"
            graph.query(text, {"id": name}).close()
        found = database.diff("left", "right")
        assert [node.id for node in found.nodes.added] == ["right"]
        assert [node.id for node in found.nodes.removed] == ["left"]
        assert [edge.end for edge in found.relationships.added] == ["right"]
        assert [edge.end for edge in found.relationships.removed] == ["left"]


ROWS = (
    "CALL seaglass.diff($snapshot) YIELD change, kind, id, before, after "
    "RETURN change, kind, id, before, after"
)


def test_a_query_gives_the_differences_as_rows() -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query(
            "CREATE (a:P {`~id`: 'a', x: 1, t: date('2026-01-02')})-[:R {w: 1.5}]->(b:P:Q {`~id`: 'b'})"
        ).close()
        snapshot = graph.snapshot("before").id
        graph.query(
            "MATCH (a {`~id`: 'a'})-[r]->(b) SET a.x = 2, b:S REMOVE a.t, b:Q DELETE r "
            "CREATE (:New {`~id`: 'c', y: 'z'})"
        ).close()
        rows = graph.query(ROWS, {"snapshot": snapshot}).rows()
        edge = f"{EDGE_ID_PREFIX}0"
        gone = {"type": "R", "start": "a", "end": "b", "properties": {"w": 1.5}}
        assert [tuple(row.values()) for row in rows] == [
            ("added", "node", "c", None, {"labels": ["New"], "properties": {"y": "z"}}),
            (
                "changed",
                "node",
                "a",
                {"properties": {"x": 1, "t": "2026-01-02"}},
                {"properties": {"x": 2}},
            ),
            (
                "changed",
                "node",
                "b",
                {"labels": ["Q"], "properties": {}},
                {"labels": ["S"], "properties": {}},
            ),
            ("removed", "relationship", edge, gone, None),
        ]
        counted = (
            "CALL seaglass.diff('before') YIELD change RETURN change, count(*) AS n ORDER BY change"
        )
        assert [row["n"] for row in graph.query(counted).rows()] == [1, 2, 1]
        later = graph.snapshot("after").id
        assert database.frozen(later).query(ROWS, {"snapshot": snapshot}).rows() == rows
        again = database.restore(snapshot, "again")
        assert again.query(ROWS, {"snapshot": snapshot}).rows() == []


def test_a_query_compares_relatives_only() -> None:
    with seaglass.open() as database:
        snapshot = database.create_graph("g").snapshot("mine").id
        other = database.create_graph("other")
        # Nobody learns from it whether others have such a snapshot.
        for wrong in (snapshot, "mine", "gs-0123456789", "nothing"):
            with pytest.raises(Invalid, match=f"'{wrong}' is not a snapshot of this graph"):
                other.query(ROWS, {"snapshot": wrong})
        # Nor is a name taken because they have.
        other.snapshot("mine")
        assert other.query(ROWS, {"snapshot": "mine"}).rows() == []


def test_a_diff_of_very_many_may_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Method: few at a time, and an interrupt that ends it at the n-th look."""
    for module, name in ((differences, "_READ_ROWS"), (procedures, "_LINES")):
        monkeypatch.setattr(module, name, 10)
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("UNWIND range(1, 200) AS x CREATE (:P {x: x})-[:R]->(:Q)").close()
        before = graph.version
        snapshot = graph.snapshot("before").id
        graph.query("MATCH (n:P) SET n.x = -n.x").close()
        graph.query("MATCH (n:P)-[r]->() WHERE n.x % 2 = 0 DELETE r").close()
        never = Never()
        whole = diff(before, graph.version, ("a", "b"), never)
        # Nodes and edges are read on both sides, and told apart.
        assert never.checks > 4 * 200 // 10
        assert (len(whole.nodes.changed), len(whole.relationships.removed)) == (200, 100)
        for left in range(1, never.checks + 1, 7):
            with pytest.raises(Interrupted):
                diff(before, graph.version, ("a", "b"), Counted(left))
        rows = graph.query(ROWS, {"snapshot": snapshot}).rows()
        assert len(rows) == 300
