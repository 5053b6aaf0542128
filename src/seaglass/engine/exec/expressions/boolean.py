"""AND, OR, XOR, NOT with three truth values, and what a predicate keeps.

Above: `evaluate`. Below: `values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column

    Truth = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def truth_of(column: Column, what: str, at: Position | None) -> Truth:
    """Where the column is true, and where it is false; neither for null.

    Raises: Invalid(illegal_argument) when a value is neither boolean nor null
    """
    match column.kind:
        case Kind.BOOL:
            data: NDArray[np.bool_] = column.data
            return (
                (data, ~data)
                if column.valid is None
                else (data & column.valid, ~data & column.valid)
            )
        case Kind.NULL:
            none = np.zeros(len(column), np.bool_)
            return none, none
        case _:
            values = column.to_list()
            for value in values:
                if value is not None and value is not True and value is not False:
                    raise wrong_type(what, "a boolean", value, at)
            rows = len(values)
            true = np.fromiter((value is True for value in values), np.bool_, rows)
            return true, np.fromiter((value is False for value in values), np.bool_, rows)


def from_truth(true: NDArray[np.bool_], false: NDArray[np.bool_]) -> Column:
    """The BOOL column that is true and false where said, else null."""
    valid = true | false
    return cols.bools(true, valid) if valid.any() else cols.nulls(len(valid))


def conjunction(left: Truth, right: Truth) -> Truth:
    return left[0] & right[0], left[1] | right[1]


def disjunction(left: Truth, right: Truth) -> Truth:
    return left[0] | right[0], left[1] & right[1]


def exclusive(left: Truth, right: Truth) -> Truth:
    return (left[0] & right[1]) | (left[1] & right[0]), (left[0] & right[0]) | (left[1] & right[1])
