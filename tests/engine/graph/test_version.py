"""What a change costs: which parts of a version are shared with the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from seaglass.base import limits
from seaglass.engine.graph import delta, fold, read, version
from seaglass.engine.graph.apply import apply
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUP_ROWS", 512)


def graph_of(nodes: int) -> GraphVersion:
    """Nodes n0, n1, ... in a ring, each with its number as `x`."""
    numbers = np.arange(nodes)
    ids = cols.strings([f"n{number}" for number in range(nodes)])
    graph = apply(
        version.empty(), delta.CreateNodes(0, nodes, ("A",), ids, {"x": cols.ints(numbers)})
    )
    return apply(graph, delta.CreateEdges(0, "R", numbers, np.roll(numbers, -1), {}))


ONE = [
    delta.SetNodeProperty(np.array([700]), "x", cols.from_values(["text"])),
    delta.SetEdgeProperty(np.array([700]), "w", cols.from_values([1])),
    delta.SetLabels(np.array([700]), ("B",), ("A",)),
    delta.DeleteEdges(np.array([700])),
    delta.CreateEdges(2_000, "R", np.array([3]), np.array([700]), {}),
    delta.CreateNodes(2_000, 1, ("B",), cols.strings(["new"]), {"y": cols.from_values([1])}),
]


@pytest.mark.parametrize("change", ONE, ids=lambda change: type(change).__name__)
def test_a_change_of_one_row_copies_no_chunk(change: delta.Change) -> None:
    before = graph_of(2_000)
    after = apply(before, change)
    bases = [group.base for group in (*before.nodes, *before.edges)]
    assert [group.base for group in (*after.nodes, *after.edges)] == bases
    links = before.adjacency["R"].out + before.adjacency["R"].into
    now = after.adjacency["R"].out + after.adjacency["R"].into
    assert [one.base for one in now] == [one.base for one in links]
    changed = sum(a is not b for a, b in zip(after.nodes, before.nodes, strict=True))
    assert changed + sum(a is not b for a, b in zip(after.edges, before.edges, strict=True)) == 1
    assert after.number == before.number + 1


def test_a_change_of_many_rows_makes_chunks_and_leaves_the_other_columns() -> None:
    before = graph_of(2_000)
    numbers = np.arange(600)
    after = apply(before, delta.SetNodeProperty(numbers, "y", cols.ints(numbers)))
    first, second = after.nodes[0], after.nodes[1]
    assert not first.patch
    assert first.base.columns["x"] is before.nodes[0].base.columns["x"]
    assert len(second.patch) == 600 - 512
    assert after.nodes[2] is before.nodes[2]


def test_columns_take_the_narrowest_kind_again() -> None:
    graph = apply(graph_of(2), ONE[0].__class__(np.array([0]), "x", cols.from_values(["a"])))  # type: ignore[call-arg,arg-type]
    folded = with_all_folds(graph)
    assert folded.nodes[0].base.columns["x"].get().kind is Kind.MIXED
    back = delta.SetNodeProperty(np.array([0]), "x", cols.from_values([5]))
    assert with_all_folds(apply(folded, back)).nodes[0].base.columns["x"].get().kind is Kind.INT


def test_a_key_that_nobody_has_any_more_goes() -> None:
    numbers = np.arange(2)
    graph = apply(graph_of(2), delta.SetNodeProperty(numbers, "x", cols.nulls(2)))
    assert read.node_keys(graph) == ()
    assert set(with_all_folds(graph).nodes[0].base.columns) == {"~id"}


def test_a_fold_keeps_the_chunks_that_the_patch_does_not_touch() -> None:
    before = graph_of(2_000)
    folded = with_all_folds(apply(before, ONE[2]))
    assert folded.nodes[1].base.columns == before.nodes[1].base.columns
    assert folded.nodes[1].base.labels != before.nodes[1].base.labels


def test_a_fold_is_dropped_where_the_chunks_were_made_anew_meanwhile() -> None:
    graph = apply(graph_of(2_000), ONE[0])
    folds = [fold.fold(graph, place) for place in fold.plan_folds(graph, 1)]
    numbers = np.arange(512, 1_024)
    anew = apply(graph, delta.SetNodeProperty(numbers, "x", cols.ints(numbers)))
    after = fold.with_folds(anew, folds)
    assert after.nodes[1] is anew.nodes[1]
    assert read.node_property(after, np.array([700]), "x").to_list() == [700]


def test_a_patch_at_the_hard_limit_is_folded_by_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATCH_ROWS_HARD", 3)
    graph = graph_of(100)
    for number in range(3):
        change = delta.SetNodeProperty(np.array([number]), "x", cols.from_values([-1]))
        assert len(graph.nodes[0].patch) == number
        graph = apply(graph, change)
    assert not graph.nodes[0].patch
    assert read.node_property(graph, np.arange(4), "x").to_list() == [-1, -1, -1, 3]


def test_folds_are_planned_from_the_soft_limit_on() -> None:
    graph = graph_of(20)
    for number in range(4):
        change = delta.SetNodeProperty(np.array([number]), "x", cols.from_values([-1]))
        graph = apply(graph, change)
    places = [place for place in fold.plan_folds(graph, 4) if place.table is fold.Table.NODES]
    assert len(places) == 1
    assert len(graph.nodes[0].patch) == 20  # new nodes are in the patch, too
    assert fold.plan_folds(graph, 21) == ()


def test_numbers_are_never_given_twice() -> None:
    graph = apply(graph_of(3), delta.DeleteEdges(np.arange(3)))
    graph = apply(graph, delta.DeleteNodes(np.array([2])))
    assert (graph.next_node, graph.next_edge) == (3, 3)
    graph = apply(graph, delta.CreateNodes(3, 1, (), cols.strings(["n2"]), {}))
    assert read.find_node(graph, "n2") == 3


def with_all_folds(graph: GraphVersion) -> GraphVersion:
    return fold.with_folds(graph, [fold.fold(graph, place) for place in fold.plan_folds(graph, 1)])
