"""An open graph: queries, bulk load, snapshots, upkeep.

Above: database. Below: commit, recover, checkpoint, folding, running, result, cypher, exec.

    query, reading   plan -> pin `current` -> frames, computed while they are read
    query, writing   plan -> transaction -> all frames -> commit -> durable -> the caller gets them
    load, reset      a new version under the write lock -> saved -> published; not through the log
    snapshot         pin `current` -> save beside the writers -> a ref
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, Self

from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, Invalid
from seaglass.base.ids import new_snapshot_id
from seaglass.base.limits import (
    LOG_CHECKPOINT_BYTES,
    SAVE_BESIDE_MS,
    SAVE_REST_MS,
    UPKEEP_COMMITS,
    UPKEEP_LOG_BYTES,
)
from seaglass.engine.checkpoint import Checkpoints
from seaglass.engine.commit import Published, Writer
from seaglass.engine.exec.context import Context, Options
from seaglass.engine.exec.explain import explain
from seaglass.engine.exec.neptune import delete_bare_nodes
from seaglass.engine.exec.probe import Probe
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run as run_plan
from seaglass.engine.folding import fold_once
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.stats import summary
from seaglass.engine.graph.version import empty
from seaglass.engine.parameters import parameters_of
from seaglass.engine.plan_cache import FirstRun, caching_of, explain_kept, told_below_ms
from seaglass.engine.recover import recover
from seaglass.engine.result import Result, memory_exhausted
from seaglass.engine.running import RunningQueries
from seaglass.engine.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from seaglass.base.files import FileLock
    from seaglass.engine.exec.context import View
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.stats import Summary
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.plan_cache import Caching, Kept, PlanCache
    from seaglass.engine.running import QueryInfo, RunningQuery
    from seaglass.engine.snapshot.refs import GraphRef, SnapshotRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value


@dataclass(frozen=True, slots=True)
class _Pinned:
    """The view of a reading query."""

    version: GraphVersion

    def apply(self, change: Change) -> NoReturn:
        raise AssertionError(f"a reading query has made a change: {type(change).__name__}")


@dataclass(frozen=True, slots=True)
class _Run:
    """One query on its way.

    Attributes: below_ms: as `told_below_ms` says
    """

    kept: Kept
    parameters: dict[str, Value]
    query: RunningQuery
    below_ms: float


class Graph:
    """A graph that this process has open. Safe to share between threads.

    Attributes: id, name, key_id: as in its ref
    """

    def __init__(self, store: Store, ref: GraphRef, lock: FileLock, plans: PlanCache) -> None:
        recovered = recover(store, ref)
        self.id = ref.id
        self.name = ref.name
        self.key_id = ref.key_id
        self._store = store
        self._file_lock = lock
        self._plans = plans
        self._options = Options(neptune=plans.dialect is Dialect.NEPTUNE)
        self._log = recovered.log
        self._writer = Writer(recovered.version, recovered.position, recovered.log)
        self._writer.log_bytes = recovered.replayed_bytes
        self._running = RunningQueries(store.clock, store.rng)
        self._checkpoints = Checkpoints(store, ref, recovered.log, self._rest_beside_queries)
        self._upkeep = Upkeep(self._keep_up, f"upkeep of {ref.id}")
        self._kept_up = (0, 0)
        self._checkpointed_bytes = 0
        self._closed = False
        self._closing: Callable[[], None] | None = None
        self._wake_upkeep()

    @property
    def version(self) -> GraphVersion:
        """The newest durable version."""
        return self._writer.current.version

    def query(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_ms: int | None = None,
        query_id: str | None = None,
        plan_cache: str = "AUTO",
    ) -> Result:
        """Runs an openCypher query.

        Args:
            parameters: values of the text's `$names`; others are ignored
            timeout_ms: how long it may wait and run
            query_id: its name in `queries`; a new one if not given
            plan_cache: AUTO, ENABLED or DISABLED: whether a kept plan may be used, and a new one kept
        Returns: the rows; of a writing query once what it wrote is durable
        Raises:
            Invalid(malformed_query | …), Unsupported(unsupported_operation): the text is refused
            Interrupted(cancelled | timeout); Exhausted(memory); Invalid(illegal_argument | …)
            Unavailable(worker) when the graph takes no writes any more
        """
        self._check_open()
        run = self._entered(text, parameters, caching_of(plan_cache), query_id, timeout_ms)
        return self._run(run, None)

    def explain(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        mode: str = "STATIC",
        timeout_ms: int | None = None,
        query_id: str | None = None,
        plan_cache: str = "DISABLED",
    ) -> str:
        """Tells how an openCypher query is run, as a table for people.

        Args:
            mode: STATIC for the plan alone; DETAILS runs the query to its end, and what it writes
                is written: the table then has the rows and the time of every operator
            plan_cache: other than DISABLED, a plan that Neptune would have kept is not shown: the
                text then tells when it was kept and how often it was used
            others: as query
        Raises: Invalid(illegal_argument) for another mode; what query and its result raise
        """
        self._check_open()
        details = _is_details(mode)
        caching = caching_of(plan_cache)
        if not details:
            kept = self._plans.plan(text, caching)
            return self._explained(text, kept, None, parameters_of(parameters))
        probe = Probe(self._store.clock)
        run = self._entered(text, parameters, caching, query_id, timeout_ms)
        first_run = run.kept.first_run
        with self._run(run, probe) as result:
            probe.serialize(result.json())
        shown = probe if first_run is None else None
        return self._explained(text, run.kept, shown, run.parameters)

    def _explained(
        self, text: str, kept: Kept, probe: Probe | None, parameters: dict[str, Value]
    ) -> str:
        if probe is None and kept.first_run is not None:
            return explain_kept(text, kept.hits, kept.first_run, parameters)
        return explain(text, kept.plan, probe)

    def _entered(
        self,
        text: str,
        parameters: Mapping[str, object] | None,
        caching: Caching,
        query_id: str | None,
        timeout_ms: int | None,
    ) -> _Run:
        """A query that waits, in the table of queries."""
        kept = self._plans.plan(text, caching)
        values = parameters_of(parameters)
        hinted = kept.plan.hints.timeout_ms
        if hinted is not None:
            timeout_ms = hinted if timeout_ms is None else min(hinted, timeout_ms)
        below_ms = told_below_ms(kept, caching, values)
        return _Run(kept, values, self._running.enter(text, query_id, timeout_ms), below_ms)

    def _run(self, run: _Run, probe: Probe | None) -> Result:
        plan = run.kept.plan
        changes = plan.writes or plan.deletes
        try:
            return (self._write if changes else self._read)(run, probe)
        except MemoryError:
            self._running.leave(run.query)
            raise memory_exhausted() from None
        except BaseException:
            self._running.leave(run.query)
            raise

    def _read(self, run: _Run, probe: Probe | None) -> Result:
        run.query.start()
        context = self._context(_Pinned(self._writer.current.version), run, probe)
        frames = run_plan(run.kept.plan, context)
        # The first frame is made now, so that most of what can go wrong does so before any answer.
        first = next(frames, None)
        return self._result(run, context, _from_first(first, frames))

    def _write(self, run: _Run, probe: Probe | None) -> Result:
        query = run.query
        with self._writer.begin(query.check) as transaction:
            query.start()
            context = self._context(transaction, run, probe)
            frames = list(run_plan(run.kept.plan, context))
            if self._options.neptune:
                # The rows show the nodes as they were until the end of the query.
                context.view = _Pinned(transaction.version)
                delete_bare_nodes(transaction)
            query.check()
        self._wake_upkeep()
        return self._result(run, context, iter(frames))

    def _context(self, view: View, run: _Run, probe: Probe | None) -> Context:
        return Context(
            parameters=run.parameters,
            view=view,
            interrupt=run.query,
            clock=self._store.clock,
            rng=self._store.rng,
            options=self._options,
            probe=probe,
            procedures=BODIES,
        )

    def _result(self, run: _Run, context: Context, frames: Iterator[Frame]) -> Result:
        columns = run.kept.plan.columns
        return Result(run.query.id, columns, frames, context, lambda: self._left(run))

    def _left(self, run: _Run) -> None:
        self._running.leave(run.query)
        if run.below_ms:
            took_ms = run.query.info().elapsed_ms
            if took_ms < run.below_ms:
                run.kept.hits = 0
                run.kept.first_run = FirstRun(run.query.id, self._store.clock.now(), took_ms)

    def load(self, nodes: Any = None, edges: Any = None) -> None:
        """Adds many nodes and edges at once: all of them, or none.

        Args:
            nodes: a table (Arrow, Polars, or a dict of arrays) with `~id`, optionally `~label`, and
                properties under all other names
            edges: a table with `~from` and `~to`, optionally `~label`, and properties
        Raises: Invalid(constraint | illegal_argument) when anything in the tables is wrong;
            Exhausted(storage), Unavailable(storage)
        """
        self._check_open()
        self._replace(lambda head: build(head, nodes, edges))

    def reset(self) -> None:
        """Removes all nodes and edges. Snapshots stay.

        Raises: Exhausted(storage), Unavailable(storage)
        """
        self._check_open()
        self._running.cancel_all()
        self._replace(lambda head: replace(empty(), number=head.number + 1))

    def _replace(self, change: Callable[[GraphVersion], GraphVersion]) -> None:
        """Makes another version the graph's, saved before it is shown."""
        with self._writer.locked(self._check_open) as head:
            version = change(head)
            if version is head:
                return
            before = self._writer.settle()
            after = Published(version, before.position)
            try:
                self._checkpoints.replace(after, lambda: self._writer.replace(version))
            except BaseException as error:
                if self._checkpoints.uncertain:
                    raise self._writer.broken_by(error) from error
                raise

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
        Raises: NotFound(key); Conflict(state) when the key is disabled; Exhausted(storage),
            Unavailable(storage): then there is no new snapshot
        """
        self._check_open()
        self._store.check_key(self.key_id)
        chosen = snapshot_id or new_snapshot_id(self._store.rng)
        return self._checkpoints.snapshot(lambda: self._writer.current, name, chosen, progress)

    def checkpoint(self) -> None:
        """Saves the newest durable version, so that the next opening has nothing to replay.

        Raises: Exhausted(storage), Unavailable(storage); nothing is lost
        """
        self._check_open()
        self._checkpoint()

    def summary(self, *, detailed: bool) -> Summary:
        """What the graph holds, in numbers: labels, keys, and (detailed) structures."""
        return summary(self.version, detailed)

    def queries(self) -> list[QueryInfo]:
        """The queries that run and wait."""
        return self._running.list()

    def running_query(self, query_id: str) -> QueryInfo:
        """Raises: NotFound(query)."""
        return self._running.get(query_id)

    def cancel(self, query_id: str) -> None:
        """Asks a query to end; it does soon, with Interrupted(cancelled).

        Raises: NotFound(query)
        """
        self._running.cancel(query_id)

    def close(self) -> None:
        """Ends the queries, saves, and lets go of the graph; harmless when repeated.

        Raises: Exhausted(storage), Unavailable(storage) when it could not be saved: the graph is
            closed all the same, and its log has everything that was acknowledged
        """
        if self._closed:
            return
        self._closed = True
        self._running.cancel_all()
        self._upkeep.stop()
        try:
            self._checkpoint()
        finally:
            try:
                self._log.close()
            finally:
                self._file_lock.release()
                if self._closing is not None:
                    self._closing()

    def on_close(self, closing: Callable[[], None]) -> None:
        """Has `closing` called when the graph is closed."""
        self._closing = closing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        version = self.version
        return f"<Graph {self.name!r} ({self.id}): {version.node_count} nodes, {version.edge_count} edges>"

    def _check_open(self) -> None:
        if self._closed:
            raise Conflict(
                "state", f"The graph {self.name!r} ({self.id}) is closed. Open it again."
            )

    def _checkpoint(self) -> None:
        log_bytes = self._writer.log_bytes
        self._checkpoints.checkpoint(lambda: self._writer.current)
        self._checkpointed_bytes = log_bytes

    def _rest_beside_queries(self) -> None:
        """Leaves the cores and the interpreter to queries for a while, if there are any."""
        if self._running.seen_within(SAVE_BESIDE_MS / 1000):
            self._store.clock.sleep(SAVE_REST_MS / 1000)

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


def _is_details(mode: str) -> bool:
    known = {"STATIC": False, "DETAILS": True}
    if mode.upper() not in known:
        raise Invalid(
            "illegal_argument", f"The explain mode must be STATIC or DETAILS, not {mode!r}."
        )
    return known[mode.upper()]


def _from_first(first: Frame | None, rest: Iterator[Frame]) -> Iterator[Frame]:
    if first is not None:
        yield first
        yield from rest
