"""Adjacency of one edge type: who is linked to whom, in both directions.

Above: `version`, `apply_edges`, `expand`, `fold`, snapshots. Below: `chunk`, `kernels/csr`.

For each group of nodes and each direction there are `Links`: a CSR segment (`base`) and what is
different from it (`patch`), a persistent map from row to the entries added and removed. A small
change makes a new patch; readers of many rows see the merged segment, made once for a `Links` and
kept beside it.

Invariants:
- an entry is (neighbour, edge); entries of a row are sorted; an array is int32 where all of its
  numbers fit, else int64;
- a segment may have fewer rows than its group: the rows past its end have no entries;
- removed entries are in the base, added ones are not; a row of the patch has some of either;
  `changed` counts the entries of the patch;
- an edge is in the links of its source in `out` and in the links of its target in `into`, once,
  while it is alive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from immutables import Map

from seaglass.base import limits
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.segment_table import SegmentTable
from seaglass.engine.kernels.csr import build_segment, merge_segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.kernels.csr import Triples

    Entry = tuple[int, int]

INT32_MAX = 2**31 - 1
# A change goes into a segment at once when it has at least one entry for this many that the segment
# would copy.
_MERGE_RATIO = 32


@dataclass(slots=True, eq=False)
class CsrSegment:
    """Entries of row r: `neighbours[indptr[r]:indptr[r + 1]]`, and `edges` likewise.

    Args:
        indptr: int32|int64[rows + 1]
        neighbours, edges: int32|int64[m]
    """

    indptr: NDArray[Any]
    neighbours: NDArray[Any]
    edges: NDArray[Any]
    _loops: tuple[NDArray[np.int64], NDArray[np.int64]] | None = field(default=None, repr=False)
    _starts: memoryview | None = field(default=None, repr=False)

    def range_of(self, row: int) -> tuple[int, int]:
        """Where the entries of one row begin and end."""
        starts = self._starts
        if starts is None:
            # It gives single numbers in a tenth of the time that the array takes.
            starts = self._starts = self.indptr.data
        return (starts[row], starts[row + 1]) if row + 1 < len(starts) else (0, 0)

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    def degrees(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: entries of each row. Cost: some nanoseconds a row."""
        if self.rows == 0:
            return np.zeros(len(rows), np.int64)
        known = np.minimum(rows, self.rows - 1)
        counts = self.indptr[known + 1] - self.indptr[known]
        return np.where(rows < self.rows, counts, 0).astype(np.int64)

    def loops(self, first: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows, ascending, that are their own neighbours, and how often.

        Args: first: number of the node in row 0; always the same for a segment
        Cost: a pass over the entries the first time.
        """
        if self._loops is None:
            sources = np.repeat(np.arange(first, first + self.rows), np.diff(self.indptr))
            own = sources[sources == self.neighbours] - first
            self._loops = np.unique(own, return_counts=True)
        return self._loops


@dataclass(frozen=True, slots=True)
class RowLinks:
    """What is different in one row: sorted entries (neighbour, edge) added and removed."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]

    def applied(
        self, neighbours: NDArray[np.int64], edges: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The row's entries in the base, without the removed and with the added ones."""
        if self.removed:
            keep = ~np.isin(edges, [edge for _, edge in self.removed])
            neighbours, edges = neighbours[keep], edges[keep]
        if not self.added:
            return neighbours, edges
        new_neighbours, new_edges = np.array(self.added, np.int64).T
        if len(neighbours) == 0:
            return new_neighbours.copy(), new_edges.copy()
        starts = np.searchsorted(neighbours, new_neighbours, "left").tolist()
        stops = np.searchsorted(neighbours, new_neighbours, "right").tolist()
        places = [
            start if start == stop else start + int(np.searchsorted(edges[start:stop], edge))
            for start, stop, (_, edge) in zip(starts, stops, self.added, strict=True)
        ]
        return np.insert(neighbours, places, new_neighbours), np.insert(edges, places, new_edges)


_UNCHANGED = RowLinks((), ())


@dataclass(slots=True, eq=False)
class Links:
    """One direction of one type in one group; never changed once made, but for the derived data."""

    base: ChunkRef[CsrSegment]
    patch: Map[int, RowLinks]
    changed: int
    _merged: CsrSegment | None = field(default=None, repr=False)

    @classmethod
    def empty(cls) -> Links:
        return cls(ChunkRef.of(empty_segment()), Map(), 0)

    @property
    def merged(self) -> bool:
        """Whether `segment` costs nothing."""
        return not self.patch or self._merged is not None

    def segment(self) -> CsrSegment:
        """Base and patch as one segment.

        Cost: one pass over the segment when first asked for in patched links, else nothing.
        """
        if not self.patch:
            return self.base.get()
        if self._merged is None:
            added = [(row, *entry) for row, links in self.patch.items() for entry in links.added]
            gone = [(row, *entry) for row, links in self.patch.items() for entry in links.removed]
            self._merged = _merged(self.base.get(), _triples(added), _triples(gone))
        return self._merged

    def row(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(neighbours, edges) of one row, sorted. Cost: a few microseconds."""
        patch = self.patch.get(row) if self.patch else None
        segment = self.base.get()
        start, stop = segment.range_of(row)
        neighbours = segment.neighbours[start:stop].astype(np.int64)
        edges = segment.edges[start:stop].astype(np.int64)
        return (neighbours, edges) if patch is None else patch.applied(neighbours, edges)

    def neighbours(self, row: int) -> NDArray[Any]:
        """int32|int64[n]: the neighbours of one row, ascending. Cost: a microsecond."""
        if self.patch and row in self.patch:
            return self.row(row)[0]
        segment = self.base.get()
        start, stop = segment.range_of(row)
        return segment.neighbours[start:stop]

    def degree(self, row: int) -> int:
        """Entries of one row."""
        start, stop = self.base.get().range_of(row)
        count = stop - start
        patch = self.patch.get(row) if self.patch else None
        return count if patch is None else count + len(patch.added) - len(patch.removed)

    def degrees(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: entries of each row."""
        if self.merged or len(rows) >= limits.PATCH_OVERLAY_ROWS:
            return self.segment().degrees(rows)
        counts = self.base.get().degrees(rows)
        for place, row in enumerate(rows.tolist()):
            patch = self.patch.get(row)
            if patch is not None:
                counts[place] += len(patch.added) - len(patch.removed)
        return counts

    def loop_counts(self, rows: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        """int64[n]: entries of each row that lead back to it. Args: first: number of the node in
        row 0"""
        counts = np.zeros(len(rows), np.int64)
        if self.merged or len(rows) >= limits.PATCH_OVERLAY_ROWS:
            loops, times = self.segment().loops(first)
        else:
            loops, times = self.base.get().loops(first)
            for place, row in enumerate(rows.tolist()):
                patch = self.patch.get(row)
                if patch is not None:
                    counts[place] += sum(neighbour == row + first for neighbour, _ in patch.added)
                    counts[place] -= sum(neighbour == row + first for neighbour, _ in patch.removed)
        if len(loops):
            places = np.minimum(np.searchsorted(loops, rows), len(loops) - 1)
            counts += np.where(loops[places] == rows, times[places], 0)
        return counts

    def with_added(self, entries: Triples) -> Links:
        """The links with more (row, neighbour, edge) entries, in any order."""
        if self._goes_to_base(len(entries[0])):
            folded = fold_links(self)
            return _based(_merged(folded.base.get(), entries, _triples([])))
        changes: dict[int, RowLinks] = {}
        for row, added in _by_row(entries).items():
            old = self.patch.get(row, _UNCHANGED)
            changes[row] = RowLinks(tuple(sorted((*old.added, *added))), old.removed)
        return self._patched(changes)

    def with_removed(self, entries: Triples) -> Links:
        """The links without the (row, neighbour, edge) entries, all of which they have."""
        if self._goes_to_base(len(entries[0])):
            folded = fold_links(self)
            return _based(_merged(folded.base.get(), _triples([]), entries))
        changes: dict[int, RowLinks] = {}
        for row, entries_gone in _by_row(entries).items():
            old = self.patch.get(row, _UNCHANGED)
            gone = set(entries_gone)
            added = tuple(entry for entry in old.added if entry not in gone)
            removed = gone.difference(old.added)
            changes[row] = RowLinks(added, tuple(sorted((*old.removed, *removed))))
        return self._patched(changes)

    def _goes_to_base(self, count: int) -> bool:
        if self.changed + count >= limits.PATCH_ROWS_HARD:
            return True
        if count < limits.PATCH_BULK_ROWS:
            return False
        return count * _MERGE_RATIO >= len(self.base.get().edges)

    def _patched(self, changes: Mapping[int, RowLinks]) -> Links:
        with self.patch.mutate() as patch:
            changed = self.changed
            for row, links in changes.items():
                old = patch.get(row, _UNCHANGED)
                changed += len(links.added) + len(links.removed)
                changed -= len(old.added) + len(old.removed)
                if links.added or links.removed:
                    patch[row] = links
                elif row in patch:
                    del patch[row]
            left = patch.finish()
        return Links(self.base, left, changed)


@dataclass(frozen=True, slots=True, eq=False)
class TypeAdjacency:
    """All edges of one type.

    Args:
        token: the type's place in the version's `types`
        count: edges
        out / into: links of each group of source / target nodes; groups past the end have none
    """

    token: int
    count: int
    out: tuple[Links, ...]
    into: tuple[Links, ...]
    _tables: dict[str, SegmentTable] = field(default_factory=dict, repr=False)

    def table(self, direction: Literal["out", "in"]) -> SegmentTable:
        """Where the segments of one direction are; derived data."""
        table = self._tables.get(direction)
        if table is None:
            table = SegmentTable(self.out if direction == "out" else self.into)
            self._tables[direction] = table
        return table


def empty_segment() -> CsrSegment:
    nothing = np.zeros(0, np.int32)
    return CsrSegment(np.zeros(1, np.int32), nothing, nothing)


def narrow_segment(triples: Triples) -> CsrSegment:
    """A segment of (indptr, neighbours, edges) in the narrowest types."""
    return CsrSegment(_narrow(triples[0]), _narrow(triples[1]), _narrow(triples[2]))


def fold_links(links: Links) -> Links:
    """The same entries with an empty patch."""
    return _based(links.segment()) if links.patch else links


def rebase_links(folded: Links, before: Links, now: Links) -> Links:
    """What `now` is when `before`, from which it has come by changes, is replaced by `folded`.

    Returns: `now` itself when its segment has been made anew since `before`
    Cost: a pass over the patches.
    """
    if now.base is not before.base or folded is before:
        return now
    if now is before:
        return folded
    changes: dict[int, RowLinks] = {}
    for row in {*before.patch, *now.patch}:
        old, new = before.patch.get(row, _UNCHANGED), now.patch.get(row, _UNCHANGED)
        if old is new:
            continue
        was_added, now_added = set(old.added), set(new.added)
        removed = (set(new.removed) - set(old.removed)) | (was_added - now_added)
        links = RowLinks(tuple(sorted(now_added - was_added)), tuple(sorted(removed)))
        if links.added or links.removed:
            changes[row] = links
    changed = sum(len(links.added) + len(links.removed) for links in changes.values())
    return Links(folded.base, Map(changes), changed)


def _based(segment: CsrSegment) -> Links:
    return Links(ChunkRef.of(segment), Map(), 0)


def _merged(base: CsrSegment, added: Triples, removed: Triples) -> CsrSegment:
    rows = max(base.rows, int(added[0].max(initial=-1)) + 1)
    if base.rows == 0:
        return narrow_segment(build_segment(added, rows))
    arrays = (base.indptr, base.neighbours, base.edges)
    return narrow_segment(merge_segment(arrays, added, removed, rows))


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype == np.int32:
        return array
    wide = array.max(initial=0) > INT32_MAX
    return array.astype(np.int64 if wide else np.int32, copy=False)


def _triples(entries: list[tuple[int, int, int]]) -> Triples:
    table = np.array(entries, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _by_row(entries: Triples) -> dict[int, list[Entry]]:
    rows: dict[int, list[Entry]] = {}
    columns: Iterable[list[int]] = [column.tolist() for column in entries]
    for row, neighbour, edge in zip(*columns, strict=True):
        rows.setdefault(row, []).append((neighbour, edge))
    return rows
