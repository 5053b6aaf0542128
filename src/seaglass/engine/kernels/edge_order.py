"""A CSR segment in the order of its edges' numbers, and back.

Above: `engine/graph/codec`. Below: Numba, `csr`.
Edges are numbered in the order in which they come, most often by source. So the segment of a group
of targets is close to random by row, and close to a straight line by edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.base.pace import breathe
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.csr import Segment

# Up to so many numbers for each that is there, buckets with a bit for each are faster than sorting.
_SPARSE_MAX = 512
_DIGIT_BITS = 12
# Entries of which a kernel puts some to their places at a time, where others may want the core.
_ENTRIES_A_STEP = 1 << 15
_ZERO, _ONE, _TWO, _FOUR = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
_WORD, _IN_WORD, _TOP_BYTE = np.uint64(6), np.uint64(63), np.uint64(56)
# An entry in its bucket: the lower bits of its edge, its row, its neighbour.
_ROWS_MAX = 1 << 16
_BUCKET = np.uint64(11)
_IN_BUCKET = np.uint64((1 << 11) - 1)
_BUCKET_WORDS = (1 << 11) // 64
_SHORT, _ROW = np.uint64(48), np.uint64(32)
_PAIR = np.uint64(32)
_ROW_MASK, _NEIGHBOUR_MASK = np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)
_FIVES = np.uint64(0x5555555555555555)
_THREES = np.uint64(0x3333333333333333)
_FIFTEENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_EACH_BYTE = np.uint64(0x0101010101010101)


@njit(nogil=True, cache=True)
def _falls(indptr, edges):  # type: ignore[no-untyped-def]
    # Counted throughout, which is a plain loop, and then where a row begins: the difference is in rows.
    falls = 0
    for entry in range(1, len(edges)):
        falls += edges[entry] <= edges[entry - 1]
    between = 0
    before = 0
    for row in range(len(indptr) - 1):
        entry = indptr[row]
        if entry > before and entry < len(edges):
            before = entry
            between += edges[entry] <= edges[entry - 1]
    return falls, between


@njit(nogil=True, cache=True)
def _in_order(indptr, neighbours, edges):  # type: ignore[no-untyped-def]
    # Counted throughout, which is a plain loop, and then where a row begins: the difference is in rows.
    falls = 0
    for entry in range(1, len(edges)):
        level = neighbours[entry] == neighbours[entry - 1]
        falls += (neighbours[entry] < neighbours[entry - 1]) | (
            level & (edges[entry] <= edges[entry - 1])
        )
    before = 0
    for row in range(len(indptr) - 1):
        entry = indptr[row]
        if entry > before and entry < len(edges):
            before = entry
            level = neighbours[entry] == neighbours[entry - 1]
            falls -= (neighbours[entry] < neighbours[entry - 1]) | (
                level & (edges[entry] <= edges[entry - 1])
            )
    return falls == 0


@njit(nogil=True, cache=True)
def _ones(word):  # type: ignore[no-untyped-def]
    # Compilers know these lines for one instruction.
    word -= (word >> _ONE) & _FIVES
    word = (word & _THREES) + ((word >> _TWO) & _THREES)
    word = (word + (word >> _FOUR)) & _FIFTEENS
    return (word * _EACH_BYTE) >> _TOP_BYTE


@njit(nogil=True, cache=True)
def _count_buckets(edges, low, stops):  # type: ignore[no-untyped-def]
    for edge in edges:
        stops[np.uint64(edge - low) >> _BUCKET] += np.uint32(1)


@njit(nogil=True, cache=True)
def _begin_buckets(stops):  # type: ignore[no-untyped-def]
    # From how many there are to where the first of each goes.
    start = np.uint32(0)
    for bucket in range(len(stops)):
        count = stops[bucket]
        stops[bucket] = start
        start += count


@njit(nogil=True, cache=True)
def _to_buckets(segment, rows, low, stops, triples):  # type: ignore[no-untyped-def]
    indptr, neighbours, edges = segment
    entry = np.uint64(indptr[rows[0]])
    for row in range(rows[0], rows[1]):
        upper = np.uint64(row) << _ROW
        stop = np.uint64(indptr[row + 1])
        while entry < stop:
            place = np.uint64(edges[entry] - low)
            bucket = place >> _BUCKET
            at = stops[bucket]
            stops[bucket] = at + np.uint32(1)
            short = (place & _IN_BUCKET) << _SHORT
            triples[at] = short | upper | np.uint64(neighbours[entry])
            entry += _ONE


@njit(nogil=True, cache=True)
def _order_buckets(triples, low, stops, buckets, entries):  # type: ignore[no-untyped-def]
    rows, neighbours, edges = entries
    seen = np.empty(_BUCKET_WORDS, np.uint64)
    before = np.empty(_BUCKET_WORDS, np.uint64)
    start = np.int64(stops[buckets[0] - 1]) if buckets[0] else np.int64(0)
    for bucket in range(buckets[0], buckets[1]):
        stop = np.int64(stops[bucket])
        if stop == start:
            continue
        seen[:] = _ZERO
        for entry in range(start, stop):
            short = triples[entry] >> _SHORT
            seen[short >> _WORD] |= _ONE << (short & _IN_WORD)
        count = np.uint64(start)
        for word in range(_BUCKET_WORDS):
            before[word] = count
            count += _ones(seen[word])
        first = low + (np.int64(bucket) << np.int64(_BUCKET))
        for entry in range(start, stop):
            triple = triples[entry]
            short = triple >> _SHORT
            word = short >> _WORD
            lower = seen[word] & ((_ONE << (short & _IN_WORD)) - _ONE)
            at = before[word] + _ones(lower)
            rows[at] = (triple >> _ROW) & _ROW_MASK
            neighbours[at] = triple & _NEIGHBOUR_MASK
            edges[at] = first + np.int64(short)
        start = stop


@njit(nogil=True, cache=True)
def _count_after(rows, indptr):  # type: ignore[no-untyped-def]
    for row in rows:
        indptr[np.uint64(row) + _ONE] += np.uint32(1)


@njit(nogil=True, cache=True)
def _by_row(entries, following, pairs):  # type: ignore[no-untyped-def]
    # Places are unsigned: of a signed one the kernel would ask whether it counts from the end.
    rows, neighbours, edges = entries
    for entry in range(len(rows)):
        row = np.uint64(rows[entry])
        place = np.uint64(following[row])
        following[row] = np.uint32(place + _ONE)
        pairs[place] = (np.uint64(neighbours[entry]) << _PAIR) | np.uint64(edges[entry])


@njit(nogil=True, cache=True)
def _split(pairs, indptr, neighbours, edges):  # type: ignore[no-untyped-def]
    # Whether pairs ascend is counted as in `_in_order`.
    falls = 0
    for entry in range(len(pairs)):
        pair = pairs[entry]
        falls += pair <= pairs[max(entry - 1, 0)]
        neighbours[entry] = np.int32(pair >> _PAIR)
        edges[entry] = np.int32(pair & _NEIGHBOUR_MASK)
    falls -= min(len(pairs), 1)
    before = np.uint32(0)
    for row in range(len(indptr) - 1):
        entry = indptr[row]
        if entry > before and entry < len(pairs):
            before = entry
            falls -= pairs[entry] <= pairs[entry - np.uint32(1)]
    return falls == 0


def in_order(segment: Segment) -> bool:
    """Whether (neighbour, edge) ascends within every row and does not repeat.

    Args: segment: (indptr, neighbours, edges)
    Cost: less than 1 ns an entry.
    """
    return bool(_in_order(frozen(segment[0]), frozen(segment[1]), frozen(segment[2])))


def edges_rise(indptr: NDArray[Any], edges: NDArray[Any]) -> tuple[bool, bool]:
    """Whether edges ascend within every row, so that `by_row` of `by_edge` is the segment; and
    whether they do throughout.

    Args: int32|int64, of one segment
    Cost: less than 1 ns an entry.
    """
    falls, between = _falls(frozen(indptr), frozen(edges))
    return bool(falls == between), bool(falls == 0)


def by_edge(segment: Segment) -> Segment:
    """The entries of a segment in order of their edges.

    Args: segment: (indptr, neighbours, edges) with one entry at least; no edge is there twice
    Returns: (rows, neighbours, edges), each [m]; rows int32 or int64, the others as given
    Cost: 3 to 60 ns an entry, 8 bytes an entry, and 4 bytes for each 2,048 numbers between the least and the
        greatest edge.
    """
    indptr, neighbours, edges = segment
    count = len(edges)
    low = int(edges.min())
    span = int(edges.max()) - low + 1
    rows = len(indptr) - 1
    if span > _SPARSE_MAX * count or neighbours.dtype != np.int32 or rows > _ROWS_MAX:
        return _sorted_by_edge(segment, low, span)
    shown = frozen(indptr), frozen(neighbours), frozen(edges)
    # Into buckets of edges that are near each other, in order of rows; then each bucket by itself, which
    # is near the processor.
    stops = np.zeros((span - 1 >> int(_BUCKET)) + 1, np.uint32)
    for start in range(0, count, _ENTRIES_A_STEP):
        _count_buckets(shown[2][start : start + _ENTRIES_A_STEP], low, stops)
        breathe()
    _begin_buckets(stops)
    triples = np.empty(count, np.uint64)
    step = max(1, rows * _ENTRIES_A_STEP // count)
    for row in range(0, rows, step):
        _to_buckets(shown, (row, min(row + step, rows)), low, stops, triples)
        breathe()
    entries = np.empty(count, np.int32), np.empty_like(neighbours), np.empty_like(edges)
    ordered = frozen(triples), low, frozen(stops)
    step = max(1, len(stops) * _ENTRIES_A_STEP // count)
    for bucket in range(0, len(stops), step):
        _order_buckets(*ordered, (bucket, min(bucket + step, len(stops))), entries)
        breathe()
    return entries


def _sorted_by_edge(segment: Segment, low: int, span: int) -> Segment:
    indptr, neighbours, edges = segment
    places = edges.astype(np.int64) - low
    order = np.arange(len(edges))
    for shift in range(0, span.bit_length(), _DIGIT_BITS):
        digits = (places >> shift) & ((1 << _DIGIT_BITS) - 1)
        order, _ = counting_order(digits, 1 << _DIGIT_BITS, order)
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return rows[order], neighbours[order], edges[order]


def by_row(
    entries: tuple[NDArray[np.uint16], NDArray[Any], NDArray[Any]], rows: int
) -> Segment | None:
    """The segment of (row, neighbour, edge) entries: those of a row stay in their order.

    Args:
        entries: rows uint16[m], row < rows; neighbours and edges int32|int64[m], >= 0, which are changed
            where both are int32; fewer than 2**31
        rows: at most 65,536
    Returns: (indptr, neighbours, edges); None where (neighbour, edge) does not ascend within every row, or
        repeats
    Cost: about 5 ns an entry, and 8 bytes an entry.
    """
    rows_of, neighbours, edges = entries
    if neighbours.dtype != np.int32 or edges.dtype != np.int32:
        order, indptr = counting_order(rows_of, rows, np.arange(len(rows_of)))
        segment = indptr, neighbours[order], edges[order]
        return segment if in_order(segment) else None
    stops = np.zeros(rows + 1, np.uint32)
    _count_after(frozen(rows_of), stops)
    np.cumsum(stops, out=stops)
    # Both halves of an entry go to their place in one write.
    pairs = np.empty(len(rows_of), np.uint64)
    _by_row((frozen(rows_of), frozen(neighbours), frozen(edges)), stops[:-1].copy(), pairs)
    if not _split(frozen(pairs), frozen(stops), neighbours, edges):
        return None
    return stops.view(np.int32), neighbours, edges
