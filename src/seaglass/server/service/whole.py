"""Replies that leave in one piece: the head of a reply and its body in one write.

Above: front. Below: patience, uvicorn, which writes them one after the other. When a server is killed between
the two, boto3 takes the head for the whole and gives its caller a reply without members, as if all
were well.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from seaglass.server.service.patience import PatientProtocol

# What is held back at most; more is written at once, so that a slow client is noticed.
HELD_BYTES_MAX = 64 * 1024


class WholeReplies(PatientProtocol):
    """Uvicorn's protocol on a transport that joins what is written in one turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._joining = _Joining(transport, self)
        super().connection_made(cast("asyncio.Transport", self._joining))

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
            self._transport.write(b"".join(self._held))
        self._held, self._bytes = [], 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
