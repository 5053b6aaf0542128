"""graphqlite: an extension of SQLite; needs a Python whose sqlite3 loads extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphqlite
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.graph = graphqlite.Graph(":memory:" if folder is None else str(folder / "graph.db"))

    def load(self, people: Path, knows: Path) -> None:
        self.graph.insert_graph_bulk(
            [(str(row["id"]), row, "Person") for row in pq.read_table(people).to_pylist()],
            [
                (str(row["source"]), str(row["target"]), {"since": row["since"]}, "KNOWS")
                for row in pq.read_table(knows).to_pylist()
            ],
        )

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return [list(row.values()) for row in self.graph.query(text, parameters)]

    def close(self) -> None:
        self.graph.close()
