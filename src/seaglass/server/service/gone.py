"""Clients that go away before their answer is complete: what they asked for is cancelled.

Above: chain. Below: ASGI's messages. Most answers are complete before anybody need look, and pay
for neither a task nor a timer: one timer looks after all requests. Event loop only.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import Receive

# A request that takes longer is cancelled when its client goes away.
LOOK_AFTER_SECONDS = 0.01


class Lookout:
    """Looks after the clients of the requests in hand."""

    def __init__(self) -> None:
        # What begins to look after one, and since when it waits; the oldest first.
        self._waiting: dict[Callable[[], None], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def unless_gone(self, receive: Receive, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and cancel it when the client goes away."""
        doing = asyncio.current_task()
        assert doing is not None
        looking: asyncio.Task[None] | None = None
        over, left = False, False

        def look() -> None:
            nonlocal looking
            looking = asyncio.create_task(_gone(receive))
            looking.add_done_callback(end)

        def end(_: object) -> None:
            nonlocal left
            if not over:
                left = True
                doing.cancel()

        self._wait(look)
        try:
            await work
        except (asyncio.CancelledError, Exception):
            # Whoever cancels the request itself hears of it.
            if not left or doing.uncancel() > 0:
                raise
        finally:
            over = True
            self._waiting.pop(look, None)
            if looking is not None:
                looking.cancel()

    def _wait(self, look: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._waiting[look] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(LOOK_AFTER_SECONDS, self._turn)

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - LOOK_AFTER_SECONDS
        for look in [one for one, since in self._waiting.items() if since <= before]:
            del self._waiting[look]
            look()
        self._timer = loop.call_later(LOOK_AFTER_SECONDS, self._turn) if self._waiting else None


async def _gone(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        continue
