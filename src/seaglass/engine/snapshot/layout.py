"""Where everything of a data folder lies. No other module builds these paths.

    <data>/lock                    held by the process that owns the whole folder
    <data>/keys/                   local key ring (storage/keys)
    <data>/domains/                wrapped data keys, one file per key id (storage/keys)
    <data>/objects/                sealed objects (storage/objects)
    <data>/objects.lock            held while objects are deleted, and while a save settles (see `gc`)
    <data>/graphs/<id>/graph.json  the graph's ref: its manifest and its position in the log
    <data>/graphs/<id>/lock        held by the process that serves the graph
    <data>/graphs/<id>/wal/        the graph's log (storage/wal)
    <data>/graphs/<id>/marks       of which queries the newest commits are, in a server's folder (engine/marks)
    <data>/snapshots/<id>.json     a snapshot's ref
    <data>/snapshots/<id>.pin      an empty file: retention keeps the snapshot
    <data>/retired/<id>.json       a ref that was replaced or deleted, kept as a root for the grace period
    <data>/store.json              the bucket that has objects, domains, snapshots, pins and retired refs in
                                   place of this folder, under the same names (storage/bucket/choice)
    <bucket>/roots/<id>.json       what a graph of some data folder names (`shared`)

Ids in paths are checked against their pattern, so no text from outside leads out of the folder.

Above: refs, gc, database. Below: base/ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.ids import graph_id_of, snapshot_id_of

if TYPE_CHECKING:
    from pathlib import Path

PIN_ENDING = ".pin"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths under one data folder."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def domains(self) -> Path:
        return self.root / "domains"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def objects_lock(self) -> Path:
        return self.root / "objects.lock"

    @property
    def graphs(self) -> Path:
        return self.root / "graphs"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def retired(self) -> Path:
        return self.root / "retired"

    @property
    def roots(self) -> Path:
        return self.root / "roots"

    def graph(self, graph_id: str) -> Path:
        return self.graphs / graph_id_of(graph_id)

    def graph_ref(self, graph_id: str) -> Path:
        return self.graph(graph_id) / "graph.json"

    def graph_lock(self, graph_id: str) -> Path:
        return self.graph(graph_id) / "lock"

    def graph_log(self, graph_id: str) -> Path:
        return self.graph(graph_id) / "wal"

    def graph_marks(self, graph_id: str) -> Path:
        return self.graph(graph_id) / "marks"

    def snapshot_ref(self, snapshot_id: str) -> Path:
        return self.snapshots / f"{snapshot_id_of(snapshot_id)}.json"

    def pin(self, snapshot_id: str) -> Path:
        return self.snapshots / f"{snapshot_id_of(snapshot_id)}{PIN_ENDING}"

    def retired_ref(self, retired_id: str) -> Path:
        return self.retired / f"{retired_id}.json"

    def root_ref(self, root_id: str) -> Path:
        return self.roots / f"{root_id}.json"
