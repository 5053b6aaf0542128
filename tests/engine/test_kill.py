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
THREADS = 8
SEED = 20231129
NURSERY = """
import os, sys, threading
import seaglass
from tests.engine.items import add, reached
from tests.engine.test_kill import THREADS, made_by

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

def live_many(folder):
    database = seaglass.open(folder)
    names = [ref.name for ref in database.graphs()]
    graph = database.graph("items") if "items" in names else database.create_graph("items")

    def write(thread):
        number = made_by(graph, thread)
        while True:
            number += 1
            graph.query("CREATE (:Item {`~id`: $id})", {"id": f"{thread}-{number}"})
            os.write(1, f"wrote {thread} {number}\\n".encode())

    print("has", *[made_by(graph, thread) for thread in range(THREADS)], flush=True)
    for thread in range(THREADS):
        threading.Thread(target=write, args=(thread,)).start()
    threading.Event().wait()

with seaglass.open() as warm:
    graph = warm.create_graph("warm")
    add(graph, 1)
    reached(graph)
    graph.snapshot("warm")
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        (live_many if sys.argv[2:] else live)(sys.argv[1])
    print("child", child, flush=True)
    os.waitpid(child, 0)
    print("died", flush=True)
"""


@contextmanager
def nursery(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", NURSERY, str(folder), *words]
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


def made_by(graph: seaglass.Graph, thread: int) -> int:
    """How many items a thread has made; fails unless they are 1, 2, … without a gap."""
    text = "MATCH (n:Item) WHERE id(n) STARTS WITH $of RETURN id(n) AS id"
    found = {row["id"] for row in graph.query(text, {"of": f"{thread}-"})}
    assert found == {f"{thread}-{number}" for number in range(1, len(found) + 1)}
    return len(found)


def test_kill_while_many_write_loses_nothing_either(tmp_path: Path) -> None:
    """What each thread was told is there, and at most the one write more that it had asked for."""
    chance = random.Random(SEED)
    acknowledged = [0] * THREADS
    with nursery(tmp_path, "many") as process:
        for _ in range(ROUNDS):
            before = list(acknowledged)
            for words in one_life(process, chance.random() * 0.2):
                match words:
                    case ["has", *numbers]:
                        for told, number in zip(before, map(int, numbers), strict=True):
                            assert told <= number <= told + 1
                        acknowledged = list(map(int, numbers))
                    case ["wrote", thread, number]:
                        acknowledged[int(thread)] = int(number)
    assert min(acknowledged) > 0
    with seaglass.open(tmp_path) as database:
        graph = database.graph("items")
        for thread, told in enumerate(acknowledged):
            assert told <= made_by(graph, thread) <= told + 1


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
