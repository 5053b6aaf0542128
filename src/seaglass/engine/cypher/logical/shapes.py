"""Shapes of patterns, and how to count what fits them without making it.

Above: the rule `count_paths`, `engine/exec/operators/count_paths`. Below: `plan`.
A **shape** is nodes and links; what fits it is a choice of a node for each node and of an edge for
each link, which may choose the same node or edge twice. Its number needs no list: where the rest of
a shape hangs on one node (a *child*) that leads to one other node (its *parent*) only, each node
that may be the child carries the number of ways in which the rest fits, and the parent sums them.
Child and parent are joined by one or more *strands*: a link, or two with a node in between.

A pattern asks for more, that edges differ. Two links that differ are all ways less those in which
they are one edge, and that is a shape again, with the ends of the two merged: so a pattern is a sum
of shapes with coefficients (inclusion and exclusion), its `terms`. A link without direction is one
out and one in, less one that leads back to its node, which counts once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from seaglass.engine.cypher.logical.plan import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Pairs of links that must differ: five links of one MATCH. Twice the terms with each.
_PAIRS_MAX = 10
_TERMS_MAX = 64
_UNDIRECTED_MAX = 3


@dataclass(frozen=True, slots=True)
class CountedLink:
    """An edge of one of `types` (none named: any) from the node at place `source` to the one at
    `target`; it is none of those that the links at places `apart`, all before it, have.
    """

    source: int
    target: int
    types: tuple[str, ...]
    direction: Direction
    apart: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """An edge of one of `types` (() for any) from a node to a node, by their places."""

    source: int
    target: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """`labels` of each node; `root` is the place of a node."""

    labels: tuple[tuple[str, ...], ...]
    links: tuple[Link, ...]
    root: int


@dataclass(frozen=True, slots=True)
class Strand:
    """`first` joins `near` and `far`, or `near` and `middle`; then `second` joins `middle` and
    `far`.
    """

    near: int
    far: int
    first: Link
    middle: int | None = None
    second: Link | None = None

    def turned(self) -> Strand:
        """The strand seen from its other end."""
        first, second = (self.first, None) if self.second is None else (self.second, self.first)
        return Strand(self.far, self.near, first, self.middle, second)


@dataclass(frozen=True, slots=True)
class Fold:
    """What hangs on a child becomes a number of its parent; the strands lead from the parent."""

    parent: int
    child: int
    strands: tuple[Strand, ...]


Term: TypeAlias = tuple[int, Shape]
_Links: TypeAlias = tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """Links, the pairs of their places that must differ yet, and the node that each node has
    become."""

    links: _Links
    pairs: frozenset[tuple[int, int]]
    names: tuple[int, ...]


def terms(
    labels: tuple[tuple[str, ...], ...], links: tuple[CountedLink, ...], root: int
) -> tuple[Term, ...] | None:
    """The sum that counts a pattern; None where it would have too many terms."""
    undirected = sum(link.direction is Direction.BOTH for link in links)
    pairs = frozenset(
        [
            (other, place)
            for place, link in enumerate(links)
            for other in link.apart
            if _common(link.types, links[other].types) is not None
        ]
    )
    if len(pairs) > _PAIRS_MAX or undirected > _UNDIRECTED_MAX:
        return None
    found: Counter[Shape] = Counter()
    for sign, directed, same in _directed(links):
        names = tuple(range(len(labels)))
        for one, two in same:
            names = _merged(names, one, two)
        start = tuple([Link(names[k.source], names[k.target], k.types) for k in directed])
        for state, factor in _apart(_State(start, pairs, names)).items():
            found[_shape(labels, state, root)] += sign * factor
    summed = tuple([(count, shape) for shape, count in found.items() if count])
    return summed if len(summed) <= _TERMS_MAX else None


def _directed(
    links: tuple[CountedLink, ...],
) -> Iterator[tuple[int, _Links, list[tuple[int, int]]]]:
    """Each choice of directions with its sign, and the nodes that it makes one."""
    choices: list[list[tuple[int, Link, bool]]] = []
    for link in links:
        ahead = Link(link.source, link.target, link.types)
        back = Link(link.target, link.source, link.types)
        match link.direction:
            case Direction.OUT:
                choices.append([(1, ahead, False)])
            case Direction.IN:
                choices.append([(1, back, False)])
            case Direction.BOTH:
                choices.append([(1, ahead, False), (1, back, False), (-1, ahead, True)])
    for chosen in itertools.product(*choices):
        sign = 1
        for factor, _, _ in chosen:
            sign *= factor
        same = [(link.source, link.target) for _, link, loop in chosen if loop]
        yield sign, tuple([link for _, link, _ in chosen]), same


def _apart(start: _State) -> Counter[_State]:
    """The terms of links of which pairs differ, as states without pairs; each with its sign."""
    # Both states that follow from one have fewer pairs, so equal ones meet before their turn.
    waiting: list[Counter[_State]] = [Counter() for _ in range(len(start.pairs) + 1)]
    waiting[-1][start] = 1
    for count in range(len(start.pairs), 0, -1):
        for state, sign in waiting[count].items():
            pair = min(state.pairs)
            rest = _State(state.links, state.pairs - {pair}, state.names)
            waiting[len(rest.pairs)][rest] += sign
            one = _as_one(rest, *pair)
            if one is not None:
                waiting[len(one.pairs)][one] -= sign
    return waiting[0]


def _as_one(state: _State, kept: int, gone: int) -> _State | None:
    """Two links, of which the first stands before the second, made one; None where no edge is
    both."""
    links, names = state.links, state.names
    types = _common(links[kept].types, links[gone].types)
    if types is None:
        return None
    names = _merged(names, links[kept].source, links[gone].source)
    names = _merged(names, links[kept].target, links[gone].target)
    links = tuple(
        [
            Link(names[link.source], names[link.target], types if place == kept else link.types)
            for place, link in enumerate(links)
            if place != gone
        ]
    )
    places = [
        kept if place == gone else place - (place > gone) for place in range(len(state.links))
    ]
    pairs = frozenset([_ordered(places[one], places[two]) for one, two in state.pairs])
    return _State(links, pairs, names)


def _ordered(one: int, two: int) -> tuple[int, int]:
    return (one, two) if one < two else (two, one)


def _merged(names: tuple[int, ...], one: int, two: int) -> tuple[int, ...]:
    low, high = _ordered(names[one], names[two])
    return tuple([low if name == high else name for name in names])


def _common(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...] | None:
    """The types that both allow; None if there are none."""
    if not one or not two:
        return one or two
    return tuple([name for name in one if name in two]) or None


def _shape(labels: tuple[tuple[str, ...], ...], state: _State, root: int) -> Shape:
    """The shape of merged nodes, numbered anew."""
    names = state.names
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    own: list[set[str]] = [set() for _ in places]
    for node, name in enumerate(names):
        own[places[name]].update(labels[node])
    links = [
        Link(places[link.source], places[link.target], tuple(sorted(link.types)))
        for link in state.links
    ]
    wanted = tuple([tuple(sorted(some)) for some in own])
    return Shape(wanted, tuple(sorted(links)), places[names[root]])


def folds(shape: Shape) -> tuple[Fold, ...] | None:
    """The steps that leave only the root; None where there are none (a circle of five, say)."""
    strands = [
        Strand(link.source, link.target, link) for link in shape.links if link.source != link.target
    ]
    return _folds(frozenset(range(len(shape.labels))), tuple(strands), shape.root)


def _folds(
    nodes: frozenset[int], strands: tuple[Strand, ...], root: int
) -> tuple[Fold, ...] | None:
    if nodes == {root}:
        return ()
    others = sorted(nodes - {root})
    for child in others:
        own = [strand if strand.far == child else strand.turned() for strand in _of(child, strands)]
        if len({strand.near for strand in own}) == 1:
            ordered = sorted(own, key=lambda strand: strand.second is not None)
            step = Fold(own[0].near, child, tuple(ordered))
            left = tuple([strand for strand in strands if child not in (strand.near, strand.far)])
            rest = _folds(nodes - {child}, left, root)
            return None if rest is None else (step, *rest)
    for middle in others:
        own = [
            strand if strand.far == middle else strand.turned() for strand in _of(middle, strands)
        ]
        if len(own) != 2 or any(strand.second is not None for strand in own):
            continue
        joined = Strand(own[0].near, own[1].near, own[0].first, middle, own[1].first)
        left = tuple([strand for strand in strands if middle not in (strand.near, strand.far)])
        rest = _folds(nodes - {middle}, (*left, joined), root)
        if rest is not None:
            return rest
    return None


def _of(node: int, strands: Iterable[Strand]) -> list[Strand]:
    return [strand for strand in strands if node in (strand.near, strand.far)]


def counted_from(
    labels: tuple[tuple[str, ...], ...], links: tuple[CountedLink, ...], root: int | None
) -> int | None:
    """The node to count a pattern from: `root`, or any if it is None. None where there is no way."""
    for place in range(len(labels)) if root is None else (root,):
        summed = terms(labels, links, place)
        if summed is None:
            return None
        if all(folds(shape) is not None for _, shape in summed):
            return place
    return None
