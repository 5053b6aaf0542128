"""falkordblite: an embedded server over a socket; on disk its append-only file is synced at every write.

Its client gives up after 5 s unless told not to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from redislite.falkordb_client import FalkorDB

if TYPE_CHECKING:
    from pathlib import Path

BATCH = 10_000
DURABLE = {"appendonly": "yes", "appendfsync": "always"}
PEOPLE = "UNWIND $rows AS r CREATE (:Person {id: r.id, name: r.name, age: r.age, city: r.city})"
KNOWS = (
    "UNWIND $rows AS r MATCH (a:Person {id: r.source}), (b:Person {id: r.target}) "
    "CREATE (a)-[:KNOWS {since: r.since}]->(b)"
)


class Engine:
    def __init__(self, folder: Path | None) -> None:
        if folder is None:
            self.database = FalkorDB(socket_timeout=None)
        else:
            self.database = FalkorDB(
                str(folder / "falkor.rdb"), serverconfig=DURABLE, socket_timeout=None
            )
        # The server is no child of this process: whoever ends it must know it.
        self.servers = [self.database.client.pid]
        self.graph = self.database.select_graph("social")
        self.graph.query("CREATE INDEX FOR (p:Person) ON (p.id)")
        self.graph.query("CREATE INDEX FOR (i:Item) ON (i.id)")

    def load(self, people: Path, knows: Path) -> None:
        for text, path in ((PEOPLE, people), (KNOWS, knows)):
            for batch in pq.ParquetFile(path).iter_batches(BATCH):
                self.graph.query(text, {"rows": batch.to_pylist()})

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return self.graph.query(text, parameters).result_set

    def close(self) -> None:
        self.database.close()
