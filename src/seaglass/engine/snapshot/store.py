"""One data folder, and the store that it uses, as snapshots see them: refs, objects, keys, logs, locks.

Above: save, load, gc, verify, checkpoint, recover, database. Below: layout, refs, shared, storage.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from seaglass.base.errors import Conflict, NotFound, Unavailable
from seaglass.base.helpers import Helpers
from seaglass.base.kms import Kms
from seaglass.base.limits import OBJECTS_LOCK_WAIT_MS, SAVE_THREADS
from seaglass.engine.snapshot.refs import Refs, RetiredRef
from seaglass.engine.snapshot.shared import folder_shared
from seaglass.storage.keys.aws import AwsKeyRing
from seaglass.storage.keys.domain import Domains
from seaglass.storage.keys.local import LocalKeyRing
from seaglass.storage.keys.ring import KeyRings
from seaglass.storage.objects.sealed import SealedObjects
from seaglass.storage.wal.log import Log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.base.clock import Clock
    from seaglass.base.files import Files
    from seaglass.base.rng import Rng
    from seaglass.engine.snapshot.layout import Layout
    from seaglass.engine.snapshot.shared import Shared
    from seaglass.storage.objects.store import ObjectStore

# The objects lock is held for milliseconds at a time, so this is how finely its waiters look.
_LOOK_SECONDS = 0.01
# Who takes it again and again lets go of it for so many of their looks, after so many times as long.
_LOOKS = 2
_WORK_TIMES = 10


class ObjectsHeld(Protocol):
    """The objects lock while it is held."""

    def check(self) -> None:
        """Called before each step that counts (a ref, a deletion).

        Raises: Unavailable(storage) when somebody else may hold it by now
        """
        ...


class _FolderHeld:
    """The lock of a folder ends with its process, and only then."""

    def check(self) -> None:
        """Nothing can have happened to it."""


_FOLDER_HELD = _FolderHeld()


class Store:
    """A data folder and the store that it uses. Safe to share between threads; other processes may
    work in it too."""

    def __init__(
        self,
        files: Files,
        layout: Layout,
        clock: Clock,
        rng: Rng,
        kms: Kms = Kms.LOCAL,
        *,
        shared: Shared | None = None,
        keys: LocalKeyRing | None = None,
    ) -> None:
        """
        Args:
            shared: the folder itself unless another is given
            keys: the local key ring, that in the folder unless another is given
        """
        self.files = files
        self.layout = layout
        self.clock = clock
        self.rng = rng
        self.shared = shared or folder_shared(files, layout)
        self.helpers = Helpers(SAVE_THREADS, "save")
        self.refs = Refs(files, layout, self.shared)
        self.raw_objects = self.shared.objects
        self.keys = keys or LocalKeyRing(files, layout.keys, clock, rng)
        ring = KeyRings(self.keys, AwsKeyRing()) if kms is Kms.AWS else self.keys
        self.domains = Domains(self.shared.files, self.shared.layout.domains, ring, rng)

    def close(self) -> None:
        """Ends the threads that are kept; harmless when repeated."""
        self.helpers.close()
        self.files.close()

    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)

    def objects(self, key_id: str, through: ObjectStore | None = None) -> SealedObjects:
        """The objects sealed under a key that this store knows.

        Args: through: what they are read and written through, in place of `raw_objects`
        Raises: NotFound(key); Conflict(state) for a disabled key
        """
        return SealedObjects(through or self.raw_objects, self.domains.open(key_id))

    def all_objects(self) -> list[SealedObjects]:
        """The objects of each key that has been used in this store, and can be used now.

        Raises: Corrupt(corrupt)
        """
        found = []
        for key_id in self.domains.key_ids():
            with suppress(NotFound, Conflict):
                found.append(self.objects(key_id))
        return found

    def ensure_key(self, key_id: str) -> None:
        """Makes the key known to this store.

        Raises: NotFound(key); Conflict(state) for a disabled key
        """
        self.domains.ensure(key_id)

    def check_key(self, key_id: str) -> None:
        """Makes sure that a graph or snapshot may be made or opened under a key.

        Raises: NotFound(key); Conflict(state) for a disabled key
        """
        self.domains.check(key_id)

    def rotate_key(self, key_id: str) -> bool:
        """Gives a key a new secret, where it is ours, and wraps the data key of this store anew.

        Returns: whether this store has data under the key
        Raises: NotFound(key); Conflict(state) for a disabled key
        """
        if self.keys.has(key_id):
            self.keys.rotate(key_id)
        else:
            self.check_key(key_id)
        return self.domains.rewrap(key_id)

    def log(self, graph_id: str, key_id: str) -> Log:
        """Opens a graph's log; the caller holds the graph's lock.

        Raises: Corrupt(corrupt) when acknowledged entries are damaged
        """
        key = self.domains.open(key_id).log_key(graph_id)
        return Log.open(self.files, self.layout.graph_log(graph_id), key, self.rng)

    def retire(self, of: str, key_id: str, manifest: str) -> None:
        """Keeps what a manifest reaches for the grace period; done before the ref to it goes."""
        retired_id = self.rng.short_id("r-")
        self.refs.retire(RetiredRef(retired_id, of, key_id, manifest, self.now_ms()))

    @contextmanager
    def objects_lock(self, *, sweeping: bool = False) -> Iterator[ObjectsHeld]:
        """Nothing is deleted from the store, by any process or machine, while this is held.

        Args: sweeping: its holder deletes
        Raises: Unavailable(storage) when it stays taken
        """
        with self._folder_lock():
            if self.shared.lease is None:
                yield _FOLDER_HELD
            else:
                with self.shared.lease.held(sweeping=sweeping) as held:
                    yield held

    @contextmanager
    def _folder_lock(self) -> Iterator[None]:
        self.files.make_dir(self.layout.root)
        lease = self.shared.lease
        # Whoever holds it may be waiting for the lease.
        wait = OBJECTS_LOCK_WAIT_MS / 1000 + (0 if lease is None else 3 * lease.seconds)
        deadline = self.clock.monotonic() + wait
        # Waits for real: what holds the lock is another thread or process.
        pause = threading.Event()
        while True:
            try:
                held = self.files.lock(self.layout.objects_lock)
                break
            except Conflict as error:
                if self.clock.monotonic() >= deadline:
                    raise Unavailable(
                        "storage", f"The store is busy: {error.message}. Try again later."
                    ) from None
            pause.wait(_LOOK_SECONDS)
        try:
            yield
        finally:
            held.release()


class Turns:
    """For who takes the objects lock again and again: others wait for it, and look now and then only."""

    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        lease = store.shared.lease
        self._rest_seconds = _LOOKS * (_LOOK_SECONDS if lease is None else lease.look_seconds)
        self._began = store.clock.monotonic()

    def let_others(self) -> None:
        """Called each time before it is taken: waits, if that is long ago, until they have looked."""
        if self._clock.monotonic() - self._began >= _WORK_TIMES * self._rest_seconds:
            self._clock.sleep(self._rest_seconds)
            self._began = self._clock.monotonic()
