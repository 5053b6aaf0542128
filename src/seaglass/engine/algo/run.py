"""What an algorithm is called with, and what it gives.

Above: the families, `engine/exec/algorithms`. Below: `engine/graph/version`, `values/options`.
There are two kinds of algorithm. One gives a value for each node of the graph, whatever nodes it is
asked for (`NodeValues`): it is computed once, reported for the nodes of all rows, or written as a
property. The other goes out from the nodes of each row and gives rows of its own (`Piece`).
An algorithm charges what it allocates before it does, and asks the interrupt between kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.options import Settings


@dataclass(frozen=True, slots=True)
class Run:
    """One algorithm's run.

    Args:
        charge: counts bytes that the run holds, before they are allocated; negative ones give some
            back, and what is left is given back when the run ends. Raises: Exhausted(memory)
    """

    version: GraphVersion
    interrupt: Interrupt
    charge: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """The nodes that an argument names: node `nodes[i]` for row `rows[i]`.

    Args: rows: int64[k], ascending; nodes: int64[k], alive; both may repeat
    """

    rows: NDArray[np.int64]
    nodes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Given:
    """A call, for all rows whose settings are the same. Args: lists: of each argument of nodes"""

    rows: NDArray[np.int64]
    lists: tuple[Listed, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Piece:
    """Some results: `columns[name]` has a value for each of `rows`, the rows that they belong to.

    Args: rows: int64[m], ascending over all pieces of a call
    """

    rows: NDArray[np.int64]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class NodeValues:
    """A value for each node.

    Args:
        values: int64|float64[n], n the number that the next node gets; of numbers without a node,
            and of nodes that take no part, it means nothing
        kept: bool[n], which nodes take part; None for all numbers
    """

    values: NDArray[Any]
    kept: NDArray[np.bool_] | None


if TYPE_CHECKING:
    ForNodes: TypeAlias = Callable[[Run, Settings], NodeValues]
    ForRows: TypeAlias = Callable[[Run, Given], Iterator[Piece]]
