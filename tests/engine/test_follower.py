"""Goal: a follower reads what the writer has acknowledged, always, whatever the writer does.

Method: writer and follower on the same files; random writes, bulk loads, resets, checkpoints, folds,
reopenings of the writer; after each the follower must read what the writer reads.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, SeaglassError
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.engine.follower import Follower
from seaglass.engine.graph.check import check
from seaglass.engine.graphs import open_graph, promote
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.store import Store
from seaglass.storage.wal import log
from seaglass.testkit.files import NO_FAULT, Fault, FaultyFiles
from tests.engine.items import GRAPH, ROOT, add, opened, reached

if TYPE_CHECKING:
    from seaglass.engine.database import Database
    from seaglass.engine.queries import Queries


def follower_of(database: Database) -> Follower:
    return Follower(database._store, GRAPH, database._shared)


def content(graph: Queries) -> list[dict[str, Any]]:
    return graph.query(
        "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN n, collect(r.n) AS rs ORDER BY n.n, id(n)"
    ).rows()


def test_a_follower_sees_a_ref_that_is_replaced_at_once() -> None:
    """Two refs of one size, written within one tick of the clock that files get their times from."""
    database = opened(MemoryFiles(ManualClock()), ManualClock())
    graph = database.create_graph("g", graph_id=GRAPH)
    add(graph, 1)
    graph.checkpoint()
    follower = follower_of(database)
    graph.reset()
    assert follower.version.node_count == 0
    graph.load({"~id": ["a", "b", "c"]})
    assert follower.version.node_count == 3


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("how", ["before", "after"])
def test_a_follower_that_fails_once_has_missed_nothing(
    how: Literal["before", "after"], replaced: bool
) -> None:
    """Whichever read of its fails: the next look shows what the writer has acknowledged."""
    for at in itertools.count(1):
        files = MemoryFiles()
        database = opened(files)
        graph = database.create_graph("g", graph_id=GRAPH)
        for number in range(1, 4):
            add(graph, number)
        graph.checkpoint()
        faulty = FaultyFiles(files, NO_FAULT)
        store = Store(faulty, Layout(ROOT), ManualClock(), SeededRng(2))
        follower = Follower(store, GRAPH, database._shared)
        assert follower.version.node_count == 6
        if replaced:
            graph.reset()
            add(graph, 1)
        else:
            # To apply it takes chunks that the follower has not read yet.
            graph.query("MATCH (n:Item {n: 2}) DETACH DELETE n").close()
        faulty._fault = Fault(faulty.count + at, how, forever=False)
        with suppress(SeaglassError):
            assert follower.version.node_count == graph.version.node_count
        faulty._fault = NO_FAULT
        assert follower.version.node_count == graph.version.node_count
        assert content(follower) == content(graph)
        if not faulty.failed:
            break


OPERATIONS = st.lists(
    st.sampled_from(
        ["write", "write", "many", "mutate", "load", "reset", "checkpoint", "snapshot", "reopen"]
    ),
    max_size=12,
)


@example(operations=["write", "write", "reopen", "write"], lags=[2], small=False)
@example(operations=["many", "mutate"], lags=[], small=False)
@given(operations=OPERATIONS, lags=st.lists(st.integers(1, 4), max_size=12), small=st.booleans())
@settings(max_examples=60)
def test_a_follower_reads_what_the_writer_reads(
    operations: list[str], lags: list[int], small: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if small:
            # Each entry begins a segment, and saves cut the log.
            patch.setattr(log, "LOG_SEGMENT_BYTES", 1)
        files, clock = MemoryFiles(), ManualClock()
        database = opened(files, clock)
        database.create_graph("main", graph_id=GRAPH)
        follower = follower_of(database)
        due = 0
        for turn, operation in enumerate(operations):
            clock.advance(1)
            graph = database.graph("main")
            match operation:
                case "write":
                    add(graph, turn)
                case "many":
                    graph.query(
                        f"UNWIND range(1, 50) AS n CREATE (:Many {{n: n + {turn}}})"
                    ).close()
                case "mutate":
                    graph.query(
                        "CALL neptune.algo.degree.mutate({writeProperty: 'degree'})"
                    ).close()
                case "load":
                    graph.load({"~id": [f"load-{turn}"], "~label": ["Loaded"]})
                case "reset":
                    graph.reset()
                case "checkpoint":
                    graph.checkpoint()
                case "snapshot":
                    graph.snapshot(f"s{turn}")
                case "reopen":
                    database.close()
                    database = opened(files, clock, seed=turn + 2)
            due = due - 1 if due else (lags[turn] if turn < len(lags) else 1)
            if not due:
                assert content(follower) == content(database.graph("main"))
        assert content(follower) == content(database.graph("main"))
        check(follower.version)
        database.close()


def test_a_follower_takes_no_writes() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("main", graph_id=GRAPH)
    add(graph, 1)
    follower = follower_of(database)
    with pytest.raises(Conflict, match="takes no writes") as caught:
        follower.query("CREATE ()")
    assert caught.value.kind == "replica"
    assert not follower.queries()
    add(graph, 2)
    assert reached(follower) == 2  # type: ignore[arg-type]
    follower.close()
    with pytest.raises(Conflict, match="is closed"):
        follower.query("RETURN 1")


def test_half_a_frame_is_left_for_the_next_look() -> None:
    files = MemoryFiles()
    database = opened(files)
    graph = database.create_graph("main", graph_id=GRAPH)
    add(graph, 1)
    follower = follower_of(database)
    (segment,) = (path for path in files.tree if path.suffix == ".wal")
    whole = bytes(files.tree[segment].content)
    add(graph, 2)
    more = bytes(files.tree[segment].content)
    for size in range(len(whole), len(more)):
        files.tree[segment].content[:] = more[:size]
        assert reached(follower) == 1  # type: ignore[arg-type]
    files.tree[segment].content[:] = more
    assert reached(follower) == 2  # type: ignore[arg-type]


def test_a_promoted_follower_writes_on_with_what_it_has_in_memory() -> None:
    files, clock = MemoryFiles(), ManualClock()
    writer = opened(files, clock)
    writer.create_graph("main", graph_id=GRAPH)
    for number in (1, 2):
        add(writer.graph("main"), number)
    writer.graph("main").checkpoint()
    add(writer.graph("main"), 3)
    # It ends without a word, and its lock with it.
    writer.graph("main")._file_lock.release()
    follower = follower_of(writer)
    assert reached(follower) == 3  # type: ignore[arg-type]
    loaded = {digest for digest, ref in follower.chunks().items() if ref.loaded}
    assert loaded
    reading = follower.query("UNWIND range(1, 3) AS n RETURN n", query_id="reading")
    graph = promote(writer._store, follower)
    kept = {ref.digest for ref in chunk_refs(graph.version) if ref.loaded}
    assert loaded <= kept
    add(graph, 4)
    assert reached(graph) == 4
    # What was being read is read to its end, and can be seen and cancelled there.
    assert [query.id for query in graph.queries()] == ["reading"]
    assert len(reading.rows()) == 3
    assert not graph.queries()
    check(graph.version)
    graph.close()
    assert reached(open_graph(writer._store, GRAPH)) == 4


def test_a_follower_is_not_promoted_while_its_writer_lives() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("main", graph_id=GRAPH)
    add(graph, 1)
    follower = follower_of(database)
    with pytest.raises(Conflict, match="is open"):
        promote(database._store, follower)
    add(graph, 2)
    assert reached(follower) == 2  # type: ignore[arg-type]
