"""Clients that speak HTTP themselves: notebooks, explorers, curl. What they send is more various than what SDKs send.

Method: one real server; each request as such a client writes it, unsigned, with the graph in the host name.
"""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.serving import Served, client

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = "application/x-www-form-urlencoded"


class Raw:
    """A client without an SDK, of one graph."""

    def __init__(self, port: int, graph: str) -> None:
        self.port = port
        self.graph = graph

    def send(
        self, method: str, target: str, body: str = "", **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Host", f"{self.graph}.us-east-1.neptune-graph.amazonaws.com:{self.port}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body.encode() or None, named)
            answer = connection.getresponse()
            return answer.status, answer.headers["content-type"], answer.read()
        finally:
            connection.close()

    def form(self, target: str = "/queries", **fields: str) -> Any:
        """Rows of a query that is sent as a form."""
        named = {name.replace("__", "."): value for name, value in fields.items()}
        status, kind, body = self.send("POST", target, urlencode(named), content_type=FORM)
        assert (status, kind) == (200, "application/json"), body
        return json.loads(body)["results"]

    def rows(self, text: str, **members: object) -> Any:
        """Rows of a query that is sent as JSON."""
        status, _, body = self.send("POST", "/queries", json.dumps({"query": text, **members}))
        assert status == 200, body
        return json.loads(body)["results"]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    served = Served(tmp_path_factory.mktemp("data"))
    served.start()
    aws = client(served.endpoint)
    made = aws.create_graph(graphName="raw", provisionedMemory=16)
    aws.get_waiter("graph_available").wait(graphIdentifier=made["id"])
    one = Raw(served.port, made["id"])
    one.rows("CREATE (:City {code: 'ATL'})-[:ROUTE]->(:City {code: 'BOS'})")
    yield one
    served.stop()


def test_a_form_as_a_notebook_sends_it(raw: Raw) -> None:
    fields = {
        "language": "opencypher",
        "planCache": "disabled",
        "query": "MATCH (c:City {code: $a}) RETURN c.code AS code",
        "parameters": '{"a": "ATL"}',
        "queryTimeoutMilliseconds": "5000",
    }
    for target in ("/queries", "/queries/", "/openCypher", "/opencypher"):
        assert raw.form(target, **fields) == [{"code": "ATL"}]
    assert raw.form(query="RETURN 1 AS x", parameters="") == [{"x": 1}]
    assert raw.form(query="RETURN 1 AS x", parameters="{}") == [{"x": 1}]


def test_a_form_may_name_its_letters(raw: Raw) -> None:
    body = urlencode({"query": "RETURN 'Zürich ✓ a+b' AS x"})
    kind = f"{FORM}; charset=UTF-8"
    assert json.loads(raw.send("POST", "/queries", body, content_type=kind)[2]) == {
        "results": [{"x": "Zürich ✓ a+b"}]
    }


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/json; charset=utf-8"]
)
def test_json_under_any_name(raw: Raw, kind: str) -> None:
    body = json.dumps({"query": "RETURN $a AS x", "parameters": json.dumps({"a": [1, None]})})
    for target in ("/queries", "/openCypher", "/opencypher"):
        status, _, answer = raw.send("POST", target, body, content_type=kind)
        assert (status, json.loads(answer)) == (200, {"results": [{"x": [1, None]}]})


@pytest.mark.parametrize("mode", ["static", "details", "STATIC", "Details"])
def test_an_explanation_as_a_notebook_asks_for_it(raw: Raw, mode: str) -> None:
    fields = {
        "language": "opencypher",
        "query": "MATCH (n) RETURN n",
        "explain.mode": mode,
        "explain-mode": mode,
        "explain": mode,
    }
    for keys in (set(fields), {"language", "query", "explain.mode"}, {"query", "explain-mode"}):
        body = urlencode({name: fields[name] for name in keys})
        status, kind, answer = raw.send(
            "POST", "/queries", body, content_type=FORM, Accept="text/html"
        )
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert answer.decode().startswith("Query:\nMATCH (n) RETURN n\n")
        assert "║ ID │" in answer.decode()


def test_a_summary_as_an_explorer_asks_for_it(raw: Raw) -> None:
    for target, detailed in (
        ("/summary", False),
        ("/summary?mode=basic", False),
        ("/summary?mode=Detailed", True),
    ):
        status, _, body = raw.send("GET", target)
        assert status == 200
        summary = json.loads(body)["graphSummary"]
        assert (summary["numNodes"], "nodeStructures" in summary) == (2, detailed)


def test_queries_in_hand_as_a_notebook_lists_them(raw: Raw) -> None:
    for state in ("RUNNING", "running", "All", "waiting"):
        status, _, body = raw.send("GET", f"/queries?state={state}&maxResults=200")
        assert (status, json.loads(body)) == (200, {"queries": []})
    status, _, body = raw.send("DELETE", "/queries/00000000-0000-0000-0000-000000000000")
    assert status == 404, body


def test_the_graph_in_a_header_of_any_case_or_in_the_host(raw: Raw) -> None:
    body = json.dumps({"query": "MATCH (n) RETURN count(n) AS n"})
    for headers in (
        {"Host": "localhost", "graphIdentifier": raw.graph},
        {"Host": "localhost", "GRAPHIDENTIFIER": raw.graph},
        {"Host": f"{raw.graph}.localhost"},
        {"Host": f"{raw.graph.upper()}.LOCALHOST:8182"},
    ):
        status, _, answer = raw.send("POST", "/queries", body, **headers)
        assert (status, json.loads(answer)) == (200, {"results": [{"n": 2}]})
    status, _, answer = raw.send("POST", "/queries", body, Host="localhost")
    assert (status, json.loads(answer)["reason"]) == (400, "BAD_REQUEST")


def test_a_target_as_a_proxy_sends_it(raw: Raw) -> None:
    host = f"{raw.graph}.localhost:{raw.port}"
    body = urlencode({"query": "RETURN 1 AS x"})
    for target in ("/queries", "/openCypher"):
        status, _, answer = raw.send(
            "POST", f"http://{host}{target}", body, content_type=FORM, Host=host
        )
        assert (status, json.loads(answer)) == (200, {"results": [{"x": 1}]})
    assert raw.send("GET", f"http://{host}/summary?mode=basic", Host=host)[0] == 200


def test_literals_of_other_languages_in_a_map_of_options(raw: Raw) -> None:
    text = "WITH {a: True, b: False, c: Null, d: TRUE, e: null} AS o RETURN o.a AS a, o.b AS b, o.c AS c, o.d AS d"
    assert raw.rows(text) == [{"a": True, "b": False, "c": None, "d": True}]
    text = (
        "CALL neptune.load({source: 's3://x/', format: 'csv', failOnError: True, concurrency: 1})"
    )
    status, _, answer = raw.send("POST", "/queries", json.dumps({"query": text}))
    # It is understood: what is wrong is not the text.
    assert status >= 400
    assert json.loads(answer).get("reason") != "MALFORMED_QUERY", answer


def test_texts_as_tools_write_them(raw: Raw) -> None:
    assert raw.rows("// a comment first\nRETURN 1 AS x;") == [{"x": 1}]
    assert raw.rows("RETURN $0 AS x, $1 AS y", parameters={"0": "a", "1": None}) == [
        {"x": "a", "y": None}
    ]
    assert raw.rows("\n  match (c:City) return count(c) as n  \n;\n") == [{"n": 2}]


def test_an_error_says_what_and_where(raw: Raw) -> None:
    body = urlencode({"query": "RETURN 1 +", "language": "opencypher"})
    status, kind, answer = raw.send("POST", "/openCypher", body, content_type=FORM)
    content = json.loads(answer)
    assert (status, kind, content["reason"]) == (400, "application/json", "MALFORMED_QUERY")
    assert "line 1" in content["message"]
    body = urlencode({"query": "RETURN 1", "language": "gremlin"})
    status, _, answer = raw.send("POST", "/queries", body, content_type=FORM)
    assert (status, "language" in json.loads(answer)["message"]) == (400, True)
