"""Rebuild the refs of snapshots from the objects alone: find, plan (pure), write.

    labels       say what a snapshot was called, and which manifest it named
    manifests    describe themselves; one that no label and no ref names was a checkpoint of a graph,
                 or a snapshot from before there were labels

A snapshot that was deleted lately has a retired ref, and stays deleted. A snapshot that lacks
objects is told, not written.

Above: command line. Below: scan, label, manifest, store.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from seaglass.base.errors import NotFound
from seaglass.base.ids import snapshot_id_of
from seaglass.base.rng import ID_ALPHABET, ID_LETTERS
from seaglass.engine.snapshot.label import label_in, name_snapshot
from seaglass.engine.snapshot.manifest import FORMAT, digest_of_name, reached_names
from seaglass.engine.snapshot.refs import SnapshotRef
from seaglass.engine.snapshot.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from seaglass.engine.snapshot.manifest import ManifestDocument
    from seaglass.engine.snapshot.store import Store

    Progress = Callable[[int, int], None] | None

# How every manifest begins: canonical JSON has its members in order.
_BEGINNING = b'{"adjacency":'


@dataclass(frozen=True, slots=True)
class FoundManifest:
    """A manifest among the objects.

    Args: needs: names of all objects that it needs, its own included
    """

    name: str
    key_id: str
    graph_id: str
    graph_name: str
    version: int
    node_count: int
    edge_count: int
    modified_ms: int
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class RebuildPlan:
    """What a rebuild would write. `str(plan)` is for people.

    Args:
        refs: of snapshots whose names are known, that have no ref, and are whole
        unnamed: for each graph the newest version that only a manifest tells of, as a snapshot
        incomplete: snapshots that lack objects, and how many
        damaged: names of objects that cannot be read
    """

    refs: tuple[SnapshotRef, ...]
    unnamed: tuple[SnapshotRef, ...]
    incomplete: tuple[tuple[SnapshotRef, int], ...]
    damaged: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"snapshot {ref.id} {ref.name!r} of graph {ref.graph_name!r}" for ref in self.refs]
        lines += [
            f"unnamed: graph {ref.graph_name!r}, version {ref.version}, {ref.node_count:,} nodes, "
            f"{ref.edge_count:,} edges; it would be {ref.id} {ref.name!r}"
            for ref in self.unnamed
        ]
        lines += [
            f"lost: snapshot {ref.id} {ref.name!r} lacks {missing:,} objects"
            for ref, missing in self.incomplete
        ]
        lines += [f"damaged: object {name}" for name in self.damaged]
        lines.append(
            f"{len(self.refs)} snapshots to name again, {len(self.unnamed)} versions without a name, "
            f"{len(self.incomplete)} snapshots that are not whole"
        )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the objects of a store tell of its snapshots."""

    names: frozenset[str]
    labels: tuple[SnapshotRef, ...]
    manifests: tuple[FoundManifest, ...]
    damaged: tuple[str, ...]


def take_inventory(store: Store, progress: Progress = None) -> Inventory:
    """Reads every object of a store.

    Raises: Unavailable(storage), Corrupt(corrupt) when a domain cannot be read
    """
    names: set[str] = set()
    labels: list[SnapshotRef] = []
    manifests: list[FoundManifest] = []
    damaged: list[str] = []
    for one in scan(store, progress):
        if one.problem:
            damaged.append(one.info.name)
        if one.plain is None:
            continue
        names.add(one.info.name)
        label = label_in(one.plain)
        if label is not None:
            labels.append(label)
        elif one.plain.startswith(_BEGINNING):
            document = orjson.loads(one.plain)
            if document.get("format") == FORMAT:
                modified_ms = int(one.info.modified * 1000)
                manifests.append(_found(document, one.info.name, modified_ms))
    return Inventory(frozenset(names), tuple(labels), tuple(manifests), tuple(damaged))


def plan_rebuild(
    inventory: Inventory, known: Mapping[str, str], deleted: Set[str], named: Set[str]
) -> RebuildPlan:
    """What to write: a pure function.

    Args:
        known: id -> manifest of the snapshots that have refs
        deleted: ids of snapshots that were deleted lately
        named: manifests that refs of graphs and snapshots name
    """
    manifests = {found.name: found for found in inventory.manifests}
    refs: list[SnapshotRef] = []
    incomplete: list[tuple[SnapshotRef, int]] = []
    for ref in sorted(inventory.labels, key=lambda ref: (ref.created_ms, ref.id)):
        if ref.id in known or ref.id in deleted:
            continue
        found = manifests.get(ref.manifest)
        missing = 1 if found is None else len(found.needs - inventory.names)
        if missing:
            incomplete.append((ref, missing))
        else:
            refs.append(ref)
    told = {*named, *(ref.manifest for ref in inventory.labels)}
    rest = [
        found
        for found in inventory.manifests
        if found.name not in told and not found.needs - inventory.names and found.node_count
    ]
    newest = {found.graph_id: found for found in sorted(rest, key=lambda found: found.version)}
    unnamed = tuple(_unnamed_ref(found) for _, found in sorted(newest.items()))
    return RebuildPlan(tuple(refs), unnamed, tuple(incomplete), inventory.damaged)


def gather_and_plan_rebuild(store: Store, progress: Progress = None) -> RebuildPlan:
    """What a rebuild of a store would write now.

    Raises: as `take_inventory`
    """
    inventory = take_inventory(store, progress)
    snapshots = store.refs.snapshots()
    named = {ref.manifest for ref in store.refs.graphs()} | {ref.manifest for ref in snapshots}
    for root_id in store.refs.root_ids():
        root = store.refs.root(root_id)
        named |= set() if root is None else {root.manifest}
    deleted = {ref.of.removeprefix("snapshot ") for ref in store.refs.retired()}
    known = {ref.id: ref.manifest for ref in snapshots}
    return plan_rebuild(inventory, known, deleted, named)


def rebuild(store: Store, refs: Sequence[SnapshotRef]) -> list[SnapshotRef]:
    """Writes refs of a plan, each if all that it needs is still there.

    Returns: those that were written
    Raises: Unavailable(storage), Exhausted(storage)
    """
    written = []
    for ref in refs:
        objects = store.objects(ref.key_id)
        with store.objects_lock() as held:
            try:
                document = orjson.loads(objects.get(digest_of_name(ref.manifest)))
            except NotFound:
                continue
            needs = [digest_of_name(name) for name in sorted(reached_names(document))]
            if all(objects.contain([*needs, digest_of_name(ref.manifest)])):
                objects.sync()
                held.check()
                name_snapshot(store, ref)
                written.append(ref)
    return written


def _found(document: ManifestDocument, name: str, modified_ms: int) -> FoundManifest:
    return FoundManifest(
        name=name,
        key_id=document["key_id"],
        graph_id=document["graph_id"],
        graph_name=document["graph_name"],
        version=document["version"],
        node_count=document["node_count"],
        edge_count=document["edge_count"],
        modified_ms=modified_ms,
        needs=reached_names(document) | {name},
    )


def _unnamed_ref(found: FoundManifest) -> SnapshotRef:
    """A snapshot for a manifest without a name; the same whenever it is made."""
    number = int.from_bytes(hashlib.sha256(found.name.encode()).digest())
    letters = ""
    for _ in range(ID_LETTERS):
        number, place = divmod(number, len(ID_ALPHABET))
        letters += ID_ALPHABET[place]
    return SnapshotRef(
        id=snapshot_id_of(f"gs-{letters}"),
        name=f"rebuilt-{found.graph_name}-{found.version}",
        graph_id=found.graph_id,
        graph_name=found.graph_name,
        key_id=found.key_id,
        manifest=found.name,
        version=found.version,
        node_count=found.node_count,
        edge_count=found.edge_count,
        objects_written=0,
        bytes_written=0,
        created_ms=found.modified_ms,
    )
