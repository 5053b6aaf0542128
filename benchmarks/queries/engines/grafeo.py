"""grafeo: an index on `id`; its log on disk is as by default.

Python offers no setting for how it is synced; commits as short as measured here cannot have waited
for the disk, so its rows of commits are not durable ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grafeo
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


class Engine:
    def __init__(self, folder: Path | None) -> None:
        self.database = grafeo.GrafeoDB(None if folder is None else str(folder / "grafeo"))

    def load(self, people: Path, knows: Path) -> None:
        self.database.import_df(pd.read_parquet(people), mode="nodes", label="Person")
        # Relationships name grafeo's own numbers of nodes, which in an empty store are the row's.
        self.database.import_df(pd.read_parquet(knows), mode="edges", edge_type="KNOWS")
        self.database.create_property_index("id")

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return [list(row.values()) for row in self.database.execute_cypher(text, parameters)]

    def close(self) -> None:
        self.database.close()
