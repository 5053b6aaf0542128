"""ladybug: a checkpoint, then a durable copy of its file. Each state is a whole copy."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import ladybug

from benchmarks.frozen.files import copy_durably
from benchmarks.frozen.taken import Taken
from benchmarks.queries.engines.ladybug import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Engine:
    NOTE = "CHECKPOINT, then cp of its file and an fsync, while nobody writes"
    LOOKUP = "MATCH (p:Person {id: $id}) RETURN p.age"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ladybug"
        self.servers: list[int] = []
        self.database = ladybug.Database(str(self.file))
        self.connection = ladybug.Connection(self.database, num_threads=2)
        self.taken = 0
        for text in SCHEMA:
            self.connection.execute(text)

    def load(self, people: Path, knows: Path) -> None:
        self.connection.execute(f"COPY Person FROM '{people}'")
        self.connection.execute(f"COPY KNOWS FROM '{knows}'")

    def first(self) -> Taken:
        os.sync()
        started = time.perf_counter()
        written = self.snapshot()
        return Taken(time.perf_counter() - started, written)

    def change(self, text: str) -> None:
        self.connection.execute(text)

    def commit(self) -> None:
        """Every change is committed already."""

    def snapshot(self) -> int:
        self.taken += 1
        self.connection.execute("CHECKPOINT")
        return copy_durably(self.file, self.folder / f"copy-{self.taken}")

    def reader(self) -> Callable[[str, dict[str, Any]], Any]:
        return asker(self.database)

    def restore(self) -> Callable[[str, dict[str, Any]], Any]:
        self.again = ladybug.Database(str(self.folder / f"copy-{self.taken}"))
        return asker(self.again)

    def close(self) -> None:
        self.again.close()
        self.connection.close()
        self.database.close()


def asker(database: ladybug.Database) -> Callable[[str, dict[str, Any]], Any]:
    connection = ladybug.Connection(database, num_threads=1)

    def ask(text: str, parameters: dict[str, Any]) -> Any:
        with connection.execute(text, parameters) as result:
            [[value]] = result.get_all()
        return value

    return ask
