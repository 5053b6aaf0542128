"""Operations on graphs. Above: table. Below: control."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from seaglass.base.ids import is_snapshot_id
from seaglass.server.control.graphs import GraphChange, NewGraph
from seaglass.server.control.lifecycle import SHOWN, GraphState
from seaglass.server.control.tags import graph_arn
from seaglass.server.wire import pages

if TYPE_CHECKING:
    from seaglass.server.control.tables import GraphRecord
    from seaglass.server.service.context import Input, Output, Services

BUILD_NUMBER = version("seaglass")
# A graph answers before it is in memory.
LOADING = "The graph answers queries; {} % of it is in memory, the rest is being loaded."
# Members of GraphSummary, the short form in lists.
_SUMMARY = (
    "id",
    "name",
    "arn",
    "status",
    "provisionedMemory",
    "publicConnectivity",
    "endpoint",
    "replicaCount",
    "kmsKeyIdentifier",
    "deletionProtection",
)


async def create_graph(services: Services, values: Input) -> Output:
    vectors = values.get("vectorSearchConfiguration", {})
    new = NewGraph(
        name=values["graphName"],
        provisioned_memory=values["provisionedMemory"],
        replica_count=values.get("replicaCount"),
        public_connectivity=values.get("publicConnectivity"),
        deletion_protection=values.get("deletionProtection"),
        vector_dimension=vectors.get("dimension"),
        key_id=values.get("kmsKeyIdentifier"),
        tags=values.get("tags", {}),
    )
    return output(await services.plane.create_graph(new))


async def restore_graph_from_snapshot(services: Services, values: Input) -> Output:
    new = NewGraph(
        name=values["graphName"],
        provisioned_memory=values.get("provisionedMemory"),
        replica_count=values.get("replicaCount"),
        public_connectivity=values.get("publicConnectivity"),
        deletion_protection=values.get("deletionProtection"),
        vector_dimension=None,
        key_id=None,
        tags=values.get("tags", {}),
    )
    record = await services.plane.restore_graph(values["snapshotIdentifier"], new)
    return output(record)


async def get_graph(services: Services, values: Input) -> Output:
    record = await services.plane.get_graph(values["graphIdentifier"])
    shown = output(record)
    if record.status_reason is None and record.state is GraphState.AVAILABLE:
        residence = await services.fleet.residence(record.id)
        if residence is not None:
            loaded, total = residence
            return {**shown, "statusReason": LOADING.format(loaded * 100 // total)}
    return shown


async def list_graphs(services: Services, values: Input) -> Output:
    scope = services.plane.owner.arn("ListGraphs")
    position = pages.decode(scope, values.get("nextToken"))
    rows_max = values.get("maxResults", pages.PAGE_ROWS_DEFAULT)
    page = await services.plane.list_graphs(position, rows_max)
    full = [output(record) for record in page.records]
    following = None if page.position is None else pages.encode(scope, page.position)
    return {"graphs": [{k: one[k] for k in _SUMMARY} for one in full], "nextToken": following}


async def update_graph(services: Services, values: Input) -> Output:
    change = GraphChange(
        provisioned_memory=values.get("provisionedMemory"),
        public_connectivity=values.get("publicConnectivity"),
        deletion_protection=values.get("deletionProtection"),
    )
    record = await services.plane.update_graph(values["graphIdentifier"], change)
    return {**output(record), "status": "UPDATING"}


async def start_graph(services: Services, values: Input) -> Output:
    return output(await services.plane.start_graph(values["graphIdentifier"]))


async def stop_graph(services: Services, values: Input) -> Output:
    return output(await services.plane.stop_graph(values["graphIdentifier"]))


async def reset_graph(services: Services, values: Input) -> Output:
    record = await services.plane.reset_graph(
        values["graphIdentifier"], skip_snapshot=values["skipSnapshot"]
    )
    return output(record)


async def delete_graph(services: Services, values: Input) -> Output:
    record = await services.plane.delete_graph(
        values["graphIdentifier"], skip_snapshot=values["skipSnapshot"]
    )
    return output(record)


def output(record: GraphRecord) -> Output:
    """Shape a graph as all graph operations reply."""
    dimension = record.vector_dimension
    return {
        "id": record.id,
        "name": record.name,
        "arn": graph_arn(record.owner, record.id),
        "status": SHOWN[record.state],
        "statusReason": record.status_reason,
        "createTime": record.created_ms / 1000,
        "provisionedMemory": record.provisioned_memory,
        "endpoint": f"{record.id}.{record.region}.neptune-graph.amazonaws.com",
        "publicConnectivity": record.public_connectivity,
        "vectorSearchConfiguration": None if dimension is None else {"dimension": dimension},
        "replicaCount": record.replica_count,
        "kmsKeyIdentifier": record.key_id,
        "sourceSnapshotId": _source_snapshot(record),
        "deletionProtection": record.deletion_protection,
        "buildNumber": BUILD_NUMBER,
    }


def _source_snapshot(record: GraphRecord) -> str | None:
    source = record.source_snapshot_id
    return source if source is not None and is_snapshot_id(source) else None
