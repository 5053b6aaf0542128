"""Goal: a server that is killed while a snapshot is DELETING ends that when it is back; other snapshots, which share objects
with it, lose nothing, also when what it alone needed is swept.

Method: in a bucket, on a real S3 server behind a proxy that holds answers: from the n-th request after the delete was asked
for on, so that the server is killed with n steps done, for n = 1, 2, 3 ... until a delete ends by itself. In a data folder
the steps take no time, and the server is killed as soon as the delete is answered, or a little later. `control.db` tells
what state a kill has met. In the end a sweep runs, hours later by its clock.
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.rng import SystemRng
from seaglass.engine.snapshot.gc import gather_and_plan, sweep
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.shared import bucket_shared, folder_shared
from seaglass.engine.snapshot.store import Store
from seaglass.engine.snapshot.verify_store import verify_store
from seaglass.storage.bucket.choice import chosen
from seaglass.storage.bucket.client import BucketOptions
from seaglass.testkit import flaky_http
from tests.serving import Served, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass.testkit.flaky_http import FlakyProxy

KEPT = 3_000
# Nodes that only a snapshot which is to go holds: a chunk of its own for each property.
OWN = 2_000
# Moments after the answer at which a server with a data folder is killed.
MOMENTS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1)


class LaterClock(SystemClock):
    """Past the grace period of garbage."""

    def now(self) -> float:
        return super().now() + 2 * GC_GRACE_MS / 1000


class Deletes:
    """A server with a graph, a snapshot that stays, and one after the other that goes."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.graph = ""
        self.kept = ""

    @property
    def aws(self) -> Any:
        return client(self.served.endpoint, read_timeout=60)

    def prepare(self) -> None:
        aws = self.aws
        self.graph = aws.create_graph(graphName="g", provisionedMemory=16)["id"]
        wait_for(
            "the graph",
            lambda: aws.get_graph(graphIdentifier=self.graph)["status"] == "AVAILABLE",
        )
        run(aws, self.graph, f"UNWIND range(1, {KEPT}) AS n CREATE (:Kept {{n: n}})")
        self.kept = self.snapshot("kept")

    def snapshot(self, name: str) -> str:
        aws = self.aws
        made: str = aws.create_graph_snapshot(graphIdentifier=self.graph, snapshotName=name)["id"]
        wait_for(
            f"the snapshot {name}",
            lambda: aws.get_graph_snapshot(snapshotIdentifier=made)["status"] == "AVAILABLE",
        )
        return made

    def to_go(self, number: int) -> str:
        """A snapshot that shares its objects with the one that stays, and has some of its own."""
        aws = self.aws
        run(
            aws,
            self.graph,
            f"MATCH (n:Own) DETACH DELETE n WITH count(*) AS _ UNWIND range(1, {OWN}) AS n "
            f"CREATE (:Own {{n: n, p{number}: n}})",
        )
        return self.snapshot(f"goes-{number}")

    def states(self) -> dict[str, str]:
        """By id; a list waits for no transition."""
        return {
            one["id"]: one["status"] for one in self.aws.list_graph_snapshots()["graphSnapshots"]
        }

    def killed(self, snapshot: str) -> bool:
        """Kills the server; gives whether it was at the delete."""
        self.served.kill()
        with closing(sqlite3.connect(self.served.folder / "control.db")) as control:
            rows = control.execute("SELECT state FROM snapshots WHERE id = ?", [snapshot])
            return rows.fetchall() == [("DELETING",)]

    def check_gone(self, snapshot: str) -> None:
        wait_for(f"the end of {snapshot}", lambda: snapshot not in self.states())
        assert self.states() == {self.kept: "AVAILABLE"}
        self.check_kept(self.kept)

    def check_kept(self, graph: str) -> None:
        rows = run(
            self.aws, graph, "MATCH (k) RETURN count(k) AS n, sum(k.n) AS total, labels(k) AS l"
        )
        assert rows == [{"n": KEPT, "total": KEPT * (KEPT + 1) // 2, "l": ["Kept"]}]

    def check_all(self) -> None:
        """What is left when garbage has been swept; stops the server."""
        self.served.stop()
        store = later_store(self.served.folder)
        swept = sweep(store, gather_and_plan(store))
        assert swept.objects > 0
        report = verify_store(store)
        assert report.ok, str(report)
        assert [ref.id for ref in store.refs.snapshots()] == [self.kept]
        self.served.start()
        aws = self.aws
        again = aws.restore_graph_from_snapshot(snapshotIdentifier=self.kept, graphName="again")
        wait_for(
            "the restore",
            lambda: aws.get_graph(graphIdentifier=again["id"])["status"] == "AVAILABLE",
        )
        self.check_kept(again["id"])
        rows = run(aws, self.graph, "MATCH (n:Own) RETURN count(n) AS n")
        assert rows == [{"n": OWN}]


def later_store(folder: Path) -> Store:
    files, layout, clock, rng = LocalFiles(), Layout(folder), LaterClock(), SystemRng()
    choice = chosen(files, folder)
    if choice is None:
        shared = folder_shared(files, layout)
    else:
        shared = bucket_shared(choice, clock, rng, BucketOptions(skew_seconds_max=1e9))
    return Store(files, layout, clock, rng, shared=shared)


def kills_in_a_folder(folder: Path) -> int:
    """Gives how many kills met a delete."""
    deletes = Deletes(Served(folder))
    deletes.served.start()
    try:
        deletes.prepare()
        met = 0
        for number, seconds in enumerate(MOMENTS):
            snapshot = deletes.to_go(number)
            deletes.aws.delete_graph_snapshot(snapshotIdentifier=snapshot)
            time.sleep(seconds)
            met += deletes.killed(snapshot)
            deletes.served.start()
            deletes.check_gone(snapshot)
        deletes.check_all()
    finally:
        deletes.served.stop()
    return met


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_deletes_in_a_data_folder_end_after_kills_at_many_moments(tmp_path: Path) -> None:
    assert kills_in_a_folder(tmp_path / "data") > 0


def kills_in_a_bucket(folder: Path, url: str, holding: FlakyProxy, steps: Iterator[int]) -> int:
    """Gives how many kills met a delete: with the next step it had ended before."""
    deletes = Deletes(Served(folder, "--store", url))
    deletes.served.start()
    met = 0
    try:
        deletes.prepare()
        for step in steps:
            snapshot = deletes.to_go(step)
            holding.plan = plan = flaky_http.nth(step, "slow", forever=True)
            deletes.aws.delete_graph_snapshot(snapshotIdentifier=snapshot)
            while plan.count < step and snapshot in deletes.states():
                time.sleep(0.01)
            was_met = deletes.killed(snapshot)
            holding.plan = flaky_http.nothing()
            deletes.served.start()
            deletes.check_gone(snapshot)
            if not was_met:
                break
            met += 1
        deletes.check_all()
    finally:
        deletes.served.stop()
    return met


def test_a_delete_in_a_bucket_ends_after_a_kill(
    tmp_path: Path, bucket_url: str, holding: FlakyProxy
) -> None:
    assert kills_in_a_bucket(tmp_path / "data", bucket_url, holding, iter([2])) == 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_deletes_in_a_bucket_end_after_kills_at_each_step(
    tmp_path: Path, bucket_url: str, holding: FlakyProxy
) -> None:
    assert kills_in_a_bucket(tmp_path / "data", bucket_url, holding, itertools.count(1)) > 2
