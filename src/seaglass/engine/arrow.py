"""A result as an Arrow table: one column per column of the query, typed as its values are.

Above: result. Below: arrow_times, exec/json, graph/read, values.

    values of a column            Arrow
    none but null                 null
    booleans                      bool
    integers                      int64
    floats, or both kinds         double (JSON text where an integer is too large to be one)
    strings                       large_string
    nodes                         struct: `~id`, `~labels`, `~properties`
    relationships                 struct: `~id`, `~start`, `~end`, `~type`, `~properties`
    paths                         struct: nodes, relationships; lists of the structs above
    temporal values of one type   as `arrow_times` says, also in lists; what Arrow has no type for, and
                                  what stands in maps: large_string, ISO 8601 text, as toString gives it
    lists, maps                   list, struct, where their values fit one type
    anything else                 large_string: each value as JSON, as `Result.json` has it

`~properties` is a struct of the keys that any entity of the column has, null where one lacks it; it is
left out where none has any. Typed columns become Arrow's without a Python object for each value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.arrow_times import temporal_array
from seaglass.engine.exec.json import column_texts
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.packed import Times, times_of
from seaglass.engine.values.temporal import TEMPORALS, DateTime
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

INT = pa.int64()
TRUTH = pa.bool_()
# Kinds whose Arrow type depends on nothing else, so that frames can stay chunks.
_PLAIN_TYPES: dict[Kind, Any] = {
    Kind.BOOL: TRUTH,
    Kind.INT: INT,
    Kind.FLOAT: pa.float64(),
    Kind.STRING: cols.STRING,
}


def table(columns: Sequence[str], frames: Sequence[Frame], version: GraphVersion) -> Any:
    """All rows as a pyarrow.Table, with entities as they are in `version`.

    Cost: linear; a typed column is copied at most once
    """
    parts = {name: [frame.columns[name] for frame in frames] for name in columns}
    return pa.table({name: _joined(part, version) for name, part in parts.items()})


def _joined(parts: Sequence[Column], version: GraphVersion) -> Any:
    """The Arrow column that holds the values of all parts."""
    if not parts:
        return pa.nulls(0)
    kinds = {part.kind for part in parts} - {Kind.NULL}
    plain = _PLAIN_TYPES.get(next(iter(kinds))) if len(kinds) == 1 else None
    if plain is None:
        return _array(cols.concat(parts), version)
    chunks = [
        pa.nulls(len(part), plain) if part.kind is Kind.NULL else _array(part, version)
        for part in parts
    ]
    return pa.chunked_array(chunks, plain)


def _array(column: Column, version: GraphVersion) -> Any:
    match column.kind:
        case Kind.NULL:
            return pa.nulls(len(column))
        case Kind.STRING:
            if column.valid is None:
                return column.data
            return pc.if_else(pa.array(column.valid), column.data, pa.scalar(None, cols.STRING))
        case Kind.NODE:
            return _entities(column, version, _node_structs)
        case Kind.EDGE:
            return _entities(column, version, _edge_structs)
        case Kind.BOOL | Kind.INT | Kind.FLOAT:
            return pa.array(column.data, mask=_mask(column))
        case _:
            return _mixed(column, version)


def _mask(column: Column) -> NDArray[np.bool_] | None:
    return None if column.valid is None else ~column.valid


def _entities(
    column: Column,
    version: GraphVersion,
    structs: Callable[[NDArray[np.int64], GraphVersion], Any],
) -> Any:
    """Each entity's struct, made once however often the entity stands in the column."""
    known = column.data if column.valid is None else column.data[column.valid]
    numbers = np.unique(known)
    places = np.searchsorted(numbers, column.data)
    return structs(numbers, version).take(pa.array(places, mask=_mask(column)))


def _node_structs(nodes: NDArray[np.int64], version: GraphVersion) -> Any:
    keys = sorted(read.node_keys(version))
    members = {
        "~id": _array(read.node_ids(version, nodes), version),
        "~labels": pa.array(read.labels_column(version, nodes).to_list(), pa.list_(cols.STRING)),
    }
    return _struct(members, {key: read.node_property(version, nodes, key) for key in keys}, version)


def _edge_structs(edges: NDArray[np.int64], version: GraphVersion) -> Any:
    keys = sorted(read.edge_keys(version))
    sources, targets = read.edge_ends(version, edges)
    members = {
        "~id": _array(read.edge_ids(version, edges), version),
        "~start": _array(read.node_ids(version, sources), version),
        "~end": _array(read.node_ids(version, targets), version),
        "~type": _array(read.edge_types(version, edges), version),
    }
    return _struct(members, {key: read.edge_property(version, edges, key) for key in keys}, version)


def _struct(members: dict[str, Any], properties: dict[str, Column], version: GraphVersion) -> Any:
    had = {key: column for key, column in properties.items() if column.kind is not Kind.NULL}
    if had:
        values = [_array(column, version) for column in had.values()]
        members["~properties"] = pa.StructArray.from_arrays(values, names=list(had))
    return pa.StructArray.from_arrays(list(members.values()), names=list(members))


def _mixed(column: Column, version: GraphVersion) -> Any:
    """The type that Arrow finds for the values; JSON where it finds none."""
    if isinstance(column, Lists) and column.items.kind in _PLAIN_TYPES:
        return _plain_lists(column.alone(), version)
    array = temporal_array(column) if isinstance(column, Times) else None
    if array is not None:
        return array
    values = column.to_list()
    times = times_of(_without_zones(values))
    if times is not None:
        array = temporal_array(times)
        if array is not None:
            return array
        return pa.array([None if value is None else str(value) for value in values], cols.STRING)
    lists = _lists_of_times(values)
    if lists is not None:
        return lists
    known: dict[Value, dict[str, Any]] = {}
    plain = [_plain(value, version, known) for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        texts = pa.array(column_texts(column, version), cols.STRING)
        return pc.if_else(pa.array(~column.is_null()), texts, pa.scalar(None, cols.STRING))


def _lists_of_times(values: list[Value]) -> Any:
    """Lists of temporal values of one type, nulls among both; None of anything else."""
    lists = [value for value in values if isinstance(value, list)]
    if len(lists) + values.count(None) < len(values):
        return None
    times = times_of(_without_zones([item for one in lists for item in one]))
    array = None if times is None else temporal_array(times)
    if array is None:
        return None
    ends = np.cumsum([0, *(len(value) if isinstance(value, list) else 0 for value in values)])
    missing = pa.array([value is None for value in values])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), array, mask=missing)


def _without_zones(values: list[Value]) -> list[Value]:
    """Points in time as such with offsets alone: in several zones, they are of one form."""
    return [replace(value, zone=None) if isinstance(value, DateTime) else value for value in values]


def _plain_lists(lists: Lists, version: GraphVersion) -> Any:
    """Of the type that Arrow finds for Python's lists. Args: lists: as `Lists.alone` gives them"""
    items = lists.items
    if not len(items) or items.is_null().all():
        elements = pa.nulls(len(items))
    else:
        elements = _array(items, version)
        if items.kind is Kind.STRING:
            elements = elements.cast(pa.string())
    ends = np.concatenate([np.zeros(1, np.int64), lists.ends])
    unknown = np.concatenate([lists.is_null(), np.zeros(1, np.bool_)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32(), mask=unknown), elements)


def _plain(value: Value, version: GraphVersion, known: dict[Value, dict[str, Any]]) -> Any:
    """A value made of what Arrow takes."""
    match value:
        case Node() | Edge():
            entity = known.get(value)
            if entity is None:
                entity = known[value] = _entity(value, version, known)
            return entity
        case Path():
            return {
                "nodes": [_plain(node, version, known) for node in value.nodes],
                "relationships": [_plain(edge, version, known) for edge in value.edges],
            }
        case list():
            return [_plain(item, version, known) for item in value]
        case dict():
            return {key: _plain(item, version, known) for key, item in value.items()}
        case _ if isinstance(value, TEMPORALS):
            return str(value)
        case _:
            return value


def _entity(
    value: Node | Edge, version: GraphVersion, known: dict[Value, dict[str, Any]]
) -> dict[str, Any]:
    number = np.array([value.number], np.int64)
    if isinstance(value, Node):
        properties = read.node_properties(version, value.number)
        members: dict[str, Any] = {
            "~id": read.node_ids(version, number).value(0),
            "~labels": list(read.node_labels(version, value.number)),
        }
    else:
        properties = read.edge_properties(version, value.number)
        sources, targets = read.edge_ends(version, number)
        members = {
            "~id": read.edge_ids(version, number).value(0),
            "~start": read.node_ids(version, sources).value(0),
            "~end": read.node_ids(version, targets).value(0),
            "~type": read.edge_type(version, value.number),
        }
    if properties:
        members["~properties"] = _plain(properties, version, known)
    return members
