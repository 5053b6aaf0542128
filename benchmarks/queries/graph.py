"""The graph that all engines get: a simple one, so that all of them are asked the same.

`benchmarks.social` draws relationships with repetition. Here no person knows itself, and no one
knows the same person twice: engines disagree on whether an unnamed relationship beside another one
counts again, and on whether a path may use one twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.social import social

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.figures import Scale


def write(folder: Path, stem: str, scale: Scale) -> None:
    """The graph as two Parquet files with plain columns."""
    tables = social(scale)
    people = tables.people.select(["id", "name", "age", "city"])
    at = people.schema.get_field_index("city")
    people = people.set_column(at, "city", people["city"].cast(pa.string()))
    source = np.array(tables.knows["~from"].cast(pa.int64()))
    target = np.array(tables.knows["~to"].cast(pa.int64()))
    _, first = np.unique(source * scale.nodes + target, return_index=True)
    first.sort()
    first = first[source[first] != target[first]]
    knows = pa.table(
        {
            "source": source[first],
            "target": target[first],
            "since": np.array(tables.knows["since"])[first],
        }
    )
    pq.write_table(people, folder / f"{stem}-people.parquet")
    pq.write_table(knows, folder / f"{stem}-knows.parquet")
