"""Chunks that are stored while what they belong to is still being built.

Whoever builds gives each chunk as soon as it is made; the save that comes later finds them stored.
If none comes, they are objects that nothing names, and `gc` collects them.

Above: checkpoint. Below: save.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from seaglass.engine.snapshot.save import plain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.storage.objects.sealed import SealedObjects


class Ahead:
    """What is stored ahead of one save. Safe between threads."""

    def __init__(self, objects: Callable[[], SealedObjects]) -> None:
        """
        Args: objects: opens what it is stored in; called when there is something to store
        """
        self._objects = objects
        self._guard = threading.Lock()
        self._waiting: SimpleQueue[ChunkRef[Any] | None] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None
        self._storing: Future[None] | None = None
        self._stopped = False

    def keep(self, ref: ChunkRef[Any]) -> None:
        """Has a chunk stored; one that is given again is stored once.

        Raises: Exhausted(storage), Unavailable(storage) when an earlier one could not be stored
        """
        with self._guard:
            if self._storing is None:
                self._pool = ThreadPoolExecutor(1, "ahead")
                self._storing = self._pool.submit(self._store, self._objects())
        if self._storing.done():
            self._storing.result()
        self._waiting.put(ref)

    def finish(self) -> None:
        """Waits until all are stored.

        Raises: as keep
        """
        if self._storing is not None:
            self._waiting.put(None)
            self._storing.result()

    def stop(self) -> None:
        """Leaves what is not stored yet, and waits for what is on its way."""
        self._stopped = True
        self._waiting.put(None)
        if self._pool is not None:
            self._pool.shutdown()

    def _store(self, objects: SealedObjects) -> None:
        refs: dict[int, ChunkRef[Any]] = {}

        def plains() -> Iterator[Callable[[], bytes]]:
            while (ref := self._waiting.get()) is not None and not self._stopped:
                if ref.digest is None and id(ref) not in refs:
                    refs[id(ref)] = ref
                    yield partial(plain_of, ref)

        for ref, digest in zip(refs.values(), objects.put_many(plains()), strict=True):
            ref.seal(digest)


@contextmanager
def storing_ahead(objects: Callable[[], SealedObjects]) -> Iterator[Ahead]:
    """An `Ahead` that nothing stores any more when it ends. Args: as Ahead"""
    ahead = Ahead(objects)
    try:
        yield ahead
    finally:
        ahead.stop()
