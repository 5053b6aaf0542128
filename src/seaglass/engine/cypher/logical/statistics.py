"""How much a graph holds, for rules that weigh one order of a plan against another.

Above: `rules/choose_start`, and the engine, which makes them of a version. Below: nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Names = tuple[str, ...]
Alike = Callable[[Names, str], float]
"""Of the nodes with all the labels and a property, how many have the same value of it, on average."""
Degree = Callable[[Names, Names, Literal["out", "in", "both"]], float]
"""Edges of one of the types (of any, for none) that a node with all the labels has in a direction, on average."""

# Steps of a path without an upper bound that are counted, and what is enough to call it long.
_STEPS_MAX = 6
_LONG = 1e6


@dataclass(slots=True)
class Statistics:
    """Counts of one version of a graph.

    Attributes: nodes: all of them; labels: how many have each; asked: whether the order of a plan was chosen by
        these, so that it may be another one for another graph
    """

    nodes: int
    labels: Mapping[str, int]
    degree: Degree
    alike: Alike
    asked: bool = False
    _known: dict[tuple[object, ...], float] = field(default_factory=dict)

    def having(self, labels: Names) -> int:
        """At most so many nodes have all of the labels."""
        return min([self.labels.get(label, 0) for label in labels], default=self.nodes)

    def edges_of(
        self, types: Names, labels: Names, direction: Literal["out", "in", "both"]
    ) -> float:
        """As `degree`, which is asked once for the same."""
        key = types, labels, direction
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.degree(types, labels, direction)
        return found

    def equal(self, labels: Names, key: str) -> float:
        """As `alike`, which is asked once for the same."""
        found = self._known.get((labels, key))
        if found is None:
            found = self._known[labels, key] = self.alike(labels, key)
        return found


def paths_of(edges: float, low: int, high: int | None) -> float:
    """How many paths of `low` to `high` steps there are, where each node has so many edges."""
    most = max(low, _STEPS_MAX) if high is None else high
    total, now = 0.0, edges**low if low < _STEPS_MAX else _LONG
    for _ in range(low, min(most, low + _STEPS_MAX) + 1):
        total += now
        now *= edges
        if total > _LONG:
            return _LONG
    return total
