"""Aggregate: one row per group.

Above: `run`. Below: `aggregates` (the functions), `engine/values/order` (grouping), `expressions`.
Keys and arguments are evaluated frame by frame and gathered. Past AGGREGATE_ROWS rows, what was
gathered is made smaller: reduced to one partial row per group, which goes on with the next rows, or,
where all aggregates are DISTINCT, to distinct rows. Only a mix of DISTINCT and other aggregates
holds all rows until the end. Groups come out in order of first appearance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.operators.aggregates import AGGREGATES, Groups
from seaglass.engine.exec.operators.frames import concat_to_group, pieces, taken_in_parts
from seaglass.engine.exec.operators.percentiles import PERCENTILES, pairs_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.order import distinct_count, distinct_rows, group_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column

    Run = tuple[plan.Aggregate, Context]


def aggregate(op: plan.Aggregate, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Aggregate; without keys there is one row, also for no input."""
    distinct = {item.distinct for _, item in op.aggregates}
    gathered: list[Frame] = []
    partial: Frame | None = None
    rows = 0
    with context.holding() as held:
        for frame in source:
            context.interrupt.check()
            needed = _needed(op, frame, context)
            held.keep(needed)
            gathered.append(needed)
            rows += frame.rows
            if rows >= limits.AGGREGATE_ROWS and distinct != {True, False}:
                if True in distinct:
                    gathered = [_distinct_rows(gathered, context)]
                    held.keep_only(gathered)
                    # The next pass is worth it once as many rows have come again as are kept.
                    rows = min(0, limits.AGGREGATE_ROWS - gathered[0].rows)
                else:
                    partial = _fold((op, context), partial, gathered)
                    gathered, rows = [], 0
                    held.keep_only([partial])
        if gathered:
            partial = _fold((op, context), partial, gathered)
            held.keep_only([partial])
        if partial is None and not op.keys:
            partial = _fold((op, context), None, [_no_rows(op)])
        if partial is not None:
            yield from pieces(_finish(op, partial), context)


def _needed(op: plan.Aggregate, frame: Frame, context: Context) -> Frame:
    """Keys under their names, arguments under their places; `count(*)` needs none."""
    columns = {name: evaluate(key, frame, context) for name, key in op.keys}
    for place, (_, item) in enumerate(op.aggregates):
        if item.argument is not None:
            argument_of = pairs_of if item.name in PERCENTILES else evaluate
            columns[_argument(place)] = argument_of(item.argument, frame, context)
    return Frame(columns, frame.rows)


def _no_rows(op: plan.Aggregate) -> Frame:
    """What `_needed` gives for no input."""
    places = [place for place, (_, item) in enumerate(op.aggregates) if item.argument is not None]
    return Frame({_argument(place): cols.nulls(0) for place in places}, 0)


def _argument(place: int) -> str:
    return f" argument {place}"


def _state(place: int, part: int) -> str:
    return f" state {place} {part}"


def _distinct_rows(gathered: list[Frame], context: Context) -> Frame:
    with context.holding() as scratch:
        whole = concat_to_group(gathered, scratch, context.interrupt.check)
        firsts = distinct_rows(list(whole.columns.values()), whole.rows, context.interrupt)
        return whole.take(firsts)


def _group(run: Run, frame: Frame) -> tuple[Groups, dict[str, Column]]:
    """The groups of a frame's rows, and one row of keys for each."""
    op, context = run
    keys = [frame.columns[name] for name, _ in op.keys]
    codes, firsts = group_rows(keys, frame.rows, context.interrupt)
    count = len(firsts) if op.keys else 1
    return Groups(codes, count, context.interrupt), {
        name: taken_in_parts(frame.columns[name], firsts, context) for name, _ in op.keys
    }


def _fold(run: Run, partial: Frame | None, gathered: list[Frame]) -> Frame:
    """One row per group: its keys and the states of the aggregates."""
    _, context = run
    with context.holding() as scratch:
        whole = concat_to_group(gathered, scratch, context.interrupt.check)
        return _states(run, whole) if partial is None else _continued(run, partial, whole)


def _states(run: Run, whole: Frame) -> Frame:
    op, context = run
    groups, columns = _group(run, whole)
    for place, (_, item) in enumerate(op.aggregates):
        context.interrupt.check()
        argument = None if item.argument is None else whole.columns[_argument(place)]
        if item.name == "count" and argument is not None and item.distinct and not op.keys:
            columns[_state(place, 0)] = cols.ints(np.array([_distinct_count(argument, context)]))
            continue
        rows = groups
        if item.distinct and argument is not None:
            # Without keys all rows are of one group.
            grouping = [cols.ints(groups.codes), argument] if op.keys else [argument]
            firsts = distinct_rows(grouping, whole.rows, context.interrupt)
            rows = Groups(groups.codes[firsts], groups.count, groups.interrupt)
            argument = argument.take(firsts)
        states = AGGREGATES[item.name].first(rows, argument, item.at)
        columns.update({_state(place, part): state for part, state in enumerate(states)})
    return Frame(columns, groups.count)


def _distinct_count(argument: Column, context: Context) -> int:
    given = argument if argument.valid is None else argument.take(np.flatnonzero(argument.valid))
    return distinct_count(given, context.interrupt)


def _continued(run: Run, partial: Frame, whole: Frame) -> Frame:
    """The states of what came before, gone on with by more rows. No aggregate is DISTINCT."""
    op, context = run
    names = [name for name, _ in op.keys]
    with context.holding() as scratch:
        keys = [
            Frame({name: frame.columns[name] for name in names}, frame.rows)
            for frame in (partial, whole)
        ]
        both = concat_to_group(keys, scratch, context.interrupt.check)
        groups, columns = _group(run, both)
        # Groups are numbered as they come, so that those before keep their places.
        more = Groups(groups.codes[partial.rows :], groups.count, groups.interrupt)
        for place, (_, item) in enumerate(op.aggregates):
            context.interrupt.check()
            function = AGGREGATES[item.name]
            states = [partial.columns[_state(place, part)] for part in range(function.states)]
            argument = None if item.argument is None else whole.columns[_argument(place)]
            states = list(function.more(more, states, argument, item.at))
            columns.update({_state(place, part): state for part, state in enumerate(states)})
        return Frame(columns, groups.count)


def _finish(op: plan.Aggregate, partial: Frame) -> Frame:
    columns = {name: partial.columns[name] for name, _ in op.keys}
    for place, (name, item) in enumerate(op.aggregates):
        function = AGGREGATES[item.name]
        states = [partial.columns[_state(place, part)] for part in range(function.states)]
        columns[name] = function.final(states, item.at)
    return Frame(columns, partial.rows)
