"""Chunks <-> bytes: what the object store holds, before it is compressed and sealed.

Above: `engine/snapshot`. Below: `column_codec`, `adaptive`, `binary`, and the payloads of `chunk`.

    chunk     = u8 layout (1 or 2), u8 form, then
                1 column      column (`column_codec`)
                2 bitmap      uint rows, bits[rows]
                3 segment     uint rows, then in layout 2 u8 order (1 where there is none),
                  order 1     by row: packed[rows] degrees (their sum is m),
                              packed[m] neighbours, packed[m] edges
                  order 2     by edge: uint m, packed[m] rows, packed[m] neighbours,
                              packed[m] edges, ascending and not repeated
                              Nothing is below 0; (neighbour, edge) ascends within a row and does
                              not repeat
                4 partition   uint n, n u64 hashes, ascending (in layout 2 packed[n] of their
                              bits as i64), packed[n] nodes, not below 0, ascending within equal
                              hashes
                5 vectors     uint d, 1 to VECTOR_DIMENSION_MAX; uint m, packed[m] rows, below
                              GROUP_ROWS, ascending and not repeated; m times f32[d], finite

The words are those of `binary`, in layout 2 those of `adaptive` and `text_codec`. Columns and
bitmaps have at most GROUP_ROWS rows, segments as well, and at most SEGMENT_ENTRIES_MAX entries, as
partitions have. Bitmaps are written in layout 1, all else in layout 2; each is read in either.

A segment is written by edge where its edges ascend in every row but not throughout: then its rows
are those of a few edges at a time, and the neighbours most often ascend.

Invariants: equal content gives equal bytes, whatever the integer widths in memory; decoding gives
the narrow form. Decoding checks all of the above and raises Corrupt. It cannot see a wrong value
that is possible: whoever stores chunks keeps a digest of these bytes and checks it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from seaglass.base import limits
from seaglass.base.pace import breathe
from seaglass.engine.graph.adaptive import AdaptiveReader, AdaptiveWriter
from seaglass.engine.graph.adjacency import CsrSegment, narrow_segment
from seaglass.engine.graph.binary import Reader, Writer, damaged
from seaglass.engine.graph.chunk import Bitmap, ChunkStats, stats_of
from seaglass.engine.graph.column_codec import read_column, write_column
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.graph.vector_codec import read_dimension, read_numbers, write_numbers
from seaglass.engine.graph.vectors import VectorChunk
from seaglass.engine.kernels.edge_order import by_edge, by_row, edges_rise, in_order
from seaglass.engine.values.column import Column, One
from seaglass.engine.values.narrow import Narrow, narrow
from seaglass.engine.values.packed import Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.csr import Segment

Payload = TypeVar("Payload", Column, Bitmap, CsrSegment, IdPartition, VectorChunk)
AnyPayload: TypeAlias = "Column | Bitmap | CsrSegment | IdPartition | VectorChunk"

# The newest first.
LAYOUTS = (2, 1)
_FORMS = {
    Column: 1,
    One: 1,
    Narrow: 1,
    Times: 1,
    Bitmap: 2,
    CsrSegment: 3,
    IdPartition: 4,
    VectorChunk: 5,
}
_HASH = np.dtype("<u8")
_BY_ROW = 1
_BY_EDGE = 2
# Fewer entries are not worth a look.
_BY_EDGE_MIN = 64


def encode_chunk(payload: AnyPayload) -> bytes:
    """Cost: some passes; about a millisecond for a column of 65,536 integers.

    Raises: Invalid(illegal_argument) when a mixed column holds what cannot be stored.
    """
    return encode_chunk_in(1 if isinstance(payload, Bitmap) else 2, payload)


def encode_with_stats(payload: AnyPayload) -> tuple[bytes, ChunkStats]:
    """`encode_chunk`, and the statistics of the payload, for which most often no pass is needed."""
    layout = 1 if isinstance(payload, Bitmap) else 2
    plain, shorter = _encoded(layout, payload)
    if shorter is None or not isinstance(payload, Column):
        return plain, stats_of(payload)
    bounds = stats_of(shorter)
    return plain, ChunkStats(len(payload), 0, bounds.low, bounds.high)


def encode_chunk_in(layout: int, payload: AnyPayload) -> bytes:
    """The bytes that a version of the program gave that wrote this layout. Raises: as encode_chunk."""
    return _encoded(layout, payload)[0]


def _encoded(layout: int, payload: AnyPayload) -> tuple[bytes, Column | None]:
    """The bytes; of a column what `write_column` returns."""
    assert layout in LAYOUTS
    shorter = None
    writer = Writer() if layout == 1 else AdaptiveWriter()
    writer.byte(layout)
    writer.byte(_FORMS[type(payload)])
    match payload:
        case Column():
            shorter = write_column(writer, payload)
        case Bitmap(bits):
            writer.uint(len(bits))
            writer.bits(bits)
        case CsrSegment():
            _write_segment(writer, payload)
        case IdPartition(hashes, nodes):
            writer.uint(len(hashes))
            if layout == 1:
                writer.raw(hashes.astype(_HASH, copy=False).tobytes())
            else:
                writer.packed(hashes.view(np.int64))
            writer.packed(nodes)
        case VectorChunk(rows, numbers):
            writer.uint(numbers.shape[1])
            writer.uint(len(rows))
            writer.packed(rows)
            write_numbers(writer, numbers)
    return writer.done(), shorter


def decode_chunk(data: bytes, expected: type[Payload]) -> Payload:
    """The payload that `data` holds.

    Args: expected: Column, Bitmap, CsrSegment, IdPartition or VectorChunk, whichever the reference
        is to
    Raises: Corrupt when `data` is not what encode_chunk_in gives for one of those.
    """
    reader = AdaptiveReader(data) if data[:1] == b"\2" else Reader(data)
    layout, form = reader.byte(), reader.byte()
    if layout > max(LAYOUTS):
        raise damaged(
            f"a chunk of layout {layout}, and this program reads up to {max(LAYOUTS)}. If a later "
            "version of seaglass has written it, open it with that"
        )
    if layout not in LAYOUTS or form != _FORMS[expected]:
        raise damaged(f"a chunk of layout {layout} and form {form}, not a {expected.__name__}")
    payload = _READERS[expected](reader)
    reader.end()
    assert isinstance(payload, expected)
    return payload


def _write_segment(writer: Writer, segment: CsrSegment) -> None:
    writer.uint(segment.rows)
    indptr, neighbours, edges = segment.indptr, segment.neighbours, segment.edges
    if isinstance(writer, AdaptiveWriter):
        if len(edges) >= _BY_EDGE_MIN and edges_rise(indptr, edges) == (True, False):
            breathe()
            writer.byte(_BY_EDGE)
            writer.uint(len(edges))
            for numbers in by_edge((indptr, neighbours, edges)):
                writer.packed(numbers)
            return
        writer.byte(_BY_ROW)
    writer.packed(np.diff(indptr))
    writer.packed(neighbours)
    writer.packed(edges)


def _read_column(reader: Reader) -> Column:
    # As the newest layout reads them they are narrow already.
    return narrow(read_column(reader, limits.GROUP_ROWS))


def _read_bitmap(reader: Reader) -> Bitmap:
    return Bitmap(reader.bits(_read_rows(reader)))


def _read_segment(reader: Reader) -> CsrSegment:
    rows = _read_rows(reader)
    order = reader.byte() if isinstance(reader, AdaptiveReader) else _BY_ROW
    if order not in (_BY_ROW, _BY_EDGE):
        raise damaged(f"a segment of order {order}")
    read = _read_by_row if order == _BY_ROW else _read_by_edge
    segment = read(reader, rows)
    if segment is None:
        raise damaged("a segment whose rows are not in order")
    return narrow_segment(segment)


def _read_by_row(reader: Reader, rows: int) -> Segment | None:
    degrees = reader.packed(rows)
    # The largest is looked at before they are summed, so that the sum cannot wrap.
    if rows and not 0 <= int(degrees.min()) <= int(degrees.max()) <= limits.SEGMENT_ENTRIES_MAX:
        raise damaged("a segment with an impossible degree")
    indptr = np.zeros(rows + 1, np.int64)
    np.cumsum(degrees, out=indptr[1:])
    entries = int(indptr[-1])
    _check_entries(entries)
    segment = indptr, reader.packed_narrow(entries), reader.packed_narrow(entries)
    return segment if in_order(segment) else None


def _read_by_edge(reader: Reader, rows: int) -> Segment | None:
    entries = reader.uint()
    _check_entries(entries)
    rows_of = reader.packed_below(entries, rows)
    neighbours, edges = reader.packed_narrow(entries), reader.packed_narrow(entries)
    if not (edges[1:] > edges[:-1]).all():
        raise damaged("a segment by edge whose edges are not in order")
    return by_row((rows_of, neighbours, edges), rows)


def _read_partition(reader: Reader) -> IdPartition:
    if isinstance(reader, AdaptiveReader):
        count = reader.uint()
        _check_entries(count)
        hashes = reader.packed(count).view(np.uint64)
    else:
        count = reader.count(_HASH.itemsize)
        hashes = np.frombuffer(reader.raw(count * _HASH.itemsize), _HASH).astype(np.uint64)
    nodes = reader.packed_narrow(count)
    if not _ascends(hashes, nodes).all():
        raise damaged("a partition of ids that is not in order")
    return IdPartition(hashes, nodes)


def _read_vectors(reader: Reader) -> VectorChunk:
    dimension = read_dimension(reader)
    rows = reader.packed(_read_rows(reader))
    if not (rows[1:] > rows[:-1]).all():
        raise damaged("vectors that are not in order")
    if len(rows) and not 0 <= int(rows[0]) <= int(rows[-1]) < limits.GROUP_ROWS:
        raise damaged("a vector in a row that no block has")
    return VectorChunk(rows.astype(np.int32), read_numbers(reader, len(rows), dimension))


def _check_entries(entries: int) -> None:
    if entries > limits.SEGMENT_ENTRIES_MAX:
        raise damaged(f"a chunk of {entries} entries")


_READERS = {
    Column: _read_column,
    Bitmap: _read_bitmap,
    CsrSegment: _read_segment,
    IdPartition: _read_partition,
    VectorChunk: _read_vectors,
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
