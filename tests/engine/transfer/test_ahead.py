"""Goal: an import stores what is ready while it builds the rest, and nobody can tell but by the clock.

Method: groups of few rows and files of a few hundred, so that there are many chunks of every kind.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Interrupted
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.graph.check import check
from seaglass.engine.snapshot.ahead import Ahead
from tests.engine.items import GRAPH, SNAPSHOT, opened
from tests.engine.transfer.items import edges_of, nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.database import Database
    from seaglass.engine.transfer.request import LoadProgress

NODES = 300
EDGES = 900


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with two types, a key that half of the edges have, and ends that are no row's."""
    monkeypatch.setattr(limits, "GROUP_ROWS", 32)
    monkeypatch.setattr(limits, "PATCH_BULK_ROWS", 2)
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 1_000)
    # Each object is written when it is there.
    monkeypatch.setattr("seaglass.storage.objects.sealed.PUT_TOGETHER_OBJECTS", 1)
    folder = tmp_path / "source"
    folder.mkdir()
    rows = [f"n{k},{'A;B' if k % 3 else 'C'},{k * k},text {k % 7}" for k in range(NODES)]
    (folder / "1.csv").write_text("~id,~label,square:Int,name\n" + "\n".join(rows) + "\n")
    for name, header in (("2", "since:Int"), ("3", "weight:Double")):
        ends = [(k * 17 % NODES, k * k % (NODES + 40)) for k in range(int(name), EDGES, 2)]
        lines = [
            f"n{source},n{target},{'LIKES' if target % 5 else 'KNOWS'},{target}"
            for source, target in ends
        ]
        (folder / f"{name}.csv").write_text(
            f"~from,~to,~label,{header}\n" + "\n".join(lines) + "\n"
        )
    return folder


def object_count(database: Database) -> int:
    return sum(1 for _ in database._store.raw_objects.list())


def manifest_of(source: Path) -> tuple[str, set[str]]:
    """What an import into a new store gives: its manifest, and all objects."""
    with opened(MemoryFiles()) as database:
        graph = database.create_graph("main", graph_id=GRAPH)
        graph.import_files(source)
        check(graph.version)
        names = {info.name for info in database._store.raw_objects.list()}
        return database._store.refs.graph(GRAPH).manifest, names


def test_the_same_is_stored_as_by_a_save_afterwards(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = manifest_of(source)
    monkeypatch.setattr(Ahead, "keep", lambda self, ref: None)
    assert manifest_of(source) == ahead


def test_the_same_graph_as_by_a_transaction(source: Path) -> None:
    with seaglass.open(None, import_folders=[str(source)]) as database:
        at_once, one_by_one = database.create_graph("a"), database.create_graph("b")
        at_once.import_files(source)
        one_by_one.query("CALL neptune.load({source: $s, format: 'csv'})", {"s": str(source)})
        assert nodes_of(at_once) == nodes_of(one_by_one)
        assert edges_of(at_once) == edges_of(one_by_one)
        assert len(edges_of(at_once)) == EDGES - 2


def test_cancelled_after_saving_began(source: Path) -> None:
    clock = ManualClock()
    with opened(MemoryFiles(clock), clock) as database:
        graph = database.create_graph("main", graph_id=GRAPH)
        before = object_count(database)
        ref = database._store.refs.graph(GRAPH)
        told: list[LoadProgress] = []

        def stop() -> bool:
            # Reading is 60 of a hundred: then building, and with it storing, has begun.
            if not told or told[-1].percent <= 60:
                return False
            end = time.monotonic() + 10
            while object_count(database) == before and time.monotonic() < end:
                time.sleep(0.001)
            return True

        with pytest.raises(Interrupted):
            graph.import_files(source, progress=told.append, stop=stop)
        assert object_count(database) > before
        assert graph.version.next_node == 0
        assert database._store.refs.graph(GRAPH) == ref
        assert graph.query("MATCH (n) RETURN count(*) AS n").rows() == [{"n": 0}]

        clock.advance(GC_GRACE_MS / 1000 + 1)
        database.sweep(database.plan_gc())
        assert object_count(database) == before
        graph.import_files(source)
        assert graph.version.edge_count == EDGES - 2
        graph.snapshot("s", snapshot_id=SNAPSHOT)
        assert database.verify(SNAPSHOT).ok


def test_progress_goes_on_while_it_is_built(source: Path) -> None:
    with opened(MemoryFiles()) as database:
        told: list[LoadProgress] = []
        database.create_graph("main").import_files(source, progress=told.append)
    percents = [one.percent for one in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len({percent for percent in percents if 60 < percent < 100}) > 5
