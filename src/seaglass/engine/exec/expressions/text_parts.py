"""Functions of many rows, some of them at a time: by the bytes of their texts, or by their number.

Above: `evaluate`, `functions`, `growing`. Below: `values`, `engine/exec/holding`.
A frame has few rows, but its texts may be gigabytes, and a step of Python for each may take a second:
neither Arrow nor Python looks for a cancel while it goes through them, and what comes of them has to
have room.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.values import rows_of
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.packed import Times
from seaglass.engine.values.parts import spans
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column

    Operands = tuple[Column, ...]

# Of the slowest functions some 20 ms.
_PART_BYTES = 1 << 20
_PART_ROWS = 2_048


def in_parts(
    function: Callable[[Operands], Column], operands: Operands, context: Context, times: int = 1
) -> Column:
    """`function(operands)`, of about so many bytes of texts at a time, or of one long text.

    Args: function: its answer for a row goes by that row alone; operands: as `values` says; times: how
        many times as many bytes it takes in some 20 ms as the slowest
    Raises: what the function raises; Exhausted(memory) when all answers take too much; Interrupted
    """
    cuts = _cuts(operands, times * _PART_BYTES)
    if cuts is None:
        return function(operands)
    with context.holding() as held:
        found: list[Column] = []
        for begin, end in pairwise(cuts):
            context.interrupt.check()
            part = function(
                tuple(one if len(one) == 1 else one.slice(begin, end) for one in operands)
            )
            # It is there twice while all are joined.
            held.add(2 * column_bytes(part))
            found.append(part)
        return cols.concat(found, context.interrupt.check)


def in_rows(function: Callable[[Operands], Column], operands: Operands, context: Context) -> Column:
    """`function(operands)`, of some rows at a time, where each of them is a step of Python.

    Args: function: its answer for a row goes by that row alone; operands: as `values` says
    Raises: what the function raises; Interrupted
    """
    rows = rows_of(*operands)
    # What is held as numbers has no such steps.
    if rows <= _PART_ROWS or any(isinstance(one, Coded | Times) for one in operands):
        return function(operands)
    found = [
        function(
            tuple(one if len(one) == 1 else one.slice(span.start, span.stop) for one in operands)
        )
        for span in spans(rows, context.interrupt.check, _PART_ROWS)
    ]
    return cols.concat(found, context.interrupt.check)


def _cuts(operands: Operands, most_bytes: int) -> list[int] | None:
    """Where the parts begin, and where the last ends; None where there is one."""
    texts = [operand for operand in operands if operand.kind is Kind.STRING]
    rows = rows_of(*operands)
    if rows == 1 or sum(_bytes_in(text, rows) for text in texts) <= most_bytes:
        return None
    ends = np.zeros(rows, np.int64)
    for text in texts:
        if len(text) == 1:
            ends += column_bytes(text) * np.arange(1, rows + 1)
        else:
            offsets = text_buffers(text.data)[1]
            ends += offsets[1:] - offsets[0]
    return [0, *(np.flatnonzero(np.diff(ends // most_bytes)) + 1).tolist(), rows]


def _bytes_in(text: Column, rows: int) -> int:
    return column_bytes(text) * (rows if len(text) == 1 else 1)
