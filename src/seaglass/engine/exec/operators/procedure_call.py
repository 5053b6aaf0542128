"""ProcedureCall: each row with what a procedure gives for it.

Above: `run`. Below: `procedures`, `frames`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import located
from seaglass.engine.exec.operators.frames import drain, pieces
from seaglass.engine.exec.procedures import given
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context

    Results = Iterator[tuple[NDArray[np.int64], Frame]]


def procedure_call(
    op: plan.ProcedureCall, source: Iterator[Frame], context: Context
) -> Iterator[Frame]:
    """ProcedureCall."""
    if not op.procedure.changes:
        yield from _called(op, source, context)
        return
    # All rows are there before the first is written for, and all is written before one goes on.
    with context.holding() as held:
        rows = iter(drain(source, context, held))
        yield from drain(_called(op, rows, context), context, held)


def _called(op: plan.ProcedureCall, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    body = context.procedures[op.procedure.name]
    for frame in source:
        context.interrupt.check()
        columns = {
            field.name: given(field, evaluate(argument, frame, context), argument.at)
            for field, argument in zip(op.procedure.arguments, op.arguments, strict=True)
        }
        for rows, results in _placed(op, body(Frame(columns, frame.rows), context)):
            context.interrupt.check()
            if op.procedure.results:
                used = {variable: results.columns[result] for result, variable in op.yields}
                yield from pieces(frame.take(rows).with_columns(used), context)
        if not op.procedure.results:
            yield frame


def _placed(op: plan.ProcedureCall, found: Results) -> Results:
    """What a body gives; what it says of its arguments, with the place of the last: the options."""
    try:
        yield from found
    except Invalid as error:
        if not op.arguments or " (line " in error.message:
            raise
        raise located(error, op.arguments[-1].at) from None
