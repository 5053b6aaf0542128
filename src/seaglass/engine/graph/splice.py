"""Put values into some rows of a column; grow a column; give a column its narrowest kind.

Above: `group`, `group_edit`. Below: `engine/values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.narrow import narrow
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray


def replaced(column: Column, rows: NDArray[np.int64], values: Column) -> Column:
    """`column` with `values[i]` in `rows[i]`.

    Args: rows: int64[n], each in 0 <= row < len(column), without duplicates
    Returns: a column of the kind of both; MIXED where they differ
    Cost: one copy of the column.
    """
    if len(rows) == 0:
        return column
    if values.kind is not column.kind or column.kind in (Kind.STRING, Kind.NULL):
        joined = _joined(column, rows, values)
        return joined if joined.valid is None or joined.valid.any() else cols.nulls(len(column))
    if isinstance(column, cols.Packed):
        packed = column.replaced(rows, values)
        if packed is not None:
            return packed if packed.valid is None or packed.valid.any() else cols.nulls(len(column))
    data = column.data.copy()
    data[rows] = values.data
    if column.valid is None and values.valid is None:
        return Column(column.kind, data, None)
    valid = np.ones(len(column), np.bool_) if column.valid is None else column.valid.copy()
    valid[rows] = True if values.valid is None else values.valid
    if not valid.any():
        return cols.nulls(len(column))
    return Column(column.kind, data, None if valid.all() else valid)


def _joined(column: Column, rows: NDArray[np.int64], values: Column) -> Column:
    """`replaced`, whatever the kinds."""
    first, end = int(rows[0]), int(rows[0]) + len(rows)
    if rows[-1] == end - 1 and (np.diff(rows) == 1).all():
        # The properties of nodes that were created together: three copies, no row by itself.
        return cols.concat([column.slice(0, first), values, column.slice(end, len(column))])
    places = np.arange(len(column))
    places[rows] = len(column) + np.arange(len(rows))
    return cols.concat([column, values]).take(places)


def cleared(column: Column, rows: NDArray[np.int64]) -> Column:
    """`column` with nulls in `rows`."""
    valid = np.ones(len(column), np.bool_) if column.valid is None else column.valid.copy()
    if not valid[rows].any():
        return column
    valid[rows] = False
    return cols.masked(column, valid)


def extended(column: Column | None, before: int, after: Column | None, count: int) -> Column:
    """The first `before` rows and then `count` rows; a missing column stands for nulls."""
    if before == 0:
        return cols.nulls(count) if after is None else after
    first = cols.nulls(before) if column is None else column
    return cols.concat([first, cols.nulls(count) if after is None else after])


def narrowed(column: Column) -> Column | None:
    """The same values in the narrowest kind; None where all are null."""
    if len(column) == 0 or (column.valid is not None and not column.valid.any()):
        return None
    if column.kind is not Kind.MIXED or isinstance(column, cols.Packed):
        return narrow(column)
    return cols.from_values(column.to_list())
