"""Operations on snapshots. Above: table. Below: control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.server.control.tags import snapshot_arn
from seaglass.server.wire import pages

if TYPE_CHECKING:
    from seaglass.server.control.tables import SnapshotRecord
    from seaglass.server.service.context import Input, Output, Services


async def create_graph_snapshot(services: Services, values: Input) -> Output:
    record = await services.plane.create_snapshot(
        values["graphIdentifier"], values["snapshotName"], values.get("tags", {})
    )
    return output(record)


async def get_graph_snapshot(services: Services, values: Input) -> Output:
    record = await services.plane.get_snapshot(values["snapshotIdentifier"])
    return output(record)


async def list_graph_snapshots(services: Services, values: Input) -> Output:
    graph_id = values.get("graphIdentifier")
    scope = services.plane.owner.arn(f"ListGraphSnapshots {graph_id}")
    position = pages.decode(scope, values.get("nextToken"))
    rows_max = values.get("maxResults", pages.PAGE_ROWS_DEFAULT)
    page = await services.plane.list_snapshots(graph_id, position, rows_max)
    return {
        "graphSnapshots": [output(record) for record in page.records],
        "nextToken": None if page.position is None else pages.encode(scope, page.position),
    }


async def delete_graph_snapshot(services: Services, values: Input) -> Output:
    record = await services.plane.delete_snapshot(values["snapshotIdentifier"])
    return output(record)


def output(record: SnapshotRecord) -> Output:
    """Shape a snapshot as all snapshot operations reply. The model has no member for a reason."""
    return {
        "id": record.id,
        "name": record.name,
        "arn": snapshot_arn(record.owner, record.id),
        "sourceGraphId": record.source_graph_id,
        "snapshotCreateTime": record.created_ms / 1000,
        "status": record.state.value,
        "kmsKeyIdentifier": record.key_id,
    }
