"""Summaries against plain counting, and against the figures of the air routes."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.graph import read
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.delta import (
    CreateNodes,
    DeleteEdges,
    DeleteNodes,
    SetEdgeProperty,
    SetNodeProperty,
)
from seaglass.engine.graph.group import Group
from seaglass.engine.graph.stats import Structure, Summary, summary
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.values import column as col

DATA = Path(os.environ.get("SEAGLASS_DATA", Path(__file__).parents[4] / "shared" / "data"))
TYPES = {"int": pl.Int64, "double": pl.Float64, "string": pl.String}


def counted(version: GraphVersion) -> Summary:
    """The summary by visiting every node and edge."""
    node_keys, edge_keys = Counter[str](), Counter[str]()
    nodes, edges = Counter[Any](), Counter[Any]()
    for node in [node for part in read.scan_nodes(version, ()) for node in part.tolist()]:
        keys = tuple(read.node_properties(version, node))
        out = read.expand(version, np.array([node]), (), "out")
        types = tuple(sorted({read.edge_type(version, edge) for edge in out.edges.tolist()}))
        node_keys.update(keys)
        nodes[keys, types] += 1
    for edge in [edge for part in read.scan_edges(version, ()) for edge in part.tolist()]:
        keys = tuple(read.edge_properties(version, edge))
        edge_keys.update(keys)
        edges[keys, ()] += 1
    del edges[(), ()]

    def structures(found: Counter[Any]) -> tuple[Structure, ...]:
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Structure(count, *shape) for shape, count in ordered)

    def frequent(found: Counter[str]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    return Summary(
        version.node_count,
        version.edge_count,
        read.labels(version),
        read.types(version),
        frequent(node_keys),
        frequent(edge_keys),
        structures(nodes),
        structures(edges),
    )


def table(name: str) -> pl.DataFrame:
    """A CSV file whose headers name types, empty cells as nulls."""
    frame = pl.read_csv(DATA / "air-routes" / name, infer_schema_length=0)
    columns = [header.partition(":") for header in frame.columns]
    return frame.select(
        pl.col(header).cast(TYPES[kind or "string"]).alias(key)
        for header, (key, _, kind) in zip(frame.columns, columns, strict=True)
    )


@pytest.mark.skipif(not (DATA / "air-routes").is_dir(), reason="the air routes are not there")
def test_air_routes_have_the_known_figures() -> None:
    version = build(empty(), table("air-routes-nodes.csv"), table("air-routes-edges.csv"))
    found = summary(version, detailed=True)
    assert (found.node_count, found.edge_count) == (3_748, 57_538)
    assert found.labels == ("airport", "continent", "country", "version")
    assert found.types == ("contains", "route")
    assert len(found.node_keys) == 14
    assert [key for key, _ in found.node_keys[:3]] == ["code", "desc", "type"]
    assert sum(count for _, count in found.node_keys) == 42_773
    assert found.edge_keys == (("dist", 50_532),)
    assert found.edge_structures == (Structure(50_532, ("dist",), ()),)
    assert found.node_structures is not None
    assert sum(structure.count for structure in found.node_structures) == 3_748
    airports, countries = found.node_structures[:2]
    assert len(airports.keys) == 12
    assert airports.types == ("route",)
    assert countries.keys == ("code", "desc", "type")
    assert countries.types == ("contains",)
    assert found == counted(version)


@given(st.integers(0, 2**32 - 1))
def test_summary_counts_what_is_there_after_any_changes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "GROUP_ROWS", 16)
        patch.setattr(limits, "PATCH_BULK_ROWS", 6)
        count = int(rng.integers(1, 60))

        def some(share: float) -> list[int | None]:
            return [1 if rng.random() < share else None for _ in range(count)]

        nodes = {"~id": np.arange(count), "a": some(1), "b": some(0.5), "c": some(0.1)}
        ends = {"~from": rng.integers(0, count, count), "~to": rng.integers(0, count, count)}
        edges = {**ends, "~label": rng.choice(["S", "T"], count), "w": some(0.5), "x": some(1)}
        version = build(empty(), nodes, edges)
        assert summary(version, detailed=True) == counted(version)
        picked = rng.permutation(count)[: rng.integers(1, count + 1)]
        nulls = col.from_values([int(v) if v else None for v in rng.integers(0, 2, len(picked))])
        version = apply(version, SetNodeProperty(picked, "b", nulls))
        version = apply(version, SetEdgeProperty(picked, "w", nulls))
        version = apply(version, SetNodeProperty(picked, "new", nulls))
        assert summary(version, detailed=True) == counted(version)
        version = apply(version, DeleteEdges(picked))
        lonely = np.flatnonzero(read.degrees(version, np.arange(count), (), "both") == 0)
        if len(lonely):
            version = apply(version, DeleteNodes(lonely))
        assert summary(version, detailed=True) == counted(version)
        assert summary(version, detailed=False).node_structures is None


def test_more_keys_than_bits_of_a_word() -> None:
    rng = np.random.default_rng(1)
    columns = {
        f"k{key:03}": [1 if bit else None for bit in rng.random(30) < 0.5] for key in range(130)
    }
    columns["k129"] = columns["k000"]
    version = build(empty(), {"~id": np.arange(30), **columns}, None)
    assert summary(version, detailed=True) == counted(version)


def test_a_small_write_reads_only_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUP_ROWS", 10)
    values = [1 if number % 2 else None for number in range(40)]
    version = build(empty(), {"~id": np.arange(40), "a": values}, None)
    summary(version, detailed=True)
    asked: list[Group] = []
    keys = Group.keys

    def noted(group: Group) -> set[str]:
        asked.append(group)
        return keys(group)

    changed = apply(version, SetNodeProperty(np.array([25]), "a", col.ints(np.array([5]))))
    for group in version.nodes:
        assert "structures" in group.derived
    monkeypatch.setattr(Group, "keys", noted)
    monkeypatch.setattr("seaglass.engine.graph.counts.node_key_counts", lambda _: {})
    found = summary(changed, detailed=True)
    assert asked == [changed.nodes[2]]
    assert found.node_structures is not None
    assert sum(structure.count for structure in found.node_structures) == 40


def test_structures_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    version = empty()
    for number in range(4):
        for _ in range(number + 1):
            properties = {f"k{number}": col.ints(np.array([1]))}
            ids = col.strings([f"n{version.next_node}"])
            version = apply(version, CreateNodes(version.next_node, 1, (), ids, properties))
    for most in (3, 4, 5):
        monkeypatch.setattr(limits, "STRUCTURES_MAX", most)
        found = summary(version, detailed=True).node_structures
        assert found is not None
        assert [structure.count for structure in found] == [4, 3, 2, 1][:most]


def test_an_empty_graph_has_nothing() -> None:
    assert summary(empty(), detailed=True) == Summary(0, 0, (), (), (), (), (), ())
