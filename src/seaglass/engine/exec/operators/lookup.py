"""Filter over NodeScan where a property must equal something: rows are joined with nodes by hash,
not all with all.

Above: `run`. Below: `scan`, `project`, `engine/values/order`, `engine/graph/read`.
For `MATCH (n:L {key: row.x})` over many rows, the values of the nodes' key and of `row.x` are
grouped together; a row is paired with the nodes of its group. Where the scan names what is sought
and the rows are not very many, value indexes find the pairs instead, and the nodes are not read at
all. Both give a superset of equality, and the whole predicate is applied to the pairs, so the
answer is that of the plain operators, in their order.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import conjuncts, contains_volatile, variables
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.exec.expressions.entities import ID_KEY, node_property
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.exec.operators.frames import concat, pieces, ranges
from seaglass.engine.exec.operators.project import keep_rows
from seaglass.engine.exec.operators.scan import node_scan
from seaglass.engine.graph import read
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import group_rows
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.frame import Frame

    # A property key, and what its value must equal.
    Equalities = list[tuple[str, ex.Expression]]

# A million rows, as long as frames are.
_FRAMES_AT_ONCE = 16


def equalities(predicate: ex.Expression, variable: str) -> Equalities:
    """The conjuncts `variable.key = value` whose value does not depend on the variable, nor on
    chance."""
    found: Equalities = []
    for part in conjuncts(predicate):
        if not isinstance(part, ex.Binary) or part.operator is not ex.BinaryOperator.EQ:
            continue
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if (
                isinstance(side, ex.Property)
                and isinstance(side.subject, ex.Variable)
                and side.subject.name == variable
                and side.key != ID_KEY
                and variable not in variables(other)
                and not contains_volatile(other, VOLATILE)
            ):
                found.append((side.key, other))
                break
    return found


def looks_up(op: plan.Filter, scan: plan.NodeScan) -> bool:
    """Whether Filter over NodeScan is for `look_up`."""
    # What the rule has found need not be found again each time that the query runs.
    known = any(item.operator is ex.BinaryOperator.EQ for item in scan.sought)
    return known or bool(equalities(op.predicate, scan.variable))


def look_up(
    op: plan.Filter, scan: plan.NodeScan, source: Iterator[Frame], context: Context
) -> Iterator[Frame]:
    """Filter over NodeScan, where `looks_up`."""
    for frame in _gathered(source, context):
        context.interrupt.check()
        if frame.rows == 1:
            # One row meets all nodes once in any case.
            yield from keep_rows(op, node_scan(scan, iter((frame,)), context), context)
        else:
            keys = equalities(op.predicate, scan.variable)
            pairs = _sought(scan, keys, frame, context)
            with context.holding() as held:
                if pairs is None:
                    pairs = _candidates(scan, keys, frame, (context, held))
                yield from keep_rows(op, pairs, context)


def _sought(
    scan: plan.NodeScan, keys: Equalities, frame: Frame, context: Context
) -> Iterator[Frame] | None:
    """Each row with the nodes that may have its value of the first key; None where the join by hash
    is for it."""
    if not scan.sought or frame.rows > limits.VALUE_LOOKUP_ROWS:
        return None
    key, value = keys[0]
    wanted = evaluate(value, frame, context)
    if wanted.kind is Kind.MIXED:
        wanted = cols.from_values(wanted.to_list())
    found = read.seek_pairs(context.version, scan.labels, key, wanted, limits.FRAME_ROWS)
    if found is None:
        return None
    rows, nodes = found
    pairs = frame.take(rows).with_columns({scan.variable: cols.nodes(nodes)})
    return pieces(pairs, context)


def _gathered(source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """The frames joined, more and more at a time: the nodes are gone through once for each that
    comes out, but whoever wants a few rows waits for one frame only."""
    most = 1
    while frames := list(islice(source, most)):
        if len(frames) == 1:
            yield frames[0]
        else:
            whole = concat(frames)
            assert whole is not None
            with context.holding() as held:
                held.keep(whole)
                yield whole
        most = min(4 * most, _FRAMES_AT_ONCE)


def _candidates(
    scan: plan.NodeScan, keys: Equalities, frame: Frame, run: tuple[Context, Held]
) -> Iterator[Frame]:
    """Each row with the nodes whose values are equivalent to its own."""
    context, held = run
    parts = list(read.scan_nodes(context.version, scan.labels))
    if not parts:
        return
    # The nodes, the codes of their values twice, and their order.
    held.set(8 * 5 * sum(map(len, parts)))
    nodes = np.concatenate(parts)
    both = []
    known = np.ones(frame.rows, np.bool_)
    for key, value in keys:
        wanted = evaluate(value, frame, context)
        known &= ~wanted.is_null()
        context.interrupt.check()
        both.append(cols.concat([wanted, node_property(context, nodes, key)]))
        held.add(column_bytes(both[-1]))
    codes, groups = group_rows(both, frame.rows + len(nodes), context.interrupt)
    by_code, indptr = counting_order(codes[frame.rows :], len(groups), np.arange(len(nodes)))
    first = indptr[codes[: frame.rows]]
    counts = np.where(known, indptr[codes[: frame.rows] + 1] - first, 0)
    for begin, end in ranges(counts, context.options.frame_rows):
        context.interrupt.check()
        rows = np.repeat(np.arange(begin, end), counts[begin:end])
        within = np.arange(len(rows)) - np.repeat(
            np.cumsum(counts[begin:end]) - counts[begin:end], counts[begin:end]
        )
        places = by_code[first[rows] + within]
        for start in range(0, len(rows), context.options.frame_rows):
            stop = start + context.options.frame_rows
            taken = frame.take(rows[start:stop])
            yield taken.with_columns({scan.variable: cols.nodes(nodes[places[start:stop]])})
