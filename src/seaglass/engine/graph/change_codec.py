"""Changes <-> bytes: what the write-ahead log holds. The words are those of `binary` and
`column_codec`.

Above: `engine/commit`, recovery. Below: `small_change`, `delta`, `column_codec`, `binary`.

    change  = u8 layout (1), u8 kind, then
              1 CreateNodes      uint first, texts labels, column ids (its rows = count),
                                 map properties
              2 CreateEdges      uint first, text type, numbers sources, packed[rows] targets,
                                 map properties
              3 SetNodeProperty  numbers nodes, text key, column[rows] values
              4 SetEdgeProperty  numbers edges, text key, column[rows] values
              5 SetLabels        numbers nodes, texts added, texts removed
              6 DeleteNodes      numbers nodes
              7 DeleteEdges      numbers edges
              8 SetVectors       numbers nodes, uint d, rows times f32[d] (`vector_codec`)
              9 RemoveVectors    numbers nodes
    changes = uint count, changes
    numbers = uint rows, packed[rows], none below 0
    texts   = uint count, texts
    map     = uint count, (text key, column) with keys ascending and not repeated

Invariants: rows are at most CHANGE_ROWS_MAX and all columns of a change have as many as it; the
rest of what `delta` promises is for whoever applies the change to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from seaglass.base.errors import Exhausted
from seaglass.base.limits import CHANGE_ROWS_MAX
from seaglass.engine.graph.binary import Reader, Writer, damaged, uint_bytes
from seaglass.engine.graph.column_codec import read_column, write_column
from seaglass.engine.graph.delta import (
    Change,
    CreateEdges,
    CreateNodes,
    DeleteEdges,
    DeleteNodes,
    RemoveVectors,
    SetEdgeProperty,
    SetLabels,
    SetNodeProperty,
    SetVectors,
)
from seaglass.engine.graph.small_change import small_bytes
from seaglass.engine.graph.vector_codec import read_dimension, read_numbers, write_numbers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column

_LAYOUT = 1


def encode_change(change: Change, check: Callable[[], None] = lambda: None) -> bytes:
    """Args: check: called between items of long lists; may raise
    Cost: 10 to 20 microseconds for one row.

    Raises: Invalid(illegal_argument) when a value cannot be stored; Exhausted(internal_limit) when
    the change has
        more than CHANGE_ROWS_MAX rows.
    """
    writer = Writer(check)
    _write_change(writer, change)
    return writer.done()


def decode_change(data: bytes) -> Change:
    """Raises: Corrupt when `data` is not what encode_change gives."""
    reader = Reader(data)
    change = _read_change(reader)
    reader.end()
    return change


def encode_changes(changes: Sequence[Change]) -> bytes:
    """The changes of one transaction, in order."""
    return b"".join(encode_parts(changes, lambda: None))


def encode_parts(changes: Sequence[Change], check: Callable[[], None]) -> list[bytes]:
    """The bytes of `encode_changes`, in parts. Args: check: called between changes, and within long ones; may raise"""
    if len(changes) == 1:
        small = small_bytes(changes[0])
        if small is not None:
            return [b"\1", small]
    parts = [uint_bytes(len(changes))]
    for change in changes:
        check()
        parts.append(encode_change(change, check))
    return parts


def decode_changes(data: bytes) -> list[Change]:
    """Raises: Corrupt when `data` is not what encode_changes gives."""
    reader = Reader(data)
    changes = [_read_change(reader) for _ in range(reader.count(2))]
    reader.end()
    return changes


def _write_change(writer: Writer, change: Change) -> None:
    match change:
        case CreateNodes():
            _start(writer, 1, change.count)
            writer.uint(change.first)
            _write_names(writer, change.labels)
            write_column(writer, change.ids)
            _write_properties(writer, change.properties)
        case CreateEdges():
            _start(writer, 2, len(change.sources))
            writer.uint(change.first)
            writer.text(change.type)
            _write_numbers(writer, change.sources)
            writer.packed(change.targets)
            _write_properties(writer, change.properties)
        case SetNodeProperty():
            _write_set(writer, 3, change.nodes, change)
        case SetEdgeProperty():
            _write_set(writer, 4, change.edges, change)
        case SetLabels():
            _start(writer, 5, len(change.nodes))
            _write_numbers(writer, change.nodes)
            _write_names(writer, change.added)
            _write_names(writer, change.removed)
        case DeleteNodes():
            _start(writer, 6, len(change.nodes))
            _write_numbers(writer, change.nodes)
        case SetVectors(nodes, vectors):
            _start(writer, 8, len(nodes))
            _write_numbers(writer, nodes)
            writer.uint(vectors.shape[1])
            write_numbers(writer, vectors)
        case RemoveVectors(nodes):
            _start(writer, 9, len(nodes))
            _write_numbers(writer, nodes)
        case DeleteEdges():
            _start(writer, 7, len(change.edges))
            _write_numbers(writer, change.edges)
        case _:
            assert_never(change)


def _start(writer: Writer, kind: int, rows: int) -> None:
    if rows > CHANGE_ROWS_MAX:
        raise Exhausted(
            "internal_limit",
            f"One clause changes {rows:,} things; the log takes {CHANGE_ROWS_MAX:,} at once."
            " Do it in parts.",
        )
    writer.byte(_LAYOUT)
    writer.byte(kind)


def _write_set(
    writer: Writer,
    kind: int,
    numbers: NDArray[np.int64],
    change: SetNodeProperty | SetEdgeProperty,
) -> None:
    _start(writer, kind, len(numbers))
    _write_numbers(writer, numbers)
    writer.text(change.key)
    write_column(writer, change.values)


def _write_numbers(writer: Writer, numbers: NDArray[np.int64]) -> None:
    writer.uint(len(numbers))
    writer.packed(numbers)


def _write_names(writer: Writer, names: tuple[str, ...]) -> None:
    writer.uint(len(names))
    for name in names:
        writer.text(name)


def _write_properties(writer: Writer, properties: Mapping[str, Column]) -> None:
    writer.uint(len(properties))
    for key in sorted(properties):
        writer.text(key)
        write_column(writer, properties[key])


def _read_change(reader: Reader) -> Change:
    layout = reader.byte()
    if layout != _LAYOUT:
        raise damaged(f"a change of layout {layout}")
    match reader.byte():
        case 1:
            first = reader.uint()
            labels = _read_names(reader)
            ids = read_column(reader, CHANGE_ROWS_MAX)
            if ids.kind is not Kind.STRING or ids.valid is not None or len(ids) == 0:
                raise damaged("new nodes whose ids are not all texts")
            return CreateNodes(first, len(ids), labels, ids, _read_properties(reader, len(ids)))
        case 2:
            first = reader.uint()
            type_ = reader.text()
            sources = _read_numbers(reader)
            targets = _checked(reader.packed(len(sources)))
            return CreateEdges(
                first, type_, sources, targets, _read_properties(reader, len(sources))
            )
        case 3:
            nodes = _read_numbers(reader)
            return SetNodeProperty(nodes, reader.text(), _read_rows(reader, len(nodes)))
        case 4:
            edges = _read_numbers(reader)
            return SetEdgeProperty(edges, reader.text(), _read_rows(reader, len(edges)))
        case 5:
            return SetLabels(_read_numbers(reader), _read_names(reader), _read_names(reader))
        case 6:
            return DeleteNodes(_read_numbers(reader))
        case 7:
            return DeleteEdges(_read_numbers(reader))
        case 8:
            nodes = _read_numbers(reader)
            return SetVectors(nodes, read_numbers(reader, len(nodes), read_dimension(reader)))
        case 9:
            return RemoveVectors(_read_numbers(reader))
        case kind:
            raise damaged(f"a change of kind {kind}")


def _read_numbers(reader: Reader) -> NDArray[np.int64]:
    rows = reader.uint()
    if rows > CHANGE_ROWS_MAX:
        raise damaged(f"a change of {rows} rows")
    return _checked(reader.packed(rows))


def _checked(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(numbers) and int(numbers.min()) < 0:
        raise damaged("a node or edge with a negative number")
    return numbers


def _read_names(reader: Reader) -> tuple[str, ...]:
    return tuple(reader.text() for _ in range(reader.count(1)))


def _read_rows(reader: Reader, rows: int) -> Column:
    column = read_column(reader, rows)
    if len(column) != rows:
        raise damaged(f"a column of {len(column)} rows in a change of {rows}")
    return column


def _read_properties(reader: Reader, rows: int) -> dict[str, Column]:
    properties: dict[str, Column] = {}
    before = ""
    for place in range(reader.count(3)):
        key = reader.text()
        if place and key <= before:
            raise damaged("property keys out of order")
        before = key
        properties[key] = _read_rows(reader, rows)
    return properties
