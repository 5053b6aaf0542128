"""Snapshots that others put into the store, or delete from it, while the server runs, made known and forgotten.

Above: plane. Below: adopt, store. Others are the servers that share a bucket, and commands that work beside
a server (`store copy`, `store sync`). The store is listed every so often, and only what has no row is
read. What had no row twice in a row is adopted: a snapshot that this server removes may be listed
once more after its row is gone, but not at the next look.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError
from seaglass.server.control import adopt

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import SharedFiles
    from seaglass.server.control.store import ControlStore, Transaction

LOOK_SECONDS = 15.0

_log = logging.getLogger(__name__)


class Arrivals:
    """Looks at a store for as long as the server runs."""

    def __init__(self, store: ControlStore, files: SharedFiles, root: Path) -> None:
        """Args: files, root: of the store, a data folder or a bucket; used in threads"""
        self._store = store
        self._files = files
        self._root = root
        self._seen: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="arrivals")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self, *, at_once: bool = False) -> None:
        """Adopt what was not known at the last look and is not now, and forget what is gone.

        Args: at_once: adopt what was not known at all; nothing is being removed yet
        """
        # Before the listing: what is finished by then must be in it.
        finished, known = await self._store.run(_ids)
        there = await asyncio.to_thread(adopt.look_at, self._files, self._root, known)
        settled = [one for one in there.found if at_once or one.id in self._seen]
        self._seen = {one.id for one in there.found}
        gone = frozenset() if there.ids is None else finished - there.ids

        def work(transaction: Transaction) -> None:
            adopt.adopt_snapshots(transaction, settled)
            adopt.forget(transaction, gone)

        if settled or gone:
            await self._store.run(work)

    async def look_for(self, snapshot_id: str) -> None:
        """Forget a snapshot now if it is gone; a store that does not answer has it."""
        try:
            gone = await asyncio.to_thread(self._is_gone, snapshot_id)
        except SeaglassError as error:
            _log.warning("the store could not be asked for %s: %s", snapshot_id, error)
            return
        if gone:
            await self._store.run(lambda transaction: adopt.forget(transaction, {snapshot_id}))

    def _is_gone(self, snapshot_id: str) -> bool:
        path = adopt.snapshot_path(self._root, snapshot_id)
        # A folder that is away says nothing of what is in it.
        return self._files.exists(path.parent) and not self._files.exists(path)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                # A store or database that is away: it is looked at again.
                _log.exception("the store could not be looked at")


def _ids(transaction: Transaction) -> tuple[frozenset[str], frozenset[str]]:
    return adopt.finished_ids(transaction), adopt.known_ids(transaction)
