"""Chunks that are stored while more of them are made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Unavailable
from seaglass.base.limits import PUTS_AT_ONCE
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.codec import encode_chunk
from seaglass.engine.snapshot.ahead import Ahead, storing_ahead
from seaglass.engine.values import column as cols
from seaglass.storage.keys.domain import domain_of
from seaglass.storage.objects.format import Digest
from seaglass.storage.objects.memory import MemoryObjects
from seaglass.storage.objects.sealed import SealedObjects

if TYPE_CHECKING:
    from seaglass.engine.values.column import Column


class Failing(MemoryObjects):
    """Stores nothing."""

    def put_all(self, objects: object) -> None:
        del objects
        raise Unavailable("storage", "no disk")


def sealed(store: MemoryObjects) -> SealedObjects:
    return SealedObjects(store, domain_of("AWS_OWNED_KEY", b"d" * 32))


def chunks(count: int) -> list[ChunkRef[Column]]:
    return [ChunkRef.of(cols.ints(np.arange(100) + 1000 * number)) for number in range(count)]


def store_all(objects: SealedObjects, refs: list[ChunkRef[Column]]) -> None:
    with storing_ahead(lambda: objects) as ahead:
        for ref in refs:
            ahead.keep(ref)
        ahead.finish()


def test_all_that_was_given_is_stored_once() -> None:
    objects = sealed(MemoryObjects(ManualClock()))
    refs = chunks(200)
    with storing_ahead(lambda: objects) as ahead:
        for ref in refs:
            ahead.keep(ref)
            ahead.keep(refs[0])
        ahead.finish()
        for ref in refs:
            assert ref.digest is not None
            assert objects.get(Digest(ref.digest)) == encode_chunk(ref.get())
    assert len(list(objects.store.list())) == 200


def test_where_nothing_is_given_nothing_is_opened() -> None:
    def opens() -> SealedObjects:
        raise AssertionError

    with storing_ahead(opens) as ahead:
        ahead.finish()


@pytest.mark.parametrize("count", [1, 300])
def test_a_store_that_fails_is_told(count: int) -> None:
    refs = chunks(count)
    objects = sealed(Failing(ManualClock()))
    with pytest.raises(Unavailable, match="no disk"):
        store_all(objects, refs)
    assert all(ref.digest is None for ref in refs)


class Waiting(MemoryObjects):
    """Is slow as long as more comes."""

    ahead: Ahead | None = None

    def refresh(self, name: str) -> bool:
        end = time.monotonic() + 10
        while self.ahead is not None and not self.ahead._stopped and time.monotonic() < end:
            time.sleep(0.001)
        return super().refresh(name)


def test_what_ends_early_leaves_the_rest() -> None:
    store = Waiting(ManualClock())
    refs = chunks(300)
    with storing_ahead(lambda: sealed(store)) as ahead:
        store.ahead = ahead
        for ref in refs:
            ahead.keep(ref)
    assert len(list(store.list())) <= PUTS_AT_ONCE
