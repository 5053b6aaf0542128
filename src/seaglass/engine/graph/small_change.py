"""One small change -> bytes, put together at once: those that `change_codec` gives with a writer.

Above: `change_codec`. Below: `delta`, `column_codec`, `binary`.
Most commits have one change of one row. A writer's calls, one for each word, take two to three times
as long.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from seaglass.engine.graph.binary import FORM, LONG_ITEMS, Writer, uint_bytes
from seaglass.engine.graph.column_codec import write_column
from seaglass.engine.graph.delta import CreateNodes, SetNodeProperty
from seaglass.engine.values.column import One
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.values.column import Column

_STRING, _INT = Kind.STRING, Kind.INT
# A column of one value that is there: kind, rows, no nulls; then how a number is packed.
_ONE = struct.Struct("<BBBBq")
# Layout and kind; of a SetNodeProperty also how many rows.
_CREATE_NODES, _SET_NODE = b"\1\1", b"\1\3\1"


def small_bytes(change: Change) -> bytes | None:
    """The bytes of a change that sets a property of one node or creates one, with values that are
    held as such and no long lists; None for another.

    Raises: as `encode_change`
    """
    if isinstance(change, SetNodeProperty):
        if type(change.values) is not One or _is_long(change.values):
            return None
        node = FORM.pack(0, int(change.nodes[0]))
        return b"".join((_SET_NODE, node, _text(change.key), _one(change.values)))
    if isinstance(change, CreateNodes) and type(change.ids) is One:
        properties = change.properties
        if any(map(_is_long, properties.values())):
            return None
        parts = [_CREATE_NODES, uint_bytes(change.first), _names(change.labels), _one(change.ids)]
        parts.append(uint_bytes(len(properties)))
        for key, text in _sorted_texts(tuple(properties)):
            parts += (text, _one(properties[key]))
        return b"".join(parts)
    return None


def _is_long(column: Column) -> bool:
    """Whether the value of a column takes so long that its writer had better look at a check."""
    value = column.only if type(column) is One else None
    return type(value) is list and len(value) > LONG_ITEMS


def _one(column: Column) -> bytes:
    if type(column) is One:
        value: Any = column.only
        if column.kind is _INT:
            return _ONE.pack(2, 1, 0, 0, value)
        if column.kind is _STRING:
            encoded: bytes = value.encode()
            return _ONE.pack(4, 1, 0, 0, len(encoded)) + encoded
    writer = Writer()
    write_column(writer, column)
    return writer.done()


@lru_cache(1024)
def _text(text: str) -> bytes:
    writer = Writer()
    writer.text(text)
    return writer.done()


@lru_cache(256)
def _sorted_texts(keys: tuple[str, ...]) -> list[tuple[str, bytes]]:
    return [(key, _text(key)) for key in sorted(keys)]


@lru_cache(256)
def _names(names: tuple[str, ...]) -> bytes:
    return uint_bytes(len(names)) + b"".join(map(_text, names))
