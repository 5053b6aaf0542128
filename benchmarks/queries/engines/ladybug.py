"""ladybug 0.22: tables with a schema, a primary key on each node table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ladybug

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = (
    "CREATE NODE TABLE Person(id INT64 PRIMARY KEY, name STRING, age INT64, city STRING)",
    "CREATE REL TABLE KNOWS(FROM Person TO Person, since INT64)",
    "CREATE NODE TABLE Item(id INT64 PRIMARY KEY, score INT64)",
    "CREATE REL TABLE NEXT(FROM Item TO Item)",
)


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.database = ladybug.Database(":memory:" if folder is None else str(folder / "ladybug"))
        self.connection = ladybug.Connection(self.database, num_threads=2)
        for text in SCHEMA:
            self.connection.execute(text)

    def load(self, people: Path, knows: Path) -> None:
        self.connection.execute(f"COPY Person FROM '{people}'")
        self.connection.execute(f"COPY KNOWS FROM '{knows}'")

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return self.connection.execute(text, parameters).get_all()

    def close(self) -> None:
        self.connection.close()
        self.database.close()
