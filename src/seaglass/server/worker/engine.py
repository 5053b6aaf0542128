"""The real engine behind a worker's requests.

Above: `session`, through `ports`. Below: engine.graphs. Nothing of the engine is imported with
this module, so that a worker watches its lifeline before that takes its time.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from seaglass.base.clock import SystemClock
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, NotFound
from seaglass.base.ids import is_snapshot_id
from seaglass.base.kms import Kms
from seaglass.server.worker.memory import free_unused, resident_bytes
from seaglass.server.worker.summary import summary_output

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from seaglass.engine.follower import Follower
    from seaglass.engine.frozen_graph import FrozenGraph
    from seaglass.engine.live_graph import Graph
    from seaglass.engine.queries import Queries, Shared
    from seaglass.engine.snapshot.store import Store
    from seaglass.server.worker.ports import OpenGraph, QueryOptions

# Together they go through parser, operators, storage and the kernels that small queries need.
_WARM_UP = (
    "CREATE (a:A {n: 1})-[:R {w: 2.5}]->(b:B {n: 'x'}) RETURN a, b",
    "MATCH (a:A)-[r:R]->(b) WHERE a.n > 0 AND b.n = 'x' RETURN a.n, r.w, b ORDER BY a.n LIMIT 1",
    "MATCH (a)<-[r]-(b) RETURN count(r), collect(a.n)",
    "MATCH (a {`~id`: 'none'}) SET a.n = 2",
    "UNWIND [1, 2] AS x MERGE (c:C {n: x}) RETURN sum(x)",
)


class _Served:
    """What graphs and snapshots have in common."""

    def __init__(self, graph: Queries, clock: SystemClock) -> None:
        self._graph = graph
        self._clock = clock

    def query(
        self, query_id: str, text: str, parameters: Mapping[str, object], options: QueryOptions
    ) -> Generator[bytes]:
        """Run a query; yield the JSON of its result, or its explanation as text."""
        timeout_ms, plan_cache = options.timeout_ms, options.plan_cache
        if options.explain is not None:
            table = self._graph.explain(
                text,
                parameters,
                mode=options.explain,
                timeout_ms=timeout_ms,
                query_id=query_id,
                plan_cache=plan_cache,
                withheld=options.withheld,
            )
            yield table.encode()
            return
        with self._graph.query(
            text,
            parameters,
            timeout_ms=timeout_ms,
            query_id=query_id,
            plan_cache=plan_cache,
            withheld=options.withheld,
        ) as result:
            yield from result.json()

    def queries(self) -> Sequence[Mapping[str, object]]:
        """List the queries in hand."""
        return [
            {
                "id": info.id,
                "state": str(info.state),
                "waited": info.waited_ms,
                "elapsed": info.elapsed_ms,
            }
            for info in self._graph.queries()
        ]

    def cancel(self, query_id: str) -> None:
        """Ask a query to end."""
        self._graph.cancel(query_id)

    def summary(self, *, detailed: bool) -> Mapping[str, object]:
        """Give the output of GetGraphSummary."""
        return summary_output(self._graph.summary(detailed=detailed), self._clock.now())


class ServedGraph(_Served):
    """A graph of the engine in the shape that the session knows."""

    def __init__(self, graph: Graph, store: Store, clock: SystemClock) -> None:
        super().__init__(graph, clock)
        self._live = graph
        self._store = store

    def snapshot(self, snapshot_id: str, name: str) -> None:
        """Make the snapshot durable."""
        self._live.snapshot(name, snapshot_id=snapshot_id)

    def clone(self, graph_id: str, name: str) -> None:
        """Make a graph of what this one holds now, unless it is there."""
        from seaglass.engine import graphs

        if not self._store.files.exists(self._store.layout.graph_ref(graph_id)):
            graphs.clone_graph(self._store, self._live, graph_id, name)

    def residence(self) -> tuple[int, int]:
        """Count the chunks that are in memory, and all of them."""
        residence = self._live.residence
        return residence.loaded, residence.total

    def reset(self) -> None:
        """Remove all data."""
        self._live.reset()

    def close(self) -> None:
        """End the queries, save, and let go of the graph."""
        self._live.close()


class ServedForReading(_Served):
    """A snapshot that is read where it is, or a replica of a graph."""

    def __init__(self, graph: FrozenGraph | Follower, clock: SystemClock) -> None:
        super().__init__(graph, clock)
        self._read = graph

    def snapshot(self, snapshot_id: str, name: str) -> NoReturn:
        """Refuse: only graphs are snapshotted."""
        del snapshot_id, name
        raise Conflict("state", f"{self._read.id} is read only here.")

    def clone(self, graph_id: str, name: str) -> NoReturn:
        """Refuse: what is read only cannot save what it reads."""
        del graph_id, name
        raise Conflict("state", f"{self._read.id} is read only here.")

    def residence(self) -> tuple[int, int]:
        """What is only read loads what is touched."""
        return 0, 0

    def reset(self) -> NoReturn:
        """Refuse: nothing is removed here."""
        raise Conflict("state", f"{self._read.id} is read only here.")

    def close(self) -> None:
        """End the queries."""
        self._read.close()


class SeaglassEngine:
    """Graphs of a data folder on disk. Every step may be repeated."""

    def __init__(
        self,
        dialect: Dialect = Dialect.OPENCYPHER,
        kms: Kms = Kms.LOCAL,
        memory_bytes: int | None = None,
    ) -> None:
        """memory_bytes: how large the process may get; None for a share of the machine's memory."""
        self._dialect = dialect
        self._kms = kms
        self._memory_bytes = memory_bytes

    def load(self) -> None:
        """Import the engine, and run small queries in memory, so that kernels are compiled or loaded."""
        from seaglass.engine.database import Database

        with Database.open(None) as database:
            graph = database.create_graph("warm-up")
            for text in _WARM_UP:
                for _ in graph.query(text).json():
                    pass

    def open(self, data: Path, graph_id: str) -> OpenGraph:
        """Open a graph that exists, or, under a snapshot's id, a snapshot for reading."""
        from seaglass.engine import graphs
        from seaglass.engine.frozen_graph import FrozenGraph

        clock = SystemClock()
        shared = self._shared(clock)
        store = graphs.store_of(data, self._kms)
        if is_snapshot_id(graph_id):
            frozen = FrozenGraph(store, store.refs.snapshot(graph_id), shared)
            return ServedForReading(frozen, clock)
        graph = graphs.open_graph(store, graph_id, shared)
        graph.prefetch()
        return ServedGraph(graph, store, clock)

    def follow(self, data: Path, graph_id: str) -> OpenGraph:
        """Open a graph that another worker serves, for reading."""
        from seaglass.engine import graphs
        from seaglass.engine.follower import Follower

        clock = SystemClock()
        store = graphs.store_of(data, self._kms)
        return ServedForReading(Follower(store, graph_id, self._shared(clock)), clock)

    def _shared(self, clock: SystemClock) -> Shared:
        from seaglass.engine.memory import Memory, default_limit_bytes
        from seaglass.engine.plan_cache import PlanCache
        from seaglass.engine.queries import Shared

        limit = default_limit_bytes() if self._memory_bytes is None else self._memory_bytes
        memory = Memory(limit, resident_bytes, free_unused)
        return Shared(PlanCache(clock, self._dialect), memory)

    def create(self, data: Path, graph_id: str, name: str, key_id: str) -> OpenGraph:
        """Make an empty graph unless it is there, and open it."""
        from seaglass.engine import graphs

        store = graphs.store_of(data, self._kms)
        if not store.files.exists(store.layout.graph_ref(graph_id)):
            graphs.create_graph(store, graph_id, name, key_id)
        return self.open(data, graph_id)

    def restore(self, data: Path, graph_id: str, name: str, snapshot_id: str) -> OpenGraph:
        """Make a graph from a snapshot unless it is there, and open it."""
        from seaglass.engine import graphs

        store = graphs.store_of(data, self._kms)
        if not store.files.exists(store.layout.graph_ref(graph_id)):
            graphs.restore_graph(store, snapshot_id, graph_id, name)
        return self.open(data, graph_id)

    def delete_graph(self, data: Path, graph_id: str) -> None:
        """Remove a graph that nobody serves."""
        from seaglass.engine import graphs

        with suppress(NotFound):
            graphs.delete_graph(graphs.store_of(data, self._kms), graph_id)

    def scrub(self, data: Path, bytes_per_second: float) -> tuple[bool, str]:
        """Read and check everything that is stored; say whether it is as written, and a report."""
        from seaglass.base.priority import let_others_go_first
        from seaglass.engine import graphs
        from seaglass.engine.snapshot.verify_store import verify_store

        let_others_go_first()
        store = graphs.store_of(data, self._kms)
        report = verify_store(store, bytes_per_second=bytes_per_second)
        return report.ok, str(report)

    def delete_snapshot(self, data: Path, snapshot_id: str) -> None:
        """Remove a snapshot."""
        from seaglass.engine import graphs

        with suppress(NotFound):
            graphs.delete_snapshot(graphs.store_of(data, self._kms), snapshot_id)
