"""Open what is on disk: ref -> manifest -> version (chunks stay lazy) -> log entries after it.

Above: live_graph. Below: snapshot/, graph/apply, storage/wal.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Corrupt
from seaglass.engine.commit import decode_entry
from seaglass.engine.graph.apply import apply
from seaglass.engine.snapshot.load import version_of
from seaglass.engine.snapshot.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.snapshot.refs import GraphRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.wal.log import Log


@dataclass(frozen=True, slots=True)
class Recovered:
    """A graph as it was when it was last acknowledged; `replayed_bytes` came from the log, and so
    did the `marks` of its newest commits, each with its position.
    """

    ref: GraphRef
    version: GraphVersion
    position: int
    log: Log
    replayed_bytes: int
    marks: Sequence[tuple[int, bytes]]


def recover(
    store: Store, ref: GraphRef, known: Mapping[bytes, ChunkRef[Any]] = MappingProxyType({})
) -> Recovered:
    """The newest durable version of a graph, and its log, ready to append.

    The caller holds the graph's lock.

    Args: known: as `version_of`
    Raises: Corrupt(corrupt) when manifest or log are damaged; NotFound(key); Conflict(state) for a
        disabled key
    Cost: the manifest, and tens of microseconds for each small log entry
    """
    of = f"graph {ref.id}"
    objects = store.objects(ref.key_id)
    version = version_of(read_manifest(objects, ref.manifest, of), objects, of, known)
    log = store.log(ref.id, ref.key_id)
    try:
        return replay(version, ref, log)
    except BaseException:
        log.close()
        raise


def replay(version: GraphVersion, ref: GraphRef, log: Log) -> Recovered:
    """The version after all entries of the log that its manifest does not include.

    Raises: Corrupt(corrupt) when they do not follow from it
    """
    position, replayed_bytes = ref.log_position, 0
    marks: list[tuple[int, bytes]] = []
    for logged in log.entries(position + 1):
        entry = decode_entry(logged.payload)
        if entry.number != version.number + len(entry.changes):
            raise Corrupt(
                "corrupt",
                f"Entry {logged.sequence} of the log of graph {ref.id} does not follow from its "
                f"manifest: it gives version {entry.number}, after version {version.number} and "
                f"{len(entry.changes)} changes. Restore the graph from a snapshot.",
            )
        for change in entry.changes:
            version = apply(version, change)
        position = logged.sequence
        replayed_bytes += len(logged.payload)
        if entry.mark:
            marks.append((position, entry.mark))
    return Recovered(ref, version, position, log, replayed_bytes, marks)
