"""The front's side of the link: one asyncio connection to a worker.

Below: `frames`, `errors`. Above: server.fleet, which keeps the connections of a worker and decides
what a broken one means. Invariants: a connection carries one request at a time. It is `reusable`
only between a complete answer and the next request; an answer that is dropped half-way leaves
bytes in the pipe, so such a connection can only be closed.

Back-pressure comes from the socket itself: the reader takes no more from it than a small buffer
holds, and the worker's thread then blocks in its send. A request is read before its answer begins,
so nobody waits for one to be sent: whoever waits for the answer waits for that too.

The loop hands bytes to the connection itself, not to a stream: a short answer, with its end, is
there after one turn of the loop, and costs no more than the one.
"""

from __future__ import annotations

import asyncio
import select
import socket
from array import array
from typing import TYPE_CHECKING, cast

from seaglass.base.errors import Unavailable
from seaglass.base.unread import Unread
from seaglass.server.link.errors import error_from
from seaglass.server.link.frames import (
    BARE_END,
    COUNT,
    END,
    ERROR,
    HEADER,
    REPLIED,
    REQUEST,
    UNREAD,
    broken,
    decode_json,
    encode_request,
    frame,
    parse_header,
    replied,
    whole_answer,
)
from seaglass.server.link.limits import LINK_BUFFER_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.reply import AtOnce
    from seaglass.server.link.frames import Kind


class ConnectionLost(Unavailable):
    """The worker went away while a request was under way: what it did with it is not known."""


class Connection(asyncio.Protocol):
    """One connection to a worker.

    Attributes: at_once: gets the answer that comes next, if that comes whole, before `part` gives it
    """

    def __init__(self) -> None:
        self.at_once: AtOnce | None = None
        self._transport: asyncio.Transport
        self._socket: socket.socket
        self._reusable = False
        self._incoming = select.poll()
        self._received = bytearray()
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        # Why nothing more comes, once that is so.
        self._end: str | None = None

    @classmethod
    async def open(cls, path: str) -> Connection:
        """Connect to the worker at a path. Raises: Unavailable(worker) when none answers."""
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_unix_connection(cls, path)
        except OSError as error:
            raise _no_answer(error) from error
        return await connection.greeted()

    @classmethod
    async def over(cls, near: socket.socket) -> Connection:
        """Connect through a socket that is connected. Raises: Unavailable(worker), as `open`."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(cls, sock=near)
        return await connection.greeted()

    async def greeted(self) -> Connection:
        """Wait for the worker's greeting. Raises: Unavailable(worker) when it does not come."""
        try:
            await self._receive()
        except ConnectionLost as error:
            raise _no_answer(error) from error
        except BaseException:
            # Nobody else knows of this connection yet: whoever waited was cancelled.
            self.close()
            raise
        self._reusable = True
        return self

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._reusable and self._end is None

    @property
    def quiet(self) -> bool:
        """Whether a reusable connection has nothing to read, not even its end.

        The system is asked, because the loop may not have been told yet.
        """
        return not self._received and not self._incoming.poll(0)

    def close(self) -> None:
        """Close the connection now, whatever is under way."""
        self._reusable = False
        self._transport.abort()

    async def call(self, request: Mapping[str, object]) -> dict[str, object]:
        """Send a request and return the message that answers it. Raises: what the worker raised."""
        self.send(request)
        kind, body = await self._receive()
        if kind is not END:
            self.close()
            raise broken(f"a {kind.name} frame where END was due")
        self._reusable = True
        return decode_json(body)

    def send(self, request: Mapping[str, object], at_once: AtOnce | None = None) -> None:
        """Send a request whose answer `part` gives. Args: at_once: as the attribute"""
        assert self._reusable, "one request at a time"
        lent = None if at_once is None else at_once.lend()
        if lent is not None:
            request = {**request, "reply": lent.head}
        parameters = request.get("parameters")
        unread = parameters.body if isinstance(parameters, Unread) else None
        if unread is not None:
            request = {**request, "parameters": None, UNREAD: len(unread)}
        message = frame(REQUEST, encode_request(request))
        self._reusable = False
        self.at_once = at_once
        if lent is not None or (at_once is not None and at_once.alone):
            message = message[self._send_now(message, None if lent is None else lent.descriptor) :]
        if message:
            self._transport.write(message)
        if unread is not None:
            self._transport.write(unread)

    def _send_now(self, message: bytes, descriptor: int | None) -> int:
        """Send what can be sent now, with a descriptor perhaps; give how many bytes that was. A transport
        would do it later in the turn of the loop.
        """
        try:
            # Nothing waits before it: whatever was sent has been answered.
            if descriptor is None:
                return self._socket.send(message)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", (descriptor,)))
            return self._socket.sendmsg((message,), (rights,))
        except OSError:
            # The transport will tell of what is wrong.
            return 0

    async def part(self) -> bytes | None:
        """Wait for the next part of an answer; None at its end. Raises: what the worker raised.

        Where the bare end is there with the part, the connection is `reusable` after it already, and
        nothing more is to be waited for.
        """
        if self._reusable:
            return None
        kind, body = await self._receive()
        if kind is END:
            self._reusable = True
            return None
        if kind is REPLIED:
            self._reusable = True
            return body[COUNT.size :]
        if self._received.startswith(BARE_END):
            del self._received[: len(BARE_END)]
            self._reusable = True
        return body

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        descriptor = transport.get_extra_info("socket").fileno()
        self._incoming.register(descriptor, select.POLLIN)
        # For descriptors, which transports do not send. It is the transport's, and closed by that.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, descriptor)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > LINK_BUFFER_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        # First whoever waits is told, so that it is not overtaken by what follows from the other.
        self._wake()
        if self.at_once is not None and len(self._received) >= HEADER.size:
            self._tell(self.at_once)

    def eof_received(self) -> None:
        self._end = "it closed the connection"
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket.detach()
        self._end = self._end or str(exc or "closed here")
        self._wake()

    def _tell(self, at_once: AtOnce) -> None:
        if self._received[HEADER.size - 1] != REPLIED:
            self.at_once = None
            answer = whole_answer(self._received)
            if answer is not None:
                at_once.give(answer)
        elif (told := replied(self._received)) is not None:
            self.at_once = None
            at_once.sent(*told)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _receive(self) -> tuple[Kind, bytes]:
        """Return the next frame of an answer; an ERROR frame is raised."""
        received = self._received
        if len(received) < HEADER.size:
            await self._until(HEADER.size)
        try:
            kind, length = parse_header(received[: HEADER.size])
        except Unavailable:
            self.close()
            raise
        size = HEADER.size + length
        if len(received) < size:
            await self._until(size)
        body = bytes(received[HEADER.size : size])
        del received[:size]
        if kind is ERROR:
            self._reusable = True
            raise error_from(decode_json(body))
        if kind is REQUEST:
            self.close()
            raise broken("a REQUEST frame from the worker")
        return kind, body

    async def _until(self, size: int) -> None:
        """Wait until so many bytes are there. Raises: ConnectionLost."""
        while len(self._received) < size:
            if self._end is not None:
                self.close()
                raise _lost(self._end)
            if self._paused:
                self._paused = False
                self._transport.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None


def _lost(why: str) -> ConnectionLost:
    return ConnectionLost(
        "worker",
        "The graph's worker ended while it worked on this request. If the request changes "
        "data, it is not known whether the change was made: read it back before trying again.",
        detail=why,
    )


def _no_answer(error: Exception) -> Unavailable:
    return Unavailable(
        "worker", "The graph's worker does not answer. Try again in a moment.", detail=str(error)
    )
