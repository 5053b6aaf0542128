"""Refs: the small files that name manifests. Writing one is the last step of every durable change.

    {"body": {…, "kind": "graph" | "snapshot" | "retired", "format": 1},
     "check": "<SHA-256 of the body's bytes, hex>"}

The body's bytes are its canonical JSON (keys sorted, no white space, UTF-8). A ref is replaced
atomically: a reader sees the old or the new one, whole. A ref that stops naming a manifest
(replaced by a checkpoint, deleted) leaves a *retired* ref behind first, so that garbage collection
keeps what it reaches for the grace period: a query that began before still finds its objects.

A *root* is what a bucket knows of a graph: its ref lies in some machine's data folder, and its root
in the bucket, written before the ref moves and removed after, so that no other machine takes for
garbage what the graph needs.

Above: checkpoint, recover, database, gc. Below: layout, shared, base/files.
"""

from __future__ import annotations

import difflib
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from seaglass.base.errors import Conflict, Corrupt, Invalid, NotFound, SeaglassError
from seaglass.engine.snapshot.layout import PIN_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from seaglass.base.files import Files, SharedFiles
    from seaglass.base.staged import Staged
    from seaglass.engine.snapshot.layout import Layout
    from seaglass.engine.snapshot.shared import Shared

REF_FORMAT = 1


@dataclass(frozen=True, slots=True)
class GraphRef:
    """A graph: its identity, the manifest of its last checkpoint, and the log position that the manifest includes.

    Args:
        manifest: digest in hex, in the domain of `key_id`
        log_position: sequence of the last log entry inside the manifest; entries after it are replayed
        source_snapshot: id of the snapshot that the graph was restored from, or ""
    """

    id: str
    name: str
    key_id: str
    manifest: str
    log_position: int
    source_snapshot: str
    created_ms: int

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""
        return datetime.fromtimestamp(self.created_ms / 1000, UTC)

    def __repr__(self) -> str:
        return f"<GraphRef {self.name!r} ({self.id})>"


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """A snapshot: a durable name for one version of one graph.

    Args:
        objects_written, bytes_written: what was not stored before; 0 where nothing had changed
    """

    id: str
    name: str
    graph_id: str
    graph_name: str
    key_id: str
    manifest: str
    version: int
    node_count: int
    edge_count: int
    objects_written: int
    bytes_written: int
    created_ms: int

    @property
    def created(self) -> datetime:
        """When it was taken, in UTC."""
        return datetime.fromtimestamp(self.created_ms / 1000, UTC)

    def __repr__(self) -> str:
        return (
            f"<Snapshot {self.name!r} ({self.id}) of {self.graph_name!r} ({self.graph_id}), "
            f"{self.created:%Y-%m-%d %H:%M:%S} UTC: {self.node_count} nodes, {self.edge_count} edges>"
        )


@dataclass(frozen=True, slots=True)
class RetiredRef:
    """What a graph or snapshot named until `retired_ms`; `of` is for people, e.g. `snapshot gs-…`."""

    id: str
    of: str
    key_id: str
    manifest: str
    retired_ms: int


@dataclass(frozen=True, slots=True)
class RootRef:
    """What the graph of the data folder `folder` names; `id` is folder, graph and manifest."""

    id: str
    folder: str
    graph_id: str
    graph_name: str
    key_id: str
    manifest: str
    created_ms: int


Ref = TypeVar("Ref", GraphRef, SnapshotRef, RetiredRef, RootRef)
_KIND: dict[type, str] = {
    GraphRef: "graph",
    SnapshotRef: "snapshot",
    RetiredRef: "retired",
    RootRef: "root",
}
# Enough of a manifest's name to tell the two apart that a graph may have a root for.
_MANIFEST_DIGITS = 16


def encode_ref(ref: GraphRef | SnapshotRef | RetiredRef | RootRef) -> bytes:
    """The bytes of a ref's file."""
    body = {**asdict(ref), "kind": _KIND[type(ref)], "format": REF_FORMAT}
    return orjson.dumps(
        {"body": body, "check": _check(body)},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE,
    )


def decode_ref(kind: type[Ref], data: bytes, name: str) -> Ref:
    """The ref in `data`, whose file is called `name` in errors.

    Raises: Corrupt(corrupt) when the bytes are not a whole ref of this kind.
    """
    try:
        document = orjson.loads(data)
        body, check = document["body"], document["check"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise _corrupt(name, f"it is not a ref ({error})") from None
    # The whole file is compared, so that no byte of it can change unseen.
    if not isinstance(body, dict) or check != _check(body):
        raise _corrupt(name, "its check does not match its content")
    found = body.get("format")
    if body.get("kind") == _KIND[kind] and isinstance(found, int) and found > REF_FORMAT:
        raise Corrupt(
            "corrupt",
            f"The ref {name} has format {found}, and this program reads {REF_FORMAT}. Open it with the "
            "version of seaglass that wrote it.",
        )
    if body.get("kind") != _KIND[kind] or found != REF_FORMAT:
        raise _corrupt(name, f"it is no {_KIND[kind]} ref of format {REF_FORMAT}")
    known: dict[str, Any] = {field.name: body.get(field.name) for field in fields(kind)}
    if set(body) != {*known, "kind", "format"} or None in known.values():
        raise _corrupt(name, "its fields are not those of this format")
    ref: Ref = kind(**known)
    if encode_ref(ref) != data:
        raise _corrupt(name, "its bytes are not in canonical form")
    return ref


def _check(body: dict[str, str | int]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _corrupt(name: str, why: str) -> Corrupt:
    return Corrupt(
        "corrupt",
        f"The ref {name} is damaged: {why}. Restore the file from a backup, or delete it to give up what it names.",
    )


def _root_of(ref: GraphRef, folder: str) -> RootRef:
    root_id = f"{folder}.{ref.id}.{ref.manifest[:_MANIFEST_DIGITS]}"
    return RootRef(root_id, folder, ref.id, ref.name, ref.key_id, ref.manifest, ref.created_ms)


class Refs:
    """The refs of one data folder and of the store that it uses."""

    def __init__(self, files: Files, layout: Layout, shared: Shared | None = None) -> None:
        self.files = files
        self.layout = layout
        self.shared_files: SharedFiles = files if shared is None else shared.files
        self.shared_layout = layout if shared is None else shared.layout
        self._folder = "" if shared is None else shared.folder
        self._threads = 1 if shared is None else shared.objects.threads

    def graph(self, graph_id: str) -> GraphRef:
        """Raises: NotFound(graph); Corrupt(corrupt)."""
        return self._read(GraphRef, self.files, self.layout.graph_ref(graph_id), graph_id)

    def graphs(self) -> list[GraphRef]:
        """All graphs, by id. A folder without a ref is a graph that was never finished or is half deleted: skipped."""
        found = []
        for graph_id in self._names(self.layout.graphs):
            with suppress(NotFound):
                found.append(self.graph(graph_id))
        return found

    def naming(self) -> Naming:
        """Names refs that are written before, together."""
        return Naming(self)

    def write_graph(self, ref: GraphRef) -> None:
        """Moves a graph's ref. Raises: Exhausted(storage), Unavailable(storage)"""
        naming = self.naming()
        naming.stage_graph(ref)
        naming.finish()

    def remove_graph(self, graph_id: str) -> None:
        """The graph is gone when its ref is; what else lies in its folder is removed after it."""
        self.files.remove(self.layout.graph_ref(graph_id))
        self.files.sync_folder(self.layout.graph(graph_id))
        if self._folder:
            self._remove_roots(f"{self._folder}.{graph_id}.", frozenset())

    def root_ids(self) -> list[str]:
        """What graphs of other data folders, and of this one, name in the bucket."""
        return self._ids(self.shared_layout.roots) if self._folder else []

    def root(self, root_id: str) -> RootRef | None:
        """A root, unless it has gone: its graph has moved, and has retired what it named before."""
        try:
            return self._read(
                RootRef, self.shared_files, self.shared_layout.root_ref(root_id), root_id
            )
        except NotFound:
            return None

    def remove_root(self, root_id: str) -> None:
        """Gives up what a graph of a lost machine names."""
        self.shared_files.remove(self.shared_layout.root_ref(root_id))

    def remove_stale_roots(self) -> None:
        """Removes what crashes left of this folder's roots. The caller holds the objects lock."""
        if self._folder:
            needed = {_root_of(ref, self._folder).id for ref in self.graphs()}
            self._remove_roots(f"{self._folder}.", needed)

    def write_root(self, ref: GraphRef) -> None:
        """Keeps what a graph is about to name, if there is a bucket."""
        if self._folder:
            root = _root_of(ref, self._folder)
            self.shared_files.write_atomic(self.shared_layout.root_ref(root.id), encode_ref(root))

    def remove_other_roots(self, ref: GraphRef) -> None:
        """Gives up what a graph named before its ref was as it is."""
        if self._folder:
            self._remove_roots(f"{self._folder}.{ref.id}.", {_root_of(ref, self._folder).id})

    def _remove_roots(self, prefix: str, but: AbstractSet[str]) -> None:
        """Removes the roots that no graph needs any more."""
        try:
            for root_id in self.root_ids():
                if root_id.startswith(prefix) and root_id not in but:
                    self.remove_root(root_id)
        except SeaglassError:
            # One too many keeps garbage for a while; the next move of the ref removes it.
            pass

    def snapshot(self, snapshot_id: str) -> SnapshotRef:
        """Raises: NotFound(snapshot); Corrupt(corrupt)."""
        path = self.shared_layout.snapshot_ref(snapshot_id)
        return self._read(SnapshotRef, self.shared_files, path, snapshot_id)

    def snapshot_ids(self) -> list[str]:
        """Ids of all snapshots, in order."""
        return self._ids(self.shared_layout.snapshots)

    def snapshots(self) -> list[SnapshotRef]:
        """All snapshots, oldest first."""
        found = self._each(self.snapshot_ids(), self.snapshot)
        return sorted(found, key=lambda ref: (ref.created_ms, ref.id))

    def find_snapshot(self, name_or_id: str) -> SnapshotRef:
        """The snapshot of this id, or the only one of this name.

        Raises: NotFound(snapshot); Conflict(name) when several have the name
        Cost: for an id one read, for a name one for each snapshot
        """
        with suppress(Invalid, NotFound):
            return self.snapshot(name_or_id)
        snapshots = self.snapshots()
        found = [ref for ref in snapshots if ref.name == name_or_id]
        if not found:
            hint = did_you_mean(name_or_id, [ref.name for ref in snapshots])
            raise NotFound("snapshot", f"There is no snapshot {name_or_id!r}{hint}.")
        if len(found) > 1:
            ids = ", ".join(ref.id for ref in found)
            raise Conflict(
                "name", f"{len(found)} snapshots are called {name_or_id!r}: name one by id ({ids})."
            )
        return found[0]

    def write_snapshot(self, ref: SnapshotRef) -> None:
        """Names a version; a ref that is there already must say the same.

        Raises: Conflict(state) when another snapshot has the id, Exhausted(storage), Unavailable(storage)
        """
        naming = self.naming()
        naming.stage_snapshot(ref)
        naming.finish()

    def remove_snapshot(self, snapshot_id: str) -> None:
        self._remove(self.shared_layout.snapshot_ref(snapshot_id))
        if self.shared_files.exists(self.shared_layout.pin(snapshot_id)):
            self.unpin(snapshot_id)

    def pin(self, snapshot_id: str) -> None:
        """Keeps a snapshot from retention; harmless when repeated."""
        self.shared_files.create(self.shared_layout.pin(snapshot_id), b"")
        self.sync_snapshots()

    def unpin(self, snapshot_id: str) -> None:
        """Gives a snapshot to retention again.

        Raises: NotFound(snapshot) when it is not pinned
        """
        try:
            self._remove(self.shared_layout.pin(snapshot_id))
        except NotFound:
            raise NotFound("snapshot", f"The snapshot {snapshot_id} is not pinned.") from None

    def pinned(self) -> frozenset[str]:
        """Ids of the snapshots that are pinned."""
        return frozenset(self._ids(self.shared_layout.snapshots, PIN_ENDING))

    def sync_snapshots(self) -> None:
        """Makes sure that the name of every snapshot that is there is durable."""
        self.shared_files.sync_folder(self.shared_layout.snapshots)

    def retired(self) -> list[RetiredRef]:
        """All retired refs, by id."""
        return self._each(self._ids(self.shared_layout.retired), self._retired)

    def retire(self, ref: RetiredRef) -> None:
        self.shared_files.make_dir(self.shared_layout.retired)
        self.shared_files.write_atomic(self.shared_layout.retired_ref(ref.id), encode_ref(ref))

    def remove_retired(self, retired_id: str) -> None:
        self._remove(self.shared_layout.retired_ref(retired_id))

    def _retired(self, retired_id: str) -> RetiredRef:
        path = self.shared_layout.retired_ref(retired_id)
        return self._read(RetiredRef, self.shared_files, path, retired_id)

    def _remove(self, path: Path) -> None:
        self.shared_files.remove(path)
        self.shared_files.sync_folder(path.parent)

    def _ids(self, folder: Path, ending: str = ".json") -> list[str]:
        names = self.shared_files.list(folder) if self.shared_files.exists(folder) else ()
        return [name.removesuffix(ending) for name in names if name.endswith(ending)]

    def _each(self, ids: Sequence[str], read: Callable[[str], Ref]) -> list[Ref]:
        """Reads refs, some at a time where each takes a request; one that goes meanwhile is left out."""

        def read_if_there(ref_id: str) -> Ref | None:
            try:
                return read(ref_id)
            except NotFound:
                return None

        if not self._folder or len(ids) <= 1:
            found = [read_if_there(ref_id) for ref_id in ids]
        else:
            with ThreadPoolExecutor(self._threads, thread_name_prefix="refs") as pool:
                found = list(pool.map(read_if_there, ids))
        return [ref for ref in found if ref is not None]

    def _names(self, folder: Path) -> tuple[str, ...]:
        return self.files.list(folder) if self.files.exists(folder) else ()

    def _read(self, kind: type[Ref], files: SharedFiles, path: Path, ref_id: str) -> Ref:
        try:
            data = files.read(path)
        except NotFound:
            noun = _KIND[kind]
            raise NotFound(noun, f"There is no {noun} {ref_id!r}.") from None
        ref = decode_ref(kind, data, f"{path.parent.name}/{path.name}")
        if ref.id != ref_id:
            raise _corrupt(f"{path.parent.name}/{path.name}", f"it belongs to {ref.id!r}")
        return ref


class Naming:
    """Refs whose bytes are on disk, each under no name yet: a graph's that moves, a snapshot's that is new.

    They get their names together, so that the disk is waited for once. A power loss may keep any of
    them: each names what is durable already. The two may be staged by two threads.
    """

    def __init__(self, refs: Refs) -> None:
        self._refs = refs
        self._moved: tuple[GraphRef, Staged] | None = None
        self._made: tuple[SnapshotRef, Staged] | None = None

    def stage_graph(self, ref: GraphRef) -> None:
        """Raises: Exhausted(storage), Unavailable(storage)"""
        refs = self._refs
        refs.files.make_dir(refs.layout.graph(ref.id))
        self._moved = ref, refs.files.stage(refs.layout.graph_ref(ref.id), encode_ref(ref))

    def stage_snapshot(self, ref: SnapshotRef) -> None:
        """Raises: as stage_graph"""
        refs = self._refs
        path = refs.shared_layout.snapshot_ref(ref.id)
        refs.shared_files.make_dir(path.parent)
        self._made = ref, refs.shared_files.stage(path, encode_ref(ref))

    def finish(self) -> None:
        """Names them: the graph's root in the bucket, if there is one, then its ref, then the
        snapshot's; then the old root goes.

        Raises: Conflict(state) when another snapshot has the id; Exhausted(storage), Unavailable(storage)
        """
        try:
            self._name()
        finally:
            self.drop()
        if self._moved is not None:
            self._refs.remove_other_roots(self._moved[0])

    def drop(self) -> None:
        """Gives up what has no name."""
        for staged in (self._moved, self._made):
            if staged is not None:
                staged[1].drop()

    def _name(self) -> None:
        refs = self._refs
        own: list[Path] = []
        shared: list[Path] = []
        if self._moved is not None:
            graph, moved = self._moved
            refs.write_root(graph)
            moved.place()
            own.append(refs.layout.graph(graph.id))
        if self._made is not None:
            ref, made = self._made
            if not made.create() and refs.snapshot(ref.id) != ref:
                raise Conflict("state", f"Another snapshot has the id {ref.id}. Use another id.")
            shared.append(refs.shared_layout.snapshots)
        self._sync(own, shared)

    def _sync(self, own: Sequence[Path], shared: Sequence[Path]) -> None:
        refs = self._refs
        if refs.shared_files is refs.files:
            refs.files.sync_folders([*own, *shared])
        else:
            refs.files.sync_folders(own)
            for folder in shared:
                refs.shared_files.sync_folder(folder)


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """The name that is nearest to one that there is not, for its error; nothing where none is near."""
    near = difflib.get_close_matches(name, names, 1)
    return f"; there is {near[0]!r}" if near else ""
