"""ExpandMany: from nodes along paths of variable length.

Above: `run`. Below: `expand`, `engine/graph/read`.
Paths grow by one edge at a time, many at once. Rows of the input are walked together as long as
what they give fits one frame, so that the rows keep their order; else they are halved, and one row
by itself is walked depth first, over pieces of at most `frame_rows` steps: it may have any number
of paths, and holds no more than one piece for each of their lengths.
Where only ends are asked for, they are searched and not walked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical.plan import Direction
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.paths import has_properties
from seaglass.engine.exec.expressions.searches import Searches
from seaglass.engine.exec.expressions.values import numbers_of, wrong_type
from seaglass.engine.exec.operators.expand import cuts, used_edges
from seaglass.engine.exec.operators.frames import pieces
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists, listed
from seaglass.engine.values.parts import spans
from seaglass.engine.values.types import Edge, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value


def expand_many(op: plan.ExpandMany, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with each path from its source node."""
    for frame in source:
        context.interrupt.check()
        known = numbers_of(frame.columns[op.source], Kind.NODE, "A pattern") >= 0
        if op.target_bound:
            known &= numbers_of(frame.columns[op.target], Kind.NODE, "A pattern") >= 0
        frame = frame.where(known)
        if not frame.rows:
            continue
        walk = _Walk(op, frame, context)
        if op.ends_once:
            yield from _ends(walk)
        elif op.edge_bound:
            yield from walk.emit([_known_paths(walk)])
        else:
            yield from walk.frames()


# Rows that are cut into ranges between two looks: each row may be a range of its own.
_RANGES_AT_ONCE = 4_096
# As many numbers as an edge in a list is worth: mostly Python makes the list in the end.
_LISTED_WIDTH = 16


@dataclass(frozen=True, slots=True)
class _Paths:
    """Paths of one length.

    Args:
        rows: int64[n], the rows of the frame that they begin at
        tips: int64[n], the nodes that they have come to
        edges: int64[length, n]
    """

    rows: NDArray[np.int64]
    tips: NDArray[np.int64]
    edges: NDArray[np.int64]

    @property
    def length(self) -> int:
        return len(self.edges)

    def where(self, keep: NDArray[np.bool_]) -> _Paths:
        if keep.all():
            return self
        return _Paths(self.rows[keep], self.tips[keep], self.edges[:, keep])

    def slice(self, begin: int, end: int) -> _Paths:
        return _Paths(self.rows[begin:end], self.tips[begin:end], self.edges[:, begin:end])

    def nbytes(self) -> int:
        return self.rows.nbytes + self.tips.nbytes + self.edges.nbytes


class _Walk:
    """The walk from the rows of one frame."""

    def __init__(self, op: plan.ExpandMany, frame: Frame, context: Context) -> None:
        self.op = op
        self.frame = frame
        self.context = context
        self.steps = op.steps
        self.sources = numbers_of(frame.columns[op.source], Kind.NODE, "A pattern")
        self.used = used_edges(frame, op.distinct_from)
        self.wanted = wanted_properties(op.steps, frame, context)

    def frames(self) -> Iterator[Frame]:
        """The rows with their paths, the rows in order."""
        steps = self.steps
        if steps.high is not None and steps.low > steps.high:
            return
        ranges: list[tuple[int, int]] = []
        for begin, end in cuts(self.sources, steps.types, steps.direction, self.context):
            if begin // _RANGES_AT_ONCE != end // _RANGES_AT_ONCE:
                self.context.interrupt.check()
            ranges.append((begin, end))
        ranges.reverse()
        while ranges:
            begin, end = ranges.pop()
            if end - begin == 1:
                yield from self._one(begin)
                continue
            found = self._together(begin, end)
            if found is None:
                middle = (begin + end) // 2
                ranges += [(middle, end), (begin, middle)]
            else:
                yield from self.emit(found)

    def _begin(self, begin: int, end: int) -> _Paths:
        rows = np.arange(begin, end)
        return _Paths(rows, self.sources[begin:end], np.empty((0, end - begin), np.int64))

    def _together(self, begin: int, end: int) -> list[_Paths] | None:
        """The paths of these rows by length, None where they do not fit one frame."""
        most = self.context.options.frame_rows
        paths = self._begin(begin, end)
        found: list[_Paths] = []
        count = 0
        while True:
            if paths.length >= self.steps.low:
                found.append(self.arrived(paths))
                count += len(found[-1].rows)
            if self._is_last(paths):
                return found
            if count + int(self._degrees(paths).sum()) > most:
                return None
            paths = self._further(paths)

    def _one(self, row: int) -> Iterator[Frame]:
        """The paths of one row, which may be many."""
        steps, context = self.steps, self.context
        paths = self._begin(row, row + 1)
        if steps.low == 0:
            yield from self.emit([self.arrived(paths)])
        waiting = [] if self._is_last(paths) else [paths]
        with context.holding() as held:
            held.set(paths.nbytes() * len(waiting))
            while waiting:
                paths = waiting.pop()
                held.add(-paths.nbytes())
                following: list[_Paths] = []
                for longer in self._further_in_parts(paths):
                    if longer.length >= steps.low:
                        yield from self.emit([self.arrived(longer)])
                    if not self._is_last(longer):
                        tips = longer.tips
                        # A path that is listed may become an object for each of its edges.
                        width = longer.length * (_LISTED_WIDTH if self.op.listed else 1)
                        ranges = cuts(tips, steps.types, steps.direction, context, width)
                        following += [longer.slice(begin, end) for begin, end in ranges]
                        held.add(longer.nbytes())
                waiting += following[::-1]

    def _is_last(self, paths: _Paths) -> bool:
        return len(paths.rows) == 0 or paths.length == self.steps.high

    def _degrees(self, paths: _Paths) -> NDArray[np.int64]:
        steps = self.steps
        return read.degrees(self.context.version, paths.tips, steps.types, steps.direction.value)

    def _expanded(self, paths: _Paths) -> read.Expansion:
        steps = self.steps
        return read.expand(self.context.version, paths.tips, steps.types, steps.direction.value)

    def _further(self, paths: _Paths) -> _Paths:
        """The paths longer by one edge."""
        self.context.interrupt.check()
        return self._along(paths, self._expanded(paths))

    def _further_in_parts(self, paths: _Paths) -> Iterator[_Paths]:
        """The same, as many at once as a frame has: a hub alone may have very many."""
        check, most = self.context.interrupt.check, self.context.options.frame_rows
        check()
        found = self._expanded(paths)
        for span in spans(len(found.rows), check, most):
            part = read.Expansion(found.rows[span], found.nodes[span], found.edges[span])
            yield self._along(paths, part)

    def _along(self, paths: _Paths, found: read.Expansion) -> _Paths:
        """The paths longer by the edges found, where they may go on along them."""
        edges = paths.edges[:, found.rows]
        keep = (edges != found.edges).all(axis=0)
        rows = paths.rows[found.rows]
        for used in self.used:
            keep &= found.edges != used[rows]
        if self.wanted:
            places = np.flatnonzero(keep)
            keep[places] = has_properties(
                found.edges[places], rows[places], self.wanted, self.context
            )
        longer = np.concatenate([edges, found.edges[None]])
        return _Paths(rows, found.nodes, longer).where(keep)

    def arrived(self, paths: _Paths) -> _Paths:
        """The paths that end where they shall."""
        if not self.op.target_bound:
            return paths
        targets = numbers_of(self.frame.columns[self.op.target], Kind.NODE, "A pattern")
        return paths.where(paths.tips == targets[paths.rows])

    def emit(self, found: Sequence[_Paths]) -> Iterator[Frame]:
        """The rows of the paths, in order of the rows."""
        if not found:
            return
        rows = np.concatenate([paths.rows for paths in found])
        order = np.argsort(rows, kind="stable")
        rows = rows[order]
        added: dict[str, Column] = {}
        if self.op.listed and not self.op.edge_bound:
            added[self.op.edge] = self._lists(found, order)
        if not self.op.target_bound:
            tips = np.concatenate([paths.tips for paths in found])
            added[self.op.target] = cols.nodes(tips[order])
        yield from pieces(self.frame.take(rows).with_columns(added), self.context)

    def _lists(self, found: Sequence[_Paths], order: NDArray[np.int64]) -> Lists:
        """The edges of each path, in the order of the pattern."""
        tables = [paths.edges[::-1] if self.op.backward else paths.edges for paths in found]
        counts = np.concatenate([np.full(table.shape[1], len(table)) for table in tables])
        lists = listed(counts, cols.edges(np.concatenate([table.T.ravel() for table in tables])))
        if (order[1:] > order[:-1]).all():
            return lists
        return Lists(lists.starts[order], counts[order], lists.items, None).alone()


def wanted_properties(steps: ex.Steps, frame: Frame, context: Context) -> list[tuple[str, Column]]:
    """What the edges shall have: keys, and values for each row of the frame."""
    return [(key, evaluate(value, frame, context)) for key, value in steps.properties]


def _ends(walk: _Walk) -> Iterator[Frame]:
    """The rows with each end that a path leads to, once."""
    op, steps, context = walk.op, walk.steps, walk.context
    if steps.high is not None and steps.low > steps.high:
        return
    columns = [column.to_list() for _, column in walk.wanted]
    wanted = list(zip(*columns, strict=True)) if columns else [()] * walk.frame.rows
    targets = None
    if op.target_bound:
        targets = numbers_of(walk.frame.columns[op.target], Kind.NODE, "A pattern").tolist()
    most = context.options.frame_rows
    batch: list[_Paths] = []
    count = 0
    with context.holding() as held:
        searches = Searches(steps, context, held)
        for row, source in enumerate(walk.sources.tolist()):
            context.interrupt.check()
            tips = searches.of(wanted[row]).reach(source, steps.low, steps.high)
            if targets is not None:
                tips = tips[tips == targets[row]]
            for span in spans(len(tips), context.interrupt.check, most):
                some = tips[span]
                batch.append(
                    _Paths(np.full(len(some), row), some, np.empty((0, len(some)), np.int64))
                )
                count += len(some)
                if count >= most:
                    yield from walk.emit(batch)
                    batch, count = [], 0
        yield from walk.emit(batch)


def _known_paths(walk: _Walk) -> _Paths:
    """The paths along the edges that the frame already holds, where they are paths."""
    op, steps = walk.op, walk.steps
    lists = [_known_edges(value, op) for value in walk.frame.columns[op.edge].to_list()]
    counts = np.array([-1 if edges is None else len(edges) for edges in lists])
    edges = np.array([edge for known in lists for edge in known or ()], np.int64)
    rows = np.repeat(np.arange(len(lists)), np.maximum(counts, 0))
    version = walk.context.version
    fits = read.edges_alive(version, edges)
    if steps.types:
        names = read.edge_types(version, edges).to_list()
        fits &= np.fromiter((name in steps.types for name in names), np.bool_, len(names))
    fits[fits] = has_properties(edges[fits], rows[fits], walk.wanted, walk.context)
    for used in walk.used:
        fits &= edges != used[rows]
    wrong = set(rows[~fits].tolist())
    starts, ends = read.edge_ends(version, edges)
    pairs = dict(zip(edges.tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True))
    found: list[int] = []
    tips: list[int] = []
    for row, known in enumerate(lists):
        if known is None or row in wrong or len(set(known)) < len(known):
            continue
        if len(known) < steps.low or (steps.high is not None and len(known) > steps.high):
            continue
        tip = int(walk.sources[row])
        for edge in known[::-1] if op.backward else known:
            tip = _other_end(pairs[edge], tip, steps.direction)
        if tip >= 0:
            found.append(row)
            tips.append(tip)
    empty = np.empty((0, len(found)), np.int64)
    return walk.arrived(_Paths(np.array(found, np.int64), np.array(tips, np.int64), empty))


def _known_edges(value: Value, op: plan.ExpandMany) -> list[int] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise wrong_type(f"The pattern part `{op.edge}*`", "a list of relationships", value, None)
    for edge in value:
        if not isinstance(edge, Edge):
            what = f"The list of the pattern part `{op.edge}*`"
            raise wrong_type(what, "relationships", edge, None)
    return [edge.number for edge in value]


def _other_end(ends: tuple[int, int], tip: int, direction: Direction) -> int:
    """Where an edge leads from `tip`, -1 if nowhere."""
    start, end = ends
    if tip >= 0 and start == tip and direction is not Direction.IN:
        return end
    if tip >= 0 and end == tip and direction is not Direction.OUT:
        return start
    return -1
