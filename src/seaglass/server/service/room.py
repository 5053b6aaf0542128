"""Room for large bodies of requests: how many bytes of them the server has in memory at once.

Above: chain. Below: nothing. Whoever finds no room waits for it, and what its client sends waits with the
client: no more of it is read. First come, first served. Event loop only.
"""

from __future__ import annotations

import asyncio
from collections import deque

# Six of the largest there may be.
LARGE_BYTES_MAX = 1024 * 1024 * 1024


class Room:
    """Args: bytes_max: of all together"""

    def __init__(self, bytes_max: int) -> None:
        self._free = bytes_max
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        """Wait for so many bytes, and have them until they are given back."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # It came in the same moment in which nobody wanted it any more.
                self._free += size
            else:
                self._waiting.remove((size, turn))
            self._pass_on()
            raise

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self._free += size
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= size
                turn.set_result(None)
