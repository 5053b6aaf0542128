"""Operations on queries and on a graph's summary: the data plane. Above: table. Below: control, the
fleet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import NotFound
from seaglass.server.control.ports import QueryRequest
from seaglass.server.service.context import Streamed
from seaglass.server.wire.serialize import JSON, TEXT
from seaglass.server.wire.validate import at, broken_rules

if TYPE_CHECKING:
    from seaglass.server.service.context import Input, Output, Services

# ListQueries may cut texts off; GetQuery has them whole.
LISTED_TEXT_MAX = 2_000


async def execute_query(services: Services, values: Input) -> Streamed:
    settings = services.settings
    asked = values.get("queryTimeoutMilliseconds", settings.query_timeout_ms_default)
    if asked < 1:
        rule = "Member must have value greater than or equal to 1"
        raise broken_rules([at("queryTimeoutMilliseconds", rule)])
    graph = await services.plane.serving_graph(values["graphIdentifier"])
    request = QueryRequest(
        query_id=services.rng.uuid(),
        text=values["queryString"],
        parameters=values.get("parameters", {}),
        timeout_ms=min(asked, settings.query_timeout_ms_max),
        explain=values.get("explainMode"),
        plan_cache=values.get("planCache", "AUTO"),
    )
    content_type = JSON if request.explain is None else TEXT
    return Streamed(services.fleet.query(graph.id, request), content_type)


async def list_queries(services: Services, values: Input) -> Output:
    rows_max = values["maxResults"]
    if rows_max < 1:
        rule = "Member must have value greater than or equal to 1"
        raise broken_rules([at("maxResults", rule)])
    state = values.get("state", "ALL")
    graph = await services.plane.serving_graph(values["graphIdentifier"])
    wanted = [q for q in await services.fleet.queries(graph.id) if state in ("ALL", q["state"])]
    return {
        "queries": [
            {**query, "queryString": str(query["queryString"])[:LISTED_TEXT_MAX]}
            for query in wanted[:rows_max]
        ]
    }


async def get_query(services: Services, values: Input) -> Output:
    graph = await services.plane.serving_graph(values["graphIdentifier"])
    for query in await services.fleet.queries(graph.id):
        if query["id"] == values["queryId"]:
            return query
    raise NotFound("query", f"Query {values['queryId'][:100]} is not running on graph {graph.id}.")


async def cancel_query(services: Services, values: Input) -> Output:
    graph = await services.plane.serving_graph(values["graphIdentifier"])
    await services.fleet.cancel(graph.id, values["queryId"])
    return {}


async def get_graph_summary(services: Services, values: Input) -> Output:
    graph = await services.plane.serving_graph(values["graphIdentifier"])
    return await services.fleet.summary(graph.id, detailed=values.get("mode") == "DETAILED")
