"""Aggregate over Expand that only counts where it leads to: nodes are marked instead of rows made.

Above: `run`. Below: `expand`, `engine/graph/read`.
`MATCH (a)-->()-->(b:L) RETURN count(DISTINCT b)` needs no row for each pair of edges: a bit for
each node takes up what the last step finds, and `b`'s labels are asked for once a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.expressions.values import numbers_of
from seaglass.engine.exec.operators.expand import used_edges
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.exec.context import Context


@dataclass(frozen=True, slots=True)
class EndCount:
    """The number, called `name`, of nodes with all `labels` that `step` leads to."""

    step: plan.Expand
    labels: tuple[str, ...]
    name: str


def counting_ends(op: plan.Aggregate) -> EndCount | None:
    """What `op` counts, where that is only where an expansion leads to; else None."""
    if op.keys or len(op.aggregates) != 1:
        return None
    name, item = op.aggregates[0]
    below = op.input
    labels: tuple[str, ...] = ()
    if isinstance(below, plan.Filter) and isinstance(below.predicate, ex.HasLabels):
        if below.predicate.subject != item.argument:
            return None
        labels = below.predicate.labels
        below = below.input
    if not isinstance(below, plan.Expand) or below.target_bound or below.edge_bound:
        return None
    argument = item.argument
    asked = isinstance(argument, ex.Variable) and argument.name == below.target
    return (
        EndCount(below, labels, name) if asked and item.distinct and item.name == "count" else None
    )


def count_ends(count: EndCount, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """The one row of the aggregation."""
    step = count.step
    ends: read.Ends | None = None
    with context.holding() as held:
        for frame in source:
            context.interrupt.check()
            if ends is None:
                held.add(read.Ends.size_bytes(context.version))
                ends = read.Ends(
                    context.version, step.types, step.direction.value, context.interrupt.check
                )
            sources = numbers_of(frame.columns[step.source], Kind.NODE, "A pattern")
            used = used_edges(frame, step.distinct_from)
            ends.add(sources, np.array(used, np.int64).reshape(len(used), frame.rows))
        found = 0 if ends is None else ends.count(count.labels)
    yield Frame({count.name: cols.one(found)}, 1)
