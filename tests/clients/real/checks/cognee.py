"""cognee: its graph adapter for Neptune Analytics, without the models that a whole memory needs."""

from __future__ import annotations

import asyncio
from uuid import UUID

from cognee.infrastructure.databases.graph.neptune_driver.adapter import NeptuneGraphDB
from cognee.infrastructure.engine import DataPoint


class Person(DataPoint):
    name: str


ADA, ALAN, GRACE = (
    Person(id=UUID(int=number), name=name)
    for number, name in enumerate(("Ada", "Alan", "Grace"), 1)
)


def check_a_graph_is_kept_and_read(here):
    async def work():
        graph = NeptuneGraphDB(graph_id=here.graph)
        assert await graph.is_empty()
        await graph.add_nodes([ADA, ALAN])
        await graph.add_node(GRACE)
        a, b, c = (str(person.id) for person in (ADA, ALAN, GRACE))
        await graph.add_edges([(a, b, "knows", {"since": 1833}), (b, c, "knows", {})])
        assert (await graph.get_node(a))["~properties"]["name"] == "Ada"
        assert len(await graph.get_nodes([a, b])) == 2
        assert await graph.has_edge(a, b, "knows")
        assert not await graph.has_edge(a, c, "knows")
        assert len(await graph.has_edges([(a, b, "knows", {}), (a, c, "knows", {})])) == 1
        assert len(await graph.get_edges(b)) == 2
        assert {node["name"] for node in await graph.get_neighbors(b)} == {"Ada", "Grace"}
        nodes, edges = await graph.get_graph_data()
        assert (len(nodes), len(edges)) == (3, 2)
        assert await graph.get_graph_counts() == (3, 2)
        assert await graph.get_disconnected_nodes() == []
        metrics = await graph.get_graph_metrics()
        assert metrics["num_connected_components"] == 1, metrics
        assert metrics["sizes_of_connected_components"] == [3], metrics
        await graph.delete_node(a)
        assert await graph.get_node(a) is None
        await graph.delete_graph()
        assert await graph.is_empty()

    asyncio.run(work())
