"""kglite 0.21: in memory; on disk its log is written through at every commit (`durable="full"`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kglite
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


class Engine:
    def __init__(self, folder: Path | None) -> None:
        if folder is None:
            self.graph = kglite.KnowledgeGraph()
        else:
            self.graph = kglite.open(str(folder / "social.kgl"), durable="full")
        self.graph.set_default_timeout(0)

    def load(self, people: Path, knows: Path) -> None:
        self.graph.add_nodes(pd.read_parquet(people), "Person", "id", "name")
        self.graph.add_relationships(
            pd.read_parquet(knows), "KNOWS", "Person", "source", "Person", "target",
            columns=["since"],
        )  # fmt: skip

    def ask(self, text: str, parameters: dict[str, Any]) -> list[list[Any]]:
        return [list(row.values()) for row in self.graph.cypher(text, params=parameters).to_list()]

    def close(self) -> None:
        self.graph.close()
