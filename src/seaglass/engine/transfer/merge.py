"""What was read becomes changes of a graph that may hold data already.

Above: `load`. Below: `assembly`, `graph/delta`, `graph/read`. Nodes whose ids are there keep what they have:
labels are added; a value of a key that is single replaces the one that is there, another joins it
(`merging.union`); an embedding replaces the one that is there. Edges are always added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from seaglass.engine.graph import read
from seaglass.engine.graph.delta import (
    CreateEdges,
    CreateNodes,
    SetLabels,
    SetNodeProperty,
    SetVectors,
)
from seaglass.engine.graph.edge_parts import joined
from seaglass.engine.transfer.merging import same, union
from seaglass.engine.values import column as cols
from seaglass.engine.values.parts import distinct, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.transfer.assembly import Assembly
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.types import Value

# Values that are compared between two looks at cancellation: some milliseconds.
_ROWS_AT_ONCE = 4_096
# Rows of one change, between which a query may end: some 20 ms.
_CHANGED_ROWS = 1 << 17


class View(Protocol):
    """The working version of a transaction."""

    @property
    def version(self) -> GraphVersion:
        """What it has now."""
        ...

    def apply(self, change: Change) -> None:
        """Changes it."""
        ...


def merge(view: View, assembly: Assembly, interrupt: Interrupt) -> int:
    """Applies what was read.

    Returns: how many labels and values were there before
    Cost: as the changes; a step of Python for each value that meets another one
    """
    given = assembly.nodes()
    found = np.empty(len(given.ids), np.int64)
    for span in spans(len(found), interrupt.check, _CHANGED_ROWS):
        found[span] = read.find_nodes(view.version, given.ids.slice(span.start, span.stop))
    new = np.flatnonzero(found < 0)
    old = np.flatnonzero(found >= 0)
    for span in spans(len(new), interrupt.check, _CHANGED_ROWS):
        some = new[span]
        first = view.version.next_node
        found[some] = first + np.arange(len(some))
        values = {key: column.take(some) for key, column in given.values.items()}
        values = {key: column for key, column in values.items() if _has_any(column)}
        view.apply(CreateNodes(first, len(some), (), given.ids.take(some), values))
    there = 0
    for key, column in given.values.items():
        interrupt.check()
        there += _join_values(
            view, key, (found[old], column.take(old)), interrupt, single=key in given.singles
        )
    for part in given.vectors:
        interrupt.check()
        view.apply(SetVectors(found[part.rows], part.numbers))
    labels = given.labels
    for code, label in enumerate(labels.names):
        interrupt.check()
        rows = labels.rows[labels.codes == code]
        for span in spans(len(rows), interrupt.check, _CHANGED_ROWS):
            # What an earlier part has as well has the label since.
            nodes = distinct(found[rows[span]])
            lacking = nodes[~read.has_labels(view.version, nodes, (label,))]
            there += span.stop - span.start - len(lacking)
            if len(lacking):
                view.apply(SetLabels(lacking, (label,), ()))
    if assembly.edge_count:
        edges = joined(assembly.edges().taken())
        for token, name in enumerate(assembly.types):
            interrupt.check()
            chosen = np.flatnonzero(edges.tokens == token)
            for span in spans(len(chosen), interrupt.check, _CHANGED_ROWS):
                rows = chosen[span]
                values = {key: column.take(rows) for key, column in edges.values.items()}
                values = {key: column for key, column in values.items() if _has_any(column)}
                ends = found[edges.sources[rows]], found[edges.targets[rows]]
                view.apply(CreateEdges(view.version.next_edge, name, *ends, values))
    return there


def _join_values(
    view: View,
    key: str,
    given: tuple[NDArray[np.int64], Column],
    interrupt: Interrupt,
    *,
    single: bool,
) -> int:
    """Gives nodes that were there their values of one key; how many they had."""
    nodes, column = given
    rows = np.flatnonzero(~column.is_null())
    had = np.zeros(len(rows), np.bool_)
    joined: list[Value] = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        interrupt.check()
        some = rows[start : start + _ROWS_AT_ONCE]
        before = read.node_property(view.version, nodes[some], key).to_list()
        pairs = list(zip(before, column.take(some).to_list(), strict=True))
        there = [old is not None and same(old, new) for old, new in pairs]
        had[start : start + len(some)] = there
        joined += [
            new if single or old is None else union([old, new])
            for (old, new), is_there in zip(pairs, there, strict=True)
            if not is_there
        ]
    changed = nodes[rows[~had]]
    for span in spans(len(changed), interrupt.check, _CHANGED_ROWS):
        view.apply(SetNodeProperty(changed[span], key, cols.from_values(joined[span])))
    return int(had.sum())


def _has_any(column: Column) -> bool:
    return column.valid is None or bool(column.valid.any())
