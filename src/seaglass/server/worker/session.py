"""What a worker does with each request: the table of its operations.

Above: `serve`. Below: `jobs`, `ports`. A worker serves at most one graph in its life. `open`, `create` and
`restore` give it that graph; deleting graphs and snapshots needs none, so that a spare worker can
do it. Requests of several connections run at the same time, each in its own thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.errors import (
    Conflict,
    Exhausted,
    Interrupted,
    Invalid,
    NotFound,
    Unavailable,
)
from seaglass.base.unread import Unread
from seaglass.server.control.ports import IMPORTING
from seaglass.server.wire.unread import parameters_of
from seaglass.server.worker.jobs import Jobs
from seaglass.server.worker.ports import QueryOptions

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from seaglass.server.link.server import Answer, Request
    from seaglass.server.worker.ports import Engine, OpenGraph

_DONE: Mapping[str, object] = {}


class Session:
    """The requests of one worker process."""

    def __init__(self, engine: Engine, give_up: Callable[[], None]) -> None:
        self._engine = engine
        self._give_up = give_up
        self._adopting = threading.Lock()
        self._graph_id = ""
        self._graph: OpenGraph | None = None
        self._out_of_memory: set[str] = set()
        self._jobs = Jobs()
        self._importing = False
        self._operations: Mapping[str, Callable[[Request], Answer]] = {
            "open": self._open,
            "follow": self._follow,
            "promote": self._promote,
            "create": self._create,
            "restore": self._restore,
            "delete_graph": self._delete_graph,
            "delete_snapshot": self._delete_snapshot,
            "dimension": self._dimension_of,
            "scrub": self._scrub,
            "query": self._query,
            "outcome": self._outcome,
            "queries": lambda _: {"queries": list(self._served().queries())},
            "cancel": self._cancel,
            "snapshot": self._snapshot,
            "clone": self._clone,
            "reset": self._reset,
            "prepare_import": self._prepare_import,
            "import": self._import,
            "export": self._export,
            "discard_export": self._discard_export,
            "cancel_job": self._cancel_job,
            "job": lambda request: dict(self._jobs.of(str(request["task_id"])).progress),
            "summary": self._summary,
            "residence": self._residence,
            "close": self._close,
            "pulse": lambda _: {"cpu_seconds": time.process_time()},
        }

    def handle(self, request: Request) -> Answer:
        """Answer one request. Raises: what the operation raises."""
        operation = self._operations.get(str(request["op"]))
        if operation is None:
            raise Invalid("bad_request", f"A worker has no operation {request['op']!r}.")
        try:
            return operation(request)
        except Unavailable as error:
            self._consider(error)
            raise

    def free_memory(self) -> bool:
        """Cancel the queries in hand, because memory runs out; say whether there were any."""
        graph = self._graph
        running = [] if graph is None else [str(query["id"]) for query in graph.queries()]
        for query_id in running:
            self._out_of_memory.add(query_id)
            try:
                self._served().cancel(query_id)
            except NotFound:
                self._out_of_memory.discard(query_id)
        return self._jobs.free_memory() or bool(running)

    def close(self) -> None:
        """Save the graph and let go of it, if there is one."""
        with self._adopting:
            graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def _open(self, request: Request) -> Answer:
        data, graph_id = _data(request), str(request["graph_id"])
        dimension = _dimension(request)
        return self._adopt(graph_id, lambda: self._engine.open(data, graph_id, dimension))

    def _follow(self, request: Request) -> Answer:
        data, graph_id = _data(request), str(request["graph_id"])
        return self._adopt(graph_id, lambda: self._engine.follow(data, graph_id))

    def _promote(self, request: Request) -> Answer:
        with self._adopting:
            self._graph = self._engine.promote(_data(request), self._served())
        return _DONE

    def _create(self, request: Request) -> Answer:
        data, graph_id = _data(request), str(request["graph_id"])
        name, key_id = str(request["name"]), str(request["key_id"])
        dimension = _dimension(request)
        return self._adopt(
            graph_id, lambda: self._engine.create(data, graph_id, name, key_id, dimension)
        )

    def _restore(self, request: Request) -> Answer:
        data, graph_id = _data(request), str(request["graph_id"])
        name, snapshot_id = str(request["name"]), str(request["snapshot_id"])
        dimension = _dimension(request)
        return self._adopt(
            graph_id, lambda: self._engine.restore(data, graph_id, name, snapshot_id, dimension)
        )

    def _adopt(self, graph_id: str, opened: Callable[[], OpenGraph]) -> Answer:
        with self._adopting:
            if self._graph_id not in ("", graph_id):
                raise Conflict("state", f"This worker serves the graph {self._graph_id}.")
            if self._graph is None:
                self._graph = opened()
                self._graph_id = graph_id
            return {"dimension": self._graph.dimension}

    def _delete_graph(self, request: Request) -> Answer:
        self._engine.delete_graph(_data(request), str(request["graph_id"]))
        return _DONE

    def _delete_snapshot(self, request: Request) -> Answer:
        self._engine.delete_snapshot(_data(request), str(request["snapshot_id"]))
        return _DONE

    def _dimension_of(self, request: Request) -> Answer:
        found = self._engine.dimension_of(_data(request), str(request["snapshot_id"]))
        return {"dimension": found}

    def _scrub(self, request: Request) -> Answer:
        whole, report = self._engine.scrub(_data(request), float(str(request["bytes_per_second"])))
        return {"whole": whole, "report": report}

    def _query(self, request: Request) -> Iterable[bytes]:
        if self._importing:
            raise Conflict("state", IMPORTING)
        parameters, timeout_ms = request["parameters"], request["timeout_ms"]
        if isinstance(parameters, Unread):
            parameters = parameters_of(parameters)
        assert isinstance(parameters, Mapping)
        assert isinstance(timeout_ms, int)
        explain, withheld = request["explain"], request["withheld"]
        assert isinstance(withheld, Mapping)
        options = QueryOptions(
            timeout_ms,
            None if explain is None else str(explain),
            str(request["plan_cache"]),
            withheld,
        )
        query_id = str(request["query_id"])
        parts: Iterable[bytes] = ()
        try:
            parts = self._served().query(query_id, str(request["text"]), parameters, options)
        except Interrupted as error:
            self._tell_of_memory(query_id, error)
            raise
        finally:
            # Most answers are there at once; the others end later.
            if isinstance(parts, tuple):
                self._out_of_memory.discard(query_id)
        return parts if isinstance(parts, tuple) else self._rest(query_id, parts)

    def _rest(self, query_id: str, parts: Iterable[bytes]) -> Generator[bytes]:
        """An answer that is made while it is read."""
        try:
            yield from parts
        except Unavailable as error:
            self._consider(error)
            raise
        except Interrupted as error:
            self._tell_of_memory(query_id, error)
            raise
        finally:
            self._out_of_memory.discard(query_id)

    def _tell_of_memory(self, query_id: str, error: Interrupted) -> None:
        """Raises: Exhausted(memory) when that is why a query was ended."""
        if query_id in self._out_of_memory:
            raise Exhausted(
                "memory",
                "The query was ended because the graph's memory is used up. Ask for less at once, "
                "or give the graph more memory.",
            ) from error

    def _outcome(self, request: Request) -> Answer:
        return self._served().outcome(str(request["query_id"]), str(request["text"]))

    def _consider(self, error: Unavailable) -> None:
        """Give the process up when its log failed: the next one reads what is durable."""
        if error.kind == "worker":
            self._give_up()

    def _cancel(self, request: Request) -> Answer:
        self._served().cancel(str(request["query_id"]))
        return _DONE

    def _snapshot(self, request: Request) -> Answer:
        self._served().snapshot(str(request["snapshot_id"]), str(request["name"]))
        return _DONE

    def _clone(self, request: Request) -> Answer:
        self._served().clone(str(request["graph_id"]), str(request["name"]))
        return _DONE

    def _reset(self, _: Request) -> Answer:
        self._served().reset()
        return _DONE

    def _prepare_import(self, _: Request) -> Answer:
        """Refuse queries from here on, until the import has ended; those that run end."""
        self._importing = True
        count = -1
        try:
            count = self._served().prepare_import()
        finally:
            self._importing = count == 0
        return {"nodes": count}

    def _import(self, request: Request) -> Answer:
        try:
            with self._jobs.running(str(request["task_id"])) as job:
                self._served().import_data(request, job.tell, job.stopped)
        finally:
            self._importing = False
        return _DONE

    def _export(self, request: Request) -> Answer:
        with self._jobs.running(str(request["task_id"])) as job:
            self._served().export_data(request, job.tell, job.stopped)
        return _DONE

    def _discard_export(self, request: Request) -> Answer:
        self._served().discard_export(request)
        return _DONE

    def _cancel_job(self, request: Request) -> Answer:
        self._jobs.of(str(request["task_id"])).cancelled = True
        return _DONE

    def _summary(self, request: Request) -> Answer:
        return self._served().summary(detailed=request["detailed"] is True)

    def _residence(self, _: Request) -> Answer:
        loaded, total = self._served().residence()
        return {"loaded": loaded, "total": total}

    def _close(self, _: Request) -> Answer:
        self.close()
        return _DONE

    def _served(self) -> OpenGraph:
        graph = self._graph
        if graph is None:
            if self._graph_id:
                # It has let go of the graph, on its way out; the next worker serves it.
                raise Unavailable("worker", "The graph's worker is ending. Try again.")
            raise Conflict("state", "This worker serves no graph.")
        return graph


def _dimension(request: Request) -> int | None:
    given = request.get("dimension")
    return None if given is None else int(str(given))


def _data(request: Request) -> Path:
    return Path(str(request["data"]))
