"""Renders a result as the JSON that clients read.

Above: `engine/database`. Below: `alike`, `engine/graph/read`, `engine/values`.

    {"results": [{"column": value, ...}, ...]}

    node            {"~id": "...", "~entityType": "node", "~labels": [...], "~properties": {...}}
    relationship    {"~id": "...", "~entityType": "relationship", "~start": "...", "~end": "...",
                    "~type": "...", "~properties": {...}}
    path            an array of nodes and relationships in turn
    datetime        its point in time in UTC, always with milliseconds; what is finer is cut off
    other temporal  ISO 8601 text, as toString gives it
    float           C's %.17g, with .0 where that shows a whole number; "INF", "-INF", "NaN" as
                    strings

Rows are rendered frame by frame and column by column; all nodes of a frame are read from the graph
together.
Source: spec 03 section 1.3.
"""

from __future__ import annotations

import math
from itertools import pairwise
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.exec.alike import alike
from seaglass.engine.exec.holding import column_bytes, value_bytes
from seaglass.engine.graph import read
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.column import Packed
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import DateTime
from seaglass.engine.values.temporal_text import millis_text, text_of
from seaglass.engine.values.times_texts import millis_texts, texts_of
from seaglass.engine.values.types import Edge, Kind, Node, Path
from seaglass.engine.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame, Row
    from seaglass.engine.values.types import Value

# Up to here entities are read one by one; past it, one property key at a time for all of them.
_FEW_ENTITIES = 32
# A row that is longer comes in pieces: some milliseconds of work, where it holds nodes.
_LONG_BYTES = 256 * 1024


def render(columns: Sequence[str], frames: Iterable[Frame], context: Context) -> Iterator[bytes]:
    """The result as chunks of about RESULT_CHUNK_BYTES, in UTF-8."""
    template = "{" + ", ".join(f"{quoted(name).replace('%', '%%')}: %s" for name in columns) + "}"
    waiting = ['{"results": [']
    size = 0
    separator = ""
    for frame in frames:
        for rows in _rendered(template, columns, frame, context):
            waiting.append(separator)
            separator = ", "
            for text in rows:
                waiting.append(text)
                size += len(text)
                if size >= limits.RESULT_CHUNK_BYTES:
                    context.interrupt.check()
                    yield "".join(waiting).encode()
                    waiting, size = [], 0
    waiting.append("]}")
    yield "".join(waiting).encode()


def render_few(columns: Sequence[str], rows: Sequence[Row], context: Context) -> bytes:
    """As `render`, for rows that are held as values: no column is made of one value."""
    texts = []
    for row in rows:
        context.interrupt.check()
        values = [_value_text(row.values[name], context.version) for name in columns]
        items = [f"{quoted(name)}: {text}" for name, text in zip(columns, values, strict=True)]
        texts.append("{" + ", ".join(items) + "}")
    return f'{{"results": [{", ".join(texts)}]}}'.encode()


def _value_text(value: Value, version: GraphVersion) -> str:
    # Most values are one of these, and hold no entities to be read first.
    if isinstance(value, str):
        return quoted(value)
    if type(value) is int:
        return str(value)
    return _mixed_texts([value], version)[0]


def _rendered(
    template: str, columns: Sequence[str], frame: Frame, context: Context
) -> Iterator[Iterable[str]]:
    """The rows of a frame, RESULT_ROWS at a time, or fewer where they are long; a very long one in
    pieces."""
    most = limits.RESULT_ROWS
    size = 0
    if frame.rows > 1 or _has_values(frame):
        size = sum(map(_shown_bytes, frame.columns.values()))
    if frame.rows == 1 and size > _LONG_BYTES:
        yield _long_row(columns, frame, context.version)
        return
    if size > limits.RESULT_PART_BYTES:
        most = max(1, min(most, limits.RESULT_PART_BYTES * frame.rows // size))
    for start in range(0, frame.rows, most):
        context.interrupt.check()
        part = frame if frame.rows <= most else frame.slice(start, min(start + most, frame.rows))
        if part.rows == 1 and size > limits.RESULT_PART_BYTES:
            yield _long_row(columns, part, context.version)
            continue
        texts = [column_texts(part.columns[name], context.version) for name in columns]
        yield (", ".join(_filled(template, texts)),)


def _shown_bytes(column: Column) -> int:
    """About how much there is to be shown: what stands in many rows is shown in each."""
    rows = len(column)
    if isinstance(column, Lists) and len(column.items):
        times = max(1, column.total // len(column.items))
        return column.nbytes + times * _shown_bytes(column.items)
    if isinstance(column, Maps):
        return sum(map(_shown_bytes, column.columns))
    if column.kind is Kind.MIXED and not isinstance(column, Packed) and rows > 1:
        values = column.data
        if values[0] is values[1]:
            return max(column_bytes(column), value_bytes(values[0]) * rows)
    return column_bytes(column)


def _has_values(frame: Frame) -> bool:
    """Whether there may be lists and maps in it, or long texts."""
    return any(
        column.kind is Kind.MIXED
        or (column.kind is Kind.STRING and column.data.nbytes > _LONG_BYTES)
        for column in frame.columns.values()
    )


def _long_row(columns: Sequence[str], row: Frame, version: GraphVersion) -> Iterator[str]:
    """The one row, in pieces between which a query may end."""
    begin = "{"
    for name in columns:
        yield f"{begin}{quoted(name)}: "
        yield from _column_pieces(row.columns[name], version)
        begin = ", "
    yield "}"


def _column_pieces(column: Column, version: GraphVersion) -> Iterator[str]:
    """The one value of a column; elements of a long list are no objects in between."""
    if column.is_null()[0]:
        yield "null"
    elif isinstance(column, Lists) and column.total:
        start, count = int(column.starts[0]), column.total
        items = column.items.slice(start, start + count)
        each = column_bytes(items) // count + 1
        yield from _joined_pieces(
            items, max(1, min(limits.RESULT_ROWS, _LONG_BYTES // each)), version
        )
    elif isinstance(column, Maps):
        begin = "{"
        for key, part in zip(column.keys, column.columns, strict=True):
            yield f"{begin}{quoted(key)}: "
            yield from _column_pieces(part, version)
            begin = ", "
        yield "}"
    else:
        yield from _pieces(column.value(0), version)


def _joined_pieces(items: Column, count: int, version: GraphVersion) -> Iterator[str]:
    """A list of the values, so many at a time."""
    begin = "["
    for start in range(0, len(items), count):
        yield begin
        part = items.slice(start, min(start + count, len(items)))
        if count == 1:
            yield from _column_pieces(part, version)
        else:
            yield ", ".join(column_texts(part, version))
        begin = ", "
    yield "]"


def _pieces(value: Value, version: GraphVersion) -> Iterator[str]:
    if isinstance(value, str):
        yield '"'
        for start in range(0, len(value), _LONG_BYTES):
            yield quoted(value[start : start + _LONG_BYTES])[1:-1]
        yield '"'
    elif not isinstance(value, list | dict) or not value or value_bytes(value) <= _LONG_BYTES:
        yield _mixed_texts([value], version)[0]
    elif isinstance(value, dict):
        begin = "{"
        for key, item in value.items():
            yield f"{begin}{quoted(key)}: "
            yield from _pieces(item, version)
            begin = ", "
        yield "}"
    else:
        count = max(1, min(limits.RESULT_ROWS, len(value) * _LONG_BYTES // value_bytes(value)))
        begin = "["
        for start in range(0, len(value), count):
            yield begin
            part = value[start : start + count]
            if count == 1:
                yield from _pieces(part[0], version)
            else:
                yield ", ".join(_mixed_texts(part, version))
            begin = ", "
        yield "]"


def column_texts(column: Column, version: GraphVersion) -> list[str]:
    """The JSON text of every value of the column."""
    match column.kind:
        case Kind.NULL:
            return ["null"] * len(column)
        case Kind.BOOL:
            texts = ["true" if value else "false" for value in column.data.tolist()]
        case Kind.INT:
            texts = list(map(str, column.data.tolist()))
        case Kind.FLOAT:
            texts = list(map(float_json, column.data.tolist()))
        case Kind.STRING if isinstance(column, Words):
            texts = column.mapped(list(map(quoted, column.table)))
        case Kind.STRING:
            texts = list(map(quoted, column.data.to_pylist()))
        case Kind.NODE:
            texts = _each_once(_node_texts, column.data, version)
        case Kind.EDGE:
            texts = _each_once(_edge_texts, column.data, version)
        case Kind.MIXED if isinstance(column, Coded):
            known = _mixed_texts(list(column.table), version)
            texts = [known[code] for code in column.codes.tolist()]
        case Kind.MIXED if isinstance(column, Times):
            texts = _times_texts(column)
        case Kind.MIXED if isinstance(column, Lists) and (base := column.base) is not None:
            texts = _list_texts(column, base, version)
        case Kind.MIXED if isinstance(column, Maps):
            texts = _map_texts(column, version)
        case Kind.MIXED:
            return _mixed_texts(column.to_list(), version)
    if column.valid is not None:
        for row in np.flatnonzero(~column.valid).tolist():
            texts[row] = "null"
    return texts


def _times_texts(times: Times) -> list[str]:
    """Of null rows some text."""
    made = millis_texts(times) if times.form.type is DateTime else texts_of(times)
    # They have nothing to be escaped, but for the names of zones, which datetimes do not show here.
    return [f'"{text}"' for text in made]


def _list_texts(lists: Lists, base: int, version: GraphVersion) -> list[str]:
    """Of lists whose elements stand one after the other in `items`, from `base` on."""
    flat = column_texts(lists.items.slice(base, base + lists.total), version)
    ends = lists.ends.tolist()
    return ["[" + ", ".join(flat[begin:end]) + "]" for begin, end in pairwise([0, *ends])]


def _map_texts(maps: Maps, version: GraphVersion) -> list[str]:
    """Of null rows some text."""
    names = [f"{quoted(key).replace('%', '%%')}: %s" for key in maps.keys]
    template = "{" + ", ".join(names) + "}"
    parts = [column_texts(column, version) for column in maps.columns]
    return _filled(template, parts)


def float_json(value: float) -> str:
    """The float as the module says."""
    text = f"{value:.17g}"
    if math.isfinite(value):
        return text if "." in text or "e" in text else f"{text}.0"
    if value != value:
        return '"NaN"'
    return '"INF"' if value > 0 else '"-INF"'


def _mixed_texts(values: list[Value], version: GraphVersion) -> list[str]:
    nodes: set[int] = set()
    edges: set[int] = set()
    for value in values:
        collect_entities(value, nodes, edges)
    known: dict[type, dict[int, str]] = {
        kind: dict(zip(some, render_all(np.array(some, np.int64), version), strict=True))
        for kind, some, render_all in (
            (Node, sorted(nodes), _node_texts),
            (Edge, sorted(edges), _edge_texts),
        )
    }
    return [_text(value, known) for value in values]


def collect_entities(value: Value, nodes: set[int], edges: set[int]) -> None:
    """Adds the numbers of the entities inside a value."""
    match value:
        case Node():
            nodes.add(value.number)
        case Edge():
            edges.add(value.number)
        case Path():
            nodes.update(node.number for node in value.nodes)
            edges.update(edge.number for edge in value.edges)
        case list():
            for item in value:
                collect_entities(item, nodes, edges)
        case dict():
            for item in value.values():
                collect_entities(item, nodes, edges)
        case _:
            pass


def _text(value: Value, known: Mapping[type, dict[int, str]]) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return float_json(value)
        case str():
            return quoted(value)
        case Node():
            return known[Node][value.number]
        case Edge():
            return known[Edge][value.number]
        case list():
            return "[" + ", ".join([_text(item, known) for item in value]) + "]"
        case dict():
            items = [f"{quoted(key)}: {_text(item, known)}" for key, item in value.items()]
            return "{" + ", ".join(items) + "}"
        case Path():
            texts = [_text(node, known) for node in value.nodes]
            for place, edge in enumerate(value.edges):
                texts.insert(2 * place + 1, _text(edge, known))
            return "[" + ", ".join(texts) + "]"
        case DateTime():
            return quoted(millis_text(value))
        case _:
            return quoted(text_of(value))


def _each_once(
    render_all: Callable[[NDArray[np.int64], GraphVersion], list[str]],
    numbers: NDArray[np.int64],
    version: GraphVersion,
) -> list[str]:
    """The texts of entities, of which each is rendered once, however often it is there."""
    if (numbers[1:] > numbers[:-1]).all():
        return render_all(numbers, version)
    different, places = np.unique(numbers, return_inverse=True)
    known = render_all(different, version)
    return [known[place] for place in places.tolist()]


def _node_texts(nodes: NDArray[np.int64], version: GraphVersion) -> list[str]:
    if not len(nodes):
        return []
    heads = [
        column_texts(column, version)
        for column in (read.node_ids(version, nodes), read.labels_column(version, nodes))
    ]
    begin = '{"~id": %s, "~entityType": "node", "~labels": %s, "~properties": '
    if len(nodes) <= _FEW_ENTITIES:
        few = [read.node_properties(version, number) for number in nodes.tolist()]
        return _closed(begin, heads, list(map(_map_text, few)))
    columns = {
        key: read.node_property(version, nodes, key) for key in sorted(read.node_keys(version))
    }
    return _entity_texts(begin, heads, columns, version)


def _edge_texts(edges: NDArray[np.int64], version: GraphVersion) -> list[str]:
    if not len(edges):
        return []
    sources, targets = (read.node_ids(version, ends) for ends in read.edge_ends(version, edges))
    types = read.edge_types(version, edges)
    heads = [
        column_texts(column, version)
        for column in (read.edge_ids(version, edges), sources, targets, types)
    ]
    begin = (
        '{"~id": %s, "~entityType": "relationship", "~start": %s, "~end": %s, "~type": %s, '
        '"~properties": '
    )
    if len(edges) <= _FEW_ENTITIES:
        few = [read.edge_properties(version, number) for number in edges.tolist()]
        return _closed(begin, heads, list(map(_map_text, few)))
    columns = {
        key: read.edge_property(version, edges, key) for key in sorted(read.edge_keys(version))
    }
    return _entity_texts(begin, heads, columns, version)


def _map_text(properties: dict[str, Value]) -> str:
    return _text(properties, {})


def _entity_texts(
    begin: str, heads: list[list[str]], columns: dict[str, Column], version: GraphVersion
) -> list[str]:
    """The text of each entity. Args: begin, heads: what stands before its properties, a template and the texts
    for it; columns: of all keys"""
    rows = len(heads[0])
    parts = alike(columns, rows)
    if parts is None:
        return _closed(begin, heads, _property_texts(columns, rows, version))
    texts = [""] * rows
    for part in parts:
        names = ", ".join(f"{quoted(key).replace('%', '%%')}: %s" for key in part.columns)
        template = f"{begin}{{{names}}}}}"
        own = [column_texts(column, version) for column in part.columns.values()]
        if part.rows is None:
            return _filled(template, [*heads, *own])
        some = part.rows.tolist()
        those = [[head[row] for row in some] for head in heads]
        for row, text in zip(some, _filled(template, [*those, *own]), strict=True):
            texts[row] = text
    return texts


def _closed(begin: str, heads: list[list[str]], properties: list[str]) -> list[str]:
    return _filled(f"{begin}%s}}", [*heads, properties])


def _filled(template: str, columns: list[list[str]]) -> list[str]:
    """A text for each row of the columns."""
    return [template % values for values in zip(*columns, strict=True)]


def _property_texts(columns: dict[str, Column], rows: int, version: GraphVersion) -> list[str]:
    """One JSON object per row, without the keys that the row lacks."""
    parts: list[list[str]] = [[] for _ in range(rows)]
    for key, column in columns.items():
        present = ~column.is_null()
        prefix = f"{quoted(key)}: "
        texts = column_texts(column, version)
        for row in np.flatnonzero(present).tolist():
            parts[row].append(prefix + texts[row])
    return ["{" + ", ".join(part) + "}" for part in parts]
