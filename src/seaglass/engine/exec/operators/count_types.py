"""CountTypes: the types of edges and how many there are, as the version keeps them.

Above: `run`. Below: `engine/graph/read`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical.plan import Direction
from seaglass.engine.exec.operators.frames import pieces
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame


def count_types(op: plan.CountTypes, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with each type, row by row."""
    both = op.direction is Direction.BOTH
    for frame in source:
        context.interrupt.check()
        counted = read.type_counts(context.version, op.types, both=both)
        if not counted:
            continue
        names = cols.strings([name for name, _ in counted])
        numbers = np.array([number for _, number in counted], np.int64)
        places = np.arange(len(counted))
        at_once = max(1, context.options.frame_rows // len(counted))
        for start in range(0, frame.rows, at_once):
            part = frame.slice(start, min(start + at_once, frame.rows))
            again = np.tile(places, part.rows)
            added = {op.type: names.take(again), op.number: cols.ints(numbers[again])}
            rows = np.repeat(np.arange(part.rows), len(places))
            yield from pieces(part.take(rows).with_columns(added), context)
