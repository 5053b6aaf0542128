"""Goal: no failure of a disk, at any moment, loses what was acknowledged or leaves half of anything.

Method: a small world (write, snapshot, write, reset or load, restore, delete, collect garbage) is run with its n-th
operation on files failing, for every n, once or from then on; then the files are opened as a new process would find
them after a power loss, and must hold what was acknowledged, and nothing that was never asked for.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import pytest

from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, Exhausted, NotFound, SeaglassError, Unavailable
from seaglass.base.limits import GC_GRACE_MS
from seaglass.engine.snapshot.reach import Reach
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import COPY, GRAPH, SNAPSHOT, add, opened, reached

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files
    from seaglass.engine.database import Database

Unsynced = Literal["lost", "torn", "kept"]


@dataclass
class World:
    """What was asked for, and what was acknowledged."""

    files: Files
    clock: ManualClock
    asked: int = 0
    acknowledged: int = 0
    created: bool = False
    restore_asked: bool = False
    restored: bool = False
    snapshot_low: int = 0
    snapshot_high: int = 0
    snapshot_asked: bool = False
    snapshot: bool = False
    snapshot_deleted: bool = False
    errors: list[SeaglassError] = field(default_factory=list)

    def run(self) -> None:
        """Runs every step; a step that fails is noted, and the next is tried all the same."""
        try:
            database = opened(self.files, self.clock)
        except SeaglassError as error:
            self.errors.append(error)
            return
        for step in (self.create, self.write, self.freeze, self.write, self.restore, self.write):
            self.attempt(step, database)
        self.attempt(self.collect, database)
        self.attempt(self.write, database)
        self.attempt(lambda database: database.close(), database)

    def attempt(self, step: object, database: Database) -> None:
        try:
            step(database)  # type: ignore[operator]
        except SeaglassError as error:
            self.errors.append(error)

    def create(self, database: Database) -> None:
        database.create_graph("main", graph_id=GRAPH)
        self.created = True

    def write(self, database: Database) -> None:
        graph = database.graph("main")
        number = reached(graph) + 1
        self.asked = max(self.asked, number)
        add(graph, number)
        self.acknowledged = number

    def freeze(self, database: Database) -> None:
        self.snapshot_asked = True
        self.snapshot_low, self.snapshot_high = self.acknowledged, self.asked
        database.graph("main").snapshot("s", snapshot_id=SNAPSHOT)
        self.snapshot = True

    def restore(self, database: Database) -> None:
        self.restore_asked = True
        database.restore(SNAPSHOT, "copy", graph_id=COPY)
        self.restored = True

    def collect(self, database: Database) -> None:
        self.clock.advance(GC_GRACE_MS / 1000 + 1)
        database.sweep(database.plan_gc())


def check(world: World, files: Files) -> None:
    """What a new process finds."""
    with opened(files, world.clock, seed=2) as database:
        ids = {ref.id for ref in database.graphs()}
        assert ids <= {GRAPH, COPY}
        assert GRAPH in ids or not world.created
        if GRAPH in ids:
            count = reached(database.graph(GRAPH))
            assert world.acknowledged <= count <= world.asked
            add(database.graph(GRAPH), count + 1)
        snapshots = [ref.id for ref in database.snapshots()]
        assert snapshots == [SNAPSHOT] or not world.snapshot
        if snapshots:
            assert world.snapshot_asked
            assert database.verify(SNAPSHOT).ok
            again = reached(database.restore(SNAPSHOT, "again"))
            assert world.snapshot_low <= again <= world.snapshot_high
        assert COPY in ids or not world.restored
        if COPY in ids:
            assert world.restore_asked
            assert world.snapshot_low <= reached(database.graph(COPY)) <= world.snapshot_high


How = Literal["before", "torn", "after"]
HOWS: tuple[tuple[How, bool], ...] = tuple(itertools.product(get_args(How), (False, True)))
STRIDE = 16


def run_and_check(at: int, how: How, forever: bool, unsynced: tuple[Unsynced, ...]) -> bool:
    """Runs the world with one fault; whether there were as many operations."""
    clock = ManualClock()
    disk = ForgetfulFiles(clock)
    files = FaultyFiles(disk, Fault(at, how, forever=forever))
    world = World(files, clock)
    world.run()
    for luck in unsynced:
        check(world, disk.after_power_loss(luck))
    assert files.failed or world.errors == []
    return files.failed


@pytest.fixture(autouse=True)
def _small_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first save, and not of those that put little."""
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 2_000)


@pytest.mark.parametrize(("how", "forever"), HOWS)
def test_some_failing_operations(how: How, forever: bool) -> None:
    # Each kind of fault begins elsewhere, so that all of them together go near every operation.
    first = 1 + HOWS.index((how, forever)) * STRIDE // len(HOWS)
    for turn, at in enumerate(itertools.count(first, STRIDE)):
        if not run_and_check(at, how, forever, (get_args(Unsynced)[turn % 3],)):
            break


@pytest.mark.slow
@pytest.mark.parametrize(("how", "forever"), HOWS)
def test_every_failing_operation(how: How, forever: bool) -> None:
    for at in itertools.count(1):
        if not run_and_check(at, how, forever, get_args(Unsynced)):
            break


def test_deleting_at_any_failing_operation() -> None:
    """A deleted graph or snapshot is there whole, or not at all, and nobody else loses a byte."""
    for at in itertools.count(1):
        clock = ManualClock()
        disk = ForgetfulFiles(clock)
        files = FaultyFiles(disk, Fault(0, "before", forever=False))
        database = opened(files, clock)
        graph = database.create_graph("main", graph_id=GRAPH)
        add(graph, 1)
        graph.snapshot("s", snapshot_id=SNAPSHOT)
        database.restore("s", "copy", graph_id=COPY)
        files._fault = Fault(files.count + at, "before", forever=False)
        done = 0
        errors: list[SeaglassError] = []
        for delete in (
            lambda d=database: d.delete_snapshot("s"),
            lambda d=database: d.delete_graph("main"),
        ):
            try:
                delete()
                done += 1
            except SeaglassError as error:
                errors.append(error)
        assert not any(isinstance(error, Conflict | NotFound) for error in errors)
        left = disk.after_power_loss("lost")
        with opened(left, clock, seed=2) as after:
            assert reached(after.graph(COPY)) == 1
            names = {ref.name for ref in after.graphs()}
            if "main" in names:
                assert reached(after.graph("main")) == 1
            for ref in after.snapshots():
                assert after.verify(ref.id).ok
            clock.advance(GC_GRACE_MS / 1000 + 1)
            after.sweep(after.plan_gc())
            assert after.graph(COPY).query("MATCH (n) RETURN count(*) AS n").rows() == [{"n": 2}]
        if not files.failed:
            assert done == 2
            break


def import_world(at: int, forever: bool, folder: Path) -> bool:
    """An import with one fault: all of it is there, or nothing; whether there were as many operations."""
    clock = ManualClock()
    disk = ForgetfulFiles(clock)
    files = FaultyFiles(disk, Fault(0, "before", forever=False))
    database = opened(files, clock)
    graph = database.create_graph("main", graph_id=GRAPH)
    files._fault = Fault(files.count + at, "before", forever=forever)
    acknowledged = False
    try:
        graph.import_files(folder)
        acknowledged = True
        add(graph, 1)
    except (Exhausted, Unavailable):
        pass
    failed = files.failed
    for luck in get_args(Unsynced):
        with opened(disk.after_power_loss(luck), clock, seed=2) as after:
            again = after.graph(GRAPH)
            count = again.query("MATCH (:Cat)-[r:CHASES]->(m) RETURN count(m) AS n").rows()[0]["n"]
            assert count in (0, 2)
            assert count == 2 or not acknowledged
            if count == 0:
                assert again.version.node_count == 0
                again.import_files(folder)
            assert again.query("MATCH (c:Cat) RETURN sum(c.lives) AS n").rows() == [{"n": 16}]
            again.snapshot("s", snapshot_id=SNAPSHOT)
            assert after.verify(SNAPSHOT).ok
            # What was stored ahead of a save that never was is garbage, and goes.
            clock.advance(GC_GRACE_MS / 1000 + 1)
            after.sweep(after.plan_gc())
            store = after._store
            assert {info.name for info in store.raw_objects.list()} <= Reach(store).names()
            assert after.verify(SNAPSHOT).ok
    return failed


@pytest.mark.parametrize("rows", [limits.GROUP_ROWS, 1])
@pytest.mark.parametrize("forever", [False, True])
def test_importing_at_any_failing_operation(
    forever: bool, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a row a group there are many chunks, each of which is an object as soon as it is there.
    monkeypatch.setattr(limits, "GROUP_ROWS", rows)
    monkeypatch.setattr(limits, "PATCH_BULK_ROWS", min(rows, limits.PATCH_BULK_ROWS))
    monkeypatch.setattr("seaglass.storage.objects.sealed.PUT_TOGETHER_OBJECTS", min(rows, 64))
    (tmp_path / "nodes.csv").write_text(
        "~id,~label,lives:Int\na,Cat,7\nb,Cat,9\nm,Mouse,\n", "utf-8"
    )
    (tmp_path / "edges.csv").write_text("~from,~to,~label\na,m,CHASES\nb,m,CHASES\n", "utf-8")
    counted = itertools.takewhile(
        lambda at: import_world(at, forever, tmp_path), itertools.count(1)
    )
    assert sum(1 for _ in counted) > 5
