"""Where the `~id` index and the ids themselves lie in memory, so that one call finds a node.

Above: `id_index` hands it from version to version, `lookup` asks it. Below: `kernels/ids`.
Derived data: it knows what has been asked for, and what it knows may be older or newer than the
version that asks. It is right all the same, because a node never gets another `~id`: whoever asks
sees that the node is there, and alive, in its own version, and looks for itself where nothing is
found.

A chunk is entered when a node is first found in it, so that a restored graph loads none that nobody
needs.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.kernels.ids import find_hash, find_id
from seaglass.engine.values.texts import text_buffers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.id_index import IdPartition
    from seaglass.engine.values.column import Column


class IdTable:
    """The tables of `kernels/ids`, and what they point to. Safe to share between threads.

    Attributes: entered: how often a partition was entered
    """

    __slots__ = ("_groups", "_guard", "_ids", "_partitions", "_slots", "entered")

    def __init__(self) -> None:
        # Held while something is entered: an address stands here only while its chunk is kept.
        self._guard = threading.Lock()
        self._partitions = np.zeros((0, 4), np.int64)
        self._groups = np.zeros((0, 3), np.int64)
        self._slots: dict[int, IdPartition] = {}
        self._ids: dict[int, Column] = {}
        self.entered = 0

    def find(self, text: str) -> int:
        """A node that had this `~id` in some version; -1 if none is known.

        Cost: half a microsecond
        """
        try:
            data = text.encode()
        except UnicodeEncodeError:
            # A lone surrogate: no id has one.
            return -1
        return find_id(data, self._partitions, self._groups, limits.GROUP_ROWS)

    def seek(self, text: str) -> tuple[int, int]:
        """The hash of the text, and whether it is in its partition: 1 or 0; -1 if that is not known.

        The answer is of the chunk that `holds` says, if `entered` has not changed meanwhile.
        Cost: some 0.4 microseconds
        """
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = text.encode("utf-8", "surrogatepass")
        return find_hash(data, self._partitions)

    def holds(self, place: int, chunk: IdPartition) -> bool:
        """Whether the partition at that place is this one."""
        return self._slots.get(place) is chunk

    def enter_partition(self, place: int, partitions: int, chunk: IdPartition) -> None:
        """Notes where a partition of the index is. Args: partitions: how many there are"""
        if self._slots.get(place) is chunk:
            return
        with self._guard:
            if len(self._partitions) != partitions:
                before, self._partitions = self._partitions, np.zeros((partitions, 4), np.int64)
                # Somebody may be about to read it, and what it points to goes.
                before[:, 2] = 0
                self._slots.clear()
            self.entered += 1
            row = self._partitions[place]
            row[2] = 0
            self._slots[place] = chunk
            row[:2] = _address(chunk.hashes), _address(chunk.nodes)
            row[3] = chunk.nodes.dtype == np.int64
            row[2] = len(chunk.hashes)

    def enter_group(self, place: int, ids: Column) -> None:
        """Notes where the ids of a group of nodes are. Args: ids: a STRING column"""
        if self._ids.get(place) is ids:
            return
        with self._guard:
            if place >= len(self._groups):
                before = self._groups
                more = np.zeros((place + 1 - len(before), 3), np.int64)
                self._groups = np.concatenate([before, more])
                before[:, 2] = 0
            row = self._groups[place]
            row[2] = 0
            self._ids[place] = ids
            data, offsets = text_buffers(ids.data)
            row[:2] = _address(offsets), _address(data)
            row[2] = len(ids)


def _address(array: NDArray[np.generic]) -> int:
    address: int = array.ctypes.data
    return address
