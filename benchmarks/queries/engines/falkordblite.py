"""falkordblite: an embedded server over a socket; on disk its append-only file is synced at every write.

It is loaded by the command that its bulk loader sends (`GRAPH.BULK`), each batch as bytes: a header of
the label and the properties' names, then the values of one node or relationship after the other.
Its client gives up after 5 s unless told not to.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
from redislite.falkordb_client import FalkorDB

if TYPE_CHECKING:
    from pathlib import Path

BATCH = 500_000
GRAPH = "social"
DURABLE = {"appendonly": "yes", "appendfsync": "always"}
LONG = 4
NODE = struct.Struct("<Bq")
TEXT = b"\x03"
EDGE = np.dtype([("source", "<u8"), ("target", "<u8"), ("kind", "u1"), ("since", "<i8")])


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
        self.graph = self.database.select_graph(GRAPH)

    def load(self, people: Path, knows: Path) -> None:
        load(self.database, people, knows)

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return self.graph.query(text, parameters).result_set

    def close(self) -> None:
        self.database.close()


def load(database: FalkorDB, people: Path, knows: Path) -> None:
    """Everything, and the indexes, until they answer. People are numbered from 0 in the order of their file."""
    send = database.client.execute_command
    head = header("Person", "id", "name", "age", "city")
    begin: list[str] = ["BEGIN"]
    for batch in pq.ParquetFile(people).iter_batches(BATCH):
        columns = [batch.column(name).to_pylist() for name in ("id", "name", "age", "city")]
        values = b"".join(
            NODE.pack(LONG, number)
            + TEXT
            + name.encode()
            + b"\0"
            + NODE.pack(LONG, age)
            + TEXT
            + city.encode()
            + b"\0"
            for number, name, age, city in zip(*columns, strict=True)
        )
        send("GRAPH.BULK", GRAPH, *begin, batch.num_rows, 0, 1, 0, head + values)
        begin = []
    head = header("KNOWS", "since")
    for batch in pq.ParquetFile(knows).iter_batches(BATCH):
        edges = np.empty(batch.num_rows, EDGE)
        for name in ("source", "target", "since"):
            edges[name] = batch.column(name).to_numpy()
        edges["kind"] = LONG
        send("GRAPH.BULK", GRAPH, 0, batch.num_rows, 0, 1, head + edges.tobytes())
    graph = database.select_graph(GRAPH)
    graph.query("CREATE INDEX FOR (p:Person) ON (p.id)")
    graph.query("CREATE INDEX FOR (i:Item) ON (i.id)")
    while graph.query(
        "CALL db.indexes() YIELD status WHERE status <> 'OPERATIONAL' RETURN status"
    ).result_set:
        time.sleep(0.01)


def header(label: str, *properties: str) -> bytes:
    names = b"".join(name.encode() + b"\0" for name in properties)
    return label.encode() + b"\0" + struct.pack("<I", len(properties)) + names
