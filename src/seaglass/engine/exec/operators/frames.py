"""Tools of operators: frames joined, gathered and cut to size.

Above: the operators. Below: `engine/values`, `context`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held


def concat(frames: Sequence[Frame]) -> Frame | None:
    """The rows of all frames, one after the other; None without frames."""
    if len(frames) <= 1:
        return frames[0] if frames else None
    columns = {
        name: cols.concat([frame.columns[name] for frame in frames]) for name in frames[0].columns
    }
    return Frame(columns, sum(frame.rows for frame in frames))


def drain(source: Iterator[Frame], context: Context, held: Held) -> list[Frame]:
    """All frames of the source, counted as held."""
    frames = []
    for frame in source:
        context.interrupt.check()
        held.keep(frame)
        frames.append(frame)
    return frames


def gather(source: Iterator[Frame], context: Context, held: Held) -> Frame | None:
    """All rows of the source in one frame, counted as held; None where it gives no frame."""
    frames = drain(source, context, held)
    if len(frames) > 1:
        # While it is made, all rows are there twice.
        with context.holding() as copy:
            copy.keep_only(frames)
            return concat(frames)
    return concat(frames)


def pieces(frame: Frame, context: Context) -> Iterator[Frame]:
    """The frame in frames of at most `frame_rows` rows; nothing for a frame without rows."""
    most = context.options.frame_rows
    if 0 < frame.rows <= most:
        yield frame
        return
    for start in range(0, frame.rows, most):
        context.interrupt.check()
        yield frame.slice(start, min(start + most, frame.rows))


def ranges(counts: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose counts add up to at most `most`, or that are one row."""
    reached = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = int(reached[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(reached, before + most, "right")))
        yield begin, end
        begin = end
