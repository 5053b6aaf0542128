"""Set: SET and REMOVE of properties and labels.

Above: `run`, `merge`. Below: `storing`, `engine/graph/delta`, `expressions`.
Each item is done for all rows at once; where rows name the same entity, the last row wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.exec.operators.frames import drain
from seaglass.engine.exec.operators.storing import storable
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import SetEdgeProperty, SetLabels, SetNodeProperty
from seaglass.engine.values import column as cols
from seaglass.engine.values.parts import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

Noun = Literal["node", "edge"]
ID_KEY = entities.ID_KEY
# Up to here the keys that entities have are read one entity at a time; past it, one key at a time
# for all.
_FEW_ENTITIES = 64


def update(op: plan.Set, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Set: all input first, then all changes, then the rows."""
    with context.holding() as held:
        frames = drain(source, context, held)
        for item in op.items:
            # What an item reads is from before it, however the rows are cut into frames.
            changes = []
            for frame in frames:
                context.interrupt.check()
                change = _change_of(item, frame, context)
                held.add(column_bytes(change.values))
                changes.append(change)
            for change in changes:
                context.interrupt.check()
                _make(item, change, context)
        yield from frames


@dataclass(frozen=True, slots=True)
class _Change:
    """What an item is to do to some rows.

    Args:
        parts: the entities that it changes
        values: the values of its expression, one for each row; none where it has no expression
    """

    parts: entities.Entities
    values: Column


def set_item(item: plan.SetItem, frame: Frame, context: Context) -> None:
    """Does one item for all rows of the frame.

    Raises: Invalid(illegal_argument) for subjects and values of wrong types, and for another `~id`
    """
    _make(item, _change_of(item, frame, context), context)


def _change_of(item: plan.SetItem, frame: Frame, context: Context) -> _Change:
    subject = evaluate(item.subject, frame, context)
    parts = entities.split(subject)
    if parts.others:
        expected = "a node or relationship"
        raise wrong_type("SET", expected, parts.others[0][1], item.subject.at)
    if parts.nodes is not None:
        entities.check_nodes(context, parts.nodes, item.subject.at)
    if parts.edges is not None:
        entities.check_edges(context, parts.edges, item.subject.at)
    match item:
        case plan.SetProperty():
            return _Change(parts, evaluate(item.value, frame, context))
        case plan.SetProperties():
            given = evaluate(item.value, frame, context)
            return _Change(parts, entities.maps_of(context, given, "SET", item.value.at))
        case _:
            return _Change(parts, cols.nulls(frame.rows))


def _make(item: plan.SetItem, change: _Change, context: Context) -> None:
    parts = change.parts
    match item:
        case plan.SetProperty():
            _set_property(parts, (item.key, item.value.at), change.values, context)
        case plan.RemoveProperty():
            _set_property(parts, (item.key, item.subject.at), change.values, context)
        case plan.SetProperties():
            _set_properties(item, change, context)
        case plan.SetLabels():
            _set_labels(parts, item.labels, (), item.subject, context)
        case plan.RemoveLabels():
            _set_labels(parts, (), item.labels, item.subject, context)


def _groups(parts: entities.Entities) -> Iterator[tuple[Noun, NDArray[np.int64]]]:
    """Rows that hold a node, and rows that hold an edge."""
    if parts.nodes is not None:
        yield "node", parts.nodes
    if parts.edges is not None:
        yield "edge", parts.edges


def _set_property(
    parts: entities.Entities, named: tuple[str, Position], values: Column, context: Context
) -> None:
    """Args: named: the key, and the expression of the values"""
    key, at = named
    for noun, numbers in _groups(parts):
        rows = np.flatnonzero(numbers >= 0)
        if not len(rows):
            continue
        whole = len(rows) == len(numbers)
        chosen = numbers if whole else numbers[rows]
        new = values if whole else values.take(rows)
        if key == ID_KEY:
            _check_ids(noun, chosen, (new.to_list(), at), context)
        else:
            _apply(noun, chosen, key, storable(new, key, context, at), context)


def _apply(
    noun: Noun, numbers: NDArray[np.int64], key: str, values: Column, context: Context
) -> None:
    if noun == "node":
        context.change(SetNodeProperty(numbers, key, values))
    else:
        context.change(SetEdgeProperty(numbers, key, values))


def _check_ids(
    noun: Noun,
    numbers: NDArray[np.int64],
    given: tuple[list[Value], Position],
    context: Context,
) -> None:
    """Args: given: values, and where they are said.
    Raises: Invalid(illegal_argument) when a value is not the identity that the entity has"""
    values, at = given
    ids = (entities.node_ids if noun == "node" else entities.edge_ids)(context, numbers)
    for present, value in zip(ids.to_list(), values, strict=True):
        if value != present:
            raise Invalid(
                "illegal_argument",
                f"The ~id of '{present}' cannot be changed or removed{place(at)}.",
            )


def _set_properties(item: plan.SetProperties, change: _Change, context: Context) -> None:
    maps = change.values.to_list()
    for noun, numbers in _groups(change.parts):
        rows = np.flatnonzero(numbers >= 0)
        if item.replace:
            rows = _last_rows(numbers, rows)
        chosen = numbers[rows]
        # Rows may share a large map: none is copied.
        wanted = [_map_of(maps[row]) for row in rows.tolist()]
        _check_given_ids(noun, chosen, (wanted, item.value.at), context)
        if item.replace:
            _remove_others(noun, chosen, wanted, context)
        distinct = {id(value): value for value in wanted}.values()
        for key in dict.fromkeys(chain.from_iterable(distinct)):
            if key == ID_KEY:
                continue
            context.interrupt.check()
            having, values = _having(wanted, key)
            whole = len(having) == len(chosen)
            column = cols.from_values(values)
            _apply(
                noun,
                chosen if whole else chosen[having],
                key,
                storable(column, key, context, item.value.at),
                context,
            )


def _having(maps: list[dict[str, Value]], key: str) -> tuple[Sequence[int], list[Value]]:
    """Where the maps are that have the key, and what they have under it."""
    try:
        return range(len(maps)), list(map(itemgetter(key), maps))
    except KeyError:
        having = [row for row, value in enumerate(maps) if key in value]
        return having, [maps[row][key] for row in having]


def _map_of(value: Value) -> dict[str, Value]:
    """The map; null has no keys."""
    return value if isinstance(value, dict) else {}


def _last_rows(numbers: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the rows with the same number, the last; in order."""
    _, firsts = np.unique(numbers[rows][::-1], return_index=True)
    return np.sort(rows[::-1][firsts])


def _check_given_ids(
    noun: Noun,
    numbers: NDArray[np.int64],
    given: tuple[list[dict[str, Value]], Position],
    context: Context,
) -> None:
    """Sees that each `~id` is the one that the entity has: clients send it back."""
    maps, at = given
    having = [row for row, value in enumerate(maps) if ID_KEY in value]
    if having:
        values = [maps[row][ID_KEY] for row in having]
        _check_ids(noun, numbers[having], (values, at), context)


def _remove_others(
    noun: Noun, numbers: NDArray[np.int64], maps: list[dict[str, Value]], context: Context
) -> None:
    """Removes each key that the entity has and its map lacks."""
    version = context.version
    lacking: dict[str, list[int]] = {}
    if len(numbers) <= _FEW_ENTITIES:
        properties = read.node_properties if noun == "node" else read.edge_properties
        for row, number in enumerate(numbers.tolist()):
            for key in properties(version, number):
                if key not in maps[row]:
                    lacking.setdefault(key, []).append(row)
    else:
        column_of = read.node_property if noun == "node" else read.edge_property
        for key in read.node_keys(version) if noun == "node" else read.edge_keys(version):
            context.interrupt.check()
            present = np.flatnonzero(~column_of(version, numbers, key).is_null()).tolist()
            rows = [row for row in present if key not in maps[row]]
            if rows:
                lacking[key] = rows
    for key, rows in lacking.items():
        _apply(noun, numbers[rows], key, cols.nulls(len(rows)), context)


def _set_labels(
    parts: entities.Entities,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    subject: ex.Expression,
    context: Context,
) -> None:
    if parts.edges is not None and (parts.edges >= 0).any():
        raise Invalid(
            "illegal_argument",
            f"Labels belong to nodes, but a relationship was given at line {subject.at.line}, "
            f"column {subject.at.column}.",
            code=Code.VALUE_TYPE,
        )
    if parts.nodes is not None:
        nodes = distinct(parts.nodes[parts.nodes >= 0])
        if len(nodes):
            context.change(SetLabels(nodes, tuple(sorted(set(added))), tuple(sorted(set(removed)))))
