"""Requests with the head of the one before are told as the parser would tell them, or are left to it."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, BinaryIO

import httptools
import pytest

from seaglass.server.service import patience
from seaglass.server.service.alike import Alike, alike
from tests.server.service.test_http import made

if TYPE_CHECKING:
    from seaglass.server.service.alike import Header
    from tests.server.service.serving import Served

LINES = {
    "Host": "127.0.0.1:8182",
    "graphIdentifier": "g-0123456789",
    "User-Agent": "Boto3/1.0 md/x",
    "X-Amz-Date": "20261129T191500Z",
    "amz-sdk-invocation-id": "8cb1c08c-0000-4000-8000-000000000000",
    "amz-sdk-request": "attempt=1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
}


def request(lines: dict[str, str], body: bytes = b"{}", length: str | None = None) -> bytes:
    told = {**lines, "Content-Length": str(len(body)) if length is None else length}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST /queries HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


class Parsed:
    """What uvicorn's parser tells of the requests in some bytes."""

    def __init__(self, data: bytes) -> None:
        self.headers: list[Header] = []
        self.body = b""
        self.ended = 0
        httptools.HttpRequestParser(self).feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ended += 1


def learned(data: bytes) -> Alike | None:
    return alike(data, Parsed(data).headers)


ANEW = {
    "X-Amz-Date": "20261129T191501Z",
    "amz-sdk-invocation-id": "11111111-0000-4000-8000-000000000000",
    "amz-sdk-request": "attempt=2; max=4",
    "Authorization": "AWS4-HMAC-SHA256 Credential=c/d, SignedHeaders=host, Signature=ff",
}


def test_what_is_said_anew_is_told_as_by_the_parser() -> None:
    before = learned(request(LINES))
    assert before is not None
    data = request({**LINES, **ANEW}, b'{"query": "RETURN 1"}')
    parsed = Parsed(data)
    assert before.again(data) == (parsed.headers, parsed.body, len(parsed.body))
    head, end, body = data.partition(b"\r\n\r\n")
    for size in range(len(body)):
        piece = head + end + body[:size]
        assert before.again(piece) == (parsed.headers, body[:size], len(body))


@pytest.mark.parametrize(
    "data",
    [
        request({**LINES, "graphIdentifier": "g-9999999999"}),
        request({**LINES, "Accept": "x"}),
        request({name: value for name, value in LINES.items() if name != "User-Agent"}),
        request({**LINES, "Authorization": "x\ty"}),
        request({**LINES, "Authorization": ""}),
        request({**LINES, "Authorization": " a"}),
        request({**LINES, "Authorization": "a "}),
        request({**LINES, "Authorization": "a\xe4"}),
        request({**LINES, "Authorization": "a\rb: c"}),
        request({**LINES, "Authorization": "a\nb: c"}),
        request({**LINES, "Authorization": "a\r\n b"}),
        request({**LINES, "Authorization": "a\r\nb: c"}),
        request({**LINES, "Authorization": "a\r\nTransfer-Encoding: chunked"}),
        request(LINES).replace(b"X-Amz-Date:", b"x-amz-date:"),
        request(LINES).replace(b"X-Amz-Date: ", b"X-Amz-Date:"),
        request(LINES).replace(b"POST", b"GET"),
        request(LINES).replace(b"/queries", b"/queries/"),
        request(LINES).replace(b"HTTP/1.1", b"HTTP/1.0"),
        request(LINES)[:40],
        request(LINES, length="+2"),
        request(LINES, length="2, 2"),
        request(LINES, length="2_"),
        request(LINES, length="\xb2"),
        request(LINES, length="0000000000002"),
        b"",
        b"\r\n\r\n",
    ],
)
def test_anything_else_is_left_to_the_parser(data: bytes) -> None:
    before = learned(request(LINES))
    assert before is not None
    assert before.again(data) is None


@pytest.mark.parametrize(
    "data",
    [
        request({**LINES, "Expect": "100-continue"}),
        request(LINES, b"0\r\n\r\n").replace(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        request(LINES).replace(b"Host: ", b"Host:"),
        request(LINES).replace(b"Host: ", b"Host:  "),
        request(LINES, b"").replace(b"\r\nContent-Length: 0", b""),
        request(LINES).replace(b"Host", b"X-Amz-Date"),
    ],
)
def test_what_is_unusual_is_not_learned(data: bytes) -> None:
    assert learned(data) is None


def test_each_request_of_a_connection_is_its_own(server: Served) -> None:
    """Bodies, lengths, graphs and calls change from one to the next, in and out of what is alike."""
    graphs = [made(server, "one"), made(server, "two")]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    asked: dict[str, list[str]] = {graph: [] for graph in graphs}
    calls = []
    for number in range(40):
        text = f"CREATE {number} {'x' * (number % 7)}"
        graph = graphs[number // 10 % 2]
        headers = {"graphIdentifier": graph, "amz-sdk-invocation-id": f"call-{number}"}
        if number % 5 == 4:
            headers["x-other"] = str(number)
        connection.request("POST", "/queries", json.dumps({"query": text}).encode(), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        asked[graph].append(text)
        calls.append(answer.headers["x-amzn-requestid"])
    connection.close()
    assert {graph: server.fleet.world.graphs[graph] for graph in graphs} == asked
    assert len({request.query_id for request in server.fleet.queries_seen}) == len(set(calls)) == 40


def test_a_body_that_is_not_small_is_left_to_the_parser(server: Served) -> None:
    graph = made(server, "large")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for size in (1, patience.SMALL_BODY_BYTES_MAX + 1, 1, 1):
        body = json.dumps({"query": "RETURN 1" + " " * size}).encode()
        connection.request("POST", "/queries", body, {"graphIdentifier": graph})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


@pytest.mark.parametrize("size", [0, 1, 7])
def test_pieces_of_requests_alike_are_put_together(server: Served, size: int) -> None:
    """Each request is cut somewhere else, and one that follows comes with the end of the one before."""
    graph = made(server, f"pieces-{size}")
    lines = {"Host": "x", "graphIdentifier": graph, "amz-sdk-invocation-id": "1"}
    one = request(lines, b'{"query": "RETURN 1", "parameters": {}}')
    head = one.index(b"\r\n\r\n") + 4
    cuts = [0, 0, head, head + 1, head - 1, len(one) - 1, 10, head, head]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = client.makefile("rb")
        sent = 0
        for cut in cuts:
            if cut > sent:
                client.sendall(one[sent:cut])
                time.sleep(0.02)
                sent = cut
            client.sendall(one[sent:] + one[:size])
            sent = size
            check_whole(answers)
        client.sendall(one[sent:])
        check_whole(answers)


def check_whole(answers: BinaryIO) -> None:
    assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
    length = 0
    while (line := answers.readline()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    assert len(answers.read(length)) == length


def test_requests_in_one_piece_after_one_alike_are_all_answered(server: Served) -> None:
    graph = made(server, "piped")
    lines = {"Host": "x", "graphIdentifier": graph, "amz-sdk-invocation-id": "1"}
    one = request(lines, b'{"query": "RETURN 1"}')
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        answers = client.makefile("rb")
        for times in (1, 1, 3, 1, 2, 1):
            client.sendall(one * times)
            for _ in range(times):
                check_whole(answers)


def test_a_request_like_one_that_was_right_is_checked(server: Served) -> None:
    """What comes with a known head and a known text may be wrong in all else."""
    graph = made(server, "checked")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    right = {"query": "RETURN 1", "parameters": {}}
    bodies: list[tuple[object, int]] = []
    for wrong in (
        {**right, "parameters": [1]},
        {**right, "parameters": "["},
        {**right, "language": "GREMLIN"},
        {**right, "planCache": True},
        {**right, "queryTimeoutMilliseconds": 0},
        {"parameters": {}},
        [],
    ):
        bodies += [(right, 200), (right, 200), (wrong, 400)]
    for body, status in bodies:
        headers = {"graphIdentifier": graph, "amz-sdk-invocation-id": str(len(bodies))}
        connection.request("POST", "/queries", json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status, body
    connection.close()


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_head_is_parsed_once(
    server: Served, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    graph = made(server, f"once-{pieces}")
    parsed = []
    parse = patience.PatientProtocol._parse

    def counted(protocol: patience.PatientProtocol, data: bytes) -> None:
        parsed.append(data)
        parse(protocol, data)

    monkeypatch.setattr(patience.PatientProtocol, "_parse", counted)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        answers = client.makefile("rb")
        for number in range(4):
            lines = {"Host": "x", "graphIdentifier": graph, "amz-sdk-invocation-id": str(number)}
            head, end, body = request(lines, b'{"query": "RETURN 1"}').partition(b"\r\n\r\n")
            if pieces == 1:
                client.sendall(head + end + body)
            else:
                client.sendall(head + end)
                time.sleep(0.02)
                client.sendall(body)
            check_whole(answers)
    assert len(parsed) == pieces
