"""The front's side of the link: one asyncio connection to a worker.

Below: `frames`, `errors`. Above: server.fleet, which keeps the connections of a worker and decides
what a broken one means. Invariants: a connection carries one request at a time. It is `reusable`
only between a complete answer and the next request; an answer that is dropped half-way leaves
bytes in the pipe, so such a connection can only be closed.

Back-pressure comes from the socket itself: the reader takes no more from it than its small buffer
holds, and the worker's thread then blocks in its send.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

from seaglass.base.errors import Unavailable
from seaglass.server.link.errors import error_from
from seaglass.server.link.frames import (
    HEADER,
    Kind,
    broken,
    decode_json,
    encode_request,
    frame,
    parse_header,
)
from seaglass.server.link.limits import LINK_BUFFER_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping


class ConnectionLost(Unavailable):
    """The worker went away while a request was under way: what it did with it is not known."""


class Connection:
    """One connection to a worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._reusable = False
        self._incoming = select.poll()
        self._incoming.register(writer.get_extra_info("socket"), select.POLLIN)

    @classmethod
    async def open(cls, path: str) -> Connection:
        """Connect to the worker at a path. Raises: Unavailable(worker) when none answers."""
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=LINK_BUFFER_BYTES)
        except OSError as error:
            raise _no_answer(error) from error
        return await cls(reader, writer).greeted()

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
        return self._reusable and not self._reader.at_eof() and not self._writer.is_closing()

    @property
    def quiet(self) -> bool:
        """Whether a reusable connection has nothing to read, not even its end.

        The system is asked, because the loop may not have been told yet.
        """
        return not self._incoming.poll(0)

    def close(self) -> None:
        """Close the connection now, whatever is under way."""
        self._reusable = False
        self._writer.transport.abort()

    async def call(self, request: Mapping[str, object]) -> dict[str, object]:
        """Send a request and return the message that answers it. Raises: what the worker raised."""
        await self._send(request)
        kind, body = await self._receive()
        if kind is not Kind.END:
            self.close()
            raise broken(f"a {kind.name} frame where END was due")
        self._reusable = True
        return decode_json(body)

    async def stream(self, request: Mapping[str, object]) -> AsyncGenerator[bytes]:
        """Send a request and yield its result as it comes. Raises: what the worker raised."""
        await self._send(request)
        while True:
            kind, body = await self._receive()
            if kind is Kind.END:
                self._reusable = True
                return
            yield body

    async def _send(self, request: Mapping[str, object]) -> None:
        assert self._reusable, "one request at a time"
        message = frame(Kind.REQUEST, encode_request(request))
        self._reusable = False
        try:
            self._writer.write(message)
            await self._writer.drain()
        except OSError as error:
            raise self._lost(error) from error

    async def _receive(self) -> tuple[Kind, bytes]:
        """Return the next frame of an answer; an ERROR frame is raised."""
        try:
            kind, length = parse_header(await self._reader.readexactly(HEADER.size))
            body = await self._reader.readexactly(length) if length else b""
        except (OSError, asyncio.IncompleteReadError) as error:
            raise self._lost(error) from error
        if kind is Kind.ERROR:
            self._reusable = True
            raise error_from(decode_json(body))
        if kind is Kind.REQUEST:
            self.close()
            raise broken("a REQUEST frame from the worker")
        return kind, body

    def _lost(self, error: Exception) -> ConnectionLost:
        self.close()
        return ConnectionLost(
            "worker",
            "The graph's worker ended while it worked on this request. If the request changes "
            "data, it is not known whether the change was made: read it back before trying again.",
            detail=str(error),
        )


def _no_answer(error: Exception) -> Unavailable:
    return Unavailable(
        "worker", "The graph's worker does not answer. Try again in a moment.", detail=str(error)
    )
