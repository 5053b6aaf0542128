"""seaglass, through its library.

A loaded graph is stored already. So the first snapshot is that of a version which is only in
memory, into an empty folder; it is measured in turns with the limits of this machine
(`benchmarks/frozen/limit.py`), each on a version of its own, and the medians count.
"""

from __future__ import annotations

import os
import shutil
import statistics
from typing import TYPE_CHECKING, Any

import seaglass
from benchmarks.frozen.limit import LIMITS, at_the_limit
from benchmarks.frozen.taken import Taken
from benchmarks.queries.engines.seaglass import Tables, read_tables
from benchmarks.snapshots import save_first
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.version import empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 3


class Engine:
    NOTE = "its snapshot; the first is that of a version in memory, into an empty store"
    LOOKUP = "MATCH (p:Person {`~id`: toString($id)}) RETURN p.age AS age"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.servers: list[int] = []
        self.database = seaglass.open(self.data)
        self.graph = self.database.create_graph("social")
        self.last = ""
        self.taken = 0

    def load(self, people: Path, knows: Path) -> None:
        self.tables: Tables = read_tables(people, knows)
        self.graph.load(self.tables.nodes, self.tables.edges)

    def first(self) -> Taken:
        saves: list[float] = []
        limits: dict[str, list[tuple[float, int, int]]] = {name: [] for name in LIMITS}
        written = 0
        for number in range(ROUNDS):
            version = build(empty(), self.tables.nodes, self.tables.edges)
            for name, found in limits.items():
                found.append(at_the_limit(version, name, self.folder / "limit"))
            store = self.folder / f"first-{number}"
            os.sync()
            spent, saved = save_first(version, store)
            saves.append(spent)
            written = saved.bytes
            shutil.rmtree(store)
        del self.tables
        # Of three, the one in the middle.
        middle = {name: sorted(found)[ROUNDS // 2] for name, found in limits.items()}
        return Taken(statistics.median(saves), written, middle)

    def change(self, text: str) -> None:
        self.graph.query(text).rows()

    def commit(self) -> None:
        """Every change is committed already."""

    def snapshot(self) -> int:
        self.taken += 1
        taken = self.graph.snapshot(f"snapshot-{self.taken}")
        self.last = taken.id
        return taken.bytes_written

    def reader(self) -> Callable[[str, dict[str, Any]], Any]:
        return asker(self.graph)

    def restore(self) -> Callable[[str, dict[str, Any]], Any]:
        return asker(self.database.restore(self.last, "again"))

    def close(self) -> None:
        self.database.close()


def asker(graph: seaglass.Graph) -> Callable[[str, dict[str, Any]], Any]:
    """The one value in the one row of an answer."""

    def ask(text: str, parameters: dict[str, Any]) -> Any:
        [row] = graph.query(text, parameters).rows()
        [value] = row.values()
        return value

    return ask
