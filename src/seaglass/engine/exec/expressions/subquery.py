"""EXISTS, COUNT and pattern comprehensions: a plan that runs for each row of a frame.

Above: `evaluate`. Below: `exec/run`, which is imported when the first plan runs, since it stands
above all expressions; `engine/values`.
The arguments are evaluated for the whole frame and the plan runs on all rows at once, with their
numbers in a column, or row by row where it has no such column. What it gives is folded to one value
a row. Without arguments one run serves all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    # Frames that the plan gives, each with the rows that it was given and that they belong to.
    Found = Iterator[tuple[NDArray[np.int64], Frame]]


def subquery(
    expression: ex.Subquery, arguments: dict[str, Column], rows: int, context: Context
) -> Column:
    """The value of the subquery for each row of its arguments, which have `rows` rows."""
    if not rows:
        return cols.nulls(0)
    found = _found(expression, Frame(arguments, rows), context)
    match expression.kind:
        case ex.SubqueryKind.EXISTS:
            return cols.bools(_existing(found, rows))
        case ex.SubqueryKind.COUNT:
            return cols.ints(_counts(expression, found, rows))
        case ex.SubqueryKind.COLLECT:
            return cols.mixed(_lists(expression, found, rows, context))


def _found(expression: ex.Subquery, frame: Frame, context: Context) -> Found:
    from seaglass.engine.exec.run import frames_of

    if expression.row is None:
        # An EXISTS needs no more than the first row of a plan that runs for one row.
        first = expression.kind is ex.SubqueryKind.EXISTS
        for row in range(frame.rows):
            context.interrupt.check()
            for found in frames_of(expression.inner, context, frame.slice(row, row + 1)):
                if found.rows:
                    yield np.full(found.rows, row), found
                    if first:
                        break
        return
    numbers = cols.ints(np.arange(frame.rows))
    numbered = frame.with_columns({expression.row: numbers})
    for found in frames_of(expression.inner, context, numbered):
        context.interrupt.check()
        # A projection on the mixed path makes the numbers a column of objects.
        yield np.asarray(found.columns[expression.row].data, np.int64), found


def _existing(found: Found, rows: int) -> NDArray[np.bool_]:
    existing = np.zeros(rows, np.bool_)
    for places, _ in found:
        existing[places] = True
        if existing.all():
            break
    return existing


def _counts(expression: ex.Subquery, found: Found, rows: int) -> NDArray[np.int64]:
    counts = np.zeros(rows, np.int64)
    for places, frame in found:
        if expression.column is None:
            np.add.at(counts, places, 1)
        else:
            counts[places] += np.asarray(frame.columns[expression.column].data, np.int64)
    return counts


def _lists(expression: ex.Subquery, found: Found, rows: int, context: Context) -> list[list[Value]]:
    assert expression.column is not None
    lists: list[list[Value]] = [[] for _ in range(rows)]
    with context.holding() as held:
        for places, frame in found:
            column = frame.columns[expression.column]
            held.add(column_bytes(column))
            for place, value in zip(places.tolist(), column.to_list(), strict=True):
                lists[place].append(value)
    return lists
