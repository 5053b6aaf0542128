"""A worker with a toy engine: real processes, sockets, files and signals around a graph that is a
log of words.

Its language:  PUT word [EXIT | WAIT | ROWS] (which come after it) · ALL · SLEEP · BYTES count · WAIT (never looks at cancel) · FAIL · BUG ·
EXIT status · NOISE · PID
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import (
    Conflict,
    Corrupt,
    Exhausted,
    Forbidden,
    Interrupted,
    Invalid,
    NotFound,
    Unavailable,
)
from seaglass.server.worker.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from seaglass.server.worker.ports import QueryOptions


class ToyGraph:
    dimension: int | None = None

    def __init__(self, folder: Path) -> None:
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("state", "locked") from None
        self._folder = folder
        self._log = (folder / "log").open("a")
        if "corrupt" in (folder / "log").read_text():
            raise Corrupt("corrupt", "a word is damaged")
        self._running: dict[str, threading.Event] = {}
        self._writing = threading.Lock()

    def query(
        self, query_id: str, text: str, parameters: Mapping[str, object], options: QueryOptions
    ) -> Generator[bytes]:
        if text.startswith("PUT") and "writes" in options.withheld:
            raise Forbidden("denied", options.withheld["writes"])
        cancelled = self._running[query_id] = threading.Event()
        try:
            if text.startswith("PUT"):
                yield from self._put(query_id, text.split(), cancelled)
            else:
                yield from self._answer(text, parameters, cancelled, options.timeout_ms)
        finally:
            del self._running[query_id]

    def _put(self, query_id: str, words: list[str], cancelled: threading.Event) -> Generator[bytes]:
        with self._writing:
            self._log.write(words[1] + "\n")
            self._log.flush()
            os.fsync(self._log.fileno())
            with (self._folder / "marks").open("a") as marks:
                marks.write(f"{query_id}\n")
        if "EXIT" in words:
            os._exit(9)
        if "WAIT" in words:
            cancelled.wait()
        yield b'{"put": 1}'

    def outcome(self, query_id: str, text: str) -> dict[str, object]:
        if query_id in self._running:
            raise Conflict("query", "it is running")
        marks = self._folder / "marks"
        committed = marks.exists() and query_id in marks.read_text().split()
        return {"committed": committed, "answer": None if "ROWS" in text else "{}"}

    def _answer(
        self, text: str, parameters: Mapping[str, object], cancelled: threading.Event, timeout: int
    ) -> Generator[bytes]:
        word, _, rest = text.partition(" ")
        match word:
            case "ALL":
                yield json.dumps((self._folder / "log").read_text().split()).encode()
            case "SLEEP":
                if cancelled.wait(timeout / 1000):
                    raise Interrupted("cancelled", "cancelled")
                raise Interrupted("timeout", f"past {timeout} ms")
            case "BYTES":
                try:
                    for _ in range(int(rest) // 1000):
                        if cancelled.is_set():
                            raise Interrupted("cancelled", "cancelled")
                        yield b"x" * 1000
                finally:
                    (self._folder / "stopped").touch()
            case "FAIL":
                raise Invalid("malformed_query", "no such word")
            case "BREAK":
                raise Unavailable("worker", "what was written could not be made durable")
            case "EXIT":
                with (self._folder / "exits").open("a") as exits:
                    exits.write(rest or "9")
                os._exit(int(rest or "9"))
            case "PID":
                yield str(os.getpid()).encode()
            case "ECHO":
                yield json.dumps(parameters).encode()
            case "NOISE":
                os.write(1, b"noise" * 100_000)
            case _:
                raise KeyError(text)

    def queries(self) -> list[dict[str, object]]:
        return [
            {"id": name, "state": "RUNNING", "waited": 0, "elapsed": 1} for name in [*self._running]
        ]

    def cancel(self, query_id: str) -> None:
        if query_id not in self._running:
            raise NotFound("query", query_id)
        self._running[query_id].set()

    def snapshot(self, snapshot_id: str, name: str) -> None:
        if name == "hang once" and not (self._folder / "hung").exists():
            (self._folder / "hung").touch()
            threading.Event().wait()
        if name.startswith("busy"):
            until = time.monotonic() + float(name.split()[1])
            while time.monotonic() < until:
                pass
        target = self._folder.parent / f"{snapshot_id}.snapshot"
        if not target.exists():
            shutil.copy(self._folder / "log", target)

    def clone(self, graph_id: str, name: str) -> None:
        target = self._folder.parent / graph_id
        if not target.exists():
            target.mkdir()
            shutil.copy(self._folder / "log", target / "log")

    def reset(self) -> None:
        self._log.truncate(0)

    def residence(self) -> tuple[int, int]:
        loaded, total = (self._folder / "residence").read_text().split()
        return int(loaded), int(total)

    def summary(self, *, detailed: bool) -> dict[str, object]:
        return {"version": "v1", "detailed": detailed, "pid": os.getpid()}

    def close(self) -> None:
        self._log.close()
        self._lock.close()
        (self._folder / "closed").touch()


class ToyReplica(ToyGraph):
    """Reads the log of words that another worker writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = {}

    def _put(self, query_id: str, words: list[str], cancelled: threading.Event) -> Generator[bytes]:
        raise Conflict("replica", "a replica takes no writes")

    def promoted(self) -> ToyGraph:
        graph = ToyGraph(self._folder)
        graph._running = self._running
        return graph

    def close(self) -> None:
        pass


class ToyEngine:
    def load(self) -> None:
        # Long enough for a test to look at a fleet whose spare is not there yet.
        time.sleep(0.05)

    def open(self, data: Path, graph_id: str, dimension: int | None = None) -> ToyGraph:
        if not (data / graph_id).is_dir():
            raise NotFound("graph", graph_id)
        if (data / "full").exists():
            raise Exhausted("storage", "the disk is full")
        return ToyGraph(data / graph_id)

    def follow(self, data: Path, graph_id: str) -> ToyGraph:
        return ToyReplica(data / graph_id)

    def promote(self, data: Path, replica: ToyGraph) -> ToyGraph:
        if (data / "no-promotion").exists():
            raise Corrupt("corrupt", "the test says so")
        return replica.promoted()

    def create(
        self, data: Path, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> ToyGraph:
        (data / graph_id).mkdir(exist_ok=True)
        return ToyGraph(data / graph_id)

    def restore(
        self, data: Path, graph_id: str, name: str, snapshot_id: str, dimension: int | None = None
    ) -> ToyGraph:
        if not (data / f"{snapshot_id}.snapshot").exists():
            raise NotFound("snapshot", snapshot_id)
        if not (data / graph_id).exists():
            (data / graph_id).mkdir()
            shutil.copy(data / f"{snapshot_id}.snapshot", data / graph_id / "log")
        return ToyGraph(data / graph_id)

    def delete_graph(self, data: Path, graph_id: str) -> None:
        shutil.rmtree(data / graph_id, ignore_errors=True)

    def scrub(self, data: Path, bytes_per_second: float) -> tuple[bool, str]:
        whole = not (data / "damaged").exists()
        return whole, "all well" if whole else "object 0a is damaged"

    def dimension_of(self, data: Path, snapshot_id: str) -> int | None:
        if not (data / f"{snapshot_id}.snapshot").exists():
            raise NotFound("snapshot", snapshot_id)
        return 3

    def delete_snapshot(self, data: Path, snapshot_id: str) -> None:
        (data / f"{snapshot_id}.snapshot").unlink(missing_ok=True)


def toy(*_: object) -> Any:
    return ToyEngine()


if __name__ == "__main__":
    main(toy)
