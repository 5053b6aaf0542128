"""Replies that leave in one piece: the head of a reply and its body in one write.

Above: front. Below: patience, uvicorn, which writes them one after the other. When a server is killed between
the two, boto3 takes the head for the whole and gives its caller a reply without members, as if all
were well.

The application may also give a whole reply at once, outside of its task, by an extension of ASGI
(`REPLY`). Whatever it cannot be given for goes the ordinary way.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from seaglass.base.reply import Lent
from seaglass.server.service.patience import PatientProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

# What is held back at most; more is written at once, so that a slow client is noticed.
HELD_BYTES_MAX = 64 * 1024
# The extension: a `WholeReply`.
REPLY: Final = "seaglass.reply"
# In Linux's `tcp_info`: bytes that wait to be sent first, and those that were sent, and sent again.
_WAITING, _WAITING_AT = struct.Struct("=I"), 144
_SENT, _SENT_AT = struct.Struct("=QQ"), 200
_NO_LINGERING = struct.pack("ii", 1, 0)
_INFO_BYTES = _SENT_AT + _SENT.size


class WholeReplies(PatientProtocol):
    """Uvicorn's protocol on a transport that joins what is written in one turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.joining = _Joining(transport, self)
        super().connection_made(cast("asyncio.Transport", self.joining))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        extensions = cast("dict[str, Any]", cycle.scope.setdefault("extensions", {}))
        extensions[REPLY] = WholeReply(self, cycle)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        # Nothing more comes, so nobody waits for the end of the turn.
        self.joining.flush()
        super().on_response_complete()


class WholeReply:
    """The reply to one request, given at once: by `write`, or by `lend` and then `sent` or `lost`."""

    __slots__ = ("_cycle", "_head", "_protocol")

    def __init__(self, protocol: WholeReplies, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        # While the socket is lent.
        self._head = ""

    def write(self, status: int, fields: str, body: bytes, *, now: bool) -> bool:
        """Write a whole reply, as uvicorn would, and say whether that is done.

        Args: fields: lines of the head, but for what every reply has
        now: not at the end of this turn of the loop, with what others write
        """
        if not self._is_ordinary():
            return False
        self._complete()
        head = f"{self._lines(status, fields)}{len(body)}\r\n\r\n"
        joining = self._protocol.joining
        (joining.write_now if now else joining.write_soon)(head.encode("latin-1") + body)
        self._cycle.on_response()
        return True

    def lend(self, status: int, fields: str) -> Lent | None:
        """The socket and the head of a reply, for somebody else to write. Args: fields: as of `write`"""
        if sys.platform != "linux":
            # Elsewhere nobody could tell what a dead one has written.
            return None
        joining = self._protocol.joining
        if not self._is_ordinary() or self._protocol.pipeline:
            return None
        if joining.waits or joining.is_closing():
            return None
        self._head = self._lines(status, fields)
        return Lent(joining.descriptor, self._head)

    def sent(self, body: bytes, count: int) -> None:
        """Go on after so many bytes of the reply that somebody else has written."""
        cycle, joining = self._cycle, self._protocol.joining
        if cycle.disconnected:
            return
        self._complete()
        reply = f"{self._head}{len(body)}\r\n\r\n".encode("latin-1") + body
        joining.written_bytes += count
        if count < len(reply):
            joining.write_now(reply[count:])
        if not cycle.keep_alive:
            joining.close()
        cycle.on_response()

    def lost(self) -> bool:
        """Say whether nobody else has written anything; else end the connection."""
        joining = self._protocol.joining
        if not self._head or joining.is_closing() or joining.untouched():
            return True
        self._complete()
        joining.reset()
        return False

    def _is_ordinary(self) -> bool:
        """Whether all is as it is for nearly every request."""
        cycle = self._cycle
        if cycle.response_started or cycle.disconnected or not cycle.keep_alive:
            return False
        return not self._protocol.flow.write_paused and cycle.scope["method"] != "HEAD"

    def _lines(self, status: int, fields: str) -> str:
        """The head of a reply, but for the length of its body."""
        parts = [STATUS_LINE[status].decode("latin-1")]
        for name, value in self._cycle.default_headers:
            parts += (name.decode("latin-1"), ": ", value.decode("latin-1"), "\r\n")
        parts += (fields, "content-length: ")
        return "".join(parts)

    def _complete(self) -> None:
        cycle = self._cycle
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()


class _Joining:
    """A transport; everything but writing and closing is that of the transport below."""

    def __init__(self, transport: asyncio.Transport, protocol: PatientProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._held: list[bytes] = []
        self._bytes = 0
        # Of the connection, by this side.
        self.written_bytes = 0

    @property
    def waits(self) -> bool:
        """Whether anything that is written has not left."""
        return bool(self._held) or self._transport.get_write_buffer_size() > 0

    @property
    def descriptor(self) -> int:
        """Of the socket."""
        descriptor: int = self._transport.get_extra_info("socket").fileno()
        return descriptor

    def reset(self) -> None:
        """End the connection so that no client takes a part of a reply for the whole."""
        opened = self._transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self._transport.abort()

    def untouched(self) -> bool:
        """Whether the socket has taken nothing but what was written here, as far as can be known."""
        told = self._transport.get_extra_info("socket").getsockopt(
            socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES
        )
        if len(told) < _INFO_BYTES:
            return False
        (waiting,) = _WAITING.unpack_from(told, _WAITING_AT)
        sent, again = _SENT.unpack_from(told, _SENT_AT)
        taken: int = sent - again + waiting
        return taken == self.written_bytes - self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_soon(self.flush)
        self._held.append(data)
        self._bytes += len(data)
        if self._bytes > HELD_BYTES_MAX:
            self.flush()

    def write_now(self, data: bytes) -> None:
        """Write, after what waits; where nothing does, at once, and not at the end of this turn of the loop."""
        if not self.waits and not self._transport.is_closing():
            try:
                count = os.write(self.descriptor, data)
            except OSError:
                # The transport will tell of what is wrong.
                count = 0
            self.written_bytes += count
            data = data[count:]
        if data:
            self.write_soon(data)

    def write_soon(self, data: bytes) -> None:
        """Write, after what waits, at the end of this turn of the loop."""
        self._held.append(data)
        self.flush()

    def close(self) -> None:
        self.flush()
        if not self._protocol.lingers or self._transport.is_closing():
            self._transport.close()
        elif not self._protocol.lingering:
            self._protocol.linger()

    def is_closing(self) -> bool:
        return self._protocol.lingering or self._transport.is_closing()

    def flush(self) -> None:
        """Write what is held."""
        if self._held and not self._transport.is_closing():
            held = self._held
            data = held[0] if len(held) == 1 else b"".join(held)
            self.written_bytes += len(data)
            self._transport.write(data)
        self._held, self._bytes = [], 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
