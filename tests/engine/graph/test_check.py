"""Goal: `check` finds each kind of damage. Method: take a sound version apart, break one thing, put it together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from immutables import Map

from seaglass.base.errors import Corrupt
from seaglass.engine.graph import delta, version
from seaglass.engine.graph.adjacency import CsrSegment, Links, RowLinks
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.check import check
from seaglass.engine.graph.chunk import ALL, Bitmap, ChunkRef
from seaglass.engine.graph.fold import fold, plan_folds, with_folds
from seaglass.engine.graph.group import Base, Group, RowPatch
from seaglass.engine.graph.id_index import IdIndex
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion


def sound() -> GraphVersion:
    """Four nodes, of which the last is deleted, and three edges; all folded."""
    graph = version.empty()
    ids = cols.strings(["a", "b", "c", "d"])
    properties = {"x": cols.from_values([1, None, 3, 4])}
    graph = apply(graph, delta.CreateNodes(0, 4, ("A",), ids, properties))
    graph = apply(graph, delta.SetLabels(np.array([1]), ("B",), ()))
    sources, targets = np.array([0, 0, 2]), np.array([1, 2, 2])
    graph = apply(graph, delta.CreateEdges(0, "R", sources, targets, {}))
    graph = apply(graph, delta.DeleteNodes(np.array([3])))
    return with_folds(graph, [fold(graph, place) for place in plan_folds(graph, 1)])


def with_base(**fields: Any) -> GraphVersion:
    graph = sound()
    base = replace(graph.nodes[0].base, **fields)
    return replace(graph, nodes=(Group(base, graph.nodes[0].rows, Map()),))


def with_column(key: str, values: list[Any]) -> GraphVersion:
    columns = dict(sound().nodes[0].base.columns)
    columns[key] = ChunkRef.of(cols.from_values(values))
    return with_base(columns=columns)


def with_patch(row: int, patch: RowPatch) -> GraphVersion:
    graph = sound()
    return replace(graph, nodes=(Group(graph.nodes[0].base, 4, Map({row: patch})),))


def with_out(indptr: list[int], neighbours: list[int], edges: list[int]) -> GraphVersion:
    arrays = (np.array(numbers, np.int32) for numbers in (indptr, neighbours, edges))
    return with_links(Links(ChunkRef.of(CsrSegment(*arrays)), Map(), 0))  # type: ignore[arg-type]


def with_links(links: Links) -> GraphVersion:
    graph = sound()
    adjacency = replace(graph.adjacency["R"], out=(links,))
    return replace(graph, adjacency=graph.adjacency.set("R", adjacency))


def patched_links(row: int, patch: RowLinks, changed: int = 1) -> GraphVersion:
    return with_links(Links(sound().adjacency["R"].out[0].base, Map({row: patch}), changed))


def with_edge_type(token: int) -> GraphVersion:
    graph = sound()
    base = graph.edges[0].base
    columns = {**base.columns, "~type": ChunkRef.of(cols.ints(np.full(3, token, np.int64)))}
    edges = (Group(Base(3, columns, {}, ALL), 3, Map()),)
    return replace(graph, edges=edges)


def bitmap(*bits: int) -> ChunkRef[Bitmap]:
    return ChunkRef.of(Bitmap(np.array(bits, np.bool_)))


def test_a_sound_version_passes() -> None:
    check(sound())
    check(version.empty())


DAMAGED = {
    "node_count": lambda: replace(sound(), node_count=2),
    "edge_count": lambda: replace(sound(), edge_count=2),
    "label_counts": lambda: replace(sound(), label_counts=Map({"A": 3})),
    "groups have": lambda: replace(sound(), next_node=5),
    "length of column": lambda: with_column("x", [1, 2]),
    "has no value": lambda: with_column("y", [None] * 4),
    "dead row has a value": lambda: with_column("x", [1, 2, 3, 4]),
    "the same ~id": lambda: with_column("~id", ["a", "b", "a", None]),
    "index and ~id differ": lambda: with_column("~id", ["a", "b", "z", None]),
    "but 4 are alive": lambda: with_base(alive=ALL),
    "length of a bitmap": lambda: with_base(labels={"A": ALL, "B": bitmap(0, 1)}),
    "dead node has the label": lambda: with_base(labels={"A": ALL, "B": bitmap(0, 1, 0, 1)}),
    "should be ALL": lambda: with_base(labels={"A": bitmap(1, 1, 1, 0)}),
    "no node has the label": lambda: with_base(labels={"A": bitmap(0, 0, 0, 0)}),
    "outside of the rows": lambda: with_patch(9, RowPatch(True, (), {})),
    "labels are not in order": lambda: with_patch(1, RowPatch(True, ("B", "A"), {})),
    "dead row has labels": lambda: with_patch(1, RowPatch(False, ("A",), {})),
    "dead row has values": lambda: with_patch(1, RowPatch(False, (), {"x": 1})),
    "the index of ~id has": lambda: replace(sound(), ids=IdIndex(sound().ids.slots, 7)),
    "range": lambda: with_edge_type(5),
    "tokens": lambda: replace(sound(), types=("S",)),
    "count of edges": lambda: replace(
        sound(), adjacency=Map({"R": replace(sound().adjacency["R"], count=9)})
    ),
    "ends of indptr": lambda: with_out([0, 2, 2, 4], [1, 2, 2], [0, 1, 2]),
    "indptr descends": lambda: with_out([0, 2, 1, 3], [1, 2, 2], [0, 1, 2]),
    "not in order": lambda: with_out([0, 2, 2, 3], [2, 1, 2], [1, 0, 2]),
    "entries and edges differ": lambda: with_out([0, 2, 2, 3], [1, 2, 1], [0, 1, 2]),
    "removed what is not there": lambda: patched_links(1, RowLinks((), ((5, 5),))),
    "added what is there": lambda: patched_links(0, RowLinks(((1, 0),), ())),
    "an empty patch": lambda: patched_links(0, RowLinks((), ()), 0),
    "size of the patch": lambda: patched_links(1, RowLinks(((1, 9),), ()), 3),
}


@pytest.mark.parametrize("message", DAMAGED)
def test_damage_is_found(message: str) -> None:
    with pytest.raises(Corrupt, match=message):
        check(DAMAGED[message]())
