"""What a worker asks of the engine: the seam at which tests put a small engine of their own.

Above: `session`. Below: `engine`, which is the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# Takes what a job tells: percent, and counts by name.
Told = Callable[[Mapping[str, object]], None]
Stop = Callable[[], bool]


# Made for every query, and not frozen, as setting frozen fields takes three times as long.
@dataclass(slots=True)
class QueryOptions:
    """How to run a query. `explain` is STATIC or DETAILS for an explanation instead of rows;
    `plan_cache` is AUTO, ENABLED or DISABLED; `withheld` says which of reads, writes and deletes the
    query may not do, with the words to refuse it.
    """

    timeout_ms: Final[int]
    explain: Final[str | None]
    plan_cache: Final[str]
    withheld: Final[Mapping[str, str]] = field(default_factory=dict)


class OpenGraph(Protocol):
    """A graph that this process serves."""

    @property
    def dimension(self) -> int | None:
        """Numbers of an embedding; None: its nodes take none."""

    def query(
        self, query_id: str, text: str, parameters: Mapping[str, object], options: QueryOptions
    ) -> Iterable[bytes]:
        """Run a query; give the JSON of its result, or its explanation as text. It ends when what
        it wrote is durable. A tuple is all of it, and the query has ended; else it ends with the
        iteration.
        """

    def outcome(self, query_id: str, text: str) -> Mapping[str, object]:
        """What came of a query that has ended, perhaps in another process: `committed` (bool), and
        then its `answer` where that has no rows, else None. Raises: Conflict(query) while it is running.
        """

    def queries(self) -> Sequence[Mapping[str, object]]:
        """List the queries in hand: id, state, waited (ms), elapsed (ms)."""

    def cancel(self, query_id: str) -> None:
        """Ask a query to end. Raises: NotFound(query)."""

    def snapshot(self, snapshot_id: str, name: str) -> None:
        """Make the snapshot durable; one that exists under this id is kept."""

    def clone(self, graph_id: str, name: str) -> None:
        """Make a graph that holds what this one holds now; one that exists under this id is kept."""

    def reset(self) -> None:
        """Remove all data."""

    def prepare_import(self) -> int:
        """End the queries in hand; count the nodes that there are."""

    def import_data(self, job: Mapping[str, object], told: Told, stop: Stop) -> None:
        """Fill the empty graph, durably, or change nothing.

        Args: job: source, format, fail_on_error
        Raises: Interrupted(cancelled) when `stop` said so; what is wrong with the data
        """

    def export_data(self, job: Mapping[str, object], told: Told, stop: Stop) -> None:
        """Write files. Args: job: destination, format, filter, kms_key. Raises: as import_data."""

    def discard_export(self, job: Mapping[str, object]) -> None:
        """Remove the files of an export."""

    def residence(self) -> tuple[int, int]:
        """Count the chunks that are in memory, and all of them."""

    def summary(self, *, detailed: bool) -> Mapping[str, object]:
        """Give the output of GetGraphSummary."""

    def close(self) -> None:
        """End the queries, save, and let go of the graph."""


class Engine(Protocol):
    """Graphs of a data folder. What is there already is kept; what is gone already is gone."""

    def load(self) -> None:
        """Import and warm what the first query would otherwise wait for."""

    def open(self, data: Path, graph_id: str, dimension: int | None = None) -> OpenGraph:
        """Open a graph that exists, or, under a snapshot's id, a snapshot for reading.

        Args: dimension: of the graph's vectors; a graph that takes none yet takes them from now on
        """

    def follow(self, data: Path, graph_id: str) -> OpenGraph:
        """Open a graph that another worker serves, for reading."""

    def promote(self, data: Path, replica: OpenGraph) -> OpenGraph:
        """Open a graph that this process follows for writing, since its writer has ended; queries of
        the replica that run go on, and are the graph's.
        """

    def create(
        self, data: Path, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> OpenGraph:
        """Make an empty graph, and open it. Args: dimension: of its vectors; None: it takes none"""

    def restore(
        self, data: Path, graph_id: str, name: str, snapshot_id: str, dimension: int | None = None
    ) -> OpenGraph:
        """Make a graph from a snapshot, and open it. Args: dimension: as of open"""

    def delete_graph(self, data: Path, graph_id: str) -> None:
        """Remove a graph that nobody serves."""

    def scrub(self, data: Path, bytes_per_second: float) -> tuple[bool, str]:
        """Read and check everything that is stored; say whether it is as written, and a report."""

    def dimension_of(self, data: Path, snapshot_id: str) -> int | None:
        """Read the dimension of the vectors in a snapshot. Raises: NotFound(snapshot)."""

    def delete_snapshot(self, data: Path, snapshot_id: str) -> None:
        """Remove a snapshot."""
