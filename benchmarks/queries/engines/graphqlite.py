"""graphqlite: an extension of SQLite, loaded by pysqlite3-binary's, as many a Python's own loads none.

Its bulk loader keeps the id as a text besides; that goes, so that ids are integers as everywhere.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pysqlite3

sys.modules["sqlite3"] = pysqlite3
import graphqlite  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH = 10_000


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.graph = graphqlite.Graph(":memory:" if folder is None else str(folder / "graph.db"))

    def load(self, people: Path, knows: Path) -> None:
        numbers = self.graph.insert_nodes_bulk(
            (str(row["id"]), row, "Person") for row in rows(people)
        )
        self.graph.insert_edges_bulk(
            (
                (str(row["source"]), str(row["target"]), {"since": row["since"]}, "KNOWS")
                for row in rows(knows)
            ),
            numbers,
        )
        store = self.graph.connection.sqlite_connection
        store.execute(
            "DELETE FROM node_props_text WHERE key_id = (SELECT id FROM property_keys WHERE key = 'id')"
        )
        store.commit()

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return [list(row.values()) for row in self.graph.query(text, parameters)]

    def close(self) -> None:
        self.graph.close()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        yield from batch.to_pylist()
