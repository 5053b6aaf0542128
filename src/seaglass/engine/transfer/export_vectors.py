"""Embeddings as cells: the column that an import reads them from.

Above: `export`. Below: `graph/vectors`, `export_types`, Arrow. In CSV the numbers of a vector stand
separated by `;`, each in as few digits as give the same 32-bit number again, without an exponent; in
Parquet they are a list of 32-bit numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Invalid
from seaglass.base.limits import EXPORT_BATCH_ROWS
from seaglass.engine.transfer.export_files import OutColumn
from seaglass.engine.transfer.export_types import OutType, Scalar
from seaglass.engine.transfer.header import EMBEDDING
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.vectors import Vectors

# No property has such a key.
KEY = "~embedding"
COLUMN = OutColumn(EMBEDDING, KEY, OutType(Scalar.VECTOR))
# Numbers that are made texts at a time.
_NUMBERS_MAX = 4_000_000


def with_embedding(columns: Sequence[OutColumn]) -> list[OutColumn]:
    """The columns, and that of embeddings.

    Raises: Invalid(illegal_argument) when a property has its name
    """
    if any(column.name == EMBEDDING for column in columns):
        raise Invalid(
            "illegal_argument",
            f"Nodes have both an embedding and a property {EMBEDDING!r}, and files have one name for"
            " both. Name the property anew with sourcePropertyName in a filter.",
        )
    return [*columns, COLUMN]


def batch_rows(columns: Sequence[OutColumn], vectors: Vectors | None) -> int:
    """Rows that are converted at a time: fewer where they have long vectors."""
    if vectors is None or COLUMN not in columns:
        return EXPORT_BATCH_ROWS
    return max(1, min(EXPORT_BATCH_ROWS, _NUMBERS_MAX // vectors.dimension))


def vector_cells(vectors: Vectors, nodes: NDArray[np.int64], *, csv: bool) -> Any:
    """The cells of nodes; null where one has no embedding."""
    has, numbers = vectors.gather(nodes)
    bounds = np.zeros(len(nodes) + 1, np.int64)
    np.cumsum(has * vectors.dimension, out=bounds[1:])
    flat = pa.array(numbers.reshape(-1), pa.float32())
    missing = pa.array(~has)
    if csv:
        lists = pa.LargeListArray.from_arrays(pa.array(bounds), _texts(flat), mask=missing)
        return pc.binary_join(lists, pa.scalar(";", STRING))
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), flat, mask=missing)


def _texts(numbers: Any) -> Any:
    texts = numbers.cast(STRING)
    exponents = pc.match_substring(texts, "e")
    if not pc.any(exponents).as_py():
        return texts
    written = [
        np.format_float_positional(number, unique=True, trim="0")
        for number in numbers.filter(exponents).to_numpy(zero_copy_only=False)
    ]
    return pc.replace_with_mask(texts, exponents, pa.array(written, STRING))
