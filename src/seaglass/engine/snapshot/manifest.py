"""The manifest: everything of one version but the chunks, which it names by digest.

docs/formats/manifest.md lists it field by field. It is canonical JSON (keys sorted, no white space,
UTF-8), so equal versions have equal manifests, and it is stored as a sealed object like any chunk.
It describes itself: format, graph, key and version are in it, so that a store whose refs are lost
can still be read.

Above: describe, load, save, gc, verify. Below: storage/objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias, TypedDict

import orjson

from seaglass.base.errors import Corrupt, NotFound
from seaglass.storage.objects.format import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seaglass.storage.objects.sealed import SealedObjects

FORMAT = "seaglass manifest"
# The second has `vectors`, and is written for graphs that take them.
FORMAT_VERSION = 1
FORMAT_VERSION_VECTORS = 2

# A chunk: its digest in hex, rows, nulls, low, high.
ChunkDocument: TypeAlias = "list[str | int | float | None]"
# A bitmap; None stands for ALL.
BitsDocument: TypeAlias = "ChunkDocument | None"


class GroupDocument(TypedDict):
    """A group of nodes or edges."""

    rows: int
    base_rows: int
    columns: dict[str, ChunkDocument]
    labels: dict[str, BitsDocument]
    alive: BitsDocument


class AdjacencyDocument(TypedDict):
    """The links of one edge type."""

    type: str
    token: int
    count: int
    out: list[ChunkDocument]
    into: list[ChunkDocument]


class VectorsDocument(TypedDict):
    """The embeddings of nodes; None for a block without a chunk."""

    dimension: int
    block_rows: int
    count: int
    blocks: list[ChunkDocument | None]


class ManifestDocument(TypedDict):
    """One version of one graph."""

    format: str
    format_version: int
    graph_id: str
    graph_name: str
    key_id: str
    version: int
    next_node: int
    next_edge: int
    node_count: int
    edge_count: int
    label_counts: dict[str, int]
    types: list[str]
    nodes: list[GroupDocument]
    edges: list[GroupDocument]
    adjacency: list[AdjacencyDocument]
    id_entries: int
    id_slots: list[ChunkDocument]
    patches: list[str]
    vectors: NotRequired[VectorsDocument]


def encode_manifest(document: ManifestDocument) -> bytes:
    """The bytes of a manifest."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def read_manifest(objects: SealedObjects, digest: str, of: str) -> ManifestDocument:
    """The manifest that is stored under `digest`.

    Args: of: what names it, for errors: `graph g-…` or `snapshot gs-…`
    Raises: Corrupt(corrupt) when it is missing, damaged or of another format
    """
    try:
        data = objects.get(digest_of_name(digest))
        document = orjson.loads(data)
    except NotFound as error:
        raise Corrupt("corrupt", f"The manifest of {of} is missing: {error.message}.") from error
    except Corrupt as error:
        raise Corrupt("corrupt", f"The manifest of {of} is damaged: {error.message}.") from error
    check_format(document, of)
    manifest: ManifestDocument = document
    return manifest


def check_format(document: Any, of: str) -> None:
    """Make sure that a document is a manifest that this program reads.

    Raises: Corrupt(corrupt)
    """
    is_map = isinstance(document, dict)
    found = (document.get("format"), document.get("format_version")) if is_map else None
    known = ((FORMAT, FORMAT_VERSION), (FORMAT, FORMAT_VERSION_VECTORS))
    if found not in known:
        raise Corrupt(
            "corrupt",
            f"The manifest of {of} has format {found}, and this program reads "
            f"{known[0]} and {known[1]}. Open it with the version of seaglass that wrote it.",
        )


def renamed(document: ManifestDocument, names: Mapping[str, str], key_id: str) -> ManifestDocument:
    """The manifest of the same version in another domain.

    Args: names: of its objects there, by their names here
    Raises: KeyError when one is missing
    """
    copy: ManifestDocument = orjson.loads(encode_manifest(document))
    copy["key_id"] = key_id
    copy["patches"] = [names[name] for name in copy["patches"]]
    for chunk in _chunks(copy):
        chunk[0] = names[str(chunk[0])]
    return copy


def digest_of_name(name: str) -> Digest:
    """The digest that a name in hex stands for."""
    return Digest(bytes.fromhex(name))


def reached_names(document: ManifestDocument) -> frozenset[str]:
    """Names of all objects that a manifest names."""
    return frozenset([*document["patches"], *[str(chunk[0]) for chunk in _chunks(document)]])


def _chunks(document: ManifestDocument) -> Iterator[ChunkDocument]:
    for group in (*document["nodes"], *document["edges"]):
        yield from group["columns"].values()
        for bits in (*group["labels"].values(), group["alive"]):
            if bits is not None:
                yield bits
    for adjacency in document["adjacency"]:
        yield from adjacency["out"]
        yield from adjacency["into"]
    yield from document["id_slots"]
    if "vectors" in document:
        for block in document["vectors"]["blocks"]:
            if block is not None:
                yield block
