"""A proxy that spoils requests: what networks and servers do on bad days.

It passes HTTP/1.1 requests on to one server, and does to those that its plan names what they say:

    500, 503     answers so, and the server never hears of it
    slow         answers when the client has long given up; the server has done it
    cut          closes the connection before the server hears of it
    lost         the server does it, and the answer is cut off
    half         the answer ends in the middle of its body

Above: tests of buckets. Below: nothing of ours.
"""

from __future__ import annotations

import http.client
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Fault = Literal["500", "503", "slow", "cut", "lost", "half"]
FAULTS: tuple[Fault, ...] = ("500", "503", "slow", "cut", "lost", "half")
_HOP_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Plan:
    """Which requests are spoiled, by their number from 1. Safe to share between threads."""

    def __init__(self, choose: Callable[[int], Fault | None]) -> None:
        self._choose = choose
        self._guard = threading.Lock()
        self.count = 0
        self.spoiled = 0

    def next(self) -> Fault | None:
        """What happens to the next request."""
        with self._guard:
            self.count += 1
            fault = self._choose(self.count)
            self.spoiled += fault is not None
            return fault


def nothing() -> Plan:
    """All requests pass."""
    return Plan(lambda _: None)


def nth(at: int, fault: Fault, *, forever: bool = False) -> Plan:
    """The n-th request is spoiled, or every one from it on."""
    return Plan(lambda n: fault if n == at or (forever and n >= at) else None)


def seeded(seed: int, share: float) -> Plan:
    """A share of the requests, and what happens to them, by a seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return Plan(lambda _: chance.choice(FAULTS) if chance.random() < share else None)


class FlakyProxy:
    """Listens on loopback until `close`; `plan` may be replaced at any time."""

    def __init__(self, port: int, slow_seconds: float) -> None:
        self.plan = nothing()
        self.closing = threading.Event()
        proxy = self

        class Handler(_Handler):
            def spoil(self) -> Fault | None:
                return proxy.plan.next()

            def pause(self) -> None:
                proxy.closing.wait(slow_seconds)

        Handler.upstream_port = port
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL_S3 has to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Heads and bodies are written apart: else a body waits 40 ms for the client to say that it has the head.
    disable_nagle_algorithm = True
    upstream_port = 0

    def spoil(self) -> Fault | None:
        raise AssertionError

    def pause(self) -> None:
        raise AssertionError

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            # The client has gone.
            pass

    def do_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fault = self.spoil()
        if fault == "cut":
            self._cut()
        elif fault in ("500", "503"):
            self.close_connection = True
            self.send_response(int(fault))
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()
        else:
            answer, data = self._passed_on(body)
            if fault == "lost":
                self._cut()
                return
            if fault == "slow":
                self.pause()
            self._answer(answer, data, half=fault == "half")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_request  # noqa: N815

    def _passed_on(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=60)
        try:
            # The host is signed: it goes through as the client wrote it.
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            answer = upstream.getresponse()
            return answer, answer.read()
        finally:
            upstream.close()

    def _answer(self, answer: http.client.HTTPResponse, data: bytes, *, half: bool) -> None:
        length = answer.getheader("content-length") if self.command == "HEAD" else str(len(data))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_HEADERS:
                self.send_header(name, value)
        self.send_header("content-length", length or "0")
        self.end_headers()
        if half:
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self._cut()
        else:
            self.wfile.write(data)

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
