"""One engine in a process of its own: takes its snapshots and writes a line of JSON for each figure.

Run as `python -m benchmarks.frozen.worker ENGINE PEOPLE KNOWS FOLDER` with the engine's own Python;
`-m benchmarks.frozen` reads what it writes. Nothing here but the standard library.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CORES = 2
ALONE_SECONDS = 1.0
WARM_SECONDS = 0.3
PERSON = 17
# No person is as old as one whose age was changed.
AGES = 1_000
# Of each so many people one is changed: 0.1 % and 10 %.
STEPS = (("0.1 % changed", 1_000), ("10 % changed", 10))
TOTAL = "MATCH (p:Person) RETURN sum(p.age)"


def main() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    # What engines print of their own accord must not mix with the figures.
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**line: Any) -> None:
        lines.write(json.dumps(line) + "\n")
        lines.flush()

    name, people, knows, folder = sys.argv[1:]
    try:
        engine = importlib.import_module(f"benchmarks.frozen.engines.{name}").Engine(Path(folder))
        tell(servers=engine.servers, about=engine.NOTE)
        measure(engine, Path(people), Path(knows), tell)
        engine.close()
    except BaseException as failure:
        tell(error=f"{type(failure).__name__}: {failure}")


def measure(engine: Any, people: Path, knows: Path, tell: Callable[..., None]) -> None:
    engine.load(people, knows)
    first = engine.first()
    for name, (seconds, written, plain) in first.limits.items():
        tell(step=f"limit, {name}", seconds=seconds, bytes=written, plain=plain)
    tell(step="first", seconds=first.seconds, bytes=first.bytes)
    ask = engine.reader()
    spent, written = timed(engine.snapshot)
    stall, alone = stalled(engine)
    tell(step="unchanged", seconds=spent, bytes=written, stall=stall, alone=alone)
    people_count = ask("MATCH (p:Person) RETURN count(p)", {})
    for step, share in STEPS:
        # Other people are changed for the snapshot beside which somebody reads.
        change(engine, share, 3)
        spent, written = timed(engine.snapshot)
        check_changed(ask, people_count, share, 3)
        change(engine, share, 4)
        stall, alone = stalled(engine)
        tell(step=step, seconds=spent, bytes=written, stall=stall, alone=alone)
    age, total = ask(engine.LOOKUP, {"id": PERSON}), ask(TOTAL, {})
    # What is restored must be the snapshot's state and not that of now.
    engine.change(f"MATCH (p:Person) WHERE p.id = {PERSON} SET p.age = {age + 1}")
    engine.commit()
    now = engine.reader()(engine.LOOKUP, {"id": PERSON})
    assert now == age + 1, f"the graph says {now} after a change to {age + 1}"
    started = time.perf_counter()
    again = engine.restore()
    found = again(engine.LOOKUP, {"id": PERSON})
    spent = time.perf_counter() - started
    tell(servers=engine.servers)
    assert found == age, f"the restored graph says {found}, not {age}"
    restored = again(TOTAL, {})
    assert restored == total, f"the restored ages sum to {restored}, not {total}"
    tell(step="restore to first answer", seconds=spent)


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds and result of `work`, begun when nothing else waits for the disk."""
    os.sync()
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def change(engine: Any, share: int, remainder: int) -> None:
    """Give each person whose number leaves `remainder` a new age."""
    engine.change(
        f"MATCH (p:Person) WHERE p.id % {share} = {remainder} SET p.age = {AGES + share + remainder}"
    )


def check_changed(ask: Callable[..., int], people: int, share: int, remainder: int) -> None:
    """A change that an engine did not make would cost nothing to keep."""
    text = f"MATCH (p:Person) WHERE p.age = {AGES + share + remainder} RETURN count(p)"
    found, wanted = ask(text, {}), len(range(remainder, people, share))
    assert found == wanted, f"{found} people have changed, not {wanted}"


def stalled(engine: Any) -> tuple[float, float]:
    """The longest that one reader waited for an answer: during a snapshot, and for a second before."""
    ask = engine.reader()
    samples: list[tuple[float, float]] = []
    failures: list[BaseException] = []
    over = threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                started = time.perf_counter()
                ask(engine.LOOKUP, {"id": PERSON})
                samples.append((started, time.perf_counter()))
        except BaseException as failure:
            failures.append(failure)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        time.sleep(WARM_SECONDS)
        warm = time.perf_counter()
        time.sleep(ALONE_SECONDS)
        began, ended = time.perf_counter(), 0.0
        engine.snapshot()
        ended = time.perf_counter()
    finally:
        over.set()
        reader.join()
    if failures:
        raise failures[0]
    during = [end - start for start, end in samples if end > began and start < ended]
    alone = [end - start for start, end in samples if start > warm and end < began]
    return max(during, default=0.0), max(alone, default=0.0)


if __name__ == "__main__":
    main()
