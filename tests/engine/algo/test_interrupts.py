"""What computes for the whole graph ends when it is to: at whichever look, and nothing stays held."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest

import seaglass
from seaglass.base.errors import Interrupted
from seaglass.engine.algo import blocks, hops
from seaglass.engine.algo.catalogue import BY_NODE, BY_ROW
from seaglass.engine.algo.distance import sssp_path
from seaglass.engine.algo.projection import project, selection_of
from seaglass.engine.algo.run import Given, Listed, Run
from seaglass.engine.cypher.semantics.algorithms import ALGORITHMS
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.kernels.traversal import DistanceScratch
from seaglass.engine.values import parts
from seaglass.engine.values.options import settings_of
from tests.engine.algo.tools import graph

if TYPE_CHECKING:
    from seaglass.engine.values.options import Settings

NEEDED: dict[str, dict[str, Any]] = {"closenessCentrality": {"numSources": 200}}


class Ending:
    """Ends what asks for the n-th time; kernels see the flag from then on."""

    def __init__(self, left: int) -> None:
        self.flag = new_flag()
        self.left = left

    def check(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.flag[0] = 1
            raise Interrupted("cancelled", "ended")


def settings(name: str) -> Settings:
    (options,) = [p.options for p in ALGORITHMS if p.name == f"neptune.algo.{name}"]
    return settings_of(name, options or (), NEEDED.get(name, {}))


@pytest.mark.parametrize("name", sorted({*BY_NODE} - {"degree"}))
def test_an_algorithm_ends_at_whichever_look(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_ENTRIES", 64)
    made = nx.gnp_random_graph(120, 0.05, seed=2, directed=True)
    version = graph(
        {str(node): [] for node in made}, [(str(s), str(t), "R", {}) for s, t in made.edges]
    ).version
    whole = BY_NODE[name](Run(version, Ending(10**9), lambda _: None), settings(name))
    ended = 0
    for look in range(1, 200):
        version.derived.clear()
        run = Run(version, Ending(look), lambda _: None)
        try:
            found = BY_NODE[name](run, settings(name))
        except Interrupted:
            ended += 1
            assert not run.alone.locked()
            continue
        assert found.values.tolist() == whole.values.tolist()
        break
    assert ended > 1
    names = {thread.name for thread in threading.enumerate()}
    assert not [one for one in names if one.startswith("algo")]


def test_a_long_path_ends_while_its_steps_are_read() -> None:
    nodes = 10_000
    graph = seaglass.open(None).create_graph("way")
    ids = [str(number) for number in range(nodes)]
    edges = {"~from": ids[:-1], "~to": ids[1:], "w": [1] * (nodes - 1)}
    graph.load(nodes={"~id": ids}, edges=edges)
    (options,) = [p.options for p in ALGORITHMS if p.name == "neptune.algo.sssp.bellmanFord.path"]
    weight = {"edgeWeightProperty": "w", "edgeWeightType": "int"}
    given_weight = settings_of("sssp.bellmanFord.path", options or (), weight)
    zero = np.zeros(1, np.int64)

    def ran(target: int, looks: int) -> tuple[int, int]:
        """How many looks there were, and the steps of the path."""
        ends = Listed(zero, zero, zero), Listed(zero, zero + target, zero)
        given = Given(zero, ends, given_weight)
        charged: list[int] = []
        ending = Ending(looks)
        for piece in sssp_path(Run(graph.version, ending, charged.append), given):
            (path,) = piece.columns["path"].to_list()
            # Beside what the search holds, which does not depend on the way.
            assert sum(charged) == searched + 300 * (len(path.edges) + 1) + 100
        assert sum(charged) == searched
        return looks - ending.left, len(path.edges)

    made = project(Run(graph.version, Ending(10**9), lambda _: None), selection_of(given_weight))
    searched = made.size_bytes + DistanceScratch.bytes_for(nodes) + nodes
    near, _ = ran(1, 10**9)
    far, steps = ran(nodes - 1, 10**9)
    assert steps == nodes - 1
    # 4,096 steps of it between two.
    assert far == near + 2
    for look in range(1, far + 1):
        with pytest.raises(Interrupted):
            ran(nodes - 1, look)


@pytest.mark.parametrize("name", ["topksssp", "egonet", "egonet.edgeList"])
def test_the_edges_of_a_hub_are_looked_at_a_few_at_a_time(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = 200
    monkeypatch.setattr(hops, "_PART_EDGES", 8)
    monkeypatch.setattr(hops, "FAR_ROWS", 8)
    monkeypatch.setattr(parts, "FAR_ROWS", 8)
    monkeypatch.setattr(parts, "PART_ROWS", 8)
    ids = [str(number) for number in range(leaves + 1)]
    hub = seaglass.open(None).create_graph("hub")
    edges = {"~from": ["0"] * leaves, "~to": ids[1:], "w": [0.5] * leaves}
    hub.load(nodes={"~id": ids}, edges=edges)
    (options,) = [p.options for p in ALGORITHMS if p.name == f"neptune.algo.{name}"]
    many: dict[str, Any] = {"hopCount": 1, "perHopLimits": [-1]}
    if name != "topksssp":
        many = {"hopCount": 1, "perHopMaxNeighbor": [-1], "perHopEdgeWeightProperty": ["w"]}
    given_settings = settings_of(name, options or (), {**many, "edgeWeightType": "double"})
    zero = np.zeros(1, np.int64)

    def looks(left: int) -> int:
        ending = Ending(left)
        run = Run(hub.version, ending, lambda _: None)
        given = Given(zero, (Listed(zero, zero, zero),), given_settings)
        assert list(BY_ROW[name](run, given))
        return left - ending.left

    # Weighed, sorted, taken and joined: each time all of them, eight at a time.
    times = looks(10**9)
    assert times > 8 * leaves // 8
    for left in range(1, times, 7):
        with pytest.raises(Interrupted):
            looks(left)
