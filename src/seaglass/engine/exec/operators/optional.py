"""Optional: what a pattern finds for each row, or nulls.

Above: `run`. Below: `engine/values`.
The inner plan runs on a whole frame at once. It gets the columns that it reads and the number of
each row; its operators keep the rows in order, so that the rows which it leaves out are known as
soon as a later one comes, and what it gives can go on at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical.operators import bound_by, chain
from seaglass.engine.exec.operators.frames import pieces
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.operators.merge import Runner


def optional(
    op: plan.Optional, source: Iterator[Frame], context: Context, runner: Runner
) -> Iterator[Frame]:
    """Optional."""
    added = bound_by(op)
    for frame in source:
        context.interrupt.check()
        if not frame.rows:
            continue
        done = 0
        for found in runner(op.inner, context, numbered(op.inner, op.row, frame)):
            if not found.rows:
                continue
            places = places_of(found, op.row)
            assert (places[1:] >= places[:-1]).all(), "the inner plan mixes up the rows"
            assert places[0] >= done - 1, "the inner plan mixes up the rows"
            yield from pieces(_filled(frame, found, places, (done, added)), context)
            done = int(places[-1]) + 1
        if done < frame.rows:
            rest = frame.slice(done, frame.rows)
            yield from pieces(
                rest.with_columns({name: cols.nulls(rest.rows) for name in added}), context
            )


def numbered(inner: plan.Operator, row: str, frame: Frame) -> Frame:
    """What a plan inside an operator begins with: the columns that it reads, and the rows' numbers
    under the name `row`.
    """
    leaf, _ = chain(inner)
    columns = {name: frame.columns[name] for name in bound_by(leaf) if name != row}
    return Frame({**columns, row: cols.ints(np.arange(frame.rows))}, frame.rows)


def places_of(found: Frame, row: str) -> NDArray[np.int64]:
    """int64[found.rows]: the rows that the plan inside got and that its rows belong to."""
    # A projection on the mixed path makes the numbers a column of objects.
    return np.asarray(found.columns[row].data, np.int64)


def _filled(
    frame: Frame, found: Frame, places: NDArray[np.int64], rest: tuple[int, tuple[str, ...]]
) -> Frame:
    """The rows of `frame` that `found` has reached, as often as it has them, or else once.

    Args:
        places: int64[found.rows], ascending: the rows of `frame` that `found` belongs to
        rest: the first row that nothing was given for yet; the columns that `found` adds
    """
    first, added = rest
    last = int(places[-1]) + 1
    # How often each row stands in the result, at least once: but the first may have come before.
    counts = np.bincount(places, minlength=last)[first:last]
    before = int(np.count_nonzero(places < first))
    filled = np.maximum(counts, 1)
    rows = np.concatenate([places[:before], np.repeat(np.arange(first, last), filled)])
    # Where a row has nothing, its one place takes none of `found`.
    taken = np.full(len(rows), -1, np.int64)
    has = np.concatenate([np.ones(before, np.bool_), np.repeat(counts > 0, filled)])
    taken[has] = np.arange(found.rows)
    columns = {name: found.columns[name].take_or_null(taken) for name in added}
    return frame.take(rows).with_columns(columns)
