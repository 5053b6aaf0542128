"""Where the segments of one type and direction lie in memory, so that one call reads many groups.

Above: `adjacency` keeps it, `expand`, `ends` and `search` read it. Below: `kernels/gather`,
`kernels/marking`.
A group is entered when a node of it is first asked for (a restored graph loads no segment that
nobody needs), and only while its links cost nothing to read: those with a patch are not entered.
The table is derived data: it may be filled by several threads, which write the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.kernels.gather import UNKNOWN, copy_entries, count_entries
from seaglass.engine.kernels.marking import mark, mark_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import CsrSegment, Links
    from seaglass.engine.kernels.gather import Table
    from seaglass.engine.kernels.marking import Marks

    # int64[groups, 4] and bool[groups, 3].
    Arrays = tuple[NDArray[np.int64], NDArray[np.bool_]]

# Entries between two looks at whether the query shall end: some 20 ms.
_BUDGET = 4_000_000


class SegmentTable:
    """The table of `links`, the links of each group of nodes."""

    __slots__ = ("_is_whole", "_links", "_places", "_segments", "_wide")

    def __init__(self, links: Sequence[Links]) -> None:
        self._links = links
        self._places = np.zeros((len(links), 4), np.int64)
        self._places[:, 3] = UNKNOWN
        self._wide = np.zeros((len(links), 3), np.bool_)
        # The segments stay alive as long as the table that has their addresses.
        self._segments: dict[int, CsrSegment] = {}
        self._is_whole = False

    def whole(self) -> Arrays:
        """The table with all groups entered, those with a patch too: as `kernels/search` has it.

        The addresses hold as long as this object lives.
        Cost: when first asked for, segments are loaded and patches merged; else nothing.
        """
        if not self._is_whole:
            for group, links in enumerate(self._links):
                if group not in self._segments:
                    self._add(group, links.segment())
            self._is_whole = True
        return self._places, self._wide

    def degrees(self, nodes: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """int64[n]: entries of each node, 0 for -1; None where a group of theirs has a patch."""
        counts = np.empty(len(nodes), np.int64)
        table = (self._places, self._wide, limits.GROUP_ROWS)
        if count_entries(table, nodes, counts):
            groups = set((nodes[nodes >= 0] // limits.GROUP_ROWS).tolist())
            for group in groups.difference(self._segments):
                if group < len(self._links):
                    self._enter(group)
            if count_entries(table, nodes, counts):
                return None
        return counts

    def copy(
        self,
        nodes: NDArray[np.int64],
        starts: NDArray[np.int64],
        into: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        """Writes neighbours and edges of each node, of which `degrees` has just told the number, to
        its start and after it."""
        copy_entries((self._places, self._wide, limits.GROUP_ROWS), nodes, starts, into)

    def mark(
        self,
        nodes: NDArray[np.int64],
        used: NDArray[np.int64],
        marks: Marks,
        check: Callable[[], None],
    ) -> int:
        """Marks the nodes that the entries of `nodes` lead to; how many of them were not marked.

        Args: nodes, used, marks: as `marking.mark_ends`; check: called now and then
        """
        patched = self._patched_groups(nodes)
        if not patched:
            table = (self._places, self._wide, limits.GROUP_ROWS)
            return _mark_all(table, (nodes, used), marks, check)
        alone = self._changed(nodes, patched)
        places = np.flatnonzero(alone).tolist()
        if len(places) > limits.PATCH_OVERLAY_ROWS:
            for group in patched:
                self._add(group, self._links[group].segment())
            return self.mark(nodes, used, marks, check)
        count = 0
        for place in places:
            check()
            group, row = divmod(int(nodes[place]), limits.GROUP_ROWS)
            neighbours, edges = self._links[group].row(row)
            count += mark(neighbours[~np.isin(edges, used[:, place])], marks)
        # All other rows are as the segments below the patches say, which stay alive meanwhile.
        below = {group: self._links[group].base.get() for group in patched}
        table = (self._places.copy(), self._wide.copy(), limits.GROUP_ROWS)
        for group, segment in below.items():
            _write(table[0], table[1], group, segment)
        return count + _mark_all(table, (nodes[~alone], used[:, ~alone]), marks, check)

    def _patched_groups(self, nodes: NDArray[np.int64]) -> list[int]:
        """Those groups of the nodes whose patch is not merged; the others are entered."""
        patched = []
        for group in np.unique(nodes[nodes >= 0] // limits.GROUP_ROWS).tolist():
            if group < len(self._links) and group not in self._segments:
                self._enter(group)
                if group not in self._segments:
                    patched.append(group)
        return patched

    def _changed(self, nodes: NDArray[np.int64], groups: list[int]) -> NDArray[np.bool_]:
        """bool[n]: of which nodes the row is in the patch of one of these groups."""
        changed = np.zeros(len(nodes), np.bool_)
        for group in groups:
            patch = self._links[group].patch
            places = np.flatnonzero(nodes // limits.GROUP_ROWS == group)
            rows = nodes[places] - group * limits.GROUP_ROWS
            if len(rows) < len(patch):
                changed[places] = [row in patch for row in rows.tolist()]
            else:
                changed[places] = np.isin(rows, np.fromiter(patch, np.int64, len(patch)))
        return changed

    def _enter(self, group: int) -> None:
        links = self._links[group]
        if links.merged:
            self._add(group, links.segment())

    def _add(self, group: int, segment: CsrSegment) -> None:
        self._segments[group] = segment
        _write(self._places, self._wide, group, segment)


def _mark_all(
    table: Table,
    steps: tuple[NDArray[np.int64], NDArray[np.int64]],
    marks: Marks,
    check: Callable[[], None],
) -> int:
    """`SegmentTable.mark` of nodes and used edges, all of whose groups are entered."""
    place = count = 0
    while place < len(steps[0]):
        place, new = mark_ends(table, steps, marks, (place, _BUDGET))
        assert place >= 0
        count += new
        check()
    return count


def _write(
    places: NDArray[np.int64], wide: NDArray[np.bool_], group: int, segment: CsrSegment
) -> None:
    arrays = (segment.indptr, segment.neighbours, segment.edges)
    wide[group] = [array.dtype == np.int64 for array in arrays]
    places[group, :3] = [array.ctypes.data for array in arrays]
    # The number of rows comes last: with it the group is entered.
    places[group, 3] = segment.rows
