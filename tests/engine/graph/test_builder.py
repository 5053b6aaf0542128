"""Bulk loading gives what creating the same things one by one gives, and refuses what is wrong before anything changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.graph import builder, read
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.check import check
from seaglass.engine.graph.delta import CreateEdges, CreateNodes
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.values import column as col


def nodes_of(version: GraphVersion) -> dict[str, Any]:
    """`~id` -> (labels, properties), of all nodes."""
    found = {}
    for nodes in read.scan_nodes(version, ()):
        for node, name in zip(nodes.tolist(), read.node_ids(version, nodes).to_list(), strict=True):
            found[name] = (read.node_labels(version, node), read.node_properties(version, node))
    return found


def edges_of(version: GraphVersion) -> list[Any]:
    """(type, source `~id`, target `~id`, properties) of all edges, sorted."""
    found = []
    for edges in read.scan_edges(version, ()):
        ends = [read.node_ids(version, nodes).to_list() for nodes in read.edge_ends(version, edges)]
        for edge, source, target in zip(edges.tolist(), *ends, strict=True):
            found.append(
                (
                    read.edge_type(version, edge),
                    source,
                    target,
                    sorted(read.edge_properties(version, edge).items()),
                )
            )
    return sorted(found, key=repr)


def links_of(version: GraphVersion) -> list[Any]:
    """(type, source `~id`, target `~id`) of all edges as expanding the nodes finds them, sorted."""
    nodes = np.arange(version.next_node)
    names = read.node_ids(version, nodes).to_list()
    found = []
    for name in read.types(version):
        out = read.expand(version, nodes, (name,), "out")
        into = read.expand(version, nodes, (name,), "in")
        forward = zip(out.rows.tolist(), out.nodes.tolist(), out.edges.tolist(), strict=True)
        back = zip(into.nodes.tolist(), into.rows.tolist(), into.edges.tolist(), strict=True)
        entries = sorted(forward)
        assert entries == sorted(back)
        found += [(name, names[source], names[target]) for source, target, _ in entries]
    return sorted(found)


PEOPLE = {
    "~id": ["a", "b", "c", "d"],
    "~label": [["Person"], ["Person", "Admin"], None, ["Admin"]],
    "age": pa.array([30, None, 7, None]),
    "score": np.array([0.5, np.nan, -0.0, 1e300]),
    "tags": [["x"], None, 3, [1, 0.5]],
}
KNOWS = {
    "~from": ["c", "a", "a", "a"],
    "~to": ["c", "b", "b", "d"],
    "~label": ["LIKES", "KNOWS", "KNOWS", None],
    "since": [2001, 2002, 2003, None],
}


def test_a_small_graph_loads_with_labels_types_and_properties() -> None:
    version = build(empty(), PEOPLE, KNOWS)
    check(version)
    nodes = nodes_of(version)
    assert nodes["a"] == (("Person",), {"age": 30, "score": 0.5, "tags": ["x"]})
    assert nodes["b"][0] == ("Admin", "Person")
    assert np.isnan(nodes["b"][1]["score"])
    assert nodes["c"] == ((), {"age": 7, "score": -0.0, "tags": 3})
    assert nodes["d"][1]["tags"] == [1, 0.5]
    assert dict(version.label_counts) == {"Person": 2, "Admin": 2}
    assert edges_of(version) == [
        ("KNOWS", "a", "b", [("since", 2002)]),
        ("KNOWS", "a", "b", [("since", 2003)]),
        ("LIKES", "c", "c", [("since", 2001)]),
        ("edge", "a", "d", []),
    ]
    assert links_of(version) == sorted((t, s, e) for t, s, e, _ in edges_of(version))


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, dict])
def test_tables_of_all_kinds_mean_the_same(make: Any) -> None:
    nodes = {"~id": ["a", "b"], "~label": ["P", "Q"], "x": [1, None]}
    edges = {"~from": ["a"], "~to": ["b"], "w": [1.5]}
    version = build(empty(), make(nodes), make(edges))
    assert nodes_of(version) == {"a": (("P",), {"x": 1}), "b": (("Q",), {})}
    assert edges_of(version) == [("edge", "a", "b", [("w", 1.5)])]


@pytest.mark.parametrize(
    "ids",
    [np.arange(3), np.array(["0", "1", "2"]), pl.Series([0, 1, 2]), pa.array([0, 1, 2], pa.int8())],
)
def test_integer_ids_become_text(ids: Any) -> None:
    version = build(empty(), {"~id": ids}, {"~from": ids, "~to": ids})
    assert list(nodes_of(version)) == ["0", "1", "2"]
    assert version.edge_count == 3


def test_many_texts_of_numpy_load() -> None:
    """Arrow makes chunks of NumPy texts of some 80 MB in all, four bytes a character."""
    ids = np.char.add(np.full(25_000, "x" * 900), np.arange(25_000).astype(str))
    assert isinstance(pa.array(ids), pa.ChunkedArray)
    graph = build(empty(), {"~id": ids, "text": ids}, None)
    assert read.node_count(graph) == len(ids)
    assert read.find_node(graph, str(ids[-1])) == len(ids) - 1


def test_dictionaries_chunks_and_narrow_types_load() -> None:
    table = pa.table(
        {
            "~id": pa.chunked_array([["a"], ["b", "c"]]),
            "~label": pa.array(["x", "y", "x"]).dictionary_encode(),
            "city": pa.array(["Rome", None, "Rome"]).dictionary_encode(),
            "flag": pa.array([True, None, False]),
            "small": pa.array([1, 2, 3], pa.uint8()),
            "single": pa.array([0.5, 1.5, None], pa.float32()),
            "nothing": pa.nulls(3),
            "view": pa.array(["p", "q", None], pa.string_view()),
        }
    )
    nodes = nodes_of(build(empty(), table, None))
    assert nodes["a"] == (
        ("x",),
        {"city": "Rome", "flag": True, "small": 1, "single": 0.5, "view": "p"},
    )
    assert nodes["b"] == (("y",), {"small": 2, "single": 1.5, "view": "q"})
    assert nodes["c"] == (("x",), {"city": "Rome", "flag": False, "small": 3})


def test_loading_copies_what_the_caller_may_change() -> None:
    ages = np.arange(1000)
    version = build(empty(), {"~id": np.arange(1000), "age": ages}, None)
    ages[:] = -1
    assert read.node_properties(version, 7) == {"age": 7}


@pytest.mark.parametrize(("group_rows", "part_rows"), [(65_536, 10_000), (8, 300), (16, 1)])
def test_edges_are_numbered_by_type_source_target(
    group_rows: int, part_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GROUP_ROWS", group_rows)
    monkeypatch.setattr(limits, "PATCH_BULK_ROWS", 2)
    monkeypatch.setattr(builder, "_PART_ROWS", part_rows)
    rng = np.random.default_rng(5)
    version = build(
        empty(),
        {"~id": np.arange(50)},
        {
            "~from": rng.integers(0, 50, 2000),
            "~to": rng.integers(0, 50, 2000),
            # C is so rare that its edges are sorted as a whole.
            "~label": rng.choice(["A", "B", "C"], 2000, p=[0.6, 0.398, 0.002]),
            "row": np.arange(2000),
        },
    )
    check(version)
    edges = np.arange(2000)
    sources, targets = read.edge_ends(version, edges)
    types = [version.types.index(str(name)) for name in read.edge_types(version, edges).to_list()]
    rows = read.edge_property(version, edges, "row").data
    keys = list(zip(types, sources.tolist(), targets.tolist(), rows.tolist(), strict=True))
    assert keys == sorted(keys)


@st.composite
def loads(draw: st.DrawFn) -> list[tuple[int, list[tuple[int, int, str]]]]:
    """A few loads: how many nodes each adds, and its edges among all nodes so far."""
    steps, total = [], 0
    for _ in range(draw(st.integers(1, 3))):
        count = draw(st.integers(0, 30))
        total += count
        node = st.integers(0, max(total - 1, 0))
        edge = st.tuples(node, node, st.sampled_from(["A", "B"]))
        steps.append((count, draw(st.lists(edge, max_size=30 if total else 0))))
    return steps


@given(loads(), st.sampled_from([2, 8, 1000]))
def test_several_loads_equal_single_creations(
    steps: list[tuple[int, list[tuple[int, int, str]]]], bulk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Tiny groups: a load ends in the middle of one and spreads over several.
        patch.setattr(limits, "GROUP_ROWS", 8)
        patch.setattr(limits, "PATCH_BULK_ROWS", bulk)
        loaded = created = empty()
        for count, edges in steps:
            first = loaded.next_node
            names = [f"n{number}" for number in range(first, first + count)]
            labels = [["P"] if number % 3 else ["P", "Q"] for number in range(count)]
            values = [number if number % 2 else None for number in range(count)]
            loaded = build(
                loaded,
                {"~id": names, "~label": pa.array(labels, pa.list_(pa.string())), "v": values},
                {
                    "~from": [f"n{source}" for source, _, _ in edges],
                    "~to": [f"n{target}" for _, target, _ in edges],
                    "~label": [name for _, _, name in edges],
                    "w": list(range(len(edges))),
                },
            )
            check(loaded)
            for name, label, value in zip(names, labels, values, strict=True):
                properties = {"v": col.from_values([value])}
                created = apply(
                    created,
                    CreateNodes(
                        created.next_node, 1, tuple(label), col.strings([name]), properties
                    ),
                )
            for row, (source, target, name) in enumerate(edges):
                ends = np.array([source]), np.array([target])
                properties = {"w": col.from_values([row])}
                created = apply(created, CreateEdges(created.next_edge, name, *ends, properties))
        assert nodes_of(loaded) == nodes_of(created)
        assert edges_of(loaded) == edges_of(created)
        assert links_of(loaded) == links_of(created)
        assert loaded.label_counts == created.label_counts


def test_a_load_larger_than_a_group() -> None:
    count = limits.GROUP_ROWS + 1000
    ids = np.arange(count)
    version = build(empty(), {"~id": ids, "x": ids}, {"~from": ids, "~to": ids[::-1]})
    check(version)
    assert len(version.nodes) == len(version.edges) == 2
    some = np.array([0, 5, count - 1])
    assert read.expand(version, some, (), "out").nodes.tolist() == (count - 1 - some).tolist()
    assert read.node_property(version, some, "x").to_list() == some.tolist()
    assert read.find_node(version, str(count - 1)) == count - 1


@pytest.mark.parametrize(
    ("nodes", "edges", "says"),
    [
        ({"~id": ["a", "b", "a", "a"]}, None, "2 of 4 nodes .* 'a' in row 2"),
        ({"~id": ["x", "old"]}, None, "1 of 2 nodes .* 'old' in row 1"),
        ({"~id": ["x", None]}, None, "1 of 2 nodes have no ~id.* row 1"),
        ({"~id": pa.nulls(2)}, None, "2 of 2 nodes have no ~id"),
        (None, {"~from": ["old"], "~to": ["who"]}, "1 of 1 edges have a ~to .* 'who' in row 0"),
        (None, {"~from": ["old", None], "~to": ["old", "old"]}, "~from .* None in row 1"),
    ],
)
def test_broken_constraints_name_how_many_and_the_first(nodes: Any, edges: Any, says: str) -> None:
    version = build(empty(), {"~id": ["old"]}, None)
    with pytest.raises(Invalid, match=says) as error:
        build(version, nodes, edges)
    assert error.value.kind == "constraint"


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        ([1, 2], None),
        ({"x": [1]}, None),
        ({"~id": ["a"], "x": [1, 2]}, None),
        ({"~id": [1.5]}, None),
        ({"~id": ["a"], "~label": [1]}, None),
        ({"~id": ["a"], "~labels": ["L"]}, None),
        ({"~id": ["a"], "raw": pa.array([b"x"])}, None),
        ({"~id": ["a"], "big": np.array([2**63], np.uint64)}, None),
        ({"~id": ["a"], "big": [2**63]}, None),
        ({"~id": ["a"], "odd": [object()]}, None),
        ({"~id": ["a"], "map": [{"k": 1}]}, None),
        ({"~id": ["a"], "map": pa.array([{"k": 1}])}, None),
        ({"~id": ["a"], "lists": [[[1]]]}, None),
        ({"~id": ["a"], "holes": pa.array([[1, None]])}, None),
        ({"~id": ["\ud800"]}, None),
        ({"~id": ["a"], "half": ["\ud800"]}, None),
        ({"~id": ["a"], "half": np.array(["\ud800"])}, None),
        ({"~id": ["a"], "~label": [["\ud800"]]}, None),
        (None, {"~from": ["a"]}),
        (None, {"~from": ["old"], "~to": ["old"], "~label": [["A", "B"]]}),
    ],
)
def test_tables_that_no_graph_can_hold_are_refused(nodes: Any, edges: Any) -> None:
    version = build(empty(), {"~id": ["old"]}, None)
    with pytest.raises(Invalid) as error:
        build(version, nodes, edges)
    assert error.value.kind == "illegal_argument"


def test_nothing_to_load_changes_nothing() -> None:
    version = build(empty(), PEOPLE, None)
    assert build(version, None, None) is version
    assert build(version, {"~id": []}, {"~from": [], "~to": []}) is version


EMBEDDED = {"~id": ["a", "b", "c"], "x": [1, 2, 3]}
LISTS = [[1, 2.5], None, [3, -4]]


@pytest.mark.parametrize(
    "lists",
    [
        LISTS,
        pa.array(LISTS, pa.list_(pa.float64())),
        pa.chunked_array([LISTS[:1], LISTS[1:]], pa.large_list(pa.float32())),
        pa.array(LISTS, pa.list_(pa.float32(), 2)),
        pl.Series([[1.0, 2.5], None, [3.0, -4.0]]),
    ],
    ids=["python", "lists", "chunks", "fixed", "polars"],
)
def test_embeddings_load(lists: Any) -> None:
    version = build(empty(2), {"~id": ["z"]}, None)
    version = build(version, {**EMBEDDED, "~embedding": lists}, None)
    check(version)
    assert version.vectors is not None
    has, numbers = version.vectors.gather(np.arange(4))
    assert (has.tolist(), numbers.tolist()) == ([False, True, False, True], [[1, 2.5], [3, -4]])
    assert nodes_of(version)["a"] == ((), {"x": 1})


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ([[1, 2], [1], [1, 2]], "no 2 finite numbers of 32 bits in row 1"),
        ([None, [1, 2], [1, 2, 3]], "no 2 finite numbers of 32 bits in row 2"),
        ([None, [1, float("nan")], None], "no 2 finite numbers of 32 bits in row 1"),
        ([None, [1, None], None], "no 2 finite numbers of 32 bits in row 1"),
        ([None, [1, 1e39], None], "no 2 finite numbers of 32 bits in row 1"),
        (["a", "b", "c"], "other things than lists of numbers"),
        ([["a", "b"], None, None], "other things than lists of numbers"),
        ([1, 2, 3], "other things than lists of numbers"),
    ],
)
def test_what_is_no_embedding_is_refused(lists: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        build(empty(2), {**EMBEDDED, "~embedding": lists}, None)


def test_a_graph_without_an_index_loads_no_embeddings() -> None:
    with pytest.raises(Invalid, match="has no vector index"):
        build(empty(), {**EMBEDDED, "~embedding": LISTS}, None)
