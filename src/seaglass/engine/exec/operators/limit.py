"""Skip, Limit and Discard: how many rows go on.

Above: `run`. Below: `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.evaluate import constant
from seaglass.engine.exec.expressions.values import place
from seaglass.engine.values.describe import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame


def count_of(expression: ex.Expression, clause: str, context: Context) -> int:
    """The count of a SKIP or LIMIT.

    Raises: Invalid(illegal_argument) when it is not an integer >= 0
    """
    value = constant(expression, context)
    if type(value) is not int or value < 0:
        got = str(value) if type(value) is int else type_name(value)
        where = place(expression.at)
        raise Invalid(
            "illegal_argument",
            f"{clause} needs an integer >= 0, but got {got}{where}.",
            code=Code.NEGATIVE_INTEGER if type(value) is int else Code.ARGUMENT_TYPE,
        )
    return value


def skip(op: plan.Skip, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Skip."""
    left = count_of(op.count, "SKIP", context)
    for frame in source:
        context.interrupt.check()
        if left >= frame.rows:
            left -= frame.rows
            continue
        yield frame.slice(left, frame.rows) if left else frame
        left = 0


def limit(op: plan.Limit, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Limit.

    A writing operator below has done all its writes when it gives its first row, so one pull is
    enough for them; with a count of 0 that pull still happens.
    """
    left = count_of(op.count, "LIMIT", context)
    for frame in source:
        context.interrupt.check()
        if frame.rows >= left:
            if left:
                yield frame.slice(0, left) if frame.rows > left else frame
            return
        yield frame
        left -= frame.rows


def discard(_: plan.Discard, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Discard: drains the input and gives nothing."""
    for _frame in source:
        context.interrupt.check()
    yield from ()
