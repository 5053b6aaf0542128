"""From `~id` to node: an immutable hash index that is part of a graph version.

Above: `read`, `apply`, `builder`, snapshots. Below: `chunk` (lazy references), `id_table`, `kernels`
(hash and lookup). An entry is the stable 64-bit hash of an id and the node that has it. Entries are spread
over 2**k partitions by the top k bits of the hash. The index gives candidates: whoever asks
compares the actual `~id` of each.

A partition is a stored chunk (`base`, sorted, behind a lazy reference, so that a restored graph
loads only the partitions it asks for) and `recent`, a persistent map of the few hashes whose nodes
differ from the base. A one-row change replaces one map and one tuple of partitions, and never
copies a chunk. A partition whose map passes RECENT_MAX folds it into a new chunk, on its own: 64
entries are copied for one inserted, whatever the graph's size. So does one that gets FOLDED_AT_ONCE
ids or more at once.

Invariants: hashes ascend in a chunk, and nodes ascend within equal hashes; every hash lies in the
partition of its top bits; `recent[h]` holds all nodes of `h`, ascending, and differs from what the
base has for `h`; `entries` counts nodes. Partitions double when they hold PARTITION_ROWS on
average; they never shrink.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from immutables import Map

from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.id_table import IdTable
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.kernels.hashing import hash_text
from seaglass.engine.kernels.lookup import find_hashes, merge_hashes
from seaglass.engine.values.texts import hash_column
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column

PARTITION_ROWS = 65_536
# A map of this many entries takes about a millisecond to fold into a chunk of PARTITION_ROWS.
RECENT_MAX = 1_024
# To put so many into a map takes as long as to copy a chunk: some 0.2 ms.
FOLDED_AT_ONCE = 64
# As many of a chunk's entries are copied in the time in which one is looked up in a map.
_COPIED_RATIO = 64
# Up to this many ids, one at a time is faster than arrays.
SMALL_IDS = 32
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class IdPartition:
    """A chunk of the index: `nodes[i]` has an id with hash `hashes[i]`.

    hashes: uint64[n], ascending
    nodes: int32|int64[n], int32 where all fit, ascending within equal hashes
    """

    hashes: NDArray[np.uint64]
    nodes: NDArray[Any]


@dataclass(slots=True, eq=False)
class IdSlot:
    """One partition: its chunk, and what differs from it.

    Never changed once in an index, but for what begins with an underscore: derived data, computed
    once when first needed.
    """

    base: ChunkRef[IdPartition]
    recent: Map[int, tuple[int, ...]]
    _merged: IdPartition | None = None
    _views: tuple[memoryview, memoryview] | None = None
    _asked: int = 0

    def with_recent(self, recent: Map[int, tuple[int, ...]]) -> IdSlot:
        """The same chunk with other differences."""
        return IdSlot(self.base, recent, None, self._views)

    def merged(self) -> IdPartition:
        """Base and recent as one chunk.

        Cost: about a millisecond the first time, if there are recent entries.
        """
        if self._merged is None:
            chunk = self.base.get()
            self._merged = _merge_recent(chunk, self.recent) if self.recent else chunk
        return self._merged

    def nodes_of(self, hashed: int) -> tuple[int, ...]:
        """All nodes with this hash, ascending. Cost: about a microsecond."""
        nodes = self.recent.get(hashed) if self.recent else None
        return self.base_nodes_of(hashed) if nodes is None else nodes

    def nodes_of_many(
        self, hashes: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a place in `hashes` and a node with that hash.

        Cost: some 50 ns a hash, 200 more where there are recent entries; a millisecond now and then
        """
        self._asked += len(hashes)
        if self._merged is not None or not self.recent or self._worth_merging():
            return _pairs_of(self.merged(), hashes)
        others = [self.recent.get(hashed) for hashed in hashes.tolist()]
        stored = np.array([nodes is None for nodes in others])
        places, nodes = _pairs_of(self.base.get(), hashes)
        unchanged = stored[places]
        more = [(place, node) for place, now in enumerate(others) if now for node in now]
        added = np.array(more, np.int64).reshape(-1, 2)
        return (
            np.concatenate([places[unchanged], added[:, 0]]),
            np.concatenate([nodes[unchanged], added[:, 1]]),
        )

    def _worth_merging(self) -> bool:
        return self._asked * _COPIED_RATIO > len(self.base.get().hashes)

    def base_nodes_of(self, hashed: int) -> tuple[int, ...]:
        """The nodes that the chunk has for this hash."""
        views = self._views
        if views is None:
            chunk = self.base.get()
            # Of single numbers, a memoryview gives one in a tenth of the time that an array takes.
            views = self._views = chunk.hashes.data, chunk.nodes.data
        hashes, numbers = views
        first = place = bisect_left(hashes, hashed)
        while place < len(hashes) and hashes[place] == hashed:
            place += 1
        if place - first == 1:
            return (numbers[first],)
        return tuple(numbers[first:place])


@dataclass(slots=True, eq=False)
class IdIndex:
    """`slots`: 2**k partitions; `entries`: nodes in all of them. `Final` for frozen, as in `column`."""

    slots: Final[tuple[IdSlot, ...]]
    entries: Final[int]
    # What finds most ids in one call; derived data, which goes from version to version.
    table: Final[IdTable] = field(default_factory=IdTable, repr=False)

    @classmethod
    def empty(cls) -> IdIndex:
        return cls((_slot_of(np.zeros(0, np.uint64), np.zeros(0, np.int32)),), 0)

    def with_ids(self, ids: Column, first: int) -> IdIndex:
        """The index with `ids[i]` for node `first + i`.

        Args: ids: STRING column, all valid; first: larger than every node in the index
        Cost: some microseconds for one id; about 150 ns an id for a million.
        """
        if len(ids) == 1 and self.entries < PARTITION_ROWS * len(self.slots):
            one_more = self._with_id(str(ids.value(0)), first)
            if one_more is not None:
                return one_more
        nodes = np.arange(first, first + len(ids), dtype=np.int64)
        _, hashes = _hashed_rows(ids)
        slots = list(_grown(self.slots, self.entries + len(ids)))
        for place, members in _by_slot(hashes, len(slots)):
            slot = slots[place]
            if len(members) < FOLDED_AT_ONCE and len(members) + len(slot.recent) <= RECENT_MAX:
                pairs = zip(hashes[members].tolist(), nodes[members].tolist(), strict=True)
                slots[place] = _added_recent(slot, pairs)
            else:
                slots[place] = _added_folded(slot.merged(), hashes[members], nodes[members])
        return IdIndex(tuple(slots), self.entries + len(ids), self.table)

    def _with_id(self, text: str, node: int) -> IdIndex | None:
        """The index with one more id; None where its slot has too much that is recent."""
        hashed, place, known = self._looked_up(text)
        slot = self.slots[place]
        if len(slot.recent) >= RECENT_MAX:
            return None
        changed = list(self.slots)
        changed[place] = slot.with_recent(slot.recent.set(hashed, (*known, node)))
        return IdIndex(tuple(changed), self.entries + 1, self.table)

    def _looked_up(self, text: str) -> tuple[int, int, tuple[int, ...]]:
        """The hash of a text, its partition, and the nodes that have the hash, ascending."""
        slots, table = self.slots, self.table
        entered = table.entered
        hashed, found = table.seek(text)
        place = hashed >> (65 - len(slots).bit_length())
        slot = slots[place]
        known = slot.recent.get(hashed)
        if known is None:
            chunk = slot.base.get()
            known = ()
            # That the chunk does not have it is plain where the table was asked of just this chunk.
            if found != 0 or not table.holds(place, chunk) or table.entered != entered:
                known = slot.base_nodes_of(hashed)
                table.enter_partition(place, len(slots), chunk)
        return hashed, place, known

    def without(self, ids: Column, nodes: NDArray[np.int64]) -> IdIndex:
        """The index without `ids[i]` for `nodes[i]`, all of which are in it.

        Args: ids: STRING column[n], all valid; nodes: int64[n], without duplicates
        Cost: as with_ids.
        """
        _, hashes = _hashed_rows(ids)
        slots = list(self.slots)
        for place, members in _by_slot(hashes, len(slots)):
            slot = slots[place]
            if len(members) + len(slot.recent) <= RECENT_MAX:
                pairs = zip(hashes[members].tolist(), nodes[members].tolist(), strict=True)
                slots[place] = _removed_recent(slot, pairs)
            else:
                slots[place] = _removed_folded(slot.merged(), nodes[members])
        return IdIndex(tuple(slots), self.entries - len(ids), self.table)

    def candidates_one(self, text: str) -> tuple[int, ...]:
        """Nodes that may have this `~id`, ascending. Cost: about a microsecond."""
        return self._looked_up(text)[2]

    def candidates(self, ids: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a row of `ids` and a node that may have that `~id`; nulls have none.

        Args: ids: STRING or NULL column
        Returns: (rows int64[m], nodes int64[m]) in no particular order
        Cost: about 100 ns an id for many; one partition is loaded for each that is asked.
        """
        rows, hashes = _hashed_rows(ids)
        found_rows: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        found_nodes: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for place, members in _by_slot(hashes, len(self.slots)):
            slot = self.slots[place]
            if len(members) <= SMALL_IDS:
                pairs = [
                    (m, node) for m in members.tolist() for node in slot.nodes_of(int(hashes[m]))
                ]
                found_rows.append(rows[[member for member, _ in pairs]] if pairs else found_rows[0])
                found_nodes.append(np.array([node for _, node in pairs], np.int64))
                continue
            found, nodes = slot.nodes_of_many(hashes[members])
            found_rows.append(rows[members[found]])
            found_nodes.append(nodes)
        return np.concatenate(found_rows), np.concatenate(found_nodes)


def _shift_of(slots: int) -> int:
    """How far a hash is shifted right to give its partition among 2**k."""
    return 65 - slots.bit_length()


def _by_slot(hashes: NDArray[np.uint64], slots: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """(partition, the positions in `hashes` that belong to it) for each partition that has any."""
    everything = np.arange(len(hashes))
    if len(hashes) == 0:
        return
    if slots == 1:
        yield 0, everything
        return
    shift = _shift_of(slots)
    if len(hashes) <= SMALL_IDS:
        places: dict[int, list[int]] = {}
        for position, hashed in enumerate(hashes.tolist()):
            places.setdefault(hashed >> shift, []).append(position)
        for place, members in sorted(places.items()):
            yield place, np.array(members, np.int64)
        return
    keys = (hashes >> np.uint64(shift)).astype(np.int64)
    order, indptr = counting_order(keys, slots, everything)
    for place in np.flatnonzero(np.diff(indptr)).tolist():
        yield place, order[indptr[place] : indptr[place + 1]]


def _grown(slots: tuple[IdSlot, ...], entries: int) -> tuple[IdSlot, ...]:
    """The same entries in enough partitions for `entries` of them."""
    while entries > PARTITION_ROWS * len(slots):
        bit = _shift_of(len(slots)) - 1
        slots = tuple(half for slot in slots for half in _halves(slot, bit))
    return slots


def _hashed_rows(ids: Column) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The rows that are not null, and their hashes."""
    if ids.kind is not Kind.STRING:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    if len(ids) == 1:
        one = [] if ids.valid is not None else [hash_text(str(ids.value(0)))]
        return np.zeros(len(one), np.int64), np.array(one, np.uint64)
    hashes = hash_column(ids.data)
    if ids.valid is None:
        return np.arange(len(ids)), hashes
    return np.flatnonzero(ids.valid), hashes[ids.valid]


def _pairs_of(
    chunk: IdPartition, hashes: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a place in `hashes` and a node that the chunk has for it."""
    starts, counts = find_hashes(chunk.hashes, hashes)
    places = np.repeat(np.arange(len(hashes)), counts)
    return places, chunk.nodes[_ranges(starts, counts)].astype(np.int64)


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers start, start + 1, ... of each range, one range after the other."""
    ends = np.cumsum(counts)
    return np.repeat(starts - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)


def _added_recent(slot: IdSlot, pairs: Iterable[tuple[int, int]]) -> IdSlot:
    recent = slot.recent.mutate()
    for hashed, node in pairs:
        now = recent.get(hashed)
        recent[hashed] = (*(slot.base_nodes_of(hashed) if now is None else now), node)
    return slot.with_recent(recent.finish())


def _removed_recent(slot: IdSlot, pairs: Iterable[tuple[int, int]]) -> IdSlot:
    recent = slot.recent.mutate()
    for hashed, node in pairs:
        stored = slot.base_nodes_of(hashed)
        left = tuple(other for other in recent.get(hashed, stored) if other != node)
        if left != stored:
            recent[hashed] = left
        elif hashed in recent:
            del recent[hashed]
    return slot.with_recent(recent.finish())


def _added_folded(
    chunk: IdPartition, hashes: NDArray[np.uint64], nodes: NDArray[np.int64]
) -> IdSlot:
    # New nodes are larger than those of the chunk: behind them, equal hashes keep their order of
    # nodes.
    order = np.argsort(hashes, kind="stable")
    return IdSlot(ChunkRef.of(_inserted(chunk, hashes[order], nodes[order])), Map())


def _inserted(
    chunk: IdPartition, hashes: NDArray[np.uint64], nodes: NDArray[np.int64]
) -> IdPartition:
    """The chunk with more entries, in order of their hashes."""
    wide = chunk.nodes.dtype == np.int64 or int(nodes.max(initial=0)) > _INT32_MAX
    dtype = np.int64 if wide else np.int32
    return IdPartition(*merge_hashes((chunk.hashes, chunk.nodes), (hashes, nodes), dtype))


def _removed_folded(chunk: IdPartition, nodes: NDArray[np.int64]) -> IdSlot:
    keep = ~np.isin(chunk.nodes, nodes)
    return _slot_of(chunk.hashes[keep], chunk.nodes[keep])


def _merge_recent(chunk: IdPartition, recent: Map[int, tuple[int, ...]]) -> IdPartition:
    pairs = sorted((hashed, node) for hashed, nodes in recent.items() for node in nodes)
    hashes = np.array([hashed for hashed, _ in pairs], np.uint64)
    nodes = np.array([node for _, node in pairs], np.int64)
    # What the chunk has for any of them is not so any more.
    keep = _others(chunk.hashes, np.sort(np.fromiter(recent.keys(), np.uint64, len(recent))))
    return _inserted(IdPartition(chunk.hashes[keep], chunk.nodes[keep]), hashes, nodes)


def _others(hashes: NDArray[np.uint64], changed: NDArray[np.uint64]) -> NDArray[np.bool_] | slice:
    """The places of `hashes` whose hash is not among `changed`; both ascend, and few are changed."""
    starts, ends = np.searchsorted(hashes, changed), np.searchsorted(hashes, changed, "right")
    if np.array_equal(starts, ends):
        return slice(None)
    keep = np.ones(len(hashes), np.bool_)
    keep[_ranges(starts, ends - starts)] = False
    return keep


def _halves(slot: IdSlot, bit: int) -> tuple[IdSlot, IdSlot]:
    """The slot's entries with this bit of the hash unset, and those with it set."""
    chunk = slot.merged()
    middle = int(np.searchsorted((chunk.hashes >> np.uint64(bit)) & np.uint64(1), 1))
    return (
        _slot_of(chunk.hashes[:middle], chunk.nodes[:middle]),
        _slot_of(chunk.hashes[middle:], chunk.nodes[middle:]),
    )


def _slot_of(hashes: NDArray[np.uint64], nodes: NDArray[Any]) -> IdSlot:
    return IdSlot(ChunkRef.of(IdPartition(hashes, _narrow(nodes))), Map())


def _narrow(nodes: NDArray[Any]) -> NDArray[Any]:
    fits = len(nodes) == 0 or int(nodes.max()) <= _INT32_MAX
    return nodes.astype(np.int32 if fits else np.int64)
