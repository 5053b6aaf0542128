"""A part of a file as columns: what every format becomes, and what assembly takes.

Above: `csv`, `parquet`, `ntriples` make them; `assembly`, `merge` take them. Below: `engine/values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


@dataclass(frozen=True, slots=True)
class RowVectors:
    """Embeddings of some rows. Args: rows: int64[k], ascending; numbers: float32[k, d], finite"""

    rows: NDArray[np.int64]
    numbers: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NodeBatch:
    """Rows of nodes; an id may repeat.

    Args:
        ids: LargeStringArray[n] without nulls
        labels: text, several separated by `;`, or lists of text; null for none; None: all none
        values: key -> column[n]; a null is no value
        singles: keys of which a later value of the same node replaces the earlier one
        vectors: embeddings, of which a later one of the same node replaces the earlier one
    """

    ids: pa.Array
    labels: pa.Array | None
    values: Mapping[str, Column]
    singles: frozenset[str]
    vectors: RowVectors | None = None


@dataclass(frozen=True, slots=True)
class EdgeBatch:
    """Rows of edges.

    Args:
        sources, targets: LargeStringArray[n] without nulls
        types: text (also dictionaries); null for the default; None: all default
        values: as of nodes
    """

    sources: pa.Array
    targets: pa.Array
    types: pa.Array | None
    values: Mapping[str, Column]


Batch = NodeBatch | EdgeBatch


def rows_of(batch: Batch) -> int:
    """How many rows there are."""
    return len(batch.ids if isinstance(batch, NodeBatch) else batch.sources)
