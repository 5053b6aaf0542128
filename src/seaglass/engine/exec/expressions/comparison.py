"""`= <> < <= > >=`, null where unknown.

Above: `evaluate`. Below: `values`, `engine/values/equality`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions.temporal.columns import compared
from seaglass.engine.exec.expressions.values import both_valid, map_two, rows_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.equality import UNORDERED, compare, equal
from seaglass.engine.values.packed import Times
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

_SMALL_ROWS = 4
_NUMERIC = (Kind.INT, Kind.FLOAT)
# Integers up to here are exact as float64, so that int and float columns may be compared as floats.
_EXACT_FLOAT = 2**53
_ARROW = {
    Op.EQ: "equal",
    Op.NE: "not_equal",
    Op.LT: "less",
    Op.LE: "less_equal",
    Op.GT: "greater",
    Op.GE: "greater_equal",
}
_NUMPY = {
    Op.EQ: np.equal,
    Op.NE: np.not_equal,
    Op.LT: np.less,
    Op.LE: np.less_equal,
    Op.GT: np.greater,
    Op.GE: np.greater_equal,
}


def comparison(operator: Op, left: Column, right: Column, check: Check | None = None) -> Column:
    """`left operator right`; operands as `values` says. Args: check: as `values/equality` says"""
    if left.kind is Kind.NULL or right.kind is Kind.NULL:
        return cols.nulls(rows_of(left, right))
    if isinstance(left, Times) or isinstance(right, Times):
        found = compared(operator, left, right)
        if found is not None:
            return found
    if rows_of(left, right) > _SMALL_ROWS and left.kind is not Kind.MIXED:
        fast = _typed(operator, left, right)
        if fast is not None:
            return cols.bools(*fast)
    return map_two(lambda one, two: compares(operator, one, two, check), left, right, check)


def compares(operator: Op, left: Value, right: Value, check: Check | None = None) -> bool | None:
    """The mixed path of `comparison`: one pair of values."""
    if operator is Op.EQ:
        return equal(left, right, check)
    if operator is Op.NE:
        same = equal(left, right, check)
        return None if same is None else not same
    order = compare(left, right, check)
    if order is None:
        return None
    if order == UNORDERED:
        return False
    match operator:
        case Op.LT:
            return order < 0
        case Op.LE:
            return order <= 0
        case Op.GT:
            return order > 0
        case _:
            return order >= 0


def _typed(
    operator: Op, left: Column, right: Column
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None] | None:
    """Truth and validity; None where the mixed path must decide."""
    rows = rows_of(left, right)
    if left.kind is Kind.STRING and right.kind is Kind.STRING:
        truth = _texts(operator, left, right, rows)
    elif left.kind in _NUMERIC and right.kind in _NUMERIC:
        if left.kind is not right.kind and not _exact(left if left.kind is Kind.INT else right):
            return None
        truth = _numbers(operator, left.data, right.data)
    elif left.kind is not right.kind or right.kind is Kind.MIXED:
        return None
    elif left.kind is Kind.BOOL or operator in (Op.EQ, Op.NE):
        truth = _numbers(operator, left.data, right.data)
    else:
        return None
    valid = both_valid(left, right, rows)
    return (truth, None) if valid is None else (truth & valid, valid)


def _exact(column: Column) -> bool:
    data = column.data
    return len(data) == 0 or bool(max(-int(data.min()), int(data.max())) <= _EXACT_FLOAT)


def _numbers(operator: Op, one: NDArray[Any], two: NDArray[Any]) -> NDArray[np.bool_]:
    truth: NDArray[np.bool_] = _NUMPY[operator](one, two)
    return truth


def _texts(operator: Op, left: Column, right: Column, rows: int) -> NDArray[np.bool_]:
    one, two = (
        side.data if len(side) == rows else pa.scalar(side.value(0), cols.STRING)
        for side in (left, right)
    )
    truth = getattr(pc, _ARROW[operator])(one, two)
    return truth.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
