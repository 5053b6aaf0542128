"""Bulk loading: tables of nodes and edges onto a version, without going through changes.

Above: the engine's load, import. Below: `tables`, `edge_builder`, `group_edit`, `id_index`, `lookup`.
Nodes get the next numbers in the order of their table, edges as `edge_builder` says.

Invariants: the result is what the same rows applied as changes would give, but for the numbers of
edges; nothing is loaded when anything is wrong. Columns of 10 M rows are handled whole only as
integers; the rest goes group by group.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Invalid
from seaglass.engine.graph import group_edit
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.edge_builder import grow, spans, with_edges
from seaglass.engine.graph.edge_parts import EdgePart, Edges
from seaglass.engine.graph.group import ID, Group
from seaglass.engine.graph.lookup import find_nodes
from seaglass.engine.graph.tables import arrays_of, column_of, ids_of, tags_of, vectors_of
from seaglass.engine.graph.watch import UNWATCHED
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.texts import hash_column, text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from immutables import Map
    from numpy.typing import NDArray

    from seaglass.engine.graph.tables import Tags
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.graph.watch import Watch

LABEL = "~label"
EMBEDDING = "~embedding"
FROM = "~from"
TO = "~to"
EDGE_TYPE_DEFAULT = "edge"
# Ids are looked up this many at a time: what is found and compared stays near the processor.
_LOOKUP_ROWS = 500_000
# Edges are put in order in parts of so many.
_PART_ROWS = 131_072
# From this share of the graph's nodes on, their ids are put into one array to be compared with.
_WHOLE_SHARE = 1 / 8


def build(version: GraphVersion, nodes: Any, edges: Any, watch: Watch = UNWATCHED) -> GraphVersion:
    """The version with the nodes and edges of two tables.

    Args:
        nodes: None, or a table (`tables`) with `~id` (text, or integers that become text),
        optionally `~label` (text or
            lists of text), `~embedding` (lists of numbers; null for none), and properties under all
            other names
        edges: None, or a table with `~from` and `~to` (as `~id`), optionally `~label` (the type,
        EDGE_TYPE_DEFAULT where
            null or absent), and properties; a column `~id` is ignored
    Raises:
        Invalid(constraint) when a node has no `~id` or one that is taken, or an edge names no node
        Invalid(illegal_argument) when a table is none, lacks a column, or holds what a graph cannot
    Cost: about 1 us an edge and a property, 2 us a node, on one core; scratch of some 100 bytes an
    edge.
    """
    changed = version
    if nodes is not None:
        changed = _with_nodes(changed, nodes, watch)
    if edges is not None:
        changed = _with_edges(changed, edges, watch)
    return changed if changed is version else replace(changed, number=version.number + 1)


def _with_nodes(version: GraphVersion, table: Any, watch: Watch) -> GraphVersion:
    arrays, count = arrays_of(table, "nodes")
    _check_names("nodes", arrays, (ID,), (LABEL, EMBEDDING))
    if count == 0:
        return version
    embeddings = _embeddings(version, arrays)
    ids = ids_of(ID, arrays[ID])
    _check_ids(version, ids)
    labels = tags_of(LABEL, arrays[LABEL]) if LABEL in arrays else None
    columns = {key: column_of(key, array) for key, array in arrays.items() if key[0:1] != "~"}
    changed = with_nodes(version, NewNodes(ids, labels, columns), watch)
    if embeddings is None or changed.vectors is None:
        return changed
    rows, numbers = embeddings
    vectors = changed.vectors.with_vectors(rows + version.next_node, numbers)
    return replace(changed, vectors=vectors)


def _embeddings(
    version: GraphVersion, arrays: Mapping[str, Any]
) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
    """The rows that have an embedding, and these; None for none.

    Raises: Invalid(illegal_argument) in a graph that takes none, and for what is none
    """
    if EMBEDDING not in arrays:
        return None
    if version.vectors is None:
        raise Invalid(
            "illegal_argument",
            f"The graph has no vector index, so its nodes cannot have {EMBEDDING}. An index comes"
            " with a graph: create one with vector_dimension.",
        )
    rows, numbers = vectors_of(EMBEDDING, arrays[EMBEDDING], version.vectors.dimension)
    return (rows, numbers) if len(rows) else None


@dataclass(frozen=True, slots=True)
class NewNodes:
    """
    Args:
        ids: STRING column[n], n > 0, all valid, unique also in the version
        labels: names that rows have
        properties: key -> column[n]; what it is made of is copied
    """

    ids: Column
    labels: Tags | None
    properties: Mapping[str, Column]


def with_nodes(version: GraphVersion, nodes: NewNodes, watch: Watch) -> GraphVersion:
    """The version with more nodes, whose columns are checked already; its number stays."""
    ids, count = nodes.ids, len(nodes.ids)
    columns = {**nodes.properties, ID: ids}
    groups = list(version.nodes)
    label_counts = version.label_counts
    for place, start, stop in spans(version.next_node, count):
        grow(groups, place, Group.empty)
        parts = {key: _owned(column.slice(start, stop)) for key, column in columns.items()}
        groups[place], label_counts = _with_labelled(
            groups[place], parts, _label_rows(nodes.labels, start, stop), label_counts
        )
        base = groups[place].base
        for ref in (*base.columns.values(), *base.labels.values()):
            if ref is not ALL:
                watch.keep(ref)
    index = version.ids.with_ids(ids, version.next_node)
    for slot in index.slots:
        watch.keep(slot.base)
    return replace(
        version,
        nodes=tuple(groups),
        next_node=version.next_node + count,
        node_count=version.node_count + count,
        label_counts=label_counts,
        ids=index,
    )


def _with_labelled(
    group: Group,
    columns: Mapping[str, Column],
    labels: Mapping[str, NDArray[np.int64]],
    counts: Map[str, int],
) -> tuple[Group, Map[str, int]]:
    """The group with more rows, of which `labels[name]` (counted from the first new one) have a
    label."""
    rows = len(columns[ID])
    first = group.rows
    everywhere = tuple(sorted(name for name, chosen in labels.items() if len(chosen) == rows))
    group = group_edit.appended(group, rows, everywhere, columns)
    for name, chosen in labels.items():
        counts = counts.set(name, counts.get(name, 0) + len(chosen))
        if name not in everywhere:
            group = group_edit.with_labels(group, chosen + first, (name,), ())
    return group, counts


def _label_rows(labels: Tags | None, start: int, stop: int) -> dict[str, NDArray[np.int64]]:
    """The rows of start <= row < stop that have each label, counted from `start`."""
    if labels is None:
        return {}
    first, last = np.searchsorted(labels.rows, (start, stop)).tolist()
    codes = labels.codes[first:last]
    rows = labels.rows[first:last] - start
    found = {}
    for code in np.flatnonzero(np.bincount(codes)).tolist():
        chosen = rows[codes == code]
        again = chosen[1:] == chosen[:-1]
        found[labels.names[code]] = chosen[np.append(True, ~again)] if again.any() else chosen
    return found


def _check_ids(version: GraphVersion, ids: Column) -> None:
    """Raises: Invalid(constraint) when an id is null, taken, or there twice."""
    missing = ids.is_null()
    if missing.any():
        raise Invalid(
            "constraint",
            f"{int(missing.sum()):,} of {len(ids):,} nodes have no {ID}; the first is in row"
            f" {int(missing.argmax())}. Every node needs one.",
        )
    taken = np.flatnonzero(_found(version, ids) >= 0)
    if len(taken):
        raise Invalid(
            "constraint",
            f"{len(taken):,} of {len(ids):,} nodes have an {ID} that a node of the graph has; the"
            f" first is {ids.value(int(taken[0]))!r} in row {int(taken[0])}. Load new nodes only.",
        )
    hashes = hash_column(ids.data)
    order = np.argsort(hashes, kind="stable")
    again = hashes[order[1:]] == hashes[order[:-1]]
    if not again.any():
        return
    # Equal hashes are almost always equal ids; the texts decide.
    suspects = np.unique(np.concatenate([order[1:][again], order[:-1][again]]))
    seen: dict[str, int] = {}
    repeated = [
        row
        for row, text in zip(suspects.tolist(), ids.take(suspects).to_list(), strict=True)
        if isinstance(text, str) and seen.setdefault(text, row) != row
    ]
    if repeated:
        text = ids.value(repeated[0])
        raise Invalid(
            "constraint",
            f"{len(repeated):,} of {len(ids):,} nodes have the {ID} of an earlier row; the first"
            f" is {text!r} in row {repeated[0]}. Ids are unique.",
        )


def _with_edges(version: GraphVersion, table: Any, watch: Watch) -> GraphVersion:
    arrays, count = arrays_of(table, "edges")
    _check_names("edges", arrays, (FROM, TO), (LABEL, ID))
    if count == 0:
        return version
    # Both ends are looked up side by side: nearly all of that leaves the interpreter's lock to others.
    with ThreadPoolExecutor(2, thread_name_prefix="build") as pool:
        ends = [pool.submit(_ends_of, version, name, arrays[name]) for name in (FROM, TO)]
        sources, targets = (end.result() for end in ends)
    types, tokens = _tokens_of(version.types, arrays.get(LABEL), count)
    properties = {key: column_of(key, array) for key, array in arrays.items() if key[0:1] != "~"}
    cuts = [(start, min(start + _PART_ROWS, count)) for start in range(0, count, _PART_ROWS)]
    parts = [
        EdgePart(
            sources[start:stop],
            targets[start:stop],
            tokens[start:stop],
            {key: column.slice(start, stop) for key, column in properties.items()},
        )
        for start, stop in cuts
    ]
    del sources, targets, tokens
    return with_edges(replace(version, types=types), Edges(parts), watch)


def _ends_of(version: GraphVersion, name: str, array: Any) -> NDArray[np.int64]:
    """Raises: Invalid(constraint) when an end is no node."""
    ids = ids_of(name, array)
    nodes = _found(version, ids)
    dangling = nodes < 0
    if dangling.any():
        row = int(dangling.argmax())
        raise Invalid(
            "constraint",
            f"{int(dangling.sum()):,} of {len(ids):,} edges have a {name} that is no node; the"
            f" first is {ids.value(row)!r} in row {row}. Load the nodes before or with the edges.",
        )
    return nodes


def _found(version: GraphVersion, ids: Column) -> NDArray[np.int64]:
    """What lookup.find_nodes gives, for very many ids."""
    if version.ids.entries == 0:
        return np.full(len(ids), -1, np.int64)
    if ids.kind is not Kind.STRING or len(ids) < _WHOLE_SHARE * version.next_node:
        return find_nodes(version, ids)
    known = cols.concat([group.column(ID) or cols.nulls(group.rows) for group in version.nodes])
    parts = []
    for start in range(0, len(ids), _LOOKUP_ROWS):
        batch = ids.slice(start, min(start + _LOOKUP_ROWS, len(ids)))
        rows, nodes = version.ids.candidates(batch)
        found = np.full(len(batch), -1, np.int64)
        found[rows] = nodes
        texts = known.data.take(pa.array(np.maximum(found, 0)))
        same = pc.equal(texts, batch.data).to_numpy(zero_copy_only=False)
        wrong = np.flatnonzero((found >= 0) & ~same)
        if len(wrong):
            # Another node's id has the same hash; one of several candidates was tried.
            found[wrong] = find_nodes(version, batch.take(wrong))
        parts.append(found)
    return np.concatenate(parts)


def _tokens_of(
    types: tuple[str, ...], array: Any, count: int
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The types of a version with those of the table added, and the token of each edge."""
    tags = None if array is None else tags_of(LABEL, array)
    names = list(types)
    known = {name: token for token, name in enumerate(names)}

    def token_of(name: str) -> int:
        if name not in known:
            known[name] = len(names)
            names.append(name)
        return known[name]

    if tags is None or len(tags.rows) < count:
        tokens = np.full(count, token_of(EDGE_TYPE_DEFAULT), np.int32)
    else:
        tokens = np.empty(count, np.int32)
    if tags is not None:
        twice = np.flatnonzero(tags.rows[1:] == tags.rows[:-1])
        if len(twice):
            raise Invalid(
                "illegal_argument",
                f"The edge in row {int(tags.rows[twice[0]])} has several labels; an edge has one"
                " type.",
            )
        tokens[tags.rows] = np.array([token_of(name) for name in tags.names], np.int32)[tags.codes]
    return tuple(names), tokens


def _owned(column: Column) -> Column:
    """A copy that shares no memory with the table, which its owner may change or give back."""
    if isinstance(column, Packed):
        # Its numbers were made anew from those of the table.
        return column
    valid = None if column.valid is None else column.valid.copy()
    if column.kind is not Kind.STRING:
        return Column(column.kind, column.data.copy(), valid)
    data, offsets = text_buffers(column.data)
    texts = pa.LargeStringArray.from_buffers(
        len(column),
        pa.py_buffer(offsets - offsets[0]),
        pa.py_buffer(data[offsets[0] : offsets[-1]].tobytes()),
    )
    return Column(Kind.STRING, texts, valid)


def _check_names(
    what: str, arrays: Mapping[str, Any], wanted: tuple[str, ...], known: tuple[str, ...]
) -> None:
    for name in wanted:
        if name not in arrays:
            raise Invalid("illegal_argument", f"The table of {what} has no column {name}.")
    for name in arrays:
        if name[0:1] == "~" and name not in (*wanted, *known):
            raise Invalid(
                "illegal_argument",
                f"The table of {what} has a column {name!r}; of the names that begin with '~' only"
                f" {', '.join((*wanted, *known))} are known. Properties have other names.",
            )
