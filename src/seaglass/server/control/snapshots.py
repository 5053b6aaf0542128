"""Snapshots of the control plane: what each request does to rows, in one transaction.

Above: plane, reconcile, adopt. Below: graphs, lifecycle, statements, effects, quotas, tags. A snapshot
and its graph move together: the one becomes CREATING as the other becomes SNAPSHOTTING (or
RESETTING, DELETING), and one effect ends both.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from seaglass.base.errors import Conflict, NotFound
from seaglass.base.ids import new_snapshot_id
from seaglass.server.control import effects, graphs, quotas, tags
from seaglass.server.control.lifecycle import (
    GraphEvent,
    GraphState,
    SnapshotEvent,
    SnapshotState,
    step_graph,
    step_snapshot,
)
from seaglass.server.control.statements import changed_row, names_of, new_row, rows_of, without
from seaglass.server.control.tables import (
    DIMENSION_UNKNOWN,
    GRAPHS,
    SNAPSHOTS,
    Page,
    SnapshotRecord,
    page_of,
    snapshot_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.owner import Owner
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import GraphRecord

NAME_LETTERS_MAX = 63


def get(transaction: Transaction, snapshot_id: str) -> SnapshotRecord:
    """Read a snapshot. Raises: NotFound(snapshot)."""
    wanted = {"id": snapshot_id, **transaction.visible}
    row = transaction.connection.execute(rows_of(SNAPSHOTS, *wanted), wanted).first()
    if row is None:
        raise NotFound("snapshot", f"Snapshot {snapshot_id} not found.")
    return snapshot_of(row)


def listed(
    transaction: Transaction, graph_id: str | None, position: str | None, rows_max: int
) -> Page[SnapshotRecord]:
    """Read a page of all snapshots, or of one graph's; a graph that is gone keeps its snapshots."""
    filters = dict(transaction.visible)
    if graph_id is not None:
        filters["source_graph_id"] = graph_id
    rows, following = page_of(transaction.connection, SNAPSHOTS, filters, position, rows_max)
    return Page([snapshot_of(row) for row in rows], following)


def create(
    transaction: Transaction, graph_id: str, name: str, given_tags: Mapping[str, str]
) -> SnapshotRecord:
    """Take a snapshot of a graph.

    Raises: NotFound; Conflict(state), Conflict(name); QuotaExceeded; Invalid for a reserved tag.
    """
    graph = graphs.get(transaction, graph_id)
    return take(transaction, graph, GraphEvent.SNAPSHOT, name, given_tags)


def take(
    transaction: Transaction,
    graph: GraphRecord,
    event: GraphEvent,
    name: str,
    given_tags: Mapping[str, str],
) -> SnapshotRecord:
    """Take a graph through an event that makes a snapshot. Raises: as `create`."""
    if step_graph(graph.state, event) is None:
        raise graphs.refused(graph, event)
    if name_taken(transaction, graph.owner, name):
        raise Conflict(
            "name", f"A snapshot with the name {name} exists already. Choose another name."
        )
    quotas.check_snapshots(transaction, graph.owner, name)
    record = SnapshotRecord(
        id=new_snapshot_id(transaction.rng),
        account_id=graph.account_id,
        region=graph.region,
        name=name,
        state=SnapshotState.CREATING,
        status_reason=None,
        created_ms=transaction.now_ms,
        source_graph_id=graph.id,
        key_id=graph.key_id,
        provisioned_memory=graph.provisioned_memory,
        vector_dimension=graph.vector_dimension,
    )
    put(transaction, record)
    tags.write(transaction, record.id, given_tags)
    graphs.request(transaction, graph, event, record.id)
    return record


def put(transaction: Transaction, record: SnapshotRecord) -> None:
    """Write a new row."""
    transaction.connection.execute(new_row(SNAPSHOTS), asdict(record))
    transaction.subjects.add(record.id)


def drop(transaction: Transaction, snapshot_id: str) -> None:
    """Remove the row of a snapshot that is gone, and its tags."""
    transaction.connection.execute(without(SNAPSHOTS, "id"), {"id": snapshot_id})
    tags.remove_all(transaction, snapshot_id)
    transaction.subjects.add(snapshot_id)


def learn_dimension(transaction: Transaction, graph: GraphRecord) -> None:
    """Give the dimension of a graph, which never changes, to those of its snapshots, and to the one
    that it was restored from, that were found without.
    """
    columns = SNAPSHOTS.c
    its = (columns.source_graph_id == graph.id) | (columns.id == graph.source_snapshot_id)
    # Earlier versions wrote none for what they did not know.
    without_one = columns.vector_dimension.is_(None) | (
        columns.vector_dimension == DIMENSION_UNKNOWN
    )
    transaction.connection.execute(
        SNAPSHOTS.update().where(without_one & its).values(vector_dimension=graph.vector_dimension)
    )


def set_dimension(transaction: Transaction, snapshot_id: str, dimension: int | None) -> None:
    """Write what a worker has found in a snapshot."""
    transaction.connection.execute(
        SNAPSHOTS.update().where(SNAPSHOTS.c.id == snapshot_id).values(vector_dimension=dimension)
    )


def name_taken(transaction: Transaction, owner: Owner, name: str) -> bool:
    """Say whether a snapshot of an owner has this name; one that is being removed has given it
    up.
    """
    query = names_of(SNAPSHOTS, SnapshotState.DELETING)
    return (
        transaction.connection.execute(query, {"name": name, **asdict(owner)}).first() is not None
    )


def automatic_name(transaction: Transaction, prefix: str, owner: Owner, graph_name: str) -> str:
    """Name a snapshot that comes with a delete or reset, so that people find it: what, of whom,
    when.
    """
    now = datetime.fromtimestamp(transaction.now_ms / 1000, UTC)
    for number in range(1, 1_000):
        ending = f"-{now:%Y%m%d%H%M%S}" + ("" if number == 1 else f"-{number}")
        room = NAME_LETTERS_MAX - len(prefix) - 1 - len(ending)
        name = f"{prefix}-{graph_name[:room].rstrip('-')}{ending}"
        if not name_taken(transaction, owner, name):
            return name
    raise Conflict(
        "name", f"Too many snapshots are named {prefix}-{graph_name[:20]}... this second."
    )


def remove(transaction: Transaction, snapshot_id: str) -> SnapshotRecord:
    """Begin to remove a snapshot. Raises: NotFound; Conflict(state), also while a graph is restored
    from it.
    """
    record = get(transaction, snapshot_id)
    query = select(GRAPHS.c.id).where(
        (GRAPHS.c.source_snapshot_id == snapshot_id) & (GRAPHS.c.state == GraphState.RESTORING)
    )
    restoring = transaction.connection.execute(query).first()
    if restoring is not None:
        raise Conflict(
            "state",
            f"Snapshot {snapshot_id} cannot be deleted while graph {restoring.id} is restored from "
            "it.",
        )
    moved = move(transaction, record, SnapshotEvent.DELETE, reason=None)
    if moved is None:
        raise Conflict(
            "state",
            f"Snapshot {snapshot_id} cannot be deleted because its status is {record.state}.",
        )
    return moved


def move(
    transaction: Transaction, record: SnapshotRecord, event: SnapshotEvent, *, reason: str | None
) -> SnapshotRecord | None:
    """Take a snapshot through an event; None when its state forbids it, and then nothing is
    changed.
    """
    step = step_snapshot(record.state, event)
    if step is None:
        return None
    moved = replace(record, state=step.state, status_reason=reason)
    if step.state is SnapshotState.GONE:
        drop(transaction, record.id)
    else:
        values = {**asdict(moved), "row_id": record.id}
        transaction.connection.execute(changed_row(SNAPSHOTS), values)
    if step.effect is not None:
        effects.put(transaction, step.effect, None, record.id)
    transaction.subjects.add(record.id)
    return moved
