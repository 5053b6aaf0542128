"""A version as a manifest: its chunks in order, its patches, the document.

Above: save. Below: manifest, packs, engine/graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from seaglass.base.pace import breathe
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.patch_codec import (
    encode_links,
    encode_recent,
    encode_rows,
    encode_vectors,
)
from seaglass.engine.snapshot.manifest import (
    FORMAT,
    FORMAT_VERSION,
    FORMAT_VERSION_VECTORS,
    AdjacencyDocument,
    BitsDocument,
    ChunkDocument,
    GroupDocument,
    ManifestDocument,
    VectorsDocument,
)
from seaglass.engine.snapshot.packs import Place, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.graph.adjacency import Links, TypeAdjacency
    from seaglass.engine.graph.chunk import Bits, ChunkRef
    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.vectors import Vectors
    from seaglass.engine.graph.version import GraphVersion


@dataclass(frozen=True, slots=True)
class Identity:
    """The graph that a manifest belongs to."""

    graph_id: str
    graph_name: str
    key_id: str


def chunk_refs(version: GraphVersion) -> Iterator[ChunkRef[Any]]:
    """All chunks of a version."""
    if version.vectors is not None:
        for block in version.vectors.blocks:
            if block.base is not None:
                yield block.base
    for group in (*version.nodes, *version.edges):
        yield from group.base.columns.values()
        for bits in (*group.base.labels.values(), group.base.alive):
            if bits is not ALL:
                yield bits
    for adjacency in version.adjacency.values():
        for links in (*adjacency.out, *adjacency.into):
            yield links.base
    for slot in version.ids.slots:
        yield slot.base


def patches_of(version: GraphVersion) -> Iterator[tuple[Place, bytes]]:
    """The patches that are not empty, as bytes, in order of their places."""
    for table, groups in ((Table.NODES, version.nodes), (Table.EDGES, version.edges)):
        for place, group in enumerate(groups):
            if group.patch:
                yield Place(table, 0, place), encode_rows(group.patch)
    adjacencies = sorted(version.adjacency.values(), key=lambda adjacency: adjacency.token)
    for table in (Table.OUT, Table.INTO):
        for adjacency in adjacencies:
            for place, links in enumerate(_direction(adjacency, table)):
                if links.patch:
                    yield Place(table, adjacency.token, place), encode_links(links.patch)
    for place, slot in enumerate(version.ids.slots):
        if slot.recent:
            yield Place(Table.IDS, 0, place), encode_recent(slot.recent)
    if version.vectors is not None:
        for place, block in enumerate(version.vectors.blocks):
            if block.patch:
                patch = encode_vectors(block.patch, version.vectors.dimension)
                yield Place(Table.VECTORS, 0, place), patch


def _direction(adjacency: TypeAdjacency, table: Table) -> tuple[Links, ...]:
    return adjacency.out if table is Table.OUT else adjacency.into


def document_of(version: GraphVersion, identity: Identity, packs: list[str]) -> ManifestDocument:
    """The manifest of a version whose chunks are all stored; `packs` names its packs of patches.

    What it says of chunks is kept with them, and shared between manifests.
    """
    document = ManifestDocument(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        graph_id=identity.graph_id,
        graph_name=identity.graph_name,
        key_id=identity.key_id,
        version=version.number,
        next_node=version.next_node,
        next_edge=version.next_edge,
        node_count=version.node_count,
        edge_count=version.edge_count,
        label_counts=dict(version.label_counts),
        types=list(version.types),
        nodes=[_group(group) for group in version.nodes],
        edges=[_group(group) for group in version.edges],
        adjacency=[
            AdjacencyDocument(
                type=name,
                token=adjacency.token,
                count=adjacency.count,
                out=[_chunk(links.base) for links in adjacency.out],
                into=[_chunk(links.base) for links in adjacency.into],
            )
            for name, adjacency in sorted(version.adjacency.items())
        ],
        id_entries=version.ids.entries,
        id_slots=[_chunk(slot.base) for slot in version.ids.slots],
        patches=packs,
    )
    if version.vectors is not None:
        document["format_version"] = FORMAT_VERSION_VECTORS
        document["vectors"] = _vectors(version.vectors)
    return document


def _vectors(vectors: Vectors) -> VectorsDocument:
    return VectorsDocument(
        dimension=vectors.dimension,
        block_rows=vectors.block_rows,
        count=vectors.count,
        blocks=[None if block.base is None else _chunk(block.base) for block in vectors.blocks],
    )


def _group(group: Group) -> GroupDocument:
    breathe()
    base = group.base
    if not base.described:
        base.described.update(
            base_rows=base.rows,
            columns={key: _chunk(ref) for key, ref in base.columns.items()},
            labels={label: _bits(bits) for label, bits in base.labels.items()},
            alive=_bits(base.alive),
        )
    return cast("GroupDocument", {"rows": group.rows, **base.described})


def _bits(bits: Bits) -> BitsDocument:
    return None if bits is ALL else _chunk(bits)


def _chunk(ref: ChunkRef[Any]) -> ChunkDocument:
    if ref.described is None:
        assert ref.digest is not None
        stats = ref.stats
        low, high = stats.low, stats.high
        if _is_infinite(low) or _is_infinite(high):
            # JSON has no infinity; a chunk without bounds is read where bounds would have skipped it.
            low = high = None
        ref.described = [ref.digest.hex(), stats.rows, stats.nulls, low, high]
    return ref.described


def _is_infinite(bound: float | str | None) -> bool:
    return isinstance(bound, float) and math.isinf(bound)
