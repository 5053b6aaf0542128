"""Projections as the kernels of whole-graph loops take them: one way, the other, with weights.

Above: `ranks`, `closeness`, `components`, `labels`, `communities`. Below: `projection`,
`kernels/spreading`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.algo.projection import project, selection_of
from seaglass.engine.graph.lookup import find_nodes
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Node

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import Projection, Selection
    from seaglass.engine.algo.run import Run
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.kernels.spreading import Floats, Links
    from seaglass.engine.values.options import Settings

_OPPOSITE: dict[Direction, Direction] = {"out": "in", "in": "out", "both": "both"}
# Products of two such weights, and sums of as many as fit into memory, are floats.
_LARGE = 2.0**400


def onward_of(settings: Settings) -> Selection:
    """The edges between nodes that take part, seen from where they begin."""
    return replace(selection_of(settings), inside=True)


def back_of(settings: Settings) -> Selection:
    """The same edges, seen from where they lead."""
    selection = onward_of(settings)
    return replace(selection, direction=_OPPOSITE[selection.direction])


def projected(run: Run, settings: Settings) -> tuple[Projection, Projection]:
    """Where the edges between nodes that take part lead, and where they come from.

    Raises: as `project`
    """
    return project(run, onward_of(settings)), project(run, back_of(settings))


def flat(made: Projection) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The projection without weights."""
    return made.indptr, made.neighbours


def weighed(run: Run, settings: Settings, made: Projection, *, least: float) -> Links:
    """The projection with its weights as floats; without any where none were asked for.

    Raises: Invalid(illegal_argument) for a weight below the least one, or one that is not finite
    """
    if made.weights is None:
        return made.indptr, made.neighbours, np.zeros(0, np.float64)
    if made.weights.dtype != np.float64:
        run.charge(made.weights.nbytes)
    weights = made.weights.astype(np.float64, copy=False)
    refuse_weights(settings, "edgeWeightProperty", weights, least)
    return made.indptr, made.neighbours, within_range(settings, "edgeWeightProperty", weights)


def refuse_weights(settings: Settings, option: str, weights: Floats, least: float) -> None:
    """Raises: Invalid(illegal_argument) for a weight below the least one, or one that is not finite"""
    wrong = ~((weights >= least) & np.isfinite(weights))
    if wrong.any():
        kind = "numbers from 0 on" if least == 0.0 else "finite numbers"
        raise settings.wrong(
            f"takes {kind} as weights, but {option} {settings.text(option)!r} has"
            f" {float(weights[wrong][0])!r}"
        )


def within_range(settings: Settings, option: str, weights: Floats) -> Floats:
    """The weights, times a power of two where sums or quotients of them could pass all floats: what is
    computed from them depends on their proportions alone.

    Raises: Invalid(illegal_argument) where they lie too far apart for that
    """
    sizes = np.abs(weights)
    most = float(sizes.max(initial=0.0))
    few = float(sizes.min(where=sizes > 0.0, initial=most))
    if most == 0.0 or (most < _LARGE and few > 1.0 / _LARGE):
        return weights
    exponent = int(np.frexp(most)[1])
    if few < most / _LARGE / _LARGE:
        raise settings.wrong(
            f"takes weights that are at most {_LARGE**2:.0e} times as large as others, but {option}"
            f" {settings.text(option)!r} has {few!r} and {most!r}"
        )
    return np.ldexp(weights, -exponent)


def all_of(made: Projection) -> NDArray[np.int64]:
    """int64[k]: the nodes that take part, ascending."""
    return np.arange(made.nodes) if made.kept is None else np.flatnonzero(made.kept)


def count_of(made: Projection) -> int:
    """How many nodes take part."""
    return made.nodes if made.kept is None else int(np.count_nonzero(made.kept))


def shares(run: Run, settings: Settings, made: Projection) -> Floats:
    """What part of the whole each node begins with: the same for all that take part; or, by
    `sourceNodes` and `sourceWeights`, that of its weight among theirs.

    Returns: float64[n], its sum 1, or 0 where no node takes part
    Raises: Invalid(illegal_argument) when the two do not fit each other, or no node is left
    """
    nodes = all_of(made)
    found = np.zeros(made.nodes, np.float64)
    sources = settings.get("sourceNodes")
    weights = settings.get("sourceWeights")
    if sources is None:
        if weights is not None:
            raise settings.wrong("needs sourceNodes where sourceWeights is given")
        found[nodes] = 1.0 / max(len(nodes), 1)
        return found
    assert isinstance(sources, tuple)
    given = [1.0] * len(sources) if weights is None else list(_numbers(weights))
    if len(given) != len(sources):
        raise settings.wrong(
            f"needs a weight for each of its sourceNodes: {len(sources)} nodes, {len(given)} weights"
        )
    numbers = np.array(given, np.float64)
    refuse_weights(settings, "sourceWeights", numbers, 0.0)
    # Their sum is a float, however large they are.
    given = np.ldexp(numbers, -int(np.frexp(numbers.max(initial=0.0))[1])).tolist()
    ids = find_nodes(run.version, cols.mixed([s if isinstance(s, str) else None for s in sources]))
    for place, source in enumerate(sources):
        node = source.number if isinstance(source, Node) else int(ids[place])
        if node >= 0 and (made.kept is None or made.kept[node]):
            found[node] += given[place]
    total = float(found.sum())
    if not 0.0 < total < np.inf:
        raise settings.wrong(
            "has nothing to begin with: of its sourceNodes, none that takes part has a weight"
            " above 0"
        )
    return found / total


def _numbers(weights: object) -> list[float]:
    assert isinstance(weights, tuple)
    return [float(weight) for weight in weights]
