"""Graphs and snapshots that lie in the data folder but not in control.db, made known; and snapshots
that do not lie there any more, forgotten.

Above: plane (graphs, at start), arrivals (snapshots). Below: graphs, snapshots, tables, base/files.
They come from the library, which works on the same folder, or from before control.db was lost. What is
adopted gets the defaults of a new graph. A file that cannot be read is left where it is and logged: the
engine says what is wrong with it when somebody opens it.

    graphs/<id>/graph.json    {"body": {id, name, key_id, source_snapshot, created_ms, ...}, ...}
    snapshots/<id>.json       (in the store that the folder uses)
                              {"body": {id, name, graph_id, key_id, created_ms, ...}, ...}
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from seaglass.base.errors import Invalid, SeaglassError
from seaglass.base.ids import graph_id_of, snapshot_id_of
from seaglass.server.control import graphs, snapshots
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from seaglass.server.control.statements import rows_of
from seaglass.server.control.tables import (
    DIMENSION_UNKNOWN,
    GRAPHS,
    SNAPSHOTS,
    GraphRecord,
    SnapshotRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from sqlalchemy import Table

    from seaglass.base.files import Files, SharedFiles
    from seaglass.server.control.store import Transaction

# AWS's smallest graph, for graphs that never had a size.
PROVISIONED_MEMORY_DEFAULT = 16
NAME_LETTERS_MAX = 63

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundGraph:
    """What a graph's file says."""

    id: str
    name: str
    key_id: str
    source_snapshot: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class FoundSnapshot:
    """What a snapshot's file says."""

    id: str
    name: str
    graph_id: str
    key_id: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class SnapshotsThere:
    """What a store has.

    Args:
        ids: of all snapshots, readable or not; None where there is no place for them
        found: those that were to be read, and can be
    """

    ids: frozenset[str] | None
    found: list[FoundSnapshot]


def find_graphs(files: Files, data_dir: Path) -> list[FoundGraph]:
    """Read the files of all graphs in a data folder."""
    folder = data_dir / "graphs"
    found = []
    for name in _names(files, folder):
        path = folder / name / "graph.json"
        if not files.exists(path):
            # Never finished, or half deleted.
            continue
        for body in _bodies(files, path):
            graph = FoundGraph(
                graph_id_of(str(body["id"])),
                str(body["name"]),
                str(body["key_id"]),
                str(body["source_snapshot"]),
                int(str(body["created_ms"])),
            )
            found.append(graph)
    return found


def look_at(
    files: SharedFiles, store: Path, known: AbstractSet[str] = frozenset()
) -> SnapshotsThere:
    """List the snapshots in a store, the data folder or a bucket, and read all but the known ids."""
    folder = store / "snapshots"
    if not files.exists(folder):
        return SnapshotsThere(None, [])
    names = files.list(folder)
    ids = frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))
    found = []
    for snapshot_id in sorted(ids - known):
        for body in _bodies(files, snapshot_path(store, snapshot_id)):
            snapshot = FoundSnapshot(
                snapshot_id_of(str(body["id"])),
                str(body["name"]),
                graph_id_of(str(body["graph_id"])),
                str(body["key_id"]),
                int(str(body["created_ms"])),
            )
            found.append(snapshot)
    return SnapshotsThere(ids, found)


def snapshot_path(store: Path, snapshot_id: str) -> Path:
    """Where the file of a snapshot lies in a store."""
    return store / "snapshots" / f"{snapshot_id}.json"


def finished_ids(transaction: Transaction) -> frozenset[str]:
    """The ids of the snapshots that must be in their store."""
    wanted = {"state": SnapshotState.AVAILABLE.value}
    rows = transaction.connection.execute(rows_of(SNAPSHOTS, *wanted), wanted).all()
    return frozenset(row.id for row in rows)


def known_ids(transaction: Transaction) -> frozenset[str]:
    """The ids of all snapshots that have a row."""
    return frozenset(transaction.connection.execute(select(SNAPSHOTS.c.id)).scalars())


def forget(transaction: Transaction, gone: AbstractSet[str]) -> None:
    """Drop the rows of finished snapshots that somebody else has deleted."""
    for snapshot_id in gone & finished_ids(transaction):
        snapshots.drop(transaction, snapshot_id)
        _log.warning("snapshot %s is not in its store any more", snapshot_id)


def adopt_graphs(transaction: Transaction, found: list[FoundGraph]) -> None:
    """Write a row for each graph that has none; it becomes the default owner's."""
    for graph in found:
        if not _known(transaction, GRAPHS, graph.id):
            graphs.put(transaction, _graph_record(transaction, graph))
            _log.info("graph %s (%s) was found in the data folder", graph.id, graph.name)


def adopt_snapshots(transaction: Transaction, found: list[FoundSnapshot]) -> None:
    """Write a row for each snapshot that has none; it becomes the default owner's."""
    for snapshot in found:
        if not _known(transaction, SNAPSHOTS, snapshot.id):
            snapshots.put(transaction, _snapshot_record(transaction, snapshot))
            _log.info("snapshot %s (%s) was found in its store", snapshot.id, snapshot.name)


def free_name(name: str, item_id: str, taken: Callable[[str], bool]) -> str:
    """Give a name that AWS allows and nobody has: the own one, or one made of it and the id."""
    prefix, _, letters = item_id.partition("-")
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    plain = re.sub(rf"^({prefix}-|[0-9-])+", "", plain)[:NAME_LETTERS_MAX].strip("-")
    plain = plain or "adopted"
    if not taken(plain):
        return plain
    return f"{plain[: NAME_LETTERS_MAX - 1 - len(letters)].strip('-')}-{letters}"


def _graph_record(transaction: Transaction, found: FoundGraph) -> GraphRecord:
    owner = transaction.settings.owner
    return GraphRecord(
        id=found.id,
        account_id=owner.account_id,
        region=owner.region,
        name=free_name(found.name, found.id, lambda n: graphs.name_taken(transaction, owner, n)),
        state=GraphState.AVAILABLE,
        status_reason=None,
        created_ms=found.created_ms,
        provisioned_memory=PROVISIONED_MEMORY_DEFAULT,
        replica_count=graphs.REPLICA_COUNT_DEFAULT,
        public_connectivity=False,
        deletion_protection=False,
        vector_dimension=None,
        key_id=found.key_id,
        source_snapshot_id=found.source_snapshot or None,
    )


def _snapshot_record(transaction: Transaction, found: FoundSnapshot) -> SnapshotRecord:
    owner = transaction.settings.owner
    return SnapshotRecord(
        id=found.id,
        account_id=owner.account_id,
        region=owner.region,
        name=free_name(found.name, found.id, lambda n: snapshots.name_taken(transaction, owner, n)),
        state=SnapshotState.AVAILABLE,
        status_reason=None,
        created_ms=found.created_ms,
        source_graph_id=found.graph_id,
        key_id=found.key_id,
        provisioned_memory=PROVISIONED_MEMORY_DEFAULT,
        vector_dimension=DIMENSION_UNKNOWN,
    )


def _known(transaction: Transaction, table: Table, item_id: str) -> bool:
    query = table.select().where(table.c.id == item_id)
    return transaction.connection.execute(query).first() is not None


def _names(files: SharedFiles, folder: Path) -> tuple[str, ...]:
    return files.list(folder) if files.exists(folder) else ()


def _bodies(files: SharedFiles, path: Path) -> Iterator[dict[str, object]]:
    """Give the body of a file, or log why there is none."""
    try:
        body = orjson.loads(files.read(path))["body"]
        if not isinstance(body, dict):
            raise Invalid("illegal_argument", "it holds no object")
        yield body
    except (SeaglassError, ValueError, KeyError, TypeError) as error:
        _tell_once(path, str(error))


@lru_cache(1_024)
def _tell_once(path: Path, why: str) -> None:
    # The same file is met again at each look.
    _log.warning("%s is not taken in: %s", path, why)
