"""Runs a compiled query: the contents page of the executor.

Above: `engine/database`. Below: `small`, `beginning`, `operators/`, `expressions/`, `context`.
Each operator is a generator: it takes the frames of its input and gives frames of at most
`frame_rows` rows; a small read needs none of them. Nothing happens before the first frame is asked
for; a query that writes has made all its changes once it is drained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.algorithms import forget_answers
from seaglass.engine.exec.beginning import NotSmall
from seaglass.engine.exec.operators import project, sort
from seaglass.engine.exec.operators.aggregate import aggregate
from seaglass.engine.exec.operators.call import call, union
from seaglass.engine.exec.operators.count_edges import counting, weigh
from seaglass.engine.exec.operators.count_ends import count_ends, counting_ends
from seaglass.engine.exec.operators.count_paths import count_paths
from seaglass.engine.exec.operators.count_types import count_types
from seaglass.engine.exec.operators.create import create
from seaglass.engine.exec.operators.delete import delete
from seaglass.engine.exec.operators.edge_lookup import EdgeLookup
from seaglass.engine.exec.operators.expand import expand
from seaglass.engine.exec.operators.expand_many import expand_many
from seaglass.engine.exec.operators.intersect import intersect
from seaglass.engine.exec.operators.limit import discard, limit, skip
from seaglass.engine.exec.operators.lookup import look_up, looks_up
from seaglass.engine.exec.operators.merge import merge
from seaglass.engine.exec.operators.optional import optional
from seaglass.engine.exec.operators.procedure_call import procedure_call
from seaglass.engine.exec.operators.scan import node_scan, node_seek
from seaglass.engine.exec.operators.top import top
from seaglass.engine.exec.operators.update import update
from seaglass.engine.exec.small import small_query
from seaglass.engine.values.frame import UNIT, Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.small import Small
    from seaglass.engine.values.frame import Row

    Body = Callable[[plan.Operator, Iterator[Frame], Context], Iterator[Frame]]

OPERATORS: dict[type, Callable[..., Iterator[Frame]]] = {
    plan.NodeScan: node_scan,
    plan.NodeSeek: node_seek,
    plan.Expand: expand,
    plan.Intersect: intersect,
    plan.ExpandMany: expand_many,
    plan.Filter: project.keep_rows,
    plan.Unwind: project.unwind,
    plan.ProcedureCall: procedure_call,
    plan.Project: project.project,
    plan.Aggregate: aggregate,
    plan.CountPaths: count_paths,
    plan.CountTypes: count_types,
    plan.Distinct: sort.distinct,
    plan.Sort: sort.sort,
    plan.Skip: skip,
    plan.Limit: limit,
    plan.Top: top,
    plan.Create: create,
    plan.Set: update,
    plan.Delete: delete,
    plan.Discard: discard,
}

# Those that run the same way whatever their input is.
_ALONE: dict[type, Any] = {
    kind: body
    for kind, body in OPERATORS.items()
    if kind not in (plan.Expand, plan.Filter, plan.Aggregate)
}


def run(query: plan.Query, context: Context) -> Iterator[Frame]:
    """The rows of the query, with exactly the columns `query.columns`.

    Raises: at once, Invalid(illegal_argument) when a parameter is not given; while rows are taken,
        Invalid for values that an operation does not take, Interrupted when the query must end,
        Exhausted(memory) past the budget
    """
    for name, at in query.parameters.items():
        context.check_given(name, at)
    small = small_of(query, context)
    return run_operators(query, context) if small is None else _small_rows(small, query, context)


def small_of(query: plan.Query, context: Context) -> Small | None:
    """How to run it as a small read, for `run_small`; None where it is none. Found once for a plan."""
    options = context.options
    if context.probe is not None or options.force_mixed or not options.small:
        return None
    derived = query.derived
    if _SMALL not in derived:
        derived[_SMALL] = small_query(query)
    small: Small | None = derived[_SMALL]  # type: ignore[assignment]
    return small


_SMALL = "small"


def run_small(small: Small, query: plan.Query, context: Context) -> tuple[Row, ...] | None:
    """All that `run` would give; None where `run_operators` has to. Raises: as `run`"""
    given = context.parameters
    for name, at in query.parameters.items():
        if name not in given:
            context.check_given(name, at)
    context.interrupt.check()
    try:
        row = small(context)
    except NotSmall:
        return None
    return () if row is None else (row,)


def _small_rows(small: Small, query: plan.Query, context: Context) -> Iterator[Frame]:
    rows = run_small(small, query, context)
    yield from run_operators(query, context) if rows is None else rows


def run_operators(query: plan.Query, context: Context) -> Iterator[Frame]:
    """`run` of a query whose parameters are there, by the operators of its plan."""
    context.interrupt.check()
    wanted = list(query.columns)
    try:
        for frame in frames_of(query.root, context, UNIT):
            if list(frame.columns) == wanted:
                yield frame
            else:
                yield Frame({name: frame.columns[name] for name in wanted}, frame.rows)
    finally:
        forget_answers(context)


def frames_of(op: plan.Operator, context: Context, argument: Frame) -> Iterator[Frame]:
    """The frames of one operator; `argument` is what the leaf gives."""
    body = _ALONE.get(type(op))
    if body is not None:
        frames = body(op, frames_of(op.input, context, argument), context)  # type: ignore[union-attr]
    else:
        frames = _frames_of_some(op, context, argument)
    return frames if context.probe is None else context.probe.watch(op, frames)


def _frames_of_some(op: plan.Operator, context: Context, argument: Frame) -> Iterator[Frame]:
    """`frames_of` of an operator that looks at its input, or has a plan inside."""
    match op:
        case plan.Unit() | plan.Argument():
            return iter((argument,))
        case plan.Expand(sought=sought) if sought:
            lookup = EdgeLookup(op, context)
            return lookup.frames(frames_of(lookup.input, context, argument))
        case plan.Optional():
            return optional(op, frames_of(op.input, context, argument), context, frames_of)
        case plan.Apply():
            return call(op, frames_of(op.input, context, argument), context, frames_of)
        case plan.Union():
            return union(op, frames_of(op.input, context, argument), context, frames_of)
        case plan.Merge():
            return merge(op, frames_of(op.input, context, argument), context, frames_of)
        case plan.Aggregate(input=plan.Expand() as step) if counted := counting(op):
            weighed = weigh(step, frames_of(step.input, context, argument), context)
            if context.probe is not None:
                weighed = context.probe.watch(step, weighed)
            return aggregate(counted, weighed, context)
        case plan.Aggregate() if context.probe is None and (ends := counting_ends(op)):
            return count_ends(ends, frames_of(ends.step.input, context, argument), context)
        case plan.Filter(input=plan.NodeScan() as scan) if looks_up(op, scan):
            return look_up(op, scan, frames_of(scan.input, context, argument), context)
        case _:
            body = cast("Body", OPERATORS[type(op)])
            return body(op, frames_of(op.input, context, argument), context)
