"""What a schema says after any writes is what a look at everything says; and only what changed is looked at again."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import seaglass
from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.graph import schema

if TYPE_CHECKING:
    from seaglass import Graph
    from seaglass.engine.graph.group import Group

NUMBERS = st.integers(0, 11)
LABELS = st.sampled_from("ABC")
KEYS = st.sampled_from("xy")
VALUES = st.sampled_from([1, 2.5, "a", True, [1], None])
WRITES = st.one_of(
    st.tuples(st.just("node"), LABELS, VALUES),
    st.tuples(st.just("edge"), NUMBERS, NUMBERS),
    st.tuples(st.just("label"), NUMBERS, LABELS),
    st.tuples(st.just("unlabel"), NUMBERS, LABELS),
    st.tuples(st.just("set"), NUMBERS, KEYS, VALUES),
    st.tuples(st.just("weigh"), NUMBERS, VALUES),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("cut"), NUMBERS),
    st.tuples(st.just("fail"), LABELS),
)


def write(graph: Graph, step: tuple[Any, ...]) -> None:
    chosen = "MATCH (n) WITH n ORDER BY n.`~id` SKIP $k LIMIT 1 "
    match step:
        case ("node", label, value):
            graph.query(f"CREATE (n:{label}) SET n.x = $v", {"v": value})
        case ("edge", one, other):
            graph.query(
                "MATCH (n) WITH n ORDER BY n.`~id` WITH collect(n) AS all WITH all[$a] AS a, all[$b] AS b "
                f"WHERE a IS NOT NULL AND b IS NOT NULL CREATE (a)-[:{'RS'[one % 2]}]->(b)",
                {"a": one, "b": other},
            )
        case ("label", number, label):
            graph.query(f"{chosen} SET n:{label}", {"k": number})
        case ("unlabel", number, label):
            graph.query(f"{chosen} REMOVE n:{label}", {"k": number})
        case ("set", number, key, value):
            graph.query(f"{chosen} SET n.{key} = $v", {"k": number, "v": value})
        case ("weigh", number, value):
            text = "MATCH ()-[r]->() WITH r ORDER BY id(r) SKIP $k LIMIT 1 SET r.w = $v"
            graph.query(text, {"k": number, "v": value})
        case ("delete", number):
            graph.query(f"{chosen} DETACH DELETE n", {"k": number})
        case ("cut", number):
            graph.query(
                "MATCH ()-[r]->() WITH r ORDER BY id(r) SKIP $k LIMIT 1 DELETE r", {"k": number}
            )

        case ("fail", label):
            # What the schema was in a query that has failed is not what others see.
            with pytest.raises(Invalid, match="zero"):
                graph.query(
                    f"CREATE (:{label}) WITH 1 AS one "
                    "CALL neptune.graph.pg_schema() YIELD schema RETURN 1 / 0"
                )


def told(graph: Graph) -> Any:
    version, nothing = graph.version, lambda: None
    triples = {
        (name, source, target)
        for name, sources, targets in schema.joined_labels(version, nothing)
        for source, target in product(sources, targets)
    }
    return (
        schema.node_datatypes(version, nothing),
        schema.edge_datatypes(version, nothing),
        triples,
    )


def looked_up(graph: Graph) -> Any:
    """The same from every node and edge, one by one."""
    nodes: dict[str, dict[str, set[type]]] = {}
    edges: dict[str, dict[str, set[type]]] = {}
    triples = set()
    for row in graph.query("MATCH (n) RETURN labels(n) AS l, properties(n) AS p").rows():
        for label in row["l"]:
            found = nodes.setdefault(label, {})
            for key, value in row["p"].items():
                found.setdefault(key, set()).add(type(value))
    text = (
        "MATCH (a)-[r]->(b) RETURN labels(a) AS a, type(r) AS t, properties(r) AS p, labels(b) AS b"
    )
    for row in graph.query(text).rows():
        found = edges.setdefault(row["t"], {})
        for key, value in row["p"].items():
            found.setdefault(key, set()).add(type(value))
        triples |= {(row["t"], source, target) for source, target in product(row["a"], row["b"])}
    return nodes, edges, triples


@example(steps=[("node", "A", 1), ("node", "B", 1), ("edge", 0, 1), ("fail", "C")], rows=65_536)
@given(steps=st.lists(WRITES, min_size=5, max_size=25), rows=st.sampled_from([4, 65_536]))
def test_after_any_writes(steps: list[tuple[Any, ...]], rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "GROUP_ROWS", rows)
        with seaglass.open() as database:
            graph = database.create_graph("g")
            for step in steps:
                write(graph, step)
                assert told(graph) == looked_up(graph)


def test_only_what_changed_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUP_ROWS", 64)
    looked: list[str] = []
    for name in ("_types", "_joins_of"):
        whole = getattr(schema, name)

        def counted(group: Group, *rest: Any, name: str = name, whole: Any = whole) -> Any:
            looked.append(name)
            return whole(group, *rest)

        monkeypatch.setattr(schema, name, counted)
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("UNWIND range(1, 640) AS i CREATE (:A {i: i})-[:R {w: i}]->(:B {i: i, s: 'x'})")
        told(graph)
        # 20 groups of nodes, 10 of edges.
        assert len(looked) == 40
        looked.clear()
        told(graph)
        assert looked == []
        graph.query("MATCH (a:A {i: 5}) SET a.i = 'text'")
        told(graph)
        assert looked == ["_types"]
        looked.clear()
        graph.query("CREATE (:C {i: 1})")
        told(graph)
        assert looked == ["_types"]
        looked.clear()
        graph.query("MATCH (a:A {i: 7}) SET a:D")
        assert told(graph) == looked_up(graph)
        # The group of the node, which has two labels now, and the one group of edges that has it as an end.
        assert sorted(looked) == ["_joins_of", "_types", "_types"]
