"""Whole stores: what they hold, whether it is whole, refs found again, copies elsewhere."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, Corrupt, Unavailable
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.engine.snapshot import copying
from seaglass.engine.snapshot.copying import copy_snapshots
from seaglass.engine.snapshot.label import label_in, label_name
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.manifest import reached_names, read_manifest
from seaglass.engine.snapshot.rebuild import gather_and_plan_rebuild, rebuild
from seaglass.engine.snapshot.stats import gather_stats
from seaglass.engine.snapshot.store import Store
from seaglass.engine.snapshot.verify import verify_snapshot
from seaglass.engine.snapshot.verify_store import verify_store
from seaglass.storage.keys.ring import AWS_OWNED_KEY
from seaglass.testkit.files import NO_FAULT, Fault, FaultyFiles
from tests.engine.items import ROOT, add, opened, reached

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files
    from seaglass.engine.database import Database
    from seaglass.engine.snapshot.refs import SnapshotRef


@pytest.fixture(params=["files", "bundles"])
def _bundled_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "bundles":
        monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 0)


def filled(files: MemoryFiles, clock: ManualClock) -> tuple[Database, list[SnapshotRef]]:
    """A graph with snapshots s1, s2 and s3 of one, two and three items."""
    database = opened(files, clock)
    graph = database.create_graph("g")
    refs = []
    for number in range(1, 4):
        add(graph, number)
        refs.append(graph.snapshot(f"s{number}"))
        clock.advance(1)
    return database, refs


def store_over(files: Files, clock: ManualClock, seed: int = 7) -> Store:
    return Store(files, Layout(ROOT), clock, SeededRng(seed))


def paths_in(files: MemoryFiles, part: str) -> list[Path]:
    return sorted(path for path in files.tree if part in path.relative_to(ROOT).parts[:1])


def with_keys_of(files: MemoryFiles, clock: ManualClock) -> MemoryFiles:
    """Another folder, with the same keys."""
    other = MemoryFiles(clock)
    for path in paths_in(files, "keys"):
        other.make_dir(path.parent)
        other.write_atomic(path, bytes(files.tree[path].content))
    return other


def test_a_snapshot_has_a_label_that_its_ref_names() -> None:
    clock, files = ManualClock(), MemoryFiles()
    database, refs = filled(files, clock)
    store = database._store
    for ref in refs:
        objects = store.objects(ref.key_id)
        name = label_name(ref, objects.domain)
        assert (
            label_in(
                store.objects(ref.key_id).unsealed(store.raw_objects.get(name), bytes.fromhex(name))
            )
            == ref
        )  # type: ignore[arg-type]
    assert label_in(b'{"body":{}}') is None


@pytest.mark.usefixtures("_bundled_or_not")
def test_lost_refs_are_found_again_under_their_names() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    database.delete_snapshot("s2")
    database.close()
    for path in paths_in(files, "snapshots"):
        files.remove(path)
    store = store_over(files, clock)
    plan = gather_and_plan_rebuild(store)
    assert plan.refs == (refs[0], refs[2])
    assert (plan.unnamed, plan.incomplete, plan.damaged) == ((), (), ())
    assert rebuild(store, plan.refs) == [refs[0], refs[2]]
    assert gather_and_plan_rebuild(store).refs == ()
    with opened(files, clock, seed=2) as database:
        assert database.snapshots() == [refs[0], refs[2]]
        assert reached(database.restore("s3", "copy")) == 3


def test_a_snapshot_that_is_not_whole_is_told_and_not_written() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    database.delete_graph("g")
    database.close()
    store = store_over(files, clock)
    for ref in refs[1:]:
        store.refs.remove_snapshot(ref.id)
    assert store.raw_objects.delete(refs[1].manifest)
    path = store.layout.objects / refs[2].manifest[:2] / refs[2].manifest
    files.tree[path].content[-1] ^= 1
    plan = gather_and_plan_rebuild(store)
    assert plan.refs == ()
    assert plan.incomplete == ((refs[1], 1), (refs[2], 1))
    assert plan.damaged == (refs[2].manifest,)
    assert f"lost: snapshot {refs[1].id} 's2' lacks 1 objects" in str(plan)


@pytest.mark.usefixtures("_bundled_or_not")
def test_versions_whose_names_are_lost_too_are_offered() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    store = database._store
    labels = [label_name(ref, store.objects(ref.key_id).domain) for ref in refs]
    database.close()
    for path in [*paths_in(files, "snapshots"), *paths_in(files, "graphs")]:
        files.remove(path)
    for label in labels:
        assert store.raw_objects.delete(label)
    plan = gather_and_plan_rebuild(store_over(files, clock))
    assert plan.refs == ()
    (ref,) = plan.unnamed
    assert (ref.graph_name, ref.version, ref.manifest) == ("g", refs[2].version, refs[2].manifest)
    assert gather_and_plan_rebuild(store_over(files, clock, seed=8)).unnamed == plan.unnamed
    rebuild(store_over(files, clock), plan.unnamed)
    with opened(files, clock, seed=2) as database:
        assert reached(database.restore(ref.name, "copy")) == 3


def test_every_damaged_or_missing_object_is_named_with_who_needs_it() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    database.close()
    store = store_over(files, clock)
    report = verify_store(store)
    assert report.ok, str(report)
    assert report.objects == len(paths_in(files, "objects"))
    for path in paths_in(files, "objects"):
        kept = bytes(files.tree[path].content)
        files.tree[path].content[len(kept) // 2] ^= 1
        report = verify_store(store)
        assert any(path.name in problem for problem in report.problems), path.name
        files.tree[path].content[:] = kept
        files.remove(path)
        report = verify_store(store)
        label_gone = report.ok and report.unlabelled == 1
        assert label_gone or any(path.name in problem for problem in report.problems)
        assert label_gone or report.lost
        files.make_dir(path.parent)
        files.write_atomic(path, kept)
    path = store.layout.snapshot_ref(refs[0].id)
    files.tree[path].content[9] ^= 1
    assert any(refs[0].id in problem for problem in verify_store(store).problems)


def test_what_is_damaged_in_a_bundle_is_named_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 0)
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, _ = filled(files, clock)
    store = database._store
    infos = [info for info in store.raw_objects.list() if info.bundle]
    for info in infos:
        (path,) = [one for one in paths_in(files, "objects") if one.name == info.bundle]
        content = files.tree[path].content
        # Somewhere in it, by what is read of it.
        at = bytes(content).index(store.raw_objects.get(info.name)) + 70
        content[at] ^= 1
        (damaged, *_) = verify_store(store).problems
        assert damaged.startswith(f"object {info.name} in the bundle {info.bundle}: ")
        content[at] ^= 1
    assert len(infos) > 3
    assert verify_store(store).ok


@pytest.mark.usefixtures("_bundled_or_not")
def test_what_a_sweep_leaves_is_what_is_needed() -> None:
    """No dead bytes stay in bundles, whatever of them is needed, and the plan says what goes."""
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    for ref in refs[::2]:
        database.delete_snapshot(ref.id)
    clock.advance(2 * GC_GRACE_MS / 1000)
    plan = database.plan_gc()
    before = stored_bytes(files)
    swept = database.sweep(plan)
    assert (swept.objects, swept.bytes) == (len(plan.objects), plan.bytes)
    left = gather_stats(database._store)
    assert swept.objects > 0
    assert left.garbage.objects == left.young.objects == 0
    heads = 56 * left.everything.objects
    assert left.everything.bytes <= stored_bytes(files) <= left.everything.bytes + heads
    assert stored_bytes(files) <= before - swept.bytes
    assert verify_store(database._store).ok


def stored_bytes(files: MemoryFiles) -> int:
    return sum(files.tree[path].size_bytes for path in paths_in(files, "objects"))


def test_stats_tell_what_is_shared_and_what_is_garbage() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    stats = gather_stats(database._store)
    assert (stats.graphs, stats.snapshots, stats.missing) == (1, 3, ())
    assert stats.everything.objects == len(paths_in(files, "objects"))
    assert list(stats.by_key) == [refs[0].key_id]
    assert stats.shared_ratio > 1
    assert stats.garbage.objects == 0
    database.delete_graph("g")
    for ref in refs:
        database.delete_snapshot(ref.id)
    # What it held is still kept for a while.
    assert gather_stats(database._store).graphs == 0
    clock.advance(GC_GRACE_MS / 1000)
    stats = gather_stats(database._store)
    assert (stats.snapshots, stats.garbage) == (0, stats.everything)
    assert "garbage: " in str(stats)


@pytest.mark.usefixtures("_bundled_or_not")
def test_a_copy_is_whole_and_a_second_one_costs_nothing() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    other = with_keys_of(files, clock)
    told: list[tuple[int, int]] = []
    target = store_over(other, clock)
    copied = copy_snapshots(
        database._store, target, refs[:2], lambda *numbers: told.append(numbers)
    )
    assert (copied.snapshots, copied.there) == (2, 0)
    assert told[-1] == (copied.objects, copied.objects)
    assert verify_store(target).ok
    copied = copy_snapshots(database._store, target, refs)
    assert (copied.snapshots, copied.there) == (1, 2)
    assert 0 < copied.objects < 10
    assert copy_snapshots(database._store, target, refs).objects == 0
    with opened(other, clock, seed=3) as there:
        assert there.snapshots() == refs
        assert reached(there.restore("s2", "copy")) == 2


@pytest.mark.usefixtures("_bundled_or_not")
def test_a_folder_for_copies_needs_no_key() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    bare = MemoryFiles(clock)
    copy_snapshots(database._store, store_over(bare, clock), refs)
    assert paths_in(bare, "keys") == []
    for path in paths_in(files, "keys"):
        bare.make_dir(path.parent)
        bare.write_atomic(path, bytes(files.tree[path].content))
    report = verify_store(store_over(bare, clock))
    assert report.ok, str(report)
    assert (report.roots, report.unlabelled) == (3, 0)


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_copy_that_is_cut_short_shows_nothing_half_and_goes_on(how: str) -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    for at in itertools.count(1, 5):
        inner = with_keys_of(files, clock)
        faulty = FaultyFiles(inner, Fault(at, how, forever=True))  # type: ignore[arg-type]
        try:
            copy_snapshots(database._store, store_over(faulty, clock), refs)
        except Unavailable:
            assert faulty.failed
        target = store_over(FaultyFiles(inner, NO_FAULT), clock)
        for snapshot_id in target.refs.snapshot_ids():
            assert verify_snapshot(target, snapshot_id).ok
        copy_snapshots(database._store, target, refs)
        assert verify_store(target).ok
        assert target.refs.snapshots() == refs
        if not faulty.failed:
            break


def test_nothing_damaged_is_copied() -> None:
    # Names of objects differ from store to store, so each object of one store is damaged in turn.
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    refused = {}
    for victim in paths_in(files, "objects"):
        content = files.tree[victim].content
        content[-1] ^= 1
        target = store_over(with_keys_of(files, clock), clock)
        try:
            copy_snapshots(database._store, target, refs)
        except Corrupt as error:
            refused[victim.name] = error.message
        else:
            assert target.refs.snapshots() == refs
        content[-1] ^= 1
        assert verify_store(target).ok
    # Of the others one is the manifest of the empty graph, and the labels are made anew.
    assert refused.keys() == needed_by(database._store, refs)
    assert all(name in message for name, message in refused.items())


def needed_by(store: Store, refs: list[SnapshotRef]) -> set[str]:
    names = set()
    for ref in refs:
        manifest = read_manifest(store.objects(ref.key_id), ref.manifest, of=ref.id)
        names |= {ref.manifest, *reached_names(manifest)}
    return names


def test_a_store_with_another_data_key_is_refused() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    other = MemoryFiles(clock)
    with opened(other, clock, seed=5) as there:
        there.create_graph("its own")
    with pytest.raises(Conflict, match="seaglass snapshot export"):
        copy_snapshots(database._store, store_over(other, clock), refs)
    database.rotate_key(refs[0].key_id)
    rotated = with_keys_of(files, clock)
    target = store_over(rotated, clock)
    copy_snapshots(database._store, target, refs)
    database.rotate_key(refs[0].key_id)
    for path in paths_in(files, "keys"):
        rotated.write_atomic(path, bytes(files.tree[path].content))
    assert copy_snapshots(database._store, store_over(rotated, clock), refs).objects == 0


def test_a_store_is_read_no_faster_than_told() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, _ = filled(files, clock)
    database.close()
    store = store_over(files, clock)
    size_bytes = sum(len(files.tree[path].content) for path in paths_in(files, "objects"))
    for rate in (0.0, 100.0, 1_000.0):
        before = clock.monotonic()
        assert verify_store(store, bytes_per_second=rate).ok
        expected = size_bytes / rate if rate else 0.0
        assert clock.monotonic() - before == pytest.approx(expected)


def test_a_copy_keeps_the_names_of_what_one_snapshot_needs_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There may be thousands of snapshots, each of tens of thousands of objects."""

    class Names(frozenset[str]):
        """A set that may be watched."""

    alive: weakref.WeakSet[Names] = weakref.WeakSet()
    most = 0
    needed = copying._needed

    def watched(*arguments: Any) -> Names:
        nonlocal most
        names = Names(needed(*arguments))
        alive.add(names)
        most = max(most, len(alive))
        return names

    monkeypatch.setattr(copying, "_needed", watched)
    clock = ManualClock()
    files = MemoryFiles(clock)
    database, refs = filled(files, clock)
    target = store_over(with_keys_of(files, clock), clock)
    assert copy_snapshots(database._store, target, refs).snapshots == 3
    assert most <= 2
    assert verify_store(target).ok


def test_a_store_with_a_disabled_key_is_verified_all_the_same() -> None:
    clock = ManualClock()
    files = MemoryFiles(clock)
    with opened(files, clock) as database:
        database.keys.create("key")
        for name, key_id in (("open", AWS_OWNED_KEY), ("closed", "key")):
            graph = database.create_graph(name, key_id=key_id)
            add(graph, 1)
            graph.snapshot(f"{name} snapshot")
        closed = {database.graph("closed").id, database.snapshot("closed snapshot").id}
        database.keys.disable("key")
    report = verify_store(store_over(files, clock))
    assert {of.split()[1] for of in report.lost} == closed
    assert any("The key key is disabled" in problem for problem in report.problems)
    with opened(files, clock, seed=2) as database:
        database.keys.enable("key")
    assert verify_store(store_over(files, clock)).ok
