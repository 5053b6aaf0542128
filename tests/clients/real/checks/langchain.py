"""langchain-aws: NeptuneAnalyticsGraph, and the chain that asks a graph in words."""

from __future__ import annotations

from botocore.config import Config
from langchain_aws import NeptuneAnalyticsGraph, create_neptune_opencypher_qa_chain
from langchain_core.language_models import FakeListChatModel

DATA = (
    "CREATE (:Person {name: 'Ada', born: 1815})-[:KNOWS {since: 1833}]->(:Person {name: 'Charles'})"
)


def check_an_empty_graph_has_a_schema(here):
    graph = NeptuneAnalyticsGraph(graph_identifier=here.graph)
    assert "Node properties are the following" in graph.get_schema


def check_queries_and_schema(here):
    graph = NeptuneAnalyticsGraph(graph_identifier=here.graph)
    assert graph.query(DATA) == []
    rows = graph.query(
        "MATCH (p {name: $name})-[:KNOWS]->(f) RETURN f.name AS friend", {"name": "Ada"}
    )
    assert rows == [{"friend": "Charles"}]
    graph._refresh_schema()
    schema = graph.get_schema
    assert "(:`Person`)-[:`KNOWS`]->(:`Person`)" in schema
    for text in ("born", "name", "since"):
        assert text in schema
    summary = graph._get_summary()
    assert (summary["numNodes"], summary["numEdges"]) == (2, 1)


def check_an_endpoint_in_code(here):
    graph = NeptuneAnalyticsGraph(
        graph_identifier=here.graph,
        endpoint_url=here.endpoint,
        config=Config(inject_host_prefix=False),
        property_descriptions={("Person", "born"): "year of birth"},
    )
    assert "year of birth" in graph.get_schema


def check_errors_carry_the_text_of_the_server(here):
    graph = NeptuneAnalyticsGraph(graph_identifier=here.graph)
    text = here.refused(lambda: graph.query("MATCH (n RETURN n"))
    assert text.startswith("NeptuneQueryException"), text
    assert "ValidationException" in text, text
    assert "line 1, column" in text, text


def check_a_question_becomes_a_query(here):
    graph = NeptuneAnalyticsGraph(graph_identifier=here.graph)
    model = FakeListChatModel(
        responses=[
            "```\nMATCH (:Person {name: 'Ada'})-->(f) RETURN f.name\n```",
            "Ada knows Charles.",
        ]
    )
    chain = create_neptune_opencypher_qa_chain(
        llm=model, graph=graph, allow_dangerous_requests=True, return_direct=True
    )
    answer = chain.invoke({"query": "Whom does Ada know?"})
    assert answer["result"] == [{"f.name": "Charles"}] or answer == [{"f.name": "Charles"}], answer


def check_vectors(here):
    graph = NeptuneAnalyticsGraph(graph_identifier=here.graph)
    graph.query("CREATE (:Point {`~id`: 'p', x: 1}), (:Point {`~id`: 'q', x: 2})")
    upsert = "MATCH (n:Point) CALL neptune.algo.vectors.upsert(n, [n.x, 0.5]) YIELD success RETURN success"
    assert graph.query(upsert) == [{"success": True}] * 2
    search = (
        "WITH $e AS e CALL neptune.algo.vectors.topKByEmbedding(e, {topK: 1}) YIELD node, score"
        " RETURN id(node) AS id, score"
    )
    assert graph.query(search, {"e": [1.5, 0.75]}) == [{"id": "p", "score": 0.3125}]
    text = here.refused(lambda: graph.query(search, {"e": [1.5]}))
    assert "ValidationException" in text, text
    assert "embeddings of 2 numbers" in text, text
