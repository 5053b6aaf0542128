"""What is known of graphs right now, in memory, and a way to wait for changes without asking again
and again.

Above: plane, the data plane of the service. Below: tables. A copy of what control.db says, filled
at the start and changed after each commit by `store`; it makes finding the graph of a query a
matter of microseconds. Event loop only.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seaglass.base.owner import Owner
    from seaglass.server.control.tables import GraphRecord


class Watch:
    """Graphs by id and by name, and who waits for a change of what."""

    def __init__(self) -> None:
        self._graphs: dict[str, GraphRecord] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def graph(self, owner: Owner, graph_id: str) -> GraphRecord | None:
        """Find an owner's graph by id."""
        found = self._graphs.get(graph_id)
        if found is None or (found.account_id, found.region) != (owner.account_id, owner.region):
            return None
        return found

    def named(self, owner: Owner, name: str) -> GraphRecord | None:
        """Find an owner's graph by id or name."""
        found = self.graph(owner, name)
        if found is not None:
            return found
        return next((g for g in self._graphs.values() if g.name == name and g.owner == owner), None)

    def publish(self, graph_id: str, record: GraphRecord | None) -> None:
        """Take note of a graph's new record, or that it is gone."""
        if record is None:
            self._graphs.pop(graph_id, None)
        else:
            self._graphs[graph_id] = record

    def notify(self, subject: str) -> None:
        """Wake everybody who waits for a change of a graph or snapshot."""
        for waiting in self._waiting.pop(subject, ()):
            if not waiting.done():
                waiting.set_result(None)

    async def wait(
        self, subject: str, settled: Callable[[], Awaitable[bool]], seconds_max: float
    ) -> None:
        """Wait until `settled` says so after some change of the subject, or the time is over."""
        try:
            async with asyncio.timeout(seconds_max):
                while True:
                    # Begun before asking, so that no change falls between the two.
                    changed = self._change(subject)
                    try:
                        if await settled():
                            return
                        await changed
                    finally:
                        self._forget(subject, changed)
        except TimeoutError:
            return

    def _change(self, subject: str) -> asyncio.Future[None]:
        change = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(subject, set()).add(change)
        return change

    def _forget(self, subject: str, change: asyncio.Future[None]) -> None:
        change.cancel()
        waiting = self._waiting.get(subject)
        if waiting is not None:
            waiting.discard(change)
            if not waiting:
                del self._waiting[subject]
