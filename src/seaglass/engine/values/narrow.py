"""INT columns that are held in fewer than 64 bits: the integers of a chunk, which are most often small.

Above: `engine/graph`. Below: `column`.

A `Narrow` column is one like any other: whoever asks for `data` gets an array of int64, which is made each
time and not kept; rows that are taken of it are a plain column. So only chunks are narrow, and
frames never are. Those who know it work on the narrow array (`held`).

Invariants: as `column` says; the array is the narrowest signed one that its numbers fit into, and has
NARROW_ROWS_MIN rows or more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.values.column import Column
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.values.types import Value

# Fewer are not worth a look.
NARROW_ROWS_MIN = 64
_BOUNDS = [(np.dtype(f"i{width}"), 1 << 8 * width - 1) for width in (1, 2, 4)]


class Narrow(Column):
    """Args: numbers: int8|int16|int32[n]; valid: as of a column"""

    __slots__ = ("numbers",)

    def __init__(self, numbers: NDArray[Any], valid: NDArray[np.bool_] | None) -> None:
        self.kind = Kind.INT  # type: ignore[misc]
        self.valid = valid  # type: ignore[misc]
        self.numbers = numbers

    def __getattr__(self, name: str) -> Any:
        # The slot of `data` stays empty.
        if name != "data":
            raise AttributeError(name)
        return self.numbers.astype(np.int64)

    def __len__(self) -> int:
        return len(self.numbers)

    def reader(self) -> Callable[[int], Value]:
        try:
            return self._read
        except AttributeError:
            self._read = self._plain().reader()
            return self._read

    def to_list(self) -> list[Value]:
        return self._plain().to_list()

    def take(self, rows: NDArray[np.int64]) -> Column:
        return _widened(self._plain().take(rows))

    def slice(self, start: int, stop: int) -> Column:
        return _widened(self._plain().slice(start, stop))

    def _plain(self) -> Column:
        """For what does not mind the type of the array."""
        return Column(Kind.INT, self.numbers, self.valid)


def narrow(column: Column) -> Column:
    """The column, held as narrow as its integers allow. Cost: some passes over those of an INT column"""
    if column.kind is not Kind.INT or len(column) < NARROW_ROWS_MIN or isinstance(column, Narrow):
        return column
    numbers = column.data
    dtype = narrowest(int(numbers.min()), int(numbers.max()))
    return column if dtype == np.int64 else Narrow(numbers.astype(dtype), column.valid)


def of_narrowest(numbers: NDArray[Any], valid: NDArray[np.bool_] | None) -> Column:
    """An INT column. Args: numbers: int8|int16|int32|int64[n], the narrowest that they fit into"""
    if len(numbers) < NARROW_ROWS_MIN or numbers.dtype == np.int64:
        return Column(Kind.INT, numbers.astype(np.int64, copy=False), valid)
    return Narrow(numbers, valid)


def narrowest(low: int, high: int) -> np.dtype[Any]:
    """The narrowest signed type that both fit into; int64 at most."""
    for dtype, bound in _BOUNDS:
        if -bound <= low and high < bound:
            return dtype
    return np.dtype(np.int64)


def held(column: Column) -> NDArray[Any]:
    """int8|int16|int32|int64[n]: the integers of an INT column as they are held."""
    numbers: NDArray[Any] = column.numbers if isinstance(column, Narrow) else column.data
    return numbers


def _widened(column: Column) -> Column:
    return Column(Kind.INT, column.data.astype(np.int64), column.valid)
