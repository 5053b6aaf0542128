"""NodeScan and NodeSeek: where nodes enter a plan.

Above: `run`. Below: `engine/graph/read`, `wanted`, `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.evaluate import operand
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.exec.operators.frames import pieces
from seaglass.engine.exec.operators.wanted import wanted_of
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.order import distinct_rows
from seaglass.engine.values.parts import joined, spans
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

    # Rows of the input, and the node that each leads to.
    Found = tuple[NDArray[np.int64], NDArray[np.int64]]

_NONE = np.empty(0, np.int64)
# Ids that are looked for between two looks at the interrupt: some 10 ms.
_SOUGHT_IDS = 16_384


def node_scan(op: plan.NodeScan, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with each node that has all labels, in order of the nodes' numbers."""
    most = context.options.frame_rows
    for frame in source:
        context.interrupt.check()
        if frame.rows == 1:
            for found in _scanned(op, frame, context):
                for start in range(0, len(found), most):
                    context.interrupt.check()
                    part = found[start : start + most]
                    yield _product(frame, np.zeros(len(part), np.int64), op.variable, part)
            continue
        parts = list(_scanned(op, frame, context))
        with context.holding() as held:
            held.set(16 * sum(map(len, parts)))
            found = np.concatenate(parts) if parts else np.empty(0, np.int64)
            if len(found):
                yield from _all_pairs(frame, found, op.variable, context)


def _scanned(op: plan.NodeScan, frame: Frame, context: Context) -> Iterator[NDArray[np.int64]]:
    """The nodes with all labels, group by group, but for some that cannot be meant."""
    if op.sought:
        wanted = wanted_of(op.sought, frame, context)
        if wanted:
            check = context.interrupt.check
            return read.seek_nodes(context.version, op.labels, wanted, check)
    return read.scan_nodes(context.version, op.labels)


def _all_pairs(
    frame: Frame, found: NDArray[np.int64], variable: str, context: Context
) -> Iterator[Frame]:
    """Every row of the frame with every node, row by row, in frames of bounded size."""
    most = context.options.frame_rows
    at_once = max(1, most // len(found))
    for start in range(0, frame.rows, at_once):
        stop = min(start + at_once, frame.rows)
        for begin in range(0, len(found), most):
            context.interrupt.check()
            part = found[begin : begin + most]
            rows = np.repeat(np.arange(start, stop), len(part))
            yield _product(frame, rows, variable, np.tile(part, stop - start))


def _product(
    frame: Frame, rows: NDArray[np.int64], variable: str, found: NDArray[np.int64]
) -> Frame:
    if not frame.columns:
        return Frame({variable: cols.nodes(found)}, len(found))
    return frame.take(rows).with_columns({variable: cols.nodes(found)})


def node_seek(op: plan.NodeSeek, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with the node (or nodes) of its id."""
    for frame in source:
        context.interrupt.check()
        ids = operand(op.id, frame, context)
        one = len(ids) == 1
        if one and frame.rows == 1 and not op.many:
            # Nearly every small query begins so.
            number = _find_one(ids.value(0), op.labels, context)
            if number >= 0:
                yield frame.with_columns({op.variable: cols.node(number)}).without(op.forgets)
            continue
        rows, found = _find_listed(op, ids, context) if op.many else _find(ids, context)
        if op.labels and len(found):
            keep = read.has_labels(context.version, found, op.labels)
            rows, found = rows[keep], found[keep]
        if not len(found):
            continue
        if one and frame.rows != 1:
            # One id for all rows.
            rows = np.repeat(np.arange(frame.rows), len(found))
            found = np.tile(found, frame.rows)
        rest = frame.without(op.forgets)
        yield from pieces(_product(rest, rows, op.variable, found).without(op.forgets), context)


def _find(ids: Column, context: Context) -> Found:
    """The rows whose id names a node, and those nodes."""
    if ids.kind is Kind.MIXED:
        ids = cols.from_values([value if isinstance(value, str) else None for value in ids.data])
    if ids.kind is not Kind.STRING:
        return _NONE, _NONE
    numbers = read.find_nodes(context.version, ids)
    rows = np.flatnonzero(numbers >= 0)
    return rows, numbers[rows]


def _find_one(value: Value, labels: tuple[str, ...], context: Context) -> int:
    """The node with this id and the labels; -1 if there is none."""
    if not isinstance(value, str):
        return -1
    return read.find_node(context.version, value, labels)


def _find_listed(op: plan.NodeSeek, lists: Column, context: Context) -> Found:
    """The same for lists of ids; a node that a list names twice is found once."""
    if isinstance(lists, Lists) and lists.items.kind is Kind.STRING:
        return _find_elements(lists, context)
    check = context.interrupt.check
    rows: list[int] = []
    texts: list[str] = []
    for row, items in enumerate(lists.to_list()):
        if items is None:
            continue
        if not isinstance(items, list):
            raise wrong_type("IN", "a list", items, op.id.at)
        named: dict[str, None] = {}
        for span in spans(len(items), check, _SOUGHT_IDS):
            named |= dict.fromkeys([item for item in items[span] if isinstance(item, str)])
        texts.extend(named)
        rows.extend([row] * len(named))
    of_rows = np.array(rows, np.int64)
    parts: list[Found] = [(_NONE, _NONE)]
    for span in spans(len(texts), check, _SOUGHT_IDS):
        places, found = _find(cols.strings(texts[span]), context)
        parts.append((of_rows[span][places], found))
    return _joined(parts, check)


def _find_elements(lists: Lists, context: Context) -> Found:
    """The same, of lists that are a column of ids."""
    parts: list[Found] = [(_NONE, _NONE)]
    for span in spans(lists.total, context.interrupt.check, _SOUGHT_IDS):
        rows, ids = lists.elements(span.start, span.stop)
        places, found = _find(ids, context)
        parts.append((rows[places], found))
    rows, nodes = _joined(parts, context.interrupt.check)
    kept = distinct_rows([cols.ints(rows), cols.nodes(nodes)], len(rows), context.interrupt)
    return rows[kept], nodes[kept]


def _joined(parts: list[Found], check: Check) -> Found:
    return joined([rows for rows, _ in parts], check), joined([nodes for _, nodes in parts], check)
