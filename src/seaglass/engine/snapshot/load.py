"""A manifest as a version: chunks are lazy, patches are read at once.

Above: recover, verify. Below: manifest, packs, engine/graph, storage/objects.
Opening costs the manifest and the packs, whatever the size of the graph; each chunk is fetched,
checked against its digest and decoded when it is first asked for.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from immutables import Map

from seaglass.base.errors import Corrupt, NotFound
from seaglass.engine.graph.adjacency import CsrSegment, Links, TypeAdjacency
from seaglass.engine.graph.chunk import ALL, Bitmap, ChunkRef, ChunkStats
from seaglass.engine.graph.codec import decode_chunk
from seaglass.engine.graph.group import Base, Group
from seaglass.engine.graph.id_index import IdIndex, IdPartition, IdSlot
from seaglass.engine.graph.patch_codec import (
    decode_links,
    decode_recent,
    decode_rows,
    decode_vectors,
)
from seaglass.engine.graph.vectors import VectorBlock, VectorChunk, Vectors
from seaglass.engine.graph.version import GraphVersion
from seaglass.engine.snapshot.manifest import digest_of_name, read_manifest
from seaglass.engine.snapshot.packs import Place, Table, decode_pack
from seaglass.engine.values.column import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seaglass.engine.graph.chunk import Bits
    from seaglass.engine.snapshot.manifest import (
        AdjacencyDocument,
        BitsDocument,
        ChunkDocument,
        GroupDocument,
        ManifestDocument,
        VectorsDocument,
    )
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.objects.sealed import SealedObjects

Payload = TypeVar("Payload", Column, Bitmap, CsrSegment, IdPartition, VectorChunk)


def version_of(
    document: ManifestDocument,
    objects: SealedObjects,
    of: str,
    known: Mapping[bytes, ChunkRef[Any]] = MappingProxyType({}),
) -> GraphVersion:
    """The version that a manifest describes.

    Args:
        of: what names the manifest, for errors: `graph g-…` or `snapshot gs-…`
        known: digest -> a chunk that another version of the graph has
    Raises: Corrupt(corrupt) when its packs are missing or damaged; so do its chunks, when asked for
    """
    return _Loader(objects, of, document, known).version()


def snapshot_version(store: Store, ref: SnapshotRef) -> GraphVersion:
    """The version that a snapshot holds. Raises: as `version_of`; Conflict(state), NotFound(key)."""
    of = f"snapshot {ref.id}"
    store.check_key(ref.key_id)
    objects = store.objects(ref.key_id)
    return version_of(read_manifest(objects, ref.manifest, of), objects, of)


class _Loader:
    """What all parts of one version are loaded with."""

    def __init__(
        self,
        objects: SealedObjects,
        of: str,
        document: ManifestDocument,
        known: Mapping[bytes, ChunkRef[Any]],
    ) -> None:
        self._objects = objects
        self._known = known
        self._of = of
        self._document = document
        self._patches: dict[Place, bytes] = {}
        # Groups may have equal chunks: one for all edges of one type, above all.
        self._made: dict[bytes, ChunkRef[Any]] = {}
        for name in document["patches"]:
            self._patches.update(decode_pack(self._fetch(name)))

    def version(self) -> GraphVersion:
        document = self._document
        slots = tuple(
            IdSlot(self._ref(chunk, IdPartition), self._recent(place))
            for place, chunk in enumerate(document["id_slots"])
        )
        return GraphVersion(
            number=document["version"],
            nodes=self._groups(document["nodes"], Table.NODES),
            edges=self._groups(document["edges"], Table.EDGES),
            next_node=document["next_node"],
            next_edge=document["next_edge"],
            node_count=document["node_count"],
            edge_count=document["edge_count"],
            label_counts=Map(document["label_counts"]),
            types=tuple(document["types"]),
            adjacency=Map({one["type"]: self._adjacency(one) for one in document["adjacency"]}),
            ids=IdIndex(slots, document["id_entries"]),
            vectors=self._vectors(document["vectors"]) if "vectors" in document else None,
        )

    def _vectors(self, vectors: VectorsDocument) -> Vectors:
        return Vectors(
            dimension=vectors["dimension"],
            block_rows=vectors["block_rows"],
            count=vectors["count"],
            blocks=tuple(
                self._block(chunk, Place(Table.VECTORS, 0, place), vectors["dimension"])
                for place, chunk in enumerate(vectors["blocks"])
            ),
        )

    def _block(self, chunk: ChunkDocument | None, place: Place, dimension: int) -> VectorBlock:
        patch = self._patches.get(place)
        return VectorBlock(
            None if chunk is None else self._ref(chunk, VectorChunk),
            Map() if patch is None else decode_vectors(patch, dimension),
        )

    def _groups(self, groups: list[GroupDocument], table: Table) -> tuple[Group, ...]:
        return tuple(self._group(group, Place(table, 0, i)) for i, group in enumerate(groups))

    def _group(self, group: GroupDocument, place: Place) -> Group:
        base = Base(
            rows=group["base_rows"],
            columns={key: self._ref(chunk, Column) for key, chunk in group["columns"].items()},
            labels={label: self._bits(bits) for label, bits in group["labels"].items()},
            alive=self._bits(group["alive"]),
        )
        patch = self._patches.get(place)
        return Group(base, group["rows"], Map() if patch is None else decode_rows(patch))

    def _adjacency(self, one: AdjacencyDocument) -> TypeAdjacency:
        token = one["token"]
        return TypeAdjacency(
            token=token,
            count=one["count"],
            out=tuple(
                self._links(chunk, Place(Table.OUT, token, place))
                for place, chunk in enumerate(one["out"])
            ),
            into=tuple(
                self._links(chunk, Place(Table.INTO, token, place))
                for place, chunk in enumerate(one["into"])
            ),
        )

    def _links(self, chunk: ChunkDocument, place: Place) -> Links:
        patch = self._patches.get(place)
        rows = Map() if patch is None else decode_links(patch)
        changed = sum(len(links.added) + len(links.removed) for links in rows.values())
        return Links(self._ref(chunk, CsrSegment), rows, changed)

    def _recent(self, place: int) -> Map[int, tuple[int, ...]]:
        patch = self._patches.get(Place(Table.IDS, 0, place))
        return Map() if patch is None else decode_recent(patch)

    def _bits(self, bits: BitsDocument) -> Bits:
        return ALL if bits is None else self._ref(bits, Bitmap)

    def _ref(self, chunk: ChunkDocument, payload: type[Payload]) -> ChunkRef[Payload]:
        name, rows, nulls, low, high = chunk
        assert isinstance(name, str)
        assert isinstance(rows, int)
        assert isinstance(nulls, int)
        digest = digest_of_name(name)
        known = self._known.get(digest) or self._made.get(digest)
        if known is not None:
            return known
        stats = ChunkStats(rows, nulls, low, high)
        made = ChunkRef.lazy(self._load_of(name, payload), digest, stats)
        self._made[digest] = made
        return made

    def _load_of(self, name: str, payload: type[Payload]) -> Callable[[], Payload]:
        return lambda: decode_chunk(self._fetch(name), payload)

    def _fetch(self, name: str) -> bytes:
        try:
            return self._objects.get(digest_of_name(name))
        except (NotFound, Corrupt) as error:
            raise Corrupt(
                "corrupt",
                f"A part of {self._of} cannot be read: {error.message}. Put the object back from a "
                "copy of the store, or go back to another snapshot.",
                detail=error.detail,
            ) from error
