"""Private graph endpoints of the control plane: what each request does to rows, in one transaction.

Above: plane, reconcile. Below: graphs, lifecycle, tables, effects, quotas. An endpoint is a record:
there is no VPC here whose network could be changed, and a graph is reached as without one. What
clients see of it is as documented: one endpoint per graph and VPC, its states, and a graph that is
not deleted while it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from seaglass.base.errors import Conflict, NotFound
from seaglass.server.control import effects, graphs, quotas
from seaglass.server.control.lifecycle import (
    ENDPOINT_CREATED,
    SERVING,
    SHOWN,
    EndpointEvent,
    EndpointState,
    step_endpoint,
)
from seaglass.server.control.tables import (
    ENDPOINTS,
    EndpointRecord,
    Page,
    endpoint_of,
    endpoint_values,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.server.control.store import Transaction

# What stands for the account's default VPC and its subnet, of which nothing is known here.
DEFAULT_VPC = "vpc-default"
DEFAULT_SUBNETS = ("subnet-default",)
ID_DIGITS = 17


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What CreatePrivateGraphEndpoint says; None and empty where the client said nothing."""

    graph_id: str
    vpc_id: str | None
    subnet_ids: Sequence[str]
    security_group_ids: Sequence[str]


def get(transaction: Transaction, endpoint_id: str) -> EndpointRecord:
    """Read an endpoint by its own id. Raises: NotFound(endpoint)."""
    query = select(ENDPOINTS).where(ENDPOINTS.c.id == endpoint_id)
    row = transaction.connection.execute(query).first()
    if row is None:
        raise NotFound("endpoint", f"Private graph endpoint {endpoint_id} not found.")
    return endpoint_of(row)


def find(transaction: Transaction, graph_id: str, vpc_id: str) -> EndpointRecord:
    """Read the endpoint of a graph in a VPC. Raises: NotFound(graph), NotFound(endpoint)."""
    graphs.get(transaction, graph_id)
    found = _found(transaction, graph_id, vpc_id)
    if found is None:
        raise NotFound("endpoint", f"Graph {graph_id} has no private graph endpoint in {vpc_id}.")
    return found


def listed(
    transaction: Transaction, graph_id: str, position: str | None, rows_max: int
) -> Page[EndpointRecord]:
    """Read a page of a graph's endpoints. Raises: NotFound(graph)."""
    graphs.get(transaction, graph_id)
    filters = {"graph_id": graph_id}
    rows, following = page_of(transaction.connection, ENDPOINTS, filters, position, rows_max)
    return Page([endpoint_of(row) for row in rows], following)


def create(transaction: Transaction, new: NewEndpoint) -> EndpointRecord:
    """Add an endpoint. Raises: NotFound(graph); Conflict(state), Conflict(name); QuotaExceeded."""
    graph = graphs.get(transaction, new.graph_id)
    if graph.state not in SERVING:
        raise Conflict(
            "state",
            f"Graph {graph.id} cannot get a private graph endpoint because its status is "
            f"{SHOWN[graph.state]}; it must be AVAILABLE.",
        )
    vpc_id = new.vpc_id or DEFAULT_VPC
    if _found(transaction, graph.id, vpc_id) is not None:
        raise Conflict(
            "name",
            f"Graph {graph.id} has a private graph endpoint in {vpc_id} already. Delete it first, "
            "or name another VPC.",
        )
    quotas.check_endpoints(transaction, graph.owner, graph.id)
    record = EndpointRecord(
        id="vpce-" + transaction.rng.token(ID_DIGITS).hex()[:ID_DIGITS],
        graph_id=graph.id,
        vpc_id=vpc_id,
        state=ENDPOINT_CREATED.state,
        created_ms=transaction.now_ms,
        subnet_ids=tuple(new.subnet_ids) or DEFAULT_SUBNETS,
        security_group_ids=tuple(new.security_group_ids),
    )
    transaction.connection.execute(insert(ENDPOINTS).values(endpoint_values(record)))
    assert ENDPOINT_CREATED.effect is not None
    effects.put(transaction, ENDPOINT_CREATED.effect, None, None, record.id)
    transaction.subjects.add(record.id)
    return record


def remove(transaction: Transaction, graph_id: str, vpc_id: str) -> EndpointRecord:
    """Begin to remove an endpoint. Raises: NotFound; Conflict(state)."""
    record = find(transaction, graph_id, vpc_id)
    moved = move(transaction, record, EndpointEvent.DELETE)
    if moved is None:
        raise Conflict(
            "state",
            f"The private graph endpoint of graph {graph_id} in {vpc_id} cannot be deleted because "
            f"its status is {record.state}.",
        )
    return moved


def refuse_any(transaction: Transaction, graph_id: str) -> None:
    """Refuse to delete a graph that has endpoints. Raises: Conflict(state)."""
    query = select(ENDPOINTS.c.id).where(ENDPOINTS.c.graph_id == graph_id)
    if transaction.connection.execute(query).first() is not None:
        raise Conflict(
            "state",
            "This action could not be completed due to the following reasons: The graph contains "
            "private endpoints.",
        )


def move(
    transaction: Transaction, record: EndpointRecord, event: EndpointEvent
) -> EndpointRecord | None:
    """Take an endpoint through an event; None when its state forbids it, and then nothing is
    changed.
    """
    step = step_endpoint(record.state, event)
    if step is None:
        return None
    moved = replace(record, state=step.state)
    if step.state is EndpointState.GONE:
        transaction.connection.execute(delete(ENDPOINTS).where(ENDPOINTS.c.id == record.id))
    else:
        statement = update(ENDPOINTS).where(ENDPOINTS.c.id == record.id)
        transaction.connection.execute(statement.values(endpoint_values(moved)))
    if step.effect is not None:
        effects.put(transaction, step.effect, None, None, record.id)
    transaction.subjects.add(record.id)
    return moved


def _found(transaction: Transaction, graph_id: str, vpc_id: str) -> EndpointRecord | None:
    query = select(ENDPOINTS).where(
        (ENDPOINTS.c.graph_id == graph_id) & (ENDPOINTS.c.vpc_id == vpc_id)
    )
    row = transaction.connection.execute(query).first()
    return None if row is None else endpoint_of(row)
