"""Checkpoints and snapshots of an open graph: the one place that moves its ref.

    checkpoint   save a durable version, move the graph's ref to its manifest, cut the log before it
    snapshot     the same, and a ref of its own for the version: a checkpoint with a name
    replace      the same for a version that did not come through the log (bulk load, reset), of
                 which `ahead` has stored what was ready before

All run under one lock, `saving`; writers and readers never wait for it. The ref is moved in this
order: retire the old one and write the new one under no name, while the new objects become durable,
name the new one, cut the log. A failure between leaves the old ref or the new one, both whole; which
of them is read back before the next save.

Above: live_graph. Below: snapshot/, storage/wal.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Exhausted, NotFound, Unavailable
from seaglass.engine.snapshot.ahead import storing_ahead
from seaglass.engine.snapshot.describe import Identity
from seaglass.engine.snapshot.label import name_snapshot
from seaglass.engine.snapshot.manifest import reached_names, read_manifest
from seaglass.engine.snapshot.refs import GraphRef, SnapshotRef, encode_ref
from seaglass.engine.snapshot.save import Beside, Save, Saved, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from seaglass.base.pace import Pace
    from seaglass.engine.commit import Published
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.marks import Marks
    from seaglass.engine.snapshot.ahead import Ahead
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.wal.log import Log

    Progress = Callable[[int, int], None] | None


class Checkpoints:
    """The saves of one open graph, one at a time."""

    def __init__(
        self,
        store: Store,
        ref: GraphRef,
        log: Log,
        pace: Callable[[], Pace],
        marks: Marks | None,
    ) -> None:
        """pace: gives that of a save that begins; marks: are saved before what the log has of them may go"""
        self._store = store
        self._log = log
        self._marks = marks
        self._pace = pace
        self._saving = threading.Lock()
        self._closed = False
        self._ref: GraphRef | None = ref
        self._graph_id = ref.id
        self._identity = Identity(ref.id, ref.name, ref.key_id)
        self._reached: frozenset[str] | None = None
        # What the ref's manifest holds, as far as this process has saved it.
        self._saved: tuple[int, int] | None = None
        self.position = ref.log_position

    def checkpoint(self, pin: Callable[[], Published]) -> None:
        """Makes the version that `pin` gives the one that the graph is opened with.

        Raises: Exhausted(storage), Unavailable(storage), Conflict(state) when it was closed; the graph is as
            it was, and so is its log
        """
        with self._saving:
            self._check_open()
            published = pin()
            if published.position != self.position or self.uncertain:
                self._save(published, self._job(published, None), None, _nothing)
                self._cut_log(at_once=True)

    def snapshot(
        self, pin: Callable[[], Published], name: str, snapshot_id: str, progress: Progress
    ) -> SnapshotRef:
        """Gives the version that `pin` gives a name of its own; one of that id is kept as it is.

        Raises: as checkpoint
        """
        with self._saving:
            self._check_open()
            found = self._found(snapshot_id)
            if found is not None:
                return found
            published = pin()
            if (ref := self._named_again(published, name, snapshot_id)) is not None:
                return ref
            refs: list[SnapshotRef] = []

            def ref_of(saved: Saved) -> SnapshotRef:
                refs.append(self._snapshot_ref(published.version, saved, name, snapshot_id))
                return refs[0]

            self._save(published, self._job(published, progress), ref_of, _nothing)
            return refs[0]

    def replace(self, published: Published, publish: Callable[[], None]) -> None:
        """Makes a version that is not in the log the one that the graph is opened with.

        Args: publish: shows it to readers and writers; called as soon as it is durable
        Raises: as checkpoint; when the graph is `uncertain` after that, it may be opened with the
            new version next time, so nothing may be written on top of the old one
        """
        with self._saving:
            self._check_open()
            # Writers wait for this one, so it does not rest.
            job = replace(self._job(published, None), pace=None)
            self._save(published, job, None, publish)

    def close(self) -> None:
        """Moves the ref no more, once the save that runs has ended: others may open the graph next."""
        with self._saving:
            self._closed = True

    def ahead(self) -> AbstractContextManager[Ahead]:
        """What stores chunks of a version for `replace` while it is still being built."""
        return storing_ahead(lambda: self._store.objects(self._identity.key_id))

    @property
    def uncertain(self) -> bool:
        """Whether the last move of the ref has failed halfway."""
        return self._ref is None

    def _check_open(self) -> None:
        if self._closed:
            raise Conflict("state", f"The graph {self._graph_id} is closed. Open it again.")

    def _named_again(self, published: Published, name: str, snapshot_id: str) -> SnapshotRef | None:
        """Names what the graph's ref names already, if that is what `published` holds."""
        if self._ref is None or self._reached is None or self._saved != _content(published):
            return None
        saved = Saved(self._ref.manifest, self._reached, 0, 0)
        ref = self._snapshot_ref(published.version, saved, name, snapshot_id)
        # Nothing collects what the ref reaches, and the ref moves only under `saving`.
        with self._store.objects_lock():
            name_snapshot(self._store, ref)
        return ref

    def _job(self, published: Published, progress: Progress) -> Save:
        _, reached = self._current_ref()
        return Save(published.version, self._identity, reached, progress, self._pace())

    def _save(
        self,
        published: Published,
        job: Save,
        ref_of: Callable[[Saved], SnapshotRef] | None,
        publish: Callable[[], None],
    ) -> None:
        """Args: ref_of: gives the ref of a snapshot; publish: called once the graph's ref has moved"""
        ref, _ = self._current_ref()
        made: list[SnapshotRef] = []
        naming = self._store.refs.naming()

        def label(saved: Saved) -> bytes:
            assert ref_of is not None
            made.append(ref_of(saved))
            return encode_ref(made[0])

        def retire(saved: Saved) -> None:
            if saved.manifest != ref.manifest:
                self._store.retire(f"graph {ref.id}", ref.key_id, ref.manifest)

        def write_graph(saved: Saved) -> None:
            moved = _moved(ref, saved, published.position)
            if moved is not None:
                naming.stage_graph(moved)

        def write_snapshot(saved: Saved) -> None:
            del saved
            for snapshot in made:
                naming.stage_snapshot(snapshot)

        def save_marks(saved: Saved) -> None:
            moves = _moved(ref, saved, published.position) is not None
            if moves and self._marks is not None:
                self._marks.save(published.position)

        def name_it(saved: Saved) -> None:
            moved = _moved(ref, saved, published.position)
            if moved is not None:
                self._ref = None
            naming.finish()
            if moved is not None:
                self._ref, self._reached, self.position = moved, saved.reached, moved.log_position
            publish()

        self._saved = None
        acts = (write_graph, retire, write_snapshot, save_marks)
        try:
            save(self._store, job, name_it, Beside(acts, None if ref_of is None else label))
        finally:
            naming.drop()
        self._saved = _content(published)
        self._cut_log(at_once=False)

    def _cut_log(self, *, at_once: bool) -> None:
        """Removes what the ref's position makes needless, once the ref is durable.

        Args: at_once: ends the open segment, so that it can go as well
        """
        try:
            if at_once:
                self._log.start_segment()
            self._log.truncate_before(self.position + 1)
        except (Exhausted, Unavailable):
            # What is left costs space only: opening skips it, and the next save cuts it. A log that
            # has failed tells its writers.
            pass

    def _current_ref(self) -> tuple[GraphRef, frozenset[str]]:
        """The ref as it is in the store, and what it reaches."""
        if self._ref is None:
            # It may be the new one, under a name that is not durable yet.
            self._store.files.sync_folder(self._store.layout.graph(self._graph_id))
            self._ref, self._reached = self._store.refs.graph(self._graph_id), None
            self.position = self._ref.log_position
        if self._reached is None:
            ref = self._ref
            objects = self._store.objects(ref.key_id)
            manifest = read_manifest(objects, ref.manifest, f"graph {ref.id}")
            self._reached = reached_names(manifest) | {ref.manifest}
        return self._ref, self._reached

    def _found(self, snapshot_id: str) -> SnapshotRef | None:
        try:
            found = self._store.refs.snapshot(snapshot_id)
        except NotFound:
            return None
        # Whoever wrote it may have failed before its name was durable.
        self._store.refs.sync_snapshots()
        return found

    def _snapshot_ref(
        self, version: GraphVersion, saved: Saved, name: str, snapshot_id: str
    ) -> SnapshotRef:
        return SnapshotRef(
            id=snapshot_id,
            name=name,
            graph_id=self._identity.graph_id,
            graph_name=self._identity.graph_name,
            key_id=self._identity.key_id,
            manifest=saved.manifest,
            version=version.number,
            node_count=version.node_count,
            edge_count=version.edge_count,
            objects_written=saved.objects,
            bytes_written=saved.bytes,
            created_ms=self._store.now_ms(),
        )


def _moved(ref: GraphRef, saved: Saved, position: int) -> GraphRef | None:
    """The ref as it is to be; None if it is so."""
    moved = replace(ref, manifest=saved.manifest, log_position=position)
    return None if moved == ref else moved


def _content(published: Published) -> tuple[int, int]:
    """What tells versions of one graph apart; a version and its folded form have the same."""
    return published.position, published.version.number


def _nothing() -> None:
    """Nobody waits for it."""
