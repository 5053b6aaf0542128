"""Filter, Project and Unwind: row by row, without memory.

Above: `run`. Below: `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import variables
from seaglass.engine.exec.expressions.evaluate import constant, evaluate, holds
from seaglass.engine.exec.expressions.lists import number_range
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import Lists, lists_of
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.base.errors import Invalid
    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column


def keep_rows(op: plan.Filter, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Filter."""
    for frame in source:
        context.interrupt.check()
        if _all_labelled(op.predicate, frame, context):
            yield frame
            continue
        kept = frame.where(holds(op.predicate, frame, context))
        if kept.rows:
            yield kept


def _all_labelled(predicate: ex.Expression, frame: Frame, context: Context) -> bool:
    """Whether it asks nodes for labels that, by the counts of the graph, all nodes have."""
    if type(predicate) is not ex.HasLabels or type(predicate.subject) is not ex.Variable:
        return False
    column = frame.columns[predicate.subject.name]
    if column.kind is not Kind.NODE or column.valid is not None or context.deleted:
        return False
    return read.all_have_labels(context.version, predicate.labels)


def project(op: plan.Project, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Project."""
    for frame in source:
        columns: dict[str, Column] = {}
        for name, item in op.items:
            context.interrupt.check()
            columns[name] = evaluate(item, frame, context)
        yield Frame(columns, frame.rows)


def unwind(op: plan.Unwind, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Unwind. Numbers of a range() that is the same for all rows come as they are needed."""
    call = op.list
    counted = isinstance(call, ex.FunctionCall) and call.name == "range" and not variables(call)
    for frame in source:
        if counted:
            yield from _unwind_range(op, frame, context)
            continue
        column = evaluate(op.list, frame, context)
        if frame.rows == 1 and not isinstance(column, Lists):
            items = column.value(0)
            if isinstance(items, list) and len(items) == 1:
                # As of a shortest path: no memory, and no row that is made again.
                yield frame.with_columns({op.variable: cols.one(items[0])})
                continue
        lists = lists_of(column)
        if lists is None:
            raise _no_list(op, column)
        with context.holding() as held:
            held.add(column_bytes(column))
            yield from _unwind_lists(op, frame, lists, context)


def _unwind_lists(op: plan.Unwind, frame: Frame, lists: Lists, context: Context) -> Iterator[Frame]:
    total, most = lists.total, context.options.frame_rows
    for start in range(0, total, most):
        context.interrupt.check()
        rows, values = lists.elements(start, min(start + most, total))
        taken = frame.take(rows) if frame.columns else Frame({}, len(rows))
        yield taken.with_columns({op.variable: values})


def _unwind_range(op: plan.Unwind, frame: Frame, context: Context) -> Iterator[Frame]:
    call = op.list
    assert isinstance(call, ex.FunctionCall)
    arguments = [constant(argument, context) for argument in call.arguments]
    if None in arguments:
        return
    numbers = number_range(call.at, *arguments)
    total, most = frame.rows * len(numbers), context.options.frame_rows
    for start in range(0, total, most):
        context.interrupt.check()
        places = np.arange(start, min(start + most, total))
        values = cols.ints(numbers.start + places % len(numbers) * numbers.step)
        yield frame.take(places // len(numbers)).with_columns({op.variable: values})


def _no_list(op: plan.Unwind, column: Column) -> Invalid:
    values = column.to_list()
    wrong = next(value for value in values if value is not None and not isinstance(value, list))
    return wrong_type("UNWIND", "a list", wrong, op.list.at)
