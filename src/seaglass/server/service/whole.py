"""Replies that leave in one piece: the head of a reply and its body in one write.

Above: front. Below: patience, uvicorn, which writes them one after the other. When a server is killed between
the two, boto3 takes the head for the whole and gives its caller a reply without members, as if all
were well.

The application may also give a whole reply at once, outside of its task, by an extension of ASGI
(`REPLY`). Whatever it cannot be given for goes the ordinary way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from seaglass.server.service.patience import PatientProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

# What is held back at most; more is written at once, so that a slow client is noticed.
HELD_BYTES_MAX = 64 * 1024
# The extension, and what it has: it takes the status, the lines of the head and the body, and says
# whether they have left.
REPLY: Final = "seaglass.reply"
WRITE: Final = "write"
WriteReply = Callable[[int, bytes, bytes], bool]


class WholeReplies(PatientProtocol):
    """Uvicorn's protocol on a transport that joins what is written in one turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._joining = _Joining(transport, self)
        super().connection_made(cast("asyncio.Transport", self._joining))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        cycle.scope["extensions"] = {REPLY: {WRITE: partial(self._reply, cycle)}}
        super()._start_asgi_task(cycle, app)

    def _reply(self, cycle: RequestResponseCycle, status: int, fields: bytes, body: bytes) -> bool:
        """Write a whole reply, as uvicorn would, if all is as it is for nearly every request."""
        if cycle.response_started or cycle.disconnected or not cycle.keep_alive:
            return False
        if self.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        cycle.response_started = cycle.response_complete = True
        parts = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (fields, b"\r\n", body)
        self._joining.write_now(b"".join(parts))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def on_response_complete(self) -> None:
        # Nothing more comes, so nobody waits for the end of the turn.
        self._joining.flush()
        super().on_response_complete()


class _Joining:
    """A transport; everything but writing and closing is that of the transport below."""

    def __init__(self, transport: asyncio.Transport, protocol: PatientProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._held: list[bytes] = []
        self._bytes = 0

    def write(self, data: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_soon(self.flush)
        self._held.append(data)
        self._bytes += len(data)
        if self._bytes > HELD_BYTES_MAX:
            self.flush()

    def write_now(self, data: bytes) -> None:
        """Write, after what is held."""
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
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))
        self._held, self._bytes = [], 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
