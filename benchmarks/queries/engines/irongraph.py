"""irongraph: loaded by UNWIND, as it has no bulk way in. Its log is written later, so on disk each query is flushed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from irongraph import EmbeddedDatabase

BATCH = 10_000
PEOPLE = "UNWIND $rows AS r CREATE (:Person {id: r.id, name: r.name, age: r.age, city: r.city})"
KNOWS = (
    "UNWIND $rows AS r MATCH (a:Person {id: r.source}), (b:Person {id: r.target}) "
    "CREATE (a)-[:KNOWS {since: r.since}]->(b)"
)


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.durable = folder is not None
        self.folder = folder or Path(tempfile.mkdtemp())
        self.database = EmbeddedDatabase(self.folder, device="cpu", load_embeddings=False)
        self.database.query("CREATE PROJECT IF NOT EXISTS social")
        # A label must have been used before an index can name it.
        for label in ("Person", "Item"):
            self.ask(f"CREATE (:{label} {{id: -1}})", {})
            self.ask(f"CREATE INDEX {label.lower()}_id FOR (n:{label}) ON (n.id)", {})
            self.ask(f"MATCH (n:{label}) DETACH DELETE n", {})

    def load(self, people: Path, knows: Path) -> None:
        for text, path in ((PEOPLE, people), (KNOWS, knows)):
            for batch in pq.ParquetFile(path).iter_batches(BATCH):
                self.ask(text, {"rows": batch.to_pylist()})

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        rows = self.database.query(f"USE social {text}", parameters=parameters)["rows"]
        if self.durable:
            self.database.flush()
        return [[plain(value) for value in row] for row in rows]

    def close(self) -> None:
        self.database.close()


def plain(value: dict[str, Any]) -> Any:
    """A value out of its envelope, in which integers are texts."""
    held = value.get("value")
    return int(held) if value.get("type") == "integer" else held
