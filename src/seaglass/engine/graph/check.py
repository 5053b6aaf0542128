"""Prove that a version keeps every invariant that its parts promise.

Above: tests, and the verification of snapshots. Below: `check_adjacency`, `check_vectors`, the whole of
the version.

The checks read everything, the chunks that are not loaded yet included; they take seconds for
millions of edges.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.check_adjacency import check_adjacency
from seaglass.engine.graph.check_vectors import check_vectors
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.entities import node_ids
from seaglass.engine.graph.group import KEPT, SOURCE, TARGET, TYPE
from seaglass.engine.graph.lookup import find_nodes, scan_nodes
from seaglass.engine.graph.require import require
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from seaglass.engine.graph.chunk import Bits
    from seaglass.engine.graph.group import Group, RowPatch
    from seaglass.engine.graph.version import GraphVersion


def check(version: GraphVersion) -> None:
    """Reads the whole version.

    Raises: Corrupt(corrupt) naming the first invariant that does not hold
    """
    for what, groups, following, count in (
        ("node", version.nodes, version.next_node, version.node_count),
        ("edge", version.edges, version.next_edge, version.edge_count),
    ):
        _check_numbers(what, groups, following)
        for place, group in enumerate(groups):
            _check_base(f"{what} group {place}", group)
            _check_patch(f"{what} group {place}", group)
            _check_dead(f"{what} group {place}", group)
        alive = sum(group.alive_count() for group in groups)
        require(alive == count, f"{what}_count is {count}, but {alive} are alive")
    _check_labels(version)
    _check_ids(version)
    _check_edges(version)
    check_adjacency(version)
    check_vectors(version)


def _check_numbers(what: str, groups: tuple[Group, ...], following: int) -> None:
    rows = [group.rows for group in groups]
    require(sum(rows) == following, f"{what} groups have {sum(rows)} rows, {following} are given")
    full = all(count == limits.GROUP_ROWS for count in rows[:-1])
    require(full, f"a {what} group that is not the last is not full")
    require(0 not in rows, f"the last {what} group is empty")


def _check_base(where: str, group: Group) -> None:
    base = group.base
    require(0 <= base.rows <= group.rows <= limits.GROUP_ROWS, f"{where}: rows")
    for key, ref in base.columns.items():
        column = ref.get()
        require(len(column) == base.rows, f"{where}: length of column {key}")
        some = column.valid is None or bool(column.valid.any())
        require(some and column.kind is not Kind.NULL, f"{where}: column {key} has no value")
        require(ref.stats.rows == len(column), f"{where}: rows in the statistics of {key}")
        nulls = int(column.is_null().sum())
        require(ref.stats.nulls == nulls, f"{where}: nulls in the statistics of {key}")
    alive = _bits(where, base.alive, base.rows)
    require(base.alive is ALL or not alive.all(), f"{where}: alive should be ALL")
    for label, found in base.labels.items():
        bits = alive if found is ALL else _bits(where, found, base.rows)
        require(bool(bits.any()), f"{where}: no node has the label {label}")
        require(not (bits & ~alive).any(), f"{where}: a dead node has the label {label}")
        require(found is ALL or not np.array_equal(bits, alive), f"{where}: {label} should be ALL")


def _bits(where: str, found: Bits, rows: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if found is ALL:
        return np.ones(rows, np.bool_)
    bits = found.get().bits
    require(len(bits) == rows, f"{where}: length of a bitmap")
    return bits


def _check_patch(where: str, group: Group) -> None:
    patched = [row for row, _ in group.items()]
    require(all(0 <= row < group.rows for row in patched), f"{where}: patch outside of the rows")
    past = sum(row >= group.base.rows for row in patched)
    require(past == group.rows - group.base.rows, f"{where}: a row is neither in base nor patch")
    for row, patch in group.items():
        _check_row(f"{where}, row {row}", patch, row >= group.base.rows)


def _check_row(where: str, patch: RowPatch, past: bool) -> None:
    labels = patch.labels
    require(labels is not None or not past, f"{where}: a new row without labels")
    ordered = labels is None or list(labels) == sorted(set(labels))
    require(ordered, f"{where}: labels are not in order")
    if not patch.alive:
        require(labels == (), f"{where}: a dead row has labels")
        require(set(patch.values) <= KEPT, f"{where}: a dead row has values")


def _check_dead(where: str, group: Group) -> None:
    alive = group.alive_bits()
    if alive is None:
        return
    for key in sorted(group.keys() - KEPT):
        column = group.column(key)
        if column is not None:
            has = ~column.is_null()
            require(not (has & ~alive).any(), f"{where}: a dead row has a value of {key}")


def _check_labels(version: GraphVersion) -> None:
    counts: Counter[str] = Counter()
    for group in version.nodes:
        for label in group.label_names():
            bits = group.label_bits(label)
            counts[label] += 0 if bits is None else int(np.count_nonzero(bits))
    found = {label: count for label, count in counts.items() if count}
    require(found == dict(version.label_counts), "label_counts are not the labels' counts")
    for group in version.edges:
        require(not group.label_names(), "an edge has labels")


def _check_ids(version: GraphVersion) -> None:
    texts: set[object] = set()
    for nodes in scan_nodes(version, ()):
        ids = node_ids(version, nodes)
        where = f"node group {int(nodes[0]) // limits.GROUP_ROWS}"
        require(ids.kind is Kind.STRING and ids.valid is None, f"{where}: ~id")
        before = len(texts)
        texts.update(ids.to_list())
        require(len(texts) == before + len(ids), f"{where}: two nodes have the same ~id")
        found = find_nodes(version, ids)
        require(np.array_equal(found, nodes), f"{where}: the index and ~id differ")
    entries = version.ids.entries
    require(entries == version.node_count, f"the index of ~id has {entries} entries")


def _check_edges(version: GraphVersion) -> None:
    for place, group in enumerate(version.edges):
        where = f"edge group {place}"
        for key, end in (
            (SOURCE, version.next_node),
            (TARGET, version.next_node),
            (TYPE, len(version.types)),
        ):
            column = group.column(key)
            require(column is not None, f"{where}: no column {key}")
            assert column is not None
            whole = column.kind is Kind.INT and column.valid is None
            require(whole, f"{where}: an edge without {key}")
            inside = bool(((column.data >= 0) & (column.data < end)).all())
            require(inside, f"{where}: {key} out of range")
