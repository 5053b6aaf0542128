"""Operations on private graph endpoints, which are records here. Above: table. Below: control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.server.control.endpoints import NewEndpoint
from seaglass.server.wire import pages

if TYPE_CHECKING:
    from seaglass.server.control.tables import EndpointRecord
    from seaglass.server.service.context import Input, Output, Services


async def create_private_graph_endpoint(services: Services, values: Input) -> Output:
    new = NewEndpoint(
        graph_id=values["graphIdentifier"],
        vpc_id=values.get("vpcId"),
        subnet_ids=values.get("subnetIds", ()),
        security_group_ids=values.get("vpcSecurityGroupIds", ()),
    )
    return output(await services.plane.create_endpoint(new))


async def get_private_graph_endpoint(services: Services, values: Input) -> Output:
    return output(await services.plane.get_endpoint(values["graphIdentifier"], values["vpcId"]))


async def list_private_graph_endpoints(services: Services, values: Input) -> Output:
    graph_id = values["graphIdentifier"]
    scope = services.plane.owner.arn(f"ListPrivateGraphEndpoints {graph_id}")
    position = pages.decode(scope, values.get("nextToken"))
    rows_max = values.get("maxResults", pages.PAGE_ROWS_DEFAULT)
    page = await services.plane.list_endpoints(graph_id, position, rows_max)
    return {
        "privateGraphEndpoints": [output(record) for record in page.records],
        "nextToken": None if page.position is None else pages.encode(scope, page.position),
    }


async def delete_private_graph_endpoint(services: Services, values: Input) -> Output:
    return output(await services.plane.delete_endpoint(values["graphIdentifier"], values["vpcId"]))


def output(record: EndpointRecord) -> Output:
    """Shape an endpoint as all endpoint operations reply."""
    return {
        "vpcId": record.vpc_id,
        "subnetIds": list(record.subnet_ids),
        "status": record.state.value,
        "vpcEndpointId": record.id,
    }
