"""Import: from files to nodes and edges.

Above: live_graph, `exec`, the server's worker. Below: `sources`, the formats, `assembly`, `merge`.

    bulk_import    files -> blocks -> batches (in threads) -> assembly -> a version that replaces
                   the empty one, all or nothing
    load_changes   files -> ... -> assembly -> changes of one transaction (`merge`)

Files of nodes come first, whatever their names: each file is looked into before any is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from seaglass.base.errors import Conflict, Exhausted, Interrupted, SeaglassError
from seaglass.engine.graph.watch import Watch
from seaglass.engine.transfer.assembly import Assembly, build
from seaglass.engine.transfer.batch import NodeBatch
from seaglass.engine.transfer.issues import ErrorClass, Issues, Rejected
from seaglass.engine.transfer.merge import merge
from seaglass.engine.transfer.reading import Opened, opened, parsed
from seaglass.engine.transfer.request import Format, LoadProgress, LoadReport, LoadRequest, Status
from seaglass.engine.transfer.sources import files_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.graph.watch import Keep
    from seaglass.engine.transfer.batch import EdgeBatch
    from seaglass.engine.transfer.merge import View
    from seaglass.engine.values.interrupt import Interrupt

    Told = Callable[[LoadProgress], None]
    Stop = Callable[[], bool]

# The rest is for building, and what is left of saving then.
_READ_PERCENT = 60
_BUILT_PERCENT = 95
_USUAL_MEMORY = pa.default_memory_pool()
# What was read is held once more while it is put together.
_COPIES = 2


class EmptyGraph(Protocol):
    """What an import fills: a graph that has nothing."""

    @property
    def neptune(self) -> bool:
        """Whether its dialect is Neptune's."""
        ...

    @property
    def version(self) -> GraphVersion:
        """The newest durable version."""
        ...

    def replace(self, change: Callable[[GraphVersion, Keep], GraphVersion]) -> None:
        """Makes another version of the newest one the graph's, durably, or changes nothing; what
        `change` gives to its second argument may be stored meanwhile."""
        ...


def bulk_import(graph: EmptyGraph, request: LoadRequest, told: Told, stop: Stop) -> LoadReport:
    """Fills an empty graph from files.

    Args:
        told: called from this thread after every block and every part of the graph that is made,
            and at the end, also of a failure
        stop: whether to end; asked as often
    Raises:
        Conflict(state) when the graph is not empty
        Invalid(illegal_argument) when the source or (with fail_on_error) a file or row is wrong
        Interrupted(cancelled) when `stop` said so; Forbidden(source); Exhausted(memory | storage),
        Unavailable(storage). The graph is as it was then.
    """
    with _system_memory():
        return _bulk_import(graph, request, told, stop)


def _bulk_import(graph: EmptyGraph, request: LoadRequest, told: Told, stop: Stop) -> LoadReport:
    def check() -> None:
        if stop():
            raise Interrupted("cancelled", "The import was cancelled.")

    request = _fitted(request, graph.version)
    run = _Run(request, told, check, neptune=graph.neptune)
    try:
        assembly = run.read()

        def change(head: GraphVersion, keep: Keep) -> GraphVersion:
            if head.node_count:
                raise Conflict(
                    "state",
                    f"The graph has {head.node_count:,} nodes. A bulk import fills an empty graph:"
                    " reset it, or use CALL neptune.load.",
                )
            check()
            filled = build(head, assembly, Watch(keep, run.built))
            return filled if filled is head else replace(filled, number=head.number + 1)

        graph.replace(change)
    except SeaglassError:
        run.tell(Status.FAILED)
        raise
    except MemoryError:
        run.tell(Status.FAILED)
        text = "The files do not fit into memory. Give the process more, or import less."
        raise Exhausted("memory", f"{ErrorClass.OUT_OF_MEMORY}: {text}") from None
    return run.report()


@contextmanager
def _system_memory() -> Iterator[None]:
    """Lets Arrow take memory where NumPy takes it: several threads make and drop arrays all the time,
    which its own allocator gives back to the system and takes again."""
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        # That of another import, too, which only is slower then.
        pa.set_memory_pool(_USUAL_MEMORY)


def load_changes(
    view: View,
    request: LoadRequest,
    interrupt: Interrupt,
    charge: Callable[[int], None],
    *,
    neptune: bool,
) -> LoadReport:
    """Adds what files have to what a transaction sees: labels and values of nodes are joined to
    those that are there, edges are always added.

    Args: charge: counts bytes that are held until the end
    Raises: as bulk_import, but for Conflict, and what the view raises
    """

    def told(_: LoadProgress) -> None:
        """Nobody asks while a query runs."""

    request = _fitted(request, view.version)
    run = _Run(request, told, interrupt.check, charge, neptune=neptune)
    there = merge(view, run.read(), interrupt)
    return replace(run.report(), duplicates=there)


def _fitted(request: LoadRequest, version: GraphVersion) -> LoadRequest:
    """The request for a graph with the vectors of a version."""
    dimension = None if version.vectors is None else version.vectors.dimension
    return replace(request, dimension=dimension)


class _Run:
    """One import."""

    def __init__(
        self,
        request: LoadRequest,
        told: Told,
        check: Callable[[], None],
        charge: Callable[[int], None] = lambda _: None,
        *,
        neptune: bool,
    ) -> None:
        self._request = request
        self._told = told
        self._check = check
        self._charge = charge
        self._neptune = neptune
        self._issues = Issues(request.fail_on_error)
        self._assembly = Assembly(neptune=neptune)
        self._records = 0
        self._done_bytes = 0
        self._total_bytes = 1
        self._built = 0.0

    def read(self) -> Assembly:
        """Reads everything."""
        files = files_of(self._request.source, self._request.folders, self._request.region)
        self._total_bytes = sum(file.size_bytes for file in files)
        nodes: list[Opened] = []
        edges: list[Opened] = []
        for file in files:
            self._check()
            try:
                one = opened(file, self._request, neptune=self._neptune)
            except Rejected as rejected:
                self._issues.add(rejected.issue)
                self._done_bytes += file.size_bytes
                continue
            (edges if one.edges_only else nodes).append(one)
        held: list[EdgeBatch] = []
        for one in nodes:
            self._read(one, held)
        for batch in held:
            self._assembly.add_edges(self._assembly.resolve(batch))
        for one in edges:
            self._read(one, None)
        return self._assembly

    def report(self) -> LoadReport:
        """Tells that it has succeeded, and what was made."""
        assembly = self._assembly
        # A subject of several triples is no duplicate.
        triples = self._request.format is Format.NTRIPLES
        return LoadReport(
            nodes=assembly.node_count,
            edges=assembly.edge_count,
            duplicates=0 if triples else assembly.duplicates,
            progress=self.tell(Status.SUCCEEDED),
        )

    def _read(self, one: Opened, held: list[EdgeBatch] | None) -> None:
        """Takes all of a file. Args: held: gets edges that come before the last nodes"""
        resolve = self._assembly.resolve if held is None else None
        done_before = self._done_bytes
        try:
            for piece in parsed(one, self._request.threads, resolve):
                self._charge(_COPIES * piece.size_bytes)
                for batch in piece.batches:
                    if isinstance(batch, NodeBatch):
                        self._assembly.add_nodes(batch)
                    elif held is not None:
                        held.append(batch)
                for ends in piece.ends:
                    self._assembly.add_edges(ends)
                self._records += piece.rows
                self._done_bytes = done_before + piece.done_bytes
                for issue in piece.issues:
                    self._issues.add(issue)
                self._check()
                self.tell(Status.IN_PROGRESS)
        except Rejected as rejected:
            self._issues.add(rejected.issue)
        self._done_bytes = done_before + one.file.size_bytes

    def built(self, share: float) -> None:
        """Tells how much of the graph is there.

        Raises: what `check` raises
        """
        self._check()
        self._built = share
        self.tell(Status.IN_PROGRESS)

    def tell(self, status: Status) -> LoadProgress:
        """Tells how far it is; gives what was told."""
        percent = min(_READ_PERCENT, _READ_PERCENT * self._done_bytes // self._total_bytes)
        percent += int((_BUILT_PERCENT - _READ_PERCENT) * self._built)
        progress = LoadProgress(
            percent=100 if status is Status.SUCCEEDED else percent,
            records=self._records,
            errors=self._issues.count,
            error_details=self._issues.details,
            statements=self._assembly.statements,
            dictionary_entries=self._assembly.dictionary_entries,
            status=status,
        )
        self._told(progress)
        return progress
