"""graphrag-lexical-graph: its graph store, and the builder of sources and chunks."""

from __future__ import annotations

from graphrag_toolkit.lexical_graph.indexing.build.chunk_graph_builder import ChunkGraphBuilder
from graphrag_toolkit.lexical_graph.indexing.build.source_graph_builder import SourceGraphBuilder
from graphrag_toolkit.lexical_graph.storage import GraphStoreFactory, VectorStoreFactory
from llama_index.core import MockEmbedding
from llama_index.core.schema import NodeRelationship, QueryBundle, RelatedNodeInfo, TextNode


def store(here):
    return GraphStoreFactory.for_graph_store(f"neptune-graph://{here.graph}")


def check_queries(here):
    graph = store(here)
    rows = [{"id": "a", "name": "Ada"}, {"id": "b", "name": "Charles"}]
    query = f"UNWIND $rows AS row MERGE (n:`__Entity__`{{{graph.node_id('id')}: row.id}}) ON CREATE SET n.value = row.name"
    assert graph.execute_query_with_retry(query, {"rows": rows}) == []
    found = graph.execute_query(
        "// entities\nMATCH (n:`__Entity__`) RETURN n.value AS v ORDER BY v", {}
    )
    assert found == [{"v": "Ada"}, {"v": "Charles"}]
    graph.execute_query("MATCH (n) DETACH DELETE n", {})


def check_a_refused_query_is_not_tried_again(here):
    assert "ValidationException" in here.refused(
        lambda: store(here).execute_query_with_retry("MATCH (n RETURN n", {})
    )


def check_sources_and_chunks_are_built(here):
    graph = store(here)
    about = {"source": {"sourceId": "s1", "metadata": {"title": "Notes", "year": 1843}}}
    source = TextNode(id_="s1", text="", metadata=about)
    SourceGraphBuilder().build(source, graph, include_local_entities=False)
    chunk = TextNode(
        id_="c1", text="Ada wrote notes.", metadata={"chunk": {"chunkId": "c1"}, **about}
    )
    chunk.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id="s1")
    ChunkGraphBuilder().build(chunk, graph, include_local_entities=False)
    query = "MATCH (c:`__Chunk__`)-[:`__EXTRACTED_FROM__`]->(s:`__Source__`) RETURN id(c) AS c, c.value AS v, s.title AS t"
    assert graph.execute_query(query, {}) == [{"c": "c1", "v": "Ada wrote notes.", "t": "Notes"}]


def check_the_vector_index(here):
    vectors = VectorStoreFactory.for_vector_store(
        f"neptune-graph://{here.graph}",
        index_names=["chunk"],
        embed_model=MockEmbedding(4),
        dimensions=4,
    )
    index = vectors.get_index("chunk")
    assert index.top_k(QueryBundle("Ada")) == []
    # The chunk that was built before.
    index.add_embeddings([TextNode(id_="c1", text="Ada wrote notes.")])
    (found,) = index.top_k(QueryBundle("Ada"))
    assert (found["score"], found["chunk"]["chunkId"]) == (0.0, "c1"), found
    (found,) = index.get_embeddings(["c1"])
    assert found["embedding"] == [0.5] * 4, found
