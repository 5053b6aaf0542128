"""An object store that counts what is put through it: what a save has cost.

Above: save. Below: storage/objects/store (the protocol).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.storage.objects.store import ObjectInfo, ObjectStore


class CountingStore:
    """`store`, with the number and sealed bytes of the objects that were put and not there before."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self.objects = 0
        self.bytes = 0

    @property
    def where(self) -> str:
        return self._store.where

    @property
    def threads(self) -> int:
        return self._store.threads

    @property
    def together_bytes(self) -> int:
        return self._store.together_bytes

    def put(self, name: str, data: bytes) -> None:
        self._store.put(name, data)
        with self._guard:
            self.objects += 1
            self.bytes += len(data)

    def put_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        self._store.put_all(objects)
        with self._guard:
            self.objects += len(objects)
            self.bytes += sum(len(data) for _, data in objects)

    def get(self, name: str) -> bytes:
        return self._store.get(name)

    def expect(self, names: Sequence[str]) -> int:
        return self._store.expect(names)

    def refresh(self, name: str) -> bool:
        return self._store.refresh(name)

    def refresh_all(self, names: Sequence[str]) -> list[bool]:
        return self._store.refresh_all(names)

    def list(self) -> Iterator[ObjectInfo]:
        return self._store.list()

    def delete(self, name: str) -> bool:
        return self._store.delete(name)

    def delete_older(
        self, names: Sequence[str], before: float, check: Callable[[], None]
    ) -> frozenset[str]:
        return self._store.delete_older(names, before, check)

    def sync(self) -> None:
        self._store.sync()

    def remove_leftovers(self, before: float) -> int:
        return self._store.remove_leftovers(before)
