"""Objects in a bucket: `objects/<first two digits>/<name>`, as in a local store.

A put is durable when it is acknowledged. What was put or refreshed lately by this process is known
to be there and young until somebody sweeps (`forget`, which the lease calls), so a save asks for it
once.

Above: sealed, engine/snapshot. Below: client, objects/store (the protocol).
"""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from seaglass.base.errors import NotFound
from seaglass.base.limits import BUCKET_THREADS, GC_GRACE_MS, KNOWN_OBJECTS_MAX
from seaglass.storage.bucket.client import KEYS_AT_ONCE
from seaglass.storage.objects.store import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.base.clock import Clock
    from seaglass.storage.bucket.client import Bucket, Found

_KEY = re.compile(r"objects/[0-9a-f]{2}/([0-9a-f]{64})")
# An object older than this is put again when somebody relies on it: young for as long again.
_REFRESH_SECONDS = GC_GRACE_MS / 1000 / 2
# So long a name is known to be young: it was put or seen when it was at most _REFRESH_SECONDS old.
_KNOWN_SECONDS = GC_GRACE_MS / 1000 / 4


class BucketObjects:
    """Objects as keys; several machines may share the bucket."""

    threads = BUCKET_THREADS
    together_bytes = 0

    def __init__(self, bucket: Bucket, clock: Clock) -> None:
        self._bucket = bucket
        self._clock = clock
        self._guard = threading.Lock()
        self._known: dict[str, float] = {}
        # Moves on when what is known may be wrong; answers that were asked for before do not count.
        self._era = 0

    @property
    def where(self) -> str:
        return self._bucket.where

    def put(self, name: str, data: bytes) -> None:
        era = self._era
        self._bucket.put(_key(name), data)
        self._know(name, era)

    def put_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        for name, data in objects:
            self.put(name, data)

    def get(self, name: str) -> bytes:
        try:
            return self._bucket.get(_key(name))
        except NotFound:
            raise NotFound("object", f"object {name} is not in {self.where}") from None

    def expect(self, names: Sequence[str]) -> int:
        return len(names)

    def refresh(self, name: str) -> bool:
        with self._guard:
            known, era = self._known.get(name), self._era
        if known is not None and self._clock.monotonic() - known < _KNOWN_SECONDS:
            return True
        found = self._bucket.head(_key(name))
        if found is None:
            return False
        if self._clock.now() - found.modified > _REFRESH_SECONDS:
            try:
                self._bucket.put(found.key, self._bucket.get(found.key))
            except NotFound:
                return False
        self._know(name, era)
        return True

    def refresh_all(self, names: Sequence[str]) -> list[bool]:
        return [self.refresh(name) for name in names]

    def forget(self) -> None:
        """Ask the bucket again for everything: somebody has swept it."""
        with self._guard:
            self._known.clear()
            self._era += 1

    def list(self) -> Iterator[ObjectInfo]:
        for found in self._bucket.list("objects/"):
            match = _KEY.fullmatch(found.key)
            if match is not None:
                yield ObjectInfo(match[1], found.size_bytes, found.modified)

    def delete(self, name: str) -> bool:
        if self._bucket.head(_key(name)) is None:
            return False
        self._drop([name])
        return True

    def delete_older(
        self, names: Sequence[str], before: float, check: Callable[[], None]
    ) -> frozenset[str]:
        with ThreadPoolExecutor(BUCKET_THREADS, thread_name_prefix="look") as pool:
            found = pool.map(self._bucket.head, map(_key, names))
            old = [name for name, one in zip(names, found, strict=True) if _is_old(one, before)]
        for start in range(0, len(old), KEYS_AT_ONCE):
            # The looks may have taken longer than the lease under which they were.
            check()
            self._drop(old[start : start + KEYS_AT_ONCE])
        return frozenset(old)

    def sync(self) -> None:
        """Nothing to do: what was acknowledged is durable."""

    def remove_leftovers(self, before: float) -> int:  # noqa: ARG002
        """Nothing to do: parts of uploads that died are the bucket's to expire."""
        return 0

    def _drop(self, names: Sequence[str]) -> None:
        self._bucket.delete([_key(name) for name in names])
        self.forget()

    def _know(self, name: str, era: int) -> None:
        with self._guard:
            if era != self._era:
                return
            if len(self._known) >= KNOWN_OBJECTS_MAX:
                self._known.clear()
            self._known[name] = self._clock.monotonic()


def _key(name: str) -> str:
    assert len(name) == 64, "the name of an object is its digest in hex"
    return f"objects/{name[:2]}/{name}"


def _is_old(found: Found | None, before: float) -> bool:
    return found is not None and found.modified <= before
