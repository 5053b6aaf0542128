"""Fold patches into chunks beside the writers: plan, fold, publish.

Above: the engine's upkeep. Below: `group_edit`, `adjacency`, `vectors`.

`plan_folds` names what has grown too large in a version, `fold` makes the chunks (the slow part,
done in the background on a version that stays what it is), `with_folds` puts them into a later
version: what was written meanwhile is rebased onto the new chunks, which costs a pass over the
patch. No function here changes the content of a version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from seaglass.base import limits
from seaglass.engine.graph.adjacency import Links, fold_links, rebase_links
from seaglass.engine.graph.group_edit import fold_group, rebase_group
from seaglass.engine.graph.vectors import fold_block, rebase_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.vectors import VectorBlock
    from seaglass.engine.graph.version import GraphVersion


class Table(StrEnum):
    """Where in a version a patch lies."""

    NODES = "nodes"
    EDGES = "edges"
    OUT = "out"
    INTO = "into"
    VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class Place:
    """One patch. Args: type: of the edges, for OUT and INTO; '' else. group: its place, or that of
    the block"""

    table: Table
    type: str
    group: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupFold:
    """`after` is `before`, folded."""

    place: Place
    before: Group
    after: Group


@dataclass(frozen=True, slots=True, eq=False)
class LinksFold:
    """`after` is `before`, folded."""

    place: Place
    before: Links
    after: Links


@dataclass(frozen=True, slots=True, eq=False)
class VectorFold:
    """`after` is `before`, folded."""

    place: Place
    before: VectorBlock
    after: VectorBlock


Fold: TypeAlias = "GroupFold | LinksFold | VectorFold"


def plan_folds(version: GraphVersion, rows: int = limits.PATCH_ROWS_SOFT) -> tuple[Place, ...]:
    """The patches of at least `rows` rows or entries; those of vectors as `_patches` weighs them.

    Cost: a pass over the groups.
    """
    return tuple(place for place, patched in _patches(version) if patched >= rows)


def fold(version: GraphVersion, place: Place) -> Fold:
    """The patch at `place` folded. Cost: see `fold_group`, `Links.segment` and `fold_block`."""
    match place.table:
        case Table.NODES | Table.EDGES:
            groups = version.nodes if place.table is Table.NODES else version.edges
            group = groups[place.group]
            return GroupFold(place, group, fold_group(group))
        case Table.OUT | Table.INTO:
            adjacency = version.adjacency[place.type]
            found = adjacency.out if place.table is Table.OUT else adjacency.into
            links = found[place.group]
            return LinksFold(place, links, fold_links(links))
        case Table.VECTORS:
            assert version.vectors is not None
            block = version.vectors.blocks[place.group]
            return VectorFold(place, block, fold_block(block, version.vectors.dimension))


def with_folds(version: GraphVersion, folds: Iterable[Fold]) -> GraphVersion:
    """`version` on the new chunks, where it still stands on the old ones.

    Args: version: the one that was folded, or one that has come from it by changes
    """
    nodes, edges = list(version.nodes), list(version.edges)
    adjacency = version.adjacency
    vectors = version.vectors
    for done in folds:
        place = done.place
        if isinstance(done, VectorFold):
            assert vectors is not None
            blocks = list(vectors.blocks)
            blocks[place.group] = rebase_block(done.after, done.before, blocks[place.group])
            vectors = replace(vectors, blocks=tuple(blocks))
            continue
        if isinstance(done, GroupFold):
            groups = nodes if place.table is Table.NODES else edges
            groups[place.group] = rebase_group(done.after, done.before, groups[place.group])
            continue
        found = adjacency[place.type]
        links = list(found.out if place.table is Table.OUT else found.into)
        links[place.group] = rebase_links(done.after, done.before, links[place.group])
        out = tuple(links) if place.table is Table.OUT else found.out
        into = tuple(links) if place.table is Table.INTO else found.into
        adjacency = adjacency.set(place.type, replace(found, out=out, into=into))
    return replace(
        version, nodes=tuple(nodes), edges=tuple(edges), adjacency=adjacency, vectors=vectors
    )


def _patches(version: GraphVersion) -> Iterator[tuple[Place, int]]:
    """Every patch and how large it is; one of vectors counts as its share of what it may have."""
    for table, groups in ((Table.NODES, version.nodes), (Table.EDGES, version.edges)):
        for place, group in enumerate(groups):
            yield Place(table, "", place), len(group.patch)
    for name, adjacency in sorted(version.adjacency.items()):
        for table, found in ((Table.OUT, adjacency.out), (Table.INTO, adjacency.into)):
            for place, links in enumerate(found):
                yield Place(table, name, place), links.changed
    if version.vectors is not None:
        weight = max(1, limits.PATCH_ROWS_SOFT // version.vectors.bulk_rows)
        for place, block in enumerate(version.vectors.blocks):
            yield Place(Table.VECTORS, "", place), len(block.patch) * weight
