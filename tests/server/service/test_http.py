"""HTTP as it comes: rules of the model through the whole path, odd targets, limits, broken-off replies."""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.settings import Settings
from seaglass.base.unread import Unread
from seaglass.server.control.ports import Last
from seaglass.server.service import patience
from seaglass.server.service.chain import CONTROL_BYTES_MAX, WHOLE_BYTES_MAX
from seaglass.server.service.messages import INLINE_BYTES_MAX
from seaglass.server.wire.unread import UNREAD_BYTES_MIN
from tests.server.samples import MODEL, broken_cases, full_input, raw
from tests.server.service.serving import Answer, Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.fakes import FakeFleet


def made(server: Served, name: str) -> str:
    body = json.dumps({"graphName": name, "provisionedMemory": 16}).encode()
    graph_id = str(server.request("POST", "/graphs", body).content["id"])
    while server.request("GET", f"/graphs/{graph_id}").content["status"] != "AVAILABLE":
        continue
    return graph_id


def query(server: Served, headers: dict[str, str], text: str = "RETURN 1") -> Answer:
    return server.request("POST", "/queries", json.dumps({"query": text}).encode(), headers)


def check_error(answer: Answer, status: int, name: str) -> str:
    assert answer.status == status
    assert answer.headers["x-amzn-errortype"] == name
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    assert answer.content["__type"] == f"com.amazonaws.neptunegraph#{name}"
    return str(answer.content["message"])


@pytest.mark.parametrize("name", MODEL.operations)
def test_every_broken_rule_is_a_validation_error(server: Served, name: str) -> None:
    before = len(server.fleet.calls)
    for case in broken_cases():
        if case.operation != name:
            continue
        request = raw(name, case.values)
        path = request.path + (f"?{request.query.decode()}" if request.query else "")
        if any(ord(c) < 32 or ord(c) > 126 for value in request.headers.values() for c in value):
            continue  # HTTP itself refuses these
        answer = server.request(request.method, path, request.body, request.headers)
        message = check_error(answer, 400, "ValidationException")
        assert f"Value at '{case.path}' failed to satisfy constraint: {case.rule}" in message
        assert answer.content["reason"] == "BAD_REQUEST"
    assert len(server.fleet.calls) == before, "a refused request did something"


def test_a_right_request_of_every_operation_is_answered(server: Served) -> None:
    for name, operation in MODEL.operations.items():
        values = {k: v for k, v in full_input(operation).items() if k != "nextToken"}
        request = raw(name, values)
        path = request.path + (f"?{request.query.decode()}" if request.query else "")
        answer = server.request(request.method, path, request.body, request.headers)
        assert answer.status != 500, name
        assert "failed to satisfy" not in answer.body.decode(), name


@pytest.mark.parametrize("path", ["/", "/nothing", "/graphs/g-0123456789/other", "/queries/a/b"])
def test_a_bad_route(server: Served, path: str) -> None:
    message = check_error(server.request("GET", path), 404, "UnknownOperationException")
    assert message.startswith(f"Bad route: GET {path}")


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b'{"graphName": NaN}', b"[" * 100_000])
def test_a_bad_body(server: Served, body: bytes) -> None:
    check_error(server.request("POST", "/graphs", body), 400, "ValidationException")


def test_where_the_graph_is_named(server: Served) -> None:
    graph_id = made(server, "named")
    assert query(server, {"graphIdentifier": graph_id}).status == 200
    assert query(server, {"GRAPHIDENTIFIER": graph_id}).status == 200
    for host in (
        f"{graph_id}.localhost:8182",
        graph_id,
        f"{graph_id}.us-east-1.x.com",
        f"{graph_id}:1",
    ):
        assert query(server, {"Host": host}).status == 200
    for headers in ({}, {"Host": "g-short.localhost"}, {"Host": f"x{graph_id}.localhost"}):
        message = check_error(query(server, headers), 400, "ValidationException")
        for way in ("header graphIdentifier", "host name", "default graph"):
            assert way in message
    unknown = query(server, {"graphIdentifier": "g-1234567890"})
    check_error(unknown, 404, "ResourceNotFoundException")
    wrong = query(server, {"graphIdentifier": "G1", "Host": f"{graph_id}.localhost"})
    assert "graphIdentifier" in check_error(wrong, 400, "ValidationException")


def test_the_default_graph() -> None:
    with served(Settings(default_graph="main")) as server:
        check_error(query(server, {}), 400, "ValidationException")
        main, other = made(server, "main"), made(server, "other")
        for headers, graph_id in (
            ({}, main),
            ({"graphIdentifier": "g-1234567890"}, main),
            ({"Host": "g-1234567890.localhost"}, main),
            ({"graphIdentifier": other}, other),
        ):
            assert query(server, headers, f"CREATE {graph_id} {headers}").status == 200
            assert server.fleet.world.graphs[graph_id][-1] == f"CREATE {graph_id} {headers}"


def test_absolute_targets(server: Served) -> None:
    graph_id = made(server, "proxied")
    answer = server.request("GET", f"http://{graph_id}.localhost:8199/graphs/{graph_id}")
    assert answer.content["id"] == graph_id
    body = b'{"query": "RETURN 1"}'
    target = f"http://{graph_id}.localhost:8199/queries"
    headers = {"Host": f"{graph_id}.localhost:8199"}
    assert server.request("POST", target, body, headers).status == 200


def test_a_notebook_form(server: Served) -> None:
    graph_id = made(server, "form")
    form = {"language": "opencypher", "query": "RETURN $a", "parameters": '{"a":1}'}
    headers = {"content-type": "application/x-www-form-urlencoded", "Host": f"{graph_id}.localhost"}
    for path in ("/queries", "/opencypher", "/openCypher"):
        answer = server.request("POST", path, urlencode(form).encode(), headers)
        assert answer.content == {"results": [{"a": 1}]}
    assert server.fleet.queries_seen[-1].parameters == {"a": 1}
    summary = server.request("GET", "/summary?mode=detailed", b"", headers)
    assert "nodeStructures" in summary.content["graphSummary"]


def test_limits_of_a_body() -> None:
    with served(replace(Settings(), request_bytes_max=1_000)) as server:
        for size, status in ((999, 400), (1_000, 400), (1_001, 413)):
            answer = server.request("POST", "/graphs", b" " * size)
            assert answer.status == status
        name = "RequestEntityTooLargeException"
        assert "1000 bytes" in check_error(
            server.request("POST", "/graphs", b" " * 1_001), 413, name
        )
        answer = server.request("POST", "/queries", b" " * 1_001)
        check_error(answer, 400, "ValidationException")
        assert answer.content["reason"] == "QUERY_TOO_LARGE"
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request(
            "POST",
            "/graphs",
            iter([b" " * 600, b" " * 600]),
            encode_chunked=True,
            headers={"Transfer-Encoding": "chunked"},
        )
        assert connection.getresponse().status == 413
        connection.close()


def test_limits_of_a_body_of_the_control_plane(server: Served) -> None:
    """A name of 100 MB would be kept for good, and come back in every list."""
    for size, status in ((CONTROL_BYTES_MAX, 400), (CONTROL_BYTES_MAX + 1, 413)):
        assert server.request("POST", "/graphs", b" " * size).status == status


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_an_answer_is_heard_though_the_body_still_comes(server: Served, connection: str) -> None:
    """Closed at once, the connection would be reset, and the answer be lost on its way."""
    size = 20 << 20
    head = f"POST /graphs HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode())
        client.sendall(bytes(size))
        told = received(client)
    assert told.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in told
    assert told.endswith(b"CLOSED")


def send_for_ever(client: socket.socket) -> None:
    while True:
        client.sendall(bytes(1 << 16))


def test_a_client_that_sends_on_after_its_answer_is_not_heard_for_ever(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = b"POST /graphs HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"
    for name, limit in (("LINGER_SECONDS_MAX", 0.3), ("LINGER_BYTES_MAX", 1 << 20)):
        with monkeypatch.context() as bounds:
            bounds.setattr(patience, name, limit)
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
                client.sendall(head)
                with pytest.raises((ConnectionResetError, BrokenPipeError)):
                    send_for_ever(client)


def test_many_requests_at_once_are_answered_one_after_the_other(server: Served) -> None:
    """Also where a read of the server ends in the middle of a head, several times."""
    padding = b"x" * 1_000
    one = b"GET /graphs/g-0123456789 HTTP/1.1\r\nHost: a\r\nX: " + padding + b"\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(one * 700 + last)
        assert received(client).count(b"HTTP/1.1 404") == 701


def test_more_requests_at_once_than_wait_are_refused(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PIPELINED_MAX", 10)
    one = b"GET /graphs/g-0123456789 HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(one * 100)
        told = received(client)
    # One is in hand while ten wait.
    assert told.count(b"HTTP/1.1 404") == 11
    assert told.endswith(b"Invalid HTTP request received.CLOSED")


def test_what_is_no_http_after_a_request_does_not_take_its_answer(server: Served) -> None:
    graph_id = made(server, "before")
    before = server.fleet.answer
    server.fleet.answer = [b"HOLD"]
    body = b'{"query": "RETURN 1"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode() + body + b"\x00\x00\r\n\r\n")
        while not server.fleet.running:
            time.sleep(0.005)
        client.sendall(b"more")
        server.fleet.cancelled.update(server.fleet.running)
        told = received(client)
    server.fleet.answer = before
    first, second = told.split(b"HTTP/1.1 ")[1:]
    assert b"was cancelled" in first
    assert second.startswith(b"400")
    assert second.endswith(b"Invalid HTTP request received.CLOSED")


def test_a_large_body(server: Served) -> None:
    graph_id = made(server, "large")
    text = "x" * (INLINE_BYTES_MAX + 1)
    assert query(server, {"graphIdentifier": graph_id}, text).status == 200
    assert server.fleet.queries_seen[-1].text == text


def test_large_parameters_go_to_the_graph_as_they_came(server: Served) -> None:
    """Reading them would hold up all other clients."""
    graph_id = made(server, "unread")
    said = {
        "query": "RETURN $a",
        "planCache": "disabled",
        "parameters": {"a": "x" * UNREAD_BYTES_MIN},
    }
    body = json.dumps(said).encode()
    for _ in range(2):
        answer = server.request("POST", "/queries", body, {"graphIdentifier": graph_id})
        assert answer.status == 200
        seen = server.fleet.queries_seen[-1]
        assert (seen.text, seen.plan_cache) == ("RETURN $a", "DISABLED")
        assert isinstance(seen.parameters, Unread)
        assert seen.parameters.body == body


def test_a_large_result_streams(server: Served) -> None:
    graph_id = made(server, "streams")
    before = server.fleet.answer
    server.fleet.answer = [b"x" * 100_000] * 10
    answer = query(server, {"graphIdentifier": graph_id})
    server.fleet.answer = before
    assert len(answer.body) == 1_000_000
    assert "content-length" not in answer.headers
    assert answer.headers["x-amzn-requestid"]


def test_a_result_that_breaks_off_is_never_taken_for_whole(server: Served) -> None:
    graph_id = made(server, "breaks")
    before = server.fleet.answer
    for size, whole in ((WHOLE_BYTES_MAX, True), (WHOLE_BYTES_MAX + 1, False)):
        server.fleet.answer = [b"x" * size, b"FAIL"]
        server.fleet.refuse["part"] = [Corrupt("corrupt", "object 17 of graph breaks is damaged")]
        if whole:
            answer = query(server, {"graphIdentifier": graph_id})
            assert "object 17" in check_error(answer, 500, "InternalServerException")
        else:
            with pytest.raises(http.client.IncompleteRead):
                query(server, {"graphIdentifier": graph_id})
    server.fleet.answer = before
    assert query(server, {"graphIdentifier": graph_id}).status == 200


def test_nobody_waits_for_what_comes_after_the_last_part(server: Served) -> None:
    graph_id = made(server, "last")
    before = server.fleet.answer
    # The answer comes though the rest is held until it has come.
    server.fleet.answer = [b'{"results": ', Last(b"[]}"), b"HOLD"]
    answer = query(server, {"graphIdentifier": graph_id})
    server.fleet.answer = before
    assert (answer.status, answer.body) == (200, b'{"results": []}')
    (query_id,) = server.fleet.running
    server.fleet.cancelled.add(query_id)
    while server.fleet.running:
        time.sleep(0.005)
    assert query(server, {"graphIdentifier": graph_id}).status == 200


def test_an_answer_in_one_piece_is_sent_at_once_and_as_any_other(server: Served) -> None:
    """That the connection is to be closed has it go the ordinary way."""
    graph_id = made(server, "at-once")
    before = server.fleet.answer
    server.fleet.answer = [Last(b'{"results": [1]}'), b"HOLD"]
    for explain in ("", "static"):
        path = f"/queries?explain={explain}" if explain else "/queries"
        answers = [
            server.request(
                "POST", path, b'{"query": "RETURN 1"}', {"graphIdentifier": graph_id, **more}
            )
            for more in ({}, {"Connection": "close"})
        ]
        assert answers[0].body == answers[1].body == b'{"results": [1]}'
        assert answers[1].headers.pop("connection") == "close"
        for answer in answers:
            assert answer.headers.pop("x-amzn-requestid")
            assert answer.headers.pop("date")
        assert answers[0] == answers[1]
        assert len(server.fleet.running) == 2
        server.fleet.cancelled.update(server.fleet.running)
        while server.fleet.running:
            time.sleep(0.005)
    server.fleet.answer = before


ASKED = b'{"query": "MERGE (n)"}'


@pytest.fixture
def lending(server: Served) -> Iterator[FakeFleet]:
    """A fleet whose worker answers over the client's socket, in one piece."""
    fleet = server.fleet
    before, fleet.answer = fleet.answer, [Last(b'{"results": [1]}')]
    yield fleet
    fleet.answer = before
    fleet.worker_sends, fleet.worker_waits = None, 0.0


@pytest.mark.parametrize("sent", [10_000, 100, 0])
def test_a_worker_may_answer_over_the_socket_of_the_client(
    server: Served, lending: FakeFleet, sent: int
) -> None:
    """As the front would; which sends what is missing, and the answers after it."""
    headers = {"graphIdentifier": made(server, f"lent-{sent}")}
    expected = query(server, headers)
    lending.worker_sends, lending.lent = sent, 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/graphs")
    assert connection.getresponse().read().startswith(b'{"graphs":')
    for number in range(3):
        connection.request("POST", "/queries", ASKED, headers)
        response = connection.getresponse()
        assert (response.status, response.read()) == (expected.status, expected.body)
        assert {k.lower() for k, _ in response.getheaders()} == set(expected.headers)
        assert lending.lent == number + 1
        # Of the front alone.
        connection.request("GET", "/graphs")
        assert connection.getresponse().read().startswith(b'{"graphs":')
    connection.request("POST", "/queries", ASKED, {**headers, "Connection": "close"})
    assert connection.getresponse().read() == expected.body
    assert lending.lent == 3, "a connection that is to be closed is not lent"
    connection.close()
    connection.request("POST", "/queries", b'{"query": "RETURN 1"}', headers)
    assert connection.getresponse().read() == expected.body
    connection.request("POST", "/queries", b'{"query": "RETURN 1"}', headers)
    assert connection.getresponse().read() == expected.body
    assert lending.lent == 3, "nor is one that reads"
    assert query(server, headers, "MERGE (n)").body == expected.body
    assert lending.lent == 3, "nor is any where several ask in turn"
    connection.close()


def test_a_client_may_ask_again_before_the_worker_has_told_of_its_reply(
    server: Served, lending: FakeFleet
) -> None:
    headers = {"graphIdentifier": made(server, "told-late")}
    lending.worker_sends, lending.worker_waits, lending.lent = 10_000, 0.05, 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/queries", ASKED, headers)
        assert connection.getresponse().read() == b'{"results": [1]}'
    connection.close()
    assert lending.lent == 2


@pytest.mark.parametrize("sent", [10_000, 100, 0])
def test_a_worker_that_dies_with_a_socket_leaves_no_half_reply(
    server: Served, lending: FakeFleet, sent: int
) -> None:
    """Where nothing has left, the front answers."""
    headers = {"graphIdentifier": made(server, f"died-{sent}")}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for dies in (False, True):
        lending.worker_sends, lending.worker_dies = sent, dies
        connection.request("POST", "/queries", ASKED, headers)
        if not dies or sent == 10_000:
            assert connection.getresponse().read() == b'{"results": [1]}'
        elif sent:
            # Not merely closed: some clients would take the half for the whole.
            with pytest.raises(ConnectionResetError):
                connection.getresponse().read()
        else:
            assert connection.getresponse().status == 500
    connection.close()
    assert query(server, headers).status == 200


def test_a_small_body_is_waited_for(server: Served) -> None:
    """What would be refused by its head alone is refused when the body is there; of a large one,
    at once."""
    head = "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: "
    for size in (0, 1, patience.SMALL_BODY_BYTES_MAX):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(f"{head}{size}\r\n\r\n".encode())
            if size:
                client.settimeout(0.05)
                with pytest.raises(TimeoutError):
                    client.recv(1 << 16)
                client.settimeout(20)
                client.sendall(b"x" * size)
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 404")
    for more in (
        f"Content-Length: {patience.SMALL_BODY_BYTES_MAX + 1}\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Expect: 100-continue\r\nContent-Length: 1\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(f"POST /none HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode())
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("cut", range(1, 300, 23))
def test_requests_may_come_in_any_pieces(server: Served, cut: int) -> None:
    graph_id = made(server, f"pieces-{cut}")
    body = b'{"query": "RETURN pieces"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
    sent = 3 * (head.encode() + body)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(sent[:cut])
        time.sleep(0.02)
        client.sendall(sent[cut:])
        told = b""
        while told.count(b"HTTP/1.1 200 OK") < 3 or not told.endswith(b"}"):
            told += client.recv(1 << 20)


def test_requests_that_were_sent_together_are_answered_in_turn(server: Served) -> None:
    graph_id = made(server, "together")
    before = server.fleet.answer
    server.fleet.answer = [Last(b'{"results": [2]}')]
    body = b'{"query": "RETURN 2"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
    told = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(3 * (head.encode() + body))
        while told.count(b'{"results": [2]}') < 3:
            told += client.recv(1 << 20)
    server.fleet.answer = before
    assert told.count(b"HTTP/1.1 200 OK") == 3


def test_a_client_that_goes_away_cancels_its_query(server: Served) -> None:
    graph_id = made(server, "leaves")
    before = server.fleet.answer
    server.fleet.answer = [b"HOLD"]
    body = b'{"query": "RETURN leaving"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        while not server.fleet.running:
            time.sleep(0.005)
        (query_id,) = server.fleet.running
    while server.fleet.running:
        time.sleep(0.005)
    server.fleet.answer = before
    assert query_id in server.fleet.cancelled


def test_a_reply_leaves_in_one_piece(server: Served) -> None:
    """A kill between head and body must not leave a head alone: boto3 would take it for a success."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for _ in range(50):
            connection.sendall(b"GET /graphs HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reply = connection.recv(1 << 20)
            head, _, body = reply.partition(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            assert len(body) == length > 0


def sent(server: Served, *pieces: bytes) -> bytes:
    """What comes back for pieces that arrive one by one, until the connection is closed or rests."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)
        # A busy machine may need long for the first of it.
        first = connection.recv(1 << 16)
        connection.settimeout(1.0)
        return first + received(connection)


def received(connection: socket.socket) -> bytes:
    """All that comes; at its end the word CLOSED, if the connection is."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except TimeoutError:
        return b"".join(parts)
    return b"".join((*parts, b"CLOSED"))


def test_a_head_without_end_is_refused(server: Served) -> None:
    line = b"x-a: " + b"a" * 10_000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"GET /graphs HTTP/1.1\r\n")
        for _ in range(1_000):
            connection.sendall(line)
        told = received(connection)
    assert told.startswith(b"HTTP/1.1 400")
    assert told.endswith(b"65536 bytes.CLOSED")
    # What clients of AWS send is far from it.
    told = sent(server, b"GET /graphs HTTP/1.1\r\nHost: a\r\n" + line * 5 + b"\r\n")
    assert told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /graphs HTTP/1.1\r\nHost: a\r\n",
        b"POST /graphs HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        # The second request of a connection.
        b"GET /graphs HTTP/1.1\r\nHost: a\r\n\r\nGET",
    ],
)
def test_a_client_that_stops_in_a_request_is_let_go(
    server: Served, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STALL_SECONDS_MAX", 0.3)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(begun)
        assert received(connection).endswith(b"CLOSED")


def test_a_slow_client_that_goes_on_is_waited_for(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STALL_SECONDS_MAX", 2.0)
    graph_id = made(server, "slowly")
    body = b'{"query": "RETURN 1 AS slowly, 2 AS very, 3 AS indeed"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
    pieces = [head.encode(), *(bytes([letter]) for letter in body)]
    assert sent(server, *pieces).startswith(b"HTTP/1.1 200")


def test_an_offer_of_another_protocol_is_not_taken_up(server: Served) -> None:
    """Java's client makes it with its first request, whatever the server speaks."""
    graph_id = made(server, "upgraded")
    body = b'{"query": "RETURN upgraded"}'
    plain = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n"
    offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    head, next_head = (text.encode() + b"\r\n" for text in (plain + offer, plain))
    for pieces in ((head + body, next_head + body), (head, body[:9], body[9:], next_head, body)):
        before = len(server.fleet.queries_seen)
        answers = sent(server, *pieces)
        assert answers.count(b"HTTP/1.1 200") == 2, answers
        assert [one.text for one in server.fleet.queries_seen[before:]] == ["RETURN upgraded"] * 2
    told = sent(server, f"GET /graphs/{graph_id} HTTP/1.1\r\nHost: a\r\n{offer}\r\n".encode())
    assert told.startswith(b"HTTP/1.1 200")
    assert sent(server, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 400")
