"""The embeddings of nodes: at most one vector each, all of one dimension.

Above: `version`, `apply`, `fold`, `builder`, `check`, snapshots, `engine/vector`. Below: `chunk`.

    Vectors
      dimension    numbers of a vector
      block_rows   nodes that one block covers: block b those from b * block_rows on
      count        nodes that have a vector
      blocks       as many as it took when the last node got one

A block is a chunk (`base`, None for no vectors) and what is different from it (`patch`): row -> the
numbers as bytes, or None where the vector of the base is gone. Blocks have about the same size in
bytes whatever the dimension, so they are not the groups of nodes. A vector belongs to no property
and to no group: it is a value of its own beside them.

Invariants: a chunk has at least one vector; a patch takes away only what the base has; nodes with a
vector are alive; all numbers are finite. Nothing here is changed once it is made, but for derived
data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from immutables import Map

from seaglass.base import limits
from seaglass.engine.graph.chunk import ChunkRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

# What numbers are as bytes.
NUMBER = np.dtype("<f4")


@dataclass(frozen=True, slots=True, eq=False)
class VectorChunk:
    """The vectors of some rows of a block. Args: rows: int32[m], ascending; numbers: float32[m, d]"""

    rows: NDArray[np.int32]
    numbers: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    def places(self, rows: NDArray[Any]) -> NDArray[np.int64]:
        """int64[n]: where each row is, -1 where it has no vector."""
        if len(self.rows) == 0:
            return np.full(len(rows), -1, np.int64)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[places] == rows, places, -1)


@dataclass(frozen=True, slots=True, eq=False)
class VectorPart:
    """Vectors that lie together. Args: nodes: int64[m], ascending; numbers: float32[m, d]; shown:
    bool[m], which of them hold; None: all"""

    nodes: NDArray[np.int64]
    numbers: NDArray[np.float32]
    shown: NDArray[np.bool_] | None


@dataclass(slots=True, eq=False)
class VectorBlock:
    """`base` and `patch` as the module says; only derived data is ever added."""

    base: ChunkRef[VectorChunk] | None
    patch: Map[int, bytes | None]
    _shown: NDArray[np.bool_] | None = field(default=None, repr=False)
    _added: VectorChunk | None = field(default=None, repr=False)

    def has(self, row: int) -> bool:
        """Whether a row has a vector."""
        if row in self.patch:
            return self.patch[row] is not None
        return self.base is not None and int(self.base.get().places(np.array([row]))[0]) >= 0

    def chunk(self) -> VectorChunk | None:
        """What the base holds."""
        return None if self.base is None else self.base.get()

    def shown(self) -> NDArray[np.bool_] | None:
        """bool[m]: which vectors of the base hold; None: all. Made once."""
        chunk = self.chunk()
        if chunk is None or not self.patch:
            return None
        if self._shown is None:
            self._shown = ~np.isin(chunk.rows, np.fromiter(self.patch, np.int32, len(self.patch)))
        return self._shown

    def added(self, dimension: int) -> VectorChunk:
        """The vectors of the patch. Made once."""
        if self._added is None:
            pairs = sorted((row, one) for row, one in self.patch.items() if one is not None)
            numbers = np.frombuffer(b"".join([one for _, one in pairs]), NUMBER)
            rows = np.array([row for row, _ in pairs], np.int32)
            self._added = VectorChunk(rows, numbers.reshape(len(pairs), dimension))
        return self._added


_NOTHING = VectorBlock(None, Map())


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """The embeddings of a version, as the module says.

    Attributes:
        shared: what readers above find out, for the versions that come from this one as well
        changes: how many there were since `shared` was made
        found: what readers above find out of this version alone
    """

    dimension: int
    block_rows: int
    count: int
    blocks: tuple[VectorBlock, ...]
    shared: dict[str, object] = field(default_factory=dict, repr=False)
    changes: int = field(default=0, repr=False)
    found: dict[object, NDArray[np.bool_]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def empty(cls, dimension: int) -> Vectors:
        """No vectors yet. Args: dimension: at least 1"""
        assert dimension >= 1
        fitting = limits.VECTOR_BLOCK_BYTES // (NUMBER.itemsize * dimension)
        rows = min(limits.GROUP_ROWS, 1 << max(0, fitting.bit_length() - 1))
        return cls(dimension, rows, 0, ())

    def one(self, node: int) -> NDArray[np.float32] | None:
        """The vector of a node, None where it has none."""
        has, numbers = self.gather(np.array([node], np.int64))
        return numbers[0] if has[0] else None

    def has(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[n]: which nodes (>= -1) have a vector. Cost: as gather, without copying vectors."""
        found = np.zeros(len(nodes), np.bool_)
        for block, places, rows in self._by_block(nodes):
            found[places] = _has(block, rows)
        return found

    def gather(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """The vectors of nodes (>= -1), which may repeat.

        Returns: bool[n], which of them have one; float32[m, d], the vectors of those, in order
        """
        has = self.has(nodes)
        found = nodes[has]
        numbers = np.empty((len(found), self.dimension), np.float32)
        for block, places, rows in self._by_block(found):
            _copy(block, rows, numbers, places)
        return has, numbers

    def parts(self) -> Iterator[VectorPart]:
        """All vectors, where they lie, in order of blocks. Cost: chunks are loaded."""
        for place in range(len(self.blocks)):
            yield from self.parts_of(place, patch_only=False)

    def parts_of(self, place: int, *, patch_only: bool) -> Iterator[VectorPart]:
        """The vectors of one block; those of its patch, and those of its chunk that still hold."""
        block = self.blocks[place]
        first = np.int64(place * self.block_rows)
        chunk = None if patch_only else block.chunk()
        if chunk is not None:
            yield VectorPart(chunk.rows + first, chunk.numbers, block.shown())
        if block.patch:
            added = block.added(self.dimension)
            if len(added):
                yield VectorPart(added.rows + first, added.numbers, None)

    def nodes(self) -> NDArray[np.int64]:
        """int64[count]: the nodes that have a vector, ascending."""
        found = [
            part.nodes if part.shown is None else part.nodes[part.shown] for part in self.parts()
        ]
        return np.sort(np.concatenate([np.zeros(0, np.int64), *found]))

    def with_vectors(self, nodes: NDArray[np.int64], numbers: NDArray[np.float32]) -> Vectors:
        """With `numbers[i]` as the vector of `nodes[i]`; of a node that repeats, the last.

        Args: nodes: int64[n], n > 0, >= 0; numbers: float32[n, d], finite; copied
        Cost: a microsecond or two a vector for few; a copy of the blocks for many
        """
        assert numbers.shape == (len(nodes), self.dimension)
        unique, from_end = np.unique(nodes[::-1], return_index=True)
        last = len(nodes) - 1 - from_end
        new = int(np.count_nonzero(~self.has(unique)))

        def edit(block: VectorBlock, rows: NDArray[np.int64], places: slice) -> VectorBlock:
            return self._with_rows(block, rows, numbers[last[places]])

        return self._edited(unique, edit, self.count + new)

    def without(self, nodes: NDArray[np.int64]) -> Vectors:
        """Without the vectors of the nodes, which need not have any and may repeat."""
        unique = np.unique(nodes)
        gone = unique[self.has(unique)]
        if not len(gone):
            return self
        return self._edited(gone, self._without_rows, self.count - len(gone))

    @property
    def bulk_rows(self) -> int:
        """From so many rows of a block on, its chunk is made anew and a patch is folded."""
        return max(1, self.block_rows // limits.VECTOR_PATCH_SHARE)

    def _with_rows(
        self, block: VectorBlock, rows: NDArray[np.int64], numbers: NDArray[np.float32]
    ) -> VectorBlock:
        """Args: rows: ascending, without duplicates"""
        if len(rows) < min(self.bulk_rows, limits.PATCH_BULK_ROWS):
            whole = numbers.astype(NUMBER, copy=False)
            added = {row: one.tobytes() for row, one in zip(rows.tolist(), whole, strict=True)}
            return self._patched(block, block.patch.update(added))
        chunk = VectorChunk(rows.astype(np.int32), np.ascontiguousarray(numbers))
        folded = fold_block(block, self.dimension)
        return _based(_merged(folded.chunk(), chunk, chunk.rows))

    def _without_rows(self, block: VectorBlock, rows: NDArray[np.int64], _: slice) -> VectorBlock:
        chunk = block.chunk()
        if chunk is not None and len(rows) >= min(self.bulk_rows, limits.PATCH_BULK_ROWS):
            folded = fold_block(block, self.dimension).chunk()
            nothing = VectorChunk(chunk.rows[:0], chunk.numbers[:0])
            return _based(_merged(folded, nothing, rows.astype(np.int32)))
        in_base = np.zeros(len(rows), np.bool_) if chunk is None else chunk.places(rows) >= 0
        patch = block.patch
        for row, known in zip(rows.tolist(), in_base.tolist(), strict=True):
            patch = patch.set(row, None) if known else patch.delete(row)
        return self._patched(block, patch)

    def _patched(self, block: VectorBlock, patch: Map[int, bytes | None]) -> VectorBlock:
        changed = VectorBlock(block.base, patch)
        too_large = len(patch) > max(1, self.block_rows // 2)
        return fold_block(changed, self.dimension) if too_large else changed

    def _edited(
        self,
        nodes: NDArray[np.int64],
        edit: Callable[[VectorBlock, NDArray[np.int64], slice], VectorBlock],
        count: int,
    ) -> Vectors:
        """Args: nodes: ascending, n > 0"""
        blocks = list(self.blocks)
        last = int(nodes[-1]) // self.block_rows
        blocks.extend([_NOTHING] * (last + 1 - len(blocks)))
        for place, start, stop in _runs(nodes, self.block_rows):
            rows = nodes[start:stop] - place * self.block_rows
            blocks[place] = edit(blocks[place], rows, slice(start, stop))
        return Vectors(
            self.dimension, self.block_rows, count, tuple(blocks), self.shared, self.changes + 1
        )

    def _by_block(
        self, nodes: NDArray[np.int64]
    ) -> Iterator[tuple[VectorBlock, NDArray[np.int64], NDArray[np.int64]]]:
        """For each block that has some of the nodes: where they are among them, and their rows."""
        order = np.argsort(nodes, kind="stable")
        ordered = nodes[order]
        for place, start, stop in _runs(ordered, self.block_rows):
            if 0 <= place < len(self.blocks):
                rows = ordered[start:stop] - place * self.block_rows
                yield self.blocks[place], order[start:stop], rows


def fold_block(block: VectorBlock, dimension: int) -> VectorBlock:
    """The same vectors without a patch. Cost: a copy of the block."""
    if not block.patch:
        return block
    gone = np.fromiter(block.patch, np.int32, len(block.patch))
    return _based(_merged(block.chunk(), block.added(dimension), gone))


def rebase_block(folded: VectorBlock, before: VectorBlock, now: VectorBlock) -> VectorBlock:
    """What `now` is when `before`, from which it has come by changes, is replaced by `folded`.

    Returns: `now` itself when its chunk has been made anew since `before`
    """
    if now.base is not before.base or folded is before:
        return now
    if now is before:
        return folded
    patch = {
        row: one
        for row, one in now.patch.items()
        if row not in before.patch or before.patch[row] is not one
    }
    # Added before and taken away since: only the new base has it.
    patch.update((row, None) for row in before.patch if row not in now.patch)
    return VectorBlock(folded.base, Map(patch))


def _has(block: VectorBlock, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    chunk = block.chunk()
    found = np.zeros(len(rows), np.bool_) if chunk is None else chunk.places(rows) >= 0
    if block.patch:
        for place, row in enumerate(rows.tolist()):
            if row in block.patch:
                found[place] = block.patch[row] is not None
    return found


def _copy(
    block: VectorBlock,
    rows: NDArray[np.int64],
    numbers: NDArray[np.float32],
    places: NDArray[np.int64],
) -> None:
    """Writes the vectors of rows, which have one, to `places` of `numbers`."""
    chunk = block.chunk()
    if chunk is not None:
        numbers[places] = chunk.numbers[np.maximum(chunk.places(rows), 0)]
    if block.patch:
        for place, row in zip(places.tolist(), rows.tolist(), strict=True):
            one = block.patch.get(row)
            if one is not None:
                numbers[place] = np.frombuffer(one, NUMBER)


def _based(chunk: VectorChunk | None) -> VectorBlock:
    return VectorBlock(None if chunk is None or not len(chunk) else ChunkRef.of(chunk), Map())


def _merged(base: VectorChunk | None, added: VectorChunk, gone: NDArray[np.int32]) -> VectorChunk:
    """The rows of `base` but those that are gone, and those that are added."""
    if base is None:
        return added
    kept = ~np.isin(base.rows, gone)
    rows = np.concatenate([base.rows[kept], added.rows])
    order = np.argsort(rows, kind="stable")
    numbers = np.concatenate([base.numbers[kept], added.numbers])
    return VectorChunk(rows[order], numbers[order])


def _runs(nodes: NDArray[np.int64], block_rows: int) -> Iterator[tuple[int, int, int]]:
    """(block, first, end) of the nodes, which ascend, of each block."""
    if not len(nodes):
        return
    blocks = nodes // block_rows
    bounds = [0, *(np.flatnonzero(blocks[1:] != blocks[:-1]) + 1).tolist(), len(nodes)]
    for start, stop in pairwise(bounds):
        yield int(blocks[start]), start, stop


def changed_vectors(before: Vectors | None, after: Vectors | None) -> NDArray[np.int64]:
    """The nodes whose vectors differ, ascending; blocks that are shared are not looked at."""
    sides = [one for one in (before, after) if one is not None]
    if len(sides) < 2 or _shape(sides[0]) != _shape(sides[1]):
        return np.unique(np.concatenate([np.zeros(0, np.int64), *(one.nodes() for one in sides)]))
    left, right = sides
    found = [np.zeros(0, np.int64)]
    for place in range(max(len(left.blocks), len(right.blocks))):
        one, other = (
            side.blocks[place] if place < len(side.blocks) else _NOTHING for side in sides
        )
        if one is not other:
            rows = _changed_rows(
                fold_block(one, left.dimension), fold_block(other, right.dimension)
            )
            found.append(rows.astype(np.int64) + place * left.block_rows)
    return np.concatenate(found)


def _shape(vectors: Vectors) -> tuple[int, int]:
    return vectors.dimension, vectors.block_rows


def _changed_rows(one: VectorBlock, other: VectorBlock) -> NDArray[np.int32]:
    """Rows that differ, of blocks without patches."""
    if one.base is other.base:
        return np.zeros(0, np.int32)
    digests = [None if block.base is None else block.base.digest for block in (one, other)]
    if digests[0] is not None and digests[0] == digests[1]:
        return np.zeros(0, np.int32)
    left, right = one.chunk(), other.chunk()
    if left is None or right is None:
        chunk = right if left is None else left
        return np.zeros(0, np.int32) if chunk is None else chunk.rows
    common, here, there = np.intersect1d(
        left.rows, right.rows, assume_unique=True, return_indices=True
    )
    same = common[(left.numbers[here] == right.numbers[there]).all(axis=1)]
    return np.setdiff1d(np.union1d(left.rows, right.rows), same, assume_unique=True)
