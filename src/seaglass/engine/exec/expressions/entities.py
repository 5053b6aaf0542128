"""What nodes, relationships and maps have: properties, labels, types, identities, ends.

Above: `evaluate`, `functions`, `operators/`. Below: `engine/graph/read`, `values`.
A column may hold nodes and relationships side by side (mixed); `split` takes it apart so that each
kind is read from the graph at once. Once a query has deleted something, what it reads must still be
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.growing import made
from seaglass.engine.exec.expressions.temporal.access import part
from seaglass.engine.exec.expressions.temporal.columns import part_of
from seaglass.engine.exec.expressions.values import located, place, wrong_type
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.types import Edge, Kind, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.temporal import Temporal
    from seaglass.engine.values.types import Value

ID_KEY = "~id"
# Keys that begin so are the graph's own; of these, a query can name only `~id`.
RESERVED = "~"


@dataclass(frozen=True, slots=True)
class Entities:
    """A column taken apart.

    Args:
        nodes / edges: int64[n] of numbers, -1 where the row holds no such thing; None where no row
            does
        others: (row, value) of what is neither node nor edge nor null
    """

    rows: int
    nodes: NDArray[np.int64] | None
    edges: NDArray[np.int64] | None
    others: list[tuple[int, Value]]


def split(column: Column) -> Entities:
    """The nodes, edges and other values of a column."""
    rows = len(column)
    match column.kind:
        case Kind.NODE | Kind.EDGE:
            numbers = column.data
            if column.valid is not None:
                numbers = np.where(column.valid, numbers, -1)
            if column.kind is Kind.NODE:
                return Entities(rows, numbers, None, [])
            return Entities(rows, None, numbers, [])
        case Kind.NULL:
            return Entities(rows, None, None, [])
        case _:
            return _split_values(column.to_list())


def _split_values(values: list[Value]) -> Entities:
    nodes = np.full(len(values), -1, np.int64)
    edges = np.full(len(values), -1, np.int64)
    others: list[tuple[int, Value]] = []
    for row, value in enumerate(values):
        if isinstance(value, Node):
            nodes[row] = value.number
        elif isinstance(value, Edge):
            edges[row] = value.number
        elif value is not None:
            others.append((row, value))
    some_nodes = nodes if (nodes >= 0).any() else None
    return Entities(len(values), some_nodes, edges if (edges >= 0).any() else None, others)


def property_of(context: Context, subject: Column, key: str, at: Position) -> Column:
    """`subject.key`, null where it is absent; of a temporal value, its part.

    Raises: Invalid(illegal_argument) on a subject without properties, or a temporal value without
        that part; Invalid(constraint) on a deleted subject
    """
    if type(subject) is cols.One and not context.deleted and not key.startswith(RESERVED):
        entity = subject.value(0)
        if type(entity) is Node:
            return cols.one(read.node_value(context.view.version, entity.number, key))
        if type(entity) is Edge:
            return cols.one(read.edge_value(context.view.version, entity.number, key))
    if isinstance(subject, Times) and (found := part_of(subject, key)) is not None:
        return found
    if isinstance(subject, Maps):
        return subject.under(key)
    if subject.kind is Kind.MIXED and (maps := only_maps(subject)) is not None:
        return cols.from_values(looked_up(maps, key))

    def other(value: Value) -> Value:
        if isinstance(value, TEMPORALS):
            return _part_of(value, key, at)
        if not isinstance(value, dict):
            expected = "a node, relationship, map or temporal value"
            raise wrong_type(f"Reading the property {key}", expected, value, at)
        return value.get(key)

    return _gather(
        split(subject),
        lambda nodes: node_property(context, nodes, key, at),
        lambda edges: edge_property(context, edges, key, at),
        other,
    )


def _part_of(value: Temporal, key: str, at: Position) -> Value:
    try:
        return part(value, key)
    except Invalid as error:
        raise located(error, at) from None


def only_maps(column: Column) -> list[dict[str, Value]] | None:
    """The values of a MIXED column that holds nothing but maps and nulls, {} for null; else
    None."""
    if isinstance(column, Times):
        return None
    values = column.data.tolist()
    if column.valid is not None:
        values = [{} if value is None else value for value in values]
    return values if set(map(type, values)) <= {dict} else None


def looked_up(maps: list[dict[str, Value]], key: str) -> list[Value]:
    """What each map has under the key; None where it lacks it."""
    try:
        # Mostly all have it, as rows of one table do; this takes a third of the time of the other.
        return list(map(itemgetter(key), maps))
    except KeyError:
        return [value.get(key) for value in maps]


def node_property(
    context: Context, nodes: NDArray[np.int64], key: str, at: Position | None = None
) -> Column:
    """Args: nodes: int64[n], -1 for null"""
    if context.deleted:
        check_nodes(context, nodes, at)
    if key == ID_KEY:
        return node_ids(context, nodes)
    if key.startswith(RESERVED):
        return cols.nulls(len(nodes))
    return read.node_property(context.version, nodes, key)


def edge_property(
    context: Context, edges: NDArray[np.int64], key: str, at: Position | None = None
) -> Column:
    """Args: edges: int64[n], -1 for null"""
    if context.deleted:
        check_edges(context, edges, at)
    if key == ID_KEY:
        return edge_ids(context, edges)
    if key.startswith(RESERVED):
        return cols.nulls(len(edges))
    return read.edge_property(context.version, edges, key)


def node_ids(context: Context, nodes: NDArray[np.int64]) -> Column:
    return read.node_ids(context.version, nodes)


def edge_ids(context: Context, edges: NDArray[np.int64]) -> Column:
    return read.edge_ids(context.version, edges)


def identity_of(context: Context, subject: Column, at: Position) -> Column:
    """`id(subject)`."""

    def other(value: Value) -> Value:
        raise wrong_type("id()", "a node or relationship", value, at)

    return _gather(
        split(subject),
        lambda nodes: node_ids(context, nodes),
        lambda edges: edge_ids(context, edges),
        other,
    )


def has_labels(context: Context, subject: Column, labels: tuple[str, ...], at: Position) -> Column:
    """`subject:A:B`; of a relationship, the type is the one label."""

    def of_edges(edges: NDArray[np.int64]) -> Column:
        types = read.edge_types(context.version, edges)
        wanted = set(labels)
        return cols.from_values(
            [None if name is None else wanted == {name} for name in types.to_list()]
        )

    def of_nodes(nodes: NDArray[np.int64]) -> Column:
        if context.deleted:
            check_nodes(context, nodes, at)
        return cols.bools(read.has_labels(context.version, nodes, labels), nodes >= 0)

    def other(value: Value) -> Value:
        raise wrong_type("A label test", "a node or relationship", value, at)

    return _gather(split(subject), of_nodes, of_edges, other)


def labels_of(context: Context, subject: Column, at: Position) -> Column:
    """`labels(subject)`: sorted; of a relationship, a type error."""

    def of_nodes(nodes: NDArray[np.int64]) -> Column:
        if context.deleted:
            check_nodes(context, nodes, at)
        return read.labels_column(context.version, nodes)

    def of_edges(_: NDArray[np.int64]) -> Column:
        raise wrong_type("labels()", "a node", Edge(0), at, Code.VALUE)

    def other(value: Value) -> Value:
        raise wrong_type("labels()", "a node", value, at, Code.VALUE)

    return _gather(split(subject), of_nodes, of_edges, other)


def types_of(context: Context, subject: Column, at: Position) -> Column:
    """`type(subject)`; it may be asked of a deleted relationship, too."""

    def of_edges(edges: NDArray[np.int64]) -> Column:
        return read.edge_types(context.version, edges)

    def of_nodes(_: NDArray[np.int64]) -> Column:
        raise wrong_type("type()", "a relationship", Node(0), at, Code.VALUE)

    def other(value: Value) -> Value:
        raise wrong_type("type()", "a relationship", value, at, Code.VALUE)

    return _gather(split(subject), of_nodes, of_edges, other)


def end_of(context: Context, subject: Column, start: bool, at: Position) -> Column:
    """`startNode(subject)` where `start`, else `endNode(subject)`."""

    def of_edges(edges: NDArray[np.int64]) -> Column:
        ends = read.edge_ends(context.version, edges)[0 if start else 1]
        return cols.nodes(np.maximum(ends, 0), ends >= 0)

    def other(value: Value) -> Value:
        raise wrong_type("startNode()" if start else "endNode()", "a relationship", value, at)

    def of_nodes(_: NDArray[np.int64]) -> Column:
        return cols.mixed([other(Node(0))])

    return _gather(split(subject), of_nodes, of_edges, other)


def maps_of(context: Context, subject: Column, what: str, at: Position | None) -> Column:
    """`properties(subject)`: the map itself, or the properties of a node or relationship (without
    `~id`)."""

    def of_nodes(nodes: NDArray[np.int64]) -> Column:
        check_nodes(context, nodes, at)
        version = context.version
        maps = (
            None if node < 0 else read.node_properties(version, node) for node in nodes.tolist()
        )
        return cols.mixed(made(maps, context))

    def of_edges(edges: NDArray[np.int64]) -> Column:
        check_edges(context, edges, at)
        version = context.version
        maps = (
            None if edge < 0 else read.edge_properties(version, edge) for edge in edges.tolist()
        )
        return cols.mixed(made(maps, context))

    def other(value: Value) -> Value:
        if not isinstance(value, dict):
            raise wrong_type(what, "a node, relationship or map", value, at)
        return value

    if isinstance(subject, Maps) or (subject.kind is Kind.MIXED and only_maps(subject) is not None):
        return subject
    return _gather(split(subject), of_nodes, of_edges, other)


def keys_of(context: Context, subject: Column, at: Position) -> Column:
    """`keys(subject)`: those of the properties that are there, without `~id`; of a map, all."""

    def of_nodes(nodes: NDArray[np.int64]) -> Column:
        check_nodes(context, nodes, at)
        return read.node_keys_column(context.version, nodes)

    def of_edges(edges: NDArray[np.int64]) -> Column:
        check_edges(context, edges, at)
        return read.edge_keys_column(context.version, edges)

    def other(value: Value) -> Value:
        if not isinstance(value, dict):
            raise wrong_type("keys()", "a node, relationship or map", value, at)
        return list(value)

    return _gather(split(subject), of_nodes, of_edges, other)


def check_nodes(context: Context, nodes: NDArray[np.int64], at: Position | None = None) -> None:
    """Raises: Invalid(constraint) when one of the nodes (-1: none) has been deleted by this
    query"""
    if context.deleted and not (read.nodes_alive(context.version, nodes) | (nodes < 0)).all():
        raise _gone("node", at)


def check_edges(context: Context, edges: NDArray[np.int64], at: Position | None = None) -> None:
    """Raises: Invalid(constraint) when one of the edges (-1: none) has been deleted by this
    query"""
    if context.deleted and not (read.edges_alive(context.version, edges) | (edges < 0)).all():
        raise _gone("relationship", at)


def _gone(noun: str, at: Position | None) -> Invalid:
    return Invalid(
        "constraint",
        f"Cannot use a {noun} that this query has deleted: entity not found{place(at)}.",
        code=Code.DELETED_ENTITY,
    )


def check_key(key: Value, at: Position) -> str:
    """The key of `subject[key]`."""
    if not isinstance(key, str):
        message = f"A property key must be a string{place(at)}."
        raise Invalid("illegal_argument", message, code=Code.MAP_KEY)
    return key


def _gather(
    entities: Entities,
    of_nodes: Callable[[NDArray[np.int64]], Column],
    of_edges: Callable[[NDArray[np.int64]], Column],
    of_other: Callable[[Value], Value],
) -> Column:
    """One column from what each kind of thing gives."""
    if entities.edges is None and not entities.others:
        return cols.nulls(entities.rows) if entities.nodes is None else of_nodes(entities.nodes)
    if entities.nodes is None and not entities.others and entities.edges is not None:
        return of_edges(entities.edges)
    values: list[Value] = [None] * entities.rows
    for numbers, function in ((entities.nodes, of_nodes), (entities.edges, of_edges)):
        if numbers is not None:
            found = np.flatnonzero(numbers >= 0)
            for row, value in zip(found.tolist(), function(numbers[found]).to_list(), strict=True):
                values[row] = value
    for row, value in entities.others:
        values[row] = of_other(value)
    return cols.from_values(values)
