"""`+ - * /` where a temporal value takes part.

Above: `arithmetic`. Below: `make`, `engine/values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions.temporal.make import fraction_of
from seaglass.engine.values.amounts import added, moved, negated, times
from seaglass.engine.values.temporal import INSTANTS, TEMPORAL_TYPES, Duration, Temporal

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

_NUMBERS = (int, float)


def calculate_temporal(operator: Op, left: Value, right: Value) -> Temporal | None:
    """The result, None where these two have no such operation.

    Raises: Invalid(illegal_argument) when the result is out of range, or divided by zero
    """
    if type(left) not in TEMPORAL_TYPES and type(right) not in TEMPORAL_TYPES:
        return None
    match operator:
        case Op.ADD:
            return _sum(left, right)
        case Op.SUBTRACT if isinstance(right, Duration):
            return _sum(left, negated(right))
        case Op.MULTIPLY:
            if type(left) in _NUMBERS and isinstance(right, Duration):
                left, right = right, left
            if isinstance(left, Duration) and type(right) in _NUMBERS:
                return times(left, fraction_of(right, "The factor of a duration"))
        case Op.DIVIDE if isinstance(left, Duration) and type(right) in _NUMBERS:
            divisor = fraction_of(right, "The divisor of a duration")
            if divisor == 0:
                raise Invalid("illegal_argument", f"{left} / {right}: division by zero")
            return times(left, 1 / divisor)
        case _:
            pass
    return None


def _sum(left: Value, right: Value) -> Temporal | None:
    if isinstance(left, Duration) and isinstance(right, Duration):
        return added(left, right)
    if isinstance(left, INSTANTS) and isinstance(right, Duration):
        return moved(left, right)
    if isinstance(left, Duration) and isinstance(right, INSTANTS):
        return moved(right, left)
    return None
