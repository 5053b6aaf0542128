"""Graphs and snapshots of a data folder, as steps that each leave something whole.

    create    empty version -> manifest -> ref
    open      lock -> ref -> manifest -> log
    promote   the same, with what a follower has in memory already
    restore   snapshot's ref -> ref of a new graph: instant, whatever the size
    clone     checkpoint -> ref of a new graph
    delete    retire -> remove the ref -> remove the rest

Above: database (which adds names, handles and the folder's lock), the server's workers. Below:
live_graph, snapshot/. Each graph has a lock of its own, so that several processes may serve
different graphs of one folder.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.arguments import whole_of
from seaglass.base.clock import SystemClock
from seaglass.base.errors import Conflict, NotFound
from seaglass.base.files import LocalFiles
from seaglass.base.kms import Kms
from seaglass.base.limits import VECTOR_DIMENSION_MAX
from seaglass.base.retention import kept
from seaglass.base.rng import SystemRng
from seaglass.engine.graph.version import empty
from seaglass.engine.live_graph import Graph
from seaglass.engine.memory import memory_of
from seaglass.engine.plan_cache import PlanCache
from seaglass.engine.queries import Shared
from seaglass.engine.recover import recover
from seaglass.engine.snapshot.describe import Identity
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.manifest import read_manifest
from seaglass.engine.snapshot.refs import GraphRef
from seaglass.engine.snapshot.save import Save, save
from seaglass.engine.snapshot.shared import shared_of
from seaglass.engine.snapshot.store import Store
from seaglass.storage.keys.ring import AWS_OWNED_KEY

if TYPE_CHECKING:
    from seaglass.base.files import FileLock
    from seaglass.base.retention import Retention
    from seaglass.engine.follower import Follower
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.save import Saved


def store_of(data: Path, kms: Kms = Kms.LOCAL) -> Store:
    """The store of a data folder on disk. Nothing is made or locked."""
    files, layout, clock, rng = LocalFiles(), Layout(Path(data)), SystemClock(), SystemRng()
    return Store(files, layout, clock, rng, kms, shared=shared_of(files, layout, clock, rng))


def create_graph(
    store: Store,
    graph_id: str,
    name: str,
    key_id: str = AWS_OWNED_KEY,
    *,
    vector_dimension: int | None = None,
) -> GraphRef:
    """Makes an empty graph.

    Args: vector_dimension: numbers of an embedding; None for a graph that takes none
    Raises: Invalid(illegal_argument) for a dimension that cannot be; Conflict(state) when the id is
        taken, or the key disabled; NotFound(key); Exhausted(storage), Unavailable(storage)
    """
    if vector_dimension is not None:
        vector_dimension = whole_of("vector_dimension", vector_dimension, 1, VECTOR_DIMENSION_MAX)
    _check_free(store, graph_id)
    store.ensure_key(key_id)
    version = empty(vector_dimension)
    refs: list[GraphRef] = []

    def name_it(saved: Saved) -> None:
        ref = GraphRef(graph_id, name, key_id, saved.manifest, 0, "", store.now_ms())
        store.refs.write_graph(ref)
        refs.append(ref)

    save(store, Save(version, Identity(graph_id, name, key_id), frozenset(), None, None), name_it)
    return refs[0]


def restore_graph(store: Store, snapshot_id: str, graph_id: str, name: str) -> GraphRef:
    """Makes a graph that holds what the snapshot holds. Its chunks are those of the snapshot.

    Raises: NotFound(snapshot), NotFound(key); Conflict(state) when the id is taken, or the key
        disabled; Exhausted(storage), Unavailable(storage)
    """
    _check_free(store, graph_id)
    # The lock keeps what the snapshot reaches until the new ref reaches it too (`gc`, point 5).
    with store.objects_lock():
        snapshot = store.refs.snapshot(snapshot_id)
        store.check_key(snapshot.key_id)
        ref = GraphRef(
            id=graph_id,
            name=name,
            key_id=snapshot.key_id,
            manifest=snapshot.manifest,
            log_position=0,
            source_snapshot=snapshot_id,
            created_ms=store.now_ms(),
        )
        store.refs.write_graph(ref)
    return ref


def clone_graph(store: Store, graph: Graph, new_id: str, name: str) -> GraphRef:
    """Makes a graph that holds what an open graph holds now. They share what neither changes.

    Raises: NotFound(key); Conflict(state) when the id is taken, or the key disabled;
        Exhausted(storage), Unavailable(storage)
    """
    _check_free(store, new_id)
    store.check_key(graph.key_id)
    graph.checkpoint()
    # As in `restore_graph`.
    with store.objects_lock():
        source = store.refs.graph(graph.id)
        ref = replace(
            source,
            id=new_id,
            name=name,
            log_position=0,
            source_snapshot="",
            created_ms=store.now_ms(),
        )
        store.refs.write_graph(ref)
    return ref


def _check_free(store: Store, graph_id: str) -> None:
    """Makes sure that nothing of another graph is under the id."""
    if store.files.exists(store.layout.graph_ref(graph_id)):
        raise Conflict("state", f"There is a graph with the id {graph_id}. Use another id.")
    _remove_rest(store, graph_id)


def open_graph(store: Store, graph_id: str, shared: Shared | None = None) -> Graph:
    """Opens a graph: it has the graph's lock until it is closed.

    Args: shared: what it shares with other graphs; something of its own if not given
    Raises: NotFound(graph), NotFound(key); Conflict(state) when another process has it open, or the
        key is disabled; Corrupt(corrupt)
    """
    store.check_key(store.refs.graph(graph_id).key_id)
    lock = _locked(store, graph_id)
    try:
        # Read again: it may have moved before the lock was ours.
        recovered = recover(store, store.refs.graph(graph_id))
        shared = Shared(PlanCache(store.clock), memory_of(None)) if shared is None else shared
        return Graph(store, recovered, lock, shared)
    except BaseException:
        lock.release()
        raise


def promote(store: Store, follower: Follower) -> Graph:
    """Opens a graph whose writer has ended, in the process that follows it. What the follower has in
    memory, its plans and its queries in hand are the graph's from then on; it must not be closed.

    Raises: as `open_graph`
    """
    store.check_key(store.refs.graph(follower.id).key_id)
    lock = _locked(store, follower.id)
    try:
        recovered = recover(store, store.refs.graph(follower.id), follower.chunks())
        graph = Graph(store, recovered, lock, follower.shared)
    except BaseException:
        lock.release()
        raise
    graph.take_over(follower)
    return graph


def delete_graph(store: Store, graph_id: str) -> None:
    """Removes a graph that nobody has open. Its snapshots stay.

    Raises: NotFound(graph); Conflict(state) when it is open
    """
    try:
        store.refs.graph(graph_id)
    except NotFound:
        _remove_rest(store, graph_id)
        raise
    lock = _locked(store, graph_id)
    try:
        # Read again: it may have moved before the lock was ours.
        ref = store.refs.graph(graph_id)
        store.retire(f"graph {graph_id}", ref.key_id, ref.manifest)
        store.refs.remove_graph(graph_id)
        _remove_rest(store, graph_id)
    finally:
        lock.release()


def delete_snapshot(store: Store, snapshot_id: str) -> SnapshotRef:
    """Removes a snapshot. What only it reached is garbage after the grace period.

    Raises: NotFound(snapshot)
    """
    ref = store.refs.snapshot(snapshot_id)
    store.retire(f"snapshot {snapshot_id}", ref.key_id, ref.manifest)
    store.refs.remove_snapshot(snapshot_id)
    return ref


def snapshot_dimension(store: Store, snapshot_id: str) -> int | None:
    """Numbers of an embedding in a snapshot; None: its nodes take none.

    Raises: NotFound(snapshot | key); Conflict(state) when the key is disabled; Corrupt(corrupt)
    """
    ref = store.refs.snapshot(snapshot_id)
    document = read_manifest(store.objects(ref.key_id), ref.manifest, f"snapshot {snapshot_id}")
    return document["vectors"]["dimension"] if "vectors" in document else None


def prune(store: Store, graph: str, retention: Retention) -> list[SnapshotRef]:
    """Removes the snapshots of a graph that a retention does not keep and nobody has pinned.

    Args: graph: its name or id, also of one that is gone; a name means all graphs that had it
    Returns: what was removed, oldest first
    Raises: NotFound(graph) when it has no snapshot; Conflict(state) in a server's folder, whose
        schedules and pins are tags
    """
    if store.files.exists(store.layout.root / "control.db"):
        raise Conflict(
            "state",
            "This folder is a server's, and its pins are tags that only the server reads. Set the "
            "graph's tag seaglass:snapshot-keep instead.",
        )
    found = [ref for ref in store.refs.snapshots() if graph in (ref.graph_id, ref.graph_name)]
    if not found:
        raise NotFound("graph", f"There is no snapshot of a graph {graph!r}.")
    times = [(ref.id, ref.created_ms) for ref in found]
    keep = kept(times, retention, store.now_ms()) | store.refs.pinned()
    gone = [ref for ref in found if ref.id not in keep]
    for ref in gone:
        delete_snapshot(store, ref.id)
    return gone


def _locked(store: Store, graph_id: str) -> FileLock:
    try:
        return store.files.lock(store.layout.graph_lock(graph_id))
    except Conflict as error:
        raise Conflict("state", f"The graph {graph_id} is open: {error.message}.") from None


def _remove_rest(store: Store, graph_id: str) -> None:
    """Removes what is left in the folder of a graph without a ref."""
    folder = store.layout.graph(graph_id)
    if store.files.exists(folder):
        store.files.remove_tree(folder)
        store.files.sync_folder(folder.parent)
