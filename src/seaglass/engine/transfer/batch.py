"""A part of a file as columns: what every format becomes, and what assembly takes.

Above: `csv`, `parquet`, `ntriples` make them; `assembly`, `merge` take them. Below: `engine/values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.values.types import Kind

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


# A value that has a type of its own, with its place.
_OBJECT_BYTES = 64


def bytes_of(batch: Batch) -> int:
    """About how much memory a batch takes."""
    if isinstance(batch, NodeBatch):
        arrays = [batch.ids, batch.labels]
        arrays += [batch.vectors.numbers] if batch.vectors else []
    else:
        arrays = [batch.sources, batch.targets, batch.types]
    named: int = sum(array.nbytes for array in arrays if array is not None)
    return named + sum(map(_column_bytes, batch.values.values()))


def _column_bytes(column: Column) -> int:
    if column.kind is Kind.MIXED:
        return _OBJECT_BYTES * len(column)
    return int(column.data.nbytes)


def array_of(column: pa.ChunkedArray) -> pa.Array:
    """The rows of a table's column, which are copied only where they come in several chunks."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def rows_of(batch: Batch) -> int:
    """How many rows there are."""
    return len(batch.ids if isinstance(batch, NodeBatch) else batch.sources)
