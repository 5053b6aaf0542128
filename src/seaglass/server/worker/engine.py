"""The real engine behind a worker's requests.

Above: `session`, through `ports`. Below: engine.graphs. Nothing of the engine is imported with
this module, so that a worker watches its lifeline before that takes its time.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, NoReturn

from seaglass.base.clock import SystemClock
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Conflict, NotFound
from seaglass.base.ids import is_snapshot_id
from seaglass.base.kms import Kms
from seaglass.base.rng import SystemRng
from seaglass.server.worker.memory import free_unused, resident_bytes
from seaglass.server.worker.summary import summary_output

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from seaglass.engine.follower import Follower
    from seaglass.engine.frozen_graph import FrozenGraph
    from seaglass.engine.live_graph import Graph
    from seaglass.engine.queries import Queries, Shared
    from seaglass.engine.result import Result
    from seaglass.engine.snapshot.store import Store
    from seaglass.engine.transfer.targets import Target
    from seaglass.server.worker.ports import OpenGraph, QueryOptions, Stop, Told

# Blocks of files that are parsed at a time.
IMPORT_THREADS = min(8, os.cpu_count() or 1)

# What a query without RETURN answers.
NO_ROWS = '{"results": []}'

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

    def __init__(self, graph: Queries, clock: SystemClock, folders: tuple[str, ...]) -> None:
        """folders: of this machine that files may be read from and written to."""
        self._graph = graph
        self._clock = clock
        self._folders = folders

    @property
    def dimension(self) -> int | None:
        """Numbers of an embedding; None: its nodes take none."""
        vectors = self._graph.version.vectors
        return None if vectors is None else vectors.dimension

    def query(
        self, query_id: str, text: str, parameters: Mapping[str, object], options: QueryOptions
    ) -> Iterable[bytes]:
        """Run a query; give the JSON of its result, or its explanation as text."""
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
            return (table.encode(),)
        result = self._graph.query(
            text,
            parameters,
            timeout_ms=timeout_ms,
            query_id=query_id,
            plan_cache=plan_cache,
            withheld=options.withheld,
        )
        few = result.few_json()
        return _read(result) if few is None else (few,)

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

    def export_data(self, job: Mapping[str, object], told: Told, stop: Stop) -> None:
        """Write the files of the newest version."""
        from seaglass.engine.transfer.export import ExportRequest, export_version
        from seaglass.engine.transfer.export_files import ExportFormat

        given = job["filter"]
        assert given is None or isinstance(given, dict)
        request = ExportRequest(ExportFormat(str(job["format"])), given)
        export_version(
            self._graph.version, request, self._target(job), lambda one: told(asdict(one)), stop
        )

    def discard_export(self, job: Mapping[str, object]) -> None:
        """Remove the files of an export."""
        self._target(job).clear()

    def _target(self, job: Mapping[str, object]) -> Target:
        from seaglass.engine.transfer.targets import target_of

        destination, kms_key = str(job["destination"]), str(job["kms_key"])
        return target_of(destination, self._folders, kms_key, self._clock, SystemRng())


def _read(result: Result) -> Generator[bytes]:
    with result:
        yield from result.json()


class ServedGraph(_Served):
    """A graph of the engine in the shape that the session knows."""

    def __init__(
        self, graph: Graph, store: Store, clock: SystemClock, folders: tuple[str, ...]
    ) -> None:
        super().__init__(graph, clock, folders)
        self._live = graph
        self._store = store

    def snapshot(self, snapshot_id: str, name: str) -> None:
        """Make the snapshot durable."""
        self._live.snapshot(name, snapshot_id=snapshot_id)

    def outcome(self, query_id: str, text: str) -> Mapping[str, object]:
        """Say whether a query was committed, and what it answered where that needs no rows."""
        committed = self._live.committed(query_id)
        answer = NO_ROWS if committed and not self._live.columns(text) else None
        return {"committed": committed, "answer": answer}

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

    def prepare_import(self) -> int:
        """End the queries in hand; count the nodes that there are."""
        for query in self._live.queries():
            with suppress(NotFound):
                self._live.cancel(query.id)
        # Waits for whoever writes, and changes nothing.
        self._live.replace(lambda head, _: head)
        return self._live.version.node_count

    def import_data(self, job: Mapping[str, object], told: Told, stop: Stop) -> None:
        """Fill the empty graph, or change nothing."""
        from seaglass.engine.transfer.load import bulk_import
        from seaglass.engine.transfer.request import Format, LoadRequest

        request = LoadRequest(
            source=str(job["source"]),
            format=Format(str(job["format"])),
            fail_on_error=job["fail_on_error"] is True,
            threads=IMPORT_THREADS,
            folders=self._folders,
            load_id=str(job["task_id"]),
        )
        bulk_import(self._live, request, lambda one: told(asdict(one)), stop)

    def close(self) -> None:
        """End the queries, save, and let go of the graph."""
        self._live.close()


class ServedForReading(_Served):
    """A snapshot that is read where it is, or a replica of a graph."""

    def __init__(
        self, graph: FrozenGraph | Follower, clock: SystemClock, folders: tuple[str, ...]
    ) -> None:
        super().__init__(graph, clock, folders)
        self._read = graph

    def promoted(self, store: Store) -> ServedGraph:
        """Open the graph that is followed for writing; its queries in hand go on."""
        from seaglass.engine import graphs
        from seaglass.engine.follower import Follower

        if not isinstance(self._read, Follower):
            raise Conflict("state", f"{self._read.id} is read only.")
        graph = graphs.promote(store, self._read)
        graph.prefetch()
        return ServedGraph(graph, store, self._clock, self._folders)

    def snapshot(self, snapshot_id: str, name: str) -> NoReturn:
        """Refuse: only graphs are snapshotted."""
        del snapshot_id, name
        raise Conflict("state", f"{self._read.id} is read only here.")

    def outcome(self, query_id: str, text: str) -> Mapping[str, object]:
        """Nothing is ever committed here."""
        del query_id, text
        return {"committed": False, "answer": None}

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

    def prepare_import(self) -> NoReturn:
        """Refuse: nothing is written here."""
        raise Conflict("state", f"{self._read.id} is read only here.")

    def import_data(self, job: Mapping[str, object], told: Told, stop: Stop) -> NoReturn:
        """Refuse: nothing is written here."""
        del job, told, stop
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
        folders: tuple[str, ...] = (),
    ) -> None:
        """memory_bytes: how large the process may get; None for a share of the machine's memory.
        folders: of this machine that imports may read and exports may write.
        """
        self._dialect = dialect
        self._kms = kms
        self._memory_bytes = memory_bytes
        self._folders = folders

    def load(self) -> None:
        """Import the engine, and run small queries in memory, so that kernels are compiled or loaded."""
        from seaglass.engine.database import Database

        with Database.open(None) as database:
            graph = database.create_graph("warm-up")
            for text in _WARM_UP:
                for _ in graph.query(text).json():
                    pass

    def open(self, data: Path, graph_id: str, dimension: int | None = None) -> OpenGraph:
        """Open a graph that exists, or, under a snapshot's id, a snapshot for reading."""
        from seaglass.engine import graphs
        from seaglass.engine.frozen_graph import FrozenGraph

        clock = SystemClock()
        shared = self._shared(clock)
        store = graphs.store_of(data, self._kms)
        if is_snapshot_id(graph_id):
            frozen = FrozenGraph(store, store.refs.snapshot(graph_id), shared)
            return ServedForReading(frozen, clock, self._folders)
        graph = graphs.open_graph(store, graph_id, shared)
        if dimension is not None:
            # What was made before graphs kept vectors has a dimension in its record alone.
            graph.take_vectors(dimension)
        graph.prefetch()
        return ServedGraph(graph, store, clock, self._folders)

    def follow(self, data: Path, graph_id: str) -> OpenGraph:
        """Open a graph that another worker serves, for reading."""
        from seaglass.engine import graphs
        from seaglass.engine.follower import Follower

        clock = SystemClock()
        store = graphs.store_of(data, self._kms)
        follower = Follower(store, graph_id, self._shared(clock))
        return ServedForReading(follower, clock, self._folders)

    def promote(self, data: Path, replica: OpenGraph) -> OpenGraph:
        """Open the graph that is followed for writing."""
        from seaglass.engine import graphs

        assert isinstance(replica, ServedForReading)
        return replica.promoted(graphs.store_of(data, self._kms))

    def _shared(self, clock: SystemClock) -> Shared:
        from seaglass.engine.memory import Memory, default_limit_bytes
        from seaglass.engine.plan_cache import PlanCache
        from seaglass.engine.queries import Shared

        limit = default_limit_bytes() if self._memory_bytes is None else self._memory_bytes
        memory = Memory(limit, resident_bytes, free_unused)
        return Shared(PlanCache(clock, self._dialect), memory, self._folders, marks=True)

    def create(
        self, data: Path, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> OpenGraph:
        """Make an empty graph unless it is there, and open it."""
        from seaglass.engine import graphs

        store = graphs.store_of(data, self._kms)
        if not store.files.exists(store.layout.graph_ref(graph_id)):
            graphs.create_graph(store, graph_id, name, key_id, vector_dimension=dimension)
        return self.open(data, graph_id)

    def restore(
        self, data: Path, graph_id: str, name: str, snapshot_id: str, dimension: int | None = None
    ) -> OpenGraph:
        """Make a graph from a snapshot unless it is there, and open it."""
        from seaglass.engine import graphs

        store = graphs.store_of(data, self._kms)
        if not store.files.exists(store.layout.graph_ref(graph_id)):
            graphs.restore_graph(store, snapshot_id, graph_id, name)
        return self.open(data, graph_id, dimension)

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

    def dimension_of(self, data: Path, snapshot_id: str) -> int | None:
        """Read the dimension of the vectors in a snapshot."""
        from seaglass.engine import graphs

        return graphs.snapshot_dimension(graphs.store_of(data, self._kms), snapshot_id)

    def delete_snapshot(self, data: Path, snapshot_id: str) -> None:
        """Remove a snapshot."""
        from seaglass.engine import graphs

        with suppress(NotFound):
            graphs.delete_snapshot(graphs.store_of(data, self._kms), snapshot_id)
