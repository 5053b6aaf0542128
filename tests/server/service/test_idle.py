"""Connections between two requests: kept longer than clients keep them, and never closed under a request."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from seaglass.base.settings import Settings
from seaglass.server.service import idle, patience
from seaglass.server.service.chain import WHOLE_BYTES_MAX
from seaglass.server.service.health import HealthDoor
from tests.server.service.serving import served
from tests.server.service.test_http import made

if TYPE_CHECKING:
    from starlette.types import Scope

LISTS = b"GET /graphs HTTP/1.1\r\nHost: a\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def ask(connection: socket.socket, request: bytes = LISTS) -> bytes:
    """The answer to a request; nothing where the connection has been closed."""
    connection.sendall(request)
    return connection.recv(1 << 16)


def is_closed(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side closes within a time."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    finally:
        connection.settimeout(20)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a server looks at a request for its health, it does nothing else."""

    def takes(scope: Scope) -> bool:
        if scope["path"] == "/health":
            time.sleep(1.0)
        return False

    monkeypatch.setattr(HealthDoor, "takes", staticmethod(takes))


def test_a_connection_is_kept_longer_than_clients_keep_it() -> None:
    assert idle.IDLE_SECONDS_MAX > 90
    with served() as server, connected(server.port) as connection:
        assert ask(connection).startswith(b"HTTP/1.1 200")
        # Uvicorn's default would be 5.
        assert not is_closed(connection, 6.0)
        assert ask(connection).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("between", [b"", b"\r\n"])
def test_one_that_nobody_uses_is_closed(monkeypatch: pytest.MonkeyPatch, between: bytes) -> None:
    """Also when what comes over it is no request."""
    monkeypatch.setattr(idle, "IDLE_SECONDS_MAX", 0.5)
    with served() as server, connected(server.port) as connection:
        for _ in range(4):
            assert ask(connection).startswith(b"HTTP/1.1 200")
            time.sleep(0.2)
        connection.sendall(between)
        assert is_closed(connection, 20)


@pytest.mark.usefixtures("busy")
def test_a_request_that_has_come_in_time_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has no time for it before the connection's is over."""
    monkeypatch.setattr(idle, "IDLE_SECONDS_MAX", 0.5)
    with served() as server, connected(server.port) as waiting, connected(server.port) as other:
        assert ask(waiting).startswith(b"HTTP/1.1 200")
        other.sendall(HEALTH)
        time.sleep(0.2)
        assert ask(waiting).startswith(b"HTTP/1.1 200")


@pytest.mark.usefixtures("busy")
def test_the_first_request_of_a_connection_may_come_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STALL_SECONDS_MAX", 0.5)
    with served() as server, connected(server.port) as waiting, connected(server.port) as other:
        time.sleep(0.1)
        other.sendall(HEALTH)
        time.sleep(0.2)
        assert ask(waiting).startswith(b"HTTP/1.1 200")


def test_a_request_that_has_begun_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of it came before the answer to the one before."""
    monkeypatch.setattr(idle, "IDLE_SECONDS_MAX", 0.3)
    with served() as server, connected(server.port) as connection:
        assert ask(connection, LISTS + LISTS[:9]).startswith(b"HTTP/1.1 200")
        assert not is_closed(connection, 1.0)
        assert ask(connection, LISTS[9:]).startswith(b"HTTP/1.1 200")


@pytest.mark.usefixtures("busy")
def test_a_server_that_ends_answers_what_has_come() -> None:
    with ExitStack() as clients, ExitStack() as running:
        server = running.enter_context(served())
        waiting, half, other = (clients.enter_context(connected(server.port)) for _ in range(3))
        for one in (waiting, half):
            assert ask(one).startswith(b"HTTP/1.1 200")
        half.sendall(LISTS[:9])
        time.sleep(0.2)
        other.sendall(HEALTH)
        time.sleep(0.2)
        waiting.sendall(LISTS)
        ending = threading.Thread(target=running.close)
        ending.start()
        for one, rest in ((waiting, b""), (half, LISTS[9:])):
            told = ask(one, rest)
            assert told.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in told
        ending.join(20)


@pytest.mark.parametrize("begun", [False, True])
def test_what_goes_on_when_a_server_ends_is_told_so(begun: bool) -> None:
    """An answer that has begun breaks off."""
    with ExitStack() as clients, ExitStack() as running:
        server = running.enter_context(served(stop_seconds_max=1))
        graph_id = made(server, "ends")
        server.fleet.answer = [b"x" * WHOLE_BYTES_MAX * 2, b"HOLD"] if begun else [b"HOLD"]
        client = clients.enter_context(connected(server.port))
        body = b'{"query": "RETURN 1"}'
        head = (
            f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        client.sendall(head.encode() + body)
        while not server.fleet.running:
            time.sleep(0.005)
        running.close()
        told = b""
        while part := client.recv(1 << 16):
            told += part
        if begun:
            assert told.startswith(b"HTTP/1.1 200")
            assert not told.endswith(b"\r\n0\r\n\r\n")
        else:
            assert told.startswith(b"HTTP/1.1 500")
            assert b"InternalServerException" in told
            assert b"The server is being stopped" in told
        assert not server.fleet.running


def test_who_waits_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "IDLE_SECONDS_MIN", 0.0)
    with served(Settings(connections_max=3)) as server, ExitStack() as stack:
        held = [stack.enter_context(connected(server.port)) for _ in range(3)]
        for one in (held[1], held[2], held[0], held[1]):
            assert ask(one).startswith(b"HTTP/1.1 200")
        late = stack.enter_context(connected(server.port))
        assert ask(late).startswith(b"HTTP/1.1 200")
        assert is_closed(held[2], 20)
        for one in (held[0], held[1], late):
            assert ask(one).startswith(b"HTTP/1.1 200")
