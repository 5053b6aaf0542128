"""Graphs of the control plane: what each request does to rows, in one transaction.

Above: plane, reconcile, adopt. Below: lifecycle, statements, effects, quotas, tags. Functions of a
`Transaction`; when one raises, the transaction is undone, so a refused request changes nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Invalid, NotFound
from seaglass.base.ids import new_graph_id
from seaglass.server.control import effects, quotas, tags
from seaglass.server.control.lifecycle import (
    GRAPH_CREATED,
    GRAPH_CREATED_TO_IMPORT,
    GRAPH_RESTORED,
    SHOWN,
    GraphEvent,
    GraphState,
    SnapshotState,
    step_graph,
)
from seaglass.server.control.statements import changed_row, names_of, new_row, rows_of, without
from seaglass.server.control.tables import GRAPHS, GraphRecord, Page, graph_of, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.owner import Owner
    from seaglass.server.control.lifecycle import GraphStep
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import SnapshotRecord

AWS_OWNED_KEY = "AWS_OWNED_KEY"
REPLICA_COUNT_DEFAULT = 1

# What a client asked for, in words for a refusal.
_WORDS: Mapping[GraphEvent, str] = {
    GraphEvent.UPDATE: "updated",
    GraphEvent.SNAPSHOT: "snapshotted",
    GraphEvent.RESET: "reset",
    GraphEvent.RESET_SAVING: "reset with a snapshot",
    GraphEvent.IMPORT: "imported into",
    GraphEvent.STOP: "stopped",
    GraphEvent.START: "started",
    GraphEvent.DELETE: "deleted",
    GraphEvent.DELETE_SAVING: "deleted with a final snapshot",
}
# A graph that is being cloned must be served, with what it held.
_ENDS_A_CLONE = frozenset(
    {
        GraphEvent.RESET,
        GraphEvent.RESET_SAVING,
        GraphEvent.STOP,
        GraphEvent.DELETE,
        GraphEvent.DELETE_SAVING,
    }
)


@dataclass(frozen=True, slots=True)
class NewGraph:
    """What CreateGraph and RestoreGraphFromSnapshot say; None where the client said nothing."""

    name: str
    provisioned_memory: int | None
    replica_count: int | None
    public_connectivity: bool | None
    deletion_protection: bool | None
    vector_dimension: int | None
    key_id: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GraphChange:
    """What UpdateGraph says; None leaves things as they are."""

    provisioned_memory: int | None
    public_connectivity: bool | None
    deletion_protection: bool | None


def get(transaction: Transaction, graph_id: str) -> GraphRecord:
    """Read a graph. Raises: NotFound(graph)."""
    wanted = {"id": graph_id, **transaction.visible}
    row = transaction.connection.execute(rows_of(GRAPHS, *wanted), wanted).first()
    if row is None:
        raise not_found(graph_id)
    return graph_of(row)


def not_found(graph_id: str) -> NotFound:
    """Say that there is no such graph."""
    return NotFound("graph", f"Graph {graph_id} not found.")


def listed(transaction: Transaction, position: str | None, rows_max: int) -> Page[GraphRecord]:
    """Read a page of all graphs."""
    rows, following = page_of(
        transaction.connection, GRAPHS, transaction.visible, position, rows_max
    )
    return Page([graph_of(row) for row in rows], following)


def create(transaction: Transaction, new: NewGraph) -> GraphRecord:
    """Add an empty graph. Raises: Conflict(name); QuotaExceeded; Invalid for a reserved tag."""
    assert new.provisioned_memory is not None
    return _add(transaction, new, None, GRAPH_CREATED)


def create_to_import(transaction: Transaction, new: NewGraph, task_id: str) -> GraphRecord:
    """Add a graph that an import task fills. Raises: as `create`."""
    assert new.provisioned_memory is not None
    return _add(transaction, new, None, GRAPH_CREATED_TO_IMPORT, task_id=task_id)


def restore(transaction: Transaction, snapshot: SnapshotRecord, new: NewGraph) -> GraphRecord:
    """Add a graph with a snapshot's data.

    Raises: Conflict(state), Conflict(name); QuotaExceeded; Invalid for a reserved tag.
    """
    if snapshot.state is not SnapshotState.AVAILABLE:
        raise Conflict(
            "state",
            f"Snapshot {snapshot.id} cannot be restored because its status is {snapshot.state}; "
            "it must be AVAILABLE.",
        )
    return _add(transaction, _inherited(new, snapshot), snapshot.id, GRAPH_RESTORED)


def clone(transaction: Transaction, source: GraphRecord, new: NewGraph) -> GraphRecord:
    """Add a graph with what another one holds now. Raises: as `restore`."""
    if source.state is not GraphState.AVAILABLE:
        raise Conflict(
            "state",
            f"Graph {source.id} cannot be cloned because its status is {SHOWN[source.state]}; it "
            "must be AVAILABLE.",
        )
    return _add(transaction, _inherited(new, source), source.id, GRAPH_RESTORED)


def _inherited(new: NewGraph, source: GraphRecord | SnapshotRecord) -> NewGraph:
    """What a graph gets from where its data comes from; only memory may be asked for anew."""
    memory = new.provisioned_memory
    return replace(
        new,
        provisioned_memory=source.provisioned_memory if memory is None else memory,
        vector_dimension=source.vector_dimension or None,
        key_id=source.key_id,
    )


def _add(
    transaction: Transaction,
    new: NewGraph,
    snapshot_id: str | None,
    first: GraphStep,
    *,
    task_id: str | None = None,
) -> GraphRecord:
    assert new.provisioned_memory is not None
    owner = transaction.asking
    refuse_taken_name(transaction, owner, new.name)
    quotas.check_graphs(transaction, owner, new.name)
    quotas.check_memory(transaction, owner, new.provisioned_memory, new.name)
    record = GraphRecord(
        id=new_graph_id(transaction.rng),
        account_id=owner.account_id,
        region=owner.region,
        name=new.name,
        state=first.state,
        status_reason=None,
        created_ms=transaction.now_ms,
        provisioned_memory=new.provisioned_memory,
        replica_count=REPLICA_COUNT_DEFAULT if new.replica_count is None else new.replica_count,
        public_connectivity=bool(new.public_connectivity),
        deletion_protection=bool(new.deletion_protection),
        vector_dimension=new.vector_dimension,
        key_id=new.key_id or AWS_OWNED_KEY,
        source_snapshot_id=snapshot_id,
    )
    put(transaction, record)
    tags.write(transaction, record.id, new.tags)
    assert first.effect is not None
    effects.put(transaction, first.effect, record.id, snapshot_id, task_id)
    return record


def put(transaction: Transaction, record: GraphRecord) -> None:
    """Write a new row."""
    transaction.connection.execute(new_row(GRAPHS), asdict(record))
    _changed(transaction, record)


def name_taken(transaction: Transaction, owner: Owner, name: str) -> bool:
    """Say whether a graph of an owner has this name; one whose data is being removed has given it
    up.
    """
    query = names_of(GRAPHS, GraphState.DELETING)
    return (
        transaction.connection.execute(query, {"name": name, **asdict(owner)}).first() is not None
    )


def refuse_taken_name(transaction: Transaction, owner: Owner, name: str) -> None:
    """Refuse a name that a graph of this owner has. Raises: Conflict(name)."""
    if name_taken(transaction, owner, name):
        raise Conflict("name", f"A graph with the name {name} exists already. Choose another name.")


def change(transaction: Transaction, graph_id: str, wanted: GraphChange) -> GraphRecord:
    """Update a graph, at once. Raises: NotFound; Conflict(state); Invalid; QuotaExceeded."""
    values = {k: v for k, v in asdict(wanted).items() if v is not None}
    if not values:
        raise Invalid(
            "bad_request",
            "At least one of publicConnectivity, provisionedMemory and deletionProtection must be "
            "given.",
        )
    record = get(transaction, graph_id)
    if wanted.provisioned_memory is not None and record.state is not GraphState.STOPPED:
        more = wanted.provisioned_memory - record.provisioned_memory
        quotas.check_memory(transaction, record.owner, more, graph_id)
    return request(transaction, replace(record, **values), GraphEvent.UPDATE, None)


def refuse_protected(record: GraphRecord) -> None:
    """Refuse to delete a protected graph. Raises: Conflict(protected)."""
    if record.deletion_protection:
        raise Conflict(
            "protected",
            f"Graph {record.id} cannot be deleted because deletion protection is enabled.",
        )


def request(
    transaction: Transaction, record: GraphRecord, event: GraphEvent, snapshot_id: str | None
) -> GraphRecord:
    """Take a graph through an event that a client asked for. Raises: Conflict(state)."""
    if step_graph(record.state, event) is None:
        raise refused(record, event)
    if event in _ENDS_A_CLONE:
        _refuse_cloned(transaction, record, event)
    if event is GraphEvent.START and record.state is GraphState.STOPPED:
        # A stopped graph does not count against the memory of the account; now it will.
        quotas.check_memory(transaction, record.owner, record.provisioned_memory, record.id)
    moved = move(transaction, record, event, snapshot_id, reason=None)
    assert moved is not None
    return moved


def _refuse_cloned(transaction: Transaction, record: GraphRecord, event: GraphEvent) -> None:
    """Refuse what a graph's clone in the making would not survive. Raises: Conflict(state)."""
    wanted = {"source_snapshot_id": record.id, "state": GraphState.RESTORING.value}
    clone = transaction.connection.execute(rows_of(GRAPHS, *wanted), wanted).first()
    if clone is not None:
        raise Conflict(
            "state",
            f"Graph {record.id} cannot be {_WORDS[event]} while graph {clone.id} is made from it.",
        )


def refused(record: GraphRecord, event: GraphEvent) -> Conflict:
    """Word the refusal of an event by a graph's state."""
    shown = SHOWN[record.state]
    return Conflict(
        "state",
        f"Graph {record.id} cannot be {_WORDS[event]} because its status is {shown}."
        + _advice(record, event),
    )


def _advice(record: GraphRecord, event: GraphEvent) -> str:
    if (
        record.state in (GraphState.WAITING, GraphState.FAILED)
        and event is GraphEvent.DELETE_SAVING
    ):
        return " Delete it with skipSnapshot=true."
    if record.state is GraphState.STOPPED and event is not GraphEvent.STOP:
        return " Start it first."
    return ""


def move(
    transaction: Transaction,
    record: GraphRecord,
    event: GraphEvent,
    snapshot_id: str | None,
    *,
    reason: str | None,
    task_id: str | None = None,
) -> GraphRecord | None:
    """Take a graph through an event; None when its state forbids it: then nothing is changed."""
    step = step_graph(record.state, event)
    if step is None:
        return None
    moved = replace(record, state=step.state, status_reason=reason)
    if step.state is GraphState.GONE:
        transaction.connection.execute(without(GRAPHS, "id"), {"id": record.id})
        tags.remove_all(transaction, record.id)
    else:
        values = {**asdict(moved), "row_id": record.id}
        transaction.connection.execute(changed_row(GRAPHS), values)
    if step.effect is not None:
        effects.put(transaction, step.effect, record.id, snapshot_id, task_id)
    _changed(transaction, moved)
    return moved


def _changed(transaction: Transaction, record: GraphRecord) -> None:
    transaction.graphs[record.id] = None if record.state is GraphState.GONE else record
    transaction.subjects.add(record.id)
