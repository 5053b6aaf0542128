"""Goal: what asks for too much ends with its modelled error, large results stream, and the graph goes on.

Method: one server with little memory, started as in the README, and boto3.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from tests.serving import Served, children, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = "UNWIND range(1, 3000000) AS n RETURN n, 'some text that makes the row longer' AS text"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served") / "data", "--memory", "700MiB")
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def graph(server: Served) -> str:
    aws = client(server.endpoint)
    graph: str = aws.create_graph(graphName="small", provisionedMemory=16)["id"]
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    return graph


def asked(aws: Any, graph: str, text: str, **options: Any) -> Any:
    return aws.execute_query(
        graphIdentifier=graph, queryString=text, language="OPEN_CYPHER", **options
    )


@pytest.mark.parametrize(
    ("text", "options", "code", "reason"),
    [
        (
            "UNWIND range(1, 10000000) AS n RETURN collect(lTrim(toString(n) + $text)) AS xs",
            {"parameters": {"text": "x" * 1_000}},
            "UnprocessableException",
            "MEMORY_LIMIT_EXCEEDED",
        ),
        (
            "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(a + b) AS n",
            {"queryTimeoutMilliseconds": 300},
            "UnprocessableException",
            "QUERY_TIMEOUT",
        ),
        ("RETURN range(1, 1000000000)", {}, "ValidationException", "ILLEGAL_ARGUMENT"),
        ("RETURN " + "[" * 200 + "]" * 200, {}, "ValidationException", "QUERY_TOO_LARGE"),
    ],
)
def test_too_much_is_refused_and_the_graph_goes_on(
    server: Served, graph: str, text: str, options: dict[str, Any], code: str, reason: str
) -> None:
    aws = client(server.endpoint)
    assert server.process is not None
    workers = children(server.process.pid)
    with pytest.raises(ClientError) as caught:
        asked(aws, graph, text, **options)["payload"].read()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["reason"] == reason
    assert run(aws, graph, "RETURN 1 AS one") == [{"one": 1}]
    # The query ended, not the process.
    assert set(workers) & set(children(server.process.pid)) == set(workers)


def test_a_large_result_comes_while_it_is_made(server: Served, graph: str) -> None:
    aws = client(server.endpoint)
    payload = asked(aws, graph, LARGE)["payload"]
    assert payload.read(12) == b'{"results": '
    # Its reader is slow, so it is not made to its end.
    (query,) = aws.list_queries(graphIdentifier=graph, maxResults=10)["queries"]
    assert query["state"] == "RUNNING"
    assert run(aws, graph, "RETURN 1 AS one") == [{"one": 1}]
    payload.close()
    wait_for(
        "its end",
        lambda: not aws.list_queries(graphIdentifier=graph, maxResults=10)["queries"],
    )


def test_a_large_result_is_whole(server: Served, graph: str) -> None:
    payload = asked(client(server.endpoint), graph, LARGE)["payload"]
    size, tail = 0, b""
    for chunk in payload.iter_chunks(1 << 20):
        size += len(chunk)
        tail = (tail + chunk)[-100:]
    assert size > 150_000_000
    assert tail.endswith(b'{"n": 3000000, "text": "some text that makes the row longer"}]}')


def test_large_parameters_are_read_by_the_graph(server: Served, graph: str) -> None:
    """They say the same as small ones, and what is wrong with them is worded the same."""
    aws = client(server.endpoint)
    rows = [
        {"id": f"n{i}", "age": i, "text": 'ü"}{' * 3, "xs": [i, None, 0.5]} for i in range(9_000)
    ]
    text = "UNWIND $rows AS r RETURN r"
    assert [row["r"] for row in run(aws, graph, text, {"rows": rows})] == rows
    assert run(aws, graph, "UNWIND $rows AS r CREATE (n {id: r.id})", {"rows": rows}) == []
    assert run(aws, graph, "MATCH (n) RETURN count(n) AS n") == [{"n": 9_000}]
    padding = json.dumps(["x" * 100_000])
    for given, why in (
        ('{"a": nothing, "b": %s}', "not valid JSON"),
        ('{"a": "\\ud800", "b": %s}', "not valid JSON"),
        ('{"a": 18446744073709551615, "b": %s}', "does not fit in 64 bits"),
        ('{"a": ' + "[" * 150 + "]" * 150 + ', "b": %s}', "nested deeper than 128"),
        ('{"a": ' + "[" * 9_000 + "]" * 9_000 + ', "b": %s}', "not valid JSON"),
    ):
        for filled in (given % "1", given % padding):
            body = '{"query": "RETURN 1", "parameters": ' + filled + "}"
            headers = {"graphIdentifier": graph, "Content-Type": "application/json"}
            request = Request(f"{server.endpoint}/queries", body.encode(), headers)
            with pytest.raises(HTTPError) as refused:
                urlopen(request, timeout=60)
            told = json.loads(refused.value.read())
            assert refused.value.code == 400
            assert why in told["message"]
