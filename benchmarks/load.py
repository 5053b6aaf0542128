"""How long does it take to load 1 M people and 10 M relationships, and how much memory?

Straight onto a version, without storage: what the loader itself costs. The tables are ready in
memory as Arrow. A small load runs first, so that no figure holds the compilation of kernels. What
was loaded is checked against the tables before it counts.
"""

from __future__ import annotations

import resource
import statistics
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import QUICK, Figure, Scale, seconds
from benchmarks.social import Social, social
from seaglass.engine.graph import read
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.stats import summary
from seaglass.engine.graph.version import GraphVersion, empty

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
SAMPLE = 1_000


def measure(scale: Scale) -> Iterator[Figure]:
    warm = social(QUICK)
    build(empty(), warm.people, warm.knows)
    tables = social(scale)
    before = peak_mib()
    nodes, edges, size = [], [], f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    for _ in range(RUNS):
        made: list[GraphVersion] = []
        nodes.append(seconds(lambda m=made: m.append(build(empty(), tables.people, None))))
        edges.append(seconds(lambda m=made: m.append(build(m[0], None, tables.knows))))
    version = made[-1]
    verify(version, tables)
    yield Figure(f"{size}: load nodes", statistics.median(nodes), "s")
    yield Figure(f"{size}: load edges", statistics.median(edges), "s")
    yield Figure(f"{size}: edges a second", scale.edges / statistics.median(edges), "1/s")
    yield Figure(f"{size}: peak memory over the tables", peak_mib() - before, "MiB")
    yield Figure(
        f"{size}: detailed summary, first",
        seconds(lambda: summary(version, detailed=True)) * 1e3,
        "ms",
    )
    yield Figure(
        f"{size}: detailed summary, again",
        seconds(lambda: summary(version, detailed=True)) * 1e3,
        "ms",
    )


def verify(version: GraphVersion, tables: Social) -> None:
    """Counts, degrees of all nodes, and the properties of a sample, against the tables."""
    assert read.node_count(version) == tables.people.num_rows
    assert read.edge_count(version) == tables.knows.num_rows
    people = np.arange(tables.people.num_rows)
    for direction, column in (("out", "~from"), ("in", "~to")):
        ends = np.array(tables.knows[column].cast("int64"))
        expected = np.bincount(ends, minlength=len(people))
        assert (read.degrees(version, people, ("KNOWS",), direction) == expected).all()
    sample = np.random.default_rng(1).choice(people, SAMPLE)
    for key in ("name", "age", "city"):
        expected_values = tables.people[key].combine_chunks().take(sample).to_pylist()
        assert read.node_property(version, sample, key).to_list() == expected_values
    since = read.edge_property(version, np.arange(tables.knows.num_rows), "since")
    assert int(since.data.sum()) == int(np.array(tables.knows["since"]).sum())


def peak_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
