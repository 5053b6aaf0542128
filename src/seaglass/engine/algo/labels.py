"""Label propagation: nodes take the label that most weighs among those from whom edges come.

Above: `catalogue`. Below: `links`, `kernels/voting`.
Each node begins with a label of its own. Labels travel along the edges that the direction selects,
as ranks do. Nodes choose one after the other, in a shuffled order that is always the same, and see
what those before them chose; so equal graphs give equal communities. A community has the number of
its first node, the one that is oldest.
Source: spec 05 section 4.3; Raghavan, Albert, Kumara, Near linear time algorithm to detect community
structures (2007). Order and ties are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from seaglass.engine.algo.links import (
    all_of,
    flat,
    projected,
    refuse_weights,
    weighed,
    within_range,
)
from seaglass.engine.algo.projection import cast_numbers
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.graph import read
from seaglass.engine.kernels.mixing import shuffled
from seaglass.engine.kernels.voting import ballot_of, vote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import Projection, WeightType
    from seaglass.engine.algo.run import Run
    from seaglass.engine.kernels.spreading import Floats
    from seaglass.engine.values.options import Settings

# Labels, whether a node waits, the order, the ballot, what labels weigh, and the first of each.
_NODE_BYTES = 60


def label_propagation(run: Run, settings: Settings) -> NodeValues:
    """The community of each node.

    Cost: some 10 ns for each edge of a node whose neighbours have changed their labels, for each
        iteration.
    """
    onward, back = projected(run, settings)
    run.charge(_NODE_BYTES * onward.nodes)
    links = weighed(run, settings, back, least=-np.inf)
    voices = _voices(run, settings, onward)
    labels, waiting = np.arange(onward.nodes), np.ones(onward.nodes, np.bool_)
    state = labels, waiting, voices, shuffled(onward.nodes)
    ballot = ballot_of(onward.nodes)
    for _ in range(settings.integer("maxIterations")):
        changed = vote(links, flat(onward), state, ballot, run.interrupt.flag)
        run.interrupt.check()
        if not changed:
            break
    return NodeValues(_by_first(labels), onward.kept)


def _voices(run: Run, settings: Settings, made: Projection) -> Floats:
    """What each node's label weighs: 1 where it has no number; empty where all weigh 1."""
    key = settings.text("vertexWeightProperty")
    if key is None:
        return np.zeros(0, np.float64)
    kind = settings.text("edgeWeightType") or settings.text("vertexWeightType")
    if kind is None:
        raise settings.wrong("needs vertexWeightType where vertexWeightProperty is given")
    nodes = all_of(made)
    column = read.node_property(run.version, nodes, key)
    numbers, there = cast_numbers(column, cast("WeightType", kind))
    weights = numbers.astype(np.float64)
    if there is not None:
        weights[~there] = 1.0
    refuse_weights(settings, "vertexWeightProperty", weights, -np.inf)
    voices = np.ones(made.nodes, np.float64)
    voices[nodes] = within_range(settings, "vertexWeightProperty", weights)
    return voices


def _by_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each label as the first node that has it."""
    first = np.empty(len(labels), np.int64)
    # Of several values for one place, the last one stays.
    first[labels[::-1]] = np.arange(len(labels))[::-1]
    return first[labels]
