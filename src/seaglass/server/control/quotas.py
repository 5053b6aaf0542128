"""Quotas of an account in a Region: how many graphs, snapshots, endpoints and units of memory it
may have.


Above: graphs, snapshots, endpoints. Below: tables, store. The numbers are settings; the codes are
ours, because AWS publishes none for this service.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from seaglass.base.errors import Exhausted
from seaglass.server.control.lifecycle import GraphState
from seaglass.server.control.statements import count_of
from seaglass.server.control.tables import ENDPOINTS, GRAPHS, SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table
    from sqlalchemy.sql.elements import ColumnElement

    from seaglass.base.owner import Owner
    from seaglass.server.control.store import Transaction

SERVICE_CODE = "neptune-graph"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota: its name in the settings, its code, the type of what it counts, and what that is
    called.
    """

    name: str
    code: str
    resource_type: str
    noun: str


GRAPHS_QUOTA = Quota("graphs", "L-GRAPHS", "graph", "graphs")
SNAPSHOTS_QUOTA = Quota("snapshots", "L-SNAPSHOTS", "graph-snapshot", "snapshots")
ENDPOINTS_QUOTA = Quota(
    "private-endpoints", "L-PRIVATE-ENDPOINTS", "private-graph-endpoint", "private endpoints"
)
MEMORY_QUOTA = Quota(
    "provisioned-memory", "L-PROVISIONED-MEMORY", "graph", "m-NCUs of memory in all graphs"
)


class QuotaExceeded(Exhausted):
    """A quota is used up; `members` are those of AWS's exception beyond the message."""

    members: Mapping[str, str]

    def __init__(self, quota: Quota, limit: int, resource_id: str) -> None:
        super().__init__(
            "quota",
            f"The quota of {limit} {quota.noun} ({quota.code}) would be exceeded. Delete what is "
            f"no longer needed, or have the server started with --quota {quota.name}=N.",
        )
        self.members = {
            "resourceId": resource_id,
            "resourceType": quota.resource_type,
            "serviceCode": SERVICE_CODE,
            "quotaCode": quota.code,
        }


def check_graphs(transaction: Transaction, owner: Owner, name: str) -> None:
    """Refuse another graph when there are too many. Raises: QuotaExceeded."""
    limit = transaction.settings.quotas.graphs_max
    if _count(transaction, GRAPHS, owner) + 1 > limit:
        raise QuotaExceeded(GRAPHS_QUOTA, limit, name)


def check_snapshots(transaction: Transaction, owner: Owner, name: str) -> None:
    """Refuse another snapshot when there are too many. Raises: QuotaExceeded."""
    limit = transaction.settings.quotas.snapshots_max
    if _count(transaction, SNAPSHOTS, owner) + 1 > limit:
        raise QuotaExceeded(SNAPSHOTS_QUOTA, limit, name)


def check_endpoints(transaction: Transaction, owner: Owner, graph_id: str) -> None:
    """Refuse another private endpoint when there are too many. Raises: QuotaExceeded."""
    limit = transaction.settings.quotas.private_endpoints_max
    joined = ENDPOINTS.join(GRAPHS, ENDPOINTS.c.graph_id == GRAPHS.c.id)
    query = select(func.count()).select_from(joined).where(_owned(GRAPHS, owner))
    if transaction.connection.execute(query).scalar_one() + 1 > limit:
        raise QuotaExceeded(ENDPOINTS_QUOTA, limit, graph_id)


def check_memory(transaction: Transaction, owner: Owner, more: int, resource: str) -> None:
    """Refuse more memory when the running graphs have too much. Raises: QuotaExceeded."""
    if more <= 0:
        return
    query = select(func.coalesce(func.sum(GRAPHS.c.provisioned_memory), 0)).where(
        _owned(GRAPHS, owner) & (GRAPHS.c.state != GraphState.STOPPED)
    )
    limit = transaction.settings.quotas.provisioned_memory_max
    if transaction.connection.execute(query).scalar_one() + more > limit:
        raise QuotaExceeded(MEMORY_QUOTA, limit, resource)


def _count(transaction: Transaction, table: Table, owner: Owner) -> int:
    values = asdict(owner)
    count: int = transaction.connection.execute(count_of(table, *values), values).scalar_one()
    return count


def _owned(table: Table, owner: Owner) -> ColumnElement[bool]:
    return (table.c.account_id == owner.account_id) & (table.c.region == owner.region)
