"""A part of a file as columns: what every format becomes, and what assembly takes.

Above: `csv`, `parquet`, `ntriples` make them; `assembly`, `merge` take them. Below: `engine/values`, `kernels/pages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.kernels.pages import LENGTH_BYTES
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


@dataclass(frozen=True, slots=True)
class RowVectors:
    """Embeddings of some rows. Args: rows: int64[k], ascending; numbers: float32[k, d], finite"""

    rows: NDArray[np.int64]
    numbers: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PageTexts:
    """Texts each of which stands behind its length: text `i` is
    data[starts[i] : starts[i + 1] - LENGTH_BYTES].

    Args: data: uint8[b], UTF-8 but for the lengths; starts: int64[n + 1], ascending
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def part(self, start: int, stop: int) -> PageTexts:
        """Some of the texts, sharing their memory."""
        return PageTexts(self.data, self.starts[start : stop + 1])

    def take(self, places: NDArray[np.int64]) -> pa.Array:
        """LargeStringArray[n]: a copy of some of the texts."""
        # Between two texts is a length, which counts as a text that nobody takes.
        offsets = np.empty(2 * len(self) + 1, np.int64)
        offsets[::2] = self.starts
        offsets[1::2] = self.starts[1:] - LENGTH_BYTES
        buffers = pa.py_buffer(offsets), pa.py_buffer(self.data)
        # The last length may lie behind the data.
        texts = pa.LargeStringArray.from_buffers(max(0, 2 * len(self) - 1), *buffers)
        return texts.take(pa.array(2 * places))

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + int(self.starts[-1] - self.starts[0])


class Dictionary:
    """The texts of a column that repeat; what each of them is, is looked up once."""

    def __init__(self, texts: PageTexts) -> None:
        self.texts = texts
        self._numbers: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def numbers(self, find: Callable[[PageTexts], NDArray[Any]]) -> NDArray[Any]:
        """int32|int64[n]: what `find` gives for the texts, always the same."""
        if self._numbers is None:
            self._numbers = find(self.texts)
        return self._numbers


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts of a dictionary. Args: codes: int32[n], places in it"""

    dictionary: Dictionary
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def part(self, start: int, stop: int) -> Coded:
        """Some of the texts, sharing their memory."""
        return Coded(self.dictionary, self.codes[start:stop])

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes


@dataclass(frozen=True, slots=True)
class PageIds:
    """Ids as the pages of a file have them, in the order of their rows."""

    parts: tuple[PageTexts | Coded, ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts)


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
        sources, targets: PageIds, or LargeStringArray[n] without nulls
        types: text (also dictionaries); null for the default; None: all default
        values: as of nodes
    """

    sources: pa.Array | PageIds
    targets: pa.Array | PageIds
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
