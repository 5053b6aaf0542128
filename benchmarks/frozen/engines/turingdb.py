"""turingdb: every commit is a state that one can go back to; its server runs beside, on a port of its own.

A load writes the graph and commits it in one step, so that step is its first snapshot. Its queries
take no parameters (3.0). It looks a person up by reading all of them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from turingdb import TuringDB

from benchmarks.frozen.files import bytes_of
from benchmarks.frozen.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_SECONDS = 30
POLL_SECONDS = 0.05


class Engine:
    NOTE = "COMMIT and CHANGE SUBMIT; the first is load and commit in one; a restore is LOAD COMMIT"
    LOOKUP = "MATCH (p:Person) WHERE p.id = $id RETURN p.age"

    def __init__(self, folder: Path) -> None:
        self.graphs = folder / "graphs"
        self.data = folder / "data"
        self.data.mkdir()
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # It ends when its input does: with this process, whatever becomes of that.
        self.server = subprocess.Popen(
            [Path(sys.executable).parent / "turingdb", "start", "-turing-dir", folder.absolute(),
             "-p", str(self.port), "-i", "127.0.0.1"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.servers = [self.server.pid]
        self.client = self.connect()
        self.size = 0
        self.last = ""

    def connect(self) -> TuringDB:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                client = TuringDB(type="json", host=f"http://127.0.0.1:{self.port}")
                client.query("LIST GRAPH")
                return client
            except Exception:
                if time.monotonic() > deadline or self.server.poll() is not None:
                    raise
                time.sleep(POLL_SECONDS)

    def load(self, people: Path, knows: Path) -> None:
        with (self.data / "social.jsonl").open("w") as file:
            for row in rows(people):
                line = {"type": "node", "id": row["id"], "labels": ["Person"], "properties": row}
                file.write(json.dumps(line) + "\n")
            for number, row in enumerate(rows(knows)):
                line = {
                    "type": "relationship",
                    "id": number,
                    "label": "KNOWS",
                    "start": {"id": row["source"]},
                    "end": {"id": row["target"]},
                    "properties": {"since": row["since"]},
                }
                file.write(json.dumps(line) + "\n")

    def first(self) -> Taken:
        os.sync()
        before = bytes_of(self.graphs)
        started = time.perf_counter()
        self.client.query("LOAD JSONL 'social.jsonl' AS social")
        spent = time.perf_counter() - started
        self.client.set_graph("social")
        self.branch()
        self.size = bytes_of(self.graphs)
        return Taken(spent, self.size - before)

    def branch(self) -> None:
        """Every write is made in a change, and so is an empty commit."""
        self.client.checkout(change=self.client.new_change())

    def change(self, text: str) -> None:
        self.client.query(text)

    def commit(self) -> None:
        self.last = self.head()
        self.submit()

    def snapshot(self) -> int:
        before = self.size
        self.submit()
        self.size = bytes_of(self.graphs)
        return self.size - before

    def submit(self) -> None:
        self.client.query("COMMIT")
        self.client.query("CHANGE SUBMIT")
        self.client.checkout()
        self.branch()

    def head(self) -> str:
        """The newest commit that others see."""
        client = self.connect()
        client.set_graph("social")
        newest = str(client.query("CALL db.history()")["commit"][0])
        return newest.removesuffix("(HEAD)")

    def reader(self) -> Callable[[str, dict[str, Any]], Any]:
        client = self.connect()
        client.set_graph("social")
        return asker(client)

    def restore(self) -> Callable[[str, dict[str, Any]], Any]:
        client = self.connect()
        client.set_graph("social")
        client.checkout(commit=self.last)
        return asker(client)

    def close(self) -> None:
        self.server.terminate()
        self.server.wait()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches():
        yield from batch.to_pylist()


def asker(client: TuringDB) -> Callable[[str, dict[str, Any]], Any]:
    def ask(text: str, parameters: dict[str, Any]) -> Any:
        for name, value in parameters.items():
            text = text.replace(f"${name}", str(value))
        answer = client.query(text)
        [value] = answer[answer.columns[0]]
        return int(value)

    return ask
