"""Objects in memory, for `--in-memory` and for tests.

Above: sealed. Below: store (the protocol), base/clock.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from seaglass.base.errors import NotFound
from seaglass.storage.objects.store import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.base.clock import Clock


class MemoryObjects:
    """Objects that end with the process."""

    where = "memory"
    threads = 1
    together_bytes = 0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._objects: dict[str, tuple[bytes, float]] = {}

    def put(self, name: str, data: bytes) -> None:
        with self._guard:
            self._objects[name] = (data, self._clock.now())

    def put_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        for name, data in objects:
            self.put(name, data)

    def get(self, name: str) -> bytes:
        with self._guard:
            found = self._objects.get(name)
        if found is None:
            raise NotFound("object", f"object {name} is not in {self.where}")
        return found[0]

    def expect(self, names: Sequence[str]) -> int:
        return len(names)

    def refresh(self, name: str) -> bool:
        with self._guard:
            found = self._objects.get(name)
            if found is not None:
                self._objects[name] = (found[0], self._clock.now())
            return found is not None

    def refresh_all(self, names: Sequence[str]) -> list[bool]:
        return [self.refresh(name) for name in names]

    def list(self) -> Iterator[ObjectInfo]:
        with self._guard:
            infos = [ObjectInfo(n, len(d), t) for n, (d, t) in sorted(self._objects.items())]
        return iter(infos)

    def delete(self, name: str) -> bool:
        with self._guard:
            return self._objects.pop(name, None) is not None

    def delete_older(
        self, names: Sequence[str], before: float, check: Callable[[], None]
    ) -> frozenset[str]:
        check()
        with self._guard:
            old = [n for n in names if n in self._objects and self._objects[n][1] <= before]
            for name in old:
                del self._objects[name]
        return frozenset(old)

    def sync(self) -> None:
        """Nothing to do: memory is as durable as it gets."""

    def remove_leftovers(self, before: float) -> int:  # noqa: ARG002
        return 0
