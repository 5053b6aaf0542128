"""seaglass, through its library. A person's `~id` is the text of its number.

`seaglass` loads its engine when it is first used, and pyarrow pandas, where that is there; here both
come with the driver, as the other engines do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd  # noqa: F401
import pyarrow as pa
import pyarrow.parquet as pq

import seaglass
import seaglass.engine.database

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("id", "source", "target")


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables as `Graph.load` takes them."""

    nodes: pa.Table
    edges: pa.Table


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.database = seaglass.open(folder)
        self.graph = self.database.create_graph("social")

    def load(self, people: Path, knows: Path) -> None:
        tables = read_tables(people, knows)
        self.graph.load(nodes=tables.nodes, edges=tables.edges)

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        if "`~id`: $" in text:
            parameters = {k: str(v) if k in KEYS else v for k, v in parameters.items()}
        return [list(row.values()) for row in self.graph.query(text, parameters).rows()]

    def close(self) -> None:
        self.database.close()


def read_tables(people: Path, knows: Path) -> Tables:
    persons, known = (pq.ParquetFile(path).read() for path in (people, knows))
    return Tables(
        nodes=persons.append_column("~id", key(persons["id"])).append_column(
            "~label", label(persons, "Person")
        ),
        edges=pa.table(
            {
                "~from": key(known["source"]),
                "~to": key(known["target"]),
                "~label": label(known, "KNOWS"),
                "since": known["since"],
            }
        ),
    )


def key(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    return numbers.cast(pa.large_string())


def label(table: pa.Table, name: str) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array([0] * table.num_rows, pa.int32()), [name])
