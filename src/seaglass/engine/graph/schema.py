"""What the properties of each label and type hold, and what joins what: numbers of a schema.

Above: `exec/graph_procedures`. Below: `group`, `read`. What a group contributes is kept with the group,
so that after a small write only the groups that it touched are read again. What edges join depends on
the labels of nodes elsewhere: it is kept with the group of edges together with the labels that were
seen, and holds as long as the labels of its ends are the same.

Invariants: labels of a group of nodes as codes are made once; old and new codes are compared once for
all groups of edges that saw the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import counts
from seaglass.engine.graph.group import SOURCE, TARGET, TYPE
from seaglass.engine.values.packed import Times
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column

    # Property key -> Python types of its values.
    Types = Mapping[str, frozenset[type]]
    Labels = tuple[str, ...]
    Check = Callable[[], None]

_DATATYPES = "datatypes"
_LABELS = "label codes"
_JOINS = "joins"
_TYPE_OF_KIND: dict[Kind, type] = {
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.STRING: str,
}
# More nodes with other labels than this, and what edges join is looked up anew.
_CHANGED_MAX = 4_096


def node_datatypes(version: GraphVersion, check: Check) -> dict[str, dict[str, set[type]]]:
    """Label -> key -> the types of its values, of every label that some node has.

    Args: check: called between groups; may raise
    Cost: some 10 ns for each value of the groups that changed since it was last asked for
    """
    found: dict[str, dict[str, set[type]]] = {label: {} for label in counts.labels(version)}
    for group in version.nodes:
        check()
        for label, types in _kept(group, _of_nodes).items():
            _add(found[label], types)
    return found


def edge_datatypes(version: GraphVersion, check: Check) -> dict[str, dict[str, set[type]]]:
    """Type -> key -> the types of its values, of every type that some edge has. Cost: as above."""
    found: dict[str, dict[str, set[type]]] = {name: {} for name in counts.types(version)}
    for group in version.edges:
        check()
        for code, types in _kept(group, _of_edges).items():
            _add(found[version.types[code]], types)
    return found


def joined_labels(version: GraphVersion, check: Check) -> set[tuple[str, Labels, Labels]]:
    """(type, labels of a source, labels of its target) of all edges.

    Cost: some 100 ns for each edge of the groups that changed, or whose ends did
    """
    seen = tuple(_label_codes(group) for group in version.nodes)
    changed: dict[int, NDArray[np.int64] | None] = {}
    found: set[tuple[str, Labels, Labels]] = set()
    for group in version.edges:
        check()
        joins = group.derived.get(_JOINS)
        if not isinstance(joins, _Joins) or not _holds(joins, seen, group, changed):
            joins = _Joins(seen, _joins_of(group, seen))
        else:
            joins = _Joins(seen, joins.found)
        group.derived[_JOINS] = joins
        found.update((version.types[code], source, target) for code, source, target in joins.found)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Codes:
    """The labels of each row of a group of nodes. Args: codes: int32[rows], places in `sets`"""

    codes: NDArray[np.int32]
    sets: tuple[Labels, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Joins:
    """What a group of edges joins. Args: seen: the labels of all nodes then"""

    seen: tuple[_Codes, ...]
    found: frozenset[tuple[int, Labels, Labels]]


def _add(found: dict[str, set[type]], types: Types) -> None:
    for key, some in types.items():
        found.setdefault(key, set()).update(some)


def _kept(group: Group, made: Callable[[Group], dict[Any, Types]]) -> dict[Any, Types]:
    kept = group.derived.get(_DATATYPES)
    if not isinstance(kept, dict):
        kept = group.derived[_DATATYPES] = made(group)
    return kept


def _of_nodes(group: Group) -> dict[Any, Types]:
    found: dict[Any, Types] = {}
    for label in group.label_names():
        bits = group.label_bits(label)
        if bits is not None and bits.any():
            found[label] = _types(group, np.flatnonzero(bits))
    return found


def _of_edges(group: Group) -> dict[Any, Types]:
    column, alive = group.column(TYPE), group.alive_bits()
    if column is None:
        return {}
    found: dict[Any, Types] = {}
    for code in np.unique(column.data if alive is None else column.data[alive]).tolist():
        has = column.data == code
        found[code] = _types(group, np.flatnonzero(has if alive is None else has & alive))
    return found


def _types(group: Group, rows: NDArray[np.int64]) -> Types:
    found: dict[str, frozenset[type]] = {}
    names = group.keys()
    for key in sorted(key for key in names if not key.startswith("~")):
        column = group.column(key)
        types = set() if column is None else _types_of(column, rows)
        if types:
            found[key] = frozenset(types)
    return found


def _types_of(column: Column, rows: NDArray[np.int64]) -> set[type]:
    if column.kind is Kind.NULL:
        return set()
    kind = column.form.type if isinstance(column, Times) else _TYPE_OF_KIND.get(column.kind)
    if kind is not None:
        some = column.valid is None or bool(column.valid[rows].any())
        return {kind} if some else set()
    return set(map(type, column.data[rows].tolist())) - {type(None)}


def _label_codes(group: Group) -> _Codes:
    kept = group.derived.get(_LABELS)
    if isinstance(kept, _Codes):
        return kept
    codes = np.zeros(group.rows, np.int64)
    sets: list[Labels] = [()]
    for label in sorted(group.label_names()):
        bits = group.label_bits(label)
        if bits is None or not bits.any():
            continue
        has = np.zeros(group.rows, np.bool_)
        has[: len(bits)] = bits
        values, codes = np.unique(codes * 2 + has, return_inverse=True)
        sets = [sets[value >> 1] + (label,) * (value & 1) for value in values.tolist()]
    made = _Codes(codes.astype(np.int32), tuple(sets))
    group.derived[_LABELS] = made
    return made


def _holds(
    joins: _Joins,
    seen: tuple[_Codes, ...],
    group: Group,
    changed: dict[int, NDArray[np.int64] | None],
) -> bool:
    """Whether the ends of a group's edges have the labels that they had."""
    if joins.seen is seen:
        return True
    if id(joins.seen) not in changed:
        changed[id(joins.seen)] = _changed(joins.seen, seen)
    nodes = changed[id(joins.seen)]
    if nodes is None:
        return False
    if len(nodes) == 0:
        return True
    return not any(np.isin(data, nodes).any() for data in _ends(group))


def _changed(before: tuple[_Codes, ...], after: tuple[_Codes, ...]) -> NDArray[np.int64] | None:
    """The nodes of before that have other labels now; None for too many.

    `before` may be of a query that has failed, and then hold nodes that are not there: no edge that
    both have leads to these.
    """
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for place, (old, new) in enumerate(zip(before, after, strict=False)):
        if old is new:
            continue
        places = {labels: code for code, labels in enumerate(new.sets)}
        same = np.array([places.get(labels, -1) for labels in old.sets], np.int32)
        both = min(len(old.codes), len(new.codes))
        differs = same[old.codes[:both]] != new.codes[:both]
        found.append(np.flatnonzero(differs) + place * limits.GROUP_ROWS)
    nodes = np.concatenate(found)
    return nodes if len(nodes) <= _CHANGED_MAX else None


def _ends(group: Group) -> Iterable[NDArray[np.int64]]:
    alive = group.alive_bits()
    for key in (SOURCE, TARGET):
        column = group.column(key)
        if column is not None:
            yield column.data if alive is None else column.data[alive]


def _joins_of(group: Group, seen: tuple[_Codes, ...]) -> frozenset[tuple[int, Labels, Labels]]:
    types, alive = group.column(TYPE), group.alive_bits()
    if types is None:
        return frozenset()
    codes = types.data if alive is None else types.data[alive]
    sources, targets = (_sets_of(nodes, seen) for nodes in _ends(group))
    places, sets = sources
    targets_places, target_sets = targets
    width = len(target_sets)
    key = (codes.astype(np.int64) * len(sets) + places) * width + targets_places
    found = set()
    for value in np.unique(key).tolist():
        rest, target = divmod(value, width)
        code, source = divmod(rest, len(sets))
        found.add((code, sets[source], target_sets[target]))
    return frozenset(found)


def _sets_of(
    nodes: NDArray[np.int64], seen: tuple[_Codes, ...]
) -> tuple[NDArray[np.int64], list[Labels]]:
    """The labels of each node as places in a list of sets."""
    places = np.zeros(len(nodes), np.int64)
    sets: dict[Labels, int] = {}
    groups = nodes // limits.GROUP_ROWS
    for place in np.unique(groups).tolist():
        codes = seen[place]
        inside = groups == place
        numbered = np.array([sets.setdefault(labels, len(sets)) for labels in codes.sets])
        places[inside] = numbered[codes.codes[nodes[inside] % limits.GROUP_ROWS]]
    return places, list(sets) or [()]
