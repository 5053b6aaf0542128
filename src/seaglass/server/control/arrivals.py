"""Snapshots that other machines put into the bucket while the server runs, made known.

Above: plane. Below: adopt, store. The bucket is listed every so often, and only what has no row is
read. What had no row twice in a row is adopted: a snapshot that this server removes may be listed
once more after its row is gone, but not at the next look.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy import select

from seaglass.server.control import adopt
from seaglass.server.control.tables import SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from seaglass.server.control.store import ControlStore, Transaction

LOOK_SECONDS = 15.0

_log = logging.getLogger(__name__)


class Arrivals:
    """Looks for snapshots for as long as the server runs."""

    def __init__(
        self,
        store: ControlStore,
        find: Callable[[AbstractSet[str]], list[adopt.FoundSnapshot]],
    ) -> None:
        """Args: find: gives the snapshots of the bucket but those of these ids; called in a thread"""
        self._store = store
        self._find = find
        self._seen: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="arrivals")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Adopt what was not known at the last look and is not now."""
        known = await self._store.run(_known)
        found = await asyncio.to_thread(self._find, known)
        settled = [one for one in found if one.id in self._seen]
        self._seen = {one.id for one in found}
        if settled:
            await self._store.run(lambda transaction: adopt.adopt(transaction, [], settled))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                # A bucket or database that is away: it is looked at again.
                _log.exception("the bucket could not be looked at")


def _known(transaction: Transaction) -> frozenset[str]:
    return frozenset(transaction.connection.execute(select(SNAPSHOTS.c.id)).scalars())
