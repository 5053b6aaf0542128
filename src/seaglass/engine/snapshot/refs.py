"""Refs: the small files that name manifests. Writing one is the last step of every durable change.

    {"body": {…, "kind": "graph" | "snapshot" | "retired", "format": 1},
     "check": "<SHA-256 of the body's bytes, hex>"}

The body's bytes are its canonical JSON (keys sorted, no white space, UTF-8). A ref is replaced
atomically: a reader sees the old or the new one, whole. A ref that stops naming a manifest
(replaced by a checkpoint, deleted) leaves a *retired* ref behind first, so that garbage collection
keeps what it reaches for the grace period: a query that began before still finds its objects.

Above: checkpoint, recover, database, gc. Below: layout, base/files.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from seaglass.base.errors import Corrupt, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files
    from seaglass.engine.snapshot.layout import Layout

REF_FORMAT = 1


@dataclass(frozen=True, slots=True)
class GraphRef:
    """A graph: its identity, the manifest of its last checkpoint, and the log position that the manifest includes.

    Args:
        manifest: digest in hex, in the domain of `key_id`
        log_position: sequence of the last log entry inside the manifest; entries after it are replayed
        source_snapshot: id of the snapshot that the graph was restored from, or ""
    """

    id: str
    name: str
    key_id: str
    manifest: str
    log_position: int
    source_snapshot: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """A snapshot: a durable name for one version of one graph."""

    id: str
    name: str
    graph_id: str
    graph_name: str
    key_id: str
    manifest: str
    version: int
    node_count: int
    edge_count: int
    objects_written: int
    bytes_written: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class RetiredRef:
    """What a graph or snapshot named until `retired_ms`; `of` is for people, e.g. `snapshot gs-…`."""

    id: str
    of: str
    key_id: str
    manifest: str
    retired_ms: int


Ref = TypeVar("Ref", GraphRef, SnapshotRef, RetiredRef)
_KIND: dict[type, str] = {GraphRef: "graph", SnapshotRef: "snapshot", RetiredRef: "retired"}


def encode_ref(ref: GraphRef | SnapshotRef | RetiredRef) -> bytes:
    """The bytes of a ref's file."""
    body = {**asdict(ref), "kind": _KIND[type(ref)], "format": REF_FORMAT}
    return orjson.dumps(
        {"body": body, "check": _check(body)},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE,
    )


def decode_ref(kind: type[Ref], data: bytes, name: str) -> Ref:
    """The ref in `data`, whose file is called `name` in errors.

    Raises: Corrupt(corrupt) when the bytes are not a whole ref of this kind.
    """
    try:
        document = orjson.loads(data)
        body, check = document["body"], document["check"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise _corrupt(name, f"it is not a ref ({error})") from None
    # The whole file is compared, so that no byte of it can change unseen.
    if not isinstance(body, dict) or check != _check(body):
        raise _corrupt(name, "its check does not match its content")
    if body.get("kind") != _KIND[kind] or body.get("format") != REF_FORMAT:
        raise _corrupt(name, f"it is no {_KIND[kind]} ref of format {REF_FORMAT}")
    known: dict[str, Any] = {field.name: body.get(field.name) for field in fields(kind)}
    if set(body) != {*known, "kind", "format"} or None in known.values():
        raise _corrupt(name, "its fields are not those of this format")
    ref: Ref = kind(**known)
    if encode_ref(ref) != data:
        raise _corrupt(name, "its bytes are not in canonical form")
    return ref


def _check(body: dict[str, str | int]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _corrupt(name: str, why: str) -> Corrupt:
    return Corrupt(
        "corrupt",
        f"The ref {name} is damaged: {why}. Restore the file from a backup, or delete it to give up what it names.",
    )


@dataclass(frozen=True, slots=True)
class Refs:
    """The refs of one data folder."""

    files: Files
    layout: Layout

    def graph(self, graph_id: str) -> GraphRef:
        """Raises: NotFound(graph); Corrupt(corrupt)."""
        return self._read(GraphRef, self.layout.graph_ref(graph_id), graph_id)

    def graphs(self) -> list[GraphRef]:
        """All graphs, by id. A folder without a ref is a graph that was never finished or is half deleted: skipped."""
        found = []
        for graph_id in self._names(self.layout.graphs):
            path = self.layout.graph_ref(graph_id)
            if self.files.exists(path):
                found.append(self._read(GraphRef, path, graph_id))
        return found

    def write_graph(self, ref: GraphRef) -> None:
        self.files.make_dir(self.layout.graph(ref.id))
        self.files.write_atomic(self.layout.graph_ref(ref.id), encode_ref(ref))

    def remove_graph(self, graph_id: str) -> None:
        """The graph is gone when its ref is; what else lies in its folder is removed after it."""
        self._remove(self.layout.graph_ref(graph_id))

    def snapshot(self, snapshot_id: str) -> SnapshotRef:
        """Raises: NotFound(snapshot); Corrupt(corrupt)."""
        return self._read(SnapshotRef, self.layout.snapshot_ref(snapshot_id), snapshot_id)

    def snapshots(self) -> list[SnapshotRef]:
        """All snapshots, oldest first."""
        names = [name.removesuffix(".json") for name in self._names(self.layout.snapshots, ".json")]
        return sorted(map(self.snapshot, names), key=lambda ref: (ref.created_ms, ref.id))

    def write_snapshot(self, ref: SnapshotRef) -> None:
        self.files.make_dir(self.layout.snapshots)
        self.files.write_atomic(self.layout.snapshot_ref(ref.id), encode_ref(ref))

    def remove_snapshot(self, snapshot_id: str) -> None:
        self._remove(self.layout.snapshot_ref(snapshot_id))

    def retired(self) -> list[RetiredRef]:
        """All retired refs, by id."""
        names = [name.removesuffix(".json") for name in self._names(self.layout.retired, ".json")]
        return [self._read(RetiredRef, self.layout.retired_ref(name), name) for name in names]

    def retire(self, ref: RetiredRef) -> None:
        self.files.make_dir(self.layout.retired)
        self.files.write_atomic(self.layout.retired_ref(ref.id), encode_ref(ref))

    def remove_retired(self, retired_id: str) -> None:
        self._remove(self.layout.retired_ref(retired_id))

    def _remove(self, path: Path) -> None:
        self.files.remove(path)
        self.files.sync_folder(path.parent)

    def _names(self, folder: Path, suffix: str = "") -> list[str]:
        if not self.files.exists(folder):
            return []
        return [name for name in self.files.list(folder) if name.endswith(suffix)]

    def _read(self, kind: type[Ref], path: Path, ref_id: str) -> Ref:
        try:
            data = self.files.read(path)
        except NotFound:
            noun = _KIND[kind]
            raise NotFound(noun, f"There is no {noun} {ref_id!r}.") from None
        ref = decode_ref(kind, data, f"{path.parent.name}/{path.name}")
        if ref.id != ref_id:
            raise _corrupt(f"{path.parent.name}/{path.name}", f"it belongs to {ref.id!r}")
        return ref
