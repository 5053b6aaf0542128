"""Intersect: the nodes that are neighbours of several nodes at once.

Above: `run`. Below: `expand`, `engine/graph/read`.
Each row goes out from that of its nodes which has the fewest edges to look at, and asks the others
whether they have an edge to what it finds; so no more is looked at than the smallest of the lists
has, however long the others are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.values import numbers_of
from seaglass.engine.exec.operators.expand import used_edges
from seaglass.engine.exec.operators.frames import ranges, taken
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame


def intersect(op: plan.Intersect, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with each node that all legs lead to, by each choice of edges."""
    finders: list[read.Between] | None = None
    for frame in source:
        context.interrupt.check()
        if finders is None:
            finders = [
                read.Between(context.version, leg.types, leg.direction.value) for leg in op.legs
            ]
        known = np.ones(frame.rows, np.bool_)
        for leg in op.legs:
            known &= numbers_of(frame.columns[leg.source], Kind.NODE, "A pattern") >= 0
        if not known.all():
            frame = frame.where(known)
        if frame.rows:
            yield from _Meeting(op, frame, finders, context).frames()


@dataclass(frozen=True, slots=True)
class _Found:
    """Args: rows of the frame and nodes, int64[n]; edges: int64[n] of each leg that has been asked"""

    rows: NDArray[np.int64]
    nodes: NDArray[np.int64]
    edges: dict[int, NDArray[np.int64]]

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> _Found:
        edges = {leg: some[places] for leg, some in self.edges.items()}
        return _Found(self.rows[places], self.nodes[places], edges)


class _Meeting:
    """One frame."""

    def __init__(
        self, op: plan.Intersect, frame: Frame, finders: list[read.Between], context: Context
    ) -> None:
        self._op = op
        self._frame = frame
        self._finders = finders
        self._context = context
        self._sources = [
            numbers_of(frame.columns[leg.source], Kind.NODE, "A pattern") for leg in op.legs
        ]
        own = {leg.edge: place for place, leg in enumerate(op.legs)}
        # The columns of edges that a leg must not use, and the legs that it must differ from.
        self._used = [
            used_edges(frame, tuple([name for name in leg.distinct_from if name not in own]))
            for leg in op.legs
        ]
        self._apart = [
            (place, own[name])
            for place, leg in enumerate(op.legs)
            for name in leg.distinct_from
            if name in own
        ]

    def frames(self) -> Iterator[Frame]:
        version, op = self._context.version, self._op
        degrees = np.array(
            [
                read.degrees(version, sources, leg.types, leg.direction.value)
                for sources, leg in zip(self._sources, op.legs, strict=True)
            ]
        )
        first, least = degrees.argmin(axis=0), degrees.min(axis=0)
        for begin, end in ranges(least, self._context.options.frame_rows):
            self._context.interrupt.check()
            rows = np.arange(begin, end)[least[begin:end] > 0]
            parts = [
                self._from(leg, rows[first[rows] == leg]) for leg in np.unique(first[rows]).tolist()
            ]
            if not parts:
                continue
            found = parts[0] if len(parts) == 1 else _joined(parts)
            if not len(found.rows):
                continue
            added = {
                leg.edge: cols.edges(found.edges[place])
                for place, leg in enumerate(op.legs)
                if leg.edge not in op.forgets
            }
            if op.target not in op.forgets:
                added[op.target] = cols.nodes(found.nodes)
            rest = self._frame.without(op.forgets)
            yield from taken(rest, found.rows, added, self._context)

    def _from(self, first: int, rows: NDArray[np.int64]) -> _Found:
        """What the rows find that go out from the source of one leg."""
        leg = self._op.legs[first]
        version = self._context.version
        steps = read.expand(version, self._sources[first][rows], leg.types, leg.direction.value)
        found = self._fit(first, _Found(rows[steps.rows], steps.nodes, {first: steps.edges}))
        for place, finder in enumerate(self._finders):
            if place == first:
                continue
            sources = self._sources[place][found.rows]
            pairs, edges = finder.edges(sources, found.nodes, self._context.interrupt)
            found = found.take(pairs)
            found.edges[place] = edges
            found = self._fit(place, found)
        return found

    def _fit(self, asked: int, found: _Found) -> _Found:
        """What uses no edge twice, as far as the leg that was asked last goes."""
        keep = np.ones(len(found.rows), np.bool_)
        for used in self._used[asked]:
            keep &= found.edges[asked] != used[found.rows]
        for one, two in self._apart:
            if asked in (one, two) and one in found.edges and two in found.edges:
                keep &= found.edges[one] != found.edges[two]
        return found if keep.all() else found.take(keep)


def _joined(parts: list[_Found]) -> _Found:
    """All parts, in order of their rows."""
    rows = np.concatenate([part.rows for part in parts])
    nodes = np.concatenate([part.nodes for part in parts])
    edges = {leg: np.concatenate([part.edges[leg] for part in parts]) for leg in parts[0].edges}
    return _Found(rows, nodes, edges).take(np.argsort(rows, kind="stable"))
