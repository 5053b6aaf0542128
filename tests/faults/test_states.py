"""Goal: a server that is killed while graphs, snapshots and tasks are in every state that passes brings each of them where
it was to go; nothing hangs, and nothing half-done looks good.

Method: a graph for each thing that can be asked for. All of them are asked for, and the server is killed at once, or a
moment later; so one kill meets them all on their way. The next server is asked for what has come of them.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from seaglass.engine.graphs import store_of
from seaglass.engine.snapshot.verify_store import verify_store
from tests.serving import Served, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = int(os.environ.get("SEAGLASS_SEED", "20261129"))
NODES = 3_000
ROLE = "arn:aws:iam::123456789012:role/r"
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
SETTLED = ("AVAILABLE", "STOPPED", "FAILED", "SUCCEEDED", "CANCELLED")
# What a graph holds at the end, by what is done to it; None: there is none.
ENDS: dict[str, int | None] = {
    "snapshot": NODES,
    "unsnap": NODES,
    "reset": 0,
    "reset-kept": 0,
    "delete": None,
    "delete-kept": None,
    "stop": NODES,
    "start": NODES,
    "update": NODES,
    "clone": NODES,
    "import": 2 * NODES,
    "export": NODES,
}
# And of those that are made.
MADE: dict[str, int] = {
    "create": 0,
    "restored": NODES,
    "cloned": NODES,
    "imported": 2 * NODES,
}


class Deeds:
    """One server, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        rows = "".join(f"i{number},P\n" for number in range(2 * NODES))
        (self.files / "nodes.csv").write_text(f"~id,~label\n{rows}")
        self.served = Served(folder / "data", "--allow-local-path", str(self.files))
        self.graphs: dict[str, str] = {}
        self.tasks: dict[str, Callable[[], str]] = {}
        self.gone = ""
        self.taken = ""

    @property
    def aws(self) -> Any:
        return client(self.served.endpoint, read_timeout=60)

    def prepare(self) -> None:
        aws = self.aws
        for name in ENDS:
            made = aws.create_graph(graphName=name, provisionedMemory=16)
            self.graphs[name] = made["id"]
        for name, graph in self.graphs.items():
            settled(aws, graph)
            if name != "import":
                run(aws, graph, f"UNWIND range(1, {NODES}) AS n CREATE (:P {{n: n}})")
        self.gone = snapshot_of(aws, self.graphs["unsnap"], "unsnap")
        aws.stop_graph(graphIdentifier=self.graphs["start"])
        settled(aws, self.graphs["start"])

    def ask(self) -> None:
        """Asks for everything; nothing is waited for."""
        aws, graphs = self.aws, self.graphs
        self.taken = aws.create_graph_snapshot(
            graphIdentifier=graphs["snapshot"], snapshotName="snapshot"
        )["id"]
        task = aws.start_import_task(
            graphIdentifier=graphs["import"], source=str(self.files / "nodes.csv"), roleArn=ROLE
        )
        self._note("import", aws.get_import_task, task)
        task = aws.start_export_task(
            graphIdentifier=graphs["export"],
            destination=str(self.files / "out"),
            roleArn=ROLE,
            format="CSV",
            kmsKeyIdentifier=KEY,
        )
        self._note("export", aws.get_export_task, task)
        for name, skip in (("reset", True), ("reset-kept", False)):
            aws.reset_graph(graphIdentifier=graphs[name], skipSnapshot=skip)
        for name, skip in (("delete", True), ("delete-kept", False)):
            aws.delete_graph(graphIdentifier=graphs[name], skipSnapshot=skip)
        aws.stop_graph(graphIdentifier=graphs["stop"])
        aws.start_graph(graphIdentifier=graphs["start"])
        aws.update_graph(graphIdentifier=graphs["update"], provisionedMemory=32)
        for name, source in (("restored", self.gone), ("cloned", graphs["clone"])):
            made = aws.restore_graph_from_snapshot(snapshotIdentifier=source, graphName=name)
            graphs[name] = made["id"]
        graphs["create"] = aws.create_graph(graphName="create", provisionedMemory=16)["id"]
        task = aws.create_graph_using_import_task(
            graphName="imported", source=str(self.files / "nodes.csv"), roleArn=ROLE
        )
        graphs["imported"] = task["graphId"]
        self._note("imported", aws.get_import_task, task)
        # Refused while a graph is restored from it, and done otherwise.
        if code_of(aws.delete_graph_snapshot, snapshotIdentifier=self.gone) == "ConflictException":
            self.gone = ""

    def _note(self, name: str, get: Any, task: Any) -> None:
        self.tasks[name] = lambda: str(get(taskIdentifier=task["taskId"])["status"])

    def check(self) -> None:
        """Waits for everything to end, and compares it with what was asked for."""
        aws = self.aws
        for name, ends in {**ENDS, **MADE}.items():
            graph = self.graphs[name]
            status = settled(aws, graph)
            if ends is None:
                assert status == "", name
            elif name == "stop":
                assert status == "STOPPED"
            else:
                assert status == "AVAILABLE", name
                counted = run(aws, graph, "MATCH (p:P) RETURN count(p) AS n")
                assert counted == [{"n": ends}], name
        for name, status_of in self.tasks.items():
            assert status_of() == "SUCCEEDED", name
        memory = aws.get_graph(graphIdentifier=self.graphs["update"])["provisionedMemory"]
        assert memory == 32
        snapshots = {
            one["name"].rpartition("-2")[0] or one["name"]: one
            for one in aws.list_graph_snapshots()["graphSnapshots"]
        }
        wanted = {"snapshot", "before-reset-reset-kept", "final-delete-kept"}
        assert snapshots.keys() == wanted | (set() if self.gone else {"unsnap"})
        for one in snapshots.values():
            assert one["status"] == "AVAILABLE"
            counted = run(aws, one["id"], "MATCH (p:P) RETURN count(p) AS n")
            assert counted == [{"n": NODES}], one
        lines = 0
        for file in self.files.glob("out/**/*.csv"):
            lines += file.read_text().count("\n") - 1
        assert lines == NODES


def code_of(call: Any, **members: str) -> str:
    """The code of the error that a call ends with; "" for none."""
    try:
        call(**members)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def settled(aws: Any, graph: str) -> str:
    """The status in which a graph ends; "" for one that is gone."""

    def status() -> str:
        if code_of(aws.get_graph, graphIdentifier=graph) == "ResourceNotFoundException":
            return "gone"
        found: str = aws.get_graph(graphIdentifier=graph)["status"]
        return found if found in SETTLED else ""

    found: str = wait_for(f"graph {graph}", status, 120)
    return "" if found == "gone" else found


def snapshot_of(aws: Any, graph: str, name: str) -> str:
    made: str = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=name)["id"]
    wait_for(
        "the snapshot",
        lambda: aws.get_graph_snapshot(snapshotIdentifier=made)["status"] == "AVAILABLE",
    )
    return made


def killed_after(folder: Path, seconds: float) -> None:
    deeds = Deeds(folder)
    deeds.served.start()
    try:
        deeds.prepare()
        deeds.ask()
        time.sleep(seconds)
        deeds.served.kill()
        deeds.served.start()
        deeds.check()
    finally:
        deeds.served.stop()
    assert verify_store(store_of(deeds.served.folder)).ok
    left = {path.parent.name for path in deeds.served.folder.glob("graphs/*/graph.json")}
    there = {name for name, ends in ENDS.items() if ends is not None} | set(MADE)
    assert left == {deeds.graphs[name] for name in there}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_meets_every_state(tmp_path: Path) -> None:
    killed_after(tmp_path, 0.0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_kills_meet_every_state_at_many_moments(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        killed_after(folder, chance.random() * 2)
