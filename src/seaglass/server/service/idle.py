"""Connections between two requests: how long one is kept for its client, and who makes room for others.

Above: app, patience. Below: nothing. A client that sends a request while its connection is closed gets no answer, and
cannot know whether it was heard. So connections are kept longer than clients keep them, who close their own, and one
on which something has come is not closed. One timer looks after all. Event loop only.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

# Load balancers and the AWS SDKs of Java and .NET keep a connection for 60 seconds, that of Go for 90; those of Python
# and JavaScript until it is closed.
IDLE_SECONDS_MAX = 120.0
# As long it is kept where others wait for room.
IDLE_SECONDS_MIN = 5.0


class Kept(Protocol):
    """A connection that waits for a request."""

    def let_go(self) -> bool:
        """Close it, unless a request has come that nobody has read; say whether it is closed."""


class Idle:
    """The connections that wait for a request."""

    def __init__(self) -> None:
        # Since when; the longest first.
        self._since: dict[Kept, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, one: Kept) -> None:
        """Keep a connection from now on."""
        loop = asyncio.get_running_loop()
        self._since[one] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(IDLE_SECONDS_MAX, self._turn)

    def leave(self, one: Kept) -> None:
        """A request has come, or the connection has ended."""
        self._since.pop(one, None)

    def make_room(self) -> bool:
        """Close the one that waits longest, if it has for a while; say whether one is closed."""
        return any(self._let_go(one) for one in self._waiting(IDLE_SECONDS_MIN))

    def _turn(self) -> None:
        for one in self._waiting(IDLE_SECONDS_MAX):
            self._let_go(one)
        self._timer = None
        if self._since:
            loop = asyncio.get_running_loop()
            due = next(iter(self._since.values())) + IDLE_SECONDS_MAX
            self._timer = loop.call_later(due - loop.time(), self._turn)

    def _let_go(self, one: Kept) -> bool:
        closed = one.let_go()
        if not closed:
            # What has come may be no request.
            self.enter(one)
        return closed

    def _waiting(self, seconds: float) -> Iterator[Kept]:
        """Take out those that have waited so long."""
        now = asyncio.get_running_loop().time()
        while self._since:
            one, since = next(iter(self._since.items()))
            if now - since < seconds:
                return
            del self._since[one]
            yield one
