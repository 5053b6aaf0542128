"""Data folders that share a bucket on a real S3 server, on good days and on bad ones."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from seaglass.base.clock import SystemClock
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, Corrupt, NotFound, SeaglassError, Unavailable
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.rng import SystemRng
from seaglass.engine.database import Database
from seaglass.engine.snapshot.copying import copy_snapshots
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.shared import bucket_shared
from seaglass.engine.snapshot.store import Store
from seaglass.engine.snapshot.verify_store import verify_store
from seaglass.storage.bucket.choice import choose
from seaglass.storage.bucket.client import BucketOptions
from seaglass.testkit import flaky_http
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import add, reached

if TYPE_CHECKING:
    from seaglass.testkit.flaky_http import FlakyProxy

QUICK = BucketOptions(
    request_seconds=2.0,
    retries=2,
    retry_seconds=8,
    pause_seconds=0.005,
    lease_seconds=20.0,
    skew_seconds_max=1e9,
)
GRACE_SECONDS = GC_GRACE_MS / 1000
DATA = Path("/data")
# Requests of a day that are spoiled in turn, for each fault.
POSITIONS = 12


class LaterClock(SystemClock):
    """The machine's clock, so many seconds ahead."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


class Machine:
    """A data folder in memory that uses a bucket, opened again and again."""

    def __init__(self, url: str, keys: Machine | None = None) -> None:
        self.url = url
        self.clock = LaterClock()
        self.options = QUICK
        self.files = ForgetfulFiles(self.clock)
        if keys is not None:
            for path, file in keys.files.tree.items():
                if DATA / "keys" in path.parents:
                    self.files.make_dir(path.parent)
                    self.files.write_atomic(path, bytes(file.content))

    def open(self) -> Database:
        return Database(self.store(), Dialect.OPENCYPHER)

    def store(self) -> Store:
        choice = choose(self.files, DATA, self.url, SystemRng(), lambda _: None)
        shared = bucket_shared(choice, self.clock, SystemRng(), self.options)
        return Store(self.files, Layout(DATA), self.clock, SystemRng(), shared=shared)


def test_another_machine_with_the_key_finds_every_snapshot(bucket_url: str) -> None:
    here = Machine(bucket_url)
    with here.open() as database:
        graph = database.create_graph("g")
        add(graph, 1)
        frozen = graph.snapshot("s")
        add(graph, 2)
    there = Machine(bucket_url, keys=here)
    with there.open() as database:
        assert database.graphs() == []
        assert database.snapshots() == [frozen]
        assert database.verify("s").ok
        copy = database.restore("s", "copy")
        add(copy, 2)
        add(copy, 3)
        copy.snapshot("s2")
    with here.open() as database:
        assert reached(database.graph("g")) == 2
        assert [ref.name for ref in database.snapshots()] == ["s", "s2"]
        assert reached(database.restore("s2", "again")) == 3
        database.delete_snapshot("s")
    with there.open() as database:
        assert [ref.name for ref in database.snapshots()] == ["s2"]
    with Machine(bucket_url).open() as database, pytest.raises((NotFound, Corrupt), match="key"):
        database.verify("s2")


def test_nothing_but_garbage_goes_whoever_collects(bucket_url: str) -> None:
    here = Machine(bucket_url)
    with here.open() as database:
        add(database.create_graph("g"), 1)
        # A graph that no snapshot holds: only its root keeps it.
    there = Machine(bucket_url, keys=here)
    with there.open() as database:
        other = database.create_graph("h")
        add(other, 1)
        other.snapshot("s")
        database.delete_snapshot("s")
        database.delete_graph("h")
        there.clock.ahead = 2 * GRACE_SECONDS
        plan = database.plan_gc()
        swept = database.sweep(plan)
        assert swept.objects == len(plan.objects) > 0
        assert database.sweep(database.plan_gc()).objects == 0
    with here.open() as database:
        graph = database.graph("g")
        assert reached(graph) == 1
        add(graph, 2)
        graph.snapshot("s")
    with there.open() as database:
        database.sweep(database.plan_gc())
        assert database.verify("s").ok
        assert [root.split(".")[1] for root in database._store.refs.root_ids()] == [graph.id]


def test_a_sweep_elsewhere_takes_nothing_from_a_save(bucket_url: str) -> None:
    here = Machine(bucket_url)
    with here.open() as database:
        graph = database.create_graph("g")
        add(graph, 1)
        there = Machine(bucket_url, keys=here)
        there.clock.ahead = 2 * GRACE_SECONDS
        with there.open() as other:

            def sweep_when_all_is_put(done: int, total: int) -> None:
                if done == total:
                    assert other.sweep(other.plan_gc()).objects > 0

            graph.snapshot("s", progress=sweep_when_all_is_put)
            assert other.verify("s").ok
        assert reached(database.restore("s", "copy")) == 1


def test_a_sweep_whose_lease_ends_while_it_looks_at_ages_deletes_nothing(
    bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its looks take longer than a lease lasts; meanwhile another machine saves what is the same."""
    brief = replace(QUICK, lease_seconds=1.0)
    here = Machine(bucket_url)
    here.options = brief
    with here.open() as database:
        add(database.create_graph("g"), 1)
        database.graph("g").close()
        database.delete_graph("g")
    there = Machine(bucket_url, keys=here)
    there.options = brief
    here.clock.ahead = there.clock.ahead = 2 * GRACE_SECONDS
    with there.open() as other, here.open() as database:
        plan = other.plan_gc()
        assert plan.objects
        bucket = other._store.raw_objects._bucket  # type: ignore[attr-defined]
        head, looks = bucket.head, itertools.count(1)

        def slow_head(key: str) -> object:
            found = head(key)
            if key.startswith("objects/") and next(looks) == len(plan.objects):
                # The last look: the save waits until the lease of the sweep has ended.
                add(database.create_graph("g again"), 1)
                database.graph("g again").snapshot("s")
            return found

        monkeypatch.setattr(bucket, "head", slow_head)
        with suppress(Unavailable):
            other.sweep(plan)
        assert database.verify("s").ok
        assert reached(database.restore("s", "copy")) == 1


def test_a_folder_stays_with_its_store(tmp_path: Path, bucket_url: str) -> None:
    with Database.open(tmp_path / "data", store=bucket_url) as database:
        add(database.create_graph("g"), 1)
        database.graph("g").snapshot("s")
    assert not (tmp_path / "data" / "objects").exists()
    with Database.open(tmp_path / "data") as database:
        assert reached(database.restore("s", "copy")) == 1
    with pytest.raises(Conflict, match="keeps its snapshots in"):
        Database.open(tmp_path / "data", store=f"{bucket_url}-2")


@pytest.mark.parametrize("at", [4, 9, 20])
def test_a_copy_to_a_bucket_goes_on_where_it_was_cut(
    bucket_url: str, flaky: FlakyProxy, at: int
) -> None:
    here = Machine(f"{bucket_url}/source")
    with here.open() as database:
        graph = database.create_graph("g")
        for number in range(1, 4):
            add(graph, number)
            graph.snapshot(f"s{number}")
        target = Machine(f"{bucket_url}/target", keys=here).store()
        refs = database.snapshots()
        flaky.plan = flaky_http.nth(at, "cut", forever=True)
        with pytest.raises(Unavailable):
            copy_snapshots(database._store, target, refs)
        flaky.plan = flaky_http.seeded(at, 0.05)
        copied = copy_snapshots(database._store, target, refs)
        flaky.plan = flaky_http.nothing()
        assert copied.snapshots + copied.there == 3
        report = verify_store(target)
        assert report.ok, str(report)
        assert target.refs.snapshots() == refs
        assert copy_snapshots(database._store, target, refs).objects == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["before", "after"])
def test_a_sweep_elsewhere_spares_a_graph_whose_disk_has_failed(
    bucket_url: str, how: Literal["before", "after"]
) -> None:
    """Between the root in the bucket and the ref on the disk each operation fails in turn."""
    # The disk fails and the server does not, however slow the machine is.
    patient = replace(QUICK, request_seconds=30.0)
    here = Machine(bucket_url)
    here.options = patient
    with here.open() as database:
        add(database.create_graph("g"), 1)
    there = Machine(bucket_url, keys=here)
    there.options = patient
    disk, items = here.files, 1
    for at in itertools.count(1):
        faulty = FaultyFiles(disk, Fault(at, how, forever=True))
        here.files = faulty  # type: ignore[assignment]
        database = None
        with suppress(SeaglassError):
            database = here.open()
            add(database.graph("g"), items + 1)
            database.graph("g").snapshot(f"s{at}")
        if database is not None:
            with suppress(SeaglassError):
                database.close()
        # What held the locks is gone.
        disk = here.files = disk.after_kill()
        there.clock.ahead += 2 * GRACE_SECONDS
        here.clock.ahead = there.clock.ahead
        with there.open() as other:
            other.sweep(other.plan_gc())
        with here.open() as database:
            graph = database.graph("g")
            assert items <= reached(graph) <= items + 1
            items = reached(graph)
            for ref in database.snapshots():
                assert database.verify(ref.id).ok
        if not faulty.failed:
            break


class Day:
    """Save, restore, delete and collect on a small graph; what each call was seen to do."""

    def __init__(self, url: str) -> None:
        self.machine = Machine(url)
        self.numbers = itertools.count(1)
        with self.machine.open() as database:
            add(database.create_graph("g"), 1)
        self.items = 1

    def work(self, flaky: FlakyProxy, plan: flaky_http.Plan) -> bool:
        """Whether all of it went well while requests were spoiled by the plan."""
        number = next(self.numbers)
        well = True
        with self.machine.open() as database:
            graph = database.graph("g")
            flaky.plan = plan
            steps = [
                lambda: self._add(database),
                lambda: graph.snapshot(f"s{number}"),
                lambda: database.restore(f"s{number}", f"copy {number}"),
                lambda: database.sweep(database.plan_gc()),
                lambda: number > 1 and database.delete_snapshot(f"s{number - 1}"),
            ]
            for step in steps:
                try:
                    step()
                except (Unavailable, NotFound):
                    well = False
            try:
                database.close()
            except SeaglassError:
                well = False
            flaky.plan = flaky_http.nothing()
        return well

    def _add(self, database: Database) -> None:
        add(database.graph("g"), self.items + 1)
        self.items += 1

    def check(self) -> None:
        """Everything that shows is whole."""
        with self.machine.open() as database:
            assert reached(database.graph("g")) == self.items
            for snapshot in database.snapshots():
                report = database.verify(snapshot.id)
                assert report.ok, str(report)
            for ref in database.graphs():
                assert 0 < reached(database.graph(ref.id)) <= self.items
                if ref.name != "g":
                    database.delete_graph(ref.id)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bad_day_breaks_nothing(bucket_url: str, flaky: FlakyProxy, seed: int) -> None:
    day = Day(bucket_url)
    plan = flaky_http.seeded(seed, 0.08)
    for _ in range(2):
        day.machine.clock.ahead += 2 * GRACE_SECONDS
        day.work(flaky, plan)
        day.check()
    assert plan.spoiled > 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "forever"), [*((fault, False) for fault in flaky_http.FAULTS), ("503", True)]
)
def test_whichever_request_fails_nothing_half_done_shows(
    bucket_url: str, flaky: FlakyProxy, fault: flaky_http.Fault, forever: bool
) -> None:
    """Every so manieth request of a day's work is spoiled, once or from then on."""
    day = Day(bucket_url)
    clean = flaky_http.nothing()
    assert day.work(flaky, clean)
    first = 1 + flaky_http.FAULTS.index(fault)
    for at in range(first, clean.count, max(1, clean.count // POSITIONS)):
        day.machine.clock.ahead += 2 * GRACE_SECONDS
        plan = flaky_http.nth(at, fault, forever=forever)
        well = day.work(flaky, plan)
        day.check()
        assert plan.spoiled
        assert well or forever
