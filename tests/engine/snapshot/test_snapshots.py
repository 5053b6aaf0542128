"""Snapshots: exact under writers, cheap when little has changed, lazy to restore, checked byte by byte."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import seaglass
from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Corrupt, SeaglassError
from seaglass.base.limits import SAVE_REST_MS
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.database import Database
from seaglass.engine.graph.check import check
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.snapshot.manifest import reached_names, read_manifest
from seaglass.testkit.files import ForgetfulFiles
from tests.engine.items import GRAPH, ROOT, SNAPSHOT, add, opened, reached

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seaglass.engine.live_graph import Graph


def filled(graph: Graph, count: int) -> None:
    graph.query(
        "UNWIND range(1, $count) AS n "
        "CREATE (a:Item {`~id`: 'item-' + toString(n), n: n})-[:NEXT {n: n}]->(b:Mark {n: n})",
        {"count": count},
    )


def objects_of(files: MemoryFiles) -> list[Path]:
    return sorted(path for path in files.tree if path.is_relative_to(ROOT / "objects"))


def test_a_snapshot_under_writers_is_exactly_one_version() -> None:
    files = MemoryFiles()
    database = opened(files)
    graph = database.create_graph("g")
    stop = threading.Event()
    failures: list[BaseException] = []
    numbers = iter(range(1, 1_000_000))
    order = threading.Lock()

    def write() -> None:
        try:
            while not stop.is_set():
                with order:
                    add(graph, next(numbers))
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        taken = []
        for turn in range(12):
            low = graph.version
            while graph.version.number == low.number and not failures:
                threading.Event().wait(0.001)
            taken.append((low, graph.snapshot(f"s-{turn}"), graph.version))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert failures == []
    for low, ref, high in taken:
        assert low.number <= ref.version <= high.number
        copy = database.restore(ref.id, f"copy of {ref.name}")
        assert copy.version.number == ref.version
        assert copy.version.node_count == ref.node_count == 2 * reached(copy)
        check(copy.version)
        assert database.verify(ref.id).ok


def test_chunks_that_are_equal_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = limits.PATCH_BULK_ROWS
    monkeypatch.setattr(limits, "GROUP_ROWS", rows)
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    ids = [str(number) for number in range(2 * rows)]
    people = pa.table({"~id": ids, "~label": ["Person"] * len(ids), "n": range(len(ids))})
    ends = {"~from": ids, "~to": ids[::-1], "~label": ["KNOWS"] * len(ids)}
    graph.load(people, pa.table(ends))
    graph.snapshot("s")
    again = database.restore("s", "again")
    first, second = again.version.edges
    assert first.base.columns["~type"] is second.base.columns["~type"]
    assert first.base.columns["~source"] is not second.base.columns["~source"]
    again.prefetch(wait=True)
    assert again.residence.loaded == again.residence.total
    check(again.version)
    found = again.query(
        "MATCH (a)-[r:KNOWS]->(b) WHERE a.n + b.n = $sum RETURN count(r) AS n",
        {"sum": 2 * rows - 1},
    )
    assert found.rows() == [{"n": 2 * rows}]


def test_an_unchanged_graph_costs_a_label() -> None:
    files = MemoryFiles()
    graph = opened(files).create_graph("g")
    filled(graph, 2_000)
    first = graph.snapshot("first")
    assert first.objects_written > 5
    before = objects_of(files)
    second = graph.snapshot("second")
    assert (second.objects_written, second.bytes_written) == (0, 0)
    assert second.manifest == first.manifest
    assert set(before) < set(objects_of(files))
    assert len(objects_of(files)) == len(before) + 1


def test_a_snapshot_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        for number in range(2):
            add(graph, number + 1)
            graph.snapshot(f"s{number}")
        assert {"save", "sync"} <= {thread.name.split("_")[0] for thread in threading.enumerate()}
    assert set(threading.enumerate()) <= before


def test_a_snapshot_syncs_folders_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of what is named, then those of what names it, each at once."""
    disk = ForgetfulFiles()
    with opened(disk, ManualClock()) as database:
        graph = database.create_graph("g", graph_id=GRAPH)
        add(graph, 1)
        synced: list[frozenset[str]] = []
        sync_folders = ForgetfulFiles.sync_folders

        def note(files: ForgetfulFiles, folders: Sequence[Path]) -> None:
            synced.append(frozenset(folder.parent.name for folder in folders))
            sync_folders(files, folders)

        monkeypatch.setattr(ForgetfulFiles, "sync_folders", note)
        graph.snapshot("s", snapshot_id=SNAPSHOT)
        assert synced[-1] == {"graphs", ROOT.name}
        assert "objects" in synced[0]
        assert len(synced) == 2


def test_a_small_change_costs_a_pack_and_a_manifest() -> None:
    files = MemoryFiles()
    database = opened(files)
    graph = database.create_graph("g")
    filled(graph, 20_000)
    first = graph.snapshot("first")
    graph.query("MATCH (a {`~id`: 'item-7'}) SET a.n = 70")
    second = graph.snapshot("second")
    assert second.objects_written == 2
    assert second.bytes_written < first.bytes_written / 20
    graph.close()
    again = database.graph("g")
    add(again, 30_000)
    assert again.snapshot("third").objects_written == 2
    text = "MATCH (a {`~id`: 'item-7'}) RETURN a.n AS n"
    for name, value in (("first", 7), ("second", 70), ("third", 70)):
        assert database.restore(name, f"copy of {name}").query(text).rows() == [{"n": value}]


def test_a_restored_graph_loads_what_it_is_asked_for() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    filled(graph, 100_000)
    graph.snapshot("s")
    copy = database.restore("s", "copy")
    refs = list(chunk_refs(copy.version))
    assert len(refs) > 12
    assert not any(ref.loaded for ref in refs)
    text = "MATCH (a {`~id`: 'item-7'}) RETURN a.n AS n"
    assert copy.query(text).rows() == [{"n": 7}]
    assert 0 < sum(ref.loaded for ref in refs) <= 4
    check(copy.version)


def test_progress_is_told() -> None:
    graph = opened(MemoryFiles()).create_graph("g")
    filled(graph, 500)
    told: list[tuple[int, int]] = []
    graph.snapshot("s", progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 1


def test_every_changed_byte_is_reported() -> None:
    files = MemoryFiles()
    database = opened(files)
    graph = database.create_graph("g", graph_id=GRAPH)
    for number in range(1, 4):
        add(graph, number)
    ref = graph.snapshot("s", snapshot_id=SNAPSHOT)
    assert "all as they were written" in str(database.verify(SNAPSHOT))
    store = database._store
    document = read_manifest(store.objects(ref.key_id), ref.manifest, "snapshot")
    needed = reached_names(document) | {ref.manifest, f"{SNAPSHOT}.json"}
    paths = [path for path in sorted(files.tree) if path.name in needed]
    assert len(paths) == len(needed)
    for path in paths:
        content = files.tree[path].content
        for place in range(len(content)):
            content[place] ^= 1 << place % 8
            assert says_so(database, path.name.removesuffix(".json")), (path, place)
            content[place] ^= 1 << place % 8
    assert database.verify(SNAPSHOT).ok


def says_so(database: Database, name: str) -> bool:
    """Whether a verification names the damaged thing."""
    try:
        report = database.verify(SNAPSHOT)
    except Corrupt as error:
        return name in error.message
    return not report.ok and name in str(report)


def test_a_damaged_object_names_itself_and_its_graph() -> None:
    files = MemoryFiles()
    database = opened(files)
    graph = database.create_graph("g", graph_id=GRAPH)
    filled(graph, 2_000)
    graph.close()
    graph = database.graph("g")
    digest = graph.version.nodes[0].base.columns["n"].digest
    assert digest is not None
    (path,) = (path for path in objects_of(files) if path.name == digest.hex())
    files.tree[path].content[-1] ^= 1
    text = "MATCH (a:Item) RETURN sum(a.n) AS n"
    with pytest.raises(Corrupt, match=f"graph {GRAPH}.*{path.name}"):
        graph.query(text)
    whole = files.tree.pop(path)
    with pytest.raises(Corrupt, match=f"graph {GRAPH}.*{path.name}"):
        graph.query(text)
    graph.snapshot("s")
    report = database.verify("s")
    assert [problem.object for problem in report.problems] == [path.name]
    whole.content[-1] ^= 1
    files.tree[path] = whole
    assert graph.query(text).rows() == [{"n": 2_000 * 2_001 // 2}]
    assert database.verify("s").ok


def test_a_snapshot_that_failed_may_be_repeated_under_its_id() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    add(graph, 1)
    first = graph.snapshot("s", snapshot_id=SNAPSHOT)
    add(graph, 2)
    assert graph.snapshot("s", snapshot_id=SNAPSHOT) == first
    with pytest.raises(SeaglassError):
        graph.snapshot("s", snapshot_id="../../x")


def test_a_save_rests_beside_queries_only() -> None:
    clock = ManualClock()
    worked = 0.0

    def work(_: int, __: int) -> None:
        nonlocal worked
        worked += 0.1
        clock.work(0.1)

    with Database.open(None, clock=clock) as database:
        graph = database.create_graph("g")
        change = "MATCH (n) SET " + ", ".join(f"n.p{number} = {number}" for number in range(20))
        graph.load({"~id": [str(number) for number in range(5_000)]})
        graph.query(change).rows()
        reading = graph.query("MATCH (n) RETURN n")
        before = clock.monotonic()
        graph.snapshot("beside a query", progress=work)
        rested = clock.monotonic() - before - worked
        reading.close()
        assert SAVE_REST_MS / 1e3 <= rested <= SAVE_REST_MS / 1e3 + worked
        graph.query(change.replace(" = ", " = 1 + ")).rows()
        before, worked = clock.monotonic(), 0.0
        graph.snapshot("after a query", progress=work)
        assert worked
        assert clock.monotonic() == pytest.approx(before + worked)
