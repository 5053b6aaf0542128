"""Requests as they come in: how large their head may be, and how long a client may take.

Above: whole. Below: uvicorn, whose parser takes a head of any size and waits for ever. A connection
costs a file and what it has sent, also of somebody whom the gate would not let in.

An offer to speak another protocol (`Upgrade: h2c`, which Java's client makes with its first request)
is not taken up. The parser would leave the body to that protocol, so it is given the same request
once more without the offer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

# The longest token, or fifty tag keys in a query string, are a third of it.
HEAD_BYTES_MAX = 64 * 1024
# For a head to come whole, and from one piece of a body to the next.
STALL_SECONDS_MAX = 60.0

_OFFER = frozenset({b"connection", b"upgrade", b"http2-settings"})


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with bounds on what has not come whole. Event loop only."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._in_head = self._incomplete = True
        self._head_bytes = 0
        self._heard = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        in_head = self._in_head
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offered:
            self._decline(data[offered.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        else:
            if self._incomplete:
                self._attend(len(data), in_head=in_head)

    def on_message_begin(self) -> None:
        self._in_head = self._incomplete = True
        self._head_bytes = 0
        self._heard = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if not self._offers_another():
            self._in_head = False
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self._in_head:
            self._incomplete = False
            super().on_message_complete()

    def _offers_another(self) -> bool:
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _decline(self, rest: bytes) -> None:
        """Read the request whose head has come as if it offered nothing."""
        lines = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name not in _OFFER:
                lines += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join((*lines, b"\r\n", rest)))

    def _attend(self, size: int, *, in_head: bool) -> None:
        """Bound what came of a request that is not whole."""
        if not self._in_head:
            self._heard = self.loop.time()
        elif in_head:
            # What came with its first piece is not counted: that is no more than a read.
            self._head_bytes += size
            if self._head_bytes > HEAD_BYTES_MAX:
                self.send_400_response(f"A head of a request has at most {HEAD_BYTES_MAX} bytes.")
                return
        if self._timer is None:
            self._watch()

    def _watch(self) -> None:
        left = self._heard + STALL_SECONDS_MAX - self.loop.time()
        self._timer = self.loop.call_later(left, self._look)

    def _look(self) -> None:
        """Close the connection if its request has come no further; else look again in time."""
        self._timer = None
        if not self._incomplete or self.transport.is_closing():
            return
        if self.flow.read_paused:
            # Nobody here takes what the client may have sent.
            self._heard = self.loop.time()
        if self.loop.time() - self._heard >= STALL_SECONDS_MAX:
            self.transport.close()
        else:
            self._watch()
