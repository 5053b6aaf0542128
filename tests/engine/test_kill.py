"""Goal: SIGKILL at random moments loses no acknowledged write and leaves no half snapshot.

Method: a child opens the folder, writes items in order, and says each number once it is
acknowledged; now and then it takes a snapshot and says so. It is killed at a random moment, and the
folder is opened by the next child. Children are forked from a nursery that has the engine loaded,
because loading takes longer than what is tested.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import seaglass
from tests.engine.items import reached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 10
SEED = 20231129
NURSERY = """
import os, sys
import seaglass
from tests.engine.items import add, reached

def live(folder):
    database = seaglass.open(folder)
    names = [ref.name for ref in database.graphs()]
    graph = database.graph("items") if "items" in names else database.create_graph("items")
    number = reached(graph)
    print("has", number, flush=True)
    while True:
        number += 1
        add(graph, number)
        print("wrote", number, flush=True)
        if number % 5 == 0:
            print("froze", number, graph.snapshot(f"at-{number}").id, flush=True)

with seaglass.open() as warm:
    graph = warm.create_graph("warm")
    add(graph, 1)
    reached(graph)
    graph.snapshot("warm")
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        live(sys.argv[1])
    print("child", child, flush=True)
    os.waitpid(child, 0)
    print("died", flush=True)
"""


@contextmanager
def nursery(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", NURSERY, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def one_life(process: subprocess.Popen[str], seconds: float) -> list[list[str]]:
    """What a child said before it was killed, `seconds` after it had opened the graph."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    said: list[list[str]] = []
    killed = False
    while ["died"] not in said:
        said.append(process.stdout.readline().split())
        verbs = [words[0] for words in said if words]
        if not killed and "has" in verbs and "child" in verbs:
            time.sleep(seconds)
            os.kill(int(said[verbs.index("child")][1]), signal.SIGKILL)
            killed = True
    return said


def test_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    live_and_check(tmp_path, ROUNDS)


def test_kill_beside_a_bucket_loses_nothing_either(tmp_path: Path, bucket_url: str) -> None:
    """The next process takes back the lease that the dead one may have held."""
    seaglass.open(tmp_path / "data", store=bucket_url).close()
    live_and_check(tmp_path / "data", ROUNDS // 2)
    assert not (tmp_path / "data" / "objects").exists()


def live_and_check(folder: Path, rounds: int) -> None:
    chance = random.Random(SEED)
    acknowledged = 0
    frozen: dict[str, int] = {}
    with nursery(folder) as process:
        for _ in range(rounds):
            before = acknowledged
            for words in one_life(process, chance.random() * 0.3):
                match words:
                    case ["has", number]:
                        assert before <= int(number) <= before + 1
                    case ["wrote", number]:
                        acknowledged = int(number)
                    case ["froze", number, snapshot_id]:
                        frozen[snapshot_id] = int(number)
    assert acknowledged > 0
    with seaglass.open(folder) as database:
        assert acknowledged <= reached(database.graph("items")) <= acknowledged + 1
        snapshots = database.snapshots()
        assert set(frozen) <= {ref.id for ref in snapshots}
        for place, ref in enumerate(snapshots):
            assert database.verify(ref.id).ok
            copy = database.restore(ref.id, f"copy {place}")
            assert reached(copy) == int(ref.name.removeprefix("at-"))
