"""Merging a whole frame at once, where nobody can tell it from row by row.

Above: `merge`. Below: `create`, `update`, `scan`, `expand`.
Three shapes: `(n:L {~id: x})`, `(n:L {key: x, ...})`, and `(a)-[r:T]->(b)` with both ends bound.
Each row has a key (the id; the property values; the two ends) that alone decides what it matches,
and what a row creates is matched by exactly the later rows of the same key. So: match all rows
against the graph as it is; of the rows without a match, the first of each key creates, and the
others match what it created. Two rows of one key touch the same entity, so their SET items are done
in waves: first what was created, then the first match of each key, then the second, ... Rows of
different keys touch different entities, and so may be done together if items read the graph only
through the merged variable and leave alone what it is matched by; other items end the batch before
it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import children, conjuncts, variables, walk
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import numbers_of
from seaglass.engine.exec.operators.create import create_all
from seaglass.engine.exec.operators.frames import concat
from seaglass.engine.exec.operators.lookup import equalities
from seaglass.engine.exec.operators.update import set_item
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.order import group_rows
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.operators.lookup import Equalities
    from seaglass.engine.exec.operators.merge import Runner
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Batch = Callable[[plan.Merge, Frame, Context, Runner], Frame | None]

# The input row that a row of the batch comes from; a leading space keeps it apart from all
# variables.
_ROW = " merge row"


def batch_of(op: plan.Merge) -> Batch | None:
    """How to merge a frame at once, None where the shape or the items do not allow it."""
    items = (*op.on_create, *op.on_match)
    given = [node.properties for node in op.create_nodes]
    given += [edge.properties for edge in op.create_edges]
    if any(_reaches(part) for value in given if value is not None for part in walk(value)):
        return None
    match op.match:
        case plan.NodeSeek(input=plan.Argument(), variable=variable) if _creates_node(op):
            return merge_frame if all(_own(item, variable) for item in items) else None
        case plan.Filter(input=plan.NodeScan(input=plan.Argument(), variable=variable)) if (
            _creates_found(op)
        ):
            keys = [key for key, _ in _properties(op)]
            free = all(_own(item, variable) and _spares(item, keys) for item in items)
            return merge_frame if free else None
        case plan.Expand(
            input=plan.Argument(), edge=edge, target_bound=True, edge_bound=False, distinct_from=()
        ) if _creates_edge(op):
            return merge_frame if all(_own(item, edge) for item in items) else None
    return None


def _creates_node(op: plan.Merge) -> bool:
    """Whether a missing row creates just the node that it looked for, by the same id and labels."""
    seek = op.match
    if not isinstance(seek, plan.NodeSeek) or len(op.create_nodes) != 1 or op.create_edges:
        return False
    node = op.create_nodes[0]
    properties = node.properties
    return (
        node.variable == seek.variable
        and set(seek.labels) <= set(node.labels)
        and isinstance(properties, ex.MapLiteral)
        and [item for key, item in properties.items if key == "~id"] == [seek.id]
    )


def _properties(op: plan.Merge) -> Equalities:
    """The property values of the one node that is created."""
    properties = op.create_nodes[0].properties
    return list(properties.items) if isinstance(properties, ex.MapLiteral) else []


def _creates_found(op: plan.Merge) -> bool:
    """Whether a missing row creates just the node that it looked for, by properties and labels."""
    match op.match:
        case plan.Filter(input=plan.NodeScan(variable=variable, labels=labels)) if (
            len(op.create_nodes) == 1 and not op.create_edges
        ):
            wanted = equalities(op.match.predicate, variable)
            node = op.create_nodes[0]
            return (
                node.variable == variable
                and set(labels) <= set(node.labels)
                and len(wanted) == len(conjuncts(op.match.predicate))
                and len(wanted) == len(_properties(op))
                and all(pair in wanted for pair in _properties(op))
            )
        case _:
            return False


def _spares(item: plan.SetItem, keys: list[str]) -> bool:
    """Whether the item cannot change one of the properties `keys`.

    For `+=` that shows when the batch looks at the maps.
    """
    match item:
        case plan.SetProperty(key=key) | plan.RemoveProperty(key=key):
            return key not in keys
        case plan.SetProperties(replace=replace):
            return not replace
        case _:
            return True


def _creates_edge(op: plan.Merge) -> bool:
    """Whether a missing row creates just the edge that it looked for, between the same nodes."""
    step = op.match
    if not isinstance(step, plan.Expand) or len(op.create_edges) != 1 or op.create_nodes:
        return False
    edge = op.create_edges[0]
    ends = (step.source, step.target)
    return (
        edge.variable == step.edge
        and step.types == (edge.type,)
        and (edge.source, edge.target) in (ends, ends[::-1])
        and (step.direction is not plan.Direction.OUT or (edge.source, edge.target) == ends)
        and (step.direction is not plan.Direction.IN or (edge.target, edge.source) == ends)
    )


def _own(item: plan.SetItem, variable: str) -> bool:
    """Whether the item changes `variable` only, never what it is matched by, and reaches no other
    entity from it."""
    if isinstance(item, plan.RemoveLabels):
        return False
    if not (isinstance(item.subject, ex.Variable) and item.subject.name == variable):
        return False
    return not any(_reaches(part) for part in _parts(item))


def _reaches(part: ex.Expression) -> bool:
    """Whether the part can find an entity that no variable holds."""
    if isinstance(part, ex.FunctionCall):
        return part.name in ("startNode", "endNode")
    return isinstance(part, ex.Subquery)


def _parts(item: plan.SetItem) -> list[ex.Expression]:
    """The expressions inside the item's value."""
    if isinstance(item, plan.SetProperty | plan.SetProperties):
        return list(walk(item.value))
    return []


def merge_frame(op: plan.Merge, frame: Frame, context: Context, runner: Runner) -> Frame | None:
    """The merge of all rows of the frame; None where its values do not allow it.

    Raises: as `create_all` and `set_item` do
    """
    if not _apart(op, frame) or not _fixed(op, frame, context):
        return None
    name = _variable(op)
    indexed = frame.with_columns({_ROW: cols.ints(np.arange(frame.rows))})
    found = concat(list(runner(op.match, context, indexed)))
    missing = np.ones(frame.rows, np.bool_)
    matches: list[Frame] = []
    if found is not None:
        matches.append(found)
        missing[found.columns[_ROW].data] = False
    created: Frame | None = None
    if missing.any():
        rest = indexed.where(missing)
        codes, firsts = group_rows(_key(op, rest, context), rest.rows)
        created = create_all(rest.take(firsts), op.create_nodes, op.create_edges, context)
        for item in op.on_create:
            set_item(item, created, context)
        repeated = np.delete(np.arange(rest.rows), firsts)
        if len(repeated):
            merged = created.columns[name].take(codes[repeated])
            matches.append(rest.take(repeated).with_columns({name: merged}))
    again = concat(matches)
    if again is not None:
        _set_matched(op, _in_row_order(again), context)
    whole = concat([part for part in (created, again) if part is not None])
    assert whole is not None
    whole = _in_row_order(whole)
    return Frame({key: column for key, column in whole.columns.items() if key != _ROW}, whole.rows)


def _variable(op: plan.Merge) -> str:
    return op.create_nodes[0].variable if op.create_nodes else op.create_edges[0].variable


def _in_row_order(frame: Frame) -> Frame:
    return frame.take(np.argsort(frame.columns[_ROW].data, kind="stable"))


def _key(op: plan.Merge, frame: Frame, context: Context) -> list[Column]:
    """What decides which rows merge into one."""
    match op.match:
        case plan.NodeSeek(id=identity):
            return [evaluate(identity, frame, context)]
        case plan.Filter():
            return [evaluate(value, frame, context) for _, value in _properties(op)]
        case plan.Expand(source=source, target=target, direction=direction):
            ends = [numbers_of(frame.columns[end], Kind.NODE, "MERGE") for end in (source, target)]
            if direction is plan.Direction.BOTH:
                ends = [np.minimum(*ends), np.maximum(*ends)]
            return [cols.ints(end) for end in ends]
        case _:
            raise AssertionError("merge_frame without a shape of batch_of")


def _apart(op: plan.Merge, frame: Frame) -> bool:
    """Whether the items read no entity of the merged kind but the row's own, and the keys none that
    an item may have changed for an earlier row.

    They can reach others only through a variable that holds one, however deep.
    """
    merged = Node if op.create_nodes else Edge
    parts = [part for item in (*op.on_create, *op.on_match) for part in _parts(item)]
    parts += _changing(op)
    names = {
        part.name for part in parts if isinstance(part, ex.Variable) and part.name in frame.columns
    }
    kind = Kind.NODE if op.create_nodes else Kind.EDGE
    for column in (frame.columns[name] for name in names):
        if column.kind is kind:
            return False
        if column.kind is Kind.MIXED and any(_holds(value, merged) for value in column.data):
            return False
    return True


def _changing(op: plan.Merge) -> list[ex.Expression]:
    """What the keys are computed from, without properties that no item for what was matched sets."""
    if not op.on_match:
        return []
    by_key = all(isinstance(item, plan.SetProperty | plan.RemoveProperty) for item in op.on_match)
    changed = {getattr(item, "key", None) for item in op.on_match}
    found: list[ex.Expression] = []
    stack = [value for node in op.create_nodes for value in _values(node.properties)]
    stack += [value for edge in op.create_edges for value in _values(edge.properties)]
    while stack:
        part = stack.pop()
        match part:
            case ex.Property(subject=ex.Variable(), key=key) if by_key and key not in changed:
                continue
            case _:
                found.append(part)
                stack.extend(children(part))
    return found


def _values(properties: ex.Expression | None) -> list[ex.Expression]:
    return [] if properties is None else list(children(properties))


def _fixed(op: plan.Merge, frame: Frame, context: Context) -> bool:
    """Whether nodes found by properties stay found: rows of equal keys match each other, and no map
    that is added holds a key."""
    if not isinstance(op.match, plan.Filter):
        return True
    for column in _key(op, frame, context):
        narrow = cols.from_values(column.to_list()) if column.kind is Kind.MIXED else column
        # NaN equals nothing; values of several types and lists are left to row by row.
        if narrow.kind not in (Kind.BOOL, Kind.INT, Kind.STRING):
            return False
    keys = {key for key, _ in _properties(op)}
    for item in (*op.on_create, *op.on_match):
        if isinstance(item, plan.SetProperties):
            if not variables(item.value) <= frame.columns.keys():
                return False
            for added in evaluate(item.value, frame, context).to_list():
                if not isinstance(added, dict) or not keys.isdisjoint(added):
                    return False
    return True


def _holds(value: Value, wanted: type) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(_holds(item, wanted) for item in value)
    return isinstance(value, Path | wanted)


def _set_matched(op: plan.Merge, matches: Frame, context: Context) -> None:
    """Does ON MATCH for rows in their order: rows of one entity one after the other, of different
    ones together."""
    if not op.on_match:
        return
    name = _variable(op)
    kind = Kind.NODE if op.create_nodes else Kind.EDGE
    numbers = numbers_of(matches.columns[name], kind, "MERGE")
    waves = _occurrences(numbers)
    if len(op.on_match) == 1 and not any(
        isinstance(part, ex.Variable) and part.name == name for part in _parts(op.on_match[0])
    ):
        # One item that does not read what it changes: the last row of each entity wins, in one go.
        waves = np.zeros(matches.rows, np.int64)
    order = np.argsort(waves, kind="stable")
    ends = np.cumsum(np.bincount(waves)).tolist()
    for start, stop in zip([0, *ends], ends, strict=False):
        context.interrupt.check()
        part = matches if len(ends) == 1 else matches.take(order[start:stop])
        for item in op.on_match:
            set_item(item, part, context)


def _occurrences(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: how many earlier rows have the same number."""
    order = np.argsort(numbers, kind="stable")
    ranked = numbers[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=ranked[:1] - 1))
    counts = np.diff(np.append(starts, len(ranked)))
    result = np.empty(len(numbers), np.int64)
    result[order] = np.arange(len(numbers)) - np.repeat(starts, counts)
    return result
