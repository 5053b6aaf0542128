"""`+ - * / % ^` and the signs.

Above: `evaluate`. Below: `values`.
Integers are of 64 bits and never wrap: a result outside is an error. Integer by integer is integer,
also in `/` (towards zero) and `%` (sign of the dividend); a zero divisor of integers is an error.
With a float, the result is a float as IEEE 754 says. `+` also joins strings (with numbers, too) and
lists (with single elements, too). Null gives null. Durations move temporal values and are counted
with: `temporal/operators`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions.temporal.columns import moved
from seaglass.engine.exec.expressions.temporal.operators import calculate_temporal
from seaglass.engine.exec.expressions.values import (
    both_valid,
    located,
    map_one,
    map_two,
    place,
    rows_of,
    wrong_type,
)
from seaglass.engine.values import column as cols
from seaglass.engine.values.amounts import negated
from seaglass.engine.values.column import Column
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.temporal import Duration
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.types import Value

ARITHMETIC = (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.MODULO, Op.POWER)
# Sums of two and differences of numbers below this cannot overflow, products of two below its root
# neither.
_SAFE_SUM = 2**62
_SAFE_FACTOR = 3_037_000_499
# Below this many rows Python arithmetic is cheaper than NumPy's checks.
_SMALL_ROWS = 4
_NUMERIC = (Kind.INT, Kind.FLOAT)


def arithmetic(operator: Op, left: Column, right: Column, at: Position) -> Column:
    """`left operator right`; operands as `values` says.

    Raises: Invalid(illegal_argument) on overflow, zero divisors and types that have no such
        operation
    """
    if left.kind is Kind.NULL or right.kind is Kind.NULL:
        if Kind.MIXED not in (left.kind, right.kind):
            return cols.nulls(rows_of(left, right))
    elif rows_of(left, right) > _SMALL_ROWS:
        fast = _typed(operator, left, right)
        if fast is None:
            fast = moved(operator, left, right)
        if fast is not None:
            return fast
    return map_two(lambda one, two: calculate(operator, one, two, at), left, right)


def calculate(operator: Op, left: Value, right: Value, at: Position | None) -> Value:
    """The mixed path of `arithmetic`: one pair of values."""
    if left is None or right is None:
        return None
    if type(left) in (int, float) and type(right) in (int, float):
        if type(left) is int and type(right) is int and operator is not Op.POWER:
            return _integer(operator, left, right, at)
        return _float(operator, float(left), float(right))  # type: ignore[arg-type]
    if operator is Op.ADD:
        joined = _join(left, right)
        if joined is not None:
            return joined
    try:
        moved = calculate_temporal(operator, left, right)
    except Invalid as error:
        raise located(error, at) from None
    if moved is not None:
        return moved
    message = f"{operator.value} cannot be applied to {type_name(left)} and {type_name(right)}"
    if operator is Op.ADD and (isinstance(left, str) or isinstance(right, str)):
        message += "; toString() makes a text of a value"
    raise Invalid("illegal_argument", f"{message}{place(at)}.", code=Code.VALUE_TYPE)


def negate(operand: Column, at: Position) -> Column:
    """`-operand`."""

    def minus(value: Value) -> Value:
        if type(value) is int:
            return _fit(-value, f"-({value})", at)
        if type(value) is float:
            return -value
        if isinstance(value, Duration):
            try:
                return negated(value)
            except Invalid as error:
                raise located(error, at) from None
        raise wrong_type("-", "a number or a duration", value, at)

    return map_one(minus, operand)


def plus(operand: Column, at: Position) -> Column:
    """`+operand`: the number or duration itself."""

    def same(value: Value) -> Value:
        if type(value) not in (int, float, Duration):
            raise wrong_type("+", "a number or a duration", value, at)
        return value

    return map_one(same, operand)


def _integer(operator: Op, left: int, right: int, at: Position | None) -> int:
    match operator:
        case Op.ADD:
            result = left + right
        case Op.SUBTRACT:
            result = left - right
        case Op.MULTIPLY:
            result = left * right
        case _:
            if right == 0:
                raise Invalid(
                    "illegal_argument", f"{left} {operator.value} 0: division by zero{place(at)}."
                )
            quotient = abs(left) // abs(right)
            quotient = quotient if (left < 0) == (right < 0) else -quotient
            result = quotient if operator is Op.DIVIDE else left - quotient * right
    return _fit(result, f"{left} {operator.value} {right}", at)


def _fit(result: int, text: str, at: Position | None) -> int:
    if not INT_MIN <= result <= INT_MAX:
        raise Invalid("illegal_argument", f"The result of {text} overflows 64 bits{place(at)}.")
    return result


def _float(operator: Op, left: float, right: float) -> float:
    match operator:
        case Op.ADD:
            return left + right
        case Op.SUBTRACT:
            return left - right
        case Op.MULTIPLY:
            return left * right
        case Op.DIVIDE:
            if right != 0:
                return left / right
            if left == 0 or left != left:
                return math.nan
            return math.copysign(math.inf, left) * math.copysign(1.0, right)
        case Op.MODULO:
            if right == 0 or math.isinf(left):
                return math.nan
            return math.fmod(left, right)
        case _:
            with np.errstate(all="ignore"):
                return float(np.float64(left) ** np.float64(right))


def _join(left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return left + (right if isinstance(right, list) else [right])
    if isinstance(right, list):
        return [left, *right]
    if isinstance(left, str):
        if isinstance(right, str):
            return left + right
        if type(right) in (int, float):
            return left + number_text(right)  # type: ignore[arg-type]
    elif isinstance(right, str) and type(left) in (int, float):
        return number_text(left) + right  # type: ignore[arg-type]
    return None


def number_text(value: int | float) -> str:
    """A number as `+` joins it to a text."""
    from seaglass.engine.exec.expressions.convert import float_text

    return float_text(value) if isinstance(value, float) else str(value)


def _typed(operator: Op, left: Column, right: Column) -> Column | None:
    """The fast path; None where the mixed path must decide (overflow near, zero divisors, other
    types)."""
    if left.kind is Kind.STRING and right.kind is Kind.STRING and operator is Op.ADD:
        return _typed_concat(left, right)
    if left.kind not in _NUMERIC or right.kind not in _NUMERIC or operator is Op.POWER:
        return None
    rows = rows_of(left, right)
    valid = both_valid(left, right, rows)
    if left.kind is Kind.INT and right.kind is Kind.INT:
        result = _typed_integers(operator, left, right)
        return None if result is None else _cleared(Kind.INT, result, valid)
    one, two = left.data.astype(np.float64), right.data.astype(np.float64)
    with np.errstate(all="ignore"):
        match operator:
            case Op.ADD:
                result = one + two
            case Op.SUBTRACT:
                result = one - two
            case Op.MULTIPLY:
                result = one * two
            case Op.DIVIDE:
                result = one / two
            case _:
                result = np.fmod(one, two)
    return _cleared(Kind.FLOAT, result, valid)


def _typed_integers(operator: Op, left: Column, right: Column) -> np.ndarray | None:
    one, two = left.data, right.data
    largest = max(_magnitude(one), _magnitude(two))
    match operator:
        case Op.ADD if largest < _SAFE_SUM:
            return one + two  # type: ignore[no-any-return]
        case Op.SUBTRACT if largest < _SAFE_SUM:
            return one - two  # type: ignore[no-any-return]
        case Op.MULTIPLY if largest <= _SAFE_FACTOR:
            return one * two  # type: ignore[no-any-return]
        case Op.DIVIDE | Op.MODULO if largest < _SAFE_SUM:
            divisor = two if right.valid is None else np.where(right.valid, two, 1)
            if (divisor == 0).any():
                return None
            remainder = np.fmod(one, divisor)
            return remainder if operator is Op.MODULO else (one - remainder) // divisor  # type: ignore[no-any-return]
    return None


def _magnitude(data: np.ndarray) -> int:
    return max(-int(data.min()), int(data.max())) if len(data) else 0


def _typed_concat(left: Column, right: Column) -> Column:
    rows = rows_of(left, right)
    valid = both_valid(left, right, rows)
    parts = [
        operand.data if len(operand) == rows else pa.scalar(operand.value(0), cols.STRING)
        for operand in (left, right)
    ]
    empty = pa.scalar("", cols.STRING)
    return _cleared(Kind.STRING, pc.binary_join_element_wise(*parts, empty), valid)


def _cleared(kind: Kind, data: object, valid: np.ndarray | None) -> Column:
    """A column whose null rows hold what an empty row holds."""
    column = Column(kind, data, None)
    return column if valid is None else cols.masked(column, valid)
