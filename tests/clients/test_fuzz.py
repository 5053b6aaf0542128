"""The query endpoint takes any body: an answer or a modelled error, never a 5xx, never silence.

Method: some hundred inputs of the fuzzer, with their parameters, and bodies that are no request, over
one connection to a real server. Each answer must come within a time, and the server live on.
"""

from __future__ import annotations

import http.client
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.serving import Served, client

from seaglass.testkit.fuzz import inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 5
SECONDS_MAX = 30
QUERIES = 300
ODD_BODIES = [
    *(b"", b"{", b"[]", b"null", b'"x"', b"1", b"{}", b'{"query": 1}', b'{"query": null}'),
    *(b'{"query": "RETURN 1"', b'{"query": "RETURN \'\\ud800\'"}', b'{"query": "RETURN 1\xff"}'),
    *(
        b'{"query": "RETURN $p", "parameters": {"p": NaN}}',
        b'{"query": "RETURN 1", "parameters": []}',
    ),
    b'{"query": "RETURN $p", "parameters": {"p": 1e999}}',
    b'{"query": "RETURN $p", "parameters": {"p": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    b'{"query": "RETURN $p", "parameters": {"p": ' + b"9" * 5_000 + b"}}",
    b'{"query": "RETURN 1", "language": "SQL"}',
    b'{"query": "' + b"(" * 100_000 + b'"}',
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    served = Served(tmp_path_factory.mktemp("data"))
    served.start()
    aws = client(served.endpoint)
    made = aws.create_graph(graphName="fuzzed", provisionedMemory=16)
    aws.get_waiter("graph_available").wait(graphIdentifier=made["id"])
    yield served.port, made["id"]
    served.stop()


def asked(connection: http.client.HTTPConnection, graph: str, body: bytes) -> tuple[int, bytes]:
    headers = {"graphIdentifier": graph, "Content-Type": "application/json"}
    connection.request("POST", "/queries", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def body_of(number: int) -> bytes:
    given = inputs.make(SEED, number)
    request: dict[str, Any] = {
        "query": given.text,
        "language": "OPEN_CYPHER",
        "queryTimeoutMilliseconds": 2_000,
        "parameters": given.parameters,
    }
    try:
        return json.dumps(request).encode()
    except (TypeError, ValueError, RecursionError):
        # Parameters that no JSON has.
        return json.dumps({**request, "parameters": {}}).encode()


def test_any_body_is_answered(place: tuple[int, str]) -> None:
    port, graph = place
    bodies = [*map(body_of, range(QUERIES)), *ODD_BODIES]
    rng = random.Random(SEED)
    for body in bodies[:60]:
        torn = bytearray(body)
        torn[rng.randrange(len(torn))] = rng.randrange(256)
        bodies.append(bytes(torn))
    statuses: list[int] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
    for body in bodies:
        status, answer = asked(connection, graph, body)
        # A query that takes its time is a modelled error too.
        assert status < 500, (status, body[:2_000], answer[:2_000])
        content = json.loads(answer)
        if status != 200:
            assert content["message"], (body[:2_000], answer[:2_000])
            for word in (b"Traceback", b"NoneType", b"object at 0x"):
                assert word not in answer.partition(b"\\n")[0], (body[:2_000], answer[:2_000])
        statuses.append(status)
    assert statuses.count(200) > 30
    assert statuses.count(400) > 30
    assert asked(connection, graph, b'{"query": "RETURN 1 AS x", "language": "OPEN_CYPHER"}') == (
        200,
        b'{"results": [{"x": 1}]}',
    )
    connection.close()
