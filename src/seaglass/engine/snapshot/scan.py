"""Every object of a store, read and checked, whatever names it.

Above: rebuild, verify_store. Below: store, storage/objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from seaglass.base.ahead import ahead
from seaglass.base.errors import Corrupt, NotFound
from seaglass.base.limits import PUT_THREADS
from seaglass.engine.snapshot.manifest import digest_of_name
from seaglass.storage.objects.format import domain_id_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.objects.sealed import SealedObjects
    from seaglass.storage.objects.store import ObjectInfo

    Progress = Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True)
class Scanned:
    """One object: its content and key, or what is wrong with it.

    Args: plain: None with `problem` set, and for an object that has gone since it was listed
    """

    info: ObjectInfo
    key_id: str
    plain: bytes | None
    problem: str


def scan(
    store: Store, progress: Progress = None, bytes_per_second: float = 0.0
) -> Iterator[Scanned]:
    """Read all objects, by name; a few are in memory at a time.

    Args:
        progress: called with the number of objects read and to read
        bytes_per_second: how fast, at most; 0 for as fast as can be
    Raises: Unavailable(storage)
    """
    infos = list(store.raw_objects.list())
    begun, size_bytes = store.clock.monotonic(), 0
    domains = {objects.domain.id: objects for objects in store.all_objects()}
    threads = max(PUT_THREADS, store.raw_objects.threads)
    for done, one in enumerate(ahead(partial(_scanned, store, domains), infos, threads), 1):
        yield one
        size_bytes += one.info.size_bytes
        if bytes_per_second:
            early = size_bytes / bytes_per_second - (store.clock.monotonic() - begun)
            if early > 0:
                store.clock.sleep(early)
        if progress is not None:
            progress(done, len(infos))


def _scanned(store: Store, domains: Mapping[bytes, SealedObjects], info: ObjectInfo) -> Scanned:
    try:
        data = store.raw_objects.get(info.name)
    except NotFound:
        return Scanned(info, "", None, "")
    objects = domains.get(domain_id_in(data))
    if objects is None:
        return Scanned(info, "", None, "no key that is at hand has sealed it, or it is damaged")
    key_id = objects.domain.key_id
    try:
        plain = objects.unsealed(data, digest_of_name(info.name))
    except Corrupt as error:
        return Scanned(info, key_id, None, error.message)
    return Scanned(info, key_id, plain, "")
