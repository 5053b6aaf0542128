"""The seam between the control plane and the worker processes.

Above: `reconcile` (lifecycle calls) and `server.service` (queries). Below: `server.fleet`, which
implements `Fleet`.

Rules: every method but `query` is idempotent, so that an effect may be repeated after a crash.
Errors are categories of `base.errors`: Unavailable("worker") means that the same call later may
pass, anything else is final. `start`, `create`, `restore` and `clone` return when the graph answers
queries, and tell the dimension of its vectors (None: it takes none); `snapshot` returns when the
snapshot is durable; `delete` and `delete_snapshot` when nothing of the data is reachable any more
(deleting what is absent is success). `import_data` is not repeated on a graph that has anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from seaglass.base.reply import AtOnce
    from seaglass.base.unread import Unread


# What Neptune Analytics says to a query meanwhile.
IMPORTING = "Cannot execute any query until bulk import is complete"


class Last(bytes):
    """The last part of a result: nothing can fail any more, and what comes after it is for nobody
    to wait for.
    """

    __slots__ = ()


# The next two are made for every query, and not frozen, as setting frozen fields takes three times as long.


@dataclass(slots=True)
class Call:
    """One call of a client, which may send it several times. Args: id: the same each time, and no
    other call's; attempt: from 1
    """

    id: Final[str]
    attempt: Final[int]


@dataclass(slots=True)
class QueryRequest:
    """One query on its way to a worker.

    `query_id` is chosen by the front, so that it can cancel what it started. `explain` is STATIC or
    DETAILS for an explanation instead of rows. `withheld` says which of reads, writes and deletes the
    query may not do, with the words to refuse it. `call` is of a write that may come again: it is run
    once, and `query_id` is the call's. An answer that comes in one piece goes to `at_once` as soon as it
    is heard; the iterator gives it all the same.
    """

    query_id: Final[str]
    text: Final[str]
    parameters: Final[Mapping[str, object] | Unread]
    timeout_ms: Final[int]
    explain: Final[str | None] = None
    plan_cache: Final[str] = "AUTO"
    withheld: Final[Mapping[str, str]] = field(default_factory=dict)
    call: Final[Call | None] = None
    at_once: Final[AtOnce | None] = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """Files on their way into an empty graph. Members as StartImportTask has them."""

    task_id: str
    source: str
    format: str
    fail_on_error: bool


@dataclass(frozen=True, slots=True)
class ExportJob:
    """A graph on its way into files. `destination` is the task's own folder; `filter` as
    StartExportTask has it.
    """

    task_id: str
    destination: str
    format: str
    filter: Mapping[str, object] | None
    kms_key: str


@dataclass(frozen=True, slots=True)
class Load:
    """What is in hand for a graph, or a snapshot that is read where it is.

    Args: running, waiting: queries; workers: the number of each process and what it is, "writer" or
        "replica"
    """

    graph_id: str
    running: int
    waiting: int
    workers: tuple[tuple[int, str], ...]


# Takes what a job tells from time to time, and at its end: percent, and counts by name.
Told = Callable[[Mapping[str, object]], Awaitable[None]]


class Keys(Protocol):
    """The keys that graphs are sealed under."""

    def check(self, key_id: str) -> None:
        """Make sure that a key can be used now; may take as long as a request to AWS KMS.

        Raises: NotFound(key); Conflict(key) for a disabled key.
        """


class Fleet(Protocol):
    """The worker processes, one per serving graph."""

    async def open(self) -> None:
        """Make ready for graphs to be started."""

    async def close(self) -> None:
        """Save and end every graph that is served."""

    def loads(self) -> Sequence[Load]:
        """What is in hand for each graph that is served."""

    async def start(self, graph_id: str, key_id: str, dimension: int | None = None) -> int | None:
        """Serve a graph that exists; a graph that is served already stays as it is.

        A snapshot's id in place of a graph's serves what the snapshot holds, for reading; that ends
        by itself when nobody asked for a while.

        Args: dimension: of its vectors; one that was stored without takes them from now on
        """

    def allow_replicas(self, graph_id: str, count: int) -> None:
        """Say how many read-only workers may help a graph that was just started."""

    async def stop(self, graph_id: str) -> None:
        """Checkpoint and end the graph's worker; the data stays."""

    async def create(
        self, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> int | None:
        """Make an empty graph (or keep the one that is there) and serve it.

        Args: dimension: of its vectors; None: it takes none
        """

    async def restore(
        self, graph_id: str, snapshot_id: str, name: str, dimension: int | None = None
    ) -> int | None:
        """Make the graph from the snapshot (or keep the one that is there) and serve it.

        Args: dimension: as of start
        """

    async def snapshot(self, graph_id: str, snapshot_id: str, name: str) -> None:
        """Take the snapshot of a served graph; one that exists already under this id is kept."""

    async def clone(self, graph_id: str, source_id: str, name: str) -> int | None:
        """Make the graph from what a served graph holds now (or keep the one that is there) and
        serve it.
        """

    async def reset(self, graph_id: str) -> None:
        """Remove all data of a served graph."""

    async def delete(self, graph_id: str) -> None:
        """End the worker and remove the graph's data."""

    async def delete_snapshot(self, snapshot_id: str) -> None:
        """Remove the snapshot."""

    async def dimension_of(self, snapshot_id: str) -> int | None:
        """Read the dimension of the vectors in a snapshot. Raises: NotFound(snapshot)."""

    def query(self, graph_id: str, request: QueryRequest) -> AsyncGenerator[bytes, None]:
        """Run a query; yield the bytes of its result, of which the last may be `Last`. Closing the
        iterator early cancels the query.

        The iterator ends only when a writing query is durable; until then it may raise. A query
        that was lost with its worker is run again if it has changed nothing.
        Raises: Conflict(written) for a query that was committed, and whose rows are lost
        """

    async def queries(self, graph_id: str) -> Sequence[Mapping[str, object]]:
        """List queries: id, queryString, waited (ms), elapsed (ms), state RUNNING | WAITING |
        CANCELLING.
        """

    async def cancel(self, graph_id: str, query_id: str) -> None:
        """Cancel a query. Raises NotFound("query") when none of that id is running."""

    async def prepare_import(self, graph_id: str) -> int:
        """Have a served graph refuse queries until its import has ended; count its nodes."""

    async def import_data(self, graph_id: str, job: ImportJob, told: Told) -> None:
        """Fill a served, prepared graph: all of the data, durable, or none.

        Raises: Interrupted(cancelled) when it was cancelled; Invalid for what is wrong with the data
        """

    async def export_data(self, graph_id: str, job: ExportJob, told: Told) -> None:
        """Write the files of a served graph. Raises: as import_data."""

    async def discard_export(self, graph_id: str, job: ExportJob) -> None:
        """Remove the files that an export has left."""

    async def cancel_job(self, graph_id: str, task_id: str) -> None:
        """Have an import or export of a served graph end soon, also one that has not begun."""

    async def residence(self, graph_id: str) -> tuple[int, int] | None:
        """Count the chunks of a graph that are in memory, and all of them; None once all were, and
        while nobody serves the graph.
        """

    async def summary(self, graph_id: str, *, detailed: bool) -> Mapping[str, object]:
        """Give GetGraphSummary's output: version, lastStatisticsComputationTime, graphSummary."""
