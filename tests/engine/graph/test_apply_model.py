"""Goal: whatever is done to a graph, in whatever sizes, and whenever patches are folded, a version
reads like the plain graph, keeps its invariants, and never changes once made. Method: random
changes to both, with limits so small that a few rows meet every path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.graph import adjacency, apply, delta, entities, expand, fold, id_index, version
from seaglass.engine.graph.check import check
from seaglass.engine.values import column as cols

from .plain_graph import PlainGraph, assert_same

if TYPE_CHECKING:
    from seaglass.engine.values.column import Column

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "ints": st.integers(-5, 5),
    "floats": st.floats(allow_nan=False, width=16),
    "texts": st.text(max_size=3),
    "bools": st.booleans(),
    "lists": st.lists(st.integers(0, 3), max_size=2),
    "any": st.one_of(st.integers(0, 3), st.text(max_size=2), st.floats(0, 1), st.none()),
    "nulls": st.none(),
}

VECTOR = st.lists(st.floats(-4, 4, width=32), min_size=2, max_size=2)

# (rows of a group, from how many rows a change is bulk, hard limit, overlay, small)
MACHINES = {
    "all patches": (8, 1_000, 1_000, 1_000, 0),
    "all patches, merged for reading": (8, 1_000, 1_000, 0, 0),
    "all bulk": (8, 1, 1_000, 4, 0),
    "few and many": (8, 3, 9, 4, 2),
    "one group": (1_000, 3, 9, 4, 2),
}


def columns(draw: st.DrawFn, rows: int, keys: str) -> dict[str, Column]:
    return {key: column(draw, rows) for key in keys if draw(st.booleans())}


def column(draw: st.DrawFn, rows: int) -> Column:
    one = VALUES[draw(st.sampled_from(sorted(VALUES)))]
    values = draw(st.lists(st.one_of(one, one, st.none()), min_size=rows, max_size=rows))
    return cols.mixed(values) if draw(st.integers(0, 4)) == 0 else cols.from_values(values)


def some(draw: st.DrawFn, numbers: list[int], unique: bool = True) -> np.ndarray[Any, Any]:
    size = draw(st.sampled_from([1, 1, 2, 5, 12]))
    chosen = draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=size, unique=unique))
    return np.array(chosen, np.int64)


def next_change(draw: st.DrawFn, plain: PlainGraph) -> delta.Change | None:
    """A change that the plain graph allows."""
    kind = draw(st.sampled_from(["nodes", "nodes", "edges", "edges", *"plLdDvvV"]))
    nodes, edges = sorted(plain.nodes), sorted(plain.alive_edges())
    size = draw(st.sampled_from([1, 1, 2, 5, 11]))
    if kind == "nodes" or not nodes:
        labels = tuple(label for label in "ABC" if draw(st.booleans()))
        texts = [f"n{number}" for number in range(plain.next_node, plain.next_node + size)]
        properties = columns(draw, size, "xyz")
        return delta.CreateNodes(plain.next_node, size, labels, cols.strings(texts), properties)
    if kind == "edges":
        ends = st.lists(st.sampled_from(nodes), min_size=size, max_size=size)
        sources, targets = (np.array(draw(ends), np.int64) for _ in range(2))
        properties = columns(draw, size, "vw")
        name = draw(st.sampled_from("RST"))
        return delta.CreateEdges(plain.next_edge, name, sources, targets, properties)
    if kind == "p":
        numbers = some(draw, nodes, unique=False)
        key = draw(st.sampled_from("xyz"))
        return delta.SetNodeProperty(numbers, key, column(draw, len(numbers)))
    if kind == "l":
        sides = {label: draw(st.sampled_from(["", "added", "removed"])) for label in "ABCD"}
        added, removed = (
            tuple(label for label, side in sides.items() if side == wanted)
            for wanted in ("added", "removed")
        )
        return delta.SetLabels(some(draw, nodes, unique=False), added, removed)
    if kind == "v":
        numbers = some(draw, nodes, unique=False)
        vectors = draw(st.lists(VECTOR, min_size=len(numbers), max_size=len(numbers)))
        return delta.SetVectors(numbers, np.array(vectors, np.float32))
    if kind == "V":
        return delta.RemoveVectors(some(draw, nodes, unique=False))
    if kind == "d":
        ends = {n for edge in plain.alive_edges().values() for n in (edge.source, edge.target)}
        free = sorted(set(nodes) - ends)
        return delta.DeleteNodes(some(draw, free)) if free else None
    if not edges:
        return None
    if kind == "L":
        numbers = some(draw, edges, unique=False)
        key = draw(st.sampled_from("vw"))
        return delta.SetEdgeProperty(numbers, key, column(draw, len(numbers)))
    return delta.DeleteEdges(some(draw, edges))


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=max(12, settings.default.max_examples // 4))
@given(data=st.data())
def test_a_version_is_what_was_done_to_it(machine: str, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        rows, bulk, hard, overlay, small = MACHINES[machine]
        patch.setattr(limits, "GROUP_ROWS", rows)
        patch.setattr(limits, "PATCH_BULK_ROWS", bulk)
        patch.setattr(limits, "VECTOR_BLOCK_BYTES", 8 * data.draw(st.sampled_from([1, 4, 32, 512])))
        patch.setattr(limits, "PATCH_ROWS_HARD", hard)
        patch.setattr(limits, "PATCH_OVERLAY_ROWS", overlay)
        patch.setattr(entities, "_SMALL_ROWS", small)
        patch.setattr(expand, "_SMALL_NODES", small)
        patch.setattr(apply, "_SMALL_NODES", small)
        patch.setattr(id_index, "RECENT_MAX", 4)
        patch.setattr(id_index, "PARTITION_ROWS", 8)
        run(data.draw(st.integers(1, 9)), data)


def run(steps: int, data: st.DataObject) -> None:
    """Changes, with folds of what has been folded beside some of them."""
    plain = PlainGraph()
    graph = version.empty(2)
    history = [(graph, plain.copied())]
    folds: list[fold.Fold] = []
    for _ in range(steps):
        if data.draw(st.integers(0, 2)) == 0:
            folds = [fold.fold(graph, place) for place in fold.plan_folds(graph, 1)]
        change = data.draw(st.composite(lambda draw: next_change(draw, plain))())
        if change is not None:
            graph = apply.apply(graph, change)
            plain.apply(change)
        if folds and data.draw(st.booleans()):
            graph = fold.with_folds(graph, folds)
            folds = []
        check(graph)
        assert_same(graph, plain)
        history.append((graph, plain.copied()))
    for before, was in history[-4:]:
        assert_same(before, was)


def test_a_folded_version_has_no_patches() -> None:
    graph = version.empty(2)
    ids = cols.strings([f"n{number}" for number in range(5)])
    graph = apply.apply(graph, delta.CreateNodes(0, 5, ("A",), ids, {}))
    ends = np.arange(5)
    graph = apply.apply(graph, delta.CreateEdges(0, "R", ends, ends[::-1].copy(), {}))
    graph = apply.apply(graph, delta.SetVectors(ends, np.ones((5, 2), np.float32)))
    places = fold.plan_folds(graph, 1)
    assert {place.table for place in places} == set(fold.Table)
    folded = fold.with_folds(graph, [fold.fold(graph, place) for place in places])
    assert fold.plan_folds(folded, 1) == ()
    assert not folded.nodes[0].patch
    assert folded.adjacency["R"].out[0].segment().neighbours.tolist() == [4, 3, 2, 1, 0]
    assert adjacency.fold_links(folded.adjacency["R"].out[0]) is folded.adjacency["R"].out[0]
    check(folded)
