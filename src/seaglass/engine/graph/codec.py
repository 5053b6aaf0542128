"""Chunks <-> bytes: what the object store holds, before it is compressed and sealed.

Above: `engine/snapshot`. Below: `column_codec`, `binary`, and the payloads of `chunk`.

    chunk     = u8 layout (1), u8 form, then
                1 column      column (`column_codec`)
                2 bitmap      uint rows, bits[rows]
                3 segment     uint rows, packed[rows] degrees (their sum is m),
                              packed[m] neighbours, packed[m] edges; nothing below 0;
                              (neighbour, edge) ascends within a row and does not repeat
                4 partition   uint n, n u64 hashes, ascending, packed[n] nodes, not below 0,
                              ascending within equal hashes

The words are those of `binary`. Columns and bitmaps have at most GROUP_ROWS rows, segments as well,
and at most SEGMENT_ENTRIES_MAX entries.

Invariants: equal content gives equal bytes, whatever the integer widths in memory; decoding gives
the narrow form. Decoding checks all of the above and raises Corrupt. It cannot see a wrong value
that is possible: whoever stores chunks keeps a digest of these bytes and checks it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.adjacency import CsrSegment, narrow_segment
from seaglass.engine.graph.binary import Reader, Writer, damaged
from seaglass.engine.graph.chunk import Bitmap
from seaglass.engine.graph.column_codec import read_column, write_column
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.values.column import Column, One

if TYPE_CHECKING:
    from numpy.typing import NDArray

Payload = TypeVar("Payload", Column, Bitmap, CsrSegment, IdPartition)

_LAYOUT = 1
_FORMS = {Column: 1, One: 1, Bitmap: 2, CsrSegment: 3, IdPartition: 4}
_HASH = np.dtype("<u8")


def encode_chunk(payload: Column | Bitmap | CsrSegment | IdPartition) -> bytes:
    """Cost: one pass; about a millisecond for a column of 65,536 integers.

    Raises: Invalid(illegal_argument) when a mixed column holds what cannot be stored.
    """
    writer = Writer()
    writer.byte(_LAYOUT)
    writer.byte(_FORMS[type(payload)])
    match payload:
        case Column():
            write_column(writer, payload)
        case Bitmap(bits):
            writer.uint(len(bits))
            writer.bits(bits)
        case CsrSegment():
            writer.uint(payload.rows)
            writer.packed(np.diff(payload.indptr))
            writer.packed(payload.neighbours)
            writer.packed(payload.edges)
        case IdPartition(hashes, nodes):
            writer.uint(len(hashes))
            writer.raw(hashes.astype(_HASH, copy=False).tobytes())
            writer.packed(nodes)
    return writer.done()


def decode_chunk(data: bytes, expected: type[Payload]) -> Payload:
    """The payload that `data` holds.

    Args: expected: Column, Bitmap, CsrSegment or IdPartition, whichever the reference is to
    Raises: Corrupt when `data` is not what encode_chunk gives for one of those.
    """
    reader = Reader(data)
    layout, form = reader.byte(), reader.byte()
    if layout != _LAYOUT or form != _FORMS[expected]:
        raise damaged(f"a chunk of layout {layout} and form {form}, not a {expected.__name__}")
    payload = _READERS[expected](reader)
    reader.end()
    assert isinstance(payload, expected)
    return payload


def _read_column(reader: Reader) -> Column:
    return read_column(reader, limits.GROUP_ROWS)


def _read_bitmap(reader: Reader) -> Bitmap:
    return Bitmap(reader.bits(_read_rows(reader)))


def _read_segment(reader: Reader) -> CsrSegment:
    rows = _read_rows(reader)
    degrees = reader.packed(rows)
    # The largest is looked at before they are summed, so that the sum cannot wrap.
    if rows and not 0 <= int(degrees.min()) <= int(degrees.max()) <= limits.SEGMENT_ENTRIES_MAX:
        raise damaged("a segment with an impossible degree")
    indptr = np.zeros(rows + 1, np.int64)
    np.cumsum(degrees, out=indptr[1:])
    entries = int(indptr[-1])
    if entries > limits.SEGMENT_ENTRIES_MAX:
        raise damaged(f"a segment of {entries} entries")
    neighbours, edges = reader.packed(entries), reader.packed(entries)
    if entries and min(int(neighbours.min()), int(edges.min())) < 0:
        raise damaged("a segment with a negative number")
    ascends = _ascends(neighbours, edges)
    ascends[indptr[1:-1][(indptr[1:-1] > 0) & (indptr[1:-1] < entries)] - 1] = True
    if not ascends.all():
        raise damaged("a segment whose rows are not in order")
    return narrow_segment((indptr, neighbours, edges))


def _read_partition(reader: Reader) -> IdPartition:
    count = reader.count(_HASH.itemsize)
    hashes = np.frombuffer(reader.raw(count * _HASH.itemsize), _HASH).astype(np.uint64)
    nodes = reader.packed(count)
    if not _ascends(hashes, nodes).all() or (count and int(nodes.min()) < 0):
        raise damaged("a partition of ids that is not in order")
    fits = nodes.max(initial=0) <= np.iinfo(np.int32).max
    return IdPartition(hashes, nodes.astype(np.int32 if fits else np.int64))


_READERS = {
    Column: _read_column,
    Bitmap: _read_bitmap,
    CsrSegment: _read_segment,
    IdPartition: _read_partition,
}


def _read_rows(reader: Reader) -> int:
    rows = reader.uint()
    if rows > limits.GROUP_ROWS:
        raise damaged(f"a chunk of {rows} rows")
    return rows


def _ascends(
    first: NDArray[np.int64] | NDArray[np.uint64], second: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """bool[n - 1]: where the next pair is larger."""
    rises: NDArray[np.bool_] = first[1:] > first[:-1]
    level: NDArray[np.bool_] = (first[1:] == first[:-1]) & (second[1:] > second[:-1])
    return rises | level
