"""The rows of a section, group by group: which they are, and their ids, labels and ends.

Above: `export`. Below: `export_filter`, `graph/group`, `graph/read`. What is asked here costs one pass
over the bits or types of a group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.graph import read
from seaglass.engine.graph.group import ID, SOURCE, TARGET, TYPE
from seaglass.engine.transfer.export_filter import Rows
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.transfer.export_filter import Section


def groups_of(version: GraphVersion, section: Section) -> tuple[Group, ...]:
    """The groups that a section's rows are in."""
    return version.edges if section.edges else version.nodes


def rows_of(version: GraphVersion, section: Section, group: Group) -> NDArray[np.int64]:
    """The rows of a group that a section has, ascending."""
    alive = group.alive_bits()
    if section.rows is Rows.ALL:
        return np.arange(group.rows) if alive is None else np.flatnonzero(alive)
    if section.edges:
        code = version.types.index(section.label)
        column = group.column(TYPE)
        if column is None:
            return np.zeros(0, np.int64)
        found = column.data == code
        return np.flatnonzero(found if alive is None else found & alive)
    if section.rows is Rows.LABEL:
        bits = group.label_bits(section.label)
        return np.zeros(0, np.int64) if bits is None else np.flatnonzero(bits)
    bare = np.ones(group.rows, np.bool_) if alive is None else alive.copy()
    for label in group.label_names():
        bits = group.label_bits(label)
        if bits is not None:
            bare[: len(bits)] &= ~bits
    return np.flatnonzero(bare)


def system_cells(
    version: GraphVersion, section: Section, group: Group, rows: NDArray[np.int64]
) -> list[Any]:
    """The cells of `~id` and `~label`, or `~from`, `~to` and `~label`."""
    if not section.edges:
        return [group.gather(ID, rows).data, _labels(group, rows)]
    ends = [group.gather(key, rows).data for key in (SOURCE, TARGET)]
    types = pa.array(version.types, STRING).take(pa.array(group.gather(TYPE, rows).data))
    return [*(read.node_ids(version, nodes).data for nodes in ends), types]


def check_labels(version: GraphVersion) -> tuple[str, ...]:
    """The labels of nodes that a cell of several labels could not be taken apart again."""
    return tuple(label for label in read.labels(version) if ";" in label)


def _labels(group: Group, rows: NDArray[np.int64]) -> Any:
    """The labels of each row, joined by semicolons; null for none."""
    found: list[tuple[str, NDArray[np.bool_]]] = []
    for label in sorted(group.label_names()):
        bits = group.label_bits(label)
        if bits is not None:
            # Bits of a group without a patch are as long as its base.
            chosen = np.zeros(len(rows), np.bool_)
            inside = rows < len(bits)
            chosen[inside] = bits[rows[inside]]
            if chosen.any():
                found.append((label, chosen))
    if not found:
        return pa.nulls(len(rows), STRING)
    packed = np.packbits(np.stack([bits for _, bits in found], axis=1), axis=1)
    classes, codes = np.unique(packed, axis=0, return_inverse=True)
    names = [label for label, _ in found]
    texts = [
        ";".join(name for name, bit in zip(names, np.unpackbits(one), strict=False) if bit) or None
        for one in classes
    ]
    return pa.array(texts, STRING).take(pa.array(codes.reshape(-1)))
