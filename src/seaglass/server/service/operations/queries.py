"""Operations on queries and on a graph's summary: the data plane. Above: table. Below: control, the
fleet.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from seaglass.base.errors import NotFound
from seaglass.base.ids import is_snapshot_id
from seaglass.server.control.ports import QueryRequest
from seaglass.server.control.writing import may_write
from seaglass.server.service.context import Streamed
from seaglass.server.wire.serialize import JSON, TEXT
from seaglass.server.wire.validate import at, broken_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.service.context import Input, Output, Services

# ListQueries may cut texts off; GetQuery has them whole.
LISTED_TEXT_MAX = 2_000


# As a number, which is quicker to look up by.
_OK = HTTPStatus.OK.value
_NOTHING: Mapping[str, str] = {}


async def execute_query(services: Services, values: Input) -> Streamed:
    settings = services.settings
    asked = values.get("queryTimeoutMilliseconds", settings.query_timeout_ms_default)
    if asked < 1:
        rule = "Member must have value greater than or equal to 1"
        raise broken_rules([at("queryTimeoutMilliseconds", rule)])
    assert services.authority is not None, "a request has a caller"
    authority = services.authority
    withheld = _NOTHING if authority.whole else await authority.withheld(values)
    graph_id = await _serving(services, values)
    text = values["queryString"]
    assert services.sent is not None, "a request was sent"
    # Reads may be run again, and are not remembered.
    owner, writes = services.plane.owner, may_write(text)
    call = await services.sent.call(owner, graph_id, withheld) if writes else None
    explain = values.get("explainMode")
    content_type = JSON if explain is None else TEXT
    request = QueryRequest(
        query_id=services.rng.uuid() if call is None else call.id,
        text=text,
        parameters=values.get("parameters", {}),
        timeout_ms=min(asked, settings.query_timeout_ms_max),
        explain=explain,
        plan_cache=values.get("planCache", "AUTO"),
        withheld=withheld,
        call=call,
        at_once=services.sent.prompt.of(_OK, content_type, lends=writes),
    )
    return Streamed(services.fleet.query(graph_id, request), content_type)


async def list_queries(services: Services, values: Input) -> Output:
    rows_max = values["maxResults"]
    if rows_max < 1:
        rule = "Member must have value greater than or equal to 1"
        raise broken_rules([at("maxResults", rule)])
    state = values.get("state", "ALL")
    graph_id = await _serving(services, values)
    wanted = [q for q in await services.fleet.queries(graph_id) if state in ("ALL", q["state"])]
    return {
        "queries": [
            {**query, "queryString": str(query["queryString"])[:LISTED_TEXT_MAX]}
            for query in wanted[:rows_max]
        ]
    }


async def get_query(services: Services, values: Input) -> Output:
    graph_id = await _serving(services, values)
    for query in await services.fleet.queries(graph_id):
        if query["id"] == values["queryId"]:
            return query
    raise NotFound("query", f"Query {values['queryId'][:100]} is not running on graph {graph_id}.")


async def cancel_query(services: Services, values: Input) -> Output:
    graph_id = await _serving(services, values)
    await services.fleet.cancel(graph_id, values["queryId"])
    return {}


async def get_graph_summary(services: Services, values: Input) -> Output:
    graph_id = await _serving(services, values)
    return await services.fleet.summary(graph_id, detailed=values.get("mode") == "DETAILED")


async def _serving(services: Services, values: Input) -> str:
    """Give the id of a graph that answers queries, or of a snapshot that is opened for reading."""
    named = values["graphIdentifier"]
    if not is_snapshot_id(named):
        return (await services.plane.serving_graph(named)).id
    snapshot = await services.plane.readable_snapshot(named)
    await services.fleet.start(snapshot.id, snapshot.key_id)
    return snapshot.id
