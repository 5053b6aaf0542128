"""Folding beside writers: the content stays, the patches go, nothing waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Interrupted
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.folding import fold_once
from seaglass.engine.graph.check import check
from seaglass.engine.graph.fold import plan_folds
from tests.engine.items import add, opened, reached

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph


def go_on() -> None:
    pass


def patched(graph: Graph) -> None:
    """2,000 nodes in chunks, and a patch large enough to be folded."""
    graph.query("UNWIND range(1, 2000) AS n CREATE (:A {`~id`: 'a-' + toString(n), n: n})")
    for start in range(1, 1_500, 100):
        graph.query(
            "UNWIND range($start, $stop) AS n MATCH (a:A {`~id`: 'a-' + toString(n)}) SET a.n = -n",
            {"start": start, "stop": start + 99},
        )


def total(graph: Graph) -> int:
    (row,) = graph.query("MATCH (a:A) RETURN sum(a.n) AS total").rows()
    found = row["total"]
    assert isinstance(found, int)
    return found


def test_a_fold_keeps_the_content_and_empties_the_patch() -> None:
    graph = opened(MemoryFiles()).create_graph("g")
    patched(graph)
    before, number = total(graph), graph.version.number
    assert plan_folds(graph.version)
    assert fold_once(graph._writer, go_on) > 0
    assert not plan_folds(graph.version)
    assert (total(graph), graph.version.number) == (before, number)
    assert fold_once(graph._writer, go_on) == 0
    check(graph.version)


def test_what_is_written_while_folding_stays_on_top() -> None:
    graph = opened(MemoryFiles()).create_graph("g")
    patched(graph)
    before = total(graph)
    writes = iter([graph.query])

    def write_once() -> None:
        for query in writes:
            query("MATCH (a {`~id`: 'a-1'}) SET a.n = 1000000")

    assert fold_once(graph._writer, write_once) > 0
    assert total(graph) == before + 1 + 1_000_000
    check(graph.version)


def test_a_reset_while_folding_wins() -> None:
    graph = opened(MemoryFiles()).create_graph("g")
    patched(graph)
    resets = iter([graph.reset])

    def reset_once() -> None:
        for reset in resets:
            reset()

    fold_once(graph._writer, reset_once)
    assert graph.version.node_count == 0
    add(graph, 1)
    assert reached(graph) == 1


def test_a_fold_can_be_stopped() -> None:
    graph = opened(MemoryFiles()).create_graph("g")
    patched(graph)

    def stop() -> None:
        raise Interrupted("cancelled", "enough")

    with pytest.raises(Interrupted):
        fold_once(graph._writer, stop)
    assert plan_folds(graph.version)


def test_the_background_folds_and_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seaglass.engine.live_graph.LOG_CHECKPOINT_BYTES", 50_000)
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    number = 0
    while graph._checkpoints.position < 2 or plan_folds(graph.version):
        number += 1
        add(graph, number)
        assert number < 20_000
        threading.Event().wait(0.0005)
    assert graph._upkeep.failure is None
    graph.close()
    again = database.graph("g")
    assert reached(again) == number
    check(again.version)
