"""Sort and Distinct: order and equivalence of rows.

Above: `run`. Below: `engine/values/order`, `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.operators.frames import concat_to_group, gather, pieces
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import group_rows, sort_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame


def sort(op: plan.Sort, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Sort: gathers all rows."""
    with context.holding() as held:
        whole = gather(source, context, held)
        if whole is not None:
            # The order, and of each key its codes and whether they are valid.
            held.add(8 * whole.rows * (1 + 2 * len(op.keys)))
            order = sort_rows(*_keys(op.keys, whole, context), whole.rows, context.interrupt)
            yield from _taken(whole, order, context)


def _keys(
    keys: tuple[plan.SortKey, ...], frame: Frame, context: Context
) -> tuple[list[Column], list[bool]]:
    # A frame at a time: what Python evaluates row by row takes seconds for millions.
    parts = [
        [evaluate(key.expression, part, context) for key in keys]
        for part in ([frame] if frame.rows <= 1 else pieces(frame, context))
    ]
    check = context.interrupt.check
    columns = [cols.concat(column, check) for column in zip(*parts, strict=True)]
    return columns, [key.descending for key in keys]


def _taken(frame: Frame, order: NDArray[np.int64], context: Context) -> Iterator[Frame]:
    """The rows in their new order, a frame at a time, so that only one frame is copied at once."""
    most = context.options.frame_rows
    for start in range(0, frame.rows, most):
        context.interrupt.check()
        yield frame.take(order[start : start + most])


def distinct(op: plan.Distinct, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Distinct: gives the first of equivalent rows, in order.

    New rows are gathered until they are as many as those already seen before they are compared:
    each row is then compared a number of times that grows with the logarithm of the whole.
    """
    seen: Frame | None = None
    fresh: list[Frame] = []
    rows = 0
    with context.holding() as held:
        for frame in source:
            context.interrupt.check()
            held.keep(frame)
            fresh.append(frame)
            rows += frame.rows
            if seen is None or rows >= seen.rows:
                seen, new = _merge_distinct(op, seen, fresh, context)
                fresh, rows = [], 0
                held.keep_only([seen])
                yield from pieces(new, context)
        if fresh:
            _, new = _merge_distinct(op, seen, fresh, context)
            yield from pieces(new, context)


def _merge_distinct(
    op: plan.Distinct, seen: Frame | None, fresh: list[Frame], context: Context
) -> tuple[Frame, Frame]:
    """All distinct rows so far, and those of them that are new."""
    before = 0 if seen is None else seen.rows
    frames = fresh if seen is None else [seen, *fresh]
    if len(frames) == 1 and frames[0].rows == 1:
        return frames[0], frames[0]
    with context.holding() as scratch:
        whole = concat_to_group(frames, scratch, context.interrupt.check)
        names = [whole.columns[name] for name in op.names]
        _, firsts = group_rows(names, whole.rows, context.interrupt)
        every = whole if len(firsts) == whole.rows else whole.take(firsts)
    return every, every.slice(before, every.rows)
