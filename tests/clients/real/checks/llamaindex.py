"""llama-index: the property graph store and the vector store for Neptune Analytics."""

from __future__ import annotations

from llama_index.core.graph_stores.types import ChunkNode, EntityNode, Relation
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.graph_stores.neptune import (
    NeptuneAnalyticsGraphStore,
    NeptuneAnalyticsPropertyGraphStore,
)
from llama_index.vector_stores.neptune import NeptuneAnalyticsVectorStore

DIMENSION = 4


def check_triplets(here):
    store = NeptuneAnalyticsGraphStore(graph_identifier=here.graph, node_label="Entity")
    store.upsert_triplet("Ada", "knows", "Charles")
    store.upsert_triplet("Ada", "wrote", "Notes")
    found = store.get_rel_map(["Ada"], depth=2)
    assert {name: sorted(paths) for name, paths in found.items()} == {
        "Ada": [["KNOWS", "Charles"], ["WROTE", "Notes"]]
    }
    assert "Entity" in store.get_schema(refresh=True)
    store.query("MATCH (n) DETACH DELETE n")


def check_the_property_graph_store(here):
    store = NeptuneAnalyticsPropertyGraphStore(graph_identifier=here.graph)
    store.upsert_relations(
        [Relation(source_id="Ada", target_id="Charles", label="KNOWS", properties={"since": 1833})]
    )
    store.structured_query("MATCH (n) SET n:`__Entity__`, n:Person, n.name = n.id REMOVE n:Chunk")
    ((source, relation, target),) = store.get_triplets(entity_names=["Ada"])
    assert (source.name, relation.label, target.name) == ("Ada", "KNOWS", "Charles")
    assert (source.label, relation.properties) == ("Person", {"since": 1833})
    assert [node.name for node in store.get(ids=["Ada"])] == ["Ada"]
    related = store.get_rel_map([EntityNode(name="Ada", label="Person")])
    assert [(a.name, r.label, b.name) for a, r, b in related] == [("Ada", "KNOWS", "Charles")]
    assert "KNOWS" in store.get_schema_str()
    store.delete(entity_names=["Ada", "Charles"])
    assert store.get() == []


def check_nodes_and_their_vectors(here):
    store = NeptuneAnalyticsPropertyGraphStore(graph_identifier=here.graph)
    place = {"triplet_source_id": "c"}
    nodes = [
        ChunkNode(text="a text", id_="c", embedding=[0.0, 1.0, 0.0, 0.0]),
        EntityNode(name="Ada", label="Person", properties=place, embedding=[1.0, 0.0, 0.0, 0.0]),
        EntityNode(name="Bob", label="Person", properties=place, embedding=[3.0, 0.0, 0.0, 0.0]),
    ]
    store.upsert_nodes(nodes)
    assert sorted(node.id for node in store.get()) == ["Ada", "Bob", "c"]
    query = VectorStoreQuery(query_embedding=[0.0] * DIMENSION, similarity_top_k=3)
    # The client asks each entity for what is near it, and takes what is farthest of that.
    found, scores = store.vector_query(query)
    assert {node.name for node in found} == {"Ada", "Bob"}
    assert scores == [10.0, 4.0, 4.0]
    store.structured_query("MATCH (n) DETACH DELETE n")


def check_the_vector_store_knows_the_dimension(here):
    NeptuneAnalyticsVectorStore(graph_identifier=here.graph, embedding_dimension=DIMENSION)
    other = {"graph_identifier": here.graph, "embedding_dimension": DIMENSION + 1}
    assert "dimension" in here.refused(lambda: NeptuneAnalyticsVectorStore(**other))


def check_the_vector_store(here):
    store = NeptuneAnalyticsVectorStore(graph_identifier=here.graph, embedding_dimension=DIMENSION)
    embeddings = {
        "t1": [1.0, 0.0, 0.0, 0.0],
        "t2": [0.0, 1.0, 0.0, 0.0],
        "t3": [0.0, 0.0, 5.0, 0.0],
    }
    nodes = [TextNode(text=f"text {id_}", id_=id_, embedding=e) for id_, e in embeddings.items()]
    assert store.add(nodes) == ["t1", "t2", "t3"]
    query = VectorStoreQuery(query_embedding=[1.0, 0.5, 0.0, 0.0], similarity_top_k=2)
    found = store.query(query)
    assert (found.ids, found.similarities) == (["t1", "t2"], [0.25, 1.25])
    assert [node.get_content() for node in found.nodes] == ["text t1", "text t2"]
    store.delete("nothing")
    store.database_query("MATCH (n) DETACH DELETE n", {})
    assert store.query(query).ids == []
