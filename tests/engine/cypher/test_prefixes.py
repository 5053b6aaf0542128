"""Prefixes before a query: names of RDF data without the whole IRI."""

from __future__ import annotations

import pytest

import seaglass
from tests.engine.cypher.refused import refusal

PREFIXES = "PREFIX ex: <http://example.com/>\nPREFIX foaf: <http://xmlns.com/foaf/0.1/> // names\n"
ALICE, BOB = "<http://example.com/Alice>", "<http://example.com/Bob>"
PERSON, NAME = "<http://xmlns.com/foaf/0.1/Person>", "<http://xmlns.com/foaf/0.1/name>"


@pytest.fixture(params=["opencypher", "neptune"])
def graph(request: pytest.FixtureRequest) -> seaglass.Graph:
    graph = seaglass.open(dialect=request.param).create_graph("g")
    graph.query(
        f"CREATE (:`{PERSON}` {{`~id`: '{ALICE}', `{NAME}`: 'Alice'}})"
        f"-[:`<http://example.com/knows>`]->(:`{PERSON}` {{`~id`: '{BOB}'}})"
    )
    return graph


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("MATCH (n: foaf::Person) RETURN count(n)", [(2,)]),
        ("MATCH (n {`~id`: ex::Alice}) RETURN n.foaf::name", [("Alice",)]),
        ("MATCH (a)-[:ex::knows]->(b) RETURN id(a) = ex::Alice, id(b)", [(True, BOB)]),
        ("MATCH (a)-[: ex::knows*1..2]->(b:foaf::Person) RETURN count(b)", [(1,)]),
        ("MATCH (n) WHERE n:foaf::Person AND n.foaf::name = 'Alice' RETURN id(n)", [(ALICE,)]),
        ("MATCH (n {foaf::name: 'Alice'}) RETURN n {.foaf::name} AS m", [({NAME: "Alice"},)]),
        ("MATCH (n) WHERE id(n) IN [ex::Bob, ex::Carol] RETURN id(n)", [(BOB,)]),
        ("MATCH (n) WITH n AS ex RETURN count(ex)", [(2,)]),
        ("RETURN ex::match AS x, 'ex::a' AS y", [("<http://example.com/match>", "ex::a")]),
        ("MATCH (n) SET n.ex::age = 7 RETURN DISTINCT n.ex::age", [(7,)]),
    ],
)
def test_prefixed_names(graph: seaglass.Graph, query: str, rows: list[tuple[object, ...]]) -> None:
    found = graph.query(PREFIXES + query).rows()
    assert [tuple(row.values()) for row in found] == rows


def test_hints_stand_behind_prefixes(graph: seaglass.Graph) -> None:
    text = (
        "/* rdf */ prefix ex: <http://example.com/> USING QUERY:PLANCACHE 'disabled' RETURN ex::a"
    )
    assert graph.query(text).rows() == [{"ex::a": "<http://example.com/a>"}]


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("PREFIX ex <http://example.com/> RETURN 1", 1, 7, "A prefix is written `PREFIX ex: <"),
        ("PREFIX ex: http://example.com/ RETURN 1", 1, 7, "A prefix is written"),
        ("PREFIX ex: <http://a b/> RETURN 1", 1, 7, "A prefix is written"),
        (
            "PREFIX ex: <http://a/> PREFIX ex: <http://b/> RETURN 1",
            1,
            31,
            "The prefix `ex` stands twice",
        ),
        (
            PREFIXES + "MATCH (n: foo::Person) RETURN n",
            3,
            11,
            "The prefix `foo` is not declared; there is ex, foaf",
        ),
        ("RETURN 1 PREFIX ex: <http://a/>", 1, 10, "Prefixes stand before the first clause"),
        (PREFIXES + "MATCH (n) RETURN m", 3, 18, "The variable `m` is not defined"),
    ],
)
def test_wrong_prefixes(text: str, line: int, column: int, part: str) -> None:
    kind, sentence, *place = refusal(text)
    assert kind == "malformed_query"
    assert part in sentence
    assert place == [line, column]
