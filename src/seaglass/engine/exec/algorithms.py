"""The procedures `neptune.algo.*`: calls of `engine/algo` from rows, and its answers as rows.

Above: `procedures`. Below: `engine/algo`, `operators/storing`, `context`.
Rows whose options are the same are served together. What an algorithm finds out about every node
is found once for a query, a version and its options, however many frames ask for it; the query is
charged for it until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.algo.catalogue import BY_NODE, BY_ROW, FEW
from seaglass.engine.algo.run import Given, Listed, NodeValues, Run, sized
from seaglass.engine.cypher.semantics.algorithms import ALGORITHMS
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.operators.storing import storable
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import SetNodeProperty
from seaglass.engine.values import column as cols
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.options import settings_of
from seaglass.engine.values.parts import FAR_ROWS, distinct, joined, spans
from seaglass.engine.values.types import Kind, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.run import ForFew, ForNodes, ForRows
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.options import Settings
    from seaglass.engine.values.types import Value

    Results = Iterator[tuple[NDArray[np.int64], Frame]]
    Body = Callable[[Frame, Context], Results]

_NONE = np.empty(0, np.int64)
_PREFIX = "neptune.algo."
_MUTATE = ".mutate"
_WRITE_PROPERTY = "writeProperty"
# Answers that a query keeps: each is as large as the graph has nodes.
_ANSWERS_MAX = 4
# Nodes that one change sets: some 20 ms.
_CHANGED_NODES = 1 << 17
# Rows below which what is found for several nodes goes on together.
_PIECE_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class Answer:
    """What an algorithm has found out in this query."""

    version: GraphVersion
    values: NodeValues


def algorithm_bodies() -> dict[str, Body]:
    """A body for each of the algorithms."""
    return {procedure.name: _body(procedure) for procedure in ALGORITHMS}


def _body(procedure: Procedure) -> Body:
    name = procedure.name.removeprefix(_PREFIX)
    if name in BY_ROW:
        return _for_rows(procedure, BY_ROW[name])
    if name.endswith(_MUTATE):
        return _mutating(procedure, BY_NODE[name.removesuffix(_MUTATE)])
    return _for_nodes(procedure, BY_NODE[name], FEW.get(name))


def _for_rows(procedure: Procedure, algorithm: ForRows) -> Body:
    def body(arguments: Frame, context: Context) -> Results:
        for given in _calls(procedure, arguments, context):
            with context.holding() as held:
                run = _run(context, held)
                most = context.options.frame_rows
                for piece in sized(algorithm(run, given), _PIECE_ROWS, most):
                    context.interrupt.check()
                    yield piece.rows, Frame(piece.columns, len(piece.rows))

    return body


def _for_nodes(procedure: Procedure, algorithm: ForNodes, for_few: ForFew | None = None) -> Body:
    _, result = procedure.results

    def body(arguments: Frame, context: Context) -> Results:
        for given in _calls(procedure, arguments, context):
            (listed,) = given.lists
            if not len(listed.nodes):
                continue
            found = None
            if for_few is not None and given.settings not in context.answers:
                found = _of_few(given.settings, for_few, distinct(listed.nodes), context)
            if found is None:
                found = _answer(given.settings, algorithm, context)
            rows, nodes = listed.rows, listed.nodes
            if found.kept is not None:
                taking_part = found.kept[nodes]
                rows, nodes = rows[taking_part], nodes[taking_part]
            values = _column(found.values[nodes])
            yield rows, Frame({"node": cols.nodes(nodes), result.name: values}, len(rows))

    return body


def _of_few(
    settings: Settings, algorithm: ForFew, nodes: NDArray[np.int64], context: Context
) -> NodeValues | None:
    """What the algorithm finds out about some nodes, if that is less work than all of them."""
    with context.holding() as held:
        found = algorithm(_run(context, held), settings, nodes)
        context.interrupt.check()
    return found


def _run(context: Context, held: Held) -> Run:
    return Run(context.version, context.interrupt, held.add, context.alone)


def _mutating(procedure: Procedure, algorithm: ForNodes) -> Body:
    def body(arguments: Frame, context: Context) -> Results:
        for given in _calls(procedure, arguments, context):
            found = _answer(given.settings, algorithm, context)
            key = given.settings.text(_WRITE_PROPERTY)
            assert key is not None
            _write(key, found, context)
            done = cols.bools(np.ones(len(given.rows), np.bool_))
            yield given.rows, Frame({"success": done}, len(given.rows))

    return body


def _write(key: str, found: NodeValues, context: Context) -> None:
    """Sets the property of all nodes that take part; of millions by many changes."""
    nodes = np.arange(len(found.values)) if found.kept is None else np.flatnonzero(found.kept)
    for span in spans(len(nodes), context.interrupt.check, _CHANGED_NODES):
        some = nodes[span]
        values = storable(_column(found.values[some]), key, context, None)
        context.change(SetNodeProperty(some, key, values))


def _column(values: NDArray[Any]) -> Column:
    return cols.ints(values) if values.dtype == np.int64 else cols.floats(values)


def _answer(settings: Settings, algorithm: ForNodes, context: Context) -> NodeValues:
    """What the algorithm finds out; of one that was asked before, what it said."""
    kept = context.answers.get(settings)
    if kept is not None and kept.version is context.version:
        return kept.values
    with context.holding() as held:
        values = algorithm(_run(context, held), settings)
        context.interrupt.check()
    if kept is not None or len(context.answers) == _ANSWERS_MAX:
        _forget(settings if kept is not None else next(iter(context.answers)), context)
    context.answers[settings] = Answer(context.version, values)
    _charge(_size_bytes(values), context)
    return values


def forget_answers(context: Context) -> None:
    """Lets go of what the algorithms of a query have found out; the query has ended."""
    while context.answers:
        _forget(next(iter(context.answers)), context)


def _forget(settings: Settings, context: Context) -> None:
    _charge(-_size_bytes(context.answers.pop(settings).values), context)


def _charge(amount_bytes: int, context: Context) -> None:
    if context.budget is not None:
        context.budget.charge(amount_bytes)


def _size_bytes(found: NodeValues) -> int:
    return int(found.values.nbytes) + (0 if found.kept is None else found.kept.nbytes)


def _calls(procedure: Procedure, arguments: Frame, context: Context) -> Iterator[Given]:
    """The calls of a frame, neighbouring rows with the same settings as one."""
    *fields, config = procedure.arguments
    maps = arguments.columns[config.name].to_list()
    lists = [
        listed(f"{procedure.name}: {field.name}", arguments.columns[field.name], context)
        for field in fields
    ]
    begin = 0
    before: Settings | None = None
    for end, settings in enumerate(_settings(procedure, maps)):
        if before is not None and settings != before:
            yield _given(before, lists, (begin, end))
            begin = end
        before = settings
    if before is not None:
        yield _given(before, lists, (begin, len(maps)))


def _settings(procedure: Procedure, maps: list[Value]) -> Iterator[Settings]:
    """What each map says."""
    assert procedure.options is not None
    seen: Value = None
    settings: Settings | None = None
    for given in maps:
        # A map that is written in the query is one object for all rows.
        if settings is None or given is not seen:
            assert isinstance(given, dict)
            seen, settings = given, settings_of(procedure.name, procedure.options, given)
        yield settings


def _given(settings: Settings, lists: list[Listed], rows: tuple[int, int]) -> Given:
    """The call of a range of rows."""
    parts = []
    for part in lists:
        begin, end = np.searchsorted(part.rows, rows).tolist()
        parts.append(Listed(part.rows[begin:end], part.nodes[begin:end], part.places[begin:end]))
    return Given(np.arange(*rows), tuple(parts), settings)


def listed(taker: str, column: Column, context: Context) -> Listed:
    """The nodes that each row names: one, the id of one, or a list of both; null names none.

    Args: taker: the procedure and its argument, for messages
    Returns: the nodes that are there; an id that no node has names none
    Raises: Invalid(illegal_argument) for a value of another type in a list; Invalid(constraint) for
        a node that this query has deleted
    """
    if isinstance(column, Lists) and column.items.kind in (Kind.NODE, Kind.STRING):
        return _listed(column, context)
    rows = np.arange(len(column))
    places = np.zeros(len(column), np.int64)
    if column.kind is Kind.MIXED:
        rows, places, column = _flattened(taker, column.to_list())
    nodes = _nodes(column, context)
    there = nodes >= 0
    return Listed(rows[there], nodes[there], places[there])


def _listed(lists: Lists, context: Context) -> Listed:
    """`listed` of lists of nodes or of ids, which may have millions."""
    parts = [Listed(_NONE, _NONE, _NONE)]
    begins = lists.ends - lists.counts
    check = context.interrupt.check
    for span in spans(lists.total, check, FAR_ROWS):
        rows, items = lists.elements(span.start, span.stop)
        nodes = _nodes(items, context)
        there = nodes >= 0
        places = np.arange(span.start, span.stop) - begins[rows]
        parts.append(Listed(rows[there], nodes[there], places[there]))
    return Listed(
        joined([part.rows for part in parts], check),
        joined([part.nodes for part in parts], check),
        joined([part.places for part in parts], check),
    )


def _nodes(column: Column, context: Context) -> NDArray[np.int64]:
    """int64[n]: the node that each value of the column is, or is the id of; -1 for none."""
    parts = entities.split(column)
    nodes = read.find_nodes(context.version, column)
    if parts.nodes is not None:
        entities.check_nodes(context, parts.nodes)
        nodes = np.where(parts.nodes >= 0, parts.nodes, nodes)
    return nodes


def _flattened(
    taker: str, values: list[Value]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Column]:
    """The items of all rows in one column, each with its row and its place in it."""
    rows: list[int] = []
    places: list[int] = []
    items: list[Value] = []
    for row, value in enumerate(values):
        inside = value if isinstance(value, list) else [value]
        rows.extend([row] * len(inside))
        places.extend(range(len(inside)))
        items.extend(inside)
    for item in items:
        if item is not None and not isinstance(item, Node | str):
            message = f"{taker} takes nodes and ids of nodes, not {type_name(item)}."
            raise Invalid("illegal_argument", message)
    return np.array(rows, np.int64), np.array(places, np.int64), cols.from_values(items)
