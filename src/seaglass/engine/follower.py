"""A graph that another process writes, for reading: it follows that process's log.

Above: the server's workers. Below: queries, recover, snapshot/load, storage/wal/follow. A query
reads everything that was acknowledged before it began: it looks at the log first. Chunks come from
the store, and what is not in the store yet from the log, so writer and followers share no memory.

A save moves the graph's ref to another manifest, and so do bulk loads and resets, which are in no
log. A follower sees that the ref has changed, or that an entry does not follow from what it has, and
begins anew from the ref, as it does after anything has failed; chunks that it has in memory stay.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NoReturn

from seaglass.base.errors import Conflict, Corrupt, NotFound
from seaglass.engine.commit import decode_entry
from seaglass.engine.diff_procedure import Lineage
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.version import empty
from seaglass.engine.queries import Queries
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.snapshot.load import version_of
from seaglass.engine.snapshot.manifest import read_manifest
from seaglass.storage.wal.follow import LogCut, LogFollower

if TYPE_CHECKING:
    from seaglass.engine.exec.probe import Probe
    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.queries import Run, Shared
    from seaglass.engine.snapshot.store import Store

# The writer may replace the ref and cut the log while a follower reads them, but not so often.
_ATTEMPTS = 10


class Follower(Queries):
    """One graph, followed. Safe to share between threads."""

    def __init__(self, store: Store, graph_id: str, shared: Shared) -> None:
        """Raises: NotFound(graph | key); Conflict(state) for a disabled key; Corrupt(corrupt)."""
        source = store.refs.graph(graph_id).source_snapshot
        super().__init__(store, shared, Lineage(graph_id, source))
        self.id = graph_id
        self.shared = shared
        self._looking = threading.Lock()
        self._closed = False
        self._version = empty()
        # Whether something has failed since `_version` was what was read of ref and log.
        self._behind = True
        self._begin()

    @property
    def version(self) -> GraphVersion:
        """Everything that is acknowledged now."""
        with self._looking:
            for _ in range(_ATTEMPTS):
                try:
                    if self._behind or self._ref_changed():
                        self._begin()
                    if self._catch_up():
                        return self._version
                except (LogCut, NotFound):
                    pass
                self._begin()
        raise Corrupt(
            "corrupt", f"The log of graph {self.id} does not follow from the manifest of its ref."
        )

    def chunks(self) -> dict[bytes, ChunkRef[Any]]:
        """The stored chunks of its version by their digests, some of them in memory."""
        with self._looking:
            return self._chunks()

    def close(self) -> None:
        """Ends the queries; harmless when repeated."""
        self._closed = True
        self._running.cancel_all()

    def _begin(self) -> None:
        """Start again from what the ref names now, with the chunks that are in memory already."""
        self._behind = True
        store = self._store
        self._seen = store.files.stat(store.layout.graph_ref(self.id))
        ref = store.refs.graph(self.id)
        store.check_key(ref.key_id)
        of = f"graph {self.id}"
        objects = store.objects(ref.key_id)
        document = read_manifest(objects, ref.manifest, of)
        self._version = version_of(document, objects, of, self._chunks())
        key = store.domains.open(ref.key_id).log_key(self.id)
        folder = store.layout.graph_log(self.id)
        self._log = LogFollower(store.files, folder, key, ref.log_position + 1)
        self._behind = False

    def _chunks(self) -> dict[bytes, ChunkRef[Any]]:
        return {one.digest: one for one in chunk_refs(self._version) if one.digest is not None}

    def _ref_changed(self) -> bool:
        """Whether the graph was saved or replaced; what it held before is kept for a while only."""
        return self._store.files.stat(self._store.layout.graph_ref(self.id)) != self._seen

    def _catch_up(self) -> bool:
        """Apply what came; False where it does not follow from what is here."""
        self._behind = True
        for logged in self._log.entries():
            entry = decode_entry(logged.payload)
            if entry.number != self._version.number + len(entry.changes):
                return False
            version = self._version
            for change in entry.changes:
                version = apply(version, change)
            self._version = version
        self._behind = False
        return True

    def _check_open(self) -> None:
        if self._closed:
            raise Conflict("state", f"The replica of graph {self.id} is closed.")

    def _write(self, run: Run, probe: Probe | None) -> NoReturn:
        del run, probe
        raise Conflict("replica", f"A replica of graph {self.id} takes no writes.")
