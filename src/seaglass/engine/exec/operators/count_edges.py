"""Aggregate over Expand that only counts: degrees instead of rows.

Above: `run`. Below: `aggregate`, `expand`, `engine/graph/read`.
`MATCH (a)-[r]->(b) RETURN a.x, count(*)` needs no edge, only how many there are: each input row
stands for as many rows as its source has edges that its pattern has not used yet, and count
becomes the sum of these weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import variables
from seaglass.engine.exec.expressions.values import numbers_of
from seaglass.engine.exec.operators.expand import leads, used_edges
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame

# How many rows a row stands for; a leading space keeps it apart from all variables.
_WEIGHT = " weight"


def counting(op: plan.Aggregate) -> plan.Aggregate | None:
    """The aggregation of weighted rows that gives the same, None where `op` needs the edges."""
    step = op.input
    if not isinstance(step, plan.Expand) or step.target_bound or step.edge_bound:
        return None
    added = {step.edge, step.target}
    if any(variables(key) & added for _, key in op.keys):
        return None
    sums = []
    for name, item in op.aggregates:
        argument = item.argument
        if item.name != "count" or item.distinct:
            return None
        if argument is not None and not (
            isinstance(argument, ex.Variable) and argument.name in added
        ):
            return None
        weight = ex.Variable(_WEIGHT, item.at)
        sums.append((name, ex.Aggregate("sum", weight, distinct=False, at=item.at)))
    return plan.Aggregate(op.input, op.keys, tuple(sums))


def weigh(op: plan.Expand, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """The input rows that the expansion would lead on, each with the number of its steps."""
    for frame in source:
        context.interrupt.check()
        sources = numbers_of(frame.columns[op.source], Kind.NODE, "A pattern")
        version = context.version
        weights = read.degrees(version, sources, op.types, op.direction.value)
        # The edges of one pattern differ from each other, so each takes away at most one step.
        for edges in used_edges(frame, op.distinct_from):
            forward, backward = leads(op, edges, sources, context)
            weights = weights - (forward | backward)
        weighted = frame.with_columns({_WEIGHT: cols.ints(weights.astype(np.int64))})
        kept = weighted.where(weights > 0)
        if kept.rows:
            yield kept
