"""Components of the graph: weakly and strongly connected ones.

Above: `catalogue`. Below: `links`, `kernels/components`.
A component has the number of its first node, the one that is oldest.
Source: spec 05 sections 4.1 and 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.algo.links import flat, onward_of
from seaglass.engine.algo.projection import project
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.kernels.components import strong_components, weak_components

if TYPE_CHECKING:
    from seaglass.engine.algo.run import Run
    from seaglass.engine.values.options import Settings

# Components, and what Tarjan's algorithm works with.
_WEAK_NODE_BYTES, _STRONG_NODE_BYTES = 8, 40


def wcc(run: Run, settings: Settings) -> NodeValues:
    """The component of each node, edges leading both ways."""
    made = project(run, onward_of(settings))
    run.charge(_WEAK_NODE_BYTES * made.nodes)
    return NodeValues(weak_components(flat(made), run.interrupt.flag), made.kept)


def scc(run: Run, settings: Settings) -> NodeValues:
    """The component of each node: those that it reaches and that reach it."""
    made = project(run, onward_of(settings))
    run.charge(_STRONG_NODE_BYTES * made.nodes)
    return NodeValues(strong_components(flat(made), run.interrupt.flag), made.kept)
