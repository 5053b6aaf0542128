"""Bytes that are no HTTP, or half of it: the server answers, or ends the connection, and serves the next client.

Method: raw sockets to the real HTTP server in front of the whole application.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.server.service.serving import Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator

# Longer than any machine needs to answer, shorter than a test may take.
SECONDS_MAX = 60
HEAD = b"POST /graphs HTTP/1.1\r\nHost: localhost\r\n"
NOTHING = b"\r\n\r\n"
REFUSED = (
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    b"\x00" * 4_000,
    b"GET " + b"/x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET /\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n{}",
    HEAD + b"Content-Length: many\r\n\r\n{}",
    HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 2\r\n\r\n{}",
)
HALVES = (
    HEAD,
    HEAD + b"Content-Length: 100\r\n\r\n{",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    b"G",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def all_of(connection: socket.socket) -> bytes:
    """What comes until the server ends the connection."""
    came = b""
    while part := connection.recv(65_536):
        came += part
    return came


def check_it_serves(server: Served) -> None:
    assert server.request("GET", "/graphs").status == 200


@pytest.mark.parametrize("ends", [True, False], ids=["ends", "stays"])
@pytest.mark.parametrize("sent", REFUSED, ids=lambda sent: repr(sent[:60]))
def test_what_is_no_http_is_refused(server: Served, sent: bytes, ends: bool) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX) as connection:
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        assert all_of(connection).startswith(b"HTTP/1.1 4")
    check_it_serves(server)


def test_nothing_is_hung_up_on(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX) as connection:
        connection.sendall(NOTHING)
        connection.shutdown(socket.SHUT_WR)
        assert all_of(connection) == b""
    check_it_serves(server)


@pytest.mark.parametrize("sent", HALVES, ids=lambda sent: repr(sent[-40:]))
def test_a_client_that_stops_in_the_middle_holds_nobody_up(server: Served, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX) as connection:
        connection.sendall(sent)
        check_it_serves(server)
    check_it_serves(server)


def test_requests_one_after_the_other_in_one_write(server: Served) -> None:
    one = b"GET /graphs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX) as connection:
        connection.sendall(one * 3 + last)
        came = b""
        while part := connection.recv(65_536):
            came += part
    assert came.count(b"HTTP/1.1 200") == 4
