"""The fastest that this machine can pack, seal and keep some bytes: what a first snapshot is held against.

There are two of it, and both go the same way: zstd as in a save and AES-256-GCM in as many threads, piece
by piece, one after the other into one file, and one fsync. No digests, folders, manifest or reference.

    encoded     the chunks of the snapshot, encoded before the clock starts: the strictest, since no
                snapshot has these bytes without the work of making them
    plain       the columns of nodes and edges, their labels and what is deleted, as plain arrays of their
                values: what a snapshot must hold, and no more. An integer takes eight bytes, however
                narrow it is held. Links and the index of ids follow from those columns, and are
                not counted, though the snapshot stores them
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.figures import seconds
from seaglass.base.limits import PUT_THREADS
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.codec import encode_chunk
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.values.narrow import held
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind
from seaglass.storage.objects.sealed import packer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column


def at_the_limit(version: GraphVersion, name: str, path: Path) -> tuple[float, int, int]:
    """Seconds, bytes written and plain bytes of the limit of a name; the file at `path` goes again."""
    pieces = LIMITS[name](version)
    os.sync()
    spent = seconds(lambda: _write(pieces, path))
    written = path.stat().st_size
    path.unlink()
    return spent, written, sum(memoryview(piece).nbytes for piece in pieces)


def _chunks_of(version: GraphVersion) -> list[bytes]:
    """What a save of a version that is only in memory puts into the store, not yet packed."""
    refs = {id(ref): ref for ref in chunk_refs(version)}
    return [encode_chunk(ref.get()) for ref in refs.values()]


def _plain_arrays(version: GraphVersion) -> list[NDArray[Any]]:
    """The arrays that a snapshot of a version must hold, each once, in pieces of a chunk."""
    found: dict[tuple[int, int], NDArray[Any]] = {}
    for group in (*version.nodes, *version.edges):
        arrays = [array for ref in group.base.columns.values() for array in _arrays_of(ref.get())]
        marks = (*group.base.labels.values(), group.base.alive)
        arrays += [bits.get().bits for bits in marks if bits is not ALL]
        for array in arrays:
            # Chunks may share memory.
            found[array.__array_interface__["data"][0], array.nbytes] = array
    narrow = (np.int8, np.int16, np.int32)
    return [array.astype(np.int64) if array.dtype in narrow else array for array in found.values()]


def _arrays_of(column: Column) -> Iterator[NDArray[Any]]:
    assert column.kind is not Kind.MIXED, "values of several types are no array"
    if column.kind is Kind.STRING:
        data, offsets = text_buffers(column.data)
        yield data[offsets[0] : offsets[-1]]
        yield offsets
    else:
        yield held(column) if column.kind is Kind.INT else column.data
    if column.valid is not None:
        yield column.valid


def _write(pieces: Sequence[bytes | NDArray[Any]], path: Path) -> None:
    aead = AESGCM(AESGCM.generate_key(256))
    own = threading.local()

    def sealed(number: int) -> bytes:
        if not hasattr(own, "compressor"):
            own.compressor = packer()
        packed = own.compressor.compress(memoryview(pieces[number]))
        return aead.encrypt(number.to_bytes(12, "little"), packed, None)

    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(PUT_THREADS) as pool, path.open("wb", buffering=0) as file:
        for number in range(len(pieces)):
            if len(waiting) >= 2 * PUT_THREADS:
                file.write(waiting.popleft().result())
            waiting.append(pool.submit(sealed, number))
        while waiting:
            file.write(waiting.popleft().result())
        os.fsync(file.fileno())


LIMITS: dict[str, Callable[[GraphVersion], Sequence[bytes | NDArray[Any]]]] = {
    "of the encoded bytes": _chunks_of,
    "of the plain arrays": _plain_arrays,
}
