"""The fastest that this machine can pack, seal and keep some bytes: what a first snapshot is held against.

The same chunks as the snapshot's, already encoded, through zstd as there and AES-256-GCM
in as many threads, one after the other into one file, and one fsync. No digests, no folders, no
manifest, no reference, no encoding of columns.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seaglass.base.limits import PUT_THREADS
from seaglass.engine.graph.codec import encode_chunk
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.storage.objects.sealed import packer

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.graph.version import GraphVersion


def plain_chunks(version: GraphVersion) -> list[bytes]:
    """What a save of a version that is only in memory puts into the store, not yet packed."""
    refs = {id(ref): ref for ref in chunk_refs(version)}
    return [encode_chunk(ref.get()) for ref in refs.values()]


def write_at_the_limit(chunks: list[bytes], path: Path) -> None:
    aead = AESGCM(AESGCM.generate_key(256))
    own = threading.local()

    def sealed(number: int) -> bytes:
        if not hasattr(own, "compressor"):
            own.compressor = packer()
        packed = own.compressor.compress(chunks[number])
        return aead.encrypt(number.to_bytes(12, "little"), packed, None)

    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(PUT_THREADS) as pool, path.open("wb", buffering=0) as file:
        for number in range(len(chunks)):
            if len(waiting) >= 2 * PUT_THREADS:
                file.write(waiting.popleft().result())
            waiting.append(pool.submit(sealed, number))
        while waiting:
            file.write(waiting.popleft().result())
        os.fsync(file.fileno())
