"""What a scan's conditions say of the values of its nodes, once their own values are known.

Above: `scan`. Below: `engine/graph/value_range`, `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import variables
from seaglass.engine.exec.expressions.evaluate import operand
from seaglass.engine.graph import value_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.value_range import Wanted
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

_Op = ex.BinaryOperator


def wanted_of(sought: Sequence[plan.Sought], frame: Frame, context: Context) -> dict[str, Wanted]:
    """By property key, the values that the nodes for all rows of a frame must have.

    Conditions that say nothing for all rows, or nothing that an index could answer, are left out.
    """
    found: dict[str, Wanted] = {}
    for item in sought:
        if frame.rows != 1 and variables(item.value):
            continue
        try:
            value = operand(item.value, frame, context).value(0)
        except Invalid:
            # The filter above meets the same error, where a row comes as far.
            continue
        wanted = _wanted(item.operator, value)
        other = found.get(item.key)
        if other is not None and wanted is not None:
            wanted = other.and_(wanted)
        if wanted is not None:
            found[item.key] = wanted
    return found


def _wanted(operator: ex.BinaryOperator, value: Value) -> Wanted | None:
    match operator:
        case _Op.EQ:
            return value_range.equal_to((value,))
        case _Op.IN:
            # Of what is no list, the filter says what is wrong with it.
            return value_range.equal_to(value) if isinstance(value, list) else None
        case _Op.STARTS_WITH:
            return value_range.starting_with(value)
        case _Op.GT | _Op.GE:
            return value_range.above(value, included=operator is _Op.GE)
        case _:
            return value_range.below(value, included=operator is _Op.LE)
