"""Clients that read slowly, or not at all: their queries end, or go on for as long as they read."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from seaglass.server.service import patience
from tests.server.service.serving import served
from tests.server.service.test_http import made

if TYPE_CHECKING:
    import pytest

PARTS = 400
PART = b"x" * 100_000


def asking(port: int, graph_id: str) -> socket.socket:
    body = b'{"query": "RETURN 1"}'
    head = f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    client.sendall(head.encode() + body)
    return client


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STALL_SECONDS_MAX", 0.3)
    with served() as server:
        graph_id = made(server, "large")
        server.fleet.answer = [PART] * PARTS
        with asking(server.port, graph_id):
            while not server.fleet.running:
                time.sleep(0.005)
            deadline = time.monotonic() + 20
            while server.fleet.running:
                assert time.monotonic() < deadline
                time.sleep(0.005)


def test_a_client_that_reads_slowly_gets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes so little that the server can write nothing for longer than it would wait."""
    monkeypatch.setattr(patience, "STALL_SECONDS_MAX", 0.5)
    with served() as server:
        graph_id = made(server, "large")
        server.fleet.answer = [PART] * PARTS
        with asking(server.port, graph_id) as client:
            came = 0
            for _ in range(100):
                came += len(client.recv(4_096))
                time.sleep(0.02)
            last = b""
            while not last.endswith(b"\r\n0\r\n\r\n"):
                part = client.recv(1 << 20)
                assert part, "the answer broke off"
                came, last = came + len(part), last[-10:] + part
        assert came > PARTS * len(PART)
