"""Filter, Project and Unwind: row by row, without memory.

Above: `run`. Below: `expressions`.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.evaluate import evaluate, holds
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.types import Value


def keep_rows(op: plan.Filter, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Filter."""
    for frame in source:
        context.interrupt.check()
        kept = frame.where(holds(op.predicate, frame, context))
        if kept.rows:
            yield kept


def project(op: plan.Project, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Project."""
    for frame in source:
        context.interrupt.check()
        columns = {name: evaluate(item, frame, context) for name, item in op.items}
        yield Frame(columns, frame.rows)


def unwind(op: plan.Unwind, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Unwind."""
    most = context.options.frame_rows
    for frame in source:
        lists = evaluate(op.list, frame, context)
        if lists.kind is not Kind.MIXED:
            _check_lists(op, lists.to_list())
            continue
        found = lists.to_list()
        _check_lists(op, found)
        pairs = ((row, item) for row, items in enumerate(found) if items for item in items)  # type: ignore[union-attr]
        while True:
            context.interrupt.check()
            batch = list(islice(pairs, most))
            if not batch:
                break
            rows = np.fromiter((row for row, _ in batch), np.int64, len(batch))
            values = cols.from_values([item for _, item in batch])
            taken = frame.take(rows) if frame.columns else Frame({}, len(batch))
            yield taken.with_columns({op.variable: values})


def _check_lists(op: plan.Unwind, values: list[Value]) -> None:
    for value in values:
        if value is not None and not isinstance(value, list):
            raise wrong_type("UNWIND", "a list", value, op.list.at)
