"""Top: the first rows of an order, without keeping the others.

Above: `run`. Below: `engine/values/first`, `expressions`.
Each key is computed once for a row and goes with it, as one that is drawn by chance must. Once as many rows are known
as are wanted, others that come behind the last of them are left out before their other keys are computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.operators.frames import concat, pieces
from seaglass.engine.exec.operators.limit import count_of
from seaglass.engine.values.first import first_rows, up_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame

# Looking for the last that is wanted pays from so many rows on.
_MANY_ROWS = 4_096


def top(op: plan.Top, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Top: holds at most about the larger of four times what it gives and one frame's rows more than a
    frame."""
    count = 0 if op.skipped is None else count_of(op.skipped, "SKIP", context)
    count += count_of(op.count, "LIMIT", context)
    names = _names(op)
    most = max(4 * count, context.options.frame_rows)
    frames: list[Frame] = []
    rows = 0
    bound: Column | None = None
    with context.holding() as held:
        for frame in source:
            for part in pieces(frame, context):
                context.interrupt.check()
                kept = _keyed(op, part, bound, context)
                if not kept.rows:
                    continue
                held.keep(kept)
                frames.append(kept)
                rows += kept.rows
                early = bound is None and rows >= max(4 * count, _MANY_ROWS)
                if rows > most or early:
                    best = _best(op, frames, count, context)
                    frames, rows = [best], best.rows
                    held.keep_only(frames)
                    bound = best.columns[names[0]].slice(rows - 1, rows) if rows else None
        if frames and count:
            yield from pieces(_best(op, frames, count, context).without(names), context)


def _names(op: plan.Top) -> tuple[str, ...]:
    """Those of the columns of its keys. No variable has a name that begins so."""
    return tuple(f"\0key{place}" for place in range(len(op.keys)))


def _keyed(op: plan.Top, frame: Frame, bound: Column | None, context: Context) -> Frame:
    """The rows that may be among the first, with their keys."""
    first, *others = op.keys
    key = evaluate(first.expression, frame, context)
    keep = None if bound is None else up_to(key, bound, first.descending)
    if keep is not None and not keep.all():
        rows = np.flatnonzero(keep)
        frame, key = frame.take(rows), key.take(rows)
    keys = [key, *(evaluate(other.expression, frame, context) for other in others)]
    return frame.with_columns(dict(zip(_names(op), keys, strict=True)))


def _best(op: plan.Top, frames: list[Frame], count: int, context: Context) -> Frame:
    whole = concat(frames, context.interrupt.check)
    assert whole is not None
    columns = [whole.columns[name] for name in _names(op)]
    descending = [key.descending for key in op.keys]
    return whole.take(first_rows(columns, descending, whole.rows, count, context.interrupt))
