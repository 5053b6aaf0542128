"""Merge: finds, or else creates, row by row.

Above: `run`. Below: `create`, `update`, `merge_batch`, `expressions`.
The meaning is one row after the other: each row sees what earlier rows created and set. Two shapes
that clients use for whole batches, a node by its `~id` and an edge between two bound nodes, are
done for all rows of a frame at once where that cannot be told apart from row by row; `merge_batch`
decides that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions.entities import ID_KEY
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import place
from seaglass.engine.exec.operators.create import create_all
from seaglass.engine.exec.operators.frames import concat, drain, pieces
from seaglass.engine.exec.operators.merge_batch import batch_of
from seaglass.engine.exec.operators.update import set_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame

    # Runs a plan whose leaf is Argument on the rows of a frame.
    Runner = Callable[[plan.Operator, Context, Frame], Iterator[Frame]]


def merge(
    op: plan.Merge, source: Iterator[Frame], context: Context, runner: Runner
) -> Iterator[Frame]:
    """Merge: all input first, then row by row, then the rows."""
    batch = batch_of(op)
    done: list[Frame] = []
    with context.holding() as held:
        for frame in drain(source, context, held):
            together = None
            if batch is not None and frame.rows != 1:
                _check_properties(op, frame, context)
                together = batch(op, frame, context, runner)
                together = None if together is None else _with_path(op, together, context)
            whole = _row_by_row(op, frame, context, runner) if together is None else together
            if whole is not None:
                held.keep(whole)
                done.append(whole)
        for frame in done:
            yield from pieces(frame, context)


def _row_by_row(op: plan.Merge, frame: Frame, context: Context, runner: Runner) -> Frame | None:
    rows = []
    for row in range(frame.rows):
        context.interrupt.check()
        one = frame if frame.rows == 1 else frame.slice(row, row + 1)
        rows.append(_merge_row(op, one, context, runner))
    return concat(rows)


def _check_properties(op: plan.Merge, frame: Frame, context: Context) -> None:
    """Raises: Invalid(illegal_argument) when a property of the pattern is null: no node or edge
    could ever match it"""
    patterns = [node.properties for node in op.create_nodes]
    patterns += [edge.properties for edge in op.create_edges]
    for properties in patterns:
        if not isinstance(properties, ex.MapLiteral):
            continue
        for key, value in properties.items:
            if key != ID_KEY and evaluate(value, frame, context).is_null().any():
                raise Invalid(
                    "illegal_argument",
                    f"Cannot merge by the property {key}, because it is null{place(value.at)}.",
                    code=Code.MERGE_NULL,
                )


def _merge_row(op: plan.Merge, row: Frame, context: Context, runner: Runner) -> Frame:
    # An earlier row may have made null what this one merges by.
    _check_properties(op, row, context)
    found = concat(list(runner(op.match, context, row)))
    if found is not None:
        items = op.on_match
    else:
        found = create_all(row, op.create_nodes, op.create_edges, context)
        items = op.on_create
    found = _with_path(op, found, context)
    for item in items:
        set_item(item, found, context)
    return found


def _with_path(op: plan.Merge, frame: Frame, context: Context) -> Frame:
    if op.path is None:
        return frame
    name, value = op.path
    return frame.with_columns({name: evaluate(value, frame, context)})
