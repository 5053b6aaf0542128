"""cognee: its adapters for Neptune Analytics, without the models that a whole memory needs.

In place of a model, one that gives each text that the checks have a vector of its own.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from cognee.infrastructure.databases.graph.neptune_driver.adapter import NeptuneGraphDB
from cognee.infrastructure.databases.hybrid.neptune_analytics.NeptuneAnalyticsAdapter import (
    IndexSchema,
    NeptuneAnalyticsAdapter,
)
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


class Model:
    """Texts to vectors of the graph's dimension."""

    vectors = {  # noqa: RUF012 - read only
        "numbers": [1.0, 0.0, 0.0, 0.0],
        "figures": [0.9, 0.1, 0.0, 0.0],
        "ships": [0.0, 0.0, 1.0, 0.0],
        "sails": [0.0, 0.0, 0.9, 0.1],
        "sails on": [0.0, 0.1, 0.9, 0.0],
    }

    async def embed_text(self, texts):
        return [self.vectors[text] for text in texts]


class Topic(DataPoint):
    name: str
    metadata: dict = {"index_fields": ["name"]}  # noqa: RUF012 - what the client's classes look like


def check_vectors_are_kept_and_searched(here):
    async def work():
        store = NeptuneAnalyticsAdapter(here.graph, Model())
        points = [
            IndexSchema(id=str(UUID(int=number)), text=text, belongs_to_set=[text[:1]])
            for number, text in enumerate(("numbers", "ships"), 1)
        ]
        await store.create_data_points("notes", points)
        await store.create_data_points(
            "others", [IndexSchema(id=str(UUID(int=3)), text="figures", belongs_to_set=[])]
        )
        found = await store.search("notes", "figures", limit=2, include_payload=True)
        assert [one.payload["text"] for one in found] == ["numbers", "ships"]
        assert 0 < found[0].score < found[1].score
        found = await store.search("notes", query_vector=[0, 0, 1, 0], limit=1, with_vector=True)
        assert [str(one.id) for one in found] == [points[1].id]
        several = await store.batch_search("notes", ["numbers", "ships"], limit=1)
        assert [[str(one.id) for one in each] for each in several] == [[p.id] for p in points]
        assert len(await store.retrieve("notes", [points[0].id])) == 1
        await store.delete_data_points("notes", [points[0].id])
        assert await store.retrieve("notes", [points[0].id]) == []
        left = await store.search("notes", "numbers", limit=5)
        assert [str(one.id) for one in left] == [points[1].id]
        await store.prune()
        assert await store.is_empty()

    asyncio.run(work())


def check_a_graph_with_vectors_is_written_at_once(here):
    async def work():
        store = NeptuneAnalyticsAdapter(here.graph, Model())
        ships, sails = Topic(name="ships"), Topic(name="sails")
        await store.add_nodes_with_vectors([ships, sails])
        edge = (str(ships.id), str(sails.id), "has", {"edge_text": "sails on"})
        await store.add_edges_with_vectors([edge])
        assert await store.has_edge(*edge[:3])
        (found,) = await store.search("Topic_name", "ships", limit=1)
        assert str(found.id) == str(ships.id)
        (found,) = await store.search("EdgeType_relationship_name", "sails on", limit=1)
        assert found.score == 0, found
        await store.delete_graph()
        assert await store.is_empty()

    asyncio.run(work())
