"""Goal: a server whose disk is full starts, answers reads, refuses writes in plain words, and goes on by itself when there
is room. Nothing that was acknowledged is lost.

Method: the data folder lies on a file system of a few MiB, which is really full. Only this test's processes see it, in
a mount namespace of their own; where the system makes none for an ordinary user, the tests are skipped.
"""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import READY_SECONDS_MAX, Served, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

DISK_MIB = 24
FULL = r"storage is full\. Make room there"
# More than the room that what was there before leaves in its last blocks.
WRITES_MAX = 500


class SmallDisk:
    """A file system at `folder`, seen by the processes that are started with `command` before their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = f'mount -t tmpfs -o size={DISK_MIB}m none "$0" && echo ready && exec sleep 600'
        self._holder = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._holder.stdout is not None
        self.made = self._holder.stdout.readline() == "ready\n"
        holder = str(self._holder.pid)
        here = f"--wd={Path.cwd()}"
        self.command = ("nsenter", "-t", holder, "-U", "-m", "--preserve-credentials", here, "--")
        self._filler = f"/proc/{holder}/root{folder}/filler"

    def fill(self) -> None:
        with open(self._filler, "ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self) -> None:
        subprocess.run(["rm", self._filler], check=True)

    def close(self) -> None:
        self._holder.kill()
        self._holder.communicate()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        made = SmallDisk(tmp_path)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if made.made:
        yield made
    made.close()
    if not made.made:
        pytest.skip("no mount namespaces for this user")


def refused(call: Any, **members: Any) -> None:
    with pytest.raises(ClientError, match=FULL):
        call(**members)


def written_until_refused(aws: Any, graph: str, first: int) -> int:
    """Writes numbered nodes until one is refused; gives its number."""
    text = "MERGE (p:P {n: $n}) ON CREATE SET p.filler = $filler"

    def refusal(number: int) -> str | None:
        try:
            run(aws, graph, text, {"n": number, "filler": "x" * 5000})
        except ClientError as error:
            return str(error)
        return None

    number = first
    deadline = time.monotonic() + READY_SECONDS_MAX
    while number < first + WRITES_MAX and time.monotonic() < deadline:
        told = refusal(number)
        if told is None:
            number += 1
        elif re.search(FULL, told):
            return number
        # Else it is lost with its worker, and the next one was not there in time: it is made again.
    raise AssertionError(f"the disk took {number} writes, and the last was told: {told}")


@pytest.mark.parametrize("ended", ["stopped", "killed"])
def test_a_server_whose_disk_is_full(disk: SmallDisk, ended: str) -> None:
    served = Served(disk.folder / "data", before=disk.command)
    served.start()
    try:
        aws = client(served.endpoint, read_timeout=300)
        made = {"graphName": "one", "provisionedMemory": 16}
        graph = aws.create_graph(**made)["id"]
        wait_for("one", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
        snapshot = {"graphIdentifier": graph, "snapshotName": "one"}
        run(aws, graph, "CREATE (:P {n: 1})")
        if ended == "stopped":
            served.stop()
        else:
            disk.fill()
            served.kill()
        disk.fill()
        served.start()
        reached = written_until_refused(aws, graph, 2)
        # The log has given back what it had laid out.
        disk.fill()
        assert aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE"
        refused(aws.create_graph_snapshot, **snapshot)
        refused(aws.create_graph, **{**made, "graphName": "two"})
        refused(aws.reset_graph, graphIdentifier=graph, skipSnapshot=True)
        # Its next worker opens it on the full disk too.
        assert served.kill_workers() > 0
        numbers = "MATCH (p:P) RETURN p.n AS n ORDER BY n"
        everything = [{"n": number} for number in range(1, reached)]

        def read() -> list[Any]:
            with suppress(ClientError):
                return run(aws, graph, numbers)
            return []

        assert wait_for("the next worker", read) == everything
        disk.make_room()
        run(aws, graph, "CREATE (:P {n: $n})", {"n": reached})
        # The control plane looks for room by itself.
        taken = aws.create_graph_snapshot(**snapshot)["id"]
        wait_for(
            "the snapshot",
            lambda: aws.get_graph_snapshot(snapshotIdentifier=taken)["status"] == "AVAILABLE",
        )
        assert run(aws, taken, numbers) == [*everything, {"n": reached}]
        assert aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE"
    finally:
        served.stop()
