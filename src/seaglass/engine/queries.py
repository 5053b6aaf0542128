"""Queries of a version: planned, run, listed, cancelled.

Above: live_graph, frozen_graph. Below: running, result, plan_cache, cypher, exec.

    reading   plan -> pin `version` -> frames, computed while they are read
    writing   as the subclass says
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from math import isnan
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from seaglass.base.arguments import function_of, place_of, text_of, wrong
from seaglass.base.closing import Closing
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Forbidden, Invalid
from seaglass.engine.diff_procedure import DIFF, diff_body
from seaglass.engine.exec.context import Context, Options
from seaglass.engine.exec.explain import explain
from seaglass.engine.exec.probe import Probe
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run as run_plan
from seaglass.engine.exec.run import run_operators, run_small, small_of
from seaglass.engine.graph.stats import summary
from seaglass.engine.memory import ENDS, ended
from seaglass.engine.parameters import parameters_of
from seaglass.engine.plan_cache import (
    Caching,
    FirstRun,
    Kept,
    caching_of,
    explain_kept,
    told_below_ms,
)
from seaglass.engine.result import OpenResult, Result
from seaglass.engine.running import RunningQueries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from seaglass.engine.diff_procedure import Lineage
    from seaglass.engine.exec.context import View
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.stats import Summary
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.memory import Memory
    from seaglass.engine.plan_cache import PlanCache
    from seaglass.engine.running import QueryInfo, RunningQuery
    from seaglass.engine.snapshot.store import Store
    from seaglass.engine.transfer.export import ExportProgress
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

_AUTO = Caching.AUTO
NOTHING: Mapping[str, str] = MappingProxyType({})


# The next two are made for every query. They are not frozen, as setting frozen fields takes three
# times as long; that the fields are `Final` says the same to the type checker.


@dataclass(slots=True)
class Pinned:
    """The view of a reading query."""

    version: Final[GraphVersion]

    def apply(self, change: Change) -> NoReturn:
        raise AssertionError(f"a reading query has made a change: {type(change).__name__}")


@dataclass(slots=True)
class Run:
    """One query on its way.

    Attributes:
        kept: the plan; another one when it has failed with the first (`PlanCache.careful`)
        below_ms: as `told_below_ms` says
    """

    kept: Kept
    parameters: Final[dict[str, Value]]
    query: Final[RunningQuery]
    below_ms: Final[float]


@dataclass(frozen=True, slots=True)
class Shared:
    """What the graphs of a process share. Args: import_folders: below which queries may read
    files; marks: whether it is kept which queries were committed (`marks`)
    """

    plans: PlanCache
    memory: Memory
    import_folders: tuple[str, ...] = ()
    marks: bool = False


class Queries(Closing):
    """What can be asked. Safe to share between threads."""

    def __init__(self, store: Store, shared: Shared, lineage: Lineage) -> None:
        self._store = store
        self._procedures = {**BODIES, DIFF: diff_body(store, lineage)}
        self._plans = shared.plans
        self._options = Options(
            neptune=shared.plans.dialect is Dialect.NEPTUNE, import_folders=shared.import_folders
        )
        self._alone = Lock()
        self._running = RunningQueries(store.clock, store.rng, shared.memory)

    def take_over(self, before: Queries) -> None:
        """Has the queries that another one of this graph has in hand, as its own.

        Called before anybody else knows this one.
        """
        self._running = before._running

    @property
    @abstractmethod
    def version(self) -> GraphVersion:
        """What a query that begins now reads."""

    @abstractmethod
    def _check_open(self) -> None:
        """Raises: Conflict(state) when nothing can be asked any more."""

    @abstractmethod
    def _write(self, run: Run, probe: Probe | None) -> Result:
        """Runs a query that changes something."""

    def query(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_ms: int | None = None,
        query_id: str | None = None,
        plan_cache: str = _AUTO,
        withheld: Mapping[str, str] = NOTHING,
    ) -> Result:
        """Runs an openCypher query.

        Args:
            parameters: values of the text's `$names`; others are ignored
            timeout_ms: how long it may wait and run
            query_id: its name in `queries`; a new one if not given
            plan_cache: AUTO, ENABLED or DISABLED: whether a kept plan may be used, and a new one kept
            withheld: which of reads, writes and deletes the text may not do, with the words to
                refuse it
        Returns: the rows; of a writing query once what it wrote is durable
        Raises:
            Invalid(malformed_query | …), Unsupported(unsupported_operation): the text is refused
            Forbidden(denied): the text does what is withheld
            Interrupted(cancelled | timeout); Exhausted(memory); Invalid(illegal_argument | …)
            Unavailable(worker) when the graph takes no writes any more
        """
        self._check_open()
        caching = _AUTO if plan_cache is _AUTO else caching_of(plan_cache)
        kept = self._plans.plan(text, self, caching)
        if withheld:
            _check_withheld(kept, withheld)
        return self._run(
            self._entered(kept, caching, parameters, text, (query_id, timeout_ms)), None
        )

    def columns(self, text: str) -> tuple[str, ...]:
        """The names of the columns of a query's rows; none of one that only changes something.

        Raises: Invalid, Unsupported: the text is refused
        """
        return tuple(self._plans.plan(text, self).plan.columns)

    def explain(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        mode: str = "STATIC",
        timeout_ms: int | None = None,
        query_id: str | None = None,
        plan_cache: str = "DISABLED",
        withheld: Mapping[str, str] = NOTHING,
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
        kept = self._plans.plan(text, self, caching)
        _check_withheld(kept, withheld)
        if not details:
            return self._explained(text, kept, None, parameters_of(parameters))
        probe = Probe(self._store.clock)
        run = self._entered(kept, caching, parameters, text, (query_id, timeout_ms))
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
        return explain(text, kept.plan, probe, self._plans.rules_of(text, self))

    def _entered(
        self,
        kept: Kept,
        caching: Caching,
        parameters: Mapping[str, object] | None,
        text: str,
        asked: tuple[str | None, int | None],
    ) -> Run:
        """A query in the table of queries. Args: asked: its id and its timeout"""
        query_id, timeout_ms = asked
        if query_id is not None:
            text_of("query_id", query_id)
        if timeout_ms is not None:
            _check_timeout(timeout_ms)
        values = parameters_of(parameters)
        hinted = kept.plan.hints.timeout_ms
        if hinted is not None:
            timeout_ms = hinted if timeout_ms is None else min(hinted, timeout_ms)
        below_ms = told_below_ms(kept, caching, values) if kept.untold else 0
        query = self._running.enter(text, query_id, timeout_ms)
        return Run(kept, values, query, below_ms)

    def _run(self, run: Run, probe: Probe | None) -> Result:
        plan = run.kept.plan
        begin = self._write if plan.writes or plan.deletes else self._read
        try:
            try:
                return begin(run, probe)
            except Invalid:
                other = self._plans.careful(run.query.text, self, plan)
                if other is None:
                    raise
                run.kept = Kept(other, run.kept.used_at)
                return begin(run, probe)
        except ENDS as error:
            self._running.leave(run.query)
            raise ended(error) from None
        except BaseException:
            self._running.leave(run.query)
            raise

    def _read(self, run: Run, probe: Probe | None) -> Result:
        context = self._context(Pinned(self.version), run, probe)
        plan = run.kept.plan
        small = small_of(plan, context)
        if small is None:
            frames = run_plan(plan, context)
        else:
            rows = run_small(small, plan, context)
            if rows is not None:
                self._left(run)
                return Result(run, rows, context)
            frames = run_operators(plan, context)
        # The first frame is made now, so that most of what can go wrong does so before any answer.
        first = next(frames, None)
        return self._result(run, context, _from_first(first, frames))

    def _context(self, view: View, run: Run, probe: Probe | None) -> Context:
        store, query = self._store, run.query
        # By place: by name it takes twice as long, a thirtieth of a look-up.
        return Context(
            run.parameters,
            view,
            query,
            store.clock,
            store.rng,
            self._options,
            query,
            probe,
            self._procedures,
            self._alone,
        )

    def _result(self, run: Run, context: Context, frames: Iterator[Frame]) -> Result:
        return OpenResult(run, frames, context, self._left)

    def _left(self, run: Run) -> None:
        self._running.leave(run.query)
        if run.below_ms:
            took_ms = run.query.info().elapsed_ms
            if took_ms < run.below_ms:
                now = self._store.clock.now()
                run.kept.tell(FirstRun(run.query.id, now, took_ms))

    def summary(self, *, detailed: bool) -> Summary:
        """What the graph holds, in numbers: labels, keys, and (detailed) structures."""
        return summary(self.version, detailed)

    def export(
        self,
        destination: str | Path,
        *,
        format: str = "csv",  # noqa: A002 - what everybody calls it
        filter: Mapping[str, Any] | None = None,  # noqa: A002
        progress: Callable[[ExportProgress], None] | None = None,
    ) -> ExportProgress:
        """Writes nodes and edges as files that can be imported again; writes go on meanwhile.

        Args:
            destination: a folder, or `s3://bucket/prefix`; gets the folders `vertices` and `edges`
            format: csv or parquet
            filter: what to write, as StartExportTask's `exportFilter`; everything if not given
            progress: called after every group of rows
        Returns: how many nodes and edges were written
        Raises: Conflict(state) when an export is there; NotFound(label); Invalid(illegal_argument)
            for a filter or format that is none; Exhausted(storage); Forbidden(destination) when
            it cannot be written to. Then nothing is left there
        """
        from seaglass.engine.transfer.export import export_new
        from seaglass.engine.transfer.targets import target_of

        self._check_open()
        function_of("progress", progress)
        place = place_of("destination", destination)
        target = target_of(place, None, None, self._store.clock, self._store.rng)
        return export_new(self.version, (format, filter), target, progress)

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


def _check_withheld(kept: Kept, withheld: Mapping[str, str]) -> None:
    """Raises: Forbidden(denied) when the plan does what is withheld."""
    for what in ("reads", "writes", "deletes"):
        if getattr(kept.plan, what) and what in withheld:
            raise Forbidden("denied", withheld[what])


def _is_details(mode: str) -> bool:
    known = {"STATIC": False, "DETAILS": True}
    word = mode.upper() if isinstance(mode, str) else ""
    if word not in known:
        raise Invalid(
            "illegal_argument", f"The explain mode must be STATIC or DETAILS, not {mode!r}."
        )
    return known[word]


def _check_timeout(timeout_ms: object) -> None:
    # Parts of a millisecond are as good as whole ones.
    number = isinstance(timeout_ms, int | float) and not isinstance(timeout_ms, bool)
    if not number or isnan(timeout_ms):  # type: ignore[arg-type]
        raise wrong("timeout_ms", "must be a number of milliseconds", timeout_ms)


def _from_first(first: Frame | None, rest: Iterator[Frame]) -> Iterator[Frame]:
    if first is not None:
        yield first
        yield from rest
