"""The numbers of a graph's summary: counts, labels, keys, and which keys occur together.

Above: the engine's summary. Below: `counts`, `group`, `adjacency`. A structure of nodes is a set of
property keys with a set of types of outgoing edges, and how many nodes have just these; of edges, a
set of keys. What a group contributes is kept with the group, so that after a small write the groups
that it did not touch are not read again; a group where every row has the same keys is not read at
all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import Links
    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion

_STRUCTURES = "structures"
# Flags that are joined to a class number below GROUP_ROWS in one 64-bit integer.
_WORD_FLAGS = 40


@dataclass(frozen=True, slots=True)
class Structure:
    """How many nodes or edges have exactly these keys; for nodes, and edges of exactly these types that go out.

    Args: keys, types: sorted; types is empty for edges
    """

    count: int
    keys: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a graph holds, in numbers.

    Args:
        labels, types: of nodes and edges, sorted node_keys, edge_keys: (property key, nodes or
        edges that have it), the most frequent first, then by key node_structures, edge_structures:
        the most frequent first, then by keys and types, at most STRUCTURES_MAX; None
            where no details were asked for; edges without properties are left out
    """

    node_count: int
    edge_count: int
    labels: tuple[str, ...]
    types: tuple[str, ...]
    node_keys: tuple[tuple[str, int], ...]
    edge_keys: tuple[tuple[str, int], ...]
    node_structures: tuple[Structure, ...] | None
    edge_structures: tuple[Structure, ...] | None


def summary(version: GraphVersion, detailed: bool) -> Summary:
    """The numbers of a version.

    Args: detailed: whether structures are wanted Cost: without details, microseconds a group; with
    them, milliseconds for each group that changed since they were last
        asked for and whose rows differ in their keys or types.
    """
    return Summary(
        counts.node_count(version),
        counts.edge_count(version),
        counts.labels(version),
        counts.types(version),
        _most_frequent(counts.node_key_counts(version)),
        _most_frequent(counts.edge_key_counts(version)),
        _node_structures(version) if detailed else None,
        _edge_structures(version) if detailed else None,
    )


def _most_frequent(found: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


# Keys and types of a structure, each sorted.
_Shape = tuple[tuple[str, ...], tuple[str, ...]]


def _node_structures(version: GraphVersion) -> tuple[Structure, ...]:
    types = counts.types(version)
    total: Counter[_Shape] = Counter()
    for place, group in enumerate(version.nodes):
        links = {
            name: version.adjacency[name].out[place]
            for name in types
            if place < len(version.adjacency[name].out)
        }
        total.update(_kept_shapes(group, links))
    return _structures(total)


def _edge_structures(version: GraphVersion) -> tuple[Structure, ...]:
    total: Counter[_Shape] = Counter()
    for group in version.edges:
        total.update(_kept_shapes(group, {}))
    del total[(), ()]
    return _structures(total)


def _structures(total: Mapping[_Shape, int]) -> tuple[Structure, ...]:
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Structure(count, keys, types) for (keys, types), count in ordered[: limits.STRUCTURES_MAX]
    )


def _kept_shapes(group: Group, links: Mapping[str, Links]) -> Mapping[_Shape, int]:
    """The shapes of a group's rows, made once for the group and these links."""
    kept = group.derived.get(_STRUCTURES)
    if isinstance(kept, _Kept) and _same_links(kept.links, links):
        return kept.shapes
    shapes = _shapes(group, links)
    group.derived[_STRUCTURES] = _Kept(links, shapes)
    return shapes


@dataclass(frozen=True, slots=True)
class _Kept:
    links: Mapping[str, Links]
    shapes: Mapping[_Shape, int]


def _same_links(left: Mapping[str, Links], right: Mapping[str, Links]) -> bool:
    return left.keys() == right.keys() and all(left[name] is right[name] for name in left)


def _shapes(group: Group, links: Mapping[str, Links]) -> Mapping[_Shape, int]:
    """How many alive rows of a group have each shape."""
    alive = group.alive_bits()
    rows = np.arange(group.rows) if alive is None else np.flatnonzero(alive)
    if len(rows) == 0:
        return {}
    names = group.keys()
    keys = sorted(key for key in names if not key.startswith("~"))
    flags = [_presence(group, key, rows) for key in keys]
    flags += [links[name].degrees(rows) > 0 for name in sorted(links)]
    first, sizes = _classes(flags, len(rows))
    found: dict[_Shape, int] = {}
    for row, count in zip(first.tolist(), sizes.tolist(), strict=True):
        has = [bool(bits is None or bits[row]) for bits in flags]
        shape = (
            tuple(key for key, yes in zip(keys, has, strict=False) if yes),
            tuple(name for name, yes in zip(sorted(links), has[len(keys) :], strict=True) if yes),
        )
        found[shape] = count
    return found


def _presence(group: Group, key: str, rows: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """bool[n]: which of the rows have the key; None: all. Loads nothing where the chunk is known to be full."""
    if not group.patch and group.base.columns[key].stats.nulls == 0:
        return None
    column = group.column(key)
    if column is None:
        return np.zeros(len(rows), np.bool_)
    return None if column.valid is None else column.valid[rows]


def _classes(
    flags: Sequence[NDArray[np.bool_] | None], rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows sorted into classes with the same flags: (first row of each class, rows in it)."""
    varying = [bits for bits in flags if bits is not None and bits.any() and not bits.all()]
    classes = np.zeros(rows, np.int64)
    for start in range(0, len(varying), _WORD_FLAGS):
        classes <<= _WORD_FLAGS
        for place, bits in enumerate(varying[start : start + _WORD_FLAGS]):
            classes |= bits.astype(np.int64) << place
        _, classes = np.unique(classes, return_inverse=True)
    _, first, sizes = np.unique(classes, return_index=True, return_counts=True)
    return first, sizes
