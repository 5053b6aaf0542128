"""Garbage collection: what it plans, and that it never deletes what something reaches."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seaglass.base import limits
from seaglass.base.clock import ManualClock, SystemClock
from seaglass.base.errors import Conflict, Corrupt
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.graph.check import check
from seaglass.engine.snapshot import gc, reach
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.snapshot.gc import GcPlan, plan_gc
from seaglass.engine.snapshot.manifest import read_manifest
from seaglass.engine.snapshot.refs import RetiredRef
from seaglass.storage.objects.store import ObjectInfo
from tests.engine.items import add, opened, reached

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.database import Database
    from seaglass.engine.snapshot.manifest import ManifestDocument
    from seaglass.storage.objects.sealed import SealedObjects

GRACE_SECONDS = GC_GRACE_MS / 1000


def test_a_plan_names_what_is_old_and_not_reached() -> None:
    now_ms = 10 * GC_GRACE_MS
    objects = [
        ObjectInfo("old", 10, 0.0),
        ObjectInfo("old and reached", 20, 0.0),
        ObjectInfo("at the limit", 30, (now_ms - GC_GRACE_MS) / 1000),
        ObjectInfo("young", 40, (now_ms - GC_GRACE_MS + 1) / 1000),
    ]
    retired = [
        RetiredRef("r-old", "graph", "k", "m", now_ms - GC_GRACE_MS),
        RetiredRef("r-young", "graph", "k", "m", now_ms - GC_GRACE_MS + 1),
    ]
    plan = plan_gc({"old and reached"}, retired, objects, now_ms)
    assert [doomed.name for doomed in plan.objects] == ["at the limit", "old"]
    assert plan.retired == ("r-old",)
    assert (plan.bytes, plan.kept_bytes, plan.young_bytes) == (40, 20, 40)
    assert "delete old (10 bytes): no graph or snapshot reaches it" in str(plan)
    assert "forget retired ref r-old" in str(plan)
    assert plan_gc({"old and reached"}, retired, reversed(objects), now_ms) == plan


def test_a_deleted_snapshot_is_freed_after_the_grace_period() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database = opened(files, clock)
    graph = database.create_graph("g")
    add(graph, 1)
    graph.snapshot("s")
    database.delete_graph("g")
    database.delete_snapshot("s")
    assert database.plan_gc().objects == ()
    clock.advance(GRACE_SECONDS)
    plan = database.plan_gc()
    swept = database.sweep(plan)
    assert (swept.objects, swept.bytes, swept.spared) == (len(plan.objects), plan.bytes, 0)
    assert swept.objects > 3
    assert not [path for path in files.tree if {"objects", "retired"} & set(path.parts)]
    assert database.sweep(plan).objects == 0


def test_an_older_plan_spares_what_is_in_use_by_now() -> None:
    clock = ManualClock()
    database = opened(MemoryFiles(clock), clock)
    graph = database.create_graph("g")
    add(graph, 1)
    graph.snapshot("s")
    database.delete_snapshot("s")
    graph.reset()
    clock.advance(GRACE_SECONDS)
    plan = database.plan_gc()
    assert plan.objects
    again = database.create_graph("again")
    graph.query("RETURN 1")
    add(again, 1)
    spared = database.sweep(plan).spared
    assert spared <= len(plan.objects)
    again.close()
    assert reached(database.graph("again")) == 1
    assert reached(database.graph("g")) == 0


def test_a_reader_of_an_older_version_finds_it_for_the_grace_period() -> None:
    clock = ManualClock()
    database = opened(MemoryFiles(clock), clock)
    graph = database.create_graph("g")
    for number in range(1, 4):
        add(graph, number)
    graph.close()
    clock.advance(GRACE_SECONDS)
    graph = database.graph("g")
    before = graph.version
    assert not any(ref.loaded for ref in chunk_refs(before))
    graph.reset()
    database.sweep(database.plan_gc())
    check(before)
    clock.advance(GRACE_SECONDS)
    assert database.sweep(database.plan_gc()).objects > 0


def test_what_cannot_be_read_stops_the_collection() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database = opened(files, clock)
    graph = database.create_graph("g")
    add(graph, 1)
    ref = graph.snapshot("s")
    clock.advance(GRACE_SECONDS)
    (path,) = (path for path in files.tree if path.name == ref.manifest)
    kept = files.tree.pop(path)
    with pytest.raises(Corrupt, match="manifest"):
        database.plan_gc()
    files.tree[path] = kept
    files.tree[database._store.layout.snapshot_ref(ref.id)].content[5] ^= 1
    with pytest.raises(Corrupt):
        database.plan_gc()


def test_a_sweep_in_the_middle_of_a_save_takes_nothing_from_it() -> None:
    clock = ManualClock()
    database = opened(MemoryFiles(clock), clock)
    graph = database.create_graph("g")
    add(graph, 1)

    def sweep_when_all_is_put(done: int, total: int) -> None:
        if done == total:
            clock.advance(GRACE_SECONDS)
            assert database.sweep(database.plan_gc()).objects > 0

    graph.snapshot("s", progress=sweep_when_all_is_put)
    assert database.verify("s").ok
    assert reached(database.restore("s", "copy")) == 1


def garbage_under(database: Database, key_id: str) -> None:
    """A graph with a snapshot, both deleted, under a key that is made if need be."""
    if key_id != "AWS_OWNED_KEY":
        database.keys.create(key_id)
    graph = database.create_graph("gone", key_id=key_id)
    add(graph, 1)
    graph.snapshot("gone")
    database.delete_graph("gone")
    database.delete_snapshot("gone")


@pytest.mark.parametrize("bundle_bytes", [0, limits.BUNDLE_BYTES_MIN])
def test_a_key_that_is_disabled_keeps_what_is_under_it_and_nothing_else(
    bundle_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", bundle_bytes)
    clock = ManualClock()
    files = MemoryFiles(clock)
    with opened(files, clock) as database:
        garbage_under(database, "AWS_OWNED_KEY")
        garbage_under(database, "key")
        graph = database.create_graph("g", key_id="key")
        add(graph, 1)
        graph.snapshot("s")
        database.keys.disable("key")
    clock.advance(GRACE_SECONDS)
    with opened(files, clock, seed=2) as database:
        plan = database.plan_gc()
        assert plan.closed == ("key",)
        assert "keep all that is under the key key, which cannot be used now" in str(plan)
        assert database.sweep(plan).objects == len(plan.objects) > 3
        assert database.plan_gc().objects == ()
        database.keys.enable("key")
        assert database.verify("s").ok
        assert reached(database.graph("g")) == 1
        plan = database.plan_gc()
        assert plan.closed == ()
        assert database.sweep(plan).objects > 3
        assert database.verify("s").ok


def test_a_key_that_is_disabled_after_the_plan_stops_the_sweep() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    with opened(files, clock) as database:
        garbage_under(database, "key")
        add(database.create_graph("g", key_id="key"), 1)
    clock.advance(GRACE_SECONDS)
    with opened(files, clock, seed=2) as database:
        plan = database.plan_gc()
        assert plan.objects
    with opened(files, clock, seed=3) as database:
        database.keys.disable("key")
        with pytest.raises(Conflict, match="Plan again"):
            database.sweep(plan)
        database.keys.enable("key")
        assert reached(database.graph("g")) == 1


def test_a_sweep_reads_no_manifest_while_saves_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database = opened(files, clock)
    graph = database.create_graph("g")
    for number in range(1, 9):
        add(graph, number)
        graph.snapshot(f"s{number}")
    for number in range(1, 5):
        database.delete_snapshot(f"s{number}")
    clock.advance(GRACE_SECONDS)
    plan = database.plan_gc()
    locks = []

    def read_and_look(objects: SealedObjects, digest: str, of: str) -> ManifestDocument:
        locks.append(set(files._locks))
        return read_manifest(objects, digest, of)

    monkeypatch.setattr(reach, "read_manifest", read_and_look)
    assert database.sweep(plan).objects > 0
    # Four snapshots, of which one is what the graph has: each is read once.
    assert len(locks) == 4
    assert not any(database._store.layout.objects_lock in held for held in locks)


def test_another_sweep_may_be_quicker() -> None:
    class Quicker(MemoryFiles):
        def remove(self, path: Path) -> None:
            super().remove(path)
            if path.parent.name == "retired":
                super().remove(path)

    clock = ManualClock()
    files = Quicker(clock)
    database = opened(files, clock)
    add(database.create_graph("g"), 1)
    database.graph("g").close()
    clock.advance(GRACE_SECONDS)
    plan = database.plan_gc()
    assert plan.retired
    database.sweep(plan)
    assert database.plan_gc().retired == ()


def test_saves_do_not_wait_for_the_end_of_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(SystemClock):
        ahead = 0.0

        def now(self) -> float:
            return super().now() + self.ahead

    class Slow(MemoryFiles):
        def remove(self, path: Path) -> None:
            if path.parent.parent.name == "objects":
                removing.set()
                threading.Event().wait(0.01)
            super().remove(path)

    removing = threading.Event()
    clock = Later()
    database = opened(Slow(clock), clock)  # type: ignore[arg-type]
    for number in range(40):
        garbage = database.create_graph("garbage")
        add(garbage, number)
        database.delete_graph("garbage")
    graph = database.create_graph("g")
    add(graph, 1)
    clock.ahead = 2 * GRACE_SECONDS
    monkeypatch.setattr(gc, "GC_BATCH_OBJECTS", 1)
    plan = database.plan_gc()
    assert len(plan.objects) > 100
    sweep = threading.Thread(target=database.sweep, args=(plan,))
    sweep.start()
    removing.wait()
    graph.snapshot("s")
    assert sweep.is_alive()
    sweep.join()
    assert database.verify("s").ok


@dataclass
class Known:
    """What a graph or snapshot must hold."""

    name: str
    items: int


class Collecting(RuleBasedStateMachine):
    """Graphs and snapshots come and go while garbage is collected, by plans new and old."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.files = MemoryFiles(self.clock)
        self.database: Database = opened(self.files, self.clock)
        self.graphs: list[Known] = []
        self.snapshots: list[Known] = []
        self.plans: list[GcPlan] = []
        self.names = 0

    def new_name(self) -> str:
        self.names += 1
        return f"name {self.names}"

    @rule()
    def create(self) -> None:
        known = Known(self.new_name(), 0)
        self.database.create_graph(known.name)
        self.graphs.append(known)

    @precondition(lambda self: self.graphs)
    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.graphs))
        known.items += 1
        add(self.database.graph(known.name), known.items)

    @precondition(lambda self: self.graphs)
    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.graphs))
        known.items = 0
        self.database.graph(known.name).reset()

    @precondition(lambda self: self.graphs)
    @rule(data=st.data(), swept=st.booleans())
    def freeze(self, data: st.DataObject, swept: bool) -> None:
        known = data.draw(st.sampled_from(self.graphs))
        snapshot = Known(self.new_name(), known.items)

        def between(done: int, total: int) -> None:
            if swept and done == total:
                self.collect()

        self.database.graph(known.name).snapshot(snapshot.name, progress=between)
        self.snapshots.append(snapshot)

    @precondition(lambda self: self.graphs)
    @rule(data=st.data())
    def close_or_delete(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.graphs))
        if data.draw(st.booleans()):
            self.database.graph(known.name).close()
        else:
            self.database.delete_graph(known.name)
            self.graphs.remove(known)

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        snapshot = data.draw(st.sampled_from(self.snapshots))
        known = Known(self.new_name(), snapshot.items)
        self.database.restore(snapshot.name, known.name)
        self.graphs.append(known)

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def thaw(self, data: st.DataObject) -> None:
        snapshot = data.draw(st.sampled_from(self.snapshots))
        self.database.delete_snapshot(snapshot.name)
        self.snapshots.remove(snapshot)

    @rule(share=st.sampled_from([0.3, 1.0]))
    def wait(self, share: float) -> None:
        self.clock.advance(GRACE_SECONDS * share)

    @rule()
    def plan(self) -> None:
        self.plans.append(self.database.plan_gc())

    @precondition(lambda self: self.plans)
    @rule()
    def sweep_an_old_plan(self) -> None:
        self.database.sweep(self.plans.pop(0))

    @rule()
    def collect(self) -> None:
        self.clock.advance(GRACE_SECONDS)
        self.database.sweep(self.database.plan_gc())

    @invariant()
    def everything_is_there(self) -> None:
        for known in self.graphs:
            assert reached(self.database.graph(known.name)) == known.items
        for snapshot in self.snapshots:
            assert self.database.verify(snapshot.name).ok

    def teardown(self) -> None:
        for snapshot in self.snapshots:
            name = f"copy of {snapshot.name}"
            assert reached(self.database.restore(snapshot.name, name)) == snapshot.items
            self.graphs.append(Known(name, snapshot.items))
            self.database.delete_snapshot(snapshot.name)
        for known in self.graphs:
            self.database.delete_graph(known.name)
        self.collect()
        left = [path for path in self.files.tree if "objects" in path.parts]
        self.database.close()
        assert left == []


class CollectingFromBundles(Collecting):
    """The same, with all that is put together in bundles."""

    def __init__(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(limits, "BUNDLE_BYTES_MIN", 0)
        super().__init__()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.patch.undo()


TestCollecting = Collecting.TestCase
TestCollecting.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestCollectingFromBundles = CollectingFromBundles.TestCase
TestCollectingFromBundles.settings = TestCollecting.settings
