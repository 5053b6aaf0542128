"""Tools of operators: frames joined, gathered and cut to size.

Above: the operators. Below: `engine/values`, `context`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.holding import frame_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.parts import spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column


# What `engine/values/order` makes to group a row: its code, its group, its place in a hash table or in an order.
_GROUPING_BYTES = 64
_NUMBER_BYTES = 8


def concat(frames: Sequence[Frame], check: Callable[[], None] = lambda: None) -> Frame | None:
    """The rows of all frames, one after the other; None without frames.

    Args: check: called between parts; raises when the query must end
    """
    if len(frames) <= 1:
        return frames[0] if frames else None
    columns = {
        name: cols.concat([frame.columns[name] for frame in frames], check)
        for name in frames[0].columns
    }
    return Frame(columns, sum(frame.rows for frame in frames))


def concat_to_group(frames: Sequence[Frame], scratch: Held, check: Callable[[], None]) -> Frame:
    """The rows of all frames, of which there are some; they, and what grouping them takes, count as held.

    Raises: Exhausted(memory) before anything is made; Interrupted when the query must end
    """
    rows = sum(frame.rows for frame in frames)
    copied = 0
    for frame in frames if len(frames) > 1 else ():
        check()
        copied += frame_bytes(frame)
    scratch.add(copied + _GROUPING_BYTES * rows)
    whole = concat(frames, check)
    assert whole is not None
    return whole


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
            return concat(frames, context.interrupt.check)
    return concat(frames)


def taken(
    frame: Frame, rows: NDArray[np.int64], added: Mapping[str, Column], context: Context
) -> Iterator[Frame]:
    """Rows of a frame with more columns, in frames of at most `frame_rows` rows.

    More rows than that at once, those of a node with very many neighbours, count as held.
    Raises: Exhausted(memory) before they are made
    """
    if len(rows) <= context.options.frame_rows:
        yield from pieces(frame.take(rows).with_columns(added), context)
        return
    with context.holding() as held:
        # The steps themselves, and a number for each column.
        held.add(_NUMBER_BYTES * len(rows) * (1 + 2 * len(added) + len(frame.columns)))
        yield from pieces(frame.take(rows).with_columns(added), context)


def taken_in_parts(column: Column, rows: NDArray[np.int64], context: Context) -> Column:
    """The rows of a column in the order named, where they may be very many."""
    check = context.interrupt.check
    parts = [column.take(rows[span]) for span in spans(len(rows), check)]
    return cols.concat(parts, check) if parts else column.take(rows)


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
