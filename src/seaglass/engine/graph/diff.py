"""Which nodes and edges may differ between two versions, found without looking at what they share.

Above: engine/diff. Below: `entities`, `group`, `vectors`, `chunk`, `values`.

Versions of one graph, and of graphs that were restored from its snapshots, share chunks and
patches. What is the same object, or is stored under the same digest, is skipped; a chunk that is
not is compared as a whole, so the cost goes with the chunks that were replaced. Numbers found may
turn out not to differ (a patch that was folded into a chunk since): the caller compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from seaglass.base import limits
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.entities import edge_ends, node_ids, nodes_alive
from seaglass.engine.graph.group import Group
from seaglass.engine.graph.vectors import changed_vectors
from seaglass.engine.values.parts import FAR_ROWS, distinct, joined, spans
from seaglass.engine.values.types import Kind, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.chunk import Bits, ChunkRef
    from seaglass.engine.graph.group import RowPatch
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check


def changed_nodes(before: GraphVersion, after: GraphVersion, check: Check) -> NDArray[np.int64]:
    """The numbers of all nodes that differ, and maybe of some that do not; ascending.

    Args: check: called between groups; may raise
    """
    found = _changed(before.nodes, after.nodes, check)
    vectors = changed_vectors(before.vectors, after.vectors)
    return distinct(np.concatenate([found, vectors])) if len(vectors) else found


def changed_edges(
    before: GraphVersion, after: GraphVersion, nodes: NDArray[np.int64], check: Check
) -> NDArray[np.int64]:
    """As changed_nodes.

    Args: nodes: what changed_nodes gave: where a number has become another node, edges between the
        same numbers differ
    """
    common = min(len(before.types), len(after.types))
    if before.types[:common] != after.types[:common]:
        # Types are numbered differently: these are not two versions of one graph.
        return np.arange(max(before.next_edge, after.next_edge))
    found = [_changed(before.edges, after.edges, check)]
    parts = [_others(before, after, nodes[span]) for span in spans(len(nodes), check, FAR_ROWS)]
    others = joined(parts, check) if parts else nodes
    if not len(others):
        return found[0]
    for span in spans(min(before.next_edge, after.next_edge), check, FAR_ROWS):
        edges = np.arange(span.start, span.stop)
        found += [edges[np.isin(ends, others)] for ends in edge_ends(before, edges)]
    return distinct(np.concatenate(found))


def _others(
    before: GraphVersion, after: GraphVersion, nodes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The numbers that are alive in both versions and have another `~id`."""
    both = nodes[nodes_alive(before, nodes) & nodes_alive(after, nodes)]
    if not len(both):
        return both
    differ = _values_differ(node_ids(before, both), node_ids(after, both))
    return both[differ]


def _changed(
    before: tuple[Group, ...], after: tuple[Group, ...], check: Check
) -> NDArray[np.int64]:
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    nothing = Group.empty()
    for place in range(max(len(before), len(after))):
        left = before[place] if place < len(before) else nothing
        right = after[place] if place < len(after) else nothing
        if left is not right:
            check()
            found.append(_changed_rows(left, right) + place * limits.GROUP_ROWS)
    return np.concatenate(found)


def _changed_rows(left: Group, right: Group) -> NDArray[np.int64]:
    changed = np.zeros(max(left.rows, right.rows), np.bool_)
    common = min(left.rows, right.rows)
    changed[common:] = True
    if left.patch is not right.patch:
        for row in {*left.patch.keys(), *right.patch.keys()}:
            if not _same_patch(left.patch.get(row), right.patch.get(row)):
                changed[row] = True
    if left.base is right.base:
        return np.flatnonzero(changed)
    for key in left.base.columns.keys() | right.base.columns.keys():
        if not _same_chunk(left.base.columns.get(key), right.base.columns.get(key)):
            changed[:common] |= _columns_differ(left.column(key), right.column(key), common)
    if not _same_bits(left.base.alive, right.base.alive):
        changed[:common] |= _bits_differ(left.alive_bits(), right.alive_bits(), common, none=True)
    for label in left.base.labels.keys() | right.base.labels.keys():
        if not _same_bits(left.base.labels.get(label), right.base.labels.get(label)):
            bits = left.label_bits(label), right.label_bits(label)
            changed[:common] |= _bits_differ(*bits, common, none=False)
    return np.flatnonzero(changed)


def _same_patch(left: RowPatch | None, right: RowPatch | None) -> bool:
    if left is None or right is None or left is right:
        return left is right
    if (left.alive, left.labels, left.values.keys()) != (
        right.alive,
        right.labels,
        right.values.keys(),
    ):
        return False
    return all(same(value, right.values[key]) for key, value in left.values.items())


def _same_chunk(left: ChunkRef[Any] | None, right: ChunkRef[Any] | None) -> bool:
    if left is right:
        return True
    return left is not None and right is not None and _digests_agree(left, right)


def _same_bits(left: Bits | None, right: Bits | None) -> bool:
    if left is right:
        # Twice ALL: what is alive is compared by itself.
        return True
    if left is None or right is None or left is ALL or right is ALL:
        return False
    return _digests_agree(left, right)


def _digests_agree(left: ChunkRef[Any], right: ChunkRef[Any]) -> bool:
    return left.digest is not None and left.digest == right.digest


def _bits_differ(
    left: NDArray[np.bool_] | None, right: NDArray[np.bool_] | None, rows: int, *, none: bool
) -> NDArray[np.bool_]:
    """bool[rows]; `none` is what the bits are where there are none."""
    default = np.full(rows, none)
    one = default if left is None else left[:rows]
    other = default if right is None else right[:rows]
    return np.not_equal(one, other)


def _columns_differ(left: Column | None, right: Column | None, rows: int) -> NDArray[np.bool_]:
    if left is None or right is None:
        other = right if left is None else left
        return np.zeros(rows, np.bool_) if other is None else ~other.slice(0, rows).is_null()
    return _values_differ(left.slice(0, rows), right.slice(0, rows))


def _values_differ(left: Column, right: Column) -> NDArray[np.bool_]:
    """bool[n]: where the values are not the same, types included; NaN is the same as NaN."""
    differ: NDArray[np.bool_]
    if left.kind is not right.kind or left.kind is Kind.MIXED:
        pairs = zip(left.to_list(), right.to_list(), strict=True)
        return np.array([not same(one, other) for one, other in pairs], np.bool_)
    if left.kind is Kind.STRING:
        differ = pc.not_equal(left.data, right.data).to_numpy(zero_copy_only=False)
    elif left.kind is Kind.FLOAT:
        differ = (left.data != right.data) & ~(np.isnan(left.data) & np.isnan(right.data))
    else:
        differ = left.data != right.data
    missing, missing_too = left.is_null(), right.is_null()
    return np.where(missing | missing_too, missing != missing_too, differ)


def same(left: Value, right: Value) -> bool:
    """Whether two stored values are the same: equal, and of one type; NaN is the same as NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right or (left != left and right != right)
