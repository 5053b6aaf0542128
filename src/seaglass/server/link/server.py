"""The worker's side of the link: a blocking connection, served by one thread.

Below: `frames`, `errors`. Above: server.worker, which gives the handler. Invariants: each request
gets exactly one END or ERROR. Small answers leave in one send: DATA is kept back until
LINK_BUFFER_BYTES are together, so that a query that fails soon after its first rows still answers
with nothing but its error.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from seaglass.base.unread import Unread
from seaglass.server.link.errors import error_message
from seaglass.server.link.frames import (
    BARE_END,
    COUNT,
    DATA,
    END,
    ERROR,
    HEADER,
    REPLIED,
    REQUEST,
    UNREAD,
    broken,
    decode_request,
    encode_json,
    frame,
    parse_header,
)
from seaglass.server.link.limits import LINK_BUFFER_BYTES, LINK_DATA_BYTES, LINK_REQUEST_BYTES

Request = Mapping[str, object]
Answer = Mapping[str, object] | Iterable[bytes]
Handler = Callable[[Request], Answer]

_DESCRIPTOR = struct.Struct("i")
_RIGHTS_BYTES = socket.CMSG_SPACE(_DESCRIPTOR.size)
# Only Linux has it, and sockets are lent there only.
_RIGHTS_FLAGS = getattr(socket, "MSG_CMSG_CLOEXEC", 0)

_log = logging.getLogger(__name__)


def serve_connection(connection: socket.socket, handler: Handler) -> None:
    """Answer requests until the other side closes. An answer that cannot be delivered is closed,
    not finished."""
    with connection:
        with suppress(OSError):
            _Reply(connection).end({})
        while True:
            reply = _Reply(connection)
            try:
                request = _receive(connection, reply)
                if request is None:
                    return
                _answer(handler, request, reply)
            except OSError as error:
                if reply.failed:
                    _log.info("the front went away before its answer: %s", error)
                return
            finally:
                reply.let_go()


def _receive(connection: socket.socket, reply: _Reply) -> dict[str, object] | None:
    """The next request; None when the other side has closed. Nobody sends one before the last is
    answered, so that nothing comes with it. What comes with it is for the reply.
    """
    received: bytes | bytearray
    received, rights, _, _ = connection.recvmsg(LINK_BUFFER_BYTES, _RIGHTS_BYTES, _RIGHTS_FLAGS)
    for _, _, descriptor in rights:
        reply.client = _DESCRIPTOR.unpack(descriptor)[0]
    if len(received) > HEADER.size:
        length, kind = HEADER.unpack_from(received)
        if kind == REQUEST and len(received) == HEADER.size + length:
            # As nearly always: it is there, and is all.
            return _followed(connection, decode_request(received[HEADER.size :]), b"")
    size = _size(received)
    if len(received) < size:
        received = bytearray(received)
    while len(received) < size:
        more = connection.recv(min(size - len(received), LINK_DATA_BYTES))
        if not more:
            return None
        received += more
        size = _size(received)
    return _followed(connection, decode_request(received[HEADER.size : size]), received[size:])


def _followed(
    connection: socket.socket, request: dict[str, object], begun: bytes | bytearray
) -> dict[str, object] | None:
    """A request with what follows it. Args: begun: what has come of that"""
    told = request.pop(UNREAD, None)
    count = told if isinstance(told, int) else 0
    if not len(begun) <= count <= LINK_REQUEST_BYTES:
        raise broken("more than one request")
    if told is None:
        return request
    body = bytearray(count)
    body[: len(begun)] = begun
    left = memoryview(body)[len(begun) :]
    while left:
        size = connection.recv_into(left, min(len(left), LINK_DATA_BYTES))
        if not size:
            return None
        left = left[size:]
    request["parameters"] = Unread(body)
    return request


def _size(received: bytes | bytearray) -> int:
    """How many bytes the request that begins so has, as far as is known."""
    if len(received) < HEADER.size:
        return HEADER.size
    kind, length = parse_header(received[: HEADER.size])
    if kind is not REQUEST:
        raise broken(f"a {kind.name} frame from the front")
    return HEADER.size + length


def _answer(handler: Handler, request: Request, reply: _Reply) -> None:
    try:
        answer = handler(request)
        if isinstance(answer, Mapping):
            reply.end(answer)
            return
        if isinstance(answer, tuple) and len(answer) == 1:
            reply.whole(answer[0], request)
            return
        try:
            for part in answer:
                reply.data(part)
        finally:
            # A result holds a version and a place in the query table until it is closed.
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        reply.end({})
    except Exception as error:
        if reply.failed:
            raise
        message = error_message(error)
        if message["category"] == "Fault":
            _log.exception("the request %s failed", request.get("op"))
        reply.error(message)


class _Reply:
    """Writes the frames of one answer.

    Attributes: client: descriptor of the socket that was lent, if one was; failed: whether the
        connection has refused bytes
    """

    __slots__ = ("_connection", "_held", "client", "failed")

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = bytearray()
        self.client: int | None = None
        self.failed = False

    def let_go(self) -> None:
        """Close what was lent."""
        if self.client is not None:
            os.close(self.client)

    def whole(self, part: bytes, request: Request) -> None:
        """All of an answer: to the client, if its socket was lent, and to the front."""
        if self.client is None or len(part) > LINK_BUFFER_BYTES:
            self.data(part)
            self.end({})
            return
        count = _send(
            self.client, b"%b%d\r\n\r\n%b" % (str(request["reply"]).encode(), len(part), part)
        )
        self._held += frame(REPLIED, COUNT.pack(count) + part)
        self._flush()

    def data(self, part: bytes) -> None:
        for start in range(0, len(part), LINK_DATA_BYTES):
            self._held += frame(DATA, part[start : start + LINK_DATA_BYTES])
            if len(self._held) >= LINK_BUFFER_BYTES:
                self._flush()

    def end(self, message: Mapping[str, object]) -> None:
        self._held += frame(END, encode_json(message)) if message else BARE_END
        self._flush()

    def error(self, message: Mapping[str, object]) -> None:
        self._held.clear()
        self._held += frame(ERROR, encode_json(message))
        self._flush()

    def _flush(self) -> None:
        try:
            self._connection.sendall(self._held)
        except OSError:
            self.failed = True
            raise
        self._held.clear()


def _send(client: int, reply: bytes) -> int:
    """Send what a client's socket takes now; give how many bytes that was."""
    try:
        return os.write(client, reply)
    except OSError:
        # It is full, or the client has gone: the front goes on from there.
        return 0
