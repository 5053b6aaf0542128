"""Batches become nodes and edges: ids are numbered, rows of one node merged.

Above: `load`, `merge`. Below: `batch`, `kernels/interning`, `graph/builder`. All nodes come before `freeze`, all
edges after it: `resolve` then only reads, so that several threads may do it. An end of an edge that
is no row's id becomes a node without label and property.

Invariants: nodes are numbered in the order of their first rows, ends of edges behind them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.graph.adjacency import INT32_MAX
from seaglass.engine.graph.builder import EDGE_TYPE_DEFAULT, NewNodes, with_nodes
from seaglass.engine.graph.edge_builder import with_edges
from seaglass.engine.graph.edge_parts import EdgePart, Edges
from seaglass.engine.graph.tables import Tags, tags_of
from seaglass.engine.kernels.interning import Interned
from seaglass.engine.kernels.pages import LENGTH_BYTES
from seaglass.engine.transfer.batch import Coded, PageIds, PageTexts, RowVectors
from seaglass.engine.transfer.merging import Part, labels_of, merged
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import STRING, Column
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.graph.watch import Watch
    from seaglass.engine.transfer.batch import EdgeBatch, NodeBatch

_LABEL = "~label"
_NO_TEXTS = pa.array([], STRING)
_NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Side:
    """One end of each edge of a batch. Args: nodes: int32|int64[n], -1 where no row of a node has the
    id; others: the ids of these, in their order"""

    nodes: NDArray[Any]
    others: pa.Array


@dataclass(frozen=True, slots=True)
class Ends:
    """A batch of edges whose ends are looked up, without their ids. Args: types: places in `names`
    int32[n], -1 for the default; values: key -> column[n]"""

    sources: Side
    targets: Side
    types: NDArray[np.int32]
    names: tuple[str, ...]
    values: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes by their places.

    Args:
        ids: STRING column[n], all different
        labels: names that nodes have
        values: key -> column[n]
        singles: keys of which a later value replaces an earlier one
        vectors: embeddings of nodes; later ones replace those before
    """

    ids: Column
    labels: Tags
    values: Mapping[str, Column]
    singles: frozenset[str]
    vectors: tuple[RowVectors, ...]


def build(version: GraphVersion, assembly: Assembly, watch: Watch) -> GraphVersion:
    """The version, which is empty, with all that was read; its number stays.

    Raises: what `watch` raises
    """
    assert version.node_count == 0
    if assembly.node_count == 0:
        return version
    if assembly.edge_count == 0:
        return _with_nodes(version, assembly, watch)
    # Edges know nothing of nodes but how many there are, so that both are built side by side.
    with ThreadPoolExecutor(1, thread_name_prefix="nodes") as pool:
        made = pool.submit(_with_nodes, version, assembly, watch)
        edged = _with_edges(version, assembly, watch)
        noded = made.result()
    return replace(
        noded,
        edges=edged.edges,
        next_edge=edged.next_edge,
        edge_count=edged.edge_count,
        types=edged.types,
        adjacency=edged.adjacency,
    )


def _with_nodes(version: GraphVersion, assembly: Assembly, watch: Watch) -> GraphVersion:
    first, nodes = version.next_node, assembly.nodes()
    version = with_nodes(version, NewNodes(nodes.ids, nodes.labels, nodes.values), watch)
    for part in nodes.vectors:
        assert version.vectors is not None
        vectors = version.vectors.with_vectors(part.rows + first, part.numbers)
        version = replace(version, vectors=vectors)
    return version


def _with_edges(version: GraphVersion, assembly: Assembly, watch: Watch) -> GraphVersion:
    first, edges = version.next_node, assembly.edges()
    types = tuple(dict.fromkeys((*version.types, *assembly.types)))
    places = np.array([types.index(name) for name in assembly.types], np.int32)
    if first or (places != np.arange(len(places))).any():
        # There were nodes once, whose numbers are not used again, or edges of other types.
        edges = Edges(
            [
                EdgePart(
                    part.sources.astype(np.int64) + first,
                    part.targets.astype(np.int64) + first,
                    places[part.tokens],
                    part.values,
                )
                for part in edges.taken()
            ]
        )
    version = replace(version, next_node=first + assembly.node_count, types=types)
    return with_edges(version, edges, watch)


class Assembly:
    """What has been read so far.

    Attributes: duplicates: rows of nodes that were there before; statements: labels, edges and
    properties
    """

    def __init__(self, *, neptune: bool) -> None:
        self._neptune = neptune
        self._ids = Interned()
        self._others = Interned()
        self._parts: list[Part] = []
        self._tags: list[Tags] = []
        self._vectors: list[RowVectors] = []
        self._edges: list[EdgePart] = []
        self._labels: set[str] = set()
        self._keys: set[str] = set()
        self._edge_rows = 0
        self._types: dict[str, int] = {}
        self.duplicates = 0
        self.statements = 0

    def add_nodes(self, batch: NodeBatch) -> None:
        """Takes rows of nodes."""
        tags = labels_of(batch.labels)
        ids, values = batch.ids, batch.values
        vectors = batch.vectors
        if self._neptune:
            # A row of an id alone is none, as the service has it; an embedding is not enough.
            kept = _with_content(len(ids), tags, values)
            if not kept.all():
                rows = np.flatnonzero(kept)
                ids = ids.take(pa.array(rows))
                values = {key: column.take(rows) for key, column in values.items()}
                tags = Tags(tags.names, np.searchsorted(rows, tags.rows), tags.codes)
                vectors = None if vectors is None else _of_rows(vectors, rows)
        before = self._ids.count
        numbers = self._ids.add(*text_buffers(ids))
        self.duplicates += len(numbers) - (self._ids.count - before)
        self._parts.append(Part(numbers, values, batch.singles))
        self._keys.update(values)
        self._labels.update(tags.names)
        self._tags.append(Tags(tags.names, numbers[tags.rows], tags.codes))
        self.statements += len(tags.rows) + _value_count(values)
        if vectors is not None and len(vectors.rows):
            self._vectors.append(RowVectors(numbers[vectors.rows], vectors.numbers))
            self.statements += len(vectors.rows)

    def resolve(self, batch: EdgeBatch) -> Ends:
        """Looks the ends of edges up; several threads may do so after the last `add_nodes`."""
        sources, targets = self._side(batch.sources), self._side(batch.targets)
        count = len(sources.nodes)
        if batch.types is None:
            return Ends(sources, targets, np.full(count, -1, np.int32), (), batch.values)
        only = _only_name(batch.types)
        if only is not None:
            return Ends(sources, targets, np.zeros(count, np.int32), (only,), batch.values)
        tags = tags_of(_LABEL, batch.types)
        types = tags.codes
        if len(tags.rows) < count:
            types = np.full(count, -1, np.int32)
            types[tags.rows] = tags.codes
        return Ends(sources, targets, types, tags.names, batch.values)

    def _side(self, ids: pa.Array | PageIds) -> Side:
        if isinstance(ids, PageIds):
            sides = list(map(self._page_side, ids.parts))
            others = pa.concat_arrays([_NO_TEXTS, *(side.others for side in sides)])
            return Side(np.concatenate([side.nodes for side in sides]), others)
        nodes, missing = self._found(*text_buffers(ids))
        return Side(nodes, ids.take(pa.array(missing)))

    def _page_side(self, part: PageTexts | Coded) -> Side:
        if isinstance(part, PageTexts):
            nodes, missing = self._found(part.data, part.starts, LENGTH_BYTES)
            return Side(nodes, part.take(missing) if len(missing) else _NO_TEXTS)
        known = part.dictionary.numbers(self._numbers)
        nodes = known[part.codes]
        if known.min() >= 0:
            return Side(nodes, _NO_TEXTS)
        missing = part.codes[nodes < 0].astype(np.int64)
        return Side(nodes, part.dictionary.texts.take(missing))

    def _numbers(self, texts: PageTexts) -> NDArray[Any]:
        return self._found(texts.data, texts.starts, LENGTH_BYTES)[0]

    def _found(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], between: int = 0
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """The numbers of ids, -1 for those of no row; and where these are."""
        narrow = self.node_count <= INT32_MAX
        nodes: NDArray[Any] = np.empty(len(offsets) - 1, np.int32 if narrow else np.int64)
        count = self._ids.find_into(nodes, data, offsets, between)
        return nodes, np.flatnonzero(nodes < 0) if count else _NO_ROWS

    def add_edges(self, ends: Ends) -> None:
        """Takes edges."""
        count = len(ends.types)
        # The default comes last, where -1 leads to.
        default = (EDGE_TYPE_DEFAULT,) if count and ends.types.min() < 0 else ()
        names = (*ends.names, *default)
        tokens = np.array([self._token(name) for name in names], np.int32)
        if len(tokens) != 1:
            tokens = tokens[ends.types]
        sources, targets = self._known(ends.sources), self._known(ends.targets)
        self._edges.append(EdgePart(sources, targets, tokens, ends.values))
        self._keys.update(ends.values)
        self._edge_rows += count
        self.statements += count + _value_count(ends.values)

    @property
    def node_count(self) -> int:
        return self._ids.count + self._others.count

    @property
    def edge_count(self) -> int:
        return self._edge_rows

    @property
    def dictionary_entries(self) -> int:
        """Different ids, labels, types and keys."""
        return self.node_count + len(self._labels) + len(self._types) + len(self._keys)

    def nodes(self) -> Nodes:
        """The nodes, which the assembly has no longer then, but for its counts."""
        parts, self._parts = self._parts, []
        tags, self._tags = self._tags, []
        vectors, self._vectors = tuple(self._vectors), []
        columns = merged(parts, self._ids.count)
        if self._others.count:
            missing = cols.nulls(self._others.count)
            columns = {key: cols.concat([column, missing]) for key, column in columns.items()}
        return Nodes(
            ids=_ids_column(self._ids, self._others),
            labels=_joined(tags),
            values=columns,
            singles=frozenset(key for part in parts for key in part.singles),
            vectors=vectors,
        )

    def edges(self) -> Edges:
        """The edges, which the assembly has no longer then, by the places of nodes and in `types`."""
        parts, self._edges = self._edges, []
        return Edges(parts)

    @property
    def types(self) -> tuple[str, ...]:
        """Of edges."""
        return tuple(self._types)

    def _token(self, name: str) -> int:
        return self._types.setdefault(name, len(self._types))

    def _narrow(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        return numbers.astype(np.int32) if self.node_count <= INT32_MAX else numbers

    def _known(self, side: Side) -> NDArray[Any]:
        """The nodes of one end, with those that are no row's."""
        if len(side.others) == 0:
            return side.nodes
        numbers = side.nodes.astype(np.int64)
        numbers[numbers < 0] = self._others.add(*text_buffers(side.others)) + self._ids.count
        return self._narrow(numbers)


def _only_name(types: pa.Array) -> str | None:
    """The type of all edges, where a look at the dictionary tells it."""
    if not pa.types.is_dictionary(types.type) or len(types.dictionary) != 1:
        return None
    name = types.dictionary[0].as_py()
    return name if isinstance(name, str) and types.null_count == 0 else None


def _with_content(count: int, tags: Tags, values: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Which rows have a label or a property."""
    kept = np.zeros(count, np.bool_)
    kept[tags.rows] = True
    for column in values.values():
        kept |= ~column.is_null()
    return kept


def _of_rows(vectors: RowVectors, rows: NDArray[np.int64]) -> RowVectors:
    """The embeddings of some rows, which become the rows 0, 1, ..."""
    kept = np.isin(vectors.rows, rows)
    return RowVectors(np.searchsorted(rows, vectors.rows[kept]), vectors.numbers[kept])


def _value_count(values: Mapping[str, Column]) -> int:
    return sum(
        len(column) if column.valid is None else int(column.valid.sum())
        for column in values.values()
    )


def _ids_column(*interned: Interned) -> Column:
    parts = []
    for one in interned:
        data, offsets = one.texts()
        buffers = pa.py_buffer(offsets), pa.py_buffer(data)
        parts.append(pa.LargeStringArray.from_buffers(one.count, *buffers))
    return Column(Kind.STRING, pa.concat_arrays(parts).cast(STRING), None)


def _joined(parts: list[Tags]) -> Tags:
    """The tags of all parts, their rows in order."""
    names = tuple(sorted({name for tags in parts for name in tags.names}))
    places = {name: place for place, name in enumerate(names)}
    rows = np.concatenate([np.zeros(0, np.int64), *(tags.rows for tags in parts)])
    codes = np.concatenate(
        [
            np.zeros(0, np.int32),
            *(
                np.array([places[name] for name in tags.names], np.int32)[tags.codes]
                for tags in parts
                if len(tags.rows)
            ),
        ]
    )
    if (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows, kind="stable")
        rows, codes = rows[order], codes[order]
    return Tags(names, rows, codes)
