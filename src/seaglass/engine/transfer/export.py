"""Export: nodes and edges of one version become files.

Above: library, server's worker. Below: `export_filter`, `export_rows`, `export_cells`, `export_vectors`,
`export_files`, `targets`.

    export_version    filter -> sections -> types of their columns (one pass) -> files (another)

A version never changes, so writes go on beside it. Each label is a section: a node with two labels is in
the files of both. Embeddings are written where all properties of a label are. All or nothing: when it fails
or is stopped, the files are removed.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Conflict, Interrupted, Invalid, SeaglassError
from seaglass.base.limits import EXPORT_BATCH_ROWS, GROUP_ROWS
from seaglass.engine.transfer.export_cells import Unfit, cells
from seaglass.engine.transfer.export_files import ExportFormat, OutColumn, Parts
from seaglass.engine.transfer.export_filter import Rows, sections_of
from seaglass.engine.transfer.export_rows import check_labels, groups_of, rows_of, system_cells
from seaglass.engine.transfer.export_types import (
    ANY,
    OutType,
    Scalar,
    element_type,
    one_type,
    types_of,
)
from seaglass.engine.transfer.export_vectors import KEY as EMBEDDING_KEY
from seaglass.engine.transfer.export_vectors import batch_rows, vector_cells, with_embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.transfer.export_filter import Property, Section
    from seaglass.engine.transfer.targets import Target

    Told = Callable[["ExportProgress"], None]
    Stop = Callable[[], bool]

# Types that Parquet files have no list of columns for.
_OWN = (Scalar.LOCAL_DATETIME, Scalar.LOCAL_TIME, Scalar.TIME, Scalar.DURATION)
# Types that they have a list of columns for: of single values.
_DATED = (Scalar.DATE, Scalar.DATETIME)
# The pass that finds the types takes this share of the whole.
_TYPES_PERCENT = 10
# So many batches are in work or wait for the encoder.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that are written at once. Args: number: of their group"""

    number: int
    group: Group
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is exported, and how.

    Args: filter: as StartExportTask's `exportFilter` (see `export_filter`); None for everything
    """

    format: ExportFormat
    filter: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export is.

    Args: percent: 0 to 100; nodes, edges: how many were written, a node in several files once
    """

    percent: int
    nodes: int
    edges: int


def export_version(
    version: GraphVersion, request: ExportRequest, target: Target, told: Told, stop: Stop
) -> ExportProgress:
    """Writes files.

    Args:
        told: called from this thread after every batch of rows, and at the end
        stop: whether to end; asked as often
    Raises:
        NotFound(label) when the filter names a label that the graph does not have: nothing is written
        Invalid(illegal_argument) for a filter that is none, and a value that its column cannot hold
        Interrupted(cancelled) when `stop` said so; Exhausted(storage); Forbidden(destination)
    Cost: two passes, the second on two cores; memory for a part of a file, and what a few batches take
    """
    sections = sections_of(version, request.filter)
    _refuse_labels(version, sections)
    run = _Run(version, request.format, target, told, stop)
    try:
        return run.export(sections)
    except BaseException:
        run.remove()
        raise


def export_new(
    version: GraphVersion,
    asked: tuple[str, Mapping[str, Any] | None],
    target: Target,
    told: Told | None,
) -> ExportProgress:
    """As export_version, where no export may be yet. Args: asked: the format's name, and the filter

    Raises: also Conflict(state)
    """
    name, given = asked
    formats = {str(one).lower(): one for one in ExportFormat}
    chosen = formats.get(name.lower()) if isinstance(name, str) else None
    if chosen is None:
        raise Invalid("illegal_argument", f"The format is csv or parquet, not {name!r}.")
    if target.taken():
        raise Conflict(
            "state", f"{target.where} has an export already. Remove it, or name another place."
        )
    request = ExportRequest(chosen, given)
    return export_version(version, request, target, told or (lambda _: None), lambda: False)


def _refuse_labels(version: GraphVersion, sections: Sequence[Section]) -> None:
    unfit = check_labels(version)
    if unfit and any(not section.edges for section in sections):
        raise Invalid(
            "illegal_argument",
            f"The label {unfit[0]!r} has a semicolon, which separates labels in files. Give its "
            "nodes another label, or export edges only.",
        )


class _Run:
    """One export."""

    def __init__(
        self,
        version: GraphVersion,
        format_: ExportFormat,
        target: Target,
        told: Told,
        stop: Stop,
    ) -> None:
        self._version = version
        self._format = format_
        self._target = target
        self._told = told
        self._stop = stop
        self._total = 0
        self._looked = 0
        self._written = 0
        self._nodes = 0
        self._edges = 0
        # bool[rows] of each group of nodes: which have been written.
        self._seen: dict[int, NDArray[np.bool_]] = {}

    def export(self, sections: Sequence[Section]) -> ExportProgress:
        self._total = self._version.node_count + self._version.edge_count
        typed = [(section, self._columns(section)) for section in sections]
        self._total = max(1, self._looked)
        for section, columns in typed:
            self._write(section, columns)
        return self._tell(100)

    def remove(self) -> None:
        """Takes back what was written; a failure to do so must not hide why."""
        try:
            self._target.clear()
        except SeaglassError:
            return

    def _columns(self, section: Section) -> list[OutColumn]:
        """The columns of a section with the types of their values."""
        found: dict[str, set[OutType]] = {}
        embeddings = False
        for number, group, rows in self._rows(section):
            if section.properties is None and not embeddings:
                embeddings = self._has_embeddings(section, number, rows)
            self._looked += len(rows)
            found_keys = group.keys()
            keys = {key for key in found_keys if not key.startswith("~")}
            if section.properties is not None:
                keys &= {wanted.key for wanted in section.properties if wanted.output is None}
            for key in keys:
                column = group.column(key)
                if column is not None:
                    everything = len(rows) == len(column)
                    types = types_of(column, None if everything else rows)
                    found.setdefault(key, set()).update(types)
            self._tell(_TYPES_PERCENT * self._looked // max(1, self._total, self._looked))
        if section.properties is None:
            columns = [
                OutColumn(key, key, self._fit(one_type(types), section))
                for key, types in sorted(found.items())
                if types
            ]
            return with_embedding(columns) if embeddings else columns
        return [
            OutColumn(
                one.name, one.key, self._fit(_chosen(one, found.get(one.key, set())), section)
            )
            for one in section.properties
        ]

    def _fit(self, out: OutType, section: Section) -> OutType:
        """The type, or Any where the files have no such columns."""
        if self._format is ExportFormat.PARQUET and (
            out.scalar in _OWN or (out.many and out.scalar in _DATED)
        ):
            return ANY
        return ANY if out.many and (section.edges or out.scalar is Scalar.ANY) else out

    def _write(self, section: Section, columns: Sequence[OutColumn]) -> None:
        distinct = self._version.node_count >= EXPORT_BATCH_ROWS
        parts = Parts(section, columns, self._format, self._target, distinct_ids=distinct)
        # Cells are made in one thread while another encodes those before.
        with ThreadPoolExecutor(1, thread_name_prefix="export") as pool:
            waiting: deque[tuple[_Batch, Future[list[Any]]]] = deque()
            for batch in self._batches(section, columns):
                waiting.append((batch, pool.submit(self._arrays, section, columns, batch)))
                if len(waiting) > _AHEAD:
                    self._add(parts, section, *waiting.popleft())
            while waiting:
                self._add(parts, section, *waiting.popleft())
        parts.end()

    def _batches(self, section: Section, columns: Sequence[OutColumn]) -> Iterator[_Batch]:
        step = batch_rows(columns, self._version.vectors)
        for number, group, rows in self._rows(section):
            for start in range(0, len(rows), step):
                yield _Batch(number, group, rows[start : start + step])

    def _add(
        self, parts: Parts, section: Section, batch: _Batch, arrays: Future[list[Any]]
    ) -> None:
        parts.add(arrays.result())
        self._count(section, batch)

    def _arrays(self, section: Section, columns: Sequence[OutColumn], batch: _Batch) -> list[Any]:
        arrays = system_cells(self._version, section, batch.group, batch.rows)
        return arrays + [
            self._vector_cells(batch)
            if column.key == EMBEDDING_KEY
            else self._cells(section, batch, column)
            for column in columns
        ]

    def _cells(self, section: Section, batch: _Batch, column: OutColumn) -> Any:
        csv = self._format is ExportFormat.CSV
        group, rows = batch.group, batch.rows
        try:
            return cells(group.gather(column.key, rows), column.type, csv=csv)
        except Unfit as error:
            first, *_ = system_cells(self._version, section, group, rows[error.row : error.row + 1])
            owner = f"an edge from {first[0]}" if section.edges else f"the vertex {first[0]}"
            raise Invalid(
                "illegal_argument",
                f"The property {column.key!r} of {owner} is {str(error.value)[:100]}, which is no "
                f"{column.type}. Choose another outputType, or Any.",
            ) from None

    def _has_embeddings(self, section: Section, number: int, rows: NDArray[np.int64]) -> bool:
        vectors = self._version.vectors
        if section.edges or vectors is None:
            return False
        return bool(vectors.has(rows + number * GROUP_ROWS).any())

    def _vector_cells(self, batch: _Batch) -> Any:
        vectors = self._version.vectors
        assert vectors is not None
        nodes = batch.rows + batch.number * GROUP_ROWS
        return vector_cells(vectors, nodes, csv=self._format is ExportFormat.CSV)

    def _count(self, section: Section, batch: _Batch) -> None:
        rows = batch.rows
        self._written += len(rows)
        if section.edges:
            self._edges += len(rows)
        elif section.rows is Rows.NO_LABEL:
            self._nodes += len(rows)
        else:
            seen = self._seen.setdefault(batch.number, np.zeros(batch.group.rows, np.bool_))
            self._nodes += int(np.count_nonzero(~seen[rows]))
            seen[rows] = True
        share = (100 - _TYPES_PERCENT) * self._written // self._total
        self._tell(min(99, _TYPES_PERCENT + share))

    def _rows(self, section: Section) -> Iterator[tuple[int, Group, NDArray[np.int64]]]:
        for number, group in enumerate(groups_of(self._version, section)):
            if self._stop():
                raise Interrupted("cancelled", "The export was cancelled.")
            rows = rows_of(self._version, section, group)
            if len(rows):
                yield number, group, rows

    def _tell(self, percent: int) -> ExportProgress:
        progress = ExportProgress(percent, self._nodes, self._edges)
        self._told(progress)
        return progress


def _chosen(wanted: Property, found: set[OutType]) -> OutType:
    """The type of a column that a filter names."""
    if wanted.output is not None:
        return OutType(wanted.output.scalar, bool(wanted.many))
    return OutType(element_type(found), bool(wanted.many))
