"""An open graph: writing queries, bulk load, snapshots, upkeep.

Above: database. Below: queries, commit, recover, checkpoint, folding.

    query, writing   plan -> transaction -> all frames -> commit -> durable -> the caller gets them
    load, reset      a new version under the write lock -> saved -> published; not through the log
    snapshot         pin `current` -> save beside the writers -> a ref
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from seaglass.base.arguments import function_of, place_of, text_of, whole_of
from seaglass.base.errors import Conflict
from seaglass.base.ids import check_name, new_snapshot_id, snapshot_id_of
from seaglass.base.limits import (
    LOAD_REST_MS,
    LOG_CHECKPOINT_BYTES,
    PREFETCH_THREADS,
    SAVE_BESIDE_MS,
    SAVE_REST_MS,
    UPKEEP_COMMITS,
    UPKEEP_LOG_BYTES,
    VECTOR_DIMENSION_MAX,
)
from seaglass.base.pace import Pace
from seaglass.engine.checkpoint import Checkpoints
from seaglass.engine.commit import Published, Writer
from seaglass.engine.diff_procedure import Lineage
from seaglass.engine.exec.neptune import delete_bare_nodes
from seaglass.engine.exec.operators.frames import drain
from seaglass.engine.exec.run import run as run_plan
from seaglass.engine.exec.run import run_operators, run_small, small_of
from seaglass.engine.folding import fold_once
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.version import emptied, empty, with_vectors
from seaglass.engine.graph.watch import Watch
from seaglass.engine.marks import Marks, mark_of
from seaglass.engine.prefetch import Prefetch
from seaglass.engine.queries import Pinned, Queries
from seaglass.engine.result import Result
from seaglass.engine.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seaglass.base.files import FileLock
    from seaglass.engine.commit import Transaction
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.probe import Probe
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.graph.watch import Keep
    from seaglass.engine.prefetch import Residence
    from seaglass.engine.queries import Run, Shared
    from seaglass.engine.recover import Recovered
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.engine.transfer.request import LoadProgress, LoadReport
    from seaglass.engine.values.frame import Frame


_NOTHING = Pinned(empty())


class Graph(Queries):
    """A graph that this process has open. Safe to share between threads.

    Attributes: id, name, key_id: as in its ref
    """

    def __init__(self, store: Store, recovered: Recovered, lock: FileLock, shared: Shared) -> None:
        ref = recovered.ref
        super().__init__(store, shared, Lineage(ref.id, ref.source_snapshot))
        self.id = ref.id
        self.name = ref.name
        self.key_id = ref.key_id
        self._file_lock = lock
        self._log = recovered.log
        self._marks: Marks | None = None
        if shared.marks:
            self._marks = Marks(store.files, store.layout.graph_marks(ref.id))
            self._marks.extend(recovered.marks)
        self._writer = Writer(
            recovered.version, recovered.position, recovered.log, store.clock, self._marks
        )
        self._writer.log_bytes = recovered.replayed_bytes
        self._checkpoints = Checkpoints(
            store,
            ref,
            recovered.log,
            self._pace_of_save,
            self._marks,
        )
        self._prefetch = Prefetch(
            recovered.version,
            self._rest_of_load,
            lambda digests: store.raw_objects.expect([digest.hex() for digest in digests]),
            max(PREFETCH_THREADS, store.raw_objects.threads // 2),
        )
        self._upkeep = Upkeep(self._keep_up, f"upkeep of {ref.id}")
        self._kept_up = (0, 0)
        self._checkpointed_bytes = 0
        self._closed = self._left_behind = False
        self._closing: Callable[[], None] | None = None
        self._wake_upkeep()

    @property
    def version(self) -> GraphVersion:
        """The newest durable version."""
        return self._writer.current.version

    def _write(self, run: Run, probe: Probe | None) -> Result:
        query = run.query
        query.wait()
        errand = run.kept.short and probe is None
        body = partial(self._transact, run, probe)
        context, frames = self._writer.write(body, query.check, errand=errand)
        query.no_deadline()
        self._wake_upkeep()
        if frames:
            return self._result(run, context, iter(frames))
        self._left(run)
        return Result(run, (), context)

    def _transact(
        self, run: Run, probe: Probe | None, transaction: Transaction
    ) -> tuple[Context, list[Frame]]:
        """With the write lock, on whichever thread has it: what a writing query does."""
        query = run.query
        query.start()
        if self._marks is not None:
            transaction.mark = mark_of(query.id)
        context = self._context(transaction, run, probe)
        plan = run.kept.plan
        small = small_of(plan, context)
        # They stay until the result is read: the purse gives them back then.
        frames: list[Frame] = []
        row = None if small is None else run_small(small, plan, context)
        if row is None:
            rest = run_plan if small is None else run_operators
            frames = drain(rest(plan, context), context, context.holding())
        else:
            frames += row
        if self._options.neptune:
            # The rows show the nodes as they were until the end of the query.
            context.view = Pinned(transaction.version)
            delete_bare_nodes(transaction, query.check)
        if not frames:
            # There is nothing to show of its version, which need not stay for that.
            context.view = _NOTHING
        query.check()
        return context, frames

    def committed(self, query_id: str) -> bool:
        """Whether the query of this id, which has ended, is among the newest that changed something.

        Raises: Conflict(query) while it is running; Unavailable(worker) when the log has failed: whoever
            opens the graph next can tell
        """
        assert self._marks is not None, "only who keeps marks may be asked"
        if any(query.id == query_id for query in self.queries()):
            raise Conflict("query", f"The query {query_id} is running.")
        self._writer.check_sound()
        return mark_of(query_id) in self._marks

    def load(self, nodes: Any = None, edges: Any = None) -> None:
        """Adds many nodes and edges at once: all of them, or none.

        Args:
            nodes: a table (Arrow, Polars, pandas, or a dict of arrays) with `~id`, optionally `~label` and
                `~embedding`, and properties under all other names
            edges: a table with `~from` and `~to`, optionally `~label`, and properties
        Raises: Invalid(constraint | illegal_argument) when anything in the tables is wrong;
            Exhausted(storage), Unavailable(storage)
        """

        def change(head: GraphVersion, keep: Keep) -> GraphVersion:
            return build(head, nodes, edges, Watch(keep, lambda _: None))

        self.replace(change)

    def import_files(
        self,
        source: str | Path,
        *,
        format: str = "csv",  # noqa: A002 - what everybody calls it
        fail_on_error: bool = True,
        region: str | None = None,
        progress: Callable[[LoadProgress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> LoadReport:
        """Fills the graph, which must be empty, from files: all of them, or nothing.

        Args:
            source: `s3://bucket/prefix` for all keys that begin so; or a path, for the file or
                folder and those whose names begin so
            format: csv, open_cypher, parquet or ntriples
            fail_on_error: whether the first thing that is wrong ends it; else what is wrong is left
                out, and the report tells of it
            region: of the bucket
            progress: called after every part of a file
            stop: asked as often; whether to end
        Raises: Conflict(state) when the graph is not empty; Invalid(illegal_argument) for what is
            wrong with the arguments or the files; Interrupted(cancelled); Forbidden(source);
            Exhausted(storage), Unavailable(storage)
        """
        from seaglass.engine.transfer.load import bulk_import
        from seaglass.engine.transfer.request import LoadRequest, format_of

        self._check_open()
        function_of("progress", progress)
        function_of("stop", stop)
        request = LoadRequest(
            source=place_of("source", source),
            format=format_of(format),
            fail_on_error=fail_on_error,
            threads=os.cpu_count() or 1,
            load_id=self._store.rng.uuid(),
            region=None if region is None else text_of("region", region),
        )
        return bulk_import(self, request, progress or (lambda _: None), stop or (lambda: False))

    def reset(self) -> None:
        """Removes all nodes and edges. Snapshots stay, and the dimension of vectors.

        Raises: Exhausted(storage), Unavailable(storage)
        """
        self._check_open()
        self._running.cancel_all()
        self.replace(lambda head, _: emptied(head))

    def take_vectors(self, dimension: int) -> None:
        """Has the nodes take embeddings from now on. A graph whose nodes take them stays as it is.

        Args: dimension: numbers of an embedding, 1 to 65,536
        Raises: Invalid(illegal_argument) for another dimension; Exhausted(storage), Unavailable(storage)
        """
        dimension = whole_of("dimension", dimension, 1, VECTOR_DIMENSION_MAX)
        self.replace(lambda head, _: with_vectors(head, dimension))

    @property
    def neptune(self) -> bool:
        """Whether queries are of the dialect `neptune`."""
        return self._options.neptune

    def replace(self, change: Callable[[GraphVersion, Keep], GraphVersion]) -> None:
        """Makes another version the graph's, saved before it is shown.

        Args: change: gives it, from the newest; what it raises leaves the graph as it was. Chunks
            that it gives to its second argument are stored while it works on
        Raises: Exhausted(storage), Unavailable(storage)
        """
        self._check_open()
        with (
            self._writer.locked(self._check_open) as head,
            self._checkpoints.ahead() as ahead,
        ):
            version = change(head, ahead.keep)
            if version is head:
                return
            ahead.finish()
            before = self._writer.settle()
            after = Published(version, before.position)
            try:
                self._checkpoints.replace(after, lambda: self._writer.replace(version))
            except BaseException as error:
                if self._checkpoints.uncertain:
                    raise self._writer.broken_by(error) from error
                raise

    def prefetch(self, *, wait: bool = False) -> None:
        """Loads what was not touched yet, in the background: a graph opens before it is in memory.

        Args: wait: return only when everything is loaded
        """
        self._check_open()
        self._prefetch.start()
        if wait:
            self._prefetch.wait()

    @property
    def residence(self) -> Residence:
        """How many of the chunks that the graph was opened with `prefetch` has seen in memory."""
        return self._prefetch.residence

    def snapshot(
        self,
        name: str,
        *,
        snapshot_id: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> SnapshotRef:
        """Keeps the newest durable version under a name; writes go on meanwhile.

        Args:
            snapshot_id: a new one if not given; a snapshot that has it already is kept and given
            progress: called with the number of chunks stored and to store
        Raises: Invalid(illegal_argument) for what is no name; NotFound(key); Conflict(state) when
            the key is disabled; Exhausted(storage), Unavailable(storage): then there is no new snapshot
        """
        self._check_open()
        check_name(name)
        function_of("progress", progress)
        self._store.check_key(self.key_id)
        new_id = new_snapshot_id(self._store.rng) if snapshot_id is None else snapshot_id
        chosen = snapshot_id_of(new_id)
        return self._checkpoints.snapshot(lambda: self._writer.current, name, chosen, progress)

    def checkpoint(self) -> None:
        """Saves the newest durable version, so that the next opening has nothing to replay.

        Raises: Exhausted(storage), Unavailable(storage); nothing is lost
        """
        self._check_open()
        self._checkpoint()

    def close(self) -> None:
        """Ends the queries, saves, and lets go of the graph; harmless when repeated.

        Raises: Exhausted(storage), Unavailable(storage) when it could not be saved: the graph is
            closed all the same, and its log has everything that was acknowledged
        """
        if self._closed:
            return
        self._closed = True
        self._running.cancel_all()
        self._prefetch.stop()
        self._upkeep.stop()
        try:
            self._checkpoint()
        finally:
            try:
                # A load that goes on must not have the last word when somebody else has the graph open.
                self._checkpoints.close()
                self._log.close()
            finally:
                self._file_lock.release()
                if self._closing is not None:
                    self._closing()

    def leave_behind(self) -> None:
        """Closes the graph for a process that was forked from the one that has it open, and does nothing to it."""
        self._closed = self._left_behind = True

    def on_close(self, closing: Callable[[], None]) -> None:
        """Has `closing` called when the graph is closed."""
        self._closing = closing

    def __repr__(self) -> str:
        version = self.version
        return f"<Graph {self.name!r} ({self.id}): {version.node_count} nodes, {version.edge_count} edges>"

    def _check_open(self) -> None:
        if self._closed:
            why = "closed. Open it again."
            if self._left_behind:
                why = "open in the process that this one was forked from. Ask there."
            raise Conflict("state", f"The graph {self.name!r} ({self.id}) is {why}")

    def _checkpoint(self) -> None:
        log_bytes = self._writer.log_bytes
        self._checkpoints.checkpoint(lambda: self._writer.current)
        self._checkpointed_bytes = log_bytes

    def _pace_of_save(self) -> Pace:
        """How a save goes that begins now. What has ended before, such as the write that it keeps,
        is nobody that waits.
        """
        clock, running = self._store.clock, self._running
        beside = partial(running.seen_within, SAVE_BESIDE_MS / 1000, clock.monotonic())
        return Pace(clock, beside, SAVE_REST_MS / 1000)

    def _rest_of_load(self) -> None:
        """Leaves the cores and the interpreter to queries for a while, if there are any."""
        if self._running.seen_within(SAVE_BESIDE_MS / 1000, 0):
            self._store.clock.sleep(LOAD_REST_MS / 1000)

    def _wake_upkeep(self) -> None:
        """Wakes the background thread when enough has been written since it was last woken."""
        commits, log_bytes = self._kept_up
        writer = self._writer
        if (
            writer.commits - commits >= UPKEEP_COMMITS
            or writer.log_bytes - log_bytes >= UPKEEP_LOG_BYTES
        ):
            self._kept_up = (writer.commits, writer.log_bytes)
            self._upkeep.wake()

    def _keep_up(self) -> None:
        """One round of the background thread."""
        fold_once(self._writer, self._check_open)
        if self._writer.log_bytes - self._checkpointed_bytes >= LOG_CHECKPOINT_BYTES:
            self._checkpoint()
