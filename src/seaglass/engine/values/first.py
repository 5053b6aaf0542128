"""The first rows in an order, chosen before they are sorted.

Above: `exec/operators/top`. Below: `order`, `kernels`, NumPy, Arrow.
Of many rows few are near the one that is the last wanted: this value is found in linear time, and only the rows that
are not behind it are sorted, by all keys. Those that have it all count, so that equal rows keep their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.values.column import STRING
from seaglass.engine.values.order import order_codes, sort_rows
from seaglass.engine.values.packed import Times
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt

    Numbers = NDArray[np.int64]
    Bits = NDArray[np.bool_]

# From here on a query may be stopped within a sort; only less than so small a share of the rows is then chosen before.
_MANY_ROWS = 50_000
_FEW_SHARE = 16
_NUMBERS = (Kind.BOOL, Kind.INT, Kind.FLOAT)


def first_rows(
    columns: Sequence[Column],
    descending: Sequence[bool],
    rows: int,
    count: int,
    interrupt: Interrupt | None = None,
) -> Numbers:
    """The first `count` rows in the order of `sort_rows`.

    Cost: linear where the first column holds numbers, texts or times, of which few are as small as the last wanted.
    """
    wanted = None
    # Choosing many of many takes as long as sorting all, and cannot be stopped.
    if 0 < count < rows and columns and (rows < _MANY_ROWS or count <= rows // _FEW_SHARE):
        wanted = _nearest(columns[0], descending[0], count)
    if wanted is None:
        return sort_rows(columns, descending, rows, interrupt)[:count]
    taken = [column.take(wanted) for column in columns]
    return wanted[sort_rows(taken, descending, len(wanted), interrupt)[:count]]


def _nearest(column: Column, descending: bool, count: int) -> Numbers | None:
    """Rows in ascending order, among which the first `count` are; None where these are not found before all are
    sorted. Args: count: 0 < count < len(column)"""
    if column.valid is None:
        keep = _up_to_nth(column, descending, count)
        return None if keep is None else np.flatnonzero(keep)
    known = np.flatnonzero(column.valid)
    missing = np.flatnonzero(~column.valid)
    before = len(missing) if descending else 0
    if before >= count:
        return missing
    if before + len(known) <= count:
        return None
    keep = _up_to_nth(column.take(known), descending, count - before)
    if keep is None:
        return None
    return np.sort(np.concatenate([missing[:before], known[keep]]))


def _up_to_nth(column: Column, descending: bool, count: int) -> Bits | None:
    """bool[n]: which values, of which none is null, do not come behind the one that is the `count`-th."""
    if column.kind is Kind.STRING:
        place = len(column) - count if descending else count - 1
        nth = pc.partition_nth_indices(column.data, pivot=place)[place]
        return _texts_up_to(column, column.data[nth.as_py()], descending)
    codes = _codes(column)
    if codes is None:
        return None
    codes = ~codes if descending else codes
    return cast("Bits", codes <= np.partition(codes, count - 1)[count - 1])


def up_to(column: Column, bound: Column, descending: bool) -> Bits | None:
    """Which rows do not come behind a value; None where this is not known without sorting all.

    Args: bound: the value, a column of one row
    Returns: bool[n]
    Cost: linear
    """
    if bound.kind is Kind.NULL or bound.valid is not None:
        # Ascending, no row comes behind a null; descending, all but nulls do.
        return column.is_null() if descending else None
    keep = _known_up_to(column, bound, descending)
    if keep is None or column.valid is None:
        return keep
    return keep | ~column.valid if descending else keep & column.valid


def _known_up_to(column: Column, bound: Column, descending: bool) -> Bits | None:
    """As `up_to`, of valid rows."""
    if isinstance(column, Times):
        other = column.alike(bound)
        if other is None:
            return None
        bound = other
    elif column.kind is not bound.kind:
        return None
    if column.kind is Kind.STRING:
        return _texts_up_to(column, pa.scalar(bound.value(0), STRING), descending)
    codes, limits = _codes(column), _codes(bound)
    if codes is None or limits is None:
        return None
    return cast("Bits", codes >= limits[0] if descending else codes <= limits[0])


def _texts_up_to(column: Column, bound: pa.LargeStringScalar, descending: bool) -> Bits:
    compare = pc.greater_equal if descending else pc.less_equal
    return cast("Bits", compare(column.data, bound).to_numpy(zero_copy_only=False))


def _codes(column: Column) -> Numbers | None:
    """int64[n] that sorts as the values do, and as those of other columns of its kind; None where that costs
    more."""
    if isinstance(column, Times):
        return column.codes()
    return order_codes(column) if column.kind in _NUMBERS else None
