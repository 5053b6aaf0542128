"""What the refs of a store reach: the roots, and the names of all objects that each needs.

Roots are the refs of graphs (in a bucket also those of other folders' graphs), the refs of
snapshots, and retired refs younger than the grace period.

Above: gc, stats, verify_store. Below: manifest, label, refs, store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, NotFound
from seaglass.base.limits import GC_GRACE_MS
from seaglass.engine.snapshot.label import label_name
from seaglass.engine.snapshot.manifest import reached_names, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from seaglass.engine.snapshot.refs import RetiredRef, SnapshotRef
    from seaglass.engine.snapshot.store import Store


@dataclass(frozen=True, slots=True, order=True)
class Root:
    """One thing that names a manifest.

    Args: of: `graph g-…`, `snapshot gs-…`; label: the name of a snapshot's label, or ""
    """

    manifest: str
    key_id: str
    of: str
    label: str


class Reach:
    """What the refs of a store reach, read anew as often as asked; manifests are read once for `names`.

    Attributes: closed: keys that roots are sealed under and that cannot be used now: what those roots
        reach is not known, and is all in the domains of these keys
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: set[str] = set()
        # Digests of manifests that are among the names with all that they need, each with its key.
        self._read: set[tuple[str, str]] = set()
        # Refs of snapshots and roots never change, so each is read once.
        self._snapshots: dict[str, Root] = {}
        self._roots: dict[str, Root] = {}
        self.closed: set[str] = set()

    def names(self) -> AbstractSet[str]:
        """Names of all objects that roots reach now, or did when this was asked before; but for those
        under keys that are `closed`.

        Raises: Corrupt(corrupt), Unavailable(keys | storage) when a ref or a manifest cannot be read
        Cost: memory for each name once; manifests that were not read before
        """
        self.closed = set()
        for root in self.roots():
            manifest = root.key_id, root.manifest
            if manifest not in self._read and self._opens(root.key_id):
                self._names |= self.of(root)
                self._read.add(manifest)
            if root.label:
                self._names.add(root.label)
        return self._names

    def of(self, root: Root) -> frozenset[str]:
        """Names of all objects that a root reaches.

        Raises: Corrupt(corrupt), NotFound(key), Conflict(key) when its manifest cannot be read
        """
        manifest = read_manifest(self._store.objects(root.key_id), root.manifest, root.of)
        return reached_names(manifest) | ({root.manifest, root.label} - {""})

    def _opens(self, key_id: str) -> bool:
        if key_id in self.closed:
            return False
        try:
            self._store.objects(key_id)
        except (NotFound, Conflict):
            self.closed.add(key_id)
            return False
        return True

    def roots(self) -> list[Root]:
        """The roots there are now, by manifest. Of a snapshot under a key that is closed the label is not
        known.

        Raises: Corrupt(corrupt)
        """
        return sorted(set(self._roots_now()))

    def _roots_now(self) -> Iterator[Root]:
        refs = self._store.refs
        for graph in refs.graphs():
            yield Root(graph.manifest, graph.key_id, f"graph {graph.id}", "")
        for root_id in refs.root_ids():
            if root_id not in self._roots:
                root = refs.root(root_id)
                if root is None:
                    continue
                of = f"graph {root.graph_id}"
                self._roots[root_id] = Root(root.manifest, root.key_id, of, "")
            yield self._roots[root_id]
        for snapshot_id in refs.snapshot_ids():
            if snapshot_id not in self._snapshots:
                try:
                    snapshot = refs.snapshot(snapshot_id)
                except NotFound:  # deleted since they were listed, and retired before
                    continue
                if not self._opens(snapshot.key_id):
                    yield Root(snapshot.manifest, snapshot.key_id, f"snapshot {snapshot_id}", "")
                    continue
                self._snapshots[snapshot_id] = snapshot_root(self._store, snapshot)
            yield self._snapshots[snapshot_id]
        # Last: what is replaced or deleted while this runs is retired before.
        now_ms = self._store.now_ms()
        for retired in refs.retired():
            if not is_expired(retired, now_ms):
                yield Root(retired.manifest, retired.key_id, retired.of, "")


def snapshot_root(store: Store, ref: SnapshotRef) -> Root:
    """The root that a snapshot is.

    Raises: NotFound(key); Conflict(state) for a disabled key
    """
    label = label_name(ref, store.objects(ref.key_id).domain)
    return Root(ref.manifest, ref.key_id, f"snapshot {ref.id}", label)


def is_expired(ref: RetiredRef, now_ms: int) -> bool:
    """Whether a retired ref is no root any more."""
    return now_ms - ref.retired_ms >= GC_GRACE_MS
