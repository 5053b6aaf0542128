"""Filter, Project and Unwind: row by row, without memory.

Above: `run`. Below: `expressions`.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, cast

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
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value


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
        context.interrupt.check()
        columns = {name: evaluate(item, frame, context) for name, item in op.items}
        yield Frame(columns, frame.rows)


def unwind(op: plan.Unwind, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Unwind. Numbers of a range() that is the same for all rows come as they are needed."""
    call = op.list
    counted = isinstance(call, ex.FunctionCall) and call.name == "range" and not variables(call)
    for frame in source:
        if counted:
            yield from _unwind_range(op, frame, context)
            continue
        lists = evaluate(op.list, frame, context)
        _check_lists(op, lists.to_list())
        if frame.rows == 1:
            items = lists.value(0)
            if isinstance(items, list) and len(items) == 1:
                # As of a shortest path: no memory, and no row that is made again.
                yield frame.with_columns({op.variable: cols.one(items[0])})
                continue
        if lists.kind is Kind.MIXED:
            with context.holding() as held:
                held.add(column_bytes(lists))
                yield from _unwind_lists(op, frame, lists, context)


def _unwind_lists(
    op: plan.Unwind, frame: Frame, lists: Column, context: Context
) -> Iterator[Frame]:
    most = context.options.frame_rows
    found = cast("list[list[Value]]", [value or [] for value in lists.to_list()])
    items = chain.from_iterable(found)
    # Where the items of each list end, counted over all lists.
    ends = np.cumsum([len(value) for value in found])
    for start in range(0, int(ends[-1]) if len(ends) else 0, most):
        context.interrupt.check()
        batch = list(islice(items, most))
        values = cols.from_values(batch)
        taken = Frame({}, len(batch))
        if frame.columns:
            places = np.arange(start, start + len(batch))
            taken = frame.take(np.searchsorted(ends, places, "right"))
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


def _check_lists(op: plan.Unwind, values: list[Value]) -> None:
    for value in values:
        if value is not None and not isinstance(value, list):
            raise wrong_type("UNWIND", "a list", value, op.list.at)
