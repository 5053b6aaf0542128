"""aiobotocore: the asynchronous client, several queries at once."""

from __future__ import annotations

import asyncio
import json

from aiobotocore.session import get_session


async def query(client, graph, text, **parameters):
    answer = await client.execute_query(
        graphIdentifier=graph, queryString=text, language="OPEN_CYPHER", parameters=parameters
    )
    return json.loads(await answer["payload"].read())["results"]


def check_queries_side_by_side(here):
    async def work():
        async with get_session().create_client("neptune-graph") as client:
            await asyncio.gather(
                *(query(client, here.graph, "CREATE (:N {i: $i})", i=i) for i in range(20))
            )
            found = await asyncio.gather(
                *(
                    query(client, here.graph, "MATCH (n:N {i: $i}) RETURN n.i", i=i)
                    for i in range(20)
                )
            )
            assert found == [[{"n.i": i}] for i in range(20)], found

    asyncio.run(work())


def check_pages_and_waiters(here):
    async def work():
        async with get_session().create_client("neptune-graph") as client:
            waiter = client.get_waiter("graph_available")
            await waiter.wait(graphIdentifier=here.graph)
            pages = client.get_paginator("list_graphs").paginate(PaginationConfig={"PageSize": 1})
            found = [graph["id"] async for page in pages for graph in page["graphs"]]
            assert here.graph in found

    asyncio.run(work())


def check_errors_are_typed(here):
    async def work():
        async with get_session().create_client("neptune-graph") as client:
            try:
                await query(client, here.graph, "RETURN")
            except client.exceptions.ValidationException as error:
                return error.response
            return None

    response = asyncio.run(work())
    assert response["reason"] == "MALFORMED_QUERY", response
