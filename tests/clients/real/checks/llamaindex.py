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


def says(text, name):
    """The client's error carries the server's, which names the procedure."""
    assert "ValidationException" in text, text
    assert name in text, text


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


def check_nodes_need_vectors(here):
    store = NeptuneAnalyticsPropertyGraphStore(graph_identifier=here.graph)
    nodes = [ChunkNode(text="a text", id_="c"), EntityNode(name="Ada", label="Person")]
    says(here.refused(lambda: store.upsert_nodes(nodes)), "neptune.algo.vectors.upsert")
    query = VectorStoreQuery(query_embedding=[0.0] * DIMENSION, similarity_top_k=1)
    says(here.refused(lambda: store.vector_query(query)), "neptune.algo.vectors.get")
    # A refused query leaves nothing behind.
    assert store.get() == []


def check_the_vector_store_knows_the_dimension(here):
    NeptuneAnalyticsVectorStore(graph_identifier=here.graph, embedding_dimension=DIMENSION)
    other = {"graph_identifier": here.graph, "embedding_dimension": DIMENSION + 1}
    assert "dimension" in here.refused(lambda: NeptuneAnalyticsVectorStore(**other))


def check_the_vector_store_needs_vectors(here):
    store = NeptuneAnalyticsVectorStore(graph_identifier=here.graph, embedding_dimension=DIMENSION)
    node = TextNode(text="a text", id_="t", embedding=[0.0] * DIMENSION)
    says(here.refused(lambda: store.add([node])), "neptune.algo.vectors.upsert")
    query = VectorStoreQuery(query_embedding=[0.0] * DIMENSION, similarity_top_k=1)
    says(here.refused(lambda: store.query(query)), "neptune.algo.vectors.topKByEmbedding")
    store.delete("nothing")
