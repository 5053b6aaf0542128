"""Turns of things of which only so many are done at once: in the order in which they came, but for those that
somebody waits for.

Above: reconcile. Below: nothing. Event loop only.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """Args: count: how many have their turn at once"""

    def __init__(self, count: int) -> None:
        self._free = count
        # Who waits, the first that came first, and what for.
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._wanted: set[str] = set()

    def want(self, key: str) -> None:
        """Somebody waits for this one."""
        if self._free == 0:
            self._wanted.add(key)

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it for the block."""
        if self._free > 0:
            self._free -= 1
        else:
            turn = asyncio.get_running_loop().create_future()
            self._waiting[turn] = key
            try:
                await turn
            except BaseException:
                if self._waiting.pop(turn, None) is None:
                    # It came in the same moment in which nobody wanted it any more.
                    self._pass_on()
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        first = next(iter(self._waiting), None)
        turn = next((one for one, key in self._waiting.items() if key in self._wanted), first)
        if turn is None:
            self._free += 1
            self._wanted.clear()
        else:
            self._wanted.discard(self._waiting.pop(turn))
            turn.set_result(None)
