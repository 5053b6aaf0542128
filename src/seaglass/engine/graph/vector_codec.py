"""Vectors <-> bytes, the words that chunks, patches and changes share: f32[d], finite numbers.

Above: `codec`, `patch_codec`, `change_codec`. Below: `binary`, `vectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.limits import VECTOR_DIMENSION_MAX
from seaglass.engine.graph.binary import damaged
from seaglass.engine.graph.vectors import NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.binary import Reader, Writer


def write_numbers(writer: Writer, numbers: NDArray[np.float32]) -> None:
    """Args: numbers: float32[m, d]"""
    writer.raw(np.ascontiguousarray(numbers, NUMBER).tobytes())


def read_dimension(reader: Reader) -> int:
    """Raises: Corrupt when it is none."""
    dimension = reader.uint()
    if not 1 <= dimension <= VECTOR_DIMENSION_MAX:
        raise damaged(f"vectors of dimension {dimension}")
    return dimension


def read_numbers(reader: Reader, rows: int, dimension: int) -> NDArray[np.float32]:
    """float32[rows, dimension]. Raises: Corrupt when there are fewer, or one is not finite."""
    data = reader.raw(rows * dimension * NUMBER.itemsize)
    numbers = np.frombuffer(data, NUMBER).astype(np.float32, copy=False)
    if not np.isfinite(numbers).all():
        raise damaged("a vector with a number that is not finite")
    return numbers.reshape(rows, dimension)
