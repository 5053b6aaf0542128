"""Filter over NodeScan where a property must equal something: rows are joined with nodes by hash,
not all with all.

Above: `run`. Below: `scan`, `project`, `node_table`, `engine/values/order`, `engine/graph/read`.
For `MATCH (n:L {key: row.x})` over many rows there are three ways:

    value indexes   where the scan names what is sought and the rows are not very many: the nodes are
                    not read at all
    a table         of the nodes by their values of all keys, where these and those of the rows are of
                    kinds that have one: made once, for all rows
    groups          of the values of nodes and rows together, whatever they are: made for each million
                    of rows

The pairs of a table are exactly the equal ones, so that the rest of the predicate is all that is
asked of them; the others give a superset, of which the whole predicate is asked. So the answer is
that of the plain operators, in their order.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import (
    conjunction,
    conjuncts,
    contains_volatile,
    variables,
)
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.exec.expressions.entities import ID_KEY, node_property
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.exec.operators.frames import concat, pieces, ranges
from seaglass.engine.exec.operators.node_table import NodeTable
from seaglass.engine.exec.operators.project import keep_rows
from seaglass.engine.exec.operators.scan import node_scan
from seaglass.engine.graph import read
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import group_rows
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.frame import Frame

    # A property key, and what its value must equal.
    Equality = tuple[str, ex.Expression]
    Equalities = list[Equality]
    Spans = tuple[NDArray[np.int64], NDArray[np.int64]]

_SOUGHT_ROWS = limits.VALUE_LOOKUP_ROWS
# A million rows, as long as frames are.
_FRAMES_AT_ONCE = 16


def equalities(predicate: ex.Expression, variable: str) -> Equalities:
    """The conjuncts `variable.key = value` whose value does not depend on the variable, nor on
    chance."""
    found = [_equality(part, variable) for part in conjuncts(predicate)]
    return [item for item in found if item is not None]


def _equality(part: ex.Expression, variable: str) -> Equality | None:
    if not isinstance(part, ex.Binary) or part.operator is not ex.BinaryOperator.EQ:
        return None
    for side, other in ((part.left, part.right), (part.right, part.left)):
        if (
            isinstance(side, ex.Property)
            and isinstance(side.subject, ex.Variable)
            and side.subject.name == variable
            and side.key != ID_KEY
            and variable not in variables(other)
            and not contains_volatile(other, VOLATILE)
        ):
            return side.key, other
    return None


def looks_up(op: plan.Filter, scan: plan.NodeScan) -> bool:
    """Whether Filter over NodeScan is for `look_up`."""
    # What the rule has found need not be found again each time that the query runs.
    known = any(item.operator is ex.BinaryOperator.EQ for item in scan.sought)
    return known or bool(equalities(op.predicate, scan.variable))


def look_up(
    op: plan.Filter, scan: plan.NodeScan, source: Iterator[Frame], context: Context
) -> Iterator[Frame]:
    """Filter over NodeScan, where `looks_up`."""
    keys, rest = equalities(op.predicate, scan.variable), _rest_of(op, scan.variable)
    table: NodeTable | None = None
    rows = 0
    with context.holding() as held:
        for frame in source:
            context.interrupt.check()
            rows += frame.rows
            if frame.rows == 1 and (rows == 1 or scan.sought):
                # One row meets all nodes once in any case.
                yield from keep_rows(op, node_scan(scan, iter((frame,)), context), context)
                continue
            found = _sought(scan, keys, frame, context) if rows <= _SOUGHT_ROWS else None
            if found is not None:
                yield from keep_rows(op, found, context)
                continue
            table = table or NodeTable.of(scan, [key for key, _ in keys], context, held)
            values = [evaluate(value, frame, context) for _, value in keys]
            spans = None if table is None else table.spans(values, context)
            if table is None or spans is None:
                # Here, and so for the rows to come: most are of the same kinds.
                table = None
                held.set(0)
                yield from _grouped(op, scan, chain((frame,), source), context)
                return
            pairs = _paired(frame, spans, table.nodes, scan.variable, context)
            yield from pairs if rest is None else keep_rows(rest, pairs, context)


def _rest_of(op: plan.Filter, variable: str) -> plan.Filter | None:
    """What is left to ask of pairs whose values are equal; None where nothing is."""
    parts = conjuncts(op.predicate)
    rest = [part for part in parts if _equality(part, variable) is None]
    return replace(op, predicate=conjunction(rest)) if rest else None


def _grouped(
    op: plan.Filter, scan: plan.NodeScan, source: Iterator[Frame], context: Context
) -> Iterator[Frame]:
    """`look_up` by groups."""
    keys = equalities(op.predicate, scan.variable)
    for frame in _gathered(source, context):
        context.interrupt.check()
        with context.holding() as held:
            yield from keep_rows(op, _candidates(scan, keys, frame, (context, held)), context)


def _sought(
    scan: plan.NodeScan, keys: Equalities, frame: Frame, context: Context
) -> Iterator[Frame] | None:
    """Each row with the nodes that may have its value of the first key; None where the join by hash
    is for it."""
    if not scan.sought:
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
    yield from _paired(frame, (first, counts), nodes[by_code], scan.variable, context)


def _paired(
    frame: Frame, spans: Spans, nodes: NDArray[np.int64], variable: str, context: Context
) -> Iterator[Frame]:
    """Each row with the nodes of its span, in frames of bounded size.

    Args: spans: where each begins among the nodes, and its length
    """
    most = context.options.frame_rows
    first, counts = spans
    for begin, end in ranges(counts, most):
        context.interrupt.check()
        rows = np.repeat(np.arange(begin, end), counts[begin:end])
        # Where the pairs of a row begin among all of these, taken from where its nodes do.
        shift = first[begin:end] - (np.cumsum(counts[begin:end]) - counts[begin:end])
        places = np.arange(len(rows)) + np.repeat(shift, counts[begin:end])
        for start in range(0, len(rows), most):
            taken = frame.take(rows[start : start + most])
            found = nodes[places[start : start + most]]
            yield taken.with_columns({variable: cols.nodes(found)})
