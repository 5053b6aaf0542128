"""Clients that go away before their answer is complete: what they asked for is cancelled.

Above: chain. Below: ASGI's messages. Most answers are complete before anybody need look, and pay
for neither a task nor a timer: one timer looks after all requests. Event loop only.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive

# A request that takes longer is cancelled when its client goes away.
LOOK_AFTER_SECONDS = 0.01


class _Client:
    """The client of one request, which is cancelled when it has gone away.

    Attributes: left: whether it has; over: whether the request has ended before
    """

    __slots__ = ("_doing", "_looking", "_receive", "left", "over")

    def __init__(self, doing: asyncio.Task[Any], receive: Receive) -> None:
        self._doing = doing
        self._receive = receive
        self._looking: asyncio.Task[None] | None = None
        self.left = self.over = False

    def look(self) -> None:
        """Begin to look after it."""
        self._looking = asyncio.create_task(_gone(self._receive))
        self._looking.add_done_callback(self._end)

    def end(self) -> None:
        """Look after it no longer."""
        self.over = True
        if self._looking is not None:
            self._looking.cancel()

    def _end(self, _: object) -> None:
        if not self.over:
            self.left = True
            self._doing.cancel()


class Lookout:
    """Looks after the clients of the requests in hand."""

    def __init__(self) -> None:
        # Who is to be looked after, and since when; the oldest first.
        self._waiting: dict[_Client, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def unless_gone(self, receive: Receive, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and cancel it when the client goes away."""
        doing = asyncio.current_task()
        assert doing is not None
        client = _Client(doing, receive)
        self._wait(client)
        try:
            await work
        except (asyncio.CancelledError, Exception):
            # Whoever cancels the request itself hears of it.
            if not client.left or doing.uncancel() > 0:
                raise
        finally:
            client.end()
            self._waiting.pop(client, None)

    def _wait(self, client: _Client) -> None:
        loop = asyncio.get_running_loop()
        self._waiting[client] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(LOOK_AFTER_SECONDS, self._turn)

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - LOOK_AFTER_SECONDS
        for client in [one for one, since in self._waiting.items() if since <= before]:
            del self._waiting[client]
            client.look()
        self._timer = loop.call_later(LOOK_AFTER_SECONDS, self._turn) if self._waiting else None


async def _gone(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        continue
