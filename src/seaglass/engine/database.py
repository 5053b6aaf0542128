"""The engine's contents page: a data folder with its graphs and snapshots, for one process.

    with Database.open("data") as database:
        graph = database.create_graph("pets")
        graph.query("CREATE (:Cat {name: 'Tom'})")
        snapshot = graph.snapshot("before")
        again = database.restore(snapshot.id, "pets again")

Above: `seaglass` (the library's face), command line. Below: graphs, live_graph, snapshot/.
"""

from __future__ import annotations

import gc
import os
import re
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from seaglass.base.arguments import path_of, paths_of, text_of, whole_of, wrong
from seaglass.base.clock import SystemClock
from seaglass.base.closing import Closing
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, Invalid, NotFound
from seaglass.base.files import LocalFiles
from seaglass.base.ids import (
    GRAPH_ID_PATTERN,
    SNAPSHOT_ID_PATTERN,
    check_name,
    graph_id_of,
    new_graph_id,
)
from seaglass.base.kms import Kms
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.retention import parse_retention
from seaglass.base.rng import SystemRng
from seaglass.engine import graphs
from seaglass.engine.diff import Diff, diff
from seaglass.engine.frozen_graph import FrozenGraph
from seaglass.engine.memory import memory_of
from seaglass.engine.plan_cache import PlanCache
from seaglass.engine.queries import Shared
from seaglass.engine.snapshot.gc import GcPlan, Swept, gather_and_plan, sweep
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.load import snapshot_version
from seaglass.engine.snapshot.portable import PortableFile, export_snapshot, import_snapshot
from seaglass.engine.snapshot.refs import did_you_mean
from seaglass.engine.snapshot.shared import shared_of
from seaglass.engine.snapshot.store import Store
from seaglass.engine.snapshot.verify import Report, verify_snapshot
from seaglass.storage.keys.ring import AWS_OWNED_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.base.clock import Clock
    from seaglass.base.files import FileLock, Files
    from seaglass.base.rng import Rng
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.live_graph import Graph
    from seaglass.engine.snapshot.refs import GraphRef, SnapshotRef
    from seaglass.storage.keys.local import LocalKeyRing

IN_MEMORY = ":memory:"
# Two processes that write one log would each overwrite what the other has acknowledged.
_OPEN: WeakSet[Database] = WeakSet()


def _leave_behind() -> None:
    for database in _OPEN:
        database.leave_behind()


os.register_at_fork(after_in_child=_leave_behind)


class Named(Protocol):
    """What has an id, and can stand for it: a graph, a snapshot, or a ref of one."""

    @property
    def id(self) -> str: ...


class Database(Closing):
    """A data folder that this process owns, or one in memory. Safe to share between threads.

    One that nobody has any more, nor any of its graphs and frozen snapshots, lets go of its folder with a
    ResourceWarning, as files do. Everything acknowledged is in the logs; only `close` saves, so that the next
    opening has nothing to replay.
    """

    def __init__(
        self,
        store: Store,
        dialect: Dialect,
        memory_bytes: int | None = None,
        import_folders: tuple[str, ...] = (),
    ) -> None:
        """Use `open`."""
        self._lock: FileLock | None = None
        self._store = store
        store.files.make_dir(store.layout.root)
        self._lock = _locked(store)
        memory = memory_of(memory_bytes)
        self._shared = Shared(PlanCache(store.clock, dialect), memory, import_folders)
        # Guards names and the table of open graphs.
        self._guard = threading.RLock()
        self._open: dict[str, Graph] = {}
        _OPEN.add(self)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        store: str | None = None,
        dialect: str = Dialect.OPENCYPHER,
        kms: str = Kms.LOCAL,
        memory_bytes: int | None = None,
        import_folders: Sequence[str | Path] = (),
        files: Files | None = None,
        clock: Clock | None = None,
        rng: Rng | None = None,
    ) -> Database:
        """Opens the data folder at `path`, which is made if it is not there.

        Args:
            path: None or ":memory:" for a database that ends with the process
            store: `s3://bucket/prefix` for a new folder that keeps its snapshots there; a folder
                remembers its store
            dialect: of the queries: "opencypher", or "neptune" to refuse and to do what Neptune
                Analytics refuses and does
            kms: "aws" to ask AWS KMS for keys that are not in the local key ring
            memory_bytes: what all queries that run may hold together; a query that needs more
                fails with Exhausted(memory). None for 60 % of the machine's memory
            import_folders: below which `CALL neptune.load` and `neptune.read` may read local files
        Raises: Conflict(state) when another process has it open, or it has another store;
            Invalid(illegal_argument) for another dialect or source of keys, no bucket, a bucket
            without a folder, a limit of memory below 1, or what is no path
        """
        for noun, value, known in (("dialect", dialect, Dialect), ("kms", kms, Kms)):
            if value not in list(known):
                those = " or ".join(map(repr, map(str, known)))
                raise Invalid("illegal_argument", f"The {noun} is {those}, not {value!r}.")
        if memory_bytes is not None:
            memory_bytes = whole_of("memory_bytes", memory_bytes, 1, unit="bytes")
        if store is not None:
            text_of("store", store)
        folders = tuple([str(folder) for folder in paths_of("import_folders", import_folders)])
        clock = clock or SystemClock()
        in_memory = path is None or str(path) == IN_MEMORY
        root = Path("/") if path is None or in_memory else path_of("path", path)
        if files is None:
            files = MemoryFiles(clock) if in_memory else LocalFiles()
        if in_memory and store is not None:
            raise Invalid(
                "illegal_argument",
                f"A database in memory cannot use {store}: the keys would end with it. Give a folder.",
            )
        layout = Layout(root)
        rng = rng or SystemRng()
        shared = shared_of(files, layout, clock, rng, store)
        made = Store(files, layout, clock, rng, Kms(kms), shared=shared)
        return cls(made, Dialect(dialect), memory_bytes, folders)

    @property
    def keys(self) -> LocalKeyRing:
        """The local key ring: create, list, rotate, disable and delete keys."""
        return self._usable().keys

    def rotate_key(self, key_id: str) -> bool:
        """Gives a key a new secret and wraps the data key of this store anew; no data is rewritten.

        Returns: whether this store has data under the key
        Raises: NotFound(key); Conflict(state) for a disabled key
        """
        return self._usable().rotate_key(key_id)

    def graphs(self) -> list[GraphRef]:
        """All graphs, by id."""
        return self._usable().refs.graphs()

    def create_graph(
        self,
        name: str,
        *,
        graph_id: str | None = None,
        key_id: str = AWS_OWNED_KEY,
        vector_dimension: int | None = None,
    ) -> Graph:
        """Makes an empty graph, and opens it.

        Args:
            key_id: names the key that its data is sealed under, see `keys`
            vector_dimension: numbers of a node's embedding, for ever; None for a graph without them
        Raises: Invalid(illegal_argument) for a dimension that is not 1 to 65,536; Conflict(name) when
            a graph has the name; Conflict(state) when one has the id, or the key is disabled;
            NotFound(key)
        """
        with self._guard:
            self._check_new_name(name)
            new_id = self._new_id(graph_id)
            graphs.create_graph(
                self._store, new_id, name, key_id, vector_dimension=vector_dimension
            )
            return self._opened(new_id)

    def graph(self, name_or_id: str | Named) -> Graph:
        """The graph of this name or id; all who ask get the same one.

        What `graphs` and `snapshots` list, and the objects of both, may stand for their ids in all
        methods.

        Raises: NotFound(graph); Conflict(state) when another process has it open; Corrupt(corrupt)
        """
        with self._guard:
            return self._opened(self._graph_id(name_or_id))

    def delete_graph(self, name_or_id: str | Named) -> None:
        """Removes a graph; its snapshots stay.

        Raises: NotFound(graph)
        """
        with self._guard:
            graph_id = self._graph_id(name_or_id)
            opened = self._open.get(graph_id)
            if opened is not None:
                opened.close()
            graphs.delete_graph(self._store, graph_id)

    def snapshots(self) -> list[SnapshotRef]:
        """All snapshots, oldest first."""
        return self._usable().refs.snapshots()

    def snapshot(self, name_or_id: str | Named) -> SnapshotRef:
        """The snapshot of this id, or the only one of this name.

        Raises: NotFound(snapshot); Conflict(name) when several have the name
        """
        return self._usable().refs.find_snapshot(_id_of(name_or_id))

    def restore(self, snapshot: str | Named, name: str, *, graph_id: str | None = None) -> Graph:
        """Makes a new graph that holds what the snapshot holds, and opens it; instant at any size.

        Args: snapshot: its name or id; name: of the new graph
        Raises: NotFound(snapshot); Conflict(name | state)
        """
        with self._guard:
            ref = self.snapshot(snapshot)
            self._check_new_name(name)
            new_id = self._new_id(graph_id)
            graphs.restore_graph(self._store, ref.id, new_id, name)
            return self._opened(new_id)

    def diff(self, before: str | Named, after: str | Named) -> Diff:
        """What is different between two states of the data.

        Args: before, after: each the id or name of a snapshot, or of a graph as it is now; a name
            that both have is that of the snapshot
        Raises: NotFound(snapshot | graph); Conflict(name); Corrupt(corrupt)
        Cost: goes with what differs, not with what is there
        """
        (old, old_name), (new, new_name) = self._state(_id_of(before)), self._state(_id_of(after))
        return diff(old, new, (old_name, new_name))

    def _state(self, name_or_id: str) -> tuple[GraphVersion, str]:
        """A snapshot's version, or a graph's newest one, and its name for people."""
        try:
            ref = self.snapshot(name_or_id)
        except NotFound:
            if re.fullmatch(SNAPSHOT_ID_PATTERN, name_or_id):
                raise
            try:
                graph = self.graph(name_or_id)
            except NotFound as error:
                if error.kind != "graph":
                    raise
                raise NotFound(
                    "snapshot", f"There is no snapshot or graph {name_or_id!r}."
                ) from None
            return graph.version, f"graph {graph.name} ({graph.id})"
        return snapshot_version(self._store, ref), f"snapshot {ref.name} ({ref.id})"

    def frozen(self, snapshot: str | Named) -> FrozenGraph:
        """Opens a snapshot for reading, without restoring it.

        Args: snapshot: its name or id
        Raises: NotFound(snapshot | key); Conflict(name | state); Corrupt(corrupt)
        """
        frozen = FrozenGraph(self._store, self.snapshot(snapshot), self._shared)
        frozen.keep(self)
        return frozen

    def clone(self, graph: str | Named, name: str, *, graph_id: str | None = None) -> Graph:
        """Makes a new graph that holds what a graph holds now, and opens it; costs what changed
        since the graph was last saved.

        Args: graph: its name or id; name: of the new graph
        Raises: NotFound(graph); Conflict(name | state); Exhausted(storage), Unavailable(storage)
        """
        with self._guard:
            source = self.graph(graph)
            self._check_new_name(name)
            new_id = self._new_id(graph_id)
            graphs.clone_graph(self._store, source, new_id, name)
            return self._opened(new_id)

    def delete_snapshot(self, name_or_id: str | Named) -> None:
        """Removes a snapshot; graphs that were restored from it stay.

        Raises: NotFound(snapshot); Conflict(name)
        """
        with self._guard:
            graphs.delete_snapshot(self._store, self.snapshot(name_or_id).id)

    def pin(self, snapshot: str | Named, *, pinned: bool = True) -> None:
        """Keeps a snapshot from `prune`, or gives it to that again.

        Raises: NotFound(snapshot), also for one that is to be unpinned and is not pinned
        """
        refs, ref = self._usable().refs, self.snapshot(snapshot)
        (refs.pin if pinned else refs.unpin)(ref.id)

    def prune(self, graph: str | Named, keep: str) -> list[SnapshotRef]:
        """Removes the snapshots of a graph that need not be kept; pinned ones stay.

        Args: graph: its name or id; keep: such as `last=3,hourly=24,daily=7,weekly=4` (UTC)
        Returns: what was removed, oldest first
        Raises: Invalid(bad_request); NotFound(graph); Conflict(state) in a server's folder
        """
        with self._guard:
            retention = parse_retention(text_of("keep", keep))
            return graphs.prune(self._usable(), _id_of(graph), retention)

    def verify(self, snapshot: str | Named) -> Report:
        """Reads everything that a snapshot needs, and checks it.

        Raises: NotFound(snapshot); what is wrong with its data is in the report
        """
        return verify_snapshot(self._store, self.snapshot(snapshot).id)

    def export_snapshot(
        self, snapshot: str | Named, file: str | Path, *, passphrase: str | None
    ) -> int:
        """Writes a snapshot into one file, for another machine with another key; gives its bytes.

        Args: passphrase: seals the file; None for a file that anybody may read
        Raises: NotFound(snapshot); Conflict(state) when there is such a file
        """
        target = PortableFile(LocalFiles(), path_of("file", file), _passphrase(passphrase))
        return export_snapshot(self._usable(), self.snapshot(snapshot), target)

    def import_snapshot(
        self,
        file: str | Path,
        *,
        passphrase: str | None = None,
        name: str | None = None,
        key_id: str = AWS_OWNED_KEY,
    ) -> SnapshotRef:
        """Makes the snapshot in a file one of this database, sealed under a key of its own.

        Args: name: of the snapshot, in place of the one that it had
        Raises: NotFound(object | key); Invalid(illegal_argument) when the passphrase is missing or
            wrong, or the name cannot be one; Corrupt(corrupt) when the file is cut or changed
        """
        if name is not None:
            check_name(name)
        source = PortableFile(LocalFiles(), path_of("file", file), _passphrase(passphrase))
        return import_snapshot(self._usable(), source, key_id, name)

    def plan_gc(self) -> GcPlan:
        """What `sweep` would delete now; `print` it to see.

        Raises: Corrupt(corrupt) when it cannot be known what is in use
        """
        return gather_and_plan(self._usable())

    def sweep(self, plan: GcPlan) -> Swept:
        """Deletes what the plan names, but for what is in use by now.

        Raises: as plan_gc; Invalid(illegal_argument) for what is no plan
        """
        if not isinstance(plan, GcPlan):
            raise wrong("plan", "must be what plan_gc() gave", plan)
        return sweep(self._usable(), plan)

    def close(self) -> None:
        """Closes all graphs and lets go of the folder; harmless when repeated.

        Raises: the first error of closing a graph; everything is closed all the same
        """
        with self._guard:
            if self._lock is None:
                return
            failures: list[Exception] = []
            for graph in list(self._open.values()):
                try:
                    graph.close()
                except Exception as error:
                    failures.append(error)
            self._lock.release()
            self._lock = None
            self._store.close()
        if failures:
            raise failures[0]

    def leave_behind(self) -> None:
        """Closes the database for a process that was forked from the one that has it open, and does nothing to it.

        No lock is taken: who had it may be gone. The lock of the folder goes on, as the other process has it too.
        """
        self._lock = None
        for graph in self._open.values():
            graph.leave_behind()

    def __del__(self) -> None:
        # The locks of its graphs end with them. No lock of ours is taken: the collector may call this anywhere.
        if self._lock is not None and isinstance(self._store.files, LocalFiles):
            self._lock.release()
            text = f"unclosed database at {self._store.layout.root}: close it, or use `with`"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)

    def __repr__(self) -> str:
        root = self._store.layout.root
        where = "in memory" if isinstance(self._store.files, MemoryFiles) else f"at {root}"
        if self._lock is None:
            return f"<Database {where}, closed>"
        return f"<Database {where}: {len(self.graphs())} graphs>"

    def _usable(self) -> Store:
        if self._lock is None:
            raise Conflict("state", "The database is closed. Open it again.")
        return self._store

    def _opened(self, graph_id: str) -> Graph:
        graph = self._open.get(graph_id)
        if graph is None:
            graph = graphs.open_graph(self._usable(), graph_id, self._shared)
            self._open[graph_id] = graph
            graph.on_close(lambda: self._forget(graph_id))
        return graph

    def _forget(self, graph_id: str) -> None:
        with self._guard:
            self._open.pop(graph_id, None)

    def _graph_id(self, name_or_id: str | Named) -> str:
        wanted = _id_of(name_or_id)
        refs = self.graphs()
        for ref in refs:
            if wanted in (ref.id, ref.name):
                return ref.id
        hint = did_you_mean(wanted, [ref.name for ref in refs])
        raise NotFound("graph", f"There is no graph {wanted!r}{hint}.")

    def _new_id(self, graph_id: str | None) -> str:
        return new_graph_id(self._store.rng) if graph_id is None else graph_id_of(graph_id)

    def _check_new_name(self, name: str) -> None:
        check_name(name)
        if _looks_like_an_id(name):
            raise Invalid("illegal_argument", f"{name!r} looks like an id. Use another name.")
        if any(ref.name == name for ref in self.graphs()):
            raise Conflict("name", f"There is a graph {name!r}. Use another name, or delete it.")


def _id_of(name_or_id: str | Named) -> str:
    found = name_or_id if isinstance(name_or_id, str) else getattr(name_or_id, "id", None)
    if not isinstance(found, str):
        raise Invalid(
            "illegal_argument", f"Give a name, an id, a graph or a snapshot, not {name_or_id!r}."
        )
    return found


def _locked(store: Store) -> FileLock:
    """Raises: Conflict(state) when somebody else has the folder open."""
    try:
        return store.files.lock(store.layout.lock)
    except Conflict:
        # Perhaps one of ours that nobody has any more, and that was not collected yet.
        gc.collect()
        return store.files.lock(store.layout.lock)


def _passphrase(given: str | None) -> str | None:
    return None if given is None else text_of("passphrase", given)


def _looks_like_an_id(name: str) -> bool:
    return any(re.fullmatch(one, name) for one in (GRAPH_ID_PATTERN, SNAPSHOT_ID_PATTERN))
