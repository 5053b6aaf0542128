"""What an algorithm is called with, and what it gives.

Above: the families, `engine/exec/algorithms`. Below: `engine/graph/version`, `values/options`.
There are two kinds of algorithm. One gives a value for each node of the graph, whatever nodes it is
asked for (`NodeValues`): it is computed once, reported for the nodes of all rows, or written as a
property. The other goes out from the nodes of each row and gives rows of its own (`Piece`).
An algorithm charges what it allocates before it does, and asks the interrupt between kernels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
        alone: held by the one search for communities that may run on a graph at a time
    """

    version: GraphVersion
    interrupt: Interrupt
    charge: Callable[[int], None]
    alone: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class Listed:
    """The nodes that an argument names: node `nodes[i]` for row `rows[i]`.

    Args:
        rows: int64[k], ascending; nodes: int64[k], alive; both may repeat
        places: int64[k], where each stands in the list of its row, from 0; those of nodes that are
            not there are missing
    """

    rows: NDArray[np.int64]
    nodes: NDArray[np.int64]
    places: NDArray[np.int64]


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


def from_one(
    run: Run, start: tuple[int, int], columns: Mapping[str, Column], item_bytes: int
) -> Iterator[Piece]:
    """What one source of a row has given, with the column `source`, counted while it is used.

    Args: start: the row and the source; item_bytes: what an item of all columns takes
    """
    row, source = start
    count = len(next(iter(columns.values())))
    # The rows, and the sources that are added here.
    held_bytes = count * (item_bytes + 16)
    run.charge(held_bytes)
    sources = cols.nodes(np.full(count, source, np.int64))
    yield Piece(np.full(count, row, np.int64), {"source": sources, **columns})
    run.charge(-held_bytes)


def sized(pieces: Iterator[Piece], least: int, most: int) -> Iterator[Piece]:
    """The same results in pieces of at most `most` rows, and where they can be of at least `least`:
    an algorithm that finds little for each of many nodes gives many small ones.
    """
    waiting: list[Piece] = []
    count = 0
    for piece in pieces:
        if len(piece.rows) > most:
            yield from _joined(waiting)
            waiting, count = [], 0
            for begin in range(0, len(piece.rows), most):
                end = min(begin + most, len(piece.rows))
                columns = {name: part.slice(begin, end) for name, part in piece.columns.items()}
                yield Piece(piece.rows[begin:end], columns)
            continue
        if count + len(piece.rows) > most:
            yield from _joined(waiting)
            waiting, count = [], 0
        waiting.append(piece)
        count += len(piece.rows)
        if count >= least:
            yield from _joined(waiting)
            waiting, count = [], 0
    yield from _joined(waiting)


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    if not pieces:
        return
    columns = {
        name: cols.concat([piece.columns[name] for piece in pieces]) for name in pieces[0].columns
    }
    yield Piece(np.concatenate([piece.rows for piece in pieces]), columns)


if TYPE_CHECKING:
    ForNodes: TypeAlias = Callable[[Run, Settings], NodeValues]
    ForFew: TypeAlias = Callable[[Run, Settings, NDArray[np.int64]], NodeValues | None]
    ForRows: TypeAlias = Callable[[Run, Given], Iterator[Piece]]
