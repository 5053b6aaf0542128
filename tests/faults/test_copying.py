"""Goal: snapshots go from a data folder, whose objects lie in bundles, into a bucket and from there into a folder again, by
`seaglass store copy` and `sync`; a copy that is killed shows nothing half, and goes on where it was cut.

Method: real processes and a real S3 server behind a proxy, which holds the answers from the n-th request on, so that a copy
is killed there, for n at several parts of what a whole copy asks for. After each kill everything that the target names is
verified; a copy that is run to its end then has to put what is missing, and no more. What comes out at the far end is
compared value by value.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seaglass
from seaglass.base.clock import SystemClock
from seaglass.base.rng import SystemRng
from seaglass.engine.places import store_at
from seaglass.engine.snapshot.verify_store import verify_store
from seaglass.storage.bucket.client import Bucket
from seaglass.storage.bucket.lease import KEY
from seaglass.testkit import flaky_http
from seaglass.testkit.flaky_http import FlakyProxy

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.database import Database
    from seaglass.testkit.seaweed import SeaweedServer

# What a copy asks for, in parts: up to a third it copies; then it holds the lease of a bucket, which the next one has to
# wait for, to see that all is there, and to name it.
COPYING = [0.0, 0.1, 0.2, 0.3]
NAMING = ([0.6], [0.9], [1.0])
# Numbers that do not pack: some megabytes, in as many objects as there are properties, and more.
NODES = 20_000
PROPERTIES = 24
NAMES = ["first", "second"]


def values(database: Database, name: str) -> list[Any]:
    return database.frozen(name).query("MATCH (n) RETURN n ORDER BY id(n)").rows()


def filled(folder: Path) -> dict[str, list[Any]]:
    """A folder with two snapshots, the second of which shares objects with the first; what they hold."""
    chance = np.random.default_rng(20261129)
    with seaglass.open(folder) as database:
        graph = database.create_graph("g")
        numbers = {f"x{place}": chance.random(NODES) for place in range(PROPERTIES)}
        graph.load({"~id": [f"n{number:05}" for number in range(NODES)], **numbers})
        graph.snapshot("first")
        graph.query("MATCH (n) SET n.y = n.x0 * n.x1")
        graph.snapshot("second")
        held = {name: values(database, name) for name in NAMES}
    assert len(list((folder / "objects" / "bundles").iterdir())) > 0
    return held


class Copies:
    """Copies of one place to another by commands."""

    def __init__(self, how: str, source: str, target: str, keys: Path) -> None:
        self.command = [sys.executable, "-m", "seaglass", "store", how, source, target]
        self.command += ["--keys", str(keys)]
        self.target = target
        self.keys = keys

    def killed(self, holding: FlakyProxy, step: int) -> None:
        """Begins, and is killed at its n-th request."""
        holding.plan = plan = flaky_http.nth(step, "slow", forever=True)
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        while plan.count < step and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None, f"it came to {plan.count} requests"
        process.kill()
        process.wait()
        holding.plan = flaky_http.nothing()

    def done(self) -> tuple[int, int]:
        """Runs to its end; gives how many snapshots and objects were copied."""
        ended = subprocess.run(self.command, capture_output=True, text=True, check=True)
        told = re.search(r"([\d,]+) snapshots copied.*?([\d,]+) objects", ended.stdout)
        assert told is not None, ended.stdout
        snapshots, objects = (int(one.replace(",", "")) for one in told.groups())
        return snapshots, objects

    def check(self, most: int) -> int:
        """Everything that the target names is whole; gives how many objects it has."""
        store = store_at(self.target, self.keys)
        assert len(store.refs.snapshots()) <= most
        report = verify_store(store)
        assert report.ok, str(report)
        return len({info.name for info in store.raw_objects.list()})


def killed_and_done(copies: Copies, holding: FlakyProxy, steps: list[int]) -> None:
    there = 0
    for step in steps:
        copies.killed(holding, step)
        # What was copied stays.
        now = copies.check(most=len(NAMES))
        assert now >= there
        there = now
    snapshots, objects = copies.done()
    assert snapshots <= len(NAMES)
    # Labels are made, not copied.
    assert copies.check(most=len(NAMES)) <= there + objects + len(NAMES)
    assert copies.done() == (0, 0)


def requests_of(copies: Copies, holding: FlakyProxy) -> int:
    holding.plan = plan = flaky_http.nothing()
    assert copies.done()[0] == len(NAMES)
    return plan.count


def both_ways(folder: Path, url: str, holding: FlakyProxy, rounds: list[list[float]]) -> None:
    """Args: rounds: for each a new target, and the parts of a copy at which one is killed."""
    data, keys = folder / "data", folder / "data"
    held = filled(data)
    out = requests_of(Copies("copy", str(data), f"{url}/whole", keys), holding)
    back = requests_of(Copies("sync", f"{url}/whole", str(folder / "whole"), keys), holding)

    for number, parts in enumerate(rounds):
        target, backup = f"{url}/target-{number}", folder / f"backup-{number}"
        into = Copies("copy", str(data), target, keys)
        killed_and_done(into, holding, [1 + int(part * (out - 1)) for part in parts])
        out_of = Copies("sync", target, str(backup), keys)
        killed_and_done(out_of, holding, [1 + int(part * (back - 1)) for part in parts])
        shutil.copytree(keys / "keys", backup / "keys")
        check_backup(backup, held)


def check_backup(backup: Path, held: dict[str, list[Any]]) -> None:
    """With the keys it is a data folder of its own."""
    with seaglass.open(backup) as database:
        assert [ref.name for ref in database.snapshots()] == NAMES
        for name in NAMES:
            assert values(database, name) == held[name]
            again = database.restore(name, f"{name} again")
            assert not database.diff(name, again)
            again.query("CREATE (:New)")


def test_a_copy_that_is_asked_to_end_gives_the_lease_back(
    tmp_path: Path, bucket_url: str, seaweed: SeaweedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It ends when the answer that it waits for has come.
    holding = FlakyProxy(seaweed.port, slow_seconds=3.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", holding.endpoint)
    data, target = tmp_path / "data", f"{bucket_url}/target"
    filled(data)
    whole = Copies("copy", str(data), f"{bucket_url}/whole", data)
    step = 1 + int(0.6 * (requests_of(whole, holding) - 1))
    copies = Copies("copy", str(data), target, data)
    holding.plan = plan = flaky_http.nth(step, "slow")
    process = subprocess.Popen(copies.command)
    while plan.count < step:
        time.sleep(0.01)
    bucket = Bucket(target, SystemClock(), SystemRng())
    assert json.loads(bucket.get(KEY))["holder"]
    process.terminate()
    assert process.wait() == 128 + signal.SIGTERM
    assert json.loads(bucket.get(KEY))["holder"] == ""
    copies.check(most=len(NAMES))
    copies.done()
    holding.close()


def test_a_copy_that_is_killed_both_ways(
    tmp_path: Path, bucket_url: str, holding: FlakyProxy
) -> None:
    both_ways(tmp_path, bucket_url, holding, [[0.2]])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_copies_that_are_killed_at_many_steps_both_ways(
    tmp_path: Path, bucket_url: str, holding: FlakyProxy
) -> None:
    both_ways(tmp_path, bucket_url, holding, [COPYING, *NAMING])
