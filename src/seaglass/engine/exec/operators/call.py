"""Apply and Union: whole queries inside a query.

Above: `run`. Below: `optional` (for the numbers of rows), `engine/values`.
A query that can run on many rows at once does; any other runs for each row by itself, and what it
gives for small rows is put together again before it goes on. A query that reads nothing of the rows
runs once for all.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical.inside import is_constant
from seaglass.engine.cypher.logical.operators import bound_by, chain, writes
from seaglass.engine.exec.operators.frames import concat, drain, gather, pieces
from seaglass.engine.exec.operators.optional import numbered, places_of
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.operators.merge import Runner


def call(
    op: plan.Apply, source: Iterator[Frame], context: Context, runner: Runner
) -> Iterator[Frame]:
    """Apply; where it writes, all input first, then row by row, then the rows."""
    if not writes(op.inner):
        if op.row is None and is_constant(op.inner):
            yield from _joined_once(op, source, context, runner)
            return
        for frame in source:
            yield from _called(op, frame, context, runner)
        return
    done: list[Frame] = []
    with context.holding() as held:
        for frame in drain(source, context, held):
            for found in _called(op, frame, context, runner):
                held.keep(found)
                done.append(found)
        yield from done


def _joined_once(
    op: plan.Apply, source: Iterator[Frame], context: Context, runner: Runner
) -> Iterator[Frame]:
    """Each row with the rows of a plan that is run once, when the first row comes."""
    frames = (frame for frame in source if frame.rows)
    first, second = next(frames, None), next(frames, None)
    if first is None:
        return
    found_frames = runner(op.inner, context, Frame({}, 1))
    if second is None and first.rows == 1 and op.returns:
        # As where a query begins with it: nothing needs to be held.
        for found in found_frames:
            if found.rows:
                yield from _pairs(op, first, found, context)
        return
    with context.holding() as held:
        whole = gather(found_frames, context, held)
        known = [first] if second is None else [first, second]
        for frame in itertools.chain(known, frames):
            if not op.returns:
                yield frame
            elif whole is not None and whole.rows:
                yield from _pairs(op, frame, whole, context)


def _pairs(op: plan.Apply, frame: Frame, found: Frame, context: Context) -> Iterator[Frame]:
    """Each row of the frame with each that was found."""
    most = context.options.frame_rows
    added = {name: found.columns[name] for name in bound_by(op)}
    for start in range(0, frame.rows * found.rows, most):
        context.interrupt.check()
        pairs = np.arange(start, min(start + most, frame.rows * found.rows))
        rows, places = np.divmod(pairs, found.rows)
        columns = {name: column.take(places) for name, column in added.items()}
        yield frame.take(rows).with_columns(columns)


def _called(op: plan.Apply, frame: Frame, context: Context, runner: Runner) -> Iterator[Frame]:
    context.interrupt.check()
    if not frame.rows:
        return
    rows = (
        _by_row(op, frame, context, runner)
        if op.row is None
        else _at_once(op, op.row, frame, (context, runner))
    )
    if op.returns:
        yield from rows
        return
    for _ in rows:
        context.interrupt.check()
    yield frame


def _at_once(
    op: plan.Apply, row: str, frame: Frame, run: tuple[Context, Runner]
) -> Iterator[Frame]:
    context, runner = run
    added = bound_by(op)
    for found in runner(op.inner, context, numbered(op.inner, row, frame)):
        context.interrupt.check()
        if found.rows:
            columns = {name: found.columns[name] for name in added}
            yield frame.take(places_of(found, row)).with_columns(columns)


def _by_row(op: plan.Apply, frame: Frame, context: Context, runner: Runner) -> Iterator[Frame]:
    """The rows of each row, in frames that are not small for no need."""
    waiting: list[Frame] = []
    rows = 0
    added = bound_by(op)
    for place in range(frame.rows):
        context.interrupt.check()
        one = frame if frame.rows == 1 else frame.slice(place, place + 1)
        for found in runner(op.inner, context, seen(op.inner, one)):
            if not found.rows or not op.returns:
                continue
            same = one.take(np.zeros(found.rows, np.int64))
            waiting.append(same.with_columns({name: found.columns[name] for name in added}))
            rows += found.rows
            if rows >= context.options.frame_rows:
                yield from _joined(waiting, context)
                waiting, rows = [], 0
    yield from _joined(waiting, context)


def _joined(frames: list[Frame], context: Context) -> Iterator[Frame]:
    whole = concat(frames)
    if whole is not None:
        yield from pieces(whole, context)


def seen(inner: plan.Operator, frame: Frame) -> Frame:
    """The columns of the frame that a plan inside an operator reads."""
    leaf, _ = chain(inner)
    return Frame({name: frame.columns[name] for name in bound_by(leaf)}, frame.rows)


def union(
    op: plan.Union, source: Iterator[Frame], context: Context, runner: Runner
) -> Iterator[Frame]:
    """Union: the branches one after the other."""
    for frame in source:
        for branch in op.branches:
            for found in runner(branch, context, seen(branch, frame)):
                context.interrupt.check()
                if op.names and found.rows:
                    yield Frame({name: found.columns[name] for name in op.names}, found.rows)
